"""Deciding about what vehicles report. Reports are facts: only what cannot have happened is refused."""

from __future__ import annotations

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import (
    ReportDeliveryFailed,
    ReportOrderDelivered,
    ReportSlowArea,
    ReportSlowAreaOver,
    ReportVehicleArrived,
    ReportVehicleDown,
    ReportVehicleLoaded,
    ReportVehicleReturned,
    ReportVehicleSlip,
    ReportVehicleUp,
)
from orchestrator.domain.decide.checks import (
    alert,
    invalid,
    order_of,
    overrides_done,
    reported_time,
    resolve,
    vehicle_live,
)
from orchestrator.domain.entities import OrderStatus, Severity, SlowArea, VehicleLive, VehicleStatus
from orchestrator.domain.errors import Reason, Rejection, illegal, not_found
from orchestrator.domain.events import (
    AreaCleared,
    AreaSlowed,
    DeliveryFailed,
    Event,
    OrderDelivered,
    VehicleArrived,
    VehicleCameUp,
    VehicleLoaded,
    VehicleReturned,
    VehicleSlipped,
    VehicleWentDown,
)
from orchestrator.domain.measures import order_size
from orchestrator.domain.state import State


def vehicle_loaded(state: State, command: ReportVehicleLoaded, now_s: int) -> Decision:
    """A trip begins: the vehicle stands idle at its depot and the orders are open and fit on it."""
    reported_time(command.at_s, now_s)
    live = vehicle_live(state, command.vehicle_id)
    if live.status is not VehicleStatus.IDLE:
        raise illegal("vehicle", live.vehicle_id, live.status.value, "loaded")
    if live.down_until_s is not None:
        raise Rejection(
            Reason.RESOURCE_DOWN,
            f"vehicle '{live.vehicle_id}' is down until {live.down_until_s}: report it up before loading",
            metadata={"vehicle_id": live.vehicle_id, "until_s": str(live.down_until_s)},
        )
    _check_load(state, command)
    vehicle = state.vehicles[command.vehicle_id]
    events: list[Event] = [
        VehicleLoaded(
            vehicle_id=vehicle.vehicle_id,
            site_id=vehicle.depot_id,
            order_ids=command.order_ids,
            at_s=command.at_s,
        )
    ]
    for order_id in command.order_ids:
        events += resolve(state, "ORDER_UNPLANNED", order_id, "loaded")
    return Decision(tuple(events))


def _check_load(state: State, command: ReportVehicleLoaded) -> None:
    if len(set(command.order_ids)) != len(command.order_ids):
        raise invalid("order_ids", command.order_ids, "an order stands in the list twice")
    vehicle = state.vehicles[command.vehicle_id]
    weight_g = volume_cm3 = 0
    for order_id in command.order_ids:
        order = order_of(state, order_id, "order_ids")
        if order.status is not OrderStatus.OPEN:
            raise illegal("order", order_id, order.status.value, "loaded")
        if order.held_until_s is not None:
            raise illegal("order", order_id, "a reservation", "loaded before it is confirmed")
        size = order_size(state, order)
        weight_g += size[0]
        volume_cm3 += size[1]
    extra = state.allowed(vehicle.vehicle_id)
    most_g, most_cm3 = vehicle.weight_g + extra.weight_g, vehicle.volume_cm3 + extra.volume_cm3
    if weight_g > most_g:
        raise invalid("order_ids", f"{weight_g} g", f"over the {most_g} g of {vehicle.vehicle_id}")
    if volume_cm3 > most_cm3:
        raise invalid("order_ids", f"{volume_cm3} cm3", f"over the {most_cm3} cm3 of {vehicle.vehicle_id}")


def _on_board(live: VehicleLive, order_id: str) -> None:
    if order_id not in live.on_board:
        raise Rejection(
            Reason.ILLEGAL_TRANSITION,
            f"order '{order_id}' is not on board of vehicle '{live.vehicle_id}'",
            field="order_id",
            metadata={"order_id": order_id, "vehicle_id": live.vehicle_id},
        )


def _check_next(live: VehicleLive, order_id: str, next_order_id: str | None) -> None:
    if next_order_id is None:
        return
    if next_order_id == order_id or next_order_id not in live.on_board:
        raise invalid("next_order_id", next_order_id, f"not on board of {live.vehicle_id} after this stop")


def vehicle_arrived(state: State, command: ReportVehicleArrived, now_s: int) -> Decision:
    """The vehicle serves one of the orders on board."""
    reported_time(command.at_s, now_s)
    live = vehicle_live(state, command.vehicle_id)
    _on_board(live, command.order_id)
    if live.status is VehicleStatus.SERVING and live.current_order_id == command.order_id:
        raise illegal("vehicle", live.vehicle_id, "serving this order already", "arrived again")
    return Decision((VehicleArrived(vehicle_id=live.vehicle_id, order_id=command.order_id, at_s=command.at_s),))


def order_delivered(state: State, command: ReportOrderDelivered, now_s: int) -> Decision:
    """An order on board is handed over; lateness counts from arrival to the window's end."""
    reported_time(command.at_s, now_s)
    live = vehicle_live(state, command.vehicle_id)
    _on_board(live, command.order_id)
    _check_next(live, command.order_id, command.next_order_id)
    served = live.status is VehicleStatus.SERVING and live.current_order_id == command.order_id
    arrived_s = live.since_s if served else command.at_s
    order = state.orders[command.order_id]
    events: list[Event] = [
        OrderDelivered(
            vehicle_id=live.vehicle_id,
            order_id=command.order_id,
            at_s=command.at_s,
            next_order_id=command.next_order_id,
            late_s=max(0, arrived_s - order.window_end_s),
        )
    ]
    events += overrides_done(state, [command.order_id])
    events += resolve(state, "ORDER_UNPLANNED", command.order_id, "delivered")
    return Decision(tuple(events))


def delivery_failed(state: State, command: ReportDeliveryFailed, now_s: int) -> Decision:
    """An order on board could not be handed over; people are told."""
    reported_time(command.at_s, now_s)
    live = vehicle_live(state, command.vehicle_id)
    _on_board(live, command.order_id)
    _check_next(live, command.order_id, command.next_order_id)
    failed = DeliveryFailed(
        vehicle_id=live.vehicle_id,
        order_id=command.order_id,
        at_s=command.at_s,
        reason=command.reason,
        next_order_id=command.next_order_id,
    )
    text = f"order {command.order_id} could not be delivered: {command.reason}"
    events: list[Event] = [failed]
    events += alert(state, "DELIVERY_FAILED", command.order_id, Severity.WARNING, text, now_s)
    events += overrides_done(state, [command.order_id])
    return Decision(tuple(events))


def vehicle_returned(state: State, command: ReportVehicleReturned, now_s: int) -> Decision:
    """A trip ends at the depot; what is still on board goes back to stock."""
    reported_time(command.at_s, now_s)
    live = vehicle_live(state, command.vehicle_id)
    if live.status is VehicleStatus.IDLE:
        raise illegal("vehicle", live.vehicle_id, live.status.value, "returned")
    returned = VehicleReturned(
        vehicle_id=live.vehicle_id,
        site_id=state.vehicles[live.vehicle_id].depot_id,
        at_s=command.at_s,
        returned=live.on_board + live.failed,
    )
    return Decision((returned,))


def vehicle_down(state: State, command: ReportVehicleDown, now_s: int) -> Decision:
    """A vehicle cannot move; reporting it again moves the expected end."""
    reported_time(command.at_s, now_s)
    live = vehicle_live(state, command.vehicle_id)
    if command.until_s <= command.at_s:
        raise invalid("until_s", command.until_s, f"not after at_s ({command.at_s})")
    down = VehicleWentDown(
        vehicle_id=live.vehicle_id,
        at_s=command.at_s,
        until_s=command.until_s,
        reason=command.reason,
        place=command.place,
    )
    minutes = (command.until_s - command.at_s) // 60
    text = f"vehicle {live.vehicle_id} is down for about {minutes} min: {command.reason or 'no reason given'}"
    raised = alert(state, "VEHICLE_DOWN", live.vehicle_id, Severity.CRITICAL, text, now_s)
    return Decision((down, *raised))


def vehicle_up(state: State, command: ReportVehicleUp, now_s: int) -> Decision:
    """A vehicle that was down moves again."""
    reported_time(command.at_s, now_s)
    live = vehicle_live(state, command.vehicle_id)
    if live.down_until_s is None:
        raise illegal("vehicle", live.vehicle_id, "not down", "reported up")
    up = VehicleCameUp(vehicle_id=live.vehicle_id, at_s=command.at_s)
    return Decision((up, *resolve(state, "VEHICLE_DOWN", live.vehicle_id, "moves again")))


def vehicle_slip(state: State, command: ReportVehicleSlip, now_s: int) -> Decision:
    """A new arrival estimate, for the stop that the vehicle really drives to."""
    live = vehicle_live(state, command.vehicle_id)
    if live.status is not VehicleStatus.DRIVING or live.current_order_id != command.order_id:
        raise illegal("vehicle", live.vehicle_id, f"not driving to {command.order_id}", "late there")
    slipped = VehicleSlipped(
        vehicle_id=live.vehicle_id,
        order_id=command.order_id,
        planned_s=command.planned_s,
        predicted_s=command.predicted_s,
    )
    return Decision((slipped,))


def slow_area(state: State, command: ReportSlowArea, now_s: int) -> Decision:
    """Driving is slow in a circle; reporting the same area again replaces it."""
    if command.until_s <= now_s:
        raise invalid("until_s", command.until_s, f"already over (the company clock says {now_s})")
    area = SlowArea(
        area_id=command.area_id,
        lat_e7=command.lat_e7,
        lon_e7=command.lon_e7,
        radius_m=command.radius_m,
        factor_pct=command.factor_pct,
        until_s=command.until_s,
    )
    text = f"driving takes {command.factor_pct} % of the usual time in area {command.area_id}"
    return Decision((AreaSlowed(area=area), *alert(state, "SLOW_AREA", area.area_id, Severity.WARNING, text, now_s)))


def slow_area_over(state: State, command: ReportSlowAreaOver, now_s: int) -> Decision:
    """An area is as quick as ever."""
    if command.area_id not in state.slow_areas:
        raise not_found("area", command.area_id, field="area_id")
    ended = resolve(state, "SLOW_AREA", command.area_id, "over")
    return Decision((AreaCleared(area_id=command.area_id), *ended))
