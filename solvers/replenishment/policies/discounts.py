"""Economic order quantity under a price list: all-units and incremental quantity discounts.

Sources: Snyder and Shen (2019), sec. 3.4; Hadley and Whitin (1963), ch. 2.
Promises: exact; every tier is looked at.
May not: take a list whose price rises with the quantity, for which no cheapest quantity need exist.
Called by: the choice of a supplier, tests against published values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from solvers.errors import require
from solvers.replenishment.policies.economic import economic_cost, economic_quantity


@dataclass(frozen=True, slots=True)
class Tier:
    """From `least` units on, a unit costs `price`."""

    least: float
    price: float


@dataclass(frozen=True, slots=True)
class DiscountedLot:
    """The quantity, the tier it is bought in, and purchase, order and holding cost a period."""

    quantity: float
    tier: int
    cost: float


def all_units_quantity(order_cost: float, holding_rate: float, demand: float, tiers: Sequence[Tier]) -> DiscountedLot:
    """The tier's price holds for every unit of the order. `holding_rate`: share of the price a period (sec. 3.4.2).

    In each tier the best quantity is its EOQ, or its beginning where the EOQ lies below. Where it lies above, the
    next tier is cheaper at every such quantity.
    """
    _checked(order_cost, holding_rate, demand, tiers)
    found = []
    for index, tier in enumerate(tiers):
        holding = holding_rate * tier.price
        quantity = max(tier.least, economic_quantity(order_cost, holding, demand))
        if quantity < _end(tiers, index):
            cost = tier.price * demand + economic_cost(order_cost, holding, demand, quantity)
            found.append(DiscountedLot(quantity, index, cost))
    return min(found, key=lambda lot: lot.cost)


def incremental_quantity(order_cost: float, holding_rate: float, demand: float, tiers: Sequence[Tier]) -> DiscountedLot:
    """The tier's price holds for the units of the order that lie in it (sec. 3.4.3).

    A tier then acts like its price with a larger order cost: what the units below its beginning cost more. The best
    quantity is always an EOQ that lies inside its own tier.
    """
    _checked(order_cost, holding_rate, demand, tiers)
    found, surcharge = [], 0.0
    for index, tier in enumerate(tiers):
        surcharge += tier.least * (tiers[index - 1].price - tier.price) if index else 0.0
        holding = holding_rate * tier.price
        quantity = economic_quantity(order_cost + surcharge, holding, demand)
        if tier.least <= quantity < _end(tiers, index):
            cost = tier.price * demand + holding_rate * surcharge / 2
            cost += economic_cost(order_cost + surcharge, holding, demand, quantity)
            found.append(DiscountedLot(quantity, index, cost))
    return min(found, key=lambda lot: lot.cost)


def _end(tiers: Sequence[Tier], index: int) -> float:
    return tiers[index + 1].least if index + 1 < len(tiers) else math.inf


def _checked(order_cost: float, holding_rate: float, demand: float, tiers: Sequence[Tier]) -> None:
    for name, value in (("order_cost", order_cost), ("holding_rate", holding_rate), ("demand", demand)):
        require(0 < value < math.inf, name, value, "above 0 and finite")
    require(bool(tiers) and tiers[0].least == 0, "tiers", tiers, "the first one begins at 0")
    for before, after in pairwise(tiers):
        require(before.least < after.least, "tiers.least", after.least, "more than the tier before")
        require(0 < after.price <= before.price, "tiers.price", after.price, "above 0, at most that of the tier before")
    require(tiers[0].price > 0, "tiers.price", tiers[0].price, "above 0")
