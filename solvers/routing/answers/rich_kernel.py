"""Compiled: what an insertion costs, where routes have every rule of the model, by simulating the changed route.

Promises: cost and broken rules of `rich.simulate`, which are the checker's. A place is passed over unsimulated only if
it is out of reach, or dearer by its way alone than enough others; both are asked only where an insertion cannot
shorten the way. Relations are not known here. Called by `prices_rich`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# fmt: off
# isort: off
from solvers.routing.answers.rich_flat import (
    AT, BASE, BROKEN, COUNT, DEPART_BY, DONE, FREE, HOME_BY, LAST, LEAVE, OFF, OPENS, POS, SIZE, SPARE, STOPS, THEN,
    TRIP, TRIP0, TRIPS, VEHICLE, RichFlat,
)
from solvers.routing.jit import entry, inner, stamp_of
from solvers.routing.layout import I64, NO
from solvers.routing.rich.layout import (
    AFTER, BAND_B, BAND_E, BEGIN, BEGINS, BOARDS, CHANGE, DEPOT, FIXED, HOME, HOUR, INC, KM, LATEST, LOAD, LOC, NEVER,
    O_RESTS, PAUSES, REL, RESEQ, SHIFT, START, SVC, T_BOARD, T_END, T_FROM, T_HOME, T_LOAD, T_ORIGIN, T_TO, WE, WS,
    RichData, Work,
)
from solvers.routing.rich.simulate import simulate
from solvers.routing.rich.simulate_clock import (
    arrival, closes, latest_departure, metres, opens, takes, work_of_leg,
)
# fmt: on
# isort: on

STAMP = stamp_of("layout.py", "rich/layout.py", "rich/simulate*.py", "answers/rich_flat.py", "answers/rich_kernel.py")


@inner
def _home(d: RichData, f: RichFlat, v: int, q: int) -> int:
    """Where trip q ends, -1: at its last stop."""
    return d.vi[v, HOME] if q == f.vehicles[v, TRIPS] - 1 else d.vi[v, DEPOT]


@inner
def _origin(d: RichData, v: int, q: int) -> int:
    return d.vi[v, START] if q == 0 and d.vi[v, BOARDS] == 1 else d.vi[v, DEPOT]


@inner
def _forward(d: RichData, f: RichFlat, v: int) -> None:
    """Earliest times, nobody resting."""
    free = d.vi[v, BEGIN]
    for q in range(f.vehicles[v, TRIPS]):
        t, off = f.vehicles[v, TRIP0] + q, f.vehicles[v, OFF]
        boarded = q == 0 and d.vi[v, BOARDS] == 1
        now = free if boarded else free + d.vi[v, LOAD]
        begin = off + f.trips[t, POS]
        for i in range(begin, begin + f.trips[t, COUNT]):
            now = now if boarded else max(now, d.si[f.seq[i], REL])
        f.trips[t, LEAVE] = now
        at = _origin(d, v, q)
        for i in range(begin, begin + f.trips[t, COUNT]):
            c = f.seq[i]
            now = opens(d, c, arrival(d, v, now, work_of_leg(d, v, at, d.si[c, LOC]))) + takes(d, c, at)
            f.bounds[i, DONE] = now
            at = d.si[c, LOC]
        home = _home(d, f, v, q)
        free = arrival(d, v, now, work_of_leg(d, v, at, home)) if home >= 0 else now
        f.trips[t, FREE] = free


@inner
def _backward(d: RichData, f: RichFlat, v: int) -> None:
    """Latest times, nobody resting."""
    by = d.vi[v, SHIFT]
    for back in range(f.vehicles[v, TRIPS]):
        q = f.vehicles[v, TRIPS] - 1 - back
        t, off = f.vehicles[v, TRIP0] + q, f.vehicles[v, OFF]
        f.trips[t, HOME_BY] = by
        to = _home(d, f, v, q)
        begin = off + f.trips[t, POS]
        for k in range(f.trips[t, COUNT]):
            i = begin + f.trips[t, COUNT] - 1 - k
            c = f.seq[i]
            by = latest_departure(d, v, by, work_of_leg(d, v, d.si[c, LOC], to)) if to >= 0 else by
            f.bounds[i, LAST] = by
            before = d.si[f.seq[i - 1], LOC] if i > begin else _origin(d, v, q)
            by = closes(d, c, min(d.si[c, LATEST], by - takes(d, c, before)))
            to = d.si[c, LOC]
        if to >= 0:
            by = latest_departure(d, v, by, work_of_leg(d, v, _origin(d, v, q), to))
        f.trips[t, DEPART_BY] = by
        by = min(by - d.vi[v, LOAD], d.vi[v, SHIFT])


@inner
def _route(f: RichFlat, v: int, q: int, at: int, then: int, one: int, two: int) -> int:
    """Write the vehicle's route with the stops at the place into `RichFlat.room`; its length."""
    off, size, n = f.vehicles[v, OFF], f.vehicles[v, SIZE], 0
    trips = f.vehicles[v, TRIPS]
    cut = size if q == trips else f.trips[f.vehicles[v, TRIP0] + q, POS]
    for i in range(cut):
        f.room[n] = f.seq[off + i]
        n += 1
    if at == OPENS:
        if q == trips and trips > 0:
            f.room[n] = -1
            n += 1
        f.room[n] = one
        n += 1
        if two >= 0:
            f.room[n] = two
            n += 1
        if q < trips:
            f.room[n] = -1
            n += 1
    else:
        k = 0
        for j in range(f.trips[f.vehicles[v, TRIP0] + q, COUNT] + (2 if two >= 0 else 1)):
            if j == at:
                f.room[n] = one
            elif j == then:
                f.room[n] = two
            else:
                f.room[n] = f.seq[off + cut + k]
                k += 1
            n += 1
        cut += k
    for i in range(cut, size):
        f.room[n] = f.seq[off + i]
        n += 1
    return n


@inner
def _over(d: RichData, v: int, a: int, c: int, e: int, b: int, x: int) -> tuple[int, int, int]:
    """Metres, driving and time at stops that it adds to go from location a over stop c (and e) to location b.

    -1 for e, b: there is none. x: the stop at b, -1: none; its setup may change.
    """
    at = d.si[c, LOC]
    way, legs, spent = metres(d, v, a, at), work_of_leg(d, v, a, at), takes(d, c, a)
    if e >= 0:
        to = d.si[e, LOC]
        way, legs, spent = way + metres(d, v, at, to), legs + work_of_leg(d, v, at, to), spent + takes(d, e, at)
        at = to
    if b >= 0:
        way += metres(d, v, at, b) - metres(d, v, a, b)
        legs += work_of_leg(d, v, at, b) - work_of_leg(d, v, a, b)
    if x >= 0:
        spent += takes(d, x, at) - takes(d, x, a)
    return way, legs, spent


@inner
def _reachable(d: RichData, f: RichFlat, v: int, q: int, at: int, c: int) -> bool:
    """Whether the stop can be served at a place in an existing trip, nobody resting, and all after it as well."""
    t = f.vehicles[v, TRIP0] + q
    i = f.vehicles[v, OFF] + f.trips[t, POS] + at
    now = f.bounds[i - 1, DONE] if at > 0 else f.trips[t, LEAVE]
    place = d.si[f.seq[i - 1], LOC] if at > 0 else _origin(d, v, q)
    if not (q == 0 and d.vi[v, BOARDS] == 1):
        now = max(now, d.si[c, REL])
    start = opens(d, c, arrival(d, v, now, work_of_leg(d, v, place, d.si[c, LOC])))
    if start > d.si[c, LATEST]:
        return False
    now, place = start + takes(d, c, place), d.si[c, LOC]
    if at == f.trips[t, COUNT]:
        home = _home(d, f, v, q)
        return home < 0 or arrival(d, v, now, work_of_leg(d, v, place, home)) <= f.trips[t, HOME_BY]
    b = f.seq[i]
    start = opens(d, b, arrival(d, v, now, work_of_leg(d, v, place, d.si[b, LOC])))
    return start <= d.si[b, LATEST] and start + d.si[b, SVC] <= f.bounds[i, LAST]


@inner
def _detour(d: RichData, f: RichFlat, v: int, q: int, at: int, c: int, e: int) -> tuple[int, int]:
    """Price of the way, with changes of predecessors, and seconds added, over stop c (and e) in an existing trip.

    The price is -NO where the insertion could shorten the route in time, be it by a pause that makes a rest needless
    and so saves overtime or lateness: then nothing is known.
    """
    t = f.vehicles[v, TRIP0] + q
    i = f.vehicles[v, OFF] + f.trips[t, POS] + at
    last = at == f.trips[t, COUNT]
    a = d.si[f.seq[i - 1], LOC] if at > 0 else _origin(d, v, q)
    b = _home(d, f, v, q) if last else d.si[f.seq[i], LOC]
    way, legs, spent = _over(d, v, a, c, e, b, -1 if last else f.seq[i])
    late = d.si[c, REL] if e < 0 else max(d.si[c, REL], d.si[e, REL])
    banded = d.vi[v, BAND_E] > d.vi[v, BAND_B]
    added = min(legs, 0) if banded else legs + spent
    if added < 0 or spent < 0 or late > f.trips[t, LEAVE] or d.vi[v, PAUSES] != 0:
        return -NO, 0
    price = way * d.vi[v, KM]
    if not last and d.si[f.seq[i], AFTER] != NEVER:
        price -= d.si[f.seq[i], RESEQ]
    return price, added


@inner
def _moved(d: RichData, f: RichFlat, v: int, c: int) -> int:
    """What another vehicle than the one in force adds, and a vehicle that was not in use."""
    price = d.vi[v, FIXED] if f.vehicles[v, STOPS] == 0 else 0
    return price + d.si[c, CHANGE] if d.si[c, INC] >= 0 and d.si[c, INC] != v else price


@inner
def _joins(d: RichData, f: RichFlat, v: int, q: int, at: int, then: int, one: int, two: int) -> int:
    """Least extra cost of a place in an existing trip; NO: out of reach; -NO: unknown.

    Time is paid unless it was spare; rests that were needed are needed still.
    """
    near = two >= 0 and then == at + 1
    least, added = _detour(d, f, v, q, at, one, two if near else np.int64(-1))
    if least == -NO:
        return -NO
    if not near and not _reachable(d, f, v, q, at, one):
        return NO
    if two >= 0 and not near:
        more, also = _detour(d, f, v, q, then - 1, two, np.int64(-1))
        if more == -NO:
            return -NO
        if not _reachable(d, f, v, q, then - 1, two):
            return NO
        least, added = least + more, added + also
    spare = f.trips[f.vehicles[v, TRIP0] + q, SPARE]
    return least + max(0, added - spare) * d.vi[v, HOUR] + _moved(d, f, v, one)


@inner
def _opened(d: RichData, f: RichFlat, v: int, q: int, one: int, two: int) -> int:
    """The same of a trip of its own. Unknown where it changes the end of the trip before, or may spare rests."""
    trips, depot, home = f.vehicles[v, TRIPS], d.vi[v, DEPOT], d.vi[v, HOME]
    if trips > 0 and (d.vi[v, PAUSES] != 0 or (q == trips and home != depot)):
        return -NO
    free = d.vi[v, BEGIN] if q == 0 else f.trips[f.vehicles[v, TRIP0] + q - 1, FREE]
    leave = max(free + d.vi[v, LOAD], d.si[one, REL])
    start = opens(d, one, arrival(d, v, leave, work_of_leg(d, v, depot, d.si[one, LOC])))
    if start > d.si[one, LATEST]:
        return NO
    end = home if q == trips else depot
    way, legs, spent = _over(d, v, depot, one, two, np.int64(-1), np.int64(-1))
    if end >= 0:
        at = d.si[two if two >= 0 else one, LOC]
        way, legs = way + metres(d, v, at, end), legs + work_of_leg(d, v, at, end)
    banded = d.vi[v, BAND_E] > d.vi[v, BAND_B]
    paid = 0 if banded else legs + spent + d.vi[v, LOAD]
    by = d.vi[v, SHIFT] if q == trips else f.trips[f.vehicles[v, TRIP0] + q, DEPART_BY] - d.vi[v, LOAD]
    if not banded and leave + legs + spent > by:
        return NO
    return way * d.vi[v, KM] + paid * d.vi[v, HOUR] + _moved(d, f, v, one)


@inner
def _spare(d: RichData, w: Work, f: RichFlat, v: int, q: int) -> int:
    """Paid time of a trip of the route simulated last that is neither driving, service, loading nor rest.

    NO where speed changes in the day: legs are not in seconds there. Where a pause may stand for a rest, rests are
    spare, too: an insertion may make them needless.
    """
    if d.vi[v, BAND_E] > d.vi[v, BAND_B]:
        return NO
    begin, end, at = w.trip[q, T_LOAD], w.trip[q, T_END], w.trip[q, T_ORIGIN]
    spare = end - begin - (0 if w.trip[q, T_BOARD] == 1 else d.vi[v, LOAD])
    for i in range(w.trip[q, T_FROM], w.trip[q, T_TO]):
        c = f.room[i]
        spare -= work_of_leg(d, v, at, d.si[c, LOC]) + takes(d, c, at)
        at = d.si[c, LOC]
    if w.trip[q, T_HOME] >= 0:
        spare -= work_of_leg(d, v, at, w.trip[q, T_HOME])
    if d.vi[v, PAUSES] == 0:
        for k in range(w.out[O_RESTS]):
            spare -= max(0, min(end, w.rest[k, 1]) - max(begin, w.rest[k, 0]))
    return spare


def _make_settle(stamp: int) -> Callable[[RichData, Work, RichFlat], None]:
    @entry
    def settle(d: RichData, w: Work, f: RichFlat) -> None:
        """Work out costs, broken rules and bounds of all routes."""
        if stamp < 0:
            return
        for v in range(f.vehicles.shape[0]):
            off, size = f.vehicles[v, OFF], f.vehicles[v, SIZE]
            for i in range(size):
                f.room[i] = f.seq[off + i]
            f.vehicles[v, BASE], f.vehicles[v, BROKEN] = simulate(d, w, v, f.room, size)
            for q in range(f.vehicles[v, TRIPS]):
                f.trips[f.vehicles[v, TRIP0] + q, SPARE] = _spare(d, w, f, v, q)
            _forward(d, f, v)
            _backward(d, f, v)

    return settle


def _make_bound(stamp: int) -> Callable[[RichData, RichFlat, I64, I64, int, int, I64], None]:
    @entry
    def bound(d: RichData, f: RichFlat, places: I64, able: I64, one: int, two: int, least: I64) -> None:
        """Least extra cost of the stops at every place; NO where they cannot be, -NO where nothing is known."""
        if stamp < 0:
            return
        for k in range(places.shape[0]):
            v, q, at = places[k, VEHICLE], places[k, TRIP], places[k, AT]
            if able[v] == 0 or f.vehicles[v, BROKEN] > 0:
                least[k] = NO
            elif at == OPENS:
                least[k] = _opened(d, f, v, q, one, two)
            else:
                least[k] = _joins(d, f, v, q, at, places[k, THEN], one, two)

    return bound


def _make_price(stamp: int) -> Callable[[RichData, Work, RichFlat, I64, I64, I64, int, int, int, I64, I64], int]:
    @entry
    def price(
        d: RichData, w: Work, f: RichFlat, places: I64, order: I64, least: I64, one: int, two: int, most: int,
        best: I64, out: I64,
    ) -> int:  # fmt: skip
        """Extra cost of the stops at each place, in the order given, NO where they do not fit; returns how many tried.

        most: so many vehicles with a place each are enough; dearer places are passed over. best: scratch, by vehicle.
        """
        if stamp < 0:
            return 0
        tried, enough = 0, NO
        for k in range(places.shape[0]):
            out[k] = NO
        for j in range(order.shape[0]):
            k = order[j]
            v = places[k, VEHICLE]
            if least[k] >= enough or (most > 0 and least[k] >= best[v]):
                continue
            n = _route(f, v, places[k, TRIP], places[k, AT], places[k, THEN], one, two)
            cost, broken = simulate(d, w, v, f.room, n)
            tried += 1
            if broken > 0:
                continue
            out[k] = cost - f.vehicles[v, BASE]
            if most > 0 and out[k] < best[v]:
                best[v] = out[k]
                enough = _enough(best, most)
        return tried

    return price


@inner
def _enough(best: I64, most: int) -> int:
    """The `most`-th smallest of the vehicles' best prices: no dearer place is wanted."""
    for v in range(best.shape[0]):
        smaller = equal = 0
        for u in range(best.shape[0]):
            smaller += 1 if best[u] < best[v] else 0
            equal += 1 if best[u] == best[v] else 0
        if smaller < most <= smaller + equal:
            return best[v]
    return NO


def _make_latest(stamp: int) -> Callable[[RichData, Work, RichFlat, int, I64, int, int, int], int]:
    @entry
    def latest(d: RichData, w: Work, f: RichFlat, v: int, place: I64, one: int, two: int, c: int) -> int:
        """Latest start of stop c's service there (c is one or two): no rule breaks and nothing is later than its window
        allows, or than it is anyhow. By bisection on the stop's window, which is put back."""
        if stamp < 0:
            return 0
        n = _route(f, v, place[TRIP], place[AT], place[THEN], one, two)
        usual = d.si[c, WS]
        simulate(d, w, v, f.room, n)
        allowed, low = _late(d, w, f, n, c)
        high = d.si[c, LATEST] + 1
        while high - low > 1:
            d.si[c, WS] = (low + high) // 2
            broken = simulate(d, w, v, f.room, n)[1]
            late, start = _late(d, w, f, n, c)
            if broken == 0 and late <= allowed:
                low = max(start, d.si[c, WS])
            else:
                high = d.si[c, WS]
        d.si[c, WS] = usual
        return low

    return latest


@inner
def _late(d: RichData, w: Work, f: RichFlat, n: int, c: int) -> tuple[int, int]:
    """Seconds late in all on the route simulated last, and when service at c starts."""
    late, start = 0, 0
    for i in range(n):
        if f.room[i] >= 0:
            late += max(0, w.visit[i, BEGINS] - d.si[f.room[i], WE])
            if f.room[i] == c:
                start = w.visit[i, BEGINS]
    return late, start


settle = _make_settle(STAMP)
bound = _make_bound(STAMP)
price = _make_price(STAMP)
latest = _make_latest(STAMP)
