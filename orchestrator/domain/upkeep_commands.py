"""Commands about how machines wear. Decided in `decide.upkeep`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.commands import Command
from orchestrator.domain.types import Count, EpochS, Id, Text
from orchestrator.domain.upkeep import WearLaws


class NoteDrift(Command):
    """Sensors of a machine drift since `drift_s` running seconds. A line's agent's word."""

    machine_id: Id
    at_s: EpochS
    drift_s: Count
    sensors: Annotated[tuple[Text, ...], Field(max_length=50)] = ()


class ReviseWearLaw(Command):
    """Put a new version in force. Refused as stale unless it follows version `parent`. Planning's own word."""

    parent: Count
    laws: WearLaws
    reason: Text = ""
