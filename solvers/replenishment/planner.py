"""From stock figures to proposals: reorder points, order quantities, and the explosion into components.

Items are taken in the order of explosion: what is made comes before what it is made of, so that the components
of a proposed batch are certain demand when their own turn comes (material requirements planning, Orlicky 1975).
Promises: deterministic; a dirty item changes only itself and its components; everything told is a whole number.
May not: import a solver, look at a clock, or see orders of others.
Called by: planning in the core.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from solvers.errors import require
from solvers.replenishment.plan import Policy, Proposal, Reason, ReplenishmentPlan
from solvers.replenishment.policies.demand import DailyDemand, learn, over
from solvers.replenishment.policies.lots import economic_quantity, lot
from solvers.replenishment.problem import DAY_S, ItemSite, Key, ReplenishmentProblem, order_of_explosion
from solvers.replenishment.projection import Outlook

YEAR_DAYS = 365
MAX_COVER_DAYS = 365
"""No order covers more than a year, however cheap it is to hold."""


def plan(
    problem: ReplenishmentProblem,
    dirty: AbstractSet[Key] | None = None,
    previous: ReplenishmentPlan | None = None,
) -> ReplenishmentPlan:
    """Policies and proposals of every item-site.

    `dirty` with `previous`: only these and what they are made of are planned again, the rest is taken over.
    Raises `InvalidProblem` for a dirty key that is no item-site of the problem.
    """
    item_sites = problem.by_key()
    for key in sorted(dirty or ()):
        require(key in item_sites, "dirty", key, "an item-site of the problem")
    old_policies = previous.policy_of() if previous else {}
    old_proposals = previous.proposal_of() if previous else {}
    again = _affected(item_sites, dirty, old_policies)
    policies: list[Policy] = []
    proposals: list[Proposal] = []
    dependent: dict[Key, int] = {}
    for key in order_of_explosion(item_sites):
        if key in again:
            policy, proposal = _plan_one(Outlook(item_sites[key], dependent.get(key, 0), problem.now_s))
        else:
            policy, proposal = old_policies[key], old_proposals.get(key)
        policies.append(policy)
        if proposal:
            proposals.append(proposal)
            for component in item_sites[key].components:
                taken = (component.item_id, component.site_id)
                dependent[taken] = dependent.get(taken, 0) + component.quantity * proposal.quantity
    return ReplenishmentPlan(tuple(policies), tuple(proposals))


def _affected(
    item_sites: Mapping[Key, ItemSite], dirty: AbstractSet[Key] | None, known: Mapping[Key, Policy]
) -> set[Key]:
    """The dirty ones, the new ones, and all that they are made of."""
    if dirty is None:
        return set(item_sites)
    open_keys = [key for key in item_sites if key in dirty or key not in known]
    affected: set[Key] = set()
    while open_keys:
        key = open_keys.pop()
        if key not in affected:
            affected.add(key)
            open_keys.extend((c.item_id, c.site_id) for c in item_sites[key].components)
    return affected


def _plan_one(outlook: Outlook) -> tuple[Policy, Proposal | None]:
    item_site = outlook.item_site
    daily = learn(item_site.demand_history)
    demand = over(daily, outlook.protection_s, item_site.lead_time_sd_s)
    reorder_point = demand.quantile(item_site.service_level_permille / 1_000)
    order_quantity = _order_quantity(item_site, daily)
    milli_day = round(1_000 * daily.mean)
    policy = Policy(
        item_id=item_site.item_id,
        site_id=item_site.site_id,
        demand_class=daily.kind,
        demand_milli_day=milli_day,
        demand_sd_milli_day=round(1_000 * math.sqrt(daily.variance)),
        protection_s=outlook.protection_s,
        reorder_point=reorder_point,
        order_up_to=reorder_point + order_quantity,
        order_quantity=order_quantity,
        safety_stock=max(0, reorder_point - math.floor(demand.mean)),
        dependent_demand=outlook.dependent,
        inventory_position=outlook.position(),
        stock_out_s=outlook.stock_out_s(milli_day),
        stock_out_risk_permille=0,
    )
    proposal = _propose(outlook, policy, daily)
    risk = outlook.risk_permille(daily, proposal.expected_s if proposal else None)
    return replace(policy, stock_out_risk_permille=risk), proposal


def _order_quantity(item_site: ItemSite, daily: DailyDemand) -> int:
    """Economic quantity, at least what is used between two looks, at most a year's demand; 0 without demand."""
    if not daily.mean:
        return 0
    yearly = daily.mean * YEAR_DAYS
    holding = item_site.unit_cost_cents * item_site.holding_permille_year / 1_000
    economic = economic_quantity(item_site.order_cost_cents, holding, yearly)
    least = daily.mean * item_site.review_s / DAY_S
    quantity = math.ceil(min(max(economic, least, 1.0), max(1.0, daily.mean * MAX_COVER_DAYS)))
    return lot(quantity, item_site.min_order_quantity, item_site.order_multiple)


def _propose(outlook: Outlook, policy: Policy, daily: DailyDemand) -> Proposal | None:
    """An order now, if the position is below the reorder point or certain needs are not covered."""
    item_site, position = outlook.item_site, policy.inventory_position
    shortage = max(0, -position)
    if not item_site.source_id or (position >= policy.reorder_point and not shortage):
        return None
    quantity = lot(policy.order_up_to - position, item_site.min_order_quantity, item_site.order_multiple)
    expected_s = outlook.now_s + item_site.lead_time_mean_s
    moments = (outlook.short_from_s() if shortage else None, policy.stock_out_s, expected_s)
    reason = Reason(
        trigger="firm_shortage" if shortage else "below_reorder_point",
        inventory_position=position,
        reorder_point=policy.reorder_point,
        order_up_to=policy.order_up_to,
        safety_stock=policy.safety_stock,
        shortage=shortage,
        stock_out_s=policy.stock_out_s,
        waiting_day_cost_cents=outlook.waiting_day_cents(daily),
    )
    return Proposal(
        kind=item_site.kind,
        source_id=item_site.source_id,
        item_id=item_site.item_id,
        site_id=item_site.site_id,
        quantity=quantity,
        expected_s=expected_s,
        needed_by_s=_first(moments),
        reason=reason,
    )


def _first(moments: Iterable[int | None]) -> int:
    return next(moment_s for moment_s in moments if moment_s is not None)
