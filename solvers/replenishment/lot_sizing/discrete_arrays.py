"""The discrete problem as arrays, units numbered item by item in the order they are due.

Promises: whole numbers, read-only by agreement. Called by the bound, the search and the models of the discrete problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.replenishment.lot_sizing.discrete import DiscreteProblem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Arrays:
    """`first[i]`: number of item i's first unit, `first[items]` = units. `item_of`, `due`, `latest` by unit.

    `latest`: the last period a unit can be made in, so that its item's later units still have a period each.
    `slack`: periods without a unit in every plan.
    """

    periods: int
    items: int
    units: int
    slack: int
    stocking: int
    first: Ints
    item_of: Ints
    due: Ints
    latest: Ints
    change: Ints

    def kernel(self) -> tuple[Any, ...]:
        """The arguments every kernel begins with."""
        return self.periods, self.items, self.slack, self.stocking, self.first, self.item_of, self.due, self.latest


def arrays_of(problem: DiscreteProblem) -> Arrays:
    """The problem's arrays."""
    first = np.zeros(problem.items + 1, dtype=np.int64)
    first[1:] = np.cumsum([len(due) for due in problem.due])
    latest: list[int] = []
    for due in problem.due:
        mine: list[int] = []
        for t in reversed(due):
            mine.append(t if not mine else min(t, mine[-1] - 1))
        latest.extend(reversed(mine))
    return Arrays(
        periods=problem.periods,
        items=problem.items,
        units=problem.units,
        slack=problem.periods - problem.units,
        stocking=problem.stocking_cost,
        first=first,
        item_of=np.repeat(np.arange(problem.items, dtype=np.int64), [len(due) for due in problem.due]),
        due=np.array([t for due in problem.due for t in due], dtype=np.int64),
        latest=np.array(latest, dtype=np.int64),
        change=np.array(problem.changeover_cost, dtype=np.int64).reshape(problem.items, problem.items),
    )
