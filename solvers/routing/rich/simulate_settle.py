"""Simulation with rests, part 4: the rests keep their places, departures become as late as they may, times are written.

Promises: no trip ends later than it could, no stop is later than its window allows or than it was, no rest is lost, no
driving time is broken. Called by `simulate`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.rich.fold import folded
from solvers.routing.rich.simulate_clock import arrival, closes, latest_departure, opens, work_done

# fmt: off
# isort: off
from solvers.routing.rich.layout import (
    ARRIVE, BAND_B, BAND_E, BEGIN, BEGINS, C_PATH, DEPART, DRIVEN, DURATION, EARLIEST, LATE, LATEST, LATEST_START,
    LOAD, MAX_DRIVE, NO_LIMIT, N_BREAK, N_DRIVEN, N_HALF, N_LEFT, N_LENGTH, N_PARENT, N_PLACE, N_TIME, N_WHAT,
    O_DRIVE, O_LATE, O_RESTS, PART1, PART2, PAUSES, REST, TAKES, T_BOARD, T_DEPART, T_END, T_LATEST, T_LEAVE, T_LOAD,
    V_WINDOW, WE, W_DRIVE, W_END, W_IDLE, W_REST, W_ROOT, W_WORK, I64, RichData, Work,
)
# fmt: on
# isort: on


@inner
def settle(d: RichData, w: Work, v: int, seq: I64, trips: int) -> None:
    """Departures of the trips whose labels are in `Work.path`, and all times."""
    _drop_needless(d, w, v, seq, trips)
    _latest(d, w, v, seq)
    if d.vi[v, MAX_DRIVE] == NO_LIMIT or (d.vi[v, PAUSES] == 0 and d.vi[v, BAND_B] == d.vi[v, BAND_E]):
        replay(d, w, v, seq)
    elif replay(d, w, v, seq) > 0:
        _back_off(d, w, v, seq, trips)
    for q in range(trips):
        w.trip[q, T_LATEST] = w.trip[q, T_DEPART]


@folded
def _drop_needless(d: RichData, w: Work, v: int, seq: I64, trips: int) -> None:
    """Shorten rests, the first first, that nothing hangs on: those taken while waiting, because they cost nothing."""
    for i in range(w.counts[C_PATH]):
        k = w.path[i]
        if w.node[k, N_WHAT] == W_WORK and w.node[k, N_PLACE] < 0:
            q = -1 - w.node[k, N_PLACE]
            w.trip[q, T_DEPART] = w.node[k, N_TIME]
        elif w.node[k, N_WHAT] == W_ROOT:
            w.trip[0, T_DEPART] = d.vi[v, BEGIN]
    replay(d, w, v, seq)
    late, broken = w.out[O_LATE], w.out[V_WINDOW]
    for q in range(trips):
        w.trip[q, T_LATEST] = w.trip[q, T_END]
    for i in range(w.counts[C_PATH]):
        k = w.path[i]
        length = w.node[k, N_LENGTH]
        least = d.breaks[w.node[k, N_BREAK], DURATION] if w.node[k, N_BREAK] >= 0 else 0
        if w.node[k, N_WHAT] == W_REST and length > least:
            w.node[k, N_LENGTH] = least
            worse = replay(d, w, v, seq) > 0 or w.out[O_LATE] > late or w.out[V_WINDOW] > broken
            for q in range(trips):
                worse = worse or w.trip[q, T_END] > w.trip[q, T_LATEST]
            if worse:
                w.node[k, N_LENGTH] = length


@folded
def _depart(d: RichData, w: Work, v: int, q: int, t: int) -> None:
    w.trip[q, T_DEPART] = t
    w.trip[q, T_LOAD] = t - d.vi[v, LOAD]


@folded
def _latest(d: RichData, w: Work, v: int, seq: I64) -> None:
    """Walk back from each trip's end to its departure: how late can everything be that its end does not move?"""
    if w.trip[0, T_BOARD] == 1:
        w.trip[0, T_DEPART] = w.trip[0, T_LOAD] = d.vi[v, BEGIN]
    now = 0
    for back in range(w.counts[C_PATH]):
        k = w.path[w.counts[C_PATH] - 1 - back]
        what, length = w.node[k, N_WHAT], w.node[k, N_LENGTH]
        if what == W_END:
            now = w.node[k, N_TIME]
        elif what == W_DRIVE:
            now = latest_departure(d, v, now, w.node[w.node[k, N_PARENT], N_LEFT] - w.node[k, N_LEFT])
        elif what == W_REST:
            now -= length
            if w.node[k, N_BREAK] >= 0:
                now = min(now, d.breaks[w.node[k, N_BREAK], LATEST_START])
        elif what == W_IDLE:
            now -= length if _counts(w, k) else 0
        elif what == W_WORK and w.node[k, N_PLACE] >= 0:
            c = seq[w.node[k, N_PLACE]]
            now = closes(d, c, min(now - length, max(d.si[c, WE], w.node[k, N_TIME] - length)))
        elif what == W_WORK:
            q = -1 - w.node[k, N_PLACE]
            w.trip[q, T_LEAVE] = w.node[k, N_TIME]
            _depart(d, w, v, q, max(now, w.node[k, N_TIME]))


@folded
def _counts(w: Work, k: int) -> bool:
    """Whether waiting for a break was worth something as a rest: then it has to stay as long as it is."""
    parent = w.node[k, N_PARENT]
    return w.node[k, N_DRIVEN] != w.node[parent, N_DRIVEN] or w.node[k, N_HALF] != w.node[parent, N_HALF]


@folded
def _back_off(d: RichData, w: Work, v: int, seq: I64, trips: int) -> None:
    """Driving times would be broken: from the last trip on, look for the latest departures that keep them."""
    for q in range(trips):
        w.trip[q, T_LATEST] = w.trip[q, T_DEPART]
        if w.trip[q, T_BOARD] == 0:
            _depart(d, w, v, q, w.trip[q, T_LEAVE])
    for back in range(trips):
        q = trips - 1 - back
        if w.trip[q, T_BOARD] == 1:
            continue
        low, high = w.trip[q, T_LEAVE], w.trip[q, T_LATEST]
        while low < high:
            middle = (low + high + 1) // 2
            _depart(d, w, v, q, middle)
            if replay(d, w, v, seq) > 0:
                high = middle - 1
            else:
                low = middle
        _depart(d, w, v, q, low)
    replay(d, w, v, seq)


@inner
def replay(d: RichData, w: Work, v: int, seq: I64) -> int:
    """Write all times and rests for the trips' departures; returns by how much driving times are broken at worst."""
    w.out[O_DRIVE] = w.out[O_LATE] = w.out[O_RESTS] = w.out[V_WINDOW] = 0
    t = still = d.vi[v, BEGIN]
    driven, half, worst, left, arrive = d.vi[v, DRIVEN], 0, 0, 0, t
    for i in range(w.counts[C_PATH]):
        k = w.path[i]
        what = w.node[k, N_WHAT]
        if what == W_DRIVE:
            if d.vi[v, PAUSES] == 1 and t - still >= d.vi[v, REST]:
                driven = half = 0
            still = arrival(d, v, t, max(0, left - w.node[k, N_LEFT]))
            left -= work_done(d, v, t, still)
            driven += still - t
            w.out[O_DRIVE] += still - t
            worst = max(worst, driven - d.vi[v, MAX_DRIVE])
            t = arrive = still
        elif what in (W_REST, W_IDLE):
            before = t
            begin, t = _rest_span(d, w, k, t)
            # Nobody stands still for no reason: there would have to be a rest before a break that may not begin yet.
            worst = max(worst, begin - before)
            if t > begin:
                # Waiting that was worth nothing is no reason to give up another rest: leaving later takes it away.
                if what == W_REST or _counts(w, k):
                    if t - begin >= d.vi[v, REST] or (d.vi[v, PART1] > 0 and half == 1 and t - begin >= d.vi[v, PART2]):
                        driven = half = 0
                    elif d.vi[v, PART1] > 0 and t - begin >= d.vi[v, PART1]:
                        half = 1
                w.rest[w.out[O_RESTS], 0], w.rest[w.out[O_RESTS], 1] = begin, t
                w.out[O_RESTS] += 1
        elif what == W_WORK and w.node[k, N_PLACE] >= 0:
            t = _write_visit(d, w, seq, k, arrive, t)
            left, arrive = w.node[k, N_LEFT], t
        elif what == W_WORK:
            t = arrive = w.trip[-1 - w.node[k, N_PLACE], T_DEPART]
            left = w.node[k, N_LEFT]
        elif what == W_END:
            w.trip[w.node[k, N_PLACE], T_END] = t
        else:
            left = w.node[k, N_LEFT]
    return worst


@folded
def _rest_span(d: RichData, w: Work, k: int, t: int) -> tuple[int, int]:
    """When the rest, or the waiting for a break, begins and ends if it is t now."""
    earliest = d.breaks[w.node[k, N_BREAK], EARLIEST] if w.node[k, N_BREAK] >= 0 else t
    if w.node[k, N_WHAT] == W_IDLE:
        return t, max(t + w.node[k, N_LENGTH] if _counts(w, k) else t, earliest)
    return max(t, earliest), max(t, earliest) + w.node[k, N_LENGTH]


@folded
def _write_visit(d: RichData, w: Work, seq: I64, k: int, arrive: int, t: int) -> int:
    """Service of a stop whose way was done at `arrive`, the rests behind it at t; returns its end."""
    i = w.node[k, N_PLACE]
    c = seq[i]
    start = opens(d, c, t)
    w.out[O_LATE] += max(0, start - d.si[c, WE]) * d.si[c, LATE]
    w.out[V_WINDOW] += max(0, start - d.si[c, LATEST])
    w.visit[i, ARRIVE], w.visit[i, BEGINS], w.visit[i, TAKES] = arrive, start, w.node[k, N_LENGTH]
    w.visit[i, DEPART] = start + w.node[k, N_LENGTH]
    return w.visit[i, DEPART]
