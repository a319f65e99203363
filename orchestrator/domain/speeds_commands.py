"""Commands about what is learned of travel times. Decided in `decide.speeds`."""

from __future__ import annotations

from orchestrator.domain.commands import Command
from orchestrator.domain.speeds import SpeedsRecord
from orchestrator.domain.types import Count, Text


class ReviseSpeeds(Command):
    """Put a new version in force. Refused as stale unless it follows version `parent`. Planning's own word."""

    parent: Count
    speeds: SpeedsRecord
    reason: Text = ""
