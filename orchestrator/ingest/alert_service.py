"""Alerts on the operator port."""

from __future__ import annotations

from orchestrator.domain.commands import AcknowledgeAlert, ResolveAlert
from orchestrator.domain.entities import Alert, AlertStatus
from orchestrator.domain.errors import not_found
from orchestrator.ingest.convert_supply import alert_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, enums_in, page_size_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from protos.muster.operator.v1 import alert_service_pb2 as pb

PAGE_DEFAULT = 50
PAGE_MAX = 1_000
UNRESOLVED = frozenset({AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED})


class AlertService:
    """What people should know, seen and over."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ListAlerts(self, request: pb.ListAlertsRequest, call: Call) -> pb.ListAlertsResponse:
        """Alerts, newest first."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        asked = enums_in(AlertStatus, pb.AlertStatus, "ALERT_STATUS_", request.statuses, "statuses")
        statuses = asked or UNRESOLVED
        by_key = {f"{10**13 - a.raised_s:014d}/{a.alert_id}": a for a in self._desk.state.alerts.values()}
        page = await page_of(
            self._desk.pages,
            call.caller.principal,
            request,
            by_key,
            lambda key: by_key[key].status in statuses,
            size,
        )
        return pb.ListAlertsResponse(
            alerts=[alert_out(by_key[key]) for key in page.keys], next_page_token=page.next_token
        )

    async def AcknowledgeAlert(self, request: pb.AcknowledgeAlertRequest, call: Call) -> pb.Alert:
        """Somebody takes care of it."""
        command = build(AcknowledgeAlert, alert_id=request.alert_id, by=call.caller.name)
        await self._desk.submit(call, command, request.request_id)
        return alert_out(self._alert(request.alert_id))

    async def ResolveAlert(self, request: pb.ResolveAlertRequest, call: Call) -> pb.Alert:
        """It is over."""
        command = build(ResolveAlert, alert_id=request.alert_id, reason=request.reason)
        await self._desk.submit(call, command, request.request_id)
        return alert_out(self._alert(request.alert_id))

    def _alert(self, alert_id: str) -> Alert:
        alert = self._desk.state.alerts.get(alert_id)
        if alert is None:
            raise not_found("alert", alert_id, field="alert_id")
        return alert
