"""What a route costs and whether it keeps its rules, by a plain forward pass: the arithmetic behind a vehicle's bid.

Promises: whole numbers and no kernel; knows windows, closed spans, setup, releases, loads, goods that may not meet, the
shift, overtime, trips, traffic, and the prices of change. It does not know rests: the core's checker does, and has the
last word. Called by `agents.vehicle_bid`.
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
    Vehicle,
)
from solvers.routing.travel import arrival_s


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
        """How much further it is from `before` to `after` by `at`; two points that are one have no way between."""
        metres = self.distance_m
        return metres[before][at] + metres[at][after] - metres[before][after]


class _Drive(NamedTuple):
    """A trip driven as early as it can be: how long it waits for windows, and how much later it could leave."""

    end_s: int
    distance_m: int
    wait_s: int
    room_s: int
    lateness: int


def price(card: RouteCard, ways: Ways, trips: Sequence[Sequence[Stop]]) -> Priced:
    """What the vehicle's whole route costs."""
    vehicle = card.vehicle
    loaded = len(trips) - (1 if card.on_board and trips else 0)
    if loaded > vehicle.max_trips:
        return Priced(rule="MAX_TRIPS_EXCEEDED", size=loaded - vehicle.max_trips)
    free_s, distance_m, paid_s, over_s, ticks = vehicle.begin_s, 0, 0, 0, 0
    for number, trip in enumerate(trips):
        boarded = card.on_board and number == 0
        broken = None if boarded else _load(card, trip)
        if broken is not None:
            return broken
        loading_s = 0 if boarded else vehicle.load_s
        leave_s = free_s if boarded else max(free_s + loading_s, max((s.release_s for s in trip), default=0))
        drive = _drive(card, ways, trip, vehicle.start if boarded else vehicle.depot, leave_s)
        if isinstance(drive, Priced):
            return drive
        if drive.end_s > vehicle.shift_end_s and trip:
            return Priced(rule="SHIFT_EXCEEDED", size=drive.end_s - vehicle.shift_end_s)
        late_leave_s = leave_s + (0 if boarded else max(0, min(drive.wait_s, drive.room_s)))
        free_s = drive.end_s
        distance_m += drive.distance_m
        paid_s += drive.end_s - late_leave_s + loading_s
        over_s += max(0, drive.end_s - max(late_leave_s - loading_s, vehicle.overtime_from_s))
        ticks += drive.lateness + _change(vehicle.vehicle_id, trip)
    return Priced(ticks + _work(vehicle, trips, distance_m, paid_s, over_s))


def _work(vehicle: Vehicle, trips: Sequence[Sequence[Stop]], distance_m: int, paid_s: int, over_s: int) -> int:
    fixed = vehicle.fixed_cents * TICKS_PER_CENT if any(trips) else 0
    time = paid_s * vehicle.cents_per_hour + over_s * vehicle.overtime_cents_per_hour
    return (
        fixed
        + distance_m * vehicle.cents_per_km * TICKS_PER_METRE_AND_CENT_PER_KM
        + time * TICKS_PER_SECOND_AND_CENT_PER_HOUR
    )


def _drive(card: RouteCard, ways: Ways, trip: Sequence[Stop], start: int, leave_s: int) -> _Drive | Priced:
    """Drive a trip that leaves at `leave_s`, as early as windows allow."""
    at, now_s, distance_m, wait_s, room_s, lateness = start, leave_s, 0, 0, 2**60, 0
    for stop in trip:
        to = stop.location
        arrive_s = _arrival_s(card, now_s, ways.duration_s[at][to])
        distance_m += ways.distance_m[at][to]
        start_s = max(arrive_s, stop.window_start_s)
        for from_s, until_s in stop.closed_s:
            if from_s < start_s < until_s:
                start_s = until_s
        if start_s > stop.latest_s:
            return Priced(rule="TIME_WINDOW_INFEASIBLE", size=start_s - stop.latest_s)
        wait_s += start_s - arrive_s
        late_s = max(0, start_s - stop.window_end_s)
        lateness += late_s * stop.late_cents_per_min * TICKS_PER_SECOND_AND_CENT_PER_MIN
        room_s = min(room_s, wait_s + max(0, stop.window_end_s - start_s))
        now_s = start_s + stop.service_s + (stop.setup_s if at != to else 0)
        at = to
    home = card.vehicle.depot
    distance_m += ways.distance_m[at][home]
    return _Drive(_arrival_s(card, now_s, ways.duration_s[at][home]), distance_m, wait_s, room_s, lateness)


def _arrival_s(card: RouteCard, leave_s: int, duration_s: int) -> int:
    return arrival_s(card.bands, leave_s, duration_s) if card.bands else leave_s + duration_s


def _load(card: RouteCard, trip: Sequence[Stop]) -> Priced | None:
    """Whether the trip's goods fit, and fit together."""
    for number, capacity in enumerate(card.vehicle.capacity):
        load = sum(stop.demand[number] for stop in trip)
        if load > capacity:
            return Priced(rule="CAPACITY_EXCEEDED", size=load - capacity)
    if card.incompatible:
        classes = [stop.goods_class for stop in trip if stop.goods_class]
        met = {(min(a, b), max(a, b)) for n, a in enumerate(classes) for b in classes[n + 1 :]}
        apart = {(min(pair), max(pair)) for pair in card.incompatible}
        if met & apart:
            return Priced(rule="INCOMPATIBLE_GOODS", size=len(met & apart))
    return None


def _change(vehicle_id: str, trip: Sequence[Stop]) -> int:
    """The price of another vehicle than planned, and of another stop before it."""
    cents, before = 0, ""
    for stop in trip:
        if stop.incumbent is not None and stop.incumbent != vehicle_id:
            cents += stop.change_cents
        if stop.incumbent_after is not None and stop.incumbent_after != before:
            cents += stop.resequence_cents
        before = stop.stop_id
    return cents * TICKS_PER_CENT
