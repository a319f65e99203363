"""Kernel, part 2: what an insertion costs, exactly, without doing it.

Promises: the price of putting a stop at a place is the difference of the checker's costs, for soft windows, releases,
several trips and priced time alike. It is O(1) where time has no price or nothing becomes late, from the latest start
times kept by `refresh`; else it walks only as far as the delay is felt. Called by the insertion kernel only; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inlined, inner
from solvers.routing.kernel_state import end_node, is_boarded
from solvers.routing.layout import (
    BDEP, BEGIN, BEND, BH, BN, BOARDS, CHANGE, CNT, DEP, DEPOT, END, FIXED, HEAD, HOUR, IDX, INC, KM, LATE, LATEST, LOAD,
    LSUM, MAXT, NDEP, NEND, NO, NONE, NSTOPS, NT, NXT, OPEN, PROF, REL, RELMAX, ROOM, SHIFT, ST, START, SVC, TAIL, TAILROOM,
    TIMED, TLATE, TTIME, TWAIT, WAIT, WE, WS, Data, State,
)  # fmt: skip


@inlined
def fits_load(d: Data, s: State, c: int, v: int, t: int) -> bool:
    """Whether the loaded trip (t = -1: an empty one) can take the stop's goods as well."""
    for k in range(d.cap.shape[1]):
        load = d.dem[c, k]
        if t >= 0:
            load += s.tload[t, k]
        if load > d.cap[v, k]:
            return False
    return True


@inlined
def stop_change(d: Data, c: int, v: int) -> int:
    """Price of change if stop c goes to vehicle v."""
    return d.si[c, CHANGE] if d.si[c, INC] >= 0 and d.si[c, INC] != v else 0


@inner
def scan(d: Data, s: State, v: int, t: int, after: int, c: int, leave: int) -> tuple[int, int, int]:
    """Lateness price, time price and end of trip t if it leaves at `leave`, with c put behind `after` (c = -1: as is).

    The walk stops where the delay has been swallowed by waiting; from there on sums kept by `refresh` serve.
    Lateness NO: a stop would start after its latest time.
    """
    p = d.vi[v, PROF]
    boarded = is_boarded(d, s, v, t)
    at = d.vi[v, START] if boarded else d.vi[v, DEPOT]
    now, wait, room, late, before = leave, 0, NO, 0, -1
    following = s.tx[t, HEAD]
    if c >= 0 and after >= 0 and leave == s.tx[t, DEP]:
        at, before, following = after, after, s.sx[after, NXT]
        now = s.sx[after, ST] + d.si[after, SVC]
        wait, room, late = s.sx[after, WAIT], s.sx[after, ROOM], s.sx[after, LSUM]
    pending = c >= 0
    end = NO
    while True:
        if pending and before == after:
            k = c
        else:
            k = following
            if k < 0:
                break
            following = s.sx[k, NXT]
        arrive = now + d.go[p, at, k, 1]
        start = max(arrive, d.si[k, WS])
        if start > d.si[k, LATEST]:
            return NO, 0, 0
        wait += start - arrive
        room = min(room, wait + max(0, d.si[k, WE] - start))
        late += max(0, arrive - d.si[k, WE]) * d.si[k, LATE]
        if k == c:
            pending = False
        elif not pending and start == s.sx[k, ST]:
            late += s.tx[t, TLATE] - s.sx[k, LSUM]
            if following >= 0:
                room = min(room, wait - s.sx[k, WAIT] + s.sx[following, TAILROOM])
            wait += s.tx[t, TWAIT] - s.sx[k, WAIT]
            end = s.tx[t, END]
            break
        now, at, before = start + d.si[k, SVC], k, k
    if end == NO:
        home = end_node(d, s, v, t)
        end = now if home < 0 else now + d.go[p, at, home, 1]
    paid = end - leave if boarded else end - leave - min(wait, room) + d.vi[v, LOAD]
    return late, paid * d.vi[v, HOUR], end


@inner
def ripple(d: Data, s: State, v: int, q: int, end: int) -> int:
    """What the trips from number q on cost more if the one before ends at `end`; NO if that breaks a rule."""
    extra = 0
    for r in range(q, s.vx[v, NT]):
        t = s.vt[v, r]
        leave = max(end + d.vi[v, LOAD], s.tx[t, RELMAX])
        if leave == s.tx[t, DEP]:
            return extra
        late, time, end = scan(d, s, v, t, NONE, NONE, leave)
        if late == NO:
            return NO
        extra += late + time - s.tx[t, TLATE] - s.tx[t, TTIME]
    return extra if end <= d.vi[v, SHIFT] else NO


@inner
def _price_of_time(d: Data, s: State, c: int, v: int, t: int, after: int, leave: int) -> int:
    """The exact price in time and lateness of an insertion that keeps all hard rules."""
    late, time, end = scan(d, s, v, t, after, c, leave)
    if late == NO:
        return NO
    extra = late + time - s.tx[t, TLATE] - s.tx[t, TTIME]
    if end != s.tx[t, END]:
        if end > d.vi[v, SHIFT]:
            return NO
        later = ripple(d, s, v, s.tx[t, IDX] + 1, end)
        if later == NO:
            return NO
        extra += later
    return extra


@inlined
def price_after(d: Data, s: State, c: int, v: int, t: int, after: int, bound: int) -> int:
    """Ticks that stop c costs behind `after` (-1: in front) in trip t of vehicle v; NO unless possible and < bound.

    Who may serve whom and locks are the caller's business. Cheap refusals come first: distance, load, hard times.
    """
    p = d.vi[v, PROF]
    boarded = is_boarded(d, s, v, t)
    if after >= 0:
        at, to = after, s.sx[after, NXT]
    else:
        at, to = d.vi[v, START] if boarded else d.vi[v, DEPOT], s.tx[t, HEAD]
    into = to if to >= 0 else end_node(d, s, v, t)
    metres = d.go[p, at, c, 0]
    if into >= 0:
        metres += d.go[p, c, into, 0] - d.go[p, at, into, 0]
    delta = metres * d.vi[v, KM] + stop_change(d, c, v)
    if s.vx[v, NSTOPS] == 0:
        delta += d.vi[v, FIXED]
    if delta >= bound:
        return NO
    if not boarded and not fits_load(d, s, c, v, t):
        return NO
    leave = s.tx[t, DEP]
    if not boarded and d.si[c, REL] > leave:
        leave = d.si[c, REL]
        extra = _price_of_time(d, s, c, v, t, after, leave)
        return delta + extra if extra != NO and delta + extra < bound else NO
    now = leave if after < 0 else s.sx[after, ST] + d.si[after, SVC]
    arrive = now + d.go[p, at, c, 1]
    start = max(arrive, d.si[c, WS])
    if start > d.si[c, LATEST]:
        return NO
    then = start + d.si[c, SVC]
    if into >= 0:
        then += d.go[p, c, into, 1]
    if to >= 0:
        then = max(then, d.si[to, WS])
        hard, soft = s.sx[to, BH], s.sx[to, BN]
    else:
        hard, soft = s.tx[t, BEND], s.tx[t, NEND]
    if then > hard:
        return NO
    if d.vi[v, TIMED] == 0:
        return delta
    if d.vi[v, HOUR] == 0 and then <= soft:
        delta += max(0, arrive - d.si[c, WE]) * d.si[c, LATE]
    else:
        extra = _price_of_time(d, s, c, v, t, after, leave)
        if extra == NO:
            return NO
        delta += extra
    return delta if delta < bound else NO


@inlined
def may_open_trip(d: Data, s: State, v: int) -> bool:
    """Whether the vehicle may make one more loaded trip."""
    return s.vx[v, NT] - d.vi[v, BOARDS] < d.vi[v, MAXT]


@inner
def price_new_trip(d: Data, s: State, c: int, v: int, q: int, bound: int) -> int:
    """Ticks that stop c costs as a trip of its own, number q of vehicle v; NO unless possible and < bound."""
    p, depot, last = d.vi[v, PROF], d.vi[v, DEPOT], q == s.vx[v, NT]
    stays_out = d.vi[v, OPEN] == 1 and last
    metres = d.go[p, depot, c, 0]
    if not stays_out:
        metres += d.go[p, c, depot, 0]
    free = d.vi[v, BEGIN]
    way_back = 0
    if q > 0:
        before = s.vt[v, q - 1]
        free = s.tx[before, END]
        if stays_out:
            at = s.tx[before, TAIL] if s.tx[before, CNT] > 0 else d.vi[v, START]
            metres += d.go[p, at, depot, 0]
            way_back = d.go[p, at, depot, 1]
            free += way_back
    delta = metres * d.vi[v, KM] + stop_change(d, c, v) + way_back * d.vi[v, HOUR]
    if s.vx[v, NSTOPS] == 0:
        delta += d.vi[v, FIXED]
    if delta >= bound or free > d.vi[v, SHIFT] or not fits_load(d, s, c, v, NONE):
        return NO
    leave = max(free + d.vi[v, LOAD], d.si[c, REL])
    arrive = leave + d.go[p, depot, c, 1]
    start = max(arrive, d.si[c, WS])
    end = start + d.si[c, SVC]
    if not stays_out:
        end += d.go[p, c, depot, 1]
    if start > d.si[c, LATEST] or end > d.vi[v, SHIFT]:
        return NO
    delta += (end - leave - (start - arrive) + d.vi[v, LOAD]) * d.vi[v, HOUR]
    delta += max(0, arrive - d.si[c, WE]) * d.si[c, LATE]
    if not last:
        following = s.vt[v, q]
        depart = max(end + d.vi[v, LOAD], s.tx[following, RELMAX])
        if depart > s.tx[following, BDEP]:
            return NO
        if d.vi[v, TIMED] == 1 and (d.vi[v, HOUR] > 0 or depart > s.tx[following, NDEP]):
            later = ripple(d, s, v, q, end)
            if later == NO:
                return NO
            delta += later
    return delta if delta < bound else NO
