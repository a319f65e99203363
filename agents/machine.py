"""What all four agents have in common: how they are stepped, and how their reports are numbered.

An agent is a pure machine: `step(state, message, now_s) -> (state, reports)`, state immutable, no clock, no I/O.
So stepping a copy of a state gives what the original gives, and the host that died loses nothing that a full
instruction does not bring back. Called by `agents.host` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Protocol, TypeVar

from agents.messages import AgentKind, AgentRef, Message, Reminder, Report
from agents.reminding import TookReminders


class AgentState(Protocol):
    """What the host needs to know of an agent's state."""

    @property
    def seq(self) -> int:
        """Log position of the last instruction taken in."""
        ...

    @property
    def reports(self) -> int:
        """Reports made since the last full instruction."""
        ...


class Stepper(Protocol):
    """The module of one kind of agent."""

    def fresh(self, agent: AgentRef) -> Any:
        """The state of an agent that was told nothing yet."""
        ...

    def step(self, state: Any, message: Message, now_s: int) -> tuple[Any, Sequence[Report]]:
        """The next state, and what it has to say."""
        ...


#: Bytes that one agent may have remembered at most; of more, nothing is kept.
MEMORY_BYTES_MAX = 4096

S = TypeVar("S", bound=AgentState)


@cache
def _stepper(kind: AgentKind) -> Stepper:
    """The module of a kind, loaded for its first agent: a host has agents of one kind, and comes back sooner so."""
    match kind:
        case AgentKind.VEHICLE:
            from agents import vehicle

            return vehicle
        case AgentKind.WAREHOUSE:
            from agents import warehouse

            return warehouse
        case AgentKind.PRODUCTION_LINE:
            from agents import production_line

            return production_line
        case AgentKind.SUPPLIER:
            from agents import supplier

            return supplier


def fresh(agent: AgentRef) -> AgentState:
    """The state of an agent of any kind that was told nothing yet."""
    state: AgentState = _stepper(agent.kind).fresh(agent)
    return state


def step(agent: AgentRef, state: S, message: Message, now_s: int) -> tuple[S, tuple[Report, ...]]:
    """Step an agent of any kind and number its reports.

    The kind's own `step` decides; a repeat (by sequence number or time) changes nothing and says nothing.
    """
    after, reports = _stepper(agent.kind).step(state, message, now_s)
    if not reports:
        return after, ()
    first = after.reports + 1
    numbered = tuple(replace(report, number=number) for number, report in enumerate(reports, first))
    return replace(after, reports=after.reports + len(numbered)), numbered


def remind(agent: AgentRef, state: S, due: Sequence[Reminder], now_s: int) -> tuple[S, tuple[Report, ...]]:
    """Tell an agent what it wanted to be reminded of. That it has taken it comes last, behind what it had to say to it:
    should that be lost on the way, so is this, and the agent is told again.
    """
    after: Any = state
    said: list[Report] = []
    for reminder in due:
        after, reports = step(agent, after, reminder, now_s)
        said += reports
    number = after.reports + 1
    said.append(TookReminders(agent=agent, number=number, at_s=now_s, up_to_seq=due[-1].seq))
    return replace(after, reports=number), tuple(said)


def remember(agent: AgentRef, state: AgentState) -> bytes:
    """What the agent has learned and the log does not hold; b"" when that is nothing, or too much to keep.

    A kind offers it as `remember(state) -> bytes` (the same bytes for the same knowledge), with `recall` beside it.
    """
    offered = getattr(_stepper(agent.kind), "remember", None)
    data: bytes = offered(state) if offered is not None else b""
    return data if len(data) <= MEMORY_BYTES_MAX else b""


def recall(agent: AgentRef, state: S, data: bytes) -> S:
    """A fresh state with what was remembered. Raises ValueError for what cannot be read.

    A kind offers it as `recall(state, data) -> state`; without it nothing is recalled.
    """
    offered = getattr(_stepper(agent.kind), "recall", None)
    recalled: S = offered(state, data) if offered is not None and data else state
    return recalled
