"""Cut a small problem out of a large one, and put its plan back.

Promises: the part outside the cut stays exactly as it is. Called by `search` (its `focus`), and by planning to keep the
work per event flat however many stops there are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem, Stop


def cut(
    problem: RoutingProblem, start: Sequences, vehicle_ids: Collection[str]
) -> tuple[RoutingProblem, dict[str, list[list[str]]]]:
    """The problem of `vehicle_ids` only: their stops in `start`, and the stops that no vehicle has.

    Stops that are on board or allowed only elsewhere are left out. Returns the problem and its part of the start; the
    matrices are shared. A stop whose incumbent is outside keeps its price of change.
    """
    inside = set(vehicle_ids)
    elsewhere = {
        stop_id for vehicle_id, trips in start.items() if vehicle_id not in inside for trip in trips for stop_id in trip
    }
    locked_elsewhere = {
        stop_id
        for vehicle in problem.vehicles
        if vehicle.vehicle_id not in inside
        for trip in vehicle.locked
        for stop_id in trip
    }
    out = elsewhere | locked_elsewhere
    stops = tuple(s for s in problem.stops if s.stop_id not in out and _concerns(s, inside))
    vehicles = tuple(v for v in problem.vehicles if v.vehicle_id in inside)
    part = {vehicle_id: [list(trip) for trip in trips] for vehicle_id, trips in start.items() if vehicle_id in inside}
    return replace(problem, stops=stops, vehicles=vehicles), part


def _concerns(stop: Stop, inside: set[str]) -> bool:
    if stop.on_board is not None:
        return stop.on_board in inside
    return stop.allowed is None or not stop.allowed.isdisjoint(inside)


def merge(start: Sequences, part: Sequences, vehicle_ids: Collection[str]) -> dict[str, list[list[str]]]:
    """`start` with the routes of `vehicle_ids` replaced by those of `part`."""
    inside = set(vehicle_ids)
    merged = {vehicle_id: [list(t) for t in trips] for vehicle_id, trips in start.items() if vehicle_id not in inside}
    merged.update({vehicle_id: [list(t) for t in trips] for vehicle_id, trips in part.items()})
    return merged
