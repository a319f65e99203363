"""One problem by PyVRP, as it comes: `python -m tests.bench.peers.pyvrp_script`.

As PyVRP's own reader builds it: a vehicle type for each kind of vehicle, stops without a prize required. A start is
its initial solution. Its search has one thread.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyvrp

from tests.bench.peers.routing_talk import Routes, answer, clock_of, read


def main() -> None:
    """Read, build, solve, tell."""
    question, distances, durations = read()
    data, clients, shipments = data_of(question, distances, durations)
    start = start_of(question, data, clients, shipments)
    clock = clock_of(question["clock"], 1)
    began_s = clock()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pyvrp.solve(
            data,
            lambda _: clock() - began_s >= question["seconds"],
            seed=question["seed"],
            display=False,
            initial_solution=start,
        )
    seconds = clock() - began_s
    told = "" if found.best.is_feasible() else "nothing feasible"
    answer(seconds, routes_of(found.best, clients, shipments), told)


def data_of(question: dict[str, Any], distances: list[Any], durations: list[Any]) -> tuple[Any, list[int], list[Any]]:
    """The problem, the stop of each client, and the stops of each shipment."""
    stops = question["stops"]
    places = sorted({kind["depot"] for kind in question["fleet"]})
    order = np.array(places + [stop["location"] for stop in stops])
    grid = np.ix_(order, order)
    paired = {number for pair in question["shipments"] for number in pair}
    clients = [number for number in range(len(stops)) if number not in paired]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in order],
        [_client(stops[number], len(places) + number) for number in clients],
        [pyvrp.Depot(number) for number in range(len(places))],
        [_kind(kind, places.index(kind["depot"])) for kind in question["fleet"]],
        [np.ascontiguousarray(matrix[grid], np.int64) for matrix in distances],
        [np.ascontiguousarray(matrix[grid], np.int64) for matrix in durations],
        shipments=[_shipment(stops, pair, len(places)) for pair in question["shipments"]],
    )
    return data, clients, question["shipments"]


def _client(stop: dict[str, Any], location: int) -> Any:
    goods = {"pickup" if stop["pickup"] else "delivery": stop["demand"]}
    return pyvrp.Client(
        location,
        **goods,
        service_duration=stop["service"],
        tw_early=stop["early"],
        tw_late=stop["late"],
        release_time=stop["release"],
        prize=stop["prize"] or 0,
        required=stop["prize"] is None,
    )


def _shipment(stops: list[dict[str, Any]], pair: tuple[int, int], first: int) -> Any:
    pickup, delivery = (stops[number] for number in pair)
    return pyvrp.Shipment(
        *(first + number for number in pair),
        pickup_tw_early=pickup["early"],
        pickup_tw_late=pickup["late"],
        pickup_service_duration=pickup["service"],
        delivery_tw_early=delivery["early"],
        delivery_tw_late=delivery["late"],
        delivery_service_duration=delivery["service"],
        amount=pickup["demand"],
        prize=pickup["prize"] or 0,
        required=pickup["prize"] is None,
    )


def _kind(kind: dict[str, Any], depot: int) -> Any:
    limits = {"shift_duration": kind["max_duration"], "max_distance": kind["max_distance"]}
    return pyvrp.VehicleType(
        kind["count"],
        capacity=kind["capacity"],
        start_depot=depot,
        end_depot=depot,
        fixed_cost=kind["fixed"],
        tw_early=kind["early"],
        tw_late=kind["late"],
        unit_distance_cost=kind["per_distance"],
        profile=kind["profile"],
        reload_depots=[depot] if kind["trips"] > 1 else [],
        max_reloads=kind["trips"] - 1,
        **{name: value for name, value in limits.items() if value is not None},
    )


def start_of(question: dict[str, Any], data: Any, clients: list[int], shipments: list[Any]) -> Any:
    """The question's start as a solution; None where it has none."""
    if not question["start"]:
        return None
    kinds = pyvrp.ActivityType
    step_of = {number: (kinds.CLIENT, index) for index, number in enumerate(clients)}
    for index, (pickup, delivery) in enumerate(shipments):
        step_of.update({pickup: (kinds.PICKUP, index), delivery: (kinds.DELIVERY, index)})
    places = sorted({kind["depot"] for kind in question["fleet"]})
    routes = []
    for kind, trips in question["start"]:
        reload = pyvrp.Activity(kinds.DEPOT, places.index(question["fleet"][kind]["depot"]))
        steps: list[Any] = []
        for trip in trips:
            steps += ([reload] if steps else []) + [pyvrp.Activity(*step_of[number]) for number in trip]
        routes.append(pyvrp.Route(data, steps, kind))
    return pyvrp.Solution(data, routes)


def routes_of(best: Any, clients: list[int], shipments: list[Any]) -> Routes:
    """Its solution, trips apart."""
    routes: Routes = []
    for route in best.routes():
        trips: list[list[int]] = [[]]
        for step in route:
            if step.is_depot():
                trips.append([])
            elif step.is_client():
                trips[-1].append(clients[step.idx])
            else:
                trips[-1].append(shipments[step.idx][0 if step.is_pickup() else 1])
        routes.append((route.vehicle_type(), [trip for trip in trips if trip]))
    return routes


if __name__ == "__main__":
    main()
