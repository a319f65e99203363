"""Rich kernel, part 6: find the cheapest place for a unit, and put it there.

Promises: only places that keep every hard rule, lock and relation. Looks beside the nearest planned stops, into one
empty vehicle of each kind, and at trips of their own; everywhere if that finds nothing and the caller wishes. Where
relations tie a stop to a vehicle, all of that vehicle is looked at. Called by `repair` and `steps`; compiled.
"""

from __future__ import annotations

import numpy as np

from solvers.routing.jit import inner
from solvers.routing.layout import NO, NONE
from solvers.routing.rich.bonds import ANYWHERE, NOWHERE, home_of
from solvers.routing.rich.dice import blinks
from solvers.routing.rich.fold import folded
from solvers.routing.rich.layout import ABOARD
from solvers.routing.rich.pairs import MOST_TRIALS, try_pair
from solvers.routing.rich.passes import KNOWN, refresh
from solvers.routing.rich.single import least_of_new_trip, may_join, try_place, try_trip
from solvers.routing.rich.state import is_half, link, open_trip, remove_absent, touch
from solvers.routing.rich.trial import try_by_force, try_out

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    A, B, BOARD, BOARDS, BROKEN, COST, CUR, EFIRST, FOES, INC, I_AFTER, I_AFTER2, I_BOUNDARY, I_DELTA, I_SLOT,
    I_STOP, I_STOP2, I_VEHICLE, KIND, LOCKED, LOOK, MAXT, MOST_STOPS, NLOCK, NSTOPS, NT, NXT, OPEN, OPTIONS, OWN,
    PRIZE, PRV, ROLE, SEEN, SORT, TALLY, TRIP, VEH, State, Task,
)
# fmt: on
# isort: on


@inner
def _try_near(d: Task, s: State, c: int, places: int, blink: int) -> None:
    """Behind the `places` nearest planned stops whose trip may take c, and in front of those that come first."""
    left = places
    for k in range(d.near.shape[1]):
        j = np.int64(d.near[c, k])
        t = s.sx[j, TRIP]
        if t < 0:
            continue
        v = s.tx[t, VEH]
        if not may_join(d, s, c, v, t):
            continue
        if blink == 0 or not blinks(s):
            try_place(d, s, c, v, t, j)
        if s.sx[j, PRV] < 0 and (blink == 0 or not blinks(s)):
            try_place(d, s, c, v, t, NONE)
        left -= 1
        if left == 0 or s.sc[TALLY] > MOST_TRIALS:
            return


@inner
def _try_pair_near(d: Task, s: State, p: int, q: int, places: int, blink: int) -> None:
    """In every trip that has one of the nearest planned stops of either end."""
    s.sc[LOOK] += 1
    left = places
    for k in range(d.near.shape[1]):
        for c in (p, q):
            t = s.sx[d.near[c, k], TRIP]
            if t < 0 or s.tx[t, SEEN] == s.sc[LOOK]:
                continue
            s.tx[t, SEEN] = s.sc[LOOK]
            if blink == 0 or not blinks(s):
                try_pair(d, s, p, q, s.tx[t, VEH], t)
        left -= 1
        if left == 0 or s.sc[TALLY] > MOST_TRIALS:
            return


@folded
def _try_gaps(d: Task, s: State, c: int, c2: int, v: int) -> None:
    """A trip of its own in every gap between the trips of the vehicle, if it may serve and make one more."""
    if d.route.allowed[c, d.vi[v, KIND]] == 0 or s.vx[v, NT] - d.vi[v, BOARDS] >= d.vi[v, MAXT]:
        return
    if c2 >= 0 and (d.route.allowed[c2, d.vi[v, KIND]] == 0 or d.si[c, FOES] & d.si[c2, OWN] != 0):
        return
    if s.vx[v, NSTOPS] + (2 if c2 >= 0 else 1) > d.vi[v, MOST_STOPS]:
        return
    for q in range(max(d.vi[v, BOARDS], d.vi[v, NLOCK]), s.vx[v, NT] + 1):
        if least_of_new_trip(d, s, v, c, c2) < s.ins[I_DELTA]:
            try_out(d, s, v, NONE, np.int64(q), c, NONE, c2, c)


@inner
def _try_new_trips(d: Task, s: State, c: int, c2: int) -> None:
    """A trip of its own: in one empty vehicle of each kind, in the incumbent, and beside the trips of those in use.

    An empty vehicle that begins on board may also take pickups and shipments on its way home.
    """
    for k in range(d.kinds.shape[0]):
        v = s.vx[d.kinds[k], EFIRST]
        if v >= 0:
            _try_empty(d, s, c, c2, v)
    v = d.si[c, INC]
    if 0 <= v < s.vx.shape[0] and s.vx[v, NSTOPS] == 0:
        _try_empty(d, s, c, c2, v)
    for k in range(d.multi.shape[0]):
        v = d.multi[k]
        if s.vx[v, NSTOPS] > 0:
            _try_gaps(d, s, c, c2, v)


@folded
def _try_empty(d: Task, s: State, c: int, c2: int, v: int) -> None:
    _try_gaps(d, s, c, c2, v)
    if d.vi[v, BOARDS] == 1:
        if c2 >= 0:
            try_pair(d, s, c, c2, v, s.vt[v, 0])
        else:
            try_trip(d, s, c, v, s.vt[v, 0], NONE)


@inner
def _try_vehicle(d: Task, s: State, c: int, c2: int, v: int) -> None:
    """Every place in the vehicle."""
    for q in range(s.vx[v, NT]):
        if c2 >= 0:
            try_pair(d, s, c, c2, v, s.vt[v, q])
        else:
            try_trip(d, s, c, v, s.vt[v, q], NONE)
    _try_gaps(d, s, c, c2, v)


@inner
def _find(d: Task, s: State, c: int, c2: int, places: int, blink: int, everywhere: int) -> None:
    """Best place of a stop, or of the two of a shipment, that beats what is in `State.ins`."""
    bound = s.ins[I_DELTA]
    home = home_of(d, s, c)
    if c2 >= 0 and home != NOWHERE:
        other = home_of(d, s, c2)
        if home == ANYWHERE:
            home = other
        elif other not in (ANYWHERE, home):
            home = NOWHERE
    if home == NOWHERE:
        return
    if d.si[c, ROLE] == ABOARD:
        carrier = d.si[c, BOARD]
        if home in (ANYWHERE, carrier):
            try_trip(d, s, c, carrier, s.vt[carrier, 0], NONE)
        return
    if home != ANYWHERE:
        _try_vehicle(d, s, c, c2, home)
        return
    if c2 >= 0:
        _try_pair_near(d, s, c, c2, places, blink)
    else:
        _try_near(d, s, c, places, blink)
    _try_new_trips(d, s, c, c2)
    if everywhere == 1 and s.ins[I_DELTA] == bound:
        for v in range(s.vx.shape[0]):
            if s.vx[v, NT] > 0:
                _try_vehicle(d, s, c, c2, v)


@inner
def find_place(d: Task, s: State, u: int, places: int, blink: int, everywhere: int) -> bool:
    """Best place of unit u, which is left out, cheaper than its prize, noted in `State.ins`; False if there is none."""
    s.sc[TALLY] = 0
    if is_half(d, s, u):
        s.ins[I_DELTA] = NO
        pickup = d.ui[u, A]
        t = s.sx[pickup, TRIP]
        try_trip(d, s, d.ui[u, B], s.tx[t, VEH], t, pickup)
        return s.ins[I_DELTA] < NO
    s.ins[I_DELTA] = d.ui[u, PRIZE]
    if d.ui[u, SORT] == OPTIONS:
        for k in range(d.ui[u, A], d.ui[u, B]):
            _find(d, s, d.options[k], NONE, places, blink, everywhere)
    else:
        _find(d, s, d.ui[u, A], d.ui[u, B], places, blink, everywhere)
    return s.ins[I_DELTA] < d.ui[u, PRIZE]


@folded
def force_delivery(d: Task, s: State, u: int) -> bool:
    """Find the place behind its locked pickup where a delivery breaks least; False if the trip is closed."""
    pickup, delivery = d.ui[u, A], d.ui[u, B]
    t = s.sx[pickup, TRIP]
    least = NO
    after = pickup
    while after >= 0 and s.tx[t, OPEN] == 1:
        following = s.sx[after, NXT]
        if following < 0 or d.si[following, LOCKED] == 0:
            least = try_by_force(d, s, s.tx[t, VEH], t, delivery, after, least)
        after = following
    return least < NO


@inner
def put_in_place(d: Task, s: State, u: int, priced: int) -> None:
    """Do the insertion of unit u noted in `State.ins`. priced: see `refresh`; 0: it costs what is noted."""
    v, t = s.ins[I_VEHICLE], s.ins[I_SLOT]
    touch(s, v)
    remove_absent(d, s, u)
    if t < 0:
        t = open_trip(s, v, s.ins[I_BOUNDARY])
    link(s, s.ins[I_STOP], t, s.ins[I_AFTER])
    if s.ins[I_STOP2] >= 0:
        link(s, s.ins[I_STOP2], t, s.ins[I_AFTER2])
    if priced == KNOWN:
        s.vx[v, BROKEN] = 0
        s.vx[v, COST] += s.ins[I_DELTA]
        s.sc[CUR] += s.ins[I_DELTA]
    refresh(d, s, v, priced)
