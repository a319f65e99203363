"""What goes through the loop: limits, a waiting command, a decided one, its outcome, and the counters."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from orchestrator.domain.errors import MusterError
from orchestrator.log.record import EntryDraft, RequestKey


@dataclass(frozen=True, slots=True)
class CoreLimits:
    """Bounds of the loop. Values out of range are refused by `ValueError`.

    `queue_max`: commands waiting; more are refused at once. `reserve`: further places for the planner's own
    commands, so that outsiders cannot shut it out. `batch_max`: commands made durable with one fsync.
    `slice_ms`: how long the loop decides before it lets others run. `events_max`: events of one command.
    `snapshot_every`: records between two snapshots. `snapshot_on_close`: make one when closing if at least so
    many records are newer than the last.
    """

    queue_max: int = 4_096
    reserve: int = 256
    batch_max: int = 256
    slice_ms: int = 4
    events_max: int = 10_000
    snapshot_every: int = 20_000
    snapshot_on_close: int = 1_000

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: must be at least 1")


@dataclass(frozen=True, slots=True)
class Applied:
    """An event with its place in the log."""

    seq: int
    at_s: int
    event: Any


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event as read back from the log, with who caused it."""

    seq: int
    at_s: int
    event: Any
    principal: str
    request_id: str
    cause: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: durable when the caller sees it. Without events both seqs are 0.

    `replayed`: the same request was answered before, and this is that answer.
    """

    first_seq: int
    last_seq: int
    events: tuple[Any, ...]
    answer: BaseModel | None
    replayed: bool = False


@dataclass(slots=True)
class Waiting:
    """A command in the queue."""

    command: BaseModel
    principal: str
    key: RequestKey | None
    digest: bytes
    cause: int
    future: asyncio.Future[Outcome]


@dataclass(slots=True)
class Decided:
    """A decided command on its way to the disk: what it adds, and who is answered once that is durable."""

    digest: bytes
    key: RequestKey | None
    entry: EntryDraft | None
    outcome: Outcome | None
    refusal: MusterError | None = None
    applied: tuple[Applied, ...] = ()
    callers: list[asyncio.Future[Outcome]] = field(default_factory=list)
    followers: list[asyncio.Future[Outcome]] = field(default_factory=list)


@dataclass(slots=True)
class CoreStats:
    """Counters since start, for metrics; `append_ns` is the last append's time."""

    commands: int = 0
    rejections: int = 0
    refusals: int = 0
    replays: int = 0
    lookups: int = 0
    events: int = 0
    batches: int = 0
    batch_max: int = 0
    append_ns: int = 0
    listener_failures: int = 0
    snapshots: int = 0
    snapshot_failures: int = 0
