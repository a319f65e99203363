"""Orders on the operator port: whoever's they are."""

from __future__ import annotations

from orchestrator.domain.commands import ChangeOrder
from orchestrator.domain.entities import Order, OrderStatus
from orchestrator.ingest.convert_order import order_out
from orchestrator.ingest.convert_quote import confirm_delivery, quote_delivery, reserve_delivery
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, etag_in, order_id_in, text_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.order_intake import cancel_order, list_orders, order_of, submit_orders
from orchestrator.ingest.refusals import bad_field
from protos.muster.common.v1 import order_pb2, quote_pb2
from protos.muster.operator.v1 import order_service_pb2 as pb


class OrderService:
    """Orders of all partners."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def SubmitOrders(self, request: pb.SubmitOrdersRequest, call: Call) -> order_pb2.SubmitOrdersResponse:
        """Take in a batch for a partner."""
        return await submit_orders(
            self._desk, call, request.partner_id, request.request_id, request.orders, required=False
        )

    async def QuoteDelivery(self, request: pb.QuoteDeliveryRequest, call: Call) -> quote_pb2.DeliveryQuote:
        """Where a delivery would fit, and what it would cost."""
        return await quote_delivery(self._desk, request.question, inside=True)

    async def ReserveDelivery(self, request: pb.ReserveDeliveryRequest, call: Call) -> order_pb2.Order:
        """Hold a place and goods for an order of a partner."""
        return await reserve_delivery(self._desk, call, request.partner_id, request, required=False, inside=True)

    async def ConfirmDelivery(self, request: pb.ConfirmDeliveryRequest, call: Call) -> order_pb2.Order:
        """Make a reservation an order."""
        order_id = order_id_in(request.order_id)
        return await confirm_delivery(self._desk, call, order_id, request, required=False, inside=True)

    async def ChangeOrder(self, request: pb.ChangeOrderRequest, call: Call) -> order_pb2.Order:
        """Give an order another window or priority."""
        given = {
            field.name: value
            for field, value in request.ListFields()
            if field.name in ("window_start_s", "window_end_s", "priority")
        }
        if not given:
            raise bad_field("window_end_s", "", "name something to change: window_start_s, window_end_s or priority")
        order_id, version = order_id_in(request.order_id), etag_in(request.etag)
        command = build(ChangeOrder, order_id=order_id, reason=request.reason, version=version, **given)
        await self._desk.submit(call, command, request.request_id, required=False)
        return order_out(self._desk.state, order_of(self._desk, order_id), inside=True)

    async def CancelOrder(self, request: pb.CancelOrderRequest, call: Call) -> order_pb2.Order:
        """Cancel an order."""
        order_id = order_id_in(request.order_id)
        return await cancel_order(self._desk, call, order_id, request, required=False, inside=True)

    async def GetOrder(self, request: pb.GetOrderRequest, call: Call) -> order_pb2.Order:
        """One order."""
        return order_out(self._desk.state, order_of(self._desk, order_id_in(request.order_id)), inside=True)

    async def ListOrders(self, request: pb.ListOrdersRequest, call: Call) -> order_pb2.ListOrdersResponse:
        """A page of orders."""
        text_in(request.partner_id, "partner_id")
        text_in(request.customer_id, "customer_id")
        plan = self._desk.state.plan

        def wanted(order: Order) -> bool:
            if request.partner_id and order.partner_id != request.partner_id:
                return False
            if request.customer_id and order.customer_id != request.customer_id:
                return False
            open_now = order.status is OrderStatus.OPEN
            if request.unplanned_only and not (open_now and order.order_id not in plan.vehicle_of):
                return False
            return not request.late_only or (order.order_id in plan.late)

        return await list_orders(self._desk, call, request, wanted, inside=True)
