"""The telemetry port of one host of agents: takes streams of readings into the host's inbox, past core and bridge.

Promises: runs in a thread of its own, so the host's work and the port only share the inbox; a stream is let in with a
good token, up to `streams_max` of them; what cannot be read or has a wrong value is refused and counted, and the stream
goes on; a stream that is silent, too old or meets strays is answered with its receipt; a cancelled one leaves nothing.
Opened in the host's process by `bridge_worker` and `bridge_ray`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import grpc
import structlog
from google.protobuf.message import DecodeError

from agents.agent_ref import AgentRef
from agents.inbox import Counts, Inbox, Outcome
from orchestrator.telemetry.token import METADATA_KEY, is_good
from orchestrator.telemetry.wire import RefusedFields, readings_in
from protos.muster.telemetry.v1 import telemetry_service_pb2 as pb

READINGS_MAX = 2_000
STRAY_NAMES_MAX = 100
#: A stream that met strays goes on for so long, so that one wrong name does not cost a new stream for each message.
STRAY_S = 1.0
OPEN_S = 10.0
PING_MS_LEAST = 10_000
METADATA_BYTES_MAX = 8 * 1024
NO_TOKEN = f"{METADATA_KEY} is missing, wrong or over: locate again"
PUSH = pb.DESCRIPTOR.services_by_name["TelemetryService"].methods_by_name["Push"]

_logger = structlog.get_logger("orchestrator.telemetry.port")


@dataclass(frozen=True, slots=True)
class PortSettings:
    """Where a port listens and its limits.

    host: the address to bind; a free port is taken. shown_host: how clients reach it, when that is another name.
    key: of the tokens. idle_s, life_s: longest silence and longest life of a stream.
    """

    key: bytes = field(repr=False)
    host: str = "127.0.0.1"
    shown_host: str = ""
    streams_max: int = 64
    message_bytes_max: int = 256 * 1024
    idle_s: float = 60.0
    life_s: float = 600.0


@dataclass(slots=True)
class _Stream:
    """What became of one stream's readings."""

    since_s: float
    counts: Counts = field(default_factory=Counter)
    refused: RefusedFields = field(default_factory=Counter)
    strays: dict[str, None] = field(default_factory=dict)

    def note_strays(self, agents: Iterable[AgentRef]) -> None:
        """Remember some of the agents that are elsewhere."""
        for agent in agents:
            if len(self.strays) >= STRAY_NAMES_MAX:
                return
            self.strays[str(agent)] = None

    def receipt(self, reason: pb.EndReason.ValueType) -> bytes:
        totals: Counter[str] = Counter()
        for (_, outcome), count in self.counts.items():
            totals[outcome] += count
        rows = [pb.RefusedField(reading=word, field=name, count=n) for (word, name), n in self.refused.items()]
        return pb.Receipt(
            **{str(outcome): totals[outcome] for outcome in Outcome},
            refused_fields=rows,
            stray_agents=list(self.strays),
            end_reason=reason,
        ).SerializeToString()


class TelemetryPort:
    """One gRPC server in a thread with a loop of its own."""

    def __init__(self, settings: PortSettings, inbox: Inbox) -> None:
        self._settings, self._inbox = settings, inbox
        self._streams = 0
        self._thread = threading.Thread(target=self._run, name="telemetry port", daemon=True)
        self._opened: Future[str] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving: asyncio.Event

    def open(self) -> str:
        """Listen; the address under which clients reach it. `OSError` when the address cannot be bound."""
        self._thread.start()
        return self._opened.result(OPEN_S)

    def close(self) -> None:
        """Answer all streams with their receipts and end the thread."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._leaving.set)
        self._thread.join(OPEN_S)

    @property
    def streams(self) -> int:
        """Streams that are open."""
        return self._streams

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # whoever opens it must hear why; once open, the host lives on without its port
            if self._opened.done():
                _logger.exception("telemetry port ends")
            else:
                self._opened.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._leaving = asyncio.get_running_loop(), asyncio.Event()
        settings = self._settings
        server = grpc.aio.server(options=_options(settings))
        handler: Any = grpc.stream_unary_rpc_method_handler(self._push)
        assert PUSH.containing_service is not None
        handlers = grpc.method_handlers_generic_handler(PUSH.containing_service.full_name, {PUSH.name: handler})
        server.add_generic_rpc_handlers((handlers,))
        try:
            port = server.add_insecure_port(f"{_shown(settings.host)}:0")
        except RuntimeError as error:
            raise OSError(f"the telemetry port cannot listen on {settings.host}") from error
        await server.start()
        self._opened.set_result(f"{_shown(settings.shown_host or settings.host)}:{port}")
        await self._leaving.wait()
        await server.stop(1.0)

    async def _push(self, _requests: Any, context: Any) -> bytes:
        """One stream, from its admission to its receipt."""
        await self._admit(context)
        self._streams += 1
        leaving = asyncio.ensure_future(self._leaving.wait())
        try:
            return await self._take(context, leaving)
        finally:
            leaving.cancel()
            self._streams -= 1

    async def _admit(self, context: Any) -> None:
        given = next((value for key, value in context.invocation_metadata() or () if key == METADATA_KEY), "")
        if not (isinstance(given, str) and is_good(self._settings.key, given, int(time.time()))):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, NO_TOKEN)
        if self._leaving.is_set():
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the host goes away: locate again")
        if self._streams >= self._settings.streams_max:
            most = self._settings.streams_max
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, f"{most} streams are open at this host, the most")

    async def _take(self, context: Any, leaving: asyncio.Future[Any]) -> bytes:
        """Take in messages until the stream is over; its receipt."""
        stream = _Stream(time.monotonic())
        while True:
            patience_s, reason = self._patience(stream)
            message = asyncio.ensure_future(context.read())
            message.add_done_callback(_retrieved)
            await asyncio.wait({message, leaving}, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
            if not message.done():  # it ends with the call, which the answer ends
                return stream.receipt(pb.END_REASON_LEAVING if leaving.done() else reason)
            if message.result() is grpc.aio.EOF:
                return stream.receipt(pb.END_REASON_CLIENT)
            await self._message(message.result(), stream, context)

    def _patience(self, stream: _Stream) -> tuple[float, pb.EndReason.ValueType]:
        """How long the next message is waited for, and why no longer."""
        lived_s = time.monotonic() - stream.since_s
        ends = [(self._settings.idle_s, pb.END_REASON_IDLE), (self._settings.life_s - lived_s, pb.END_REASON_OLD)]
        if stream.strays:
            ends.append((STRAY_S - lived_s, pb.END_REASON_STRAY))
        patience_s, reason = min(ends)
        return max(0.0, patience_s), reason

    async def _message(self, raw: bytes, stream: _Stream, context: Any) -> None:
        try:
            request = pb.PushRequest.FromString(raw)
        except DecodeError:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the bytes are no valid PushRequest")
        readings, refused = readings_in(request)
        if (count := len(readings) + refused.total()) > READINGS_MAX:
            rule = f"{count} readings in one message: at most {READINGS_MAX}"
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, rule)
        for (word, name), times in refused.items():
            self._inbox.refuse(word, name, times)
            stream.counts[word, Outcome.REFUSED] += times
        stream.refused.update(refused)
        taken = self._inbox.put_all(readings)
        stream.counts.update(taken.counts)
        stream.note_strays(taken.strays)


def open_port(settings: PortSettings, inbox: Inbox) -> str:
    """Open a port for this process's host and leave it open; its address, "" when it cannot be opened.

    A host without telemetry is better than none.
    """
    try:
        return TelemetryPort(settings, inbox).open()
    except (OSError, TimeoutError) as error:
        _logger.error("no telemetry port", error=str(error))
        return ""


def _retrieved(message: asyncio.Future[Any]) -> None:
    """A read that the end of its call has overtaken fails, and nobody waits for it."""
    if not message.cancelled():
        message.exception()


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _options(settings: PortSettings) -> list[tuple[str, Any]]:
    return [
        ("grpc.max_receive_message_length", settings.message_bytes_max),
        ("grpc.max_metadata_size", METADATA_BYTES_MAX),
        ("grpc.so_reuseport", 0),
        ("grpc.http2.min_ping_interval_without_data_ms", PING_MS_LEAST),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
