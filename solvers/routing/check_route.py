"""One vehicle's route against every rule that concerns it alone: trips, locks, members, times, shift and limits.

Promises: takes the stated times and holds each against the one before; sizes as `Rule` says. Loads are looked at by
`check_load`, rests by `check_rests`. Called by `check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solvers.routing.check_load import Aboard, check_load
from solvers.routing.check_rests import check_rests
from solvers.routing.check_rules import Rule, Violation
from solvers.routing.check_travel import Span, merged, rest_spans, travel
from solvers.routing.parts import Stop, StopKind, Vehicle
from solvers.routing.plan import Rest, Route, Trip, Visit
from solvers.routing.problem import RoutingProblem


def check_route(problem: RoutingProblem, vehicle: Vehicle, route: Route, aboard: Aboard) -> Iterator[Violation]:
    """Every rule of one route, in order of its trips. aboard: from `goods_aboard`."""
    yield from _check_kinds(problem, vehicle, route)
    yield from _check_locks(vehicle, route)
    ways: list[_Way] = []
    free_s = vehicle.begin_s
    for number, trip in enumerate(route.trips):
        way = _Way(problem, vehicle, trip, route.rests, last=number == len(route.trips) - 1)
        yield from _check_members(problem, vehicle, trip, way.stops)
        yield from check_load(problem, vehicle, trip, way.stops, aboard)
        yield from _check_departure(vehicle, trip, free_s, way.stops)
        yield from way.violations
        free_s = trip.end_s
        ways.append(way)
    yield from _check_limits(vehicle, route, ways)
    if route.rests or vehicle.rests:
        yield from check_rests(vehicle, route, merged([span for way in ways for span in way.driven]))


def check_no_route(problem: RoutingProblem, vehicle: Vehicle) -> Iterator[Violation]:
    """A vehicle under way must be brought home, and a lock must be kept, even if the plan does not name the vehicle."""
    if problem.starts_on_board(vehicle):
        yield Violation(Rule.TRIP_KIND, vehicle.vehicle_id, detail="on-board trip missing")
    if any(vehicle.locked):
        yield Violation(Rule.LOCK_BROKEN, vehicle.vehicle_id, detail="no route")


class _Way:
    """One trip driven again, leg by leg from each stated departure: what it finds, and how far and when it drove."""

    def __init__(
        self, problem: RoutingProblem, vehicle: Vehicle, trip: Trip, rests: Sequence[Rest], last: bool
    ) -> None:
        self.problem, self.vehicle, self.trip, self.rests = problem, vehicle, trip, sorted(rests)
        self.profile = problem.profiles[vehicle.profile]
        self.resting = rest_spans(rests)
        self.stops: list[Stop] = []
        self.driven: list[Span] = []
        self.distance_m = 0
        self.violations: list[Violation] = []
        self._drive(vehicle.last_location if last else vehicle.depot)

    def _drive(self, home: int | None) -> None:
        trip, vehicle = self.trip, self.vehicle
        at, now_s = vehicle.start if trip.on_board else vehicle.depot, trip.depart_s
        for visit in trip.visits:
            number = self.problem.stop_index.get(visit.stop_id)
            if number is None:
                continue
            stop = self.problem.stops[number]
            self._arrive(at, stop.location, now_s, visit.arrive_s, stop.stop_id)
            self._serve(stop, visit, stop.service_s + (stop.setup_s if at != stop.location else 0))
            self.stops.append(stop)
            at, now_s = stop.location, visit.depart_s
        if home is not None:
            self._arrive(at, home, now_s, trip.end_s)
        elif trip.end_s != now_s:
            self._add(Rule.TRAVEL_TOO_SHORT, abs(trip.end_s - now_s), detail="ends at its last stop")
        if trip.distance_m != self.distance_m:
            self._add(Rule.DISTANCE_WRONG, abs(trip.distance_m - self.distance_m))
        if trip.end_s > vehicle.shift_end_s and trip.visits:
            self._add(Rule.SHIFT_EXCEEDED, trip.end_s - vehicle.shift_end_s)

    def _arrive(self, at: int, to: int, leave_s: int, stated_s: int, stop_id: str = "") -> None:
        """At a stop, or, without one, at the trip's end."""
        leg = travel(self.profile, at, to, leave_s, self.resting)
        if stated_s != leg.arrive_s:
            self._check_arrival(leg.arrive_s, stated_s, stop_id)
        self.driven.extend(leg.driven)
        self.distance_m += self.profile.distance_m.item(at, to)

    def _check_arrival(self, arrive_s: int, stated_s: int, stop_id: str) -> None:
        """At a stop, rests that begin when the way is done may be stated before the arrival."""
        possible = [arrive_s]
        for rest in self.rests if stop_id else ():
            if rest.start_s in possible and rest.start_s < rest.end_s:
                possible.append(rest.end_s)
        off_s = min(abs(stated_s - moment_s) for moment_s in possible)
        if off_s:
            self._add(Rule.TRAVEL_TOO_SHORT, off_s, stop_id, "" if stop_id else "way back")

    def _serve(self, stop: Stop, visit: Visit, duration_s: int) -> None:
        off_s = (
            abs(visit.start_s - _first_start_s(stop, visit, self.rests))
            + abs(visit.depart_s - visit.start_s - duration_s)
            + abs(visit.late_s - max(0, visit.start_s - stop.window_end_s))
        )
        if off_s:
            self._add(Rule.TIMES_DISAGREE, off_s, stop.stop_id)
        if visit.start_s > stop.latest_s:
            self._add(Rule.TIME_WINDOW_INFEASIBLE, visit.start_s - stop.latest_s, stop.stop_id)

    def _add(self, rule: Rule, size: int, stop_id: str = "", detail: str = "") -> None:
        self.violations.append(Violation(rule, self.vehicle.vehicle_id, stop_id, size, detail))


def _first_start_s(stop: Stop, visit: Visit, rests: Sequence[Rest]) -> int:
    """When service begins: after arrival and the rests taken there, in the window, not in a closed span."""
    start_s = max(visit.arrive_s, stop.window_start_s)
    for rest in rests:
        if visit.arrive_s <= rest.start_s < rest.end_s <= visit.start_s:
            start_s = max(start_s, rest.end_s)
    for begin_s, end_s in stop.closed_s:
        if begin_s < start_s < end_s:
            start_s = end_s
    return start_s


def _check_kinds(problem: RoutingProblem, vehicle: Vehicle, route: Route) -> Iterator[Violation]:
    on_board = problem.starts_on_board(vehicle)
    loaded = 0
    for number, trip in enumerate(route.trips):
        if trip.on_board != (on_board and number == 0):
            yield Violation(Rule.TRIP_KIND, vehicle.vehicle_id, detail=f"trip {number}: on_board={trip.on_board}")
        if not trip.on_board and not trip.visits:
            yield Violation(Rule.TRIP_KIND, vehicle.vehicle_id, detail=f"trip {number}: without stops")
        loaded += not trip.on_board
    if on_board and not route.trips:
        yield Violation(Rule.TRIP_KIND, vehicle.vehicle_id, detail="on-board trip missing")
    if loaded > vehicle.max_trips:
        yield Violation(Rule.MAX_TRIPS_EXCEEDED, vehicle.vehicle_id, size=loaded - vehicle.max_trips)


def _check_locks(vehicle: Vehicle, route: Route) -> Iterator[Violation]:
    for number, locked in enumerate(vehicle.locked):
        stop_ids = route.trips[number].stop_ids if number < len(route.trips) else ()
        complete = number < len(vehicle.locked) - 1
        if stop_ids[: len(locked)] != locked or (complete and len(stop_ids) != len(locked)):
            yield Violation(Rule.LOCK_BROKEN, vehicle.vehicle_id, detail=f"trip {number}: {stop_ids}, not {locked}")


def _check_members(problem: RoutingProblem, vehicle: Vehicle, trip: Trip, stops: Sequence[Stop]) -> Iterator[Violation]:
    name = vehicle.vehicle_id
    for stop in stops:
        if stop.on_board is not None:
            if not (trip.on_board and stop.on_board == name):
                yield Violation(Rule.ON_BOARD_ELSEWHERE, name, stop.stop_id)
            continue
        if trip.on_board and stop.kind is StopKind.DELIVERY and stop.stop_id not in problem.pickup_of:
            yield Violation(Rule.ON_BOARD_ELSEWHERE, name, stop.stop_id, detail="goods from the depot")
        if (stop.allowed is not None and name not in stop.allowed) or name in stop.barred:
            yield Violation(Rule.NOT_ALLOWED, name, stop.stop_id)
        missing = stop.needs - vehicle.skills
        if missing:
            yield Violation(Rule.SKILL_MISSING, name, stop.stop_id, len(missing), ", ".join(sorted(missing)))


def _check_departure(vehicle: Vehicle, trip: Trip, free_s: int, stops: Sequence[Stop]) -> Iterator[Violation]:
    name = vehicle.vehicle_id
    if trip.load_s < free_s:
        yield Violation(Rule.LEAVES_TOO_EARLY, name, size=free_s - trip.load_s, detail="not there yet")
    loading_s = 0 if trip.on_board else vehicle.load_s
    if trip.depart_s != trip.load_s + loading_s:
        size = abs(trip.depart_s - trip.load_s - loading_s)
        yield Violation(Rule.TIMES_DISAGREE, name, size=size, detail="loading time")
    if trip.on_board:
        if trip.depart_s != vehicle.begin_s:
            size = abs(trip.depart_s - vehicle.begin_s)
            yield Violation(Rule.TIMES_DISAGREE, name, size=size, detail="goods on board leave at once")
        return
    for stop in stops:
        if trip.depart_s < stop.release_s:
            size = stop.release_s - trip.depart_s
            yield Violation(Rule.LEAVES_TOO_EARLY, name, stop.stop_id, size, "goods not released")


def _check_limits(vehicle: Vehicle, route: Route, ways: Sequence[_Way]) -> Iterator[Violation]:
    """Limits of the whole route. Without stops it only comes home, and that has to be."""
    stops = sum(len(way.stops) for way in ways)
    if not stops:
        return
    distance_m = sum(way.distance_m for way in ways)
    if vehicle.max_distance_m is not None and distance_m > vehicle.max_distance_m:
        yield Violation(Rule.DISTANCE_EXCEEDED, vehicle.vehicle_id, size=distance_m - vehicle.max_distance_m)
    duration_s = route.trips[-1].end_s - route.trips[0].load_s
    if vehicle.max_duration_s is not None and duration_s > vehicle.max_duration_s:
        yield Violation(Rule.DURATION_EXCEEDED, vehicle.vehicle_id, size=duration_s - vehicle.max_duration_s)
    if vehicle.max_stops is not None and stops > vehicle.max_stops:
        yield Violation(Rule.STOPS_EXCEEDED, vehicle.vehicle_id, size=stops - vehicle.max_stops)
    if vehicle.max_drive_s is not None:
        driving_s = sum(end_s - begin_s for begin_s, end_s in merged([s for way in ways for s in way.driven]))
        if driving_s > vehicle.max_drive_s:
            size = driving_s - vehicle.max_drive_s
            yield Violation(Rule.DRIVING_EXCEEDED, vehicle.vehicle_id, size=size, detail="in the whole route")
