"""From a routing plan back to routes of the domain.

Promises: times are the plan's, lateness counts against the customer's window, the cost of a route is the checker's
without the price of change, which nobody pays. Called by `route`, `rebase` and `improver` through `route.take`.
"""

from __future__ import annotations

from dataclasses import replace

from orchestrator.domain.duty import Rest
from orchestrator.domain.plan import PlannedStop, Trip, VehicleRoute
from orchestrator.planning.routing_problem import RouteJob
from orchestrator.planning.vehicle_cut import Cut
from orchestrator.planning.working import Working
from solvers.routing.check import Cost, route_cost
from solvers.routing.plan import Route, RoutingPlan
from solvers.routing.plan import Trip as PlanTrip
from solvers.routing.problem import TICKS_PER_CENT


def routes_of(work: Working, job: RouteJob, plan: RoutingPlan) -> dict[str, VehicleRoute | None]:
    """The plan as routes of the domain, priced by the checker; None for a vehicle with nothing to do."""
    found = {route.vehicle_id: route for route in plan.routes}
    return {key: _route(work, job, cut, found.get(key)) for key, cut in job.cuts.items()}


def _route(work: Working, job: RouteJob, cut: Cut, route: Route | None) -> VehicleRoute | None:
    if route is None or not (route.trips or cut.under_way):
        return None
    cost = route_cost(job.whole, route)
    if job.ahead:
        route = replace(route, trips=tuple(_loaded_ahead(job, trip) for trip in route.trips))
    if cut.route is not None and cut.route.cost_cents == _cents(cost) and _same(cut, cut.route, route):
        return cut.route
    trips = tuple(_trip(work, cut, trip) for trip in route.trips)
    rests = (*cut.duty.rests, *(Rest(start_s=rest.start_s, end_s=rest.end_s) for rest in route.rests))
    return VehicleRoute(
        vehicle_id=route.vehicle_id,
        trips=trips,
        distance_m=sum(trip.distance_m for trip in route.trips),
        cost_cents=_cents(cost),
        rests=rests,
    )


def _loaded_ahead(job: RouteJob, trip: PlanTrip) -> PlanTrip:
    """The trip with an earlier loading where a dock is free then only."""
    if trip.on_board or not trip.visits:
        return trip
    return replace(trip, load_s=job.ahead.get(trip.visits[0].stop_id, trip.load_s))


def _same(cut: Cut, held: VehicleRoute, route: Route) -> bool:
    """Whether the route is to the second what it was: then the old one is as good, and costs nothing to write out."""
    if cut.under_way or len(held.trips) != len(route.trips) or held.rests or route.rests:
        return False
    return all(_same_trip(old, new) for old, new in zip(held.trips, route.trips, strict=True))


def _same_trip(held: Trip, trip: PlanTrip) -> bool:
    if (held.load_start_s, held.return_s) != (trip.load_s, trip.end_s) or len(held.stops) != len(trip.visits):
        return False
    return all(
        stop.order_id == visit.stop_id and stop.arrive_s == visit.arrive_s and stop.start_s == visit.start_s
        for stop, visit in zip(held.stops, trip.visits, strict=True)
    )


def _cents(cost: Cost) -> int:
    """Driving, time, vehicle and lateness; the price of change is no money that anybody pays."""
    return (cost.total - cost.change - cost.unplanned + TICKS_PER_CENT // 2) // TICKS_PER_CENT


def _trip(work: Working, cut: Cut, trip: PlanTrip) -> Trip:
    stops = tuple(_planned_stop(work, v.stop_id, v.arrive_s, v.start_s, v.depart_s) for v in trip.visits)
    if not trip.on_board:
        return Trip(load_start_s=trip.load_s, depart_s=trip.depart_s, return_s=trip.end_s, stops=stops)
    before = cut.route.trips[0] if cut.route is not None and cut.route.trips and cut.route.trips[0].loaded else None
    left_s = before.depart_s if before is not None else min(cut.live.since_s, trip.depart_s)
    load_s = before.load_start_s if before is not None else left_s
    if cut.committed is not None:
        stops = (cut.committed, *stops)
    return Trip(load_start_s=load_s, depart_s=left_s, return_s=trip.end_s, stops=stops, loaded=True)


def _planned_stop(work: Working, order_id: str, arrive_s: int, start_s: int, depart_s: int) -> PlannedStop:
    late_s = max(0, arrive_s - work.state.orders[order_id].window_end_s)
    return PlannedStop(order_id=order_id, arrive_s=arrive_s, start_s=start_s, depart_s=depart_s, late_s=late_s)
