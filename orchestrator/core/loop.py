"""The core loop: one writer, one order, and nobody is answered before the disk has it.

A command waits in a bounded queue; the loop decides it, folds its events into the state in memory and hands the
batch that has gathered meanwhile to the journal's thread: one transaction, one fsync. While that is on its way the
next batch gathers; at most one append is in flight. When it is durable, the callers are answered and the listeners
told, in log order. Refusals wait for the same moment, because they may rest on what is not durable yet.

Promises: an answered command is on disk, applied once, in one order; the same (principal, request id) never has two
effects; a full queue refuses at once. A failed append or fold is a defect: the state is ahead of the disk, so the
process stops (`on_defect`) and starts again from the log. May not know the database, the network or the planner.
Called by ingest, planning and publish, all on the same event loop.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

import structlog
from pydantic import BaseModel

from orchestrator.core.decider import Broken, Decider
from orchestrator.core.listeners import BatchListener, Listener, Listeners
from orchestrator.core.ports import Clock, Domain, S, Snapshots
from orchestrator.core.recovery import Recovered, recover, snapshot_of
from orchestrator.core.replies import Remembered, check_same_command, find_remembered, replayed_outcome
from orchestrator.core.snapshot_duty import SnapshotDuty
from orchestrator.core.work import CoreLimits, CoreStats, Decided, LoggedEvent, Outcome, Waiting
from orchestrator.domain.errors import Defect, MusterError, Reason, Rejection, Unavailable
from orchestrator.log.chain import ChainKey
from orchestrator.log.codec import digest_of
from orchestrator.log.errors import AppendRefused
from orchestrator.log.journal import Journal
from orchestrator.log.record import Head, Record, RequestKey, check_name
from orchestrator.log.store import LogStore

EXIT_DEFECT = 70  # EX_SOFTWARE
RETRY_LEAST_MS = 20
RETRY_MOST_MS = 2_000
T = TypeVar("T")
_log = structlog.get_logger("muster.core")


def stop_process(error: BaseException) -> None:
    """The default `on_defect`: say why, then end this process without any further step."""
    _log.critical("defect: the core stops", reason=str(error), exc_info=error)
    os._exit(EXIT_DEFECT)


class Core(Generic[S]):
    """The single writer. Made by `Core.open`; use from one event loop only."""

    def __init__(
        self,
        domain: Domain[S],
        journal: Journal,
        key: ChainKey,
        clock: Clock,
        recovered: Recovered[S],
        *,
        limits: CoreLimits,
        on_defect: Callable[[BaseException], None],
        snapshots: Snapshots | None,
    ) -> None:
        """Not for callers: see `open`."""
        self.stats = CoreStats()
        self._domain, self._journal, self._key, self._clock = domain, journal, key, clock
        self._limits, self._on_defect = limits, on_defect
        self._snapshots = SnapshotDuty(snapshots, limits.snapshot_every, recovered.snapshot_seq, self.stats)
        self._decider = Decider(domain, clock, limits, recovered.state, recovered.head)
        self._seen = recovered.seen
        self._head = recovered.head
        self._queue: deque[Waiting] = deque()
        self._gathered: list[Decided] = []
        self._in_flight: list[Decided] = []
        self._pending: dict[RequestKey, Decided] = {}
        self._barriers: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._listeners = Listeners(self.stats)
        self._append_started_ns = 0
        self._draining = False
        self._defect: BaseException | None = None
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="muster-core")

    @classmethod
    async def open(
        cls,
        domain: Domain[S],
        store: LogStore,
        key: ChainKey,
        clock: Clock,
        *,
        limits: CoreLimits | None = None,
        on_defect: Callable[[BaseException], None] = stop_process,
        witness: Path | None = None,
        snapshots: Snapshots | None = None,
    ) -> Core[S]:
        """Open the log, check it, fold it, and start the loop. `LogLocked`, `LogCorrupt`, `LogConfigError`."""
        started_ns = clock.monotonic_ns()
        journal = Journal(store, key, witness)
        await journal.open()
        try:
            recovered = await journal.run(lambda opened: recover(opened, domain, key))
        except BaseException:
            await journal.close()
            raise
        _log.info(
            "log recovered",
            head=recovered.head.seq,
            snapshot=recovered.snapshot_seq,
            replayed=recovered.replayed,
            ms=(clock.monotonic_ns() - started_ns) // 1_000_000,
        )
        return cls(
            domain,
            journal,
            key,
            clock,
            recovered,
            limits=limits or CoreLimits(),
            on_defect=on_defect,
            snapshots=snapshots,
        )

    @property
    def state(self) -> S:
        """The live state: everything decided, perhaps a few milliseconds ahead of the disk. Look, don't touch."""
        return self._decider.state

    @property
    def applied_seq(self) -> int:
        """The last record that is folded into the state."""
        return self._decider.seq

    @property
    def durable_seq(self) -> int:
        """The last record that is on disk."""
        return self._head.seq

    @property
    def head(self) -> Head:
        """The durable ends of the chains, for an outside witness."""
        return self._head

    @property
    def queue_length(self) -> int:
        """Commands that wait to be decided."""
        return len(self._queue)

    def add_listener(self, listener: Listener) -> None:
        """Call `listener(seq, at_s, event)` for every event once it is durable, in log order."""
        self._listeners.add(listener)

    def add_batch_listener(self, listener: BatchListener) -> None:
        """Call `listener(last_seq)` once for every durable batch, after all its events."""
        self._listeners.add_batch(listener)

    async def submit(
        self,
        command: BaseModel,
        *,
        principal: str,
        request_id: str | None = None,
        cause: int = 0,
        internal: bool = False,
    ) -> Outcome:
        """Decide a command; returns when its events are on disk.

        Raises `Rejection` (nothing was changed, the request id is not used up), `Unavailable` (queue full or
        closing), `Defect` (our fault). `cause` is the seq of the event that led to the command. `internal`
        commands, the planner's own, may use the reserve of the queue.
        """
        self._check_open(internal)
        key = _request_key(principal, request_id)
        digest = digest_of(command) if key else b""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(command, principal, key, digest, cause, future))
        self._work.set()
        return await future

    async def durable(self) -> None:
        """Wait until everything that is in the state now is on disk: before telling anybody what it says."""
        if self._defect is not None:
            raise Defect("the core has stopped") from self._defect
        if self._head.seq >= self._decider.seq:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._barriers.append((self._decider.seq, future))
        await future

    async def read(self, after_seq: int, limit: int) -> list[Record]:
        """Durable records by cursor, up to `limit` (at most 10,000; some hundreds keep commits quick)."""
        return await self._journal.read(after_seq, limit)

    async def read_events(self, after_seq: int, limit: int) -> list[LoggedEvent]:
        """Durable events by cursor, decoded on the loop: keep `limit` at some hundreds."""
        records = await self._journal.read(after_seq, limit)
        return [
            LoggedEvent(
                row.seq,
                row.at_s,
                self._domain.events.decode(row.type, row.schema_version, row.payload),
                row.principal,
                row.request_id,
                row.cause,
            )
            for row in records
        ]

    async def drain(self) -> None:
        """Refuse new commands and return when all that waited is durable and answered."""
        self._draining = True
        while self._defect is None and (self._queue or self._gathered or self._in_flight):
            self._idle.clear()
            await self._idle.wait()

    async def close(self) -> None:
        """Drain, make a snapshot if it is worth it, close the log. A second call does nothing."""
        await self.drain()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._snapshots.stop()
        if not self._journal.closed and self._defect is None:
            await self._snapshot_on_close()
        await self._journal.close()

    # --- the loop ---

    async def _run(self) -> None:
        try:
            while True:
                if not self._can_decide() and not self._can_append():
                    self._work.clear()
                    await self._work.wait()
                if self._can_decide():
                    await self._decide_slice()
                    self._idle.set()
                self._append_gathered()
                await asyncio.sleep(0)  # callers put in more, and others have their turn
        except Exception as error:
            self._fail(error)

    def _can_decide(self) -> bool:
        return bool(self._queue) and len(self._gathered) < self._limits.batch_max

    def _can_append(self) -> bool:
        return bool(self._gathered) and not self._in_flight

    async def _decide_slice(self) -> None:
        """Decide from the head of the queue until the batch is full or the slice of time is used up."""
        room = self._limits.batch_max - len(self._gathered)
        suspects = {waiting.key for waiting in islice(self._queue, room) if self._may_be_stored(waiting)} - {None}
        remembered = await self._look_up([key for key in suspects if key is not None])
        end_ns = self._clock.monotonic_ns() + self._limits.slice_ms * 1_000_000
        for _ in range(min(room, len(self._queue))):
            waiting = self._queue[0]
            if waiting.key not in suspects and self._may_be_stored(waiting):
                return  # it became durable during the look-up: ask again, or it would be done twice
            self._take(self._queue.popleft(), remembered)
            if self._clock.monotonic_ns() > end_ns:
                return

    def _may_be_stored(self, waiting: Waiting) -> bool:
        key = waiting.key
        return key is not None and key not in self._pending and self._seen.maybe(key)

    async def _look_up(self, keys: list[RequestKey]) -> Remembered:
        if not keys:
            return {}
        self.stats.lookups += len(keys)
        return await self._journal.run(lambda store: find_remembered(store, keys))

    def _take(self, waiting: Waiting, remembered: Remembered) -> None:
        if waiting.future.done():
            return  # the caller has gone, and nothing was done yet
        self.stats.commands += 1
        try:
            if not self._answered_before(waiting, remembered):
                self._gather(self._decider.decide(waiting))
        except MusterError as refusal:
            self._gather(Decided(waiting.digest, None, None, None, refusal, callers=[waiting.future]))
        except Broken:
            _reject(waiting.future, Defect("the core has stopped; the command was not stored"))
            raise

    def _answered_before(self, waiting: Waiting, remembered: Remembered) -> bool:
        if waiting.key is None:
            return False
        first = self._pending.get(waiting.key)
        if first is not None:
            check_same_command(waiting, first.digest)
            first.followers.append(waiting.future)
        elif waiting.key in remembered:
            request, records = remembered[waiting.key]
            check_same_command(waiting, request.digest)
            waiting.future.set_result(replayed_outcome(self._domain, request, records))
        else:
            return False
        self.stats.replays += 1
        return True

    def _gather(self, decided: Decided) -> None:
        self._gathered.append(decided)
        if decided.key is not None:
            self._pending[decided.key] = decided
            self._seen.add(decided.key)

    def _append_gathered(self) -> None:
        """Start the next append, unless one is in flight."""
        if not self._can_append():
            return
        self._in_flight, self._gathered = self._gathered, []
        entries = [decided.entry for decided in self._in_flight if decided.entry is not None]
        if not entries:
            self._settle()
            return
        self._append_started_ns = self._clock.monotonic_ns()
        self._journal.append_soon(entries).add_done_callback(self._appended)

    def _appended(self, future: asyncio.Future[Head]) -> None:
        try:
            self._head = future.result()
        except (Exception, asyncio.CancelledError) as error:
            self._fail(error)
            return
        self.stats.append_ns = self._clock.monotonic_ns() - self._append_started_ns
        self.stats.batches += 1
        self.stats.batch_max = max(self.stats.batch_max, len(self._in_flight))
        self._settle()

    def _settle(self) -> None:
        """Answer the callers of the batch that is durable, start the next append, then tell the listeners."""
        batch, self._in_flight = self._in_flight, []
        for decided in batch:
            self._answer(decided)
        while self._barriers and self._barriers[0][0] <= self._head.seq:
            _resolve(self._barriers.popleft()[1], None)
        self._append_gathered()
        self._work.set()
        self._idle.set()
        self._listeners.tell(batch, self._head.seq)
        self._snapshots.durable(self._head.seq)

    def _answer(self, decided: Decided) -> None:
        if decided.key is not None:
            del self._pending[decided.key]
        if decided.refusal is not None:
            self.stats.rejections += 1
            _refuse(decided, decided.refusal)
            return
        assert decided.outcome is not None, "a decided command has an outcome or a refusal"
        self.stats.events += len(decided.applied)
        for caller in decided.callers:
            _resolve(caller, decided.outcome)
        for follower in decided.followers:
            _resolve(follower, replace(decided.outcome, replayed=True))

    def _fail(self, error: BaseException) -> None:
        """Nothing in memory is to be trusted any more: tell those who wait, then stop the process."""
        self._defect = error
        stopped = Defect("the core has stopped; whether the command was stored is for a retry to find out")
        for decided in (*self._in_flight, *self._gathered):
            _refuse(decided, stopped)
        for waiting in self._queue:
            _reject(waiting.future, stopped)
        for _, barrier in self._barriers:
            _reject(barrier, stopped)
        self._queue.clear()
        self._idle.set()
        self._on_defect(error)

    def _check_open(self, internal: bool) -> None:
        if self._defect is not None:
            raise Defect("the core has stopped") from self._defect
        if self._draining:
            self.stats.refusals += 1
            raise Unavailable("the core is closing", retry_after_ms=RETRY_MOST_MS)
        limit = self._limits.queue_max + (self._limits.reserve if internal else 0)
        if len(self._queue) >= limit:
            self.stats.refusals += 1
            raise Unavailable(f"the queue of {limit} commands is full", retry_after_ms=self._retry_ms())

    def _retry_ms(self) -> int:
        """How long the queue takes at the pace of the last batch."""
        batches = len(self._queue) // self._limits.batch_max + 1
        return max(RETRY_LEAST_MS, min(RETRY_MOST_MS, batches * self.stats.append_ns * 2 // 1_000_000))

    async def _snapshot_on_close(self) -> None:
        if self._domain.dump_state is None:
            return
        if self._head.seq - self._snapshots.last_seq < self._limits.snapshot_on_close:
            return
        now = Recovered(self._decider.state, self._seen, self._head, 0, 0)
        snapshot = snapshot_of(now, self._domain, self._key)
        await self._journal.run(lambda store: store.put_snapshot(snapshot))
        self.stats.snapshots += 1


def _request_key(principal: str, request_id: str | None) -> RequestKey | None:
    try:
        check_name("principal", principal, empty_ok=False)
        if request_id is None:
            return None
        check_name("request_id", request_id, empty_ok=False)
    except AppendRefused as error:
        field = "principal" if "principal" in str(error) else "request_id"
        raise Rejection(Reason.INVALID_FIELD, str(error), field=field) from error
    return RequestKey(principal, request_id)


def _refuse(decided: Decided, error: MusterError) -> None:
    for future in (*decided.callers, *decided.followers):
        _reject(future, error)


def _reject(future: asyncio.Future[Any], error: MusterError) -> None:
    if not future.done():
        future.set_exception(error)


def _resolve(future: asyncio.Future[T], value: T) -> None:
    if not future.done():
        future.set_result(value)
