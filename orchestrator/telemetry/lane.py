"""One client stream after the other to one host's telemetry port.

Promises that every reading handed to it ends up in exactly one of the sender's counters: in a receipt's, or as
unconfirmed when its stream broke before the receipt came, or as dropped when too many waited. Called by `sender`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc

from agents.agent_ref import AgentRef
from agents.readings import Telemetry
from orchestrator.telemetry.directory import agent_named
from orchestrator.telemetry.token import METADATA_KEY
from orchestrator.telemetry.wire import request_of
from protos.muster.telemetry.v1 import telemetry_service_pb2 as pb

PATH = "/muster.telemetry.v1.TelemetryService/Push"
#: Readings a message.
BATCH_MAX = 500
#: A stream is ended after so long, for its receipt.
ROUND_S = 15.0
#: Longest wait for a message to be taken, and for a receipt.
WRITE_S = 20.0
OPTIONS = [
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.enable_retries", 0),
]

#: Each reading of a receipt is one of these.
RECEIPT_OUTCOMES = ("accepted", "late", "stray", "full", "refused")

Totals = Counter[str]


@dataclass(slots=True)
class Lane:
    """The way to one address. `gone` is told the agents that must be located again; None: all of this lane's.

    moved: set whenever less waits than before.
    """

    address: str
    token: Callable[[], str]
    totals: Totals
    gone: Callable[[Lane, Sequence[AgentRef] | None], None]
    moved: asyncio.Event
    held_max: int
    _waiting: deque[Telemetry] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _ending: bool = False
    _in_flight: int = 0

    def put(self, readings: Iterable[Telemetry]) -> None:
        """Queue readings; the oldest go when too many wait."""
        self._waiting.extend(readings)
        while len(self._waiting) > self.held_max:
            self._waiting.popleft()
            self.totals["dropped"] += 1
        self._wake.set()

    @property
    def waiting(self) -> int:
        """Readings not yet sent."""
        return len(self._waiting)

    def end(self) -> None:
        """Send what waits, take the receipt, and be done."""
        self._ending = True
        self._wake.set()

    async def run(self) -> None:
        """Send until it breaks or is told to end; then nothing of it is left open, and what waits is counted."""
        channel = grpc.aio.insecure_channel(self.address, options=OPTIONS)
        try:
            while not self._ending or self._waiting:
                if not self._waiting:
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                await self._round(channel)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError, TimeoutError):
            self.gone(self, None)
        finally:
            self.totals["unconfirmed"] += self._in_flight
            self.totals["dropped"] += len(self._waiting)
            self._waiting.clear()
            self._in_flight = 0
            self.moved.set()
            await channel.close()

    async def _round(self, channel: grpc.aio.Channel) -> None:
        """One stream, from its opening to its receipt."""
        push: Any = channel.stream_unary(PATH, response_deserializer=pb.Receipt.FromString)
        call = push(metadata=((METADATA_KEY, self.token()),))
        call.add_done_callback(lambda _: self._wake.set())
        try:
            end_s = time.monotonic() + ROUND_S
            while (left_s := end_s - time.monotonic()) > 0 and not call.done():
                await self._write(call)
                if self._ending and not self._waiting:
                    break
                await self._look_out(left_s)
            async with asyncio.timeout(WRITE_S):
                await call.done_writing()
                self._settle(await call)
        finally:
            call.cancel()

    async def _write(self, call: Any) -> None:
        """Send what waits, in messages of `BATCH_MAX` readings."""
        while self._waiting and not call.done():
            batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
            self._in_flight += len(batch)
            self.totals["sent"] += len(batch)
            async with asyncio.timeout(WRITE_S):
                await call.write(request_of(batch).SerializeToString())
            self.moved.set()

    async def _look_out(self, left_s: float) -> None:
        """Wait for more to send, or for the stream's end."""
        if not self._waiting:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._wake.wait()

    def _settle(self, receipt: pb.Receipt) -> None:
        """Count what the host says became of the stream's readings."""
        counts = {outcome: getattr(receipt, outcome) for outcome in RECEIPT_OUTCOMES}
        self.totals.update(counts)
        self.totals["superseded"] += receipt.superseded
        self.totals["unconfirmed"] += max(0, self._in_flight - sum(counts.values()))
        self._in_flight = 0
        if receipt.end_reason == pb.END_REASON_LEAVING:
            self._ending = True
            self.gone(self, None)
        elif receipt.stray_agents:
            self.gone(self, [agent for name in receipt.stray_agents if (agent := agent_named(name)) is not None])
