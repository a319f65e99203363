"""Simulation: everything about a route that does not hang on time: way, loads, members, and the prices of change.

Promises: the checker's sums; of a rule that is broken, its size as `rich.layout` says. Called by `simulate`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.rich.fold import folded
from solvers.routing.rich.simulate_clock import metres

# fmt: off
# isort: off
from solvers.routing.rich.layout import (
    ABOARD, AFTER, BOARD, BOARDS, BRING, CHANGE, COLLECT, C_STAMP, DELIVER, DEPOT, FETCH, FIRST, FOES, HOME, INC,
    KIND, LOC, LOCK_B, LOCK_E, MAXT, MOST_M, MOST_STOPS, NEVER, OWN, O_CHANGE, O_METRES, O_STOPS, O_TRIPS, PARTNER,
    RESEQ, ROLE, START, T_BOARD, T_FROM, T_HOME, T_METRES, T_ORIGIN, T_TO, V_ALLOWED, V_CLASS, V_DISTANCE, V_LOAD,
    V_LOCK, V_ROLE, V_SHIPMENT, V_STOPS, V_TRIPS, I64, RichData, Work,
)
# fmt: on
# isort: on

WHOLE = 1_000
"""Capacities are broken by so many parts of the whole, counting no more than MOST."""
MOST = 1_000_000


@folded
def find_trips(d: RichData, w: Work, v: int, seq: I64, n: int) -> int:
    """Write the trips of the route into `Work.trip`; returns their number. Empty loaded trips are none."""
    end = n
    while end > 0 and seq[end - 1] < 0:
        end -= 1
    q, begin, boards = 0, 0, d.vi[v, BOARDS]
    if end == 0 and boards == 0:
        return 0
    for i in range(end + 1):
        if i < end and seq[i] >= 0:
            continue
        if i > begin or boards == 1:
            w.trip[q, T_FROM], w.trip[q, T_TO], w.trip[q, T_BOARD] = begin, i, boards
            w.trip[q, T_ORIGIN] = d.vi[v, START] if boards == 1 else d.vi[v, DEPOT]
            w.trip[q, T_HOME] = d.vi[v, HOME] if i == end else d.vi[v, DEPOT]
            q += 1
        boards, begin = 0, i + 1
    return q


@inner
def weigh(d: RichData, w: Work, v: int, seq: I64, n: int) -> int:
    """Find the trips, their ways, loads and members; returns the number of trips."""
    trips = find_trips(d, w, v, seq, n)
    w.out[O_TRIPS] = trips
    for q in range(trips):
        _weigh_trip(d, w, v, seq, q)
    loaded = trips - d.vi[v, BOARDS] if trips > 0 else 0
    w.out[V_TRIPS] = max(0, loaded - d.vi[v, MAXT])
    if d.vi[v, LOCK_E] > d.vi[v, LOCK_B]:
        w.out[V_LOCK] = _locks_broken(d, v, seq, n)
    if w.out[O_STOPS] > 0:
        w.out[V_DISTANCE] = max(0, w.out[O_METRES] - d.vi[v, MOST_M])
        w.out[V_STOPS] = max(0, w.out[O_STOPS] - d.vi[v, MOST_STOPS])
    return trips


@folded
def _weigh_trip(d: RichData, w: Work, v: int, seq: I64, q: int) -> None:
    boarded = w.trip[q, T_BOARD]
    for k in range(d.dem.shape[1]):
        w.load[k, 0] = w.load[k, 1] = 0
        w.load[k, 2] = d.board[v, k] if boarded == 1 else 0
    w.counts[C_STAMP] += 1
    way, classes, before, at = 0, 0, FIRST, w.trip[q, T_ORIGIN]
    for i in range(w.trip[q, T_FROM], w.trip[q, T_TO]):
        c = seq[i]
        way += metres(d, v, at, d.si[c, LOC])
        at = d.si[c, LOC]
        if d.si[c, INC] >= 0 and d.si[c, INC] != v:
            w.out[O_CHANGE] += d.si[c, CHANGE]
        if d.si[c, AFTER] != before and d.si[c, AFTER] != NEVER:
            w.out[O_CHANGE] += d.si[c, RESEQ]
        if d.si[c, FOES] & classes != 0:
            w.out[V_CLASS] += 1
        classes |= d.si[c, OWN]
        _admit(d, w, v, c, boarded)
        _load(d, w, c, boarded)
        before = c
    if w.trip[q, T_HOME] >= 0:
        way += metres(d, v, at, w.trip[q, T_HOME])
    w.trip[q, T_METRES] = way
    w.out[O_METRES] += way
    w.out[O_STOPS] += w.trip[q, T_TO] - w.trip[q, T_FROM]
    _overload(d, w, v, boarded)


@folded
def _admit(d: RichData, w: Work, v: int, c: int, boarded: int) -> None:
    """Whether the stop may be in the trip, and whether its shipment is whole: pickup before, delivery behind."""
    role = d.si[c, ROLE]
    if role == ABOARD:
        if boarded == 0 or d.si[c, BOARD] != v:
            w.out[V_ROLE] += 1
        return
    if d.allowed[c, d.vi[v, KIND]] == 0:
        w.out[V_ALLOWED] += 1
    if role == DELIVER:
        w.out[V_ROLE] += boarded
    elif role == FETCH:
        w.seen[c] = w.counts[C_STAMP]
        w.out[V_SHIPMENT] += 1
    elif role == BRING:
        w.out[V_SHIPMENT] += -1 if w.seen[d.si[c, PARTNER]] == w.counts[C_STAMP] else 1


@folded
def _load(d: RichData, w: Work, c: int, boarded: int) -> None:
    """Load against what the trip began with, at each moment; and, of a loaded trip, what it began with."""
    role = d.si[c, ROLE]
    taken = role not in (FETCH, COLLECT)
    for k in range(d.dem.shape[1]):
        if taken:
            w.load[k, 0] -= d.dem[c, k]
            if role == DELIVER and boarded == 0:
                w.load[k, 2] += d.dem[c, k]
        else:
            w.load[k, 0] += d.dem[c, k]
            w.load[k, 1] = max(w.load[k, 1], w.load[k, 0])


@folded
def _overload(d: RichData, w: Work, v: int, boarded: int) -> None:
    for k in range(d.dem.shape[1]):
        first, limit = w.load[k, 2], d.cap[v, k]
        if boarded == 1:
            limit = max(limit, first)
        excess = first + w.load[k, 1] - limit
        if excess > 0:
            w.out[V_LOAD] += 1 + min(MOST, excess // max(1, limit // WHOLE))


@folded
def _locks_broken(d: RichData, v: int, seq: I64, n: int) -> int:
    """How much of the locked sequence the route does not begin with; trips before its last one end where it says."""
    begin, size = d.vi[v, LOCK_B], d.vi[v, LOCK_E] - d.vi[v, LOCK_B]
    i = 0
    while i < size:
        if (seq[i] if i < n else -1) != d.locks[begin + i]:
            return size - i
        i += 1
    return 0
