"""The one place that knows what is next due on the company clock, and settles it: see `domain.deadlines`.

Promises: it sleeps until the earliest instant of all topics, at whatever speed the clock runs, and looks again when the
log or the clock says that this may have changed; nothing is settled early; what became due while the server was down is
settled once at the start. A topic that has nothing to do although it seemed due is left alone for a moment, so that a
wrong estimate costs a look and never the loop. Wired by `bootstrap`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from orchestrator.domain.deadlines import DEADLINES, Deadline
from orchestrator.domain.errors import Rejection, Unavailable
from orchestrator.domain.events import Event
from orchestrator.runtime.clock import Clock

PRINCIPAL = "system:deadlines"
GATHER_S = 0.05
"""Events that come together are looked at together, so that a flood of them costs few looks."""
AGAIN_S = 1.0
SLEEP_S_MAX = 30.0
"""A wall clock may be set; then the sleep was reckoned wrong."""

_logger = structlog.get_logger("orchestrator.runtime.deadline_watch")


class Pace(Protocol):
    """How company time passes."""

    def wait_s(self, at_s: int) -> float | None:
        """Real seconds until then; None: not as things are."""
        ...

    def on_change(self, told: Any) -> None:
        """Be told when that changes."""
        ...


class DeadlineWatch:
    """Sleeps and settles. `core`: has `state`, `submit` and `add_listener`. Use from the core's loop only."""

    def __init__(self, core: Any, clock: Clock, pace: Pace, topics: Sequence[Deadline] = DEADLINES) -> None:
        self._core, self._clock, self._pace, self._topics = core, clock, pace, topics
        self._heard_by: dict[type[Event], list[Deadline]] = {}
        for topic in topics:
            for kind in topic.heard:
                self._heard_by.setdefault(kind, []).append(topic)
        self._next_s: dict[str, int | None] = {}
        self._stale: dict[str, Deadline] = {topic.name: topic for topic in topics}
        self._not_before_ns: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.looks = 0

    def start(self) -> None:
        """Settle what is due, and go on."""
        self._core.add_listener(self._heard)
        self._pace.on_change(self._wake.set)
        self._task = asyncio.create_task(self._run(), name="deadlines")

    async def stop(self) -> None:
        """Settle nothing more; what is due stands in the log."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _heard(self, seq: int, at_s: int, event: Event) -> None:
        topics = self._heard_by.get(type(event))
        if topics is not None:
            self._stale.update((topic.name, topic) for topic in topics)
            self._wake.set()

    async def _run(self) -> None:
        while True:
            self.looks += 1
            for topic in self._stale.values():
                self._next_s[topic.name] = topic.next_s(self._core.state)
            self._stale = {}
            waits_s = {topic.name: self._wait_s(topic.name) for topic in self._topics}
            for topic in self._topics:
                if waits_s[topic.name] <= 0:
                    await self._settle(topic)
            if min(waits_s.values()) > 0:
                await self._sleep(min(waits_s.values()))

    async def _sleep(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        if self._wake.is_set():
            self._wake.clear()
            await asyncio.sleep(GATHER_S)

    def _wait_s(self, name: str) -> float:
        """Real seconds until a topic is to be settled."""
        next_s = self._next_s[name]
        due_s = self._pace.wait_s(next_s) if next_s is not None else None
        if due_s is None:
            return SLEEP_S_MAX
        left_alone_s = (self._not_before_ns.get(name, 0) - self._clock.monotonic_ns()) / 1e9
        return min(SLEEP_S_MAX, max(due_s, left_alone_s))

    async def _settle(self, topic: Deadline) -> None:
        self._stale[topic.name] = topic
        try:
            done = await self._core.submit(topic.command(), principal=PRINCIPAL, internal=True)
            if done.events:
                return
        except (Rejection, Unavailable) as error:
            _logger.info("not settled now", topic=topic.name, reason=str(error))
        self._not_before_ns[topic.name] = self._clock.monotonic_ns() + int(AGAIN_S * 1e9)
