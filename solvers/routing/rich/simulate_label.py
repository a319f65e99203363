"""Simulation with rests, part 1: labels, what a rest does to them, and which of two is never worse.

A label is one way to have come as far as a place of the route: the time, seconds driven since the last rest, whether
the first part of a split rest is behind, breaks that are settled (taken, missed or not due), when the wheels stood
still first, rules broken, lateness. Promises: a label that is dropped has another one, at the same place, that is no
worse in any of these. Called by `simulate_leg` and `simulate_rests`; compiled.
"""

from __future__ import annotations

from solvers.routing.jit import inner
from solvers.routing.layout import NONE, ON
from solvers.routing.rich.fold import folded

# fmt: off
# isort: off
from solvers.routing.rich.layout import (
    BAND_B, BAND_E, BREAK_B, BREAK_E, C_NODES, C_POINT, DURATION, EARLIEST, LATEST_START, NODE_COLUMNS, NO_LIMIT,
    N_BREAK, N_BROKEN, N_DRIVEN, N_HALF, N_LATE, N_LEFT, N_LENGTH, N_PARENT, N_STILL, N_TAKEN, N_TIME, N_WHAT, PART1,
    PART2, PAUSES, REST, W_IDLE, W_REST, I64, RichData, Work,
)
# fmt: on
# isort: on


@folded
def label(w: Work, parent: int, what: int) -> int:
    """A copy of the parent, to be changed; -1 if there is no room left."""
    k = w.counts[C_NODES]
    if k == w.node.shape[0]:
        return -1
    w.counts[C_NODES] = k + 1
    for column in range(NODE_COLUMNS):
        w.node[k, column] = w.node[parent, column]
    w.node[k, N_PARENT], w.node[k, N_WHAT] = parent, what
    w.node[k, N_LENGTH], w.node[k, N_BREAK] = 0, -1
    return k


@inner
def pass_time(d: RichData, w: Work, v: int, k: int, t: int, begun: int) -> None:
    """It is t now: breaks that should have begun before are missed, or, before the route has begun, are not due."""
    w.node[k, N_TIME] = t
    for j in range(d.vi[v, BREAK_B], d.vi[v, BREAK_E]):
        bit = 1 << (j - d.vi[v, BREAK_B])
        if d.breaks[j, LATEST_START] < t and w.node[k, N_TAKEN] & bit == 0:
            w.node[k, N_TAKEN] |= bit
            if begun == 1:
                w.node[k, N_BROKEN] += d.breaks[j, DURATION]


@folded
def rested(d: RichData, w: Work, v: int, k: int, length: int) -> None:
    """A rest of this length ends: what it is worth by the driving rule."""
    if length >= d.vi[v, REST] or (d.vi[v, PART1] > 0 and w.node[k, N_HALF] == 1 and length >= d.vi[v, PART2]):
        w.node[k, N_DRIVEN] = w.node[k, N_HALF] = 0
    elif d.vi[v, PART1] > 0 and length >= d.vi[v, PART1]:
        w.node[k, N_HALF] = 1
    paused(d, w, v, k)


@folded
def paused(d: RichData, w: Work, v: int, k: int) -> None:
    """Where pauses count, time without driving that is long enough is a rest."""
    if d.vi[v, PAUSES] == 1 and w.node[k, N_TIME] - w.node[k, N_STILL] >= d.vi[v, REST]:
        w.node[k, N_DRIVEN] = w.node[k, N_HALF] = 0


@inner
def rest(d: RichData, w: Work, v: int, parent: int, length: int, one: int, begun: int) -> int:
    """The label after a rest from now on, as break `one` or (-1) none; -1 if there is no room."""
    k = label(w, parent, W_REST)
    if k >= 0:
        w.node[k, N_LENGTH], w.node[k, N_BREAK] = length, one
        if one >= 0:
            w.node[k, N_TAKEN] |= 1 << (one - d.vi[v, BREAK_B])
        pass_time(d, w, v, k, w.node[parent, N_TIME] + length, begun)
        rested(d, w, v, k, length)
    return k


@folded
def idle(d: RichData, w: Work, v: int, parent: int, one: int) -> int:
    """The label after waiting until break `one` may begin; it is a rest like any other."""
    k = label(w, parent, W_IDLE)
    if k >= 0:
        length = d.breaks[one, EARLIEST] - w.node[parent, N_TIME]
        w.node[k, N_LENGTH], w.node[k, N_BREAK] = length, one
        pass_time(d, w, v, k, d.breaks[one, EARLIEST], ON)
        rested(d, w, v, k, length)
    return k


@folded
def no_worse(d: RichData, w: Work, v: int, a: int, b: int) -> bool:
    """Whether label a is as good as b in everything, at the same place or, on a leg, further on.

    What b does on the way to a's place a can do there: at once if it is there as early as b is where it is; or if it
    would be there before b and no break is left that might begin too late.
    """
    ahead = w.node[b, N_LEFT] - w.node[a, N_LEFT]
    if ahead != 0 and (ahead < 0 or d.vi[v, PAUSES] == 1 or d.vi[v, BAND_E] > d.vi[v, BAND_B]):
        return False
    early = w.node[a, N_TIME] <= w.node[b, N_TIME]
    if not early and ahead > 0:
        every = (1 << (d.vi[v, BREAK_E] - d.vi[v, BREAK_B])) - 1
        early = w.node[a, N_TAKEN] == every and w.node[a, N_TIME] <= w.node[b, N_TIME] + ahead
    return (
        early
        and w.node[a, N_BROKEN] <= w.node[b, N_BROKEN]
        and w.node[a, N_DRIVEN] <= w.node[b, N_DRIVEN] + ahead
        and w.node[a, N_HALF] >= w.node[b, N_HALF]
        and w.node[a, N_TAKEN] & w.node[b, N_TAKEN] == w.node[b, N_TAKEN]
        and w.node[a, N_LATE] <= w.node[b, N_LATE]
        and (d.vi[v, PAUSES] == 0 or w.node[a, N_STILL] <= w.node[b, N_STILL])
    )


@inner
def append(d: RichData, w: Work, v: int, labels: I64, counter: int, k: int) -> bool:
    """Put k at the end of the list unless one in it is no worse, or it is full. The newest label is then forgotten."""
    if k < 0:
        return False
    size = w.counts[counter]
    keep = size < labels.shape[0]
    for i in range(size):
        keep = keep and not no_worse(d, w, v, labels[i], k)
    if keep:
        labels[size] = k
        w.counts[counter] = size + 1
    elif k == w.counts[C_NODES] - 1:
        w.counts[C_NODES] = k
    return keep


@inner
def settle_in(d: RichData, w: Work, v: int, labels: I64, counter: int, most: int, k: int) -> None:
    """Put k into a list of at most so many labels none of which is no worse than another; the worst has to go."""
    if k < 0:
        return
    kept, worst = 0, -1
    for i in range(w.counts[counter]):
        other = labels[i]
        if no_worse(d, w, v, other, k):
            if k == w.counts[C_NODES] - 1:
                w.counts[C_NODES] = k
            return
        if not no_worse(d, w, v, k, other):
            if worst < 0 or _behind(w, other, labels[worst]):
                worst = kept
            labels[kept] = other
            kept += 1
    if kept < most:
        labels[kept] = k
        kept += 1
    elif _behind(w, labels[worst], k):
        labels[worst] = k
    w.counts[counter] = kept


@folded
def _behind(w: Work, a: int, b: int) -> bool:
    if w.node[a, N_BROKEN] != w.node[b, N_BROKEN]:
        return w.node[a, N_BROKEN] > w.node[b, N_BROKEN]
    return w.node[a, N_TIME] > w.node[b, N_TIME]


@inner
def rest_here(d: RichData, w: Work, v: int, k: int, begun: int) -> None:
    """All that can come of label k by resting where it is, k itself first, into `Work.point`."""
    w.counts[C_POINT] = 1
    w.point[0] = k
    i = 0
    while i < w.counts[C_POINT]:
        _rest_from_driving(d, w, v, w.point[i], begun)
        if begun == 1:
            _take_breaks(d, w, v, w.point[i])
        i += 1


@folded
def useful(d: RichData, w: Work, v: int, k: int, number: int) -> int:
    """Length of the rest of that number (full, first part, second part) if it is worth something now, else 0."""
    length = 0
    if d.vi[v, REST] < NO_LIMIT:
        if number == 0 and w.node[k, N_DRIVEN] > 0:
            length = d.vi[v, REST]
            if d.vi[v, PAUSES] == 1:
                length -= w.node[k, N_TIME] - w.node[k, N_STILL]
        elif number == 1 and w.node[k, N_HALF] == 0:
            length = d.vi[v, PART1]
        elif number == 2 and w.node[k, N_HALF] == 1 and w.node[k, N_DRIVEN] > 0:
            length = d.vi[v, PART2]
    return length


@folded
def _rest_from_driving(d: RichData, w: Work, v: int, k: int, begun: int) -> None:
    for number in range(3):
        length = useful(d, w, v, k, number)
        if length > 0:
            append(d, w, v, w.point, C_POINT, rest(d, w, v, k, length, NONE, begun))


@folded
def _take_breaks(d: RichData, w: Work, v: int, k: int) -> None:
    """Each break that may still be taken, as long as it asks for, or longer so that it is a rest from driving, too."""
    for j in range(d.vi[v, BREAK_B], d.vi[v, BREAK_E]):
        if w.node[k, N_TAKEN] >> (j - d.vi[v, BREAK_B]) & 1 == 1:
            continue
        m = k if w.node[k, N_TIME] >= d.breaks[j, EARLIEST] else idle(d, w, v, k, j)
        if m < 0:
            continue
        append(d, w, v, w.point, C_POINT, rest(d, w, v, m, d.breaks[j, DURATION], j, ON))
        for number in range(3):
            length = useful(d, w, v, m, number)
            if length > d.breaks[j, DURATION]:
                append(d, w, v, w.point, C_POINT, rest(d, w, v, m, length, j, ON))
        if m != k and m == w.counts[C_NODES] - 1:
            w.counts[C_NODES] = m
