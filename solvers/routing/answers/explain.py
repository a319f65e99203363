"""Why a stop is unplanned, and why it is late: answered by trying.

Promises: a stated reason was verified by trying every insertion with exact times, and its size is what would have to
give (seconds, or units of the dimension named). It never changes a plan. Called by planning for unplanned and late
stops, and for previews of overrides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from solvers.routing import arrays, layout
from solvers.routing.check import route_cost
from solvers.routing.kernel import entries as kernel
from solvers.routing.plan import Reason, Route, RoutingPlan, Sequences, Trip, Unplanned, sequences_of
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem, Stop, Vehicle
from solvers.routing.timing import time_route

NEAREST_VEHICLES = 6
"""Vehicles whose reasons are looked at when many stops are explained at once."""

_RANK = {
    Reason.FITS: 0,
    Reason.TOO_EXPENSIVE: 1,
    Reason.LOCKED: 2,
    Reason.MAX_TRIPS_EXCEEDED: 3,
    Reason.TIME_WINDOW_INFEASIBLE: 4,
    Reason.SHIFT_EXCEEDED: 4,
    Reason.CAPACITY_EXCEEDED: 5,
    Reason.RELEASE_TOO_LATE: 6,
    Reason.NOT_ALLOWED: 7,
    Reason.ON_BOARD_ELSEWHERE: 8,
    Reason.NO_VEHICLE: 9,
}
"""How near a vehicle comes to taking a stop; of equals the smaller size is nearer (the two of rank 4 are in
seconds)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one vehicle does not take the stop, or what it would cost there.

    size: seconds, trips, or units of `dimension`; 0 where there is nothing to measure. stop_id: the other stop that
    would be pushed past its latest time, if that is what stands in the way. extra_cents: for FITS and TOO_EXPENSIVE,
    what the cheapest insertion adds to the route (the prize of the stop not set against it).
    """

    vehicle_id: str
    reason: Reason
    size: int = 0
    dimension: str = ""
    stop_id: str = ""
    extra_cents: int | None = None

    @property
    def detail(self) -> str:
        """One line for a person."""
        if self.extra_cents is not None:
            return f"{self.vehicle_id}: +{self.extra_cents} cents"
        what = f" of {self.dimension}" if self.dimension else ""
        whom = f" at {self.stop_id}" if self.stop_id else ""
        return f"{self.vehicle_id}: {self.reason.value} by {self.size}{what}{whom}"


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Verdict on one stop: the nearest refusal, and those of all vehicles tried."""

    stop_id: str
    reason: Reason
    detail: str
    vehicles: tuple[Refusal, ...]


class LateCause(StrEnum):
    """Why a planned stop is late."""

    NOT_LATE = "NOT_LATE"
    EARLIER_STOPS = "EARLIER_STOPS"
    """Driven to at once it would be on time: the stops before it take too long."""
    RELEASE = "RELEASE"
    """The trip waits for goods; the detail names the stop whose goods are last."""
    PREVIOUS_TRIP = "PREVIOUS_TRIP"
    """The vehicle comes back too late from the trip before."""
    VEHICLE_NOT_READY = "VEHICLE_NOT_READY"
    """The vehicle is not ready earlier: it is under way, down, or its shift has not begun."""


@dataclass(frozen=True, slots=True)
class WhyLate:
    """Lateness of one planned stop and its cause."""

    stop_id: str
    late_s: int
    cause: LateCause
    detail: str


def why_not(
    problem: RoutingProblem, plan: RoutingPlan | Sequences, stop_id: str, vehicle_ids: Sequence[str] | None = None
) -> WhyNot:
    """Try the unplanned stop in every place of every vehicle (or of those given). Raises KeyError for unknown ids."""
    stop = problem.stop(stop_id)
    sequences = sequences_of(plan) if isinstance(plan, RoutingPlan) else plan
    names = [v.vehicle_id for v in problem.vehicles] if vehicle_ids is None else vehicle_ids
    refusals = tuple(_try_vehicle(problem, problem.vehicle(name), stop, sequences.get(name, ())) for name in names)
    if not refusals:
        return WhyNot(stop_id, Reason.NO_VEHICLE, "there is no vehicle", ())
    nearest = min(refusals, key=lambda r: (_RANK[r.reason], r.extra_cents or 0, r.size))
    return WhyNot(stop_id, nearest.reason, nearest.detail, refusals)


def explain_unplanned(problem: RoutingProblem, plan: RoutingPlan) -> RoutingPlan:
    """The same plan, each unplanned stop with a verified reason.

    That a stop fits nowhere is verified on all vehicles by the kernel; the reason is that of the nearest few vehicles.
    """
    if not plan.unplanned:
        return plan
    sequences = sequences_of(plan)
    data = arrays.data_of(problem)
    state = arrays.state_of(data, 0)
    # With no prize to win, nothing is inserted: the state is the plan as it is.
    nothing = data.si.copy()
    nothing[:, layout.PRIZE] = 0
    kernel.repair(data._replace(si=nothing), state, arrays.encode(problem, sequences), 1)
    explained = []
    for unplanned in plan.unplanned:
        fits = kernel.place(data, state, problem.stop_index[unplanned.stop_id], layout.NO, layout.NO)
        names = _nearest_vehicles(problem, sequences, problem.stop(unplanned.stop_id))
        if fits:
            names.insert(0, problem.vehicles[int(state.ins[layout.I_VEHICLE])].vehicle_id)
        why = why_not(problem, sequences, unplanned.stop_id, list(dict.fromkeys(names)))
        explained.append(Unplanned(why.stop_id, why.reason, why.detail))
    return replace(plan, unplanned=tuple(explained))


def why_late(problem: RoutingProblem, plan: RoutingPlan, stop_id: str) -> WhyLate:
    """Why a planned stop is reached after its window's end. Raises KeyError if it is not in the plan."""
    for route in plan.routes:
        for number, trip in enumerate(route.trips):
            if stop_id in trip.stop_ids:
                return _why_late(problem, route, number, problem.stop(stop_id))
    raise KeyError(stop_id)


def _nearest_vehicles(problem: RoutingProblem, sequences: Sequences, stop: Stop) -> list[str]:
    """Vehicles that may take the stop and pass it closest first; if none may, any."""
    able = [v for v in problem.vehicles if _may_serve(v, stop)] or list(problem.vehicles)

    def gap(vehicle: Vehicle) -> tuple[int, str]:
        metres = problem.profiles[vehicle.profile].distance_m
        trips = sequences.get(vehicle.vehicle_id, ())
        places = [vehicle.start, *(problem.stop(s).location for trip in trips for s in trip)]
        return min(int(metres[place, stop.location]) for place in places), vehicle.vehicle_id

    return [vehicle.vehicle_id for vehicle in sorted(able, key=gap)[:NEAREST_VEHICLES]]


def _may_serve(vehicle: Vehicle, stop: Stop) -> bool:
    if stop.on_board is not None:
        return stop.on_board == vehicle.vehicle_id
    return stop.allowed is None or vehicle.vehicle_id in stop.allowed


def _try_vehicle(problem: RoutingProblem, vehicle: Vehicle, stop: Stop, trips: Sequence[Sequence[str]]) -> Refusal:
    name = vehicle.vehicle_id
    if not _may_serve(vehicle, stop):
        elsewhere = stop.on_board is not None
        return Refusal(name, Reason.ON_BOARD_ELSEWHERE if elsewhere else Reason.NOT_ALLOWED)
    if stop.on_board is None:
        for number, dimension in enumerate(problem.dimensions):
            excess = stop.demand[number] - vehicle.capacity[number]
            if excess > 0:
                return Refusal(name, Reason.CAPACITY_EXCEEDED, excess, dimension)
        alone = _refused_even_alone(problem, vehicle, stop)
        if alone is not None:
            return alone
    return _try_places(problem, vehicle, stop, [list(trip) for trip in trips])


def _refused_even_alone(problem: RoutingProblem, vehicle: Vehicle, stop: Stop) -> Refusal | None:
    """The stop as the vehicle's only loaded trip, at once."""
    excess = _alone(problem, vehicle, stop)
    if excess is None:
        return None
    reason, size = excess
    if stop.release_s > vehicle.begin_s and _alone(problem, vehicle, replace(stop, release_s=0)) is None:
        reason = Reason.RELEASE_TOO_LATE
    return Refusal(vehicle.vehicle_id, reason, size)


def _alone(problem: RoutingProblem, vehicle: Vehicle, stop: Stop) -> tuple[Reason, int] | None:
    duration = problem.profiles[vehicle.profile].duration_s
    free_s = vehicle.begin_s
    if vehicle.start != vehicle.depot:
        free_s += int(duration[vehicle.start, vehicle.depot])
    leave_s = max(free_s + vehicle.load_s, stop.release_s)
    start_s = max(leave_s + int(duration[vehicle.depot, stop.location]), stop.window_start_s)
    if start_s > stop.latest_s:
        return Reason.TIME_WINDOW_INFEASIBLE, start_s - stop.latest_s
    end_s = start_s + stop.service_s
    if not vehicle.open_end:
        end_s += int(duration[stop.location, vehicle.depot])
    if end_s > vehicle.shift_end_s:
        return Reason.SHIFT_EXCEEDED, end_s - vehicle.shift_end_s
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """One way to put the stop into the route. open: no lock and no limit of trips forbids it."""

    trips: list[list[str]]
    trip: int
    locked: bool = False
    too_many_trips: bool = False

    @property
    def open(self) -> bool:
        return not (self.locked or self.too_many_trips)


def _places(problem: RoutingProblem, vehicle: Vehicle, stop: Stop, trips: list[list[str]]) -> Iterator[_Place]:
    """Every place, forbidden ones too: what they would give tells what stands in the way."""
    boards = problem.starts_on_board(vehicle)
    if boards and not trips:
        trips = [[]]
    whole = max(0, len(vehicle.locked) - 1)
    numbers = [0] if stop.on_board is not None else range(int(boards), len(trips))
    for number in numbers:
        fixed = len(vehicle.locked[number]) if number < len(vehicle.locked) else 0
        for position in range(len(trips[number]) + 1):
            changed = [list(trip) for trip in trips]
            changed[number].insert(position, stop.stop_id)
            yield _Place(changed, number, locked=number < whole or position < fixed)
    if stop.on_board is None:
        too_many = len(trips) - int(boards) >= vehicle.max_trips
        for number in range(int(boards), len(trips) + 1):
            changed = [*trips[:number], [stop.stop_id], *trips[number:]]
            yield _Place(changed, number, number < len(vehicle.locked), too_many)


def _try_places(problem: RoutingProblem, vehicle: Vehicle, stop: Stop, trips: list[list[str]]) -> Refusal:
    name = vehicle.vehicle_id
    before = route_cost(problem, time_route(problem, name, trips or ([[]] if problem.starts_on_board(vehicle) else [])))
    cheapest: int | None = None
    refusals: list[Refusal] = []
    for place in _places(problem, vehicle, stop, trips):
        route = time_route(problem, name, place.trips)
        refusal = _first_broken_rule(problem, vehicle, route, place)
        if refusal is not None:
            if place.open:
                refusals.append(refusal)
        elif place.locked:
            refusals.append(Refusal(name, Reason.LOCKED))
        elif place.too_many_trips:
            refusals.append(Refusal(name, Reason.MAX_TRIPS_EXCEEDED, 1))
        else:
            extra = route_cost(problem, route).total - before.total
            cheapest = extra if cheapest is None else min(cheapest, extra)
    if cheapest is not None:
        reason = Reason.FITS if cheapest < stop.prize_cents * TICKS_PER_CENT else Reason.TOO_EXPENSIVE
        return Refusal(name, reason, extra_cents=-(-cheapest // TICKS_PER_CENT))
    if not refusals:
        return Refusal(name, Reason.MAX_TRIPS_EXCEEDED, 1)
    return min(refusals, key=lambda r: (_RANK[r.reason], r.size))


def _first_broken_rule(problem: RoutingProblem, vehicle: Vehicle, route: Route, place: _Place) -> Refusal | None:
    """What the changed route breaks, if anything: load of the changed trip, then the times of all."""
    name = vehicle.vehicle_id
    trip = route.trips[place.trip]
    if not trip.on_board:
        for number, dimension in enumerate(problem.dimensions):
            excess = sum(problem.stop(s).demand[number] for s in trip.stop_ids) - vehicle.capacity[number]
            if excess > 0:
                return Refusal(name, Reason.CAPACITY_EXCEEDED, excess, dimension)
    for visit in (visit for trip in route.trips for visit in trip.visits):
        over_s = visit.start_s - problem.stop(visit.stop_id).latest_s
        if over_s > 0:
            return Refusal(name, Reason.TIME_WINDOW_INFEASIBLE, over_s, stop_id=visit.stop_id)
    over_s = max(trip.end_s for trip in route.trips if trip.visits) - vehicle.shift_end_s
    return Refusal(name, Reason.SHIFT_EXCEEDED, over_s) if over_s > 0 else None


def _why_late(problem: RoutingProblem, route: Route, number: int, stop: Stop) -> WhyLate:
    trip, vehicle = route.trips[number], problem.vehicle(route.vehicle_id)
    late_s = next(visit.late_s for visit in trip.visits if visit.stop_id == stop.stop_id)
    if late_s == 0:
        return WhyLate(stop.stop_id, 0, LateCause.NOT_LATE, "")
    origin = vehicle.start if trip.on_board else vehicle.depot
    direct_s = trip.depart_s + int(problem.profiles[vehicle.profile].duration_s[origin, stop.location])
    if direct_s <= stop.window_end_s:
        earlier = trip.stop_ids[: trip.stop_ids.index(stop.stop_id)]
        return WhyLate(stop.stop_id, late_s, LateCause.EARLIER_STOPS, f"after {', '.join(earlier)}")
    return WhyLate(stop.stop_id, late_s, *_why_leaving_late(problem, route, number, vehicle, trip))


def _why_leaving_late(
    problem: RoutingProblem, route: Route, number: int, vehicle: Vehicle, trip: Trip
) -> tuple[LateCause, str]:
    if not trip.on_board:
        last = max((problem.stop(s) for s in trip.stop_ids), key=lambda s: s.release_s)
        free_s = route.trips[number - 1].end_s if number > 0 else vehicle.begin_s
        if last.release_s > free_s + vehicle.load_s:
            return LateCause.RELEASE, f"goods of {last.stop_id} are ready at {last.release_s}"
        if number > 0:
            return LateCause.PREVIOUS_TRIP, f"{vehicle.vehicle_id} is back at {free_s}"
    return LateCause.VEHICLE_NOT_READY, f"{vehicle.vehicle_id} is ready at {vehicle.begin_s}"
