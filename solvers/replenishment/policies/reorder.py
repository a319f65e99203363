"""The exact reorder policy of one item at one site: when to order and how much, by cost or by service.

With unit multiples the best policy orders up to a level, (s,S); with multiples it orders lots, (r,nQ). Both are the
best of their form on the given whole-unit distributions, under the given lot rule, with backorders; where shortages
are not backordered see `lost_sales`.
Sources: Zheng and Federgruen (1991); Federgruen and Zheng (1992); Zheng and Chen (1992); Snyder and Shen (2019).
Promises: deterministic; at most 0.2 ms for some 300 units of demand, compiled.
May not: know an item-site, or forecast.
Called by: `planner`, `explain`, tests against stockpyl.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from solvers.errors import require
from solvers.replenishment.policies import kernels, service_kernels
from solvers.replenishment.policies.distributions import Counted
from solvers.replenishment.policies.exposure import (
    Costs,
    Exposure,
    Form,
    LotRule,
    Performance,
    Service,
    StockPolicy,
)

UNIT_LOTS = LotRule()


def best_by_cost(
    exposure: Exposure, costs: Costs, lots: LotRule = UNIT_LOTS, form: Form | None = None, grid: int = 1
) -> StockPolicy:
    """Least order, holding and shortage cost a day.

    `form` forces (s,S) or (r,nQ); without, (s,S) where any quantity may be ordered and (r,nQ) with multiples.
    `grid` > 1 looks only at positions on that grid, for large demand: off by at most max(holding, shortage) * grid
    a day in stock, see `exposure.coarse`. Raises `InvalidProblem` where holding or shortage is free: then no finite
    policy is best.
    """
    require(costs.holding > 0, "costs.holding", costs.holding, "above 0, or any quantity is too small")
    require(costs.shortage > 0, "costs.shortage", costs.shortage, "above 0, or nothing is worth holding")
    chosen = _form(lots, form)
    if grid > 1:
        rough = _per_step(costs, grid)
        return _on_grid(exposure, lots, grid, lambda part, rule: best_by_cost(part, rough, rule, chosen))
    if not _moves(exposure.review):
        return StockPolicy(chosen, -1, lots.smallest)
    if chosen == "lots":
        return _by_lots(exposure, costs, lots)
    days = exposure.review_days
    rates = (costs.order, costs.holding * days, costs.shortage * days)
    point, quantity = kernels.best_up_to(exposure.cost_pmf, exposure.review.pmf, *rates)
    if not lots.smallest <= quantity <= lots.largest:
        limits = (lots.smallest, lots.largest)
        point, quantity = kernels.best_up_to_within(exposure.cost_pmf, exposure.review.pmf, *rates, *limits)
    return StockPolicy(chosen, point, quantity)


def best_by_service(
    exposure: Exposure,
    costs: Costs,
    target: float,
    kind: Service,
    lots: LotRule = UNIT_LOTS,
    form: Form | None = None,
    grid: int = 1,
) -> StockPolicy:
    """Least order and holding cost a day of those whose service reaches `target` (0.5 < target < 1)."""
    require(costs.holding > 0, "costs.holding", costs.holding, "above 0, or any quantity is too small")
    require(0.5 < target < 1, "target", target, "between 0.5 and 1")
    chosen = _form(lots, form)
    if grid > 1:
        rough = _per_step(costs, grid)
        return _on_grid(
            exposure, lots, grid, lambda part, rule: best_by_service(part, rough, target, kind, rule, chosen)
        )
    if not _moves(exposure.review):
        return StockPolicy(chosen, -1, lots.smallest)
    pack = math.gcd(lots.multiple, exposure.pack()) if chosen == "lots" else 1
    part = exposure.packs(pack) if pack > 1 else exposure
    pmfs = (part.lead.pmf, part.protection.pmf, part.cost_pmf, part.review.pmf)
    given = (*pmfs, costs.order, costs.holding * exposure.review_days * pack, target, kind == "cycle")
    if chosen == "lots":
        limits = (lots.smallest // pack, lots.multiple // pack, lots.largest // pack)
        return _in_units(chosen, *service_kernels.best_lots_service(*given, *limits), pack)
    return _in_units(chosen, *service_kernels.best_up_to_service(*given, lots.smallest, lots.largest), 1)


def best_reorder_point(exposure: Exposure, costs: Costs, quantity: int, form: Form = "lots") -> StockPolicy:
    """The policy of least cost a day with this quantity (Q, or S - s), which another rule has set."""
    require(quantity >= 1, "quantity", quantity, "at least 1")
    require(costs.holding + costs.shortage > 0, "costs", costs, "holding or shortage above 0")
    if not _moves(exposure.review):
        return StockPolicy(form, -1, quantity)
    pack = math.gcd(quantity, exposure.pack()) if form == "lots" else 1
    part = exposure.packs(pack) if pack > 1 else exposure
    rates = (costs.holding, costs.shortage)
    point = kernels.best_point(part.cost_pmf, part.review.pmf, *rates, quantity // pack, form == "up_to")
    return _in_units(form, point, quantity // pack, pack)


def service_reorder_point(
    exposure: Exposure, target: float, kind: Service, quantity: int, form: Form = "lots"
) -> StockPolicy:
    """The policy with this quantity and the least reorder point whose service reaches `target` (0 < target < 1)."""
    require(quantity >= 1, "quantity", quantity, "at least 1")
    require(0 < target < 1, "target", target, "between 0 and 1")
    if not _moves(exposure.review):
        return StockPolicy(form, -1, quantity)
    pack = math.gcd(quantity, exposure.pack()) if form == "lots" else 1
    part = exposure.packs(pack) if pack > 1 else exposure
    given = (part.lead.pmf, part.protection.pmf, part.review.pmf, target, kind == "cycle")
    point = service_kernels.service_point(*given, quantity // pack, form == "up_to")
    return _in_units(form, point, quantity // pack, pack)


def performance(exposure: Exposure, costs: Costs, policy: StockPolicy) -> Performance:
    """What this policy costs and serves in the long run.

    Without demand nothing is ever ordered: the position is then taken to stay at the order-up-to level.
    """
    if policy.pack > 1:
        return _in_packs(exposure, costs, policy)
    parts = (exposure.lead.pmf, exposure.protection.pmf, exposure.cost_pmf, exposure.review.pmf)
    if not _moves(exposure.review):
        on_hand, backorders, orders, fill, cycle, ready = float(max(0, policy.order_up_to)), 0.0, 0.0, 1.0, 1.0, 1.0
    else:
        on_hand, backorders, orders, fill, cycle, ready = kernels.measured(
            *parts, policy.reorder_point, policy.quantity, policy.form == "up_to"
        )
    daily = orders / exposure.review_days
    split = (costs.order * daily, costs.holding * on_hand, costs.shortage * backorders)
    return Performance(sum(split), *split, on_hand, backorders, daily, fill, cycle, ready)


def warm_up(say: Callable[[str], None] = lambda line: None) -> None:
    """Compile or load every kernel, so that nothing is compiled while somebody waits."""
    say("replenishment kernels: loading")
    demand = Counted(np.array([0.5, 0.3, 0.2]))
    exposure, costs = Exposure.of(demand, demand), Costs(1.0, 1.0, 9.0)
    for form in _FORMS:
        best_by_cost(exposure, costs, LotRule(least=9), form)
        best_reorder_point(exposure, costs, 3, form)
        for kind in _SERVICES:
            service_reorder_point(exposure, 0.9, kind, 3, form)
            performance(exposure, costs, best_by_service(exposure, costs, 0.9, kind, form=form))
    say("replenishment kernels: ready")


_FORMS: tuple[Form, ...] = ("up_to", "lots")
_SERVICES: tuple[Service, ...] = ("cycle", "fill")


def _form(lots: LotRule, form: Form | None) -> Form:
    if form == "up_to":
        require(lots.multiple == 1, "lots.multiple", lots.multiple, "1 to order up to a level")
    return form or ("up_to" if lots.multiple == 1 else "lots")


def _moves(review: Counted) -> bool:
    """True unless there is never any demand (what is less likely than a rounding error is never)."""
    return float(review.pmf[0]) < 1.0 - 1e-12


def _by_lots(exposure: Exposure, costs: Costs, lots: LotRule) -> StockPolicy:
    """(r,nQ); where demand comes in packs that fit the multiple, positions are whole packs."""
    pack, days = math.gcd(lots.multiple, exposure.pack()), exposure.review_days
    part = exposure.packs(pack) if pack > 1 else exposure
    rates = (costs.order, costs.holding * days * pack, costs.shortage * days * pack)
    limits = (lots.smallest // pack, lots.multiple // pack, lots.largest // pack)
    point, quantity = kernels.best_lots(part.cost_pmf, part.review.pmf, *rates, *limits)
    return _in_units("lots", point, quantity, pack)


def _in_units(form: Form, point: int, quantity: int, pack: int) -> StockPolicy:
    return StockPolicy(form, point * pack, quantity * pack, pack)


def _in_packs(exposure: Exposure, costs: Costs, policy: StockPolicy) -> Performance:
    """Measured in packs, told in units."""
    pack = policy.pack
    inner = StockPolicy(policy.form, policy.reorder_point // pack, policy.quantity // pack)
    found = performance(exposure.packs(pack), _per_step(costs, pack), inner)
    return replace(found, on_hand=found.on_hand * pack, backorders=found.backorders * pack)


def _per_step(costs: Costs, grid: int) -> Costs:
    return Costs(costs.order, costs.holding * grid, costs.shortage * grid)


def _on_grid(
    exposure: Exposure, lots: LotRule, grid: int, best: Callable[[Exposure, LotRule], StockPolicy]
) -> StockPolicy:
    """Decide in buckets of `grid` units and answer in units, with a quantity that the lot rule allows."""
    multiple = max(1, round(lots.multiple / grid))
    rule = LotRule(max(1, -(-lots.smallest // grid)), multiple, max(1, lots.largest // grid))
    found = best(exposure.coarse(grid), rule)
    quantity = -(-found.quantity * grid // lots.multiple) * lots.multiple
    return StockPolicy(found.form, found.reorder_point * grid, min(max(quantity, lots.smallest), lots.largest))
