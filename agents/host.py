"""The host of many agents of one kind, and its thin Ray actor: the only file of `agents` that knows Ray.

Promises: what was seen is dropped by sequence number; a host that lost its memory answers `knows=False` until it is
told everything as of the log, and then goes on; a batch that cannot be read changes nothing. `AgentHost` knows no
Ray, so the whole host is tested, and run by the local backend, without it. Called by `orchestrator.runtime.bridge*`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from agents.inbox import Inbox
from agents.machine import AgentState, fresh, step
from agents.messages import AgentKind, AgentRef, Instruction, Report, Telemetry, Tick

OpenPort = Callable[[Inbox], str]


@dataclass(frozen=True, slots=True)
class HostBatch:
    """What a host is told at once.

    roster: a full instruction for each of its agents; they replace all it holds. tick: time went on, look around.
    """

    now_s: int
    instructions: tuple[Instruction, ...] = ()
    telemetry: tuple[Telemetry, ...] = ()
    roster: tuple[Instruction, ...] | None = None
    tick: bool = False


@dataclass(frozen=True, slots=True)
class HostReply:
    """A host's answer. `knows`: False asks for the roster. `seq`: the log position of its newest instruction.

    readings: (word, outcome, count) of the telemetry since its last answer. address: of its telemetry port, "" if none.
    """

    knows: bool
    seq: int = 0
    agents: int = 0
    reports: tuple[Report, ...] = ()
    pid: int = 0
    readings: tuple[tuple[str, str, int], ...] = ()
    address: str = ""


class AgentHost:
    """Holds the agents of one kind and steps them in the order in which their messages came.

    open_port: opens a telemetry port that fills the host's inbox, and gives its address.
    """

    def __init__(self, kind: AgentKind, open_port: OpenPort | None = None) -> None:
        self._kind = kind
        self._inbox = Inbox()
        self._address = open_port(self._inbox) if open_port is not None else ""
        self._agents: dict[AgentRef, AgentState] | None = None
        self._seq = 0

    def handle(self, batch: HostBatch) -> HostReply:
        """Take in a batch: roster, instructions, telemetry, then the tick."""
        reports: list[Report] = []
        if batch.roster is not None:
            self._take_roster(batch.roster)
        if self._agents is None:
            return HostReply(knows=False, pid=os.getpid(), address=self._address)
        for instruction in (*(batch.roster or ()), *batch.instructions):
            reports += self._step(instruction, batch.now_s)
            self._seq = max(self._seq, instruction.seq)
        for reading in (*batch.telemetry, *self._inbox.drain(batch.now_s)):
            reports += self._step(reading, batch.now_s)
        for agent in self._agents if batch.tick else ():
            reports += self._tick(agent, batch.now_s)
        counts = self._inbox.take_counts()
        return HostReply(True, self._seq, len(self._agents), tuple(reports), os.getpid(), counts, self._address)

    def state_of(self, agent: AgentRef) -> AgentState | None:
        """An agent's state, for tests and for people who look closely."""
        return (self._agents or {}).get(agent)

    def _take_roster(self, roster: Sequence[Instruction]) -> None:
        strangers = [told.agent for told in roster if told.agent.kind is not self._kind or not told.full]
        if strangers:
            raise ValueError(f"roster of {self._kind}: {strangers[0]} is of another kind or not told in full")
        held = self._agents or {}
        self._agents = {told.agent: held.get(told.agent) or fresh(told.agent) for told in roster}
        self._inbox.hold(self._agents)
        self._seq = 0

    def _step(self, message: Instruction | Telemetry, now_s: int) -> Sequence[Report]:
        agents = self._agents
        if agents is None or (state := agents.get(message.agent)) is None:
            return ()  # an agent that is not ours any more: a newer roster has overtaken the message
        agents[message.agent], reports = step(message.agent, state, message, now_s)
        return reports

    def _tick(self, agent: AgentRef, now_s: int) -> Sequence[Report]:
        assert self._agents is not None
        self._agents[agent], reports = step(agent, self._agents[agent], Tick(), now_s)
        return reports


class RayAgentHost:
    """An `AgentHost` in a Ray actor. `guard` ties its life to its raylet's, whatever that dies of."""

    def __init__(self, kind: str, guard: Callable[[], None], open_port: OpenPort | None = None) -> None:
        guard()
        self._host = AgentHost(AgentKind(kind), open_port)

    def call(self, batch: HostBatch) -> HostReply:
        """One batch; Ray calls it one at a time, in order."""
        return self._host.handle(batch)


def ray_host_actor() -> Any:
    """`RayAgentHost` as an actor class; Ray is imported here, so that a host of the local backend never loads it."""
    import ray

    return ray.remote(RayAgentHost)
