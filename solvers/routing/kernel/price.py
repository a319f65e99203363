"""Kernel, part 2: what an insertion costs, exactly, without doing it.

Promises: the price of putting a stop at a place is the difference of the checker's costs, for soft windows, releases,
several trips and priced time alike. It is O(1) where time has no price or nothing becomes late, from the latest start
times kept by `refresh`; else it walks only as far as the delay is felt. Called by the insertion kernel only; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inlined, inner
from solvers.routing.kernel.state import is_boarded, sequence_change, stop_change

# fmt: off
# isort: off
from solvers.routing.layout import (
    BDEP, BEGIN, BOARD, BOARDS, CALM, CNT, DEP, DEPOT, DONE, END, FHARD, FIXED, FLEG, FSOFT, HARD, HEAD, HOME,
    HOUR, IDX, KM, LATE, LATEST, LEG, LOAD, LSUM, MAXT, NDEP, NO, NONE, NSTOPS, NT, NXT, OPEN, PROF, REL, RELMAX,
    ROOM, SHIFT, SOFT, ST, START, SVC, TAIL, TAILROOM, TIMED, TLATE, TTIME, TWAIT, WAIT, WE, WS, Data, State,
)
# fmt: on
# isort: on


@inlined
def fits_load(d: Data, s: State, c: int, v: int, t: int) -> bool:
    """Whether the loaded trip (t = -1: an empty one) can take the stop's goods as well."""
    for k in range(d.cap.shape[1]):  # noqa: SIM110 (generators do not compile)
        if d.dem[c, k] > (s.tfree[t, k] if t >= 0 else d.cap[v, k]):
            return False
    return True


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
        home = s.tx[t, HOME]
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

    Who may serve whom is the caller's business. Cheap refusals come first: distance, load, hard times.
    """
    p = d.vi[v, PROF]
    if after >= 0:
        at, into, leg, now = after, s.sx[after, NXT], s.sx[after, LEG], s.sx[after, DONE]
        hard, soft = s.sx[after, HARD], s.sx[after, SOFT]
    else:
        at = d.vi[v, START] if is_boarded(d, s, v, t) else d.vi[v, DEPOT]
        into, leg, now, hard, soft = s.tx[t, HEAD], s.tx[t, FLEG], s.tx[t, DEP], s.tx[t, FHARD], s.tx[t, FSOFT]
    change = stop_change(d, c, v)
    if d.k[CALM] == 1:
        change += sequence_change(d, c, after)
        if into >= 0:
            change += sequence_change(d, into, c) - sequence_change(d, into, after)
    if into < 0:
        into = s.tx[t, HOME]
    metres = d.back[p, c, at, 0] - leg
    if into >= 0:
        metres += d.go[p, c, into, 0]
    delta = metres * d.vi[v, KM] + change
    if s.vx[v, NSTOPS] == 0:
        delta += d.vi[v, FIXED]
    if delta >= bound:
        return NO
    arrive = now + d.back[p, c, at, 1]
    start = max(arrive, d.si[c, WS])
    then = start + d.si[c, SVC]
    if into >= 0:
        then += d.go[p, c, into, 1]
    if then > hard or start > d.si[c, LATEST]:
        return NO
    leave = s.tx[t, DEP]
    if d.si[c, BOARD] < 0:
        if not fits_load(d, s, c, v, t):
            return NO
        leave = max(leave, d.si[c, REL])
    if leave == s.tx[t, DEP]:
        if d.vi[v, TIMED] == 0:
            return delta
        if d.vi[v, HOUR] == 0 and then <= soft:
            delta += max(0, arrive - d.si[c, WE]) * d.si[c, LATE]
            return delta if delta < bound else NO
    extra = _price_of_time(d, s, c, v, t, after, leave)
    if extra == NO or delta + extra >= bound:
        return NO
    return delta + extra


@inlined
def may_open_trip(d: Data, s: State, v: int) -> bool:
    """Whether the vehicle may make one more loaded trip."""
    return s.vx[v, NT] - d.vi[v, BOARDS] < d.vi[v, MAXT]


@inlined
def price_new_trip(d: Data, s: State, c: int, v: int, q: int, bound: int) -> int:
    """Ticks that stop c costs as a trip of its own, number q of vehicle v; NO unless possible and < bound."""
    p, depot, last = d.vi[v, PROF], d.vi[v, DEPOT], q == s.vx[v, NT]
    stays_out = d.vi[v, OPEN] == 1 and last
    metres = d.back[p, c, depot, 0]
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
    delta = metres * d.vi[v, KM] + stop_change(d, c, v) + sequence_change(d, c, NONE) + way_back * d.vi[v, HOUR]
    if s.vx[v, NSTOPS] == 0:
        delta += d.vi[v, FIXED]
    if delta >= bound or free > d.vi[v, SHIFT] or not fits_load(d, s, c, v, NONE):
        return NO
    leave = max(free + d.vi[v, LOAD], d.si[c, REL])
    arrive = leave + d.back[p, c, depot, 1]
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
