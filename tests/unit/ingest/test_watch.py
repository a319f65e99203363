"""Following the log with a log that is only a list."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from orchestrator.core.work import LoggedEvent
from orchestrator.domain.errors import Unavailable
from orchestrator.ingest.refusals import BadFields, Refusal
from orchestrator.ingest.watch import Progress, WatchHub, heartbeat_in, start_of
from tests.waiting import wait_for


class ListLog:
    """The part of the core that a hub uses."""

    def __init__(self) -> None:
        self.events: list[LoggedEvent] = []
        self.reads = 0
        self._listeners: list[Any] = []

    @property
    def durable_seq(self) -> int:
        return len(self.events)

    def add(self, count: int) -> None:
        for _ in range(count):
            self.events.append(LoggedEvent(len(self.events) + 1, 0, "event", "test", "", 0))
        for listener in self._listeners:
            listener(len(self.events))

    def add_batch_listener(self, listener: Any) -> None:
        self._listeners.append(listener)

    async def read_events(self, after_seq: int, limit: int) -> list[LoggedEvent]:
        self.reads += 1
        await asyncio.sleep(0)
        return self.events[after_seq : after_seq + limit]


@pytest.fixture
async def log() -> ListLog:
    return ListLog()


@pytest.fixture
async def hub(log: ListLog) -> AsyncIterator[WatchHub]:
    made = WatchHub(log, window=10)  # type: ignore[arg-type]
    made.start()
    yield made
    await made.stop()


async def take(stream: AsyncIterator[Any], count: int) -> list[int]:
    """The next events' seqs, progress left out."""
    seqs: list[int] = []
    while len(seqs) < count:
        item = await anext(stream)
        if not isinstance(item, Progress):
            seqs.append(item.seq)
    return seqs


async def test_backlog_then_live_without_gap_or_repetition(log: ListLog, hub: WatchHub) -> None:
    log.add(450)
    stream = hub.follow(3, 60)
    seqs = await take(stream, 100)
    log.add(7)
    seqs += await take(stream, 354)
    assert seqs == list(range(4, 458))
    await stream.aclose()  # type: ignore[attr-defined]
    assert hub.watchers == 0


async def test_live_events_are_read_once_for_all(log: ListLog, hub: WatchHub) -> None:
    streams = [hub.follow(0, 60) for _ in range(20)]
    for stream in streams:
        assert isinstance(await anext(stream), Progress)
    waiting = [asyncio.create_task(take(stream, 5)) for stream in streams]
    log.add(5)
    assert await asyncio.gather(*waiting) == [[1, 2, 3, 4, 5]] * 20
    assert log.reads <= 3


async def test_who_falls_behind_is_told_where(log: ListLog, hub: WatchHub) -> None:
    stream = hub.follow(0, 60)
    await anext(stream)
    log.add(5)
    assert await take(stream, 2) == [1, 2]
    log.add(50)
    await wait_for(lambda: hub._last_seq == 55, "the window has moved on")
    with pytest.raises(Refusal) as refused:
        await take(stream, 60)
    assert refused.value.metadata["last_seq"] == "5"


async def test_nobody_watching_costs_nothing(log: ListLog, hub: WatchHub) -> None:
    log.add(5_000)
    await wait_for(lambda: hub._last_seq == 5_000, "the end is noted")
    assert log.reads == 0


async def test_silence_is_broken(log: ListLog, hub: WatchHub) -> None:
    log.add(2)
    stream = hub.follow(2, 0)
    assert [await anext(stream), await anext(stream)] == [Progress(2), Progress(2)]


async def test_a_hub_that_stops_closes_its_watchers(log: ListLog) -> None:
    hub = WatchHub(log)  # type: ignore[arg-type]
    hub.start()
    stream = hub.follow(0, 60)
    await anext(stream)
    waiting = asyncio.create_task(take(stream, 1))
    await wait_for(lambda: bool(hub._waiting), "it waits")
    await hub.stop()
    with pytest.raises(Unavailable):
        await waiting


def test_where_a_watch_begins() -> None:
    log = ListLog()
    log.add(5)
    assert [start_of(log, 3, False), start_of(log, 0, True)] == [3, 5]  # type: ignore[arg-type]
    for resume_seq, from_now in ((-1, False), (3, True)):
        with pytest.raises(BadFields):
            start_of(log, resume_seq, from_now)  # type: ignore[arg-type]
    with pytest.raises(Refusal):
        start_of(log, 6, False)  # type: ignore[arg-type]
    assert (heartbeat_in(0), heartbeat_in(60)) == (15, 60)
    with pytest.raises(BadFields):
        heartbeat_in(61)
