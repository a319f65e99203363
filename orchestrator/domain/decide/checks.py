"""Look-ups and checks that several decisions share; each raises the typed rejection of its rule."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.domain.entities import Alert, AlertStatus, Order, OverrideStatus, Severity, VehicleLive
from orchestrator.domain.errors import Reason, Rejection, not_found
from orchestrator.domain.events import AlertRaised, AlertResolved, Event, OverrideExpired, ScheduleOverrideExpired
from orchestrator.domain.shop_floor import ScheduleOverrideStatus
from orchestrator.domain.state import DAY_S, State

FUTURE_S_MAX = DAY_S


def invalid(field: str, value: object, rule: str) -> Rejection:
    """A rejection that names the field, its value and the rule it breaks."""
    return Rejection(
        Reason.INVALID_FIELD,
        f"{field} is {value!r}: {rule}",
        field=field,
        metadata={"field": field, "value": str(value)[:200], "rule": rule},
    )


def order_of(state: State, order_id: str, field: str = "order_id") -> Order:
    """The order, or NOT_FOUND."""
    order = state.orders.get(order_id)
    if order is None:
        raise not_found("order", order_id, field=field)
    return order


def vehicle_live(state: State, vehicle_id: str) -> VehicleLive:
    """The vehicle at work, or NOT_FOUND."""
    live = state.fleet.get(vehicle_id)
    if live is None:
        raise not_found("vehicle", vehicle_id, field="vehicle_id")
    return live


def reported_time(at_s: int, now_s: int) -> None:
    """A report may come late, but not from the far future."""
    if at_s > now_s + FUTURE_S_MAX:
        raise invalid("at_s", at_s, f"more than a day after the company clock ({now_s})")


def etag(kind: str, name: str, asked: int | None, version: int) -> None:
    """The caller's version, when given, must be the present one."""
    if asked is not None and asked != version:
        raise Rejection(
            Reason.ETAG_MISMATCH,
            f"{kind} '{name}' has etag {version}, you sent {asked}: read it again",
            metadata={"kind": kind, "name": name, "etag": str(version), "sent": str(asked)},
        )


def alert(state: State, kind: str, subject: str, severity: Severity, text: str, now_s: int) -> list[Event]:
    """The event that tells people, unless the very same alert is open already."""
    alert_id = f"{kind}:{subject}"
    known = state.alerts.get(alert_id)
    if known is not None and known.status is not AlertStatus.RESOLVED and known.text == text:
        return []
    raised = Alert(alert_id=alert_id, kind=kind, subject=subject, severity=severity, text=text[:1000], raised_s=now_s)
    return [AlertRaised(alert=raised)]


def resolve(state: State, kind: str, subject: str, reason: str) -> list[Event]:
    """The event that ends an alert, if one is open."""
    alert_id = f"{kind}:{subject}"
    known = state.alerts.get(alert_id)
    if known is None or known.status is AlertStatus.RESOLVED:
        return []
    return [AlertResolved(alert_id=alert_id, reason=reason)]


def overrides_done(state: State, order_ids: Iterable[str]) -> list[Event]:
    """Ends the active overrides of orders that need no more planning."""
    return [
        OverrideExpired(override_id=override_id, done=True)
        for order_id in order_ids
        for override_id in state.override_ids_of_order.get(order_id, ())
        if state.overrides[override_id].status is OverrideStatus.ACTIVE
    ]


def schedule_overrides_done(
    state: State, task_id: str | None = None, production_order_id: str | None = None
) -> list[Event]:
    """Ends the decisions about a task that has started, or about a production order that is over."""

    def meant(named: str | None, order_id: str | None) -> bool:
        if task_id is not None:
            return named == task_id
        return production_order_id in (order_id, (named or "").rpartition(":")[0])

    events: list[Event] = []
    for one in state.schedule_overrides.values():
        if one.status is ScheduleOverrideStatus.ACTIVE and meant(one.task_id, one.production_order_id):
            events.append(ScheduleOverrideExpired(override_id=one.override_id, done=True))
            events += resolve(state, "OVERRIDE_CONFLICT", one.override_id, "done")
    return events


def learned_from(parent: int, in_force: int) -> None:
    """What was learned must have been learned from the version in force. Raises `Rejection`."""
    if parent != in_force:
        raise Rejection(
            Reason.PLAN_STALE,
            f"learned from version {parent}, in force is {in_force}",
            metadata={"parent": str(parent), "version": str(in_force)},
        )


def next_version(parent: int, offered: int, in_force: int, field: str) -> None:
    """The same, and it must call itself the next version."""
    learned_from(parent, in_force)
    if offered != in_force + 1:
        raise invalid(field, offered, f"the next version is {in_force + 1}")
