"""Rich kernel, part 5: places for the two stops of a shipment in a trip.

Promises: for each place of the pickup, the deliveries behind it in turn, as far as times and loads let the goods be
carried: one walk with bounds that only get tighter, and simulation where the vehicle is not `EXACT`. Called by
`insert`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import NONE
from solvers.routing.rich.bonds import change_price, order_price
from solvers.routing.rich.clock import metres, opens, seconds, takes
from solvers.routing.rich.fold import folded
from solvers.routing.rich.single import arrives_in_time, is_boarded, is_exact, may_join
from solvers.routing.rich.trial import is_bound, keep, try_out

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    AT, BD, DEP, DONE, END, FIXED, FLEG, FOES, HEAD, I_DELTA, KM, LATEST, LEG, LOC, LOCKED, METRES, MOST_M,
    MOST_STOPS, NLOC, NSTOPS, NXT, OWN, REL, RELMAX, TALLY, State, Task,
)
# fmt: on
# isort: on

MOST_TRIALS = 400
"""So many simulations at most in one look for a place."""


@inner
def try_pair(d: Task, s: State, p: int, q: int, v: int, t: int) -> None:
    """Try pickup p and delivery q at all places of the trip; keep the best so far."""
    if not may_join(d, s, p, v, t) or not may_join(d, s, q, v, t) or d.si[p, FOES] & d.si[q, OWN] != 0:
        return
    if s.vx[v, NSTOPS] + 2 > d.vi[v, MOST_STOPS]:
        return
    price = change_price(d, p, v) + change_price(d, q, v)
    if s.vx[v, NSTOPS] == 0:
        price += d.vi[v, FIXED]
    release = max(d.si[p, REL], d.si[q, REL])
    delays = release > s.tx[t, RELMAX] and release > s.tx[t, DEP] and not is_boarded(d, s, v, t)
    exact = is_exact(d, s, v) and not delays and not is_bound(d, p) and not is_bound(d, q)
    after = NONE
    while True:
        into = s.tx[t, HEAD] if after < 0 else s.sx[after, NXT]
        if (into < 0 or d.si[into, LOCKED] == 0) and _fits(d, s, p, t, after):
            _try_behind(d, s, p, q, v, t, after, into, price, release if delays else 0, exact)
        if into < 0 or s.sc[TALLY] > MOST_TRIALS:
            return
        after = into


@folded
def _fits(d: Task, s: State, p: int, t: int, after: int) -> bool:
    """Whether the goods of p can be taken on behind `after`."""
    for k in range(d.dem.shape[1]):
        load = s.ld[after, k] if after >= 0 else s.tl[t, k]
        if load + d.dem[p, k] > s.lim[t, k]:
            return False
    return True


@folded
def _try_behind(
    d: Task, s: State, p: int, q: int, v: int, t: int, after: int, into: int, price: int, release: int, exact: bool
) -> None:
    """Try p behind `after` and q at every place behind p."""
    if after >= 0:
        here, now, to, leg = d.si[after, LOC], s.sx[after, DONE], s.sx[after, NLOC], s.sx[after, LEG]
    else:
        here, now, leg = s.tx[t, AT], max(s.tx[t, DEP], release), s.tx[t, FLEG]
        to = d.si[into, LOC] if into >= 0 else s.tx[t, END]
    at = d.si[p, LOC]
    out = metres(d, v, here, at) - leg
    way = out + metres(d, v, at, to) if to >= 0 else out
    price += order_price(d, p, after)
    if way * d.vi[v, KM] + price >= s.ins[I_DELTA]:
        return
    start = opens(d, p, now + seconds(d, v, here, at))
    if start > d.si[p, LATEST]:
        return
    now = start + takes(d, p, here)
    _try_delivery(d, s, p, q, v, t, after, p, into, to, at, now, out, price, exact)
    if into < 0:
        return
    price += order_price(d, into, p) - order_price(d, into, after)
    x, here = into, at
    while x >= 0:
        at = d.si[x, LOC]
        start = opens(d, x, now + seconds(d, v, here, at))
        now = start + takes(d, x, here)
        if start > d.si[x, LATEST] or now > s.sx[x, BD] or not _fits(d, s, p, t, x):
            return
        here, into, to = at, s.sx[x, NXT], s.sx[x, NLOC]
        _try_delivery(d, s, p, q, v, t, after, x, into, to, at, now, way - s.sx[x, LEG], price, exact)
        x = into


@inner
def _try_delivery(
    d: Task, s: State, p: int, q: int, v: int, t: int, after: int, before: int, into: int, to: int, here: int,
    now: int, way: int, price: int, exact: bool,
) -> None:  # fmt: skip
    """Try q behind `before` (p itself, or a stop behind it), which is left for `to` at `now`.

    way: metres that come on top so far, the way from `here` to what follows taken off.
    """
    at = d.si[q, LOC]
    way += metres(d, v, here, at)
    if to >= 0:
        way += metres(d, v, at, to)
    delta = way * d.vi[v, KM] + price
    if delta >= s.ins[I_DELTA]:
        return
    delta += order_price(d, q, before)
    if into >= 0:
        delta += order_price(d, into, q) - order_price(d, into, after if before == p else before)
    if delta >= s.ins[I_DELTA] or s.vx[v, METRES] + way > d.vi[v, MOST_M]:
        return
    start = opens(d, q, now + seconds(d, v, here, at))
    if start > d.si[q, LATEST] or not arrives_in_time(d, s, v, t, into, to, at, start + takes(d, q, here)):
        return
    if exact:
        keep(s, delta, v, t, NONE, p, after, q, before)
    elif s.sc[TALLY] <= MOST_TRIALS:
        try_out(d, s, v, t, NONE, p, after, q, before)
