"""Cut a small problem out of a large one, and put its plan back.

Promises: the part outside the cut stays exactly as it is, and what is planned inside breaks no tie to it: a shipment
comes whole or not at all, what relations or options tie to stops outside stays out. Called by `search` (its `focus`),
and by planning to keep the work per event flat however many stops there are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from solvers.routing.parts import Relation
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem, Stop, Vehicle


def cut(
    problem: RoutingProblem, start: Sequences, vehicle_ids: Collection[str]
) -> tuple[RoutingProblem, dict[str, list[list[str]]]]:
    """The problem of `vehicle_ids` only: their stops in `start`, and the stops that no vehicle has.

    Stops that are on board or allowed only elsewhere are left out. Returns the problem and its part of the start; the
    matrices are shared. A stop whose incumbent is outside keeps its price of change.
    """
    inside = set(vehicle_ids)
    vehicles = tuple(v for v in problem.vehicles if v.vehicle_id in inside)
    out = _outside(problem, start, inside)
    stops = [s for s in problem.stops if s.stop_id not in out and _concerns(problem, s, vehicles, inside)]
    part = {vehicle_id: [list(trip) for trip in trips] for vehicle_id, trips in start.items() if vehicle_id in inside}
    if not (problem.shipments or problem.relations or problem.options):
        return replace(problem, stops=tuple(stops), vehicles=vehicles), part
    fixed = {stop_id for vehicle in vehicles for trip in vehicle.locked for stop_id in trip}
    kept = {s.stop_id for s in stops} - (_tied_outside(problem, out) - fixed)
    kept -= _halves(problem, kept) - fixed
    stops = _with_group_prizes(problem, [s for s in stops if s.stop_id in kept])
    shipments = tuple(s for s in problem.shipments if s.pickup_id in kept and s.delivery_id in kept)
    relations = _relations(problem, kept)
    return replace(problem, stops=tuple(stops), vehicles=vehicles, shipments=shipments, relations=relations), part


def _outside(problem: RoutingProblem, start: Sequences, inside: set[str]) -> set[str]:
    """Stops that vehicles outside have, or are locked to have."""
    out = {
        stop_id for vehicle_id, trips in start.items() if vehicle_id not in inside for trip in trips for stop_id in trip
    }
    for vehicle in problem.vehicles:
        if vehicle.vehicle_id not in inside:
            out.update(stop_id for trip in vehicle.locked for stop_id in trip)
        else:
            out.difference_update(stop_id for trip in vehicle.locked for stop_id in trip)
    return out


def _concerns(problem: RoutingProblem, stop: Stop, vehicles: tuple[Vehicle, ...], inside: set[str]) -> bool:
    """Whether a vehicle inside may serve it; locks are kept by `_outside`."""
    if stop.on_board is not None:
        return stop.on_board in inside
    if stop.allowed is None and not stop.barred and not stop.needs:
        return True
    return any(problem.may_serve(vehicle, stop) for vehicle in vehicles) or any(
        stop.stop_id in trip for vehicle in vehicles for trip in vehicle.locked
    )


def _tied_outside(problem: RoutingProblem, out: set[str]) -> set[str]:
    """What may not be planned inside because a member of its relation, or another option, is planned outside."""
    groups = [relation.stop_ids for relation in problem.relations] + list(problem.options.values())
    return {stop_id for group in groups if not out.isdisjoint(group) for stop_id in group}


def _halves(problem: RoutingProblem, kept: set[str]) -> set[str]:
    """Ends of shipments whose other end is not kept."""
    pairs = [(s.pickup_id, s.delivery_id) for s in problem.shipments]
    return {a if a in kept else b for a, b in pairs if (a in kept) != (b in kept)}


def _with_group_prizes(problem: RoutingProblem, stops: list[Stop]) -> list[Stop]:
    """The largest prize of a group of options is due for all of it, also where the option that has it is not there."""
    due = {name: max(problem.stop(m).prize_cents for m in members) for name, members in problem.options.items()}
    return [
        replace(s, prize_cents=due[s.option_of]) if s.option_of and s.prize_cents != due[s.option_of] else s
        for s in stops
    ]


def _relations(problem: RoutingProblem, kept: set[str]) -> tuple[Relation, ...]:
    """What is left of the relations; one stop alone is tied to nothing."""
    restricted = (replace(r, stop_ids=tuple(m for m in r.stop_ids if m in kept)) for r in problem.relations)
    return tuple(r for r in restricted if len(r.stop_ids) > 1)


def merge(start: Sequences, part: Sequences, vehicle_ids: Collection[str]) -> dict[str, list[list[str]]]:
    """`start` with the routes of `vehicle_ids` replaced by those of `part`."""
    inside = set(vehicle_ids)
    merged = {vehicle_id: [list(t) for t in trips] for vehicle_id, trips in start.items() if vehicle_id not in inside}
    merged.update({vehicle_id: [list(t) for t in trips] for vehicle_id, trips in part.items()})
    return merged
