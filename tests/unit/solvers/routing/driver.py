"""A dumb driver: drives given sequences second by second and writes down what happened.

What it states is true by construction, so that tests of the checker need no other source of times. It takes rests
when it is told to, as soon as it is neither loading nor serving.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from solvers.routing.parts import Profile, Stop, Vehicle
from solvers.routing.plan import Reason, Rest, Route, RoutingPlan, Sequences, Trip, Unplanned, Visit
from solvers.routing.problem import RoutingProblem

Wishes = Sequence[tuple[int, int]]
"""Rests to take: not before this second, for so many seconds; ascending."""


def driven_plan(
    problem: RoutingProblem,
    sequences: Sequences,
    wishes: Mapping[str, Wishes] | None = None,
    rng: random.Random | None = None,
) -> RoutingPlan:
    """The sequences driven as early as possible; with `rng`, with idle times where they are allowed."""
    routes = []
    for vehicle in problem.vehicles:
        trips = list(sequences.get(vehicle.vehicle_id, ())) or [()]
        driver = _Driver(problem, vehicle, (wishes or {}).get(vehicle.vehicle_id, ()), rng)
        route = driver.route([[problem.stop(stop_id) for stop_id in trip] for trip in trips])
        if route.trips:
            routes.append(route)
    planned = {stop_id for route in routes for stop_id in route.stop_ids}
    left = (Unplanned(s.stop_id, Reason.FITS) for s in problem.stops if s.stop_id not in planned)
    return RoutingPlan(tuple(routes), tuple(left))


def random_wishes(problem: RoutingProblem, rng: random.Random) -> dict[str, Wishes]:
    """Most of the breaks in time, rests from driving here and there, and some for nothing."""
    wishes: dict[str, Wishes] = {}
    for vehicle in problem.vehicles:
        if not vehicle.rests and rng.random() < 0.8:
            continue
        mine = [
            (rng.randint(one.earliest_s, one.latest_s), one.duration_s + rng.choice([0, 0, 1]))
            for one in vehicle.breaks
            if rng.random() < 0.8
        ]
        rule = vehicle.driving
        lengths = [rule.rest_s, rule.rest_s - 1, *(rule.split_s or ())] if rule is not None else [3]
        day_s = min(vehicle.shift_end_s, 2_000)
        mine += [(rng.randrange(day_s), rng.choice(lengths)) for _ in range(rng.randrange(8))]
        wishes[vehicle.vehicle_id] = sorted(wish for wish in mine if wish[1] > 0)
    return wishes


def speed_pct(profile: Profile, second: int) -> int:
    """Speed within this second."""
    return next((band.speed_pct for band in reversed(profile.bands) if band.from_s <= second), 100)


class _Driver:
    def __init__(self, problem: RoutingProblem, vehicle: Vehicle, wishes: Wishes, rng: random.Random | None) -> None:
        self.problem, self.vehicle, self.rng = problem, vehicle, rng
        self.profile = problem.profiles[vehicle.profile]
        self.wishes = list(wishes)
        self.rests: list[Rest] = []
        self.now_s = vehicle.begin_s
        self.at = vehicle.start
        self.distance_m = 0

    def route(self, trips: Sequence[Sequence[Stop]]) -> Route:
        boards = self.problem.starts_on_board(self.vehicle)
        kept = [(n, stops) for n, stops in enumerate(trips) if stops or (boards and n == 0)]
        done = tuple(self._trip(stops, boards and n == 0, n == kept[-1][0]) for n, stops in kept)
        return Route(self.vehicle.vehicle_id, done, tuple(self.rests))

    def _dice(self, chance: float) -> bool:
        return self.rng is not None and self.rng.random() < chance

    def _rest(self) -> None:
        while self.wishes and self.wishes[0][0] <= self.now_s:
            _, length_s = self.wishes.pop(0)
            self.rests.append(Rest(self.now_s, self.now_s + length_s))
            self.now_s += length_s

    def _wait(self, until_s: int) -> None:
        while self.now_s < until_s:
            self._rest()
            if self.now_s < until_s:
                self.now_s += 1

    def _trip(self, stops: Sequence[Stop], on_board: bool, last: bool) -> Trip:
        vehicle = self.vehicle
        self.distance_m = 0
        loading_s = 0 if on_board else vehicle.load_s
        if not on_board:
            self.at = vehicle.depot
            self._wait(max(stop.release_s for stop in stops) - loading_s)
            if self._dice(0.5):
                self._wait(self.now_s + self.rng.randrange(20) if self.rng else 0)
        load_s = self.now_s
        self.now_s += loading_s
        depart_s = self.now_s
        visits = tuple(self._visit(stop) for stop in stops)
        home = vehicle.last_location if last else vehicle.depot
        if home is not None:
            self._drive(home)
        return Trip(visits, load_s, depart_s, self.now_s, self.distance_m, on_board)

    def _drive(self, to: int) -> None:
        work = int(self.profile.duration_s[self.at, to]) * 100
        self.distance_m += int(self.profile.distance_m[self.at, to])
        while work > 0:
            self._rest()
            work -= speed_pct(self.profile, self.now_s)
            self.now_s += 1
        self.at = to

    def _visit(self, stop: Stop) -> Visit:
        came_from = self.at
        self._drive(stop.location)
        arrive_s = self.now_s
        if self._dice(0.3):
            self._rest()
            arrive_s = self.now_s
        if self.wishes and self.wishes[0][0] < self.now_s + 30 and self._dice(0.3):
            self._wait(self.wishes[0][0])
        self._rest()
        while self.now_s < stop.window_start_s or any(a < self.now_s < b for a, b in stop.closed_s):
            self.now_s += 1
            self._rest()
        start_s = self.now_s
        self.now_s += stop.service_s + (stop.setup_s if came_from != stop.location else 0)
        return Visit(stop.stop_id, arrive_s, start_s, self.now_s, max(0, start_s - stop.window_end_s))
