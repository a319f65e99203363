"""From the state to a routing problem of a few vehicles, and from its plan back to routes.

Promises: immutable problems that need the state no more. `whole` is what the checker sees: everything the vehicles
still do after their frozen stop. `search` is the part that may change: without trips that are frozen. Called by
`route_solve` and `route`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from orchestrator.domain.refusals import duty_end_s
from orchestrator.domain.state import DAY_S
from orchestrator.planning.dock_turns import Docks
from orchestrator.planning.docks import dock_times, with_turns
from orchestrator.planning.route_rules import broken_rules, driven_s, rules_after, with_room_for_boarded
from orchestrator.planning.stops import Points, StopMaker, can_be_served
from orchestrator.planning.vehicle_cut import Cut, cut_vehicle
from orchestrator.planning.wishes import Wish, wish_of
from orchestrator.planning.working import Working
from solvers.routing.problem import Profile, RoutingProblem, Vehicle
from solvers.routing.timing import time_route

MAX_TRIPS = 6
ON_BOARD_PRIZE = 10

Trips = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class RouteJob:
    """One cut-out of the fleet, ready to be solved anywhere.

    whole, start: the problem and the plan in force; search, search_start: the part that may change. frozen: leading
    trips by vehicle that are in `whole` only. wanted: orders that need a place. docks, ahead: where docks are short,
    see `dock_turns`.
    """

    whole: RoutingProblem
    start: dict[str, Trips]
    search: RoutingProblem
    search_start: dict[str, Trips]
    frozen: dict[str, Trips]
    cuts: dict[str, Cut]
    wanted: tuple[str, ...]
    docks: Docks
    ahead: Mapping[str, int] = field(default_factory=dict)


def build(
    work: Working,
    vehicle_ids: Iterable[str],
    wanted: Collection[str],
    *,
    emptied: bool = False,
    points: Points | None = None,
) -> RouteJob:
    """The problem of these vehicles with what they have, and `wanted` orders that need a place or another one.

    emptied: without anything that is not on board yet, to see what a vehicle could do if it had no other work.
    points: with places that are there already; those of the problem are added.
    """
    points = Points() if points is None else points
    freeze_s = work.settings.freeze_s if not emptied else -DAY_S
    cuts = {
        vehicle_id: cut_vehicle(
            work.state, vehicle_id, work.route(vehicle_id), work.allocation, work.now_s, freeze_s, work.roads
        )
        for vehicle_id in vehicle_ids
    }
    docks = dock_times(work, cuts)
    cuts = with_turns(work, {key: _thawed(work, cut) for key, cut in cuts.items()}, docks)
    for vehicle_id in cuts:
        work.look_at_vehicle(vehicle_id)
    frozen_orders = frozenset(o for cut in cuts.values() for trip in cut.frozen for o in trip)
    start = {vehicle_id: _keepable(work, cut) for vehicle_id, cut in cuts.items()}
    if emptied:
        start = {key: trips[: 1 if cuts[key].under_way else 0] for key, trips in start.items()}
    planned = dict.fromkeys(order_id for trips in start.values() for trip in trips for order_id in trip)
    depots = {vehicle_id: points.at(work.state.sites[cut.vehicle.depot_id].place) for vehicle_id, cut in cuts.items()}
    maker = StopMaker(work, cuts, frozen_orders)
    stops = [maker.make(order_id, points) for order_id in dict.fromkeys((*planned, *wanted))]
    starts = {key: points.fresh(cut.start) if cut.under_way else depots[key] for key, cut in cuts.items()}
    profiles, profile_of = _profiles(work, cuts, points)
    vehicles = [
        _vehicle(work, cut, depots[key], starts[key], profile_of[key], _locked(work, key, start[key]))
        for key, cut in cuts.items()
    ]
    whole = RoutingProblem(profiles, tuple(stops), tuple(vehicles), incompatible=maker.incompatible(stops))
    whole = with_room_for_boarded(whole, cuts)
    frozen = {key: cut.frozen for key, cut in cuts.items() if _still_fits(whole, key, cut.frozen, start[key])}
    search, search_start = (whole, start) if not frozen else _without_frozen(whole, start, frozen)
    search_start = {key: _unloaded_off(work, cuts[key], trips) for key, trips in search_start.items()}
    return RouteJob(whole, start, search, search_start, frozen, cuts, tuple(wanted), docks)


def _unloaded_off(work: Working, cut: Cut, trips: Trips) -> Trips:
    """A vehicle that has just broken down begins the search with what is on board only: the rest is placed anew."""
    vehicle_id = cut.vehicle.vehicle_id
    if vehicle_id not in work.dirty.disrupted or (cut.live.down_until_s or 0) <= work.now_s or cut.frozen:
        return trips
    return trips[:1] if cut.under_way else ()


def _thawed(work: Working, cut: Cut) -> Cut:
    """A person may still take an order out of a trip that is about to be loaded, but not once loading has begun."""
    if not cut.frozen or not work.state.override_ids_of_order or cut.route is None:
        return cut
    trips = [trip for trip in cut.route.trips if not trip.loaded and trip.stops]
    first = 1 if cut.under_way else 0
    for number, trip in enumerate(trips[: len(cut.frozen) - first]):
        wishes = (wish_of(work.state, stop.order_id, work.relaxed) for stop in trip.stops)
        away = any(_sent_away(wish, cut.vehicle.vehicle_id) for wish in wishes)
        if away and trip.load_start_s > work.now_s:
            return replace(cut, frozen=cut.frozen[: first + number] if number else ())
    return cut


def _sent_away(wish: Wish, vehicle_id: str) -> bool:
    return vehicle_id in wish.never or (wish.only is not None and vehicle_id not in wish.only)


def _keepable(work: Working, cut: Cut) -> Trips:
    """The vehicle's planned trips without orders that cannot be loaded there any more."""
    first = 1 if cut.under_way else 0
    depot_id = cut.vehicle.depot_id
    later = (tuple(o for o in trip if can_be_served(work, o, depot_id)) for trip in cut.planned[first:])
    return (*cut.planned[:first], *(trip for trip in later if trip))


def _profiles(work: Working, cuts: dict[str, Cut], points: Points) -> tuple[tuple[Profile, ...], dict[str, int]]:
    distance_m = work.roads.distances(points.lat_e7, points.lon_e7)
    kinds = sorted({work.roads.kind_of(cut.vehicle) for cut in cuts.values()})
    profiles = tuple(work.roads.profile(distance_m, points.lat_e7, points.lon_e7, *kind) for kind in kinds)
    return profiles, {key: kinds.index(work.roads.kind_of(cut.vehicle)) for key, cut in cuts.items()}


def _vehicle(work: Working, cut: Cut, depot: int, start: int, profile: int, locked: Trips) -> Vehicle:
    vehicle, extra = cut.vehicle, work.state.allowed(cut.vehicle.vehicle_id)
    overtime_from_s = max(cut.shift_end_s, cut.shift_start_s)
    bound = duty_end_s(work.state.refusals, vehicle.vehicle_id) is not None
    overtime_s = 0 if bound else vehicle.overtime_s + extra.overtime_s
    duty = cut.duty
    shift_end_s = overtime_from_s + overtime_s
    return Vehicle(
        vehicle_id=vehicle.vehicle_id,
        depot=depot,
        start=start,
        capacity=(vehicle.weight_g + extra.weight_g, vehicle.volume_cm3 + extra.volume_cm3),
        profile=profile,
        ready_s=cut.ready_s,
        shift_start_s=cut.shift_start_s - extra.early_s,
        shift_end_s=shift_end_s if duty.ends_s is None or cut.under_way else min(shift_end_s, duty.ends_s),
        overtime_from_s=overtime_from_s,
        overtime_cents_per_hour=vehicle.overtime_hour_cents if overtime_s else 0,
        skills=frozenset(vehicle.skills) | extra.skills,
        load_s=work.state.sites[vehicle.depot_id].loading_s,
        max_trips=MAX_TRIPS + extra.trips,
        fixed_cents=0 if cut.used else vehicle.fixed_cents,
        cents_per_km=vehicle.km_cents,
        cents_per_hour=vehicle.hour_cents,
        locked=locked,
        max_drive_s=cut.drive_left_s,
        max_distance_m=duty.distance_m,
        max_duration_s=duty.duration_s if duty.ends_s is None or not cut.under_way else duty.ends_s - cut.ready_s,
        max_stops=duty.stops,
        breaks=duty.breaks,
        driving=duty.driving,
        driven_s=duty.driven_s,
    )


def _locked(work: Working, vehicle_id: str, trips: Trips) -> Trips:
    """Everything up to the last stop that a person wants to keep its place in the sequence.

    What a person sent to other vehicles does not stay for the sake of a lock behind it.
    """
    if not work.state.override_ids_of_order:
        return ()
    last: tuple[int, int] | None = None
    for number, trip in enumerate(trips):
        for position, order_id in enumerate(trip):
            if wish_of(work.state, order_id, work.relaxed).in_sequence:
                last = (number, position)
    if last is None:
        return ()
    prefix = (*trips[: last[0]], trips[last[0]][: last[1] + 1])
    kept = (
        tuple(o for o in trip if not _sent_away(wish_of(work.state, o, work.relaxed), vehicle_id)) for trip in prefix
    )
    return tuple(trip for number, trip in enumerate(kept) if trip or (number == 0 and not trips[0]))


def _still_fits(whole: RoutingProblem, vehicle_id: str, frozen: Trips, start: Trips) -> bool:
    """Whether there are frozen trips, all their goods are there, and they keep every hard time."""
    if not frozen or start[: len(frozen)] != frozen:
        return False
    route = time_route(whole, vehicle_id, frozen)
    visits = (visit for trip in route.trips for visit in trip.visits)
    in_time = all(visit.start_s <= whole.stop(visit.stop_id).latest_s for visit in visits)
    vehicle = whole.vehicle(vehicle_id)
    may_drive = vehicle.max_drive_s is None or driven_s(route) <= vehicle.max_drive_s
    kept = not broken_rules(whole, vehicle, route)
    return in_time and may_drive and kept and route.trips[-1].end_s <= vehicle.shift_end_s


def _without_frozen(
    whole: RoutingProblem, start: dict[str, Trips], frozen: dict[str, Trips]
) -> tuple[RoutingProblem, dict[str, Trips]]:
    """The problem after the frozen trips: the vehicle is free at its depot when the last of them ends."""
    gone = {order_id for trips in frozen.values() for trip in trips for order_id in trip}
    vehicles = tuple(_after(whole, vehicle, frozen.get(vehicle.vehicle_id, ())) for vehicle in whole.vehicles)
    rest = {key: trips[len(frozen.get(key, ())) :] for key, trips in start.items()}
    stops = tuple(stop for stop in whole.stops if stop.stop_id not in gone)
    return RoutingProblem(whole.profiles, stops, vehicles, incompatible=whole.incompatible), rest


def _after(whole: RoutingProblem, vehicle: Vehicle, frozen: Trips) -> Vehicle:
    if not frozen:
        return vehicle
    route = time_route(whole, vehicle.vehicle_id, frozen)
    free_s = route.trips[-1].end_s
    after = replace(
        vehicle,
        start=vehicle.depot,
        ready_s=free_s,
        shift_end_s=max(vehicle.shift_end_s, vehicle.shift_start_s),
        fixed_cents=0,
        locked=vehicle.locked[len(frozen) :],
        max_drive_s=vehicle.max_drive_s - driven_s(route) if vehicle.max_drive_s is not None else None,
    )
    return rules_after(after, vehicle, route)
