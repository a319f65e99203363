"""Folds of events about reminders. Called through `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain.events import Event
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.reminders import Fired, Reminder, agent_of
from orchestrator.domain.reminders_events import ReminderCancelled, ReminderDue, ReminderSet, RemindersTaken
from orchestrator.domain.state import State


def reminder_set(state: State, event: ReminderSet, seq: int, at_s: int) -> None:
    """It waits for its time."""
    state.agenda.put(
        Reminder(
            kind=event.kind,
            resource_id=event.resource_id,
            name=event.name,
            due_s=event.due_s,
            period_s=event.period_s,
            payload=event.payload,
            set_seq=seq,
        )
    )


def reminder_cancelled(state: State, event: ReminderCancelled, seq: int, at_s: int) -> None:
    """It is gone, also for an agent that has not taken it yet."""
    agent = agent_of(event.kind, event.resource_id)
    state.agenda.drop(agent, event.name)
    state.agenda.forget(agent, event.name)


def reminder_due(state: State, event: ReminderDue, seq: int, at_s: int) -> None:
    """It waits for its agent; a periodic one waits for its next time, too."""
    agent = agent_of(event.kind, event.resource_id)
    reminder = state.agenda.get(agent, event.name)
    state.agenda.fire(agent, Fired(seq=seq, name=event.name, due_s=event.due_s, payload=event.payload))
    if reminder is not None and event.next_s is not None:
        state.agenda.put(changed(reminder, due_s=event.next_s, set_seq=seq))
    else:
        state.agenda.drop(agent, event.name)


def reminders_taken(state: State, event: RemindersTaken, seq: int, at_s: int) -> None:
    """The agent knows."""
    state.agenda.take(agent_of(event.kind, event.resource_id), event.up_to_seq)


FOLDS: Mapping[type[Event], Callable[[State, Any, int, int], None]] = {
    ReminderSet: reminder_set,
    ReminderCancelled: reminder_cancelled,
    ReminderDue: reminder_due,
    RemindersTaken: reminders_taken,
}
