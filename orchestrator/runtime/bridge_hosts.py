"""The bridge's hosts: which host holds which agent, on which node each runs, and who is told what.

Promises: agents are laid out by consistent hashing, so that a change of few moves few; when nodes join or leave, few
hosts move at a time. Telemetry is only the newest a resource; it may be lost. Called by `bridge`; knows only the
`Backend` Protocol; what a single host is told is `bridge_slot`'s.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterable

import structlog

from agents.messages import AgentKind, AgentRef, Instruction, Telemetry
from orchestrator.runtime.bridge_backend import Backend
from orchestrator.runtime.bridge_layout import lay_out
from orchestrator.runtime.bridge_messages import HostStatus, Layout, Roster, Tell
from orchestrator.runtime.bridge_slot import CorePort, HostSlot, Memories
from orchestrator.runtime.host_sizes import KindSizes
from orchestrator.runtime.placement import MOVES_MAX, Move, homes, moves

#: Hosts that start at a time: on a full machine all at once would take turns until each is over its time.
STARTS_MAX = 2 * max(2, os.cpu_count() or 1)

_logger = structlog.get_logger("orchestrator.runtime.bridge_hosts")


def _why(task: asyncio.Task[None]) -> str:
    return "cancelled" if task.cancelled() else repr(task.exception())


class Hosts:
    """All hosts: lays agents out over them and routes what comes from the core."""

    def __init__(self, backend: Backend, sizes: KindSizes, core: CorePort, memories: Memories) -> None:
        self._backend, self._sizes, self._core, self._memories = backend, sizes, core, memories
        self._slots: dict[str, HostSlot] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slot_of: dict[AgentRef, HostSlot] = {}
        self._of_gone: Counter[tuple[str, str]] = Counter()
        self._nodes: tuple[str, ...] = ()
        self._starts = asyncio.Semaphore(STARTS_MAX)

    def statuses(self) -> tuple[HostStatus, ...]:
        """One status a host, in the order of their names."""
        return tuple(self._slots[name].status() for name in sorted(self._slots))

    def readings(self) -> tuple[tuple[str, str, int], ...]:
        """What became of telemetry at all hosts there have been: (word, outcome, count)."""
        counts = sum((slot.readings for slot in self._slots.values()), self._of_gone)
        return tuple((word, outcome, count) for (word, outcome), count in counts.items())

    def layout(self) -> Layout:
        """Which agents are meant for which host."""
        return Layout(tuple((name, slot.agents) for name, slot in self._slots.items()))

    def defect(self) -> str:
        """What went wrong in here that must not, or "": a task that ended."""
        return next((f"{task.get_name()} ended: {_why(task)}" for task in self._tasks.values() if task.done()), "")

    def all_alive(self) -> bool:
        """Whether every host answers and knows its agents."""
        return all(slot.alive for slot in self._slots.values())

    def all_there(self) -> bool:
        """Whether every host answers and knows its agents, or moves as planned."""
        return all(slot.alive or slot.moving for slot in self._slots.values())

    def take_roster(self, roster: Roster) -> None:
        """Lay out all agents anew, or bring those hosts up to date whose agents were asked for."""
        if roster.complete:
            self._lay_out(roster)
            return
        told_to: dict[str, list[Instruction]] = {}
        for told in roster.instructions:
            if (slot := self._slot_of.get(told.agent)) is not None:
                told_to.setdefault(slot.name, []).append(told)
        for name, instructions in told_to.items():
            self._slots[name].tell_roster(instructions, roster.now_s)

    def tell(self, tell: Tell) -> None:
        """Route a message to the hosts it concerns; a beat goes to all."""
        posts: dict[str, tuple[list[Instruction], list[Telemetry]]] = {}
        for told in tell.instructions:
            if (slot := self._slot_of.get(told.agent)) is not None:
                posts.setdefault(slot.name, ([], []))[0].append(told)
        for item in tell.telemetry:
            if (slot := self._slot_of.get(item.agent)) is not None:
                posts.setdefault(slot.name, ([], []))[1].append(item)
        for name in self._slots if tell.beat else posts:
            instructions, telemetry = posts.get(name, ([], []))
            self._slots[name].tell(instructions, telemetry, tell.now_s, tell.beat)

    def ask_memories(self) -> None:
        """Have all hosts say what their agents have learned."""
        for slot in self._slots.values():
            slot.ask_memories()

    async def remember(self) -> None:
        """Have all hosts that answer say what their agents have learned, and wait until they have."""
        alive = [slot for slot in self._slots.values() if slot.alive]
        for slot in alive:
            slot.ask_memories()
        await asyncio.gather(*(slot.tell_rest() for slot in alive))

    async def rebalance(self) -> tuple[Move, ...]:
        """Move a few hosts to where they belong among the nodes there are; none while any is away."""
        self._nodes = await self._backend.nodes()
        if len(self._nodes) < 2 or not self.all_alive():
            return ()
        found = moves({name: slot.at for name, slot in self._slots.items()}, self._nodes)
        moved = tuple(move for move in found if self._slots[move.host].node != move.node)[:MOVES_MAX]
        for move in moved:  # a host that was sent there and is not there found no room
            _logger.info("host moves", host=move.host, was=move.was, to=move.node)
            self._slots[move.host].move(move.node)
        return moved

    async def stop(self) -> None:
        """Kill every host."""
        await self._drop(list(self._slots))

    def _lay_out(self, roster: Roster) -> None:
        """The same agents come to the same hosts; hosts that none belongs to end."""
        told = {one.agent: one for one in roster.instructions}
        wanted: dict[str, list[Instruction]] = {}
        for kind in AgentKind:
            own = [agent for agent in told if agent.kind is kind]
            for name, agents in lay_out(kind, own, self._sizes[kind]).items():
                wanted[name] = [told[agent] for agent in agents]
        gone = [name for name in self._slots if name not in wanted]
        for name in gone:
            self._tasks.pop(name).cancel()
            self._of_gone += self._slots.pop(name).readings
        self._slot_of = {}
        homes_of = homes(wanted, self._nodes)
        for name, instructions in wanted.items():
            slot = self._slots.get(name) or self._open(name, instructions[0].agent.kind, homes_of[name])
            slot.tell_roster(instructions, roster.now_s)
            self._slot_of |= dict.fromkeys(slot.agents, slot)

    def _open(self, name: str, kind: AgentKind, node: str) -> HostSlot:
        slot = self._slots[name] = HostSlot(name, kind, self._backend, self._core, self._memories, self._starts)
        slot.node = node
        self._tasks[name] = asyncio.create_task(slot.run(), name=f"host {name}")
        return slot

    async def _drop(self, names: Iterable[str]) -> None:
        tasks = [self._tasks.pop(name) for name in names]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
