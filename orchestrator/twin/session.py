"""One run of the twin against a server: watch, simulate at the server's pace, report.

Promises: events are folded in order and without gap, also over a restart of the server; the run ends when the day is
over, when time is up, or with the first error. Called by `demo`; belongs to one asyncio loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import grpc
import grpc.aio
import simpy

from orchestrator.twin.live import LiveServer
from orchestrator.twin.mirror import Mirror
from orchestrator.twin.pace import Pace
from orchestrator.twin.wire import AGAIN, Wire

TICK_S = 0.01
SYNC_S = 2.0
RECONNECT_S = 0.2


class Session:
    """The moving parts of a run: `mirror` follows the server, `env` its clock."""

    def __init__(self, wire: Wire, mirror: Mirror, start_s: int, run_id: str) -> None:
        self.wire = wire
        self.mirror = mirror
        self.env = simpy.Environment(initial_time=start_s)
        self.pace = Pace()
        self.server = LiveServer(self.env, wire, run_id)
        self.reconnects = 0
        self._tasks: list[asyncio.Task[None]] = []

    def follow(self) -> None:
        """Begin to watch the server's events."""
        self._tasks.append(asyncio.create_task(self._watch(), name="watch"))

    async def until(self, condition: Callable[[], bool], what: str, patience_s: float) -> None:
        """Wait for a condition on the mirror. TimeoutError names it."""
        try:
            async with asyncio.timeout(patience_s):
                while not condition():
                    self._raise_errors()
                    await asyncio.sleep(TICK_S)
        except TimeoutError:
            raise TimeoutError(f"after {patience_s:.0f} s still waiting until {what}") from None

    async def run(self, speed: float, over: Callable[[], bool]) -> None:
        """Start the clock and simulate until `over()`."""
        self.pace.set(await self.wire.start_clock(speed))
        self._tasks.append(asyncio.create_task(self._sync(), name="clock"))
        self._tasks.append(asyncio.create_task(self.server.flush_positions(), name="telemetry"))
        while not over():
            self._raise_errors()
            now_s = int(self.pace.now_s())  # whole seconds keep simulated times free of rounding
            if now_s > self.env.now:
                self.env.run(until=now_s)
            await asyncio.sleep(TICK_S)

    async def close(self) -> None:
        """Stop everything that `follow` and `run` began."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self.server.close()

    def _raise_errors(self) -> None:
        for task in self._tasks:
            if task.done():
                task.result()
        error = self.server.failed()
        if error is not None:
            raise error

    async def _watch(self) -> None:
        while True:
            try:
                async for response in self.wire.watch(self.mirror.seq):
                    if response.HasField("event"):
                        event = response.event
                        self.mirror.apply(event.seq, event.at_s, event.type, event.payload_json)
            except grpc.aio.AioRpcError as error:
                if error.code() not in (*AGAIN, grpc.StatusCode.ABORTED):
                    raise
            except (OSError, KeyError):  # endpoints.json is being written anew
                pass
            self.reconnects += 1
            await asyncio.sleep(RECONNECT_S)

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(SYNC_S)
            self.pace.set((await self.wire.status()).clock)
