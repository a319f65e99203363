"""A plan with every rule as flat arrays, for prices of insertions by simulation.

Promises: what `rich_kernel` reads, made once a revision of the plan. Two spare rows of stops and places are kept for
what is asked and the problem does not know. Called by `prices_rich`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from solvers.routing.answers.places import Trips, places
from solvers.routing.layout import I64
from solvers.routing.parts import RelationKind
from solvers.routing.problem import RoutingProblem, Stop, Vehicle
from solvers.routing.rich.layout import RichData
from solvers.routing.validate import MAX_CLOSED

ASKED: Final = 2
"""Most stops asked for at once."""

# RichFlat.vehicles: rows in RichFlat.seq from OFF, SIZE of them; trips from TRIP0. BASE: cost. BROKEN: measure.
OFF, SIZE, TRIP0, TRIPS, STOPS, BASE, BROKEN = range(7)
# RichFlat.trips: its stops in the vehicle's rows from POS, COUNT of them. LEAVE: earliest departure. HOME_BY: when it
# must be over. DEPART_BY: when it must have left. FREE: when it is over, nobody resting. SPARE: paid time that is
# neither work nor rest.
POS, COUNT, LEAVE, HOME_BY, DEPART_BY, FREE, SPARE = range(7)
# RichFlat.bounds, beside RichFlat.seq: earliest end of service, latest departure, nobody resting.
DONE, LAST = range(2)
# Places: position AT of the first stop in trip TRIP (OPENS: of a new trip of that number), of the second behind it, -1.
VEHICLE, TRIP, AT, THEN = range(4)
OPENS: Final = -1


class RichFlat(NamedTuple):
    """The plan. room: scratch for one route."""

    seq: I64
    vehicles: I64
    trips: I64
    bounds: I64
    room: I64


def flatten(problem: RoutingProblem, routes: Mapping[str, Trips]) -> RichFlat:
    """The arrays of a plan; costs and bounds are still to be worked out."""
    seq: list[int] = []
    vehicles: list[tuple[int, ...]] = []
    trips: list[tuple[int, ...]] = []
    for vehicle in problem.vehicles:
        off, trip0 = len(seq), len(trips)
        for number, trip in enumerate(routes[vehicle.vehicle_id]):
            seq.extend([-1] * (number > 0))
            trips.append((len(seq) - off, len(trip), 0, 0, 0, 0, 0))
            seq.extend(problem.stop_index[stop_id] for stop_id in trip)
        stops = sum(len(trip) for trip in routes[vehicle.vehicle_id])
        vehicles.append((off, len(seq) - off, trip0, len(trips) - trip0, stops, 0, 0))
    longest = max((row[SIZE] for row in vehicles), default=0)
    return RichFlat(
        np.array(seq, np.int64),
        np.array(vehicles, np.int64).reshape(-1, 7),
        np.array(trips, np.int64).reshape(-1, 7),
        np.zeros((len(seq), 2), np.int64),
        np.zeros(longest + ASKED + 2, np.int64),
    )


def free_places(problem: RoutingProblem, routes: Mapping[str, Trips], kind: Sequence[Stop]) -> I64:
    """Every place that no lock, no number of trips and no strict relation forbids to stops of that kind."""
    strict = set(_strict_pairs(problem, routes))
    rows: list[tuple[int, int, int, int]] = []
    for number, vehicle in enumerate(problem.vehicles):
        for place in places(problem, vehicle, routes[vehicle.vehicle_id], kind):
            if place.open and not (strict and _splits(place.trips[place.trip], place.positions, strict)):
                at = OPENS if place.opens else place.positions[0]
                rows.append((number, place.trip, at, place.positions[-1] if len(kind) > 1 else -1))
    return np.array(rows, np.int64).reshape(-1, 4)


def _strict_pairs(problem: RoutingProblem, routes: Mapping[str, Trips]) -> Iterator[tuple[str, str]]:
    """Planned stops that must stay neighbours."""
    planned = {stop_id for trips in routes.values() for trip in trips for stop_id in trip}
    for relation in problem.relations:
        if relation.kind is RelationKind.STRICT:
            kept = [stop_id for stop_id in relation.stop_ids if stop_id in planned]
            yield from pairwise(kept)


def _splits(trip: Sequence[str], positions: tuple[int, ...], strict: set[tuple[str, str]]) -> bool:
    """Whether the stops put at the positions stand between neighbours that must stay so."""
    left, right = min(positions), max(positions)
    kept = [stop_id for at, stop_id in enumerate(trip) if at not in positions]
    pairs = {(kept[at - 1], kept[at]) for at in (left, right - len(positions) + 1) if 0 < at < len(kept)}
    return not strict.isdisjoint(pairs)


def with_room(data: RichData) -> RichData:
    """The same problem with spare rows for what is asked."""
    profiles, size = data.go.shape[:2]
    go = np.zeros((profiles, size + ASKED, size + ASKED, 2), np.int32)
    go[:, :size, :size] = data.go
    return data._replace(
        go=go,
        si=_longer(data.si, ASKED),
        dem=_longer(data.dem, ASKED),
        allowed=np.concatenate([data.allowed, np.ones((ASKED, data.allowed.shape[1]), np.uint8)]),
        closed=_longer(data.closed, ASKED * MAX_CLOSED),
    )


def _longer(table: I64, rows: int) -> I64:
    return np.concatenate([table, np.zeros((rows, table.shape[1]), np.int64)])


def related(problem: RoutingProblem, vehicle: Vehicle, routes: Mapping[str, Trips]) -> bool:
    """Whether relations speak of stops of the vehicle."""
    own = {stop_id for trip in routes[vehicle.vehicle_id] for stop_id in trip}
    return any(not own.isdisjoint(relation.stop_ids) for relation in problem.relations)
