"""Capacitated lot-sizing problems after the rules of Trigeiro, Thomas and McClain (1989), from a seed.

Their published problems, as far as their data show the rules: 24 items or fewer, 15 or 30 periods; demand uniform in
75..125, and none for a quarter of the items' first four periods (stock from before covers them); one second a unit;
holding 1..5 a unit and period; setup time 10, 20 … 50; setup cost 200, 400 … 1000; capacity the same in each period,
so that average demand and one setup of each item in each period would fill it to `load_percent` (G problems: 105..110,
more than there is, so lots must be joined). A problem whose first periods cannot hold what must be made in them
(demand up to each period, one setup an item) is drawn again with the next seed. Used by the lot-sizing benchmark.
"""

from __future__ import annotations

import random

from solvers.replenishment.lot_sizing.line import LineItem, LineProblem

ZERO_PERIODS = 4
ZERO_CHANCE = 0.25


def trigeiro(seed: int, items: int = 24, periods: int = 15, load_percent: int = 106) -> LineProblem:
    """One problem; costs in cents, times in seconds, which stand for the paper's units."""
    rng = random.Random(seed)
    while True:
        problem = _draw(rng, items, periods, load_percent)
        if _fits(problem):
            return problem


def _draw(rng: random.Random, items: int, periods: int, load_percent: int) -> LineProblem:
    made = []
    for number in range(items):
        demand = [
            0 if t < ZERO_PERIODS and rng.random() < ZERO_CHANCE else rng.randint(75, 125) for t in range(periods)
        ]
        made.append(
            LineItem(
                item_id=f"item {number + 1}",
                demand=tuple(demand),
                unit_s=1,
                setup_s=10 * rng.randint(1, 5),
                setup_cents=200 * rng.randint(1, 5),
                holding_cents=rng.randint(1, 5),
            )
        )
    setups = sum(item.setup_s for item in made)
    capacity_s = round(100 * (100 * items + setups) / load_percent)
    return LineProblem(tuple(made), (capacity_s,) * periods)


def _fits(problem: LineProblem) -> bool:
    """Whether demand up to each period fits, with one setup of each item that has any (necessary, not enough)."""
    for t in range(problem.periods):
        need_s = sum(
            sum(i.demand[: t + 1]) * i.unit_s + i.setup_s * (sum(i.demand[: t + 1]) > 0) for i in problem.items
        )
        if need_s > sum(problem.capacity_s[: t + 1]):
            return False
    return True
