"""Exact times of given sequences: the one way in which Muster sets a route's times.

Promises: for any sequences, possible or not, the earliest times of every trip, rests where they are needed, and then
each trip's departure as late as it may be. It judges nothing: late, overfull or forbidden routes are timed like any
other; `check` judges. Called by the search for its final plan, by explanations, by planning and by tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solvers.errors import require
from solvers.routing.plan import Reason, Route, RoutingPlan, Sequences, Unplanned
from solvers.routing.problem import RoutingProblem
from solvers.routing.timing_plain import covers, time_plain
from solvers.routing.timing_rich import time_rich


def time_route(problem: RoutingProblem, vehicle_id: str, trips: Sequence[Sequence[str]]) -> Route:
    """Times of one vehicle's trips.

    Loaded trips without stops are left out; an on-board trip never is. A loaded trip leaves the depot at the earliest
    after the one before plus `load_s`, and not before the release of any of its stops; then as late as possible without
    ending later and without making any stop late (forward time slack, Savelsbergh 1992), or further, see
    `RoutingProblem.depart_margin_s`. On-board trips leave at once. Where breaks or driving times ask for rests, they
    are put so that the route breaks as little as it can, and then ends as early as it can; driving times are always
    kept. With speed bands, rests are not placed to sit out slow traffic: the end is then not always the earliest.
    Departures are moved with the rests where they are in the sequence. Raises KeyError for unknown ids.
    """
    vehicle = problem.vehicle(vehicle_id)
    stops = [[problem.stop(stop_id) for stop_id in trip] for trip in trips]
    if covers(problem, vehicle, stops):
        return time_plain(problem, vehicle, stops)
    return time_rich(problem, vehicle, stops)


def plan_of(
    problem: RoutingProblem, sequences: Sequences, unplanned: Mapping[str, Reason] | None = None
) -> RoutingPlan:
    """The timed plan of bare sequences; stops in no sequence are unplanned, by `unplanned`'s reason if it has one.

    Raises InvalidProblem for a vehicle, KeyError for a stop, that the problem does not have.
    """
    for vehicle_id in sequences:
        require(vehicle_id in problem.vehicle_index, "sequences", vehicle_id, "no such vehicle")
    routes = []
    planned: set[str] = set()
    for vehicle in problem.vehicles:
        trips = sequences.get(vehicle.vehicle_id, ())
        if not trips and problem.starts_on_board(vehicle):
            trips = ((),)
        route = time_route(problem, vehicle.vehicle_id, trips)
        if route.trips:
            routes.append(route)
            planned.update(route.stop_ids)
    reasons = unplanned or {}
    unknown = Reason.UNEXPLAINED if problem.vehicles else Reason.NO_VEHICLE
    left = (s.stop_id for s in problem.stops if s.stop_id not in planned)
    missing = tuple(Unplanned(stop_id, reasons.get(stop_id, unknown)) for stop_id in left)
    return RoutingPlan(tuple(routes), missing)
