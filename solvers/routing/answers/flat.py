"""A plan as flat arrays, for prices of insertions: stops in the order in which they are driven to.

Promises: what `quote_kernel` reads, made once a revision of the plan in a few milliseconds. Holds no matrix: the legs
of the plan are in its rows, those of an asked stop come with the question. Called by `quote`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from solvers.routing.answers.places import Trips
from solvers.routing.layout import I32, I64
from solvers.routing.problem import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    RoutingProblem,
    Stop,
    Vehicle,
)

# Flat.stops, one row a planned stop; also the row of an asked stop. ID: number of the stop. AFTER: ID of the stop that
# came before it in the plan in force, or FIRST or NEVER; RESEQ: price of another one. LEG_S, LEG_M: from where it
# comes.
LOC, WS, WE, LATEST, SVC, REL, LATE, ID, AFTER, RESEQ, LEG_S, LEG_M = range(12)
# Flat.trips. BACK_S, BACK_M: from the last stop (without one: from the origin) to the depot. END, COST: as planned.
HEAD, COUNT, ORIGIN, BOARDED, RELMAX, BACK_S, BACK_M, END, COST = range(9)
# Flat.vehicles. TRIP0: its first trip. BROKEN: a hard rule of times or loads is broken already.
PROF, DEPOT, BEGIN, SHIFT, LOAD, FIXED, KM, HOUR, OPEN, TRIP0, TRIPS, STOPS, BROKEN = range(13)
# Flat.places: position AT in trip number TRIP of the vehicle; AT = OPENS: a new trip with that number.
VEHICLE, TRIP, AT, ON_BOARD = range(4)

FIRST: Final = -1
NEVER: Final = -2
OPENS: Final = -1
ROW_COLUMNS: Final = 12


class Flat(NamedTuple):
    """The plan. dem, load, cap: [planned stop | trip | vehicle, dimension]; load is what the trip leaves with."""

    stops: I64
    trips: I64
    load: I64
    vehicles: I64
    cap: I64
    places: I64


class Asked(NamedTuple):
    """The stop in question. row: as in Flat.stops. own: what each vehicle adds by being another than the one in force;
    -1: it may not. into_*, out_*: [profile, location], legs from there to the stop and from the stop to there."""

    row: I64
    demand: I64
    own: I64
    boarded: int
    into_s: I32
    into_m: I32
    out_s: I32
    out_m: I32


class Numbers:
    """A number for every stop id: those of the problem first, then those that are only mentioned."""

    def __init__(self, problem: RoutingProblem) -> None:
        self._known = dict(problem.stop_index)
        for stop in problem.stops:
            if stop.incumbent_after:
                self._known.setdefault(stop.incumbent_after, len(self._known))

    def of(self, stop_id: str) -> int:
        """The stop's number; all that nobody ever mentioned share one."""
        return self._known.get(stop_id, len(self._known))

    def after(self, stop: Stop) -> int:
        """Code of the stop's predecessor in the plan in force."""
        if stop.incumbent_after is None or stop.resequence_cents == 0:
            return NEVER
        return self.of(stop.incumbent_after) if stop.incumbent_after else FIRST


def row_of(stop: Stop, numbers: Numbers, leg_s: int = 0, leg_m: int = 0) -> tuple[int, ...]:
    """One row of Flat.stops."""
    return (
        stop.location,
        stop.window_start_s,
        stop.window_end_s,
        stop.latest_s,
        stop.service_s,
        stop.release_s,
        stop.late_cents_per_min * TICKS_PER_SECOND_AND_CENT_PER_MIN,
        numbers.of(stop.stop_id),
        numbers.after(stop),
        stop.resequence_cents * TICKS_PER_CENT,
        leg_s,
        leg_m,
    )


def flatten(problem: RoutingProblem, routes: Mapping[str, Trips], numbers: Numbers) -> Flat:
    """The arrays of a plan; END, COST and BROKEN are still to be worked out."""
    dimensions = len(problem.dimensions)
    stops: list[tuple[int, ...]] = []
    trips: list[tuple[int, ...]] = []
    load: list[tuple[int, ...]] = []
    vehicles: list[tuple[int, ...]] = []
    places: list[tuple[int, ...]] = []
    for number, vehicle in enumerate(problem.vehicles):
        driven = routes[vehicle.vehicle_id]
        before, first = len(trips), len(stops)
        boards = problem.starts_on_board(vehicle)
        for k, trip in enumerate(driven):
            members = [problem.stop(stop_id) for stop_id in trip]
            trips.append(_trip_row(problem, vehicle, members, boards and k == 0, len(stops)))
            load.append(tuple(sum(s.demand[d] for s in members) for d in range(dimensions)))
            stops.extend(_stop_rows(problem, vehicle, members, trips[-1][ORIGIN], numbers))
        sound = _sound(problem, vehicle, driven)
        vehicles.append(_vehicle_row(vehicle, before, len(driven), len(stops) - first, not sound))
        places.extend((number, *place) for place in _free_places(vehicle, driven, boards))
    return Flat(
        _array(stops, ROW_COLUMNS),
        _array(trips, 9),
        _array(load, dimensions),
        _array(vehicles, 13),
        _array([v.capacity for v in problem.vehicles], dimensions),
        _array(places, 4),
    )


def _array(rows: Sequence[tuple[int, ...]], columns: int) -> I64:
    return np.array(rows, np.int64).reshape(len(rows), columns)


def _trip_row(
    problem: RoutingProblem, vehicle: Vehicle, members: list[Stop], boarded: bool, head: int
) -> tuple[int, ...]:
    profile = problem.profiles[vehicle.profile]
    origin = vehicle.start if boarded else vehicle.depot
    last = members[-1].location if members else origin
    back_s, back_m = profile.duration_s.item(last, vehicle.depot), profile.distance_m.item(last, vehicle.depot)
    release_s = max((s.release_s for s in members), default=0)
    return head, len(members), origin, int(boarded), release_s, back_s, back_m, 0, 0


def _stop_rows(
    problem: RoutingProblem, vehicle: Vehicle, members: list[Stop], origin: int, numbers: Numbers
) -> Iterator[tuple[int, ...]]:
    profile, at = problem.profiles[vehicle.profile], origin
    for stop in members:
        to = stop.location
        yield row_of(stop, numbers, profile.duration_s.item(at, to), profile.distance_m.item(at, to))
        at = to


def _vehicle_row(vehicle: Vehicle, trip0: int, trips: int, stops: int, broken: bool) -> tuple[int, ...]:
    return (
        vehicle.profile,
        vehicle.depot,
        vehicle.begin_s,
        vehicle.shift_end_s,
        vehicle.load_s,
        vehicle.fixed_cents * TICKS_PER_CENT,
        vehicle.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM,
        vehicle.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR,
        int(vehicle.open_end),
        trip0,
        trips,
        stops,
        int(broken),
    )


def _sound(problem: RoutingProblem, vehicle: Vehicle, driven: Trips) -> bool:
    """Whether membership, locks and the number of trips are as they must be."""
    boards = problem.starts_on_board(vehicle)
    for number, trip in enumerate(driven):
        carrier = vehicle.vehicle_id if boards and number == 0 else None
        members = [problem.stop(stop_id) for stop_id in trip]
        if any(s.on_board != carrier or not problem.may_serve(vehicle, s) for s in members):
            return False
    for number, locked in enumerate(vehicle.locked):
        trip = driven[number] if number < len(driven) else ()
        if trip[: len(locked)] != locked or (number < len(vehicle.locked) - 1 and len(trip) != len(locked)):
            return False
    return len(driven) - int(boards) <= vehicle.max_trips


def _free_places(vehicle: Vehicle, driven: Sequence[Sequence[str]], boards: bool) -> Iterator[tuple[int, int, int]]:
    """(trip, position or OPENS, on board) of every place that no lock and no limit of trips forbids."""
    whole = max(0, len(vehicle.locked) - 1)
    for number in range(whole, len(driven)):
        fixed = len(vehicle.locked[number]) if number < len(vehicle.locked) else 0
        for position in range(fixed, len(driven[number]) + 1):
            yield number, position, int(boards and number == 0)
    if len(driven) - int(boards) < vehicle.max_trips:
        for number in range(max(int(boards), len(vehicle.locked)), len(driven) + 1):
            yield number, OPENS, 0
