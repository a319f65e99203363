"""The replenishment step: which items to order now, how many, from whom, and why.

Promises: proposals follow the replenishment core's figures and were passed by its checker; only what is dirty, and what
shares a binding limit with it, is looked at; a proposal changes only when what it asks for does. Called by `plan_once`,
between allocation and schedule, for a few items; by the planner in quiet moments for many: it reads them in pieces,
solves in a thread, and `adopt`s the answer in a short pass of its own. The planner releases what needs no person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from orchestrator.domain.plan import Proposal, ProposalKind, SourceOption
from orchestrator.planning.dirty import Dirty, ItemSite
from orchestrator.planning.level_out import Moves, Place, applied, moves_of, proposals_of
from orchestrator.planning.memory import Memory, destination
from orchestrator.planning.records import marks_by_key, whole_days
from orchestrator.planning.steps import Steps
from orchestrator.planning.stock_facts import (
    Facts,
    all_keys,
    budget_of,
    facts_of,
    item_site_of,
    requirements,
    rooms_of,
    suppliers_of,
)
from orchestrator.planning.working import Working
from solvers.replenishment.arrival import lead_of
from solvers.replenishment.check import Report, check
from solvers.replenishment.explain import Told, explain, tell
from solvers.replenishment.item import ItemSite as ProblemItem
from solvers.replenishment.item import Key
from solvers.replenishment.plan import Policy, ReplenishmentPlan
from solvers.replenishment.plan import Proposal as CoreProposal
from solvers.replenishment.planner import plan
from solvers.replenishment.pricing import goods_cents
from solvers.replenishment.problem import Published, ReplenishmentProblem, below
from solvers.replenishment.rebalance import Lane, Transfer
from solvers.replenishment.shared import DAY_S, Budget, Site, Supplier

KINDS = {
    "purchase": ProposalKind.PURCHASE,
    "production": ProposalKind.PRODUCTION,
    "transfer": ProposalKind.TRANSFER,
}
CHANGES_MOST = 200
"""Proposals changed by one revision; the rest by the next."""
NOTICE_S = DAY_S // 2
"""A proposal that is needed so much sooner or later is told anew."""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that `solve` needs. `facts`: what is dirty; `known`: the rest as it was; `held`: proposals now."""

    now_s: int
    keys: tuple[ItemSite, ...]
    facts: tuple[Facts, ...]
    known: Mapping[ItemSite, ProblemItem]
    previous: ReplenishmentPlan | None
    previous_s: int
    held: Mapping[str, Proposal]
    budget: Budget | None
    suppliers: tuple[Supplier, ...]
    sites: tuple[Site, ...]
    change_cents: int
    lanes: tuple[Lane, ...] = ()
    moves: Moves = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replenished:
    """The core's plan, the checker's report, the proposals in the domain's words, and the item-sites looked at."""

    plan: ReplenishmentPlan
    report: Report
    proposals: Mapping[str, Proposal]
    item_sites: Mapping[ItemSite, ProblemItem]
    problem: ReplenishmentProblem
    previous: ReplenishmentPlan | None
    moves: Moves


def replenish(work: Working) -> Steps[None]:
    """Look again at the items whose stock, supply or demand changed."""
    if not work.with_stock or not work.state.policies:
        return
    keys = dirty_keys(work)
    if not keys:
        return
    asked = to_read(work, keys)
    needs, marks = requirements(work), marks_by_key(work.state)
    facts = [facts_of(work, key, needs, marks.get(key, ())) for key in asked]
    found: Replenished = yield partial(solve, job_of(work, facts))
    adopt(work, found)


def job_of(work: Working, facts: Iterable[Facts]) -> Job:
    """The job of these facts and everything known before."""
    return Job(
        now_s=work.now_s,
        keys=tuple(all_keys(work)),
        facts=tuple(facts),
        known=dict(work.memory.item_sites),
        previous=work.memory.replenishment,
        previous_s=work.memory.replenished_s,
        held=dict(work.state.plan.proposals),
        budget=budget_of(work.state, work.now_s),
        suppliers=suppliers_of(work.state),
        sites=rooms_of(work.state),
        change_cents=work.settings.change_cents,
        lanes=work.memory.lanes,
        moves=dict(work.memory.moves),
    )


def to_read(work: Working, keys: AbstractSet[ItemSite]) -> list[ItemSite]:
    """Item-sites to read from the state: those asked for, and those never read."""
    return [key for key in all_keys(work) if key in keys or key not in work.memory.item_sites]


def dirty_keys(work: Working) -> set[ItemSite]:
    """Everything that an event or this pass touched."""
    keys = {*work.dirty.item_sites, *work.dirty.levels}
    for supply_id in work.dirty.supplies:
        target = destination(work.state, supply_id)
        if target is not None:
            keys.add(target)
    orders = (work.state.orders.get(order_id) for order_id in (*work.dirty.orders, *work.allocations))
    items = {line.item_id for order in orders if order is not None for line in order.lines}
    keys |= {key for key in work.state.policies if key[1] in items} if items else set()
    return keys


# --- pure ---


def solve(job: Job) -> Replenished:
    """Plan, level out between sites, check and explain. Pure; may run in a thread."""
    fresh = {facts.key: item_site_of(facts) for facts in job.facts}
    item_sites = {key: fresh.get(key) or job.known[key] for key in job.keys}
    items = {item_id for _, item_id in fresh} if job.lanes else set()
    moves = {item_id: moved for item_id, moved in job.moves.items() if item_id not in items}
    dirty = frozenset((key[1], key[0]) for key in item_sites if key in fresh or key[1] in items)
    problem = _problem(job, applied(item_sites, moves, job.now_s))
    made, report = _planned(problem, dirty, job.previous, job.previous_s)
    fresh_moves = _level_out(job, item_sites, made, items)
    if fresh_moves:
        moves |= fresh_moves
        problem = _problem(job, applied(item_sites, moves, job.now_s))
        dirty = frozenset(policy.key for policy in made.policies if policy.item_id in fresh_moves)
        made, report = _planned(problem, dirty, made, job.now_s)
    proposals = _all_told(problem, made, moves, item_sites, job.held)
    return Replenished(made, report, proposals, fresh, problem, job.previous, moves)


def _all_told(
    problem: ReplenishmentProblem,
    made: ReplenishmentPlan,
    moves: Moves,
    item_sites: Mapping[ItemSite, ProblemItem],
    in_force: Mapping[str, Proposal],
) -> dict[str, Proposal]:
    """What is to be ordered and what is to be moved."""
    proposals = _told(problem, made, in_force)
    for move in proposals_of(moves, item_sites, made.policy_of(), problem.now_s):
        held = in_force.get(move.proposal_id)
        proposals[move.proposal_id] = held if held is not None and held.quantity == move.quantity else move
    return proposals


def answered(
    problem: ReplenishmentProblem, made: ReplenishmentPlan, moves: Moves, in_force: Mapping[str, Proposal]
) -> Replenished:
    """A plan that a solver process made of this problem, checked and told like our own. Pure."""
    item_sites = {(one.site_id, one.item_id): one for one in problem.item_sites}
    proposals = _all_told(problem, made, moves, item_sites, in_force)
    return Replenished(made, check(problem, made), proposals, {}, problem, None, moves)


def _level_out(
    job: Job, item_sites: Mapping[ItemSite, ProblemItem], made: ReplenishmentPlan, items: AbstractSet[str]
) -> dict[str, tuple[Transfer, ...]]:
    """What to move of each of these items."""
    places: dict[str, list[Place]] = {}
    for policy in made.policies:
        if policy.item_id in items:
            place = Place(item_sites[(policy.site_id, policy.item_id)], policy)
            places.setdefault(policy.item_id, []).append(place)
    found = {item_id: moves_of(there, job.lanes, job.now_s) for item_id, there in places.items() if len(there) > 1}
    return {item_id: moved for item_id, moved in found.items() if moved}


def _problem(job: Job, item_sites: Mapping[ItemSite, ProblemItem]) -> ReplenishmentProblem:
    return ReplenishmentProblem(
        job.now_s,
        tuple(item_sites.values()),
        suppliers=job.suppliers,
        sites=job.sites,
        budget=job.budget,
        published=tuple(_published(job, item_sites)),
        change_cents=job.change_cents,
    )


def _planned(
    problem: ReplenishmentProblem, dirty: frozenset[Key], previous: ReplenishmentPlan | None, previous_s: int
) -> tuple[ReplenishmentPlan, Report]:
    """What is not dirty is taken over. Where time has made it wrong it is planned anew; in the end, all of it."""
    known = {policy.key for policy in previous.policies} if previous is not None else set()
    if previous is not None and {item_site.key for item_site in problem.item_sites} == known:
        held = _later(previous, problem.now_s - previous_s, problem.now_s)
        for _ in range(2):
            made = plan(problem, dirty=dirty, previous=held)
            report = check(problem, made)
            if report.ok:
                return made, report
            dirty |= {(v.item_id, v.site_id) for v in report.violations if (v.item_id, v.site_id) in known}
    made = plan(problem)
    return made, check(problem, made)


def _later(held: ReplenishmentPlan, passed_s: int, now_s: int) -> ReplenishmentPlan:
    """The same proposals, ordered so much later."""
    moved = tuple(
        replace(
            proposal,
            expected_s=proposal.expected_s + passed_s,
            late_s=proposal.late_s + passed_s,
            needed_by_s=max(now_s, proposal.needed_by_s),
        )
        for proposal in held.proposals
    )
    return replace(held, proposals=moved)


def _published(job: Job, item_sites: Mapping[ItemSite, ProblemItem]) -> Iterable[Published]:
    for proposal in job.held.values():
        source_id = source_of(proposal)
        item_site = item_sites.get((proposal.site_id, proposal.item_id))
        if item_site is not None and item_site.source(source_id) is not None:
            yield Published(proposal.item_id, proposal.site_id, source_id, proposal.quantity)


def source_of(proposal: Proposal) -> str:
    """The supplier or site that a proposal asks; "" for a line."""
    return proposal.supplier_id or proposal.from_site_id or ""


def _told(
    problem: ReplenishmentProblem, made: ReplenishmentPlan, in_force: Mapping[str, Proposal]
) -> dict[str, Proposal]:
    """Each proposal as the domain has it; one that asks for the same as before is taken over word for word."""
    policies, together = made.policy_of(), made.proposals_of()
    alone = _alone(problem)
    found: dict[str, Proposal] = {}
    for proposal in made.proposals:
        name = f"{proposal.item_id}@{proposal.site_id}"
        proposal_id = name if name not in found else f"{name}@{proposal.source_id}"
        policy = policies[proposal.key]
        held = in_force.get(proposal_id)
        if held is not None and same(held, proposal, policy, problem.now_s):
            found[proposal_id] = held
            continue
        item_site = alone.get(proposal.key)
        if item_site is not None:
            part = ReplenishmentProblem(problem.now_s, (item_site,))
            told = tell(part, ReplenishmentPlan((policy,), together[proposal.key]), proposal)
        else:
            part, told = problem, tell(problem, made, proposal)
        found[proposal_id] = domain_proposal(part, proposal_id, proposal, policy, told)
    return found


def _alone(problem: ReplenishmentProblem) -> dict[Key, ProblemItem]:
    """Item-sites that nothing is made or moved from, nor made of others: they can be told without the rest."""
    related = {part for item_site in problem.item_sites for part in below(item_site)}
    return {
        one.key: one for one in problem.item_sites if one.key not in related and not (one.components or one.transferred)
    }


def same(held: Proposal, new: CoreProposal, policy: Policy, now_s: int) -> bool:
    """Whether a proposal asks for what it asked for before, as far as a person is concerned."""
    return (
        held.kind is KINDS[new.kind]
        and (held.quantity == new.quantity or (_near(held.quantity, new.quantity) and not new.reason.limit))
        and (held.kind is ProposalKind.PRODUCTION or source_of(held) == new.source_id)
        and _near(held.reorder_point, policy.reorder_point)
        and abs(max(held.needed_by_s or 0, now_s) - new.needed_by_s) < NOTICE_S
    )


def _near(held: int, new: int) -> bool:
    """Whether the difference is worth nobody's attention: a twentieth, or a unit of a few."""
    return 20 * abs(held - new) <= max(20, held)


def domain_proposal(
    problem: ReplenishmentProblem, proposal_id: str, proposal: CoreProposal, policy: Policy, told: Told
) -> Proposal:
    """A proposal with its figures and reasons."""
    item_site = problem.by_key()[proposal.key]
    source = item_site.source(proposal.source_id)
    assert source is not None
    kind, reason = KINDS[proposal.kind], proposal.reason
    transfer = kind is ProposalKind.TRANSFER
    late_days = max(0, lead_of(source).p50_days - whole_days(source.promised_s)) if source.lead_time is not None else 0
    goods = 0 if transfer else goods_cents(item_site, source, proposal.quantity)
    return Proposal(
        proposal_id=proposal_id,
        kind=kind,
        item_id=proposal.item_id,
        site_id=proposal.site_id,
        supplier_id=proposal.source_id if kind is ProposalKind.PURCHASE else None,
        from_site_id=proposal.source_id if transfer else None,
        quantity=proposal.quantity,
        expected_s=problem.now_s + source.promised_s + late_days * DAY_S,
        cost_cents=goods + source.fixed_cents + source.transport_cents_unit * proposal.quantity,
        unit_cost_cents=round(goods / proposal.quantity),
        inventory_position=reason.inventory_position,
        reorder_point=policy.reorder_point,
        order_up_to=policy.order_up_to,
        reason=explain(problem, proposal)[:1000],
        needed_by_s=proposal.needed_by_s,
        safety_stock=policy.safety_stock,
        demand_milli_day=policy.demand_milli_day,
        risk_per_mille=policy.stock_out_risk_permille,
        wait_day_cents=reason.waiting_day_cost_cents,
        order_ids=tuple(order_id for order_id in told.order_ids if "/" in order_id)[:50],
        why_now=told.why_now[:1000],
        why_this_much=told.why_this_much[:1000],
        limit=told.limit[:1000],
        options=tuple(_options(proposal, told)),
    )


def _options(proposal: CoreProposal, told: Told) -> Iterable[SourceOption]:
    """The chosen source first, then the others, cheapest in the end first."""
    others = [offer for offer in told.offers if offer.source_id != proposal.source_id]
    chosen = [offer for offer in told.offers if offer.source_id == proposal.source_id]
    texts = dict(zip((offer.source_id for offer in others), told.others, strict=False))
    for offer in (chosen + others)[:10]:
        taken = offer.source_id == proposal.source_id
        yield SourceOption(
            source_id=offer.source_id,
            unit_cost_cents=round(offer.unit_milli_cents / 1_000),
            landed_milli_cents=max(0, offer.landed_milli_cents),
            lead_time_p50_s=offer.p50_s,
            lead_time_p90_s=offer.p90_s,
            late_per_mille=offer.late_permille,
            lost_per_mille=offer.lost_permille,
            quantity=proposal.quantity if taken else 0,
            text=(told.source if taken else texts.get(offer.source_id, offer.text))[:1000],
        )


# --- into the pass ---


def adopt(
    work: Working, found: Replenished, skip: AbstractSet[ItemSite] = frozenset(), most: int = CHANGES_MOST
) -> bool:
    """Take the answer into the pass, but for `skip`, what has changed since; at most so many changes at once.

    False: the checker refuses it.
    """
    if not found.report.ok:
        work.rejections += 1
        return False
    remember(work.memory, found)
    for proposal_id, value in islice(_changes(work, found, skip), most):
        work.proposals[proposal_id] = value
    return True


def _changes(work: Working, found: Replenished, skip: AbstractSet[ItemSite]) -> Iterator[tuple[str, Proposal | None]]:
    held = work.state.plan.proposals
    for proposal_id, made in found.proposals.items():
        if (made.site_id, made.item_id) not in skip and held.get(proposal_id) is not made:
            yield proposal_id, made
    for proposal_id, old in held.items():
        if proposal_id not in found.proposals and (old.site_id, old.item_id) not in skip:
            yield proposal_id, None


def remember(memory: Memory, found: Replenished) -> None:
    """What is known now, for the next time."""
    memory.replenishment, memory.replenished_s = found.plan, found.problem.now_s
    memory.item_sites.update(found.item_sites)
    memory.stock_problem = found.problem
    memory.moves = found.moves


def changed_since(dirty: Iterable[Dirty]) -> set[ItemSite]:
    """Item-sites that events have touched and that wait to be looked at."""
    return {key for one in dirty for key in (*one.item_sites, *one.levels)}
