"""What a plan costs, part by part, by the times and distances it states.

Promises: exact ticks; works on any plan, whatever it breaks. Called by `check`, and through it by everybody who
prices a route.
"""

from __future__ import annotations

from dataclasses import dataclass

from solvers.routing.plan import Route, RoutingPlan, Trip
from solvers.routing.problem import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    RoutingProblem,
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost by part, in ticks (`problem.TICKS_PER_CENT`). change: of vehicles and of predecessors. unplanned: prizes."""

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


def route_cost(problem: RoutingProblem, route: Route) -> Cost:
    """What one route costs, in ticks, by its stated times. Unknown stops cost nothing, an unknown vehicle is a
    KeyError.
    """
    vehicle = problem.vehicle(route.vehicle_id)
    distance_m = sum(trip.distance_m for trip in route.trips)
    paid_s = sum(trip.end_s - trip.load_s for trip in route.trips)
    over_s = 0
    if vehicle.overtime_cents_per_hour:
        over_s = sum(max(0, trip.end_s - max(trip.load_s, vehicle.overtime_from_s)) for trip in route.trips)
    lateness = change_cents = 0
    served = False
    for trip in route.trips:
        served = served or any(visit.stop_id in problem.stop_index for visit in trip.visits)
        lateness += _lateness(problem, trip)
        change_cents += _change_cents(problem, route.vehicle_id, trip)
    return Cost(
        distance=distance_m * vehicle.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM,
        time=paid_s * vehicle.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR,
        fixed=vehicle.fixed_cents * TICKS_PER_CENT if served else 0,
        lateness=lateness,
        change=change_cents * TICKS_PER_CENT,
        overtime=over_s * vehicle.overtime_cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    )


def unplanned_cost(problem: RoutingProblem, plan: RoutingPlan) -> Cost:
    """The prizes of all stops that are in no route; of options without a planned one, the largest."""
    planned = {stop_id for route in plan.routes for stop_id in route.stop_ids}
    cents = sum(s.prize_cents for s in problem.stops if s.stop_id not in planned and not s.option_of)
    for stop_ids in problem.options.values():
        if planned.isdisjoint(stop_ids):
            cents += max(problem.stop(stop_id).prize_cents for stop_id in stop_ids)
    return Cost(unplanned=cents * TICKS_PER_CENT)


def _lateness(problem: RoutingProblem, trip: Trip) -> int:
    ticks = 0
    for visit in trip.visits:
        number = problem.stop_index.get(visit.stop_id)
        if number is not None and visit.start_s > problem.stops[number].window_end_s:
            stop = problem.stops[number]
            late_s = visit.start_s - stop.window_end_s
            ticks += late_s * stop.late_cents_per_min * TICKS_PER_SECOND_AND_CENT_PER_MIN
    return ticks


def _change_cents(problem: RoutingProblem, vehicle_id: str, trip: Trip) -> int:
    """Prices of another vehicle, and of another predecessor in the trip ("" before the first)."""
    cents = 0
    before = ""
    for visit in trip.visits:
        number = problem.stop_index.get(visit.stop_id)
        if number is not None:
            stop = problem.stops[number]
            if stop.incumbent is not None and stop.incumbent != vehicle_id:
                cents += stop.change_cents
            if stop.incumbent_after is not None and stop.incumbent_after != before:
                cents += stop.resequence_cents
        before = visit.stop_id
    return cents
