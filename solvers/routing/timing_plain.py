"""Times of routes without rests, speed bands, closed spans, setup and overtime: plain formulas, a few microseconds.

Promises: the same times as the simulation of `rich`, and `RoutingProblem.depart_margin_s` besides. Called by `timing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solvers.routing.parts import IntMatrix, Stop, Vehicle
from solvers.routing.plan import Route, Trip, Visit
from solvers.routing.problem import RoutingProblem, plain_vehicle


@dataclass(slots=True)
class _Leg:
    """A trip in the making. `wait_s` is what it waits at its stops when it leaves at `leave_s`."""

    stops: list[Stop]
    origin: int
    end_location: int | None
    leave_s: int
    load_s: int
    starts_s: list[int]
    wait_s: int
    room_s: int
    """How much later it may leave before a stop becomes late, or later than it is."""
    room_with_margin_s: int
    end_s: int
    on_board: bool


def covers(problem: RoutingProblem, vehicle: Vehicle, trips: Sequence[Sequence[Stop]]) -> bool:
    """Whether these formulas know every rule on the route's times."""
    return (
        plain_vehicle(vehicle)
        and not problem.profiles[vehicle.profile].bands
        and not any(stop.setup_s or stop.closed_s for trip in trips for stop in trip)
    )


def time_plain(problem: RoutingProblem, vehicle: Vehicle, trips: Sequence[list[Stop]]) -> Route:
    """Times of a route that `covers` says yes to, see `timing.time_route`."""
    legs = _earliest(problem, vehicle, trips)
    done: list[Trip] = []
    cap_s = vehicle.shift_end_s
    for leg in reversed(legs):
        trip = _settle(problem, vehicle, leg, cap_s)
        done.append(trip)
        cap_s = trip.load_s
    return Route(vehicle.vehicle_id, tuple(reversed(done)))


def _earliest(problem: RoutingProblem, vehicle: Vehicle, trips: Sequence[list[Stop]]) -> list[_Leg]:
    duration = problem.profiles[vehicle.profile].duration_s
    on_board = problem.starts_on_board(vehicle)
    kept = [(number, stops) for number, stops in enumerate(trips) if stops or (number == 0 and on_board)]
    margin_s = problem.depart_margin_s or 0
    free_s = vehicle.begin_s
    legs: list[_Leg] = []
    for number, stops in kept:
        boarded = on_board and number == 0
        last = number == kept[-1][0]
        leave_s = free_s
        if not boarded:
            leave_s = max(free_s + vehicle.load_s, max(stop.release_s for stop in stops))
        origin = vehicle.start if boarded else vehicle.depot
        end_location = None if vehicle.open_end and last else vehicle.depot
        load_s = 0 if boarded else vehicle.load_s
        leg = _forward(duration, stops, origin, end_location, leave_s, load_s, margin_s, boarded)
        legs.append(leg)
        free_s = leg.end_s
    return legs


def _forward(
    duration: IntMatrix,
    stops: list[Stop],
    origin: int,
    end_location: int | None,
    leave_s: int,
    load_s: int,
    margin_s: int,
    boarded: bool,
) -> _Leg:
    at, now_s, wait_s = origin, leave_s, 0
    starts: list[int] = []
    room_s = room_with_margin_s = 2**62
    for stop in stops:
        arrive_s = now_s + duration.item(at, stop.location)
        start_s = max(arrive_s, stop.window_start_s)
        wait_s += start_s - arrive_s
        slack_s = stop.window_end_s - start_s
        room_s = min(room_s, wait_s + max(0, slack_s))
        room_with_margin_s = min(room_with_margin_s, wait_s + max(0, slack_s - margin_s))
        starts.append(start_s)
        at, now_s = stop.location, start_s + stop.service_s
    end_s = now_s if end_location is None else now_s + duration.item(at, end_location)
    return _Leg(
        stops, origin, end_location, leave_s, load_s, starts, wait_s, room_s, room_with_margin_s, end_s, boarded
    )


def _settle(problem: RoutingProblem, vehicle: Vehicle, leg: _Leg, cap_s: int) -> Trip:
    """Put the departure as late as it may be, given that the trip must be over by `cap_s`."""
    profile = problem.profiles[vehicle.profile]
    shift_s = latest_s = 0
    if not leg.on_board:
        shift_s = min(leg.wait_s, leg.room_s)
        idle_s = leg.wait_s + cap_s - leg.end_s
        latest_s = max(shift_s, min(leg.room_s, idle_s))
        if problem.depart_margin_s is not None:
            shift_s = max(shift_s, min(leg.room_with_margin_s, idle_s - problem.depart_margin_s))
    depart_s = leg.leave_s + shift_s
    duration, distance = profile.duration_s, profile.distance_m
    at, now_s, distance_m = leg.origin, depart_s, 0
    visits: list[Visit] = []
    for stop in leg.stops:
        arrive_s = now_s + duration.item(at, stop.location)
        distance_m += distance.item(at, stop.location)
        start_s = max(arrive_s, stop.window_start_s)
        at, now_s = stop.location, start_s + stop.service_s
        visits.append(Visit(stop.stop_id, arrive_s, start_s, now_s, max(0, start_s - stop.window_end_s)))
    if leg.end_location is not None:
        now_s += duration.item(at, leg.end_location)
        distance_m += distance.item(at, leg.end_location)
    return Trip(tuple(visits), depart_s - leg.load_s, depart_s, now_s, distance_m, leg.on_board, leg.leave_s + latest_s)
