"""Reservations, changed orders and allowances: held for a while, confirmed or over, undone."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain.allowance_commands import GrantAllowance, UndoAllowance
from orchestrator.domain.allowances import AllowanceRule, AllowanceStatus
from orchestrator.domain.answers import ItemOutcome
from orchestrator.domain.commands import (
    ChangeOrder,
    ConfirmOrder,
    ExpireOverrides,
    ReportVehicleLoaded,
    ReserveOrder,
)
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.errors import Reason, Rejection
from tests.unit.domain.small_company import NOW_S, World, draft


def reserved() -> World:
    world = World.with_company()
    world.do(ReserveOrder(partner_id="acme", order=draft("1"), hold_s=600))
    return world


def demand_counted(world: World) -> list[str]:
    return [order_id for day in world.state.orders_of_day.values() for order_id in day]


def test_a_reservation_is_an_order_that_ends_by_itself() -> None:
    world = reserved()
    assert world.state.orders["acme/1"].held_until_s == NOW_S + 600
    assert "acme/1" in world.state.open_orders
    assert demand_counted(world) == []
    world.do(ExpireOverrides())
    assert world.state.orders["acme/1"].status is OrderStatus.OPEN
    world.now_s += 600
    world.do(ExpireOverrides())
    assert world.state.orders["acme/1"].status is OrderStatus.CANCELLED
    assert world.state.reservations == {}


def test_confirmed_it_is_an_order_like_any_other() -> None:
    world = reserved()
    world.do(ConfirmOrder(order_id="acme/1", version=1))
    assert world.state.orders["acme/1"].held_until_s is None
    assert demand_counted(world) == ["acme/1"]
    world.now_s += 601
    world.do(ExpireOverrides())
    assert world.state.orders["acme/1"].status is OrderStatus.OPEN
    with pytest.raises(Rejection, match="no reservation"):
        world.do(ConfirmOrder(order_id="acme/1"))


def test_submitting_the_same_order_confirms_it_and_another_is_refused() -> None:
    world = reserved()
    other = world.submit(draft("1", quantity=7))
    assert other.orders[0].reason == Reason.ORDER_DUPLICATE
    same = world.submit(draft("1"))
    assert same.orders[0].outcome is ItemOutcome.ACCEPTED
    assert world.state.orders["acme/1"].held_until_s is None
    assert world.submit(draft("1")).orders[0].outcome is ItemOutcome.DUPLICATE


def test_a_reservation_cannot_be_loaded() -> None:
    world = reserved()
    with pytest.raises(Rejection, match="confirmed"):
        world.do(ReportVehicleLoaded(vehicle_id="V1", order_ids=("acme/1",), at_s=NOW_S))


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"hold_s": 0}, "hold_s"), ({"hold_s": 90_000}, "hold_s"), ({"partner_id": "nobody"}, "partner_id")],
)
def test_bad_reservations_are_refused_by_field(changes: dict[str, Any], field: str) -> None:
    values: dict[str, Any] = {"partner_id": "acme", "order": draft("1"), "hold_s": 60} | changes
    with pytest.raises(Rejection) as refused:
        World.with_company().do(ReserveOrder(**values))
    assert refused.value.field == field


def test_an_order_gets_another_window_and_priority_until_it_is_loaded() -> None:
    world = World.with_company()
    world.submit(draft("1"))
    order = world.state.orders["acme/1"]
    world.do(ChangeOrder(order_id="acme/1", window_end_s=order.window_end_s + 60, priority=9, version=1))
    changed = world.state.orders["acme/1"]
    assert (changed.window_start_s, changed.window_end_s) == (order.window_start_s, order.window_end_s + 60)
    assert (changed.priority, changed.version) == (9, 2)
    with pytest.raises(Rejection) as refused:
        world.do(ChangeOrder(order_id="acme/1", window_end_s=NOW_S - 60))
    assert refused.value.field == "window_end_s"
    with pytest.raises(Rejection) as refused:
        world.do(ChangeOrder(order_id="acme/1", priority=1, version=1))
    assert refused.value.reason is Reason.ETAG_MISMATCH


def grant(rule: AllowanceRule, **values: Any) -> GrantAllowance:
    return GrantAllowance(
        allowance_id=values.pop("allowance_id", "A1"), vehicle_id="V1", rule=rule, owner="ada", reason="fair", **values
    )


def test_allowances_add_up_and_end() -> None:
    world = World.with_company()
    world.do(grant(AllowanceRule.OVERTIME, amount=1200))
    world.do(grant(AllowanceRule.OVERTIME, amount=600, allowance_id="A2", expires_s=NOW_S + 60))
    world.do(grant(AllowanceRule.SKILL, skill="LIFT", allowance_id="A3"))
    assert world.state.allowed("V1").overtime_s == 1800
    assert world.state.allowed("V1").skills == {"LIFT"}
    world.now_s += 60
    world.do(ExpireOverrides())
    world.do(UndoAllowance(allowance_id="A3", by="ada"))
    found = {name: one.status for name, one in world.state.allowances.items()}
    assert found == {
        "A1": AllowanceStatus.ACTIVE,
        "A2": AllowanceStatus.EXPIRED,
        "A3": AllowanceStatus.UNDONE,
    }
    assert world.state.allowed("V1").overtime_s == 1200
    assert not world.state.allowed("V1").skills


@pytest.mark.parametrize(
    ("rule", "values", "field"),
    [
        (AllowanceRule.OVERTIME, {}, "amount"),
        (AllowanceRule.OVERTIME, {"amount": 7 * 3600}, "amount"),
        (AllowanceRule.WEIGHT, {"amount": 5, "skill": "LIFT"}, "skill"),
        (AllowanceRule.SKILL, {}, "skill"),
        (AllowanceRule.SKILL, {"skill": "LIFT", "amount": 3}, "skill"),
        (AllowanceRule.TRIPS, {"amount": 1, "expires_s": NOW_S}, "expires_s"),
    ],
)
def test_bad_allowances_are_refused_by_field(rule: AllowanceRule, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejection) as refused:
        World.with_company().do(grant(rule, **values))
    assert refused.value.field == field


def test_what_is_allowed_may_be_loaded() -> None:
    world = World.with_company()
    vehicle = world.state.vehicles["V1"]
    item = next(iter(world.state.items.values()))
    world.submit(draft("1", quantity=vehicle.weight_g // item.weight_g + 1))
    load = ReportVehicleLoaded(vehicle_id="V1", order_ids=("acme/1",), at_s=NOW_S)
    with pytest.raises(Rejection, match="over the"):
        world.do(load)
    world.do(grant(AllowanceRule.WEIGHT, amount=2 * item.weight_g))
    world.do(grant(AllowanceRule.VOLUME, amount=10**8, allowance_id="A2"))
    world.do(load)
    assert world.state.orders["acme/1"].status is OrderStatus.LOADED
