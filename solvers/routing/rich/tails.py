"""Rich kernel, part 10: two trips exchange their tails, which are too long on long routes for strings to move them.

As `kernel.tails` does it (2-opt*), for tails that stand alone: no shipment, no relation, nothing locked or on board.
Promises: every accepted solution keeps all hard rules, locks and relations, as `simulate` judges; most of what is
refused was not simulated. Called by `entries`; compiled.
"""

from __future__ import annotations

import math

import numpy as np

from solvers.routing.jit import inner
from solvers.routing.layout import NO, NONE
from solvers.routing.rich.clock import metres, opens, seconds, takes
from solvers.routing.rich.dice import random_below, random_share
from solvers.routing.rich.fold import folded
from solvers.routing.rich.layout import COLLECT, DELIVER
from solvers.routing.rich.passes import SIMULATED, refresh
from solvers.routing.rich.single import is_boarded
from solvers.routing.rich.state import begin_step, drop_empty_trips, keeps_the_rules, save_best, touch, undo

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    AT, BD, BEST, CNT, CUR, DEP, DONE, END, FIXED, FLEG, HEAD, KLASS, KM, LATEST, LEG, LOC, LOCKED, NSTOPS, NXT, OPEN,
    PROF, PRV, ROLE, TAIL, TB, TE, TRIP, VEH, State, Task,
)
# fmt: on
# isort: on

NEAR = 20
"""So many stops near the head of a tail are tried as its new predecessor."""


@inner
def exchange_tails(d: Task, s: State, heat: float) -> bool:
    """Give the tail that begins at a random stop the best other predecessor, whose own tail comes here in exchange.

    Kept if it is not worse by more than `heat` allows; True if it is a new best.
    """
    head = random_below(s, s.sx.shape[0])
    t = s.sx[head, TRIP]
    least, found = int(-heat * math.log(random_share(s))), NONE
    if t < 0 or not _may_part(d, s, t, head):
        return False
    limit = least
    for k in range(min(NEAR, d.near.shape[1])):
        other = np.int64(d.near[head, k])
        about = _about(d, s, t, head, other, least)
        if about < least:
            least, found = about, other
    if found < 0 or not (_alone(d, s, head) and _alone(d, s, s.sx[found, NXT])):
        return False
    return _exchange(d, s, t, s.sx[found, TRIP], head, found, limit)


@folded
def _may_part(d: Task, s: State, t: int, first: int) -> bool:
    """Whether the trip may be cut in front of `first` (-1: at its end)."""
    free = first < 0 or d.si[first, LOCKED] == 0
    return free and s.tx[t, OPEN] == 1 and not is_boarded(d, s, s.tx[t, VEH], t)


@folded
def _alone(d: Task, s: State, first: int) -> bool:
    """Whether all from `first` on are bound to nothing."""
    k = first
    while k >= 0:
        if (d.si[k, ROLE] != DELIVER and d.si[k, ROLE] != COLLECT) or d.si[k, TE] > d.si[k, TB]:
            return False
        k = s.sx[k, NXT]
    return True


@folded
def _about(d: Task, s: State, t: int, head: int, other: int, bound: int) -> int:
    """What the exchange costs in way and fixed costs; NO where that is not below `bound`, or a tail comes too late, or
    may not go.
    """
    u = s.sx[other, TRIP]
    if u < 0 or u == t:
        return NO
    v, w, before, after = s.tx[t, VEH], s.tx[u, VEH], s.sx[head, PRV], s.sx[other, NXT]
    if d.vi[v, PROF] != d.vi[w, PROF] or d.vi[v, KM] != d.vi[w, KM] or not _may_part(d, s, u, after):
        return NO
    leg, at, now = s.tx[t, FLEG], s.tx[t, AT], s.tx[t, DEP]
    if before >= 0:
        leg, at, now = s.sx[before, LEG], d.si[before, LOC], s.sx[before, DONE]
    way = metres(d, v, d.si[other, LOC], d.si[head, LOC]) - leg - s.sx[other, LEG] + _way_home(d, s, t, u, v)
    saved = np.int64(0)
    if after >= 0:
        way += metres(d, v, at, d.si[after, LOC]) + _other_end(d, v, s.tx[u, TAIL], s.tx[u, END], s.tx[t, END])
    elif before >= 0:
        way += metres(d, v, at, s.tx[t, END]) if s.tx[t, END] >= 0 else 0
    elif s.tx[t, CNT] == s.vx[v, NSTOPS]:
        saved = d.vi[v, FIXED]
    about = way * d.vi[v, KM] - saved
    if about >= bound or not _in_time(d, s, w, d.si[other, LOC], s.sx[other, DONE], head, v):
        return NO
    return about if after < 0 or _in_time(d, s, v, at, now, after, w) else NO


@folded
def _way_home(d: Task, s: State, t: int, u: int, v: int) -> int:
    """How much longer the way to the end of u is than that to the end of t, from the last stop of t."""
    return _other_end(d, v, s.tx[t, TAIL], s.tx[t, END], s.tx[u, END])


@folded
def _other_end(d: Task, v: int, last: int, was: int, end: int) -> int:
    """How much longer the way from the stop `last` to location `end` is than to `was` (-1: nowhere)."""
    if was == end:
        return 0
    way = metres(d, v, d.si[last, LOC], end) if end >= 0 else 0
    return way - (metres(d, v, d.si[last, LOC], was) if was >= 0 else 0)


@folded
def _in_time(d: Task, s: State, v: int, at: int, now: int, first: int, from_v: int) -> bool:
    """Whether vehicle v, at location `at` from `now` on, is in time for `first`, and for the tail behind it as far as
    its present vehicle tells."""
    start = opens(d, first, now + seconds(d, v, at, d.si[first, LOC]))
    if start > d.si[first, LATEST]:
        return False
    return d.vi[v, KLASS] != d.vi[from_v, KLASS] or start + takes(d, first, at) <= s.sx[first, BD]


@folded
def _exchange(d: Task, s: State, t: int, u: int, head: int, other: int, limit: int) -> bool:
    cost = s.sc[CUR]
    v, w = s.tx[t, VEH], s.tx[u, VEH]
    begin_step(s)
    touch(s, v)
    touch(s, w)
    _cross(s, t, u, head, other)
    drop_empty_trips(d, s, v)
    refresh(d, s, v, SIMULATED)
    refresh(d, s, w, SIMULATED)
    if s.sc[CUR] >= cost + limit or not keeps_the_rules(s):
        undo(d, s, cost)
        return False
    if s.sc[CUR] < s.sc[BEST]:
        save_best(s)
        return True
    return False


@folded
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


@inner
def _hand_over(s: State, first: int, t: int) -> int:
    """All from `first` on belong to trip t; how many they are."""
    count, k = 0, first
    while k >= 0:
        s.sx[k, TRIP] = t
        count += 1
        k = s.sx[k, NXT]
    return count
