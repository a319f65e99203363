"""`muster order quote | reserve | confirm | change`: when a delivery could come, holding it, and moving it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Etag, Output, Reason, duration_s, moment_s, session_of
from orchestrator.cli.orders import OrderArg, print_order
from orchestrator.cli.output import Format, clock, moment, money, note, plain, print_json, print_table
from orchestrator.cli.session import Session, new_id

Customer = Annotated[
    str, typer.Option("--customer", help="Who it is for: a customer's id, e.g. C001.", show_default=False)
]
Items = Annotated[list[str], typer.Option("--item", help="QUANTITY×ITEM, e.g. 4xPUMP-1; repeatable.")]
Between = Annotated[str, typer.Option("--between", help="A span, e.g. 10:00-12:00 or 08:00+1-12:00+1 (tomorrow).")]
Priority = Annotated[int, typer.Option(min=0, max=9, help="9 is most urgent.")]
Hold = Annotated[
    str, typer.Option("--hold", help="How long to hold it unless it is confirmed, e.g. 20m; at most a day.")
]
PRIORITY_DEFAULT = 5


def quote(
    ctx: typer.Context,
    customer: Customer,
    item: Items,
    between: Annotated[
        list[str] | None, typer.Option("--between", help="A span to choose from, e.g. 10:00-12:00; repeatable.")
    ] = None,
    slot: Annotated[
        str, typer.Option("--slot", help="Without spans: cut the customer's hours into slots so long.")
    ] = "2h",
    priority: Priority = PRIORITY_DEFAULT,
    limit: Annotated[int, typer.Option(min=1, max=48, help="Show the best so many.")] = 5,
    output: Output = Format.TABLE,
) -> None:
    """Say when a delivery could come, and what each slot would cost. Nothing is held by it."""
    from protos.muster.operator.v1 import order_service_pb2 as pb

    session = session_of(ctx)
    request = pb.QuoteDeliveryRequest()
    asked = request.question
    asked.customer_id, asked.priority, asked.limit = customer, priority, limit
    for quantity, item_id in map(_line, item):
        asked.lines.add(item_id=item_id, quantity=quantity)
    for text in between or ():
        start_s, end_s = _span(session, text)
        asked.windows.add(start_s=start_s, end_s=end_s)
    asked.slot_s = 0 if between else duration_s(slot)
    answer = session.call("OrderService", "QuoteDelivery", request)
    if output is Format.JSON:
        print_json(plain(answer))
    else:
        header = ("SLOT", "VEHICLE", "SERVED AT", "SLACK MIN", "EXTRA COST")
        print_table(header, [_row(session, slot) for slot in answer.slots], "no slot fits")
    if answer.code:
        note(f"{answer.code}: {answer.text}")
    elif answer.slots:
        items = " ".join(f"--item {one}" for one in item)
        best = answer.slots[0].window
        span = f"{_typed(session, best.start_s)}-{_typed(session, best.end_s)}"
        note(f"hold the first with: muster order reserve PARTNER/NUMBER --customer {customer} {items} --between {span}")


def _row(session: Session, slot: Any) -> tuple[object, ...]:
    zone = session.zone
    span = f"{moment(slot.window.start_s, zone)} – {clock(slot.window.end_s, zone)}"
    return (span, slot.vehicle_id, clock(slot.start_s, zone), slot.slack_s // 60, money(slot.extra_cost_cents))


def reserve(
    ctx: typer.Context,
    order_id: OrderArg,
    customer: Customer,
    item: Items,
    between: Between,
    hold: Hold = "10m",
    priority: Priority = PRIORITY_DEFAULT,
    output: Output = Format.TABLE,
) -> None:
    """Hold place and goods for an order; it is cancelled by itself unless it is confirmed in time."""
    from protos.muster.operator.v1 import order_service_pb2 as pb

    session = session_of(ctx)
    partner_id, slash, number = order_id.partition("/")
    if not slash:
        raise CliError(f"'{order_id}' is no order: write PARTNER/NUMBER", Exit.USAGE)
    request = pb.ReserveDeliveryRequest(request_id=new_id(), partner_id=partner_id, hold_s=duration_s(hold))
    draft = request.order
    draft.number, draft.customer_id, draft.priority = number, customer, priority
    draft.window_start_s, draft.window_end_s = _span(session, between)
    for quantity, item_id in map(_line, item):
        draft.lines.add(item_id=item_id, quantity=quantity)
    order = session.call("OrderService", "ReserveDelivery", request)
    print_order(session, order, output)
    until = moment(order.held_until_s, session.zone)
    note(f"{order_id} is held until {until} · confirm with: muster order confirm {order_id}")


def confirm(
    ctx: typer.Context,
    order_id: OrderArg,
    etag: Etag = "",
    output: Output = Format.TABLE,
) -> None:
    """Make a reservation an order."""
    from protos.muster.operator.v1 import order_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ConfirmDeliveryRequest(request_id=new_id(), order_id=order_id, etag=etag)
    print_order(session, session.call("OrderService", "ConfirmDelivery", request), output)
    note(f"confirmed {order_id}")


def change(
    ctx: typer.Context,
    order_id: OrderArg,
    reason: Reason,
    start: Annotated[str, typer.Option("--from", help="No delivery before, HH:MM or HH:MM+1.")] = "",
    end: Annotated[str, typer.Option("--until", help="Late after, HH:MM or HH:MM+1.")] = "",
    priority: Annotated[int, typer.Option(min=-1, max=9, help="9 is most urgent; -1: as it is.")] = -1,
    etag: Etag = "",
    output: Output = Format.TABLE,
) -> None:
    """Give an order that is not on a vehicle yet another window or priority."""
    from protos.muster.operator.v1 import order_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ChangeOrderRequest(request_id=new_id(), order_id=order_id, reason=reason, etag=etag)
    if start:
        request.window_start_s = moment_s(session, start)
    if end:
        request.window_end_s = moment_s(session, end)
    if priority >= 0:
        request.priority = priority
    print_order(session, session.call("OrderService", "ChangeOrder", request), output)
    note(f"changed {order_id}")


def _line(text: str) -> tuple[int, str]:
    """(quantity, item) of "4xPUMP-1"."""
    quantity, times, item_id = text.replace("×", "x", 1).partition("x")
    if not times or not quantity.isascii() or not quantity.isdigit() or not item_id:
        raise CliError(f"'{text}' is no item: write QUANTITYxITEM, e.g. 4xPUMP-1", Exit.USAGE)
    return int(quantity), item_id


def _span(session: Session, text: str) -> tuple[int, int]:
    start, dash, end = text.partition("-")
    if not dash:
        raise CliError(f"'{text}' is no span: write it like 10:00-12:00", Exit.USAGE)
    return moment_s(session, start), moment_s(session, end)


def _typed(session: Session, epoch_s: int) -> str:
    """A moment as this command line reads it."""
    days = 0
    while epoch_s - days * 86_400 >= moment_s(session, "00:00") + 86_400:
        days += 1
    return clock(epoch_s, session.zone) + (f"+{days}" if days else "")
