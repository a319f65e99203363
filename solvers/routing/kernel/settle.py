"""Kernel: the short way to keep a route's times after an insertion.

Promises: the same arrays as `kernel.state.refresh` gives, for the plain case (one trip, time without a price), in the
time that it takes to walk as far as times really move; most insertions move few. Called by the insertion kernel;
compiled.
"""

from __future__ import annotations

import numpy as np

from solvers.routing.jit import inlined, inner

# fmt: off
# isort: off
from solvers.routing.layout import (
    BDEP, BEND, BH, BN, BOARDS, CNT, COST, CUR, DEP, DEPOT, DONE, END, FHARD, FLEG, FSOFT, HARD, HOME, H_FIRST,
    H_LEG, H_NODE, LATEST, LEG, LOCKED, NDEP, NSTOPS, NT, NXT, PROF, PRV, REL, RELMAX, SOFT, ST, SVC, TIMED, WS,
    Data, State,
)
# fmt: on
# isort: on


@inlined
def may_settle(d: Data, s: State, v: int, t: int, c: int) -> bool:
    """Whether `settle` does for an insertion of c: one trip, time without a price, nothing that moves the departure."""
    return (
        d.vi[v, TIMED] == 0
        and d.vi[v, BOARDS] == 0
        and s.vx[v, NT] == 1
        and s.tx[t, CNT] > 0
        and d.si[c, REL] <= s.tx[t, DEP]
        and d.si[c, LOCKED] == 0
    )


@inner
def settle(d: Data, s: State, v: int, t: int, c: int, delta: int) -> None:
    """What `refresh` does, after c was linked into t at the price `delta`, but only as far as times really move."""
    p, before, after, home = d.vi[v, PROF], s.sx[c, PRV], s.sx[c, NXT], s.tx[t, HOME]
    for k in range(s.tfree.shape[1]):
        s.tfree[t, k] -= d.dem[c, k]
    s.tx[t, RELMAX] = max(s.tx[t, RELMAX], d.si[c, REL])
    s.vx[v, NSTOPS] += 1
    s.vx[v, COST] += delta
    s.sc[CUR] += delta
    node = after if after >= 0 else home
    leg = np.int64(d.go[p, c, node, 0]) if node >= 0 else np.int64(0)
    s.sx[c, LEG] = s.hot[c, H_LEG] = leg
    s.hot[c, H_NODE], s.hot[c, H_FIRST] = node, 0 if before >= 0 else 1
    if after >= 0:
        s.hot[after, H_FIRST] = 0
    if before >= 0:
        s.sx[before, LEG] = s.hot[before, H_LEG] = d.go[p, before, c, 0]
        s.hot[before, H_NODE] = c
    else:
        s.tx[t, FLEG] = d.go[p, d.vi[v, DEPOT], c, 0]
    _settle_forward(d, s, v, t, c)
    _settle_backward(d, s, v, t, c)


@inlined
def _settle_forward(d: Data, s: State, v: int, t: int, c: int) -> None:
    """Earliest times from c on, until one is as it was."""
    p, home, before = d.vi[v, PROF], s.tx[t, HOME], s.sx[c, PRV]
    at = before if before >= 0 else d.vi[v, DEPOT]
    now = s.sx[before, DONE] if before >= 0 else s.tx[t, DEP]
    k = c
    while k >= 0:
        start = max(now + d.go[p, at, k, 1], d.si[k, WS])
        if k != c and start == s.sx[k, ST]:
            return
        now = start + d.si[k, SVC]
        s.sx[k, ST], s.sx[k, DONE] = start, now
        at = k
        k = s.sx[k, NXT]
    s.tx[t, END] = now + d.go[p, at, home, 1] if home >= 0 else now


@inlined
def _settle_backward(d: Data, s: State, v: int, t: int, c: int) -> None:
    """Latest times from c back, until one is as it was."""
    p, to = d.vi[v, PROF], s.sx[c, NXT]
    hard = s.sx[to, BH] if to >= 0 else s.tx[t, BEND]
    fixed = d.si[to, LOCKED] if to >= 0 else 0
    if to < 0:
        to = s.tx[t, HOME]
    k = c
    while k >= 0:
        s.sx[k, HARD] = s.sx[k, SOFT] = -1 if fixed == 1 else hard
        fixed = d.si[k, LOCKED]
        legs = d.si[k, SVC]
        if to >= 0:
            legs += d.go[p, k, to, 1]
        hard = min(hard - legs, d.si[k, LATEST])
        if k != c and hard == s.sx[k, BH]:
            return
        s.sx[k, BH] = s.sx[k, BN] = hard
        to = k
        k = s.sx[k, PRV]
    s.tx[t, FHARD] = s.tx[t, FSOFT] = -1 if fixed == 1 else hard
    s.tx[t, BDEP] = s.tx[t, NDEP] = hard - d.go[p, d.vi[v, DEPOT], to, 1]
