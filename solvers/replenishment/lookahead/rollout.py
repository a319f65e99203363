"""What an order is worth: the same drawn futures played with it and without it.

Promises: deterministic. A future is a path of demand, an arrival (or a loss) for every open order and for every later
order; all candidates are played on the same futures. Later orders follow a rule that reacts in each future as we would:
order up to a share `cover` of the demand expected until the order after the next one can be there, where an open order
counts by the probability that it still comes at its age. So a lost order is not counted for ever, and an order is not
made larger than what the following ones can still put right.
May not: learn anything; the laws of demand and lead time are given.
Called by: `order`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_GOLDEN = 0.6180339887498949


class Futures(NamedTuple):
    """All that luck decides; arrays are [path, period] unless said otherwise."""

    demand: Floats
    targets: Floats
    """[period]: expected demand from that period until the order after the next one is there."""
    arrivals: Floats
    """Of the orders that are open now."""
    living: Floats
    """Units of the orders open now that are still expected at the start of the period, as far as one sees it then."""
    delays: Ints
    """Lead time of an order placed in the period, -1 = it never comes."""
    alive: Floats
    """[age]: P(an order of that age still comes)."""


class Terms(NamedTuple):
    """What does not depend on luck."""

    on_hand: float
    margin: float
    holding: float
    most: float
    """Later orders are not larger than this."""


@njit(cache=True, nogil=True)
def still_coming(law: Floats) -> Floats:
    """alive[a] = P(an order of age a that has not come still comes); the law's last place is `lost`."""
    longest = len(law) - 1
    alive = np.zeros(longest + 1)
    left = 0.0
    for age in range(longest - 1, -1, -1):
        left += law[age]
        alive[age] = left / (left + law[longest]) if left > 0.0 else 0.0
    return alive


@njit(cache=True, nogil=True)
def drawn_delay(law: Floats, age: int, even: float) -> int:
    """Lead time of an order that had not come at `age`, from a uniform number; -1 = never."""
    longest = len(law) - 1
    if age >= longest:
        return -1
    wanted = even * law[age:].sum()
    for delay in range(age, longest):
        wanted -= law[delay]
        if wanted < 0.0:
            return delay
    return -1


@njit(cache=True, nogil=True)
def futures_of(
    demand: Floats, law: Floats, quantity: Ints, age: Ints, evens_open: Floats, evens_new: Floats
) -> Futures:
    """Draw what happens to the open orders (quantity, age) and to later ones; evens: uniform [path, which]."""
    paths, periods = demand.shape
    alive = still_coming(law)
    arrivals, living = np.zeros((paths, periods)), np.zeros((paths, periods))
    delays = np.empty((paths, periods), np.int64)
    for path in range(paths):
        for o in range(len(quantity)):
            delay = drawn_delay(law, age[o], evens_open[path, o])
            due = delay - age[o] if delay >= 0 else periods
            if due < periods:
                arrivals[path, due] += quantity[o]
            for k in range(min(due + 1, periods, max(0, len(alive) - age[o]))):
                living[path, k] += quantity[o] * alive[age[o] + k]
        for k in range(periods):
            delays[path, k] = drawn_delay(law, 0, evens_new[path, k])
    return Futures(demand, targets_of(demand, law), arrivals, living, delays, alive)


@njit(cache=True, nogil=True)
def targets_of(demand: Floats, law: Floats) -> Floats:
    """Expected demand of each period and of as many more as an order takes; past the end as in the last period.

    Letting it move with what each future has shown until then was tried: no better (0.6743 for 0.6749 at lead time 4).
    """
    periods, longest = demand.shape[1], len(law) - 1
    mean = np.zeros(periods)
    for k in range(periods):
        mean[k] = demand[:, k].mean()
    comes = law[:longest].sum()
    found = np.zeros(periods)
    for k in range(periods):
        covered = 0.0
        for delay in range(longest):
            covered += mean[min(k + delay, periods - 1)]
            found[k] += law[delay] / comes * covered
    return found


@njit(cache=True, nogil=True)
def play(first: float, cover: float, terms: Terms, futures: Futures, left: Floats, short: Floats) -> float:
    """Mean profit over all futures; `first` < 0 lets the rule choose the first order too.

    left and short [path, period] receive stock and unserved demand at the end of each period, if they are not empty.
    """
    paths, periods = futures.demand.shape
    ages = len(futures.alive)
    coming, ordered = np.zeros(periods), np.zeros(periods)
    total = 0.0
    for path in range(paths):
        stock = terms.on_hand
        coming[:] = futures.arrivals[path]
        for k in range(periods):
            quantity = first
            if k > 0 or first < 0.0:
                position = stock + futures.living[path, k]
                for j in range(max(0, k - ages + 1), k):
                    delay = futures.delays[path, j]
                    if delay < 0 or j + delay >= k:
                        position += ordered[j] * futures.alive[k - j]
                quantity = min(max(cover * futures.targets[k] - position, 0.0), terms.most)
            ordered[k] = quantity
            delay = futures.delays[path, k]
            if delay >= 0 and k + delay < periods:
                coming[k + delay] += quantity
            stock += coming[k]
            sold = min(stock, futures.demand[path, k])
            stock -= sold
            total += terms.margin * sold - terms.holding * stock
            if left.size:
                left[path, k] = stock
                short[path, k] = futures.demand[path, k] - sold
    return total / paths


@njit(cache=True, nogil=True)
def value(argument: float, cover: float, terms: Terms, futures: Futures, nothing: Floats) -> float:
    """Profit of a cover (if `cover` < 0) or of a first order."""
    if cover < 0.0:
        return play(-1.0, argument, terms, futures, nothing, nothing)
    return play(argument, cover, terms, futures, nothing, nothing)


@njit(cache=True, nogil=True)
def best_point(
    low: float, high: float, steps: int, cover: float, terms: Terms, futures: Futures
) -> tuple[float, float]:
    """(argument, profit) of the best first order or, with `cover` < 0, of the best cover: a golden-section search.

    The mean of some hundred nearly concave profits is nearly unimodal; what the search may miss is less than the noise.
    """
    nothing = np.zeros((0, 0))
    a, b = low, high
    c, d = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
    fc, fd = value(c, cover, terms, futures, nothing), value(d, cover, terms, futures, nothing)
    for _ in range(steps):
        if fc >= fd:
            b, d, fd = d, c, fc
            c = b - _GOLDEN * (b - a)
            fc = value(c, cover, terms, futures, nothing)
        else:
            a, c, fc = c, d, fd
            d = a + _GOLDEN * (b - a)
            fd = value(d, cover, terms, futures, nothing)
    return (c, fc) if fc >= fd else (d, fd)


@njit(cache=True, nogil=True)
def best_order(terms: Terms, futures: Futures, most_cover: float, steps: int) -> tuple[float, float, float, float]:
    """(first order, its profit, cover of the rule, profit if nothing is ordered now)."""
    nothing = np.zeros((0, 0))
    cover, _ = best_point(0.1, most_cover, steps, -1.0, terms, futures)
    waiting = play(0.0, cover, terms, futures, nothing, nothing)
    mean = futures.demand[:, 0].mean()
    ruled = min(max(cover * futures.targets[0] - terms.on_hand - futures.living[:, 0].mean(), 0.0), terms.most)
    order, profit = best_point(0.0, 1.5 * ruled + mean, steps + 2, cover, terms, futures)
    return (order, profit, cover, waiting) if profit > waiting else (0.0, waiting, cover, waiting)
