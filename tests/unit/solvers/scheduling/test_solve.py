"""Solve: never worse than the start, always checked, and the optimum where it is known."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from solvers.budget import Budget
from solvers.result import SolveStatus
from solvers.scheduling import exact
from solvers.scheduling.check import check
from solvers.scheduling.io import parse, problem_of
from solvers.scheduling.kernel.search import OwnSearch
from solvers.scheduling.model import Improvement
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Job, Machine, Mode, Prices, SchedulingProblem, Setup, Task
from solvers.scheduling.repair import repair
from solvers.scheduling.solve import solve
from tests.unit.solvers.scheduling.cases import FT06, plant, problems, published
from tests.unit.solvers.scheduling.random_problems import random_problem

SHORT = Budget(seconds=0.2, workers=1, seed=1)
FEW = Budget(seconds=60, iterations=2)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_the_result_passes_the_checker_and_is_never_worse_than_the_start(problem: SchedulingProblem) -> None:
    start = repair(problem)
    result = solve(problem, start, SHORT)
    assert result.plan is not None
    assert result.cost is not None
    report = check(problem, result.plan)
    assert report.ok, report.violations
    assert report.figures.objective == result.cost <= check(problem, start).figures.objective
    assert result.bound is None or result.bound <= result.cost
    assert not [note for note in result.notes if "refused" in note or "costs more" in note or "INFEASIBLE" in note]


@pytest.mark.parametrize("seed", range(12))
def test_both_engines_side_by_side_only_ever_get_better(seed: int) -> None:
    problem = random_problem(seed)
    costs: list[int] = []

    def told(_: float, cost: int, schedule: Schedule) -> bool:
        assert check(problem, schedule).ok
        costs.append(cost)
        return False

    result = solve(problem, None, Budget(seconds=0.5, workers=2, seed=1), told)
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == result.cost
    assert not [note for note in result.notes if "refused" in note or "INFEASIBLE" in note]


def test_whoever_is_told_may_say_that_it_is_enough() -> None:
    problem = problem_of(*parse(FT06))
    result = solve(problem, None, Budget(seconds=60, workers=2), lambda _, cost, schedule: cost <= 60)
    assert result.cost is not None
    assert result.cost <= 60
    assert result.wall_s < 60


def test_ft06_is_solved_to_its_optimum() -> None:
    result = solve(problem_of(*parse(FT06)), None, Budget(seconds=20, workers=1))
    assert (result.status, result.cost, result.bound) == (SolveStatus.OPTIMAL, 55, 55)


def test_setups_are_minimised_within_one_machine() -> None:
    """Four families in turn: the best sequence keeps equal families together."""
    setups = tuple(Setup(a, b, 50) for a in "ab" for b in "ab" if a != b)
    jobs = tuple(Job(f"J{n}", (Task(f"T{n}", (Mode("M", 10),), family="ab"[n % 2]),)) for n in range(6))
    problem = SchedulingProblem(0, (Machine("M", setups=setups, family="b"),), jobs)
    result = solve(problem, None, Budget(seconds=10, workers=1))
    assert result.plan is not None
    assert check(problem, result.plan).figures.setup_s == 50
    assert check(problem, result.plan).figures.makespan_s == 110


def test_a_change_is_made_only_if_it_gains_more_than_its_price() -> None:
    """Swapping two tasks would gain 1,000 points of tardiness and move two tasks."""
    modes = (Mode("M", 10),)
    jobs = (Job("A", (Task("A", modes),)), Job("B", (Task("B", modes),), due_s=10))
    problem = SchedulingProblem(0, (Machine("M"),), jobs)
    first = Schedule(tuple(repair(replace(problem, jobs=(jobs[0], replace(jobs[1], due_s=None)))).assignments))
    assert first.by_task()["B"].start_s == 10
    for price, start_s in ((400, 0), (600, 10)):
        event = replace(problem, published=published(first), prices=Prices(moved_task=price, near_pct=0))
        result = solve(event, first, Budget(seconds=5, workers=1))
        assert result.plan is not None
        assert result.plan.by_task()["B"].start_s == start_s


def test_a_big_plant_is_improved_window_by_window() -> None:
    problem = plant(3, jobs=110, per_job=4, count=10)
    start = repair(problem)
    result = solve(problem, start, Budget(seconds=4, workers=1, iterations=40))
    assert result.plan is not None
    assert result.cost is not None
    assert result.cost < check(problem, start).figures.objective
    assert (result.status, result.bound) == (SolveStatus.FEASIBLE, None)
    assert check(problem, result.plan).ok


def test_a_broken_start_is_refused_by_name_and_replaced() -> None:
    problem = problem_of(*parse(FT06))
    good = repair(problem)
    broken = Schedule((replace(good.assignments[0], start_s=-5), *good.assignments[1:]))
    result = solve(problem, broken, SHORT)
    assert result.plan is not None
    assert result.notes[0].startswith("start refused")


@pytest.fixture
def only_engine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The own search finds nothing, so that the engine's answer is what counts."""
    monkeypatch.setattr(OwnSearch, "run", lambda *_: None)
    monkeypatch.setattr(OwnSearch, "bound", None)
    return monkeypatch


@pytest.mark.parametrize("status", [s for s in SolveStatus if not s.has_plan])
def test_whatever_becomes_of_the_engine_the_start_stands(status: SolveStatus, only_engine: pytest.MonkeyPatch) -> None:
    problem = problem_of(*parse(FT06))
    start = repair(problem)
    only_engine.setattr(exact, "improve", lambda *_: Improvement(status))
    result = solve(problem, start, FEW)
    assert (result.plan, result.status, result.engine) == (start, SolveStatus.FEASIBLE, "own")
    assert any(str(status) in note for note in result.notes)


def test_an_engine_answer_that_breaks_a_rule_or_costs_more_is_dropped(only_engine: pytest.MonkeyPatch) -> None:
    problem = problem_of(*parse(FT06))
    start = repair(problem)
    late = Schedule(tuple(replace(a, start_s=a.start_s + 900, end_s=a.end_s + 900) for a in start.assignments))
    early = Schedule(tuple(replace(a, start_s=0) for a in start.assignments))
    for bad in (late, early):
        only_engine.setattr(exact, "improve", lambda *_, bad=bad: Improvement(SolveStatus.FEASIBLE, bad))
        assert solve(problem, start, FEW).plan == start


def test_the_same_seed_gives_the_same_schedule() -> None:
    problem = problem_of(*parse(FT06))
    results = [solve(problem, None, Budget(seconds=20, workers=1, seed=7, iterations=30)) for _ in range(2)]
    assert results[0].plan == results[1].plan


def test_nothing_of_the_core_side_imports_ortools() -> None:
    modules = ["check", "repair", "explain", "problem", "plan", "io", "solve"]
    imports = "; ".join(f"import solvers.scheduling.{name}" for name in modules)
    code = f"import sys; {imports}; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
