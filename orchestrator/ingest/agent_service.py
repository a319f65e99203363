"""Cordons, drains and agents' reminders on the operator port. A cordon's owner is always the calling operator."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.domain import cordons_commands as commands
from orchestrator.domain.answers import Answer
from orchestrator.domain.cordons import Cordon, CordonKind, CordonStatus, DrainPolicy
from orchestrator.domain.errors import Unavailable
from orchestrator.domain.reminders import REMINDERS_MAX
from orchestrator.ingest.convert_override import impact_out
from orchestrator.ingest.convert_reminder import reminders_by_key
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import (
    build,
    derived_id,
    enum_in,
    enum_out,
    enums_in,
    etag_in,
    page_size_in,
    request_id_in,
)
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from protos.muster.operator.v1 import agent_service_pb2 as pb
from protos.muster.operator.v1 import override_service_pb2 as override_pb

PAGE_DEFAULT = 50
PAGE_MAX = 1_000
IN_FORCE = frozenset(CordonStatus) - {CordonStatus.ENDED}


class AgentService:
    """People take resources out of the plan, and put them back."""

    def __init__(self, desk: Desk, new_id: Callable[[], str]) -> None:
        self._desk = desk
        self._new_id = new_id

    async def CordonResource(self, request: pb.CordonResourceRequest, call: Call) -> pb.CordonResourceResponse:
        """Keep a resource off new work, or only preview it. The impact is what the preview says, before the re-plan."""
        request_id_in(request.request_id, required=False)
        command = cordon_in(request, call.caller.name, self._new_id())
        if request.validate_only:
            return pb.CordonResourceResponse(impact=await self._impact(command, call))
        impact = await self._impact(command, call) if self._desk.planner is not None else None
        outcome = await self._desk.submit(call, command, request.request_id)
        made = outcome.answer.created_id if isinstance(outcome.answer, Answer) else command.cordon_id
        cordon = cordon_out(self._desk.state.cordons[made])
        return pb.CordonResourceResponse(cordon=cordon, impact=impact, seq=outcome.last_seq, replayed=outcome.replayed)

    async def UncordonResource(self, request: pb.UncordonResourceRequest, call: Call) -> pb.Cordon:
        """Let it work again."""
        command = build(
            commands.UncordonResource,
            kind=enum_in(CordonKind, pb.CordonKind, "CORDON_KIND_", request.kind, "kind"),
            resource_id=request.resource_id,
            by=call.caller.name,
            reason=request.reason,
            version=etag_in(request.etag),
        )
        outcome = await self._desk.submit(call, command, request.request_id)
        ended = outcome.answer.created_id if isinstance(outcome.answer, Answer) else ""
        known = self._desk.state.cordons.get(ended)
        return cordon_out(known) if known is not None else pb.Cordon(cordon_id=ended)

    async def ListCordons(self, request: pb.ListCordonsRequest, call: Call) -> pb.ListCordonsResponse:
        """Cordons, newest first."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        asked = enums_in(CordonStatus, pb.CordonStatus, "CORDON_STATUS_", request.statuses, "statuses")
        statuses = asked or IN_FORCE
        by_key = {f"{10**13 - one.created_s:014d}/{one.cordon_id}": one for one in self._desk.state.cordons.values()}
        page = await page_of(
            self._desk.pages,
            call.caller.principal,
            request,
            by_key,
            lambda key: by_key[key].status in statuses,
            size,
        )
        return pb.ListCordonsResponse(
            cordons=[cordon_out(by_key[key]) for key in page.keys], next_page_token=page.next_token
        )

    async def ListReminders(self, request: pb.ListRemindersRequest, call: Call) -> pb.ListRemindersResponse:
        """Reminders, first what waits for its agent, then by due time."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        agenda = self._desk.state.agenda
        by_key = reminders_by_key(agenda, request.kind, request.resource_id)
        page = await page_of(self._desk.pages, call.caller.principal, request, by_key, lambda key: key in by_key, size)
        return pb.ListRemindersResponse(
            reminders=[by_key[key] for key in page.keys],
            next_page_token=page.next_token,
            count=agenda.count,
            count_max=REMINDERS_MAX,
        )

    async def _impact(self, command: commands.CordonResource, call: Call) -> override_pb.OverrideImpact:
        if self._desk.planner is None:
            raise Unavailable("planning is loading its kernels", retry_after_ms=2_000)
        impact = await self._desk.planner.preview(command, call.caller.principal)
        return impact_out(impact, self._desk.state.plan.revision)


def cordon_in(request: pb.CordonResourceRequest, owner: str, new_id: str) -> commands.CordonResource:
    """The command of a request; a name that nobody chose comes from the request id, so that a repeat means the same."""
    policy = request.policy or pb.DRAIN_POLICY_KEEP
    return build(
        commands.CordonResource,
        cordon_id=request.cordon_id or derived_id("CO-", owner, request.request_id) or new_id,
        kind=enum_in(CordonKind, pb.CordonKind, "CORDON_KIND_", request.kind, "kind"),
        resource_id=request.resource_id,
        docks=request.docks,
        policy=enum_in(DrainPolicy, pb.DrainPolicy, "DRAIN_POLICY_", policy, "policy"),
        owner=owner,
        reason=request.reason,
        expires_s=request.expires_s if request.HasField("expires_s") else None,
    )


def cordon_out(cordon: Cordon) -> pb.Cordon:
    """A cordon as it stands."""
    return pb.Cordon(
        cordon_id=cordon.cordon_id,
        kind=enum_out(pb.CordonKind, "CORDON_KIND_", cordon.kind.value),
        resource_id=cordon.resource_id,
        docks=cordon.docks,
        policy=enum_out(pb.DrainPolicy, "DRAIN_POLICY_", cordon.policy.value),
        owner=cordon.owner,
        reason=cordon.reason,
        created_s=cordon.created_s,
        expires_s=cordon.expires_s,
        status=enum_out(pb.CordonStatus, "CORDON_STATUS_", cordon.status.value),
        given_up=cordon.given_up,
        etag=str(cordon.version),
    )
