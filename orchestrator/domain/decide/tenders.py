"""What an award means outside of its negotiation: a quote that holds, an order that a carrier has or gives back."""

from __future__ import annotations

from orchestrator.domain import negotiations_events as n
from orchestrator.domain.decide.checks import invalid, order_of, overrides_done, reported_time, resolve
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.errors import illegal, not_found
from orchestrator.domain.events import Event
from orchestrator.domain.negotiations import (
    AgreedQuote,
    Award,
    AwardStatus,
    Carried,
    Lot,
    Negotiation,
    Subject,
)
from orchestrator.domain.negotiations_commands import ReportLotDone
from orchestrator.domain.plan import ProposalKind
from orchestrator.domain.state import DAY_S, State

QUOTE_S = DAY_S
"""How long an agreed quote waits for the person who approves the proposal."""


def lot_exists(state: State, subject: Subject, lot: Lot) -> None:
    """Raises unless the lot is an order that can be handed over, or a purchase that is proposed."""
    if subject is Subject.SUPPLY:
        proposal = state.plan.proposals.get(lot.lot_id)
        if proposal is None or proposal.kind is not ProposalKind.PURCHASE:
            raise not_found("purchase proposal", lot.lot_id, field="lots")
        return
    order = order_of(state, lot.lot_id, "lots")
    if order.status is not OrderStatus.OPEN:
        raise illegal("order", order.order_id, order.status.value, "tendered")
    if order.held_until_s is not None:
        raise illegal("order", order.order_id, "a reservation", "tendered before it is confirmed")
    if lot.site_id not in state.sites:
        raise not_found("site", lot.site_id, field="lots")


def handed_over(state: State, found: Negotiation, award: Award, now_s: int) -> list[Event]:
    """What follows from a confirmation."""
    bid = found.bid(award.bid_id)
    promised = {one.lot_id: one.at_s for one in bid.promises} if bid is not None else {}
    if found.subject is Subject.SUPPLY:
        return _quotes(found, award, promised, now_s)
    events: list[Event] = []
    gone: list[str] = []
    for lot_id in award.lot_ids:
        order, lot = state.orders.get(lot_id), found.lot(lot_id)
        if order is None or lot is None or order.status is not OrderStatus.OPEN:
            gone.append(lot_id)
            continue
        carried = Carried(
            order_id=lot_id,
            carrier=award.bidder,
            negotiation_id=found.negotiation_id,
            site_id=lot.site_id,
            promised_s=promised.get(lot_id, order.window_end_s),
            since_s=now_s,
        )
        events.append(n.OrderHandedOver(carried=carried))
        events += resolve(state, "ORDER_UNPLANNED", lot_id, f"with carrier {award.bidder}")
        events += overrides_done(state, [lot_id])
    if not events:
        raise illegal("award", award.bid_id, "void: its orders are gone", "confirmed")
    if gone:
        reason = "its order was loaded, delivered or cancelled meanwhile"
        events.append(n.LotsLeft(negotiation_id=found.negotiation_id, lot_ids=tuple(gone), reason=reason))
    return events


def _quotes(found: Negotiation, award: Award, promised: dict[str, int], now_s: int) -> list[Event]:
    events: list[Event] = []
    total = sum(lot.quantity for lot in found.lots if lot.lot_id in award.lot_ids)
    for lot_id in award.lot_ids:
        lot = found.lot(lot_id)
        if lot is None:
            continue
        quote = AgreedQuote(
            proposal_id=lot_id,
            supplier_id=award.bidder,
            quantity=lot.quantity,
            price_cents=award.price_cents * lot.quantity // max(1, total),
            expected_s=promised.get(lot_id, now_s),
            valid_until_s=now_s + QUOTE_S,
            negotiation_id=found.negotiation_id,
        )
        events.append(n.QuoteAgreed(quote=quote))
        done = n.LotDone(negotiation_id=found.negotiation_id, bid_id=award.bid_id, lot_id=lot_id, at_s=now_s)
        events.append(done)
    return events


def given_back(state: State, found: Negotiation, award: Award, reason: str) -> list[Event]:
    """An award is lost; the orders that were handed over by it and are not delivered are ours again."""
    taken: list[Event] = [
        n.OrderTakenBack(order_id=lot_id, carrier=award.bidder, reason=reason)
        for lot_id in award.lot_ids
        if award.status is AwardStatus.CONFIRMED and _carried_by(state, found, lot_id)
    ]
    return [*taken, n.AwardForfeited(negotiation_id=found.negotiation_id, bid_id=award.bid_id, reason=reason)]


def _carried_by(state: State, found: Negotiation, lot_id: str) -> bool:
    carried = state.carried.get(lot_id)
    return carried is not None and carried.negotiation_id == found.negotiation_id


def fulfilled(state: State, found: Negotiation, award: Award, command: ReportLotDone, now_s: int) -> list[Event]:
    """A carrier has delivered an order, or brings it back."""
    reported_time(command.at_s, now_s)
    if not _carried_by(state, found, command.lot_id):
        raise invalid("lot_id", command.lot_id, "not with the carrier")
    if command.failed:
        reason = command.reason or "could not be delivered"
        back = n.OrderTakenBack(order_id=command.lot_id, carrier=award.bidder, reason=reason)
        left = n.LotsLeft(negotiation_id=found.negotiation_id, lot_ids=(command.lot_id,), reason=reason)
        return [back, left]
    order = state.orders[command.lot_id]
    late_s = max(0, command.at_s - order.window_end_s)
    delivered = n.CarrierDelivered(order_id=command.lot_id, carrier=award.bidder, at_s=command.at_s, late_s=late_s)
    done = n.LotDone(negotiation_id=found.negotiation_id, bid_id=award.bid_id, lot_id=command.lot_id, at_s=command.at_s)
    return [delivered, done]
