"""Simulation with rests, part 2: one leg, with rests on the road, and what stands at its end.

Promises: of all ways to rest on a leg those are tried that can be best. A rest can be taken later, without ending
later, until it stands at the way's end, where the driver may not go on without it, at the last moment of a break, or
right before another rest that cannot move; so no other places need be tried (pauses that count are the exception:
they grow by a rest beside them). With speed bands it may pay to rest in slow traffic; that is not looked for. Called
by `simulate_rests`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import ON
from solvers.routing.rich.simulate_clock import arrival, work_done
from solvers.routing.rich.simulate_label import append, label, pass_time, paused, rest_here, settle_in

# fmt: off
# isort: off
from solvers.routing.rich.layout import (
    BREAK_B, BREAK_E, C_HERE, C_LAYER, C_NODES, C_POINT, C_ROAD, DURATION, LATEST_START, MAX_DRIVE, NO_LIMIT,
    N_DRIVEN, N_LEFT, N_STILL, N_TAKEN, N_TIME, PART1, PART2, PAUSES, REST, W_DRIVE, RichData, Work,
)
# fmt: on
# isort: on

MOST = 32
"""Labels kept at a place."""


@inner
def travel(d: RichData, w: Work, v: int, work: int) -> None:
    """Take all labels of `Work.layer` along a leg, into `Work.here`."""
    w.count[C_ROAD] = w.count[C_HERE] = 0
    for i in range(w.count[C_LAYER]):
        k = w.layer[i]
        w.node[k, N_LEFT] = work
        if d.vi[v, PAUSES] == 1 and work > 0:
            rest_here(d, w, v, k, ON)
            for h in range(w.count[C_POINT]):
                append(d, w, v, w.road, C_ROAD, w.point[h])
        else:
            append(d, w, v, w.road, C_ROAD, k)
    i = 0
    while i < w.count[C_ROAD]:
        _go_on(d, w, v, w.road[i])
        i += 1


@inner
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
        for h in range(w.count[C_POINT]):
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
    return k  # type: ignore[no-any-return]


@inner
def _break_on_the_road(d: RichData, w: Work, v: int, k: int, j: int) -> None:
    """Take break j at the last moment, or as late as it can be with one or two other rests right before it."""
    breaks = d.vi[v, BREAK_E] - d.vi[v, BREAK_B]
    for one in range(5 + breaks):
        first = _before(d, v, one, j)
        if first < 0:
            continue
        _try_from(d, w, v, k, j, first)
        for other in range(max(5, one + 1), 5 + breaks):
            second = _before(d, v, other, j)
            if one > 0 and second > 0:
                _try_from(d, w, v, k, j, first + second)


@inner
def _before(d: RichData, v: int, number: int, j: int) -> int:
    """Length of the rest of that number that may stand before break j, -1 if there is none."""
    length = -1
    if number == 0:
        length = 0
    elif number <= 4 and d.vi[v, REST] < NO_LIMIT:
        if number == 1:
            length = d.vi[v, REST]
        elif number == 2 and d.vi[v, PART1] > 0:
            length = d.vi[v, PART1]
        elif number == 3 and d.vi[v, PART2] > 0:
            length = d.vi[v, PART2]
        elif number == 4 and d.vi[v, PAUSES] == 1:
            length = d.vi[v, REST] - d.breaks[j, DURATION]
    elif number > 4 and d.vi[v, BREAK_B] + number - 5 != j:
        length = d.breaks[d.vi[v, BREAK_B] + number - 5, DURATION]
    return length


@inner
def _try_from(d: RichData, w: Work, v: int, k: int, j: int, before: int) -> None:
    t = d.breaks[j, LATEST_START] - before
    if t < w.node[k, N_TIME]:
        return
    mark, road = w.count[C_NODES], w.count[C_ROAD]
    m = _drive(d, w, v, k, t)
    if m < 0:
        return
    rest_here(d, w, v, m, ON)
    for h in range(w.count[C_POINT]):
        if w.node[w.point[h], N_TAKEN] >> (j - d.vi[v, BREAK_B]) & 1 == 1:
            append(d, w, v, w.road, C_ROAD, w.point[h])
    if w.count[C_ROAD] == road:
        w.count[C_NODES] = mark
