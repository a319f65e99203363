"""Discrete lot sizing: the reader, the check, and the search against every plan there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from solvers.budget import Budget
from solvers.errors import InvalidProblem
from solvers.replenishment.lot_sizing.check import check_discrete
from solvers.replenishment.lot_sizing.discrete import IDLE, DiscretePlan, DiscreteProblem, read_psp
from solvers.replenishment.lot_sizing.discrete_arrays import arrays_of
from solvers.replenishment.lot_sizing.discrete_bound import Bound
from solvers.replenishment.lot_sizing.discrete_search import sweep
from solvers.replenishment.lot_sizing.discrete_solve import earliest_due_last, solve_discrete
from solvers.result import SolveStatus
from tests.unit.solvers.replenishment.lot_sizing.brute import cheapest_discrete, discrete_problems

TEXT = "4\n2\n0 1 0 1\n0 0 1 1\n2\n0 5\n3 0\n\n11\n"
PROBLEM = DiscreteProblem(4, ((1, 3), (2, 3)), 2, ((0, 5), (3, 0)))


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "tiny.psp").write_text(TEXT)
    instance = read_psp(tmp_path / "tiny.psp")
    assert (instance.name, instance.problem, instance.optimum) == ("tiny", PROBLEM, 11)


def test_a_matrix_for_more_items_is_cut_and_the_optimum_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "wide.psp").write_text("4\n2\n0 1 0 1\n0 0 1 1\n2\n0 5 9\n3 0 9\n9 9 0\n")
    instance = read_psp(tmp_path / "wide.psp")
    assert (instance.problem, instance.optimum) == (PROBLEM, None)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("4\ntwo\n", "line 2"),
        ("4 2 0 1 0 1", "file"),
        (TEXT.replace("0 1 0 1", "0 2 0 1"), "demand[0]"),
        (TEXT.replace("4\n2", "0\n2", 1), "periods"),
        (TEXT.replace("0 5", "0 -5"), "changeover_cost[0]"),
        ("", "file"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, field: str) -> None:
    (tmp_path / "bad.psp").write_text(text)
    with pytest.raises(InvalidProblem) as caught:
        read_psp(tmp_path / "bad.psp")
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("periods", "due", "matrix", "field"),
    [
        (2, ((0, 2),), ((0,),), "due[0]"),
        (3, ((1, 1),), ((0,),), "due[0]"),
        (3, ((1,),), (), "changeover_cost"),
        (3, ((1,),), ((0, 1),), "changeover_cost[0]"),
    ],
)
def test_a_broken_rule_is_named(
    periods: int, due: tuple[tuple[int, ...], ...], matrix: tuple[tuple[int, ...], ...], field: str
) -> None:
    with pytest.raises(InvalidProblem) as caught:
        DiscreteProblem(periods, due, 1, matrix)
    assert caught.value.field == field


def test_the_check_adds_up_stocking_and_changeovers_over_idle_periods() -> None:
    verdict = check_discrete(PROBLEM, DiscretePlan((0, 0, 1, 1)))
    assert (verdict.ok, verdict.stocking, verdict.changeovers, verdict.cost) == (True, 6, 5, 11)
    idle = DiscreteProblem(4, ((0,), (3,)), 2, ((0, 5), (3, 0)))
    assert check_discrete(idle, DiscretePlan((0, IDLE, IDLE, 1))).cost == 5


@pytest.mark.parametrize("made", [(0, 0, 1), (1, 1, 0, 0), (0, 0, 1, 2), (0, IDLE, 1, 1), (0, 0, 0, 1)])
def test_the_check_names_what_is_wrong(made: tuple[int, ...]) -> None:
    assert not check_discrete(PROBLEM, DiscretePlan(made)).ok


@settings(max_examples=60, deadline=None)
@given(discrete_problems())
def test_the_search_finds_what_every_plan_there_is_shows(problem: DiscreteProblem) -> None:
    result = solve_discrete(problem, Budget(seconds=20))
    best = cheapest_discrete(problem)
    if best is None:
        assert result.status is SolveStatus.INFEASIBLE
        assert not problem.can_be_met()
    else:
        assert result.plan is not None
        assert (result.status, result.cost, result.bound) == (SolveStatus.OPTIMAL, best, best)
        assert check_discrete(problem, result.plan).cost == best


@settings(max_examples=60, deadline=None)
@given(discrete_problems(items=5, periods=12))
def test_a_narrow_search_gives_a_bound_below_the_best_plan(problem: DiscreteProblem) -> None:
    if not problem.can_be_met() or not problem.units:
        return
    best = solve_discrete(problem, Budget(seconds=20)).cost
    assert best is not None
    bound = Bound.of(arrays_of(problem))
    bound.settle()
    upper = check_discrete(problem, earliest_due_last(problem)).cost
    assert bound.value <= best + 1e-6
    found = sweep(bound, upper, 1, Budget(seconds=20).start())
    assert found.bound <= best <= found.cost <= upper
    bound.climb(float(upper), 100, Budget(seconds=20).start())
    assert bound.value <= best + 1e-6


def test_a_plan_comes_even_when_there_is_no_time() -> None:
    watch = iter(range(1_000))
    result = solve_discrete(PROBLEM, Budget(seconds=0.5, stopwatch=lambda: float(next(watch))))
    assert result.status is SolveStatus.FEASIBLE
    assert result.plan is not None
    assert check_discrete(PROBLEM, result.plan).ok


def test_nothing_due_is_nothing_made() -> None:
    result = solve_discrete(DiscreteProblem(3, ((), ()), 1, ((0, 1), (1, 0))), Budget(seconds=1))
    assert (result.status, result.cost) == (SolveStatus.OPTIMAL, 0)
