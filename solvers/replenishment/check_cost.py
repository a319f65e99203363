"""What a plan is expected to cost: its orders of now, and then life goes on, in the same random futures for every plan.

Each day demand is drawn from the history (stock-outs and marked days left out, at the level that is forecast), orders
arrive after a lead time drawn from what was learned, or never; whoever falls below the reorder point of the plan
orders up to its level, the most urgent first, within the budget, supplier capacity and line capacity of each period.
Counted: goods that come, orders, transport, freight and trucks of now, holding and shortage; what is left at the end is
worth its price.
Promises: independent of the planner's own valuation; the same seed gives the same futures whatever the plan.
May not: be part of a decision in the core (it takes too long); know why a plan is as it is.
Called by: `rolling` (which plan is better), tests, benchmarks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.replenishment.check_shared import cents_of, demand_milli_day, given_up, goods_of
from solvers.replenishment.futures import Floats, Ints, simulate
from solvers.replenishment.item import ItemSite, Source
from solvers.replenishment.plan import Policy, Proposal, ReplenishmentPlan
from solvers.replenishment.problem import ReplenishmentProblem, parts_of
from solvers.replenishment.shared import DAY_S

LEAST_SCENARIOS, MOST_SCENARIOS, CELLS = 16, 192, 3_000_000
"""As many futures as fit into so many item-site-days."""
LEAST_DAYS, MOST_DAYS = 30, 120
YEAR_DAYS = 365
NO_LIMIT = 1e18


@dataclass(frozen=True, slots=True)
class Expected:
    """Cents over the horizon, on average; `spread_cents`: standard error of `cents`."""

    cents: int
    spread_cents: int
    days: int
    holding_cents: int
    shortage_cents: int
    short_unit_days: int


def expected_cost(
    problem: ReplenishmentProblem,
    plan: ReplenishmentPlan,
    *,
    days: int | None = None,
    scenarios: int | None = None,
    seed: int = 1,
) -> Expected:
    """Simulate; `days` None = twice the longest protection interval, within 30 to 120 days."""
    policies = plan.policy_of()
    longest = max((policies[i.key].protection_s for i in problem.item_sites if i.key in policies), default=0)
    span = days if days is not None else int(min(MOST_DAYS, max(LEAST_DAYS, 2 * longest // DAY_S + 1)))
    world = _World(problem, policies, span)
    if scenarios is None:
        scenarios = int(min(MOST_SCENARIOS, max(LEAST_SCENARIOS, CELLS // (span * max(1, len(problem.item_sites))))))
    rng = np.random.default_rng(seed)
    demand = world.demand(rng, scenarios)
    luck = rng.random((scenarios, span, len(problem.item_sites)))
    first_luck = rng.random((scenarios, len(problem.item_sites), 3))
    world.place(plan.proposals)
    totals = simulate(*world.arguments(), demand, luck, first_luck)
    cents = totals.sum(axis=1) - totals[:, 3]
    fixed = world.now_cents
    spread = float(cents.std(ddof=1) / np.sqrt(scenarios)) if scenarios > 1 else 0.0
    means = totals.mean(axis=0)
    return Expected(
        cents=round(float(cents.mean()) + fixed),
        spread_cents=round(spread),
        days=span,
        holding_cents=round(float(means[1])),
        shortage_cents=round(float(means[2])),
        short_unit_days=round(float(means[3])),
    )


class _World:
    """The problem as arrays, one place an item-site."""

    def __init__(self, problem: ReplenishmentProblem, policies: dict[Any, Policy] | Any, days: int) -> None:
        self.problem, self.days = problem, days
        self.items = problem.item_sites
        self.number = {item_site.key: number for number, item_site in enumerate(self.items)}
        self.policies = [policies[item_site.key] for item_site in self.items]
        self.sources = [i.source(p.source_id) for i, p in zip(self.items, self.policies, strict=True)]
        self.arrivals = np.zeros((len(self.items), days + 1))
        self.net = np.array([float(i.on_hand - i.allocated - i.backorders) for i in self.items])
        self.now_cents = 0.0
        self._movements()
        self.orders: list[tuple[int, float, float, Floats]] = []
        self.spent = np.zeros(len(self._pools()[0]))

    def _movements(self) -> None:
        for number, item_site in enumerate(self.items):
            for receipt in item_site.on_order:
                day = max(0, -(-(receipt.expected_s - self.problem.now_s) // DAY_S))
                if day < self.days and not given_up(item_site, receipt, self.problem.now_s):
                    self.arrivals[number, day] += receipt.quantity
            for need in item_site.requirements:
                day = max(0, (need.needed_s - self.problem.now_s) // DAY_S)
                if day < self.days:
                    self.arrivals[number, day] -= need.quantity

    def demand(self, rng: np.random.Generator, scenarios: int) -> Floats:
        """Units of each scenario, day and item-site: days of the history, at the forecast's level."""
        found = np.zeros((scenarios, self.days, len(self.items)))
        for number, item_site in enumerate(self.items):
            seen, level = days_seen(item_site), demand_milli_day(item_site) / 1_000
            usual = float(seen.mean()) if len(seen) else 0.0
            if level <= 0:
                continue
            drawn = rng.choice(seen, (scenarios, self.days)) if usual else np.full((scenarios, self.days), level)
            scaled = drawn * (level / usual if usual else 1.0)
            whole = np.floor(scaled)
            found[:, :, number] = whole + (rng.random(scaled.shape) < scaled - whole)
        return found

    def place(self, proposals: tuple[Proposal, ...]) -> None:
        """Order what the plan proposes now."""
        values: dict[str, int] = {}
        loads: dict[str, list[int]] = {}
        of = self._pools()[2]
        for proposal in proposals:
            number = self.number[proposal.key]
            item_site = self.items[number]
            source = item_site.source(proposal.source_id)
            assert source is not None
            cdf = _cdf(source)
            goods = cents_of(item_site, source, proposal.quantity) - source.order_cost_cents
            goods -= source.transport_cents_order
            self.now_cents += source.order_cost_cents + source.transport_cents_order
            self.orders.append((number, float(proposal.quantity), float(goods), cdf))
            for part, units in parts_of(item_site, source.source_id, source.kind):
                self.net[self.number[part]] -= units * proposal.quantity
            for pool, units_of in of(item_site, source):
                self.spent[pool] += units_of(proposal.quantity)
            if source.kind == "purchase":
                value = goods_of(item_site, source, proposal.quantity)
                values[source.source_id] = values.get(source.source_id, 0) + value
                load = loads.setdefault(source.source_id, [0, 0])
                load[0] += item_site.weight_g * proposal.quantity
                load[1] += item_site.volume_cm3 * proposal.quantity
        kept = {(p.item_id, p.site_id, p.source_id, p.quantity) for p in proposals}
        published = self.problem.published if self.problem.change_cents else ()
        changes = sum((p.item_id, p.site_id, p.source_id, p.quantity) not in kept for p in published)
        self.now_cents += self.problem.change_cents * changes
        for supplier in self.problem.suppliers:
            if supplier.supplier_id in values:
                self.now_cents += _freight(supplier, values[supplier.supplier_id], loads[supplier.supplier_id])

    def _pools(self) -> tuple[Floats, Floats, Callable[[ItemSite, Source], list[tuple[int, Callable[[int], float]]]]]:
        """Limits that come again each period: amount, days of a period, and what an order takes of each."""
        names: dict[str, int] = {}
        amounts, periods, left = [], [], []
        problem = self.problem
        if problem.budget is not None:
            names["budget"] = 0
            amounts.append(float(problem.budget.cents))
            left.append(float(problem.budget.left_cents))
            periods.append(problem.budget.period_s // DAY_S)
        for supplier in problem.suppliers:
            if supplier.capacity_units:
                names[f"supplier:{supplier.supplier_id}"] = len(amounts)
                amounts.append(float(supplier.capacity_units))
                left.append(float(supplier.left_units))
                periods.append(supplier.capacity_s // DAY_S)
        for line in problem.lines:
            if line.capacity_s:
                names[f"line:{line.line_id}"] = len(amounts)
                amounts.append(float(line.capacity_s))
                left.append(float(line.left_s))
                periods.append(line.period_s // DAY_S)
        self.left_now = np.array(left)

        def of(item_site: ItemSite, source: Source) -> list[tuple[int, Callable[[int], float]]]:
            found: list[tuple[int, Callable[[int], float]]] = []
            if source.kind == "purchase":
                if "budget" in names:
                    found.append((names["budget"], lambda q: float(cents_of(item_site, source, q))))
                if f"supplier:{source.source_id}" in names:
                    found.append((names[f"supplier:{source.source_id}"], float))
            elif source.kind == "production" and f"line:{source.source_id}" in names:
                found.append((names[f"line:{source.source_id}"], lambda q: float(source.setup_s + q * source.unit_s)))
            return found

        return np.array(amounts), np.array(periods, dtype=np.float64), of

    def arguments(self) -> tuple[Any, ...]:
        """What the kernel takes before the random numbers."""
        amounts, periods, of = self._pools()
        pool = np.full((len(self.items), 2), -1, dtype=np.int64)
        rate, fixed = np.zeros((len(self.items), 2)), np.zeros((len(self.items), 2))
        rules = np.zeros((len(self.items), 13))
        cdfs = [np.zeros(1) if source is None else _cdf(source) for source in self.sources]
        lead = np.zeros((len(self.items), max(len(cdf) for cdf in cdfs) if cdfs else 1))
        for number, (item_site, policy, source) in enumerate(zip(self.items, self.policies, self.sources, strict=True)):
            lead[number, : len(cdfs[number])] = cdfs[number]
            lead[number, len(cdfs[number]) :] = cdfs[number][-1]
            rules[number] = _rules(item_site, policy, source)
            for place, (name, takes) in enumerate(of(item_site, source) if source is not None else []):
                pool[number, place] = name
                fixed[number, place] = takes(0)
                rate[number, place] = (takes(1_000) - fixed[number, place]) / 1_000
        parts = self._parts()
        width = max((len(cdf) for *_, cdf in self.orders), default=1)
        first = np.zeros((len(self.orders), 3 + width))
        for row, (number, quantity, goods, cdf) in enumerate(self.orders):
            first[row, :3] = (number, quantity, goods)
            first[row, 3 : 3 + len(cdf)] = cdf
            first[row, 3 + len(cdf) :] = cdf[-1]
        left = np.maximum(0.0, self.left_now - self.spent)
        return self.net, self.arrivals, rules, lead, first, *parts, pool, rate, fixed, amounts, periods, left

    def _parts(self) -> tuple[Ints, Ints, Floats]:
        starts, places, units = [0], [], []
        for item_site, source in zip(self.items, self.sources, strict=True):
            if source is not None:
                for part, quantity in parts_of(item_site, source.source_id, source.kind):
                    places.append(self.number[part])
                    units.append(float(quantity))
            starts.append(len(places))
        return np.array(starts, dtype=np.int64), np.array(places, dtype=np.int64), np.array(units, dtype=np.float64)


def days_seen(item_site: ItemSite) -> Floats:
    """Units of the days that tell what is usual."""
    series = item_site.series
    if series is None or item_site.forecast is None:
        return np.array(item_site.demand_history, dtype=np.float64)
    usual = series.units[~series.censored & (series.marks == 0)]
    return (usual if len(usual) else series.units).astype(np.float64)


def _cdf(source: Source) -> Floats:
    """Probability of being in stock at the end of day 0, 1, …; the last is that it comes at all."""
    if source.lead_time is not None:
        return np.cumsum(np.array(source.lead_time.posterior_ppm[:-1], dtype=np.float64)) / 1e6
    mean, sd = source.promised_s / DAY_S, source.promised_sd_s / DAY_S
    if sd <= 0:
        cdf = np.zeros(int(np.ceil(mean)) + 1)
        cdf[-1] = 1.0
        return cdf
    last = int(np.ceil(mean + 3 * sd))
    cdf = np.array([0.5 * (1 + math.erf((day + 0.5 - mean) / (sd * math.sqrt(2)))) for day in range(last + 1)])
    cdf[-1] = 1.0
    return cdf


def _rules(item_site: ItemSite, policy: Policy, source: Source | None) -> list[float]:
    """reorder point, level, multiple, least, most, holding, shortage, fixed cents, cents a unit, value, review, sold,
    days until a lost order is noticed.
    """
    holding = item_site.unit_cost_cents * item_site.holding_permille_year / 1_000 / YEAR_DAYS
    level = item_site.service_level_permille / 1_000
    shortage = float(item_site.shortage_cents_unit_day)
    if item_site.service_kind != "cost":
        shortage = max(shortage, max(holding, 1e-3) * level / (1 - level))
    review = max(1, item_site.review_s // DAY_S)
    if source is None:
        return [0, 0, 1, 1, 0, holding, shortage, 0, 0, item_site.unit_cost_cents, review, 0, 0]
    lot = max(1, policy.order_quantity)
    fixed = source.order_cost_cents + source.transport_cents_order
    unit = (cents_of(item_site, source, lot) - fixed) / lot
    most = float(source.capacity) if source.capacity else NO_LIMIT
    levels = [float(policy.reorder_point), float(policy.order_up_to)]
    lots = [source.order_multiple, source.min_order_quantity, most]
    return [*levels, *lots, holding, shortage, fixed, unit, unit, review, 1, len(_cdf(source))]


def _freight(supplier: Any, value: int, load: list[int]) -> float:
    cents = 0.0
    if supplier.freight_cents and (not supplier.free_freight_cents or value < supplier.free_freight_cents):
        cents += supplier.freight_cents
    if supplier.truck_cents:
        weight = -(-load[0] // supplier.truck_weight_g) if supplier.truck_weight_g else 1
        volume = -(-load[1] // supplier.truck_volume_cm3) if supplier.truck_volume_cm3 else 1
        cents += max(weight, volume, 1) * supplier.truck_cents
    return cents
