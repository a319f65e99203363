"""The CP-SAT model: its hint is complete and feasible, and counts what the checker counts."""

from __future__ import annotations

import pytest
from ortools.sat.python import cp_model

from solvers.scheduling.check import check
from solvers.scheduling.incumbent import Incumbent
from solvers.scheduling.model import Model, build, read
from solvers.scheduling.plan import Schedule
from solvers.scheduling.repair import repair
from solvers.scheduling.shop import Shop, index
from tests.unit.solvers.scheduling.random_problems import random_problem


def solved(made: Model, seconds: float) -> tuple[int, cp_model.CpSolver]:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.cp_model_probing_level = 0
    return solver.solve(made.draft.model), solver


def assert_hint_is_right(shop: Shop, schedule: Schedule, cost: int, free: set[int]) -> None:
    """With every variable at its hint the model is feasible and costs exactly that."""
    made = build(shop, schedule, cost, free)
    proto = made.draft.model.proto
    hints = dict(zip(proto.solution_hint.vars, proto.solution_hint.values, strict=True))
    for number, variable in enumerate(proto.variables):
        lows, highs = list(variable.domain)[::2], list(variable.domain)[1::2]
        if lows == highs and not variable.name:
            continue
        assert number in hints, variable.name
        assert any(low <= hints[number] <= high for low, high in zip(lows, highs, strict=True)), variable.name
        variable.domain.clear()
        variable.domain.extend([hints[number], hints[number]])
    status, solver = solved(made, 10.0)
    assert (status, int(solver.objective_value)) == (cp_model.OPTIMAL, cost)


@pytest.mark.parametrize("seed", range(40))
def test_the_hint_is_complete_and_costs_what_the_checker_says(seed: int) -> None:
    """For what repair gives, and for what the model makes of it; with all free, and with half of it."""
    problem = random_problem(seed)
    shop, schedule = index(problem), repair(problem)
    for _ in range(2):
        report = check(problem, schedule)
        assert report.ok, report.violations
        free = Incumbent(shop, schedule, report.figures.objective).free
        for part in (free, set(sorted(free)[::2])):
            assert_hint_is_right(shop, schedule, report.figures.objective, part)
        made = build(shop, schedule, report.figures.objective, free)
        status, solver = solved(made, 0.1)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return
        schedule = read(made, solver.value)
        if status == cp_model.OPTIMAL:
            assert check(problem, schedule).figures.objective == int(solver.objective_value)
