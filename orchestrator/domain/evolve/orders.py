"""Folding orders, and taking an order that needs no more planning out of the plan."""

from __future__ import annotations

from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.events import OrderCancelled, OrderChanged, OrderConfirmed, OrderReceived
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.evolve.learning import count_order
from orchestrator.domain.plan import Trip, VehicleRoute
from orchestrator.domain.state import State


def order_received(state: State, event: OrderReceived, seq: int, at_s: int) -> None:
    """A new open order. A reservation counts as demand once it is confirmed."""
    order = event.order
    state.orders[order.order_id] = order
    state.open_orders[order.order_id] = None
    if order.held_until_s is None:
        count_order(state, order)
    else:
        state.reservations[order.order_id] = order.held_until_s


def order_confirmed(state: State, event: OrderConfirmed, seq: int, at_s: int) -> None:
    """The reservation is an order now."""
    order = state.orders[event.order_id]
    state.orders[order.order_id] = changed(order, held_until_s=None, version=order.version + 1)
    state.reservations.pop(order.order_id, None)
    count_order(state, order)


def order_changed(state: State, event: OrderChanged, seq: int, at_s: int) -> None:
    """Another window or priority; the demand stays with the day it was counted on."""
    order = state.orders[event.order_id]
    state.orders[order.order_id] = changed(
        order,
        window_start_s=event.window_start_s,
        window_end_s=event.window_end_s,
        priority=event.priority,
        version=order.version + 1,
    )


def order_cancelled(state: State, event: OrderCancelled, seq: int, at_s: int) -> None:
    """The order is over; its stop leaves the plan."""
    order = state.orders[event.order_id]
    state.orders[order.order_id] = changed(
        order,
        status=OrderStatus.CANCELLED,
        version=order.version + 1,
        note=event.reason or order.note,
        held_until_s=None,
    )
    state.reservations.pop(order.order_id, None)
    state.open_orders.pop(order.order_id, None)
    forget_order(state, order.order_id)


def forget_order(state: State, order_id: str) -> None:
    """Take an order out of every part of the plan."""
    plan = state.plan
    plan.allocations.pop(order_id, None)
    plan.unplanned.pop(order_id, None)
    plan.late.pop(order_id, None)
    drop_stop(state, order_id)


def drop_stop(state: State, order_id: str) -> None:
    """Take an order's stop out of its route; a trip without stops goes with it."""
    vehicle_id = state.plan.vehicle_of.pop(order_id, None)
    route = state.plan.routes.get(vehicle_id) if vehicle_id is not None else None
    if route is None:
        return
    trips = tuple(kept for trip in route.trips if (kept := _without(trip, order_id)) is not None)
    set_trips(state, route, trips)


def _without(trip: Trip, order_id: str) -> Trip | None:
    if all(stop.order_id != order_id for stop in trip.stops):
        return trip
    stops = tuple(stop for stop in trip.stops if stop.order_id != order_id)
    return changed(trip, stops=stops) if stops or trip.loaded else None


def set_trips(state: State, route: VehicleRoute, trips: tuple[Trip, ...]) -> None:
    """Give a vehicle's route other trips; a route without trips is no route."""
    if trips:
        state.plan.routes[route.vehicle_id] = changed(route, trips=trips)
    else:
        state.plan.routes.pop(route.vehicle_id, None)
