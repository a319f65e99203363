"""The watch over cordons: ends those whose time is over, and tells when a drained resource has nothing left to do.

Promises one look a second on the company clock and a command only when there is something to settle. Wired by
`bootstrap`.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog

from orchestrator.domain.cordons_commands import SettleCordons
from orchestrator.domain.decide.cordons import unsettled
from orchestrator.domain.errors import Rejection, Unavailable
from orchestrator.runtime.clock import Clock

LOOK_S = 1.0
PRINCIPAL = "system:cordons"

_logger = structlog.get_logger("orchestrator.runtime.cordon_watch")


class CordonWatch:
    """Looks at the cordons once a second. `core`: has `state` and `submit`."""

    def __init__(self, core: Any, clock: Clock) -> None:
        self._core, self._clock = core, clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="cordons")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if not unsettled(self._core.state, self._clock.now_s()):
                continue
            try:
                await self._core.submit(SettleCordons(), principal=PRINCIPAL, internal=True)
            except (Rejection, Unavailable) as error:
                _logger.info("cordons not settled now", reason=str(error))
