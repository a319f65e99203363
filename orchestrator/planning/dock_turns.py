"""Vehicles take turns at the docks that are open: when a dock is free, who loads ahead, and who leaves later.

Promises: of the loadings that are still to begin, in order of time, never more at once than docks are open, those of
vehicles outside the problem counted; who comes first keeps the time, ties go by the vehicle's id. Who would wait on
the way loads ahead and waits at the depot; only who cannot leaves later. Pure numbers, for any thread. Made by `docks`,
called by `route_solve`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from solvers.routing.plan import Route, Sequences
from solvers.routing.problem import RoutingProblem
from solvers.routing.timing import time_route

PUSHES_EACH = 4
"""So many times a trip may be put off on average; a plan that wants more is taken as it is."""


@dataclass(slots=True)
class DockTimes:
    """The docks of a site: `limits` are (until, docks open), `starts` when loadings begin; each takes `load_s`.

    begun: vehicles that stand at a dock, and since when; they stay. Nobody else begins before now_s.
    """

    limits: tuple[tuple[int, int], ...]
    load_s: int
    now_s: int
    starts: list[int] = field(default_factory=list)
    begun: dict[str, int] = field(default_factory=dict)

    def free_s(self, from_s: int) -> int:
        """The first moment from `from_s` on at which a vehicle can begin to load, and finish."""
        ends = (start_s + self.load_s for start_s in self.starts)
        moments = {from_s, *(end_s for end_s in ends if end_s > from_s), *(u for u, _ in self.limits if u > from_s)}
        return next(at_s for at_s in sorted(moments) if self._is_free(at_s))

    def free_before_s(self, least_s: int, most_s: int) -> int | None:
        """The last moment in [least_s, most_s] at which a vehicle can begin to load, and finish, if there is one."""
        before = (start_s - self.load_s for start_s in self.starts)
        moments = {most_s, *(at_s for at_s in before if least_s <= at_s < most_s)}
        return next((at_s for at_s in sorted(moments, reverse=True) if at_s >= least_s and self._is_free(at_s)), None)

    def take(self, start_s: int) -> None:
        """Somebody loads from then on."""
        insort(self.starts, start_s)

    def leave(self, start_s: int) -> None:
        """Somebody who began then does not load. Raises ValueError if nobody did."""
        self.starts.remove(start_s)

    def copy(self) -> DockTimes:
        """Another one to try with."""
        return replace(self, starts=list(self.starts), begun=dict(self.begun))

    def _is_free(self, at_s: int) -> bool:
        """Whether one more fits at the moment it begins, and whenever another one begins while it loads."""
        first, last = bisect_right(self.starts, at_s), bisect_left(self.starts, at_s + self.load_s)
        return all(self._loading(moment_s) < self._open(moment_s) for moment_s in (at_s, *self.starts[first:last]))

    def _loading(self, at_s: int) -> int:
        return bisect_right(self.starts, at_s) - bisect_right(self.starts, at_s - self.load_s)

    def _open(self, at_s: int) -> float:
        return min((docks for until_s, docks in self.limits if at_s < until_s), default=float("inf"))


Docks = Mapping[str, DockTimes]
"""Vehicle -> the docks where it loads; vehicles of a site share theirs. Only where docks are short."""


def in_turns(problem: RoutingProblem, sequences: Sequences, docks: Docks) -> tuple[RoutingProblem, dict[str, int]]:
    """(the problem in which trips are released only when a dock is free for them, who loads ahead).

    The release of a trip's first stop is what puts it off, so that whoever times and checks the plan keeps the turns.
    Who loads ahead: the first stop of the trip -> when loading begins, earlier than the departure asks for.
    """
    routes = {key: time_route(problem, key, trips) for key, trips in sequences.items() if trips and key in docks}
    for _ in range(PUSHES_EACH * sum(len(route.trips) for route in routes.values())):
        late, ahead = _turns(problem, routes.values(), docks)
        if late is None:
            return problem, ahead
        problem = _released(problem, late)
        routes[late.vehicle_id] = time_route(problem, late.vehicle_id, sequences[late.vehicle_id])
    return problem, {}


@dataclass(frozen=True, slots=True)
class _Turn:
    """A trip to be loaded: in [least_s, load_s] it may begin without leaving later than planned."""

    load_s: int
    vehicle_id: str
    stop_id: str
    least_s: int


def _turns(problem: RoutingProblem, routes: Iterable[Route], docks: Docks) -> tuple[_Turn | None, dict[str, int]]:
    """The first trip for which no dock is free in time, with the moment at which one is; and who loads ahead."""
    times = {id(held): held.copy() for held in docks.values()}
    ahead: dict[str, int] = {}
    turns = [turn for route in routes for turn in _of(problem, route)]
    for turn in sorted(turns, key=lambda turn: (turn.load_s, turn.vehicle_id)):
        held = times[id(docks[turn.vehicle_id])]
        begun_s = held.begun.pop(turn.vehicle_id, None)
        free_s = begun_s if begun_s is not None else held.free_before_s(max(held.now_s, turn.least_s), turn.load_s)
        if free_s is None:
            return replace(turn, load_s=held.free_s(turn.load_s)), ahead
        held.take(free_s)
        if free_s != turn.load_s:
            ahead[turn.stop_id] = free_s
    return None, ahead


def _of(problem: RoutingProblem, route: Route) -> Iterator[_Turn]:
    """The loadings of a route."""
    vehicle = problem.vehicle(route.vehicle_id)
    free_s = vehicle.begin_s
    for trip in route.trips:
        if not trip.on_board and trip.visits:
            released_s = max(problem.stop(visit.stop_id).release_s for visit in trip.visits)
            least_s = min(trip.load_s, max(free_s, released_s - vehicle.load_s))
            yield _Turn(trip.load_s, route.vehicle_id, trip.visits[0].stop_id, least_s)
        free_s = trip.end_s


def _released(problem: RoutingProblem, turn: _Turn) -> RoutingProblem:
    """The problem in which the turn's trip does not leave before it has been loaded then."""
    index, depart_s = problem.stop_index[turn.stop_id], turn.load_s + problem.vehicle(turn.vehicle_id).load_s
    stops = list(problem.stops)
    stops[index] = replace(stops[index], release_s=depart_s)
    return replace(problem, stops=tuple(stops))
