"""Bring a start of any quality into a shape that the rich kernel can load.

Promises: afterwards every stop is known, planned once, on a vehicle that may serve it, in a trip it may be in; locked
sequences stand in front; shipments, options, relations and incompatible goods are respected. What breaks a bond is
left out, never refused; locked stops are left out last. Loads, times and limits are the kernel's business. Called by
`rich_search`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from solvers.routing.layout import I64
from solvers.routing.parts import Relation, RelationKind, Stop, StopKind, Vehicle
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem

Routes = dict[str, list[list[str]]]
Place = tuple[str, int, int]
"""Vehicle, trip, position."""


def encode(problem: RoutingProblem, given: Sequences) -> I64:
    """The start as the kernel reads it: for each vehicle its number of trips, and each trip's size and stops."""
    routes = admissible(problem, given)
    out: list[int] = []
    for vehicle in problem.vehicles:
        trips = routes[vehicle.vehicle_id]
        out.append(len(trips))
        for trip in trips:
            out.append(len(trip))
            out.extend(problem.stop_index[stop_id] for stop_id in trip)
    return np.array(out, np.int64)


def admissible(problem: RoutingProblem, given: Sequences) -> Routes:
    """The start without what breaks a bond; on-board trips first, even without stops."""
    locked = {stop_id for v in problem.vehicles for trip in v.locked for stop_id in trip}
    seen = set(locked)
    routes = {v.vehicle_id: _trips(problem, v, given.get(v.vehicle_id, ()), seen) for v in problem.vehicles}
    while True:
        bad = set(_bad_stops(problem, routes, locked))
        if not bad:
            return routes
        for vehicle in problem.vehicles:
            trips = [[s for s in trip if s not in bad] for trip in routes[vehicle.vehicle_id]]
            routes[vehicle.vehicle_id] = _without_empty(problem, vehicle, trips)


def _without_empty(problem: RoutingProblem, vehicle: Vehicle, trips: list[list[str]]) -> list[list[str]]:
    boards = problem.starts_on_board(vehicle)
    return [trip for number, trip in enumerate(trips) if trip or (number == 0 and boards)]


def _trips(
    problem: RoutingProblem, vehicle: Vehicle, wanted: Sequence[Sequence[str]], seen: set[str]
) -> list[list[str]]:
    boards = problem.starts_on_board(vehicle)
    first: list[str] = []
    loaded: list[list[str]] = []
    for number, trip in enumerate(wanted):
        rest: list[str] = []
        for stop_id in trip:
            if stop_id in seen or stop_id not in problem.stop_index:
                continue
            stop = problem.stop(stop_id)
            if not problem.may_serve(vehicle, stop):
                continue
            seen.add(stop_id)
            joins = boards and number == 0 and _joins_on_board(problem, stop)
            (first if stop.on_board is not None or joins else rest).append(stop_id)
        loaded.append(rest)
    if boards and loaded and not loaded[0]:
        loaded = loaded[1:]
    trips = _with_locks(vehicle, [first, *loaded] if boards else loaded)
    return _without_empty(problem, vehicle, trips)[: vehicle.max_trips + int(boards)]


def _joins_on_board(problem: RoutingProblem, stop: Stop) -> bool:
    return stop.kind is StopKind.PICKUP or stop.stop_id in problem.pickup_of


def _with_locks(vehicle: Vehicle, trips: list[list[str]]) -> list[list[str]]:
    """Put the locked sequences in front; what was in a trip that is locked as a whole goes absent."""
    count = max((number + 1 for number, trip in enumerate(vehicle.locked) if trip), default=0)
    if count == 0:
        return trips
    *whole, last = vehicle.locked[:count]
    rest = trips[len(whole)] if len(trips) > len(whole) else []
    return [*(list(trip) for trip in whole), [*last, *rest], *trips[count:]]


def _bad_stops(problem: RoutingProblem, routes: Routes, locked: set[str]) -> Iterator[str]:
    """Stops to leave out; each call looks at the routes as they are."""
    where = {
        stop_id: (vehicle_id, number, position)
        for vehicle_id, trips in routes.items()
        for number, trip in enumerate(trips)
        for position, stop_id in enumerate(trip)
    }
    yield from _bad_shipments(problem, where, locked)
    for members in problem.options.values():
        planned = sorted((m for m in members if m in where), key=lambda m: m not in locked)
        yield from planned[1:]
    for relation in problem.relations:
        yield from _bad_members(relation, where, locked)
    if problem.incompatible:
        for trips in routes.values():
            for trip in trips:
                yield from _bad_goods(problem, trip)


def _bad_shipments(problem: RoutingProblem, where: dict[str, Place], locked: set[str]) -> Iterator[str]:
    for shipment in problem.shipments:
        pickup, delivery = where.get(shipment.pickup_id), where.get(shipment.delivery_id)
        if pickup is None and delivery is None:
            continue
        if pickup is None or delivery is None or pickup[:2] != delivery[:2] or pickup[2] > delivery[2]:
            if delivery is not None:
                yield shipment.delivery_id
            # A locked pickup stays: its delivery is put back by force.
            if pickup is not None and shipment.pickup_id not in locked:
                yield shipment.pickup_id


def _bad_members(relation: Relation, where: dict[str, Place], locked: set[str]) -> Iterator[str]:
    planned = [(where[m], rank, m) for rank, m in enumerate(relation.stop_ids) if m in where]
    if len(planned) < 2:
        return
    homes = [place[0] for place, _, _ in planned]
    pinned = [place[0] for place, _, m in planned if m in locked]
    home = pinned[0] if pinned else max(homes, key=homes.count)
    yield from (m for place, _, m in planned if place[0] != home)
    if relation.kind is RelationKind.SAME_VEHICLE:
        return
    before: tuple[Place, int] | None = None
    for place, rank, m in sorted(one for one in planned if one[0][0] == home):
        if before is not None:
            (_, trip, position), low = before
            follows = rank > low
            if relation.kind is RelationKind.STRICT:
                follows = follows and place[1:] == (trip, position + 1)
            if not follows:
                yield m
                continue
        before = (place, rank)


def _bad_goods(problem: RoutingProblem, trip: list[str]) -> Iterator[str]:
    present: set[str] = set()
    for stop_id in trip:
        name = problem.stop(stop_id).goods_class
        if not name:
            continue
        if any((name, other) in problem.incompatible or (other, name) in problem.incompatible for other in present):
            yield stop_id
        else:
            present.add(name)
