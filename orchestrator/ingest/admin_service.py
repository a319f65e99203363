"""The server itself on the operator port: status, clock, import, audit, first page, day report."""

from __future__ import annotations

import asyncio
import base64
import json
import math
from collections.abc import AsyncIterator

from orchestrator.domain.errors import Reason, Rejection
from orchestrator.ingest.company_import import import_company
from orchestrator.ingest.day_book import DayBook
from orchestrator.ingest.day_report import day_report
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import seconds_in, seq_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.overview import overview
from orchestrator.ingest.refusals import bad_field
from orchestrator.ingest.status_view import clock_state, degraded, server_status
from orchestrator.log.record import Record
from protos.muster.operator.v1 import admin_service_pb2 as pb
from protos.muster.operator.v1 import overview_pb2

SPEED_MAX = 100_000.0
ADVANCE_S_MAX = 31 * 86_400
REVISIONS_DEFAULT = 50
REVISIONS_MAX = 500
EXPORT_PAGE = 200


class AdminService:
    """Looking after the server."""

    def __init__(self, desk: Desk, book: DayBook) -> None:
        self._desk = desk
        self._book = book
        self._auditing = asyncio.Lock()
        self._importing = asyncio.Lock()

    async def GetStatus(self, request: pb.GetStatusRequest, call: Call) -> pb.Status:
        """The server at a glance."""
        return server_status(self._desk)

    async def ImportCompany(self, request: pb.ImportCompanyRequest, call: Call) -> pb.ImportCompanyResponse:
        """Load a folder of CSV files, or name every bad row. One at a time."""
        async with self._importing:
            return await import_company(self._desk, call, request)

    async def StartClock(self, request: pb.StartClockRequest, call: Call) -> pb.ClockState:
        """Let the company clock run."""
        if not math.isfinite(request.speed) or not 0 <= request.speed <= SPEED_MAX:
            raise bad_field("speed", request.speed, f"0 (as configured) to {SPEED_MAX:.0f}")
        if not self._desk.clock_control.simulated:
            raise Rejection(
                Reason.CLOCK_NOT_SIMULATED, "this server runs on the wall clock: start it with clock_origin_s"
            )
        await self._desk.clock_control.start(request.speed)
        return clock_state(self._desk)

    async def AdvanceClock(self, request: pb.AdvanceClockRequest, call: Call) -> pb.ClockState:
        """Put a held clock forward."""
        control, now_s = self._desk.clock_control, self._desk.clock.now_s()
        if not control.simulated or not control.held:
            text = "the clock runs: only a server that was started with clock_origin_s and not yet started is advanced"
            raise Rejection(Reason.CLOCK_NOT_SIMULATED, text)
        to_s = seconds_in(request.to_s, "to_s")
        if not now_s <= to_s <= now_s + ADVANCE_S_MAX:
            raise bad_field("to_s", to_s, f"{now_s} (now) to {now_s + ADVANCE_S_MAX}")
        await control.advance(to_s)
        if self._desk.planner is not None:
            self._desk.planner.clock_moved()
        return clock_state(self._desk)

    async def VerifyAudit(self, request: pb.VerifyAuditRequest, call: Call) -> pb.VerifyAuditResponse:
        """Check the whole chain, in a process of its own. One at a time."""
        async with self._auditing:
            result = await self._desk.audit()
        return pb.VerifyAuditResponse(
            ok=result.ok,
            records=result.records,
            requests=result.requests,
            head_seq=result.head_seq,
            problems=[pb.AuditProblem(kind=kind, seq=seq, detail=detail) for kind, seq, detail in result.problems],
        )

    async def ExportAudit(self, request: pb.ExportAuditRequest, call: Call) -> AsyncIterator[pb.ExportAuditResponse]:
        """The log as JSON lines, up to what is durable at the start of the call."""
        cursor = seq_in(request.after_seq, "after_seq")
        end = self._desk.core.durable_seq
        while cursor < end:
            records = [r for r in await self._desk.core.read(cursor, EXPORT_PAGE) if r.seq <= end]
            if not records:
                return
            cursor = records[-1].seq
            yield pb.ExportAuditResponse(json_lines=b"".join(map(_json_line, records)), last_seq=cursor)

    async def GetOverview(self, request: overview_pb2.GetOverviewRequest, call: Call) -> overview_pb2.Overview:
        """The dashboard's first page."""
        if not 0 <= request.revision_count <= REVISIONS_MAX:
            raise bad_field("revision_count", request.revision_count, f"0 to {REVISIONS_MAX}")
        now_s = self._desk.clock.now_s()
        day = self._book.day(self._desk.state.day_start_s(now_s))
        count = request.revision_count or REVISIONS_DEFAULT
        return await overview(self._desk, day, now_s, count, degraded(self._desk))

    async def GetDayReport(self, request: pb.GetDayReportRequest, call: Call) -> pb.DayReport:
        """What happened on a day."""
        day_s = seconds_in(request.day_s, "day_s") or self._desk.clock.now_s()
        return day_report(self._desk, self._book, day_s)


def _json_line(record: Record) -> bytes:
    fields: dict[str, object] = {
        "seq": record.seq,
        "recorded_at_ms": record.recorded_at_ms,
        "type": record.type,
        "schema_version": record.schema_version,
        "principal": record.principal,
        "request_id": record.request_id,
        "cause": record.cause,
        "prev_hash": record.prev_hash.hex(),
        "hash": record.hash.hex(),
    }
    try:
        fields["payload"] = record.payload.decode()
    except UnicodeDecodeError:
        fields["payload_base64"] = base64.b64encode(record.payload).decode()
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"
