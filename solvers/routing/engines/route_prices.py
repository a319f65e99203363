"""What many routes cost, at once.

Promises: to the tick what the checker makes of each route as `timing` times it. Plain problems are priced in whole
arrays, all routes side by side; others by the compiled simulation, each route once. Called by `setpart` by way of its
columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.routing.pool import RouteKey
from solvers.routing.problem import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    IntMatrix,
    RoutingProblem,
)
from solvers.routing.timing_rich import RoutePricer

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class RoutePrices:
    """Prices of routes of one problem; what was priced one by one is remembered. For one thread at a time."""

    def __init__(self, problem: RoutingProblem) -> None:
        self.quick = problem.plain
        """Whether tens of thousands are priced in a fraction of a second."""
        self._sheet = _Sheet(problem) if self.quick else None
        self._pricer = None if self.quick else RoutePricer(problem)
        self._known: dict[RouteKey, tuple[int, bool]] = {}

    def judged(self, keys: Sequence[RouteKey]) -> tuple[Ints, Flags]:
        """Ticks of each route, and whether it keeps all rules of a route. KeyError for unknown vehicles or stops.

        Plain problems: locks and goods on board are not looked at.
        """
        if self._sheet is not None:
            return self._sheet.judged(keys)
        assert self._pricer is not None
        for key in keys:
            if key not in self._known:
                ticks, broken = self._pricer.price(*key)
                self._known[key] = ticks, broken == 0
        found = [self._known[key] for key in keys]
        return np.array([ticks for ticks, _ in found], np.int64), np.array([ok for _, ok in found], bool)


class _Trips:
    """The trips number so-and-so of many routes, the longest first, stops in a rectangle padded with -1."""

    def __init__(self, routes: list[int], trips: list[list[int]], last: list[bool]) -> None:
        order = np.argsort([-len(trip) for trip in trips], kind="stable")
        self.route = np.array(routes, np.int64)[order]
        self.last = np.array(last)[order]
        self.length = np.array([len(trips[k]) for k in order], np.int64)
        ends = list(accumulate((len(trips[k]) for k in order), initial=0))
        flat = np.array([c for k in order for c in trips[k]], np.int64)
        self.stops = np.full((len(trips), int(self.length.max(initial=0))), -1, np.int64)
        row = np.repeat(np.arange(len(trips)), self.length)
        self.stops[row, np.arange(len(flat)) - np.array(ends[:-1], np.int64)[row]] = flat


def _stack(matrices: list[IntMatrix]) -> npt.NDArray[np.integer[Any]]:
    """All matrices as one array; a single one, which may be large, is not copied."""
    return matrices[0][None] if len(matrices) == 1 else np.stack(matrices)


@dataclass(slots=True)
class _Verdict:
    """What is known of the routes after some of their trips."""

    vehicle: Ints
    free_s: Ints
    cost: Ints
    possible: Flags


class _Sheet:
    """Arrays of a plain problem. Rows of stops end with one for -1, the padding: it asks for nothing."""

    def __init__(self, problem: RoutingProblem) -> None:
        self.problem = problem
        stops, vehicles = problem.stops, problem.vehicles

        def of_stops(*names: str) -> tuple[Ints, ...]:
            return tuple(np.array([*(getattr(s, name) for s in stops), 0], np.int64) for name in names)

        def of_vehicles(*names: str) -> tuple[Ints, ...]:
            return tuple(np.array([getattr(v, name) for v in vehicles], np.int64) for name in names)

        self.at, self.opens, self.closes, self.latest = of_stops(
            "location", "window_start_s", "window_end_s", "latest_s"
        )
        self.service, self.release, self.late = of_stops("service_s", "release_s", "late_cents_per_min")
        self.change, self.resequence = of_stops("change_cents", "resequence_cents")
        nothing = (0,) * len(problem.dimensions)
        self.demand = np.array([*(s.demand for s in stops), nothing], np.int64)
        self.able = np.ones((len(stops) + 1, len(vehicles)), bool)
        for number, s in enumerate(stops):
            if s.allowed is not None or s.barred or s.needs or s.on_board is not None:
                self.able[number] = [problem.may_serve(v, s) for v in vehicles]
        index = problem.vehicle_index
        # -1: nobody is the incumbent; an incumbent that is gone is nobody's vehicle, but every vehicle is a change.
        self.incumbent = np.array([-1 if s.incumbent is None else index.get(s.incumbent, len(index)) for s in stops])
        self.after = np.array([self._before(s.incumbent_after) for s in stops], np.int64)
        self.start, self.depot, self.begin, self.load, self.ends, self.most = of_vehicles(
            "start", "depot", "begin_s", "load_s", "shift_end_s", "max_trips"
        )
        self.profile, self.fixed, self.km, self.hour = of_vehicles(
            "profile", "fixed_cents", "cents_per_km", "cents_per_hour"
        )
        self.capacity = np.array([v.capacity for v in vehicles], np.int64).reshape(len(vehicles), len(nothing))
        self.open = np.array([v.open_end for v in vehicles], bool)
        self.boards = np.array([problem.starts_on_board(v) for v in vehicles], bool)
        self.metres = _stack([p.distance_m for p in problem.profiles])
        self.seconds = _stack([p.duration_s for p in problem.profiles])

    def _before(self, incumbent_after: str | None) -> int:
        """-2: unknown, -1: none, it comes first; a stop that is gone: one that no stop comes after."""
        if incumbent_after is None:
            return -2
        return self.problem.stop_index.get(incumbent_after, len(self.problem.stops)) if incumbent_after else -1

    def judged(self, keys: Sequence[RouteKey]) -> tuple[Ints, Flags]:
        """Ticks of each route, and whether it is possible."""
        stop_index, vehicle_index = self.problem.stop_index, self.problem.vehicle_index
        vehicle = np.array([vehicle_index[name] for name, _ in keys], np.int64)
        rounds: list[tuple[list[int], list[list[int]], list[bool]]] = []
        for number, (_, trips) in enumerate(keys):
            boards = self.boards[vehicle[number]]
            kept = [trip for k, trip in enumerate(trips) if trip or (k == 0 and boards)]
            for k, trip in enumerate(kept):
                if k == len(rounds):
                    rounds.append(([], [], []))
                rounds[k][0].append(number)
                rounds[k][1].append([stop_index[stop_id] for stop_id in trip])
                rounds[k][2].append(k == len(kept) - 1)
        serves = np.array([any(trips) for _, trips in keys], bool)
        result = _Verdict(
            vehicle,
            self.begin[vehicle],
            np.where(serves, self.fixed[vehicle] * TICKS_PER_CENT, 0),
            np.ones_like(serves),
        )
        for k, one in enumerate(rounds):
            self._add_trips(_Trips(*one), k, result)
        return result.cost, result.possible

    def _add_trips(self, trips: _Trips, number: int, result: _Verdict) -> None:
        """Drive the trips of that number: they add to what is known of their routes."""
        route, v = trips.route, result.vehicle[trips.route]
        boards = self.boards[v] & (number == 0)
        free_s, load_s = result.free_s[route], np.where(boards, 0, self.load[v])
        leave_s = np.where(
            boards, free_s, np.maximum(free_s + load_s, self.release[trips.stops].max(axis=1, initial=0))
        )
        at, now_s, before = (
            np.where(boards, self.start[v], self.depot[v]),
            leave_s.copy(),
            np.full(len(v), -1, np.int64),
        )
        metres, wait_s, extra = (np.zeros(len(v), np.int64) for _ in range(3))
        room_s, possible = np.full(len(v), 2**62, np.int64), number < self.most[v] + boards
        for k in range(trips.stops.shape[1]):
            n = int(np.searchsorted(-trips.length, -k))
            c, who, profile = trips.stops[:n, k], v[:n], self.profile[v[:n]]
            to = self.at[c]
            arrive_s = now_s[:n] + self.seconds[profile, at[:n], to]
            begins_s = np.maximum(arrive_s, self.opens[c])
            metres[:n] += self.metres[profile, at[:n], to]
            wait_s[:n] += begins_s - arrive_s
            slack_s = self.closes[c] - begins_s
            room_s[:n] = np.minimum(room_s[:n], wait_s[:n] + np.maximum(0, slack_s))
            changed = (self.incumbent[c] >= 0) & (self.incumbent[c] != who)
            moved = (self.after[c] > -2) & (self.after[c] != before[:n])
            extra[:n] += np.maximum(0, -slack_s) * self.late[c] * TICKS_PER_SECOND_AND_CENT_PER_MIN
            extra[:n] += (self.change[c] * changed + self.resequence[c] * moved) * TICKS_PER_CENT
            possible[:n] &= (begins_s <= self.latest[c]) & self.able[c, who]
            at[:n], now_s[:n], before[:n] = to, begins_s + self.service[c], c
        back = ~(self.open[v] & trips.last)
        now_s += np.where(back, self.seconds[self.profile[v], at, self.depot[v]], 0)
        metres += np.where(back, self.metres[self.profile[v], at, self.depot[v]], 0)
        # What it waits on the way it waits at the depot instead, unpaid, as far as nothing becomes late.
        paid_s = now_s - leave_s + load_s - np.where(boards, 0, np.minimum(wait_s, room_s))
        fits = (self.demand[trips.stops].sum(axis=1) <= self.capacity[v]).all(axis=1)
        result.free_s[route] = now_s
        result.possible[route] &= possible & fits & (now_s <= self.ends[v])
        result.cost[route] += (
            extra
            + metres * self.km[v] * TICKS_PER_METRE_AND_CENT_PER_KM
            + paid_s * self.hour[v] * TICKS_PER_SECOND_AND_CENT_PER_HOUR
        )
