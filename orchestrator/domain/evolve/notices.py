"""Folding overrides, alerts and refusals."""

from __future__ import annotations

from orchestrator.domain import events as e
from orchestrator.domain.allowances import AllowanceStatus
from orchestrator.domain.entities import AlertStatus, OverrideStatus
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.state import State


def override_created(state: State, event: e.OverrideCreated, seq: int, at_s: int) -> None:
    """An override binds from now on."""
    override = event.override
    state.overrides[override.override_id] = override
    held = state.override_ids_of_order.get(override.order_id, ())
    state.override_ids_of_order[override.order_id] = (*held, override.override_id)


def _end(state: State, override_id: str, status: OverrideStatus) -> None:
    override = state.overrides[override_id]
    state.overrides[override_id] = changed(override, status=status, conflict="", version=override.version + 1)
    held = state.override_ids_of_order.get(override.order_id, ())
    left = tuple(other for other in held if other != override_id)
    if left:
        state.override_ids_of_order[override.order_id] = left
    else:
        state.override_ids_of_order.pop(override.order_id, None)


def override_undone(state: State, event: e.OverrideUndone, seq: int, at_s: int) -> None:
    """An override binds no more."""
    _end(state, event.override_id, OverrideStatus.UNDONE)


def allowance_granted(state: State, event: e.AllowanceGranted, seq: int, at_s: int) -> None:
    """The vehicle may do more from now on."""
    state.allowances[event.allowance.allowance_id] = event.allowance


def allowance_ended(state: State, event: e.AllowanceEnded, seq: int, at_s: int) -> None:
    """What was allowed counts no more."""
    allowance = state.allowances[event.allowance_id]
    status = AllowanceStatus.UNDONE if event.by else AllowanceStatus.EXPIRED
    state.allowances[event.allowance_id] = changed(allowance, status=status, version=allowance.version + 1)


def override_expired(state: State, event: e.OverrideExpired, seq: int, at_s: int) -> None:
    """An override has run out, or its order is done."""
    _end(state, event.override_id, OverrideStatus.DONE if event.done else OverrideStatus.EXPIRED)


def alert_raised(state: State, event: e.AlertRaised, seq: int, at_s: int) -> None:
    """People are to know; told again, the first time of raising stays."""
    alert = event.alert
    known = state.alerts.get(alert.alert_id)
    if known is not None and known.status is not AlertStatus.RESOLVED:
        alert = changed(alert, raised_s=known.raised_s)
    state.alerts[alert.alert_id] = alert


def alert_acknowledged(state: State, event: e.AlertAcknowledged, seq: int, at_s: int) -> None:
    """Somebody takes care."""
    state.alerts[event.alert_id] = changed(state.alerts[event.alert_id], status=AlertStatus.ACKNOWLEDGED)


def alert_resolved(state: State, event: e.AlertResolved, seq: int, at_s: int) -> None:
    """It is over."""
    state.alerts[event.alert_id] = changed(state.alerts[event.alert_id], status=AlertStatus.RESOLVED)
