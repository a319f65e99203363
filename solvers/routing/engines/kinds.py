"""Kinds of vehicles, and what is to be planned once: the symmetries of a problem, for engines that count.

Promises: vehicles of a kind can stand in for one another without any cost or rule noticing. Called by `setpart`, by
way of its columns, and `pyvrp_data`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem, Vehicle


@dataclass(frozen=True, slots=True)
class Kind:
    """Vehicles that are interchangeable. `must_drive`: it has a route even without stops; then it is one vehicle."""

    vehicle_ids: tuple[str, ...]
    must_drive: bool


def kinds_of(problem: RoutingProblem) -> list[Kind]:
    """Vehicles grouped by all that can matter: their own data, and which stops name them."""
    named: dict[str, list[tuple[int, str]]] = {}
    for number, stop in enumerate(problem.stops):
        incumbents = [stop.incumbent] if stop.incumbent is not None and stop.change_cents > 0 else []
        for what, vehicle_ids in (("allowed", stop.allowed or ()), ("barred", stop.barred), ("incumbent", incumbents)):
            for vehicle_id in vehicle_ids:
                named.setdefault(vehicle_id, []).append((number, what))
    groups: dict[object, list[str]] = {}
    for vehicle in problem.vehicles:
        own = vehicle.vehicle_id
        key = own if must_drive(problem, vehicle) else (replace(vehicle, vehicle_id=""), tuple(named.get(own, ())))
        groups.setdefault(key, []).append(own)
    return [Kind(tuple(ids), must_drive(problem, problem.vehicle(ids[0]))) for ids in groups.values()]


def must_drive(problem: RoutingProblem, vehicle: Vehicle) -> bool:
    """Whether a plan is broken without a route of this vehicle: it is under way, or locked."""
    return problem.starts_on_board(vehicle) or any(vehicle.locked)


def priced_changes(problem: RoutingProblem) -> bool:
    """Whether another vehicle or another stop before costs something anywhere."""
    return any(
        (s.incumbent is not None and s.change_cents > 0) or (s.incumbent_after is not None and s.resequence_cents > 0)
        for s in problem.stops
    )


def items_of(problem: RoutingProblem) -> list[list[int]]:
    """Numbers of the stops by what is to be planned once: a stop, or one of several options."""
    items: dict[tuple[str, str], list[int]] = {}
    for number, stop in enumerate(problem.stops):
        name = ("option", stop.option_of) if stop.option_of else ("stop", stop.stop_id)
        items.setdefault(name, []).append(number)
    return list(items.values())


def on_vehicles(
    kinds: Sequence[Kind], routes: Iterable[tuple[int, list[list[str]]]], start: Sequences
) -> dict[str, list[list[str]]]:
    """Routes (kind, trips) on vehicles of their kind: on the one that has just this route in the start, if any does."""
    of_kind: dict[int, list[list[list[str]]]] = {}
    for kind, trips in routes:
        of_kind.setdefault(kind, []).append(trips)
    sequences: dict[str, list[list[str]]] = {}
    for kind, given in of_kind.items():
        free = list(kinds[kind].vehicle_ids)
        owner = {tuple(tuple(trip) for trip in start[v] if trip): v for v in free if v in start}
        fresh = []
        for trips in given:
            same = owner.pop(tuple(tuple(trip) for trip in trips if trip), None)
            if same is None:
                fresh.append(trips)
            else:
                free.remove(same)
                sequences[same] = trips
        sequences.update(zip(free, fresh, strict=False))
    return sequences
