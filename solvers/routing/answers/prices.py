"""What an insertion costs at every place of a plan, found by timing and checking each.

Promises: right for every rule that `timing` and `check` know, at some 100 microseconds a place. `prices_plain` does the
same by a compiled kernel where all routes are plain. Called by `quote`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from solvers.routing.answers.part import Part, Stops, Tried, Whole, tried
from solvers.routing.answers.places import Place, Trips, places
from solvers.routing.problem import RoutingProblem, Stop, Vehicle


@dataclass(frozen=True, slots=True)
class Priced:
    """A place that fits. ticks: what the route costs more. trips: the vehicle's route with the stops in."""

    ticks: int
    vehicle: Vehicle
    place: Place


class PricedPlaces(Protocol):
    """The places of one question. tried: how many were driven."""

    @property
    def tried(self) -> int: ...

    def cheapest_first(self) -> Iterator[Priced]:
        """Places that fit; of equally cheap ones those of the first vehicle."""

    def latest_start_s(self, one: Priced, part: Part, stop: Stop) -> int:
        """Latest start of the stop's service there that breaks no hard rule and makes nothing later than its window
        allows, or than it is anyhow."""


class Prices(Protocol):
    """Prices of insertions into one plan."""

    def of(self, stops: Stops, vehicle_ids: Collection[str] | None, most: int) -> PricedPlaces:
        """Try the stops everywhere, or in these vehicles only; `most` vehicles with one place each will do (0: all)."""


class TriedPrices:
    """`Prices` by trying."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole

    def of(self, stops: Stops, vehicle_ids: Collection[str] | None, most: int) -> TriedPlaces:
        """Try the stops everywhere, or in these vehicles only, whatever `most` is."""
        found: list[Priced] = []
        count = 0
        for vehicle in able(self._whole, stops, vehicle_ids):
            part = self._whole.part(vehicle, stops)
            before = part.before()
            if before.violations:
                continue
            for place in places(part.problem, vehicle, part.trips, stops):
                if place.open:
                    count += 1
                    after = part.tried(place.trips)
                    if not after.violations:
                        found.append(Priced(after.ticks - before.ticks, vehicle, place))
        found.sort(key=lambda one: one.ticks)
        return TriedPlaces(found, count)


def able(whole: Whole, stops: Stops, vehicle_ids: Collection[str] | None) -> Iterator[Vehicle]:
    """Vehicles that lists, skills, relations and options let have the stops; of empty ones that are alike, one."""
    if any(whole.other_option(stop) for stop in stops):
        return
    problem, seen = whole.problem, set[tuple[int | None, bool]]()
    bound = {whole.where[other] for other in whole.tied_to(stops)}
    for vehicle in problem.vehicles:
        name = vehicle.vehicle_id
        if vehicle_ids is not None and name not in vehicle_ids:
            continue
        if bound <= {name} and all(problem.may_serve(vehicle, stop) for stop in stops):
            kind = whole.alike.get(name), any(stop.incumbent == name for stop in stops)
            if kind[0] is None or kind not in seen:
                yield vehicle
            seen.add(kind)


def cheapest(problem: RoutingProblem, trips: Trips, stops: Stops) -> tuple[int, Trips] | None:
    """Of a part problem: what the route costs with the stops at their cheapest open place, and its trips there."""
    (vehicle,) = problem.vehicles
    best: tuple[int, Trips] | None = None
    for place in places(problem, vehicle, trips, stops):
        after = tried(problem, vehicle.vehicle_id, place.trips) if place.open else None
        if after is not None and not after.violations and (best is None or after.ticks < best[0]):
            best = after.ticks, place.trips
    return best


class TriedPlaces:
    """`PricedPlaces` that were tried."""

    def __init__(self, found: list[Priced], count: int) -> None:
        self._found, self.tried = found, count

    def cheapest_first(self) -> Iterator[Priced]:
        """Places that fit, cheapest first."""
        return iter(self._found)

    def latest_start_s(self, one: Priced, part: Part, stop: Stop) -> int:
        """By bisection on the stop's window."""
        usual = _delayed(part, one.place.trips, stop, stop.window_start_s)
        low_s = _start_s(usual, stop)
        high_s = stop.latest_s + 1
        while high_s - low_s > 1:
            middle_s = (low_s + high_s) // 2
            later = _delayed(part, one.place.trips, stop, middle_s)
            if later.violations or _late_s(part, later) > _late_s(part, usual):
                high_s = middle_s
            else:
                low_s = _start_s(later, stop)
        return low_s


def _delayed(part: Part, trips: Trips, stop: Stop, start_s: int) -> Tried:
    """The route when the stop's window opens later."""
    for from_s, to_s in stop.closed_s:
        if from_s < start_s < to_s:
            start_s = to_s
    changed = replace(
        stop,
        window_start_s=start_s,
        window_end_s=max(start_s, stop.window_end_s),
        closed_s=tuple(span for span in stop.closed_s if span[0] >= start_s),
    )
    stops = tuple(changed if other.stop_id == stop.stop_id else other for other in part.problem.stops)
    return tried(replace(part.problem, stops=stops), part.vehicle.vehicle_id, trips)


def _start_s(one: Tried, stop: Stop) -> int:
    visits = (visit for trip in (one.route.trips if one.route else ()) for visit in trip.visits)
    return next(visit.start_s for visit in visits if visit.stop_id == stop.stop_id)


def _late_s(part: Part, one: Tried) -> int:
    """Seconds late in all, by the windows as they really are."""
    visits = (visit for trip in (one.route.trips if one.route else ()) for visit in trip.visits)
    return sum(max(0, visit.start_s - part.problem.stop(visit.stop_id).window_end_s) for visit in visits)
