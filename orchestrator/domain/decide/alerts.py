"""Deciding about alerts."""

from __future__ import annotations

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import AcknowledgeAlert, RaiseAlert, ResolveAlert
from orchestrator.domain.decide.checks import alert
from orchestrator.domain.entities import Alert, AlertStatus, Severity
from orchestrator.domain.errors import illegal, not_found
from orchestrator.domain.events import AlertAcknowledged, AlertResolved
from orchestrator.domain.state import State


def raise_alert(state: State, command: RaiseAlert, now_s: int) -> Decision:
    """Tell people, unless they know the very same already."""
    severity = Severity(command.severity)
    return Decision(tuple(alert(state, command.kind, command.subject, severity, command.text, now_s)))


def _alert(state: State, alert_id: str) -> Alert:
    known = state.alerts.get(alert_id)
    if known is None:
        raise not_found("alert", alert_id, field="alert_id")
    return known


def acknowledge_alert(state: State, command: AcknowledgeAlert, now_s: int) -> Decision:
    """Somebody takes care of an open alert."""
    known = _alert(state, command.alert_id)
    if known.status is not AlertStatus.OPEN:
        raise illegal("alert", known.alert_id, known.status.value, "acknowledged")
    return Decision((AlertAcknowledged(alert_id=known.alert_id, by=command.by),))


def resolve_alert(state: State, command: ResolveAlert, now_s: int) -> Decision:
    """End an alert that is not over yet."""
    known = _alert(state, command.alert_id)
    if known.status is AlertStatus.RESOLVED:
        raise illegal("alert", known.alert_id, known.status.value, "resolved")
    return Decision((AlertResolved(alert_id=known.alert_id, reason=command.reason),))
