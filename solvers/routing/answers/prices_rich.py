"""What an insertion costs at every place of a plan with every rule of the model, by the compiled simulation.

Promises: the costs of `prices`, to the tick, in milliseconds. Stops that relations tie to others are left to `prices`:
there are few places for them. One question at a time: the arrays are scratch. Called by `quote`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from solvers.routing.answers import rich_flat, rich_kernel
from solvers.routing.answers.part import Part, Stops, Whole
from solvers.routing.answers.places import Place
from solvers.routing.answers.prices import Priced, PricedPlaces, TriedPrices, able
from solvers.routing.layout import I64, NO
from solvers.routing.parts import Shipment, Stop
from solvers.routing.problem import RoutingProblem
from solvers.routing.rich import layout as at
from solvers.routing.rich.arrays import rich_data, work_of
from solvers.routing.validate import MAX_CLOSED


class RichPrices:
    """`Prices` by simulation."""

    def __init__(self, whole: Whole) -> None:
        problem = whole.problem
        self.whole = whole
        self._tried = TriedPrices(whole)
        self._places: dict[object, I64] = {}
        self._related = frozenset(stop_id for relation in problem.relations for stop_id in relation.stop_ids)
        self._mentions: dict[str, list[int]] = {}
        for number, stop in enumerate(problem.stops):
            if stop.incumbent_after and stop.incumbent_after not in problem.stop_index:
                self._mentions.setdefault(stop.incumbent_after, []).append(number)
        plain = rich_data(problem)
        self._stops, self._locations, self._spans = len(plain.si), plain.go.shape[1], len(plain.closed)
        self._place_of = {stop.location: int(plain.si[n, at.LOC]) for n, stop in enumerate(problem.stops)}
        self.data = rich_flat.with_room(plain)
        self.flat = rich_flat.flatten(problem, whole.trips)
        self.work = work_of(self.data, len(self.flat.room) + 1)
        rich_kernel.settle(self.data, self.work, self.flat)
        for number, vehicle in enumerate(problem.vehicles):
            if rich_flat.related(problem, vehicle, whole.trips) and whole.part(vehicle).before().violations:
                self.flat.vehicles[number, rich_flat.BROKEN] = 1

    def of(self, stops: Stops, vehicle_ids: Collection[str] | None, most: int) -> PricedPlaces:
        """Price the stops at all places, as far as `most` vehicles with one place each are wanted (0: all places)."""
        if not self._related.isdisjoint(stop.stop_id for stop in stops):
            return self._tried.of(stops, vehicle_ids, most)
        index = self.whole.problem.vehicle_index
        allowed = np.zeros(len(index), np.int64)
        allowed[[index[v.vehicle_id] for v in able(self.whole, stops, vehicle_ids)]] = 1
        rows = [self._row(number, stop) for number, stop in enumerate(stops)]
        self._write(stops, rows)
        return RichPlaces(self, stops, rows, self._places_for(stops), allowed, most)

    def _row(self, number: int, stop: Stop) -> int:
        """The stop's own row if the problem knows it, else a spare one."""
        return self.whole.problem.stop_index.get(stop.stop_id, self._stops + number)

    def _places_for(self, stops: Stops) -> I64:
        """Places of stops of that kind, looked up once."""
        key = len(stops), stops[0].on_board is not None, stops[0].kind
        if key not in self._places:
            self._places[key] = rich_flat.free_places(self.whole.problem, self.whole.trips, stops)
        return self._places[key]

    def _write(self, stops: Stops, rows: list[int]) -> None:
        """Fill the rows of the stops as they are asked for, and of their places."""
        problem, data = self.whole.problem, self.data
        bare = tuple(replace(stop, on_board=None, incumbent=None, incumbent_after=None) for stop in stops)
        pair = (Shipment(stops[0].stop_id, stops[1].stop_id),) if len(stops) > 1 else ()
        asked = RoutingProblem(
            problem.profiles, bare, (), problem.dimensions, shipments=pair, incompatible=problem.incompatible
        )
        small = rich_data(asked)
        for number, (stop, row) in enumerate(zip(stops, rows, strict=True)):
            first = self._spans + number * MAX_CLOSED
            data.closed[first : first + len(stop.closed_s)] = np.array(stop.closed_s, np.int64).reshape(-1, 2)
            data.si[row] = small.si[number]
            data.dem[row] = stop.demand
            data.si[row, (at.CB, at.CE)] = first, first + len(stop.closed_s)
            data.si[row, at.LOC] = self._location(number, stop)
            data.si[row, at.PARTNER] = rows[1 - number] if pair else -1
            if stop.on_board is not None:
                data.si[row, (at.ROLE, at.BOARD)] = at.ABOARD, problem.vehicle_index[stop.on_board]
            if stop.incumbent is not None:
                data.si[row, at.INC] = problem.vehicle_index.get(stop.incumbent, len(problem.vehicles))
            data.si[row, at.AFTER] = self._after(stop, stops, rows)
            if row >= self._stops:
                data.si[:, at.AFTER][data.si[:, at.AFTER] == row] = at.GONE
                data.si[self._mentions.get(stop.stop_id, []), at.AFTER] = row

    def _after(self, stop: Stop, stops: Stops, rows: list[int]) -> int:
        if stop.incumbent_after is None:
            return at.NEVER
        own = {other.stop_id: row for other, row in zip(stops, rows, strict=True)}
        known = own.get(stop.incumbent_after, self.whole.problem.stop_index.get(stop.incumbent_after, at.GONE))
        return known if stop.incumbent_after else at.FIRST

    def _location(self, number: int, stop: Stop) -> int:
        """The number of the stop's location; a new one gets the legs of the problem's matrices."""
        if stop.location in self._place_of:
            return self._place_of[stop.location]
        return self._new_location(number, stop)

    def _new_location(self, number: int, stop: Stop) -> int:
        place, here = self._locations + number, stop.location
        places = sorted(self._used())
        for k, profile in enumerate(self.whole.problem.profiles):
            for column, matrix in enumerate((profile.distance_m, profile.duration_s)):
                self.data.go[k, place, : self._locations, column] = matrix[here, places]
                self.data.go[k, : self._locations, place, column] = matrix[places, here]
                self.data.go[k, place, place, column] = matrix[here, here]
        return place

    def _used(self) -> set[int]:
        problem = self.whole.problem
        ends = {place for v in problem.vehicles for place in (v.start, v.depot, v.end) if place is not None}
        return ends | {stop.location for stop in problem.stops}


class RichPlaces:
    """`PricedPlaces` by simulation."""

    def __init__(self, prices: RichPrices, stops: Stops, rows: list[int], places: I64, allowed: I64, most: int) -> None:
        one, two = self._rows = rows[0], rows[1] if len(rows) > 1 else -1
        self._prices, self._stops, self._places = prices, stops, places
        data, flat, count = prices.data, prices.flat, len(places)
        least, self._ticks = np.empty(count, np.int64), np.empty(count, np.int64)
        rich_kernel.bound(data, flat, places, allowed, one, two, least)
        order = np.argsort(least, kind="stable")
        order = order[: int((least < NO).sum())]
        best = np.full(len(allowed), NO, np.int64)
        self.tried = rich_kernel.price(data, prices.work, flat, places, order, least, one, two, most, best, self._ticks)

    def cheapest_first(self) -> Iterator[Priced]:
        """Places that fit, cheapest first."""
        for k in np.argsort(self._ticks, kind="stable").tolist():
            ticks = int(self._ticks[k])
            if ticks == NO:
                return
            yield self._place(k, ticks)

    def _place(self, k: int, ticks: int) -> Priced:
        number, trip, first, then = self._places[k].tolist()
        whole = self._prices.whole
        vehicle = whole.problem.vehicles[number]
        trips, own = whole.trips[vehicle.vehicle_id], [stop.stop_id for stop in self._stops]
        if first == rich_flat.OPENS:
            changed = (*trips[:trip], tuple(own), *trips[trip:])
            return Priced(ticks, vehicle, Place(changed, trip, True, tuple(range(len(own)))))
        row = list(trips[trip])
        positions = (first, then)[: len(own)]
        for position, stop_id in zip(positions, own, strict=True):
            row.insert(position, stop_id)
        return Priced(ticks, vehicle, Place((*trips[:trip], tuple(row), *trips[trip + 1 :]), trip, False, positions))

    def latest_start_s(self, one: Priced, part: Part, stop: Stop) -> int:
        """By bisection on the stop's window, simulated."""
        prices, place = self._prices, one.place
        number = prices.whole.problem.vehicle_index[one.vehicle.vehicle_id]
        at_place = rich_flat.OPENS if place.opens else place.positions[0]
        row = np.array((number, place.trip, at_place, (*place.positions, -1)[1]), np.int64)
        one_row, two_row = self._rows
        asked = self._rows[[other.stop_id for other in self._stops].index(stop.stop_id)]
        return int(rich_kernel.latest(prices.data, prices.work, prices.flat, number, row, one_row, two_row, asked))
