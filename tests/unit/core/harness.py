"""A core on a memory log whose appends a test can hold, and fail."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from orchestrator.core.loop import Core
from orchestrator.core.work import CoreLimits
from orchestrator.log.chain import ChainKey
from orchestrator.log.memory_store import MemoryDisk, MemoryStore
from orchestrator.log.record import Batch
from orchestrator.runtime.clock import ManualClock
from tests.unit.core.toy import ToyState, toy_domain
from tests.waiting import wait_for

KEY = ChainKey(b"k" * 32)
HOLD_S_MAX = 20


class SlowStore(MemoryStore):
    """A memory log that waits before each append while it is held, and fails one when told to."""

    def __init__(self, disk: MemoryDisk | None = None) -> None:
        super().__init__(disk)
        self.free = threading.Event()
        self.free.set()
        self.fail_next = False
        self.begun: list[Batch] = []
        self.done: list[Batch] = []

    def append(self, batch: Batch) -> None:
        self.begun.append(batch)
        assert self.free.wait(HOLD_S_MAX), "the test forgot to let go of the store"
        if self.fail_next:
            raise OSError("no space left on device")
        super().append(batch)
        self.done.append(batch)

    def hold(self) -> None:
        """From now on appends wait."""
        self.free.clear()

    def release(self) -> None:
        """Let them go on."""
        self.free.set()


async def open_core(store: MemoryStore, clock: ManualClock | None = None, **options: Any) -> Core[ToyState]:
    """A core of the toy domain; a defect is an assertion unless the test takes it."""
    options.setdefault("on_defect", _unexpected)
    return await Core.open(toy_domain(), store, KEY, clock or ManualClock(), **options)


def _unexpected(error: BaseException) -> None:
    raise AssertionError("the core met a defect") from error


def small(**limits: int) -> CoreLimits:
    """Limits of a test."""
    return CoreLimits(**limits)


async def until(condition: Callable[[], Any], what: str) -> None:
    """Wait for a condition while the loop runs."""
    await wait_for(condition, what)


async def turns(count: int = 20) -> None:
    """Let the loop go round: whatever could happen now has happened."""
    for _ in range(count):
        await asyncio.sleep(0)
