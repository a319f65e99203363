"""Commands about the level at which the service works. Each is decided in `decide.levels`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.commands import Command
from orchestrator.domain.levels import HOLD_S_MAX, LevelNumber, Person
from orchestrator.domain.types import Text


class ChangeLevel(Command):
    """The ladder steps to `level`. Planning's own word."""

    level: LevelNumber
    cause: Text = ""


class HoldLevel(Command):
    """Keep the service at `level` or below for `duration_s`; replaces a hold that is there."""

    level: LevelNumber
    owner: Person
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    duration_s: Annotated[int, Field(ge=1, le=HOLD_S_MAX)]


class ReleaseLevel(Command):
    """End the hold. `by` "": its time is over."""

    by: str = Field(default="", max_length=64)
    reason: Text = ""
