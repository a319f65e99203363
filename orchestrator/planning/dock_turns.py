"""Vehicles take turns at the docks that are open: when a dock is free, and which departures that puts off.

Promises: of the loadings that are still to begin, in order of time, never more at once than docks are open, those of
vehicles outside the problem counted; who comes first keeps the time, ties go by the vehicle's id. Pure numbers, for
any thread. Made by `docks`, called by `route_solve`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from solvers.routing.plan import Route, Sequences
from solvers.routing.problem import RoutingProblem
from solvers.routing.timing import time_route

PUSHES_EACH = 4
"""So many times a trip may be put off on average; a plan that wants more is taken as it is."""


@dataclass(slots=True)
class DockTimes:
    """The docks of a site: `limits` are (until, docks open), `starts` when loadings begin; each takes `load_s`.

    now_s: what has begun before is not put off.
    """

    limits: tuple[tuple[int, int], ...]
    load_s: int
    now_s: int
    starts: list[int] = field(default_factory=list)

    def free_s(self, from_s: int) -> int:
        """The first moment from `from_s` on at which a vehicle can begin to load, and finish."""
        ends = (start_s + self.load_s for start_s in self.starts)
        moments = {from_s, *(end_s for end_s in ends if end_s > from_s), *(u for u, _ in self.limits if u > from_s)}
        return next(at_s for at_s in sorted(moments) if self._is_free(at_s))

    def take(self, start_s: int) -> None:
        """Somebody loads from then on."""
        insort(self.starts, start_s)

    def leave(self, start_s: int) -> None:
        """Somebody who began then does not load. Raises ValueError if nobody did."""
        self.starts.remove(start_s)

    def copy(self) -> DockTimes:
        """Another one to try with."""
        return replace(self, starts=list(self.starts))

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


def in_turns(problem: RoutingProblem, sequences: Sequences, docks: Docks) -> RoutingProblem:
    """The problem in which the trips of these sequences are released only when a dock is free for them.

    The release of a trip's first stop is what puts it off, so that whoever times and checks the plan keeps the turns.
    """
    routes = {key: time_route(problem, key, trips) for key, trips in sequences.items() if trips and key in docks}
    left = PUSHES_EACH * sum(len(route.trips) for route in routes.values())
    while left > 0 and (late := _first_without_dock(routes.values(), docks)) is not None:
        vehicle_id, stop_id, depart_s = late
        stop = problem.stop_index[stop_id]
        released = replace(problem.stops[stop], release_s=depart_s)
        problem = replace(problem, stops=(*problem.stops[:stop], released, *problem.stops[stop + 1 :]))
        routes[vehicle_id] = time_route(problem, vehicle_id, sequences[vehicle_id])
        left -= 1
    return problem


def _first_without_dock(routes: Iterable[Route], docks: Docks) -> tuple[str, str, int] | None:
    """(vehicle, first stop, possible departure) of the first trip for which no dock is free when it begins to load."""
    times = {id(held): held.copy() for held in docks.values()}
    loadings = sorted(
        (trip.load_s, route.vehicle_id, trip.visits[0].stop_id)
        for route in routes
        for trip in route.trips
        if not trip.on_board and trip.visits
    )
    for load_s, vehicle_id, stop_id in loadings:
        held = times[id(docks[vehicle_id])]
        free_s = held.free_s(load_s) if load_s >= held.now_s else load_s
        if free_s > load_s:
            return vehicle_id, stop_id, free_s + held.load_s
        held.take(load_s)
    return None
