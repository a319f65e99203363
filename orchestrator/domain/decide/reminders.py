"""Decisions about reminders: what agents ask for, what is due, what they have taken. Called through `decide`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import Command
from orchestrator.domain.decide.checks import invalid
from orchestrator.domain.errors import Reason, Rejection, not_found
from orchestrator.domain.reminders import (
    PERIOD_S_MIN,
    REMINDERS_EACH_MAX,
    REMINDERS_MAX,
    Reminder,
    agent_of,
)
from orchestrator.domain.reminders_commands import CancelReminder, FireReminders, SetReminder, TakeReminders
from orchestrator.domain.reminders_events import ReminderCancelled, ReminderDue, ReminderSet, RemindersTaken
from orchestrator.domain.state import State

FIRED_MAX = 500
"""Reminders that one command fires: the rest is due at once again, and others have their turn in between."""


def set_reminder(state: State, command: SetReminder, now_s: int) -> Decision:
    """Set it, or set it anew; saying the same again does nothing."""
    agent = agent_of(command.kind, command.resource_id)
    if not state.has_agent(command.kind, command.resource_id):
        raise not_found("agent", agent, field="resource_id")
    if command.period_s is not None and command.period_s < PERIOD_S_MIN:
        raise invalid("period_s", command.period_s, f"at least {PERIOD_S_MIN} s, or none")
    held = state.agenda.get(agent, command.name)
    if held is None:
        _check_room(state, agent)
    elif (held.due_s, held.period_s, held.payload) == (command.due_s, command.period_s, command.payload):
        return Decision()
    return Decision(
        (
            ReminderSet(
                kind=command.kind,
                resource_id=command.resource_id,
                name=command.name,
                due_s=command.due_s,
                period_s=command.period_s,
                payload=command.payload,
            ),
        )
    )


def _check_room(state: State, agent: str) -> None:
    if state.agenda.load(agent) >= REMINDERS_EACH_MAX:
        raise Rejection(
            Reason.LIMIT_EXCEEDED,
            f"{agent} has {REMINDERS_EACH_MAX} reminders already: cancel one, or set one anew by its name",
            field="name",
            metadata={"limit": str(REMINDERS_EACH_MAX), "agent": agent},
        )
    if state.agenda.count >= REMINDERS_MAX:
        raise Rejection(
            Reason.LIMIT_EXCEEDED,
            f"{REMINDERS_MAX} reminders are set already",
            metadata={"limit": str(REMINDERS_MAX)},
        )


def cancel_reminder(state: State, command: CancelReminder, now_s: int) -> Decision:
    """Not any more, also when it has fired and was not taken; cancelling what is not there does nothing."""
    agent = agent_of(command.kind, command.resource_id)
    if state.agenda.get(agent, command.name) is None and command.name not in state.agenda.fired.get(agent, {}):
        return Decision()
    cancelled = ReminderCancelled(
        kind=command.kind, resource_id=command.resource_id, name=command.name, reason=command.reason
    )
    return Decision((cancelled,))


def fire_reminders(state: State, command: FireReminders, now_s: int) -> Decision:
    """What is due by now, in the order of due times; of periods that were missed only the last one counts."""
    return Decision(tuple(_due(one, now_s) for one in islice(state.agenda.due(now_s), FIRED_MAX)))


def _due(reminder: Reminder, now_s: int) -> ReminderDue:
    return ReminderDue(
        kind=reminder.kind,
        resource_id=reminder.resource_id,
        name=reminder.name,
        due_s=reminder.due_s,
        payload=reminder.payload,
        next_s=reminder.next_s(now_s),
    )


def take_reminders(state: State, command: TakeReminders, now_s: int) -> Decision:
    """They need not be told again; taking what waits no more does nothing, for an agent may say it twice."""
    agent = agent_of(command.kind, command.resource_id)
    if not any(one.seq <= command.up_to_seq for one in state.agenda.fired.get(agent, {}).values()):
        return Decision()
    return Decision((RemindersTaken(kind=command.kind, resource_id=command.resource_id, up_to_seq=command.up_to_seq),))


HANDLERS: Mapping[type[Command], Callable[[State, Any, int], Decision]] = {
    SetReminder: set_reminder,
    CancelReminder: cancel_reminder,
    FireReminders: fire_reminders,
    TakeReminders: take_reminders,
}
