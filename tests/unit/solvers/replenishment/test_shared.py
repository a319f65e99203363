"""What items share: no limit is ever exceeded, and a change stays with what shares a binding limit."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solvers.replenishment.check import check
from solvers.replenishment.planner import plan
from solvers.replenishment.problem import ReplenishmentProblem
from tests.unit.solvers.replenishment.cases import shared_problems

HOSTILE = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@HOSTILE
@given(shared_problems())
def test_whatever_is_shared_the_checker_passes_the_plan(case: ReplenishmentProblem) -> None:
    report = check(case, plan(case))
    assert report.ok, report.violations


@HOSTILE
@given(shared_problems(), st.data())
def test_a_changed_item_is_planned_as_if_all_were(case: ReplenishmentProblem, data: st.DataObject) -> None:
    before = plan(case)
    number = data.draw(st.integers(0, len(case.item_sites) - 1))
    old = case.item_sites[number]
    new = replace(old, on_hand=data.draw(st.integers(0, 400)), allocated=0, backorders=data.draw(st.integers(0, 60)))
    after = replace(case, item_sites=(*case.item_sites[:number], new, *case.item_sites[number + 1 :]))
    assert plan(after, {old.key}, before) == plan(after)
