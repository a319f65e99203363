"""The inner loops of the exact policies, compiled: cost tables, renewal masses, searches over (s,S) and (r,nQ).

Everything is per review interval: `scale` (days of an interval) is multiplied into the costs by the caller. Demand
arrays start at 0 units and sum to 1. G(y) is the expected holding and shortage cost of an interval whose position is
y after ordering: `holding (y - mean) + (holding + shortage) E[(D - y)+]`, D the demand over the protection interval.
Promises: pure functions of their arguments; every kernel is an entry of its own in numba's cache, all in this file,
so that a change of the file makes all of them new (`service_kernels` names this file's digest for the same reason).
May not: allocate more than a few arrays of the size of the answer, or be called with demand that is always zero.
Called by: `reorder`, `service_kernels`; compiled ahead by `solvers.warm_up` through `reorder.warm_up`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_NEGLIGIBLE = 1e-14
"""A tail of less probability than this is cut off; with it cut, costs move in the twelfth digit."""
_SPAN_MAX = 1 << 20
"""Longest order quantity looked at, in grid units: a bound on time and memory, not a rule of the trade."""


def compiled(function: Callable[..., Any]) -> Any:
    """How every kernel of the policies is compiled: cached, and without the interpreter's lock."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


@compiled
def support(pmf: Floats) -> int:
    """Length of the array without its negligible tail, at least 1."""
    tail = 0.0
    size = len(pmf)
    while size > 1:
        tail += pmf[size - 1]
        if tail > _NEGLIGIBLE:
            break
        size -= 1
    return size


@compiled
def losses(pmf: Floats) -> Floats:
    """E[(D - y)+] for y = 0 .. len(pmf) - 1; it is mean - y below and 0 above."""
    size = len(pmf)
    loss = np.zeros(size)
    tail = 0.0
    for y in range(size - 2, -1, -1):
        tail += pmf[y + 1]
        loss[y] = loss[y + 1] + tail
    return loss


@compiled
def cumulated(pmf: Floats) -> Floats:
    """P(D <= y)."""
    cdf = np.empty(len(pmf))
    total = 0.0
    for y in range(len(pmf)):
        total += pmf[y]
        cdf[y] = min(1.0, total)
    return cdf


@compiled
def mean_of(pmf: Floats) -> float:
    """Expected units."""
    total = 0.0
    for y in range(1, len(pmf)):
        total += y * pmf[y]
    return total


@compiled
def loss_at(loss: Floats, mean: float, y: int) -> float:
    """The loss at any whole level, from its table."""
    if y < 0:
        return mean - y
    return loss[y] if y < len(loss) else 0.0


@compiled
def share_at(cdf: Floats, y: int) -> float:
    """The cumulated probability at any whole level, from its table."""
    if y < 0:
        return 0.0
    return cdf[y] if y < len(cdf) else 1.0


@compiled
def interval_cost(loss: Floats, mean: float, holding: float, shortage: float, y: int) -> float:
    """G(y)."""
    return holding * (y - mean) + (holding + shortage) * loss_at(loss, mean, y)


@compiled
def base_stock(pmf: Floats, ratio: float) -> int:
    """The least y with P(D <= y) >= ratio: the minimum of G for ratio = shortage / (shortage + holding)."""
    total = 0.0
    for y in range(len(pmf)):
        total += pmf[y]
        if total >= ratio - 1e-12:
            return y
    return len(pmf) - 1


@compiled
def renewed(pmf: Floats, mass: Floats, known: int) -> Floats:
    """`mass` grown to twice `known`: expected number of intervals spent exactly j units below the order-up-to level.

    m(0) = 1 / (1 - p0), m(j) = sum p_l m(j - l) / (1 - p0) (Zheng and Federgruen 1991, eq. 2).
    """
    grown = np.empty(max(64, 2 * known))
    grown[:known] = mass[:known]
    moving = 1.0 / (1.0 - pmf[0])
    for j in range(known, len(grown)):
        total = 1.0 if j == 0 else 0.0
        for units in range(1, min(j + 1, len(pmf))):
            total += pmf[units] * grown[j - units]
        grown[j] = total * moving
    return grown


@compiled
def up_to_cost(
    mass: Floats, loss: Floats, mean: float, order: float, holding: float, shortage: float, s: int, span: int
) -> float:
    """Cost an interval of ordering up to s + span at or below s: c(s, S)."""
    total, intervals = order, 0.0
    for j in range(span):
        total += mass[j] * interval_cost(loss, mean, holding, shortage, s + span - j)
        intervals += mass[j]
    return total / intervals


@compiled
def best_up_to(protection: Floats, review: Floats, order: float, holding: float, shortage: float) -> tuple[int, int]:
    """(s, S - s) of least cost: the algorithm of Zheng and Federgruen (1991)."""
    demand = review[: support(review)]
    cover = protection[: support(protection)]
    loss, mean = losses(cover), mean_of(cover)
    mass = renewed(demand, np.empty(0), 0)
    top = base_stock(cover, shortage / (shortage + holding))
    s, total, intervals = top, order, 0.0
    while True:
        span = top - s
        if span >= len(mass):
            mass = renewed(demand, mass, len(mass))
        total += mass[span] * interval_cost(loss, mean, holding, shortage, s)
        intervals += mass[span]
        s -= 1
        best = total / intervals
        if best <= interval_cost(loss, mean, holding, shortage, s) or span >= _SPAN_MAX:
            break
    candidate = top + 1
    while interval_cost(loss, mean, holding, shortage, candidate) <= best and candidate - s < _SPAN_MAX:
        while candidate - s > len(mass):
            mass = renewed(demand, mass, len(mass))
        cost = up_to_cost(mass, loss, mean, order, holding, shortage, s, candidate - s)
        if cost < best:
            top = candidate
            while cost <= interval_cost(loss, mean, holding, shortage, s + 1) and s + 1 < top:
                s += 1
                cost = up_to_cost(mass, loss, mean, order, holding, shortage, s, top - s)
            best = cost
        candidate += 1
    return s, top - s


@compiled
def best_up_to_within(
    protection: Floats, review: Floats, order: float, holding: float, shortage: float, least: int, most: int
) -> tuple[int, int]:
    """(s, S - s) of least cost with least <= S - s <= most.

    For each S all s are looked at in one pass. With c the best cost so far: c(s, S) is a mean of c(s + 1, S) and
    G(s + 1), so s need not go where G >= c beyond span `least`; and where G >= c at S, S can only be better than
    what is reached from it by one demand, so the search ends after as many S without gain as the largest demand,
    all of them farther than `least` above the basin {G < c}.
    """
    demand = review[: support(review)]
    cover = protection[: support(protection)]
    loss, mean = losses(cover), mean_of(cover)
    mass = renewed(demand, np.empty(0), 0)
    lowest = base_stock(cover, shortage / (shortage + holding))
    best, best_s, best_span, useless = np.inf, lowest - least, least, 0
    top, start, end = lowest, lowest - 1, lowest
    while useless <= len(demand) or top <= end + least + len(demand):
        if top > lowest + most and interval_cost(loss, mean, holding, shortage, top - most + 1) >= best:
            break
        longest = min(most, max(least, top - start))
        while len(mass) < longest:
            mass = renewed(demand, mass, len(mass))
        useless += 1
        total, intervals = order, 0.0
        for span in range(1, longest + 1):
            total += mass[span - 1] * interval_cost(loss, mean, holding, shortage, top - span + 1)
            intervals += mass[span - 1]
            if span >= least and total < best * intervals * (1.0 - 1e-13):
                best, best_s, best_span, useless = total / intervals, top - span, span, 0
        if useless == 0:
            start, end = basin(loss, mean, holding, shortage, lowest, best)
        top += 1
    return best_s, best_span


@compiled
def basin(loss: Floats, mean: float, holding: float, shortage: float, lowest: int, cost: float) -> tuple[int, int]:
    """The nearest positions below and above the lowest point of G that cost at least so much."""
    start, end = lowest - 1, lowest + 1
    while interval_cost(loss, mean, holding, shortage, start) < cost:
        start -= 1
    while interval_cost(loss, mean, holding, shortage, end) < cost:
        end += 1
    return start, end


@compiled
def best_lots(
    protection: Floats,
    review: Floats,
    order: float,
    holding: float,
    shortage: float,
    least: int,
    multiple: int,
    most: int,
) -> tuple[int, int]:
    """(r, Q) of least cost with Q a multiple within its limits, ordering n Q.

    The position is uniform over r + 1 .. r + Q (Hadley and Whitin 1963), so C(Q) = (K E[min(D, Q)] + sum of G over
    the window) / Q. G is convex: the best window of Q + 1 is that of Q and its cheaper neighbour (Federgruen and
    Zheng 1992; Zheng and Chen 1992). It ends where the mean is not below the best one and both neighbours are not
    either: whatever is added from there cannot lower it below the best.
    """
    demand = review[: support(review)]
    cover = protection[: support(protection)]
    loss, mean = losses(cover), mean_of(cover)
    low = base_stock(cover, shortage / (shortage + holding))
    high = low
    window = interval_cost(loss, mean, holding, shortage, low)
    above = interval_cost(loss, mean, holding, shortage, high + 1)
    below = interval_cost(loss, mean, holding, shortage, low - 1)
    exceeding = 1.0 - demand[0]
    served = exceeding
    best, best_r, best_quantity = np.inf, low - 1, 0
    quantity = 1
    while True:
        if quantity >= least and quantity % multiple == 0:
            cost = (order * served + window) / quantity
            if cost < best:
                best, best_r, best_quantity = cost, low - 1, quantity
            if min(above, below) >= best or quantity >= most:
                return best_r, best_quantity
        if above < below:
            high += 1
            window += above
            above = interval_cost(loss, mean, holding, shortage, high + 1)
        else:
            low -= 1
            window += below
            below = interval_cost(loss, mean, holding, shortage, low - 1)
        if quantity < len(demand):
            exceeding -= demand[quantity]
        served += max(0.0, exceeding) if quantity + 1 < len(demand) else 0.0
        quantity += 1


@compiled
def weights(review: Floats, quantity: int, up_to: bool) -> tuple[Floats, float]:
    """Share of intervals at top, top - 1, .. top - quantity + 1 after ordering; and orders an interval."""
    share = np.full(quantity, 1.0 / quantity)
    demand = review[: support(review)]
    if up_to:
        mass = np.empty(0)
        while len(mass) < quantity:
            mass = renewed(demand, mass, len(mass))
        intervals = mass[:quantity].sum()
        return mass[:quantity] / intervals, 1.0 / intervals
    served, exceeding = 0.0, 1.0
    for units in range(min(quantity, len(demand))):
        exceeding -= demand[units]
        served += max(0.0, exceeding)
    return share, served / quantity


@compiled
def best_point(protection: Floats, review: Floats, holding: float, shortage: float, quantity: int, up_to: bool) -> int:
    """The reorder point of least cost for a given quantity: a convex walk from below."""
    cover = protection[: support(protection)]
    share, _ = weights(review, quantity, up_to)
    ratio = shortage / (shortage + holding)
    cdf = cumulated(cover)
    low, high = base_stock(cover, ratio) - quantity - 1, base_stock(cover, ratio)
    while high - low > 1:
        middle = (low + high) // 2
        enough = 0.0
        for j in range(quantity):
            enough += share[j] * share_at(cdf, middle + quantity - j)
        if enough >= ratio - 1e-12:
            high = middle
        else:
            low = middle
    return high


@compiled
def measured(
    lead: Floats, protection: Floats, charged: Floats, review: Floats, r: int, quantity: int, up_to: bool
) -> tuple[float, float, float, float, float, float]:
    """Long-run (on hand, backorders, orders an interval, fill rate, cycle service, ready rate) of a policy.

    Stock and backorders are those of the demand `charged`, the services those of the other three.
    """
    share, orders = weights(review, quantity, up_to)
    demand = review[: support(review)]
    over_lead, cover, costed = lead[: support(lead)], protection[: support(protection)], charged[: support(charged)]
    loss_lead, mean_lead = losses(over_lead), mean_of(over_lead)
    loss, mean = losses(cover), mean_of(cover)
    costed_loss, costed_mean = losses(costed), mean_of(costed)
    cdf, cdf_lead, cdf_review = cumulated(cover), cumulated(over_lead), cumulated(demand)
    on_hand, backorders, unfilled, ready = 0.0, 0.0, 0.0, 0.0
    for j in range(quantity):
        y = r + quantity - j
        short = loss_at(loss, mean, y)
        backlog = loss_at(costed_loss, costed_mean, y)
        on_hand += share[j] * (y - costed_mean + backlog)
        backorders += share[j] * backlog
        unfilled += share[j] * (short - loss_at(loss_lead, mean_lead, y))
        ready += share[j] * share_at(cdf, y)
    covered, ordered = 0.0, 0.0
    for j in range(quantity):
        height = quantity - j
        ordered += share[j] * (1.0 - share_at(cdf_review, height - 1))
        for units in range(height, min(len(demand), r + height + 1)):
            covered += share[j] * demand[units] * share_at(cdf_lead, r + height - units)
    fill = 1.0 - unfilled / mean_of(demand)
    return on_hand, backorders, orders, fill, covered / ordered, ready
