"""What a route costs and whether it keeps its rules, by a plain forward pass: the arithmetic behind a vehicle's bid.

Promises: whole numbers and no kernel; knows windows, closed spans, setup, releases, loads, goods that may not meet, the
shift, overtime, trips, traffic, and the prices of change. It does not know rests: the core's checker does, and has the
last word. A stop more is priced from the stop before it on. Called by `agents.vehicle_bid`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agents.insertion_call import RouteCard
from solvers.routing.parts import (
    TICKS_PER_CENT,
    TICKS_PER_METRE_AND_CENT_PER_KM,
    TICKS_PER_SECOND_AND_CENT_PER_HOUR,
    TICKS_PER_SECOND_AND_CENT_PER_MIN,
    Stop,
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
    wait_s: int
    room_s: int
    lateness: int


class _Trip(NamedTuple):
    """A trip as driven: what was known after each of its stops (the first: at its beginning), its end and cost."""

    ways: tuple[_At, ...]
    end_s: int
    ticks: int


class Pricer:
    """Prices one vehicle's route and every route that has a stop more. `base`: of the route itself."""

    def __init__(self, card: RouteCard, ways: Ways, trips: Trips) -> None:
        self.card, self.trips = card, trips
        self._ways, self._vehicle = ways, card.vehicle
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
            driven = broken or self._drive(number, trip, self._free_s(number))
            if isinstance(driven, Priced):
                return driven
            self._driven.append(driven)
        return Priced(sum(trip.ticks for trip in self._driven) + self._fixed(self.trips))

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
        free_s = self._free_s(number)
        ticks = sum(one.ticks for one in self._driven[:number])
        for later in range(number, len(self.trips) + is_new):
            stops = trip if later == number else self.trips[later]
            before = position if later == number and not is_new else 0
            driven = self._drive(later, stops, free_s, before)
            if isinstance(driven, Priced):
                return driven
            ticks, free_s = ticks + driven.ticks, driven.end_s
            if later < len(self.trips) and free_s == self._driven[later].end_s:  # nothing after it changes
                ticks += sum(one.ticks for one in self._driven[later + 1 :])
                break
        return Priced(ticks + self._vehicle.fixed_cents * TICKS_PER_CENT)

    def _boarded(self, number: int) -> bool:
        return self.card.on_board and number == 0

    def _free_s(self, number: int) -> int:
        return self._driven[number - 1].end_s if number else self._vehicle.begin_s

    def _too_many(self, trips: int) -> Priced | None:
        excess = trips - (1 if self.card.on_board and trips else 0) - self._vehicle.max_trips
        return Priced(rule="MAX_TRIPS_EXCEEDED", size=excess) if excess > 0 else None

    def _fixed(self, trips: Trips) -> int:
        return self._vehicle.fixed_cents * TICKS_PER_CENT if any(trips) else 0

    def _drive(self, number: int, trip: Sequence[Stop], free_s: int, before: int = 0) -> _Trip | Priced:
        """Drive a trip as early as it can be; the first `before` stops are those of the base, if it leaves alike."""
        vehicle, boarded = self._vehicle, self._boarded(number)
        loading_s = 0 if boarded else vehicle.load_s
        leave_s = free_s if boarded else max(free_s + loading_s, max([stop.release_s for stop in trip], default=0))
        way = _At(vehicle.start if boarded else vehicle.depot, leave_s, 0, 0, 2**60, 0)
        ways = [way]
        if before and self._driven[number].ways[0] == way:
            ways = list(self._driven[number].ways[: before + 1])
        for stop in trip[len(ways) - 1 :]:
            following = self._serve(ways[-1], stop)
            if isinstance(following, Priced):
                return following
            ways.append(following)
        last, home = ways[-1], vehicle.depot
        end_s = self._arrival_s(last.now_s, self._ways.duration_s[last.place][home])
        if end_s > vehicle.shift_end_s and trip:
            return Priced(rule="SHIFT_EXCEEDED", size=end_s - vehicle.shift_end_s)
        load_s = leave_s - loading_s + (0 if boarded else max(0, min(last.wait_s, last.room_s)))
        distance_m = last.distance_m + self._ways.distance_m[last.place][home]
        time = (end_s - load_s) * vehicle.cents_per_hour
        if vehicle.overtime_cents_per_hour:
            time += max(0, end_s - max(load_s, vehicle.overtime_from_s)) * vehicle.overtime_cents_per_hour
        ticks = distance_m * vehicle.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM
        ticks += time * TICKS_PER_SECOND_AND_CENT_PER_HOUR + last.lateness + self._change(trip)
        return _Trip(tuple(ways), end_s, ticks)

    def _serve(self, way: _At, stop: Stop) -> _At | Priced:
        at, to = way.place, stop.location
        arrive_s = self._arrival_s(way.now_s, self._ways.duration_s[at][to])
        start_s = arrive_s if arrive_s > stop.window_start_s else stop.window_start_s
        for from_s, until_s in stop.closed_s:
            if from_s < start_s < until_s:
                start_s = until_s
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
            start_s + stop.service_s + (stop.setup_s if at != to else 0),
            way.distance_m + self._ways.distance_m[at][to],
            wait_s,
            min(way.room_s, wait_s + spare_s),
            lateness,
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
