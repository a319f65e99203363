"""The partner port. A partner names its orders by its own numbers, so nothing of another partner can be asked for.

Promises: the same answer, by the same way, for an order that does not exist and one that is another's; every write has
a request id; answers hold no vehicle, no site and no other partner's name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from orchestrator.domain.commands import RaiseAlert
from orchestrator.domain.errors import Rejection, not_found
from orchestrator.ingest.convert_order import order_out
from orchestrator.ingest.convert_quote import confirm_delivery, quote_delivery, reserve_delivery
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, order_id_in, seconds_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.order_intake import cancel_order, list_orders, order_of, submit_orders
from orchestrator.ingest.partner_events import PartnerView
from orchestrator.ingest.refusals import BadFields, bad_field
from orchestrator.ingest.watch import Progress, WatchHub, heartbeat_in, start_of
from protos.muster.common.v1 import order_pb2, quote_pb2
from protos.muster.partner.v1 import partner_service_pb2 as pb

NOTE_CHARS_MAX = 500
SEVERITIES = {
    pb.RECEIPT_STATUS_RECEIVED: "INFO",
    pb.RECEIPT_STATUS_SHORT: "WARNING",
    pb.RECEIPT_STATUS_DAMAGED: "WARNING",
    pb.RECEIPT_STATUS_REFUSED: "CRITICAL",
}


class PartnerService:
    """The calls of a partner's system."""

    def __init__(self, desk: Desk, hub: WatchHub) -> None:
        self._desk = desk
        self._hub = hub

    async def SubmitOrders(self, request: pb.SubmitOrdersRequest, call: Call) -> order_pb2.SubmitOrdersResponse:
        """Take in a batch of the partner's orders."""
        return await submit_orders(
            self._desk, call, call.caller.name, request.request_id, request.orders, required=True
        )

    async def QuoteDelivery(self, request: pb.QuoteDeliveryRequest, call: Call) -> quote_pb2.DeliveryQuote:
        """When a delivery could come."""
        return await quote_delivery(self._desk, request.question, inside=False)

    async def ReserveDelivery(self, request: pb.ReserveDeliveryRequest, call: Call) -> order_pb2.Order:
        """Hold a place and goods for one of the partner's orders."""
        return await reserve_delivery(self._desk, call, call.caller.name, request, required=True, inside=False)

    async def ConfirmDelivery(self, request: pb.ConfirmDeliveryRequest, call: Call) -> order_pb2.Order:
        """Make one of the partner's reservations an order."""
        order_id = _own(call, request.number)
        try:
            return await confirm_delivery(self._desk, call, order_id, request, required=True, inside=False)
        except Rejection as refused:
            raise _by_number(refused, request.number) from None

    async def CancelOrder(self, request: pb.CancelOrderRequest, call: Call) -> order_pb2.Order:
        """Cancel one of the partner's orders."""
        order_id = _own(call, request.number)
        try:
            return await cancel_order(self._desk, call, order_id, request, required=True, inside=False)
        except Rejection as refused:
            raise _by_number(refused, request.number) from None

    async def GetOrder(self, request: pb.GetOrderRequest, call: Call) -> order_pb2.Order:
        """One of the partner's orders."""
        order_id = _own(call, request.number)
        try:
            return order_out(self._desk.state, order_of(self._desk, order_id), inside=False)
        except Rejection as refused:
            raise _by_number(refused, request.number) from None

    async def ListOrders(self, request: pb.ListOrdersRequest, call: Call) -> order_pb2.ListOrdersResponse:
        """The partner's orders, page by page."""
        mine = call.caller.name
        return await list_orders(self._desk, call, request, lambda order: order.partner_id == mine, inside=False)

    async def ReportShipmentStatus(
        self, request: pb.ReportShipmentStatusRequest, call: Call
    ) -> pb.ReportShipmentStatusResponse:
        """What the receiver found: people at the company are told by an alert."""
        order_id = _own(call, request.number)
        severity = SEVERITIES.get(request.status)
        if severity is None:
            raise bad_field("status", request.status, "RECEIVED, DAMAGED, REFUSED or SHORT")
        seconds_in(request.at_s, "at_s")
        if len(request.note) > NOTE_CHARS_MAX:
            raise bad_field("note", request.note, f"at most {NOTE_CHARS_MAX} characters")
        word = pb.ReceiptStatus.Name(request.status).removeprefix("RECEIPT_STATUS_")
        if order_id not in self._desk.state.orders:
            raise not_found("order", request.number, field="number")
        command = build(
            RaiseAlert,
            kind=f"SHIPMENT_{word}",
            subject=order_id,
            severity=severity,
            text=f"receiver of {order_id} reports {word.lower()} (at {request.at_s}): {request.note}".rstrip(": "),
        )
        outcome = await self._desk.submit(call, command, request.request_id, required=True)
        return pb.ReportShipmentStatusResponse(seq=outcome.last_seq, replayed=outcome.replayed)

    async def Watch(self, request: pb.WatchRequest, call: Call) -> AsyncIterator[pb.WatchResponse]:
        """What happens to the partner's orders, from a seq on."""
        heartbeat_s = heartbeat_in(request.heartbeat_s)
        start = start_of(self._desk.core, request.resume_seq, request.from_now)
        view = PartnerView(call.caller.name)
        async for item in self._hub.follow(start, heartbeat_s):
            if isinstance(item, Progress):
                yield pb.WatchResponse(seq=item.seq, progress=True)
            elif events := view.events_of(item.event, item.at_s):
                yield pb.WatchResponse(seq=item.seq, batch=pb.OrderEvents(events=events))


def _own(call: Call, number: str) -> str:
    """The id of the caller's own order of this number."""
    try:
        return order_id_in(f"{call.caller.name}/{number}")
    except BadFields:
        raise bad_field("number", number, "1 to 64 letters, digits, '.', '_' or '-'") from None


def _by_number(refused: Rejection, number: str) -> Rejection:
    """A refusal about an order, in the partner's own words: by number."""
    if refused.field == "order_id":
        return not_found("order", number, field="number")
    return refused
