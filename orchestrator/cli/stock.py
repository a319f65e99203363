"""`muster stock …`: what is there, what comes, what will be there; and what people tell about it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Limit, Output, Reason, session_of
from orchestrator.cli.output import (
    Format,
    clock,
    day,
    days_from,
    money,
    note,
    plain,
    print_fields,
    print_json,
    print_table,
)
from orchestrator.cli.session import new_id

app = typer.Typer(
    no_args_is_help=True, help="Stock: list, outlook, orders, cancel, write-off, mark, close-day. See also: proposal."
)

Site = Annotated[str, typer.Option("--site", help="Site id, e.g. WH-NORTH.")]
Item = Annotated[str, typer.Option("--item", help="Item id, e.g. PUMP-2.")]


@app.command("list")
def list_stock(
    ctx: typer.Context,
    site: Annotated[str, typer.Option(help="Only at this site.")] = "",
    item: Annotated[str, typer.Option(help="Only this item.")] = "",
    at_risk: Annotated[bool, typer.Option("--at-risk", help="Only what may run out.")] = False,
    limit: Limit = 500,
    output: Output = Format.TABLE,
) -> None:
    """List stock by site and item."""
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    request = pb.ListStockRequest(page_size=min(limit, 1000), site_id=site, item_id=item, at_risk_only=at_risk)
    found = session_of(ctx).pages("StockService", "ListStock", request, lambda page: page.positions, limit)
    if output is Format.JSON:
        print_json([plain(position) for position in found])
        return
    header = ("SITE", "ITEM", "ON HAND", "ALLOCATED", "ON ORDER", "BACKORDER", "POSITION", "RISK")
    rows = [
        (p.site_id, p.item_id, p.on_hand, p.allocated, p.on_order, p.backorder, p.inventory_position, _yes(p.at_risk))
        for p in found
    ]
    print_table(header, rows, "no stock positions")


def _yes(value: bool) -> str:
    return "yes" if value else "-"


@app.command("orders")
def list_replenishments(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also what is done or cancelled.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """List proposals, purchase orders and production orders."""
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ListReplenishmentsRequest(include_closed=everything)
    answer = session.call("StockService", "ListReplenishments", request)
    if output is Format.JSON:
        print_json(plain(answer))
        return
    zone = session.zone
    rows: list[tuple[object, ...]] = [
        ("proposal", p.proposal_id, p.item_id, p.quantity, clock(p.expected_s, zone), money(p.cost_cents), p.reason)
        for p in answer.proposals
    ]
    rows += [
        (
            "transfer" if p.from_site_id else "purchase",
            p.purchase_order_id,
            p.item_id,
            p.quantity,
            clock(p.expected_s, zone),
            "",
            plain(p)["status"],
        )
        for p in answer.purchase_orders
    ]
    rows += [
        ("production", p.production_order_id, p.item_id, p.quantity, clock(p.due_s, zone), "", plain(p)["status"])
        for p in answer.production_orders
    ]
    print_table(("KIND", "ID", "ITEM", "QUANTITY", "EXPECTED", "COST", "STATE"), rows, "nothing on order")


@app.command("cancel")
def cancel(
    ctx: typer.Context,
    supply_id: Annotated[str, typer.Argument(help="Purchase or production order, as in 'stock orders'.")],
    reason: Reason = "",
    output: Output = Format.TABLE,
) -> None:
    """Cancel a purchase or production order that has not started."""
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    request = pb.CancelReplenishmentRequest(request_id=new_id(), supply_id=supply_id, reason=reason)
    answer = session_of(ctx).call("StockService", "CancelReplenishment", request)
    if output is Format.JSON:
        print_json(plain(answer))
    note(f"cancelled {supply_id}")


@app.command("outlook")
def outlook(
    ctx: typer.Context,
    item_id: Annotated[str, typer.Argument(help="Item id, e.g. PUMP-2.")],
    site: Annotated[str, typer.Option("--site", help="Site id, e.g. WH-NORTH.")],
    days: Annotated[int, typer.Option(min=1, max=120, help="How many days to look ahead.")] = 28,
    output: Output = Format.TABLE,
) -> None:
    """Show projected stock day by day with its 90 % band, and what was learned about the item.

    For example: muster stock outlook FILTER-4 --site WH-NORTH
    """
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    session = session_of(ctx)
    request = pb.GetStockOutlookRequest(site_id=site, item_id=item_id, days=days)
    answer = session.call("StockService", "GetStockOutlook", request)
    if output is Format.JSON:
        print_json(plain(answer))
        return
    print_fields(_learned(answer))
    rows = [(day(d.day_s, session.zone), d.expected, d.low, d.high, d.arriving, d.proposed) for d in answer.days]
    print_table(("DAY", "EXPECTED", "LOW", "HIGH", "ARRIVING", "OF IT PROPOSED"), rows, "no days to show")


def _learned(answer: Any) -> list[tuple[str, object]]:
    """The figures above the table."""
    policy, forecast, position = answer.policy, answer.forecast, answer.position
    kept = "typed in by a person" if policy.fixed else "automatic" if policy.automatic else "a person decides"
    wrong = f"bias {forecast.bias_per_mille / 10:+.1f} %, error {forecast.error_per_mille / 10:.1f} %"
    drift = ", drifting" if forecast.drifting else ""
    return [
        ("stock", f"{position.on_hand} on hand, {position.on_order} on order, position {position.inventory_position}"),
        (
            "demand",
            f"{forecast.mean_milli_day / 1000:.2f} a day, {forecast.kind}, by {forecast.method or 'no'} forecast",
        ),
        ("forecast", f"{wrong}, {forecast.coverage_per_mille / 10:.0f} % inside the 90 % band{drift}"),
        ("order when", f"position <= {policy.reorder_point}, up to {policy.order_up_to} ({kept})"),
        ("safety stock", policy.safety_stock),
        ("served at once", f"{policy.fill_rate_per_mille / 10:.1f} %"),
        ("source", policy.source_id or "-"),
    ]


@app.command("write-off")
def write_off(
    ctx: typer.Context,
    purchase_order_id: Annotated[str, typer.Argument(help="Purchase order, as in 'stock orders'.")],
    reason: Reason = "",
    output: Output = Format.TABLE,
) -> None:
    """Count no more on a purchase order that seems lost; it can still be received."""
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    request = pb.WriteOffPurchaseRequest(request_id=new_id(), purchase_order_id=purchase_order_id, reason=reason)
    answer = session_of(ctx).call("StockService", "WriteOffPurchase", request)
    if output is Format.JSON:
        print_json(plain(answer))
    note(f"{purchase_order_id} is not counted on any more")


@app.command("mark")
def mark(
    ctx: typer.Context,
    item_id: Annotated[str, typer.Argument(help="Item id, e.g. PUMP-2.")],
    site: Annotated[str, typer.Option("--site", help="Site id, e.g. WH-NORTH.")],
    kind: Annotated[str, typer.Option("--as", help="promotion | one-off")],
    reason: Reason = "",
    since: Annotated[int, typer.Option("--from-day", help="Days from today, e.g. -3 or 7.")] = 0,
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days.")] = 1,
    order_id: Annotated[str, typer.Option("--order", help="One order only, e.g. alpenbau/0001.")] = "",
    mark_id: Annotated[str, typer.Option("--id", help="Name of the mark; telling it again changes it.")] = "",
    output: Output = Format.TABLE,
) -> None:
    """Tell that demand was not usual, so that nothing wrong is learned from it.

    For example: muster stock mark FILTER-4 --site WH-NORTH --as promotion --from-day 7 --days 5 -r "spring sale"
    """
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    kinds = {"promotion": "PROMOTION", "one-off": "ONE_OFF"}
    if kind not in kinds:
        raise CliError(f"'{kind}' is not a kind of mark: {', '.join(kinds)}", Exit.USAGE)
    session = session_of(ctx)
    from_s, until_s = days_from(session.now_s, session.zone, since, days)
    request = pb.MarkDemandRequest(
        request_id=new_id(),
        mark_id=mark_id or f"mark-{new_id()[:8]}",
        kind=f"DEMAND_MARK_KIND_{kinds[kind]}",  # type: ignore[arg-type]
        site_id=site,
        item_id=item_id,
        from_s=from_s,
        until_s=until_s,
        order_id=order_id,
        reason=reason,
    )
    answer = session.call("StockService", "MarkDemand", request)
    if output is Format.JSON:
        print_json(plain(answer))
    note(f"marked {item_id} at {site} as {kind}: {request.mark_id}")


@app.command("close-day")
def close_day(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """Count the demand of the last day that is over; the server does so by itself soon after midnight."""
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    answer = session_of(ctx).call("StockService", "CloseDay", pb.CloseDayRequest(request_id=new_id()))
    if output is Format.JSON:
        print_json(plain(answer))
    note("the day is closed")
