"""Overrides: preview, set, list, undo. The owner is always the calling operator."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.domain import commands
from orchestrator.domain.allowance_commands import UndoAllowance
from orchestrator.domain.allowances import Allowance, AllowanceStatus
from orchestrator.domain.answers import Answer
from orchestrator.domain.decide.overrides import new_override
from orchestrator.domain.entities import Override, OverrideStatus
from orchestrator.domain.errors import Unavailable, not_found
from orchestrator.ingest.convert_allowance import allowance_in, allowance_out
from orchestrator.ingest.convert_override import impact_out, override_in, override_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, enums_in, etag_in, page_size_in, request_id_in, text_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.refusals import bad_field
from protos.muster.operator.v1 import override_service_pb2 as pb

PAGE_DEFAULT = 50
PAGE_MAX = 1_000


class OverrideService:
    """Decisions that people fix."""

    def __init__(self, desk: Desk, new_id: Callable[[], str]) -> None:
        self._desk = desk
        self._new_id = new_id

    async def CreateOverride(self, request: pb.CreateOverrideRequest, call: Call) -> pb.CreateOverrideResponse:
        """Set an override, or only preview it. The impact is what the preview says, before the re-plan."""
        command = self._command(request, call)
        if request.validate_only:
            previewed = await self._impact(command, call)
            override = new_override(self._desk.state, command, self._desk.clock.now_s())
            return pb.CreateOverrideResponse(override=override_out(override), impact=previewed)
        impact: pb.OverrideImpact | None = None
        if command.override_id not in self._desk.state.overrides and self._desk.planner is not None:
            impact = await self._impact(command, call)
        outcome = await self._desk.submit(call, command, request.request_id)
        created = outcome.answer.created_id if isinstance(outcome.answer, Answer) else command.override_id
        response = pb.CreateOverrideResponse(
            override=override_out(self._override(created)), seq=outcome.last_seq, replayed=outcome.replayed
        )
        if impact is not None:
            response.impact.CopyFrom(impact)
        return response

    async def PreviewOverride(self, request: pb.PreviewOverrideRequest, call: Call) -> pb.OverrideImpact:
        """What an override would mean."""
        if not request.HasField("override"):
            raise bad_field("override", "nothing", "the override to preview must be given")
        return await self._impact(self._command(request.override, call), call)

    async def ListOverrides(self, request: pb.ListOverridesRequest, call: Call) -> pb.ListOverridesResponse:
        """Overrides, newest first."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        text_in(request.order_id, "order_id")
        asked = enums_in(OverrideStatus, pb.OverrideStatus, "OVERRIDE_STATUS_", request.statuses, "statuses")
        statuses = asked or frozenset({OverrideStatus.ACTIVE})
        by_key = {_newest_first(override): override for override in self._desk.state.overrides.values()}

        def wanted(key: str) -> bool:
            override = by_key[key]
            mine = not request.order_id or override.order_id == request.order_id
            return mine and override.status in statuses

        page = await page_of(self._desk.pages, call.caller.principal, request, by_key, wanted, size)
        return pb.ListOverridesResponse(
            overrides=[override_out(by_key[key]) for key in page.keys], next_page_token=page.next_token
        )

    async def GetOverride(self, request: pb.GetOverrideRequest, call: Call) -> pb.Override:
        """One override."""
        return override_out(self._override(request.override_id))

    async def UndoOverride(self, request: pb.UndoOverrideRequest, call: Call) -> pb.Override:
        """Take an override back."""
        command = build(
            commands.UndoOverride,
            override_id=request.override_id,
            by=call.caller.name,
            reason=request.reason,
            version=etag_in(request.etag),
        )
        await self._desk.submit(call, command, request.request_id)
        return override_out(self._override(request.override_id))

    async def GrantAllowance(self, request: pb.GrantAllowanceRequest, call: Call) -> pb.Allowance:
        """Allow a vehicle more than its master data say."""
        request_id_in(request.request_id, required=False)
        command = allowance_in(request, call.caller.name, self._new_id())
        outcome = await self._desk.submit(call, command, request.request_id)
        granted = outcome.answer.created_id if isinstance(outcome.answer, Answer) else command.allowance_id
        return allowance_out(self._allowance(granted))

    async def ListAllowances(self, request: pb.ListAllowancesRequest, call: Call) -> pb.ListAllowancesResponse:
        """Allowances, newest first."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        text_in(request.vehicle_id, "vehicle_id")
        asked = enums_in(AllowanceStatus, pb.AllowanceStatus, "ALLOWANCE_STATUS_", request.statuses, "statuses")
        statuses = asked or frozenset({AllowanceStatus.ACTIVE})
        held = self._desk.state.allowances.values()
        by_key = {f"{10**13 - one.created_s:014d}/{one.allowance_id}": one for one in held}

        def wanted(key: str) -> bool:
            one = by_key[key]
            return one.status in statuses and request.vehicle_id in ("", one.vehicle_id)

        page = await page_of(self._desk.pages, call.caller.principal, request, by_key, wanted, size)
        return pb.ListAllowancesResponse(
            allowances=[allowance_out(by_key[key]) for key in page.keys], next_page_token=page.next_token
        )

    async def UndoAllowance(self, request: pb.UndoAllowanceRequest, call: Call) -> pb.Allowance:
        """Take an allowance back."""
        command = build(
            UndoAllowance,
            allowance_id=request.allowance_id,
            by=call.caller.name,
            reason=request.reason,
            version=etag_in(request.etag),
        )
        await self._desk.submit(call, command, request.request_id)
        return allowance_out(self._allowance(request.allowance_id))

    def _allowance(self, allowance_id: str) -> Allowance:
        allowance = self._desk.state.allowances.get(allowance_id)
        if allowance is None:
            raise not_found("allowance", text_in(allowance_id, "allowance_id"), field="allowance_id")
        return allowance

    def _command(self, request: pb.CreateOverrideRequest, call: Call) -> commands.CreateOverride:
        request_id_in(request.request_id, required=False)
        return override_in(request, call.caller.name, self._new_id())

    def _override(self, override_id: str) -> Override:
        override = self._desk.state.overrides.get(override_id)
        if override is None:
            raise not_found("override", text_in(override_id, "override_id"), field="override_id")
        return override

    async def _impact(self, command: commands.CreateOverride, call: Call) -> pb.OverrideImpact:
        if self._desk.planner is None:
            raise Unavailable("planning is loading its kernels", retry_after_ms=2_000)
        impact = await self._desk.planner.preview(command, call.caller.principal)
        return impact_out(impact, self._desk.state.plan.revision)


def _newest_first(override: Override) -> str:
    return f"{10**13 - override.created_s:014d}/{override.override_id}"
