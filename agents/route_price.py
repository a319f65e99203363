"""What a route costs and whether it keeps its rules, by a plain forward pass: the arithmetic behind a vehicle's bid.

Promises: whole numbers and no kernel; knows windows, closed spans, setup, releases, loads, goods that may not meet, the
shift, overtime, trips, traffic, the limits of a day, rests (`route_rests`), and the prices of change. With rests no
route is cheaper here than by the core's exact timing, which has the last word: who rests is taken to load as early as
possible. A stop more is priced from the stop before it on. Called by `agents.vehicle_bid`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from agents.insertion_call import RouteCard
from agents.route_rests import BREAK_MISSED, DRIVING_EXCEEDED, Missed, Rested, Rests
from solvers.routing.parts import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    Stop,
    Vehicle,
)
from solvers.routing.travel import arrival_s

Trips = tuple[tuple[Stop, ...], ...]


class Priced(NamedTuple):
    """Ticks of a route, or the first rule it breaks and by how much (seconds, units, trips, pairs)."""

    ticks: int = 0
    rule: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Ways:
    """The card's matrices as lists, which plain code reads several times faster."""

    duration_s: list[list[int]]
    distance_m: list[list[int]]

    @classmethod
    def of(cls, card: RouteCard) -> Ways:
        """Of a card."""
        return cls(card.duration_s.tolist(), card.distance_m.tolist())

    def detour_m(self, before: int, at: int, after: int) -> int:
        """How much further it is from `before` to `after` by `at`."""
        metres = self.distance_m
        return metres[before][at] + metres[at][after] - metres[before][after]


class _At(NamedTuple):
    """On the way, with a stop just done: where and when; so far: waited for windows, room to leave later, lateness."""

    place: int
    now_s: int
    distance_m: int
    drive_s: int
    wait_s: int
    room_s: int
    lateness: int
    rested: Rested


class _Trip(NamedTuple):
    """A trip as driven: what was known after each of its stops (the first: at its beginning; the last: at home again),
    when its loading began, and its cost."""

    ways: tuple[_At, ...]
    load_s: int
    ticks: int

    @property
    def home(self) -> _At:
        return self.ways[-1]

    @property
    def after(self) -> tuple[int, Rested]:
        """When the vehicle is free again, and its driver's state then."""
        return self.home.now_s, self.home.rested


class Pricer:
    """Prices one vehicle's route and every route that has a stop more. `base`: of the route itself."""

    def __init__(self, card: RouteCard, ways: Ways, trips: Trips) -> None:
        self.card, self.trips = card, trips
        self._ways, self._vehicle = ways, card.vehicle
        self._rests, self._limits = Rests(card.vehicle), _has_limits(card.vehicle)
        self._apart = {(min(pair), max(pair)) for pair in card.incompatible}
        self._loads = [
            [sum(stop.demand[n] for stop in trip) for n in range(len(card.vehicle.capacity))] for trip in trips
        ]
        self._driven: list[_Trip] = []
        self.base = self._whole()

    def _whole(self) -> Priced:
        """The route as it is."""
        too_many = self._too_many(len(self.trips))
        if too_many is not None:
            return too_many
        for number, trip in enumerate(self.trips):
            broken = None if self._boarded(number) else self._load(trip, self._loads[number])
            driven = broken or self._drive(number, trip, self._after(number))
            if isinstance(driven, Priced):
                return driven
            self._driven.append(driven)
        fixed = self._vehicle.fixed_cents * TICKS_PER_CENT if any(self.trips) else 0
        return self._limited(self._driven, sum(map(len, self.trips)), fixed)

    def with_stop(self, lot: Stop, number: int, position: int) -> Priced:
        """The route with `lot` before `position` of trip `number` (one past the last: a trip of its own)."""
        is_new = number == len(self.trips)
        if is_new and (too_many := self._too_many(number + 1)) is not None:
            return too_many
        held = () if is_new else self.trips[number]
        trip = (*held[:position], lot, *held[position:])
        broken = self._load(
            trip, [a + b for a, b in zip(self._loads[number], lot.demand, strict=True)] if held else None
        )
        if broken is not None:
            return broken
        driven, after = self._driven[:number], self._after(number)
        for later in range(number, len(self.trips) + is_new):
            stops = trip if later == number else self.trips[later]
            before = position if later == number and not is_new else 0
            one = self._drive(later, stops, after, before)
            if isinstance(one, Priced):
                return one
            driven.append(one)
            after = one.after
            if later < len(self.trips) and after == self._driven[later].after:  # nothing after it changes
                driven += self._driven[later + 1 :]
                break
        stops_held = sum(map(len, self.trips)) + 1
        return self._limited(driven, stops_held, self._vehicle.fixed_cents * TICKS_PER_CENT)

    def _boarded(self, number: int) -> bool:
        return self.card.on_board and number == 0

    def _after(self, number: int) -> tuple[int, Rested]:
        """When the vehicle is free for a trip, and its driver's state."""
        if number:
            return self._driven[number - 1].after
        return self._vehicle.begin_s, Rested(self._vehicle.driven_s)

    def _too_many(self, trips: int) -> Priced | None:
        excess = trips - (1 if self.card.on_board and trips else 0) - self._vehicle.max_trips
        return Priced(rule="MAX_TRIPS_EXCEEDED", size=excess) if excess > 0 else None

    def _limited(self, driven: Sequence[_Trip], stops: int, fixed: int) -> Priced:
        """The cost of these trips, or the first limit of a vehicle's day that they break."""
        ticks = fixed
        for trip in driven:
            ticks += trip.ticks
        if not self._limits:
            return Priced(ticks)
        vehicle, homes = self._vehicle, [trip.home for trip in driven]
        limits = (
            ("DISTANCE_EXCEEDED", vehicle.max_distance_m, sum(home.distance_m for home in homes)),
            ("DURATION_EXCEEDED", vehicle.max_duration_s, homes[-1].now_s - driven[0].load_s if driven else 0),
            ("STOPS_EXCEEDED", vehicle.max_stops, stops),
            (DRIVING_EXCEEDED, vehicle.max_drive_s, sum(home.drive_s for home in homes)),
        )
        for rule, limit, used in limits:
            if limit is not None and used > limit:
                return Priced(rule=rule, size=used - limit)
        return Priced(ticks)

    def _drive(self, number: int, trip: Sequence[Stop], after: tuple[int, Rested], before: int = 0) -> _Trip | Priced:
        """Drive a trip as early as it can be; the first `before` stops are those of the base, if it leaves alike."""
        vehicle, boarded = self._vehicle, self._boarded(number)
        loaded = self._boarding(*after) if boarded else self._loaded(number, trip, *after)
        if isinstance(loaded, Priced):
            return loaded
        free_s, rested, loading_s = loaded
        way = _At(vehicle.start if boarded else vehicle.depot, free_s + loading_s, 0, 0, 0, 2**60, 0, rested)
        ways = [way]
        if before and self._driven[number].ways[0] == way:
            ways = list(self._driven[number].ways[: before + 1])
        for stop in trip[len(ways) - 1 :]:
            following = self._serve(ways[-1], stop)
            if isinstance(following, Priced):
                return following
            ways.append(following)
        last = ways[-1]
        home = self._home(last)
        if isinstance(home, Priced):
            return home
        if home.now_s > vehicle.shift_end_s and trip:
            return Priced(rule="SHIFT_EXCEEDED", size=home.now_s - vehicle.shift_end_s)
        load_s = free_s
        if not (boarded or self._rests.any):
            load_s += max(0, min(last.wait_s, last.room_s))
        time = (home.now_s - load_s) * vehicle.cents_per_hour
        if vehicle.overtime_cents_per_hour:
            time += max(0, home.now_s - max(load_s, vehicle.overtime_from_s)) * vehicle.overtime_cents_per_hour
        ticks = home.distance_m * vehicle.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM
        ticks += time * TICKS_PER_SECOND_AND_CENT_PER_HOUR + last.lateness + self._change(trip)
        return _Trip((*ways, home), load_s, ticks)

    def _boarding(self, free_s: int, rested: Rested) -> tuple[int, Rested, int]:
        return (*self._rests.begun(rested, free_s, free_s, 0), 0)

    def _loaded(
        self, number: int, trip: Sequence[Stop], free_s: int, rested: Rested
    ) -> tuple[int, Rested, int] | Priced:
        """(when loading begins, the driver's state after it, how long it takes)."""
        loading_s = self._vehicle.load_s
        release_s = max([stop.release_s for stop in trip], default=0)

        def begin_of(at_s: int) -> int:
            return max(at_s, release_s - loading_s)

        if not self._rests.any:
            return begin_of(free_s), rested, loading_s
        if number == 0:
            return (*self._rests.begun(rested, free_s, begin_of(free_s), loading_s), loading_s)
        found = self._rests.served(rested, free_s, begin_of, loading_s)
        return Priced(rule=BREAK_MISSED, size=found.size) if isinstance(found, Missed) else (*found, loading_s)

    def _home(self, way: _At) -> _At | Priced:
        """Back at the depot."""
        home, rested = self._vehicle.depot, way.rested
        plain_s = end_s = self._arrival_s(way.now_s, self._ways.duration_s[way.place][home])
        if self._rests.any:
            found = self._rests.driven(rested, way.now_s, plain_s)
            if isinstance(found, Missed):
                return Priced(rule=BREAK_MISSED, size=found.size)
            end_s, rested = found
        distance_m = way.distance_m + self._ways.distance_m[way.place][home]
        drive_s = way.drive_s + plain_s - way.now_s
        return _At(home, end_s, distance_m, drive_s, way.wait_s, way.room_s, way.lateness, rested)

    def _serve(self, way: _At, stop: Stop) -> _At | Priced:
        """The next stop done. Most of a bid's time is spent here: no call that is not needed."""
        at, to, rested = way.place, stop.location, way.rested
        plain_s = arrive_s = self._arrival_s(way.now_s, self._ways.duration_s[at][to])
        busy_s = stop.service_s + (stop.setup_s if at != to else 0)
        if self._rests.any:
            found = self._rests.visited(rested, way.now_s, arrive_s, partial(_start_s, stop), busy_s)
            if isinstance(found, Missed):
                return Priced(rule=BREAK_MISSED, size=found.size)
            arrive_s, start_s, rested = found
        else:
            start_s = _start_s(stop, arrive_s)
        if start_s > stop.latest_s:
            return Priced(rule="TIME_WINDOW_INFEASIBLE", size=start_s - stop.latest_s)
        wait_s = way.wait_s + start_s - arrive_s
        spare_s = stop.window_end_s - start_s
        lateness = way.lateness
        if spare_s < 0:
            lateness -= spare_s * stop.late_cents_per_min * TICKS_PER_SECOND_AND_CENT_PER_MIN
            spare_s = 0
        return _At(
            to,
            start_s + busy_s,
            way.distance_m + self._ways.distance_m[at][to],
            way.drive_s + plain_s - way.now_s,
            wait_s,
            min(way.room_s, wait_s + spare_s),
            lateness,
            rested,
        )

    def _arrival_s(self, leave_s: int, duration_s: int) -> int:
        return arrival_s(self.card.bands, leave_s, duration_s) if self.card.bands else leave_s + duration_s

    def _load(self, trip: Sequence[Stop], loads: list[int] | None) -> Priced | None:
        """Whether the trip's goods fit, and fit together."""
        for load, capacity in zip(loads or trip[0].demand, self._vehicle.capacity, strict=True):
            if load > capacity:
                return Priced(rule="CAPACITY_EXCEEDED", size=load - capacity)
        if self._apart:
            classes = [stop.goods_class for stop in trip if stop.goods_class]
            met = {(min(a, b), max(a, b)) for n, a in enumerate(classes) for b in classes[n + 1 :]}
            if met & self._apart:
                return Priced(rule="INCOMPATIBLE_GOODS", size=len(met & self._apart))
        return None

    def _change(self, trip: Sequence[Stop]) -> int:
        """The price of another vehicle than planned, and of another stop before it."""
        cents, before, own = 0, "", self._vehicle.vehicle_id
        for stop in trip:
            if stop.incumbent is not None and stop.incumbent != own:
                cents += stop.change_cents
            if stop.incumbent_after is not None and stop.incumbent_after != before:
                cents += stop.resequence_cents
            before = stop.stop_id
        return cents * TICKS_PER_CENT


def _start_s(stop: Stop, at_s: int) -> int:
    """When service begins for one who is there at `at_s`."""
    start_s = at_s if at_s > stop.window_start_s else stop.window_start_s
    for from_s, until_s in stop.closed_s:
        if from_s < start_s < until_s:
            start_s = until_s
    return start_s


def _has_limits(vehicle: Vehicle) -> bool:
    limits = (vehicle.max_distance_m, vehicle.max_duration_s, vehicle.max_stops, vehicle.max_drive_s)
    return any(limit is not None for limit in limits)
