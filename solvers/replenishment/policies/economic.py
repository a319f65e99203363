"""Economic order quantities with steady demand: the plain one, with backorders, with a production rate.

Rates are per any period: demand in units a period, holding in money a unit a period.
Sources: Harris (1913); Snyder and Shen, Fundamentals of Supply Chain Theory (2019), sec. 3.2, 3.5 and 3.6.
Promises: closed forms.
May not: know an item-site.
Called by: `lots` (for the planner), tests against published values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from solvers.errors import require


@dataclass(frozen=True, slots=True)
class Lot:
    """A quantity and the order, holding and shortage cost a period that goes with it."""

    quantity: float
    cost: float


@dataclass(frozen=True, slots=True)
class BackorderedLot:
    """A quantity, the share of it that is backordered when it arrives, and the cost a period."""

    quantity: float
    short: float
    cost: float


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


def backordered_quantity(order_cost: float, holding_cost: float, shortage_cost: float, demand: float) -> BackorderedLot:
    """EOQ where a unit short costs `shortage_cost` a period (sec. 3.5)."""
    _positive(order_cost=order_cost, holding_cost=holding_cost, shortage_cost=shortage_cost, demand=demand)
    together = holding_cost + shortage_cost
    quantity = math.sqrt(2 * order_cost * demand * together / (holding_cost * shortage_cost))
    return BackorderedLot(quantity, holding_cost / together, 2 * order_cost * demand / quantity)


def production_quantity(order_cost: float, holding_cost: float, demand: float, production: float) -> Lot:
    """EPQ: the lot comes in at `production` units a period, more than `demand` (sec. 3.6)."""
    _positive(order_cost=order_cost, holding_cost=holding_cost, demand=demand)
    require(production > demand, "production", production, "more units a period than demand")
    held = holding_cost * (1 - demand / production)
    quantity = math.sqrt(2 * order_cost * demand / held)
    return Lot(quantity, held * quantity)


def _positive(**values: float) -> None:
    for name, value in values.items():
        require(0 < value < math.inf, name, value, "above 0 and finite")
