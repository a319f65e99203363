"""Rich kernel, part 8: make a plan that reality has broken possible again.

Promises: takes out only what must go for the hard rules, what helps most first, the least valuable where that is equal,
locked stops last; then puts back what fits. What cannot be helped (a lock that is late, a way home without its break)
stays, and is not made worse by anything else. Deterministic. Called by the entry points only; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import I64, NO, NONE, OFF, ON
from solvers.routing.rich.fold import folded
from solvers.routing.rich.insert import find_place, force_delivery, put_in_place
from solvers.routing.rich.passes import KNOWN, SIMULATED, refresh
from solvers.routing.rich.state import add_absent, drop_empty_trips, is_half, remove_absent, take_out, unlink

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    A, B, BASE, BROKEN, HEAD, I_DELTA, LOCKED, NABS, NSTOPS, NT, NXT, PAIR, PRIZE, PRV, SORT, TAIL, TRIP, UNIT, VEH,
    State, Task,
)
# fmt: on
# isort: on

LONG = 40
"""Of a broken route with more stops than this, stretches are dropped from the end as long as that helps."""
STRETCH = 8
"""Such a stretch is one part in so many of the route."""


@folded
def make_possible(d: Task, s: State) -> None:
    """Drop from every vehicle what cannot stay."""
    _complete_locked_pickups(d, s)
    for v in range(s.vx.shape[0]):
        drop_what_cannot_stay(d, s, v)


@folded
def _complete_locked_pickups(d: Task, s: State) -> None:
    """Put the deliveries of locked pickups where they break least; where they can be nowhere, the pickup goes too."""
    for u in range(d.ui.shape[0]):
        if s.ua[u] < 0 or not is_half(d, s, u):
            continue
        pickup = d.ui[u, A]
        t = s.sx[pickup, TRIP]
        v = s.tx[t, VEH]
        if find_place(d, s, u, ON, OFF, OFF):
            put_in_place(d, s, u, KNOWN)
        elif force_delivery(d, s, u):
            put_in_place(d, s, u, SIMULATED)
        else:
            drop_half(d, s, u)
            drop_empty_trips(d, s, v)
            refresh(d, s, v, SIMULATED)


@folded
def drop_half(d: Task, s: State, u: int) -> None:
    """Take the locked pickup of a shipment out as well: the unit is left out in full."""
    remove_absent(d, s, u)
    pickup = d.ui[u, A]
    unlink(s, pickup)
    add_absent(d, s, u)


@folded
def drop_what_cannot_stay(d: Task, s: State, v: int) -> None:
    """Take units out of the vehicle until it keeps every hard rule, or nothing helps any more."""
    while s.vx[v, BROKEN] > 0:
        if s.vx[v, NSTOPS] > LONG and _drop_stretch(d, s, v):
            continue
        if not _drop_worst(d, s, v, OFF) and not _drop_worst(d, s, v, ON) and not _drop_last(d, s, v):
            s.vx[v, BASE] += s.vx[v, BROKEN]
            s.vx[v, BROKEN] = 0


@folded
def _is_locked(d: Task, u: int, c: int) -> bool:
    if d.ui[u, SORT] == PAIR:
        return d.si[d.ui[u, A], LOCKED] == 1 or d.si[d.ui[u, B], LOCKED] == 1
    return d.si[c, LOCKED] == 1


@folded
def _write_without(d: Task, s: State, v: int, u: int) -> int:
    """Write the route without the stops of unit u into `State.seq`; trips without stops are left to `simulate`."""
    n = 0
    for q in range(s.vx[v, NT]):
        if q > 0:
            s.seq[n] = -1
            n += 1
        c = s.tx[s.vt[v, q], HEAD]
        while c >= 0:
            if d.si[c, UNIT] != u:
                s.seq[n] = c
                n += 1
            c = s.sx[c, NXT]
    return n


@folded
def _drop_worst(d: Task, s: State, v: int, locked: int) -> bool:
    """Drop the one unit that helps most (ties: least prize, then cheapest rest); False if none helps."""
    best_c, best_broken, best_prize, best_cost = NONE, s.vx[v, BROKEN], NO, NO
    for q in range(s.vx[v, NT]):
        c = s.tx[s.vt[v, q], HEAD]
        while c >= 0:
            u = d.si[c, UNIT]
            # A shipment is looked at once, at its pickup.
            if _is_locked(d, u, c) == (locked == 1) and not (d.ui[u, SORT] == PAIR and c == d.ui[u, B]):
                count = _write_without(d, s, v, u)
                cost, broken = d.simulate(d.route, s.scratch, v, s.seq, count)
                broken = max(0, broken - s.vx[v, BASE])
                prize = d.ui[u, PRIZE]
                tie = broken == best_broken and best_c >= 0
                if broken < best_broken or (tie and (prize < best_prize or (prize == best_prize and cost < best_cost))):
                    best_c, best_broken, best_prize, best_cost = c, broken, prize, cost
            c = s.sx[c, NXT]
    if best_c >= 0:
        _drop(d, s, v, best_c)
    return bool(best_c >= 0)


@inner
def _drop(d: Task, s: State, v: int, c: int) -> None:
    u = take_out(d, s, c)
    if is_half(d, s, u):
        drop_half(d, s, u)
    drop_empty_trips(d, s, v)
    refresh(d, s, v, SIMULATED)


@folded
def _last_unlocked(d: Task, s: State, v: int) -> int:
    """Last stop of the route whose unit is not locked, -1: there is none."""
    for back in range(s.vx[v, NT]):
        c = s.tx[s.vt[v, s.vx[v, NT] - 1 - back], TAIL]
        while c >= 0:
            if not _is_locked(d, d.si[c, UNIT], c):
                return c
            c = s.sx[c, PRV]
    return NONE  # type: ignore[return-value]


@folded
def _drop_last(d: Task, s: State, v: int) -> bool:
    """Nothing helps by itself: drop from the end of the route."""
    c = _last_unlocked(d, s, v)
    if c >= 0:
        _drop(d, s, v, c)
    return bool(c >= 0)


@folded
def _drop_stretch(d: Task, s: State, v: int) -> bool:
    """Drop a stretch from the end of the route; False if that did not help."""
    before = s.vx[v, BROKEN]
    for _ in range(s.vx[v, NSTOPS] // STRETCH):
        if not _drop_last(d, s, v):
            break
    return s.vx[v, BROKEN] < before


@folded
def insert_by_gain(d: Task, s: State, places: int) -> None:
    """Put units back: each time the one whose prize most outweighs its best price. Quadratic."""
    while True:
        best_u, best_gain = NONE, 0
        for k in range(s.sc[NABS]):
            u = s.absent[k]
            if find_place(d, s, u, places, OFF, ON) and d.ui[u, PRIZE] - s.ins[I_DELTA] > best_gain:
                best_u, best_gain = u, d.ui[u, PRIZE] - s.ins[I_DELTA]
        if best_u < 0:
            return
        find_place(d, s, best_u, places, OFF, ON)
        put_in_place(d, s, best_u, KNOWN)


@folded
def insert_in_order(d: Task, s: State, order: I64, first: int, end: int, places: int, blink: int, wide: int) -> None:
    """Put the units first .. end-1 of `order` back, each where it is cheapest, if that beats its prize.

    wide: whether one that fits near nothing is tried everywhere.
    """
    for k in range(first, end):
        u = order[k]
        if s.ua[u] >= 0 and find_place(d, s, u, places, blink, wide):
            put_in_place(d, s, u, KNOWN)


@folded
def sort_by_key(items: I64, keys: I64, count: int) -> None:
    """Sort items by ascending key, in place; for the short lists of a step."""
    for i in range(1, count):
        item, key = items[i], keys[i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            items[j + 1], keys[j + 1] = items[j], keys[j]
            j -= 1
        items[j + 1], keys[j + 1] = item, key
