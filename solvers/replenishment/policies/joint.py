"""Joint replenishment: several items share the cost of an order; each has a smaller cost of its own.

Every cycle of length T an order is placed, and item i takes part in every m_i-th: cost (K + sum k_i / m_i) / T
+ sum h_i d_i m_i T / 2 (Snyder and Shen 2019, prob. 3.24; Silver 1976 is the heuristic).
Promises: the optimum over all whole multiples, with its proof. For a given T the best m_i is the whole number with
m (m - 1) <= 2 k / (h d T^2) <= m (m + 1), so m is constant between the points T = sqrt(2 k / (h d m (m + 1))). A cycle
costs at least K / T + sum sqrt(2 k h d) and at least sum h d T / 2: outside the T that these two bounds leave below
the best cost nothing can be better, and inside every piece is looked at (Goyal 1974; Viswanathan 1996).
May not: take K = 0, for which T shrinks to nothing.
Called by: the planner of what is ordered together, tests against published values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from solvers.errors import require

MAX_ITEMS = 10_000
_PIECES_MAX = 5_000_000


@dataclass(frozen=True, slots=True)
class JointItem:
    """One item: cost of its line in an order, cost to hold a unit a period, units a period."""

    order_cost: float
    holding_cost: float
    demand: float


@dataclass(frozen=True, slots=True)
class JointCycle:
    """The cycle, in how many cycles each item takes part once, the cost a period, and the proof's bounds on T."""

    cycle: float
    multiples: tuple[int, ...]
    cost: float
    shortest: float
    longest: float


def joint_cycle(shared_cost: float, items: Sequence[JointItem]) -> JointCycle:
    """The cycle and multiples of least cost."""
    require(shared_cost > 0, "shared_cost", shared_cost, "above 0, or the items have nothing in common")
    require(1 <= len(items) <= MAX_ITEMS, "items", len(items), f"1..{MAX_ITEMS}")
    for item in items:
        require(item.order_cost >= 0, "items.order_cost", item.order_cost, "at least 0")
        require(item.holding_cost * item.demand > 0, "items", item, "holding cost and demand above 0")
    held = [item.holding_cost * item.demand for item in items]
    best = _best_for(shared_cost, items, held, [1] * len(items))
    floor = sum(math.sqrt(2 * item.order_cost * rate) for item, rate in zip(items, held, strict=True))
    shortest, longest = shared_cost / (best[0] - floor), 2 * best[0] / sum(held)
    for at, index in _pieces(items, held, shortest, longest):
        if index < 0:
            multiples = [_multiple(item, rate, at) for item, rate in zip(items, held, strict=True)]
            fixed, variable = _sums(shared_cost, items, held, multiples)
        else:
            had = multiples[index]
            multiples[index] = had + 1
            fixed += items[index].order_cost * (1 / (had + 1) - 1 / had)
            variable += held[index]
        if 2 * fixed * variable < best[0] ** 2 * (1 - 1e-12):
            best = (math.sqrt(2 * fixed * variable), tuple(multiples))
    fixed, variable = _sums(shared_cost, items, held, best[1])
    return JointCycle(math.sqrt(2 * fixed / variable), best[1], math.sqrt(2 * fixed * variable), shortest, longest)


def _pieces(items: Sequence[JointItem], held: list[float], shortest: float, longest: float) -> list[tuple[float, int]]:
    """From the longest cycle downwards: where each item's multiple grows by one; first the start, of no item."""
    points = [(longest, -1)]
    for index, (item, rate) in enumerate(zip(items, held, strict=True)):
        multiple = _multiple(item, rate, longest)
        while (at := math.sqrt(2 * item.order_cost / (rate * multiple * (multiple + 1)))) >= shortest:
            points.append((min(at, longest), index))
            multiple += 1
            require(len(points) <= _PIECES_MAX, "items", len(items), f"at most {_PIECES_MAX} pieces to look at")
    return sorted(points, key=lambda point: (-point[0], point[1]))


def _multiple(item: JointItem, rate: float, cycle: float) -> int:
    """The best whole multiple for a cycle: the least m with m (m + 1) >= 2 k / (h d T^2)."""
    product = 2 * item.order_cost / (rate * cycle**2)
    return max(1, math.ceil((math.sqrt(1 + 4 * product) - 1) / 2 - 1e-9))


def _sums(
    shared_cost: float, items: Sequence[JointItem], held: list[float], multiples: Sequence[int]
) -> tuple[float, float]:
    """Order cost a cycle, and half the holding cost rate of a cycle of one period."""
    fixed = shared_cost + sum(item.order_cost / m for item, m in zip(items, multiples, strict=True))
    return fixed, sum(rate * m for rate, m in zip(held, multiples, strict=True))


def _best_for(
    shared_cost: float, items: Sequence[JointItem], held: list[float], multiples: Sequence[int]
) -> tuple[float, tuple[int, ...]]:
    fixed, variable = _sums(shared_cost, items, held, multiples)
    return math.sqrt(2 * fixed * variable), tuple(multiples)
