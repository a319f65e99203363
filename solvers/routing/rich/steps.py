"""Rich kernel, part 9: one step of ruin and recreate under simulated annealing.

Promises: every accepted solution keeps all hard rules, locks and relations. Called by `entries`; compiled.
"""

from __future__ import annotations

import math

from solvers.routing.jit import inner
from solvers.routing.layout import NO, OFF, ON
from solvers.routing.rich.dice import random_bits, random_share
from solvers.routing.rich.fold import folded
from solvers.routing.rich.repair import insert_in_order, sort_by_key
from solvers.routing.rich.ruin import ruin
from solvers.routing.rich.state import begin_step, is_half, keeps_the_rules, save_best, undo

# fmt: off
# isort: off
from solvers.routing.rich.shape import (
    A, B, BEST, CUR, DEPOT, LOC, NABS, OPTIONS, PAIR, SORT, WE, WS, State, Task,
)
# fmt: on
# isort: on

FEW_ABSENT = 2
"""With more absent units than this, what fits near nothing is not tried everywhere in each step."""


@folded
def first_stop(d: Task, u: int) -> int:
    """The stop of the unit, its pickup, or the first of its options."""
    return d.options[d.ui[u, A]] if d.ui[u, SORT] == OPTIONS else d.ui[u, A]


@folded
def last_stop(d: Task, u: int) -> int:
    """The stop of the unit, its delivery, or the first of its options."""
    return d.ui[u, B] if d.ui[u, SORT] == PAIR else first_stop(d, u)


@folded
def order_for_insertion(d: Task, s: State, count: int) -> None:
    """Sort `work`: at random, by load, far or near first, by width, start or end of the window (weights 4 4 2 1 2 2
    2). Deliveries of locked pickups come before all others."""
    roll = 17.0 * (1.0 - random_share(s))
    for k in range(count):
        u = s.work[k]
        c, last = first_stop(d, u), last_stop(d, u)
        if roll < 4:
            key = random_bits(s) >> 1
        elif roll < 8:
            key = -d.dem[c, 0] if d.dem.shape[1] > 0 else c
        elif roll < 10:
            key = -_away(d, c, last)
        elif roll < 11:
            key = _away(d, c, last)
        elif roll < 13:
            key = d.si[last, WE] - d.si[c, WS]
        elif roll < 15:
            key = d.si[c, WS]
        else:
            key = -d.si[last, WE]
        s.keys[k] = -NO if is_half(d, s, u) else key
    sort_by_key(s.work, s.keys, count)


@folded
def _away(d: Task, c: int, last: int) -> int:
    """Metres of the first profile to the first depot, of both ends of a shipment."""
    depot = d.vi[0, DEPOT]
    return d.route.go[0, d.si[c, LOC], depot, 0] + d.route.go[0, depot, d.si[last, LOC], 0]


@inner
def step(d: Task, s: State, mean_size: float, removals: int, longest: int, places: int, heat: float) -> bool:
    """One ruin and recreate; kept if it is not worse by more than `heat` allows. True if it is a new best."""
    cost, absent = s.sc[CUR], s.sc[NABS]
    begin_step(s)
    count = ruin(d, s, mean_size, removals, longest)
    order_for_insertion(d, s, count)
    insert_in_order(d, s, s.work, OFF, count, places, ON, ON if absent <= FEW_ABSENT else OFF)
    luck = random_share(s)
    if float(s.sc[CUR] - cost) >= -heat * math.log(luck) or not keeps_the_rules(s):
        undo(d, s, cost)
        return False
    if s.sc[CUR] < s.sc[BEST]:
        save_best(s)
        return True
    return False
