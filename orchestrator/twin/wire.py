"""The twin's gRPC client: every call with its identity, its deadline and its patience.

Promises: a call that the server could not take (away, busy, slow) is repeated with the same request id until
`patience_s` of real time are over; a call that the server refused gives `Refused` with the reason of its catalogue.
May not look at the server's files but `endpoints.json`, which says where it listens, also after a restart.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import grpc
import grpc.aio
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from orchestrator.domain.commands import OrderDraft
from orchestrator.twin.world import Ack, Refused, Reply
from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import (
    admin_service_pb2,
    admin_service_pb2_grpc,
    event_service_pb2,
    event_service_pb2_grpc,
    order_service_pb2,
    order_service_pb2_grpc,
    resource_service_pb2,
    resource_service_pb2_grpc,
)
from protos.muster.partner.v1 import partner_service_pb2, partner_service_pb2_grpc

T = TypeVar("T")

CALL_S = 20.0
IMPORT_S = 55.0
PATIENCE_S = 120.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0
PAGE = 1_000
MESSAGE_BYTES_MAX = 64 * 1024 * 1024
AGAIN = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
)
CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)


class ServerGone(RuntimeError):
    """The server did not answer for longer than the twin's patience."""


def refusal(error: grpc.aio.AioRpcError) -> Refused:
    """The catalogue's reason of a refused call; without one, the status code's name."""
    status = rpc_status.from_call(error)
    for detail in status.details if status is not None else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return Refused(info.reason, error.details() or "")
    return Refused(error.code().name, error.details() or "")


def draft_message(draft: OrderDraft) -> order_pb2.OrderDraft:
    """An order as the contract sends it."""
    return order_pb2.OrderDraft(
        number=draft.number,
        customer_id=draft.customer_id,
        lines=[order_pb2.OrderLine(item_id=line.item_id, quantity=line.quantity) for line in draft.lines],
        window_start_s=draft.window_start_s,
        window_end_s=draft.window_end_s,
        priority=draft.priority,
        note=draft.note,
    )


class Wire:
    """A connection to one server's two ports. `tokens`: the demo's partners and what they say to be known."""

    def __init__(self, endpoints: Path, tokens: Mapping[str, str], operator: str = "twin") -> None:
        self._endpoints = endpoints
        self._tokens = dict(tokens)
        self._identity = (("x-muster-operator", operator),)
        self._addresses: tuple[str, str] | None = None
        self._channels: list[grpc.aio.Channel] = []

    async def connect(self) -> None:
        """Connect to where the server says it listens. Cheap when nothing has changed."""
        said = json.loads(self._endpoints.read_text(encoding="utf-8"))
        addresses = (str(said["operator"]), str(said["partner"]))
        if addresses == self._addresses:
            return
        await self.close()
        self._addresses = addresses
        operator, partner = (grpc.aio.insecure_channel(one, options=CHANNEL_OPTIONS) for one in addresses)
        self._channels = [operator, partner]
        self._admin: admin_service_pb2_grpc.AdminServiceAsyncStub = admin_service_pb2_grpc.AdminServiceStub(operator)
        self._events: event_service_pb2_grpc.EventServiceAsyncStub = event_service_pb2_grpc.EventServiceStub(operator)
        self._orders: order_service_pb2_grpc.OrderServiceAsyncStub = order_service_pb2_grpc.OrderServiceStub(operator)
        self._resources: resource_service_pb2_grpc.ResourceServiceAsyncStub = (
            resource_service_pb2_grpc.ResourceServiceStub(operator)
        )
        self._partners: partner_service_pb2_grpc.PartnerServiceAsyncStub = partner_service_pb2_grpc.PartnerServiceStub(
            partner
        )

    async def close(self) -> None:
        """Let go of the channels."""
        for channel in self._channels:
            await channel.close()
        self._channels = []

    # --- the server itself ---

    async def status(self) -> admin_service_pb2.Status:
        """The server at a glance."""
        request = admin_service_pb2.GetStatusRequest()
        return await self._patiently(lambda: self._admin.GetStatus(request, timeout=CALL_S, metadata=self._identity))

    async def start_clock(self, speed: float) -> admin_service_pb2.ClockState:
        """Let the company clock run."""
        request = admin_service_pb2.StartClockRequest(speed=speed)
        return await self._patiently(lambda: self._admin.StartClock(request, timeout=CALL_S, metadata=self._identity))

    async def import_company(
        self, files: Mapping[str, bytes], request_id: str
    ) -> admin_service_pb2.ImportCompanyResponse:
        """Load a company."""
        request = admin_service_pb2.ImportCompanyRequest(
            request_id=request_id,
            files=[admin_service_pb2.ImportFile(name=name, content=content) for name, content in files.items()],
        )
        return await self._patiently(
            lambda: self._admin.ImportCompany(request, timeout=IMPORT_S, metadata=self._identity)
        )

    async def day_report(self) -> admin_service_pb2.DayReport:
        """What the server says of the day."""
        request = admin_service_pb2.GetDayReportRequest()
        return await self._patiently(lambda: self._admin.GetDayReport(request, timeout=CALL_S, metadata=self._identity))

    # --- reports and events ---

    async def report(self, request: event_service_pb2.ReportEventRequest) -> Reply:
        """Send a report; its request id makes repeating safe."""
        try:
            answer = await self._patiently(
                lambda: self._events.ReportEvent(request, timeout=CALL_S, metadata=self._identity)
            )
        except grpc.aio.AioRpcError as error:
            return refusal(error)
        return Ack(answer.first_seq, answer.last_seq, tuple(answer.event_types))

    async def watch(self, resume_seq: int) -> AsyncIterator[event_service_pb2.WatchResponse]:
        """The stream of events after a sequence number, until it breaks."""
        await self.connect()
        request = event_service_pb2.WatchRequest(resume_seq=resume_seq, heartbeat_s=5)
        call = self._events.Watch(request, metadata=self._identity)
        try:
            async for response in call:
                yield response
        finally:
            call.cancel()

    async def positions(self, positions: Sequence[resource_service_pb2.Position]) -> None:
        """Send positions once; what cannot be sent is old by the time it could."""
        request = resource_service_pb2.ReportTelemetryRequest(positions=positions)
        await self._resources.ReportTelemetry(iter([request]), timeout=CALL_S, metadata=self._identity)

    async def event_types(self) -> dict[int, str]:
        """Every record of the log by number: its type."""
        types: dict[int, str] = {}
        after_seq = 0
        while True:
            request = event_service_pb2.ListEventsRequest(after_seq=after_seq, page_size=PAGE)
            page = await self._patiently(
                lambda request=request: self._events.ListEvents(  # type: ignore[misc]
                    request, timeout=CALL_S, metadata=self._identity
                )
            )
            types |= {event.seq: event.type for event in page.events}
            if not page.next_seq:
                return types
            after_seq = page.next_seq

    async def orders(self) -> dict[str, order_pb2.Order]:
        """Every order that the server knows, by id."""
        found: dict[str, order_pb2.Order] = {}
        token = ""
        while True:
            request = order_service_pb2.ListOrdersRequest(page_size=PAGE, page_token=token)
            page = await self._patiently(
                lambda request=request: self._orders.ListOrders(  # type: ignore[misc]
                    request, timeout=CALL_S, metadata=self._identity
                )
            )
            found |= {order.order_id: order for order in page.orders}
            token = page.next_page_token
            if not token:
                return found

    # --- partners ---

    async def submit(self, partner_id: str, draft: OrderDraft, request_id: str) -> Reply:
        """Send one order as its partner."""
        request = partner_service_pb2.SubmitOrdersRequest(request_id=request_id, orders=[draft_message(draft)])
        try:
            answer = await self._patiently(
                lambda: self._partners.SubmitOrders(request, timeout=CALL_S, metadata=self._token(partner_id))
            )
        except grpc.aio.AioRpcError as error:
            return refusal(error)
        result = answer.results[0]
        if result.outcome == order_pb2.ITEM_OUTCOME_REFUSED:
            return Refused(result.reason, f"{result.field}: {result.message}")
        return Ack(answer.seq, answer.seq, ("OrderReceived",))

    async def cancel(self, partner_id: str, number: str, reason: str, request_id: str) -> Reply:
        """Cancel one order as its partner."""
        request = partner_service_pb2.CancelOrderRequest(request_id=request_id, number=number, reason=reason)
        try:
            await self._patiently(
                lambda: self._partners.CancelOrder(request, timeout=CALL_S, metadata=self._token(partner_id))
            )
        except grpc.aio.AioRpcError as error:
            return refusal(error)
        return Ack(0, 0, ("OrderCancelled",))

    def _token(self, partner_id: str) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._tokens.get(partner_id, '')}"),)

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeat a call while the server is away or busy. Raises `ServerGone`, or the error of a refused call."""
        give_up_s, pause_s = time.monotonic() + PATIENCE_S, FIRST_PAUSE_S
        while True:
            try:
                await self.connect()
                return await call()
            except grpc.aio.AioRpcError as error:
                if error.code() not in AGAIN:
                    raise
                problem = f"{error.code().name}: {error.details()}"
            except (OSError, ValueError, KeyError) as error:
                problem = f"{self._endpoints}: {error}"
            if time.monotonic() > give_up_s:
                raise ServerGone(f"no answer for {PATIENCE_S:.0f} s: {problem}")
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
