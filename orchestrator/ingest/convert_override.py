"""Overrides and their impact between the contract and the domain."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.commands import CreateOverride
from orchestrator.domain.entities import LockLevel, Override, OverrideKind
from orchestrator.ingest.convert_plan import changes_out
from orchestrator.ingest.fields import build, derived_id, enum_in, enum_out, optional
from protos.muster.operator.v1 import override_service_pb2 as pb
from protos.muster.operator.v1.plan_pb2 import Change


def override_in(request: pb.CreateOverrideRequest, owner: str, new_id: str) -> CreateOverride:
    """The command of a request. An id that the caller did not choose comes from the request id, so that a repeated
    call means the same override; without either, `new_id` is taken.
    """
    level = None
    if request.level != pb.LOCK_LEVEL_UNSPECIFIED:
        level = enum_in(LockLevel, pb.LockLevel, "LOCK_LEVEL_", request.level, "level")
    return build(
        CreateOverride,
        override_id=request.override_id or derived_id("O-", owner, request.request_id) or new_id,
        kind=enum_in(OverrideKind, pb.OverrideKind, "OVERRIDE_KIND_", request.kind, "kind"),
        order_id=request.order_id,
        vehicle_id=optional(request.vehicle_id),
        level=level,
        owner=owner,
        reason=request.reason,
        expires_s=request.expires_s if request.HasField("expires_s") else None,
    )


def override_out(override: Override) -> pb.Override:
    """An override as it stands."""
    level = override.level.value if override.level else "UNSPECIFIED"
    return pb.Override(
        override_id=override.override_id,
        kind=enum_out(pb.OverrideKind, "OVERRIDE_KIND_", override.kind.value),
        order_id=override.order_id,
        vehicle_id=override.vehicle_id or "",
        level=enum_out(pb.LockLevel, "LOCK_LEVEL_", level),
        owner=override.owner,
        reason=override.reason,
        created_s=override.created_s,
        expires_s=override.expires_s,
        status=enum_out(pb.OverrideStatus, "OVERRIDE_STATUS_", override.status.value),
        conflict=override.conflict,
        etag=str(override.version),
    )


def impact_out(impact: Any, revision: int) -> pb.OverrideImpact:
    """What planning's preview found; `impact` is `planning.preview.Impact`."""
    conflicts = [f"{name}: {text}" if text else str(name) for name, text in sorted(impact.conflicts.items())]
    unplanned_delta = len(impact.newly_unplanned) - len(impact.newly_planned)
    moves = changes_out(impact.changes) or [_move(move) for move in impact.moved]
    return pb.OverrideImpact(
        feasible=not conflicts,
        cost_delta_cents=impact.cost_delta_cents,
        late_delta_s=impact.late_delta_s,
        late_orders_delta=impact.after.late_orders - impact.before.late_orders,
        unplanned_delta=unplanned_delta,
        distance_delta_m=impact.after.distance_m - impact.before.distance_m,
        moves=moves,
        conflicts=conflicts,
        text=_sentence(impact, len(moves)),
        revision=revision,
    )


def _move(move: Any) -> Change:
    return Change(
        kind="order",
        subject=move.order_id,
        before=move.from_vehicle or "unplanned",
        after=move.to_vehicle or "unplanned",
    )


def _sentence(impact: Any, moves: int) -> str:
    euros = f"{impact.cost_delta_cents / 100:+.2f}"
    parts = [f"cost {euros}", f"lateness {impact.late_delta_s:+d} s", f"{moves} decisions change"]
    if impact.newly_unplanned:
        parts.append(f"unplanned then: {', '.join(impact.newly_unplanned[:5])}")
    if impact.newly_late:
        parts.append(f"late then: {', '.join(impact.newly_late[:5])}")
    return "; ".join(parts)
