"""Explanations: where an order is and why, what others would cost, what moved it; and what lies between revisions."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.entities import OverrideKind
from orchestrator.domain.errors import Rejection
from orchestrator.planning.diff import diff
from orchestrator.planning.explain import OrderExplanation, explain_order
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company


def _explained(world: World, order_id: str) -> OrderExplanation:
    return explain_order(world.state, order_id, world.now_s, world.settings, world.memory)


def test_a_planned_order_has_its_place_its_goods_and_every_vehicle_tried() -> None:
    world = World(small_company(vehicles=3))
    order_id = world.order("C0")
    told = _explained(world, order_id)
    assert told.vehicle_id == world.state.plan.vehicle_of[order_id]
    assert (told.trip, told.position) == (0, 0)
    assert told.pegs[0].text == "5 × A from stock at W1"
    assert {option.vehicle_id for option in told.vehicles} == {"V1", "V2", "V3"}
    assert all(option.ok and option.extra_cost_cents > 0 for option in told.vehicles)
    assert [touch.after for touch in told.revisions][-1].startswith(told.vehicle_id)


def test_an_unplanned_order_has_the_rule_of_each_vehicle() -> None:
    world = World(small_company(vehicles=2, weight_g=10_000))
    order_id = world.order("C0", quantity=50)
    told = _explained(world, order_id)
    assert {option.rule for option in told.vehicles} == {"CAPACITY"}
    assert any("CAPACITY" in sentence for sentence in told.sentences)


def test_the_chain_of_supplies_is_told() -> None:
    world = World(small_company(plant=True, stock=10, production=(("MO-1", 20, 12),), purchases=(("PO-1", 5, 9),)))
    order_id = world.order("C0", item="M")
    text = _explained(world, order_id).pegs[0].text
    assert "production order MO-1" in text
    assert "A (not ordered yet)" in text


def test_overrides_and_what_forbids_a_vehicle_are_told() -> None:
    world = World(small_company(vehicles=2))
    order_id = world.order("C0")
    own = world.state.plan.vehicle_of[order_id]
    world.do(
        c.CreateOverride(
            override_id="X1", kind=OverrideKind.FORBID, order_id=order_id, vehicle_id=own, owner="ada", reason="dirty"
        )
    )
    told = _explained(world, order_id)
    assert told.overrides == (f"X1 (FORBID {own}) of ada, dirty: kept",)
    assert next(o for o in told.vehicles if o.vehicle_id == own).text == "a person forbade it"


def test_an_unknown_order_is_not_found() -> None:
    with pytest.raises(Rejection, match="acme/none"):
        _explained(World(), "acme/none")


def test_explaining_changes_nothing() -> None:
    world = World(small_company(vehicles=3))
    order_id = world.order("C0")
    routes = dict(world.state.plan.routes)
    _explained(world, order_id)
    assert world.state.plan.routes == routes


def test_the_difference_of_revisions_is_told_from_the_first_to_the_last_place() -> None:
    world = World(small_company(vehicles=2))
    order_id = world.order("C0", window=(8, 11))
    first, own = world.state.plan.revision, world.state.plan.vehicle_of[order_id]
    world.do(c.ReportVehicleDown(vehicle_id=own, at_s=world.now_s, until_s=DAY_S + 17 * HOUR_S))
    world.order("C1")
    found = diff(world.state, first, world.state.plan.revision)
    moved = [change for change in found.changes if change.subject == order_id and change.kind == "ORDER_MOVED"]
    assert moved[0].before.startswith(own)
    back = diff(world.state, world.state.plan.revision, first)
    assert next(c for c in back.changes if c.kind == "ORDER_MOVED").after == moved[0].before
    assert back.cost_delta_cents == -found.cost_delta_cents
    with pytest.raises(Rejection):
        diff(world.state, first, 999)


def test_a_late_batch_behind_an_order_is_explained_by_what_holds_it_up() -> None:
    world = World(small_company(vehicles=2, plant=True, production=(("MO-1", 20, 12),), stock=500))
    order_id = world.order("C0", quantity=10, item="M", window=(8, 17))
    assert not any("late" in sentence for sentence in _explained(world, order_id).sentences)
    until_s = DAY_S + 13 * HOUR_S
    world.do(c.ReportMachineDown(machine_id="M3", at_s=world.now_s, until_s=until_s, reason="bearing"))
    (late,) = [s for s in _explained(world, order_id).sentences if s.startswith("production order MO-1")]
    assert "M3" in late
    assert "down" in late
