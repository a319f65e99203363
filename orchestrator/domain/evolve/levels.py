"""Folds of events about the level at which the service works. Called through `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.events import Event
from orchestrator.domain.levels import LevelNow
from orchestrator.domain.levels_events import LevelChanged, LevelHeld, LevelReleased
from orchestrator.domain.state import State


def level_changed(state: State, event: LevelChanged, seq: int, at_s: int) -> None:
    """Another level."""
    state.level = LevelNow(level=event.level, cause=event.cause, since_s=event.at_s)


def level_held(state: State, event: LevelHeld, seq: int, at_s: int) -> None:
    """A hold; a newer one replaces it."""
    state.level_hold = event.hold


def level_released(state: State, event: LevelReleased, seq: int, at_s: int) -> None:
    """No hold."""
    state.level_hold = None


FOLDS: Mapping[type[Event], Callable[[State, Any, int, int], None]] = {
    LevelChanged: level_changed,
    LevelHeld: level_held,
    LevelReleased: level_released,
}
