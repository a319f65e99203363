"""Allowances between the contract and the domain."""

from __future__ import annotations

from orchestrator.domain.allowance_commands import GrantAllowance
from orchestrator.domain.allowances import Allowance, AllowanceRule
from orchestrator.ingest.fields import build, derived_id, enum_in, enum_out
from protos.muster.operator.v1 import override_service_pb2 as pb


def allowance_in(request: pb.GrantAllowanceRequest, owner: str, new_id: str) -> GrantAllowance:
    """The command of a request; a name that nobody chose comes from the request id, so that a repeat means the same."""
    return build(
        GrantAllowance,
        allowance_id=request.allowance_id or derived_id("A-", owner, request.request_id) or new_id,
        vehicle_id=request.vehicle_id,
        rule=enum_in(AllowanceRule, pb.AllowanceRule, "ALLOWANCE_RULE_", request.rule, "rule"),
        amount=request.amount,
        skill=request.skill,
        owner=owner,
        reason=request.reason,
        expires_s=request.expires_s if request.HasField("expires_s") else None,
    )


def allowance_out(allowance: Allowance) -> pb.Allowance:
    """An allowance as it stands."""
    return pb.Allowance(
        allowance_id=allowance.allowance_id,
        vehicle_id=allowance.vehicle_id,
        rule=enum_out(pb.AllowanceRule, "ALLOWANCE_RULE_", allowance.rule.value),
        amount=allowance.amount,
        skill=allowance.skill,
        owner=allowance.owner,
        reason=allowance.reason,
        created_s=allowance.created_s,
        expires_s=allowance.expires_s,
        status=enum_out(pb.AllowanceStatus, "ALLOWANCE_STATUS_", allowance.status.value),
        etag=str(allowance.version),
    )
