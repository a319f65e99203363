"""Kernel: the way back. What a step touches is copied first; the best solution is written down.

Promises: after `undo` everything is as it was at `begin_step`, without computing any of it again. Called by the other
kernel modules only; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inlined, inner
from solvers.routing.kernel.state import add_absent, link, list_empty, open_trip, refresh

# fmt: off
# isort: off
from solvers.routing.layout import (
    APOS, BAD, BEST, BESTABS, BKAT, BKP, CNT, COST, CUR, EFIRST, ENEXT, EPREV, HEAD, H_TRIP, I64, KLASS, NABS,
    NBACK, NMINE, NSTOPS, NT, NTOUCH, NXT, OFF, OWN, STAMP, TAIL, TOUCHED, TRIP, TRIP_COLUMNS, UNSAVED, USED, Data,
    State,
)
# fmt: on
# isort: on

VEHICLE_ROW = 3
"""Backup of a vehicle: its trips, stops and cost; then, a trip each, slot, row, free capacity, and its stops."""
STOP_ROW = 1 + APOS + 4
"""Backup of a stop: its number, its rows of sx and hot."""


@inlined
def _write_vehicle(s: State, v: int, out: I64, at: int) -> int:
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


@inlined
def _write_old_vehicle(s: State, v: int, out: I64, at: int) -> int:
    """As `_write_vehicle`, of a touched vehicle, as it was when the step began."""
    bk = s.vx[v, BKAT]
    out[at] = trips = s.bk[bk]
    at += 1
    bk += VEHICLE_ROW
    for _ in range(trips):
        out[at] = count = s.bk[bk + 1 + CNT]
        at += 1
        bk += 1 + TRIP_COLUMNS + s.tfree.shape[1]
        for _ in range(count):
            out[at] = s.bk[bk]
            at += 1
            bk += STOP_ROW
    return at


@inlined
def _read_vehicle(d: Data, s: State, v: int, src: I64, at: int) -> int:
    """Build the vehicle, which must be empty, from what `_write_vehicle` wrote; returns where it ends."""
    trips = src[at]
    at += 1
    for q in range(trips):
        t = open_trip(s, v, q)
        count = src[at]
        at += 1
        for j in range(count):
            link(s, src[at + j], t, s.tx[t, TAIL])
        at += count
    refresh(d, s, v)
    return at


@inlined
def begin_step(s: State) -> None:
    """Remember where we are: `undo` leads back here."""
    s.sc[STAMP] += 1
    s.sc[NTOUCH] = 0
    s.sc[BKP] = 0
    s.sc[BAD] = 0
    s.sc[NBACK] = s.sc[NABS]
    for k in range(s.sc[NABS]):
        s.absent_old[k] = s.absent[k]


@inlined
def touch(s: State, v: int) -> None:
    """Must be called before a vehicle is changed within a step."""
    if s.vx[v, TOUCHED] != s.sc[STAMP]:
        s.vx[v, TOUCHED] = s.sc[STAMP]
        s.touched[s.sc[NTOUCH]] = v
        s.sc[NTOUCH] += 1
        _back_up(s, v)


@inner
def _back_up(s: State, v: int) -> None:
    """Copy all rows of the vehicle's trips and stops, so that nothing need be computed again."""
    at = s.sc[BKP]
    s.vx[v, BKAT] = at
    s.bk[at], s.bk[at + 1], s.bk[at + 2] = s.vx[v, NT], s.vx[v, NSTOPS], s.vx[v, COST]
    at += VEHICLE_ROW
    for q in range(s.vx[v, NT]):
        t = s.vt[v, q]
        s.bk[at] = t
        for k in range(TRIP_COLUMNS):
            s.bk[at + 1 + k] = s.tx[t, k]
        at += 1 + TRIP_COLUMNS
        for k in range(s.tfree.shape[1]):
            s.bk[at + k] = s.tfree[t, k]
        at += s.tfree.shape[1]
        c = s.tx[t, HEAD]
        while c >= 0:
            s.bk[at] = c
            for k in range(APOS):
                s.bk[at + 1 + k] = s.sx[c, k]
            for k in range(4):
                s.bk[at + 1 + APOS + k] = s.hot[c, k]
            at += STOP_ROW
            c = s.sx[c, NXT]
    s.sc[BKP] = at


@inlined
def _bring_back(d: Data, s: State, v: int) -> None:
    """The vehicle as `_back_up` found it. Slots that it uses now must be free."""
    at = s.vx[v, BKAT]
    list_empty(d, s, v, s.bk[at + 1])
    s.vx[v, NT], s.vx[v, NSTOPS], s.vx[v, COST] = s.bk[at], s.bk[at + 1], s.bk[at + 2]
    at += VEHICLE_ROW
    for q in range(s.vx[v, NT]):
        t = s.vt[v, q] = s.bk[at]
        for k in range(TRIP_COLUMNS):
            s.tx[t, k] = s.bk[at + 1 + k]
        at += 1 + TRIP_COLUMNS
        for k in range(s.tfree.shape[1]):
            s.tfree[t, k] = s.bk[at + k]
        at += s.tfree.shape[1]
        for _ in range(s.tx[t, CNT]):
            c = s.bk[at]
            for k in range(APOS):
                s.sx[c, k] = s.bk[at + 1 + k]
            for k in range(4):
                s.hot[c, k] = s.bk[at + 1 + APOS + k]
            at += STOP_ROW


@inner
def undo(d: Data, s: State, absent: int, cost: int) -> None:
    """Back to `begin_step`, when there were `absent` unplanned stops and the cost was `cost`."""
    for k in range(s.sc[NTOUCH]):
        v = s.touched[k]
        for q in range(s.vx[v, NT]):
            s.tx[s.vt[v, q], USED] = 0
    for k in range(s.sc[NABS]):
        s.sx[s.absent[k], APOS] = -1
    for k in range(absent):
        c = s.absent[k] = s.absent_old[k]
        s.sx[c, APOS], s.sx[c, TRIP], s.hot[c, H_TRIP] = k, -1, -1
    for k in range(s.sc[NTOUCH]):
        _bring_back(d, s, s.touched[k])
    s.sc[NABS] = absent
    s.sc[CUR] = cost
    s.sc[BAD] = 0


@inlined
def keep(s: State) -> bool:
    """The step stands. True if it led to a new best, which is written down when it is left, or at the end."""
    if s.sc[CUR] < s.sc[BEST]:
        s.sc[BEST], s.sc[BESTABS], s.sc[UNSAVED] = s.sc[CUR], s.sc[NABS], 1
        return True
    if s.sc[UNSAVED] == 1:
        save_left(s)
    return False


@inner
def save_best(s: State) -> None:
    """Write the present solution down as the best one: all vehicles in order, as `_write_vehicle` writes them."""
    write(s, s.best)
    s.sc[BEST] = s.sc[CUR]
    s.sc[BESTABS] = s.sc[NABS]
    s.sc[UNSAVED] = 0


@inner
def write(s: State, out: I64) -> None:
    """Write the present solution down: all vehicles in order, as `_write_vehicle` writes them."""
    at = OFF
    for v in range(s.vx.shape[0]):
        at = _write_vehicle(s, v, out, at)


@inner
def save_left(s: State) -> None:
    """Write down as the best solution the one that this step has just left."""
    at = OFF
    for v in range(s.vx.shape[0]):
        if s.vx[v, TOUCHED] == s.sc[STAMP]:
            at = _write_old_vehicle(s, v, s.best, at)
        else:
            at = _write_vehicle(s, v, s.best, at)
    s.sc[UNSAVED] = 0


@inner
def load_all(d: Data, s: State, src: I64) -> None:
    """Make the solution written in `src` the present one, as far as it is about own vehicles.

    Absent are the stops of `State.mine` that no own vehicle has; all others are nowhere.
    """
    _forget(d, s)
    at = OFF
    for v in range(s.vx.shape[0]):
        if s.vx[v, OWN] == 1:
            at = _read_vehicle(d, s, v, src, at)
        else:
            at = _skip_vehicle(src, at)
    for k in range(s.sc[NMINE]):
        if s.sx[s.mine[k], TRIP] < 0:
            add_absent(d, s, s.mine[k])


@inlined
def _skip_vehicle(src: I64, at: int) -> int:
    trips = src[at]
    at += 1
    for _ in range(trips):
        at += 1 + src[at]
    return at


@inlined
def _forget(d: Data, s: State) -> None:
    """Nothing planned, nothing absent; own empty vehicles in the lists of their kinds, in order."""
    s.sc[CUR] = s.sc[BAD] = s.sc[NABS] = s.sc[UNSAVED] = 0
    for c in range(s.sx.shape[0]):
        s.sx[c, TRIP] = s.sx[c, APOS] = s.hot[c, H_TRIP] = -1
    for t in range(s.tx.shape[0]):
        s.tx[t, USED] = 0
    for v in range(s.vx.shape[0]):
        s.vx[v, NT] = s.vx[v, NSTOPS] = s.vx[v, COST] = 0
        s.vx[v, EFIRST] = s.vx[v, ENEXT] = s.vx[v, EPREV] = -1
    for back in range(s.vx.shape[0]):
        v = s.vx.shape[0] - 1 - back
        if s.vx[v, OWN] == 1:
            first = s.vx[d.vi[v, KLASS], EFIRST]
            s.vx[v, ENEXT] = first
            if first >= 0:
                s.vx[first, EPREV] = v
            s.vx[d.vi[v, KLASS], EFIRST] = v
