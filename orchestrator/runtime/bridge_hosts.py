"""The bridge's hosts: which host holds which agent, what each is told, and what happens when one dies.

Promises: every instruction reaches its host at least once and in order, or the host is told everything again: a host
that was lost, timed out, lost its memory or fell too far behind gets a fresh roster from the core, as of the log, and
nothing of what was queued for it before. Telemetry is only the newest a resource; it may be lost. Called by `bridge`;
knows only the `Backend` Protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import structlog

from agents.host import HostBatch, HostReply
from agents.messages import AgentKind, AgentRef, Instruction, Report, Telemetry
from orchestrator.runtime.bridge_backend import Backend, Worker, WorkerFailed, WorkerLost
from orchestrator.runtime.bridge_messages import HostStatus, Layout, Roster, Tell

#: A host that has not answered a batch for so long is away: the core hears of it within two seconds.
ANSWER_S = 1.0
#: Away for so long, it is killed. Ray holds calls back while it restarts an actor, which takes about two seconds.
HUNG_S = 10.0
#: Starting takes longer: an interpreter, imports, and on a full machine a wait for a turn.
START_S = 60.0
#: More instructions than this waiting for one host: telling it everything is cheaper.
WAITING_MAX = 20_000
RETRY_S = 0.5

_logger = structlog.get_logger("orchestrator.runtime.bridge_hosts")

NeedRosterFn = Callable[[tuple[AgentRef, ...]], None]
SaidFn = Callable[[tuple[Report, ...]], None]


@dataclass(slots=True)
class _Post:
    """What waits to be told to one host."""

    instructions: list[Instruction] = field(default_factory=list)
    telemetry: dict[tuple[str, AgentRef, str], Telemetry] = field(default_factory=dict)
    roster: tuple[Instruction, ...] | None = None
    beat: bool = False

    def clear(self) -> None:
        self.instructions, self.telemetry, self.roster, self.beat = [], {}, None, False

    def empty(self) -> bool:
        return not (self.instructions or self.telemetry or self.roster is not None or self.beat)


class HostSlot:
    """One host's place: it outlives the processes that fill it."""

    def __init__(self, name: str, kind: AgentKind, backend: Backend, need_roster: NeedRosterFn, said: SaidFn) -> None:
        self.name, self.kind = name, kind
        self._backend, self._need_roster, self._said = backend, need_roster, said
        self.agents: tuple[AgentRef, ...] = ()
        self._post = _Post()
        self._told = False  # whether its roster is in the post or in its memory
        self._wake = asyncio.Event()
        self._worker: Worker | None = None
        self._now_s = 0
        self.alive = False
        self.restarts = 0
        self._last = HostReply(False)
        self.readings: Counter[tuple[str, str]] = Counter()

    def status(self) -> HostStatus:
        """For the heartbeat."""
        held, address = (self._last.agents, self._last.address) if self.alive else (0, "")
        last = self._last
        return HostStatus(self.name, self.kind.value, held, self.alive, self.restarts, last.pid, last.seq, address)

    def tell_roster(self, instructions: Sequence[Instruction], now_s: int) -> None:
        """Give it the agents it holds from now on, in full."""
        self._post.clear()
        self._post.roster = tuple(instructions)
        self.agents = tuple(told.agent for told in instructions)
        self._told = True
        self._now_s = now_s
        self._wake.set()

    def tell(self, instructions: Iterable[Instruction], telemetry: Iterable[Telemetry], now_s: int, beat: bool) -> None:
        """Queue what is meant for its agents; nothing is kept for a host that waits for its roster anyway."""
        self._now_s = now_s
        self._post.beat |= beat
        if self._told:
            self._post.instructions += instructions
            self._post.telemetry |= {_key(item): item for item in telemetry}
            if len(self._post.instructions) > WAITING_MAX:
                self._ask_roster()
        self._wake.set()

    def _ask_roster(self) -> None:
        self._post.clear()
        self._told = False
        self._need_roster(self.agents)

    async def run(self) -> None:
        """Keep a process in the slot and pass the post to it, until cancelled."""
        try:
            while True:
                if self._worker is None and not await self._fill():
                    await asyncio.sleep(RETRY_S)
                    continue
                if self._post.empty():
                    self._wake.clear()
                    await self._wake.wait()
                await self._deliver()
        finally:
            if self._worker is not None:
                with contextlib.suppress(WorkerLost):
                    await self._worker.kill()

    async def _fill(self) -> bool:
        """A process that answers, though it may know nothing yet."""
        try:
            worker = await self._backend.host(self.name, self.kind)
            reply: HostReply = await worker.call(HostBatch(self._now_s), START_S)
        except (WorkerLost, WorkerFailed, TimeoutError) as error:
            _logger.warning("host does not come up", host=self.name, error=str(error))
            return False
        if self._last.pid not in (0, reply.pid):
            self.restarts += 1
        self._worker = worker
        self._last = reply
        return True

    async def _deliver(self) -> None:
        """One batch to the host, and its answer."""
        assert self._worker is not None
        post, self._post = self._post, _Post()
        batch = HostBatch(
            self._now_s, tuple(post.instructions), tuple(post.telemetry.values()), post.roster, tick=post.beat
        )
        call = asyncio.create_task(self._worker.call(batch, HUNG_S if self.alive else START_S))
        try:
            await asyncio.wait([call], timeout=ANSWER_S)
            self.alive &= call.done()
            reply: HostReply = await call
        except WorkerFailed as error:  # a defect of ours: the batch is lost, so the host must be told again
            _logger.error("host refused a batch", host=self.name, error=str(error))
            self._ask_roster()
            return
        except (WorkerLost, TimeoutError) as error:
            await self._lost(error)
            return
        finally:
            call.cancel()
        self._took(reply)

    def _took(self, reply: HostReply) -> None:
        if reply.pid != self._last.pid:  # Ray has brought it back, without its memory
            self.restarts += 1
        self._last = reply
        self.alive = reply.knows
        self.readings.update({(word, outcome): count for word, outcome, count in reply.readings})
        if reply.reports:
            self._said(reply.reports)
        if not reply.knows and self._post.roster is None:
            self._ask_roster()

    async def _lost(self, error: Exception) -> None:
        _logger.warning("host lost", host=self.name, error=str(error) or "no answer in time")
        self.alive = False
        worker, self._worker = self._worker, None
        if isinstance(error, TimeoutError) and worker is not None:
            await worker.kill()
        self._ask_roster()


def _why(task: asyncio.Task[None]) -> str:
    return "cancelled" if task.cancelled() else repr(task.exception())


def _key(item: Telemetry) -> tuple[str, AgentRef, str]:
    return type(item).__name__, item.agent, item.part


class Hosts:
    """All hosts: lays agents out over them and routes what comes from the core."""

    def __init__(
        self,
        backend: Backend,
        agents_per_host: int,
        need_roster: NeedRosterFn,
        said: SaidFn,
    ) -> None:
        self._backend, self._agents_per_host = backend, agents_per_host
        self._need_roster, self._said = need_roster, said
        self._slots: dict[str, HostSlot] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slot_of: dict[AgentRef, HostSlot] = {}
        self._of_gone: Counter[tuple[str, str]] = Counter()

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

    async def stop(self) -> None:
        """Kill every host."""
        await self._drop(list(self._slots))

    def _lay_out(self, roster: Roster) -> None:
        """Agents of a kind, by name, in runs of `agents_per_host`: the same agents come to the same hosts."""
        wanted: dict[str, list[Instruction]] = {}
        for kind in AgentKind:
            own = sorted((told for told in roster.instructions if told.agent.kind is kind), key=lambda told: told.agent)
            for first in range(0, len(own), self._agents_per_host):
                wanted[f"{kind.value}-{first // self._agents_per_host}"] = own[first : first + self._agents_per_host]
        gone = [name for name in self._slots if name not in wanted]
        for name in gone:
            self._tasks.pop(name).cancel()
            self._of_gone += self._slots.pop(name).readings
        self._slot_of = {}
        for name, instructions in wanted.items():
            slot = self._slots.get(name) or self._open(name, instructions[0].agent.kind)
            slot.tell_roster(instructions, roster.now_s)
            self._slot_of |= dict.fromkeys(slot.agents, slot)

    def _open(self, name: str, kind: AgentKind) -> HostSlot:
        slot = self._slots[name] = HostSlot(name, kind, self._backend, self._need_roster, self._said)
        self._tasks[name] = asyncio.create_task(slot.run(), name=f"host {name}")
        return slot

    async def _drop(self, names: Iterable[str]) -> None:
        tasks = [self._tasks.pop(name) for name in names]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
