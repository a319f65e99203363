"""Stands before every method of a port: identity, limits, parsing, errors. Knows no service.

Promises, for unary calls and streams alike: bytes that are no message are INVALID_ARGUMENT; a caller is known and
within its limits before its message is looked at; every refusal carries its reason; anything else is INTERNAL with a
reference id, and its text stays in our log lines; what a method shows of the state is on disk before it is told; a
cancelled call is cleaned up at once. Methods get `(request, call)` and never see gRPC's context.

gRPC parses nothing here: handlers take raw bytes, because grpc.aio answers bytes that it cannot parse with UNKNOWN.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc
import structlog
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message

from orchestrator.domain.errors import Unavailable
from orchestrator.ingest.errors import Failure, failure_of
from orchestrator.ingest.identity import OPERATOR_KEY, PARTNER_KEY, Caller, Identity
from orchestrator.ingest.limits import CallGate
from orchestrator.ingest.policy import POLICY, Role, Rule
from orchestrator.ingest.refusals import IngestReason, Refusal

log = structlog.get_logger(__name__)

#: How long one message of a stream may wait for a reader that does not read.
WRITE_S_MAX = 20.0
#: Longest silence between two messages of a client's stream.
READ_S_MAX = 300.0
ANYONE = Caller(Role.ANYONE, "anyone")
Parse = Callable[[bytes], Any]
Observe = Callable[[str, str, int], None]


@dataclass(frozen=True, slots=True)
class Call:
    """What a method knows of its call."""

    caller: Caller


@dataclass(frozen=True, slots=True)
class GuardPorts:
    """What the guard is handed: clock, ids, the durability barrier, metrics."""

    monotonic_ns: Callable[[], int]
    new_reference: Callable[[], str]
    durable: Callable[[], Awaitable[None]]
    observe: Observe = lambda method, code, nanoseconds: None
    refused: Callable[[str], None] = lambda reason: None


class Guard:
    """The guard of one port. `role` is what callers of this port come in as."""

    def __init__(self, role: Role, identity: Identity, gate: CallGate, ports: GuardPorts) -> None:
        self._role = role
        self._identity = identity
        self._gate = gate
        self._ports = ports
        self._draining = False

    def drain(self) -> None:
        """From now on every new call but health is UNAVAILABLE."""
        self._draining = True

    def handler(self, service: ServiceDescriptor, servicer: object) -> grpc.GenericRpcHandler:
        """Handlers for all methods of a service; each must exist on `servicer`, with its name in the contract."""
        methods = {method.name: self._method(method, getattr(servicer, method.name)) for method in service.methods}
        return grpc.method_handlers_generic_handler(service.full_name, methods)

    def _method(self, method: MethodDescriptor, work: Any) -> grpc.RpcMethodHandler[bytes, bytes]:
        parse = message_factory.GetMessageClass(method.input_type).FromString
        rule = POLICY.get(method.full_name)
        guarded = _Guarded(self, method.full_name, rule, parse, work)
        if method.client_streaming and method.server_streaming:
            return grpc.stream_stream_rpc_method_handler(guarded.stream_stream)
        if method.client_streaming:
            return grpc.stream_unary_rpc_method_handler(guarded.stream_unary)
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(guarded.unary_stream)
        return grpc.unary_unary_rpc_method_handler(guarded.unary)

    def admit(self, rule: Rule | None, context: Any, *, stream: bool) -> tuple[Call, str]:
        """The call and the name under which it is counted; raises when it is not let in."""
        if rule is None or rule.role not in (self._role, Role.ANYONE):
            raise Refusal(IngestReason.NOT_PERMITTED, "this method may not be called on this port")
        if self._draining and rule.role is not Role.ANYONE:
            raise Unavailable("the server is shutting down", retry_after_ms=2_000)
        caller = self._caller(rule, context)
        if not stream and rule.role is Role.PARTNER:
            self._gate.check_deadline(context.time_remaining())
        counted = caller.name if caller.role is Role.PARTNER else caller.role.value
        self._gate.enter(counted, stream=stream, now_ns=self._ports.monotonic_ns())
        return Call(caller), counted

    def _caller(self, rule: Rule, context: Any) -> Caller:
        if rule.role is Role.PARTNER:
            return self._identity.partner(_metadata(context, PARTNER_KEY))
        if rule.role is Role.OPERATOR:
            return self._identity.operator(_metadata(context, OPERATOR_KEY))
        return ANYONE

    def leave(self, counted: str, *, stream: bool) -> None:
        """The call is over."""
        self._gate.leave(counted, stream=stream)

    @property
    def ports(self) -> GuardPorts:
        """What it was handed."""
        return self._ports


def _metadata(context: Any, wanted: str) -> str:
    """The first text under a metadata key; "" without one."""
    for key, value in context.invocation_metadata() or ():
        if key == wanted:
            return value if isinstance(value, str) else ""
    return ""


class _Guarded:
    """One method behind its guard, as gRPC calls it."""

    def __init__(self, guard: Guard, name: str, rule: Rule | None, parse: Parse, work: Any) -> None:
        self._guard = guard
        self._name = name
        self._rule = rule
        self._parse_bytes = parse
        self._work = work

    async def unary(self, raw: bytes, context: Any) -> bytes:
        async def answer(call: Call) -> bytes:
            return await self._told(await self._work(self._parse(raw), call))

        answered: bytes = await self._within(context, answer, stream=False)
        return answered

    async def stream_unary(self, requests: AsyncIterator[bytes], context: Any) -> bytes:
        async def answer(call: Call) -> bytes:
            return await self._told(await self._work(self._parsed(requests), call))

        answered: bytes = await self._within(context, answer, stream=True)
        return answered

    async def unary_stream(self, raw: bytes, context: Any) -> None:
        async def send(call: Call) -> None:
            await self._send(self._work(self._parse(raw), call), context)

        await self._within(context, send, stream=True)

    async def stream_stream(self, requests: AsyncIterator[bytes], context: Any) -> None:
        async def send(call: Call) -> None:
            await self._send(self._work(self._parsed(requests), call), context)

        await self._within(context, send, stream=True)

    async def _within(self, context: Any, work: Callable[[Call], Awaitable[Any]], *, stream: bool) -> Any:
        """Run `work` as an admitted call; turn what it raises into a status."""
        ports = self._guard.ports
        started_ns = ports.monotonic_ns()
        code = "OK"
        try:
            call, counted = self._guard.admit(self._rule, context, stream=stream)
            try:
                return await work(call)
            finally:
                self._guard.leave(counted, stream=stream)
        except asyncio.CancelledError:
            code = "CANCELLED"
            raise
        except Exception as error:
            failure = self._failure(error)
            code = failure.code.name
            await context.abort(failure.code, failure.message, failure.trailing)
        finally:
            if not stream:
                ports.observe(self._name, code, ports.monotonic_ns() - started_ns)

    def _failure(self, error: Exception) -> Failure:
        reference = self._guard.ports.new_reference()
        failure = failure_of(error, reference)
        self._guard.ports.refused(failure.reason)
        if failure.code is grpc.StatusCode.INTERNAL:
            log.error("call_failed", method=self._name, reference=reference, exc_info=error)
        return failure

    def _parse(self, raw: bytes) -> Any:
        try:
            return self._parse_bytes(raw)
        except DecodeError:
            kind = self._name.rsplit(".", 1)[-1]
            raise Refusal(
                IngestReason.MALFORMED_REQUEST,
                f"the bytes are no valid request of {kind}: is your contract of the same version?",
                metadata={"method": self._name},
            ) from None

    async def _parsed(self, requests: AsyncIterator[bytes]) -> AsyncIterator[Any]:
        iterator = requests.__aiter__()
        while True:
            try:
                async with asyncio.timeout(READ_S_MAX):
                    raw = await anext(iterator)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise Refusal(
                    IngestReason.TOO_MANY_WATCHERS, f"nothing was sent for {READ_S_MAX:.0f} s: open it again"
                ) from None
            yield self._parse(raw)

    async def _told(self, response: Message) -> bytes:
        if self._rule is not None and self._rule.shows_state:
            await self._guard.ports.durable()
        return response.SerializeToString()

    async def _send(self, responses: AsyncIterator[Message], context: Any) -> None:
        async with aclosing(responses) as open_responses:  # type: ignore[type-var]
            async for response in open_responses:
                try:
                    async with asyncio.timeout(WRITE_S_MAX):
                        await context.write(response.SerializeToString())
                except TimeoutError:
                    raise Refusal(
                        IngestReason.WATCH_TOO_SLOW,
                        f"you have not read for {WRITE_S_MAX:.0f} s: resume from the last 'seq' you have",
                    ) from None
