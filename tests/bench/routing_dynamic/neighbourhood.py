"""Which vehicles an event concerns: the part of the fleet that a new plan may touch, small however large the fleet is.

Promises: what is affected is always in; then those whose planned stops lie nearest in way and time, then a few that
have nothing to do. Pure: the same plan and event give the same vehicles, as `search`'s `focus` or for a problem of the
part. It knows plans and problems only, so planning can take it over as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from solvers.errors import require
from solvers.routing.parts import Profile, Stop, Vehicle
from solvers.routing.plan import Route, RoutingPlan
from solvers.routing.problem import RoutingProblem

WAIT_WEIGHT = 0.2
LATE_WEIGHT = 1.0
"""Weights of unavoidable waiting and lateness in the closeness of two stops (Vidal et al. 2013, Computers & OR 40)."""
SAMPLED_STOPS = 12
"""So many stops of the affected vehicles speak for them."""
LOOKED_AT = 64
"""Nearest planned stops of one stop whose vehicles are considered."""

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Find = Callable[[str], Stop]
Travel = Callable[[int, I64], I64]
"""Seconds from one location to each of many."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much an event may touch.

    vehicles, stops: most vehicles with work, and most stops they may have between them; affected ones count and are in
    even if they are more. idle: vehicles without work, of each of the `kinds` nearest kinds.
    """

    vehicles: int = 8
    stops: int = 150
    idle: int = 2
    kinds: int = 3

    def __post_init__(self) -> None:
        for name in ("vehicles", "stops", "idle", "kinds"):
            require(getattr(self, name) >= 0, f"limit.{name}", getattr(self, name), "must not be negative")


DEFAULT_LIMIT = Limit()


def neighbourhood(
    problem: RoutingProblem,
    plan: RoutingPlan,
    *,
    stop_ids: Sequence[str] = (),
    vehicle_ids: Sequence[str] = (),
    limit: Limit = DEFAULT_LIMIT,
) -> tuple[str, ...]:
    """Vehicles that an event on these stops (planned or not) and vehicles concerns. Raises KeyError for unknown ids."""
    around = Surroundings(travel_of(problem.profiles[0]))
    routes = {route.vehicle_id: route for route in plan.routes}
    for vehicle in problem.vehicles:
        around.put(vehicle, routes.get(vehicle.vehicle_id), problem.stop)
    holders = plan.vehicle_of()
    affected = (*vehicle_ids, *(holders[stop_id] for stop_id in stop_ids if stop_id in holders))
    own = [problem.stop(stop_id) for name in vehicle_ids if name in routes for stop_id in routes[name].stop_ids]
    return around.vehicles([problem.stop(stop_id) for stop_id in stop_ids] + sample(own), affected, limit)


def closeness_s(stop: Stop, way_s: I64, start_s: I64, done_s: I64, latest_s: I64) -> F64:
    """How far a stop is from planned ones, in seconds: the way, and the waiting or lateness that is sure if one follows
    directly on the other, whichever comes first with less of it.

    way_s: travel between them. start_s, done_s, latest_s: of the planned ones, when they are served, when that is over,
    and when it may start at the latest.
    """
    reached_s, done_there_s = done_s + way_s, way_s + stop.service_s
    after = WAIT_WEIGHT * np.maximum(0, stop.window_start_s - reached_s)
    after += LATE_WEIGHT * np.maximum(0, reached_s - stop.window_end_s)
    before = WAIT_WEIGHT * np.maximum(0, start_s - stop.window_end_s - done_there_s)
    before += LATE_WEIGHT * np.maximum(0, stop.window_start_s + done_there_s - latest_s)
    nearness: F64 = way_s + np.minimum(after, before)
    return nearness


def travel_of(profile: Profile) -> Travel:
    """Travel times of a profile; times of day are not looked at."""
    return lambda location, others: profile.duration_s[location][others].astype(np.int64)


def sample(stops: Sequence[Stop]) -> list[Stop]:
    """Some of the stops, spread evenly."""
    step = max(1, len(stops) // SAMPLED_STOPS)
    return list(stops[::step][:SAMPLED_STOPS])


@dataclass(slots=True)
class _Held:
    """What is known of a vehicle: its kind, the rows of its stops, all stops of its route, when it is free."""

    kind: Vehicle
    rows: list[int]
    length: int
    free_s: int


@dataclass(slots=True)
class _Idle:
    """Vehicles of a kind that could begin a trip: those at their depot, and those that come back to it."""

    waiting: dict[str, None] = field(default_factory=dict)
    returning: dict[str, None] = field(default_factory=dict)


class Surroundings:
    """The plan in force, prepared for the question which vehicles are near; kept up to date route by route.

    A question costs a few array operations over all planned stops, so hardly more with a fleet ten times as large.
    """

    def __init__(self, travel_s: Travel) -> None:
        """Closeness is reckoned in these travel times, from the stop that asks to the planned ones."""
        self._travel_s = travel_s
        self._held: dict[str, _Held] = {}
        self._names: list[str] = []
        self._number: dict[str, int] = {}
        self._idle: dict[Vehicle, _Idle] = {}
        self._spare: list[int] = []
        self._used = 0
        self._rows: I64 = np.zeros((5, 64), np.int64)

    def put(self, vehicle: Vehicle, route: Route | None, find: Find) -> None:
        """The vehicle's route is this one from now on. `find` gives a stop by its id.

        Stops in the on-board trip are not near anything: no other vehicle can take them, and nothing joins them.
        """
        name = vehicle.vehicle_id
        self.drop(name)
        trips = route.trips if route is not None else ()
        movable = [(find(v.stop_id), v.start_s) for trip in trips if not trip.on_board for v in trip.visits]
        number = self._number.setdefault(name, len(self._names))
        if number == len(self._names):
            self._names.append(name)
        kind = replace(vehicle, vehicle_id="", start=vehicle.depot, ready_s=0, locked=(), driven_s=0)
        free_s = trips[-1].end_s if trips else vehicle.begin_s
        length = sum(len(trip.visits) for trip in trips)
        rows = [self._row(stop, start_s, number) for stop, start_s in movable]
        self._held[name] = _Held(kind, rows, length, free_s)
        if not movable and vehicle.max_trips > 0:
            idle = self._idle.setdefault(kind, _Idle())
            (idle.returning if trips else idle.waiting)[name] = None

    def drop(self, vehicle_id: str) -> None:
        """Forget the vehicle, if it is known."""
        held = self._held.pop(vehicle_id, None)
        if held is None:
            return
        for row in held.rows:
            self._rows[4, row] = -1
        self._spare.extend(held.rows)
        idle = self._idle.get(held.kind)
        if idle is not None:
            idle.waiting.pop(vehicle_id, None)
            idle.returning.pop(vehicle_id, None)

    def vehicles(
        self, stops: Sequence[Stop], affected: Iterable[str] = (), limit: Limit = DEFAULT_LIMIT
    ) -> tuple[str, ...]:
        """The affected vehicles, those around `stops`, and some that are idle."""
        chosen = dict.fromkeys(name for name in affected if name in self._held)
        count = sum(self._held[name].length for name in chosen)
        for name in self._by_turns([self._near(stop) for stop in stops]):
            length = self._held[name].length
            if name in chosen or count + length > limit.stops:
                continue
            if len(chosen) >= limit.vehicles:
                break
            chosen[name] = None
            count += length
        chosen.update(dict.fromkeys(self._spare_vehicles(stops, limit)))
        return tuple(chosen)

    def _row(self, stop: Stop, start_s: int, number: int) -> int:
        row = self._spare.pop() if self._spare else self._used
        if row == self._used:
            self._used += 1
            if row >= self._rows.shape[1]:
                self._rows = np.concatenate((self._rows, np.zeros_like(self._rows)), axis=1)
        self._rows[:, row] = (stop.location, start_s, start_s + stop.service_s, stop.latest_s, number)
        return row

    def _near(self, stop: Stop) -> list[str]:
        """Vehicles with planned stops, the nearest first: way, and waiting or lateness if one follows the other."""
        location, start_s, done_s, latest_s, owner = self._rows[:, : self._used]
        if self._used == 0:
            return []
        away = closeness_s(stop, self._travel_s(stop.location, location), start_s, done_s, latest_s)
        away[owner < 0] = np.inf
        count = min(LOOKED_AT, self._used)
        nearest = np.argpartition(away, count - 1)[:count]
        ordered = nearest[np.argsort(away[nearest], kind="stable")]
        return list(dict.fromkeys(self._names[owner[row]] for row in ordered if owner[row] >= 0))

    @staticmethod
    def _by_turns(lists: list[list[str]]) -> Iterable[str]:
        for rank in range(max(map(len, lists), default=0)):
            for names in lists:
                if rank < len(names):
                    yield names[rank]

    def _spare_vehicles(self, stops: Sequence[Stop], limit: Limit) -> list[str]:
        """Of the kinds whose depots are nearest: those that wait, and the one that is back first."""
        kinds = [kind for kind, idle in self._idle.items() if idle.waiting or idle.returning]
        if stops:
            places = np.array([stop.location for stop in stops], np.int64)
            kinds.sort(key=lambda kind: int(self._travel_s(kind.depot, places).min()))
        found: list[str] = []
        for kind in kinds[: limit.kinds]:
            idle = self._idle[kind]
            found += [name for name, _ in zip(idle.waiting, range(limit.idle), strict=False)]
            if idle.returning and limit.idle:
                found.append(min(idle.returning, key=lambda name: (self._held[name].free_s, name)))
        return found
