"""How far the service has stepped down, and at which level a person holds it.

The levels, from whole to least: 0 full, 1 improve only in the core, 2 repair by auction among vehicles, 3 hold the
last plan, 4 accept and log only. `planning.ladder` decides; the log keeps every step.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.types import EpochS, Frozen, Text

LEVEL_MAX = 4
HOLD_S_MAX = 24 * 3_600
"""A drill that is forgotten ends by itself."""

LevelNumber = Annotated[int, Field(ge=0, le=LEVEL_MAX)]
Person = Annotated[str, Field(min_length=1, max_length=64)]


class LevelNow(Frozen):
    """The level in force since `since_s`, and why it is not 0."""

    level: LevelNumber = 0
    cause: Text = ""
    since_s: EpochS = 0


class LevelHold(Frozen):
    """A person keeps the service at `level` or below until `until_s`, as a drill or because of what they know."""

    level: LevelNumber
    owner: Person
    reason: Text
    from_s: EpochS
    until_s: EpochS
