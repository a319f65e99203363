"""What a command would do to the plan, without doing it.

Promises: works on a copy of the state's dictionaries (the entities are immutable and shared), changes nothing, and asks
`decide` first, so that what would be refused is refused here too. `preview` blocks for some milliseconds and needs
nothing but its copy: the planner runs it in a thread.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, fields
from typing import Any

from orchestrator.domain.commands import Command
from orchestrator.domain.decide import decide
from orchestrator.domain.evolve import evolve
from orchestrator.domain.plan import Change, Kpis, PlanDelta, Tier
from orchestrator.domain.state import Plan, State
from orchestrator.planning.diff import places_of
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.memory import Memory
from orchestrator.planning.plan_once import DEFAULT_SETTINGS, plan_once
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.trigger import trigger


@dataclass(frozen=True, slots=True)
class Move:
    """An order that would be served elsewhere or at another time; "" and 0: it is, or would be, unplanned."""

    order_id: str
    from_vehicle: str
    to_vehicle: str
    from_s: int
    to_s: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What would change: money, lateness, who moves, and which overrides could not be honoured."""

    cost_delta_cents: int
    late_delta_s: int
    moved: tuple[Move, ...]
    newly_late: tuple[str, ...]
    newly_unplanned: tuple[str, ...]
    newly_planned: tuple[str, ...]
    conflicts: dict[str, str]
    changes: tuple[Change, ...]
    before: Kpis
    after: Kpis


def copied(state: State) -> State:
    """A state of its own with the same entities. Takes some microseconds for each thousand of them."""
    fresh = State()
    for field in fields(State):
        setattr(fresh, field.name, copy(getattr(state, field.name)))
    fresh.plan = Plan(**{field.name: copy(getattr(state.plan, field.name)) for field in fields(Plan)})
    return fresh


def preview(
    state: State, command: Command, now_s: int, principal: str, settings: PlanningSettings = DEFAULT_SETTINGS
) -> Impact:
    """The impact of `command` on `state`, which is a copy and is used up. Raises `Rejection` as `decide` does."""
    memory = Memory()
    memory.rebuild(state)
    dirty = Dirty()
    for event in decide(state, command, now_s, principal).events:
        evolve(state, event, state.seq + 1, now_s)
        dirty.merge(trigger(state, event, state.seq, memory.follow(state, event, state.seq)))
    draft = plan_once(state, dirty, now_s, settings, memory, Tier.OVERRIDE, with_stock=False)
    before = state.plan.kpis
    if draft is None:
        return Impact(0, 0, (), (), (), (), {}, (), before, before)
    return _impact(state, draft.delta, draft.head.changes, before, draft.head.kpis)


def _impact(state: State, delta: PlanDelta, changes: tuple[Change, ...], before: Kpis, after: Kpis) -> Impact:
    plan = state.plan
    return Impact(
        cost_delta_cents=after.cost_cents - before.cost_cents,
        late_delta_s=after.late_s - before.late_s,
        moved=_moves(plan, delta),
        newly_late=tuple(key for key, new in delta.late.items() if new is not None and key not in plan.late),
        newly_unplanned=tuple(k for k, new in delta.unplanned.items() if new is not None and k not in plan.unplanned),
        newly_planned=tuple(k for k, new in delta.unplanned.items() if new is None and k in plan.unplanned),
        conflicts={key: text for key, text in delta.conflicts.items() if text is not None},
        changes=changes,
        before=before,
        after=after,
    )


def _moves(plan: Plan, delta: PlanDelta) -> tuple[Move, ...]:
    old = places_of({vehicle_id: plan.routes.get(vehicle_id) for vehicle_id in delta.routes})
    new = places_of(delta.routes)
    nowhere: tuple[str, int, str] = ("", 0, "")
    moves: list[Any] = []
    for order_id in dict.fromkeys((*old, *new)):
        was, now = old.get(order_id, nowhere), new.get(order_id, nowhere)
        if was[0] != now[0]:
            moves.append(Move(order_id, was[0], now[0], was[1], now[1]))
    return tuple(moves)
