"""What all four agents have in common: how they are stepped, and how their reports are numbered.

An agent is a pure machine: `step(state, message, now_s) -> (state, reports)`, state immutable, no clock, no I/O.
So stepping a copy of a state gives what the original gives, and the host that died loses nothing that a full
instruction does not bring back. Called by `agents.host` only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from agents import production_line, supplier, vehicle, warehouse
from agents.messages import AgentKind, AgentRef, Message, Report


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


STEPPERS: Mapping[AgentKind, Stepper] = {
    AgentKind.VEHICLE: vehicle,
    AgentKind.WAREHOUSE: warehouse,
    AgentKind.PRODUCTION_LINE: production_line,
    AgentKind.SUPPLIER: supplier,
}

S = TypeVar("S", bound=AgentState)


def fresh(agent: AgentRef) -> AgentState:
    """The state of an agent of any kind that was told nothing yet."""
    state: AgentState = STEPPERS[agent.kind].fresh(agent)
    return state


def step(agent: AgentRef, state: S, message: Message, now_s: int) -> tuple[S, tuple[Report, ...]]:
    """Step an agent of any kind and number its reports.

    The kind's own `step` decides; a repeat (by sequence number or time) changes nothing and says nothing.
    """
    after, reports = STEPPERS[agent.kind].step(state, message, now_s)
    if not reports:
        return after, ()
    first = after.reports + 1
    numbered = tuple(replace(report, number=number) for number, report in enumerate(reports, first))
    return replace(after, reports=after.reports + len(numbered)), numbered
