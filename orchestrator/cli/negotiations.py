"""`muster negotiation …` and `muster tender …`: calls for bids, with their whole story, and the hand that decides."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrator.cli.exits import CliError, Exit
from orchestrator.cli.options import Etag, Limit, Output, Reason, session_of
from orchestrator.cli.output import Format, moment, money, note, plain, print_fields, print_json, print_table
from orchestrator.cli.session import Session, new_id

SERVICE = "NegotiationService"
LIMIT_EUR_MAX = 10_000_000

app = typer.Typer(no_args_is_help=True, help="Calls for bids: list, show the whole story, award by hand, cancel.")
tenders = typer.Typer(no_args_is_help=True, help="Call carriers about orders.")

NegotiationArg = Annotated[str, typer.Argument(help="As in the list, e.g. N-000001.", show_default=False)]


@app.command("list")
def list_negotiations(
    ctx: typer.Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False,
    limit: Limit = 50,
    output: Output = Format.TABLE,
) -> None:
    """List negotiations, newest first."""
    from protos.muster.operator.v1 import negotiation_service_pb2 as pb

    session = session_of(ctx)
    request = pb.ListNegotiationsRequest(page_size=min(limit, 500))
    if open_only:
        request.phases.extend([pb.NEGOTIATION_PHASE_CALLED, pb.NEGOTIATION_PHASE_AWARDED, pb.NEGOTIATION_PHASE_RUNNING])
    found = session.pages(SERVICE, "ListNegotiations", request, lambda page: page.negotiations, limit)
    if output is Format.JSON:
        print_json([plain(one) for one in found])
        return
    header = ("NEGOTIATION", "ABOUT", "LOTS", "PHASE", "OPENED", "ANSWER BY", "BIDS", "WITH", "OWNER")
    print_table(header, [_row(session, one) for one in found], "nobody was called about anything")


def _row(session: Session, one: Any) -> tuple[object, ...]:
    lots = one.lots[0].lot_id + (f" +{len(one.lots) - 1}" if len(one.lots) > 1 else "")
    holders = ", ".join(sorted({lot.holder for lot in one.lots if lot.holder}))
    opened, answer_by = moment(one.opened_s, session.zone), moment(one.answer_by_s, session.zone)
    return (
        one.negotiation_id,
        _word(one, "subject"),
        lots,
        _word(one, "phase"),
        opened,
        answer_by,
        len(one.bids),
        holders or "-",
        one.owner,
    )


def _word(one: Any, field: str) -> str:
    return str(plain(one)[field]).lower()


@app.command("show")
def show(ctx: typer.Context, negotiation_id: NegotiationArg, output: Output = Format.TABLE) -> None:
    """Show the whole story: who was asked, who bid what, who won and why, and what became of it."""
    from protos.muster.operator.v1 import negotiation_service_pb2 as pb

    session = session_of(ctx)
    request = pb.GetNegotiationRequest(negotiation_id=negotiation_id)
    _print(session, session.call(SERVICE, "GetNegotiation", request), output)


def _print(session: Session, one: Any, output: Format) -> None:
    if output is Format.JSON:
        print_json(plain(one))
        return
    print_fields(
        [
            ("negotiation", f"{one.negotiation_id} · {_word(one, 'subject')} · {_word(one, 'phase')}"),
            ("owner", one.owner),
            ("reason", one.reason or "-"),
            ("opened", moment(one.opened_s, session.zone)),
            ("answers by", moment(one.answer_by_s, session.zone)),
            ("outcome", one.outcome or "-"),
        ]
    )
    print_table(("LOT", "WHAT", "LIMIT", "BETWEEN", "WITH"), [_lot_row(session, lot) for lot in one.lots], "")
    bidders = [(who.bidder, who.status.lower(), who.partner_id or "agent", who.reason or "-") for who in one.bidders]
    print_table(("BIDDER", "STATUS", "ANSWERED BY", "REASON"), bidders, "nobody was asked")
    bids = [_bid_row(session, bid) for bid in one.bids]
    print_table(("BID", "LOTS", "PRICE", "PROMISES", "STATUS", "WHY"), bids, "nobody has bid")
    awards = [_award_row(session, award) for award in one.awards]
    print_table(("AWARD", "PRICE", "CONFIRM BY", "STATUS", "DONE", "CHOSEN", "WHY"), awards, "nothing is awarded")
    steps = [(moment(step.at_s, session.zone), step.seq, step.text) for step in one.story]
    print_table(("TIME", "SEQ", "STORY"), steps, "")


def _lot_row(session: Session, lot: Any) -> tuple[object, ...]:
    limit = money(lot.limit_cents) if lot.HasField("limit_cents") else "-"
    begins, ends = moment(lot.from_s, session.zone), "any time"
    if lot.until_s < session.now_s + 366 * 86_400:
        ends = moment(lot.until_s, session.zone)
    whose = lot.holder or (f"nobody: {lot.left_because}" if lot.left_because else "-")
    return lot.lot_id, lot.text, limit, f"{begins} - {ends}", whose


def _bid_row(session: Session, bid: Any) -> tuple[object, ...]:
    lots = ", ".join(one.lot_id for one in bid.promises)
    promises = ", ".join(moment(one.at_s, session.zone) for one in bid.promises)
    kind = " (counter)" if bid.counter else ""
    return bid.bid_id, lots, money(bid.price_cents) + kind, promises, bid.status.lower(), bid.why or bid.note or "-"


def _award_row(session: Session, award: Any) -> tuple[object, ...]:
    return (
        award.bid_id,
        money(award.price_cents),
        moment(award.confirm_by_s, session.zone),
        award.status.lower(),
        f"{len(award.done)}/{len(award.lot_ids)}",
        award.by or "by the rules",
        award.why or "-",
    )


@app.command("award")
def award(
    ctx: typer.Context,
    negotiation_id: NegotiationArg,
    bid_ids: Annotated[list[str], typer.Argument(help="Bids to take, as shown by 'show'.", show_default=False)],
    reason: Reason = "",
    etag: Etag = "",
    output: Output = Format.TABLE,
) -> None:
    """Take bids by hand: also a counter-offer, also before the deadline."""
    from protos.muster.operator.v1 import negotiation_service_pb2 as pb

    session = session_of(ctx)
    request = pb.AwardByHandRequest(
        request_id=new_id(), negotiation_id=negotiation_id, bid_ids=bid_ids, reason=reason, etag=etag
    )
    _print(session, session.call(SERVICE, "AwardByHand", request), output)


@app.command("cancel")
def cancel(
    ctx: typer.Context,
    negotiation_id: NegotiationArg,
    reason: Reason = "",
    etag: Etag = "",
    output: Output = Format.TABLE,
) -> None:
    """Take a call back; orders that a carrier has and has not delivered are ours again."""
    from protos.muster.operator.v1 import negotiation_service_pb2 as pb

    session = session_of(ctx)
    request = pb.CancelNegotiationRequest(request_id=new_id(), negotiation_id=negotiation_id, reason=reason, etag=etag)
    cancelled = session.call(SERVICE, "CancelNegotiation", request)
    if output is Format.JSON:
        print_json(plain(cancelled))
    note(f"{negotiation_id} is cancelled")


@tenders.command("create")
def create(
    ctx: typer.Context,
    order: Annotated[list[str], typer.Option("--order", help="Order to be delivered, e.g. alpenbau/0001; repeatable.")],
    carrier: Annotated[
        list[str] | None, typer.Option("--carrier", help="Only this partner; repeatable; default: all.")
    ] = None,
    limit: Annotated[
        float | None,
        typer.Option(
            "--limit", min=0.01, max=LIMIT_EUR_MAX, help="EUR that each order may cost at most; default: no limit."
        ),
    ] = None,
    answer_by: Annotated[
        int, typer.Option("--answer-by", min=0, max=20_160, help="Minutes to answer in; 0: as the server is set.")
    ] = 0,
    reason: Reason = "",
    output: Output = Format.TABLE,
) -> None:
    """Call carriers about orders; the least dear answer in time wins, unless you award by hand before.

    For example: muster tender create --order alpenbau/0001 --limit 120 --answer-by 30 -r "no van left"
    """
    from protos.muster.operator.v1 import negotiation_service_pb2 as pb

    if not order:
        raise CliError("name at least one --order", Exit.USAGE)
    session = session_of(ctx)
    request = pb.CreateTenderRequest(
        request_id=new_id(),
        order_ids=order,
        carriers=carrier or [],
        limit_cents=None if limit is None else round(limit * 100),
        answer_s=answer_by * 60,
        reason=reason,
    )
    made = session.call(SERVICE, "CreateTender", request)
    if output is Format.JSON:
        print_json(plain(made))
        return
    asked = [one.bidder for one in made.bidders if one.status == "ASKED"]
    unable = "".join(f" · not asked: {one.bidder}, {one.reason}" for one in made.bidders if one.status == "UNABLE")
    note(
        f"{made.negotiation_id}: {', '.join(asked)} can answer until {moment(made.answer_by_s, session.zone)}{unable}"
        f" · see: muster negotiation show {made.negotiation_id}"
    )
