"""Kernel, part 3: find the cheapest place for a stop, and put it there.

Promises: only places that keep every hard rule and lock, priced exactly. Looks beside the nearest planned stops, into
one empty vehicle of each kind, and at new trips; everywhere if that finds nothing and the caller wishes. Called by
the repair and search kernels only; compiled.
"""

from __future__ import annotations

import math

import numpy as np

from solvers.routing.jit import inlined, inner
from solvers.routing.kernel.backup import touch
from solvers.routing.kernel.price import may_open_trip, price_after, price_new_trip
from solvers.routing.kernel.settle import may_settle_in, settle_in
from solvers.routing.kernel.state import link, open_trip, refresh, remove_absent

# fmt: off
# isort: off
from solvers.routing.layout import (
    BLINK, BOARD, BOARDS, CALM, DEPOT, DONE, EFIRST, FASTEST, FIXED, HARD, HEAD, H_FIRST, H_LEG, H_NODE, H_TRIP,
    INC, I_AFTER, I_BOUNDARY, I_DELTA, I_SLOT, I_VEHICLE, JOIN, KM, KMLEAST, LATEST, NLOCK, NO, NONE, NSTOPS, NT,
    NXT, OWN, PROF, SAME, SVC, TRIP, VEH, WS, Data, State,
)
# fmt: on
# isort: on

ONE = 1 << 30
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
    return np.int64((x * np.uint64(2685821657736338717)) >> np.uint64(1))  # type: ignore[return-value]


@inlined
def random_below(s: State, n: int) -> int:
    """Whole number in 0 .. n-1."""
    return random_bits(s) % n


@inlined
def random_share(s: State) -> float:
    """Number in (0, 1]."""
    return ((random_bits(s) & (ONE - 1)) + 1) / ONE


@inlined
def _blinks(s: State) -> bool:
    """Whether this place is overlooked: about one in BLINKS, the gaps drawn at once."""
    s.sc[BLINK] -= 1
    if s.sc[BLINK] > 0:
        return False
    s.sc[BLINK] = 1 + int(-math.log(random_share(s)) * BLINKS)
    return True


@inlined
def _keep(s: State, delta: int, v: int, t: int, after: int, boundary: int) -> None:
    s.ins[I_DELTA], s.ins[I_VEHICLE], s.ins[I_SLOT] = delta, v, t
    s.ins[I_AFTER], s.ins[I_BOUNDARY] = after, boundary


@inlined
def _try_after(d: Data, s: State, c: int, v: int, t: int, after: int) -> None:
    """Keep the place behind `after` if it is the best so far."""
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


@inlined
def _hopeless(d: Data, s: State, c: int, j: int) -> bool:
    """Whether c behind j is too dear by the way alone, or too late even for the fastest vehicle, as at most places.

    It touches three short rows only, and not the trip's; what it lets pass is priced in full. With prices of another
    predecessor the way alone decides nothing: an insertion may win one back.
    """
    node = s.hot[j, H_NODE]
    if node < 0:
        return False
    if d.k[SAME] == 1 and d.k[CALM] == 0:
        metres = np.int64(d.back[0, c, j, 0]) + d.go[0, c, node, 0] - s.hot[j, H_LEG]
        if metres * d.k[KMLEAST] >= s.ins[I_DELTA]:
            return True
    p = d.k[FASTEST]
    if p < 0:
        return False
    start = max(s.sx[j, DONE] + d.back[p, c, j, 1], d.si[c, WS])
    return start > d.si[c, LATEST] or start + d.si[c, SVC] + d.go[p, c, node, 1] > s.sx[j, HARD]


@inlined
def _try_near(d: Data, s: State, c: int, places: int, blink: int) -> None:
    """Behind the `places` nearest planned stops whose trip may take c, and in front of those that come first."""
    left = places
    for k in range(d.near.shape[1]):
        j = np.int64(d.near[c, k])
        if s.hot[j, H_TRIP] < 0:
            continue
        first = s.hot[j, H_FIRST] == 1
        hopeless = _hopeless(d, s, c, j)
        if first or not hopeless:
            t = s.sx[j, TRIP]
            v = s.tx[t, VEH]
            if s.tx[t, JOIN] == 0 or d.allowed[c, v] == 0:
                continue
            if not hopeless and (blink == 0 or not _blinks(s)):
                _try_after(d, s, c, v, t, j)
            if first and (blink == 0 or not _blinks(s)):
                _try_after(d, s, c, v, t, NONE)
        left -= 1
        if left == 0:
            return


@inner
def _try_everywhere(d: Data, s: State, c: int) -> None:
    for v in range(s.vx.shape[0]):
        for q in range(s.vx[v, NT]):
            t = s.vt[v, q]
            if d.allowed[c, v] == 1 and s.tx[t, JOIN] == 1:
                _try_whole_trip(d, s, c, v, t)


@inlined
def _try_gaps(d: Data, s: State, c: int, v: int) -> None:
    """A trip of its own in every gap between the trips of the vehicle, if it may serve c and make one more."""
    if d.allowed[c, v] == 0 or not may_open_trip(d, s, v):
        return
    least = d.back[d.vi[v, PROF], c, d.vi[v, DEPOT], 0] * d.vi[v, KM]
    if s.vx[v, NSTOPS] == 0:
        least += d.vi[v, FIXED]
    if least >= s.ins[I_DELTA]:
        return
    for q in range(max(d.vi[v, BOARDS], d.vi[v, NLOCK]), s.vx[v, NT] + 1):
        delta = price_new_trip(d, s, c, v, q, s.ins[I_DELTA])
        if delta != NO:
            _keep(s, delta, v, NONE, NONE, q)


@inner
def _try_new_trips(d: Data, s: State, c: int) -> None:
    """A trip of its own: in one empty vehicle of each kind, in the incumbent, and beside the trips of those in use."""
    for k in range(d.kinds.shape[0]):
        v = s.vx[d.kinds[k], EFIRST]
        if v >= 0:
            _try_gaps(d, s, c, v)
    v = d.si[c, INC]
    if 0 <= v < s.vx.shape[0] and s.vx[v, OWN] == 1 and s.vx[v, NSTOPS] == 0:
        _try_gaps(d, s, c, v)
    for k in range(d.multi.shape[0]):
        v = d.multi[k]
        if s.vx[v, NSTOPS] > 0:
            _try_gaps(d, s, c, v)


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


@inlined
def put_in_place(d: Data, s: State, c: int) -> None:
    """Do the insertion that `find_place` found."""
    v, t = s.ins[I_VEHICLE], s.ins[I_SLOT]
    touch(s, v)
    remove_absent(d, s, c)
    if t >= 0 and may_settle_in(d, s, v, t, c):
        link(s, c, t, s.ins[I_AFTER])
        settle_in(d, s, v, t, c, s.ins[I_DELTA])
        return
    if t < 0:
        t = open_trip(s, v, s.ins[I_BOUNDARY])
    link(s, c, t, s.ins[I_AFTER])
    refresh(d, s, v)
