"""Kernel, part 3: find the cheapest place for a stop, and put it there.

Promises: only places that keep every hard rule and lock, priced exactly. Looks beside the nearest planned stops, into one
empty vehicle of each kind, and at new trips; everywhere if that finds nothing and the caller wishes. Called by the
repair and search kernels only; compiled.
"""

from __future__ import annotations

import numpy as np

from solvers.routing.jit import inlined, inner
from solvers.routing.kernel_price import may_open_trip, price_after, price_new_trip
from solvers.routing.kernel_state import is_boarded, link, open_trip, refresh, remove_absent, touch
from solvers.routing.layout import (
    BOARD, BOARDS, DEPOT, FIXED, HEAD, I_AFTER, I_BOUNDARY, I_DELTA, I_SLOT, I_VEHICLE, IDX, INC, KLASS, KM, LOCKED,
    NLOCK, NO, NONE, NSTOPS, NT, NXT, PROF, PRV, SEEN, TRIP, Data, State,
)  # fmt: skip

BLINKS = 100
"""One place in so many is overlooked, so that the greedy insertion does not always do the same."""


@inlined
def random_bits(s: State) -> int:
    """Next number of a xorshift64* generator (Vigna 2016), 63 bits."""
    x = s.rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    s.rng[0] = x
    return np.int64((x * np.uint64(2685821657736338717)) >> np.uint64(1))


@inlined
def random_below(s: State, n: int) -> int:
    """Whole number in 0 .. n-1."""
    return random_bits(s) % n


@inlined
def _may_join(d: Data, s: State, c: int, v: int, t: int) -> bool:
    """Whether stop c (not on board anywhere) may join trip t at some place."""
    return (
        d.allowed[c, v] == 1
        and not is_boarded(d, s, v, t)
        and (d.vi[v, NLOCK] == 0 or s.tx[t, IDX] >= d.vi[v, NLOCK] - 1)
    )


@inlined
def _keep(s: State, delta: int, v: int, t: int, after: int, boundary: int) -> None:
    s.ins[I_DELTA], s.ins[I_VEHICLE], s.ins[I_SLOT] = delta, v, t
    s.ins[I_AFTER], s.ins[I_BOUNDARY] = after, boundary


@inlined
def _try_after(d: Data, s: State, c: int, v: int, t: int, after: int) -> None:
    """Keep the place behind `after` if it is the best so far and no lock forbids it."""
    following = s.sx[after, NXT] if after >= 0 else s.tx[t, HEAD]
    if following >= 0 and d.si[following, LOCKED] == 1:
        return
    delta = price_after(d, s, c, v, t, after, s.ins[I_DELTA])
    if delta != NO:
        _keep(s, delta, v, t, after, NONE)


@inner
def _try_whole_trip(d: Data, s: State, c: int, v: int, t: int) -> None:
    after = NONE
    while True:
        _try_after(d, s, c, v, t, after)
        after = s.tx[t, HEAD] if after < 0 else s.sx[after, NXT]
        if after < 0:
            return


@inner
def _try_near(d: Data, s: State, c: int, places: int, blink: int) -> None:
    """Both sides of the `places` nearest planned stops whose trip may take c."""
    m = s.vt.shape[1]
    left = places
    for k in range(d.near.shape[1]):
        j = d.near[c, k]
        t = s.sx[j, TRIP]
        if t < 0:
            continue
        v = t // m
        if not _may_join(d, s, c, v, t):
            continue
        if blink == 0 or random_below(s, BLINKS) > 0:
            _try_after(d, s, c, v, t, j)
        if blink == 0 or random_below(s, BLINKS) > 0:
            _try_after(d, s, c, v, t, s.sx[j, PRV])
        left -= 1
        if left == 0:
            return


@inner
def _try_everywhere(d: Data, s: State, c: int) -> None:
    for v in range(s.vx.shape[0]):
        for q in range(s.vx[v, NT]):
            t = s.vt[v, q]
            if _may_join(d, s, c, v, t):
                _try_whole_trip(d, s, c, v, t)


@inner
def _try_new_trips(d: Data, s: State, c: int) -> None:
    """A trip of its own: one empty vehicle of each kind, the incumbent, and every gap of those under way."""
    for v in range(s.vx.shape[0]):
        s.vx[v, SEEN] = 0
    for v in range(s.vx.shape[0]):
        if d.allowed[c, v] == 0 or not may_open_trip(d, s, v):
            continue
        depot, p = d.vi[v, DEPOT], d.vi[v, PROF]
        least = d.go[p, depot, c, 0] * d.vi[v, KM]
        if s.vx[v, NSTOPS] == 0:
            kind = d.vi[v, KLASS]
            if d.si[c, INC] != v and s.vx[kind, SEEN] == 1:
                continue
            s.vx[kind, SEEN] = 1
            least += d.vi[v, FIXED]
        if least >= s.ins[I_DELTA]:
            continue
        for q in range(max(d.vi[v, BOARDS], d.vi[v, NLOCK]), s.vx[v, NT] + 1):
            delta = price_new_trip(d, s, c, v, q, s.ins[I_DELTA])
            if delta != NO:
                _keep(s, delta, v, NONE, NONE, q)


@inner
def find_place(d: Data, s: State, c: int, bound: int, places: int, blink: int, everywhere: int) -> bool:
    """Best insertion of stop c cheaper than `bound`, left in `State.ins`; False if there is none."""
    s.ins[I_DELTA] = bound
    v = d.si[c, BOARD]
    if v >= 0:
        if d.vi[v, NLOCK] <= 1:
            _try_whole_trip(d, s, c, v, s.vt[v, 0])
        return s.ins[I_DELTA] < bound
    _try_near(d, s, c, places, blink)
    _try_new_trips(d, s, c)
    if everywhere == 1 and s.ins[I_DELTA] == bound:
        _try_everywhere(d, s, c)
    return s.ins[I_DELTA] < bound


@inner
def put_in_place(d: Data, s: State, c: int) -> None:
    """Do the insertion that `find_place` found."""
    v, t = s.ins[I_VEHICLE], s.ins[I_SLOT]
    touch(s, v)
    if t < 0:
        t = open_trip(s, v, s.ins[I_BOUNDARY])
    link(s, c, t, s.ins[I_AFTER])
    remove_absent(d, s, c)
    refresh(d, s, v)
