"""Reorder point and order quantity of an item-site from one source.

Promises: whole units; what a person typed in is used as it is; cycle service, fill rate and cost are each kept exactly
on the distribution they are given. Orders when the position is below the reorder point.
May not: look at stock.
Called by: `planner`, `sourcing`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from solvers.replenishment.cover import Cover
from solvers.replenishment.item import ItemSite
from solvers.replenishment.policies.distributions import Distribution
from solvers.replenishment.pricing import economic_lot, holding_cents_year

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Levels:
    """Order `quantity` or more when the position is below `reorder_point`, up to the sum of both."""

    reorder_point: int
    quantity: int

    @property
    def order_up_to(self) -> int:
        """What an order lifts the position to."""
        return self.reorder_point + self.quantity


def levels(cover: Cover) -> Levels:
    """The item-site's policy when it is replenished from this source."""
    item_site = cover.demand.item_site
    if item_site.fixed_levels is not None:
        point, level = item_site.fixed_levels
        return Levels(point, level - point)
    quantity = economic_lot(item_site, cover.source, cover.demand.mean)
    return Levels(_reorder_point(item_site, cover.protection, quantity), quantity)


def _reorder_point(item_site: ItemSite, demand: Distribution, quantity: int) -> int:
    target = item_site.service_level_permille / 1_000
    if item_site.service_kind == "cycle":
        return demand.quantile(target)
    if not quantity:
        return 0
    if item_site.service_kind == "fill_rate":
        return _least(lambda point: _mean_tail(demand, point, quantity) <= 1 - target, demand)
    holding = holding_cents_year(item_site) / YEAR_DAYS
    # Cost at a fixed quantity falls as long as the average tail is above this ratio (Zheng 1992, discrete).
    ratio = holding / (holding + item_site.shortage_cents_unit_day)
    return _least(lambda point: _mean_tail(demand, point, quantity) <= ratio, demand)


def _mean_tail(demand: Distribution, point: int, quantity: int) -> float:
    """Average probability of more than y over y = point .. point + quantity - 1, from the loss at both ends."""
    return (demand.loss(point) - demand.loss(point + quantity)) / quantity


def _least(enough: Callable[[int], bool], demand: Distribution) -> int:
    """The smallest point that is enough; it is monotone."""
    low, high = 0, max(1, demand.quantile(0.999_999))
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return low
