"""What an order costs at a source, and how many units to order at a time.

Promises: whole cents; the allowed quantity nearest above what is wanted; price breaks are taken when they pay over a
year (all-units: Hadley and Whitin 1963; incremental: the same candidates with the cost the tiers really have).
May not: know stock or demand beyond the rate it is given.
Called by: `levels`, `planner`, `marginal`, `sourcing`, `rolling`.
"""

from __future__ import annotations

import math

from solvers.replenishment.item import ItemSite, PriceTier, Source
from solvers.replenishment.policies.lots import economic_quantity

YEAR_DAYS = 365
MAX_COVER_DAYS = 365
"""No order covers more than a year, however cheap it is to hold."""


def goods_cents(item_site: ItemSite, source: Source, quantity: int) -> int:
    """The price of the units alone."""
    if not source.tiers:
        return item_site.unit_cost_cents * quantity
    if source.tier_rule == "all_units":
        return _tier(source, quantity).unit_cents * quantity
    total = 0
    for number, tier in enumerate(source.tiers):
        end = source.tiers[number + 1].from_quantity - 1 if number + 1 < len(source.tiers) else quantity
        total += tier.unit_cents * max(0, min(quantity, end) - tier.from_quantity + 1)
    return total


def order_cents(item_site: ItemSite, source: Source, quantity: int) -> int:
    """Goods, transport and the order itself; nothing for no units."""
    if not quantity:
        return 0
    return goods_cents(item_site, source, quantity) + source.fixed_cents + source.transport_cents_unit * quantity


def unit_cents(item_site: ItemSite, source: Source) -> int:
    """What a unit costs at the first tier; the stock is valued at the item's own cost, not at this."""
    return source.tiers[0].unit_cents if source.tiers else item_site.unit_cost_cents


def _tier(source: Source, quantity: int) -> PriceTier:
    return next(tier for tier in reversed(source.tiers) if tier.from_quantity <= max(1, quantity))


def holding_cents_year(item_site: ItemSite, source: Source | None = None) -> float:
    """Cents to hold a unit for a year."""
    cost = unit_cents(item_site, source) if source is not None else item_site.unit_cost_cents
    return cost * item_site.holding_permille_year / 1_000


def smallest(source: Source) -> int:
    """The least quantity the source takes."""
    return -(-source.min_order_quantity // source.order_multiple) * source.order_multiple


def largest(source: Source) -> int:
    """The most units it takes in one order; a huge number where there is no limit."""
    return source.capacity // source.order_multiple * source.order_multiple if source.capacity else 10**12


def allowed(source: Source, quantity: int) -> int:
    """The smallest quantity the source takes that is at least this one, or the most it takes."""
    lots = -(-max(quantity, source.min_order_quantity) // source.order_multiple) * source.order_multiple
    return min(lots, largest(source))


def allowed_below(source: Source, quantity: int) -> int:
    """The largest quantity the source takes that is at most this one; 0 if that is below its least."""
    lots = min(quantity // source.order_multiple * source.order_multiple, largest(source))
    return lots if lots >= source.min_order_quantity else 0


def economic_lot(item_site: ItemSite, source: Source, mean_day: float) -> int:
    """What to order at a time: least cost a year over the price tiers, at least what is used between two looks."""
    if not mean_day:
        return 0
    yearly = mean_day * YEAR_DAYS
    holding = holding_cents_year(item_site, source)
    most = max(1.0, mean_day * MAX_COVER_DAYS)
    least = max(mean_day * item_site.review_s / 86_400, 1.0)
    starts = [tier.from_quantity for tier in source.tiers[1:] if tier.from_quantity <= most]
    economic = _economic(source, holding, yearly)
    candidates = {allowed(source, math.ceil(min(max(q, least), most))) for q in (*economic, *starts)}
    if len(candidates) == 1:
        return candidates.pop()
    return min(sorted(candidates), key=lambda q: _cents_year(item_site, source, q, yearly))


def _economic(source: Source, holding: float, yearly: float) -> list[float]:
    if not source.tiers or source.tier_rule == "all_units":
        first = source.tiers[0].unit_cents if source.tiers else 1
        prices = [tier.unit_cents for tier in source.tiers] or [1]
        scaled = [holding * price / first if first else holding for price in prices]
        return [economic_quantity(source.fixed_cents, rate, yearly) for rate in scaled]
    found, saved = [], 0.0
    for number, tier in enumerate(source.tiers):
        if number:
            saved += (tier.from_quantity - 1) * (source.tiers[number - 1].unit_cents - tier.unit_cents)
        fixed = max(0.0, source.fixed_cents + saved)
        rate = holding * tier.unit_cents / source.tiers[0].unit_cents if source.tiers[0].unit_cents else holding
        found.append(economic_quantity(fixed, rate, yearly))
    return found


def _cents_year(item_site: ItemSite, source: Source, quantity: int, yearly: float) -> float:
    """Order, goods and cycle stock cost of a year when this much is ordered at a time."""
    goods = goods_cents(item_site, source, quantity)
    holding = goods / quantity * item_site.holding_permille_year / 1_000
    return (order_cents(item_site, source, quantity)) * yearly / quantity + holding * quantity / 2
