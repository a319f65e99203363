"""Rich kernel, part 3: a route with something put in, written out and simulated.

Promises: nothing is changed; what is said possible is, and costs what is said. Called by the parts that look for
places; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import NO, NONE
from solvers.routing.rich.bonds import bonds_hold
from solvers.routing.rich.fold import folded

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    BASE, BOUND, COST, HEAD, I_AFTER, I_AFTER2, I_BOUNDARY, I_DELTA, I_SLOT, I_STOP, I_STOP2, I_VEHICLE, NT, NXT,
    TALLY, TB, TE, State, Task,
)
# fmt: on
# isort: on


@folded
def keep(s: State, delta: int, v: int, t: int, boundary: int, c: int, after: int, c2: int, after2: int) -> None:
    """Note the best insertion so far."""
    s.ins[I_DELTA], s.ins[I_VEHICLE], s.ins[I_SLOT], s.ins[I_BOUNDARY] = delta, v, t, boundary
    s.ins[I_STOP], s.ins[I_AFTER], s.ins[I_STOP2], s.ins[I_AFTER2] = c, after, c2, after2


@folded
def _write_out(s: State, v: int, t: int, boundary: int, c: int, after: int, c2: int, after2: int) -> int:
    """Write the route into `State.seq` with stop c, and c2 if there is one, put in; its length."""
    n, trips = 0, s.vx[v, NT]
    for q in range(trips + 1):
        if q == boundary:
            n = _write_new(s, n, q, c, c2)
        if q == trips:
            break
        if q > 0 or boundary == 0:
            s.seq[n] = -1
            n += 1
        here, following = -1, s.tx[s.vt[v, q], HEAD]
        mine = s.vt[v, q] == t
        while True:
            if mine and here == after:
                s.seq[n] = c
                n += 1
                if c2 >= 0 and after2 == c:
                    s.seq[n] = c2
                    n += 1
            if mine and c2 >= 0 and here == after2 and here >= 0:
                s.seq[n] = c2
                n += 1
            if following < 0:
                break
            here = following
            s.seq[n] = here
            n += 1
            following = s.sx[here, NXT]
    return n


@folded
def _write_new(s: State, n: int, q: int, c: int, c2: int) -> int:
    if q > 0:
        s.seq[n] = -1
        n += 1
    s.seq[n] = c
    n += 1
    if c2 >= 0:
        s.seq[n] = c2
        n += 1
    return n


@inner
def try_out(d: Task, s: State, v: int, t: int, boundary: int, c: int, after: int, c2: int, after2: int) -> None:
    """Simulate the insertion, and keep it if it is possible and the cheapest so far."""
    count = _write_out(s, v, t, boundary, c, after, c2, after2)
    s.sc[TALLY] += 1
    if (s.vx[v, BOUND] > 0 or is_bound(d, c) or (c2 >= 0 and is_bound(d, c2))) and not bonds_hold(d, s, count):
        return
    cost, broken = d.simulate(d.route, s.scratch, v, s.seq, count)
    if broken <= s.vx[v, BASE] and cost - s.vx[v, COST] < s.ins[I_DELTA]:
        keep(s, cost - s.vx[v, COST], v, t, boundary, c, after, c2, after2)


@folded
def try_by_force(d: Task, s: State, v: int, t: int, c: int, after: int, least: int) -> int:
    """Keep the insertion if it breaks less than `least`; returns what is the least then."""
    count = _write_out(s, v, t, NONE, c, after, NONE, NONE)
    _, broken = d.simulate(d.route, s.scratch, v, s.seq, count)
    if broken >= least:
        return least
    keep(s, NO, v, t, NONE, c, after, NONE, NONE)
    return broken


@folded
def is_bound(d: Task, c: int) -> bool:
    """Whether the stop is in a relation."""
    return d.si[c, TE] > d.si[c, TB]
