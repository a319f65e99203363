"""Why a planned stop is late: the first thing on its way that takes too long.

Promises: the cause named is one without which the stop would be on time, or earlier. Called by `hand_made`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from solvers.routing.plan import Route, RoutingPlan, Trip
from solvers.routing.problem import RoutingProblem, Stop, Vehicle


class LateCause(StrEnum):
    """Why a planned stop is late."""

    NOT_LATE = "NOT_LATE"
    EARLIER_STOPS = "EARLIER_STOPS"
    """Driven to at once it would be on time: the stops before it take too long."""
    RELEASE = "RELEASE"
    """The trip waits for goods; the detail names the stop whose goods are last."""
    PREVIOUS_TRIP = "PREVIOUS_TRIP"
    """The vehicle comes back too late from the trip before."""
    RESTS = "RESTS"
    """Without the driver's rests on the way it would be on time."""
    VEHICLE_NOT_READY = "VEHICLE_NOT_READY"
    """The vehicle is not ready earlier: it is under way, down, or its shift has not begun."""


@dataclass(frozen=True, slots=True)
class WhyLate:
    """Lateness of one planned stop and its cause."""

    stop_id: str
    late_s: int
    cause: LateCause
    detail: str


def why_late(problem: RoutingProblem, plan: RoutingPlan, stop_id: str) -> WhyLate:
    """Why a planned stop is reached after its window's end. Raises KeyError if it is not in the plan."""
    for route in plan.routes:
        for number, trip in enumerate(route.trips):
            if stop_id in trip.stop_ids:
                return _why_late(problem, route, number, problem.stop(stop_id))
    raise KeyError(stop_id)


def _why_late(problem: RoutingProblem, route: Route, number: int, stop: Stop) -> WhyLate:
    trip, vehicle = route.trips[number], problem.vehicle(route.vehicle_id)
    visit = next(visit for visit in trip.visits if visit.stop_id == stop.stop_id)
    late_s = visit.late_s
    if late_s == 0:
        return WhyLate(stop.stop_id, 0, LateCause.NOT_LATE, "")
    rested_s = sum(r.end_s - r.start_s for r in route.rests if trip.depart_s <= r.start_s < visit.start_s)
    if rested_s >= late_s:
        return WhyLate(stop.stop_id, late_s, LateCause.RESTS, f"{vehicle.vehicle_id} rests {rested_s} s before it")
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
