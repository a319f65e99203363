"""A vehicle's part of a routing problem as a card that its agent can price: own stops, lots, and the ways between.

Promises: rows of the matrices are renumbered, so that a card is small however large the problem is. Pure; called by
`auction`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from agents.insertion_call import InsertionCall, RouteCard
from solvers.routing.parts import Stop
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem


def call_of(
    problem: RoutingProblem,
    sequences: Sequences,
    vehicle_id: str,
    lots: Sequence[Stop],
    call_id: int,
    revision: int,
    *,
    tidy: bool = False,
) -> InsertionCall:
    """The call to one vehicle with its route as in `sequences`."""
    vehicle = problem.vehicle(vehicle_id)
    profile = problem.profiles[vehicle.profile]
    trips = [[problem.stop(name) for name in trip] for trip in sequences.get(vehicle_id, ())]
    points = dict.fromkeys((vehicle.depot, vehicle.start))
    points |= dict.fromkeys(stop.location for trip in (*trips, lots) for stop in trip)
    row_of = {point: row for row, point in enumerate(points)}
    rows = np.array(list(points))
    part = np.ix_(rows, rows)

    def moved(stops: Sequence[Stop]) -> tuple[Stop, ...]:
        return tuple(replace(stop, location=row_of[stop.location]) for stop in stops)

    card = RouteCard(
        vehicle=replace(vehicle, depot=row_of[vehicle.depot], start=row_of[vehicle.start]),
        trips=tuple(moved(trip) for trip in trips),
        on_board=problem.starts_on_board(vehicle),
        duration_s=np.ascontiguousarray(profile.duration_s[part]),
        distance_m=np.ascontiguousarray(profile.distance_m[part]),
        bands=profile.bands,
        incompatible=problem.incompatible,
    )
    return InsertionCall(call_id, vehicle_id, revision, card, moved(lots), tidy)
