"""A routing problem in PyVRP's words, and PyVRP's solutions in ours.

Promises: exact, in both directions: a feasible solution of PyVRP is a plan that keeps all rules, and PyVRP's cost and
the checker's differ by a constant (the prizes of options that are not needed). Called by `pyvrp_engine` only, for
problems that it supports.

How rules are folded. Money is ticks, divided by what divides them all. One vehicle type a kind of vehicle. Stops that
some kinds may not serve ask for one unit of a load dimension of their own, of which these kinds have none. A limit on
stops is a load dimension, too. Several windows, and options, are groups of clients that exclude one another. Prices of
change go into the distances to the stop. Open ends are a place that is near to everything.
"""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.routing.engines.kinds import items_of, kinds_of, on_vehicles, priced_changes
from solvers.routing.parts import StopKind
from solvers.routing.plan import Sequences
from solvers.routing.problem import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    RoutingProblem,
    Stop,
    Vehicle,
)
from solvers.routing.timing import time_route

MAX_CLASSES = 12
"""Of stops by the kinds of vehicles that may serve them; each costs a load dimension."""


def windows_of(stop: Stop) -> list[tuple[int, int]]:
    """When service may start, from and to, ends included; none that is over before the goods are there."""
    opens = [stop.window_start_s, *(to_s for _, to_s in stop.closed_s)]
    closes = [*(from_s for from_s, _ in stop.closed_s), stop.latest_s]
    return [(early_s, late_s) for early_s, late_s in zip(opens, closes, strict=True) if stop.release_s <= late_s]


def restricted(problem: RoutingProblem) -> dict[frozenset[int], list[int]]:
    """Kinds that may serve it -> stops that not every kind may serve."""
    kinds = [problem.vehicle(kind.vehicle_ids[0]) for kind in kinds_of(problem)]
    classes: dict[frozenset[int], list[int]] = {}
    for number, stop in enumerate(problem.stops):
        if stop.allowed is not None or stop.barred or stop.needs:
            able = frozenset(k for k, vehicle in enumerate(kinds) if problem.may_serve(vehicle, stop))
            if len(able) < len(kinds):
                classes.setdefault(able, []).append(number)
    return classes


class Translation:
    """The problem as PyVRP's `ProblemData`. Clients are pairs of a stop and one of its windows."""

    def __init__(self, problem: RoutingProblem, start: Sequences, dear_ticks: int) -> None:
        """What costs more than this to leave out must be served, if the start serves it."""
        import pyvrp

        self.problem, self.pyvrp, self.dear_ticks = problem, pyvrp, dear_ticks
        self.planned = {problem.stop_index[c] for trips in start.values() for trip in trips for c in trip}
        self.kinds = [kind for kind in kinds_of(problem) if problem.vehicle(kind.vehicle_ids[0]).max_trips > 0]
        self.fleet = [problem.vehicle(kind.vehicle_ids[0]) for kind in self.kinds]
        # PyVRP loads after the release, we may load before it and wait with the departure.
        self.loading_s = max(v.load_s for v in self.fleet)
        self.classes = list(restricted(problem).values())
        self.counts = any(v.max_stops is not None for v in self.fleet)
        self.folds = priced_changes(problem)
        self.unit = self._unit()
        # Depots: where a kind of vehicle loads, with its loading time, and where it ends.
        begins = sorted({(v.depot, v.load_s) for v in self.fleet})
        ends = sorted({-1 if v.last_location is None else v.last_location for v in self.fleet})
        self.begin_of = {key: number for number, key in enumerate(begins)}
        self.end_of = {key: len(begins) + number for number, key in enumerate(ends)}
        self.places = [place for place, _ in begins] + ends
        self._index_clients()
        self.data = self._data(begins)

    def _unit(self) -> int:
        """The greatest number of ticks that divides every price."""
        unit = 0
        for v in self.fleet:
            unit = gcd(unit, v.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM)
            unit = gcd(unit, v.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR)
            unit = gcd(unit, v.fixed_cents * TICKS_PER_CENT)
        for s in self.problem.stops:
            unit = gcd(unit, s.prize_cents * TICKS_PER_CENT)
            unit = gcd(unit, gcd(s.change_cents, s.resequence_cents) * TICKS_PER_CENT if self.folds else 0)
        return unit or 1

    def _index_clients(self) -> None:
        tied = {*self.problem.delivery_of, *self.problem.pickup_of}
        self.variants: list[tuple[int, int, int]] = []
        """Of each client: its stop, the number of its window, and its group or -1."""
        self.groups: list[list[int]] = []
        self.group_required: list[bool] = []
        self.prize_of: dict[int, int] = {}
        self.must: dict[int, bool] = {}
        self.lost = 0
        """Ticks for what nobody can serve; PyVRP does not hear of it."""
        for stops in items_of(self.problem):
            if self.problem.stops[stops[0]].stop_id in tied:
                continue
            prize = max(self.problem.stops[c].prize_cents for c in stops) * TICKS_PER_CENT
            must = prize > self.dear_ticks and not self.planned.isdisjoint(stops)
            made = [(c, w) for c in stops for w in range(len(windows_of(self.problem.stops[c])))]
            group = -1
            self.lost += 0 if made else prize
            if len(made) > 1:
                group = len(self.groups)
                self.groups.append(list(range(len(self.variants), len(self.variants) + len(made))))
                self.group_required.append(must)
            self.variants += [(c, w, group) for c, w in made]
            self.prize_of.update(dict.fromkeys(stops, prize // self.unit))
            self.must.update(dict.fromkeys(stops, must))
        self.shipments = []
        for shipment in self.problem.shipments:
            pickup, delivery = self.problem.stop(shipment.pickup_id), self.problem.stop(shipment.delivery_id)
            if pickup.window_start_s <= delivery.latest_s:
                self.shipments.append(shipment)
            else:
                self.lost += (pickup.prize_cents + delivery.prize_cents) * TICKS_PER_CENT
        self.client_of = {(c, w): number for number, (c, w, _) in enumerate(self.variants)}

    def _data(self, begins: list[tuple[int, int]]) -> Any:
        pyvrp, first = self.pyvrp, len(self.places)
        sites = [c for c, _, _ in self.variants]
        shipped = [self.problem.stop_index[c] for s in self.shipments for c in (s.pickup_id, s.delivery_id)]
        metres, seconds, profile_of = self._matrices(sites + shipped)
        groups = [
            pyvrp.ClientGroup(clients, required=required)
            for clients, required in zip(self.groups, self.group_required, strict=True)
        ]
        depots = [pyvrp.Depot(k, service_duration=load_s) for k, (_, load_s) in enumerate(begins)]
        depots += [pyvrp.Depot(k) for k in range(len(begins), first)]
        return pyvrp.ProblemData(
            [pyvrp.Location(0.0, 0.0) for _ in range(first + len(sites) + len(shipped))],
            [self._client(first + k, *variant) for k, variant in enumerate(self.variants)],
            depots,
            [self._vehicle_type(k, profile_of[k]) for k in range(len(self.kinds))],
            metres,
            seconds,
            groups,
            [self._shipment(number, first + len(sites) + 2 * number) for number in range(len(self.shipments))],
        )

    def _extra(self, c: int) -> list[int]:
        """What the stop asks of the load dimensions that are rules."""
        return [int(c in stops) for stops in self.classes] + [1] * self.counts

    def _client(self, location: int, c: int, window: int, group: int) -> Any:
        stop = self.problem.stops[c]
        early_s, late_s = windows_of(stop)[window]
        nothing, goods, extra = [0] * len(stop.demand), list(stop.demand), self._extra(c)
        picked_up = stop.kind is StopKind.PICKUP
        return self.pyvrp.Client(
            location,
            delivery=(nothing if picked_up else goods) + extra,
            pickup=(goods if picked_up else nothing) + [0] * len(extra),
            service_duration=stop.service_s + stop.setup_s,
            tw_early=early_s,
            tw_late=late_s,
            release_time=max(0, stop.release_s - self.loading_s),
            prize=self.prize_of[c],
            required=self.must[c] and group < 0,
            group=group if group >= 0 else None,
        )

    def _shipment(self, number: int, location: int) -> Any:
        shipment = self.shipments[number]
        pickup, delivery = (self.problem.stop(c) for c in (shipment.pickup_id, shipment.delivery_id))
        prize = (pickup.prize_cents + delivery.prize_cents) * TICKS_PER_CENT
        pair = {self.problem.stop_index[pickup.stop_id], self.problem.stop_index[delivery.stop_id]}
        either = [max(a, b) for a, b in zip(*(self._extra(c) for c in sorted(pair)), strict=True)]
        return self.pyvrp.Shipment(
            location,
            location + 1,
            pickup.window_start_s,
            pickup.latest_s,
            pickup.service_s + pickup.setup_s,
            delivery.window_start_s,
            delivery.latest_s,
            delivery.service_s + delivery.setup_s,
            amount=[*pickup.demand, *either],
            prize=prize // self.unit,
            required=prize > self.dear_ticks and pair <= self.planned,
        )

    def _vehicle_type(self, k: int, profile: int) -> Any:
        v = self.fleet[k]
        begin = self.begin_of[v.depot, v.load_s]
        number_of_stops = len(self.problem.stops)
        classes = [
            number_of_stops * all(self.problem.may_serve(v, self.problem.stops[c]) for c in stops)
            for stops in self.classes
        ]
        counts = [number_of_stops if v.max_stops is None else v.max_stops] * self.counts
        limits: dict[str, Any] = {}
        if v.max_distance_m is not None:
            limits["max_distance"] = v.max_distance_m
        if v.max_duration_s is not None:
            limits["shift_duration"] = v.max_duration_s
        per_metre = v.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM // self.unit
        return self.pyvrp.VehicleType(
            len(self.kinds[k].vehicle_ids),
            capacity=[*v.capacity, *classes, *counts],
            start_depot=begin,
            end_depot=self.end_of[-1 if v.last_location is None else v.last_location],
            fixed_cost=v.fixed_cents * TICKS_PER_CENT // self.unit,
            tw_early=v.begin_s,
            tw_late=max(v.begin_s, v.shift_end_s),
            unit_distance_cost=1 if self.folds else per_metre,
            unit_duration_cost=v.cents_per_hour * TICKS_PER_SECOND_AND_CENT_PER_HOUR // self.unit,
            profile=profile,
            reload_depots=[begin] if v.max_trips > 1 else [],
            max_reloads=v.max_trips - 1,
            **limits,
        )

    def _matrices(self, sites: list[int]) -> tuple[list[Any], list[Any], list[int]]:
        """Distances, durations, and each kind's profile. With prices of change every kind has distances of its own."""
        at = np.array(
            [max(0, place) for place in self.places] + [self.problem.stops[c].location for c in sites], np.int64
        )
        nowhere = np.array([place < 0 for place in self.places] + [False] * len(sites))
        metres: list[Any] = []
        seconds: list[Any] = []
        for profile in self.problem.profiles:
            for made, values in ((metres, profile.distance_m), (seconds, profile.duration_s)):
                grid = np.ascontiguousarray(values[np.ix_(at, at)], np.int64)
                grid[nowhere, :], grid[:, nowhere] = 0, 0
                np.fill_diagonal(grid, 0)
                made.append(grid)
        if not self.folds:
            return metres, seconds, [v.profile for v in self.fleet]
        prices = [self._with_changes(k, metres[v.profile], sites) for k, v in enumerate(self.fleet)]
        return prices, [seconds[v.profile] for v in self.fleet], list(range(len(self.fleet)))

    def _with_changes(self, k: int, metres: npt.NDArray[np.int64], sites: list[int]) -> npt.NDArray[np.int64]:
        """Units of money from place to place: distance, another vehicle than before, another stop before."""
        v, first = self.fleet[k], len(self.places)
        money = metres * (v.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM // self.unit)
        name = v.vehicle_id
        rows_of: dict[str, list[int]] = {}
        for row, c in enumerate(sites, first):
            rows_of.setdefault(self.problem.stops[c].stop_id, []).append(row)
        for column, c in enumerate(sites, first):
            stop = self.problem.stops[c]
            if stop.incumbent not in (None, name):
                money[:, column] += stop.change_cents * TICKS_PER_CENT // self.unit
            if stop.incumbent_after is not None:
                moved = np.ones(len(money), bool)
                moved[rows_of.get(stop.incumbent_after, []) if stop.incumbent_after else slice(0, first)] = False
                money[moved, column] += stop.resequence_cents * TICKS_PER_CENT // self.unit
        np.fill_diagonal(money, 0)
        return money

    def solution(self, start: Sequences) -> Any:
        """The start as a solution of PyVRP."""
        kind_of = {vehicle_id: k for k, kind in enumerate(self.kinds) for vehicle_id in kind.vehicle_ids}
        routes = []
        for vehicle_id, trips in start.items():
            steps = self._steps(self.problem.vehicle(vehicle_id), [trip for trip in trips if trip])
            if steps:
                routes.append(self.pyvrp.Route(self.data, steps, kind_of[vehicle_id]))
        return self.pyvrp.Solution(self.data, routes)

    def _steps(self, vehicle: Vehicle, trips: list[Any]) -> list[Any]:
        activity, kinds, shipment_of = self.pyvrp.Activity, self.pyvrp.ActivityType, self._shipment_of()
        steps: list[Any] = []
        for trip in time_route(self.problem, vehicle.vehicle_id, trips).trips:
            if steps:
                steps.append(activity(kinds.DEPOT, self.begin_of[vehicle.depot, vehicle.load_s]))
            for visit in trip.visits:
                if visit.stop_id in shipment_of:
                    kind = kinds.PICKUP if visit.stop_id in self.problem.delivery_of else kinds.DELIVERY
                    steps.append(activity(kind, shipment_of[visit.stop_id]))
                    continue
                c = self.problem.stop_index[visit.stop_id]
                windows = windows_of(self.problem.stops[c])
                window = next((k for k, (_, late_s) in enumerate(windows) if visit.start_s <= late_s), -1)
                steps.append(activity(kinds.CLIENT, self.client_of[c, window % len(windows)]))
        return steps

    def _shipment_of(self) -> dict[str, int]:
        numbered = enumerate(self.shipments)
        return {stop_id: number for number, s in numbered for stop_id in (s.pickup_id, s.delivery_id)}

    def penalties(self) -> tuple[list[float], float, float]:
        """First prices of a unit too much, a second late and a metre too far, as dear as a leg for what a stop takes.

        PyVRP's own are the same whatever the units of the problem, and it takes them minutes to adapt.
        """
        types = self.data.vehicle_types()
        legs = [self.data.distance_matrix(t.profile).mean() * t.unit_distance_cost for t in types]
        seconds = [self.data.duration_matrix(t.profile).mean() for t in types]
        leg = float(np.mean(legs)) + float(np.mean([t.unit_duration_cost for t in types])) * float(np.mean(seconds))
        asked = [client.delivery for client in self.data.clients()] + [client.pickup for client in self.data.clients()]
        asked += [shipment.amount for shipment in self.data.shipments()]
        loads = np.array(asked, float).sum(axis=0) / len(self.problem.stops)
        metre = float(np.mean([t.unit_distance_cost for t in types]))
        return [leg / max(1.0, load) for load in loads], leg / max(1.0, float(np.mean(seconds))), metre

    def sequences(self, solution: Any, start: Sequences) -> dict[str, list[list[str]]]:
        """A solution of PyVRP as bare sequences; a route that was in the start stays with its vehicle."""
        routes = []
        for route in solution.routes():
            trips: list[list[str]] = [[]]
            for step in route:
                if step.is_depot():
                    trips.append([])
                elif step.is_client():
                    trips[-1].append(self.problem.stops[self.variants[step.idx][0]].stop_id)
                else:
                    shipment = self.shipments[step.idx]
                    trips[-1].append(shipment.pickup_id if step.is_pickup() else shipment.delivery_id)
            routes.append((route.vehicle_type(), [trip for trip in trips if trip]))
        return on_vehicles(self.kinds, routes, start)

    def ticks(self, solution: Any) -> int:
        """What the plan costs as PyVRP counts, in ticks, without prizes for options that are not needed."""
        unneeded = 0
        for group in self.groups:
            unneeded += (len(group) - 1) * self.prize_of[self.variants[group[0]][0]]
        prizes = int(solution.uncollected_prizes())
        routes = int(solution.distance_cost() + solution.duration_cost() + solution.fixed_vehicle_cost())
        return (routes + prizes - unneeded) * self.unit + self.lost
