"""The referee: each rule is broken once and found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from solvers.replenishment.check import check
from solvers.replenishment.item import Component
from solvers.replenishment.plan import Policy, Proposal, ReplenishmentPlan
from solvers.replenishment.planner import plan
from tests.unit.solvers.replenishment.cases import item, problem

MADE = item(
    item_id="table", kind="production", source_id="line", on_hand=10, components=(Component("bolt", "north", 4),)
)
FULL = item(item_id="nut", on_hand=900)
CASE = problem(MADE, item(min_order_quantity=50, order_multiple=25), FULL)
GOOD = plan(CASE)


def _changed(item_id: str, **changes: Any) -> ReplenishmentPlan:
    proposals = tuple(replace(p, **changes) if p.item_id == item_id else p for p in GOOD.proposals)
    return replace(GOOD, proposals=proposals)


def _policy(item_id: str, **changes: Any) -> ReplenishmentPlan:
    return replace(GOOD, policies=tuple(replace(p, **changes) if p.item_id == item_id else p for p in GOOD.policies))


TABLE: Proposal = GOOD.proposal_of()[("table", "north")]
BOLT: Proposal = GOOD.proposal_of()[("bolt", "north")]
NUT: Policy = GOOD.policy_of()[("nut", "north")]


def test_a_good_plan_passes_with_its_figures() -> None:
    report = check(CASE, GOOD)
    assert report.ok, report.violations
    assert (report.figures.proposals, report.figures.units) == (2, TABLE.quantity + BOLT.quantity)


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("unknown_item", replace(GOOD, proposals=(*GOOD.proposals, replace(BOLT, item_id="ghost")))),
        ("duplicate", replace(GOOD, proposals=(*GOOD.proposals, BOLT))),
        ("missing_policy", replace(GOOD, policies=GOOD.policies[1:])),
        ("below_minimum", _changed("bolt", quantity=25)),
        ("not_a_multiple", _changed("bolt", quantity=BOLT.quantity + 1)),
        ("too_little", _changed("bolt", quantity=50)),
        ("no_trigger", replace(GOOD, proposals=(*GOOD.proposals, replace(BOLT, item_id="nut")))),
        ("not_proposed", replace(GOOD, proposals=(TABLE,))),
        ("wrong_dependent_demand", _changed("table", quantity=TABLE.quantity + 5)),
        ("wrong_position", _policy("nut", inventory_position=5)),
        ("wrong_policy", _policy("nut", order_up_to=NUT.order_up_to + 1)),
        ("wrong_policy", _policy("nut", safety_stock=NUT.reorder_point + 1)),
        ("wrong_source", _changed("bolt", source_id="other")),
        ("wrong_time", _changed("bolt", expected_s=5)),
        ("wrong_reason", _changed("bolt", reason=replace(BOLT.reason, shortage=BOLT.reason.shortage + 1))),
    ],
)
def test_each_broken_rule_is_found(kind: str, bad: ReplenishmentPlan) -> None:
    assert kind in [violation.kind for violation in check(CASE, bad).violations]
