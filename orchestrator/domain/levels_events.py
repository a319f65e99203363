"""Events about the level at which the service works. Found through `evolve.levels`."""

from __future__ import annotations

from pydantic import Field

from orchestrator.domain.events import Event
from orchestrator.domain.levels import LevelHold, LevelNumber
from orchestrator.domain.types import EpochS, Text


class LevelChanged(Event):
    """The service stepped from level `was` to `level`."""

    level: LevelNumber
    was: LevelNumber
    cause: Text = ""
    at_s: EpochS


class LevelHeld(Event):
    """A person holds the service at a level for a while."""

    hold: LevelHold


class LevelReleased(Event):
    """A hold ended: `by` a person, or ("") because its time was over."""

    by: str = Field(default="", max_length=64)
    reason: Text = ""
