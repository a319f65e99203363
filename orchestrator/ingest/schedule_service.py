"""The schedule: lateness with remedies, and what people decide about tasks, machines and production orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.domain import commands
from orchestrator.domain.answers import Answer
from orchestrator.domain.decide.schedule import new_schedule_override
from orchestrator.domain.errors import Unavailable, not_found
from orchestrator.domain.shop_floor import ScheduleOverride, ScheduleOverrideStatus
from orchestrator.ingest.convert_override import impact_out
from orchestrator.ingest.convert_schedule import late_out, move_out, schedule_override_in, schedule_override_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import (
    build,
    enums_in,
    etag_in,
    limited,
    page_size_in,
    request_id_in,
    text_in,
)
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.refusals import bad_field
from protos.muster.operator.v1 import override_service_pb2
from protos.muster.operator.v1 import schedule_service_pb2 as pb

PAGE_DEFAULT = 50
PAGE_MAX = 1_000
ORDERS_MAX = 100
BUDGET_MS = 4_000
BUDGET_MS_LEAST, BUDGET_MS_MOST = 100, 10_000


class ScheduleService:
    """Why production is late, and what people decide."""

    def __init__(self, desk: Desk, new_id: Callable[[], str]) -> None:
        self._desk = desk
        self._new_id = new_id

    async def ExplainSchedule(self, request: pb.ExplainScheduleRequest, call: Call) -> pb.ExplainScheduleResponse:
        """Late production orders with their causes; remedies where asked for."""
        limited(request.production_order_ids, ORDERS_MAX, "production_order_ids")
        for order_id in request.production_order_ids:
            if order_id not in self._desk.state.production:
                raise not_found("production order", order_id, field="production_order_ids")
        budget_ms = request.remedy_budget_ms or BUDGET_MS
        if not BUDGET_MS_LEAST <= budget_ms <= BUDGET_MS_MOST:
            raise bad_field("remedy_budget_ms", budget_ms, f"{BUDGET_MS_LEAST} to {BUDGET_MS_MOST}, or 0")
        asked = frozenset(request.production_order_ids)
        revision = self._desk.state.plan.revision
        late = await self._planner().lateness(asked, budget_ms if request.remedies else 0)
        return pb.ExplainScheduleResponse(late=[late_out(one) for one in late], revision=revision)

    async def ExplainTask(self, request: pb.ExplainTaskRequest, call: Call) -> pb.ExplainTaskResponse:
        """Why something stands where it does in the schedule."""
        told = await self._planner().explain_task(text_in(request.subject, "subject"))
        return pb.ExplainTaskResponse(
            subject=told.subject, sentences=told.sentences, moves=[move_out(move) for move in told.moves]
        )

    async def CreateScheduleOverride(
        self, request: pb.CreateScheduleOverrideRequest, call: Call
    ) -> pb.CreateScheduleOverrideResponse:
        """Set a decision, or only preview it. The impact is what the preview says, before the re-plan."""
        request_id_in(request.request_id, required=False)
        command = schedule_override_in(request, call.caller.name, self._new_id())
        state = self._desk.state
        if request.validate_only:
            impact = await self._planner().preview(command, call.caller.principal)
            override = new_schedule_override(state, command, self._desk.clock.now_s())
            return pb.CreateScheduleOverrideResponse(
                override=schedule_override_out(override), impact=impact_out(impact, state.plan.revision)
            )
        response = pb.CreateScheduleOverrideResponse()
        if command.override_id not in state.schedule_overrides and self._desk.planner is not None:
            impact = await self._desk.planner.preview(command, call.caller.principal)
            response.impact.CopyFrom(impact_out(impact, state.plan.revision))
        outcome = await self._desk.submit(call, command, request.request_id)
        created = outcome.answer.created_id if isinstance(outcome.answer, Answer) else command.override_id
        response.override.CopyFrom(schedule_override_out(self._override(created)))
        response.seq, response.replayed = outcome.last_seq, outcome.replayed
        return response

    async def ListScheduleOverrides(
        self, request: pb.ListScheduleOverridesRequest, call: Call
    ) -> pb.ListScheduleOverridesResponse:
        """Decisions, newest first."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        kinds = override_service_pb2.OverrideStatus
        asked = enums_in(ScheduleOverrideStatus, kinds, "OVERRIDE_STATUS_", request.statuses, "statuses")
        statuses = asked or frozenset({ScheduleOverrideStatus.ACTIVE})
        by_key = {_newest_first(one): one for one in self._desk.state.schedule_overrides.values()}

        def wanted(key: str) -> bool:
            return by_key[key].status in statuses

        page = await page_of(self._desk.pages, call.caller.principal, request, by_key, wanted, size)
        return pb.ListScheduleOverridesResponse(
            overrides=[schedule_override_out(by_key[key]) for key in page.keys], next_page_token=page.next_token
        )

    async def UndoScheduleOverride(self, request: pb.UndoScheduleOverrideRequest, call: Call) -> pb.ScheduleOverride:
        """Take a decision back."""
        command = build(
            commands.UndoScheduleOverride,
            override_id=request.override_id,
            by=call.caller.name,
            reason=request.reason,
            version=etag_in(request.etag),
        )
        await self._desk.submit(call, command, request.request_id)
        return schedule_override_out(self._override(request.override_id))

    def _override(self, override_id: str) -> ScheduleOverride:
        override = self._desk.state.schedule_overrides.get(override_id)
        if override is None:
            raise not_found("schedule override", text_in(override_id, "override_id"), field="override_id")
        return override

    def _planner(self) -> Any:
        if self._desk.planner is None:
            raise Unavailable("planning is loading its kernels", retry_after_ms=2_000)
        return self._desk.planner


def _newest_first(override: ScheduleOverride) -> str:
    return f"{10**13 - override.created_s:014d}/{override.override_id}"
