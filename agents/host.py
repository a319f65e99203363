"""The host of many agents of one kind, and its thin Ray actor: the only file of `agents` that knows Ray.

Promises: what was seen is dropped by sequence number, so that an instruction is executed at most once, and what was
taken in is confirmed; a host that lost its memory answers `knows=False` until it is told everything as of the log, and
then goes on; a batch that cannot be read changes nothing. `AgentHost` knows no Ray, so the whole host is tested, and
run by the local backend, without it. Called by `orchestrator.runtime.bridge*`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agents.inbox import Inbox
from agents.machine import AgentState, fresh, recall, remember, remind, step
from agents.messages import AgentKind, AgentRef, Instruction, Report, Telemetry, Tick

OpenPort = Callable[[Inbox], str]
#: What an agent has learned and the log does not hold.
Memory = tuple[AgentRef, bytes]


@dataclass(frozen=True, slots=True)
class HostBatch:
    """What a host is told at once.

    roster: a full instruction for each of its agents; they replace all it holds. tick: time went on, look around.
    memories: of agents of the roster, for those that are new here. remember: say what was learned since last asked.
    """

    now_s: int
    instructions: tuple[Instruction, ...] = ()
    telemetry: tuple[Telemetry, ...] = ()
    roster: tuple[Instruction, ...] | None = None
    tick: bool = False
    memories: tuple[Memory, ...] = ()
    remember: bool = False


@dataclass(frozen=True, slots=True)
class HostReply:
    """A host's answer. `knows`: False asks for the roster. `seq`: the log position of its newest instruction.

    readings: (word, outcome, count) of the telemetry since its last answer. address: of its telemetry port, "" if none.
    confirmed: agent and newest sequence number of instructions that were executed. repeats: instructions that were not,
    because the agent stood there already. memories: those that have changed. unread: agents whose memory was no use.
    node: of the cluster, where it runs.
    """

    knows: bool
    seq: int = 0
    agents: int = 0
    reports: tuple[Report, ...] = ()
    pid: int = 0
    readings: tuple[tuple[str, str, int], ...] = ()
    address: str = ""
    confirmed: tuple[tuple[AgentRef, int], ...] = ()
    repeats: int = 0
    memories: tuple[Memory, ...] = ()
    unread: tuple[AgentRef, ...] = ()
    node: str = ""


class AgentHost:
    """Holds the agents of one kind and steps them in the order in which their messages came.

    open_port: opens a telemetry port that fills the host's inbox, and gives its address.
    """

    def __init__(self, kind: AgentKind, open_port: OpenPort | None = None, node: str = "") -> None:
        self._kind, self._node = kind, node
        self._inbox = Inbox()
        self._address = open_port(self._inbox) if open_port is not None else ""
        self._agents: dict[AgentRef, AgentState] | None = None
        self._remembered: dict[AgentRef, bytes] = {}
        self._reminded: dict[AgentRef, int] = {}
        self._seq = 0

    def handle(self, batch: HostBatch) -> HostReply:
        """Take in a batch: roster, instructions, telemetry, then the tick."""
        unread: tuple[AgentRef, ...] = ()
        if batch.roster is not None:
            unread = self._take_roster(batch.roster, batch.memories)
        if self._agents is None:
            return HostReply(knows=False, pid=os.getpid(), address=self._address, node=self._node)
        reports: list[Report] = []
        told = (*(batch.roster or ()), *batch.instructions)
        confirmed, repeats = self._obey(told, batch.now_s, reports)
        for reading in (*batch.telemetry, *self._inbox.drain(batch.now_s)):
            reports += self._step(reading, batch.now_s)
        for agent in self._agents if batch.tick else ():
            reports += self._tick(agent, batch.now_s)
        return HostReply(
            True,
            self._seq,
            len(self._agents),
            tuple(reports),
            os.getpid(),
            self._inbox.take_counts(),
            self._address,
            tuple(confirmed.items()),
            repeats=repeats,
            memories=self._memories() if batch.remember else (),
            unread=unread,
            node=self._node,
        )

    def state_of(self, agent: AgentRef) -> AgentState | None:
        """An agent's state, for tests and for people who look closely."""
        return (self._agents or {}).get(agent)

    def _take_roster(self, roster: Sequence[Instruction], memories: Sequence[Memory]) -> tuple[AgentRef, ...]:
        """Hold these agents and no others; those whose memory cannot be read begin without."""
        strangers = [told.agent for told in roster if told.agent.kind is not self._kind or not told.full]
        if strangers:
            raise ValueError(f"roster of {self._kind}: {strangers[0]} is of another kind or not told in full")
        held, kept, unread = self._agents or {}, dict(memories), []
        self._agents = {}
        for agent in (told.agent for told in roster):
            self._agents[agent] = held.get(agent) or fresh(agent)
            if agent not in held and agent in kept:
                try:
                    self._agents[agent] = recall(agent, self._agents[agent], kept[agent])
                    self._remembered[agent] = kept[agent]
                except ValueError:
                    unread.append(agent)
        self._remembered = {agent: data for agent, data in self._remembered.items() if agent in self._agents}
        self._reminded = {agent: seq for agent, seq in self._reminded.items() if agent in held}
        self._inbox.hold(self._agents)
        self._seq = 0
        return tuple(unread)

    def _obey(self, told: Iterable[Instruction], now_s: int, reports: list[Report]) -> tuple[dict[AgentRef, int], int]:
        """Execute what is news to its agent: the newest number executed of each, and how many were repeats."""
        assert self._agents is not None
        confirmed: dict[AgentRef, int] = {}
        repeats = 0
        for instruction in told:
            if (state := self._agents.get(instruction.agent)) is None:
                continue  # a newer roster has overtaken it
            self._seq = max(self._seq, instruction.seq)
            if instruction.is_news(state.seq):
                reports += self._step(instruction, now_s)
                if instruction.due:
                    reports += self._remind(instruction, now_s)
                confirmed[instruction.agent] = instruction.seq
            else:
                repeats += 1
        return confirmed, repeats

    def _remind(self, told: Instruction, now_s: int) -> Sequence[Report]:
        """What of it the agent has not taken yet: the core says it until it has heard so."""
        assert self._agents is not None
        agent, taken = told.agent, self._reminded.get(told.agent, 0)
        news = tuple(reminder for reminder in told.due if reminder.seq > taken)
        if not news:
            return ()
        self._reminded[agent] = news[-1].seq
        self._agents[agent], reports = remind(agent, self._agents[agent], news, now_s)
        return reports

    def _memories(self) -> tuple[Memory, ...]:
        """What has changed since it was last asked for."""
        assert self._agents is not None
        now = {agent: remember(agent, state) for agent, state in self._agents.items()}
        changed = tuple((agent, data) for agent, data in now.items() if data != self._remembered.get(agent, b""))
        self._remembered |= changed
        return changed

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
        import ray

        guard()
        node = ray.get_runtime_context().get_node_id()
        self._host = AgentHost(AgentKind(kind), open_port, node)

    def call(self, batch: HostBatch) -> HostReply:
        """One batch; Ray calls it one at a time, in order."""
        return self._host.handle(batch)


def ray_host_actor() -> Any:
    """`RayAgentHost` as an actor class; Ray is imported here, so that a host of the local backend never loads it."""
    import ray

    return ray.remote(RayAgentHost)
