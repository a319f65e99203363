"""The guard before every method: what leaks, what is limited, what is cleaned up. A stand-in servicer behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
import structlog

from orchestrator.domain.errors import Reason, Rejection, Unavailable
from orchestrator.ingest import guard as guard_module
from orchestrator.ingest.guard import Call, Guard, GuardPorts
from orchestrator.ingest.identity import Identity
from orchestrator.ingest.limits import CallGate, CallLimits
from orchestrator.ingest.policy import Role
from protos.muster.common.v1 import order_pb2
from protos.muster.partner.v1 import partner_service_pb2 as pb
from tests.serving import PARTNER_METHODS, Caller, bearer, reason_of, two_partner_company
from tests.waiting import wait_for

SERVICE = pb.DESCRIPTOR.services_by_name["PartnerService"]
SECRET = "the database password is hunter2"


@dataclass
class StandIn:
    """A servicer that does what the test says."""

    error: Exception | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    inside: int = 0
    cleaned: int = 0

    def __getattr__(self, name: str) -> Any:
        return self.GetOrder

    async def GetOrder(self, request: Any, call: Call) -> order_pb2.Order:
        self.inside += 1
        try:
            if self.error is not None:
                raise self.error
            await self.gate.wait()
        finally:
            self.cleaned += 1
        return order_pb2.Order(number=call.caller.principal)

    async def Watch(self, request: Any, call: Call) -> AsyncIterator[pb.WatchResponse]:
        self.inside += 1
        try:
            yield pb.WatchResponse(seq=1, progress=True)
            if self.error is not None:
                raise self.error
            while True:
                await self.gate.wait()
                yield pb.WatchResponse(seq=2, batch=pb.OrderEvents(events=[pb.OrderEvent(reason="x" * 60_000)]))
        finally:
            self.cleaned += 1


@dataclass
class Behind:
    """A server with a guard and the stand-in, and one caller."""

    servicer: StandIn
    guard: Guard
    caller: Caller
    order_of_things: list[str]


@asynccontextmanager
async def guarded(limits: CallLimits | None = None, *, ready: bool = True) -> AsyncIterator[Behind]:
    """Serve the stand-in behind a guard of the partner port."""
    things: list[str] = []
    now_ns = iter(range(0, 10**15, 1_000))

    async def durable() -> None:
        things.append("durable")

    company = two_partner_company()
    servicer = StandIn()
    if ready:
        servicer.gate.set()
    ports = GuardPorts(lambda: next(now_ns), lambda: "ref-1", durable)
    guard = Guard(Role.PARTNER, Identity(lambda: company), CallGate(limits or CallLimits()), ports)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((guard.handler(SERVICE, servicer),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with Caller(f"127.0.0.1:{port}", PARTNER_METHODS, bearer("acme")) as caller:
            yield Behind(servicer, guard, caller, things)
    finally:
        await server.stop(None)


async def refused(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return error.value


async def test_an_unforeseen_error_says_nothing_but_a_reference() -> None:
    async with guarded() as behind:
        behind.servicer.error = ValueError(SECRET)
        with structlog.testing.capture_logs() as logs:
            error = await refused(behind.caller("PartnerService.GetOrder"))
        assert (error.code(), reason_of(error)) == (grpc.StatusCode.INTERNAL, "INTERNAL")
        assert "ref-1" in (error.details() or "")
        assert "hunter2" not in repr(error) + str(error.trailing_metadata())
        assert [line["reference"] for line in logs if line["event"] == "call_failed"] == ["ref-1"]


async def test_a_stream_that_breaks_says_nothing_either() -> None:
    async with guarded() as behind:
        behind.servicer.error = RuntimeError(SECRET)
        stream = behind.caller.stream("PartnerService.Watch")
        assert (await anext(aiter(stream))).progress
        error = await refused(anext(aiter(stream)))
        assert error.code() is grpc.StatusCode.INTERNAL
        assert "hunter2" not in repr(error)


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (Rejection(Reason.ETAG_MISMATCH, "changed"), "ABORTED", "ETAG_MISMATCH"),
        (Rejection(Reason.ILLEGAL_TRANSITION, "no"), "FAILED_PRECONDITION", "ILLEGAL_TRANSITION"),
        (Unavailable("full", retry_after_ms=70), "UNAVAILABLE", "OVERLOADED"),
    ],
)
async def test_what_the_core_refuses_has_its_code(error: Exception, code: str, reason: str) -> None:
    async with guarded() as behind:
        behind.servicer.error = error
        assert await behind.caller.refused("PartnerService.GetOrder") == (code, reason)


async def test_state_is_durable_before_it_is_told() -> None:
    async with guarded() as behind:
        await behind.caller("PartnerService.GetOrder")
        assert behind.order_of_things == ["durable"]
        assert behind.servicer.inside == 1


async def test_a_cancelled_stream_is_cleaned_up() -> None:
    async with guarded(ready=False) as behind:
        streams = [behind.caller.stream("PartnerService.Watch") for _ in range(20)]
        for stream in streams:
            await anext(aiter(stream))
            stream.cancel()
        await wait_for(lambda: behind.servicer.cleaned == 20, "all streams are cleaned up")
        gate = behind.guard._gate
        assert (gate.calls, gate.streams) == (0, 0)


async def test_a_cancelled_call_is_cleaned_up() -> None:
    async with guarded(ready=False) as behind:
        task = asyncio.ensure_future(behind.caller("PartnerService.GetOrder"))
        await wait_for(lambda: behind.servicer.inside == 1, "the call is inside")
        task.cancel()
        await wait_for(lambda: behind.servicer.cleaned == 1, "the call is cleaned up")
        assert behind.guard._gate.calls == 0


async def test_a_reader_that_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "WRITE_S_MAX", 0.2)
    async with guarded() as behind:
        stream = behind.caller.stream("PartnerService.Watch")
        await anext(aiter(stream))
        await wait_for(lambda: behind.servicer.cleaned == 1, "the stream is closed by the server")
        assert behind.guard._gate.streams == 0


async def test_calls_at_once_are_limited() -> None:
    async with guarded(CallLimits(calls_max_each=2, calls_max=10), ready=False) as behind:
        inside = [asyncio.ensure_future(behind.caller("PartnerService.GetOrder")) for _ in range(2)]
        await wait_for(lambda: behind.servicer.inside == 2, "two calls are inside")
        assert await behind.caller.refused("PartnerService.GetOrder") == ("RESOURCE_EXHAUSTED", "TOO_MANY_CALLS")
        behind.servicer.gate.set()
        await asyncio.gather(*inside)
        assert (await behind.caller("PartnerService.GetOrder")).number == "partner:acme"


async def test_streams_at_once_are_limited() -> None:
    async with guarded(CallLimits(streams_max_each=1), ready=False) as behind:
        first = behind.caller.stream("PartnerService.Watch")
        await anext(aiter(first))
        error = await refused(anext(aiter(behind.caller.stream("PartnerService.Watch"))))
        assert reason_of(error) == "TOO_MANY_WATCHERS"
        first.cancel()


async def test_calls_a_second_are_limited() -> None:
    async with guarded(CallLimits(calls_per_s=1, burst=3)) as behind:
        for _ in range(3):
            await behind.caller("PartnerService.GetOrder")
        assert await behind.caller.refused("PartnerService.GetOrder") == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")


async def test_a_server_that_leaves_takes_no_calls() -> None:
    async with guarded() as behind:
        behind.guard.drain()
        assert await behind.caller.refused("PartnerService.GetOrder") == ("UNAVAILABLE", "OVERLOADED")


async def test_a_method_without_a_rule_may_be_called_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "POLICY", {})
    async with guarded() as behind:
        assert await behind.caller.refused("PartnerService.GetOrder") == ("PERMISSION_DENIED", "NOT_PERMITTED")


def test_a_servicer_without_a_method_is_refused_at_the_start() -> None:
    ports = GuardPorts(lambda: 0, lambda: "", asyncio.Event().wait)  # type: ignore[arg-type]
    guard = Guard(Role.PARTNER, Identity(lambda: None), CallGate(CallLimits()), ports)
    with pytest.raises(AttributeError):
        guard.handler(SERVICE, object())
