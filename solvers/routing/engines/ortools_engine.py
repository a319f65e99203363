"""OR-Tools routing: iterated local search by string removals, warm by hint.

Promises: single-trip problems with hard or soft windows, several depots, profiles and capacities; see `supports`. The
model, the assignment and the search live and die in one call; only plain ids leave it. Called by `solve`, in a solver
process of its own: the solve holds the interpreter's lock and ignores SIGTERM.
"""

from __future__ import annotations

from typing import Any

from solvers.budget import Budget
from solvers.routing.plan import Sequences
from solvers.routing.problem import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    RoutingProblem,
    Vehicle,
)

MAX_STOPS = 1_500
"""Beyond this, building the first solution alone breaks short limits (measured: 1,000 stops, 0.75 s)."""
RUIN = (10, 10, 0.01)
"""Strings of SISR: mean removals, longest, share of routes (Christiaens and Vanden Berghe 2020)."""


def supports(problem: RoutingProblem) -> bool:
    """Single trips from the depot, nothing locked, no goods on board, no release that matters, no price of change."""
    if not problem.vehicles or not 0 < len(problem.stops) <= MAX_STOPS:
        return False
    first_leave_s = min(v.begin_s + v.load_s for v in problem.vehicles)
    return all(v.max_trips == 1 and not v.locked and not problem.starts_on_board(v) for v in problem.vehicles) and all(
        s.release_s <= first_leave_s and (s.incumbent is None or s.change_cents == 0) for s in problem.stops
    )


def solve(problem: RoutingProblem, start: Sequences, budget: Budget) -> dict[str, list[list[str]]] | None:
    """Improve `start`; None if no solution was found in time. Raises ValueError if the problem is not supported."""
    if not supports(problem):
        raise ValueError("ortools_engine: problem not supported, see supports()")
    deadline = budget.start()
    model = _Model(problem)
    return model.solve(start, deadline.left_s(), budget)


class _Model:
    """The routing model; nodes are the stops, then places of vehicles, then "nowhere", the end of open routes."""

    def __init__(self, problem: RoutingProblem) -> None:
        from ortools.constraint_solver import pywrapcp

        self.problem, self.cp = problem, pywrapcp
        places = sorted({v.start for v in problem.vehicles} | {v.depot for v in problem.vehicles})
        first = len(problem.stops)
        node_of = {place: first + k for k, place in enumerate(places)}
        self.locations: list[int] = [s.location for s in problem.stops] + places
        # A node that is no vehicle's start or end would have to be visited: "nowhere" is there only if it is needed.
        self.nowhere = len(self.locations)
        self.nodes = self.nowhere + any(v.open_end for v in problem.vehicles)
        starts = [node_of[v.start] for v in problem.vehicles]
        ends = [self.nowhere if v.open_end else node_of[v.depot] for v in problem.vehicles]
        self.base_s = min(v.begin_s for v in problem.vehicles)
        self.manager = pywrapcp.RoutingIndexManager(self.nodes, len(starts), starts, ends)
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._add_costs()
        self._add_loads()
        self._add_times()
        self._add_stops()

    def _matrix(self, profile: int, what: str, factor: int, service: bool) -> list[list[int]]:
        values = getattr(self.problem.profiles[profile], what)
        extra = self.nodes - self.nowhere
        rows = [[int(values[a, b]) * factor for b in self.locations] + [0] * extra for a in self.locations]
        if service:
            for number, stop in enumerate(self.problem.stops):
                rows[number] = [value + stop.service_s for value in rows[number]]
        return rows + [[0] * self.nodes] * extra

    def _add_costs(self) -> None:
        known: dict[tuple[int, int], int] = {}
        for number, v in enumerate(self.problem.vehicles):
            key = (v.profile, v.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM)
            if key not in known:
                known[key] = self.routing.RegisterTransitMatrix(self._matrix(v.profile, "distance_m", key[1], False))
            self.routing.SetArcCostEvaluatorOfVehicle(known[key], number)
            loading = v.load_s * v.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR
            self.routing.SetFixedCostOfVehicle(v.fixed_cents * TICKS_PER_CENT + loading, number)

    def _add_loads(self) -> None:
        for k, name in enumerate(self.problem.dimensions):
            loads = [s.demand[k] for s in self.problem.stops]
            loads += [0] * (self.nodes - len(loads))
            evaluator = self.routing.RegisterUnaryTransitVector(loads)
            capacities = [v.capacity[k] for v in self.problem.vehicles]
            self.routing.AddDimensionWithVehicleCapacity(evaluator, 0, capacities, True, name)

    def _add_times(self) -> None:
        profiles = {v.profile for v in self.problem.vehicles}
        known = {p: self.routing.RegisterTransitMatrix(self._matrix(p, "duration_s", 1, True)) for p in profiles}
        evaluators = [known[v.profile] for v in self.problem.vehicles]
        ends_s = [v.shift_end_s - self.base_s for v in self.problem.vehicles]
        self.routing.AddDimensionWithVehicleTransitAndCapacity(evaluators, max(ends_s), ends_s, False, "time")
        self.time = self.routing.GetDimensionOrDie("time")
        for number, v in enumerate(self.problem.vehicles):
            leave_s = max(0, v.begin_s + v.load_s - self.base_s)
            self.time.CumulVar(self.routing.Start(number)).SetMin(leave_s)
            self.time.CumulVar(self.routing.End(number)).SetMax(max(0, ends_s[number]))
            if v.cents_per_hour:
                price = v.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR
                self.time.SetSpanCostCoefficientForVehicle(price, number)

    def _add_stops(self) -> None:
        for number, stop in enumerate(self.problem.stops):
            index = self.manager.NodeToIndex(number)
            self.routing.AddDisjunction([index], stop.prize_cents * TICKS_PER_CENT)
            cumul = self.time.CumulVar(index)
            cumul.SetMin(max(0, stop.window_start_s - self.base_s))
            cumul.SetMax(max(0, stop.latest_s - self.base_s))
            if stop.late_cents_per_min and stop.latest_s > stop.window_end_s:
                price = stop.late_cents_per_min * TICKS_PER_SECOND_AND_CENT_PER_MIN
                self.time.SetCumulVarSoftUpperBound(index, max(0, stop.window_end_s - self.base_s), price)
            if stop.allowed is not None:
                able = [self.problem.vehicle_index[v] for v in stop.allowed if v in self.problem.vehicle_index]
                # -1 lets the stop stay unplanned.
                self.routing.VehicleVar(index).SetValues([-1, *sorted(able)])

    def _parameters(self, seconds: float, budget: Budget) -> Any:
        from ortools.constraint_solver import routing_enums_pb2, routing_ils_pb2

        parameters = self.cp.DefaultRoutingSearchParameters()
        kinds = routing_enums_pb2.FirstSolutionStrategy
        parameters.first_solution_strategy = kinds.LOCAL_CHEAPEST_INSERTION
        parameters.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
        if budget.solutions is not None:
            parameters.solution_limit = budget.solutions
        parameters.use_iterated_local_search = True
        ils = parameters.iterated_local_search_parameters
        ruin = routing_ils_pb2.RuinStrategy()
        ruin.sisr.avg_num_removed_visits, ruin.sisr.max_removed_sequence_size, ruin.sisr.bypass_factor = RUIN
        ils.ruin_recreate_parameters.ruin_strategies.append(ruin)
        ils.improve_perturbed_solution = False
        ils.reference_solution_acceptance_strategy.simulated_annealing.automatic_temperatures = True
        return parameters

    def solve(self, start: Sequences, seconds: float, budget: Budget) -> dict[str, list[list[str]]] | None:
        """Search from `start` for so long."""
        if seconds <= 0.0:
            return None
        parameters = self._parameters(seconds, budget)
        self.routing.CloseModelWithParameters(parameters)
        # The hint must outlive the search.
        hint = self.routing.ReadAssignmentFromRoutes([self._nodes(v, start) for v in self.problem.vehicles], True)
        if hint is not None:
            self.routing.SetFirstSolutionHint(hint)
        found = self.routing.SolveWithIteratedLocalSearch(parameters)
        return None if found is None else self._sequences(found)

    def _nodes(self, vehicle: Vehicle, start: Sequences) -> list[int]:
        index = self.problem.stop_index
        return [
            self.manager.NodeToIndex(index[s]) for trip in start.get(vehicle.vehicle_id, ()) for s in trip if s in index
        ]

    def _sequences(self, found: Any) -> dict[str, list[list[str]]]:
        sequences: dict[str, list[list[str]]] = {}
        for number, vehicle in enumerate(self.problem.vehicles):
            trip: list[str] = []
            index = found.Value(self.routing.NextVar(self.routing.Start(number)))
            while not self.routing.IsEnd(index):
                trip.append(self.problem.stops[self.manager.IndexToNode(index)].stop_id)
                index = found.Value(self.routing.NextVar(index))
            if trip:
                sequences[vehicle.vehicle_id] = [trip]
        return sequences
