"""Kernel, part 5: slack induction by string removals under simulated annealing.

Christiaens and Vanden Berghe (2020), "Slack induction by string removals for vehicle routing problems", Transportation
Science 54(2): take out strings of neighbouring stops from adjacent routes, put them back greedily with blinks, accept
by simulated annealing. Promises: every accepted solution keeps all hard rules and locks. Called by `kernel`;
compiled.
"""

from __future__ import annotations

import math

import numpy as np

from solvers.routing.jit import inlined, inner
from solvers.routing.kernel.insert import random_below, random_bits, random_share
from solvers.routing.kernel.repair import insert_in_order, sort_by_key
from solvers.routing.kernel.state import (
    add_absent,
    begin_step,
    drop_empty_trips,
    refresh,
    save_best,
    touch,
    undo,
    unlink,
)

# fmt: off
# isort: off
from solvers.routing.layout import (
    APOS, BAD, BEST, CNT, CUR, DEPOT, LOCKED, NABS, NBACK, NT, NTOUCH, NXT, OFF, ON, PRV, RUINED, STAMP, TRIP, VEH,
    WE, WS, Data, State,
)
# fmt: on
# isort: on

MOST_ABSENT = 12
"""So many absent stops at most are tried again in a step, besides those it took out."""
FEW_ABSENT = 2
"""With more absent stops than this, what fits near nothing is not tried everywhere in each step."""
SPLIT = 0.5
SPARE_MORE = 0.01
"""Chance that a string spares stops in its middle, and that it spares one more (alpha and beta of the paper)."""


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


@inlined
def _take_out(d: Data, s: State, c: int, taken: int) -> int:
    """Take stop c out unless it is locked; returns how many are out now."""
    if d.si[c, LOCKED] == 1:
        return taken
    unlink(s, c)
    add_absent(d, s, c)
    s.work[taken] = c
    return taken + 1


@inlined
def _remove_string(d: Data, s: State, c: int, t: int, length: int, taken: int) -> int:
    """Remove `length` stops around c from trip t, at random in one string or sparing a few in its middle."""
    count = s.tx[t, CNT]
    spared = 0
    if length > 1 and length < count and random_share(s) < SPLIT:
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
    for position in range(window):
        following = s.sx[k, NXT]
        if position < skip_from or position >= skip_from + spared:
            taken = _take_out(d, s, k, taken)
        k = following
        if k < 0:
            break
    return taken


@inlined
def ruin(d: Data, s: State, mean_size: float, removals: int, longest: int) -> int:
    """Remove strings around a random stop; stops to put back are in `work`. Returns their number."""
    size = min(float(longest), mean_size)
    most_strings = 4.0 * removals / (1.0 + size) - 1.0
    strings = 1 + int((1.0 - random_share(s)) * most_strings) if most_strings > 0 else 1
    seed = random_below(s, s.sx.shape[0])
    taken, again = OFF, 0
    for k in range(-1, d.adj.shape[1]):
        c = seed if k < 0 else np.int64(d.adj[seed, k])
        t = s.sx[c, TRIP]
        if t < 0:
            if again < MOST_ABSENT and s.sx[c, APOS] < s.sc[NBACK]:
                s.work[taken] = c
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
        refresh(d, s, s.touched[k])
    return _add_absent_others(s, taken)


@inlined
def _add_absent_others(s: State, taken: int) -> int:
    """Let stops that were absent before try again, wherever they are: all if they are few, else some at random."""
    absent = s.sc[NBACK]
    for k in range(min(absent, MOST_ABSENT)):
        s.work[taken] = s.absent_old[k if absent <= MOST_ABSENT else random_below(s, absent)]
        taken += 1
    return taken


@inlined
def order_for_insertion(d: Data, s: State, count: int) -> None:
    """Sort `work`: at random, by load, far or near first, by width, start or end of the window (weights 4 4 2 1 2 2
    2)."""
    roll = 17.0 * (1.0 - random_share(s))
    for k in range(count):
        c = s.work[k]
        if roll < 4:
            key = random_bits(s)
        elif roll < 8:
            key = -d.dem[c, 0] if d.dem.shape[1] > 0 else c
        elif roll < 10:
            key = -d.go[0, d.vi[0, DEPOT], c, 0]
        elif roll < 11:
            key = d.go[0, d.vi[0, DEPOT], c, 0]
        elif roll < 13:
            key = d.si[c, WE] - d.si[c, WS]
        elif roll < 15:
            key = d.si[c, WS]
        else:
            key = -d.si[c, WE]
        s.keys[k] = key
    sort_by_key(s.work, s.keys, count)


@inner
def step(d: Data, s: State, mean_size: float, removals: int, longest: int, places: int, heat: float) -> bool:
    """One ruin and recreate; kept if it is not worse by more than `heat` allows. True if it is a new best."""
    cost, absent = s.sc[CUR], s.sc[NABS]
    begin_step(s)
    count = ruin(d, s, mean_size, removals, longest)
    if s.sc[BAD] == 0:
        order_for_insertion(d, s, count)
        everywhere = ON if absent <= FEW_ABSENT else OFF
        insert_in_order(d, s, s.work, count, places, ON, everywhere)
    luck = random_share(s)
    if s.sc[BAD] == 1 or float(s.sc[CUR] - cost) >= -heat * math.log(luck):
        undo(d, s, absent, cost)
        return False
    if s.sc[CUR] < s.sc[BEST]:
        save_best(s)
        return True
    return False
