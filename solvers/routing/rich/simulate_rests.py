"""Simulation with rests, part 3: where the driver of a route rests, by dynamic programming over labels.

Promises: of all ways to rest and to take breaks, the one with the least violation, then the earliest end, then the
least lateness; exact where there are no speed bands and lists do not overflow (`MOST` labels a place). Driving times
are always kept: a driver can rest at any place. Called by `simulate`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import OFF, ON
from solvers.routing.rich.fold import folded
from solvers.routing.rich.simulate_clock import opens, takes, work_of_leg
from solvers.routing.rich.simulate_label import label, pass_time, paused, rest_here, settle_in
from solvers.routing.rich.simulate_leg import MOST, travel

# fmt: off
# isort: off
from solvers.routing.rich.layout import (
    BEGIN, BREAK_B, BREAK_E, C_HERE, C_LAYER, C_NODES, C_PATH, C_POINT, DRIVEN, LATE, LATEST, LATEST_START, LOAD, LOC,
    N_BREAK, N_BROKEN, N_DRIVEN, N_HALF, N_LATE, N_LEFT, N_LENGTH, N_PARENT, N_PLACE, N_STILL, N_TAKEN, N_TIME,
    N_WHAT, REL, SHIFT, T_BOARD, T_FROM, T_HOME, T_ORIGIN, T_TO, WE, W_END, W_ROOT, W_WORK, I64, RichData, Work,
)
# fmt: on
# isort: on


@inner
def place_rests(d: RichData, w: Work, v: int, seq: I64, trips: int) -> bool:
    """Write the labels of the best way, first to last, into `Work.path`; False if there was no room for all labels."""
    w.counts[C_NODES] = w.counts[C_LAYER] = w.counts[C_PATH] = 0
    _begin(d, w, v, w.trip[0, T_BOARD])
    for q in range(trips):
        if w.trip[q, T_BOARD] == 0:
            _load(d, w, v, seq, q)
        at = w.trip[q, T_ORIGIN]
        for i in range(w.trip[q, T_FROM], w.trip[q, T_TO]):
            c = seq[i]
            travel(d, w, v, work_of_leg(d, v, at, d.si[c, LOC]))
            _serve(d, w, v, c, i, takes(d, c, at))
            at = d.si[c, LOC]
        _come_home(d, w, v, q, at)
    best = -1
    for i in range(w.counts[C_LAYER]):
        if best < 0 or _better(w, w.layer[i], best):
            best = w.layer[i]
    if best < 0:
        return False
    _trace(w, best)
    return True


@folded
def _better(w: Work, a: int, b: int) -> bool:
    if w.node[a, N_BROKEN] != w.node[b, N_BROKEN]:
        return w.node[a, N_BROKEN] < w.node[b, N_BROKEN]
    if w.node[a, N_TIME] != w.node[b, N_TIME]:
        return w.node[a, N_TIME] < w.node[b, N_TIME]
    return w.node[a, N_LATE] < w.node[b, N_LATE]


@folded
def _begin(d: RichData, w: Work, v: int, boarded: int) -> None:
    """First labels: ready now; or, from the depot, only when the last moment of a break is over: it is not due then."""
    _root(d, w, v, d.vi[v, BEGIN])
    if boarded == 1:
        return
    for j in range(d.vi[v, BREAK_B], d.vi[v, BREAK_E]):
        if d.vi[v, BEGIN] <= d.breaks[j, LATEST_START] < d.vi[v, SHIFT]:
            _root(d, w, v, d.breaks[j, LATEST_START] + 1)


@inner
def _root(d: RichData, w: Work, v: int, t: int) -> None:
    k = w.counts[C_NODES]
    w.counts[C_NODES] = k + 1
    w.node[k, N_DRIVEN], w.node[k, N_HALF], w.node[k, N_TAKEN] = d.vi[v, DRIVEN], 0, 0
    w.node[k, N_STILL], w.node[k, N_BROKEN], w.node[k, N_LATE] = d.vi[v, BEGIN], 0, 0
    w.node[k, N_PARENT], w.node[k, N_WHAT], w.node[k, N_LENGTH] = -1, W_ROOT, 0
    w.node[k, N_BREAK], w.node[k, N_LEFT], w.node[k, N_PLACE] = -1, 0, 0
    pass_time(d, w, v, k, t, OFF)
    paused(d, w, v, k)
    settle_in(d, w, v, w.layer, C_LAYER, MOST, k)


@folded
def _ends_a_break(d: RichData, w: Work, v: int, k: int, t: int) -> bool:
    """Whether a break can be begun now but no more at t."""
    found = False
    for j in range(d.vi[v, BREAK_B], d.vi[v, BREAK_E]):
        taken = w.node[k, N_TAKEN] >> (j - d.vi[v, BREAK_B]) & 1
        found = found or (taken == 0 and d.breaks[j, LATEST_START] < t)
    return found


@folded
def _load(d: RichData, w: Work, v: int, seq: I64, q: int) -> None:
    """Load at the depot, in `Work.layer`; rests before it cost nothing where the goods are not there yet."""
    ready, begun = OFF, ON if q > 0 else OFF
    for i in range(w.trip[q, T_FROM], w.trip[q, T_TO]):
        ready = max(ready, d.si[seq[i], REL] - d.vi[v, LOAD])
    _layer_to_here(w)
    for i in range(w.counts[C_HERE]):
        k = w.here[i]
        if begun == 1 or ready > w.node[k, N_TIME]:
            rest_here(d, w, v, k, begun)
        else:
            w.counts[C_POINT], w.point[0] = 1, k
        for h in range(w.counts[C_POINT]):
            _loaded(d, w, v, w.point[h], ready, q, begun)


@folded
def _loaded(d: RichData, w: Work, v: int, parent: int, ready: int, q: int, begun: int) -> None:
    k = label(w, parent, W_WORK)
    if k < 0:
        return
    begin = max(w.node[parent, N_TIME], ready)
    w.node[k, N_LENGTH], w.node[k, N_PLACE] = d.vi[v, LOAD], -1 - q
    pass_time(d, w, v, k, begin, begun)
    pass_time(d, w, v, k, begin + d.vi[v, LOAD], ON)
    paused(d, w, v, k)
    settle_in(d, w, v, w.layer, C_LAYER, MOST, k)


@folded
def _layer_to_here(w: Work) -> None:
    for i in range(w.counts[C_LAYER]):
        w.here[i] = w.layer[i]
    w.counts[C_HERE] = w.counts[C_LAYER]
    w.counts[C_LAYER] = 0


@folded
def _serve(d: RichData, w: Work, v: int, c: int, place: int, length: int) -> None:
    """Serve stop c, from `Work.here` into `Work.layer`. Who need not wait rests before it only to save a break."""
    w.counts[C_LAYER] = 0
    for i in range(w.counts[C_HERE]):
        k = w.here[i]
        start = opens(d, c, w.node[k, N_TIME])
        if start > w.node[k, N_TIME] or _ends_a_break(d, w, v, k, start + length):
            rest_here(d, w, v, k, ON)
        else:
            w.counts[C_POINT], w.point[0] = 1, k
        for h in range(w.counts[C_POINT]):
            _served(d, w, v, w.point[h], c, place, length)


@folded
def _served(d: RichData, w: Work, v: int, parent: int, c: int, place: int, length: int) -> None:
    k = label(w, parent, W_WORK)
    if k < 0:
        return
    start = opens(d, c, w.node[parent, N_TIME])
    w.node[k, N_LENGTH], w.node[k, N_PLACE] = length, place
    w.node[k, N_BROKEN] += max(0, start - d.si[c, LATEST])
    w.node[k, N_LATE] += max(0, start - d.si[c, WE]) * d.si[c, LATE]
    pass_time(d, w, v, k, start + length, ON)
    paused(d, w, v, k)
    settle_in(d, w, v, w.layer, C_LAYER, MOST, k)


@folded
def _come_home(d: RichData, w: Work, v: int, q: int, at: int) -> None:
    """End the trip, into `Work.layer`."""
    if w.trip[q, T_HOME] >= 0:
        travel(d, w, v, work_of_leg(d, v, at, w.trip[q, T_HOME]))
    else:
        _layer_to_here(w)
    w.counts[C_LAYER] = 0
    stops = w.trip[q, T_TO] - w.trip[q, T_FROM]
    for i in range(w.counts[C_HERE]):
        k = label(w, w.here[i], W_END)
        if k >= 0:
            w.node[k, N_PLACE] = q
            if stops > 0:
                w.node[k, N_BROKEN] += max(0, w.node[k, N_TIME] - d.vi[v, SHIFT])
            settle_in(d, w, v, w.layer, C_LAYER, MOST, k)


@folded
def _trace(w: Work, last: int) -> None:
    size, k = 0, last
    while k >= 0:
        w.path[size] = k
        size += 1
        k = w.node[k, N_PARENT]
    w.counts[C_PATH] = size
    for i in range(size // 2):
        w.path[i], w.path[size - 1 - i] = w.path[size - 1 - i], w.path[i]
