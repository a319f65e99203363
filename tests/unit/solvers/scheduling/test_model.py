"""The CP-SAT model: its hint is complete and feasible, and counts what the checker counts."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from ortools.sat.python import cp_model

from solvers.scheduling.check import check
from solvers.scheduling.model import build
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.repair import repair
from solvers.scheduling.shop import index
from tests.unit.solvers.scheduling.cases import problems


def hinted(problem: SchedulingProblem, schedule: Schedule, free: set[int]) -> tuple[int, int]:
    """(status, objective) of the model with every variable at its hint; fails where one has none."""
    cost = check(problem, schedule).figures.objective
    made = build(index(problem), schedule, cost, free)
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
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(made.draft.model)
    return status, int(solver.objective_value) if status == cp_model.OPTIMAL else -1


def free_of(problem: SchedulingProblem, schedule: Schedule) -> set[int]:
    waived = {waiver.task_id for waiver in schedule.waivers}
    operations = index(problem).operations
    return {op.number for op in operations if not op.started and (op.wish is None or op.task.task_id in waived)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_the_hint_is_complete_and_costs_what_the_checker_says(problem: SchedulingProblem) -> None:
    start = repair(problem)
    everything = free_of(problem, start)
    for free in (everything, set(sorted(everything)[::2])):
        assert hinted(problem, start, free) == (cp_model.OPTIMAL, check(problem, start).figures.objective)
