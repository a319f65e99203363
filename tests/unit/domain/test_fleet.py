"""Vehicles: goods move from stock to board to customer or back, and nothing impossible is believed."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.company import Place
from orchestrator.domain.entities import AlertStatus, OrderStatus, ShipmentStatus, VehicleStatus
from orchestrator.domain.errors import Reason, Rejection
from tests.unit.domain.small_company import NOW_S, World, draft


def loaded_world() -> World:
    world = World.with_company()
    world.submit(draft("1", "C1", 2), draft("2", "C2", 3))
    world.do(c.ReportVehicleLoaded(vehicle_id="V1", order_ids=("acme/1", "acme/2"), at_s=NOW_S))
    return world


def test_loading_takes_stock_and_starts_the_trip() -> None:
    world = loaded_world()
    live = world.state.fleet["V1"]
    assert live.status is VehicleStatus.DRIVING
    assert live.current_order_id == "acme/1"
    assert world.state.on_hand[("W1", "chair")] == 15
    assert world.state.plan.routes["V1"].trips[0].loaded
    assert world.state.plan.vehicle_of == {"acme/1": "V1", "acme/2": "V1"}


def test_a_trip_to_its_end() -> None:
    world = loaded_world()
    world.do(c.ReportVehicleArrived(vehicle_id="V1", order_id="acme/1", at_s=NOW_S + 5 * 3600 + 60))
    world.do(
        c.ReportOrderDelivered(vehicle_id="V1", order_id="acme/1", at_s=NOW_S + 5 * 3600 + 400, next_order_id="acme/2")
    )
    assert world.state.fleet["V1"].current_order_id == "acme/2"
    assert world.events[-1].late_s == 60
    world.do(c.ReportOrderDelivered(vehicle_id="V1", order_id="acme/2", at_s=NOW_S + 6 * 3600))
    assert world.state.fleet["V1"].status is VehicleStatus.RETURNING
    world.do(c.ReportVehicleReturned(vehicle_id="V1", at_s=NOW_S + 7 * 3600))
    state = world.state
    assert state.fleet["V1"].status is VehicleStatus.IDLE
    assert {order.status for order in state.orders.values()} == {OrderStatus.DELIVERED}
    assert {shipment.status for shipment in state.shipments.values()} == {ShipmentStatus.DELIVERED}
    assert not state.plan.routes
    assert not state.open_orders
    assert state.on_hand[("W1", "chair")] == 15


def test_what_comes_back_is_stock_again_and_open_again_unless_it_failed() -> None:
    world = loaded_world()
    world.do(c.ReportDeliveryFailed(vehicle_id="V1", order_id="acme/1", at_s=NOW_S + 3600, reason="nobody there"))
    assert world.state.alerts["DELIVERY_FAILED:acme/1"].status is AlertStatus.OPEN
    world.do(c.ReportVehicleReturned(vehicle_id="V1", at_s=NOW_S + 2 * 3600))
    state = world.state
    assert state.on_hand[("W1", "chair")] == 20
    assert state.orders["acme/1"].status is OrderStatus.FAILED
    assert state.orders["acme/2"].status is OrderStatus.OPEN
    assert list(state.open_orders) == ["acme/2"]
    assert not state.plan.vehicle_of
    world.do(c.ReportVehicleLoaded(vehicle_id="V2", order_ids=("acme/2",), at_s=NOW_S + 3 * 3600))
    assert state.shipments["acme/2/2"].vehicle_id == "V2"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (c.ReportVehicleLoaded(vehicle_id="V1", order_ids=("acme/3",), at_s=NOW_S), Reason.ILLEGAL_TRANSITION),
        (c.ReportVehicleLoaded(vehicle_id="V2", order_ids=("acme/1",), at_s=NOW_S), Reason.ILLEGAL_TRANSITION),
        (c.ReportVehicleLoaded(vehicle_id="V2", order_ids=("acme/9",), at_s=NOW_S), Reason.NOT_FOUND),
        (c.ReportVehicleLoaded(vehicle_id="V2", order_ids=("acme/3",) * 2, at_s=NOW_S), Reason.INVALID_FIELD),
        (c.ReportVehicleLoaded(vehicle_id="V2", order_ids=("acme/4",), at_s=NOW_S), Reason.INVALID_FIELD),
        (c.ReportVehicleArrived(vehicle_id="V2", order_id="acme/1", at_s=NOW_S), Reason.ILLEGAL_TRANSITION),
        (c.ReportVehicleArrived(vehicle_id="V9", order_id="acme/1", at_s=NOW_S), Reason.NOT_FOUND),
        (c.ReportVehicleArrived(vehicle_id="V1", order_id="acme/1", at_s=NOW_S * 2), Reason.INVALID_FIELD),
        (
            c.ReportOrderDelivered(vehicle_id="V1", order_id="acme/1", at_s=NOW_S, next_order_id="acme/1"),
            Reason.INVALID_FIELD,
        ),
        (c.ReportVehicleReturned(vehicle_id="V2", at_s=NOW_S), Reason.ILLEGAL_TRANSITION),
        (c.ReportVehicleUp(vehicle_id="V1", at_s=NOW_S), Reason.ILLEGAL_TRANSITION),
        (c.ReportVehicleDown(vehicle_id="V1", at_s=NOW_S, until_s=NOW_S), Reason.INVALID_FIELD),
        (
            c.ReportVehicleSlip(vehicle_id="V1", order_id="acme/2", planned_s=NOW_S, predicted_s=NOW_S),
            Reason.ILLEGAL_TRANSITION,
        ),
        (c.ReportSlowAreaOver(area_id="nowhere"), Reason.NOT_FOUND),
    ],
)
def test_what_cannot_have_happened_is_refused_and_changes_nothing(command: c.Command, reason: Reason) -> None:
    world = loaded_world()
    world.submit(draft("3"), draft("4", quantity=21))
    before = (len(world.events), dict(world.state.fleet), dict(world.state.on_hand))
    with pytest.raises(Rejection) as refused:
        world.do(command)
    assert refused.value.reason is reason
    assert (len(world.events), world.state.fleet, world.state.on_hand) == before


def test_a_breakdown_raises_one_alert_and_coming_up_resolves_it() -> None:
    world = loaded_world()
    place = Place(lat_e7=481_100_000, lon_e7=115_000_000)
    down = c.ReportVehicleDown(vehicle_id="V1", at_s=NOW_S + 60, until_s=NOW_S + 3660, reason="flat", place=place)
    world.do(down)
    assert world.state.fleet["V1"].place == place
    assert world.state.alerts["VEHICLE_DOWN:V1"].status is AlertStatus.OPEN
    count = len(world.events)
    world.do(down)
    assert len(world.events) == count + 1, "the same alert is not raised twice"
    world.do(c.ReportVehicleUp(vehicle_id="V1", at_s=NOW_S + 3600))
    assert world.state.fleet["V1"].down_until_s is None
    assert world.state.alerts["VEHICLE_DOWN:V1"].status is AlertStatus.RESOLVED
