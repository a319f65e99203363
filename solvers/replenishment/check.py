"""The referee of replenishment plans: every violation with its size, and the figures that may be stated.

Promises: independent of the planner: it counts positions and dependent demand from the problem and the proposals
for itself, and takes from the plan only what it judges.
May not: import the policies or the planner.
Called by: planning before it publishes, tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from solvers.replenishment.check_shared import (
    Kind,
    Violation,
    cents_of,
    demand_milli_day,
    excused_keys,
    given_up,
    lead_s_of,
    shared_violations,
)
from solvers.replenishment.item import ItemSite, Key, Source
from solvers.replenishment.plan import Policy, Proposal, ReplenishmentPlan
from solvers.replenishment.problem import ReplenishmentProblem


@dataclass(frozen=True, slots=True)
class Figures:
    """The plan in numbers. `at_risk`: item-sites with a stock-out risk above what their service level allows."""

    proposals: int
    units: int
    cost_cents: int
    firm_shortages: int
    at_risk: int


@dataclass(frozen=True, slots=True)
class Report:
    """Violations, none of them in a plan that may be published, and the figures."""

    violations: tuple[Violation, ...]
    figures: Figures

    @property
    def ok(self) -> bool:
        """No violation at all."""
        return not self.violations


def check(problem: ReplenishmentProblem, plan: ReplenishmentPlan) -> Report:
    """Judge the plan."""
    item_sites = problem.by_key()
    violations = list(_keys(item_sites.keys(), plan))
    known = [proposal for proposal in plan.proposals if proposal.key in item_sites]
    dependent = _dependent(item_sites, known)
    ordered: dict[Key, list[Proposal]] = {}
    for proposal in known:
        ordered.setdefault(proposal.key, []).append(proposal)
    excuses = excused_keys(problem, plan)
    for policy in plan.policies:
        item_site = item_sites.get(policy.key)
        if item_site is not None:
            position = _position(item_site, policy, dependent[policy.key], problem.now_s)
            violations += _policy(item_site, policy, position, dependent[policy.key])
            excused = excuses.get(policy.key, "")
            violations += _orders(item_site, policy, position, ordered.get(policy.key, []), excused)
            for proposal in ordered.get(policy.key, []):
                violations += _proposal(item_site, policy, position, proposal, problem.now_s)
    for held in plan.held:
        if held.key in ordered or excuses.get(held.key) != "less":
            violations.append(Violation("no_reason_to_hold", *held.key, held.wanted, f"held by {held.limit!r}"))
    violations += shared_violations(problem, plan.policy_of(), known)
    return Report(tuple(violations), _figures(item_sites, plan, known))


def _dependent(item_sites: Mapping[Key, ItemSite], proposals: list[Proposal]) -> Counter[Key]:
    """What the proposals take out of other item-sites: components, and the item itself for a transfer."""
    taken: Counter[Key] = Counter()
    for proposal in proposals:
        if proposal.kind == "production":
            for component in item_sites[proposal.key].components:
                taken[(component.item_id, component.site_id)] += component.quantity * proposal.quantity
        elif proposal.kind == "transfer":
            taken[(proposal.item_id, proposal.source_id)] += proposal.quantity
    return taken


def _keys(keys: Iterable[Key], plan: ReplenishmentPlan) -> Iterable[Violation]:
    known = set(keys)
    policies = [(*policy.key, "") for policy in plan.policies]
    proposals = [(*proposal.key, proposal.source_id) for proposal in plan.proposals]
    for name, found in (("policy", policies), ("proposal", proposals)):
        for (item_id, site_id, source_id), times in Counter(found).items():
            if (item_id, site_id) not in known:
                yield Violation("unknown_item", item_id, site_id, 1, f"a {name} for no item-site of the problem")
            if times > 1:
                yield Violation("duplicate", item_id, site_id, times - 1, f"more than one {name} {source_id}".strip())
    planned = {policy.key for policy in plan.policies}
    for key in sorted(known - planned):
        yield Violation("missing_policy", *key, 1, "has no policy")


def _position(item_site: ItemSite, policy: Policy, dependent: int, now_s: int) -> int:
    """on hand - allocated - backorders + on order - what is certainly needed within the protection interval."""
    certain = sum(need.quantity for need in item_site.requirements if need.needed_s <= now_s + policy.protection_s)
    arriving = sum(receipt.quantity for receipt in item_site.on_order if not given_up(item_site, receipt, now_s))
    return item_site.on_hand - item_site.allocated - item_site.backorders + arriving - certain - dependent


def _policy(item_site: ItemSite, policy: Policy, position: int, dependent: int) -> Iterable[Violation]:
    if policy.dependent_demand != dependent:
        yield _off("wrong_dependent_demand", item_site, policy.dependent_demand, dependent)
    if policy.inventory_position != position:
        yield _off("wrong_position", item_site, policy.inventory_position, position)
    if policy.reorder_point + policy.order_quantity - policy.order_up_to not in (0, 1):
        yield _off("wrong_policy", item_site, policy.order_up_to, policy.reorder_point + policy.order_quantity)
    rate = demand_milli_day(item_site)
    if abs(policy.demand_milli_day - rate) > 1:
        yield _off("wrong_demand", item_site, policy.demand_milli_day, rate)
    fixed = item_site.fixed_levels
    if fixed is not None and fixed != (policy.reorder_point, policy.order_up_to):
        yield _off("wrong_policy", item_site, policy.reorder_point, fixed[0])
    if not (0 <= policy.safety_stock <= policy.reorder_point and 0 <= policy.stock_out_risk_permille <= 1_000):
        yield _off("wrong_policy", item_site, policy.safety_stock, policy.reorder_point)
    source = item_site.source(policy.source_id)
    if (source is None) == bool(item_site.sources):
        yield Violation("wrong_source", *item_site.key, 1, f"steered by {policy.source_id!r}")
    lead_s = lead_s_of(source) if source is not None else 0
    if policy.protection_s != lead_s + item_site.review_s:
        yield _off("wrong_policy", item_site, policy.protection_s, lead_s + item_site.review_s)


def _off(kind: Kind, item_site: ItemSite, found: int, right: int) -> Violation:
    return Violation(kind, *item_site.key, max(1, abs(found - right)), f"{found} instead of {right}")


def _orders(
    item_site: ItemSite, policy: Policy, position: int, proposals: list[Proposal], excused: str
) -> Iterable[Violation]:
    """All orders of one item-site together: the trigger, and whether they are enough.

    `excused`: "less" where something shared is really too scarce (or the supplier's minimum not reached) to order what
    is wanted, "more" where a supplier's minimum or freight allows it, "kept" where it is what was published.
    """
    triggered = position < policy.reorder_point or position < 0
    total = sum(proposal.quantity for proposal in proposals)
    if not proposals:
        if triggered and item_site.sources and excused != "less":
            yield _off("not_proposed", item_site, position, policy.reorder_point)
        return
    if not triggered and excused != "more":
        yield _off("no_trigger", item_site, position, policy.reorder_point)
    capped = all((s := item_site.source(p.source_id)) and _at_most(s, p.quantity) for p in proposals)
    if position + total < policy.order_up_to and not excused and not capped:
        yield _off("too_little", item_site, total, policy.order_up_to - position)


def _at_most(source: Source, quantity: int) -> bool:
    """Whether the source takes no lot more in one order."""
    return bool(source.capacity) and quantity + source.order_multiple > source.capacity


def _proposal(
    item_site: ItemSite, policy: Policy, position: int, proposal: Proposal, now_s: int
) -> Iterable[Violation]:
    source = item_site.source(proposal.source_id)
    if source is None or proposal.kind != source.kind:
        yield Violation("wrong_source", *item_site.key, 1, f"{proposal.kind} from {proposal.source_id!r}")
        return
    if proposal.quantity < max(1, source.min_order_quantity):
        yield _off("below_minimum", item_site, proposal.quantity, source.min_order_quantity)
    if source.capacity and proposal.quantity > source.capacity:
        yield _off("above_capacity", item_site, proposal.quantity, source.capacity)
    if proposal.quantity % source.order_multiple:
        yield _off("not_a_multiple", item_site, proposal.quantity, source.order_multiple)
    if proposal.expected_s != now_s + lead_s_of(source) or proposal.needed_by_s < now_s:
        yield _off("wrong_time", item_site, proposal.expected_s, now_s + lead_s_of(source))
    cents = cents_of(item_site, source, proposal.quantity)
    if proposal.cost_cents != cents:
        yield _off("wrong_cost", item_site, proposal.cost_cents, cents)
    reason, shortage = proposal.reason, max(0, -position)
    told = (reason.inventory_position, reason.reorder_point, reason.order_up_to, reason.shortage)
    trigger = "firm_shortage" if shortage else "below_reorder_point" if position < policy.reorder_point else "top_up"
    if told != (position, policy.reorder_point, policy.order_up_to, shortage) or reason.trigger != trigger:
        yield Violation("wrong_reason", *item_site.key, 1, "the reason does not tell the plan's own numbers")


def _figures(item_sites: Mapping[Key, ItemSite], plan: ReplenishmentPlan, proposals: list[Proposal]) -> Figures:
    cost_cents = sum(proposal.cost_cents for proposal in proposals)
    at_risk = sum(
        policy.stock_out_risk_permille > 1_000 - item_sites[policy.key].service_level_permille
        for policy in plan.policies
        if policy.key in item_sites
    )
    return Figures(
        proposals=len(proposals),
        units=sum(proposal.quantity for proposal in proposals),
        cost_cents=cost_cents,
        firm_shortages=sum(proposal.reason.shortage > 0 for proposal in proposals),
        at_risk=at_risk,
    )
