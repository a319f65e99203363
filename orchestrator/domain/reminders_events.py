"""What happened to reminders."""

from __future__ import annotations

from orchestrator.domain.events import Event
from orchestrator.domain.types import Count, EpochS, Id, Text


class ReminderSet(Event):
    """An agent will be told at `due_s`, and every `period_s` after it."""

    kind: Id
    resource_id: Id
    name: Id
    due_s: EpochS
    period_s: Count | None = None
    payload: Text = ""


class ReminderCancelled(Event):
    """An agent needs no reminder of that name any more."""

    kind: Id
    resource_id: Id
    name: Id
    reason: Text = ""


class ReminderDue(Event):
    """A reminder's time has come; its agent is told until it has taken it. next_s: when it is due again, if ever."""

    kind: Id
    resource_id: Id
    name: Id
    due_s: EpochS
    payload: Text = ""
    next_s: EpochS | None = None


class RemindersTaken(Event):
    """An agent has acted on what had fired up to record `up_to_seq`."""

    kind: Id
    resource_id: Id
    up_to_seq: Count
