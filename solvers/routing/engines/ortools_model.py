"""A routing problem as a model of OR-Tools' routing library.

Promises: a solution of the model is a plan that keeps all rules of the problem, breaks included; costs are the
checker's but for overtime of routes that begin within it, which looks dearer. Called by `ortools_engine` only, for
problems that it supports. OR-Tools' objects live and die with the model: only plain ids leave it.

Nodes are the stops, then places of vehicles, then "nowhere", the end of open routes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.routing.engines.kinds import items_of, priced_changes
from solvers.routing.parts import StopKind
from solvers.routing.plan import Sequences
from solvers.routing.problem import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    RoutingProblem,
    Vehicle,
)

Ints = npt.NDArray[np.int64]
LARGEST = 2**62


class RoutingModel:
    """The model, its dimensions, and what reads it."""

    def __init__(self, problem: RoutingProblem) -> None:
        from ortools.constraint_solver import pywrapcp

        self.problem = problem
        vehicles = problem.vehicles
        ends = [v.last_location for v in vehicles]
        places = sorted({v.depot for v in vehicles} | {end for end in ends if end is not None})
        first = len(problem.stops)
        node_of = {place: first + k for k, place in enumerate(places)}
        # A node that is no vehicle's start or end would have to be visited: "nowhere" is there only if it is needed.
        self.nowhere = first + len(places)
        self.nodes = self.nowhere + any(end is None for end in ends)
        self.locations = np.array([s.location for s in problem.stops] + places, np.int64)
        self.service_s = np.array([s.service_s + s.setup_s for s in problem.stops] + [0] * (self.nodes - first))
        self.base_s = min(v.begin_s for v in vehicles)
        self.manager = pywrapcp.RoutingIndexManager(
            self.nodes,
            len(vehicles),
            [node_of[v.depot] for v in vehicles],
            [self.nowhere if end is None else node_of[end] for end in ends],
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._add_costs()
        self._add_loads()
        self._add_limits()
        self._add_times()
        self._add_breaks()
        self._add_stops()
        self._add_shipments()
        self._add_locks()

    def _index(self, stop_id: str) -> int:
        return int(self.manager.NodeToIndex(self.problem.stop_index[stop_id]))

    def _matrix(self, profile: int, what: str) -> Ints:
        """Of all nodes; what leads to nowhere takes nothing."""
        values = getattr(self.problem.profiles[profile], what)
        grid = np.zeros((self.nodes, self.nodes), np.int64)
        grid[: self.nowhere, : self.nowhere] = values[np.ix_(self.locations, self.locations)]
        return grid

    def _add_costs(self) -> None:
        known: dict[tuple[int, int], int] = {}
        changes = priced_changes(self.problem)
        for number, v in enumerate(self.problem.vehicles):
            key = (v.profile, v.cents_per_km)
            if changes or key not in known:
                ticks = self._matrix(v.profile, "distance_m") * (v.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM)
                if changes:
                    self._add_changes(ticks, v)
                known[key] = self.routing.RegisterTransitMatrix(ticks.tolist())
            self.routing.SetArcCostEvaluatorOfVehicle(known[key], number)
            loading = v.load_s * v.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR
            self.routing.SetFixedCostOfVehicle(v.fixed_cents * TICKS_PER_CENT + loading, number)

    def _add_changes(self, ticks: Ints, vehicle: Vehicle) -> None:
        """Another vehicle, and another stop before, cost on the way to the stop."""
        index, stops = self.problem.stop_index, len(self.problem.stops)
        for c, stop in enumerate(self.problem.stops):
            if stop.incumbent not in (None, vehicle.vehicle_id):
                ticks[:, c] += stop.change_cents * TICKS_PER_CENT
            if stop.incumbent_after is not None:
                moved = np.ones(self.nodes, bool)
                if stop.incumbent_after == "":
                    moved[stops:] = False
                elif stop.incumbent_after in index:
                    moved[index[stop.incumbent_after]] = False
                ticks[moved, c] += stop.resequence_cents * TICKS_PER_CENT

    def _add_loads(self) -> None:
        """What is on the vehicle. It leaves with the goods of its deliveries from the depot, no less, so it ends with
        those of its pickups for the depot."""
        problem = self.problem
        tied = {*problem.delivery_of, *problem.pickup_of}
        for k, name in enumerate(problem.dimensions):
            capacities = [v.capacity[k] for v in problem.vehicles]
            steps, brought = [0] * self.nodes, [0] * self.nodes
            for c, stop in enumerate(problem.stops):
                steps[c] = stop.demand[k] if stop.kind is StopKind.PICKUP else -stop.demand[k]
                brought[c] = stop.demand[k] if stop.kind is StopKind.PICKUP and stop.stop_id not in tied else 0
            load = self._count(f"load {name}", steps, capacities, False)
            back = self._count(f"brought {name}", brought, capacities, True)
            for v in range(len(problem.vehicles)):
                end = self.routing.End(v)
                self.routing.solver().Add(load.CumulVar(end) == back.CumulVar(end))

    def _count(self, name: str, values: list[int], most: list[int], from_zero: bool) -> Any:
        evaluator = self.routing.RegisterUnaryTransitVector(values)
        self.routing.AddDimensionWithVehicleCapacity(evaluator, 0, most, from_zero, name)
        return self.routing.GetDimensionOrDie(name)

    def _add_limits(self) -> None:
        vehicles = self.problem.vehicles
        if any(v.max_stops is not None for v in vehicles):
            ones = [1] * len(self.problem.stops) + [0] * (self.nodes - len(self.problem.stops))
            self._count("stops", ones, [_most(v.max_stops) for v in vehicles], True)
        for what, limits in (
            ("distance_m", [v.max_distance_m for v in vehicles]),
            ("duration_s", [v.max_drive_s for v in vehicles]),
        ):
            if any(limit is not None for limit in limits):
                known = {
                    p: self.routing.RegisterTransitMatrix(self._matrix(p, what).tolist())
                    for p in {v.profile for v in vehicles}
                }
                evaluators = [known[v.profile] for v in vehicles]
                most = [_most(limit) for limit in limits]
                self.routing.AddDimensionWithVehicleTransitAndCapacity(evaluators, 0, most, True, f"limit {what}")

    def _add_times(self) -> None:
        vehicles, routing = self.problem.vehicles, self.routing
        known = {
            p: routing.RegisterTransitMatrix((self._matrix(p, "duration_s") + self.service_s[:, None]).tolist())
            for p in {v.profile for v in vehicles}
        }
        ends_s = [v.shift_end_s - self.base_s for v in vehicles]
        routing.AddDimensionWithVehicleTransitAndCapacity(
            [known[v.profile] for v in vehicles], max(0, *ends_s), [max(0, end_s) for end_s in ends_s], False, "time"
        )
        self.time = routing.GetDimensionOrDie("time")
        for number, v in enumerate(vehicles):
            start, end = self.time.CumulVar(routing.Start(number)), self.time.CumulVar(routing.End(number))
            leave_s = v.begin_s + v.load_s - self.base_s
            if leave_s > max(0, ends_s[number]):
                self._stays_home(number)
                continue
            start.SetMin(leave_s)
            if v.cents_per_hour:
                price = v.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR
                self.time.SetSpanCostCoefficientForVehicle(price, number)
            if v.max_duration_s is not None:
                if v.max_duration_s < v.load_s:
                    self._stays_home(number)
                else:
                    self.time.SetSpanUpperBoundForVehicle(v.max_duration_s - v.load_s, number)
            if v.overtime_cents_per_hour and v.overtime_from_s < v.shift_end_s:
                price = v.overtime_cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR
                from_s = max(0, v.overtime_from_s - self.base_s)
                self.time.SetCumulVarSoftUpperBound(routing.End(number), from_s, price)
            routing.AddVariableMinimizedByFinalizer(end)
            routing.AddVariableMaximizedByFinalizer(start)

    def _stays_home(self, number: int) -> None:
        """Who cannot even leave in time has no stops."""
        self.routing.NextVar(self.routing.Start(number)).SetValue(self.routing.End(number))

    def _add_breaks(self) -> None:
        """Breaks of a route that begins before them lie after its begin (loading included). One that has begun by the
        break's latest moment needs it, unless it is over by then; later beginners need not, but the model asks it of
        them, so they must begin in time."""
        solver = self.routing.solver()
        for number, v in enumerate(self.problem.vehicles):
            if not v.breaks:
                continue
            start = self.time.CumulVar(self.routing.Start(number))
            intervals = []
            for k, one in enumerate(v.breaks):
                early_s, late_s = max(0, one.earliest_s - self.base_s), one.latest_s - self.base_s
                if late_s < early_s:
                    continue
                pause = solver.FixedDurationIntervalVar(early_s, late_s, one.duration_s, False, f"break {number} {k}")
                solver.Add(pause.StartExpr() >= start)
                intervals.append(pause)
            self.time.SetBreakIntervalsOfVehicle(intervals, number, self.service_s.tolist())

    def _add_stops(self) -> None:
        locked = {stop_id for v in self.problem.vehicles for trip in v.locked for stop_id in trip}
        for options in items_of(self.problem):
            stops = [self.problem.stops[c] for c in options]
            prize = max(s.prize_cents for s in stops) * TICKS_PER_CENT
            if not any(s.stop_id in locked for s in stops):
                self.routing.AddDisjunction([self._index(s.stop_id) for s in stops], prize)
        for stop in self.problem.stops:
            index = self._index(stop.stop_id)
            cumul = self.time.CumulVar(index)
            able = [k for k, v in enumerate(self.problem.vehicles) if self.problem.may_serve(v, stop)]
            if stop.latest_s < self.base_s:
                able = []
            else:
                cumul.SetMin(max(0, stop.window_start_s - self.base_s))
                cumul.SetMax(max(0, stop.latest_s - self.base_s))
            for from_s, to_s in stop.closed_s:
                if to_s - from_s > 1 and to_s > self.base_s:
                    cumul.RemoveInterval(max(-1, from_s - self.base_s) + 1, to_s - 1 - self.base_s)
            if stop.late_cents_per_min and stop.latest_s > stop.window_end_s:
                price = stop.late_cents_per_min * TICKS_PER_SECOND_AND_CENT_PER_MIN
                self.time.SetCumulVarSoftUpperBound(index, max(0, stop.window_end_s - self.base_s), price)
            if len(able) < len(self.problem.vehicles):
                # -1 lets the stop stay unplanned.
                self.routing.VehicleVar(index).SetValues([-1, *able])

    def _add_shipments(self) -> None:
        routing, solver = self.routing, self.routing.solver()
        for shipment in self.problem.shipments:
            pickup, delivery = self._index(shipment.pickup_id), self._index(shipment.delivery_id)
            routing.AddPickupAndDelivery(pickup, delivery)
            solver.Add(routing.ActiveVar(pickup) == routing.ActiveVar(delivery))
            solver.Add(routing.VehicleVar(pickup) == routing.VehicleVar(delivery))
            solver.Add(self.time.CumulVar(pickup) <= self.time.CumulVar(delivery))

    def _add_locks(self) -> None:
        """By the variables themselves: what `ApplyLocks` asks for, the iterated local search does not keep."""
        for number, v in enumerate(self.problem.vehicles):
            at = self.routing.Start(number)
            for stop_id in (stop_id for trip in v.locked for stop_id in trip):
                self.routing.NextVar(at).SetValue(self._index(stop_id))
                at = self._index(stop_id)

    def hint(self, start: Sequences) -> Any:
        """The start as an assignment of the closed model, None if it is none."""
        routes = [
            [self._index(stop_id) for trip in start.get(v.vehicle_id, ()) for stop_id in trip]
            for v in self.problem.vehicles
        ]
        return self.routing.ReadAssignmentFromRoutes(routes, True)

    def sequences(self, found: Any) -> dict[str, list[list[str]]]:
        """An assignment as bare sequences."""
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


def _most(limit: int | None) -> int:
    return LARGEST if limit is None else limit
