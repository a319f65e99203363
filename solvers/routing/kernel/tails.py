"""Kernel: two trips exchange their tails, which are too long on long routes for strings to move them.

Potvin and Rousseau (1995), "An exchange heuristic for routeing problems with time windows", Journal of the Operational
Research Society 46(12): 2-opt*, which keeps the direction of both routes. Promises: what is accepted keeps all hard
rules and locks, and is priced by `refresh`; most of what is refused has cost a look at three rows. Called by the search
kernel only; compiled.
"""

from __future__ import annotations

import math

import numpy as np

from solvers.routing.jit import inlined, inner
from solvers.routing.kernel.backup import begin_step, keep, touch, undo
from solvers.routing.kernel.insert import random_below, random_share
from solvers.routing.kernel.state import drop_empty_trips, is_boarded, refresh

# fmt: off
# isort: off
from solvers.routing.layout import (
    BAD, BH, CNT, CUR, DEP, DEPOT, DONE, FHARD, FIXED, FLEG, HARD, HEAD, HOME, HOUR, H_LEG, H_TRIP, JOIN, KLASS, KM,
    LEG, NABS, NMINE, NO, NONE, NSTOPS, NXT, OFF, PROF, PRV, TAIL, TRIP, VEH, Data, State,
)
# fmt: on
# isort: on

NEAR = 20
"""So many stops near the head of a tail are tried as its new predecessor."""


@inner
def exchange_tails(d: Data, s: State, heat: float) -> bool:
    """Give the tail that begins at a random stop the best other predecessor, whose own tail comes here in exchange.

    Kept if it is not worse by more than `heat` allows; True if it is a new best.
    """
    head = s.mine[random_below(s, s.sc[NMINE])]
    t = np.int64(s.hot[head, H_TRIP])
    limit = int(-heat * math.log(random_share(s)))
    if t < 0 or not _may_part(d, s, t, s.sx[head, PRV]):
        return False
    least, found = limit, NONE
    for k in range(min(NEAR, d.near.shape[1])):
        other = np.int64(d.near[head, k])
        about = _about(d, s, t, head, other, least)
        if about < least and _fits(d, s, t, s.sx[other, TRIP], head, s.sx[other, NXT]):
            least, found = about, other
    if found < 0:
        return False
    return _exchange(d, s, t, s.sx[found, TRIP], head, found, limit)


@inlined
def _may_part(d: Data, s: State, t: int, before: int) -> bool:
    """Whether the trip may be cut behind `before` (-1: in front): nothing locked follows, nobody is on board."""
    hard = s.sx[before, HARD] if before >= 0 else s.tx[t, FHARD]
    return hard >= 0 and s.tx[t, JOIN] == 1 and not is_boarded(d, s, s.tx[t, VEH], t)


@inlined
def _about(d: Data, s: State, t: int, head: int, other: int, bound: int) -> int:
    """What the exchange costs in way and fixed costs; NO where that is not below `bound`, or a tail comes too late,
    or may not go.
    """
    u = np.int64(s.hot[other, H_TRIP])
    if u < 0 or u == t:
        return NO
    v, before = s.tx[t, VEH], s.sx[head, PRV]
    p, km = d.vi[v, PROF], d.vi[v, KM]
    leg = s.sx[before, LEG] if before >= 0 else s.tx[t, FLEG]
    metres = np.int64(d.back[p, head, other, 0]) - leg - s.hot[other, H_LEG]
    after = s.sx[other, NXT]
    saved = d.vi[v, FIXED] if before < 0 and after < 0 and s.tx[t, CNT] == s.vx[v, NSTOPS] else 0
    most = bound + saved
    if metres * km >= most:
        return NO
    at = before if before >= 0 else d.vi[v, DEPOT]
    now = s.sx[before, DONE] if before >= 0 else s.tx[t, DEP]
    if after >= 0:
        metres += d.go[p, at, after, 0]
        if metres * km >= most or now + d.go[p, at, after, 1] > s.sx[after, BH]:
            return NO
    elif before >= 0 and s.tx[t, HOME] >= 0:
        metres += d.go[p, at, s.tx[t, HOME], 0]
    if metres * km >= most or s.sx[other, DONE] + d.back[p, head, other, 1] > s.sx[head, BH]:
        return NO
    return metres * km - saved if _alike(d, v, s.tx[u, VEH]) and _may_part(d, s, u, other) else NO


@inlined
def _alike(d: Data, v: int, w: int) -> bool:
    """Whether a tail has the same legs at the same price with both vehicles."""
    if d.vi[v, KLASS] == d.vi[w, KLASS]:
        return True
    return (
        d.vi[v, PROF] == d.vi[w, PROF]
        and d.vi[v, DEPOT] == d.vi[w, DEPOT]
        and d.vi[v, KM] == d.vi[w, KM]
        and d.vi[v, HOUR] == d.vi[w, HOUR]
    )


@inlined
def _fits(d: Data, s: State, t: int, u: int, head: int, after: int) -> bool:
    """Whether trip u has room for the tail of t from `head` on, and t for that of u from `after` on (-1: nothing)."""
    for q in range(s.tfree.shape[1]):
        moved = np.int64(0)
        k = head
        while k >= 0:
            moved += d.dem[k, q]
            k = s.sx[k, NXT]
        k = after
        while k >= 0:
            moved -= d.dem[k, q]
            k = s.sx[k, NXT]
        if moved > s.tfree[u, q] or -moved > s.tfree[t, q]:
            return False
    v, w = s.tx[t, VEH], s.tx[u, VEH]
    return d.vi[v, KLASS] == d.vi[w, KLASS] or (_all_may(d, s, head, w) and _all_may(d, s, after, v))


@inlined
def _all_may(d: Data, s: State, first: int, v: int) -> bool:
    """Whether vehicle v may serve all stops of the tail that begins with `first`."""
    k = first
    while k >= 0:
        if d.allowed[k, v] == 0:
            return False
        k = s.sx[k, NXT]
    return True


@inlined
def _exchange(d: Data, s: State, t: int, u: int, head: int, other: int, limit: int) -> bool:
    cost, absent = s.sc[CUR], s.sc[NABS]
    v, w = s.tx[t, VEH], s.tx[u, VEH]
    begin_step(s)
    touch(s, v)
    touch(s, w)
    _cross(s, t, u, head, other)
    drop_empty_trips(d, s, v)
    refresh(d, s, v)
    refresh(d, s, w)
    if s.sc[BAD] == 1 or s.sc[CUR] >= cost + limit:
        undo(d, s, absent, cost)
        return False
    return keep(s)


@inlined
def _cross(s: State, t: int, u: int, head: int, other: int) -> None:
    """Trip t, cut in front of `head`, goes on with what followed `other` in u, and u with `head`."""
    before, after = s.sx[head, PRV], s.sx[other, NXT]
    balance = _hand_over(s, after, t) - _hand_over(s, head, u)
    s.tx[t, CNT] += balance
    s.tx[u, CNT] -= balance
    end = s.tx[t, TAIL]
    s.tx[t, TAIL] = s.tx[u, TAIL] if after >= 0 else before
    s.tx[u, TAIL] = end
    s.sx[other, NXT], s.sx[head, PRV] = head, other
    if before >= 0:
        s.sx[before, NXT] = after
    else:
        s.tx[t, HEAD] = after
    if after >= 0:
        s.sx[after, PRV] = before


@inlined
def _hand_over(s: State, first: int, t: int) -> np.int64:
    """All from `first` on belong to trip t; how many they are."""
    count, k = OFF, first
    while k >= 0:
        s.sx[k, TRIP] = s.hot[k, H_TRIP] = t
        count += 1
        k = s.sx[k, NXT]
    return count
