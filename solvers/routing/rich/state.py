"""Rich kernel, part 1: a solution in lists of stops, what is left out, and the step back.

Promises: after `refresh` the loads, bounds of times and costs of a vehicle are those of its trips; `undo` leads back
to where `begin_step` was called. Called by the other parts of the rich kernel only; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import I64
from solvers.routing.rich.fold import folded
from solvers.routing.rich.passes import KNOWN, SIMULATED, refresh

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    A, B, BEST, BESTABS, BKP, BOARDS, BROKEN, CNT, COST, CUR, HALF, HALFBACK, HEAD, LOCKED, NABS, NBACK, NT, NTOUCH,
    NXT, OPTIONS, PAIR, PRIZE, PRV, SORT, STAMP, TAIL, TOUCHED, TRIP, UNIT, USED, State, Task,
)
# fmt: on
# isort: on


@folded
def link(s: State, c: int, t: int, before: int) -> None:
    """Put stop c into trip t behind `before` (-1: in front). Nothing is refreshed."""
    after = s.sx[before, NXT] if before >= 0 else s.tx[t, HEAD]
    s.sx[c, PRV], s.sx[c, NXT], s.sx[c, TRIP] = before, after, t
    if before >= 0:
        s.sx[before, NXT] = c
    else:
        s.tx[t, HEAD] = c
    if after >= 0:
        s.sx[after, PRV] = c
    else:
        s.tx[t, TAIL] = c
    s.tx[t, CNT] += 1


@folded
def unlink(s: State, c: int) -> None:
    """Take stop c out of its trip. Nothing is refreshed."""
    t, before, after = s.sx[c, TRIP], s.sx[c, PRV], s.sx[c, NXT]
    if before >= 0:
        s.sx[before, NXT] = after
    else:
        s.tx[t, HEAD] = after
    if after >= 0:
        s.sx[after, PRV] = before
    else:
        s.tx[t, TAIL] = before
    s.sx[c, TRIP] = -1
    s.tx[t, CNT] -= 1


@folded
def open_trip(s: State, v: int, q: int) -> int:
    """A new, empty trip of the vehicle before its trip number q; its slot."""
    t = v * s.vt.shape[1]
    while s.tx[t, USED] == 1:
        t += 1
    for r in range(s.vx[v, NT], q, -1):
        s.vt[v, r] = s.vt[v, r - 1]
    s.vt[v, q] = t
    s.vx[v, NT] += 1
    s.tx[t, USED], s.tx[t, HEAD], s.tx[t, TAIL], s.tx[t, CNT] = 1, -1, -1, 0
    return t


@folded
def drop_empty_trips(d: Task, s: State, v: int) -> None:
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


@folded
def is_half(d: Task, s: State, u: int) -> bool:
    """Whether the unit is a shipment whose pickup is planned. Asked of units that are left out."""
    return d.ui[u, SORT] == PAIR and s.sx[d.ui[u, A], TRIP] >= 0


@folded
def add_absent(d: Task, s: State, u: int) -> None:
    """Unit u is left out from now on, at its price."""
    s.ua[u] = s.sc[NABS]
    s.absent[s.sc[NABS]] = u
    s.sc[NABS] += 1
    if is_half(d, s, u):
        s.sc[HALF] += 1
    else:
        s.sc[CUR] += d.ui[u, PRIZE]


@folded
def remove_absent(d: Task, s: State, u: int) -> None:
    """Unit u is no longer left out. Must be called before it is put in place."""
    s.sc[NABS] -= 1
    last = s.absent[s.sc[NABS]]
    s.absent[s.ua[u]] = last
    s.ua[last] = s.ua[u]
    s.ua[u] = -1
    if is_half(d, s, u):
        s.sc[HALF] -= 1
    else:
        s.sc[CUR] -= d.ui[u, PRIZE]


@folded
def write_vehicle(s: State, v: int, out: I64, at: int) -> int:
    """Write `trips, (stops, stop, stop ...) ...` of the vehicle into `out`; returns where it ends."""
    out[at] = s.vx[v, NT]
    at += 1
    for q in range(s.vx[v, NT]):
        t = s.vt[v, q]
        out[at] = s.tx[t, CNT]
        at += 1
        c = s.tx[t, HEAD]
        while c >= 0:
            out[at] = c
            at += 1
            c = s.sx[c, NXT]
    return at


@folded
def _read_vehicle(s: State, v: int, src: I64, at: int) -> int:
    """Build the vehicle, which must be empty, from what `write_vehicle` wrote; returns where it ends."""
    trips = src[at]
    at += 1
    for q in range(trips):
        t = open_trip(s, v, q)
        count = src[at]
        at += 1
        for j in range(count):
            link(s, src[at + j], t, s.tx[t, TAIL])
        at += count
    return at


@folded
def _empty_vehicle(s: State, v: int) -> None:
    for q in range(s.vx[v, NT]):
        t = s.vt[v, q]
        c = s.tx[t, HEAD]
        while c >= 0:
            s.sx[c, TRIP] = -1
            c = s.sx[c, NXT]
        s.tx[t, USED] = 0
    s.vx[v, NT] = 0


@folded
def begin_step(s: State) -> None:
    """Remember where we are: `undo` leads back here."""
    s.sc[STAMP] += 1
    s.sc[NTOUCH] = 0
    s.sc[BKP] = 0
    s.sc[NBACK], s.sc[HALFBACK] = s.sc[NABS], s.sc[HALF]
    for k in range(s.sc[NABS]):
        s.absent_old[k] = s.absent[k]


@folded
def touch(s: State, v: int) -> None:
    """Must be called before a vehicle is changed within a step."""
    if s.vx[v, TOUCHED] != s.sc[STAMP]:
        s.vx[v, TOUCHED] = s.sc[STAMP]
        s.touched[s.sc[NTOUCH]] = v
        s.sc[NTOUCH] += 1
        at = s.sc[BKP]
        s.bk[at], s.bk[at + 1] = s.vx[v, COST], s.vx[v, BROKEN]
        s.sc[BKP] = write_vehicle(s, v, s.bk, at + 2)


@folded
def keeps_the_rules(s: State) -> bool:
    """Whether the vehicles touched in this step break nothing that can be helped, and no shipment is half planned."""
    if s.sc[HALF] > 0:
        return False
    for k in range(s.sc[NTOUCH]):  # noqa: SIM110 (generators do not compile)
        if s.vx[s.touched[k], BROKEN] > 0:
            return False
    return True


@inner
def undo(d: Task, s: State, cost: int) -> None:
    """Back to `begin_step`, when the cost was `cost`."""
    for k in range(s.sc[NTOUCH]):
        _empty_vehicle(s, s.touched[k])
    at = 0
    for k in range(s.sc[NTOUCH]):
        v = s.touched[k]
        s.vx[v, COST], s.vx[v, BROKEN] = s.bk[at], s.bk[at + 1]
        at = _read_vehicle(s, v, s.bk, at + 2)
        refresh(d, s, v, KNOWN)
    for k in range(s.sc[NABS]):
        s.ua[s.absent[k]] = -1
    s.sc[NABS], s.sc[HALF], s.sc[CUR] = s.sc[NBACK], s.sc[HALFBACK], cost
    for k in range(s.sc[NABS]):
        s.absent[k] = s.absent_old[k]
        s.ua[s.absent[k]] = k


@inner
def save_best(s: State) -> None:
    """Keep the present solution as the best one: all vehicles in order, as `write_vehicle` writes them."""
    at = 0
    for v in range(s.vx.shape[0]):
        at = write_vehicle(s, v, s.best, at)
    s.sc[BEST] = s.sc[CUR]
    s.sc[BESTABS] = s.sc[NABS]


@folded
def load_all(d: Task, s: State, src: I64) -> None:
    """Make the solution written in `src` (as by `save_best`) the present one."""
    for v in range(s.vx.shape[0]):
        _empty_vehicle(s, v)
        s.vx[v, COST] = 0
    s.sc[CUR] = s.sc[NABS] = s.sc[HALF] = 0
    at = 0
    for v in range(s.vx.shape[0]):
        at = _read_vehicle(s, v, src, at)
        refresh(d, s, v, SIMULATED)
    for u in range(d.ui.shape[0]):
        s.ua[u] = -1
        if not is_whole(d, s, u):
            add_absent(d, s, u)


@folded
def is_whole(d: Task, s: State, u: int) -> bool:
    """Whether the unit is planned: the stop, both stops of the shipment, or one of the options."""
    if d.ui[u, SORT] == OPTIONS:
        for k in range(d.ui[u, A], d.ui[u, B]):  # noqa: SIM110 (generators do not compile)
            if s.sx[d.options[k], TRIP] >= 0:
                return True
        return False
    if d.ui[u, SORT] == PAIR and s.sx[d.ui[u, B], TRIP] < 0:
        return False
    return s.sx[d.ui[u, A], TRIP] >= 0


@inner
def take_out(d: Task, s: State, c: int) -> int:
    """Leave out what stop c belongs to: both ends of a shipment, but a locked pickup stays. The unit.

    c must be planned, and its vehicle touched. Nothing is refreshed.
    """
    u = d.si[c, UNIT]
    if d.ui[u, SORT] == PAIR:
        pickup, delivery = d.ui[u, A], d.ui[u, B]
        if s.sx[delivery, TRIP] >= 0:
            unlink(s, delivery)
        if d.si[pickup, LOCKED] == 0 and s.sx[pickup, TRIP] >= 0:
            unlink(s, pickup)
    else:
        unlink(s, c)
    add_absent(d, s, u)
    return u
