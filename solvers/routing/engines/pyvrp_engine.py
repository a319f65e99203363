"""PyVRP: iterated local search with late acceptance, warm from a plan.

Promises: hard windows, several depots, profiles, capacities, several trips with releases; see `supports`. Only plain
ids leave the call. Called by `solve`, in a solver process; the solve releases the interpreter's lock.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from solvers.budget import Budget
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem, Vehicle

MAX_STOPS = 5_000


def supports(problem: RoutingProblem) -> bool:
    """Hard windows; every vehicle may serve every stop; no locks, goods on board, open ends, or price of change."""
    if not problem.vehicles or not 0 < len(problem.stops) <= MAX_STOPS:
        return False
    hours_are_free = all(v.cents_per_hour == 0 for v in problem.vehicles)
    single = all(v.max_trips == 1 for v in problem.vehicles)
    return (
        (hours_are_free or single)
        and all(_plain(problem, v) for v in problem.vehicles)
        and all(
            s.allowed is None
            and (s.latest_s == s.window_end_s or s.late_cents_per_min == 0)
            and (s.incumbent is None or s.change_cents == 0)
            for s in problem.stops
        )
    )


def _plain(problem: RoutingProblem, vehicle: Vehicle) -> bool:
    return (
        vehicle.max_trips >= 1
        and vehicle.load_s == 0
        and not vehicle.locked
        and not vehicle.open_end
        and not problem.starts_on_board(vehicle)
    )


def solve(problem: RoutingProblem, start: Sequences, budget: Budget) -> dict[str, list[list[str]]] | None:
    """Improve `start`; None if nothing possible was found. Raises ValueError if the problem is not supported."""
    if not supports(problem):
        raise ValueError("pyvrp_engine: problem not supported, see supports()")
    import pyvrp
    import pyvrp.exceptions
    from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

    deadline = budget.start()
    translation = _Translation(problem)
    initial = translation.solution(start)
    left_s = deadline.left_s()
    if left_s <= 0.0:
        return None
    stop: Any = MaxRuntime(left_s)
    if budget.iterations is not None:
        stop = MultipleCriteria([stop, MaxIterations(budget.iterations)])
    with warnings.catch_warnings():
        # It warns where it finds nothing possible; our answer then is None.
        warnings.simplefilter("ignore", pyvrp.exceptions.PenaltyBoundWarning)
        result = pyvrp.solve(
            translation.data, stop, seed=budget.seed, collect_stats=False, display=False, initial_solution=initial
        )
    return translation.sequences(result.best) if result.best.is_feasible() else None


def _price_unit(problem: RoutingProblem) -> int:
    """The greatest number that divides all prices of a metre, so that the numbers stay small."""
    return int(np.gcd.reduce([v.cents_per_km for v in problem.vehicles] or [1])) or 1


class _Translation:
    """The problem in PyVRP's words, and its answers in ours. One vehicle type a vehicle: types differ in their
    start."""

    def __init__(self, problem: RoutingProblem) -> None:
        import pyvrp

        self.problem, self.pyvrp = problem, pyvrp
        places = sorted({v.depot for v in problem.vehicles})
        self.depot_of = {place: number for number, place in enumerate(places)}
        order = np.array(places + [s.location for s in problem.stops], np.int64)
        grid = np.ix_(order, order)
        # Its stubs want the shape of the matrices in their type.
        metres: list[Any] = [np.ascontiguousarray(p.distance_m[grid], np.int64) for p in problem.profiles]
        seconds: list[Any] = [np.ascontiguousarray(p.duration_s[grid], np.int64) for p in problem.profiles]
        self.data = pyvrp.ProblemData(
            [pyvrp.Location(0.0, 0.0) for _ in order],
            self._clients(len(places)),
            [pyvrp.Depot(number) for number in range(len(places))],
            [self._vehicle_type(v) for v in problem.vehicles],
            metres,
            seconds,
        )

    def _clients(self, first: int) -> list[Any]:
        return [
            self.pyvrp.Client(
                first + number,
                delivery=list(s.demand),
                service_duration=s.service_s,
                tw_early=s.window_start_s,
                tw_late=s.latest_s,
                release_time=s.release_s,
                prize=self._money(s.prize_cents),
                required=False,
            )
            for number, s in enumerate(self.problem.stops)
        ]

    def _money(self, cents: int) -> int:
        """Cents in 1/1000 of the price unit: a metre at c cents per km then costs c / unit."""
        return cents * 1000 // _price_unit(self.problem)

    def _vehicle_type(self, v: Vehicle) -> Any:
        depot = self.depot_of[v.depot]
        return self.pyvrp.VehicleType(
            1,
            capacity=list(v.capacity),
            start_depot=depot,
            end_depot=depot,
            fixed_cost=self._money(v.fixed_cents),
            tw_early=v.begin_s,
            tw_late=max(v.begin_s, v.shift_end_s),
            unit_distance_cost=v.cents_per_km // _price_unit(self.problem),
            unit_duration_cost=self._money(v.cents_per_hour) // 3600,
            profile=v.profile,
            reload_depots=[depot] if v.max_trips > 1 else [],
            max_reloads=v.max_trips - 1,
        )

    def solution(self, start: Sequences) -> Any:
        """The start as a solution of PyVRP."""
        activity, kinds = self.pyvrp.Activity, self.pyvrp.ActivityType
        routes = []
        for number, vehicle in enumerate(self.problem.vehicles):
            trips = [trip for trip in start.get(vehicle.vehicle_id, ()) if trip]
            steps: list[Any] = []
            for trip in trips:
                if steps:
                    steps.append(activity(kinds.DEPOT, self.depot_of[vehicle.depot]))
                steps += [activity(kinds.CLIENT, self.problem.stop_index[s]) for s in trip]
            if steps:
                routes.append(self.pyvrp.Route(self.data, steps, number))
        return self.pyvrp.Solution(self.data, routes)

    def sequences(self, best: Any) -> dict[str, list[list[str]]]:
        """A solution of PyVRP as bare sequences."""
        sequences: dict[str, list[list[str]]] = {}
        for route in best.routes():
            trips: list[list[str]] = [[]]
            for step in route:
                if step.is_depot():
                    trips.append([])
                else:
                    trips[-1].append(self.problem.stops[step.idx].stop_id)
            name = self.problem.vehicles[route.vehicle_type()].vehicle_id
            sequences[name] = [trip for trip in trips if trip]
        return sequences
