"""What an agent says about its reminders: set one, forget one, and (said for it by `agents.machine`) that it has acted.

A reminder is the log's, not a timer of the process: whoever holds the agent when its time comes will be told. So an
agent that was told its book in full asks for its reminders again; asking for what is set already does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.messages import AgentRef, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindMe(Report):
    """Remind me at `due_s`, and every `period_s` after it; what I have set by this name is set anew."""

    name: str
    due_s: int
    period_s: int | None = None
    payload: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetReminder(Report):
    """I need no reminder of this name any more."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TookReminders(Report):
    """What had fired up to record `up_to_seq` I have taken in, and all I had to say to it I have said before this."""

    up_to_seq: int


def look_again(agent: AgentRef, name: str, held_s: int, wanted_s: int, now_s: int, payload: str = "") -> list[Report]:
    """What to say so that the reminder stands at `wanted_s` when it stood at `held_s`. 0 or past: there is none."""
    if wanted_s == held_s:
        return []
    if not wanted_s:
        if held_s <= now_s:
            return []
        return [ForgetReminder(agent=agent, number=0, at_s=now_s, name=name)]
    return [RemindMe(agent=agent, number=0, at_s=now_s, name=name, due_s=wanted_s, payload=payload)]
