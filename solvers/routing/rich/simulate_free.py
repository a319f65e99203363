"""Simulation of times, nobody resting: earliest times, then each loaded trip's departure as late as it may be.

Promises: what `timing` promises. Where neither speed bands nor closed spans matter the latest departure is known from
the way there (forward time slack: Savelsbergh 1992), else it takes a way back. Called by `simulate`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.rich.fold import folded
from solvers.routing.rich.simulate_clock import arrival, closes, latest_departure, opens, takes, work_of_leg

# fmt: off
# isort: off
from solvers.routing.rich.layout import (
    ARRIVE, BAND_B, BAND_E, BEGIN, BEGINS, CB, CE, DEPART, LATE, LATEST, LOAD, LOC, NO_LIMIT, O_DRIVE, O_LATE, REL,
    TAKES, T_BOARD, T_DEPART, T_END, T_FROM, T_HOME, T_LATEST, T_LEAVE, T_LOAD, T_ORIGIN, T_TO, V_WINDOW, WE, I64,
    RichData, Work,
)
# fmt: on
# isort: on


@inner
def time_free(d: RichData, w: Work, v: int, seq: I64, trips: int) -> None:
    """Times of all trips of a route that nobody rests in, into `Work.trip`; lateness and driving into `Work.out`."""
    free = d.vi[v, BEGIN]
    banded = d.vi[v, BAND_E] > d.vi[v, BAND_B]
    for q in range(trips):
        boarded = w.trip[q, T_BOARD] == 1
        load = 0 if boarded else d.vi[v, LOAD]
        leave = free + load
        if not boarded:
            for i in range(w.trip[q, T_FROM], w.trip[q, T_TO]):
                leave = max(leave, d.si[seq[i], REL])
        w.trip[q, T_LEAVE] = leave
        slack = _forward(d, w, v, seq, q, banded)
        free = w.trip[q, T_END]
        depart = leave
        if not boarded:
            depart = latest(d, w, v, seq, q, free) if slack < 0 else leave + slack
        w.trip[q, T_DEPART], w.trip[q, T_LOAD], w.trip[q, T_LATEST] = depart, depart - load, depart


@folded
def _forward(d: RichData, w: Work, v: int, seq: I64, q: int, banded: bool) -> int:
    """Earliest times of the trip; returns how much later it can leave, -1 if that takes a look back."""
    at, now, wait, room, shut = w.trip[q, T_ORIGIN], w.trip[q, T_LEAVE], 0, NO_LIMIT, banded
    for i in range(w.trip[q, T_FROM], w.trip[q, T_TO]):
        c = seq[i]
        work = work_of_leg(d, v, at, d.si[c, LOC])
        arrive = arrival(d, v, now, work)
        start = opens(d, c, arrive)
        w.out[O_DRIVE] += arrive - now
        wait += start - arrive
        room = min(room, wait + max(0, d.si[c, WE] - start))
        w.out[O_LATE] += max(0, start - d.si[c, WE]) * d.si[c, LATE]
        w.out[V_WINDOW] += max(0, start - d.si[c, LATEST])
        spent = takes(d, c, at)
        w.visit[i, BEGINS], w.visit[i, TAKES] = start, spent
        if d.si[c, CE] > d.si[c, CB]:
            shut = True
        now = start + spent
        at = d.si[c, LOC]
    if w.trip[q, T_HOME] >= 0:
        end = arrival(d, v, now, work_of_leg(d, v, at, w.trip[q, T_HOME]))
        w.out[O_DRIVE] += end - now
        now = end
    w.trip[q, T_END] = now
    return -1 if shut else min(wait, room)


@inner
def latest(d: RichData, w: Work, v: int, seq: I64, q: int, end: int) -> int:
    """Latest departure so that the trip is over by `end`, no stop later than its window allows or than it is."""
    to, now = w.trip[q, T_HOME], end
    for back in range(w.trip[q, T_TO] - w.trip[q, T_FROM]):
        i = w.trip[q, T_TO] - 1 - back
        c = seq[i]
        if to >= 0:
            now = latest_departure(d, v, now, work_of_leg(d, v, d.si[c, LOC], to))
        bound = max(d.si[c, WE], w.visit[i, BEGINS])
        now = closes(d, c, min(bound, now - w.visit[i, TAKES]))
        to = d.si[c, LOC]
    if to >= 0:
        now = latest_departure(d, v, now, work_of_leg(d, v, w.trip[q, T_ORIGIN], to))
    return max(now, w.trip[q, T_LEAVE])


@inner
def write_free(d: RichData, w: Work, v: int, seq: I64, trips: int) -> int:
    """Times of all stops for the trips' departures, into `Work.visit`; returns the seconds of driving."""
    driving = 0
    for q in range(trips):
        at, now = w.trip[q, T_ORIGIN], w.trip[q, T_DEPART]
        for i in range(w.trip[q, T_FROM], w.trip[q, T_TO]):
            c = seq[i]
            arrive = arrival(d, v, now, work_of_leg(d, v, at, d.si[c, LOC]))
            start = opens(d, c, arrive)
            driving += arrive - now
            now = start + w.visit[i, TAKES]
            w.visit[i, ARRIVE], w.visit[i, BEGINS], w.visit[i, DEPART] = arrive, start, now
            at = d.si[c, LOC]
        if w.trip[q, T_HOME] >= 0:
            end = arrival(d, v, now, work_of_leg(d, v, at, w.trip[q, T_HOME]))
            driving += end - now
    return driving
