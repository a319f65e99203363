"""Taking in orders, listing and cancelling them: what the partner port and the operator port have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from orchestrator.domain.answers import Answer
from orchestrator.domain.commands import CancelOrder, SubmitOrders
from orchestrator.domain.entities import Order, OrderStatus
from orchestrator.domain.errors import not_found
from orchestrator.ingest.convert_order import accepted_count, draft_in, merged_results, order_out, refused_result
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, enums_in, etag_in, page_size_in, request_id_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.refusals import BadFields, bad_field
from orchestrator.ingest.slices import converted
from protos.muster.common.v1 import order_pb2 as pb

PAGE_DEFAULT = 50
PAGE_MAX = 1_000


async def submit_orders(
    desk: Desk, call: Call, partner_id: str, request_id: str, drafts: Sequence[pb.OrderDraft], *, required: bool
) -> pb.SubmitOrdersResponse:
    """Take in a batch. A draft that breaks a field's rule is refused on its own, as one that the core refuses is."""
    request_id_in(request_id, required=required)
    most = desk.limits.orders_per_batch_max
    if not 1 <= len(drafts) <= most:
        raise bad_field("orders", len(drafts), f"1 to {most} orders a call")
    desk.need_company()
    early: list[pb.OrderResult | None] = []
    good = []
    for draft in drafts:
        try:
            good.append(draft_in(draft))
            early.append(None)
        except BadFields as refused:
            early.append(refused_result(draft, refused.reason.value, refused.field, refused.message))
    if not good:
        return pb.SubmitOrdersResponse(results=merged_results(early, None))
    command = build(SubmitOrders, partner_id=partner_id, orders=tuple(good))
    outcome = await desk.submit(call, command, request_id, required=required)
    answer = outcome.answer if isinstance(outcome.answer, Answer) else None
    return pb.SubmitOrdersResponse(
        results=merged_results(early, answer),
        accepted=accepted_count(answer),
        seq=outcome.last_seq,
        replayed=outcome.replayed,
    )


async def cancel_order(
    desk: Desk, call: Call, order_id: str, request: Any, *, required: bool, inside: bool
) -> pb.Order:
    """Cancel an order; the answer is the order as it is then."""
    command = build(CancelOrder, order_id=order_id, reason=request.reason, version=etag_in(request.etag))
    await desk.submit(call, command, request.request_id, required=required)
    return order_out(desk.state, order_of(desk, order_id), inside=inside)


def order_of(desk: Desk, order_id: str) -> Order:
    """The order, or NOT_FOUND."""
    order = desk.state.orders.get(order_id)
    if order is None:
        raise not_found("order", order_id, field="order_id")
    return order


async def list_orders(
    desk: Desk, call: Call, request: Any, wanted: Callable[[Order], bool], *, inside: bool
) -> pb.ListOrdersResponse:
    """A page of the orders that are `wanted`, in one of the request's statuses."""
    size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
    statuses = enums_in(OrderStatus, pb.OrderStatus, "ORDER_STATUS_", request.statuses, "statuses")
    orders = desk.state.orders

    def fits(order_id: str) -> bool:
        order = orders.get(order_id)
        return order is not None and (not statuses or order.status in statuses) and wanted(order)

    page = await page_of(desk.pages, call.caller.principal, request, orders, fits, size)
    found = [orders[order_id] for order_id in page.keys if order_id in orders]
    shown = await converted(found, lambda order: order_out(desk.state, order, inside=inside))
    return pb.ListOrdersResponse(orders=shown, next_page_token=page.next_token)
