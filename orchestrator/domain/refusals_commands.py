"""Commands about refusals beyond `RefuseInstruction`. Decided in `decide.refusals`."""

from __future__ import annotations

from orchestrator.domain.commands import Command
from orchestrator.domain.refusals import RefusalCode
from orchestrator.domain.types import Id, Text


class EndRefusal(Command):
    """What an agent refused for is over."""

    kind: Id
    resource_id: Id
    code: RefusalCode
    subject: Text = ""
    reason: Text = ""


class EndPastRefusals(Command):
    """End what agents refused for a time that is over, and have not renewed."""
