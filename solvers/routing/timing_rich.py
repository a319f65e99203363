"""Times of routes with any rule, by the compiled simulation.

Promises: the times whose cost and violations the simulation tells the search. Each call makes the arrays of its one
route only, and shares nothing with other threads; `RoutePricer` keeps the arrays of the whole problem instead, for
those who ask often. With speed bands, the rests of a vehicle with breaks or a driving rule are not placed to sit
out slow traffic: such a route may end later than it could. Called by `timing`, engines and answers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solvers.routing.layout import I64
from solvers.routing.parts import Profile, Stop, Vehicle
from solvers.routing.plan import Rest, Route, Trip, Visit
from solvers.routing.problem import MAX_TRIPS, RoutingProblem
from solvers.routing.rich import layout as at
from solvers.routing.rich.arrays import part_data, rich_data, route_row, work_of
from solvers.routing.rich.layout import Work
from solvers.routing.rich.simulate_entries import price, write


def time_rich(problem: RoutingProblem, vehicle: Vehicle, trips: Sequence[Sequence[Stop]]) -> Route:
    """Times of one vehicle's trips, see `timing.time_route`."""
    stops = list({stop.stop_id: stop for trip in trips for stop in trip}.values())
    index = {stop.stop_id: number for number, stop in enumerate(stops)}
    data = part_data(problem, (vehicle,), stops)
    row = route_row(index, [[stop.stop_id for stop in trip] for trip in trips])
    work = work_of(data, len(row))
    price(data, work, 0, row, len(row))
    write(data, work, 0, row)
    done = tuple(_trip(work, stops, row, number) for number in range(int(work.out[at.O_TRIPS])))
    rests = tuple(Rest(begin_s, end_s) for begin_s, end_s in work.rest[: work.out[at.O_RESTS]].tolist())
    return Route(vehicle.vehicle_id, done, rests)


def _trip(work: Work, stops: Sequence[Stop], row: I64, number: int) -> Trip:
    trip = work.trip[number].tolist()
    visits = []
    for place in range(trip[at.T_FROM], trip[at.T_TO]):
        stop = stops[row[place]]
        arrive_s, start_s, depart_s, _ = work.visit[place].tolist()
        visits.append(Visit(stop.stop_id, arrive_s, start_s, depart_s, max(0, start_s - stop.window_end_s)))
    return Trip(
        tuple(visits),
        trip[at.T_LOAD],
        trip[at.T_DEPART],
        trip[at.T_END],
        trip[at.T_METRES],
        trip[at.T_BOARD] == 1,
        trip[at.T_LATEST],
    )


def warm_up_timing() -> None:
    """Compile or load the simulation."""
    leg = np.ones((2, 2), np.int32) - np.eye(2, dtype=np.int32)
    stops = (Stop("s", 1, (1,), 0, 100, 100, prize_cents=1000),)
    problem = RoutingProblem((Profile(leg, leg),), stops, (Vehicle("v", 0, 0, (9,), cents_per_km=1),), ("units",))
    time_rich(problem, problem.vehicles[0], (stops,))


class RoutePricer:
    """Cost and violations of many routes of one problem. For one thread."""

    def __init__(self, problem: RoutingProblem) -> None:
        self.problem = problem
        self.data = rich_data(problem)
        self.work = work_of(self.data, 2 * len(problem.stops) + 2 * MAX_TRIPS)

    def price(self, vehicle_id: str, trips: Sequence[Sequence[str]]) -> tuple[int, int]:
        """Cost in ticks, as `check.route_cost` of the route's times says, and violations, 0: none.

        Relations, options and stops planned twice are not looked at. Raises KeyError for unknown ids.
        """
        row = route_row(self.problem.stop_index, trips)
        cost, broken = price(self.data, self.work, self.problem.vehicle_index[vehicle_id], row, len(row))
        return int(cost), int(broken)
