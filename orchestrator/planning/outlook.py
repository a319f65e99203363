"""Projected stock of an item at a site, and what was learned about it and its suppliers, as figures to show.

Promises: reads only; every figure comes from the functions that planning decides by. Orders on their way are weighed by
how probable each day of arrival is; orders that the policy would place later are in it, as proposed. Called by the
planner for ingest: `read` on the loop, `projected` in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.learned import DemandHistory, ForecastRecord
from orchestrator.domain.plan import Proposal
from orchestrator.domain.state import DAY_S, State
from orchestrator.planning.dirty import Dirty, ItemSite
from orchestrator.planning.lanes import days_between
from orchestrator.planning.memory import Memory
from orchestrator.planning.plan_once import begin
from orchestrator.planning.records import lane_record, lead_time_of, marks_by_key
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.stock_facts import Facts, facts_of, item_site_of, promoted, requirements
from orchestrator.planning.working import Working
from solvers.replenishment import lead_time
from solvers.replenishment.arrival import lead_of
from solvers.replenishment.cover import Cover, Demand
from solvers.replenishment.forecast import band, mean_per_day
from solvers.replenishment.item import ItemSite as ProblemItem
from solvers.replenishment.plan import Policy
from solvers.replenishment.policies.exposure import Costs, StockPolicy
from solvers.replenishment.policies.reorder import performance
from solvers.replenishment.pricing import YEAR_DAYS, holding_cents_year

HISTORY_SHOWN = 28
LOW_SURE, HIGH_SURE = 0.9, 0.1
"""The low line counts an order from the day by which nine of ten have come; the high one from when one has."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PastDay:
    """Demand of a closed day; `censored`: at least that."""

    day_s: int
    units: int
    censored: bool


@dataclass(frozen=True, slots=True)
class ComingDay:
    """Stock at the end of a day: expected, and where it is with 90 %. `proposed`: of what arrives, not ordered yet."""

    day_s: int
    expected: int
    low: int
    high: int
    arriving: int
    proposed: int


@dataclass(frozen=True, slots=True)
class PolicyFigures:
    """The policy in force, and how it does in the long run."""

    policy: Policy
    fill_rate_per_mille: int
    cost_milli_cents_day: int
    fixed: bool


@dataclass(frozen=True, slots=True)
class StockOutlook:
    """Everything about one item at one site."""

    days: tuple[ComingDay, ...]
    history: tuple[PastDay, ...]
    policy: PolicyFigures | None
    forecast: ForecastRecord | None
    proposal: Proposal | None


def past_days(state: State, key: ItemSite) -> tuple[PastDay, ...]:
    """The last closed days of an item at a site, oldest first."""
    history = state.demand.get(key, DemandHistory(first_day_s=0))
    skipped = max(0, len(history.units) - HISTORY_SHOWN)
    censored = frozenset(history.censored_days_s)
    days = ((history.first_day_s + (skipped + n) * DAY_S, units) for n, units in enumerate(history.units[skipped:]))
    return tuple(PastDay(day_s, units, day_s in censored) for day_s, units in days)


@dataclass(slots=True)
class Coming:
    """Units that have arrived by the end of each day: expected, surely, at best; and the part not ordered yet."""

    expected: Floats
    low: Floats
    high: Floats
    proposed: Floats

    def add(self, units: int, by_day: Floats, *, proposed: bool = False) -> None:
        """An order that is in stock by the end of day d with probability `by_day[d]`."""
        self.expected += units * by_day
        self.low += units * (by_day >= LOW_SURE)
        self.high += units * (by_day >= HIGH_SURE)
        if proposed:
            self.proposed += units * by_day


@dataclass(frozen=True, slots=True)
class Asked:
    """What was read off the state for an outlook. `gone`: units of today's demand that have left already."""

    facts: Facts
    policy: Policy | None
    proposals: tuple[Proposal, ...]
    history: tuple[PastDay, ...]
    today_s: int
    on_hand: int
    gone: int
    coming: Coming


def read(state: State, memory: Memory, settings: PlanningSettings, key: ItemSite, now_s: int, days: int) -> Asked:
    """Read one item at a site; quick."""
    work = begin(state, Dirty(), now_s, settings, memory)
    facts = facts_of(work, key, requirements(work), marks_by_key(state).get(key, ()))
    known = memory.replenishment.policies if memory.replenishment is not None else ()
    today_s = state.day_start_s(now_s)
    coming = Coming(*(np.zeros(days) for _ in range(4)))
    for supply_id in memory.inbound.get(key, {}):
        _supply(work, facts, supply_id, coming)
    proposals = (p for p in state.plan.proposals.values() if (p.site_id, p.item_id) == key)
    return Asked(
        facts=facts,
        policy=next((policy for policy in known if policy.key == (key[1], key[0])), None),
        proposals=tuple(sorted(proposals, key=lambda p: p.proposal_id)),
        history=past_days(state, key),
        today_s=today_s,
        on_hand=state.on_hand.get(key, 0),
        gone=left_today(state, key, today_s),
        coming=coming,
    )


def projected(asked: Asked) -> StockOutlook:
    """The coming days, today first. Pure; may run in a thread."""
    item_site = item_site_of(asked.facts)
    return StockOutlook(
        days=_days(asked, item_site),
        history=asked.history,
        policy=_figures(item_site, asked.policy) if asked.policy is not None else None,
        forecast=asked.facts.record,
        proposal=asked.proposals[0] if asked.proposals else None,
    )


# --- the days ---


def _days(asked: Asked, item_site: ProblemItem) -> tuple[ComingDay, ...]:
    coming, today_s, on_hand = asked.coming, asked.today_s, float(asked.on_hand)
    days = len(coming.expected)
    needs = _needs(item_site, today_s, days)
    mean, low, high = (np.maximum(line - asked.gone, 0.0) + needs for line in _demand(item_site, asked.facts, days))
    for proposal in asked.proposals:
        coming.add(proposal.quantity, _fresh(item_site, proposal, today_s, days), proposed=True)
    if asked.policy is not None:
        _reorder_later(item_site, asked.policy, on_hand, mean, coming)
    expected = on_hand + coming.expected - mean
    least = np.minimum(expected, on_hand + coming.low - high)
    most = np.maximum(expected, on_hand + coming.high - low)
    steps = (np.diff(coming.expected, prepend=0.0), np.diff(coming.proposed, prepend=0.0))
    return tuple(
        ComingDay(
            day_s=today_s + day * DAY_S,
            expected=_stock(expected[day]),
            low=_stock(least[day]),
            high=_stock(most[day]),
            arriving=_stock(steps[0][day]),
            proposed=_stock(steps[1][day]),
        )
        for day in range(days)
    )


def _stock(units: float) -> int:
    return max(0, round(float(units)))


def _demand(item_site: ProblemItem, facts: Facts, days: int) -> tuple[Floats, Floats, Floats]:
    """Cumulated demand through today and each day after it: expected, 5 % and 95 %."""
    if item_site.forecast is not None and item_site.series is not None:
        ahead = promoted(facts)
        found = band(item_site.series, item_site.forecast, days, promoted=ahead)
        mean = np.cumsum(mean_per_day(item_site.forecast, days, promoted=ahead))
        return mean, found.low.astype(np.float64), found.high.astype(np.float64)
    demand = Demand(item_site)
    spans = [demand.over(day * DAY_S) for day in range(1, days + 1)]
    low, high = (np.array([span.quantile(share) for span in spans], dtype=np.float64) for share in (0.05, 0.95))
    return np.array([span.mean for span in spans], dtype=np.float64), low, high


def _needs(item_site: ProblemItem, today_s: int, days: int) -> Floats:
    """Materials of released production beyond what the forecast knows of: all of it where there is no forecast."""
    found = np.zeros(days)
    if item_site.forecast is None and not any(item_site.demand_history):
        for need in item_site.requirements:
            found[min(days - 1, max(0, (need.needed_s - today_s) // DAY_S)) :] += need.quantity
    return found


def left_today(state: State, key: ItemSite, today_s: int) -> int:
    """Units of today's demand that have left already."""
    issued = state.issued.get(key)
    gone = issued.quantity + issued.short if issued is not None else 0
    for order_id in state.orders_of_day.get(today_s, {}):
        order = state.orders[order_id]
        allocation = state.plan.allocations.get(order_id)
        has_left = order.status in (OrderStatus.LOADED, OrderStatus.DELIVERED)
        if has_left and allocation is not None and allocation.site_id == key[0]:
            gone += sum(line.quantity for line in order.lines if line.item_id == key[1])
    return gone


def _supply(work: Working, facts: Facts, supply_id: str, coming: Coming) -> None:
    """A purchase by its learned lead time, around the arrival that was named last; production as scheduled."""
    state, days = work.state, len(coming.expected)
    order = state.purchases.get(supply_id)
    if order is None or order.from_site_id is not None:
        receipt = next((r for r in facts.receipts if r.replenishment_id == supply_id), None)
        if receipt is not None:
            coming.add(receipt.quantity, _certain(days_between(state, work.now_s, receipt.expected_s), days))
        return
    record = lane_record(state, order.supplier_id, order.site_id)
    known = lead_time_of(record) if record is not None else None
    ahead = days_between(state, work.now_s, order.expected_s)
    if known is None:
        coming.add(order.quantity, _certain(ahead, days))
        return
    age = known.agreed_days - ahead + days_between(state, order.expected_s, work.now_s)
    left = lead_time.arrivals(known, max(0, age))
    pmf = np.concatenate((np.zeros(max(0, -age)), left.days_pmf))
    coming.add(order.quantity, _by_day(pmf, days))


def _fresh(item_site: ProblemItem, proposal: Proposal, today_s: int, days: int) -> Floats:
    """When an order that would be placed now comes."""
    source = item_site.source(proposal.supplier_id or proposal.from_site_id or "")
    if source is None or source.lead_time is None:
        return _certain(max(0, (proposal.expected_s - today_s) // DAY_S), days)
    lead = lead_of(source)
    return _by_day((1 - lead.lost) * lead.pmf, days)


def _certain(day: int, days: int) -> Floats:
    return (np.arange(days) >= day).astype(np.float64)


def _by_day(pmf: Floats, days: int) -> Floats:
    found = np.full(days, float(pmf.sum()))
    length = min(days, len(pmf))
    found[:length] = np.cumsum(pmf)[:length]
    return found


def _reorder_later(item_site: ProblemItem, policy: Policy, on_hand: float, mean: Floats, coming: Coming) -> None:
    """Orders that the policy will place at the expected demand, from tomorrow on."""
    source = item_site.source(policy.source_id)
    if source is None or policy.order_quantity < 1:
        return
    lead_days, days = -(-policy.lead_p50_s // DAY_S), len(mean)
    ordered = float(coming.expected[-1])
    for day in range(1, days - lead_days):
        position = on_hand + ordered - float(mean[day - 1])
        if position < policy.reorder_point:
            units = max(policy.order_quantity, round(policy.order_up_to - position))
            ordered += units
            coming.add(units, _certain(day + lead_days, days), proposed=True)


# --- the policy ---


def _figures(item_site: ProblemItem, policy: Policy) -> PolicyFigures:
    fill, cost = 0, 0
    source = item_site.source(policy.source_id)
    cover = Cover(Demand(item_site), source) if source is not None else None
    exposure = cover.exposure if cover is not None else None
    if source is not None and exposure is not None and policy.order_quantity:
        step = exposure[1]
        holding = holding_cents_year(item_site, source) / YEAR_DAYS * step
        costs = Costs(source.fixed_cents, max(1e-6, holding), max(0, item_site.shortage_cents_unit_day) * step)
        quantity = max(1, round(policy.order_quantity / step))
        done = performance(exposure[0], costs, StockPolicy("up_to", (policy.reorder_point - 1) // step, quantity))
        fill, cost = round(1_000 * done.fill_rate), round(1_000 * done.cost)
    return PolicyFigures(policy, max(0, min(1_000, fill)), max(0, cost), item_site.fixed_levels is not None)
