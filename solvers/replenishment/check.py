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
from typing import Literal

from solvers.replenishment.plan import Policy, Proposal, ReplenishmentPlan
from solvers.replenishment.problem import ItemSite, Key, ReplenishmentProblem

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
]


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule. `size`: units or seconds off, 1 where there is no measure."""

    kind: Kind
    item_id: str
    site_id: str
    size: int
    text: str


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
    dependent: Counter[Key] = Counter()
    for proposal in known:
        for component in item_sites[proposal.key].components:
            dependent[(component.item_id, component.site_id)] += component.quantity * proposal.quantity
    proposal_of = {proposal.key: proposal for proposal in known}
    for policy in plan.policies:
        item_site = item_sites.get(policy.key)
        if item_site is not None:
            position = _position(item_site, dependent[policy.key], problem.now_s)
            violations += _policy(item_site, policy, position, dependent[policy.key])
            violations += _proposal(item_site, policy, position, proposal_of.get(policy.key), problem.now_s)
    return Report(tuple(violations), _figures(item_sites, plan, known))


def _keys(keys: Iterable[Key], plan: ReplenishmentPlan) -> Iterable[Violation]:
    known = set(keys)
    for name, found in (("policy", [p.key for p in plan.policies]), ("proposal", [p.key for p in plan.proposals])):
        for key, times in Counter(found).items():
            if key not in known:
                yield Violation("unknown_item", *key, 1, f"a {name} for no item-site of the problem")
            if times > 1:
                yield Violation("duplicate", *key, times - 1, f"more than one {name}")
    planned = {policy.key for policy in plan.policies}
    for key in sorted(known - planned):
        yield Violation("missing_policy", *key, 1, "has no policy")


def _position(item_site: ItemSite, dependent: int, now_s: int) -> int:
    """on hand - allocated - backorders + on order - what is certainly needed within the protection interval."""
    until_s = now_s + item_site.lead_time_mean_s + item_site.review_s
    certain = sum(need.quantity for need in item_site.requirements if need.needed_s <= until_s)
    arriving = sum(receipt.quantity for receipt in item_site.on_order)
    return item_site.on_hand - item_site.allocated - item_site.backorders + arriving - certain - dependent


def _policy(item_site: ItemSite, policy: Policy, position: int, dependent: int) -> Iterable[Violation]:
    if policy.dependent_demand != dependent:
        yield _off("wrong_dependent_demand", item_site, policy.dependent_demand, dependent)
    if policy.inventory_position != position:
        yield _off("wrong_position", item_site, policy.inventory_position, position)
    if policy.order_up_to != policy.reorder_point + policy.order_quantity:
        yield _off("wrong_policy", item_site, policy.order_up_to, policy.reorder_point + policy.order_quantity)
    whole = policy.order_quantity % item_site.order_multiple == 0
    if policy.order_quantity and not (whole and policy.order_quantity >= item_site.min_order_quantity):
        yield _off("wrong_policy", item_site, policy.order_quantity, item_site.min_order_quantity)
    if not (0 <= policy.safety_stock <= policy.reorder_point and 0 <= policy.stock_out_risk_permille <= 1_000):
        yield _off("wrong_policy", item_site, policy.safety_stock, policy.reorder_point)


def _off(kind: Kind, item_site: ItemSite, found: int, right: int) -> Violation:
    return Violation(kind, *item_site.key, max(1, abs(found - right)), f"{found} instead of {right}")


def _proposal(
    item_site: ItemSite, policy: Policy, position: int, proposal: Proposal | None, now_s: int
) -> Iterable[Violation]:
    shortage = max(0, -position)
    triggered = position < policy.reorder_point or shortage > 0
    if proposal is None:
        if triggered and item_site.source_id:
            yield _off("not_proposed", item_site, position, policy.reorder_point)
        return
    if not triggered:
        yield _off("no_trigger", item_site, position, policy.reorder_point)
    if proposal.quantity < item_site.min_order_quantity:
        yield _off("below_minimum", item_site, proposal.quantity, item_site.min_order_quantity)
    if proposal.quantity % item_site.order_multiple:
        yield _off("not_a_multiple", item_site, proposal.quantity, item_site.order_multiple)
    if position + proposal.quantity < policy.order_up_to:
        yield _off("too_little", item_site, proposal.quantity, policy.order_up_to - position)
    if (proposal.kind, proposal.source_id) != (item_site.kind, item_site.source_id) or not item_site.source_id:
        yield Violation("wrong_source", *item_site.key, 1, f"{proposal.kind} from {proposal.source_id!r}")
    if proposal.expected_s != now_s + item_site.lead_time_mean_s or proposal.needed_by_s < now_s:
        yield _off("wrong_time", item_site, proposal.expected_s, now_s + item_site.lead_time_mean_s)
    reason = proposal.reason
    told = (reason.inventory_position, reason.reorder_point, reason.order_up_to, reason.shortage)
    trigger = "firm_shortage" if shortage else "below_reorder_point"
    if told != (position, policy.reorder_point, policy.order_up_to, shortage) or reason.trigger != trigger:
        yield Violation("wrong_reason", *item_site.key, 1, "the reason does not tell the plan's own numbers")


def _figures(item_sites: Mapping[Key, ItemSite], plan: ReplenishmentPlan, proposals: list[Proposal]) -> Figures:
    cost_cents = sum(
        item_sites[p.key].order_cost_cents + item_sites[p.key].unit_cost_cents * p.quantity for p in proposals
    )
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
