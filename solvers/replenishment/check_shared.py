"""The referee's second half: what is shared is counted again, in its own way.

Promises: independent of `limits`, `marginal` and the planner: it adds up orders by supplier, site and line from the
problem's own figures.
May not: import the policies, the planner or the limits.
Called by: `check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from solvers.replenishment.item import ItemSite, Key, Receipt, Source
from solvers.replenishment.plan import Policy, Proposal, ReplenishmentPlan
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.shared import DAY_S

Kind = Literal[
    "unknown_item",
    "missing_policy",
    "duplicate",
    "below_minimum",
    "not_a_multiple",
    "no_trigger",
    "not_proposed",
    "too_little",
    "wrong_position",
    "wrong_dependent_demand",
    "wrong_reason",
    "wrong_source",
    "wrong_time",
    "wrong_policy",
    "wrong_cost",
    "over_limit",
    "below_supplier_minimum",
    "above_capacity",
    "wrong_demand",
    "no_reason_to_hold",
]


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule. `size`: units or seconds off, 1 where there is no measure."""

    kind: Kind
    item_id: str
    site_id: str
    size: int
    text: str


Order = tuple[ItemSite, Source, int]


def goods_of(item_site: ItemSite, source: Source, quantity: int) -> int:
    """The price of the units by its tiers."""
    goods = item_site.unit_cost_cents * quantity
    reached = [tier for tier in source.tiers if tier.from_quantity <= quantity]
    if reached and source.tier_rule == "all_units":
        goods = reached[-1].unit_cents * quantity
    elif reached:
        ends = [*(tier.from_quantity for tier in reached[1:]), quantity + 1]
        goods = sum(t.unit_cents * (end - t.from_quantity) for t, end in zip(reached, ends, strict=True))
    return goods


def cents_of(item_site: ItemSite, source: Source, quantity: int) -> int:
    """Goods by their tiers, transport, and the order."""
    fixed = source.order_cost_cents + source.transport_cents_order
    return goods_of(item_site, source, quantity) + fixed + source.transport_cents_unit * quantity


def lead_s_of(source: Source) -> int:
    """Order to stock on average of what comes: as learned, or else as agreed."""
    if source.lead_time is None:
        return source.promised_s
    days = source.lead_time.posterior_ppm[:-1]
    return round(DAY_S * sum(day * ppm for day, ppm in enumerate(days)) / sum(days))


def given_up(item_site: ItemSite, receipt: Receipt, now_s: int) -> bool:
    """Whether an open order has been under way so long that it comes with less than one chance in five."""
    source = item_site.source(receipt.source_id)
    if source is None or source.lead_time is None or receipt.ordered_s is None:
        return False
    age = (now_s - receipt.ordered_s) // DAY_S
    *days, lost = source.lead_time.posterior_ppm
    last = max((d for d in range(len(days)) if 5 * sum(days[d:]) >= sum(days[d:]) + lost), default=-1)
    return age > last


def demand_milli_day(item_site: ItemSite) -> int:
    """Expected thousandths of a unit a day: as learned, or the mean of the history."""
    if item_site.forecast is not None and item_site.series is not None:
        return round(item_site.forecast.mean_micro / 1_000)
    return round(1_000 * sum(item_site.demand_history) / len(item_site.demand_history))


def shared_violations(
    problem: ReplenishmentProblem, policies: Mapping[Key, Policy], proposals: list[Proposal]
) -> Iterable[Violation]:
    """Limits that the proposals together exceed, and suppliers' orders below their least value."""
    orders = _orders(problem, [(p.key, p.source_id, p.quantity) for p in proposals])
    left = rooms(problem, policies)
    for name, amount in sorted(taken(orders).items()):
        if name in left and amount > left[name]:
            text = f"{amount} of {name} is ordered, {left[name]} is left"
            yield Violation("over_limit", "", name, amount - left[name], text)
    for supplier in problem.suppliers:
        value = _goods_value(orders, supplier.supplier_id)
        if 0 < value < supplier.min_order_cents:
            text = f"goods for {value} cents, the least order is {supplier.min_order_cents}"
            size = supplier.min_order_cents - value
            yield Violation("below_supplier_minimum", "", supplier.supplier_id, size, text)


def _orders(problem: ReplenishmentProblem, wanted: Iterable[tuple[Key, str, int]]) -> list[Order]:
    found = []
    for key, source_id, quantity in wanted:
        item_site = problem.by_key().get(key)
        source = item_site.source(source_id) if item_site is not None else None
        if item_site is not None and source is not None:
            found.append((item_site, source, quantity))
    return found


def _goods_value(orders: list[Order], supplier_id: str) -> int:
    return sum(
        goods_of(item_site, source, quantity)
        for item_site, source, quantity in orders
        if source.kind == "purchase" and source.source_id == supplier_id
    )


def taken(orders: list[Order]) -> Counter[str]:
    """What the orders take of everything that may be shared."""
    found: Counter[str] = Counter()
    for item_site, source, quantity in orders:
        if source.kind == "purchase":
            found["budget"] += cents_of(item_site, source, quantity)
            found[f"supplier:{source.source_id}:capacity"] += quantity
            found[f"supplier:{source.source_id}:weight"] += quantity * item_site.weight_g
            found[f"supplier:{source.source_id}:volume"] += quantity * item_site.volume_cm3
        if source.kind == "production":
            found[f"line:{source.source_id}:capacity"] += source.setup_s + quantity * source.unit_s
        found[f"site:{item_site.site_id}:storage"] += quantity * item_site.volume_cm3
        found[f"site:{item_site.site_id}:weight"] += quantity * item_site.weight_g
    return found


def rooms(problem: ReplenishmentProblem, policies: Mapping[Key, Policy]) -> dict[str, int]:
    """What is left of each limit before the proposals."""
    left: dict[str, int] = {}
    if problem.budget is not None:
        left["budget"] = max(0, problem.budget.cents - problem.budget.spent_cents)
    for supplier in problem.suppliers:
        name = f"supplier:{supplier.supplier_id}"
        if supplier.capacity_units:
            left[f"{name}:capacity"] = max(0, supplier.capacity_units - supplier.used_units)
        if supplier.max_trucks and supplier.truck_weight_g:
            left[f"{name}:weight"] = supplier.max_trucks * supplier.truck_weight_g
        if supplier.max_trucks and supplier.truck_volume_cm3:
            left[f"{name}:volume"] = supplier.max_trucks * supplier.truck_volume_cm3
    for line in problem.lines:
        if line.capacity_s:
            left[f"line:{line.line_id}:capacity"] = max(0, line.capacity_s - line.committed_s)
    stored: dict[str, list[tuple[ItemSite, int]]] = {site.site_id: [] for site in problem.sites}
    for item_site in problem.item_sites if problem.sites else ():
        if item_site.site_id in stored:
            units = _on_the_shelf(item_site, policies.get(item_site.key), problem.now_s)
            stored[item_site.site_id].append((item_site, units))
    for site in problem.sites:
        here = stored[site.site_id]
        if site.storage_cm3:
            used = sum(units * item_site.volume_cm3 for item_site, units in here)
            left[f"site:{site.site_id}:storage"] = max(0, site.storage_cm3 - used)
        if site.storage_g:
            left[f"site:{site.site_id}:weight"] = max(0, site.storage_g - sum(u * i.weight_g for i, u in here))
    return left


def _on_the_shelf(item_site: ItemSite, policy: Policy | None, now_s: int) -> int:
    """Units there when an order of now arrives, at the mean rate of demand, without that order."""
    source = item_site.source(policy.source_id) if policy is not None else None
    lead_s = lead_s_of(source) if source is not None else 0
    coming = sum(r.quantity for r in item_site.on_order if not given_up(item_site, r, now_s))
    free = item_site.on_hand + coming - item_site.allocated - item_site.backorders
    return max(0, free - demand_milli_day(item_site) * lead_s // (1_000 * DAY_S))


def excused_keys(problem: ReplenishmentProblem, plan: ReplenishmentPlan) -> dict[Key, str]:
    """Item-sites that may order other than wanted: "less", "more", or "kept" (see `check`)."""
    item_sites = problem.by_key()
    policies = {policy.key: policy for policy in plan.policies if policy.key in item_sites}
    wanted = {key: _orders(problem, [(key, s, q) for s, q in policy.orders]) for key, policy in policies.items()}
    left = rooms(problem, policies)
    whole = taken([order for orders in wanted.values() for order in orders])
    tight = {name for name, amount in whole.items() if name in left and amount > left[name]}
    ruled = {s.supplier_id for s in problem.suppliers if s.min_order_cents or s.free_freight_cents}
    published: dict[Key, set[tuple[str, int]]] = {}
    for entry in problem.published if problem.change_cents else ():
        published.setdefault(entry.key, set()).add((entry.source_id, entry.quantity))
    excuses: dict[Key, str] = {}
    for key, orders in wanted.items():
        if orders and published.get(key) == set(policies[key].orders):
            excuses[key] = "kept"
        if policies[key].source_id in ruled:
            excuses[key] = "more"
        if any(amount and name in tight for name, amount in taken(orders).items()):
            excuses[key] = "less"
        if any(source.source_id in ruled for _, source, _ in orders):
            excuses[key] = "less"
    return excuses
