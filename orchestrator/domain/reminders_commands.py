"""Commands about reminders. Each is decided in `decide.reminders`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.commands import Command
from orchestrator.domain.types import Count, DurationS, EpochS, Id, Text

Payload = Annotated[str, Field(max_length=200)]


class SetReminder(Command):
    """Remind an agent at `due_s`, and every `period_s` after it. One of the same name is set anew.

    A time that is past is due at once.
    """

    kind: Id
    resource_id: Id
    name: Id
    due_s: EpochS
    period_s: DurationS | None = None
    payload: Payload = ""


class CancelReminder(Command):
    """The agent needs no reminder of that name any more."""

    kind: Id
    resource_id: Id
    name: Id
    reason: Text = ""


class FireReminders(Command):
    """Tell the agents whose reminders are due by now."""


class TakeReminders(Command):
    """An agent has taken what had fired up to record `up_to_seq`, and all it had to say to it is in the log."""

    kind: Id
    resource_id: Id
    up_to_seq: Count
