"""The line's models in MathOpt with HiGHS: the whole problem for the bound, parts of it around a plan for the plan.

Promises: every plan given back has passed the independent check; a bound is the solver's own, rounded up to whole
cents; time limits are kept as well as HiGHS keeps them. OR-Tools is imported on the first call: solver processes only.
HiGHS runs without the interpreter's lock, so two of these may run in two threads. Called by `line_lots`, benches.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from solvers.budget import Deadline
from solvers.replenishment.lot_sizing.check import check_line
from solvers.replenishment.lot_sizing.line import LinePlan, LineProblem
from solvers.replenishment.lot_sizing.line_model import LineModel, plain_model, strong_model

PART_S = 3.0
"""Seconds for one part."""
WINDOW = 5
"""Periods of one part, all items."""
GROUP_SHARE = 0.3
"""Items of one part, all periods."""


@dataclass(frozen=True, slots=True)
class Solved:
    """`plan`, `cost`: None without a valid plan. `bound`: cents, None if the solver has none yet."""

    plan: LinePlan | None
    cost: int | None
    bound: int | None
    optimal: bool
    infeasible: bool
    note: str = ""


def solve_whole(problem: LineProblem, seconds: float, seed: int, start: LinePlan | None = None) -> Solved:
    """The strong form, whole."""
    built = strong_model(problem)
    return _run(built, seconds, seed, _hint(built, start) if start is not None else None)


def relaxed_bound(problem: LineProblem, seconds: float) -> int | None:
    """The bound of the strong form without whole numbers: weak, but there in a moment."""
    from ortools.math_opt.python import mathopt

    built = strong_model(problem)
    for variable in built.model.variables():
        variable.integer = False
    limits = mathopt.SolveParameters(time_limit=timedelta(seconds=max(seconds, 0.1)))
    result = mathopt.solve(built.model, mathopt.SolverType.GLOP, params=limits)
    if result.termination.reason is not mathopt.TerminationReason.OPTIMAL:
        return None
    return math.ceil(result.objective_value() - 1e-6 * max(1.0, abs(result.objective_value())))


def solve_plain(problem: LineProblem, seconds: float, seed: int) -> Solved:
    """The textbook's form, to compare with."""
    return _run(plain_model(problem), seconds, seed, None)


def _run(built: LineModel, seconds: float, seed: int, hint: Any) -> Solved:
    """One call of HiGHS. It knows neither threads nor cutoffs through MathOpt (ortools 9.15), so none is given."""
    from ortools.math_opt.python import mathopt

    if seconds <= 0:
        return Solved(None, None, None, False, False, "no time left")
    limits = mathopt.SolveParameters(
        time_limit=timedelta(seconds=seconds), random_seed=seed, relative_gap_tolerance=0.0, absolute_gap_tolerance=0.5
    )
    model_limits = mathopt.ModelSolveParameters(solution_hints=[hint] if hint is not None else [])
    result = mathopt.solve(built.model, mathopt.SolverType.HIGHS, params=limits, model_params=model_limits)
    reason = result.termination.reason
    if reason in (mathopt.TerminationReason.INFEASIBLE, mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED):
        return Solved(None, None, None, False, True)
    optimal = reason is mathopt.TerminationReason.OPTIMAL
    dual = result.dual_bound()
    bound = math.ceil(dual - 1e-6 * max(1.0, abs(dual))) if math.isfinite(dual) else None
    if not result.has_primal_feasible_solution():
        return Solved(None, None, bound, False, False, f"no plan: {reason.name}")
    values = result.variable_values()
    plan = built.plan(lambda variable: values[variable])
    verdict = check_line(built.problem, plan)
    if not verdict.ok:
        return Solved(None, None, bound, False, False, f"refused: {verdict.violations[0]}")
    return Solved(plan, verdict.cost_cents, bound, optimal, False)


def _hint(built: LineModel, plan: LinePlan) -> Any:
    """Which lots the plan has, as a hint."""
    from ortools.math_opt.python import mathopt

    has = _lots(built.problem, plan)
    return mathopt.SolutionHint(variable_values={var: float(key in has) for key, var in built.lot.items()})


def _lots(problem: LineProblem, plan: LinePlan) -> set[tuple[int, int]]:
    return {(problem.index_of(lot.item_id), t) for t, lots in enumerate(plan.lots) for lot in lots}


def improve_parts(
    problem: LineProblem,
    start: LinePlan,
    deadline: Deadline,
    seed: int,
    stop: Callable[[], bool],
    better: Callable[[LinePlan], None],
) -> None:
    """Fix and optimise (Helber and Sahling 2010): free the lots of a few periods, or of a few items, and solve that.

    The parts are drawn from `seed`; each better plan is told to `better`. Ends at the deadline, or when `stop()`.
    """
    built = strong_model(problem)
    rng = np.random.default_rng(seed)
    best, cost = start, check_line(problem, start).cost_cents
    better(start)
    number = 0
    while not stop():
        seconds = min(PART_S, deadline.left_s() - 0.2)
        if seconds < 0.2:
            break
        _free(built, _lots(problem, best), _part(problem, rng, number))
        found = _run(built, seconds, number, _hint(built, best))
        number += 1
        if found.plan is not None and found.cost is not None and found.cost < cost:
            best, cost = found.plan, found.cost
            better(best)


def _part(problem: LineProblem, rng: np.random.Generator, number: int) -> Callable[[int, int], bool]:
    """Which lots are free: windows of periods one after the other, in every third turn a group of items."""
    items, periods = len(problem.items), problem.periods
    if number % 3 == 2 and items > 3:
        group = set(rng.permutation(items)[: max(2, round(GROUP_SHARE * items))].tolist())
        return lambda i, t: i in group
    width = min(WINDOW, periods)
    first = int(rng.integers(0, periods - width + 1))
    return lambda i, t: first <= t < first + width


def _free(built: LineModel, has: set[tuple[int, int]], free: Callable[[int, int], bool]) -> None:
    for (i, t), var in built.lot.items():
        at = float((i, t) in has)
        var.lower_bound, var.upper_bound = (0.0, 1.0) if free(i, t) else (at, at)
