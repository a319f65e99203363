"""One server with its clock held: steps of the clock, what it says, and when it has thought about everything.

Promises: `settled` returns when the server has planned and learned all it heard and the mirror has folded all of it;
it polls with a deadline and never waits for a fixed time. Called by `run`; belongs to one asyncio loop.
"""

from __future__ import annotations

import asyncio
import time

import grpc
import grpc.aio

from orchestrator.twin.mirror import Mirror
from orchestrator.twin.weeks.office import Office
from orchestrator.twin.wire import AGAIN

POLL_S = 0.02
RECONNECT_S = 0.2
SETTLED_S = 120.0
FIRST_PLAN_S = 300.0


class HeldServer:
    """A server that is put forward step by step; `mirror` follows it."""

    def __init__(self, office: Office, mirror: Mirror) -> None:
        self.office = office
        self.mirror = mirror
        self.waited_s = 0.0
        self._watching: asyncio.Task[None] | None = None

    def follow(self) -> None:
        """Begin to watch the server's events."""
        self._watching = asyncio.create_task(self._watch(), name="watch")

    async def close(self) -> None:
        """Stop watching."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def settled(self, patience_s: float = SETTLED_S) -> None:
        """Wait until nothing is left to plan or to learn. TimeoutError says what is missing."""
        began_s = time.monotonic()
        while True:
            status = await self.office.status()
            if status.planning_idle and status.degraded_level < 3 and self.mirror.seq >= status.durable_seq:
                break
            if self._watching is not None and self._watching.done():
                self._watching.result()
            if time.monotonic() - began_s > patience_s:
                heard = f"event {self.mirror.seq} of {status.durable_seq} heard"
                thinks = "idle" if status.planning_idle else "still planning"
                raise TimeoutError(f"after {patience_s:.0f} s the server is {thinks}, {heard} {status.degraded_cause}")
            await asyncio.sleep(POLL_S)
        self.waited_s += time.monotonic() - began_s

    async def _watch(self) -> None:
        while True:
            try:
                async for response in self.office.watch(self.mirror.seq):
                    if response.HasField("event"):
                        event = response.event
                        self.mirror.apply(event.seq, event.at_s, event.type, event.payload_json)
            except grpc.aio.AioRpcError as error:
                if error.code() not in (*AGAIN, grpc.StatusCode.ABORTED):
                    raise
            except (OSError, KeyError):  # endpoints.json is being written anew
                pass
            await asyncio.sleep(RECONNECT_S)
