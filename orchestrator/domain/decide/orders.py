"""Deciding about customers' orders."""

from __future__ import annotations

from orchestrator.domain.answers import Answer, Decision, ItemOutcome, OrderResult
from orchestrator.domain.commands import CancelOrder, OrderDraft, SubmitOrders
from orchestrator.domain.decide.checks import etag, invalid, order_of, overrides_done, resolve
from orchestrator.domain.entities import Order, OrderStatus
from orchestrator.domain.errors import Reason, Rejection, illegal, not_found
from orchestrator.domain.events import Event, OrderCancelled, OrderReceived
from orchestrator.domain.state import DAY_S, State

WINDOW_AHEAD_S_MAX = 60 * DAY_S


def submit_orders(state: State, command: SubmitOrders, now_s: int) -> Decision:
    """Take each order on its own: accepted, known already, or refused with its field and rule."""
    if state.company is None:
        raise Rejection(Reason.COMPANY_MISSING, "no company is loaded yet: run 'muster import DIR' first")
    if command.partner_id not in state.partners:
        raise not_found("partner", command.partner_id, field="partner_id")
    accepted: dict[str, Order] = {}
    results = [_one(state, command.partner_id, draft, accepted, now_s) for draft in command.orders]
    events = tuple(OrderReceived(order=order) for order in accepted.values())
    return Decision(events, Answer(orders=tuple(results)))


def _one(state: State, partner_id: str, draft: OrderDraft, accepted: dict[str, Order], now_s: int) -> OrderResult:
    order_id = f"{partner_id}/{draft.number}"
    known = accepted.get(order_id) or state.orders.get(order_id)
    try:
        if known is not None:
            _same_order(known, draft)
            return OrderResult(number=draft.number, order_id=order_id, outcome=ItemOutcome.DUPLICATE)
        _check_draft(state, draft, now_s)
    except Rejection as refused:
        return OrderResult(
            number=draft.number,
            outcome=ItemOutcome.REFUSED,
            reason=refused.reason.value,
            field=refused.field,
            message=refused.message,
        )
    accepted[order_id] = Order(
        order_id=order_id,
        partner_id=partner_id,
        number=draft.number,
        customer_id=draft.customer_id,
        lines=draft.lines,
        window_start_s=draft.window_start_s,
        window_end_s=draft.window_end_s,
        priority=draft.priority,
        received_s=now_s,
        note=draft.note,
    )
    return OrderResult(number=draft.number, order_id=order_id, outcome=ItemOutcome.ACCEPTED)


def _same_order(known: Order, draft: OrderDraft) -> None:
    same = (
        known.customer_id == draft.customer_id
        and known.lines == draft.lines
        and known.window_start_s == draft.window_start_s
        and known.window_end_s == draft.window_end_s
        and known.priority == draft.priority
    )
    if not same:
        raise Rejection(
            Reason.ORDER_DUPLICATE,
            f"order number '{draft.number}' is taken by an order with other content: use a new number",
            field="number",
            metadata={"number": draft.number},
        )


def _check_draft(state: State, draft: OrderDraft, now_s: int) -> None:
    if draft.customer_id not in state.customers:
        raise not_found("customer", draft.customer_id, field="customer_id")
    for index, line in enumerate(draft.lines):
        if line.item_id not in state.items:
            raise not_found("item", line.item_id, field=f"lines[{index}].item_id")
    if draft.window_end_s <= draft.window_start_s:
        raise invalid("window_end_s", draft.window_end_s, f"not after window_start_s ({draft.window_start_s})")
    if draft.window_end_s <= now_s:
        raise invalid("window_end_s", draft.window_end_s, f"already over (the company clock says {now_s})")
    if draft.window_start_s > now_s + WINDOW_AHEAD_S_MAX:
        raise invalid("window_start_s", draft.window_start_s, "more than 60 days ahead")


def cancel_order(state: State, command: CancelOrder, now_s: int) -> Decision:
    """Cancel an order whose goods are not on a vehicle."""
    order = order_of(state, command.order_id)
    etag("order", order.order_id, command.version, order.version)
    if order.status is not OrderStatus.OPEN:
        raise illegal("order", order.order_id, order.status.value, "cancelled")
    events: list[Event] = [OrderCancelled(order_id=order.order_id, at_s=now_s, reason=command.reason)]
    events += resolve(state, "ORDER_UNPLANNED", order.order_id, "order cancelled")
    events += overrides_done(state, [order.order_id])
    return Decision(tuple(events), Answer(created_id="", version=order.version + 1))
