"""When a snapshot is due while the core serves. One at a time; a failed one is tried again after as many records."""

from __future__ import annotations

import asyncio

import structlog

from orchestrator.core.ports import SnapshotFailed, Snapshots
from orchestrator.core.work import CoreStats

_log = structlog.get_logger("muster.core")


class SnapshotDuty:
    """Counts durable records and starts the maker; without a maker it only counts."""

    def __init__(self, maker: Snapshots | None, every: int, last_seq: int, stats: CoreStats) -> None:
        self.last_seq = last_seq
        self._maker = maker
        self._every = every
        self._next_seq = last_seq + every
        self._stats = stats
        self._task: asyncio.Task[None] | None = None

    def durable(self, seq: int) -> None:
        """Records up to `seq` are durable."""
        if self._maker is None or seq < self._next_seq or (self._task and not self._task.done()):
            return
        self._next_seq = seq + self._every
        self._task = asyncio.create_task(self._make(self._maker), name="muster-snapshot")

    async def _make(self, maker: Snapshots) -> None:
        try:
            self.last_seq = await maker.make()
        except SnapshotFailed as error:
            self._stats.snapshot_failures += 1
            _log.warning("no snapshot was made", reason=str(error))
        else:
            self._stats.snapshots += 1
            _log.info("snapshot made", seq=self.last_seq)

    async def stop(self) -> None:
        """Give up one that is being made."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
