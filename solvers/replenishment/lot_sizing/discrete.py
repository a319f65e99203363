"""Discrete lot sizing with sequence-dependent changeovers (the pigment problem, CSPLib 058): problem, plan, reader.

Promises: immutable, whole units and costs, validated as a whole. One line makes at most one unit of one item in a
period. A unit is due in a period and may be made in it or before it; each period it waits costs `stocking_cost`.
Between two units that are made one after the other, idle periods or not, `changeover_cost` is due.
May not: solve; import an engine. Called by: the engines, `check`, `solve`, tests, benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from math import isqrt
from pathlib import Path

from solvers.errors import InvalidProblem, require

IDLE = -1
MAX_PERIODS = 1_000
MAX_ITEMS = 60
MAX_COST = 10**6


@dataclass(frozen=True, slots=True)
class DiscreteProblem:
    """`due[item]`: the periods (from 0, ascending, no two alike) in which one unit of it is due.

    `changeover_cost[i][j]`: from a unit of i to a unit of j; the diagonal is the cost of going on, usually 0.
    Raises InvalidProblem.
    """

    periods: int
    due: tuple[tuple[int, ...], ...]
    stocking_cost: int
    changeover_cost: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        require(1 <= self.periods <= MAX_PERIODS, "periods", self.periods, f"must be in 1..{MAX_PERIODS}")
        items = len(self.due)
        require(1 <= items <= MAX_ITEMS, "due", items, f"must have 1..{MAX_ITEMS} items")
        require(0 <= self.stocking_cost <= MAX_COST, "stocking_cost", self.stocking_cost, f"must be in 0..{MAX_COST}")
        for i, due in enumerate(self.due):
            require(
                all(0 <= t < self.periods for t in due), f"due[{i}]", due, f"periods must be in 0..{self.periods - 1}"
            )
            require(list(due) == sorted(set(due)), f"due[{i}]", due, "must ascend, at most one unit in a period")
        require(len(self.changeover_cost) == items, "changeover_cost", len(self.changeover_cost), f"{items} rows")
        for i, row in enumerate(self.changeover_cost):
            require(len(row) == items, f"changeover_cost[{i}]", len(row), f"{items} numbers")
            require(all(0 <= c <= MAX_COST for c in row), f"changeover_cost[{i}]", row, f"must be in 0..{MAX_COST}")

    @property
    def items(self) -> int:
        """How many."""
        return len(self.due)

    @property
    def units(self) -> int:
        """How many units are due in all."""
        return sum(map(len, self.due))

    def can_be_met(self) -> bool:
        """Whether every unit can be made in time: no more units are due up to a period than there are periods."""
        due_in = [0] * self.periods
        for due in self.due:
            for t in due:
                due_in[t] += 1
        return all(units <= t + 1 for t, units in enumerate(accumulate(due_in)))


@dataclass(frozen=True, slots=True)
class DiscretePlan:
    """`made[period]`: the item made in it, or `IDLE`."""

    made: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PspInstance:
    """A published problem. `optimum`: as the file gives it, if it does."""

    name: str
    problem: DiscreteProblem
    optimum: int | None


def read_psp(path: Path) -> PspInstance:
    """Read a `.psp` file: periods, items, a 0/1 row of demand an item, stocking cost, changeover costs, optimum.

    A matrix for more items than there are (as in pigment15c) is read, and its leading part used. Raises
    InvalidProblem for anything else, OSError if the file cannot be read.
    """
    numbers = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        for token in line.split():
            require(token.lstrip("-").isdigit() and len(token) < 12, f"line {number}", token, "must be a whole number")
            numbers.append(int(token))
    require(len(numbers) >= 3, "file", len(numbers), "must hold periods, items and the rest")
    periods, items = numbers[:2]
    require(1 <= periods <= MAX_PERIODS, "periods", periods, f"must be in 1..{MAX_PERIODS}")
    require(1 <= items <= MAX_ITEMS, "items", items, f"must be in 1..{MAX_ITEMS}")
    rest = numbers[2 + items * periods :]
    side = isqrt(max(len(rest) - 1, 0))
    if side < items or len(rest) - 1 - side * side not in (0, 1):
        least = 2 + items * periods + 1 + items * items
        raise InvalidProblem("file", len(numbers), f"must hold {least} numbers, or {least + 1} with the optimum")
    demand = [numbers[2 + i * periods : 2 + (i + 1) * periods] for i in range(items)]
    for i, row in enumerate(demand):
        require(set(row) <= {0, 1}, f"demand[{i}]", row, "must be 0 or 1 in each period")
    matrix = tuple(tuple(rest[1 + i * side : 1 + i * side + items]) for i in range(items))
    due = tuple(tuple(t for t, units in enumerate(row) if units) for row in demand)
    optimum = rest[-1] if len(rest) > 1 + side * side else None
    return PspInstance(path.stem, DiscreteProblem(periods, due, rest[0], matrix), optimum)
