"""Folding what vehicles reported: goods on board, stops done, trips over. The plan's routes follow along."""

from __future__ import annotations

from orchestrator.domain import events as e
from orchestrator.domain.entities import (
    Order,
    OrderStatus,
    Shipment,
    ShipmentStatus,
    VehicleLive,
    VehicleStatus,
)
from orchestrator.domain.evolve import duty
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.evolve.orders import drop_stop, forget_order, set_trips
from orchestrator.domain.evolve.refusals import drove
from orchestrator.domain.evolve.speeds import note_leg
from orchestrator.domain.plan import PlannedStop, Trip, VehicleRoute
from orchestrator.domain.state import State


def vehicle_loaded(state: State, event: e.VehicleLoaded, seq: int, at_s: int) -> None:
    """Goods leave stock and are on board; the vehicle drives to the first stop."""
    live = state.fleet[event.vehicle_id]
    state.fleet[live.vehicle_id] = changed(
        live,
        status=VehicleStatus.DRIVING,
        place=state.sites[event.site_id].place,
        since_s=event.at_s,
        on_board=event.order_ids,
        failed=(),
        current_order_id=event.order_ids[0],
        predicted_s=None,
        duty=duty.loaded(state, live, event.site_id, event.at_s),
    )
    for order_id in event.order_ids:
        _load_order(state, state.orders[order_id], event)
    _start_trip(state, event)


def _load_order(state: State, order: Order, event: e.VehicleLoaded) -> None:
    state.orders[order.order_id] = changed(
        order, status=OrderStatus.LOADED, vehicle_id=event.vehicle_id, version=order.version + 1
    )
    attempt = state.counters.get(f"shipments:{order.order_id}", 0) + 1
    state.counters[f"shipments:{order.order_id}"] = attempt
    shipment_id = f"{order.order_id}/{attempt}"
    state.shipments[shipment_id] = Shipment(
        shipment_id=shipment_id,
        order_id=order.order_id,
        vehicle_id=event.vehicle_id,
        site_id=event.site_id,
        loaded_s=event.at_s,
    )
    _move_stock(state, order, event.site_id, -1)


def _move_stock(state: State, order: Order, site_id: str, sign: int) -> None:
    for line in order.lines:
        key = (site_id, line.item_id)
        state.on_hand[key] = state.on_hand.get(key, 0) + sign * line.quantity


def _start_trip(state: State, event: e.VehicleLoaded) -> None:
    """The loaded orders become the vehicle's first trip, with their planned times where they had any."""
    before = state.plan.routes.get(event.vehicle_id)
    rests = before.rests if before is not None else ()  # a route whose stops are all loaded is gone for a moment
    planned = _planned_stops(state, event.order_ids)
    stops = tuple(planned.get(order_id) or _stop_now(order_id, event.at_s) for order_id in event.order_ids)
    for order_id in event.order_ids:
        drop_stop(state, order_id)
        state.plan.unplanned.pop(order_id, None)
        state.plan.vehicle_of[order_id] = event.vehicle_id
    last_s = max(stop.depart_s for stop in stops)
    route = state.plan.routes.get(event.vehicle_id) or VehicleRoute(vehicle_id=event.vehicle_id, trips=(), rests=rests)
    trip = Trip(
        load_start_s=event.at_s,
        depart_s=event.at_s,
        return_s=max(last_s, event.at_s),
        stops=stops,
        loaded=True,
    )
    set_trips(state, route, (trip, *route.trips))


def _planned_stops(state: State, order_ids: tuple[str, ...]) -> dict[str, PlannedStop]:
    vehicles = {state.plan.vehicle_of[order_id] for order_id in order_ids if order_id in state.plan.vehicle_of}
    wanted = set(order_ids)
    return {
        stop.order_id: stop
        for vehicle_id in vehicles
        if vehicle_id in state.plan.routes
        for trip in state.plan.routes[vehicle_id].trips
        for stop in trip.stops
        if stop.order_id in wanted
    }


def _stop_now(order_id: str, at_s: int) -> PlannedStop:
    return PlannedStop(order_id=order_id, arrive_s=at_s, start_s=at_s, depart_s=at_s)


def vehicle_arrived(state: State, event: e.VehicleArrived, seq: int, at_s: int) -> None:
    """The vehicle stands at a customer."""
    note_leg(state, event)
    live = state.fleet[event.vehicle_id]
    drove(state, live.vehicle_id, live.since_s, event.at_s)
    order = state.orders[event.order_id]
    place = state.customers[order.customer_id].place
    state.fleet[live.vehicle_id] = changed(
        live,
        status=VehicleStatus.SERVING,
        place=place,
        since_s=event.at_s,
        current_order_id=event.order_id,
        on_board=_first(live.on_board, event.order_id),
        predicted_s=None,
        duty=duty.moved(state, live, event.at_s, place, stops=1),
    )


def _first(order_ids: tuple[str, ...], order_id: str) -> tuple[str, ...]:
    return (order_id, *(other for other in order_ids if other != order_id))


def order_delivered(state: State, event: e.OrderDelivered, seq: int, at_s: int) -> None:
    """The order is done; the vehicle goes on."""
    order = state.orders[event.order_id]
    state.orders[order.order_id] = changed(
        order, status=OrderStatus.DELIVERED, delivered_s=event.at_s, version=order.version + 1
    )
    _end_shipment(state, order.order_id, ShipmentStatus.DELIVERED, event.at_s)
    _leave_stop(state, event.vehicle_id, order, event.at_s, event.next_order_id)


def delivery_failed(state: State, event: e.DeliveryFailed, seq: int, at_s: int) -> None:
    """The order has failed; its goods stay on board."""
    order = state.orders[event.order_id]
    state.orders[order.order_id] = changed(
        order, status=OrderStatus.FAILED, note=event.reason, version=order.version + 1
    )
    _end_shipment(state, order.order_id, ShipmentStatus.FAILED, event.at_s)
    live = state.fleet[event.vehicle_id]
    state.fleet[event.vehicle_id] = changed(live, failed=(*live.failed, order.order_id))
    _leave_stop(state, event.vehicle_id, order, event.at_s, event.next_order_id)


def _leave_stop(state: State, vehicle_id: str, order: Order, at_s: int, next_order_id: str | None) -> None:
    live = state.fleet[vehicle_id]
    on_board = tuple(other for other in live.on_board if other != order.order_id)
    if next_order_id is None and on_board:
        next_order_id = on_board[0]
    state.fleet[vehicle_id] = changed(
        live,
        status=VehicleStatus.RETURNING if next_order_id is None else VehicleStatus.DRIVING,
        place=state.customers[order.customer_id].place,
        since_s=at_s,
        on_board=on_board if next_order_id is None else _first(on_board, next_order_id),
        current_order_id=next_order_id,
        predicted_s=None,
        duty=duty.stood(state, live, at_s),
    )
    state.open_orders.pop(order.order_id, None)
    forget_order(state, order.order_id)


def _end_shipment(state: State, order_id: str, status: ShipmentStatus, at_s: int) -> None:
    attempt = state.counters.get(f"shipments:{order_id}", 0)
    shipment = state.shipments.get(f"{order_id}/{attempt}")
    if shipment is not None:
        state.shipments[shipment.shipment_id] = changed(shipment, status=status, ended_s=at_s)


def vehicle_returned(state: State, event: e.VehicleReturned, seq: int, at_s: int) -> None:
    """The trip is over; returned goods are stock again, undelivered orders are open again."""
    live = state.fleet[event.vehicle_id]
    moving = live.status in (VehicleStatus.DRIVING, VehicleStatus.RETURNING)
    if moving:
        drove(state, live.vehicle_id, live.since_s, event.at_s)
    for order_id in event.returned:
        order = state.orders[order_id]
        _move_stock(state, order, event.site_id, +1)
        _end_shipment(state, order_id, ShipmentStatus.RETURNED, event.at_s)
        if order.status is OrderStatus.LOADED:
            state.orders[order_id] = changed(order, status=OrderStatus.OPEN, vehicle_id=None, version=order.version + 1)
            drop_stop(state, order_id)
    home = state.sites[event.site_id].place
    after = duty.moved(state, live, event.at_s, home) if moving else duty.stood(state, live, event.at_s)
    state.fleet[live.vehicle_id] = _idle(state, changed(live, duty=after), event)
    route = state.plan.routes.get(event.vehicle_id)
    if route is not None:
        set_trips(state, route, tuple(trip for trip in route.trips if not trip.loaded))


def _idle(state: State, live: VehicleLive, event: e.VehicleReturned) -> VehicleLive:
    return changed(
        live,
        status=VehicleStatus.IDLE,
        place=state.sites[event.site_id].place,
        since_s=event.at_s,
        on_board=(),
        failed=(),
        current_order_id=None,
        predicted_s=None,
    )


def vehicle_went_down(state: State, event: e.VehicleWentDown, seq: int, at_s: int) -> None:
    """The vehicle stands where it was reported, until further notice."""
    live = state.fleet[event.vehicle_id]
    values: dict[str, object] = {"down_until_s": event.until_s, "predicted_s": None}
    moving = live.status in (VehicleStatus.DRIVING, VehicleStatus.RETURNING)
    if moving and live.down_until_s is None:
        values["duty"] = duty.moved(state, live, event.at_s, event.place or live.place)
    if event.place is not None:
        values |= {"place": event.place, "since_s": event.at_s}
    state.fleet[event.vehicle_id] = changed(live, **values)


def vehicle_came_up(state: State, event: e.VehicleCameUp, seq: int, at_s: int) -> None:
    """The vehicle moves again, from where it stands."""
    live = state.fleet[event.vehicle_id]
    values: dict[str, object] = {"down_until_s": None}
    if live.status in (VehicleStatus.DRIVING, VehicleStatus.RETURNING):
        values["since_s"] = event.at_s
    state.fleet[event.vehicle_id] = changed(live, **values)


def vehicle_slipped(state: State, event: e.VehicleSlipped, seq: int, at_s: int) -> None:
    """The agent's estimate replaces the planned arrival at the current stop."""
    live = state.fleet[event.vehicle_id]
    if live.current_order_id == event.order_id and live.status is VehicleStatus.DRIVING:
        state.fleet[event.vehicle_id] = changed(live, predicted_s=event.predicted_s)


def area_slowed(state: State, event: e.AreaSlowed, seq: int, at_s: int) -> None:
    """A slow area is known, or known anew."""
    state.slow_areas[event.area.area_id] = event.area


def area_cleared(state: State, event: e.AreaCleared, seq: int, at_s: int) -> None:
    """A slow area is over."""
    state.slow_areas.pop(event.area_id, None)
