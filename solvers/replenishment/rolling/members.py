"""The item-sites that are decided together, their random futures, and what they may take of each limit.

Promises: deterministic for a seed; at most `MOST` item-sites, the most urgent ones; the others keep the orders of the
base plan, and what these take is taken off the limits before.
May not: import an engine.
Called by: `rolling.model`, `rolling.solve`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from solvers.replenishment.arrival import lead_of
from solvers.replenishment.check_cost import days_seen
from solvers.replenishment.item import ItemSite, Key, Source
from solvers.replenishment.limits import Amounts, Limits, total
from solvers.replenishment.marginal import binding
from solvers.replenishment.plan import Orders, Policy, ReplenishmentPlan
from solvers.replenishment.pricing import order_cents
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.shared import DAY_S
from solvers.replenishment.worth import Worth, worth

Floats = npt.NDArray[np.float64]
MOST = 150
DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 63, 90)
"""Ends of the periods of a horizon: fine where it matters, coarse where it does not."""
LEAST_SCENARIOS, MOST_SCENARIOS, CELLS = 10, 30, 15_000
MORE = 2.0
"""No order is larger than this times what is wanted (or what tops up a supplier's order)."""
TOP_UP_DAYS = 60


@dataclass(frozen=True)
class Member:
    """One item-site. `units[s, t]`: demand of a period less what certainly arrives in it; `lead[a][s]`: days, or -1."""

    item_site: ItemSite
    policy: Policy
    worth: Worth
    sources: tuple[Source, ...]
    most: int
    opening: float
    units: Floats
    lead: tuple[npt.NDArray[np.int64], ...]
    mean_lead_days: int
    unit_cents: float
    published: Mapping[str, int]


@dataclass(frozen=True)
class Group:
    """What one program decides. `days[t]`: end of period t. `left`: of the limits, for the members' orders of now."""

    members: tuple[Member, ...]
    days: tuple[int, ...]
    scenarios: int
    left: Amounts
    others: Mapping[Key, Orders]
    next_day: int
    """First day on which later orders are thought of: where the limits come again."""
    limits: Limits = field(repr=False)

    def period_of(self, day: float) -> int | None:
        """The period in which a day lies; None beyond the horizon."""
        place = bisect_left(self.days, day)
        return place if place < len(self.days) else None


def group_of(problem: ReplenishmentProblem, base: ReplenishmentPlan, seed: int) -> Group | None:
    """The members and their futures; None where nothing shared makes a difference."""
    policies = base.policy_of()
    limits = Limits(problem, policies)
    keys = _together(problem, policies, limits)
    if not keys:
        return None
    ordered: dict[Key, Orders] = {}
    for key, proposals in base.proposals_of().items():
        ordered[key] = tuple((p.source_id, p.quantity) for p in proposals)
    chosen = set(keys)
    others = {key: orders for key, orders in ordered.items() if key not in chosen}
    used = total(limits.takes(problem.by_key()[key], orders) for key, orders in others.items())
    left = {name: max(0, amount - used.get(name, 0)) for name, amount in limits.left.items()}
    longest = max(policies[key].protection_s // DAY_S for key in keys)
    days = tuple(day for day in DAYS if day <= longest + 1) + tuple(d for d in DAYS if d > longest + 1)[:2]
    scenarios = int(min(MOST_SCENARIOS, max(LEAST_SCENARIOS, CELLS // (len(keys) * len(days)))))
    rng = np.random.default_rng(seed)
    members = tuple(_member(problem, policies[key], days, scenarios, rng) for key in keys)
    return Group(members, days, scenarios, left, others, _next_day(problem), limits)


def _next_day(problem: ReplenishmentProblem) -> int:
    periods = [supplier.capacity_s for supplier in problem.suppliers if supplier.capacity_units]
    periods += [line.period_s for line in problem.lines if line.capacity_s]
    if problem.budget is not None:
        periods.append(problem.budget.period_s)
    return min(periods, default=7 * DAY_S) // DAY_S


def _together(problem: ReplenishmentProblem, policies: Mapping[Key, Policy], limits: Limits) -> list[Key]:
    """Those that want of a limit that binds, and those of suppliers with a least order or free freight."""
    item_sites = problem.by_key()
    takes = {key: limits.takes(item_sites[key], policy.orders) for key, policy in policies.items() if policy.orders}
    tight = binding(limits, takes)
    asked = {source_id for policy in policies.values() for source_id, _ in policy.orders}
    ruled = {s.supplier_id for s in problem.suppliers if s.min_order_cents or s.free_freight_cents} & asked
    found = []
    for key in sorted(policies):
        policy = policies[key]
        wants = any(name in tight for name in takes.get(key, ()))
        topped = policy.source_id in ruled and policy.demand_milli_day > 0 and item_sites[key].fixed_levels is None
        if wants or topped or any(source_id in ruled for source_id, _ in policy.orders):
            found.append(key)
    found.sort(key=lambda key: (not policies[key].orders, _urgency(policies[key]), key))
    return sorted(found[:MOST])


def _urgency(policy: Policy) -> float:
    return policy.inventory_position / max(1, policy.reorder_point)


def _member(
    problem: ReplenishmentProblem, policy: Policy, days: tuple[int, ...], scenarios: int, rng: np.random.Generator
) -> Member:
    item_site = problem.by_key()[policy.key]
    names = dict.fromkeys((*(source_id for source_id, _ in policy.orders), policy.source_id))
    sources = [s for s in (item_site.source(name) for name in names) if s is not None]
    if policy.orders:
        sources += [s for s in item_site.sources if s not in sources][: max(0, 3 - len(sources))]
    priced = worth(item_site, policy, problem.now_s)
    main = sources[0]
    lot = max(1, policy.order_quantity)
    published = {p.source_id: p.quantity for p in problem.published if p.key == policy.key and problem.change_cents}
    return Member(
        item_site=item_site,
        policy=policy,
        worth=priced,
        sources=tuple(sources),
        most=_most(policy),
        opening=float(priced.available[0]),
        units=_demand(item_site, priced, days, scenarios, rng),
        lead=tuple(_leads(source, scenarios, rng) for source in sources),
        mean_lead_days=max(1, round(lead_of(main).mean_days)),
        unit_cents=order_cents(item_site, main, lot) / lot,
        published=published,
    )


def _most(policy: Policy) -> int:
    if policy.orders:
        return max(int(MORE * policy.wanted), policy.order_quantity)
    return max(policy.order_quantity, policy.demand_milli_day * TOP_UP_DAYS // 1_000)


def _demand(
    item_site: ItemSite, priced: Worth, days: tuple[int, ...], scenarios: int, rng: np.random.Generator
) -> Floats:
    """Demand of each period less certain arrivals; the mean over the scenarios is the forecast's."""
    seen = days_seen(item_site)
    starts = (0, *days[:-1])
    found = np.zeros((scenarios, len(days)))
    for t, (begin, end) in enumerate(zip(starts, days, strict=True)):
        drawn = rng.choice(seen, (scenarios, end - begin)).sum(axis=1).astype(np.float64)
        mean = float(drawn.mean())
        found[:, t] = drawn * (priced.mean * (end - begin) / mean) if mean else priced.mean * (end - begin)
        last = len(priced.available) - 1
        found[:, t] -= priced.available[min(end, last)] - priced.available[min(begin, last)]
    return found


def _leads(source: Source, scenarios: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Days until an order of now arrives in each scenario, -1 for never: evenly over the distribution, shuffled."""
    lead = lead_of(source)
    luck = (rng.permutation(scenarios) + 0.5) / scenarios
    arrived = lead.by_day(len(lead.pmf) - 1)
    days = np.searchsorted(arrived, luck - 1e-12)
    return np.where(luck > arrived[-1] + 1e-12, -1, np.minimum(days, len(arrived) - 1)).astype(np.int64)
