"""The discrete problem, whole: a start, a bound, a search that widens until it is a proof or time is up.

Promises: a valid plan wherever one exists, whatever the budget, unless the budget is too small even for the start; the
cost is the independent checker's; OPTIMAL only with a proof. The same seedless search each time: one budget in
iterations (sweeps) gives one plan. Needs no OR-Tools; holds no interpreter lock for long. Called by `solve`, benches.
"""

from __future__ import annotations

import heapq

from solvers.budget import Budget, Deadline
from solvers.replenishment.lot_sizing.check import check_discrete
from solvers.replenishment.lot_sizing.discrete import IDLE, DiscretePlan, DiscreteProblem
from solvers.replenishment.lot_sizing.discrete_arrays import arrays_of
from solvers.replenishment.lot_sizing.discrete_bound import Bound
from solvers.replenishment.lot_sizing.discrete_search import can_encode, sweep
from solvers.result import Result, SolveStatus

WIDTHS = (100, 3_000, 20_000, 60_000, 150_000, 400_000)
"""States a layer, sweep by sweep; the last is repeated with better prices while time is left."""
ROUNDS = (300, 1_000, 3_000, 3_000, 6_000, 6_000)
"""Subgradient steps before each sweep."""
STEP = 1.0


def earliest_due_last(problem: DiscreteProblem) -> DiscretePlan:
    """From the last period back, each period makes the unit due latest among those that may wait for it.

    Valid wherever a valid plan exists (every unit is made as late as the others allow).
    """
    made = [IDLE] * problem.periods
    by_due: list[list[int]] = [[] for _ in range(problem.periods)]
    for item, due in enumerate(problem.due):
        for t in due:
            by_due[t].append(item)
    waiting: list[int] = []
    last = IDLE
    for t in range(problem.periods - 1, -1, -1):
        for item in by_due[t]:
            heapq.heappush(waiting, item)
        if waiting:
            if last in waiting:
                waiting.remove(last)
                heapq.heapify(waiting)
            else:
                last = heapq.heappop(waiting)
            made[t] = last
    return DiscretePlan(tuple(made))


def solve_discrete(problem: DiscreteProblem, budget: Budget) -> Result[DiscretePlan]:
    """Solve it. `budget.iterations` counts sweeps, `budget.seed` and `budget.workers` change nothing."""
    deadline = budget.start()
    if not problem.can_be_met():
        return Result(
            SolveStatus.INFEASIBLE, None, wall_s=deadline.elapsed_s(), notes=("more units are due than periods",)
        )
    start = earliest_due_last(problem)
    first_s = deadline.elapsed_s()
    arrays = arrays_of(problem)
    if not arrays.units or not can_encode(arrays):
        return _result(problem, start, 0, "start", deadline, first_s, 0, budget)
    return _widen(problem, start, Bound.of(arrays), budget, deadline, first_s)


def _widen(
    problem: DiscreteProblem, start: DiscretePlan, bound: Bound, budget: Budget, deadline: Deadline, first_s: float
) -> Result[DiscretePlan]:
    """Ascend, sweep, and again, wider."""
    best, cost, engine = start, check_discrete(problem, start).cost, "start"
    bound.settle()
    proven = 0
    number = 0
    while not deadline.over() and number < (budget.iterations or 10**6):
        place = min(number, len(WIDTHS) - 1)
        bound.step = STEP if number == 0 else max(bound.step, STEP / 10)
        bound.climb(float(cost), ROUNDS[place], deadline)
        found = sweep(bound, cost, WIDTHS[place], deadline)
        number += 1
        proven = max(proven, found.bound)
        if found.made is not None:
            best, cost, engine = DiscretePlan(found.made), found.cost, "sweep"
        if proven >= cost:
            break
    return _result(problem, best, min(proven, cost), engine, deadline, first_s, number, budget)


def _result(
    problem: DiscreteProblem,
    plan: DiscretePlan,
    bound: int,
    engine: str,
    deadline: Deadline,
    first_s: float,
    sweeps: int,
    budget: Budget,
) -> Result[DiscretePlan]:
    verdict = check_discrete(problem, plan)
    if not verdict.ok:
        return Result(SolveStatus.CRASHED, None, wall_s=deadline.elapsed_s(), notes=verdict.violations)
    optimal = bound >= verdict.cost
    return Result(
        SolveStatus.OPTIMAL if optimal else SolveStatus.FEASIBLE,
        plan,
        verdict.cost,
        bound,
        engine,
        deadline.elapsed_s(),
        first_s,
        sweeps,
        budget.seed,
    )
