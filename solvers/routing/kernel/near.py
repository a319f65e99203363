"""Kernel, part 0: matrices and lists of near stops for a problem, in a millisecond and without the interpreter's lock.

Promises: `Data.go`, `Data.back`, `Data.near` and `Data.adj` as `layout` says. Called by `arrays`; compiled.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from solvers.routing.jit import SOURCE_STAMP, entry, inner
from solvers.routing.layout import HOUR, I32, I64, KM, SVC, WE, WS

F32 = npt.NDArray[np.float32]

WAIT_WEIGHT = 0.2
LATE_WEIGHT = 1.0
"""Weights of unavoidable waiting and lateness in the closeness of two stops (Vidal et al. 2013, Computers & OR 40)."""
SMALL = 16
"""Shorter stretches are sorted by insertion."""
CLUSTER = 8
"""So many stops are near enough to each other."""
SORT_STACK = 256


def _make_gather(stamp: int) -> Callable[[I32, I32, I32, I64, int], bool]:
    @entry
    def gather(go: I32, metres: I32, seconds: I32, locations: I64, p: int) -> bool:
        """Copy the legs between `locations` into `go[p]`; True if they are symmetric."""
        if stamp < 0:
            return False
        same = True
        for a in range(len(locations)):
            at = locations[a]
            for b in range(len(locations)):
                to = locations[b]
                go[p, a, b, 0] = metres[at, to]
                go[p, a, b, 1] = seconds[at, to]
                if b < a and (go[p, a, b, 0] != go[p, b, a, 0] or go[p, a, b, 1] != go[p, b, a, 1]):
                    same = False
        return same

    return gather


def _make_compare(stamp: int) -> Callable[[I32], tuple[int, int]]:
    @entry
    def compare(go: I32) -> tuple[int, int]:
        """`Data.k[SAME]` and `Data.k[FASTEST]`."""
        same, fastest, comparable = 1, 0, True
        if stamp < 0:
            return same, fastest
        for p in range(1, go.shape[0]):
            faster, slower = True, True
            for a in range(go.shape[1]):
                for b in range(go.shape[1]):
                    if go[p, a, b, 0] != go[0, a, b, 0]:
                        same = 0
                    faster &= go[p, a, b, 1] <= go[fastest, a, b, 1]
                    slower &= go[p, a, b, 1] >= go[fastest, a, b, 1]
            if faster:
                fastest = p
            comparable &= faster or slower
        return same, fastest if comparable else -1

    return compare


@inner
def _swap(values: F32, items: I64, a: int, b: int) -> None:
    values[a], values[b] = values[b], values[a]
    items[a], items[b] = items[b], items[a]


@inner
def _split(values: F32, items: I64, low: int, high: int) -> int:
    """Hoare's partition of low .. high around the middle of three; all left of the answer are no greater than it."""
    middle = (low + high) // 2
    if values[middle] < values[low]:
        _swap(values, items, middle, low)
    if values[high] < values[low]:
        _swap(values, items, high, low)
    if values[high] < values[middle]:
        _swap(values, items, high, middle)
    pivot = values[middle]
    i, j = low, high
    while True:
        while values[i] < pivot:
            i += 1
        while values[j] > pivot:
            j -= 1
        if i >= j:
            return j
        _swap(values, items, i, j)
        i += 1
        j -= 1


@inner
def _sort_first(values: F32, items: I64, count: int, first: int, stack: I64) -> None:
    """Sort so far that the `first` smallest of `count` values stand in front, in order: quicksort of what matters."""
    stack[0], stack[1], depth = 0, count - 1, 1
    while depth > 0:
        depth -= 1
        low, high = stack[2 * depth], stack[2 * depth + 1]
        while high - low > SMALL:
            cut = _split(values, items, low, high)
            if cut + 1 < first and 2 * depth + 1 < len(stack):
                stack[2 * depth], stack[2 * depth + 1] = cut + 1, high
                depth += 1
            high = cut
        for i in range(low + 1, high + 1):
            value, item, j = values[i], items[i], i - 1
            while j >= low and values[j] > value:
                values[j + 1], items[j + 1] = values[j], items[j]
                j -= 1
            values[j + 1], items[j + 1] = value, item


def _make_arrange(stamp: int) -> Callable[[I32, I64, I64, F32, I64], None]:
    @entry
    def arrange(metres: I32, locations: I64, items: I64, keys: F32, stack: I64) -> None:
        """Fill `items` with the stops so that near ones lie near each other: halved again and again, each time by
        which of two far stops is nearer.

        keys: scratch of the same length; stack: scratch for two stacks.
        """
        if stamp < 0:
            return
        for c in range(len(items)):
            items[c] = c
        halves = stack[SORT_STACK:]
        halves[0], halves[1], depth = 0, len(items), 1
        while depth > 0:
            depth -= 1
            low, high = halves[2 * depth], halves[2 * depth + 1]
            part = items[low:high]
            a = _farthest(metres, locations, part, part[0])
            b = _farthest(metres, locations, part, a)
            for k in range(len(part)):
                to = locations[part[k]]
                keys[k] = np.float32(metres[locations[a], to]) - np.float32(metres[locations[b], to])
            half = len(part) // 2
            _sort_first(keys, part, len(part), half, stack[:SORT_STACK])
            if half > CLUSTER:
                halves[2 * depth], halves[2 * depth + 1] = low, low + half
                halves[2 * depth + 2], halves[2 * depth + 3] = low + half, high
                depth += 2

    return arrange


@inner
def _farthest(metres: I32, locations: I64, part: I64, a: int) -> int:
    far, best = -1, a
    for k in range(len(part)):
        away = metres[locations[a], locations[part[k]]]
        if away > far:
            far, best = away, part[k]
    return best


@inner
def _keep_nearest(away: F32, self: int, out: I32, items: I64, stack: I64) -> None:
    """Write the stops with the smallest values of `away` (but `self`) into `out`, nearest first. Destroys `away`."""
    for j in range(len(away)):
        items[j] = j
    last = len(away) - 1
    _swap(away, items, self, last)
    _sort_first(away, items, last, len(out), stack)
    for k in range(len(out)):
        out[k] = items[k]


@inner
def _worth(go: I32, n: int, per_metre: float, per_second: float) -> float:
    """What a second is worth, so that time and money may be added: mean price over mean duration of a leg."""
    metres, seconds = 0.0, 0.0
    for a in range(n):
        for b in range(n):
            metres += go[0, a, b, 0]
            seconds += go[0, a, b, 1]
    return (metres * per_metre + seconds * per_second) / max(seconds, 1.0)


def _make_neighbours(stamp: int) -> Callable[[I32, I32, I64, I64, I32, I32, bool, F32, I64], None]:
    @entry
    def neighbours(
        go: I32, back: I32, si: I64, vi: I64, near: I32, adjacent: I32, both: bool, away: F32, items: I64
    ) -> None:
        """Fill the lists: `near` by price and time windows, for insertion; `adjacent` by price alone, for ruin.

        both: whether `adjacent` is a list of its own.
        away, items: scratch, two rows of the length of `si`, and that length and room for a stack.
        """
        n = len(si)
        if stamp < 0 or n < 2:
            return
        per_metre, per_second = 0.0, 0.0
        for v in range(len(vi)):
            per_metre += vi[v, KM] / len(vi)
            per_second += vi[v, HOUR] / len(vi)
        if per_metre == 0.0 and per_second == 0.0:
            per_metre = per_second = 1.0
        worth = _worth(go, n, per_metre, per_second)
        by_price, by_both, stack = away[0], away[1], items[n:]
        for i in range(n):
            done_first, done_last = si[i, WS] + si[i, SVC], si[i, WE] + si[i, SVC]
            for j in range(n):
                there, here = go[0, i, j, 1], back[0, i, j, 1]
                out = go[0, i, j, 0] * per_metre + there * per_second
                home = back[0, i, j, 0] * per_metre + here * per_second
                wait = max(0, si[j, WS] - done_last - there)
                late = max(0, done_first + there - si[j, WE])
                out_both = out + worth * (WAIT_WEIGHT * wait + LATE_WEIGHT * late)
                wait = max(0, si[i, WS] - si[j, WE] - si[j, SVC] - here)
                late = max(0, si[j, WS] + si[j, SVC] + here - si[i, WE])
                home_both = home + worth * (WAIT_WEIGHT * wait + LATE_WEIGHT * late)
                by_price[j] = out + home
                by_both[j] = min(out_both, home_both)
            _keep_nearest(by_both, i, near[i], items, stack)
            if both:
                _keep_nearest(by_price, i, adjacent[i], items, stack)

    return neighbours


arrange = _make_arrange(SOURCE_STAMP)
gather = _make_gather(SOURCE_STAMP)
compare = _make_compare(SOURCE_STAMP)
neighbours = _make_neighbours(SOURCE_STAMP)
