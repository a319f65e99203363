"""`muster order …`: customers' orders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Etag, Limit, Output, Reason, duration_s, session_of
from orchestrator.cli.output import Format, clock, money, note, plain, print_fields, print_json, print_table
from orchestrator.cli.session import Session, new_id

app = typer.Typer(
    no_args_is_help=True, help="Customers' orders: list, get, submit, quote, reserve, confirm, change, cancel, explain."
)

OrderArg = Annotated[str, typer.Argument(help="PARTNER/NUMBER, e.g. alpenbau/0001.", show_default=False)]
FILE_BYTES_MAX = 4 * 1024 * 1024


@app.command("list")
def list_orders(
    ctx: typer.Context,
    status: Annotated[
        list[str] | None, typer.Option(help="OPEN, LOADED, DELIVERED, FAILED or CANCELLED; repeatable.")
    ] = None,
    partner: Annotated[str, typer.Option(help="Only orders of this partner.")] = "",
    unplanned: Annotated[bool, typer.Option("--unplanned", help="Only open orders without a place.")] = False,
    late: Annotated[bool, typer.Option("--late", help="Only open orders planned late.")] = False,
    limit: Limit = 100,
    output: Output = Format.TABLE,
) -> None:
    """List orders with what the plan promises."""
    from protos.muster.common.v1 import order_pb2 as common
    from protos.muster.operator.v1 import order_service_pb2 as pb

    request = pb.ListOrdersRequest(page_size=min(limit, 1000), partner_id=partner)
    request.unplanned_only, request.late_only = unplanned, late
    for name in status or ():
        full = f"ORDER_STATUS_{name.upper()}"
        if full not in common.OrderStatus.keys():  # noqa: SIM118 (an enum wrapper, not a dict)
            raise CliError(f"'{name}' is not an order status", Exit.USAGE)
        request.statuses.append(common.OrderStatus.Value(full))
    session = session_of(ctx)
    orders = session.pages("OrderService", "ListOrders", request, lambda page: page.orders, limit)
    if output is Format.JSON:
        print_json([plain(order) for order in orders])
        return
    header = ("ORDER", "STATUS", "CUSTOMER", "WINDOW", "PLANNED", "VEHICLE", "PRIO", "NOTE")
    print_table(header, [_row(session, order) for order in orders], "no orders")


def _row(session: Session, order: Any) -> tuple[object, ...]:
    promise = order.promise
    planned = clock(promise.arrive_s, session.zone) if promise.HasField("arrive_s") else "-"
    if promise.late_s:
        planned += f" (+{promise.late_s // 60} min)"
    return (
        order.order_id,
        plain(order)["status"],
        order.customer_id,
        f"{clock(order.window_start_s, session.zone)}-{clock(order.window_end_s, session.zone)}",
        planned,
        order.vehicle_id or "-",
        order.priority,
        promise.text or order.note,
    )


@app.command("get")
def get_order(ctx: typer.Context, order_id: OrderArg, output: Output = Format.TABLE) -> None:
    """Show one order."""
    from protos.muster.operator.v1 import order_service_pb2 as pb

    session = session_of(ctx)
    order = session.call("OrderService", "GetOrder", pb.GetOrderRequest(order_id=order_id))
    print_order(session, order, output)


def print_order(session: Session, order: Any, output: Format) -> None:
    """One order, for people or for programs."""
    if output is Format.JSON:
        print_json(plain(order))
        return
    print_fields(
        [
            ("order", f"{order.order_id} (etag {order.etag})"),
            ("status", plain(order)["status"]),
            *([("held until", clock(order.held_until_s, session.zone))] if order.HasField("held_until_s") else []),
            ("customer", order.customer_id),
            ("window", f"{clock(order.window_start_s, session.zone)}-{clock(order.window_end_s, session.zone)}"),
            ("lines", ", ".join(f"{line.quantity} × {line.item_id}" for line in order.lines)),
            ("vehicle", order.vehicle_id or "-"),
            ("arrives", clock(order.promise.arrive_s, session.zone)),
            ("note", order.promise.text or order.note or "-"),
        ]
    )


@app.command("submit")
def submit(
    ctx: typer.Context,
    partner: Annotated[str, typer.Option(help="The partner whose orders these are, e.g. alpenbau.")],
    file: Annotated[Path, typer.Option("--file", "-f", help="JSON: a list of orders, see above.")],
    request_id: Annotated[
        str, typer.Option(help="Any word of yours: with the same one, a repeated call does nothing twice.")
    ] = "",
    output: Output = Format.TABLE,
) -> None:
    """Submit a batch of orders; each is accepted or refused on its own.

    A file with one order, times as epoch seconds: [{"number": "4711", "customer_id": "C001", "lines": [{"item_id":
    "PUMP-1", "quantity": 2}], "window_start_s": 1790000000, "window_end_s": 1790010800, "priority": 5}]
    """
    from protos.muster.operator.v1 import order_service_pb2 as pb

    request = pb.SubmitOrdersRequest(request_id=request_id or new_id(), partner_id=partner)
    request.orders.extend(_read_drafts(file))
    answer = session_of(ctx).call("OrderService", "SubmitOrders", request)
    results = [plain(result) for result in answer.results]
    if output is Format.JSON:
        print_json(plain(answer))
    else:
        rows = [(r["number"], r["outcome"], r["order_id"], r["message"]) for r in results]
        print_table(("NUMBER", "OUTCOME", "ORDER", "MESSAGE"), rows, "no orders in the file")
    refused = sum(1 for result in results if result["outcome"] == "REFUSED")
    if refused:
        raise CliError(f"{refused} of {len(results)} orders were refused", Exit.PARTIAL)


def _read_drafts(file: Path) -> list[Any]:
    import orjson
    from google.protobuf.json_format import ParseDict, ParseError

    from protos.muster.common.v1 import order_pb2 as common

    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise CliError(f"{file} is over {FILE_BYTES_MAX} bytes", Exit.USAGE)
        rows = orjson.loads(file.read_bytes())
        if not isinstance(rows, list):
            raise CliError(f"{file} is not a JSON list of orders", Exit.USAGE)
        return [ParseDict(row, common.OrderDraft()) for row in rows]
    except (OSError, orjson.JSONDecodeError, ParseError) as error:
        raise CliError(f"{file}: {error}", Exit.USAGE) from error


@app.command("cancel")
def cancel(
    ctx: typer.Context,
    order_id: OrderArg,
    reason: Reason = "",
    etag: Etag = "",
    output: Output = Format.TABLE,
) -> None:
    """Cancel an order that is not on a vehicle yet."""
    from protos.muster.operator.v1 import order_service_pb2 as pb

    session = session_of(ctx)
    request = pb.CancelOrderRequest(request_id=new_id(), order_id=order_id, reason=reason, etag=etag)
    print_order(session, session.call("OrderService", "CancelOrder", request), output)
    note(f"cancelled {order_id}")


@app.command("explain")
def explain(
    ctx: typer.Context,
    order_id: OrderArg,
    relax: Annotated[bool, typer.Option("--relax", help="Look for what would let it in, and verify it.")] = False,
    budget: Annotated[str, typer.Option(help="With --relax: how long to look, e.g. 3s; at most 10s.")] = "3s",
    output: Output = Format.TABLE,
) -> None:
    """Say where an order is planned and why, what else could be done, and which revisions moved it."""
    from protos.muster.operator.v1 import plan_service_pb2 as pb

    budget_ms = duration_s(budget) * 1000 if relax else 0
    request = pb.ExplainOrderRequest(order_id=order_id, relax_budget_ms=budget_ms)
    answer = session_of(ctx).call("PlanService", "ExplainOrder", request)
    if output is Format.JSON:
        print_json(plain(answer))
        return
    for sentence in answer.sentences:
        typer.echo(sentence)
    rows = [
        (a.vehicle_id, "yes" if a.feasible else "no", f"{a.extra_cost_cents / 100:+.2f}" if a.feasible else "-", a.text)
        for a in answer.alternatives
    ]
    print_table(("VEHICLE", "FITS", "EXTRA COST", "WHY"), rows, "no other vehicle was tried")
    if relax:
        ways = [(one.text, money(one.extra_cost_cents), one.command) for one in answer.relaxations]
        print_table(("WOULD LET IT IN", "EXTRA COST", "COMMAND"), ways, "nothing was found that would let it in")
