"""Rich kernel, part 7: what a step takes out.

Christiaens and Vanden Berghe (2020), "Slack induction by string removals for vehicle routing problems", Transportation
Science 54(2): strings of neighbouring stops out of adjacent routes. With the stops go the other ends of their
shipments and, half of the time, what relations tie to them. Called by `steps`; compiled.
"""

from __future__ import annotations

import numpy as np

from solvers.routing.jit import inner
from solvers.routing.rich.dice import random_below, random_share
from solvers.routing.rich.fold import folded
from solvers.routing.rich.passes import SIMULATED, refresh
from solvers.routing.rich.state import drop_empty_trips, take_out, touch

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    CNT, LOCKED, NBACK, NT, NTOUCH, NXT, PRV, RUINED, R_FROM, R_TO, STAMP, TB, TE, TRIP, UNIT, VEH, State, Task,
)
# fmt: on
# isort: on

MOST_ABSENT = 12
"""So many absent units at most are tried again in a step, besides those it took out."""
SPLIT = 0.5
SPARE_MORE = 0.01
"""Chance that a string spares stops in its middle, and that it spares one more (alpha and beta of the paper)."""
TOGETHER = 0.5
"""Chance that what relations tie to a stop is taken out with it."""


@inner
def mean_trip_size(s: State) -> float:
    """Mean number of stops of the trips that have any."""
    trips, stops = 0, 0
    for v in range(s.vx.shape[0]):
        for q in range(s.vx[v, NT]):
            count = s.tx[s.vt[v, q], CNT]
            stops += count
            trips += 1 if count > 0 else 0
    return stops / trips if trips > 0 else 1.0


@folded
def _take(d: Task, s: State, c: int, taken: int) -> int:
    """Take out what stop c belongs to, unless it is locked or out; returns how many units are out now."""
    if d.si[c, LOCKED] == 1 or s.sx[c, TRIP] < 0:
        return taken
    s.work[taken] = take_out(d, s, c)
    return taken + 1


@folded
def _take_tied(d: Task, s: State, c: int, taken: int) -> int:
    """Take out what relations tie to stop c; it is all in the same vehicle."""
    for k in range(d.si[c, TB], d.si[c, TE]):
        rule = d.ties[k, 0]
        for j in range(d.rules[rule, R_FROM], d.rules[rule, R_TO]):
            taken = _take(d, s, d.members[j], taken)
    return taken


@folded
def _remove_string(d: Task, s: State, c: int, t: int, length: int, taken: int) -> int:
    """Remove `length` stops around c from trip t, at random in one string or sparing a few in its middle."""
    count = s.tx[t, CNT]
    spared = 0
    if 1 < length < count and random_share(s) < SPLIT:
        spared = 1
        while length + spared < count and random_share(s) < SPARE_MORE:
            spared += 1
    window = length + spared
    rank, k = 0, c
    while s.sx[k, PRV] >= 0:
        k = s.sx[k, PRV]
        rank += 1
    least, most = max(0, rank + window - count), min(rank, window - 1)
    back = least + random_below(s, most - least + 1)
    k = c
    for _ in range(back):
        k = s.sx[k, PRV]
    skip_from = 1 + random_below(s, length - 1) if spared > 0 else window
    picked = 0
    for position in range(window):
        if position < skip_from or position >= skip_from + spared:
            s.keys[picked] = k
            picked += 1
        k = s.sx[k, NXT]
        if k < 0:
            break
    for position in range(picked):
        k = s.keys[position]
        before = taken
        taken = _take(d, s, k, taken)
        if taken > before and d.si[k, TE] > d.si[k, TB] and random_share(s) < TOGETHER:
            taken = _take_tied(d, s, k, taken)
    return taken


@folded
def ruin(d: Task, s: State, mean_size: float, removals: int, longest: int) -> int:
    """Remove strings around a random stop; units to put back are in `work`. Returns their number."""
    size = min(float(longest), mean_size)
    most_strings = 4.0 * removals / (1.0 + size) - 1.0
    strings = 1 + int((1.0 - random_share(s)) * most_strings) if most_strings > 0 else 1
    seed = random_below(s, s.sx.shape[0])
    taken, again = 0, 0
    for k in range(-1, d.adj.shape[1]):
        c = seed if k < 0 else np.int64(d.adj[seed, k])
        t = s.sx[c, TRIP]
        if t < 0:
            u = d.si[c, UNIT]
            if again < MOST_ABSENT and 0 <= s.ua[u] < s.sc[NBACK]:
                s.work[taken] = u
                taken += 1
                again += 1
            continue
        if s.tx[t, RUINED] == s.sc[STAMP]:
            continue
        s.tx[t, RUINED] = s.sc[STAMP]
        touch(s, s.tx[t, VEH])
        limit = min(float(s.tx[t, CNT]), size)
        length = 1 + int((1.0 - random_share(s)) * limit)
        taken = _remove_string(d, s, c, t, min(length, s.tx[t, CNT]), taken)
        strings -= 1
        if strings == 0:
            break
    for k in range(s.sc[NTOUCH]):
        drop_empty_trips(d, s, s.touched[k])
        refresh(d, s, s.touched[k], SIMULATED)
    return _add_absent_others(s, taken)


@folded
def _add_absent_others(s: State, taken: int) -> int:
    """Let units that were absent before try again, wherever they are: all if they are few, else some at random."""
    absent = s.sc[NBACK]
    for k in range(min(absent, MOST_ABSENT)):
        s.work[taken] = s.absent_old[k if absent <= MOST_ABSENT else random_below(s, absent)]
        taken += 1
    return taken
