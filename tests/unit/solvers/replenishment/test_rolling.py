"""The program over what is shared: the checker always passes it, and it never costs more than the marginal list."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from solvers.budget import Budget as TimeBudget
from solvers.replenishment.check import check
from solvers.replenishment.check_cost import expected_cost
from solvers.replenishment.item import PriceTier, Source
from solvers.replenishment.planner import plan
from solvers.replenishment.problem import Published, ReplenishmentProblem
from solvers.replenishment.rolling import model
from solvers.replenishment.rolling.solve import solve
from solvers.replenishment.shared import DAY_S, Budget, Supplier
from solvers.result import SolveStatus
from tests.unit.solvers.replenishment.cases import NOW_S, item, shared_problems

SOME = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SOON = TimeBudget(seconds=1.0, iterations=2)


def scarce(**changes: object) -> ReplenishmentProblem:
    """Three items of one supplier that want more than the budget."""
    items = tuple(
        item(item_id=f"I{n}", on_hand=10 * n, unit_cost_cents=100 * (n + 1), shortage_cents_unit_day=60, weight_g=100)
        for n in range(3)
    )
    return replace(ReplenishmentProblem(NOW_S, items, budget=Budget(12_000)), **changes)  # type: ignore[arg-type]


@SOME
@given(shared_problems())
def test_the_answer_passes_the_checker_and_never_costs_more_than_the_list(case: ReplenishmentProblem) -> None:
    result = solve(case, None, SOON)
    assert result.plan is not None
    assert check(case, result.plan).ok
    assert result.cost is not None
    assert result.cost <= expected_cost(case, plan(case)).cents


def test_it_says_who_found_the_plan_and_what_became_of_the_others() -> None:
    result = solve(scarce(), None, SOON)
    assert result.status is SolveStatus.FEASIBLE
    assert result.engine in ("marginal", "highs options", "highs group")
    assert len(result.notes) == 2
    free = solve(replace(scarce(), budget=None), None, SOON)
    assert (free.engine, free.notes) == ("marginal", ("nothing shared makes a difference",))


def test_an_engine_that_fails_leaves_the_marginal_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of luck")

    broken.__name__ = "solve_group"
    monkeypatch.setattr(model, "solve_group", broken)
    result = solve(scarce(), None, SOON)
    assert result.plan is not None
    assert any("out of luck" in note for note in result.notes)


def test_a_cheaper_start_is_kept_and_a_broken_one_refused() -> None:
    case = scarce()
    best = solve(case, None, SOON).plan
    assert best is not None
    again = solve(case, best, TimeBudget(seconds=1.0, iterations=1))
    assert again.cost is not None
    assert again.cost <= expected_cost(case, best).cents
    broken = replace(best, proposals=(replace(best.proposals[0], quantity=10**6), *best.proposals[1:]))
    assert any("start: refused" in note for note in solve(case, broken, SOON).notes)


@pytest.mark.parametrize("rule", ["all_units", "incremental"])
def test_tiers_minimums_freight_trucks_and_changes_are_understood(rule: str) -> None:
    tiers = (PriceTier(1, 300), PriceTier(40, 250))
    source = Source("acme", 4 * DAY_S, tiers=tiers, tier_rule=rule, order_cost_cents=500, order_multiple=4)  # type: ignore[arg-type]
    items = tuple(
        replace(i, sources=(source, replace(source, source_id="other", tiers=()))) for i in scarce().item_sites
    )
    supplier = Supplier("acme", 9_000, 2_000, 15_000, truck_weight_g=5_000, truck_cents=800, max_trucks=2)
    published = (Published("I0", "north", "acme", 40),)
    case = ReplenishmentProblem(NOW_S, items, (supplier,), budget=Budget(30_000), published=published, change_cents=300)
    result = solve(case, None, TimeBudget(seconds=4.0, iterations=2))
    assert result.plan is not None
    assert check(case, result.plan).ok
    assert not [note for note in result.notes if "refused" in note or "Error" in note]
