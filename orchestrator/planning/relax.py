"""What would let an order in, and the command that does it.

Promises: every relaxation was tried by planning with it; only those that a person can decide on are told, each with
the command. Reads only. Called by `Questions.relaxations`, in a thread, on a copy of the state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.domain.allowances import AMOUNTS_MAX, AllowanceRule
from orchestrator.domain.entities import OrderStatus, OverrideKind
from orchestrator.domain.measures import clock_time
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.plan_once import begin
from orchestrator.planning.routing_problem import RouteJob, build
from orchestrator.planning.scope import others
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.verdict import not_now
from orchestrator.planning.wishes import active_overrides
from orchestrator.planning.working import Working
from solvers.budget import Budget
from solvers.routing.answers.relax import Relaxation, RelaxationKind, relaxations

CHUNKS = 3
TOLD = 8
MINUTE_S = 60
PRIORITY_MOST = 9


@dataclass(frozen=True, slots=True)
class Step:
    """A decision: "allow", "assign", "change" or "undo", its values, and the command that makes it."""

    kind: str
    values: dict[str, str | int]
    command: str


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that would let the order in: in words, as decisions, and what the plan would cost more."""

    text: str
    steps: tuple[Step, ...]
    extra_cents: int
    vehicle_id: str

    @property
    def command(self) -> str:
        """What to type."""
        return " && ".join(step.command for step in self.steps)


def ways_in(state: State, order_id: str, now_s: int, settings: PlanningSettings, budget: Budget) -> list[Way]:
    """What would give an unplanned order a place, the cheapest first; empty if it has one, or nothing would."""
    order = state.orders[order_id]
    if order.status is not OrderStatus.OPEN or order_id in state.plan.vehicle_of:
        return []
    work = begin(state, Dirty(), now_s, settings)
    allocation = work.allocation(order_id)
    if allocation is None or not_now(work, order_id) is not None:
        return []
    found: dict[str, Way] = {}
    chunks = list(others(work, allocation.site_id, ()))[:CHUNKS]
    for chunk in chunks:
        job = build(work, chunk, (order_id,))
        share = Budget(seconds=max(0.05, budget.seconds / len(chunks)), seed=budget.seed)
        for one in relaxations(job.search, job.search_start, order_id, share, limit=TOLD):
            way = _way(work, job, order_id, one)
            if way is not None:
                held = found.get(way.command)
                found[way.command] = way if held is None or way.extra_cents < held.extra_cents else held
    return sorted(found.values(), key=lambda way: way.extra_cents)[:TOLD]


RULES = {
    RelaxationKind.OVERTIME: AllowanceRule.OVERTIME,
    RelaxationKind.SHIFT_EARLIER: AllowanceRule.EARLY,
    RelaxationKind.TRIP: AllowanceRule.TRIPS,
}


def _too_much(one: Relaxation) -> bool:
    """Whether nobody would be allowed so much."""
    if one.kind is RelaxationKind.CAPACITY:
        rule = AllowanceRule.WEIGHT if one.detail == "weight_g" else AllowanceRule.VOLUME
    elif one.kind in RULES:
        rule = RULES[one.kind]
    else:
        return False
    return one.amount > AMOUNTS_MAX[rule]


def _way(work: Working, job: RouteJob, order_id: str, one: Relaxation) -> Way | None:
    """In words and as decisions; None for what nobody can decide at a desk."""
    ends_s = job.cuts[one.vehicle_id].duty.ends_s if one.vehicle_id in job.cuts else None
    if _too_much(one) or (one.kind is RelaxationKind.OVERTIME and ends_s is not None):
        return None  # overtime does not make a day longer than it may be
    for text, *steps in _decided(work, job, order_id, one):
        return Way(text, tuple(steps), one.extra_cents, one.vehicle_id)
    return None


Decided = Iterator[tuple[str, *tuple[Step, ...]]]


def _decided(work: Working, job: RouteJob, order_id: str, one: Relaxation) -> Decided:
    kind, vehicle_id, minutes = RelaxationKind, one.vehicle_id, -(-one.amount // MINUTE_S)
    why = f"{order_id} needs a place"
    match one.kind:
        case kind.OVERTIME:
            yield (
                f"{vehicle_id} works {minutes} min longer",
                _allow("overtime", vehicle_id, f"{minutes}m", minutes * 60, why),
            )
        case kind.SHIFT_EARLIER:
            yield (
                f"{vehicle_id} begins {minutes} min earlier",
                _allow("early", vehicle_id, f"{minutes}m", minutes * 60, why),
            )
        case kind.CAPACITY:
            name, unit = ("weight", "g") if one.detail == "weight_g" else ("volume", "cm3")
            step = _allow(name, vehicle_id, f"{one.amount}{unit}", one.amount, why)
            yield f"{vehicle_id} carries {one.amount} {unit} more", step
        case kind.TRIP:
            yield (
                f"{vehicle_id} makes {one.amount} trip more",
                _allow("trips", vehicle_id, f"{one.amount}", one.amount, why),
            )
        case kind.SKILL:
            skills = one.detail.split(",")
            steps = (_allow("skill", vehicle_id, skill, 0, why) for skill in skills)
            yield f"{vehicle_id} gets {' and '.join(skills)}", *steps
        case kind.WINDOW_LATER if one.stop_id in work.state.orders:
            yield _window(work, job, one)
        case kind.EJECT:
            command = f'muster override assign {one.stop_id} --vehicle {one.detail} --reason "{why}"'
            values: dict[str, str | int] = {"order_id": one.stop_id, "vehicle_id": one.detail}
            yield f"{one.stop_id} goes to {one.detail}", Step("assign", values, command)
        case kind.PRIZE:
            yield from _priority(work, order_id, one)
        case kind.ALLOW | kind.UNLOCK:
            yield from _undo(work, order_id, one)


def _allow(rule: str, vehicle_id: str, typed: str, amount: int, why: str) -> Step:
    values: dict[str, str | int] = {"vehicle_id": vehicle_id, "rule": rule.upper()}
    values |= {"skill": typed} if rule == "skill" else {"amount": amount}
    return Step("allow", values, f'muster allow {rule} {vehicle_id} {typed} --reason "{why}"')


def _window(work: Working, job: RouteJob, one: Relaxation) -> tuple[str, Step]:
    """A later end of a window, by whole minutes."""
    until_s = job.search.stop(one.stop_id).latest_s + one.amount
    until_s = -(-until_s // MINUTE_S) * MINUTE_S
    days = (until_s - work.state.day_start_s(work.now_s)) // 86_400
    at = clock_time(work.state, until_s) + (f"+{days}" if days > 0 else "")
    command = f'muster order change {one.stop_id} --until {at} --reason "agreed with the customer"'
    step = Step("change", {"order_id": one.stop_id, "window_end_s": until_s}, command)
    return f"{one.stop_id} may be delivered until {at}", step


def _priority(work: Working, order_id: str, one: Relaxation) -> Decided:
    """The lowest priority at which leaving it out costs enough more."""
    order, settings = work.state.orders[order_id], work.settings
    for priority in range(order.priority + 1, PRIORITY_MOST + 1):
        if settings.prize(priority) - settings.prize(order.priority) >= one.amount:
            command = f'muster order change {order_id} --priority {priority} --reason "it must not stay behind"'
            step = Step("change", {"order_id": order_id, "priority": priority}, command)
            yield f"{order_id} gets priority {priority}", step
            return


def _undo(work: Working, order_id: str, one: Relaxation) -> Decided:
    """The override that keeps the vehicle off, or the lock that is in the way, taken back."""
    subject = order_id if one.kind is RelaxationKind.ALLOW else one.stop_id or order_id
    for override in active_overrides(work.state, subject):
        lock = override.kind is OverrideKind.LOCK
        if lock == (one.kind is RelaxationKind.UNLOCK):
            command = f'muster undo {override.override_id} --reason "{order_id} needs a place"'
            text = f"{override.owner}'s override {override.override_id} ({override.reason}) is taken back"
            yield text, Step("undo", {"override_id": override.override_id}, command)
            return
