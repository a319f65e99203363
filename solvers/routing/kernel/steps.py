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
from solvers.routing.kernel.backup import begin_step, keep, touch, undo
from solvers.routing.kernel.insert import find_place, put_in_place, random_below, random_bits, random_share
from solvers.routing.kernel.repair import insert_in_order, sort_by_key
from solvers.routing.kernel.settle import may_settle_out, sequence_changes, settle_out
from solvers.routing.kernel.state import add_absent, drop_empty_trips, refresh, stop_change, unlink

# fmt: off
# isort: off
from solvers.routing.layout import (
    APOS, BAD, CALM, CNT, CUR, DEPOT, FLEG, H_TRIP, LEG, LOCKED, NABS, NBACK, NMINE, NSTOPS, NT,
    NTOUCH, NXT, OFF, ON, PRIZE, PRV, RUINED, STALE, STAMP, VEH, WE, WS, Data, State,
)
# fmt: on
# isort: on

MOST_ABSENT = 12
"""So many absent stops at most are tried again in a step, besides those it took out."""
FAR_ABSENT = 2
"""If more are absent, those nearest to the ruin are, and so many from anywhere."""
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
def _window(s: State, c: int, t: int, window: int) -> int:
    """First stop of a window of that many stops of trip t, at random around c."""
    rank, k = 0, c
    while s.sx[k, PRV] >= 0:
        k = s.sx[k, PRV]
        rank += 1
    least, most = max(0, rank + window - s.tx[t, CNT]), min(rank, window - 1)
    k = c
    for _ in range(least + random_below(s, most - least + 1)):
        k = s.sx[k, PRV]
    return k


@inlined
def _spared(s: State, count: int, length: int) -> int:
    """How many stops in the middle of a string stay: most often none."""
    if length == 1 or length == count or random_share(s) >= SPLIT:
        return 0
    spared = 1
    while length + spared < count and random_share(s) < SPARE_MORE:
        spared += 1
    return spared


@inlined
def _remove_string(d: Data, s: State, c: int, t: int, length: int, taken: int) -> int:
    """Remove `length` stops around c from trip t, at random in one string or sparing a few in its middle."""
    spared = _spared(s, s.tx[t, CNT], length)
    window = length + spared
    skip_from = 1 + random_below(s, length - 1) if spared > 0 else window
    k = _window(s, c, t, window)
    before = s.sx[k, PRV]
    metres, out = s.sx[before, LEG] if before >= 0 else s.tx[t, FLEG], taken
    for position in range(window):
        metres += s.sx[k, LEG]
        if (position < skip_from or position >= skip_from + spared) and d.si[k, LOCKED] == 0:
            s.work[out] = k
            out += 1
        k = s.sx[k, NXT]
    change = sequence_changes(d, s, t, before, k) if d.k[CALM] == 1 else OFF
    for j in range(taken, out):
        change += stop_change(d, s.work[j], s.tx[t, VEH])
        unlink(s, s.work[j])
        add_absent(d, s, s.work[j])
    _settle(d, s, t, before, k, metres, change, taken, out)
    return out


@inlined
def _settle(d: Data, s: State, t: int, before: int, after: int, metres: int, change: int, taken: int, out: int) -> None:
    """Bring the trip up to date at once where that is quick, or mark the vehicle for a refresh."""
    v = s.tx[t, VEH]
    if not may_settle_out(d, s, v, t):
        s.vx[v, STALE] = s.sc[STAMP]
        return
    for j in range(taken, out):
        for q in range(s.tfree.shape[1]):
            s.tfree[t, q] += d.dem[s.work[j], q]
    s.vx[v, NSTOPS] -= out - taken
    settle_out(d, s, v, t, before, after, metres, change)


@inlined
def ruin(d: Data, s: State, mean_size: float, removals: int, longest: int) -> int:
    """Remove strings around a random stop; stops to put back are in `work`. Returns their number."""
    size = min(float(longest), mean_size)
    most_strings = 4.0 * removals / (1.0 + size) - 1.0
    strings = 1 + int((1.0 - random_share(s)) * most_strings) if most_strings > 0 else 1
    seed = s.mine[random_below(s, s.sc[NMINE])]
    taken = OFF
    for k in range(-1, d.adj.shape[1]):
        c = seed if k < 0 else np.int64(d.adj[seed, k])
        t = np.int64(s.hot[c, H_TRIP])
        if t < 0 or s.tx[t, RUINED] == s.sc[STAMP]:
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
        if s.vx[s.touched[k], STALE] == s.sc[STAMP]:
            drop_empty_trips(d, s, s.touched[k])
            refresh(d, s, s.touched[k])
    return _add_absent(d, s, seed, taken)


@inlined
def _add_absent(d: Data, s: State, seed: int, taken: int) -> int:
    """Let stops that were absent before try again: all if they are few, else those near, and some from anywhere."""
    absent = s.sc[NBACK]
    if absent <= MOST_ABSENT:
        for k in range(absent):
            s.work[taken + k] = s.absent_old[k]
        return taken + absent
    end, most = taken, taken + MOST_ABSENT
    for k in range(-1, d.adj.shape[1]):
        c = seed if k < 0 else np.int64(d.adj[seed, k])
        if 0 <= s.sx[c, APOS] < absent:
            s.work[end] = c
            end += 1
            if end == most:
                break
    for _ in range(FAR_ABSENT):
        c = s.absent_old[random_below(s, absent)]
        known = False
        for k in range(taken, end):
            known = known or s.work[k] == c
        if not known:
            s.work[end] = c
            end += 1
    return end


@inlined
def order_for_insertion(d: Data, s: State, count: int) -> None:
    """Sort `work`: at random, by load, far or near first, by width, start or end of the window (weights 4 4 2 1 2 2
    2), and if some were absent before, by prize (4)."""
    roll = (17.0 if s.sc[NBACK] == 0 else 21.0) * (1.0 - random_share(s))
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
        elif roll < 17:
            key = -d.si[c, WE]
        else:
            key = -d.si[c, PRIZE]
        s.keys[k] = key
    sort_by_key(s.work, s.keys, count)


@inner
def _insert_below(d: Data, s: State, count: int, places: int, limit: int, everywhere: int) -> bool:
    """Put all stops of `work` back one after another; False as soon as the cost cannot stay below `limit`, since what
    is still to be put back costs something or nothing.
    """
    still = OFF
    for k in range(count):
        still += d.si[s.work[k], PRIZE]
    for k in range(count):
        c = s.work[k]
        bound = min(d.si[c, PRIZE], limit - (s.sc[CUR] - still))
        still -= d.si[c, PRIZE]
        if bound <= 0:
            return False
        # What is too dear near is not sought far away, unless the alternative is to leave the stop out.
        spent = bound < d.si[c, PRIZE]
        if find_place(d, s, c, bound, places, ON, OFF if spent else everywhere):
            put_in_place(d, s, c)
        elif spent:
            return False
    return True


@inner
def step(d: Data, s: State, mean_size: float, removals: int, longest: int, places: int, heat: float) -> bool:
    """One ruin and recreate; kept if it is not worse by more than `heat` allows. True if it is a new best."""
    cost, absent = s.sc[CUR], s.sc[NABS]
    limit = cost + int(-heat * math.log(random_share(s)))
    begin_step(s)
    count = ruin(d, s, mean_size, removals, longest)
    if s.sc[BAD] == 0:
        order_for_insertion(d, s, count)
        everywhere = ON if absent <= FEW_ABSENT else OFF
        if d.k[CALM] == 1:
            insert_in_order(d, s, s.work, count, places, ON, everywhere)
        elif not _insert_below(d, s, count, places, limit, everywhere):
            s.sc[BAD] = 1
    if s.sc[BAD] == 1 or s.sc[CUR] >= limit:
        undo(d, s, absent, cost)
        return False
    return keep(s)
