"""Which vehicles an event concerns: the neighbourhood that may change, small however large the fleet is.

Promises: at most `vehicles_max` vehicles and about `stops_max` stops a group, found through the grid of planned stops;
an order's own and assigned vehicles are always in. Called by `route`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from orchestrator.domain.company import Place, Vehicle
from orchestrator.planning.cordons import cordon_of_vehicle
from orchestrator.planning.memory import place_of
from orchestrator.planning.wishes import wish_of
from orchestrator.planning.working import Working

IDLE_LEAST = 2
VEHICLES_LEAST = 3
SAMPLED_STOPS = 12
STOPS_A_VEHICLE = 4


@dataclass(slots=True)
class Group:
    """Vehicles of one depot to be planned together, and orders that need a place. `search`: more than new times."""

    depot_id: str
    vehicles: dict[str, None] = field(default_factory=dict)
    wanted: dict[str, None] = field(default_factory=dict)
    search: bool = True


def groups(work: Working, wanted: Iterable[str]) -> list[Group]:
    """Everything the pass must look at, cut into groups that share no vehicle."""
    made: list[Group] = []
    taken: set[str] = set()
    for depot_id, orders in _by_depot(work, wanted).items():
        for chunk in _chunks(work, orders):
            group = _around(work, depot_id, chunk, taken)
            made.append(group)
            taken.update(group.vehicles)
    for vehicle_id in (*work.dirty.disrupted, *work.touched_vehicles):
        if vehicle_id in work.state.vehicles and vehicle_id not in taken:
            group = _beside(work, vehicle_id, taken)
            made.append(group)
            taken.update(group.vehicles)
    made.extend(_retimed(work, taken))
    return made


def neighbours(work: Working, group: Group, taken: set[str]) -> None:
    """Widen a group by the vehicles around its own stops; used when new times alone do not do."""
    places = [place_of(work.state, order_id) for order_id in _stops_of(work, group.vehicles)]
    _add_near(work, group, places, taken)
    _add_idle(work, group, taken)


def surroundings(work: Working, vehicle_ids: Iterable[str]) -> list[str]:
    """These vehicles and those around them, as many as an improvement may touch; of the first one's depot."""
    group: Group | None = None
    for vehicle_id in vehicle_ids:
        depot_id = work.state.vehicles[vehicle_id].depot_id
        if group is None:
            group = Group(depot_id)
        if depot_id == group.depot_id:
            group.vehicles[vehicle_id] = None
    if group is None:
        return []
    neighbours(work, group, set())
    return list(group.vehicles)


def others(work: Working, depot_id: str, tried: Iterable[str]) -> Iterator[list[str]]:
    """The depot's other vehicles in chunks: the second look of an order that found no place among its neighbours."""
    done = set(tried)
    chunk: list[str] = []
    stops = 0
    for vehicle_id in work.memory.vehicles_of.get(depot_id, ()):
        if vehicle_id in done:
            continue
        chunk.append(vehicle_id)
        stops += _length(work, vehicle_id)
        if len(chunk) >= work.settings.vehicles_max or stops >= work.settings.stops_max:
            yield chunk
            chunk, stops = [], 0
    if chunk:
        yield chunk


def _by_depot(work: Working, wanted: Iterable[str]) -> dict[str, list[str]]:
    depots: dict[str, list[str]] = {}
    for order_id in wanted:
        allocation = work.allocation(order_id)
        if allocation is not None:
            depots.setdefault(allocation.site_id, []).append(order_id)
    return depots


def _chunks(work: Working, orders: list[str]) -> Iterator[list[str]]:
    """At most a third of a problem's stops at a time, so that there is room for what is planned already."""
    size = max(1, (work.settings.wide_stops_max if work.wide else work.settings.stops_max) // 3)
    for first in range(0, len(orders), size):
        yield orders[first : first + size]


def _limits(work: Working, wanted: int = 0) -> tuple[int, int]:
    """Most vehicles and most stops of a group: few for a single order, more for many, never more than allowed."""
    settings = work.settings
    if work.wide:
        return settings.wide_vehicles_max, settings.wide_stops_max
    vehicles = min(settings.vehicles_max, settings.repair_vehicles + wanted // STOPS_A_VEHICLE)
    return vehicles, min(settings.stops_max, settings.repair_stops + 2 * wanted)


def _around(work: Working, depot_id: str, orders: list[str], taken: set[str]) -> Group:
    group = Group(depot_id, wanted=dict.fromkeys(orders))
    for order_id in orders:
        wish = wish_of(work.state, order_id)
        own = work.vehicle_of(order_id)
        for vehicle_id in (own, *(wish.only or ())):
            if vehicle_id in work.state.vehicles and vehicle_id not in taken:
                group.vehicles[str(vehicle_id)] = None
    for vehicle_id in (*work.dirty.vehicles, *work.touched_vehicles):
        if len(group.vehicles) >= _limits(work, len(orders))[0]:
            break
        mine = vehicle_id in work.state.vehicles and work.state.vehicles[vehicle_id].depot_id == depot_id
        if mine and vehicle_id not in taken:
            group.vehicles[vehicle_id] = None
    _add_near(work, group, [place_of(work.state, order_id) for order_id in orders], taken)
    _add_idle(work, group, taken)
    return group


def _beside(work: Working, vehicle_id: str, taken: set[str]) -> Group:
    """A vehicle whose work may have to go to others, and those around it."""
    group = Group(work.state.vehicles[vehicle_id].depot_id, {vehicle_id: None})
    neighbours(work, group, taken)
    return group


def _retimed(work: Working, taken: set[str]) -> Iterator[Group]:
    """Dirty vehicles that only need new times, in groups of one depot."""
    depots: dict[str, list[str]] = {}
    for vehicle_id in work.dirty.vehicles:
        if vehicle_id in work.state.vehicles and vehicle_id not in taken:
            depots.setdefault(work.state.vehicles[vehicle_id].depot_id, []).append(vehicle_id)
    size = work.settings.vehicles_max
    for depot_id, vehicles in depots.items():
        for first in range(0, len(vehicles), size):
            yield Group(depot_id, dict.fromkeys(vehicles[first : first + size]), search=False)


def _length(work: Working, vehicle_id: str) -> int:
    route = work.route(vehicle_id)
    return sum(len(trip.stops) for trip in route.trips) if route is not None else 0


def _stops_of(work: Working, vehicle_ids: Iterable[str]) -> list[str]:
    """Some stops of these vehicles that may still go to others, spread over their routes."""
    held = [
        stop.order_id
        for route in map(work.route, vehicle_ids)
        if route is not None
        for trip in route.trips
        if not trip.loaded
        for stop in trip.stops
    ]
    step = max(1, len(held) // SAMPLED_STOPS)
    return held[::step][:SAMPLED_STOPS]


def _add_near(work: Working, group: Group, places: list[Place], taken: set[str]) -> None:
    """Vehicles of the planned stops nearest to the places, by turns, until the group is full."""
    grid = work.memory.stops.get(group.depot_id)
    if grid is None or not places:
        return
    most, most_stops = _limits(work, len(group.wanted))
    stops = sum(_length(work, vehicle_id) for vehicle_id in group.vehicles) + len(group.wanted)
    count = max(3, work.settings.neighbours * (4 if work.wide else 1) // max(1, len(places) // 4))
    lists = [grid.nearest(place, count) for place in places]
    for rank in range(max(map(len, lists))):
        for near in lists:
            vehicle_id = work.memory.planned_on.get(near[rank]) if rank < len(near) else None
            if vehicle_id is None or vehicle_id in group.vehicles or vehicle_id in taken:
                continue
            length = _length(work, vehicle_id)
            few = len(group.vehicles) < VEHICLES_LEAST and stops + length <= work.settings.stops_max
            if len(group.vehicles) >= most or (stops + length > most_stops and not few):
                return
            group.vehicles[vehicle_id] = None
            stops += length


def _kind(vehicle: Vehicle) -> tuple[object, ...]:
    """What vehicles that can do the same have in common."""
    rests = (vehicle.driving_rule, vehicle.break_start_s, vehicle.break_end_s, vehicle.break_s)
    limits = (vehicle.max_distance_m, vehicle.max_duration_s, vehicle.max_stops)
    return (vehicle.kind, vehicle.shift_start_s, vehicle.shift_end_s, rests, limits)


def _add_idle(work: Working, group: Group, taken: set[str]) -> None:
    """Vehicles without a route: of each kind as many as the wanted orders may fill, for alike they are alike."""
    each = 1 + len(group.wanted) // STOPS_A_VEHICLE
    left = max(IDLE_LEAST, 2 * each)
    kinds: dict[tuple[object, ...], int] = {}
    for vehicle_id in work.memory.idle_of.get(group.depot_id, {}):
        if left <= 0:
            return
        vehicle = work.state.vehicles[vehicle_id]
        kind = _kind(vehicle)
        away = (work.state.fleet[vehicle_id].down_until_s or 0) > work.now_s
        away = away or cordon_of_vehicle(work.state, vehicle_id) is not None
        if away or vehicle_id in taken or vehicle_id in group.vehicles or kinds.get(kind, 0) >= each:
            continue
        group.vehicles[vehicle_id] = None
        kinds[kind] = kinds.get(kind, 0) + 1
        left -= 1
