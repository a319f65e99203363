"""Deciding about overrides: what people fix in the plan, and take back."""

from __future__ import annotations

from orchestrator.domain.allowances import AllowanceStatus
from orchestrator.domain.answers import Answer, Decision
from orchestrator.domain.commands import CreateOverride, ExpireOverrides, UndoOverride
from orchestrator.domain.decide.allowances import allowances_over
from orchestrator.domain.decide.checks import etag, invalid, order_of, resolve
from orchestrator.domain.decide.orders import reservations_over
from orchestrator.domain.entities import Order, OrderStatus, Override, OverrideKind, OverrideStatus
from orchestrator.domain.errors import Reason, Rejection, illegal, not_found
from orchestrator.domain.events import (
    Event,
    OverrideCreated,
    OverrideExpired,
    OverrideUndone,
    ScheduleOverrideExpired,
)
from orchestrator.domain.measures import order_size
from orchestrator.domain.shop_floor import ScheduleOverrideStatus
from orchestrator.domain.state import State


def create_override(state: State, command: CreateOverride, now_s: int) -> Decision:
    """Fix a decision about an order, unless it contradicts another one or the vehicle cannot carry it."""
    override = new_override(state, command, now_s)
    return Decision((OverrideCreated(override=override),), Answer(created_id=override.override_id, version=1))


def new_override(state: State, command: CreateOverride, now_s: int) -> Override:
    """The override a command would make; raises as `create_override` does. Previews use it too."""
    if command.override_id in state.overrides:
        raise Rejection(
            Reason.ALREADY_EXISTS,
            f"override '{command.override_id}' exists",
            field="override_id",
            metadata={"override_id": command.override_id},
        )
    if command.expires_s is not None and command.expires_s <= now_s:
        raise invalid("expires_s", command.expires_s, f"already over (the company clock says {now_s})")
    order = order_of(state, command.order_id)
    _check_order(order, command)
    if command.kind is OverrideKind.LOCK:
        held = _held(state, command)
    else:
        _check_vehicle(state, order, command)
        held = (None, "", None)
    _check_contradiction(state, command)
    return Override(
        override_id=command.override_id,
        kind=command.kind,
        order_id=command.order_id,
        vehicle_id=command.vehicle_id,
        level=command.level,
        owner=command.owner,
        reason=command.reason,
        created_s=now_s,
        expires_s=command.expires_s,
        held_vehicle_id=held[0],
        held_predecessor_id=held[1],
        held_start_s=held[2],
    )


def _check_order(order: Order, command: CreateOverride) -> None:
    loaded_lock = order.status is OrderStatus.LOADED and command.kind is OverrideKind.LOCK
    if order.status is not OrderStatus.OPEN and not loaded_lock:
        raise illegal("order", order.order_id, order.status.value, f"put under {command.kind.value.lower()}")


def _held(state: State, command: CreateOverride) -> tuple[str | None, str, int | None]:
    """What a lock finds in the plan: vehicle, predecessor on the trip, start time."""
    if command.level is None:
        raise invalid("level", None, "a lock needs a level: TIMES, SEQUENCE or ALL")
    vehicle_id = state.plan.vehicle_of.get(command.order_id)
    if vehicle_id is None:
        raise Rejection(
            Reason.OVERRIDE_INFEASIBLE,
            f"order '{command.order_id}' is not planned: there is nothing to lock; assign it to a vehicle instead",
            field="order_id",
            metadata={"order_id": command.order_id},
        )
    for trip in state.plan.routes[vehicle_id].trips:
        predecessor = ""
        for stop in trip.stops:
            if stop.order_id == command.order_id:
                return vehicle_id, predecessor, stop.start_s
            predecessor = stop.order_id
    return vehicle_id, "", None


def _check_vehicle(state: State, order: Order, command: CreateOverride) -> None:
    if command.vehicle_id is None:
        raise invalid("vehicle_id", None, f"{command.kind.value} needs a vehicle")
    vehicle = state.vehicles.get(command.vehicle_id)
    if vehicle is None:
        raise not_found("vehicle", command.vehicle_id, field="vehicle_id")
    if command.kind is not OverrideKind.ASSIGN:
        return
    weight_g, volume_cm3 = order_size(state, order)
    if weight_g > vehicle.weight_g or volume_cm3 > vehicle.volume_cm3:
        raise Rejection(
            Reason.OVERRIDE_INFEASIBLE,
            f"order '{order.order_id}' ({weight_g} g, {volume_cm3} cm3) does not fit on vehicle "
            f"'{vehicle.vehicle_id}' ({vehicle.weight_g} g, {vehicle.volume_cm3} cm3)",
            field="vehicle_id",
            metadata={"rule": "CAPACITY_EXCEEDED", "vehicle_id": vehicle.vehicle_id},
        )


def _check_contradiction(state: State, command: CreateOverride) -> None:
    for other_id in state.override_ids_of_order.get(command.order_id, ()):
        other = state.overrides[other_id]
        if _contradicts(command, other):
            raise Rejection(
                Reason.OVERRIDE_CONFLICT,
                f"contradicts override '{other.override_id}' ({other.kind.value} {other.vehicle_id or ''}) "
                f"of {other.owner}: undo it first with 'muster undo {other.override_id}'",
                metadata={"override_id": other.override_id, "owner": other.owner},
            )


def _contradicts(command: CreateOverride, other: Override) -> bool:
    kinds = {command.kind, other.kind}
    here = command.vehicle_id
    there = other.vehicle_id if other.kind is not OverrideKind.LOCK else other.held_vehicle_id
    if command.kind is OverrideKind.LOCK or kinds == {OverrideKind.FORBID}:
        return False
    if kinds == {OverrideKind.ASSIGN, OverrideKind.FORBID}:
        return here == there
    if other.kind is OverrideKind.LOCK and other.level is not None and other.level.value == "TIMES":
        return False
    if command.kind is OverrideKind.FORBID:
        return here == there
    return here != there


def undo_override(state: State, command: UndoOverride, now_s: int) -> Decision:
    """Take an override back; planning is free again."""
    override = state.overrides.get(command.override_id)
    if override is None:
        raise not_found("override", command.override_id, field="override_id")
    etag("override", override.override_id, command.version, override.version)
    if override.status is not OverrideStatus.ACTIVE:
        raise illegal("override", override.override_id, override.status.value, "undone")
    undone = OverrideUndone(override_id=override.override_id, by=command.by, reason=command.reason)
    ended = resolve(state, "OVERRIDE_CONFLICT", override.override_id, "undone")
    return Decision((undone, *ended), Answer(created_id=override.override_id, version=override.version + 1))


def next_s(state: State) -> int | None:
    """When the next decision or allowance of a person ends by itself."""
    ends = [one.expires_s for one in state.overrides.values() if one.status is OverrideStatus.ACTIVE]
    ends += [one.expires_s for one in state.schedule_overrides.values() if one.status is ScheduleOverrideStatus.ACTIVE]
    ends += [one.expires_s for one in state.allowances.values() if one.status is AllowanceStatus.ACTIVE]
    return min((end_s for end_s in ends if end_s is not None), default=None)


def expire_overrides(state: State, command: ExpireOverrides, now_s: int) -> Decision:
    """End what has run out of time."""
    events: list[Event] = []
    for override in state.overrides.values():
        over = override.expires_s is not None and override.expires_s <= now_s
        if override.status is OverrideStatus.ACTIVE and over:
            events.append(OverrideExpired(override_id=override.override_id))
            events += resolve(state, "OVERRIDE_CONFLICT", override.override_id, "expired")
    for one in state.schedule_overrides.values():
        over = one.expires_s is not None and one.expires_s <= now_s
        if one.status is ScheduleOverrideStatus.ACTIVE and over:
            events.append(ScheduleOverrideExpired(override_id=one.override_id))
            events += resolve(state, "OVERRIDE_CONFLICT", one.override_id, "expired")
    events += allowances_over(state, now_s)
    events += reservations_over(state, now_s)
    return Decision(tuple(events))
