"""The planner: what triggers an order, how much, the explosion, and that a dirty item changes only its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.replenishment.check import check
from solvers.replenishment.explain import explain
from solvers.replenishment.item import Component, Receipt, Requirement
from solvers.replenishment.planner import plan
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.shared import DAY_S
from tests.unit.solvers.replenishment.cases import NOW_S, item, problem, problems

HOSTILE = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@HOSTILE
@given(problems())
def test_every_valid_problem_gets_a_plan_the_checker_passes(case: ReplenishmentProblem) -> None:
    report = check(case, plan(case))
    assert report.ok, report.violations


@HOSTILE
@given(problems(), st.data())
def test_a_change_is_planned_by_its_own_keys_as_if_all_were_planned(
    case: ReplenishmentProblem, data: st.DataObject
) -> None:
    before = plan(case)
    number = data.draw(st.integers(0, len(case.item_sites) - 1))
    old = case.item_sites[number]
    new = replace(old, on_hand=data.draw(st.integers(0, 900)), allocated=0, backorders=data.draw(st.integers(0, 90)))
    after = replace(case, item_sites=(*case.item_sites[:number], new, *case.item_sites[number + 1 :]))
    again = plan(after, {old.key}, before)
    assert again == plan(after)
    below, open_keys = set(), [old.key]
    while open_keys:
        below.add(open_keys[-1])
        open_keys.extend((c.item_id, c.site_id) for c in after.by_key()[open_keys.pop()].components)
    old_policies = before.policy_of()
    assert all(policy == old_policies[policy.key] for policy in again.policies if policy.key not in below)


def test_nothing_is_ordered_at_the_reorder_point_and_an_order_just_below_it() -> None:
    """Mean 10 and sd 1.414 a day over 5 days: 50 + 1.645 * 3.16 = 55.2, so 56."""
    (policy,) = plan(problem(item())).policies
    assert (policy.reorder_point, policy.safety_stock, policy.demand_milli_day) == (56, 6, 10_000)
    assert plan(problem(item(on_hand=56))).proposals == ()
    (proposal,) = plan(problem(item(on_hand=55))).proposals
    assert proposal.quantity == policy.order_up_to - 55
    assert (proposal.expected_s, proposal.reason.trigger) == (NOW_S + 4 * DAY_S, "below_reorder_point")
    assert proposal.needed_by_s == NOW_S + 5 * DAY_S + DAY_S // 2


def test_what_is_promised_owed_and_on_its_way_counts() -> None:
    stock = item(
        on_hand=80, allocated=20, backorders=5, on_order=(Receipt(NOW_S + DAY_S, 30),),
        requirements=(Requirement(NOW_S + DAY_S, 8), Requirement(NOW_S + 90 * DAY_S, 500)),
    )  # fmt: skip
    (policy,) = plan(problem(stock)).policies
    assert policy.inventory_position == 80 - 20 - 5 + 30 - 8


def test_the_quantity_is_economic_and_keeps_minimum_and_multiple() -> None:
    """EOQ of 3,650 a year at 100.00 an order and 0.25 a unit and year: sqrt(2 * 100 * 3650 / 0.25) = 1,708."""
    costs = {"unit_cost_cents": 100, "order_cost_cents": 10_000}
    (policy,) = plan(problem(item(**costs))).policies
    assert policy.order_quantity == 1_709
    (policy,) = plan(problem(item(**costs, min_order_quantity=2_000, order_multiple=144))).policies
    assert policy.order_quantity == 2_016
    (proposal,) = plan(problem(item(on_hand=0, order_multiple=144))).proposals
    assert proposal.quantity % 144 == 0


def test_free_holding_is_capped_at_a_year_of_demand() -> None:
    (policy,) = plan(problem(item(order_cost_cents=5_000, holding_permille_year=0))).policies
    assert policy.order_quantity == 3_650


def test_an_item_without_demand_is_ordered_only_for_a_certain_shortage() -> None:
    idle = item(on_hand=0, demand_history=(0, 0, 0))
    assert plan(problem(idle)).proposals == ()
    (proposal,) = plan(problem(replace(idle, requirements=(Requirement(NOW_S + 2 * DAY_S, 7),)))).proposals
    assert (proposal.quantity, proposal.reason.trigger, proposal.reason.shortage) == (7, "firm_shortage", 7)
    assert proposal.needed_by_s == NOW_S + 2 * DAY_S


def test_an_item_without_a_source_is_watched_but_not_ordered() -> None:
    told = plan(problem(item(on_hand=0, source_id="")))
    assert (told.proposals, told.policies[0].stock_out_risk_permille) == ((), 1_000)


def test_a_batch_takes_its_components_through_both_levels() -> None:
    """10 tables missing; a top takes 2 boards; 5 tops and 4 boards are there."""
    idle = {"demand_history": (0,), "site_id": "plant", "source_id": "line", "kind": "production"}
    table = item(**idle, item_id="table", on_hand=0, backorders=10,
                 components=(Component("top", "plant", 1), Component("screw", "plant", 8)))  # fmt: skip
    top = item(**idle, item_id="top", on_hand=5, components=(Component("board", "plant", 2),))
    board = item(**{**idle, "source_id": "sawmill", "kind": "purchase"}, item_id="board", on_hand=4)
    screw = item(
        **{**idle, "source_id": "acme", "kind": "purchase"}, item_id="screw", on_hand=100, min_order_quantity=500
    )
    told = plan(problem(screw, board, top, table))
    assert [(p.item_id, p.kind, p.quantity) for p in told.proposals] == [
        ("table", "production", 10),
        ("top", "production", 5),
        ("board", "purchase", 6),
    ]
    assert told.policy_of()[("screw", "plant")].dependent_demand == 80
    assert explain(problem(screw, board, top, table), told.proposals[2]).startswith("Buy 6 of board from sawmill for")


def test_the_risk_looks_as_far_as_the_next_receipt() -> None:
    soon = item(on_hand=25, on_order=(Receipt(NOW_S + 2 * DAY_S, 500),))
    late = item(on_hand=25, on_order=(Receipt(NOW_S + 4 * DAY_S, 500),))
    risks = [plan(problem(case)).policies[0].stock_out_risk_permille for case in (soon, late)]
    assert risks[0] < 20
    assert risks[1] > 990


def test_waiting_costs_what_the_expected_shortage_costs() -> None:
    """60 on hand, 10 a day, 5 days until a delayed order arrives: nothing; with 20, some 30 units short."""
    for on_hand, cents in ((60, 0), (20, 30 * 7)):
        (proposal,) = plan(problem(item(on_hand=on_hand, shortage_cents_unit_day=7, service_level_permille=999,
                                        review_s=9 * DAY_S))).proposals  # fmt: skip
        assert abs(proposal.reason.waiting_day_cost_cents - cents) <= 2


def test_the_sentence_has_the_numbers() -> None:
    case = problem(item(on_hand=20, shortage_cents_unit_day=7))
    (proposal,) = plan(case).proposals
    assert explain(case, proposal) == (
        "Buy 46 of bolt from acme for north: the inventory position 20 is below the reorder point 56; this brings it"
        " up to 66 (target 66); without it the stock is out in 2.0 days, the order takes 4.0 days; waiting a day"
        " costs about 2.10."
    )


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("quantity", {"min_order_quantity": 0}),
        ("1..1100 days", {"demand_history": ()}),
        ("at most on_hand", {"allocated": 101}),
        ("500..999", {"service_level_permille": 1_000}),
        ("a known kind", {"kind": "theft"}),
        ("none for a bought item", {"components": (Component("bolt", "north", 1),)}),
        ("no item contains itself", {"kind": "production", "components": (Component("bolt", "north", 1),)}),
        ("an item-site of the problem", {"kind": "production", "components": (Component("nut", "north", 1),)}),
    ],
)
def test_a_broken_item_site_is_refused_by_its_rule(rule: str, change: dict[str, object]) -> None:
    with pytest.raises(InvalidProblem, match=rule):
        problem(item(**change))


def test_a_dirty_key_must_exist() -> None:
    with pytest.raises(InvalidProblem, match="dirty"):
        plan(problem(item()), {("nut", "north")})


def test_the_planner_imports_nothing_heavy() -> None:
    heavy = {"ortools", "pandas", "scipy.optimize", "scipy.stats", "networkx"}
    code = f"import sys, solvers.replenishment.planner; sys.exit(bool({heavy!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
