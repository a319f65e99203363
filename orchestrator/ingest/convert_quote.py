"""Quotes and reservations between the contract and planning.

Promises that a partner is told no cost, no vehicle and no site. Called by the partner port and the operator port.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.commands import ConfirmOrder, ReserveOrder
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.errors import Unavailable
from orchestrator.ingest.convert_order import PARTNER_TEXT_DEFAULT, PARTNER_TEXTS, PRIORITY_DEFAULT, draft_in, order_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, etag_in, seconds_in, text_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.order_intake import order_of
from orchestrator.ingest.refusals import bad_field
from orchestrator.planning.quote import Question, Quote
from protos.muster.common.v1 import order_pb2
from protos.muster.common.v1 import quote_pb2 as pb

LINES_MAX = 200
WINDOWS_MAX = 48
LIMIT_DEFAULT = 5
LIMIT_MAX = 48
SLOT_S_LEAST = 600
HOLD_S_DEFAULT = 600
PRIORITY_MAX = 9


def question_in(asked: pb.DeliveryQuestion) -> Question:
    """The question as planning has it; raises `BadFields` with its paths."""
    text_in(asked.customer_id, "question.customer_id")
    if len(asked.lines) > LINES_MAX:
        raise bad_field("question.lines", len(asked.lines), f"at most {LINES_MAX}")
    if len(asked.windows) > WINDOWS_MAX:
        raise bad_field("question.windows", len(asked.windows), f"at most {WINDOWS_MAX}")
    if asked.slot_s and not SLOT_S_LEAST <= asked.slot_s <= 86_400:
        raise bad_field("question.slot_s", asked.slot_s, f"0, or from {SLOT_S_LEAST} to 86400")
    if not 0 <= asked.limit <= LIMIT_MAX:
        raise bad_field("question.limit", asked.limit, f"from 1 to {LIMIT_MAX}, or 0")
    priority = asked.priority if asked.HasField("priority") else PRIORITY_DEFAULT
    if not 0 <= priority <= PRIORITY_MAX:
        raise bad_field("question.priority", priority, f"from 0 to {PRIORITY_MAX}")
    lines = tuple(build(OrderLine, item_id=line.item_id, quantity=line.quantity) for line in asked.lines)
    windows = tuple(_window(window, f"question.windows[{number}]") for number, window in enumerate(asked.windows))
    return Question(asked.customer_id, lines, windows, asked.slot_s, priority, asked.limit or LIMIT_DEFAULT)


def _window(window: pb.Window, at: str) -> tuple[int, int]:
    seconds_in(window.start_s, f"{at}.start_s")
    seconds_in(window.end_s, f"{at}.end_s")
    if window.end_s <= window.start_s:
        raise bad_field(f"{at}.end_s", window.end_s, f"after start_s ({window.start_s})")
    return window.start_s, window.end_s


def quote_out(quote: Quote, *, inside: bool) -> pb.DeliveryQuote:
    """A quote. `inside`: for operators, with cost, vehicle and site."""
    shown = pb.DeliveryQuote(revision=quote.revision, release_s=quote.release_s if inside else 0)
    for slot in quote.slots:
        told = shown.slots.add(arrive_s=slot.arrive_s, start_s=slot.start_s, slack_s=slot.slack_s)
        told.window.start_s, told.window.end_s = slot.window
        if inside:
            told.extra_cost_cents, told.vehicle_id = slot.extra_cents, slot.vehicle_id
    if inside:
        shown.site_id = quote.site_id
    if quote.verdict is not None:
        shown.code = quote.verdict.code
        text = PARTNER_TEXTS.get(quote.verdict.code, PARTNER_TEXT_DEFAULT)
        shown.text = quote.verdict.text if inside else text
    return shown


async def quote_delivery(desk: Desk, asked: pb.DeliveryQuestion, *, inside: bool) -> pb.DeliveryQuote:
    """Ask the planner."""
    question = question_in(asked)
    desk.need_company()
    if desk.planner is None:
        raise Unavailable("planning is loading its kernels", retry_after_ms=2_000)
    return quote_out(await desk.planner.quote(question), inside=inside)


async def reserve_delivery(
    desk: Desk, call: Call, partner_id: str, request: Any, *, required: bool, inside: bool
) -> order_pb2.Order:
    """Hold a place; the answer is the order as it is then."""
    desk.need_company()
    hold_s = request.hold_s or HOLD_S_DEFAULT
    command = build(ReserveOrder, partner_id=partner_id, order=draft_in(request.order), hold_s=hold_s)
    await desk.submit(call, command, request.request_id, required=required)
    return order_out(desk.state, order_of(desk, f"{partner_id}/{request.order.number}"), inside=inside)


async def confirm_delivery(
    desk: Desk, call: Call, order_id: str, request: Any, *, required: bool, inside: bool
) -> order_pb2.Order:
    """Make a reservation an order; the answer is the order as it is then."""
    command = build(ConfirmOrder, order_id=order_id, version=etag_in(request.etag))
    await desk.submit(call, command, request.request_id, required=required)
    return order_out(desk.state, order_of(desk, order_id), inside=inside)
