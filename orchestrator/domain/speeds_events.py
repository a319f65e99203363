"""Events about what is learned of travel times. Found through `evolve.speeds`."""

from __future__ import annotations

from typing import ClassVar

from orchestrator.domain.events import Event
from orchestrator.domain.speeds import SpeedsRecord
from orchestrator.domain.types import Text


class SpeedsLearned(Event):
    """A new version of travel time factors and of what predictions miss by."""

    schema_version: ClassVar[int] = 2
    speeds: SpeedsRecord
    reason: Text = ""
