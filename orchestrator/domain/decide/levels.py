"""Decisions about the level at which the service works. Called through `decide`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import Command
from orchestrator.domain.errors import illegal
from orchestrator.domain.levels import LevelHold
from orchestrator.domain.levels_commands import ChangeLevel, HoldLevel, ReleaseLevel
from orchestrator.domain.levels_events import LevelChanged, LevelHeld, LevelReleased
from orchestrator.domain.state import State


def change_level(state: State, command: ChangeLevel, now_s: int) -> Decision:
    """A step of the ladder; the same level again is no event."""
    now = state.level
    if command.level == now.level:
        return Decision(())
    return Decision((LevelChanged(level=command.level, was=now.level, cause=command.cause, at_s=now_s),))


def hold_level(state: State, command: HoldLevel, now_s: int) -> Decision:
    """A person wants a level for a while."""
    hold = LevelHold(
        level=command.level,
        owner=command.owner,
        reason=command.reason,
        from_s=now_s,
        until_s=now_s + command.duration_s,
    )
    return Decision((LevelHeld(hold=hold),))


def release_level(state: State, command: ReleaseLevel, now_s: int) -> Decision:
    """A hold ends."""
    if state.level_hold is None:
        raise illegal("level", "hold", "RELEASED", "released")
    return Decision((LevelReleased(by=command.by, reason=command.reason),))


HANDLERS: Mapping[type[Command], Callable[[State, Any, int], Decision]] = {
    ChangeLevel: change_level,
    HoldLevel: hold_level,
    ReleaseLevel: release_level,
}
