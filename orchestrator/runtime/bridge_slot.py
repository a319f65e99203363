"""One host's place at the bridge: what waits to be told to it, what it has confirmed, and what happens when it dies.

Promises: every instruction reaches the host at least once and in order, or the host is told everything again: a host
that was lost, timed out, lost its memory or fell too far behind gets a fresh roster from the core, as of the log, and
nothing of what was queued for it before. The next batch leaves when the last is answered and the core has read what
came of it, so whoever is slow is seen by the age of the mailbox. Called by `bridge_hosts`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from agents.host import HostBatch, HostReply, Memory
from agents.messages import AgentKind, AgentRef, Instruction, Telemetry
from orchestrator.runtime.bridge_backend import Backend, Worker, WorkerFailed, WorkerLost
from orchestrator.runtime.bridge_messages import HostStatus, Said
from orchestrator.runtime.endings import overlook

#: A host that has not answered a batch for so long is away: the core hears of it within two seconds.
ANSWER_S = 1.0
#: Away for so long, it is killed. Ray holds calls back while it restarts an actor, which takes about two seconds.
HUNG_S = 10.0
#: Starting takes longer: an interpreter, imports, and on a full machine a wait for a turn.
START_S = 60.0
#: More instructions than this waiting for one host: telling it everything is cheaper.
WAITING_MAX = 20_000
#: Readings that wait for one host at most; further agents' readings are dropped, as newer ones follow.
TELEMETRY_MAX = 20_000
#: A planned move takes two or three seconds. For so long it is one; after that the host is away.
MOVE_S = 10.0
RETRY_S = 0.2
#: From the end of a process until Ray knows of it, too: a call in between would wait for Ray's own look at the dead.
SETTLE_S = 0.2

_logger = structlog.get_logger("orchestrator.runtime.bridge_slot")


class CorePort(Protocol):
    """The way back to the core."""

    def need_roster(self, agents: tuple[AgentRef, ...]) -> None:
        """Ask for full instructions of these agents."""
        ...

    def host_changed(self) -> None:
        """A host is away, or back."""
        ...

    async def said(self, said: Said) -> None:
        """Tell the core; returns when it keeps up."""
        ...


class Memories(Protocol):
    """Where what agents have learned is kept."""

    def keep(self, memories: Iterable[Memory]) -> None:
        """Take in what has changed."""
        ...

    def of(self, agents: Iterable[AgentRef]) -> tuple[Memory, ...]:
        """What is kept of these agents."""
        ...


@dataclass(slots=True)
class _Post:
    """What waits to be told to one host. since_s: for how long the oldest of it has waited, on the monotonic clock."""

    instructions: list[Instruction] = field(default_factory=list)
    telemetry: dict[tuple[str, AgentRef, str], Telemetry] = field(default_factory=dict)
    roster: tuple[Instruction, ...] | None = None
    beat: bool = False
    remember: bool = False
    since_s: float = field(default_factory=time.monotonic)

    def empty(self) -> bool:
        return not (len(self) or self.roster is not None or self.beat or self.remember)

    def __len__(self) -> int:
        return len(self.instructions) + len(self.telemetry) + len(self.roster or ())


class HostSlot:
    """One host's place: it outlives the processes that fill it. `node`: where it should run, "" for anywhere."""

    def __init__(
        self,
        name: str,
        kind: AgentKind,
        backend: Backend,
        core: CorePort,
        memories: Memories,
        starts: asyncio.Semaphore,
    ) -> None:
        self.name, self.kind, self._starts = name, kind, starts
        self._backend, self._core, self._memories = backend, core, memories
        self.agents: tuple[AgentRef, ...] = ()
        self._post = _Post()
        self._on_its_way: _Post | None = None
        self._told = False  # whether its roster is in the post or in its memory
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()  # nothing waits to be told
        self._worker: Worker | None = None
        self._now_s = 0
        self._moving = False  # it is to leave, and has not yet
        self._moves_since_s: float | None = None  # left as planned, and is not back; on the monotonic clock
        self.node = ""
        self.alive = False
        self.restarts = 0
        self._last = HostReply(False)
        self._end: asyncio.Task[None] | None = None  # of the process that answered last
        self.readings: Counter[tuple[str, str]] = Counter()

    def status(self) -> HostStatus:
        """For the heartbeat."""
        last = self._last
        return HostStatus(
            self.name,
            self.kind.value,
            agents=last.agents if self.alive else 0,
            alive=self.alive,
            moving=self.moving,
            restarts=self.restarts,
            pid=last.pid,
            seq=last.seq,
            address=last.address if self.alive else "",
            node=last.node,
            node_name=self._backend.node_name(last.node),
            mailbox=len(self._post) + len(self._on_its_way or ()),
            mailbox_age_s=self._oldest_s(),
        )

    def _oldest_s(self) -> float:
        """Age of the oldest message that is not answered."""
        oldest = self._on_its_way or (None if self._post.empty() else self._post)
        return max(0.0, time.monotonic() - oldest.since_s) if oldest is not None else 0.0

    @property
    def moving(self) -> bool:
        """Whether it is on its way to another node, as planned and for no longer than that should take."""
        since_s = self._moves_since_s
        return since_s is not None and time.monotonic() - since_s < MOVE_S

    @property
    def at(self) -> str:
        """The node on which it runs, "" while it does not."""
        return self._last.node if self._worker is not None else ""

    def tell_roster(self, instructions: Sequence[Instruction], now_s: int) -> None:
        """Give it the agents it holds from now on, in full."""
        self._post = _Post(roster=tuple(instructions))
        self.agents = tuple(told.agent for told in instructions)
        self._told = True
        self._now_s = now_s
        self._wake.set()

    def tell(self, instructions: Iterable[Instruction], telemetry: Iterable[Telemetry], now_s: int, beat: bool) -> None:
        """Queue what is meant for its agents; nothing is kept for a host that waits for its roster anyway."""
        self._now_s = now_s
        post = self._begun()
        post.beat |= beat
        if self._told:
            post.instructions += instructions
            for item in telemetry:
                key = _key(item)
                if key in post.telemetry or len(post.telemetry) < TELEMETRY_MAX:
                    post.telemetry[key] = item
            if len(post.instructions) > WAITING_MAX:
                self._ask_roster()
        self._wake.set()

    def ask_memories(self) -> None:
        """Have it say what its agents have learned since it last said so."""
        self._begun().remember = True
        self._wake.set()

    async def tell_rest(self) -> None:
        """Returns when all that waits has been told and answered."""
        await self._idle.wait()

    def move(self, node: str) -> None:
        """Run on another node from now on; it is told everything there."""
        self.node, self._moving, self.alive = node, True, False
        self._moves_since_s = time.monotonic()
        self._begun().beat = True
        self._wake.set()

    def _begun(self) -> _Post:
        if self._post.empty():
            self._post.since_s = time.monotonic()
        self._idle.clear()
        return self._post

    def _ask_roster(self) -> None:
        self._post = _Post()
        self._told = False
        self._core.need_roster(self.agents)

    async def run(self) -> None:
        """Keep a process in the slot and pass the post to it, until cancelled."""
        try:
            while True:
                if self._moving:
                    await self._leave()
                if self._worker is None and not await self._fill():
                    await asyncio.sleep(RETRY_S)
                    continue
                if self._has_ended():
                    await self._lost(WorkerLost(f"process {self._last.pid} ended"))
                    await asyncio.sleep(SETTLE_S)
                    continue
                if self._post.empty():
                    self._idle.set()
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                await self._deliver()
        finally:
            self._watch(0)
            if self._worker is not None:
                with contextlib.suppress(WorkerLost):
                    await self._worker.kill()

    async def _leave(self) -> None:
        """End the process here, so that the next begins at `node`; this is no fault and counts as none."""
        self._moving = self.alive = False
        worker, self._worker = self._worker, None
        self._last = HostReply(False)
        if worker is not None:
            with contextlib.suppress(WorkerLost):
                await worker.kill()
        if self._post.roster is None:
            self._ask_roster()

    async def _fill(self) -> bool:
        """A process that answers, though it may know nothing yet."""
        try:
            async with self._starts:
                worker = await self._backend.host(self.name, self.kind, self.node)
                reply: HostReply = await worker.call(HostBatch(self._now_s), START_S)
        except (WorkerLost, WorkerFailed, TimeoutError) as error:
            _logger.warning("host does not come up", host=self.name, error=str(error))
            return False
        if self._last.pid not in (0, reply.pid):
            self.restarts += 1
        self._worker = worker
        self._last = reply
        self._watch(reply.pid)
        return True

    def _watch(self, pid: int) -> None:
        """Wake up when that process ends, which Ray tells a second or two later."""
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.create_task(self._backend.ended(pid), name=f"end of {self.name}") if pid else None
        if self._end is not None:
            self._end.add_done_callback(lambda _task: self._wake.set())

    def _has_ended(self) -> bool:
        return self._end is not None and self._end.done() and self._worker is not None

    async def _deliver(self) -> None:
        """One batch to the host, and its answer."""
        assert self._worker is not None
        post, self._post = self._post, _Post()
        self._on_its_way = post
        call = asyncio.create_task(self._worker.call(self._batch(post), HUNG_S if self.alive else START_S))
        call.add_done_callback(overlook)
        try:
            waits = {call} if self._end is None else {call, self._end}
            await asyncio.wait(waits, timeout=ANSWER_S, return_when=asyncio.FIRST_COMPLETED)
            self._set_alive(self.alive and call.done())
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if call.done():
                await self._took(await call)
        except WorkerFailed as error:  # a defect of ours: the batch is lost, so the host must be told again
            _logger.error("host refused a batch", host=self.name, error=str(error))
            self._ask_roster()
        except (WorkerLost, TimeoutError) as error:
            await self._lost(error)
        finally:
            self._on_its_way = None
            call.cancel()

    def _batch(self, post: _Post) -> HostBatch:
        return HostBatch(
            self._now_s,
            tuple(post.instructions),
            tuple(post.telemetry.values()),
            post.roster,
            tick=post.beat,
            memories=self._memories.of(self.agents) if post.roster is not None else (),
            remember=post.remember,
        )

    async def _took(self, reply: HostReply) -> None:
        if reply.pid != self._last.pid:  # Ray has brought it back, without its memory
            self.restarts += 1
            self._watch(reply.pid)
        self._last = reply
        self._set_alive(reply.knows and not self._moving)
        self.readings.update({(word, outcome): count for word, outcome, count in reply.readings})
        self._memories.keep(reply.memories)
        if reply.unread:
            _logger.warning("memories that nobody can read", host=self.name, agents=[str(one) for one in reply.unread])
        if not reply.knows and self._post.roster is None:
            self._ask_roster()
        if reply.reports or reply.confirmed or reply.repeats:
            await self._core.said(Said(reply.reports, reply.confirmed, reply.repeats))

    def _set_alive(self, alive: bool) -> None:
        if alive:
            self._moves_since_s = None
        if alive != self.alive:
            self.alive = alive
            self._core.host_changed()

    async def _lost(self, error: Exception) -> None:
        _logger.warning("host lost", host=self.name, error=str(error) or "no answer in time")
        self._moves_since_s = None
        self._set_alive(False)
        worker, self._worker = self._worker, None
        if isinstance(error, TimeoutError) and worker is not None:
            await worker.kill()
        self._ask_roster()


def _key(item: Telemetry) -> tuple[str, AgentRef, str]:
    return type(item).__name__, item.agent, item.part
