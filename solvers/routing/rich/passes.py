"""Rich kernel, part 0: loads, bounds of times, and cost of one vehicle, from the order of its stops.

Promises: times are bounds as if nobody rested (see `clock`); where the vehicle is `EXACT` they are the times. Cost and
broken rules are those of `simulate`. Called by `state` and the parts that change routes; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import OFF, ON
from solvers.routing.rich.clock import closes, metres, opens, seconds, takes
from solvers.routing.rich.fold import folded
from solvers.routing.rich.layout import COLLECT, DELIVER, FETCH

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    AT, BASE, BD, BDEP, BEGIN, BOARDS, BOUND, BROKEN, COST, CUR, DEP, DEPOT, DONE, EFIRST, END, ENEXT, EPREV, FLEG,
    HEAD, HOME, IDX, KLASS, LEG, LOAD, LOC, MASK, METRES, NLOC, NLOCK, NSTOPS, NT, NXT, OPEN, OWN, POS, POS0, PRV,
    REL, RELMAX, ROLE, SHIFT, START, TAIL, TB, TE, TEND, VEH, State, Task,
)
# fmt: on
# isort: on

SIMULATED, KNOWN = ON, OFF
"""How `refresh` comes by cost and broken rules: by simulation, or the caller has set them."""


@inner
def refresh(d: Task, s: State, v: int, priced: int) -> None:
    """Recompute everything about the vehicle, and, if it is to be SIMULATED, its cost and broken rules."""
    _forward(d, s, v)
    _backward(d, s, v)
    for q in range(s.vx[v, NT]):
        _loads(d, s, v, s.vt[v, q])
    if priced == SIMULATED:
        count = gather(s, v)
        cost, broken = d.simulate(d.route, s.scratch, v, s.seq, count)
        s.vx[v, BROKEN] = max(0, broken - s.vx[v, BASE])
        s.sc[CUR] += cost - s.vx[v, COST]
        s.vx[v, COST] = cost


@folded
def gather(s: State, v: int) -> int:
    """Write the route into `State.seq` as `simulate` reads it; its length."""
    n = 0
    for q in range(s.vx[v, NT]):
        if q > 0:
            s.seq[n] = -1
            n += 1
        c = s.tx[s.vt[v, q], HEAD]
        while c >= 0:
            s.seq[n] = c
            n += 1
            c = s.sx[c, NXT]
    return n


@folded
def _begin_trip(d: Task, s: State, v: int, q: int, t: int, clock: int) -> None:
    """Where the trip begins and ends, when it can leave, what it may take."""
    boarded = q == 0 and d.vi[v, BOARDS] == 1
    s.tx[t, VEH], s.tx[t, IDX] = v, q
    s.tx[t, OPEN] = 1 if q >= d.vi[v, NLOCK] - 1 else 0
    s.tx[t, AT] = d.vi[v, START] if boarded else d.vi[v, DEPOT]
    s.tx[t, END] = d.vi[v, HOME] if q == s.vx[v, NT] - 1 else d.vi[v, DEPOT]
    release, mask = 0, 0
    c = s.tx[t, HEAD]
    while c >= 0:
        release = max(release, d.si[c, REL])
        mask |= d.si[c, OWN]
        c = s.sx[c, NXT]
    s.tx[t, MASK] = mask
    s.tx[t, RELMAX] = release
    s.tx[t, DEP] = clock if boarded else max(clock + d.vi[v, LOAD], release)


@inner
def _forward(d: Task, s: State, v: int) -> None:
    clock, way, stops, bound = d.vi[v, BEGIN], 0, 0, 0
    for q in range(s.vx[v, NT]):
        t = s.vt[v, q]
        _begin_trip(d, s, v, q, t, clock)
        s.tx[t, POS0] = stops
        now, at, before = s.tx[t, DEP], s.tx[t, AT], -1
        c = s.tx[t, HEAD]
        while c >= 0:
            here = d.si[c, LOC]
            leg = metres(d, v, at, here)
            _set_leg(s, t, before, leg, here)
            now = opens(d, c, now + seconds(d, v, at, here)) + takes(d, c, at)
            s.sx[c, DONE], s.sx[c, POS] = now, stops
            way += leg
            stops += 1
            bound += 1 if d.si[c, TE] > d.si[c, TB] else 0
            at, before = here, c
            c = s.sx[c, NXT]
        home = s.tx[t, END]
        leg = metres(d, v, at, home) if home >= 0 else 0
        _set_leg(s, t, before, leg, home)
        way += leg
        clock = now + seconds(d, v, at, home) if home >= 0 else now
    _list_empty(d, s, v, stops)
    s.vx[v, NSTOPS], s.vx[v, METRES], s.vx[v, BOUND] = stops, way, bound


@folded
def _set_leg(s: State, t: int, before: int, leg: int, to: int) -> None:
    if before >= 0:
        s.sx[before, LEG], s.sx[before, NLOC] = leg, to
    else:
        s.tx[t, FLEG] = leg


@inner
def _backward(d: Task, s: State, v: int) -> None:
    """Latest times, from the end of the shift back to the first departure."""
    clock = d.vi[v, SHIFT]
    for back in range(s.vx[v, NT]):
        t = s.vt[v, s.vx[v, NT] - 1 - back]
        s.tx[t, TEND] = clock
        to = s.tx[t, END]
        c = s.tx[t, TAIL]
        while c >= 0:
            here = d.si[c, LOC]
            if to >= 0:
                clock -= seconds(d, v, here, to)
            s.sx[c, BD] = clock
            before = s.sx[c, PRV]
            clock = closes(d, c, clock - takes(d, c, d.si[before, LOC] if before >= 0 else s.tx[t, AT]))
            to, c = here, before
        if to >= 0:
            clock -= seconds(d, v, s.tx[t, AT], to)
        s.tx[t, BDEP] = clock
        clock -= d.vi[v, LOAD]


@inner
def _loads(d: Task, s: State, v: int, t: int) -> None:
    boarded = s.tx[t, IDX] == 0 and d.vi[v, BOARDS] == 1
    for k in range(d.dem.shape[1]):
        load = d.board[v, k] if boarded else 0
        c = s.tx[t, HEAD]
        while c >= 0 and not boarded:
            if d.si[c, ROLE] == DELIVER:
                load += d.dem[c, k]
            c = s.sx[c, NXT]
        s.tl[t, k] = most = load
        s.lim[t, k] = max(d.cap[v, k], load) if boarded else d.cap[v, k]
        c = s.tx[t, HEAD]
        while c >= 0:
            collects = d.si[c, ROLE] == COLLECT or d.si[c, ROLE] == FETCH
            load += d.dem[c, k] if collects else -d.dem[c, k]
            most = max(most, load)
            s.ld[c, k], s.pm[c, k] = load, most
            c = s.sx[c, NXT]
        c, most = s.tx[t, TAIL], load
        while c >= 0:
            most = max(most, s.ld[c, k])
            s.sm[c, k] = most
            c = s.sx[c, PRV]


@folded
def _list_empty(d: Task, s: State, v: int, stops: int) -> None:
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
