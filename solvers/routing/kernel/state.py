"""Kernel, part 1: a solution in arrays, kept exact under change, with a step back.

Promises: after `refresh` all times, latest times and costs of a vehicle's trips are those of `timing` and `check`, to
the second and the tick. Called by the other kernel modules only; compiled.
"""

from __future__ import annotations

import numpy as np

from solvers.routing.jit import inlined, inner

# fmt: off
# isort: off
from solvers.routing.layout import (
    APOS, BAD, BDEP, BEGIN, BEND, BH, BN, BOARDS, CHANGE, CNT, COST, CUR, DEP, DEPOT, DONE, EFIRST, END, ENEXT,
    EPREV, FHARD, FIXED, FLEG, FORMER, FREE, FSOFT, HARD, HEAD, HOME, HOUR, H_FIRST, H_LEG, H_NODE, H_TRIP, IDX,
    INC, JOIN, KLASS, KM, LATE, LATEST, LEG, LOAD, LOCKED, LSUM, NABS, NDEP, NEND, NLOCK, NO, NSTOPS, NT, NXT, OFF,
    OPEN, PRIZE, PROF, PRV, REL, RELMAX, ROOM, SEQ, SHIFT, SOFT, ST, START, SVC, TAIL, TAILROOM, TLATE, TRIP,
    TTIME, TWAIT, USED, WAIT, WE, WS, Data, State,
)
# fmt: on
# isort: on


@inlined
def stop_change(d: Data, c: int, v: int) -> int:
    """Price of change if stop c goes to vehicle v."""
    return d.si[c, CHANGE] if d.si[c, INC] >= 0 and d.si[c, INC] != v else 0


@inlined
def sequence_change(d: Data, c: int, before: int) -> int:
    """Price of change if stop c comes after `before` (-1: first in its trip)."""
    return d.si[c, SEQ] if d.si[c, FORMER] != FREE and d.si[c, FORMER] != before else 0


@inlined
def is_boarded(d: Data, s: State, v: int, t: int) -> bool:
    """Whether the trip is the vehicle's on-board trip."""
    return d.vi[v, BOARDS] == 1 and s.tx[t, IDX] == 0


@inner
def refresh(d: Data, s: State, v: int) -> None:
    """Recompute everything about the vehicle, and the total cost. Sets BAD if a hard rule of time is broken."""
    clock = d.vi[v, BEGIN]
    cost, stops = 0, OFF
    trips = s.vx[v, NT]
    for q in range(trips):
        t = s.vt[v, q]
        s.tx[t, IDX] = q
        s.tx[t, HOME] = -1 if d.vi[v, OPEN] == 1 and q == trips - 1 else d.vi[v, DEPOT]
        s.tx[t, JOIN] = 1 if q >= d.vi[v, BOARDS] and q >= d.vi[v, NLOCK] - 1 else 0
        cost += _forward(d, s, v, t, clock)
        clock = s.tx[t, END]
        stops += s.tx[t, CNT]
    if stops > 0:
        cost += d.vi[v, FIXED]
    _backward(d, s, v)
    list_empty(d, s, v, stops)
    s.vx[v, NSTOPS] = stops
    s.sc[CUR] += cost - s.vx[v, COST]
    s.vx[v, COST] = cost


@inlined
def list_empty(d: Data, s: State, v: int, stops: int) -> None:
    """Keep the list of empty vehicles of the kind."""
    kind = d.vi[v, KLASS]
    if stops > 0 and s.vx[v, NSTOPS] == 0:
        before, after = s.vx[v, EPREV], s.vx[v, ENEXT]
        if before >= 0:
            s.vx[before, ENEXT] = after
        else:
            s.vx[kind, EFIRST] = after
        if after >= 0:
            s.vx[after, EPREV] = before
    elif stops == 0 and s.vx[v, NSTOPS] > 0:
        first = s.vx[kind, EFIRST]
        s.vx[v, EPREV], s.vx[v, ENEXT] = -1, first
        if first >= 0:
            s.vx[first, EPREV] = v
        s.vx[kind, EFIRST] = v


@inlined
def _sum_loads(d: Data, s: State, v: int, t: int) -> None:
    release = 0
    for k in range(s.tfree.shape[1]):
        s.tfree[t, k] = d.cap[v, k]
    c = s.tx[t, HEAD]
    while c >= 0:
        release = max(release, d.si[c, REL])
        for k in range(s.tfree.shape[1]):
            s.tfree[t, k] -= d.dem[c, k]
        c = s.sx[c, NXT]
    s.tx[t, RELMAX] = release


@inlined
def _forward(d: Data, s: State, v: int, t: int, clock: int) -> int:
    """Earliest times of the trip when the vehicle is free at `clock`; returns what the trip costs."""
    boarded = is_boarded(d, s, v, t)
    _sum_loads(d, s, v, t)
    leave = clock if boarded else max(clock + d.vi[v, LOAD], s.tx[t, RELMAX])
    p = d.vi[v, PROF]
    at = d.vi[v, START] if boarded else d.vi[v, DEPOT]
    now, wait, room, late, change, before = leave, 0, NO, 0, 0, -1
    metres = leg = np.int64(0)
    c = s.tx[t, HEAD]
    while c >= 0:
        arrive = now + d.go[p, at, c, 1]
        leg = np.int64(d.go[p, at, c, 0])
        if before >= 0:
            s.sx[before, LEG] = s.hot[before, H_LEG] = leg
            s.hot[before, H_NODE], s.hot[c, H_FIRST] = c, 0
        else:
            s.hot[c, H_FIRST] = 1
            s.tx[t, FLEG] = leg
        metres += leg
        start = max(arrive, d.si[c, WS])
        if start > d.si[c, LATEST]:
            s.sc[BAD] = 1
        wait += start - arrive
        room = min(room, wait + max(0, d.si[c, WE] - start))
        late += max(0, arrive - d.si[c, WE]) * d.si[c, LATE]
        change += stop_change(d, c, v) + sequence_change(d, c, before)
        now = start + d.si[c, SVC]
        s.sx[c, ST], s.sx[c, DONE], s.sx[c, WAIT], s.sx[c, ROOM], s.sx[c, LSUM] = start, now, wait, room, late
        at = before = c
        c = s.sx[c, NXT]
    leg = np.int64(0)
    home = s.tx[t, HOME]
    if home >= 0:
        now += d.go[p, at, home, 1]
        leg = np.int64(d.go[p, at, home, 0])
    if before >= 0:
        s.sx[before, LEG] = s.hot[before, H_LEG] = leg
        s.hot[before, H_NODE] = home
    else:
        s.tx[t, FLEG] = leg
    if now > d.vi[v, SHIFT] and before >= 0:
        s.sc[BAD] = 1
    paid = now - leave if boarded else now - leave - min(wait, room) + d.vi[v, LOAD]
    s.tx[t, DEP], s.tx[t, END], s.tx[t, TWAIT] = leave, now, wait
    s.tx[t, TLATE], s.tx[t, TTIME] = late, paid * d.vi[v, HOUR]
    return (metres + leg) * d.vi[v, KM] + late + s.tx[t, TTIME] + change


@inlined
def _backward(d: Data, s: State, v: int) -> None:
    """Latest times, from the end of the shift back to the first departure."""
    hard = soft = d.vi[v, SHIFT]
    p = d.vi[v, PROF]
    for back in range(s.vx[v, NT]):
        t = s.vt[v, s.vx[v, NT] - 1 - back]
        s.tx[t, BEND], s.tx[t, NEND] = hard, soft
        to = s.tx[t, HOME]
        tail_room, fixed = NO, 0
        c = s.tx[t, TAIL]
        while c >= 0:
            s.sx[c, HARD], s.sx[c, SOFT] = -1 if fixed == 1 else hard, soft
            fixed = d.si[c, LOCKED]
            legs = d.si[c, SVC]
            if to >= 0:
                legs += d.go[p, c, to, 1]
            hard = min(hard - legs, d.si[c, LATEST])
            soft = min(soft - legs, d.si[c, LATEST])
            if d.si[c, LATE] > 0:
                soft = min(soft, d.si[c, WE])
            tail_room = min(tail_room, s.sx[c, WAIT] + max(0, d.si[c, WE] - s.sx[c, ST]))
            s.sx[c, BH], s.sx[c, BN], s.sx[c, TAILROOM] = hard, soft, tail_room
            to = c
            c = s.sx[c, PRV]
        s.tx[t, FHARD], s.tx[t, FSOFT] = -1 if fixed == 1 else hard, soft
        if to >= 0:
            at = d.vi[v, START] if is_boarded(d, s, v, t) else d.vi[v, DEPOT]
            hard -= d.go[p, at, to, 1]
            soft -= d.go[p, at, to, 1]
        s.tx[t, BDEP], s.tx[t, NDEP] = hard, soft
        hard = min(hard - d.vi[v, LOAD], d.vi[v, SHIFT])
        soft = min(soft - d.vi[v, LOAD], d.vi[v, SHIFT])


@inlined
def link(s: State, c: int, t: int, after: int) -> None:
    """Put stop c into trip t behind `after` (-1: at its front). Times are not refreshed."""
    before = s.sx[after, NXT] if after >= 0 else s.tx[t, HEAD]
    s.sx[c, PRV], s.sx[c, NXT], s.sx[c, TRIP] = after, before, t
    s.hot[c, H_TRIP] = t
    if after >= 0:
        s.sx[after, NXT] = c
    else:
        s.tx[t, HEAD] = c
    if before >= 0:
        s.sx[before, PRV] = c
    else:
        s.tx[t, TAIL] = c
    s.tx[t, CNT] += 1


@inlined
def unlink(s: State, c: int) -> None:
    """Take stop c out of its trip. Times are not refreshed."""
    t, before, after = s.sx[c, TRIP], s.sx[c, PRV], s.sx[c, NXT]
    if before >= 0:
        s.sx[before, NXT] = after
    else:
        s.tx[t, HEAD] = after
    if after >= 0:
        s.sx[after, PRV] = before
    else:
        s.tx[t, TAIL] = before
    s.sx[c, TRIP] = s.hot[c, H_TRIP] = -1
    s.tx[t, CNT] -= 1


@inlined
def open_trip(s: State, v: int, q: int) -> int:
    """A new, empty trip of the vehicle before its trip number q; its slot."""
    m = s.vt.shape[1]
    t = v * m
    while s.tx[t, USED] == 1:
        t += 1
    for r in range(s.vx[v, NT], q, -1):
        s.vt[v, r] = s.vt[v, r - 1]
    s.vt[v, q] = t
    s.vx[v, NT] += 1
    s.tx[t, USED], s.tx[t, HEAD], s.tx[t, TAIL], s.tx[t, CNT] = 1, -1, -1, 0
    return t


@inlined
def drop_empty_trips(d: Data, s: State, v: int) -> None:
    """Forget loaded trips that have no stops left."""
    kept = 0
    for q in range(s.vx[v, NT]):
        t = s.vt[v, q]
        if s.tx[t, CNT] > 0 or (q == 0 and d.vi[v, BOARDS] == 1):
            s.vt[v, kept] = t
            kept += 1
        else:
            s.tx[t, USED] = 0
    s.vx[v, NT] = kept


@inlined
def add_absent(d: Data, s: State, c: int) -> None:
    """Stop c is unplanned from now on, at its price."""
    s.sx[c, APOS] = s.sc[NABS]
    s.absent[s.sc[NABS]] = c
    s.sc[NABS] += 1
    s.sc[CUR] += d.si[c, PRIZE]


@inlined
def remove_absent(d: Data, s: State, c: int) -> None:
    """Stop c is no longer unplanned."""
    s.sc[NABS] -= 1
    last = s.absent[s.sc[NABS]]
    s.absent[s.sx[c, APOS]] = last
    s.sx[last, APOS] = s.sx[c, APOS]
    s.sx[c, APOS] = -1
    s.sc[CUR] -= d.si[c, PRIZE]
