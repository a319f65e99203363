"""`muster proposal …` and `muster supplier …`: what Muster would order, why, and what a buyer does about it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Output, Reason, duration_s, session_of
from orchestrator.cli.output import Format, day, money, note, plain, print_fields, print_json, print_table
from orchestrator.cli.session import Session, new_id

app = typer.Typer(no_args_is_help=True, help="Proposals to buy, make or move: list, show, approve, once, snooze, mode.")
suppliers = typer.Typer(no_args_is_help=True, help="Suppliers: scorecard.")

ProposalId = Annotated[str, typer.Argument(help="Proposal id, e.g. FILTER-4@WH-NORTH.")]
Quantity = Annotated[
    int, typer.Option("--quantity", "-q", min=0, help="Units, if other than proposed.", show_default=False)
]
Supplier = Annotated[
    str, typer.Option("--supplier", "-s", help="Supplier id, if another than proposed.", show_default=False)
]


def _proposals(session: Session) -> list[Any]:
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    answer = session.call("StockService", "ListReplenishments", pb.ListReplenishmentsRequest())
    return list(answer.proposals)


@app.command("list")
def list_proposals(
    ctx: typer.Context,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what waits for a person.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """List what Muster proposes to order now, the most urgent first."""
    session = session_of(ctx)
    found = [p for p in _proposals(session) if not waiting or plain(p)["approval"] == "WAITING"]
    found.sort(key=lambda p: (p.needed_by_s or p.expected_s, p.proposal_id))
    if output is Format.JSON:
        print_json([plain(proposal) for proposal in found])
        return
    rows = [
        (
            p.proposal_id,
            plain(p)["kind"].lower(),
            p.quantity,
            p.supplier_id or p.from_site_id or "-",
            money(p.cost_cents),
            day(p.needed_by_s or p.expected_s, session.zone),
            money(p.wait_day_cents),
            plain(p)["approval"].lower(),
        )
        for p in found
    ]
    header = ("PROPOSAL", "KIND", "QUANTITY", "FROM", "COST", "NEEDED BY", "A DAY'S WAIT", "STATE")
    print_table(header, rows, "nothing to order now")


@app.command("show")
def show(ctx: typer.Context, proposal_id: ProposalId, output: Output = Format.TABLE) -> None:
    """Show why now, why this much, what waiting costs, which orders depend on it, and the other sources."""
    session = session_of(ctx)
    proposal = next((p for p in _proposals(session) if p.proposal_id == proposal_id), None)
    if proposal is None:
        raise CliError(f"there is no proposal '{proposal_id}': see muster proposal list", Exit.NOT_FOUND)
    if output is Format.JSON:
        print_json(plain(proposal))
        return
    print_fields(_facts(proposal, session))
    rows = [
        (
            o.source_id,
            o.quantity or "-",
            f"{o.unit_cost_cents / 100:.2f}",
            f"{o.landed_milli_cents / 100_000:.2f}",
            f"{o.lead_time_p50_s / 86_400:.0f} / {o.lead_time_p90_s / 86_400:.0f}",
            f"{o.late_per_mille / 10:.0f} %",
            f"{o.lost_per_mille / 10:.0f} %",
            o.text,
        )
        for o in proposal.options
    ]
    header = ("SOURCE", "UNITS", "PRICE", "LANDED", "DAYS P50/P90", "LATE", "LOST", "WHY")
    print_table(header, rows, "no other source was weighed")
    note(f"order it with: muster proposal approve {proposal_id}")


def _facts(proposal: Any, session: Session) -> list[tuple[str, object]]:
    shown = plain(proposal)
    source = proposal.supplier_id or proposal.from_site_id or "own line"
    fields = [
        ("proposal", proposal.proposal_id),
        ("order", f"{proposal.quantity} × {proposal.item_id} from {source} to {proposal.site_id}"),
        ("cost", money(proposal.cost_cents)),
        ("expected", day(proposal.expected_s, session.zone)),
        ("state", shown["approval"].lower()),
        ("why now", proposal.why_now or proposal.reason),
        ("why this much", proposal.why_this_much),
        ("a day's wait", money(proposal.wait_day_cents)),
        ("stock-out risk", f"{proposal.risk_per_mille / 10:.1f} % before it comes"),
        ("limited by", proposal.limit),
        ("orders that need it", ", ".join(proposal.order_ids)),
    ]
    return [(name, value) for name, value in fields if value != ""]


def _release(ctx: typer.Context, proposal_id: str, values: dict[str, Any], output: Format) -> None:
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    request = pb.ReleaseReplenishmentRequest(request_id=new_id(), proposal_id=proposal_id, **values)
    answer = session_of(ctx).call("StockService", "ReleaseReplenishment", request)
    if output is Format.JSON:
        print_json(plain(answer))
    always = " · from now on without a person" if values.get("automatic") else ""
    note(f"ordered as {answer.supply_id}{always} · undo with: muster stock cancel {answer.supply_id}")


@app.command("approve")
def approve(
    ctx: typer.Context,
    proposal_id: ProposalId,
    quantity: Quantity = 0,
    supplier: Supplier = "",
    automatic: Annotated[bool, typer.Option("--automatic", help="This item needs no person any more.")] = False,
    reason: Reason = "",
    output: Output = Format.TABLE,
) -> None:
    """Order what is proposed, or change it: --quantity, --supplier.

    For example: muster proposal approve FILTER-4@WH-NORTH --quantity 80 -r "room is tight"
    """
    values = {"quantity": quantity, "supplier_id": supplier, "automatic": automatic, "reason": reason}
    _release(ctx, proposal_id, values, output)


@app.command("once")
def once(
    ctx: typer.Context,
    proposal_id: ProposalId,
    quantity: Quantity = 0,
    supplier: Supplier = "",
    reason: Reason = "",
    output: Output = Format.TABLE,
) -> None:
    """Order it this once, and let a person decide about this item from now on."""
    _release(ctx, proposal_id, {"quantity": quantity, "supplier_id": supplier, "reason": reason}, output)
    item_id, _, site_id = proposal_id.partition("@")
    _set_mode(ctx, item_id, site_id, automatic=False, reason=reason)


@app.command("snooze")
def snooze(
    ctx: typer.Context,
    proposal_id: ProposalId,
    lasting: Annotated[str, typer.Option("--for", help="How long, e.g. 24h or 90m; 0m wakes it.")] = "24h",
    reason: Reason = "",
    output: Output = Format.TABLE,
) -> None:
    """Put a proposal off: it is not ordered and not shown as due meanwhile."""
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    session = session_of(ctx)
    until_s = session.now_s + duration_s(lasting)
    request = pb.SnoozeProposalRequest(request_id=new_id(), proposal_id=proposal_id, until_s=until_s, reason=reason)
    answer = session.call("StockService", "SnoozeProposal", request)
    if output is Format.JSON:
        print_json(plain(answer))
    note(f"{proposal_id} sleeps for {lasting} · undo with: muster proposal snooze {proposal_id} --for 0m")


@app.command("mode")
def mode(
    ctx: typer.Context,
    item_id: Annotated[str, typer.Argument(help="Item id, e.g. PUMP-2.")],
    word: Annotated[str, typer.Argument(help="automatic: ordered without a person | manual: only by one")],
    site: Annotated[str, typer.Option("--site", help="Site id, e.g. WH-NORTH.")],
    reason: Reason = "",
) -> None:
    """Order an item at a site without a person from now on, or only by one."""
    if word not in ("automatic", "manual"):
        raise CliError(f"'{word}' is not a mode: automatic, manual", Exit.USAGE)
    _set_mode(ctx, item_id, site, automatic=word == "automatic", reason=reason)


def _set_mode(ctx: typer.Context, item_id: str, site_id: str, *, automatic: bool, reason: str) -> None:
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    request = pb.SetReplenishmentModeRequest(
        request_id=new_id(), site_id=site_id, item_id=item_id, automatic=automatic, reason=reason
    )
    session_of(ctx).call("StockService", "SetReplenishmentMode", request)
    note(f"{item_id} at {site_id}: {'ordered without a person' if automatic else 'a person decides'}")


@suppliers.command("scorecard")
def scorecard(
    ctx: typer.Context,
    supplier_id: Annotated[str, typer.Argument(help="Supplier id, e.g. SUP-1; default: all.")] = "",
    sites: Annotated[bool, typer.Option("--sites", help="Also by site.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Show how suppliers keep their word, as learned from receipts, and what their lateness costs."""
    from protos.muster.operator.v1 import stock_service_pb2 as pb

    request = pb.ListScorecardsRequest(supplier_id=supplier_id)
    answer = session_of(ctx).call("StockService", "ListScorecards", request)
    cards = [card for card in answer.scorecards if sites or not card.site_id]
    if output is Format.JSON:
        print_json([plain(card) for card in cards])
        return
    rows = [
        (
            card.supplier_id,
            card.name,
            *((card.site_id or "all",) if sites else ()),
            card.orders,
            f"{card.on_time_per_mille / 10:.0f} %",
            f"{card.lost_per_mille / 10:.0f} %",
            f"{card.agreed_days} → {card.mean_milli_days / 1000:.1f} / {card.p90_days}",
            f"{card.price_per_mille / 10:.0f} %",
            f"{card.lateness_cost_per_mille / 10:.1f} %",
            card.trend,
        )
        for card in cards
    ]
    site = ("SITE",) if sites else ()
    header = (
        "SUPPLIER",
        "NAME",
        *site,
        "ORDERS",
        "ON TIME",
        "LOST",
        "DAYS AGREED → MEAN/P90",
        "PRICE",
        "LATENESS",
        "TREND",
    )
    print_table(header, rows, "no suppliers: load a company with 'muster import DIR'")
