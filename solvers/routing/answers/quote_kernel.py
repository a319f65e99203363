"""Compiled: what an insertion costs, at every place of a plan, to the tick.

Promises: times and costs of `timing` and `check` for plain routes (`RoutingProblem.plain`), by driving the changed trip
and those after it anew; no place is left out. Called by `quote`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# fmt: off
# isort: off
from solvers.routing.answers.flat import (
    AFTER, AT, BACK_M, BACK_S, BEGIN, BOARDED, BROKEN, COST, COUNT, DEPOT, END, FIRST, FIXED, HEAD, HOUR, ID, KM, LATE,
    LATEST, LEG_M, LEG_S, LOAD, LOC, NEVER, ON_BOARD, OPEN, OPENS, ORIGIN, PROF, REL, RELMAX, RESEQ, SHIFT, STOPS, SVC,
    TRIP, TRIP0, TRIPS, VEHICLE, WE, WS, Asked, Flat,
)
# fmt: on
# isort: on
from solvers.routing.jit import entry, inner, stamp_of
from solvers.routing.layout import I64, NO

STAMP = stamp_of("layout.py", "answers/flat.py", "answers/quote_kernel.py")
NOT_HERE = np.int64(-1)
NEW = np.int64(-1)


@inner
def _drive(f: Flat, a: Asked, v: int, t: int, free: int, at: int, last: bool) -> tuple[int, int, int]:
    """Trip t (NEW: one without stops) from when the vehicle is free, the asked stop at place `at` in it.

    Returns end, cost and seconds late in all; the cost is NO where a hard rule of times breaks.
    """
    boarded = t >= 0 and f.trips[t, BOARDED] == 1
    row = f.trips[t, HEAD] if t >= 0 else 0
    count = f.trips[t, COUNT] if t >= 0 else 0
    place = np.int64(f.trips[t, ORIGIN] if t >= 0 else f.vehicles[v, DEPOT])
    release = f.trips[t, RELMAX] if t >= 0 else 0
    stops = count
    if at >= 0:
        stops += 1
        release = max(release, a.row[REL])
    leave = free if boarded else max(free + f.vehicles[v, LOAD], release)
    p = f.vehicles[v, PROF]
    now, wait, late_s, cost = leave, 0, 0, 0
    room, metres, before = NO, np.int64(0), np.int64(FIRST)
    for k in range(stops):
        asked = k == at
        if asked:
            one = a.row
            seconds, leg = np.int64(a.into_s[p, place]), np.int64(a.into_m[p, place])
        else:
            one = f.stops[row]
            row += 1
            if at >= 0 and k == at + 1:
                seconds, leg = np.int64(a.out_s[p, one[LOC]]), np.int64(a.out_m[p, one[LOC]])
            else:
                seconds, leg = one[LEG_S], one[LEG_M]
        arrive = now + seconds
        start = max(arrive, one[WS])
        if start > one[LATEST]:
            return now, NO, late_s
        wait += start - arrive
        room = min(room, wait + max(0, one[WE] - start))
        late = max(0, start - one[WE])
        late_s += late
        cost += late * one[LATE]
        if one[AFTER] != NEVER and one[AFTER] != before:
            cost += one[RESEQ]
        metres += leg
        now = start + one[SVC]
        place, before = np.int64(one[LOC]), np.int64(one[ID])
    if f.vehicles[v, OPEN] == 0 or not last:
        home = f.vehicles[v, DEPOT]
        if at >= 0 and at == count:
            now += a.out_s[p, home]
            metres += a.out_m[p, home]
        else:
            now += f.trips[t, BACK_S]
            metres += f.trips[t, BACK_M]
    if stops > 0 and now > f.vehicles[v, SHIFT]:
        return now, NO, late_s
    paid = now - leave
    if not boarded:
        paid += f.vehicles[v, LOAD] - min(wait, room)
    return now, cost + metres * f.vehicles[v, KM] + paid * f.vehicles[v, HOUR], late_s


@inner
def _fits(f: Flat, a: Asked, v: int, t: int) -> bool:
    """Whether trip t (NEW: one without stops) has room for the goods."""
    for d in range(f.cap.shape[1]):
        held = f.load[t, d] if t >= 0 else 0
        if held + a.demand[d] > f.cap[v, d]:
            return False
    return True


@inner
def _extra(f: Flat, a: Asked, v: int, q: int, at: int) -> tuple[int, int]:
    """Extra cost (NO: it does not fit in time) and seconds late, from trip q on, with the asked stop at the place."""
    opens = 1 if at == OPENS else 0
    trip0, trips = f.vehicles[v, TRIP0], f.vehicles[v, TRIPS]
    begin = q
    if opens == 1 and q == trips and q > 0 and f.vehicles[v, OPEN] == 1:
        begin = q - 1
    free = f.vehicles[v, BEGIN] if begin == 0 else f.trips[trip0 + begin - 1, END]
    extra, late_s = 0, 0
    for j in range(begin, trips + opens):
        last = j == trips + opens - 1
        if opens == 1 and j == q:
            end, cost, late = _drive(f, a, v, NEW, free, np.int64(0), last)
        else:
            t = trip0 + j - (1 if opens == 1 and j > q else 0)
            end, cost, late = _drive(f, a, v, t, free, at if opens == 0 and j == q else NOT_HERE, last)
            extra -= f.trips[t, COST]
        if cost == NO:
            return NO, late_s
        extra += cost
        late_s += late
        free = end
    if f.vehicles[v, STOPS] == 0:
        extra += f.vehicles[v, FIXED]
    return extra + a.own[v], late_s


@inner
def _too_late(f: Flat, a: Asked, v: int, q: int, at: int) -> bool:
    """Whether the stop is out of reach from the depot or start, driven to at once: most places go by this."""
    t = f.vehicles[v, TRIP0] + q
    free = f.vehicles[v, BEGIN] if q == 0 else f.trips[t - 1, END]
    if at != OPENS and f.trips[t, BOARDED] == 1:
        return False
    leave = max(free + f.vehicles[v, LOAD], a.row[REL])
    return leave > a.row[LATEST]


def _make_price(stamp: int) -> Callable[[Flat, Asked, I64], int]:
    @entry
    def price(f: Flat, a: Asked, out: I64) -> int:
        """Extra cost of the asked stop at every place, NO where it does not fit; returns how many were driven."""
        if stamp < 0:
            return 0
        driven = 0
        for k in range(f.places.shape[0]):
            out[k] = NO
            v, q, at = f.places[k, VEHICLE], f.places[k, TRIP], f.places[k, AT]
            if a.own[v] < 0 or f.vehicles[v, BROKEN] == 1 or f.places[k, ON_BOARD] != a.boarded:
                continue
            t = NEW if at == OPENS else f.vehicles[v, TRIP0] + q
            if (a.boarded == 0 and not _fits(f, a, v, t)) or _too_late(f, a, v, q, at):
                continue
            out[k] = _extra(f, a, v, q, at)[0]
            driven += 1
        return driven

    return price


def _make_latest(stamp: int) -> Callable[[Flat, Asked, int, int, int], int]:
    @entry
    def latest(f: Flat, a: Asked, v: int, q: int, at: int) -> int:
        """Latest start of the asked stop's service at the place: no hard rule breaks and nothing gets later than its
        window allows, or than it is anyhow. Found by bisection on the stop's window; `a.row` is scratch."""
        if stamp < 0:
            return 0
        allowed = _extra(f, a, v, q, at)[1]
        low, high = a.row[WS], a.row[LATEST] + 1
        while high - low > 1:
            a.row[WS] = (low + high) // 2
            extra, late_s = _extra(f, a, v, q, at)
            if extra != NO and late_s <= allowed:
                low = a.row[WS]
            else:
                high = a.row[WS]
        return low

    return latest


def _make_settle(stamp: int) -> Callable[[Flat, Asked], None]:
    @entry
    def settle(f: Flat, a: Asked) -> None:
        """Fill in END and COST of every trip as planned, and which vehicles are BROKEN. Nothing of `a` is read."""
        if stamp < 0:
            return
        for v in range(f.vehicles.shape[0]):
            free = f.vehicles[v, BEGIN]
            for q in range(f.vehicles[v, TRIPS]):
                t = f.vehicles[v, TRIP0] + q
                free, cost, _ = _drive(f, a, v, t, free, NOT_HERE, q == f.vehicles[v, TRIPS] - 1)
                f.trips[t, END], f.trips[t, COST] = free, cost
                if cost == NO:
                    f.vehicles[v, BROKEN] = 1
                for d in range(f.cap.shape[1]):
                    if f.trips[t, BOARDED] == 0 and f.load[t, d] > f.cap[v, d]:
                        f.vehicles[v, BROKEN] = 1

    return settle


price = _make_price(STAMP)
latest = _make_latest(STAMP)
settle = _make_settle(STAMP)
