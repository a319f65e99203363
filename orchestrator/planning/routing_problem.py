"""From the state to a routing problem of a few vehicles, and from its plan back to routes.

Promises: immutable problems that need the state no more. `whole` is what the checker sees: everything the vehicles
still do after their frozen stop. `search` is the part that may change: without trips that are frozen. Called by
`route_solve` and `route`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from orchestrator.domain.company import Place
from orchestrator.domain.entities import Order
from orchestrator.domain.plan import Allocation, PlannedStop, Trip, VehicleRoute
from orchestrator.domain.state import DAY_S
from orchestrator.planning.vehicle_cut import Cut, cut_vehicle
from orchestrator.planning.wishes import HOLD_S, NO_WISH, Wish, wish_of
from orchestrator.planning.working import Working
from solvers.routing.check import Cost, route_cost
from solvers.routing.plan import Route, RoutingPlan
from solvers.routing.plan import Trip as PlanTrip
from solvers.routing.problem import MAX_PRICE_CENTS, NO_END_S, TICKS_PER_CENT, Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.timing import time_route

MAX_TRIPS = 6
ON_BOARD_PRIZE = 10

Trips = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class RouteJob:
    """One cut-out of the fleet, ready to be solved anywhere.

    whole, start: the problem and the plan in force; search, search_start: the part that may change. frozen: leading
    trips by vehicle that are in `whole` only. wanted: orders that need a place.
    """

    whole: RoutingProblem
    start: dict[str, Trips]
    search: RoutingProblem
    search_start: dict[str, Trips]
    frozen: dict[str, Trips]
    cuts: dict[str, Cut]
    wanted: tuple[str, ...]


@dataclass(slots=True)
class _Map:
    """Points of a problem. A vehicle on the road gets a point of its own even at a known place."""

    lat_e7: list[int] = field(default_factory=list)
    lon_e7: list[int] = field(default_factory=list)
    index: dict[tuple[int, int], int] = field(default_factory=dict)

    def at(self, place: Place) -> int:
        """The point of a place."""
        key = (place.lat_e7, place.lon_e7)
        if key not in self.index:
            self.index[key] = self.fresh(place)
        return self.index[key]

    def fresh(self, place: Place) -> int:
        """A new point."""
        self.lat_e7.append(place.lat_e7)
        self.lon_e7.append(place.lon_e7)
        return len(self.lat_e7) - 1


def build(work: Working, vehicle_ids: Iterable[str], wanted: Collection[str], *, emptied: bool = False) -> RouteJob:
    """The problem of these vehicles with what they have, and `wanted` orders that need a place or another one.

    emptied: without anything that is not on board yet, to see what a vehicle could do if it had no other work.
    """
    freeze_s = work.settings.freeze_s if not emptied else -DAY_S
    cuts = {
        vehicle_id: cut_vehicle(
            work.state, vehicle_id, work.route(vehicle_id), work.allocation, work.now_s, freeze_s, work.roads
        )
        for vehicle_id in vehicle_ids
    }
    cuts = {key: _thawed(work, cut) for key, cut in cuts.items()}
    for vehicle_id in cuts:
        work.look_at_vehicle(vehicle_id)
    frozen_orders = frozenset(o for cut in cuts.values() for trip in cut.frozen for o in trip)
    start = {vehicle_id: _keepable(work, cut) for vehicle_id, cut in cuts.items()}
    if emptied:
        start = {key: trips[: 1 if cuts[key].under_way else 0] for key, trips in start.items()}
    planned = dict.fromkeys(order_id for trips in start.values() for trip in trips for order_id in trip)
    points = _Map()
    depots = {vehicle_id: points.at(work.state.sites[cut.vehicle.depot_id].place) for vehicle_id, cut in cuts.items()}
    stops = [
        _stop(work, order_id, cuts, points, order_id in frozen_orders)
        for order_id in dict.fromkeys((*planned, *wanted))
    ]
    starts = {key: points.fresh(cut.start) if cut.under_way else depots[key] for key, cut in cuts.items()}
    profiles, profile_of = _profiles(work, cuts, points)
    vehicles = [
        _vehicle(work, cut, depots[key], starts[key], profile_of[key], _locked(work, start[key]))
        for key, cut in cuts.items()
    ]
    whole = RoutingProblem(profiles, tuple(stops), tuple(vehicles))
    frozen = {key: cut.frozen for key, cut in cuts.items() if cut.frozen and _still_fits(whole, key, cut.frozen)}
    search, search_start = (whole, start) if not frozen else _without_frozen(whole, start, frozen)
    return RouteJob(whole, start, search, search_start, frozen, cuts, tuple(wanted))


def _thawed(work: Working, cut: Cut) -> Cut:
    """A person may still take an order out of a trip that is about to be loaded, but not once loading has begun."""
    if not cut.frozen or not work.state.override_ids_of_order or cut.route is None:
        return cut
    trips = [trip for trip in cut.route.trips if not trip.loaded and trip.stops]
    first = 1 if cut.under_way else 0
    for number, trip in enumerate(trips[: len(cut.frozen) - first]):
        away = any(_sent_away(wish_of(work.state, s.order_id, work.relaxed), cut) for s in trip.stops)
        if away and trip.load_start_s > work.now_s:
            return replace(cut, frozen=cut.frozen[: first + number] if number else ())
    return cut


def _sent_away(wish: Wish, cut: Cut) -> bool:
    vehicle_id = cut.vehicle.vehicle_id
    return vehicle_id in wish.never or (wish.only is not None and vehicle_id not in wish.only)


def can_be_served(work: Working, order_id: str, depot_id: str) -> bool:
    """Whether the order's goods are, or will be, at this depot."""
    allocation = work.allocation(order_id)
    return allocation is not None and allocation.site_id == depot_id and not lacks_goods(allocation)


def lacks_goods(allocation: Allocation) -> bool:
    """Whether some line has no source at all."""
    return any(peg.kind.value == "NONE" for peg in allocation.pegs)


def _keepable(work: Working, cut: Cut) -> Trips:
    """The vehicle's planned trips without orders that cannot be loaded there any more."""
    first = 1 if cut.under_way else 0
    depot_id = cut.vehicle.depot_id
    later = (
        tuple(o for o in trip if work.is_open(o) and can_be_served(work, o, depot_id)) for trip in cut.planned[first:]
    )
    return (*cut.planned[:first], *(trip for trip in later if trip))


def _stop(work: Working, order_id: str, cuts: dict[str, Cut], points: _Map, frozen: bool) -> Stop:
    state, settings = work.state, work.settings
    order = state.orders[order_id]
    work.look_at_order(order_id)
    customer = state.customers[order.customer_id]
    carrier = order.vehicle_id if not work.is_open(order_id) else None
    allocation = work.allocation(order_id)
    wish = NO_WISH if frozen or carrier is not None else wish_of(state, order_id, work.relaxed)
    window_start_s, window_end_s, latest_s = _window(work, order_id, wish, carrier is not None)
    incumbent = work.vehicle_of(order_id) if carrier is None else None
    return Stop(
        stop_id=order_id,
        location=points.at(customer.place),
        demand=work.memory.size_of(state, order_id),
        window_start_s=window_start_s,
        window_end_s=window_end_s,
        latest_s=latest_s,
        service_s=customer.service_s,
        late_cents_per_min=_late_price(work, order),
        release_s=allocation.release_s if allocation is not None and carrier is None else 0,
        prize_cents=settings.prize(order.priority) * (ON_BOARD_PRIZE if carrier is not None else 1),
        allowed=_allowed(allocation, cuts, wish) if carrier is None else None,
        on_board=carrier,
        incumbent=incumbent,
        change_cents=settings.change_cents if incumbent is not None else 0,
    )


def _late_price(work: Working, order: Order) -> int:
    """A late minute. Where windows are hard, goods on board may come late only if nothing else is possible."""
    company = work.state.company
    hard = company is not None and company.hard_windows
    return MAX_PRICE_CENTS if hard else work.settings.late_price(order.priority)


def _window(work: Working, order_id: str, wish: Wish, on_board: bool) -> tuple[int, int, int]:
    """(window start, window end, latest). Goods on board and soft windows have no latest."""
    order = work.state.orders[order_id]
    company = work.state.company
    hard = company is not None and company.hard_windows and not on_board
    start_s, end_s = order.window_start_s, order.window_end_s
    latest_s = end_s if hard else NO_END_S
    if wish.start_s is not None:
        start_s = max(start_s, wish.start_s - HOLD_S)
        latest_s = min(latest_s, wish.start_s + HOLD_S)
        end_s = max(start_s, min(end_s, latest_s))
    return start_s, end_s, max(latest_s, end_s)


def _allowed(allocation: Allocation | None, cuts: dict[str, Cut], wish: Wish) -> frozenset[str] | None:
    site_id = allocation.site_id if allocation is not None else ""
    same_depot = all(cut.vehicle.depot_id == site_id for cut in cuts.values())
    if same_depot and wish == NO_WISH:
        return None
    able = {key for key, cut in cuts.items() if cut.vehicle.depot_id == site_id and key not in wish.never}
    return frozenset(able if wish.only is None else able & wish.only)


def _profiles(work: Working, cuts: dict[str, Cut], points: _Map) -> tuple[tuple[Profile, ...], dict[str, int]]:
    distance_m = work.roads.distances(points.lat_e7, points.lon_e7)
    speeds = {cut.vehicle.speed_m_per_h for cut in cuts.values()}
    number = {speed: index for index, speed in enumerate(sorted(speeds))}
    profiles = tuple(work.roads.profile(distance_m, points.lat_e7, points.lon_e7, max(1, speed)) for speed in number)
    return profiles, {key: number[cut.vehicle.speed_m_per_h] for key, cut in cuts.items()}


def _vehicle(work: Working, cut: Cut, depot: int, start: int, profile: int, locked: Trips) -> Vehicle:
    vehicle = cut.vehicle
    return Vehicle(
        vehicle_id=vehicle.vehicle_id,
        depot=depot,
        start=start,
        capacity=(vehicle.weight_g, vehicle.volume_cm3),
        profile=profile,
        ready_s=cut.ready_s,
        shift_start_s=cut.shift_start_s,
        shift_end_s=max(cut.shift_end_s, cut.shift_start_s),
        load_s=work.state.sites[vehicle.depot_id].loading_s,
        max_trips=MAX_TRIPS,
        fixed_cents=0 if cut.used else vehicle.fixed_cents,
        cents_per_km=vehicle.km_cents,
        cents_per_hour=vehicle.hour_cents,
        locked=locked,
    )


def _locked(work: Working, trips: Trips) -> Trips:
    """Everything up to the last stop that a person wants to keep its place in the sequence."""
    if not work.state.override_ids_of_order:
        return ()
    last: tuple[int, int] | None = None
    for number, trip in enumerate(trips):
        for position, order_id in enumerate(trip):
            if wish_of(work.state, order_id, work.relaxed).in_sequence:
                last = (number, position)
    if last is None:
        return ()
    return (*trips[: last[0]], trips[last[0]][: last[1] + 1])


def _still_fits(whole: RoutingProblem, vehicle_id: str, frozen: Trips) -> bool:
    """Whether the frozen trips keep every hard time; one that became impossible is free again."""
    route = time_route(whole, vehicle_id, frozen)
    visits = (visit for trip in route.trips for visit in trip.visits)
    in_time = all(visit.start_s <= whole.stop(visit.stop_id).latest_s for visit in visits)
    return in_time and route.trips[-1].end_s <= whole.vehicle(vehicle_id).shift_end_s


def _without_frozen(
    whole: RoutingProblem, start: dict[str, Trips], frozen: dict[str, Trips]
) -> tuple[RoutingProblem, dict[str, Trips]]:
    """The problem after the frozen trips: the vehicle is free at its depot when the last of them ends."""
    gone = {order_id for trips in frozen.values() for trip in trips for order_id in trip}
    vehicles = tuple(_after(whole, vehicle, frozen.get(vehicle.vehicle_id, ())) for vehicle in whole.vehicles)
    rest = {key: trips[len(frozen.get(key, ())) :] for key, trips in start.items()}
    stops = tuple(stop for stop in whole.stops if stop.stop_id not in gone)
    return RoutingProblem(whole.profiles, stops, vehicles), rest


def _after(whole: RoutingProblem, vehicle: Vehicle, frozen: Trips) -> Vehicle:
    if not frozen:
        return vehicle
    free_s = time_route(whole, vehicle.vehicle_id, frozen).trips[-1].end_s
    return Vehicle(
        vehicle_id=vehicle.vehicle_id,
        depot=vehicle.depot,
        start=vehicle.depot,
        capacity=vehicle.capacity,
        profile=vehicle.profile,
        ready_s=free_s,
        shift_start_s=vehicle.shift_start_s,
        shift_end_s=max(vehicle.shift_end_s, vehicle.shift_start_s),
        load_s=vehicle.load_s,
        max_trips=vehicle.max_trips,
        fixed_cents=0,
        cents_per_km=vehicle.cents_per_km,
        cents_per_hour=vehicle.cents_per_hour,
        locked=vehicle.locked[len(frozen) :],
    )


def routes_of(work: Working, job: RouteJob, plan: RoutingPlan) -> dict[str, VehicleRoute | None]:
    """The plan as routes of the domain, priced by the checker; None for a vehicle with nothing to do."""
    found = {route.vehicle_id: route for route in plan.routes}
    return {key: _route(work, job, cut, found.get(key)) for key, cut in job.cuts.items()}


def _route(work: Working, job: RouteJob, cut: Cut, route: Route | None) -> VehicleRoute | None:
    if route is None or not (route.trips or cut.under_way):
        return None
    cost = route_cost(job.whole, route)
    trips = tuple(_trip(work, cut, trip) for trip in route.trips)
    return VehicleRoute(
        vehicle_id=route.vehicle_id,
        trips=trips,
        distance_m=sum(trip.distance_m for trip in route.trips),
        cost_cents=_cents(cost),
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
