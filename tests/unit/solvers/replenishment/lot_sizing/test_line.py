"""Lots on a line: the problem's rules, the check by hand, the quick plan, and the model against every plan there is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from solvers.budget import Budget
from solvers.errors import InvalidProblem
from solvers.replenishment.lot_sizing.check import check_line, gap_percent
from solvers.replenishment.lot_sizing.line import LineItem, LinePlan, LineProblem, Lot
from solvers.replenishment.lot_sizing.line_lots import line_lots
from solvers.replenishment.lot_sizing.line_mip import solve_plain, solve_whole
from solvers.replenishment.lot_sizing.quick import quick_lots
from solvers.replenishment.lot_sizing.trim import trimmed
from solvers.result import SolveStatus
from tests.unit.solvers.replenishment.lot_sizing.brute import cheapest_line, line_plans, line_problems

A = LineItem("A", (4, 0, 6), unit_s=10, setup_s=30, setup_cents=100, holding_cents=2, backlog_cents=50, opening_stock=1)
B = LineItem("B", (2, 2, 2), unit_s=20, setup_s=10, setup_cents=40, holding_cents=1, backlog_cents=30)
LINE = LineProblem((A, B), (100, 100, 100), (20, 20, 20), overtime_cents_per_h=3_600, carry_over=True, set_up_for="A")
PLAN = LinePlan(((Lot("A", 3), Lot("B", 4)), (Lot("B", 2),), (Lot("A", 6),)))
SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_the_check_adds_up_by_hand() -> None:
    verdict = check_line(LINE, PLAN)
    assert verdict.ok, verdict.violations
    assert verdict.setup_s == (10, 0, 30)
    assert verdict.used_s == (120, 40, 90)
    assert verdict.setup_cents == 40 + 100
    assert verdict.overtime_cents == 20
    assert verdict.holding_cents == 2 + 2
    assert verdict.backlog_cents == 0
    assert verdict.cost_cents == 164


def test_changeovers_count_from_the_item_before_over_the_night() -> None:
    line = replace(LINE, changeover_s=((0, 7), (9, 0)), changeover_cents=((0, 70), (90, 0)))
    verdict = check_line(line, PLAN)
    assert (verdict.setup_s, verdict.setup_cents) == ((7, 0, 9), 160)


def test_without_carry_over_every_lot_needs_its_setup() -> None:
    verdict = check_line(replace(LINE, carry_over=False, set_up_for="", overtime_s=(90, 90, 90)), PLAN)
    assert (verdict.setup_s, verdict.setup_cents) == ((40, 10, 30), 280)


def test_lateness_is_paid_each_period_and_refused_without_a_price() -> None:
    nothing = LinePlan(((), (), ()))
    assert check_line(LINE, nothing).backlog_cents == 50 * (3 + 3 + 9) + 30 * (2 + 4 + 6)
    strict = replace(LINE, items=(replace(A, backlog_cents=None), B))
    assert not check_line(strict, nothing).ok


@pytest.mark.parametrize(
    ("lots", "word"),
    [
        (((Lot("C", 1),), (), ()), "no item"),
        (((Lot("A", 1), Lot("A", 1)), (), ()), "2 times"),
        (((Lot("A", 0),), (), ()), "above zero"),
        (((Lot("A", 13),), (), ()), "120 s there"),
        (((), ()), "periods"),
    ],
)
def test_a_broken_plan_is_told(lots: tuple[tuple[Lot, ...], ...], word: str) -> None:
    assert any(word in violation for violation in check_line(LINE, LinePlan(lots)).violations)


def test_lot_rules_are_checked() -> None:
    ruled = replace(LINE, items=(replace(A, min_lot=4, lot_multiple=2), B))
    told = check_line(ruled, LinePlan(((Lot("A", 2),), (Lot("A", 5),), ()))).violations
    assert ["at least 4" in told[0], "multiples of 2" in told[1]] == [True, True]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"capacity_s": ()}, "capacity_s"),
        ({"capacity_s": (1, 2)}, "overtime_s"),
        ({"overtime_s": (1, -2, 3)}, "overtime_s"),
        ({"items": (A, A)}, "items"),
        ({"items": (A, replace(B, demand=(1,)))}, "items[B].demand"),
        ({"carry_over": False}, "set_up_for"),
        ({"set_up_for": "C"}, "set_up_for"),
        ({"changeover_s": ((0, 1), (1, 0))}, "changeover_s"),
        ({"changeover_s": ((0, 1),), "changeover_cents": ((0, 1), (1, 0))}, "changeover_s"),
        ({"overtime_cents_per_h": -1}, "overtime_cents_per_h"),
    ],
)
def test_a_broken_rule_is_named(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        replace(LINE, **changes)  # type: ignore[arg-type]
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"demand": (-1,)}, "items[A].demand"),
        ({"unit_s": -1}, "items[A].unit_s"),
        ({"lot_multiple": 0}, "items[A].lot_multiple"),
        ({"backlog_cents": None, "opening_stock": -1}, "items[A].backlog_cents"),
        ({"item_id": ""}, "item_id"),
    ],
)
def test_a_broken_rule_of_an_item_is_named(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        replace(A, **changes)  # type: ignore[arg-type]
    assert caught.value.field == field


@settings(max_examples=80, deadline=None)
@given(line_problems(items=4, periods=5, late=True, units=6))
def test_the_quick_plan_keeps_every_rule_where_lateness_has_a_price(problem: LineProblem) -> None:
    plan = quick_lots(problem, moves=300)
    verdict = check_line(problem, plan)
    assert verdict.ok, verdict.violations
    again = quick_lots(problem, plan, moves=300, seed=1)
    assert check_line(problem, again).ok
    assert check_line(problem, again).cost_cents <= verdict.cost_cents


def test_the_quick_plan_is_the_same_for_the_same_seed() -> None:
    assert quick_lots(LINE, seed=3, moves=1_000) == quick_lots(LINE, seed=3, moves=1_000)


@SLOW
@given(line_problems())
def test_the_model_finds_what_every_plan_there_is_shows(problem: LineProblem) -> None:
    best = cheapest_line(problem, 4)
    solved = solve_whole(problem, 20.0, 1)
    if best is None:
        assert solved.infeasible
        return
    assert solved.plan is not None, solved
    assert solved.cost == check_line(problem, solved.plan).cost_cents
    assert (solved.cost, solved.optimal) == (best, True)
    assert solved.bound is not None
    assert solved.bound <= best
    plain = solve_plain(problem, 20.0, 1)
    assert plain.cost == best


@SLOW
@given(line_problems(late=True))
def test_the_whole_answer_is_proven_and_checked(problem: LineProblem) -> None:
    result = line_lots(problem, Budget(seconds=20.0, workers=1))
    assert result.plan is not None
    assert check_line(problem, result.plan).cost_cents == result.cost
    assert (result.status, result.cost) == (SolveStatus.OPTIMAL, cheapest_line(problem, 4))


def test_two_workers_are_never_worse_than_the_start() -> None:
    start = next(p for p in line_plans(replace(LINE, items=(A, B)), 1) if check_line(LINE, p).ok)
    result = line_lots(LINE, Budget(seconds=20.0, workers=2, seed=1), start)
    assert result.plan is not None
    assert result.cost is not None
    assert result.cost <= check_line(LINE, start).cost_cents
    assert result.status is SolveStatus.OPTIMAL
    assert result.bound == result.cost


def test_what_cannot_be_made_is_infeasible_not_late() -> None:
    item = LineItem("A", (20,), unit_s=10, setup_s=30)
    result = line_lots(LineProblem((item,), (100,)), Budget(seconds=5.0))
    assert (result.status, result.plan) == (SolveStatus.INFEASIBLE, None)


def test_the_gap_of_a_free_plan_is_nothing() -> None:
    assert (gap_percent(0, 0), gap_percent(200, 150)) == (0.0, 25.0)


@settings(max_examples=60, deadline=None)
@given(line_problems(items=3, periods=4, late=True, units=6))
def test_trimming_never_costs_and_leaves_every_lot(problem: LineProblem) -> None:
    plan = quick_lots(problem, moves=50)
    wide = replace(problem, overtime_s=(10**6,) * problem.periods)
    more = LinePlan(
        tuple(
            tuple(
                Lot(lot.item_id, lot.quantity + 4 * problem.items[problem.index_of(lot.item_id)].lot_multiple)
                for lot in lots
            )
            for lots in plan.lots
        )
    )
    before, after = check_line(wide, more), check_line(wide, trimmed(wide, more))
    assert after.ok
    assert after.cost_cents <= before.cost_cents
    assert after.backlog_cents == before.backlog_cents
    assert [len(lots) for lots in trimmed(wide, more).lots] == [len(lots) for lots in plan.lots]
