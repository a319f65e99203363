"""Kernel: the short way to keep a route's times after an insertion or a removal.

Promises: the same arrays as `kernel.state.refresh` gives, for the plain case (one trip, time without a price; what only
prices of time need is left as it was), in the time that it takes to walk as far as times really move; most changes move
few. Called by the insertion and the ruin; compiled.
"""

from __future__ import annotations

import numpy as np

from solvers.routing.jit import inlined, inner
from solvers.routing.kernel.state import sequence_change

# fmt: off
# isort: off
from solvers.routing.layout import (
    BAD, BDEP, BEGIN, BEND, BH, BN, BOARDS, CALM, CNT, COST, CUR, DEP, DEPOT, DONE, END, FHARD, FLEG, FSOFT, HARD,
    HEAD, HOME, H_FIRST, H_LEG, H_NODE, KM, LATEST, LEG, LOAD, LOCKED, NDEP, NSTOPS, NT, NXT, PROF, PRV, REL,
    RELMAX, SHIFT, SOFT, ST, SVC, TAIL, TIMED, WS, Data, State,
)
# fmt: on
# isort: on


@inlined
def may_settle(d: Data, s: State, v: int) -> bool:
    """Whether the vehicle is of the plain case: one trip, time without a price."""
    return d.vi[v, TIMED] == 0 and d.vi[v, BOARDS] == 0 and s.vx[v, NT] == 1


@inlined
def may_settle_in(d: Data, s: State, v: int, t: int, c: int) -> bool:
    """Whether `settle_in` does for an insertion of c: nothing may move the departure."""
    return may_settle(d, s, v) and s.tx[t, CNT] > 0 and d.si[c, REL] <= s.tx[t, DEP] and d.si[c, LOCKED] == 0


@inlined
def may_settle_out(d: Data, s: State, v: int, t: int) -> bool:
    """Whether `settle_out` does for removals from t: something is left, and no release has moved the departure."""
    return may_settle(d, s, v) and s.tx[t, CNT] > 0 and s.tx[t, RELMAX] <= d.vi[v, BEGIN] + d.vi[v, LOAD]


@inner
def settle_in(d: Data, s: State, v: int, t: int, c: int, delta: int) -> None:
    """What `refresh` does, after c was linked into t at the price `delta`, but only as far as times really move."""
    before, after = s.sx[c, PRV], s.sx[c, NXT]
    for k in range(s.tfree.shape[1]):
        s.tfree[t, k] -= d.dem[c, k]
    s.tx[t, RELMAX] = max(s.tx[t, RELMAX], d.si[c, REL])
    s.vx[v, NSTOPS] += 1
    s.vx[v, COST] += delta
    s.sc[CUR] += delta
    _settle_legs(d, s, v, t, before, after)
    _settle_forward(d, s, v, t, before, after)
    _settle_backward(d, s, v, t, before, after)


@inner
def settle_out(d: Data, s: State, v: int, t: int, before: int, after: int, metres: int, change: int) -> None:
    """What `refresh` does, after stops between `before` and `after` (-1: an end) were unlinked from t.

    metres: legs from `before` to `after` when they were there. change: their prices of change, and those of all stops
    after `before` up to `after`.
    """
    delta = (_settle_legs(d, s, v, t, before, after) - metres) * d.vi[v, KM] - change
    if d.k[CALM] == 1:
        delta += sequence_changes(d, s, t, before, after)
    s.vx[v, COST] += delta
    s.sc[CUR] += delta
    _settle_forward(d, s, v, t, before, after)
    _settle_backward(d, s, v, t, before, after)


@inlined
def sequence_changes(d: Data, s: State, t: int, before: int, after: int) -> np.int64:
    """Prices of their predecessors of all stops after `before` up to and with `after`."""
    change = np.int64(0)
    at, k = before, s.sx[before, NXT] if before >= 0 else s.tx[t, HEAD]
    while k >= 0:
        change += sequence_change(d, k, at)
        if k == after:
            break
        at = k
        k = s.sx[k, NXT]
    return change


@inlined
def _settle_legs(d: Data, s: State, v: int, t: int, before: int, after: int) -> np.int64:
    """Legs from `before` to `after`, written down; their metres."""
    p = d.vi[v, PROF]
    total = leg = np.int64(0)
    if before >= 0:
        k = before
    else:
        k = s.tx[t, HEAD]
        leg = np.int64(d.go[p, d.vi[v, DEPOT], k, 0])
        s.tx[t, FLEG] = leg
        s.hot[k, H_FIRST] = 1
        total += leg
    while k != after:
        following = s.sx[k, NXT]
        node = following if following >= 0 else s.tx[t, HOME]
        leg = np.int64(d.go[p, k, node, 0]) if node >= 0 else np.int64(0)
        s.sx[k, LEG] = s.hot[k, H_LEG] = leg
        s.hot[k, H_NODE] = node
        if following >= 0:
            s.hot[following, H_FIRST] = 0
        total += leg
        k = following
    return total


@inlined
def _settle_forward(d: Data, s: State, v: int, t: int, before: int, after: int) -> None:
    """Earliest times from `before` on, until one from `after` on is as it was."""
    p, home = d.vi[v, PROF], s.tx[t, HOME]
    at = before if before >= 0 else d.vi[v, DEPOT]
    now = s.sx[before, DONE] if before >= 0 else s.tx[t, DEP]
    k = s.sx[before, NXT] if before >= 0 else s.tx[t, HEAD]
    passed = False
    while k >= 0:
        passed = passed or k == after
        start = max(now + d.go[p, at, k, 1], d.si[k, WS])
        if passed and start == s.sx[k, ST]:
            return
        if start > d.si[k, LATEST]:
            s.sc[BAD] = 1
        now = start + d.si[k, SVC]
        s.sx[k, ST], s.sx[k, DONE] = start, now
        at = k
        k = s.sx[k, NXT]
    s.tx[t, END] = now + d.go[p, at, home, 1] if home >= 0 else now
    if s.tx[t, END] > d.vi[v, SHIFT]:
        s.sc[BAD] = 1


@inlined
def _settle_backward(d: Data, s: State, v: int, t: int, before: int, after: int) -> None:
    """Latest times from `after` back, until one from `before` back is as it was."""
    p, to = d.vi[v, PROF], after
    hard = s.sx[to, BH] if to >= 0 else s.tx[t, BEND]
    fixed = d.si[to, LOCKED] if to >= 0 else 0
    k = s.sx[to, PRV] if to >= 0 else s.tx[t, TAIL]
    if to < 0:
        to = s.tx[t, HOME]
    passed = False
    while k >= 0:
        passed = passed or k == before
        s.sx[k, HARD] = s.sx[k, SOFT] = -1 if fixed == 1 else hard
        fixed = d.si[k, LOCKED]
        legs = d.si[k, SVC]
        if to >= 0:
            legs += d.go[p, k, to, 1]
        hard = min(hard - legs, d.si[k, LATEST])
        if passed and hard == s.sx[k, BH]:
            return
        s.sx[k, BH] = s.sx[k, BN] = hard
        to = k
        k = s.sx[k, PRV]
    s.tx[t, FHARD] = s.tx[t, FSOFT] = -1 if fixed == 1 else hard
    s.tx[t, BDEP] = s.tx[t, NDEP] = hard - d.go[p, d.vi[v, DEPOT], to, 1]
