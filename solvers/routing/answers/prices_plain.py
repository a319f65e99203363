"""What an insertion costs at every place of a plain plan (`RoutingProblem.plain`), by the compiled kernel.

Promises: the costs of `prices`, to the tick, a thousand places in a millisecond. Called by `quote`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from solvers.routing.answers import flat, quote_kernel
from solvers.routing.answers.part import Part, Stops, Whole
from solvers.routing.answers.places import Place
from solvers.routing.answers.prices import Priced, able
from solvers.routing.layout import I32, I64, NO
from solvers.routing.parts import TICKS_PER_CENT
from solvers.routing.problem import RoutingProblem, Stop

Legs = tuple[I32, I32, I32, I32]


class PlainPrices:
    """`Prices` by the kernel."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self._numbers = flat.Numbers(whole.problem)
        self._flat = flat.flatten(whole.problem, whole.trips, self._numbers)
        quote_kernel.settle(self._flat, _nobody(whole.problem))
        self._last: tuple[int, Legs] | None = None
        index, firsts = whole.problem.vehicle_index, {kind: name for name, kind in reversed(whole.alike.items())}
        self._doubles = [index[name] for name, kind in whole.alike.items() if firsts[kind] != name]

    def of(self, stops: Stops, vehicle_ids: Collection[str] | None, most: int) -> PlainPlaces:
        """Price the one stop at all places: they are so quick that none is passed over."""
        (stop,) = stops
        own = self._own(stop, vehicle_ids)
        row, demand = np.array(flat.row_of(stop, self._numbers), np.int64), np.array(stop.demand, np.int64)
        asked = flat.Asked(row, demand, own, int(stop.on_board is not None), *self._legs(stop.location))
        return PlainPlaces(self._whole, self._flat, asked, stop)

    def _legs(self, at: int) -> Legs:
        """Legs between the location and all others; those asked for last are kept, for the next window."""
        last = self._last
        if last is None or last[0] != at:
            last = self._last = at, _legs(self._whole.problem, at)
        return last[1]

    def _own(self, stop: Stop, vehicle_ids: Collection[str] | None) -> I64:
        """What each vehicle adds by not being the stop's incumbent; -1: it may not have the stop."""
        vehicles, index = self._whole.problem.vehicles, self._whole.problem.vehicle_index
        change = stop.change_cents * TICKS_PER_CENT if stop.incumbent is not None else 0
        listed = stop.on_board is not None or stop.allowed is not None or bool(stop.barred or stop.needs)
        restricted = listed or vehicle_ids is not None
        if restricted:
            own = np.full(len(vehicles), -1, np.int64)
            own[[index[v.vehicle_id] for v in able(self._whole, (stop,), vehicle_ids)]] = change
        else:
            own = np.full(len(vehicles), change, np.int64)
            own[self._doubles] = -1
        if stop.incumbent in index and (not restricted or own[index[stop.incumbent]] >= 0):
            own[index[stop.incumbent]] = 0
        return own


class PlainPlaces:
    """`PricedPlaces` of one stop."""

    def __init__(self, whole: Whole, arrays: flat.Flat, asked: flat.Asked, stop: Stop) -> None:
        self._whole, self._flat, self._asked, self._stop = whole, arrays, asked, stop
        self._ticks = np.empty(len(arrays.places), np.int64)
        self.tried = quote_kernel.price(arrays, asked, self._ticks)

    def cheapest_first(self) -> Iterator[Priced]:
        """Places that fit, cheapest first."""
        order = np.argsort(self._ticks, kind="stable")
        for k in order.tolist():
            ticks = int(self._ticks[k])
            if ticks == NO:
                return
            yield self._place(k, ticks)

    def _place(self, k: int, ticks: int) -> Priced:
        number, trip, at, _ = self._flat.places[k].tolist()
        vehicle = self._whole.problem.vehicles[number]
        trips, own = self._whole.trips[vehicle.vehicle_id], (self._stop.stop_id,)
        if at == flat.OPENS:
            return Priced(ticks, vehicle, Place((*trips[:trip], own, *trips[trip:]), trip, True, (0,)))
        changed = (*trips[trip][:at], *own, *trips[trip][at:])
        return Priced(ticks, vehicle, Place((*trips[:trip], changed, *trips[trip + 1 :]), trip, False, (at,)))

    def latest_start_s(self, one: Priced, part: Part, stop: Stop) -> int:
        """By bisection in the kernel."""
        scratch = self._asked._replace(row=self._asked.row.copy())
        at = flat.OPENS if one.place.opens else one.place.positions[0]
        number = self._whole.problem.vehicle_index[one.vehicle.vehicle_id]
        return int(quote_kernel.latest(self._flat, scratch, number, one.place.trip, at))


def _legs(problem: RoutingProblem, at: int) -> Legs:
    """Seconds and metres to the location, seconds and metres from it: [profile, location]."""
    profiles = problem.profiles
    return (
        np.ascontiguousarray(np.stack([profile.duration_s[:, at] for profile in profiles]), np.int32),
        np.ascontiguousarray(np.stack([profile.distance_m[:, at] for profile in profiles]), np.int32),
        np.ascontiguousarray(np.stack([profile.duration_s[at] for profile in profiles]), np.int32),
        np.ascontiguousarray(np.stack([profile.distance_m[at] for profile in profiles]), np.int32),
    )


def _nobody(problem: RoutingProblem) -> flat.Asked:
    """A question of the right types for calls that ask nothing."""
    none = np.zeros((len(problem.profiles), 1), np.int32)
    zero = np.zeros(flat.ROW_COLUMNS, np.int64)
    demand = np.zeros(len(problem.dimensions), np.int64)
    return flat.Asked(zero, demand, np.zeros(len(problem.vehicles), np.int64), 0, none, none, none, none)
