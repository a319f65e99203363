"""Following the log: backlog from the store, then live from one shared window, without gap and without repetition.

Promises: a watcher that starts after `seq` gets every later event once, in order; memory does not grow with watchers
or with their slowness, because all share one window of the newest events, read once; a watcher that falls out of the
window after it had caught up is closed with WATCH_TOO_SLOW and the last seq it was given; a cancelled watcher leaves
nothing behind. Silence is broken by progress every `heartbeat_s` real seconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import islice

import structlog

from orchestrator.core.work import LoggedEvent
from orchestrator.domain.errors import Unavailable
from orchestrator.ingest.desk import CorePort
from orchestrator.ingest.fields import seq_in
from orchestrator.ingest.refusals import IngestReason, Refusal, bad_field

log = structlog.get_logger(__name__)

WINDOW = 4_096
PAGE = 200
HEARTBEAT_S_DEFAULT = 15
HEARTBEAT_S_MAX = 60


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything up to `seq` was given."""

    seq: int


class WatchHub:
    """The shared window. One per server; `start` registers it with the core."""

    def __init__(self, core: CorePort, window: int = WINDOW) -> None:
        self._core = core
        self._window: deque[LoggedEvent] = deque(maxlen=window)
        self._last_seq = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._reader: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._stopping = False
        self.watchers = 0

    def start(self) -> None:
        """Follow the log from its present end."""
        self._last_seq = self._core.durable_seq
        self._core.add_batch_listener(self._batch_is_durable)
        self._reader = asyncio.create_task(self._read_on(), name="watch-hub")

    async def stop(self) -> None:
        """Close all watchers: they end with UNAVAILABLE and resume elsewhere or later."""
        self._stopping = True
        self._tell_watchers()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def follow(self, after_seq: int, heartbeat_s: int) -> AsyncIterator[LoggedEvent | Progress]:
        """Every event after `after_seq`, and progress; ends only by an error or by being closed."""
        self._enter()
        try:
            cursor = after_seq
            caught_up = False
            while True:
                if self._stopping:
                    raise Unavailable("the server is shutting down: resume from the last seq", retry_after_ms=2_000)
                batch = await self._next(cursor, caught_up)
                for logged in batch:
                    yield logged
                    cursor = logged.seq
                if batch:
                    continue
                if not caught_up or not await self._more_than(cursor, heartbeat_s):
                    yield Progress(cursor)
                caught_up = True
        finally:
            self.watchers -= 1

    def _enter(self) -> None:
        """One more watcher; the first finds the window empty and the end where it is now."""
        if not self.watchers:
            self._window.clear()
            self._last_seq = self._core.durable_seq
        self.watchers += 1

    async def _next(self, cursor: int, caught_up: bool) -> list[LoggedEvent]:
        """The next events after `cursor`, some at a time; empty at the end."""
        if cursor >= self._last_seq:
            return []
        first = self._window[0].seq if self._window else self._last_seq + 1
        if cursor + 1 >= first:
            start = cursor + 1 - first
            return list(islice(self._window, start, start + PAGE))
        if caught_up:
            raise Refusal(
                IngestReason.WATCH_TOO_SLOW,
                f"you read too slowly; resume after seq {cursor}",
                metadata={"last_seq": str(cursor)},
            )
        events = await self._core.read_events(cursor, PAGE)
        return [logged for logged in events if logged.seq <= self._last_seq]

    async def _more_than(self, cursor: int, heartbeat_s: int) -> bool:
        """Wait until there is more than `cursor`; False when the heartbeat's time is over first."""
        if self._last_seq > cursor or self._stopping:
            return True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            async with asyncio.timeout(heartbeat_s):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return True

    def _batch_is_durable(self, last_seq: int) -> None:
        self._wake.set()

    async def _read_on(self) -> None:
        """Fill the window behind the log. A failure closes all watchers, who then resume."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._catch_up()
        except Exception:
            log.exception("the log cannot be followed")
            self._stopping = True
            self._tell_watchers()

    async def _catch_up(self) -> None:
        """Read to the present end. Without watchers only the end is noted, and nothing is read."""
        while self._last_seq < self._core.durable_seq:
            if not self.watchers:
                self._window.clear()
                self._last_seq = self._core.durable_seq
                return
            events = await self._core.read_events(self._last_seq, PAGE)
            if not events:
                return
            # Meanwhile a first watcher may have set the end further on.
            fresh = [logged for logged in events if logged.seq > self._last_seq]
            if fresh:
                self._window.extend(fresh)
                self._last_seq = fresh[-1].seq
                self._tell_watchers()

    def _tell_watchers(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)


def start_of(core: CorePort, resume_seq: int, from_now: bool) -> int:
    """The seq after which a watch begins; refuses a start after the end of the log."""
    seq_in(resume_seq, "resume_seq")
    if from_now:
        if resume_seq:
            raise bad_field("resume_seq", resume_seq, "0 when from_now is set")
        return core.durable_seq
    if resume_seq > core.durable_seq:
        raise Refusal(
            IngestReason.RESUME_AHEAD,
            f"resume_seq {resume_seq} is after the end of the log ({core.durable_seq}): is it of another server?",
            field="resume_seq",
            metadata={"last_seq": str(core.durable_seq)},
        )
    return resume_seq


def heartbeat_in(heartbeat_s: int) -> int:
    """Seconds between two signs of life."""
    if not 0 <= heartbeat_s <= HEARTBEAT_S_MAX:
        raise bad_field("heartbeat_s", heartbeat_s, f"0 to {HEARTBEAT_S_MAX}")
    return heartbeat_s or HEARTBEAT_S_DEFAULT
