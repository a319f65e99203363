"""What happened to refusals beyond `InstructionRefused`."""

from __future__ import annotations

from orchestrator.domain.events import Event
from orchestrator.domain.refusals import RefusalCode
from orchestrator.domain.types import Id, Text


class RefusalEnded(Event):
    """An agent does again what it refused."""

    kind: Id
    resource_id: Id
    code: RefusalCode
    subject: Text = ""
    reason: Text = ""
