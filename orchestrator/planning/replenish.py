"""The replenishment step: which items to order now, how many, and why.

Promises: proposals follow the replenishment core's figures and were passed by its checker; a proposal changes only when
its quantity does. Called by `plan_once`, between allocation and schedule; the planner releases what is cheap enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from orchestrator.domain.company import Item, ItemKind, StockPolicy
from orchestrator.domain.plan import PegKind, Proposal, ProposalKind
from orchestrator.planning.materials import line_site, waiting_for_materials
from orchestrator.planning.memory import destination
from orchestrator.planning.steps import Steps
from orchestrator.planning.supply import arrivals
from orchestrator.planning.trigger import ItemSite
from orchestrator.planning.working import Working
from solvers.replenishment.check import Report, check
from solvers.replenishment.explain import explain
from solvers.replenishment.item import Component, Key, Receipt, Requirement, Source
from solvers.replenishment.item import ItemSite as ProblemItem
from solvers.replenishment.plan import Proposal as CoreProposal
from solvers.replenishment.plan import ReplenishmentPlan
from solvers.replenishment.planner import plan
from solvers.replenishment.problem import ReplenishmentProblem

QUEUE_S = 4 * 3600
"""A production order waits about this long for its machines."""
HOLDING_PER_MILLE_YEAR = 250
SHORTAGE_PERCENT_DAY = 5
SERVICE_LEAST, SERVICE_MOST = 500, 999


@dataclass(frozen=True, slots=True)
class Replenished:
    """The core's plan, the checker's report, and each proposal in one sentence."""

    plan: ReplenishmentPlan
    report: Report
    reasons: dict[Key, str]


def replenish(work: Working) -> Steps[None]:
    """Look again at the items whose stock, supply or demand changed."""
    if not work.with_stock:
        return
    dirty = _dirty_keys(work)
    if not dirty or not work.state.policies:
        return
    problem = replenishment_problem(work)
    known = {item.key for item in problem.item_sites}
    found: Replenished = yield partial(solve, problem, frozenset(dirty & known), work.memory.replenishment)
    if not found.report.ok:
        work.rejections += 1
        return
    work.memory.replenishment = found.plan
    _take(work, found)


def solve(problem: ReplenishmentProblem, dirty: frozenset[Key], previous: ReplenishmentPlan | None) -> Replenished:
    """Plan, check and explain. Pure; may run in a thread."""
    keys = {policy.key for policy in previous.policies} if previous is not None else set()
    same = previous is not None and keys == {item.key for item in problem.item_sites}
    made = plan(problem, dirty=dirty, previous=previous) if same else plan(problem)
    return Replenished(made, check(problem, made), {p.key: explain(problem, p) for p in made.proposals})


def _dirty_keys(work: Working) -> set[Key]:
    """(item, site) of everything that an event or this pass touched."""
    keys = {(item_id, site_id) for site_id, item_id in work.dirty.item_sites}
    for supply_id in work.dirty.supplies:
        target = destination(work.state, supply_id)
        if target is not None:
            keys.add((target[1], target[0]))
    items = {line.item_id for o in (*work.dirty.orders, *work.allocations) for line in work.state.orders[o].lines}
    keys |= {(item_id, site_id) for site_id, item_id in work.state.policies if item_id in items}
    return keys


def replenishment_problem(work: Working) -> ReplenishmentProblem:
    """Every item-site with a policy, and every component they are made of."""
    needs = _requirements(work)
    keys = dict.fromkeys(work.state.policies)
    for item in work.state.items.values():
        site_id = line_site(work, item)
        for component in item.components if site_id is not None else ():
            keys[(str(site_id), component.item_id)] = None
    items = tuple(_item_site(work, key, needs.get(key, [])) for key in keys if key[1] in work.state.items)
    return ReplenishmentProblem(work.now_s, items)


def _requirements(work: Working) -> dict[ItemSite, list[Requirement]]:
    """Materials of released production orders that have not been taken yet."""
    needs: dict[ItemSite, list[Requirement]] = {}
    for order in waiting_for_materials(work):
        item = work.state.items[order.item_id]
        site_id = line_site(work, item)
        planned = work.task(order.tasks[0].task_id)
        needed_s = max(work.now_s, planned.start_s if planned is not None else work.now_s)
        for component in item.components if site_id is not None else ():
            need = Requirement(needed_s, component.quantity * order.quantity, order.production_order_id)
            needs.setdefault((str(site_id), component.item_id), []).append(need)
    return needs


def _item_site(work: Working, key: ItemSite, needs: list[Requirement]) -> ProblemItem:
    state, (site_id, item_id) = work.state, key
    item = state.items[item_id]
    policy = state.policies.get(key) or StockPolicy(site_id=site_id, item_id=item_id, on_hand=0)
    on_hand = max(0, state.on_hand.get(key, 0))
    promised = state.on_hand.get(key, 0) - work.free_stock(key)
    allocated = max(0, min(on_hand, promised))
    source = _source(work, item, site_id)
    made_here = source is not None and source.kind == "production"
    from_site = line_site(work, item) or site_id
    return ProblemItem(
        item_id=item_id,
        site_id=site_id,
        sources=(source,) if source is not None else (),
        on_hand=on_hand,
        demand_history=policy.daily_demand or (0,),
        allocated=allocated,
        backorders=max(0, promised - allocated) + _waiting(work, key),
        on_order=tuple(Receipt(s.arrival_s, s.quantity, s.supply_id) for s in arrivals(work, key)),
        requirements=tuple(needs),
        components=tuple(Component(c.item_id, from_site, c.quantity) for c in item.components) if made_here else (),
        unit_cost_cents=item.unit_cost_cents,
        holding_permille_year=HOLDING_PER_MILLE_YEAR,
        shortage_cents_unit_day=item.unit_cost_cents * SHORTAGE_PERCENT_DAY // 100,
        service_level_permille=max(SERVICE_LEAST, min(SERVICE_MOST, policy.service_per_mille)),
    )


def _source(work: Working, item: Item, site_id: str) -> Source | None:
    """Where an item at a site comes from."""
    least, multiple = item.min_order_quantity, item.order_multiple
    if item.kind is ItemKind.BOUGHT:
        supplier = work.state.suppliers.get(item.supplier_id or "")
        if supplier is None:
            return None
        return Source(
            supplier.supplier_id,
            supplier.lead_time_s,
            promised_sd_s=supplier.lead_time_sd_s,
            order_cost_cents=supplier.order_cost_cents,
            min_order_quantity=least,
            order_multiple=multiple,
        )
    machine = work.state.machines.get(item.operations[-1].machine_ids[0]) if item.operations else None
    if machine is None:
        return None
    line = work.state.lines[machine.line_id]
    if line.output_site_id != site_id:
        return None
    work_s = sum(o.setup_s + o.unit_s * item.min_order_quantity for o in item.operations)
    lead_s = work_s + line.transfer_s + QUEUE_S
    return Source(
        line.line_id,
        lead_s,
        "production",
        promised_sd_s=QUEUE_S // 2,
        min_order_quantity=least,
        order_multiple=multiple,
    )


def _waiting(work: Working, key: ItemSite) -> int:
    """Units promised to orders from supplies on their way here, and units that nothing covers."""
    inbound = sum(work.promised_of_supply(supply_id) for supply_id in work.memory.inbound.get(key, {}))
    uncovered = 0
    for order_id in dict.fromkeys((*work.memory.waiting.get(key[1], {}), *work.allocations)):
        allocation = work.allocation(order_id)
        if allocation is not None and allocation.site_id == key[0] and work.is_open(order_id):
            uncovered += sum(p.quantity for p in allocation.pegs if p.kind is PegKind.NONE and p.item_id == key[1])
    return inbound + uncovered


def _take(work: Working, found: Replenished) -> None:
    """Proposals into the pass; one with the same quantity stays as it is."""
    wanted: dict[str, Proposal] = {}
    policies = found.plan.policy_of()
    for proposal in found.plan.proposals:
        made = _proposal(work, proposal, found.reasons[proposal.key], policies[proposal.key].order_up_to)
        wanted[made.proposal_id] = made
    for proposal_id, made in wanted.items():
        held = work.state.plan.proposals.get(proposal_id)
        if held is None or held.quantity != made.quantity or held.supplier_id != made.supplier_id:
            work.proposals[proposal_id] = made
    for proposal_id in work.state.plan.proposals:
        if proposal_id not in wanted:
            work.proposals[proposal_id] = None


def _proposal(work: Working, proposal: CoreProposal, reason: str, order_up_to: int) -> Proposal:
    item = work.state.items[proposal.item_id]
    bought = proposal.kind == "purchase"
    supplier = work.state.suppliers.get(proposal.source_id) if bought else None
    order_cents = supplier.order_cost_cents if supplier is not None else 0
    return Proposal(
        proposal_id=f"{proposal.item_id}@{proposal.site_id}",
        kind=ProposalKind.PURCHASE if bought else ProposalKind.PRODUCTION,
        item_id=proposal.item_id,
        site_id=proposal.site_id,
        supplier_id=proposal.source_id if bought else None,
        quantity=proposal.quantity,
        expected_s=proposal.expected_s,
        cost_cents=proposal.quantity * item.unit_cost_cents + order_cents,
        inventory_position=proposal.reason.inventory_position,
        reorder_point=proposal.reason.reorder_point,
        order_up_to=order_up_to,
        reason=reason[:1000],
    )
