"""The independent checker: is this plan possible, and what does it cost?

Promises: exact and readable, and it shares nothing with search, engines or timing: it takes the times that the plan
states and holds them against the problem, rule by rule. Every broken rule is listed with its size; every number that
is shown to anybody is computed here. It never changes a plan. Called before any plan is published, and by all tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from solvers.routing.plan import Route, RoutingPlan, Trip, Visit
from solvers.routing.problem import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    RoutingProblem,
    Vehicle,
)


class Rule(StrEnum):
    """The hard rules. `Violation.size` is in the unit named here."""

    UNKNOWN_VEHICLE = "UNKNOWN_VEHICLE"
    VEHICLE_TWICE = "VEHICLE_TWICE"
    UNKNOWN_STOP = "UNKNOWN_STOP"
    STOP_TWICE = "STOP_TWICE"
    STOP_FORGOTTEN = "STOP_FORGOTTEN"
    """Neither planned nor listed as unplanned."""
    NOT_ALLOWED = "NOT_ALLOWED"
    ON_BOARD_ELSEWHERE = "ON_BOARD_ELSEWHERE"
    """On-board goods outside their vehicle's on-board trip, or goods from the depot in one."""
    TRIP_KIND = "TRIP_KIND"
    """An on-board trip where none belongs, a missing one, or a loaded trip without stops."""
    CAPACITY_EXCEEDED = "CAPACITY_EXCEEDED"
    """Size in the unit of the dimension named in the detail."""
    MAX_TRIPS_EXCEEDED = "MAX_TRIPS_EXCEEDED"
    LOCK_BROKEN = "LOCK_BROKEN"
    LEAVES_TOO_EARLY = "LEAVES_TOO_EARLY"
    """Seconds before the vehicle is ready, loaded, or the goods are released."""
    TRAVEL_TOO_SHORT = "TRAVEL_TOO_SHORT"
    """Seconds by which a stated arrival is not the departure before plus travel (either way)."""
    TIMES_DISAGREE = "TIMES_DISAGREE"
    """Seconds by which start, departure or lateness does not follow from the arrival."""
    TIME_WINDOW_INFEASIBLE = "TIME_WINDOW_INFEASIBLE"
    """Seconds that service starts after the stop's latest time."""
    SHIFT_EXCEEDED = "SHIFT_EXCEEDED"
    """Seconds that a trip ends after the shift. A vehicle that only has to come home may come late."""
    DISTANCE_WRONG = "DISTANCE_WRONG"
    """Metres."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule, where, and by how much."""

    rule: Rule
    vehicle_id: str = ""
    stop_id: str = ""
    size: int = 1
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost by part, in ticks (`problem.TICKS_PER_CENT`)."""

    distance: int = 0
    time: int = 0
    fixed: int = 0
    lateness: int = 0
    unplanned: int = 0
    change: int = 0
    overtime: int = 0

    @property
    def total(self) -> int:
        """All parts, in ticks."""
        work = self.distance + self.time + self.overtime + self.fixed
        return work + self.lateness + self.unplanned + self.change

    @property
    def cents(self) -> int:
        """All parts, in cents, rounded to the nearest."""
        return (self.total + TICKS_PER_CENT // 2) // TICKS_PER_CENT

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.distance + other.distance,
            self.time + other.time,
            self.fixed + other.fixed,
            self.lateness + other.lateness,
            self.unplanned + other.unplanned,
            self.change + other.change,
            self.overtime + other.overtime,
        )


@dataclass(frozen=True, slots=True)
class Check:
    """Verdict on a plan. `late_s` is summed over stops, `paid_s` and `distance_m` over trips."""

    violations: tuple[Violation, ...]
    cost: Cost
    distance_m: int
    paid_s: int
    late_s: int
    late_stops: int
    planned_stops: int
    unplanned_stops: int

    @property
    def ok(self) -> bool:
        """Whether every hard rule holds."""
        return not self.violations


def check(problem: RoutingProblem, plan: RoutingPlan) -> Check:
    """Check the whole plan, every rule, and price it. Works on any plan; unknown stops are named, but not priced."""
    violations = list(_bookkeeping(problem, plan))
    routes = [r for r in plan.routes if r.vehicle_id in problem.vehicle_index]
    for route in routes:
        violations.extend(_check_route(problem, problem.vehicle(route.vehicle_id), route))
    violations.extend(_check_missing_routes(problem, {r.vehicle_id for r in routes}))
    visits = [visit for route in routes for trip in route.trips for visit in trip.visits]
    return Check(
        tuple(violations),
        sum((_route_cost(problem, route) for route in routes), _unplanned_cost(problem, plan)),
        sum(trip.distance_m for route in routes for trip in route.trips),
        sum(trip.end_s - trip.load_s for route in routes for trip in route.trips),
        sum(visit.late_s for visit in visits),
        sum(visit.late_s > 0 for visit in visits),
        len(visits),
        len(plan.unplanned),
    )


def route_cost(problem: RoutingProblem, route: Route) -> Cost:
    """What one route costs, in ticks, by its stated times."""
    return _route_cost(problem, route)


def _bookkeeping(problem: RoutingProblem, plan: RoutingPlan) -> Iterator[Violation]:
    """Every vehicle at most once, every stop exactly once."""
    vehicles: set[str] = set()
    for route in plan.routes:
        if route.vehicle_id not in problem.vehicle_index:
            yield Violation(Rule.UNKNOWN_VEHICLE, route.vehicle_id)
        if route.vehicle_id in vehicles:
            yield Violation(Rule.VEHICLE_TWICE, route.vehicle_id)
        vehicles.add(route.vehicle_id)
    placed = [(r.vehicle_id, stop_id) for r in plan.routes for stop_id in r.stop_ids]
    placed += [("", unplanned.stop_id) for unplanned in plan.unplanned]
    seen: set[str] = set()
    for vehicle_id, stop_id in placed:
        if stop_id not in problem.stop_index:
            yield Violation(Rule.UNKNOWN_STOP, vehicle_id, stop_id)
        elif stop_id in seen:
            yield Violation(Rule.STOP_TWICE, vehicle_id, stop_id)
        seen.add(stop_id)
    for stop in problem.stops:
        if stop.stop_id not in seen:
            yield Violation(Rule.STOP_FORGOTTEN, "", stop.stop_id)


def _check_missing_routes(problem: RoutingProblem, present: set[str]) -> Iterator[Violation]:
    """A vehicle under way must be brought home, and a lock must be kept, even if the plan does not name the vehicle."""
    for vehicle in problem.vehicles:
        if vehicle.vehicle_id in present:
            continue
        if problem.starts_on_board(vehicle):
            yield Violation(Rule.TRIP_KIND, vehicle.vehicle_id, detail="on-board trip missing")
        if any(vehicle.locked):
            yield Violation(Rule.LOCK_BROKEN, vehicle.vehicle_id, detail="no route")


def _check_route(problem: RoutingProblem, vehicle: Vehicle, route: Route) -> Iterator[Violation]:
    yield from _check_kinds(problem, vehicle, route)
    yield from _check_locks(vehicle, route)
    free_s = vehicle.begin_s
    for number, trip in enumerate(route.trips):
        yield from _check_members(problem, vehicle, trip)
        yield from _check_capacity(problem, vehicle, trip)
        yield from _check_departure(problem, vehicle, trip, free_s)
        yield from _check_times(problem, vehicle, trip, last=number == len(route.trips) - 1)
        free_s = trip.end_s


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


def _check_members(problem: RoutingProblem, vehicle: Vehicle, trip: Trip) -> Iterator[Violation]:
    for stop in (problem.stop(stop_id) for stop_id in trip.stop_ids if stop_id in problem.stop_index):
        if stop.on_board != (vehicle.vehicle_id if trip.on_board else None):
            yield Violation(Rule.ON_BOARD_ELSEWHERE, vehicle.vehicle_id, stop.stop_id)
        elif stop.on_board is None and stop.allowed is not None and vehicle.vehicle_id not in stop.allowed:
            yield Violation(Rule.NOT_ALLOWED, vehicle.vehicle_id, stop.stop_id)


def _check_capacity(problem: RoutingProblem, vehicle: Vehicle, trip: Trip) -> Iterator[Violation]:
    """What is on board is on board: only trips that are still to be loaded can be too heavy."""
    if trip.on_board:
        return
    stops = [problem.stop(stop_id) for stop_id in trip.stop_ids if stop_id in problem.stop_index]
    for number, dimension in enumerate(problem.dimensions):
        excess = sum(stop.demand[number] for stop in stops) - vehicle.capacity[number]
        if excess > 0:
            yield Violation(Rule.CAPACITY_EXCEEDED, vehicle.vehicle_id, size=excess, detail=dimension)


def _check_departure(problem: RoutingProblem, vehicle: Vehicle, trip: Trip, free_s: int) -> Iterator[Violation]:
    if trip.load_s < free_s:
        yield Violation(Rule.LEAVES_TOO_EARLY, vehicle.vehicle_id, size=free_s - trip.load_s, detail="not there yet")
    loading_s = 0 if trip.on_board else vehicle.load_s
    if trip.depart_s != trip.load_s + loading_s:
        size = abs(trip.depart_s - trip.load_s - loading_s)
        yield Violation(Rule.TIMES_DISAGREE, vehicle.vehicle_id, size=size, detail="loading time")
    if trip.on_board:
        if trip.depart_s != vehicle.begin_s:
            size = abs(trip.depart_s - vehicle.begin_s)
            yield Violation(Rule.TIMES_DISAGREE, vehicle.vehicle_id, size=size, detail="goods on board leave at once")
        return
    for stop in (problem.stop(stop_id) for stop_id in trip.stop_ids if stop_id in problem.stop_index):
        if trip.depart_s < stop.release_s:
            size = stop.release_s - trip.depart_s
            yield Violation(Rule.LEAVES_TOO_EARLY, vehicle.vehicle_id, stop.stop_id, size, "goods not released")


def _check_times(problem: RoutingProblem, vehicle: Vehicle, trip: Trip, last: bool) -> Iterator[Violation]:
    profile = problem.profiles[vehicle.profile]
    at = vehicle.start if trip.on_board else vehicle.depot
    now_s, distance_m = trip.depart_s, 0
    for visit in trip.visits:
        if visit.stop_id not in problem.stop_index:
            continue
        to = problem.stop(visit.stop_id).location
        off_s = visit.arrive_s - now_s - int(profile.duration_s[at, to])
        if off_s != 0:
            yield Violation(Rule.TRAVEL_TOO_SHORT, vehicle.vehicle_id, visit.stop_id, abs(off_s))
        yield from _check_visit(problem, vehicle, visit)
        distance_m += int(profile.distance_m[at, to])
        at, now_s = to, visit.depart_s
    if not (vehicle.open_end and last):
        now_s += int(profile.duration_s[at, vehicle.depot])
        distance_m += int(profile.distance_m[at, vehicle.depot])
    if trip.end_s != now_s:
        yield Violation(Rule.TRAVEL_TOO_SHORT, vehicle.vehicle_id, size=abs(trip.end_s - now_s), detail="way back")
    if trip.distance_m != distance_m:
        yield Violation(Rule.DISTANCE_WRONG, vehicle.vehicle_id, size=abs(trip.distance_m - distance_m))
    if trip.end_s > vehicle.shift_end_s and trip.visits:
        yield Violation(Rule.SHIFT_EXCEEDED, vehicle.vehicle_id, size=trip.end_s - vehicle.shift_end_s)


def _check_visit(problem: RoutingProblem, vehicle: Vehicle, visit: Visit) -> Iterator[Violation]:
    stop = problem.stop(visit.stop_id)
    off_s = (
        abs(visit.start_s - max(visit.arrive_s, stop.window_start_s))
        + abs(visit.depart_s - visit.start_s - stop.service_s)
        + abs(visit.late_s - max(0, visit.arrive_s - stop.window_end_s))
    )
    if off_s:
        yield Violation(Rule.TIMES_DISAGREE, vehicle.vehicle_id, stop.stop_id, off_s)
    if visit.start_s > stop.latest_s:
        size = visit.start_s - stop.latest_s
        yield Violation(Rule.TIME_WINDOW_INFEASIBLE, vehicle.vehicle_id, stop.stop_id, size)


def _route_cost(problem: RoutingProblem, route: Route) -> Cost:
    vehicle = problem.vehicle(route.vehicle_id)
    distance_m = sum(trip.distance_m for trip in route.trips)
    paid_s = sum(trip.end_s - trip.load_s for trip in route.trips)
    over_s = sum(max(0, trip.end_s - max(trip.load_s, vehicle.overtime_from_s)) for trip in route.trips)
    lateness = change = served = 0
    for visit in (visit for trip in route.trips for visit in trip.visits if visit.stop_id in problem.stop_index):
        stop = problem.stop(visit.stop_id)
        late_s = max(0, visit.arrive_s - stop.window_end_s)
        lateness += late_s * stop.late_cents_per_min * TICKS_PER_SECOND_AND_CENT_PER_MIN
        if stop.incumbent is not None and stop.incumbent != vehicle.vehicle_id:
            change += stop.change_cents * TICKS_PER_CENT
        served += 1
    return Cost(
        distance=distance_m * vehicle.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM,
        time=paid_s * vehicle.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR,
        fixed=vehicle.fixed_cents * TICKS_PER_CENT if served else 0,
        lateness=lateness,
        change=change,
        overtime=over_s * vehicle.overtime_cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    )


def _unplanned_cost(problem: RoutingProblem, plan: RoutingPlan) -> Cost:
    known = [u.stop_id for u in plan.unplanned if u.stop_id in problem.stop_index]
    return Cost(unplanned=sum(problem.stop(stop_id).prize_cents for stop_id in known) * TICKS_PER_CENT)
