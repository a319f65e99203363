"""Decisions about agents that refuse an instruction, and that do it again. Called through `decide`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import Command, RefuseInstruction, ReportMachineDown, ReportMachineUp
from orchestrator.domain.decide.checks import alert, invalid, resolve
from orchestrator.domain.decide.shop import machine_down, machine_up
from orchestrator.domain.entities import Severity
from orchestrator.domain.errors import not_found
from orchestrator.domain.events import Event, InstructionRefused
from orchestrator.domain.refusals import DUTY_KEPT_S, RefusalCode, is_past, key_of, past_s
from orchestrator.domain.refusals_commands import EndPastRefusals, EndRefusal
from orchestrator.domain.refusals_events import RefusalEnded
from orchestrator.domain.state import State

REFUSED = "INSTRUCTION_REFUSED"


def refuse_instruction(state: State, command: RefuseInstruction, now_s: int) -> Decision:
    """An agent cannot do what the plan asks: planning and people hear of it. Saying the same again does nothing."""
    code = command.code
    if code is not RefusalCode.OTHER:
        least_s = now_s - DUTY_KEPT_S if code is RefusalCode.OUT_OF_HOURS else now_s
        if command.until_s is None or command.until_s <= least_s:
            raise invalid("until_s", command.until_s, f"{code.value} needs a time after {least_s}; now is {now_s}")
        _check_docks(state, command)
        held = state.refusals.get(key_of(command.kind, command.resource_id, code, command.subject))
        if held is not None and (held.until_s, held.left) == (command.until_s, command.left):
            return Decision()
    refused = InstructionRefused(
        kind=command.kind,
        resource_id=command.resource_id,
        revision=command.revision,
        reason=command.reason,
        for_s=command.for_s,
        code=code,
        subject=command.subject,
        until_s=command.until_s,
        left=command.left,
    )
    text = f"{command.kind} {command.resource_id} refuses its instruction: {command.reason}"
    told = alert(state, REFUSED, f"{command.kind}:{command.resource_id}", Severity.WARNING, text, now_s)
    return Decision((refused, *told, *_machine_stands(state, command, now_s)))


def _check_docks(state: State, command: RefuseInstruction) -> None:
    if command.code is not RefusalCode.DOCKS_SHORT:
        return
    site = state.sites.get(command.resource_id)
    if site is None:
        raise not_found("site", command.resource_id, field="resource_id")
    if not 1 <= command.left < site.docks:
        raise invalid("left", command.left, f"open docks: from 1 to {site.docks - 1}, some of {site.docks}")


def _machine_stands(state: State, command: RefuseInstruction, now_s: int) -> tuple[Event, ...]:
    if command.code is not RefusalCode.LOCKED_OUT:
        return ()
    if command.subject not in state.machines:
        raise not_found("machine", command.subject, field="subject")
    assert command.until_s is not None
    down = ReportMachineDown(
        machine_id=command.subject, at_s=now_s, until_s=command.until_s, reason=command.reason or "locked out"
    )
    return machine_down(state, down, now_s).events


def end_refusal(state: State, command: EndRefusal, now_s: int) -> Decision:
    """It is over; ending what is not held does nothing, for an agent may say it twice."""
    if key_of(command.kind, command.resource_id, command.code, command.subject) not in state.refusals:
        return Decision()
    ended: list[Event] = [
        RefusalEnded(
            kind=command.kind,
            resource_id=command.resource_id,
            code=command.code,
            subject=command.subject,
            reason=command.reason,
        )
    ]
    live = state.shop.get(command.subject) if command.code is RefusalCode.LOCKED_OUT else None
    if live is not None and live.down_until_s is not None:
        ended += machine_up(state, ReportMachineUp(machine_id=command.subject, at_s=now_s), now_s).events
    return Decision((*ended, *resolve(state, REFUSED, f"{command.kind}:{command.resource_id}", "over")))


def next_s(state: State) -> int | None:
    """When the next refusal's time is over."""
    return min((past_s(held) for held in state.refusals.values()), default=None)


def end_past_refusals(state: State, command: EndPastRefusals, now_s: int) -> Decision:
    """What was refused for a time is planned again; a machine's own word says whether it runs."""
    events: list[Event] = []
    for held in state.refusals.values():
        if is_past(held, now_s):
            reason = "its time is over"
            events.append(
                RefusalEnded(
                    kind=held.kind, resource_id=held.resource_id, code=held.code, subject=held.subject, reason=reason
                )
            )
            events += resolve(state, REFUSED, f"{held.kind}:{held.resource_id}", reason)
    return Decision(tuple(events))


HANDLERS: Mapping[type[Command], Callable[[State, Any, int], Decision]] = {
    RefuseInstruction: refuse_instruction,
    EndRefusal: end_refusal,
    EndPastRefusals: end_past_refusals,
}
