"""Simulation with rests, part 2: one leg, with rests on the road, and what stands at its end.

Promises: of all ways to rest on a leg those are tried that can be best. A rest can be taken later, without ending
later, until it stands at the way's end, where the driver may not go on without it, at the last moment of a break, or
right before another rest that cannot move; so no other places need be tried (pauses that count are the exception:
they grow by a rest beside them). With speed bands it may pay to rest in slow traffic; that is not looked for. Called
by `simulate_rests`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import NONE, OFF, ON
from solvers.routing.rich.fold import folded
from solvers.routing.rich.simulate_clock import arrival, work_done
from solvers.routing.rich.simulate_label import append, label, pass_time, paused, rest, rest_here, settle_in, useful

# fmt: off
# isort: off
from solvers.routing.rich.layout import (
    BREAK_B, BREAK_E, C_HERE, C_LAYER, C_NODES, C_POINT, C_ROAD, DURATION, EARLIEST, LATEST_START, MAX_DRIVE,
    NO_LIMIT, N_DRIVEN, N_LEFT, N_STILL, N_TAKEN, N_TIME, PART1, PART2, PAUSES, REST, W_DRIVE, RichData, Work,
)
# fmt: on
# isort: on

MOST = 32
"""Labels kept at a place."""
OTHERS = 5
"""Number of the first break among the rests of `_length`."""


@inner
def travel(d: RichData, w: Work, v: int, work: int) -> None:
    """Take all labels of `Work.layer` along a leg, into `Work.here`."""
    w.counts[C_ROAD] = w.counts[C_HERE] = 0
    for i in range(w.counts[C_LAYER]):
        k = w.layer[i]
        w.node[k, N_LEFT] = work
        if d.vi[v, PAUSES] == 1 and work > 0:
            rest_here(d, w, v, k, ON)
            for h in range(w.counts[C_POINT]):
                append(d, w, v, w.road, C_ROAD, w.point[h])
        else:
            append(d, w, v, w.road, C_ROAD, k)
    i = 0
    while i < w.counts[C_ROAD]:
        _go_on(d, w, v, w.road[i])
        i += 1


@folded
def _go_on(d: RichData, w: Work, v: int, k: int) -> None:
    """Drive on from label k until the way is done, or a rest is due."""
    if w.node[k, N_LEFT] == 0:
        settle_in(d, w, v, w.here, C_HERE, MOST, k)
        return
    paused(d, w, v, k)
    t = w.node[k, N_TIME]
    arrive = arrival(d, v, t, w.node[k, N_LEFT])
    tired = t + d.vi[v, MAX_DRIVE] - w.node[k, N_DRIVEN]
    for j in range(d.vi[v, BREAK_B], d.vi[v, BREAK_E]):
        taken = w.node[k, N_TAKEN] >> (j - d.vi[v, BREAK_B]) & 1
        if taken == 0 and t <= d.breaks[j, LATEST_START] < min(arrive, tired):
            _break_on_the_road(d, w, v, k, j)
    if arrive <= tired:
        settle_in(d, w, v, w.here, C_HERE, MOST, _drive(d, w, v, k, arrive))
        return
    m = _drive(d, w, v, k, tired)
    if m >= 0:
        rest_here(d, w, v, m, ON)
        for h in range(w.counts[C_POINT]):
            if w.node[w.point[h], N_DRIVEN] < d.vi[v, MAX_DRIVE]:
                append(d, w, v, w.road, C_ROAD, w.point[h])


@inner
def _drive(d: RichData, w: Work, v: int, parent: int, t: int) -> int:
    """The label after driving until t; -1 if there is no room."""
    since = w.node[parent, N_TIME]
    if t == since:
        return parent
    k = label(w, parent, W_DRIVE)
    if k >= 0:
        w.node[k, N_LEFT] = max(0, w.node[parent, N_LEFT] - work_done(d, v, since, t))
        w.node[k, N_DRIVEN] += t - since
        w.node[k, N_STILL] = t
        pass_time(d, w, v, k, t, ON)
    return k


@folded
def _break_on_the_road(d: RichData, w: Work, v: int, k: int, j: int) -> None:
    """Take break j at its last moment, right before it no other rest, one or two of them."""
    rests = OTHERS + d.vi[v, BREAK_E] - d.vi[v, BREAK_B]
    for one in range(rests):
        _take_in_line(d, w, v, k, j, one, OFF)
        for other in range(1, rests):
            if one != other and max(one, other) >= OTHERS and one > 0:
                _take_in_line(d, w, v, k, j, one, other)


@inner
def _take_in_line(d: RichData, w: Work, v: int, k: int, j: int, one: int, other: int) -> None:
    """Rests of these numbers (see `_length`), one right after the other, and break j behind them at its last moment."""
    first, second = _length(d, v, one, j), _length(d, v, other, j)
    t = d.breaks[j, LATEST_START] - first - second
    if first < 0 or second < 0 or t < w.node[k, N_TIME]:
        return
    mark, road = w.counts[C_NODES], w.counts[C_ROAD]
    m = _drive(d, w, v, k, t)
    if one > 0:
        m = _rest_before(d, w, v, m, one, first, j)
    if other > 0:
        m = _rest_before(d, w, v, m, other, second, j)
    if m >= 0:
        append(d, w, v, w.road, C_ROAD, rest(d, w, v, m, d.breaks[j, DURATION], j, ON))
        for number in range(3):
            length = useful(d, w, v, m, number)
            if length > d.breaks[j, DURATION]:
                append(d, w, v, w.road, C_ROAD, rest(d, w, v, m, length, j, ON))
    if w.counts[C_ROAD] == road:
        w.counts[C_NODES] = mark


@folded
def _length(d: RichData, v: int, number: int, j: int) -> int:
    """Length of a rest before break j by number: none, full, first part, second part, what makes j a pause that
    counts, the other breaks; -1: there is no such rest.
    """
    length = -1
    if number == 0:
        length = 0
    elif number >= OTHERS:
        if d.vi[v, BREAK_B] + number - OTHERS != j:
            length = d.breaks[d.vi[v, BREAK_B] + number - OTHERS, DURATION]
    elif d.vi[v, REST] < NO_LIMIT:
        if number == 1:
            length = d.vi[v, REST]
        elif number == 4 and d.vi[v, PAUSES] == 1:
            length = d.vi[v, REST] - d.breaks[j, DURATION]
        elif number < 4 and d.vi[v, PART1] > 0:
            length = d.vi[v, PART1] if number == 2 else d.vi[v, PART2]
    return length if length > 0 or number == 0 else -1


@inner
def _rest_before(d: RichData, w: Work, v: int, parent: int, number: int, length: int, j: int) -> int:
    """A rest of that number; if another break may be taken with it, it is. -1: the break that it is may not begin."""
    if parent < 0:
        return -1
    t = w.node[parent, N_TIME]
    one = int(NONE)
    for b in range(d.vi[v, BREAK_B], d.vi[v, BREAK_E]):
        free = w.node[parent, N_TAKEN] >> (b - d.vi[v, BREAK_B]) & 1 == 0 and b != j
        fits = d.breaks[b, EARLIEST] <= t <= d.breaks[b, LATEST_START] and d.breaks[b, DURATION] <= length
        meant = number - OTHERS == b - d.vi[v, BREAK_B] if number >= OTHERS else one < 0
        if free and fits and meant:
            one = b
    if number >= OTHERS and one < 0:
        return -1
    return rest(d, w, v, parent, length, one, ON)
