"""A preview says what would happen and changes nothing."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.entities import OverrideKind
from orchestrator.domain.errors import Rejection
from orchestrator.planning.preview import copied, preview
from tests.unit.planning.world import World, small_company


def _world() -> World:
    world = World(small_company(vehicles=3))
    for number in range(6):
        world.order(f"C{number}")
    return world


def _assign(world: World, order_id: str) -> c.CreateOverride:
    vehicle_id = next(v for v in world.state.vehicles if v != world.state.plan.vehicle_of[order_id])
    return c.CreateOverride(
        override_id="X1",
        kind=OverrideKind.ASSIGN,
        order_id=order_id,
        vehicle_id=vehicle_id,
        owner="ada",
        reason="asked",
    )


def test_it_says_what_the_command_then_does() -> None:
    world = _world()
    command = _assign(world, "acme/O3")
    impact = preview(copied(world.state), command, world.now_s, "test", world.settings)
    moved = {move.order_id: move for move in impact.moved}
    assert moved["acme/O3"].to_vehicle == command.vehicle_id
    assert impact.after.cost_cents - impact.before.cost_cents == impact.cost_delta_cents
    world.do(command)
    assert world.state.plan.vehicle_of["acme/O3"] == command.vehicle_id


def test_it_changes_nothing() -> None:
    world = _world()
    routes, revision = dict(world.state.plan.routes), world.state.plan.revision
    for command in (_assign(world, "acme/O3"), c.CancelOrder(order_id="acme/O1")):
        preview(copied(world.state), command, world.now_s, "test", world.settings)
    assert world.state.plan.routes == routes
    assert world.state.plan.revision == revision
    assert not world.state.overrides
    assert "acme/O1" in world.state.open_orders


def test_it_refuses_what_the_command_would_be_refused_for() -> None:
    world = _world()
    with pytest.raises(Rejection):
        preview(copied(world.state), c.CancelOrder(order_id="acme/O99"), world.now_s, "test")


def test_a_cancellation_frees_money() -> None:
    world = _world()
    impact = preview(copied(world.state), c.CancelOrder(order_id="acme/O1"), world.now_s, "test", world.settings)
    assert impact.cost_delta_cents <= 0
    assert impact.after.planned_orders == impact.before.planned_orders - 1


def test_a_vehicle_that_breaks_down_shows_who_would_be_late_or_unplanned() -> None:
    world = World(small_company(vehicles=1))
    order_id = world.order("C0", window=(8, 9))
    command = c.ReportVehicleDown(vehicle_id="V1", at_s=world.now_s, until_s=world.now_s + 20_000)
    impact = preview(copied(world.state), command, world.now_s, "test", world.settings)
    assert order_id in (*impact.newly_late, *impact.newly_unplanned)
    assert impact.late_delta_s > 0 or impact.newly_unplanned
