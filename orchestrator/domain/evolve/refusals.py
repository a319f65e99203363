"""Folds of events about what agents refuse. Called through `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.events import Event, InstructionRefused
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.refusals import Refusal, RefusalCode, driving_left, is_past, key_of
from orchestrator.domain.refusals_events import RefusalEnded
from orchestrator.domain.state import State


def instruction_refused(state: State, event: InstructionRefused, seq: int, at_s: int) -> None:
    """What planning must keep is held until its time is over; anything else changes no entity."""
    for key in [key for key, held in state.refusals.items() if is_past(held, at_s)]:
        del state.refusals[key]
    if event.code is RefusalCode.OTHER or event.until_s is None:
        return
    refusal = Refusal(
        kind=event.kind,
        resource_id=event.resource_id,
        code=event.code,
        subject=event.subject,
        reason=event.reason,
        until_s=event.until_s,
        left=event.left,
        at_s=at_s,
    )
    state.refusals[refusal.key] = refusal


def refusal_ended(state: State, event: RefusalEnded, seq: int, at_s: int) -> None:
    """It is done again."""
    state.refusals.pop(key_of(event.kind, event.resource_id, event.code, event.subject), None)


def drove(state: State, vehicle_id: str, from_s: int, to_s: int) -> None:
    """A vehicle has driven: of what its driver had left, where its agent has said how much, so much less is left."""
    held = driving_left(state.refusals, vehicle_id)
    if held is not None and to_s > held.at_s:
        left_s = max(0, held.left - (to_s - max(from_s, held.at_s)))
        state.refusals[held.key] = changed(held, left=left_s, at_s=to_s)


FOLDS: Mapping[type[Event], Callable[[State, Any, int, int], None]] = {
    InstructionRefused: instruction_refused,
    RefusalEnded: refusal_ended,
}
