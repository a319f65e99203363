"""A world in which vehicles drive along the plan in force, orders appear, and time passes.

The state cut is made as time passes: executed stops are gone, a vehicle's start is where its committed work ends (the
stop it drives to or serves), what it has loaded is pinned to it. Work per event concerns the vehicles that did
something, and the part of the fleet that is asked for. Deterministic.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from solvers.routing.freeze import Prices, price_changes
from solvers.routing.plan import Route, RoutingPlan, Trip, Visit
from solvers.routing.problem import Profile, RoutingProblem, Stop, Vehicle
from tests.bench.routing_dynamic.neighbourhood import Surroundings, travel_of


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some vehicles and their stops as a problem, with the plan in force of them."""

    problem: RoutingProblem
    start: RoutingPlan


@dataclass(slots=True)
class Done:
    """What has happened for good. distance_m: driven or committed to."""

    distance_m: int = 0
    served: dict[str, str] = field(default_factory=dict)
    lost: dict[str, None] = field(default_factory=dict)


class World:
    """Open orders, the fleet at the end of its committed work, and the plan in force."""

    def __init__(self, problem: RoutingProblem) -> None:
        """The fleet and the travel times are those of `problem`; no order is known yet."""
        self.profiles: tuple[Profile, ...] = problem.profiles
        self.bare = replace(problem, stops=(), vehicles=())
        self.now_s = 0
        self.orders: dict[str, Stop] = {}
        self.fleet: dict[str, Vehicle] = {v.vehicle_id: v for v in problem.vehicles}
        self.routes: dict[str, Route] = {}
        self.unplanned: dict[str, None] = {}
        self.done = Done()
        self.prices: Prices | None = None
        self.around = Surroundings(travel_of(self.profiles[0]))
        self._due: list[tuple[int, str]] = []
        for vehicle in problem.vehicles:
            self.around.put(vehicle, None, self.orders.__getitem__)

    def cancel(self, stop_id: str) -> None:
        """The order is not wanted any more. The times of its route are old until the next plan is published."""
        del self.orders[stop_id]
        self.unplanned.pop(stop_id, None)
        for name, route in list(self.routes.items()):
            if stop_id in route.stop_ids:
                self._replace_route(name, tuple(_without(trip, stop_id) for trip in route.trips))

    def _replace_route(self, name: str, trips: tuple[Trip, ...]) -> None:
        kept = tuple(trip for trip in trips if trip.visits or trip.on_board)
        self.routes.pop(name)
        if kept:
            self.routes[name] = Route(name, kept)

    def reveal(self, stops: Iterable[Stop]) -> None:
        """These orders are known from now on."""
        for stop in stops:
            self.orders[stop.stop_id] = stop
            self.unplanned[stop.stop_id] = None

    def advance(self, now_s: int) -> None:
        """Let the vehicles drive until `now_s`, and give up unplanned orders that nobody can serve in time any more."""
        self.now_s = now_s
        while self._due and self._due[0][0] <= now_s:
            due_s, name = heapq.heappop(self._due)
            route = self.routes.get(name)
            if route is not None and _next_s(route) == due_s:
                self._drive(name, route)
        for stop_id in [s for s in self.unplanned if self.orders[s].latest_s < now_s]:
            del self.unplanned[stop_id], self.orders[stop_id]
            self.done.lost[stop_id] = None

    def part(self, vehicle_ids: Iterable[str], wanted: Collection[str]) -> Part:
        """These vehicles with what they have, and orders that need a place."""
        names = list(vehicle_ids)
        routes = tuple(self.routes[name] for name in names if name in self.routes)
        held = [stop_id for route in routes for stop_id in route.stop_ids]
        problem = replace(
            self.bare,
            stops=tuple(self.orders[stop_id] for stop_id in dict.fromkeys((*held, *wanted))),
            vehicles=tuple(self.vehicle(name) for name in names),
        )
        start = RoutingPlan(tuple(filter(None, (_as_it_begins(problem, route) for route in routes))))
        if self.prices is not None:
            problem = price_changes(problem, start, self.now_s, self.prices)
        return Part(problem, start)

    def whole(self) -> Part:
        """The whole fleet and all open orders."""
        return self.part(self.fleet, self.unplanned)

    def vehicle(self, name: str) -> Vehicle:
        """The vehicle at the end of its committed work; one that stands still cannot begin before now."""
        vehicle = self.fleet[name]
        if vehicle.ready_s < self.now_s and not self._is_going(name, vehicle):
            return replace(vehicle, ready_s=self.now_s)
        return vehicle

    def _is_going(self, name: str, vehicle: Vehicle) -> bool:
        """Whether it is on a trip; with nothing left to do on it, it goes home, or stays where it is (open end)."""
        route = self.routes.get(name)
        if route is None or not route.trips[0].on_board:
            return False
        return bool(route.trips[0].visits) or len(route.trips) > 1 or not vehicle.open_end

    def publish(self, part: Part, plan: RoutingPlan) -> None:
        """The plan of the part is in force from now on."""
        for vehicle in part.problem.vehicles:
            self._set_route(vehicle.vehicle_id, plan.route(vehicle.vehicle_id))
        left = {u.stop_id for u in plan.unplanned}
        for stop in part.problem.stops:
            if stop.stop_id in left:
                self.unplanned[stop.stop_id] = None
            else:
                self.unplanned.pop(stop.stop_id, None)

    def plan(self) -> RoutingPlan:
        """The plan in force of the whole fleet, without what is unplanned."""
        return RoutingPlan(tuple(self.routes[name] for name in self.fleet if name in self.routes))

    def planned_m(self) -> int:
        """Metres of the plan in force that are not committed yet."""
        return sum(trip.distance_m for route in self.routes.values() for trip in route.trips)

    def _set_route(self, name: str, route: Route | None) -> None:
        if route is None:
            self.routes.pop(name, None)
        else:
            self.routes[name] = route
            heapq.heappush(self._due, (_next_s(route), name))
        self.around.put(self.fleet[name], route, self.orders.__getitem__)

    def _drive(self, name: str, route: Route) -> None:
        """Commit what the vehicle has begun by now."""
        trips = list(route.trips)
        while trips and _next_s(Route(name, tuple(trips))) <= self.now_s:
            trip = trips.pop(0)
            if not trip.on_board:
                trip = self._load(name, trip)
            if trip.visits:
                trips.insert(0, self._leave_for_next(name, trip))
            else:
                self._come_back(name, trip, bool(trips))
        self._set_route(name, Route(name, tuple(trips)) if trips else None)

    def _come_back(self, name: str, trip: Trip, more: bool) -> None:
        """The trip is over: the vehicle is at its depot, or (open end) stays; goods it could not deliver come back."""
        self.done.distance_m += trip.distance_m
        vehicle = self.fleet[name]
        place = vehicle.start if vehicle.open_end and not more else vehicle.depot
        self.fleet[name] = replace(vehicle, start=place, ready_s=trip.end_s)
        for stop_id in self.unplanned:
            if self.orders[stop_id].on_board == name:
                self.orders[stop_id] = replace(self.orders[stop_id], on_board=None)

    def _load(self, name: str, trip: Trip) -> Trip:
        """The goods of the trip are on board from now on."""
        for visit in trip.visits:
            self.orders[visit.stop_id] = replace(self.orders[visit.stop_id], on_board=name)
        vehicle = self.fleet[name]
        self.fleet[name] = replace(vehicle, max_trips=vehicle.max_trips - 1, fixed_cents=0)
        return trip

    def _leave_for_next(self, name: str, trip: Trip) -> Trip:
        """The next stop is committed: it is served as planned, and the vehicle is free there afterwards."""
        visit, vehicle = trip.visits[0], self.fleet[name]
        stop = self.orders.pop(visit.stop_id)
        _must_be_in_time(stop, visit)
        leg_m = int(self.profiles[vehicle.profile].distance_m[vehicle.start, stop.location])
        self.done.distance_m += leg_m
        self.done.served[visit.stop_id] = name
        self.fleet[name] = replace(vehicle, start=stop.location, ready_s=visit.depart_s)
        return Trip(
            trip.visits[1:],
            visit.depart_s,
            visit.depart_s,
            trip.end_s,
            trip.distance_m - leg_m,
            True,
            visit.depart_s,
        )


def _as_it_begins(problem: RoutingProblem, route: Route) -> Route | None:
    """The route with an on-board trip in front exactly if the vehicle begins with one: goods may be gone."""
    vehicle, first = problem.vehicle(route.vehicle_id), route.trips[0]
    begins = problem.starts_on_board(vehicle)
    if begins == first.on_board:
        return route
    at_s = vehicle.begin_s
    trips = (Trip((), at_s, at_s, at_s, 0, True, at_s), *route.trips) if begins else route.trips[1:]
    return replace(route, trips=trips) if trips else None


def _next_s(route: Route) -> int:
    """When the vehicle begins something new: it loads, leaves a stop for the next, or is back."""
    trip = route.trips[0]
    return trip.load_s if trip.visits else trip.end_s


def _without(trip: Trip, stop_id: str) -> Trip:
    return replace(trip, visits=tuple(visit for visit in trip.visits if visit.stop_id != stop_id))


def _must_be_in_time(stop: Stop, visit: Visit) -> None:
    if not stop.window_start_s <= visit.start_s <= stop.latest_s:
        raise AssertionError(
            f"{stop.stop_id} served at {visit.start_s}, its window is {stop.window_start_s} to {stop.latest_s}"
        )
