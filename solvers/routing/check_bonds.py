"""What ties stops of different trips and vehicles together: shipments, options, relations.

Promises: looks at who is where, not at times. Called by `check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from solvers.routing.check_rules import Rule, Violation
from solvers.routing.parts import Relation, RelationKind
from solvers.routing.plan import RoutingPlan
from solvers.routing.problem import RoutingProblem


class Place(NamedTuple):
    """Where a stop is planned: vehicle, number of the vehicle's trip, position in the trip."""

    vehicle_id: str
    trip: int
    position: int


def check_bonds(problem: RoutingProblem, plan: RoutingPlan) -> Iterator[Violation]:
    """Every tie between stops. A stop that is planned twice counts where it is first."""
    if not (problem.shipments or problem.relations or problem.options):
        return
    places = _places(plan)
    yield from _check_shipments(problem, places)
    yield from _check_options(problem, places)
    for relation in problem.relations:
        yield from _check_relation(relation, places)


def _places(plan: RoutingPlan) -> dict[str, Place]:
    places: dict[str, Place] = {}
    trips: Counter[str] = Counter()
    for route in plan.routes:
        for trip in route.trips:
            for position, stop_id in enumerate(trip.stop_ids):
                places.setdefault(stop_id, Place(route.vehicle_id, trips[route.vehicle_id], position))
            trips[route.vehicle_id] += 1
    return places


def _check_shipments(problem: RoutingProblem, places: dict[str, Place]) -> Iterator[Violation]:
    for shipment in problem.shipments:
        pickup, delivery = places.get(shipment.pickup_id), places.get(shipment.delivery_id)
        if pickup is None and delivery is None:
            continue
        detail = ""
        if pickup is None or delivery is None:
            detail = f"{shipment.pickup_id if pickup is None else shipment.delivery_id} is not planned"
        elif pickup[:2] != delivery[:2]:
            detail = f"picked up by {pickup.vehicle_id} in trip {pickup.trip}"
        elif pickup.position > delivery.position:
            detail = "delivered before it is picked up"
        if detail:
            vehicle_id = (delivery or pickup or Place("", 0, 0)).vehicle_id
            yield Violation(Rule.SHIPMENT_BROKEN, vehicle_id, shipment.delivery_id, detail=detail)


def _check_options(problem: RoutingProblem, places: dict[str, Place]) -> Iterator[Violation]:
    for name, stop_ids in problem.options.items():
        planned = [stop_id for stop_id in stop_ids if stop_id in places]
        if len(planned) > 1:
            at = places[planned[1]].vehicle_id
            yield Violation(Rule.OPTION_TWICE, at, planned[1], len(planned) - 1, f"{name}: {planned[0]} is planned")


def _check_relation(relation: Relation, places: dict[str, Place]) -> Iterator[Violation]:
    planned = [stop_id for stop_id in relation.stop_ids if stop_id in places]
    broken = [(a, b) for a, b in pairwise(planned) if not _follows(relation.kind, places[a], places[b])]
    if broken:
        before, stop_id = broken[0]
        detail = f"{relation.kind}: {stop_id} after {before}"
        yield Violation(Rule.RELATION_BROKEN, places[stop_id].vehicle_id, stop_id, len(broken), detail)


def _follows(kind: RelationKind, before: Place, after: Place) -> bool:
    if before.vehicle_id != after.vehicle_id:
        return False
    if kind is RelationKind.SAME_VEHICLE:
        return True
    if kind is RelationKind.SEQUENCE:
        return before[1:] < after[1:]
    return (before.trip, before.position + 1) == (after.trip, after.position)
