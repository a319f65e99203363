"""A plan changed by hand: what breaks, what it costs, who comes later.

Promises: the edits are done as they are told, possible or not; times are those of `timing`, the verdict is that of
`check`. Nothing is mended. Called by planning when a person drags a stop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solvers.errors import require
from solvers.routing.answers.diff import PlanDiff, diff
from solvers.routing.answers.late import LateCause, why_late
from solvers.routing.answers.part import bare
from solvers.routing.answers.places import Trips, trips_of
from solvers.routing.answers.words import in_words
from solvers.routing.check import Cost, Violation, check
from solvers.routing.plan import RoutingPlan, Sequences, Visit
from solvers.routing.problem import RoutingProblem
from solvers.routing.timing import plan_of

MOVED_S = 60
"""A stop has moved in time if it starts more than this earlier or later."""
MAX_EDITS = 1_000


@dataclass(frozen=True, slots=True)
class Move:
    """Put the stop, planned or not, into the vehicle's trip behind `after` ("": it comes first).

    trip: its number among the vehicle's trips as the edits before have left them, emptied ones counted. opens_trip: a
    new trip gets that number; those from there on come after it.
    """

    stop_id: str
    vehicle_id: str
    trip: int = 0
    after: str = ""
    opens_trip: bool = False


@dataclass(frozen=True, slots=True)
class Remove:
    """Leave the stop unplanned."""

    stop_id: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Each of two planned stops takes the other's place."""

    stop_id: str
    other_id: str


@dataclass(frozen=True, slots=True)
class Resequence:
    """The vehicle drives these trips, whatever it did; their stops leave other places, its other stops go unplanned."""

    vehicle_id: str
    trips: tuple[tuple[str, ...], ...]


Edit = Move | Remove | Swap | Resequence


@dataclass(frozen=True, slots=True)
class Moved:
    """A stop planned before and after, whose service starts at another time."""

    stop_id: str
    before_s: int
    after_s: int


@dataclass(frozen=True, slots=True)
class Later:
    """A stop that is later after its window's end than before (0: it was not late), and why."""

    stop_id: str
    before_s: int
    after_s: int
    cause: LateCause
    detail: str


@dataclass(frozen=True, slots=True)
class HandMade:
    """The verdict. new: violations that the plan in force does not have. words: one line for each of `violations`.

    dropped: stops that were planned and are not any more. diff: all decisions that changed, and which routes cost more.
    """

    plan: RoutingPlan
    violations: tuple[Violation, ...]
    new: tuple[Violation, ...]
    words: tuple[str, ...]
    cost_before: Cost
    cost_after: Cost
    moved: tuple[Moved, ...]
    late: tuple[Later, ...]
    dropped: tuple[str, ...]
    diff: PlanDiff

    @property
    def ok(self) -> bool:
        """Whether nothing breaks that was whole before."""
        return not self.new


def check_hand_made(problem: RoutingProblem, plan_in_force: RoutingPlan | Sequences, edits: Sequence[Edit]) -> HandMade:
    """Do the edits, one after the other, and judge. Raises InvalidProblem for an edit that points nowhere."""
    require(len(edits) <= MAX_EDITS, "edits", len(edits), f"at most {MAX_EDITS}")
    sequences = bare(plan_in_force)
    given = plan_in_force if isinstance(plan_in_force, RoutingPlan) else plan_of(problem, sequences)
    plan = plan_of(problem, edited(problem, sequences, edits))
    before, after = check(problem, given), check(problem, plan)
    was, now = _visits(given), _visits(plan)
    both = [(name, was[name].start_s, now[name].start_s) for name in now if name in was]
    return HandMade(
        plan,
        after.violations,
        tuple(violation for violation in after.violations if violation not in before.violations),
        tuple(in_words(violation) for violation in after.violations),
        before.cost,
        after.cost,
        tuple(Moved(*times) for times in both if abs(times[2] - times[1]) > MOVED_S),
        tuple(_later(problem, plan, was, now)),
        tuple(name for name in was if name not in now),
        diff(problem, given, plan),
    )


def edited(problem: RoutingProblem, sequences: Sequences, edits: Sequence[Edit]) -> dict[str, Trips]:
    """The sequences with the edits done; loaded trips that are left without stops are gone."""
    trips = {v.vehicle_id: [list(t) for t in trips_of(problem, v, sequences)] for v in problem.vehicles}
    for number, edit in enumerate(edits):
        _edit(problem, trips, edit, f"edits[{number}]")
    done = {name: tuple(tuple(trip) for trip in own) for name, own in trips.items()}
    return {v.vehicle_id: trips_of(problem, v, done) for v in problem.vehicles}


_Trips = dict[str, list[list[str]]]


def _edit(problem: RoutingProblem, trips: _Trips, edit: Edit, at: str) -> None:
    match edit:
        case Move():
            _move(problem, trips, edit, at)
        case Remove():
            _take_out(problem, trips, edit.stop_id, at)
        case Swap():
            first, second = (_find(trips, name, at) for name in (edit.stop_id, edit.other_id))
            first[0][first[1]], second[0][second[1]] = edit.other_id, edit.stop_id
        case Resequence():
            require(edit.vehicle_id in trips, f"{at}.vehicle_id", edit.vehicle_id, "no such vehicle")
            wanted = [stop_id for trip in edit.trips for stop_id in trip]
            require(len(set(wanted)) == len(wanted), f"{at}.trips", edit.trips, "each stop once")
            trips[edit.vehicle_id] = []
            for stop_id in wanted:
                _take_out(problem, trips, stop_id, at)
            trips[edit.vehicle_id] = [list(trip) for trip in edit.trips]


def _move(problem: RoutingProblem, trips: _Trips, edit: Move, at: str) -> None:
    require(edit.vehicle_id in trips, f"{at}.vehicle_id", edit.vehicle_id, "no such vehicle")
    own = trips[edit.vehicle_id]
    most = len(own) if edit.opens_trip else len(own) - 1
    require(0 <= edit.trip <= most, f"{at}.trip", edit.trip, f"in [0, {most}], or a new trip")
    require(edit.after != edit.stop_id, f"{at}.after", edit.after, "another stop")
    _take_out(problem, trips, edit.stop_id, at)
    if edit.opens_trip:
        own.insert(edit.trip, [])
    trip = own[edit.trip]
    require(not edit.after or edit.after in trip, f"{at}.after", edit.after, f"a stop of trip {edit.trip}")
    trip.insert(trip.index(edit.after) + 1 if edit.after else 0, edit.stop_id)


def _take_out(problem: RoutingProblem, trips: _Trips, stop_id: str, at: str) -> None:
    require(stop_id in problem.stop_index, f"{at}.stop_id", stop_id, "no such stop")
    for trip in (trip for own in trips.values() for trip in own):
        if stop_id in trip:
            trip.remove(stop_id)


def _find(trips: _Trips, stop_id: str, at: str) -> tuple[list[str], int]:
    found = [(trip, trip.index(stop_id)) for own in trips.values() for trip in own if stop_id in trip]
    require(len(found) > 0, f"{at}.stop_id", stop_id, "is not planned")
    return found[0]


def _visits(plan: RoutingPlan) -> dict[str, Visit]:
    return {visit.stop_id: visit for route in plan.routes for trip in route.trips for visit in trip.visits}


def _later(
    problem: RoutingProblem, plan: RoutingPlan, was: Mapping[str, Visit], now: Mapping[str, Visit]
) -> list[Later]:
    found = []
    for name, visit in now.items():
        before_s = was[name].late_s if name in was else 0
        if visit.late_s > before_s:
            why = why_late(problem, plan, name)
            found.append(Later(name, before_s, visit.late_s, why.cause, why.detail))
    return found
