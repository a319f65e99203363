"""What the events of reminders are about, and each in a sentence. Two tables for `convert_event`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.events import Event
from orchestrator.domain.reminders_events import ReminderCancelled, ReminderDue, ReminderSet, RemindersTaken

SUBJECTS: Mapping[type[Event], Callable[[Any], str]] = {
    kind: lambda x: f"{x.kind}/{x.resource_id}"
    for kind in (ReminderSet, ReminderCancelled, ReminderDue, RemindersTaken)
}
SENTENCES: Mapping[type[Event], Callable[[Any], str]] = {
    ReminderSet: lambda x: f"{x.kind} {x.resource_id} wants to be reminded of {x.name}{_told(x.payload)}",
    ReminderCancelled: lambda x: f"{x.kind} {x.resource_id} needs no reminder of {x.name} any more{_told(x.reason)}",
    ReminderDue: lambda x: f"{x.kind} {x.resource_id} is reminded of {x.name}{_told(x.payload)}",
    RemindersTaken: lambda x: f"{x.kind} {x.resource_id} has acted on what it was reminded of",
}


def _told(text: str) -> str:
    return f": {text}" if text else ""
