"""One problem by OR-Tools' routing library with guided local search: `python -m tests.bench.peers.ortools_script`.

Matrices are registered, not called back. The first solution is the start of the question or, without one, by savings,
with shipments by parallel cheapest insertion. One thread, no seed.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from tests.bench.peers.routing_talk import Routes, answer, loads, read, vehicles

STRATEGY = routing_enums_pb2.FirstSolutionStrategy


def main() -> None:
    """Read, build, solve, tell."""
    question, distances, durations = read()
    manager, routing = model_of(question, distances, durations)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        STRATEGY.PARALLEL_CHEAPEST_INSERTION if question["shipments"] else STRATEGY.SAVINGS
    )
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(1000 * question["seconds"]))
    routing.CloseModelWithParameters(parameters)
    start = start_of(question, manager, routing)
    began_s = time.perf_counter()
    if start is None:
        found = routing.SolveWithParameters(parameters)
    else:
        found = routing.SolveFromAssignmentWithParameters(start, parameters)
    answer(time.perf_counter() - began_s, [] if found is None else routes_of(question, manager, routing, found))


def model_of(question: dict[str, Any], distances: list[Any], durations: list[Any]) -> tuple[Any, Any]:
    """Nodes are the stops, then the depots."""
    stops, fleet = question["stops"], vehicles(question)
    places = sorted({kind["depot"] for kind in question["fleet"]})
    order = np.array([stop["location"] for stop in stops] + places)
    depots = [len(stops) + places.index(kind["depot"]) for _, kind in fleet]
    manager = pywrapcp.RoutingIndexManager(len(order), len(fleet), depots, depots)
    routing = pywrapcp.RoutingModel(manager)
    grid = np.ix_(order, order)
    service = np.array([stop["service"] for stop in stops] + [0] * len(places))[:, None]
    costs = [
        routing.RegisterTransitMatrix((distances[kind["profile"]][grid] * kind["per_distance"]).tolist())
        for kind in question["fleet"]
    ]
    times = [
        routing.RegisterTransitMatrix((durations[kind["profile"]][grid] + service).tolist())
        for kind in question["fleet"]
    ]
    for number, (kind_number, kind) in enumerate(fleet):
        routing.SetArcCostEvaluatorOfVehicle(costs[kind_number], number)
        routing.SetFixedCostOfVehicle(kind["fixed"], number)
    for dimension in range(len(stops[0]["demand"])):
        evaluator = routing.RegisterUnaryTransitVector(loads(question, dimension) + [0] * len(places))
        capacities = [kind["capacity"][dimension] for _, kind in fleet]
        routing.AddDimensionWithVehicleCapacity(
            evaluator, 0, capacities, not question["shipments"], f"load {dimension}"
        )
    _add_times(question, manager, routing, [times[kind_number] for kind_number, _ in fleet])
    _add_stops(question, manager, routing)
    return manager, routing


def _add_times(question: dict[str, Any], manager: Any, routing: Any, evaluators: list[int]) -> None:
    fleet, stops = vehicles(question), question["stops"]
    ends = [kind["late"] for _, kind in fleet]
    routing.AddDimensionWithVehicleTransitAndCapacity(evaluators, max(ends), ends, False, "time")
    dimension = routing.GetDimensionOrDie("time")
    for number, (_, kind) in enumerate(fleet):
        dimension.CumulVar(routing.Start(number)).SetMin(kind["early"])
        if kind["max_duration"] is not None:
            dimension.SetSpanUpperBoundForVehicle(kind["max_duration"], number)
    for number, stop in enumerate(stops):
        late = min(stop["late"], max(ends))
        dimension.CumulVar(manager.NodeToIndex(number)).SetRange(stop["early"], late)


def _add_stops(question: dict[str, Any], manager: Any, routing: Any) -> None:
    time_of = routing.GetDimensionOrDie("time")
    for number, stop in enumerate(question["stops"]):
        if stop["prize"] is not None:
            routing.AddDisjunction([manager.NodeToIndex(number)], stop["prize"])
    for pair in question["shipments"]:
        pickup, delivery = (manager.NodeToIndex(number) for number in pair)
        routing.AddPickupAndDelivery(pickup, delivery)
        routing.solver().Add(routing.VehicleVar(pickup) == routing.VehicleVar(delivery))
        routing.solver().Add(time_of.CumulVar(pickup) <= time_of.CumulVar(delivery))


def start_of(question: dict[str, Any], manager: Any, routing: Any) -> Any:
    """The question's start as an assignment; None where it has none."""
    if not question["start"]:
        return None
    free: dict[int, list[int]] = {}
    for number, (kind_number, _) in enumerate(vehicles(question)):
        free.setdefault(kind_number, []).append(number)
    routes: list[list[int]] = [[] for _ in vehicles(question)]
    for kind_number, trips in question["start"]:
        routes[free[kind_number].pop()] = [manager.NodeToIndex(number) for trip in trips for number in trip]
    return routing.ReadAssignmentFromRoutes(routes, True)


def routes_of(question: dict[str, Any], manager: Any, routing: Any, found: Any) -> Routes:
    """Its solution."""
    routes: Routes = []
    for number, (kind_number, _) in enumerate(vehicles(question)):
        trip: list[int] = []
        index = found.Value(routing.NextVar(routing.Start(number)))
        while not routing.IsEnd(index):
            trip.append(manager.IndexToNode(index))
            index = found.Value(routing.NextVar(index))
        if trip:
            routes.append((kind_number, [trip]))
    return routes


if __name__ == "__main__":
    main()
