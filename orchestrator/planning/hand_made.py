"""A dispatcher drags a stop: what breaks, what does it cost, who comes later?

Promises: the changes are put onto the routes in force and judged by the checker; nothing is changed. Called by the
planner, in a thread, on a copy of the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.errors import illegal, not_found
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.plan_once import begin
from orchestrator.planning.routing_problem import RouteJob, Trips, build
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.verdict import cents
from solvers.routing.answers.hand_made import HandMade, Move, Remove, check_hand_made
from solvers.routing.answers.quote import Quoter
from solvers.routing.check import Cost

BEST_PLACE = -2
PARTS = ("distance", "time", "overtime", "fixed", "lateness", "unplanned")


@dataclass(frozen=True, slots=True)
class HandEdit:
    """One change. vehicle_id "": leave it unplanned. after "": it comes first.

    trip: -1 is a new one at the end, -2 wherever in the vehicle's route it fits best.
    """

    order_id: str
    vehicle_id: str = ""
    trip: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True)
class MovedStop:
    """A stop that would be served at another time."""

    order_id: str
    start_from_s: int
    start_to_s: int
    late_from_s: int
    late_to_s: int


@dataclass(frozen=True, slots=True)
class HandVerdict:
    """What the changes would mean; `ok`: no hard rule breaks that did not break before."""

    ok: bool
    violations: tuple[str, ...]
    extra_cents: int
    extra_by_part: dict[str, int]
    moved: tuple[MovedStop, ...]
    dropped: tuple[str, ...]
    commands: tuple[str, ...]


def check_edits(state: State, edits: Sequence[HandEdit], now_s: int, settings: PlanningSettings) -> HandVerdict:
    """Judge the changes as of `now_s`. Raises NOT_FOUND and ILLEGAL_TRANSITION."""
    _known(state, edits)
    work = begin(state, Dirty(), now_s, settings)
    owners = (state.plan.vehicle_of.get(edit.order_id, "") for edit in edits)
    vehicle_ids = dict.fromkeys(name for name in (*owners, *(edit.vehicle_id for edit in edits)) if name)
    wanted = [edit.order_id for edit in edits if edit.order_id not in state.plan.vehicle_of]
    job = build(work, vehicle_ids, dict.fromkeys(wanted))
    changes = [_change(job, edit) for edit in edits]
    found = check_hand_made(job.whole, job.start, changes)
    violations = (*_frozen(job, edits), *found.words)
    return HandVerdict(
        ok=found.ok and len(violations) == len(found.words),
        violations=violations,
        extra_cents=cents(_total(found.cost_after) - _total(found.cost_before)),
        extra_by_part=_by_part(found.cost_before, found.cost_after),
        moved=_moved(found),
        dropped=found.dropped,
        commands=_commands(edits) if found.ok else (),
    )


def _known(state: State, edits: Sequence[HandEdit]) -> None:
    for number, edit in enumerate(edits):
        order = state.orders.get(edit.order_id)
        if order is None:
            raise not_found("order", edit.order_id, field=f"edits[{number}].order_id")
        if order.status is not OrderStatus.OPEN:
            raise illegal("order", edit.order_id, order.status.value, "moved to another place")
        if edit.vehicle_id and edit.vehicle_id not in state.vehicles:
            raise not_found("vehicle", edit.vehicle_id, field=f"edits[{number}].vehicle_id")


def _change(job: RouteJob, edit: HandEdit) -> Move | Remove:
    if not edit.vehicle_id:
        return Remove(edit.order_id)
    if edit.trip == BEST_PLACE:
        return _best(job, edit)
    trips = len(job.start[edit.vehicle_id])
    opens = edit.trip < 0 or edit.trip >= trips
    return Move(edit.order_id, edit.vehicle_id, trips if opens else edit.trip, edit.after, opens_trip=opens)


def _best(job: RouteJob, edit: HandEdit) -> Move:
    """The cheapest place in the vehicle's route; the end of its last trip where none fits."""
    bare = {
        vehicle_id: tuple(tuple(o for o in trip if o != edit.order_id) for trip in trips)
        for vehicle_id, trips in job.start.items()
    }
    bare = {vehicle_id: _driven(job, vehicle_id, trips) for vehicle_id, trips in bare.items()}
    found = Quoter(job.whole, bare).quote(edit.order_id, limit=1, vehicle_ids=(edit.vehicle_id,))
    if found.slots:
        slot = found.slots[0]
        return Move(edit.order_id, edit.vehicle_id, slot.trip, slot.after, opens_trip=slot.opens_trip)
    trips = bare[edit.vehicle_id]
    last = trips[-1] if trips else ()
    return Move(edit.order_id, edit.vehicle_id, max(0, len(trips) - 1), last[-1] if last else "", opens_trip=not trips)


def _driven(job: RouteJob, vehicle_id: str, trips: Trips) -> Trips:
    """Trips that have stops, and the one under way."""
    under_way = job.cuts[vehicle_id].under_way
    return tuple(trip for number, trip in enumerate(trips) if trip or (number == 0 and under_way))


def _frozen(job: RouteJob, edits: Sequence[HandEdit]) -> list[str]:
    """Trips that do not change any more, where an edit would change one."""
    told: dict[str, None] = {}
    for edit in edits:
        for vehicle_id, trips in job.frozen.items():
            for number, trip in enumerate(trips):
                leaves = edit.order_id in trip
                joins = edit.vehicle_id == vehicle_id and edit.trip == number
                if leaves or joins:
                    told[f"trip {number + 1} of {vehicle_id} is being loaded or under way: it does not change"] = None
    return list(told)


def _total(cost: Cost) -> int:
    """Money that somebody pays: the price of change is none."""
    return cost.total - cost.change


def _by_part(before: Cost, after: Cost) -> dict[str, int]:
    parts = {name: cents(getattr(after, name) - getattr(before, name)) for name in PARTS}
    return {name: value for name, value in parts.items() if value}


def _moved(found: HandMade) -> tuple[MovedStop, ...]:
    late = {one.stop_id: (one.before_s, one.after_s) for one in found.late}
    times = {one.stop_id: (one.before_s, one.after_s) for one in found.moved}
    nothing = (0, 0)
    return tuple(
        MovedStop(name, *times.get(name, nothing), *late.get(name, nothing)) for name in dict.fromkeys((*times, *late))
    )


def _commands(edits: Sequence[HandEdit]) -> tuple[str, ...]:
    return tuple(
        f'muster override assign {edit.order_id} --vehicle {edit.vehicle_id} --reason "planned by hand"'
        for edit in edits
        if edit.vehicle_id
    )
