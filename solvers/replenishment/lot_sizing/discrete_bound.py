"""A lower bound for the discrete problem: paths that may make a unit twice or never, priced so that they would not.

Promises: for any prices, `before[f, t, u]` is no more than the priced cost of what comes before unit u, made in
period t with f idle periods before it; so a partial plan (from the end backwards) plus `before` plus the prices of the
units still to make bounds every plan it can become. Lagrangian relaxation of "each unit exactly once", the state-space
relaxation of Christofides, Mingozzi and Toth (1981); what is kept: the number of units, the order of the units of one
item in a row, and that a line idles only when the unit before cannot wait (any plan can be shifted so at no cost).
Kernels release the interpreter's lock. Called by `discrete_search`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.budget import Deadline
from solvers.replenishment.lot_sizing.discrete_arrays import Arrays, Floats, Ints
from solvers.replenishment.lot_sizing.jit import compiled

BIG = 1e15


@compiled
def _before(
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
    ready: Floats,
) -> None:
    """Fill `before[f, t, u]`. `ready[f, t, i]`: cheapest way to stand at period t with item i made last."""
    made = np.full((slack + 1, periods, items), BIG)  # cheapest with a unit of i made in exactly period t
    waits = np.full((slack + 1, periods, items), BIG)  # the same, that unit made in its latest period
    idle = np.full((slack + 1, periods + 1, items), BIG)
    before[:] = BIG
    ready[:] = BIG
    for t in range(periods):
        for f in range(min(slack, t) + 1):
            for i in range(items):
                if t >= 1:
                    best = made[f, t - 1, i]
                    if f >= 1 and t >= 2:
                        idle[f, t, i] = min(idle[f - 1, t - 1, i], waits[f - 1, t - 2, i])
                        best = min(best, idle[f, t, i])
                    ready[f, t, i] = best
            for j in range(items):
                lowest = BIG
                if f == t:
                    lowest = 0.0
                else:
                    for i in range(items):
                        if i != j and ready[f, t, i] + change[i, j] < lowest:
                            lowest = ready[f, t, i] + change[i, j]
                for u in range(first[j], first[j + 1]):
                    if t > latest[u]:
                        continue
                    value = lowest
                    if u > first[j] and f != t:
                        v = u - 1
                        s = min(t - 1, latest[v])
                        g = f - (t - 1 - s)
                        if g >= 0 and s >= 0 and before[g, s, v] < BIG:
                            value = min(value, before[g, s, v] + stocking * (due[v] - s) - price[v] + change[j, j])
                    before[f, t, u] = value
                    whole = value + stocking * (due[u] - t) - price[u]
                    if whole < made[f, t, j]:
                        made[f, t, j] = whole
                    if t == latest[u] and whole < waits[f, t, j]:
                        waits[f, t, j] = whole


@compiled
def _ends(
    periods: int, slack: int, stocking: int, due: Ints, latest: Ints, price: Floats, before: Floats
) -> tuple[float, int, int]:
    """The cheapest path's priced cost, its last unit and that unit's period."""
    units = len(due)
    best, last, at = BIG, -1, -1
    for u in range(units):
        t = latest[u] if latest[u] < periods - 1 else periods - 1
        f = t - (units - 1)
        if f < 0:
            continue
        whole = before[f, t, u] + stocking * (due[u] - t) - price[u]
        if whole < best:
            best, last, at = whole, u, t
    return best, last, at


@compiled
def _visits(
    stocking: int,
    item_of: Ints,
    due: Ints,
    latest: Ints,
    change: Ints,
    price: Floats,
    before: Floats,
    u: int,
    t: int,
    count: Ints,
) -> None:
    """Count how often the cheapest path that ends with u in t makes each unit."""
    units = len(due)
    f = t - (units - 1)
    while True:
        count[u] += 1
        if f == t:
            return
        best, best_v, best_s = BIG, -1, -1
        for v in range(units):
            if item_of[v] == item_of[u] and v != u - 1:
                continue
            s = min(t - 1, latest[v])
            g = f - (t - 1 - s)
            if g < 0 or s < 0 or before[g, s, v] >= BIG:
                continue
            whole = before[g, s, v] + stocking * (due[v] - s) - price[v] + change[item_of[v], item_of[u]]
            if whole < best:
                best, best_v, best_s = whole, v, s
        if best_v < 0:
            return
        f -= t - 1 - best_s
        u, t = best_v, best_s


@compiled
def _ascend(
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
    best_price: Floats,
    best: float,
    upper: float,
    step: float,
    rounds: int,
    before: Floats,
    ready: Floats,
) -> tuple[float, float]:
    """Subgradient steps (Held, Wolfe and Crowder 1974) with a smoothed direction; gives the best bound and the step."""
    units = len(due)
    count = np.zeros(units, dtype=np.int64)
    direction = np.zeros(units)
    stale = 0
    for _ in range(rounds):
        _before(periods, items, slack, stocking, first, item_of, due, latest, change, price, before, ready)
        lowest, u, t = _ends(periods, slack, stocking, due, latest, price, before)
        bound = lowest + price.sum()
        if bound > best + 1e-6:
            if bound > best + 1e-4 * abs(best):
                stale = 0
            best = bound
            best_price[:] = price
        else:
            stale += 1
            if stale >= 12:
                stale, step = 0, step * 0.7
        if u < 0:
            return best, step
        count[:] = 0
        _visits(stocking, item_of, due, latest, change, price, before, u, t, count)
        norm = 0.0
        for v in range(units):
            direction[v] = 0.7 * direction[v] + (1 - count[v])
            norm += direction[v] * direction[v]
        if norm < 1e-12 or step < 1e-4:
            return best, step
        size = step * max(upper - bound, 1.0) / norm
        for v in range(units):
            price[v] += size * direction[v]
    return best, step


@dataclass(slots=True)
class Bound:
    """The state of an ascent: go on with `raise_bound`."""

    arrays: Arrays
    price: Floats
    best_price: Floats
    before: Floats
    ready: Floats
    value: float = 0.0
    step: float = 1.0

    @classmethod
    def of(cls, arrays: Arrays) -> Bound:
        """With all prices zero."""
        shape = (arrays.slack + 1, arrays.periods)
        return cls(
            arrays,
            np.zeros(arrays.units),
            np.zeros(arrays.units),
            np.full((*shape, arrays.units), BIG),
            np.full((*shape, arrays.items), BIG),
        )

    def settle(self) -> None:
        """Make `before` fit the best prices."""
        a = self.arrays
        _before(*a.kernel(), a.change, self.best_price, self.before, self.ready)
        lowest, _, _ = _ends(a.periods, a.slack, a.stocking, a.due, a.latest, self.best_price, self.before)
        self.value = lowest + float(self.best_price.sum())

    def climb(self, upper: float, rounds: int, deadline: Deadline, chunk: int = 50) -> None:
        """Raise the bound for so many rounds at most, then settle. `upper`: the cost of the best plan known."""
        a = self.arrays
        self.price[:] = self.best_price
        for _ in range(0, rounds, chunk):
            if deadline.over() or self.value > upper - 1 + 1e-6 or self.step < 1e-4:
                break
            self.value, self.step = _ascend(
                *a.kernel(), a.change, self.price, self.best_price, self.value, upper, self.step, chunk,
                self.before, self.ready,
            )  # fmt: skip
        self.settle()
