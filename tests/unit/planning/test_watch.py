"""What only time brings: vehicles behind their plan, areas that clear, another look at orders; and a fresh start."""

from __future__ import annotations

from orchestrator.domain import commands as c
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.trigger import resumed
from orchestrator.planning.watch import RETRY_S, overdue
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company


def _overdue(world: World) -> Dirty:
    return overdue(world.state, world.memory, world.now_s, world.settings.notice_s)


def _quiet(world: World) -> World:
    """The first look always retries: take it."""
    _overdue(world)
    return world


def test_a_vehicle_that_does_not_leave_arrive_or_return_is_behind() -> None:
    world = _quiet(World(small_company(vehicles=1)))
    world.order("C0")
    trip = world.state.plan.routes["V1"].trips[0]
    world.now_s = trip.depart_s + 60
    assert _overdue(world).empty()
    world.now_s = trip.depart_s + 300
    assert list(_overdue(world).vehicles) == ["V1"]
    world.dirty = _overdue(world)
    world.plan()
    assert world.state.plan.routes["V1"].trips[0].depart_s >= world.now_s
    world.load("V1")
    world.now_s = world.state.plan.routes["V1"].trips[0].stops[0].arrive_s + 300
    assert list(_overdue(world).vehicles) == ["V1"]
    assert "V1 behind the plan" in _overdue(world).causes[0].text
    world.serve("V1")
    world.now_s = world.state.plan.routes["V1"].trips[0].return_s + 300
    assert list(_overdue(world).vehicles) == ["V1"]


def test_a_vehicle_that_is_down_is_not_behind() -> None:
    world = _quiet(World(small_company(vehicles=1)))
    world.order("C0")
    world.load("V1")
    world.do(c.ReportVehicleDown(vehicle_id="V1", at_s=world.now_s, until_s=world.now_s + 4 * HOUR_S))
    world.now_s += 2 * HOUR_S
    assert _overdue(world).empty()


def test_an_area_that_is_over_is_told_once() -> None:
    world = _quiet(World(small_company(vehicles=1)))
    world.order("C0")
    place = world.company.customers[0].place
    world.do(
        c.ReportSlowArea(
            area_id="jam", lat_e7=place.lat_e7, lon_e7=place.lon_e7, radius_m=900, factor_pct=200,
            until_s=world.now_s + 600,
        )
    )  # fmt: skip
    world.now_s += 601
    assert list(_overdue(world).vehicles) == ["V1"]
    assert _overdue(world).empty()


def test_unplanned_orders_get_another_look_now_and_then() -> None:
    world = _quiet(World(small_company(vehicles=1, weight_g=1000)))
    order_id = world.order("C0", quantity=20)
    assert _overdue(world).empty()
    world.now_s += RETRY_S
    assert list(_overdue(world).orders) == [order_id]
    assert _overdue(world).empty()


def test_an_order_of_tomorrow_is_planned_when_its_day_begins() -> None:
    world = World(small_company(vehicles=1))
    order_id = world.order("C0", window=(24 + 9, 24 + 12))
    world.now_s = DAY_S + 24 * HOUR_S + 60
    world.dirty = _overdue(world)
    world.plan()
    assert world.state.plan.vehicle_of[order_id] == "V1"


def test_a_start_looks_at_what_has_no_place_and_keeps_the_rest() -> None:
    world = World()
    planned = world.order("C0")
    waiting = world.order("C1", plan=False)
    dirty = resumed(world.state)
    assert list(dirty.orders) == [waiting]
    world.dirty = dirty
    before = world.state.plan.routes[world.state.plan.vehicle_of[planned]].order_ids()
    world.plan()
    assert waiting in world.state.plan.vehicle_of
    assert set(before) <= set(world.state.plan.vehicle_of)
