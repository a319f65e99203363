"""Decisions about the schedule, and lateness with its remedies, between the contract and the domain."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.commands import CreateScheduleOverride
from orchestrator.domain.shop_floor import ScheduleOverride, ScheduleOverrideKind
from orchestrator.ingest.fields import build, derived_id, enum_in, enum_out, optional
from protos.muster.operator.v1 import override_service_pb2
from protos.muster.operator.v1 import schedule_service_pb2 as pb

PREFIX = "SCHEDULE_OVERRIDE_KIND_"


def schedule_override_in(request: pb.CreateScheduleOverrideRequest, owner: str, new_id: str) -> CreateScheduleOverride:
    """The command of a request; ids as for overrides of orders."""
    return build(
        CreateScheduleOverride,
        override_id=request.override_id or derived_id("S-", owner, request.request_id) or new_id,
        kind=enum_in(ScheduleOverrideKind, pb.ScheduleOverrideKind, PREFIX, request.kind, "kind"),
        task_id=optional(request.task_id),
        machine_id=optional(request.machine_id),
        production_order_id=optional(request.production_order_id),
        start_s=request.start_s if request.HasField("start_s") else None,
        end_s=request.end_s if request.HasField("end_s") else None,
        lots=request.lots,
        priority=request.priority if request.HasField("priority") else None,
        owner=owner,
        reason=request.reason,
        expires_s=request.expires_s if request.HasField("expires_s") else None,
    )


def schedule_override_out(override: ScheduleOverride) -> pb.ScheduleOverride:
    """A decision as it stands."""
    return pb.ScheduleOverride(
        override_id=override.override_id,
        kind=enum_out(pb.ScheduleOverrideKind, PREFIX, override.kind.value),
        task_id=override.task_id or "",
        machine_id=override.machine_id or "",
        production_order_id=override.production_order_id or "",
        start_s=override.start_s,
        end_s=override.end_s,
        lots=override.lots,
        priority=override.priority or 0,
        cost_cents=override.cost_cents,
        owner=override.owner,
        reason=override.reason,
        created_s=override.created_s,
        expires_s=override.expires_s,
        status=enum_out(override_service_pb2.OverrideStatus, "OVERRIDE_STATUS_", override.status.value),
        conflict=override.conflict,
        etag=str(override.version),
    )


def late_out(late: Any) -> pb.LateProduction:
    """A late production order; `late` is `planning.lateness.LateProduction`."""
    return pb.LateProduction(
        production_order_id=late.production_order_id,
        item_id=late.item_id,
        due_s=late.due_s,
        late_s=late.late_s,
        past_deadline_s=late.past_deadline_s,
        text=late.text,
        causes=[_cause(cause) for cause in late.causes],
        remedies=[_remedy(one) for one in late.helps],
    )


def move_out(move: Any) -> pb.TaskMove:
    """A revision that moved a task; `move` is `planning.explain_task.TaskMove`."""
    return pb.TaskMove(
        revision=move.revision,
        at_s=move.at_s,
        task_id=move.task_id,
        before=move.before,
        after=move.after,
        causes=move.causes,
    )


def _cause(cause: Any) -> pb.LatenessCause:
    return pb.LatenessCause(
        code=str(cause.code),
        task_id=cause.task_id,
        machine_id=cause.machine_id,
        unit_id=cause.unit_id,
        other_task_id=cause.other_id,
        from_s=cause.from_s,
        to_s=cause.to_s,
        text=cause.text,
    )


def _remedy(one: Any) -> pb.Remedy:
    found = one.remedy
    return pb.Remedy(
        kind=str(found.kind),
        text=one.text,
        command=one.command,
        late_before_s=found.late_before_s,
        late_after_s=found.late_after_s,
        cost_cents=found.cost_cents,
        harm=[pb.RemedyHarm(production_order_id=harm.job_id, later_s=harm.later_s) for harm in found.harm],
        decisions=[_decision(values) for values in one.decisions],
    )


def _decision(values: dict[str, Any]) -> pb.CreateScheduleOverrideRequest:
    kind = enum_out(pb.ScheduleOverrideKind, PREFIX, values["kind"].value)
    return pb.CreateScheduleOverrideRequest(**(values | {"kind": kind}))
