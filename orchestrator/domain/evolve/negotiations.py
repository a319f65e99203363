"""Folds of events about calls, bids and awards. Called through `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain import negotiations_events as n
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.events import Event
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.evolve.orders import forget_order
from orchestrator.domain.measures import euros
from orchestrator.domain.negotiations import (
    CLOSED_KEPT,
    STORY_MAX,
    Award,
    AwardStatus,
    Bid,
    Bidder,
    BidderStatus,
    BidStatus,
    Negotiation,
    Phase,
    Step,
    Subject,
)
from orchestrator.domain.state import DAY_S, State


def _keep(state: State, was: Negotiation, seq: int, at_s: int, text: str, **values: Any) -> None:
    """Store the changed negotiation with a line more in its story."""
    story = (*was.story, Step(at_s=at_s, seq=seq, text=text[:1000]))[-STORY_MAX:]
    state.negotiations[was.negotiation_id] = changed(was, story=story, version=was.version + 1, **values)


def _bidders(was: Negotiation, name: str, status: BidderStatus, reason: str = "") -> tuple[Bidder, ...]:
    return tuple(
        changed(one, status=status, reason=reason or one.reason) if one.bidder == name else one for one in was.bidders
    )


def _awards(was: Negotiation, bid_id: str, **values: Any) -> tuple[Award, ...]:
    newest = was.award_of(bid_id)
    return tuple(changed(one, **values) if one is newest else one for one in was.awards)


def negotiation_opened(state: State, event: n.NegotiationOpened, seq: int, at_s: int) -> None:
    """A new call; the oldest that are over make room."""
    new = event.negotiation
    state.counters["negotiation"] = state.counters.get("negotiation", 0) + 1
    asked = [one.bidder for one in new.bidders if one.status is not BidderStatus.UNABLE]
    text = f"{new.owner} called {len(asked)} about {len(new.lots)} lots: {', '.join(asked)}"
    state.open_negotiations[new.negotiation_id] = None
    _keep(state, new, seq, at_s, text)
    for lot in new.lots:
        state.lots_called[lot.lot_id] = new.negotiation_id
    if new.subject is Subject.SUPPLY:
        for key in [key for key, asked_s in state.suppliers_asked.items() if asked_s + DAY_S < at_s]:
            del state.suppliers_asked[key]
        state.suppliers_asked.update(dict.fromkeys((lot.lot_id for lot in new.lots), at_s))


def bid_received(state: State, event: n.BidReceived, seq: int, at_s: int) -> None:
    """The bid stands; an earlier one of the bidder for the same lots does not."""
    was, bid = state.negotiations[event.negotiation_id], event.bid
    same = set(bid.lot_ids)
    kept = tuple(
        changed(one, status=BidStatus.REPLACED)
        if one.bidder == bid.bidder and set(one.lot_ids) == same and one.status is BidStatus.STANDING
        else one
        for one in was.bids
    )
    what = "counters" if bid.counter else "bids"
    text = f"{bid.bidder} {what} {euros(bid.price_cents)} for {len(bid.lot_ids)} lots ({bid.bid_id})"
    text += f": {bid.note}" if bid.note else ""
    bidders = _bidders(was, bid.bidder, BidderStatus.BID)
    _keep(state, was, seq, at_s, text, bids=(*kept, bid), bidders=bidders)


def bid_refused(state: State, event: n.BidRefused, seq: int, at_s: int) -> None:
    """The bid is in the story and counts for nothing."""
    was = state.negotiations[event.negotiation_id]
    text = f"{event.bid.bidder}'s bid {event.bid.bid_id} is refused: {event.bid.why}"
    _keep(state, was, seq, at_s, text, bids=(*was.bids, event.bid))


def call_declined(state: State, event: n.CallDeclined, seq: int, at_s: int) -> None:
    """The bidder's standing bids go with it."""
    was = state.negotiations[event.negotiation_id]
    bids = tuple(_lost(one, "withdrawn") if one.bidder == event.bidder else one for one in was.bids)
    text = f"{event.bidder} declines: {event.reason or 'no reason given'}"
    bidders = _bidders(was, event.bidder, BidderStatus.DECLINED, event.reason or "no reason given")
    _keep(state, was, seq, at_s, text, bids=bids, bidders=bidders)


def _lost(bid: Bid, why: str) -> Bid:
    return changed(bid, status=BidStatus.LOST, why=why) if bid.status is BidStatus.STANDING else bid


def awarded(state: State, event: n.Awarded, seq: int, at_s: int) -> None:
    """The bids taken are won; the others wait in case that a winner forfeits."""
    was = state.negotiations[event.negotiation_id]
    won = {award.bid_id for award in event.awards}
    bids = tuple(changed(one, status=BidStatus.WON) if one.bid_id in won else one for one in was.bids)
    to = ", ".join(f"{one.bidder} ({one.bid_id}, {euros(one.price_cents)})" for one in event.awards)
    text = f"awarded to {to}: {event.why}"
    _keep(state, was, seq, at_s, text, bids=bids, awards=(*was.awards, *event.awards), phase=Phase.AWARDED)


def award_confirmed(state: State, event: n.AwardConfirmed, seq: int, at_s: int) -> None:
    """The winner is bound."""
    was = state.negotiations[event.negotiation_id]
    awards = _awards(was, event.bid_id, status=AwardStatus.CONFIRMED)
    pending = any(one.status is AwardStatus.PENDING for one in awards)
    phase = Phase.AWARDED if pending else Phase.RUNNING
    bid = was.bid(event.bid_id)
    _keep(state, was, seq, at_s, f"{bid.bidder if bid else ''} confirms {event.bid_id}", awards=awards, phase=phase)


def award_forfeited(state: State, event: n.AwardForfeited, seq: int, at_s: int) -> None:
    """Who forfeits is out of the race; what it has done stays its own."""
    was = state.negotiations[event.negotiation_id]
    award = was.award_of(event.bid_id)
    assert award is not None
    done = award.done
    status = AwardStatus.DONE if done else AwardStatus.FORFEITED
    awards = _awards(was, event.bid_id, status=status, why=event.reason, lot_ids=done or award.lot_ids)
    bids = tuple(
        changed(one, status=BidStatus.LOST, why=event.reason)
        if one.bidder == award.bidder and one.status in (BidStatus.STANDING, BidStatus.WON)
        else one
        for one in was.bids
    )
    text = f"{award.bidder} forfeits {event.bid_id}: {event.reason}"
    bidders = _bidders(was, award.bidder, BidderStatus.OUT, event.reason)
    _keep(state, was, seq, at_s, text, awards=awards, bids=bids, bidders=bidders, phase=Phase.AWARDED)


def lot_done(state: State, event: n.LotDone, seq: int, at_s: int) -> None:
    """A lot more is done; with the last one the award is."""
    was = state.negotiations[event.negotiation_id]
    award = was.award_of(event.bid_id)
    assert award is not None
    done = (*award.done, event.lot_id)
    status = AwardStatus.DONE if set(award.lot_ids) <= {*done, *was.left} else award.status
    awards = _awards(was, event.bid_id, done=done, status=status)
    _keep(state, was, seq, at_s, f"{award.bidder} has done {event.lot_id}", awards=awards)


def lots_left(state: State, event: n.LotsLeft, seq: int, at_s: int) -> None:
    """Nobody gets them."""
    was = state.negotiations[event.negotiation_id]
    left = was.left | dict.fromkeys(event.lot_ids, event.reason)
    for lot_id in event.lot_ids:
        state.lots_called.pop(lot_id, None)
    awards = tuple(_settled(one, left) for one in was.awards)
    _keep(state, was, seq, at_s, f"nobody gets {', '.join(event.lot_ids)}: {event.reason}", left=left, awards=awards)


def _settled(award: Award, left: Mapping[str, str]) -> Award:
    """A confirmed award of which nothing is to be done any more."""
    if award.status is not AwardStatus.CONFIRMED or not set(award.lot_ids) <= {*award.done, *left}:
        return award
    return changed(award, status=AwardStatus.DONE if award.done else AwardStatus.FORFEITED)


def negotiation_ended(state: State, event: n.NegotiationEnded, seq: int, at_s: int) -> None:
    """It is over; bids that still stood have lost."""
    was = state.negotiations[event.negotiation_id]
    bids = tuple(_lost(one, _why_lost(was, one)) for one in was.bids)
    text = f"{event.phase.value.lower()}: {event.outcome}"
    values: dict[str, Any] = {"phase": event.phase, "bids": bids, "ended_s": at_s, "outcome": event.outcome}
    _keep(state, was, seq, at_s, text, **values)
    state.open_negotiations.pop(was.negotiation_id, None)
    for lot in was.lots:
        if state.lots_called.get(lot.lot_id) == was.negotiation_id:
            del state.lots_called[lot.lot_id]
    if len(state.negotiations) - len(state.open_negotiations) > CLOSED_KEPT:
        del state.negotiations[next(key for key in state.negotiations if key not in state.open_negotiations)]


def _why_lost(was: Negotiation, bid: Bid) -> str:
    """Who has the lots instead, and for how much."""
    for award in reversed(was.awards):
        if award.status is not AwardStatus.FORFEITED and set(award.lot_ids) & set(bid.lot_ids):
            return f"lots went to {award.bidder} for {euros(award.price_cents)}, bid {euros(bid.price_cents)}"
    return "nothing was awarded for its lots"


def quote_agreed(state: State, event: n.QuoteAgreed, seq: int, at_s: int) -> None:
    """The newest quote of a proposal holds; those that are over are forgotten."""
    state.quotes[event.quote.proposal_id] = event.quote
    for key in [key for key, one in state.quotes.items() if one.valid_until_s < at_s]:
        del state.quotes[key]


def order_handed_over(state: State, event: n.OrderHandedOver, seq: int, at_s: int) -> None:
    """The goods leave stock, the order leaves our routes."""
    carried = event.carried
    order = state.orders[carried.order_id]
    state.orders[order.order_id] = changed(order, status=OrderStatus.LOADED, version=order.version + 1)
    _move(state, carried.order_id, carried.site_id, -1)
    state.carried[order.order_id] = carried
    forget_order(state, order.order_id)


def _move(state: State, order_id: str, site_id: str, sign: int) -> None:
    for line in state.orders[order_id].lines:
        key = (site_id, line.item_id)
        state.on_hand[key] = state.on_hand.get(key, 0) + sign * line.quantity


def order_taken_back(state: State, event: n.OrderTakenBack, seq: int, at_s: int) -> None:
    """The goods are stock again, the order is open again."""
    carried = state.carried.pop(event.order_id)
    order = state.orders[event.order_id]
    state.orders[order.order_id] = changed(order, status=OrderStatus.OPEN, version=order.version + 1)
    _move(state, event.order_id, carried.site_id, +1)


def carrier_delivered(state: State, event: n.CarrierDelivered, seq: int, at_s: int) -> None:
    """The order is done."""
    order = state.orders[event.order_id]
    state.orders[order.order_id] = changed(
        order, status=OrderStatus.DELIVERED, delivered_s=event.at_s, version=order.version + 1
    )
    state.carried.pop(event.order_id, None)
    state.open_orders.pop(event.order_id, None)


FOLDS: Mapping[type[Event], Callable[[State, Any, int, int], None]] = {
    n.NegotiationOpened: negotiation_opened,
    n.BidReceived: bid_received,
    n.BidRefused: bid_refused,
    n.CallDeclined: call_declined,
    n.Awarded: awarded,
    n.AwardConfirmed: award_confirmed,
    n.AwardForfeited: award_forfeited,
    n.LotDone: lot_done,
    n.LotsLeft: lots_left,
    n.NegotiationEnded: negotiation_ended,
    n.QuoteAgreed: quote_agreed,
    n.OrderHandedOver: order_handed_over,
    n.OrderTakenBack: order_taken_back,
    n.CarrierDelivered: carrier_delivered,
}
