"""Kernel, part 4: make a plan that reality has broken possible again.

Promises: drops only as many stops as are needed to keep the hard rules, the least valuable that help first, locked ones
last; then puts back what fits, the greatest gain first. Deterministic. Called by the entry points only; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.kernel.insert import find_place, put_in_place
from solvers.routing.kernel.state import add_absent, drop_empty_trips, is_boarded, link, refresh, unlink

# fmt: off
# isort: off
from solvers.routing.layout import (
    CNT, COST, END, HEAD, I64, I_DELTA, LATEST, LOCKED, NABS, NO, NONE, NT, NXT, OFF, ON, PRIZE, PRV, SHIFT, ST,
    TRIP, Data, State,
)
# fmt: on
# isort: on

OVERLOAD_WEIGHT = 1_000_000
"""An overfull vehicle counts more than any lateness."""


@inner
def excess(d: Data, s: State, v: int) -> int:
    """By how much the vehicle breaks the hard rules: seconds, and overload weighted."""
    total = 0
    for q in range(s.vx[v, NT]):
        t = s.vt[v, q]
        if s.tx[t, CNT] > 0:
            total += max(0, s.tx[t, END] - d.vi[v, SHIFT])
        c = s.tx[t, HEAD]
        while c >= 0:
            total += max(0, s.sx[c, ST] - d.si[c, LATEST])
            c = s.sx[c, NXT]
        if not is_boarded(d, s, v, t):
            for k in range(d.cap.shape[1]):
                if s.tfree[t, k] < 0:
                    total += OVERLOAD_WEIGHT - s.tfree[t, k]
    return total


@inner
def _drop_worst(d: Data, s: State, v: int, now: int, locked: int) -> bool:
    """Drop the one stop that helps most (ties: least prize, then cheapest rest); False if none helps."""
    best_c, best_excess, best_prize, best_cost, found = NONE, now, NO, NO, False
    for q in range(s.vx[v, NT]):
        t = s.vt[v, q]
        c = s.tx[t, HEAD]
        while c >= 0:
            following = s.sx[c, NXT]
            if d.si[c, LOCKED] == 0 or locked == 1:
                before = s.sx[c, PRV]
                unlink(s, c)
                refresh(d, s, v)
                left, prize, cost = excess(d, s, v), d.si[c, PRIZE], s.vx[v, COST]
                better = left < best_excess or (
                    left == best_excess and found and (prize < best_prize or (prize == best_prize and cost < best_cost))
                )
                if better:
                    best_c, best_excess, best_prize, best_cost, found = c, left, prize, cost, True
                link(s, c, t, before)
            c = following
    if found:
        unlink(s, best_c)
        add_absent(d, s, best_c)
    drop_empty_trips(d, s, v)
    refresh(d, s, v)
    return found


@inner
def drop_what_cannot_stay(d: Data, s: State, v: int) -> None:
    """Take stops out of the vehicle until it keeps every hard rule."""
    drop_empty_trips(d, s, v)
    refresh(d, s, v)
    now = excess(d, s, v)
    while now > 0:
        if not _drop_worst(d, s, v, now, OFF) and not _drop_worst(d, s, v, now, ON) and not _drop_last(d, s, v):
            break
        now = excess(d, s, v)


@inner
def _drop_last(d: Data, s: State, v: int) -> bool:
    """Nothing helps by itself: drop from the end of the route."""
    for back in range(s.vx[v, NT]):
        t = s.vt[v, s.vx[v, NT] - 1 - back]
        if s.tx[t, CNT] > 0:
            c = s.tx[t, HEAD]
            while s.sx[c, NXT] >= 0:
                c = s.sx[c, NXT]
            unlink(s, c)
            add_absent(d, s, c)
            drop_empty_trips(d, s, v)
            refresh(d, s, v)
            return True
    return False


@inner
def insert_by_gain(d: Data, s: State, places: int) -> None:
    """Put absent stops back: each time the one whose prize most outweighs its best price. Quadratic."""
    while True:
        best_c, best_gain = NONE, 0
        for k in range(s.sc[NABS]):
            c = s.absent[k]
            if find_place(d, s, c, d.si[c, PRIZE], places, OFF, ON):
                gain = d.si[c, PRIZE] - s.ins[I_DELTA]
                if gain > best_gain:
                    best_c, best_gain = c, gain
        if best_c < 0:
            return
        find_place(d, s, best_c, d.si[best_c, PRIZE], places, OFF, ON)
        put_in_place(d, s, best_c)


@inner
def insert_in_order(d: Data, s: State, order: I64, count: int, places: int, blink: int, everywhere: int) -> None:
    """Put the absent stops of `order` back one after another, each where it is cheapest, if that beats its prize."""
    for k in range(count):
        c = order[k]
        if s.sx[c, TRIP] < 0 and find_place(d, s, c, d.si[c, PRIZE], places, blink, everywhere):
            put_in_place(d, s, c)


@inner
def sort_by_key(items: I64, keys: I64, count: int) -> None:
    """Sort items by ascending key, in place; for the short lists of a step."""
    for i in range(1, count):
        item, key = items[i], keys[i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            items[j + 1], keys[j + 1] = items[j], keys[j]
            j -= 1
        items[j + 1], keys[j + 1] = item, key
