"""Rich kernel, part 4: places for one stop in a trip.

Promises: cheap refusals first (the way, limits, goods, bounds of times, loads), then, unless the vehicle is `EXACT`,
simulation. Called by `insert`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import NONE
from solvers.routing.rich.bonds import change_price, order_price
from solvers.routing.rich.clock import metres, opens, seconds, takes
from solvers.routing.rich.fold import folded
from solvers.routing.rich.layout import BRING, COLLECT, DELIVER
from solvers.routing.rich.trial import is_bound, keep, try_out

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    AT, BD, BOARDS, BOUND, BROKEN, DEP, DEPOT, DONE, END, EXACT, FIXED, FLEG, FOES, HEAD, HOME, IDX, I_DELTA, KIND,
    KM, LATEST, LEG, LOC, LOCKED, MASK, METRES, MOST_M, MOST_STOPS, NLOC, NSTOPS, NXT, OPEN, REL, RELMAX, ROLE,
    TEND, State, Task,
)
# fmt: on
# isort: on


@folded
def is_boarded(d: Task, s: State, v: int, t: int) -> bool:
    """Whether the trip is the vehicle's on-board trip."""
    return d.vi[v, BOARDS] == 1 and s.tx[t, IDX] == 0


@folded
def may_join(d: Task, s: State, c: int, v: int, t: int) -> bool:
    """Whether the stop may be in the trip at all, as far as list, kind of trip, goods, locks and stops allow."""
    if s.tx[t, OPEN] == 0 or d.route.allowed[c, d.vi[v, KIND]] == 0 or s.vx[v, NSTOPS] >= d.vi[v, MOST_STOPS]:
        return False
    if d.si[c, ROLE] == DELIVER and is_boarded(d, s, v, t):
        return False
    return d.si[c, FOES] & s.tx[t, MASK] == 0


@folded
def fits(d: Task, s: State, c: int, t: int, after: int, into: int) -> bool:
    """Whether the trip can take the goods of c there."""
    role = d.si[c, ROLE]
    if role != DELIVER and role != COLLECT:
        return True
    for k in range(d.dem.shape[1]):
        if role == DELIVER:
            most = s.pm[after, k] if after >= 0 else s.tl[t, k]
        else:
            most = s.ld[after, k] if after >= 0 else s.tl[t, k]
            if into >= 0:
                most = max(most, s.sm[into, k])
        if most + d.dem[c, k] > s.lim[t, k]:
            return False
    return True


@folded
def arrives_in_time(d: Task, s: State, v: int, t: int, into: int, to: int, here: int, done: int) -> bool:
    """Whether all that follows keeps its latest times if the vehicle leaves location `here` at `done` for `to`."""
    if to < 0:
        return done <= s.tx[t, TEND]
    arrive = done + seconds(d, v, here, to)
    if into < 0:
        return arrive <= s.tx[t, TEND]
    start = opens(d, into, arrive)
    return start <= d.si[into, LATEST] and start + takes(d, into, here) <= s.sx[into, BD]


@folded
def is_exact(d: Task, s: State, v: int) -> bool:
    """Whether the bounds of times are all there is to know about the vehicle."""
    return d.vi[v, EXACT] == 1 and s.vx[v, BROKEN] == 0 and s.vx[v, BOUND] == 0


@inner
def try_place(d: Task, s: State, c: int, v: int, t: int, after: int) -> None:
    """Try stop c, which `may_join`, behind `after` (-1: in front); keep the place if it is the best so far."""
    if after >= 0:
        here, now, into = d.si[after, LOC], s.sx[after, DONE], s.sx[after, NXT]
        to, leg = s.sx[after, NLOC], s.sx[after, LEG]
    else:
        here, now, into, leg = s.tx[t, AT], s.tx[t, DEP], s.tx[t, HEAD], s.tx[t, FLEG]
        to = d.si[into, LOC] if into >= 0 else s.tx[t, END]
    at = d.si[c, LOC]
    way = metres(d, v, here, at) - leg
    if to >= 0:
        way += metres(d, v, at, to)
    delta = way * d.vi[v, KM]
    if delta >= s.ins[I_DELTA]:
        return
    if into >= 0:
        if d.si[into, LOCKED] == 1:
            return
        delta += order_price(d, into, c) - order_price(d, into, after)
    delta += change_price(d, c, v) + order_price(d, c, after)
    if s.vx[v, NSTOPS] == 0:
        delta += d.vi[v, FIXED]
    if delta >= s.ins[I_DELTA] or s.vx[v, METRES] + way > d.vi[v, MOST_M]:
        return
    delays = d.si[c, REL] > s.tx[t, RELMAX] and d.si[c, REL] > s.tx[t, DEP] and not is_boarded(d, s, v, t)
    if delays and after < 0:
        now = d.si[c, REL]
    start = opens(d, c, now + seconds(d, v, here, at))
    if start > d.si[c, LATEST]:
        return
    if not arrives_in_time(d, s, v, t, into, to, at, start + takes(d, c, here)) or not fits(d, s, c, t, after, into):
        return
    if is_exact(d, s, v) and not delays and not is_bound(d, c) and d.si[c, ROLE] != BRING:
        keep(s, delta, v, t, NONE, c, after, NONE, NONE)
    else:
        try_out(d, s, v, t, NONE, c, after, NONE, NONE)


@inner
def try_trip(d: Task, s: State, c: int, v: int, t: int, after: int) -> None:
    """Try every place of the trip behind `after` (-1: also in front)."""
    if not may_join(d, s, c, v, t):
        return
    while True:
        try_place(d, s, c, v, t, after)
        after = s.tx[t, HEAD] if after < 0 else s.sx[after, NXT]
        if after < 0:
            return


@folded
def least_of_new_trip(d: Task, s: State, v: int, c: int, c2: int) -> int:
    """What a trip of its own costs at the least, by the way there and back, unless the route's end moves."""
    at = d.si[c, LOC]
    way = metres(d, v, d.vi[v, DEPOT], at)
    least = change_price(d, c, v)
    if c2 >= 0:
        way += metres(d, v, at, d.si[c2, LOC])
        least += change_price(d, c2, v)
        at = d.si[c2, LOC]
    if s.vx[v, NSTOPS] == 0:
        least += d.vi[v, FIXED]
    if d.vi[v, HOME] == d.vi[v, DEPOT]:
        way += metres(d, v, at, d.vi[v, HOME])
    elif d.vi[v, HOME] >= 0:
        return least
    return least + way * d.vi[v, KM]
