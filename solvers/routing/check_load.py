"""What a trip carries: capacity, dimension by dimension, stop by stop, and goods that may not meet.

Promises: looks at one trip and its stops, not at times. Called by `check_route`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from solvers.routing.check_rules import Rule, Violation
from solvers.routing.parts import Stop, StopKind, Vehicle
from solvers.routing.plan import Trip
from solvers.routing.problem import RoutingProblem


def check_load(problem: RoutingProblem, vehicle: Vehicle, trip: Trip, stops: Sequence[Stop]) -> Iterator[Violation]:
    """Capacity and classes of one trip. stops: those of the trip that the problem knows, in order."""
    yield from _check_capacity(problem, vehicle, trip, stops)
    if problem.incompatible:
        yield from _check_classes(problem, vehicle, stops)


def _check_capacity(
    problem: RoutingProblem, vehicle: Vehicle, trip: Trip, stops: Sequence[Stop]
) -> Iterator[Violation]:
    aboard = _aboard_at_first(problem, vehicle, trip, stops)
    for number, dimension in enumerate(problem.dimensions):
        first = sum(stop.demand[number] for stop in aboard)
        limit = max(vehicle.capacity[number], first) if trip.on_board else vehicle.capacity[number]
        excess = _greatest_load(problem, aboard, stops, number) - limit
        if excess > 0:
            yield Violation(Rule.CAPACITY_EXCEEDED, vehicle.vehicle_id, size=excess, detail=dimension)


def _aboard_at_first(problem: RoutingProblem, vehicle: Vehicle, trip: Trip, stops: Sequence[Stop]) -> list[Stop]:
    """On board: all that the vehicle carries, planned or not. Loaded: all deliveries not picked up on the way."""
    if trip.on_board:
        return [stop for stop in problem.stops if stop.on_board == vehicle.vehicle_id]
    return [stop for stop in stops if stop.kind is StopKind.DELIVERY and stop.stop_id not in problem.pickup_of]


def _greatest_load(problem: RoutingProblem, aboard: Sequence[Stop], stops: Sequence[Stop], number: int) -> int:
    """Goods leave the vehicle only if they are in it; what is picked up without a shipment stays to the end."""
    inside = Counter(stop.stop_id for stop in aboard)
    load = most = sum(stop.demand[number] for stop in aboard)
    for stop in stops:
        if stop.kind is StopKind.PICKUP:
            inside[problem.delivery_of.get(stop.stop_id, "")] += 1
            load += stop.demand[number]
        elif inside[stop.stop_id] > 0:
            inside[stop.stop_id] -= 1
            load -= stop.demand[number]
        most = max(most, load)
    return most


def _check_classes(problem: RoutingProblem, vehicle: Vehicle, stops: Sequence[Stop]) -> Iterator[Violation]:
    classes = Counter(stop.goods_class for stop in stops if stop.goods_class)
    for one, other in sorted({(min(pair), max(pair)) for pair in problem.incompatible}):
        meet = classes[one] > 1 if one == other else classes[one] and classes[other]
        if meet:
            yield Violation(Rule.INCOMPATIBLE_GOODS, vehicle.vehicle_id, detail=f"{one} and {other}")
