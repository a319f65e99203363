"""What a trip carries: capacity, dimension by dimension, stop by stop, and goods that may not meet.

Promises: looks at one trip and its stops, not at times. Called by `check_route`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from solvers.routing.check_rules import Rule, Violation
from solvers.routing.parts import Stop, StopKind, Vehicle
from solvers.routing.plan import Trip
from solvers.routing.problem import RoutingProblem

Aboard = Mapping[str, Sequence[Stop]]
"""vehicle_id -> stops whose goods it carries already; vehicles without any may be missing."""


def goods_aboard(problem: RoutingProblem) -> Aboard:
    """All goods on board, planned or not: what is not delivered stays on board to the end of the trip."""
    aboard: dict[str, list[Stop]] = {}
    for stop in problem.stops:
        if stop.on_board is not None:
            aboard.setdefault(stop.on_board, []).append(stop)
    return aboard


def check_load(
    problem: RoutingProblem, vehicle: Vehicle, trip: Trip, stops: Sequence[Stop], aboard: Aboard
) -> Iterator[Violation]:
    """Capacity and classes of one trip. stops: those of the trip that the problem knows, in order."""
    if trip.on_board:
        first = aboard.get(vehicle.vehicle_id, ())
    else:
        first = [stop for stop in stops if stop.kind is StopKind.DELIVERY and stop.stop_id not in problem.pickup_of]
    yield from _check_capacity(problem, vehicle, trip, first, stops)
    if problem.incompatible:
        yield from _check_classes(problem, vehicle, stops)


def _check_capacity(
    problem: RoutingProblem, vehicle: Vehicle, trip: Trip, first: Sequence[Stop], stops: Sequence[Stop]
) -> Iterator[Violation]:
    """first: the stops whose goods are in the vehicle when it leaves."""
    moves = _moves(problem, first, stops)
    for number, dimension in enumerate(problem.dimensions):
        begin = load = most = sum(stop.demand[number] for stop in first)
        for stop, sign in moves:
            load += sign * stop.demand[number]
            most = max(most, load)
        capacity = vehicle.capacity[number]
        excess = most - (max(capacity, begin) if trip.on_board else capacity)
        if excess > 0:
            yield Violation(Rule.CAPACITY_EXCEEDED, vehicle.vehicle_id, size=excess, detail=dimension)


def _moves(problem: RoutingProblem, first: Sequence[Stop], stops: Sequence[Stop]) -> list[tuple[Stop, int]]:
    """What goes in (+1) and out (-1), in order; nothing if nothing goes in: then the load is greatest at first.

    Goods leave the vehicle only if they are in it; what is picked up without a shipment stays to the end.
    """
    moves: list[tuple[Stop, int]] = []
    if all(stop.kind is StopKind.DELIVERY for stop in stops):
        return moves
    inside = Counter(stop.stop_id for stop in first)
    for stop in stops:
        if stop.kind is StopKind.PICKUP:
            inside[problem.delivery_of.get(stop.stop_id, "")] += 1
            moves.append((stop, 1))
        elif inside[stop.stop_id] > 0:
            inside[stop.stop_id] -= 1
            moves.append((stop, -1))
    return moves


def _check_classes(problem: RoutingProblem, vehicle: Vehicle, stops: Sequence[Stop]) -> Iterator[Violation]:
    classes = Counter(stop.goods_class for stop in stops if stop.goods_class)
    for one, other in sorted({(min(pair), max(pair)) for pair in problem.incompatible}):
        meet = classes[one] > 1 if one == other else classes[one] and classes[other]
        if meet:
            yield Violation(Rule.INCOMPATIBLE_GOODS, vehicle.vehicle_id, detail=f"{one} and {other}")
