"""Deciding about what people allow a vehicle beyond its master data."""

from __future__ import annotations

from orchestrator.domain.allowance_commands import GrantAllowance, UndoAllowance
from orchestrator.domain.allowances import AMOUNTS_MAX, Allowance, AllowanceRule, AllowanceStatus
from orchestrator.domain.answers import Answer, Decision
from orchestrator.domain.decide.checks import etag, invalid, vehicle_live
from orchestrator.domain.errors import Reason, Rejection, illegal, not_found
from orchestrator.domain.events import AllowanceEnded, AllowanceGranted, Event
from orchestrator.domain.state import DAY_S, State


def grant_allowance(state: State, command: GrantAllowance, now_s: int) -> Decision:
    """Allow a vehicle something for a while."""
    vehicle_live(state, command.vehicle_id)
    if command.allowance_id in state.allowances:
        raise Rejection(
            Reason.INVALID_FIELD, f"allowance '{command.allowance_id}' is there already", field="allowance_id"
        )
    _check_amount(command)
    expires_s = state.day_start_s(now_s) + DAY_S if command.expires_s is None else command.expires_s
    if expires_s <= now_s:
        raise invalid("expires_s", expires_s, f"already over (the company clock says {now_s})")
    allowance = Allowance(
        allowance_id=command.allowance_id,
        vehicle_id=command.vehicle_id,
        rule=command.rule,
        amount=command.amount,
        skill=command.skill,
        owner=command.owner,
        reason=command.reason,
        created_s=now_s,
        expires_s=expires_s,
    )
    return Decision((AllowanceGranted(allowance=allowance),), Answer(created_id=command.allowance_id, version=1))


def _check_amount(command: GrantAllowance) -> None:
    if command.rule is AllowanceRule.SKILL:
        if not command.skill or command.amount:
            raise invalid("skill", command.skill, "SKILL needs the name of a skill, and no amount")
        return
    most = AMOUNTS_MAX[command.rule]
    if not 1 <= command.amount <= most:
        raise invalid("amount", command.amount, f"from 1 to {most} for {command.rule.value}")
    if command.skill:
        raise invalid("skill", command.skill, f"is for SKILL, not for {command.rule.value}")


def undo_allowance(state: State, command: UndoAllowance, now_s: int) -> Decision:
    """Take an allowance back; goods that are on board by it stay on board."""
    allowance = state.allowances.get(command.allowance_id)
    if allowance is None:
        raise not_found("allowance", command.allowance_id, field="allowance_id")
    etag("allowance", allowance.allowance_id, command.version, allowance.version)
    if allowance.status is not AllowanceStatus.ACTIVE:
        raise illegal("allowance", allowance.allowance_id, allowance.status.value, "undone")
    ended = AllowanceEnded(allowance_id=allowance.allowance_id, by=command.by, reason=command.reason)
    return Decision((ended,), Answer(created_id=allowance.allowance_id, version=allowance.version + 1))


def allowances_over(state: State, now_s: int) -> list[Event]:
    """Ends the allowances whose time is over."""
    return [
        AllowanceEnded(allowance_id=one.allowance_id)
        for one in state.allowances.values()
        if one.status is AllowanceStatus.ACTIVE and one.expires_s <= now_s
    ]
