"""How much to order at a time: the economic order quantity and the rules of the supplier.

Promises: closed forms of the textbook (Snyder and Shen 2019, ch. 3 and 4).
May not: know an item-site.
Called by: `planner`, tests against published values.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from solvers.replenishment.policies.distributions import Distribution


def economic_quantity(order_cost: float, holding_cost: float, demand: float) -> float:
    """EOQ (Harris 1913): cost an order, cost to hold a unit for a period, units a period; 0 without demand.

    Infinite where holding is free and an order is not: the caller caps it.
    """
    if not demand or not order_cost:
        return 0.0
    return math.sqrt(2 * order_cost * demand / holding_cost) if holding_cost else math.inf


def economic_cost(order_cost: float, holding_cost: float, demand: float, quantity: float) -> float:
    """Order and holding cost a period at this quantity."""
    return order_cost * demand / quantity + holding_cost * quantity / 2


def lot(quantity: int, least: int, multiple: int) -> int:
    """The smallest allowed quantity that is at least this one: minimum first, then whole multiples."""
    return -(-max(quantity, least) // multiple) * multiple


def newsvendor_normal(mean: float, sd: float, holding_cost: float, shortage_cost: float) -> tuple[float, float]:
    """Optimal stock and expected cost of one period with normal demand (eq. 4.24 and 4.30)."""
    z = NormalDist().inv_cdf(shortage_cost / (shortage_cost + holding_cost))
    return mean + z * sd, (holding_cost + shortage_cost) * NormalDist().pdf(z) * sd


def newsvendor(demand: Distribution, holding_cost: float, shortage_cost: float) -> tuple[int, float]:
    """Optimal stock in whole units, and expected cost of one period."""
    level = demand.quantile(shortage_cost / (shortage_cost + holding_cost))
    short = demand.loss(level)
    return level, holding_cost * (level - demand.mean + short) + shortage_cost * short
