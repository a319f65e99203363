"""Exact search for the discrete problem: dynamic programming from the last period back, as wide as memory allows.

Promises: a plan that is optimal if nothing was cut for want of width; otherwise the best plan found and a bound that
counts what was cut. A state is (units made of each item, item made next, idle periods so far); a state that cannot
become better than the best plan, by `discrete_bound`, is dropped; so is one that idled more and cost no less than its
twin. A unit is made as late as it can be, which loses nothing (see `discrete_bound`). Called by `discrete_solve`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.budget import Deadline
from solvers.replenishment.lot_sizing.discrete import IDLE
from solvers.replenishment.lot_sizing.discrete_arrays import Arrays, Floats, Ints
from solvers.replenishment.lot_sizing.discrete_bound import BIG, Bound
from solvers.replenishment.lot_sizing.jit import compiled

MAX_STATES = 1 << 62
EMPTY = -1


@compiled
def _slot(key: int, keys: Ints, mask: int) -> int:
    """Where `key` stands in an open table, or the empty place where it may go."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    place = np.int64(mixed >> np.uint64(24)) & mask
    while keys[place] != EMPTY and keys[place] != key:
        place = (place + 1) & mask
    return int(place)


@compiled
def _expand(
    periods: int,
    items: int,
    slack: int,
    stocking: int,
    first: Ints,
    item_of: Ints,
    due: Ints,
    latest: Ints,
    change: Ints,
    price: Floats,
    before: Floats,
    radix: Ints,
    depth: int,
    upper: float,
    codes: Ints,
    lasts: Ints,
    times: Ints,
    costs: Ints,
    prices_left: Floats,
    keys: Ints,
    table: Ints,
    mask: int,
    out_code: Ints,
    out_item: Ints,
    out_time: Ints,
    out_cost: Ints,
    out_left: Floats,
    out_bound: Floats,
    out_parent: Ints,
) -> int:
    """All children worth keeping of one layer; gives how many, or -1 when they would not fit. Leaves `keys` in use."""
    room = len(out_code)
    count = 0
    units = len(due)
    for parent in range(len(codes)):
        code, last, time = codes[parent], lasts[parent], times[parent]
        for i in range(items):
            size = first[i + 1] - first[i]
            done = (code // radix[i]) % (size + 1)
            if done == size:
                continue
            u = first[i] + size - 1 - done
            t = min(time - 1, latest[u])
            f = t - (units - depth - 1)
            if f < 0:
                continue
            cost = costs[parent] + stocking * (due[u] - t)
            if last >= 0:
                cost += change[i, last]
            left = prices_left[parent] - price[u]
            bound = cost + before[f, t, u] + left
            if bound > upper - 1 + 1e-6:
                continue
            state = code + radix[i]
            key = (state * items + i) * (slack + 1) + f
            place = _slot(key, keys, mask)
            if keys[place] == key:
                at = table[place]
                if out_cost[at] <= cost:
                    continue
            else:
                if count >= room:
                    return -1
                at = count
                count += 1
                keys[place] = key
                table[place] = at
            out_code[at], out_item[at], out_time[at], out_cost[at] = state, i, t, cost
            out_left[at], out_bound[at], out_parent[at] = left, bound, parent
    return count


@compiled
def _dominate(
    items: int, slack: int, first_time: int, count: int, keys: Ints, table: Ints, mask: int,
    code: Ints, item: Ints, time: Ints, cost: Ints, bound: Floats,
) -> int:  # fmt: skip
    """Mark (bound = BIG) states whose twin idled less and cost no more; gives how many are left."""
    left = count
    for at in range(count):
        f = time[at] - first_time
        base = (code[at] * items + item[at]) * (slack + 1)
        for more in range(f + 1, slack + 1):
            place = _slot(base + more, keys, mask)
            if keys[place] != EMPTY and cost[table[place]] <= cost[at]:
                bound[at] = BIG
                left -= 1
                break
    return left


@dataclass(slots=True)
class Found:
    """`made`: the best plan, None if none is better than the start. `bound`: proven for every plan."""

    made: tuple[int, ...] | None
    cost: int
    bound: int
    complete: bool
    states: int = 0


def can_encode(a: Arrays) -> bool:
    """Whether a state fits one machine word."""
    size = (a.slack + 1) * a.items
    for i in range(a.items):
        size *= int(a.first[i + 1] - a.first[i]) + 1
    return size < MAX_STATES


def sweep(bound: Bound, upper: int, width: int, deadline: Deadline) -> Found:
    """One pass from the last unit back, keeping the `width` most promising states a layer.

    `upper`: only plans that cost less are looked for. The search is complete if no state was cut and time sufficed.
    """
    a = bound.arrays
    sizes = (a.first[1:] - a.first[:-1]) + 1
    radix = np.concatenate(([1], np.cumprod(sizes)[:-1])).astype(np.int64)
    room = width * min(a.items, 6) + a.items
    bits = max(10, int(np.ceil(np.log2(room * 2))))
    keys, table = np.full(1 << bits, EMPTY, dtype=np.int64), np.zeros(1 << bits, dtype=np.int64)
    out = [np.zeros(room, dtype=np.int64) for _ in range(4)]
    left, limit, parent = np.zeros(room), np.zeros(room), np.zeros(room, dtype=np.int64)
    layer = [np.array([x], dtype=np.int64) for x in (0, -1, a.periods, 0)]
    prices = np.array([bound.best_price.sum()])
    trail: list[tuple[Ints, Ints, Ints]] = []
    cut, seen = float(upper), 0
    for depth in range(a.units):
        if deadline.over():
            return Found(None, upper, int(np.ceil(min(bound.value, upper) - 1e-6)), False, seen)
        count = _expand(
            *a.kernel(), a.change, bound.best_price, bound.before, radix, depth, float(upper), *layer, prices,
            keys, table, (1 << bits) - 1, *out, left, limit, parent,
        )  # fmt: skip
        if count < 0:
            return Found(None, upper, int(np.ceil(min(bound.value, upper) - 1e-6)), False, seen)
        _dominate(
            a.items, a.slack, a.units - depth - 1, count, keys, table, (1 << bits) - 1, *out, limit
        )  # fmt: skip
        keys[:] = EMPTY
        kept = np.flatnonzero(limit[:count] < BIG)
        seen += len(kept)
        if len(kept) > width:
            order = np.argpartition(limit[kept], width)
            cut = min(cut, float(limit[kept[order[width:]]].min()))
            kept = kept[order[:width]]
        if not len(kept):
            break
        layer = [column[kept] for column in out]
        prices = left[kept]
        trail.append((parent[kept], layer[1], layer[2]))
    proven = int(np.ceil(max(min(cut, upper), min(bound.value, upper)) - 1e-6))
    if len(trail) < a.units:
        return Found(None, upper, proven, cut >= upper, seen)
    best = int(np.argmin(layer[3]))
    cost = int(layer[3][best])
    return Found(_plan(a, trail, best), cost, min(cost, proven), proven >= cost, seen)


def _plan(a: Arrays, trail: list[tuple[Ints, Ints, Ints]], at: int) -> tuple[int, ...]:
    made = [IDLE] * a.periods
    for parent, item, time in reversed(trail):
        made[int(time[at])] = int(item[at])
        at = int(parent[at])
    return tuple(made)
