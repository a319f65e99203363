"""Reorder point and order quantity of an item-site from one source.

Promises: whole units; what a person typed in is used as it is; cycle service, fill rate and cost are each kept exactly
on the distribution they are given. A service level is the least that is kept: where a unit short is so dear that more
stock costs less in the end, more is kept. Orders when the position is below the reorder point.
May not: look at stock.
Called by: `planner`, `sourcing`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from solvers.replenishment.cover import Cover
from solvers.replenishment.item import ItemSite
from solvers.replenishment.policies.distributions import Distribution
from solvers.replenishment.policies.exposure import Costs, Exposure, Form, LotRule, Service
from solvers.replenishment.policies.reorder import best_by_cost, best_reorder_point, service_reorder_point
from solvers.replenishment.pricing import MAX_COVER_DAYS, YEAR_DAYS, economic_lot, holding_cents_year, largest


@dataclass(frozen=True, slots=True)
class Levels:
    """Order when the position is below `reorder_point`, up to `order_up_to` or a little more; `quantity` at a time."""

    reorder_point: int
    quantity: int
    order_up_to: int


def levels(cover: Cover) -> Levels:
    """The item-site's policy when it is replenished from this source."""
    item_site = cover.demand.item_site
    if item_site.fixed_levels is not None:
        point, level = item_site.fixed_levels
        return Levels(point, level - point, level)
    if cover.exposure is not None and cover.demand.mean:
        return _exact(cover, *cover.exposure)
    quantity = economic_lot(item_site, cover.source, cover.demand.mean)
    point = _reorder_point(item_site, cover.protection, quantity)
    return Levels(point, quantity, point + quantity)


def _exact(cover: Cover, exposure: Exposure, step: int) -> Levels:
    """On the learned distribution; exact policies order at or below their point, so ours is one above."""
    item_site, source = cover.demand.item_site, cover.source
    target = item_site.service_level_permille / 1_000
    holding = holding_cents_year(item_site, source) / YEAR_DAYS
    costs = Costs(source.fixed_cents, holding, item_site.shortage_cents_unit_day)
    form: Form = "up_to" if source.order_multiple == 1 or step > 1 else "lots"
    if item_site.service_kind == "cost" and holding > 0 and not source.tiers and step == 1:
        most = min(largest(source), max(1, math.ceil(cover.demand.mean * MAX_COVER_DAYS)))
        rule = LotRule(source.min_order_quantity, source.order_multiple, most)
        found = best_by_cost(exposure, costs, rule, form)
        return _levels(found.reorder_point, found.quantity)
    quantity = economic_lot(item_site, source, cover.demand.mean)
    steps = max(1, round(quantity / step))
    if item_site.service_kind == "cost":
        found = best_reorder_point(exposure, costs, steps, form)
    else:
        kind: Service = "cycle" if item_site.service_kind == "cycle" else "fill"
        found = service_reorder_point(exposure, target, kind, steps, form)
        if costs.shortage > 0 and holding > 0 and source.kind == "production":
            cheapest = best_reorder_point(exposure, costs, steps, form)
            found = max(found, cheapest, key=lambda policy: policy.reorder_point)
    return _levels(found.reorder_point * step if found.reorder_point > 0 else found.reorder_point, quantity)


def _levels(point: int, quantity: int) -> Levels:
    """From a policy that orders at or below its point; nobody is made to wait until orders have piled up."""
    point = max(-1, point)
    return Levels(point + 1, quantity, point + quantity)


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
