"""Deciding about customers' orders."""

from __future__ import annotations

from orchestrator.domain.answers import Answer, Decision, ItemOutcome, OrderResult
from orchestrator.domain.commands import (
    CancelOrder,
    ChangeOrder,
    ConfirmOrder,
    OrderDraft,
    ReserveOrder,
    SubmitOrders,
)
from orchestrator.domain.decide.checks import etag, invalid, order_of, overrides_done, resolve
from orchestrator.domain.entities import Order, OrderStatus
from orchestrator.domain.errors import Reason, Rejection, illegal, not_found
from orchestrator.domain.events import Event, OrderCancelled, OrderChanged, OrderConfirmed, OrderReceived
from orchestrator.domain.state import DAY_S, State

WINDOW_AHEAD_S_MAX = 60 * DAY_S
HOLD_S_MAX = DAY_S
RESERVATIONS_MAX = 1_000
"""A partner's, at a time: a place held is a place that nobody else gets."""


def submit_orders(state: State, command: SubmitOrders, now_s: int) -> Decision:
    """Take each order on its own: accepted, known already, or refused with its field and rule."""
    if state.company is None:
        raise Rejection(Reason.COMPANY_MISSING, "no company is loaded yet: run 'muster import DIR' first")
    if command.partner_id not in state.partners:
        raise not_found("partner", command.partner_id, field="partner_id")
    accepted: dict[str, Order] = {}
    results = [_one(state, command.partner_id, draft, accepted, now_s) for draft in command.orders]
    events = tuple(
        OrderConfirmed(order_id=order_id, at_s=now_s) if order_id in state.reservations else OrderReceived(order=order)
        for order_id, order in accepted.items()
    )
    return Decision(events, Answer(orders=tuple(results)))


def _one(state: State, partner_id: str, draft: OrderDraft, accepted: dict[str, Order], now_s: int) -> OrderResult:
    order_id = f"{partner_id}/{draft.number}"
    known = accepted.get(order_id) or state.orders.get(order_id)
    try:
        if known is not None:
            _same_order(known, draft)
            if known.held_until_s is None or order_id in accepted:
                return OrderResult(number=draft.number, order_id=order_id, outcome=ItemOutcome.DUPLICATE)
        else:
            _check_draft(state, draft, now_s)
    except Rejection as refused:
        return OrderResult(
            number=draft.number,
            outcome=ItemOutcome.REFUSED,
            reason=refused.reason.value,
            field=refused.field,
            message=refused.message,
        )
    accepted[order_id] = order_of_draft(partner_id, draft, now_s)
    return OrderResult(number=draft.number, order_id=order_id, outcome=ItemOutcome.ACCEPTED)


def order_of_draft(partner_id: str, draft: OrderDraft, now_s: int, held_until_s: int | None = None) -> Order:
    """The order that a draft asks for."""
    return Order(
        order_id=f"{partner_id}/{draft.number}",
        partner_id=partner_id,
        number=draft.number,
        customer_id=draft.customer_id,
        lines=draft.lines,
        window_start_s=draft.window_start_s,
        window_end_s=draft.window_end_s,
        priority=draft.priority,
        received_s=now_s,
        note=draft.note,
        held_until_s=held_until_s,
    )


def reserve_order(state: State, command: ReserveOrder, now_s: int) -> Decision:
    """Take an order in that ends by itself unless it is confirmed. The same reservation again holds for longer."""
    if state.company is None:
        raise Rejection(Reason.COMPANY_MISSING, "no company is loaded yet: run 'muster import DIR' first")
    if command.partner_id not in state.partners:
        raise not_found("partner", command.partner_id, field="partner_id")
    if not 1 <= command.hold_s <= HOLD_S_MAX:
        raise invalid("hold_s", command.hold_s, f"from 1 to {HOLD_S_MAX}")
    draft = command.order
    order_id = f"{command.partner_id}/{draft.number}"
    if order_id in state.orders:
        _same_order(state.orders[order_id], draft)
        raise illegal("order", order_id, "known", "reserved again")
    mine = sum(key.partition("/")[0] == command.partner_id for key in state.reservations)
    if mine >= RESERVATIONS_MAX:
        raise invalid("order", mine, f"{command.partner_id} holds {RESERVATIONS_MAX} reservations already")
    _check_draft(state, draft, now_s)
    order = order_of_draft(command.partner_id, draft, now_s, now_s + command.hold_s)
    return Decision((OrderReceived(order=order),), Answer(created_id=order_id, version=order.version))


def confirm_order(state: State, command: ConfirmOrder, now_s: int) -> Decision:
    """Make a reservation an order like any other."""
    order = order_of(state, command.order_id)
    etag("order", order.order_id, command.version, order.version)
    if order.status is not OrderStatus.OPEN or order.held_until_s is None:
        status = order.status.value if order.status is not OrderStatus.OPEN else "no reservation"
        raise illegal("order", order.order_id, status, "confirmed")
    confirmed = OrderConfirmed(order_id=order.order_id, at_s=now_s)
    return Decision((confirmed,), Answer(created_id=order.order_id, version=order.version + 1))


def change_order(state: State, command: ChangeOrder, now_s: int) -> Decision:
    """Give an order that waits at a site another window or priority."""
    order = order_of(state, command.order_id)
    etag("order", order.order_id, command.version, order.version)
    if order.status is not OrderStatus.OPEN:
        raise illegal("order", order.order_id, order.status.value, "changed")
    start_s = order.window_start_s if command.window_start_s is None else command.window_start_s
    end_s = order.window_end_s if command.window_end_s is None else command.window_end_s
    priority = order.priority if command.priority is None else command.priority
    if (start_s, end_s) != (order.window_start_s, order.window_end_s):
        _check_window(start_s, end_s, now_s)
    changed = OrderChanged(
        order_id=order.order_id,
        window_start_s=start_s,
        window_end_s=end_s,
        priority=priority,
        at_s=now_s,
        reason=command.reason,
    )
    return Decision((changed,), Answer(created_id=order.order_id, version=order.version + 1))


def next_s(state: State) -> int | None:
    """When the next reservation ends that nobody has confirmed."""
    return min(state.reservations.values(), default=None)


def reservations_over(state: State, now_s: int) -> list[Event]:
    """Ends the reservations that nobody has confirmed in time."""
    events: list[Event] = []
    for order_id, until_s in state.reservations.items():
        if until_s <= now_s:
            events.append(OrderCancelled(order_id=order_id, at_s=now_s, reason="the reservation was not confirmed"))
            events += resolve(state, "ORDER_UNPLANNED", order_id, "reservation over")
            events += overrides_done(state, [order_id])
    return events


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
    _check_window(draft.window_start_s, draft.window_end_s, now_s)


def _check_window(start_s: int, end_s: int, now_s: int) -> None:
    if end_s <= start_s:
        raise invalid("window_end_s", end_s, f"not after window_start_s ({start_s})")
    if end_s <= now_s:
        raise invalid("window_end_s", end_s, f"already over (the company clock says {now_s})")
    if start_s > now_s + WINDOW_AHEAD_S_MAX:
        raise invalid("window_start_s", start_s, "more than 60 days ahead")


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
