"""Decisions about what was learned of speeds and arrivals. Called through `decide`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import Command
from orchestrator.domain.decide.checks import next_version
from orchestrator.domain.speeds_commands import ReviseSpeeds
from orchestrator.domain.speeds_events import SpeedsLearned
from orchestrator.domain.state import State


def revise_speeds(state: State, command: ReviseSpeeds, now_s: int) -> Decision:
    """A new version of what is known; it must have been learned from the version in force."""
    version = state.speeds.version if state.speeds is not None else 0
    next_version(command.parent, command.speeds.version, version, "speeds.version")
    return Decision((SpeedsLearned(speeds=command.speeds, reason=command.reason),))


HANDLERS: Mapping[type[Command], Callable[[State, Any, int], Decision]] = {ReviseSpeeds: revise_speeds}
