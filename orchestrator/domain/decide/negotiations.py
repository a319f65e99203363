"""Decisions about calls, bids and awards: the order in which a negotiation may go on. Called through `decide`.

Promises: a lot has at most one award that is not forfeited; no bid counts after its call's deadline; a bidder
whose bids are alternatives wins one of them; an award ends confirmed or forfeited; what has ended does not go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.domain import negotiations_commands as c
from orchestrator.domain import negotiations_events as n
from orchestrator.domain.answers import Answer, Decision
from orchestrator.domain.commands import Command
from orchestrator.domain.decide.checks import alert, etag, invalid, resolve
from orchestrator.domain.decide.tenders import fulfilled, given_back, handed_over, lot_exists
from orchestrator.domain.entities import Severity
from orchestrator.domain.errors import Reason, Rejection, illegal, not_found
from orchestrator.domain.events import Event
from orchestrator.domain.measures import euros
from orchestrator.domain.negotiations import (
    BIDS_EACH_MAX,
    OPEN,
    OPEN_MAX,
    Award,
    AwardStatus,
    Bid,
    Bidder,
    BidderStatus,
    BidRule,
    BidStatus,
    Lot,
    Negotiation,
    Phase,
)
from orchestrator.domain.state import DAY_S, State

ALERT = "NEGOTIATION_FAILED"
COUNTERS = "COUNTER_OFFERS"
"""Kinds of alerts: nobody can; only counter-offers stand, and a person may take one."""
ANSWER_S_MAX = 14 * DAY_S
VALID_S = DAY_S
"""A bid that names no end of its validity can be awarded for a day after the call's deadline."""


def _found(state: State, negotiation_id: str) -> Negotiation:
    found = state.negotiations.get(negotiation_id)
    if found is None:
        raise not_found("negotiation", negotiation_id, field="negotiation_id")
    return found


def _open(state: State, negotiation_id: str, verb: str) -> Negotiation:
    found = _found(state, negotiation_id)
    if found.phase not in OPEN:
        raise illegal("negotiation", negotiation_id, found.phase.value, verb)
    return found


def _asked(state: State, negotiation_id: str, name: str, verb: str) -> tuple[Negotiation, Bidder]:
    """The negotiation and the bidder; who was not asked is told the same as of a negotiation that does not exist."""
    found = state.negotiations.get(negotiation_id)
    bidder = found.bidder(name) if found is not None else None
    if found is None or bidder is None or bidder.status is BidderStatus.UNABLE:
        raise not_found("negotiation", negotiation_id, field="negotiation_id")
    return _open(state, negotiation_id, verb), bidder


def open_negotiation(state: State, command: c.OpenNegotiation, now_s: int) -> Decision:
    """Call bidders about lots that exist and that nobody is called about already."""
    if len(state.open_negotiations) >= OPEN_MAX:
        raise Rejection(Reason.LIMIT_EXCEEDED, f"{OPEN_MAX} negotiations are open already")
    if not now_s < command.answer_by_s <= now_s + ANSWER_S_MAX:
        raise invalid("answer_by_s", command.answer_by_s, f"after now ({now_s}), at most 14 days ahead")
    ids = [lot.lot_id for lot in command.lots]
    names = [one.bidder for one in command.bidders]
    if len(set(ids)) < len(ids) or len(set(names)) < len(names):
        raise invalid("lots", ids, "each lot and each bidder once")
    for lot in command.lots:
        lot_exists(state, command.subject, lot)
        if lot.lot_id in state.lots_called:
            known = state.lots_called[lot.lot_id]
            raise Rejection(
                Reason.ALREADY_EXISTS, f"{lot.lot_id} is in the open call {known}: cancel it first", field="lots"
            )
    new = Negotiation(
        negotiation_id=f"N-{state.counters.get('negotiation', 0) + 1:06d}",
        subject=command.subject,
        owner=command.owner,
        reason=command.reason,
        lots=command.lots,
        bidders=command.bidders,
        opened_s=now_s,
        answer_by_s=command.answer_by_s,
        confirm_s=command.confirm_s,
    )
    return Decision((n.NegotiationOpened(negotiation=new),), Answer(created_id=new.negotiation_id, version=2))


def submit_bid(state: State, command: c.SubmitBid, now_s: int) -> Decision:
    """Take a bid in; one that breaks a rule of the call is in the story as refused."""
    found, bidder = _asked(state, command.negotiation_id, command.bidder, "bid for")
    lots = _bundle(found, command)
    own = sum(one.bidder == bidder.bidder for one in found.bids)
    if own >= 2 * BIDS_EACH_MAX:
        raise Rejection(Reason.LIMIT_EXCEEDED, f"{own} bids of one bidder in one negotiation are enough")
    until_s = found.answer_by_s + VALID_S if command.valid_until_s is None else command.valid_until_s
    bid = Bid(
        bid_id=f"{bidder.bidder}-{own + 1}",
        bidder=bidder.bidder,
        lot_ids=command.lot_ids,
        price_cents=command.price_cents,
        promises=command.promises,
        at_s=now_s,
        valid_until_s=until_s,
        counter=command.counter,
        alone=command.alone,
        note=command.note,
    )
    broken = _broken(found, bidder, bid, lots, own, now_s)
    answer = Answer(created_id=bid.bid_id, version=found.version + 1)
    if broken is None:
        return Decision((n.BidReceived(negotiation_id=found.negotiation_id, bid=bid),), answer)
    rule, why = broken
    refused = bid.model_copy(update={"status": BidStatus.REFUSED, "why": f"{rule.value}: {why}"})
    return Decision((n.BidRefused(negotiation_id=found.negotiation_id, bid=refused, rule=rule),), answer)


def _bundle(found: Negotiation, command: c.SubmitBid) -> tuple[Lot, ...]:
    """The lots a bid is for. A bid that is not even well formed is the caller's fault."""
    if len(set(command.lot_ids)) < len(command.lot_ids):
        raise invalid("lot_ids", command.lot_ids, "each lot once")
    if sorted(one.lot_id for one in command.promises) != sorted(command.lot_ids):
        raise invalid("promises", [one.lot_id for one in command.promises], "one for each lot of the bid")
    lots = []
    for lot_id in command.lot_ids:
        lot = found.lot(lot_id)
        if lot is None:
            raise invalid("lot_ids", lot_id, "no lot of this call")
        lots.append(lot)
    return tuple(lots)


def _broken(
    found: Negotiation, bidder: Bidder, bid: Bid, lots: tuple[Lot, ...], own: int, now_s: int
) -> tuple[BidRule, str] | None:
    """The first rule that a bid breaks, with the figures. A counter-offer may break the limit and the times."""
    if found.phase is not Phase.CALLED or now_s > found.answer_by_s:
        return BidRule.TOO_LATE, f"bids were taken until {found.answer_by_s}"
    if bidder.status in (BidderStatus.OUT, BidderStatus.DECLINED):
        return BidRule.OUT_OF_THE_RACE, f"{bidder.bidder} declined or forfeited"
    if own >= BIDS_EACH_MAX:
        return BidRule.TOO_MANY, f"at most {BIDS_EACH_MAX} bids each"
    weight_g = sum(lot.weight_g for lot in lots)
    if bidder.weight_max_g and weight_g > bidder.weight_max_g:
        return BidRule.TOO_HEAVY, f"{weight_g} g, {bidder.bidder} carries {bidder.weight_max_g} g"
    if bid.counter:
        return None
    limits = [lot.limit_cents for lot in lots if lot.limit_cents is not None]
    if len(limits) == len(lots) and bid.price_cents > sum(limits):
        return BidRule.OVER_LIMIT, f"{euros(bid.price_cents)}, at most {euros(sum(limits))}"
    promised = {one.lot_id: one.at_s for one in bid.promises}
    for lot in lots:
        if not lot.from_s <= promised[lot.lot_id] <= lot.until_s:
            return BidRule.OUT_OF_TIME, f"{lot.lot_id} at {promised[lot.lot_id]}: {lot.from_s} to {lot.until_s}"
    return None


def decline_call(state: State, command: c.DeclineCall, now_s: int) -> Decision:
    """A bidder is out; declining an award that waits for its word gives it back."""
    found, bidder = _asked(state, command.negotiation_id, command.bidder, "declined")
    if bidder.status in (BidderStatus.DECLINED, BidderStatus.OUT):
        return Decision(())
    events: list[Event] = []
    for award in found.awards:
        if award.bidder == bidder.bidder and award.status in (AwardStatus.PENDING, AwardStatus.CONFIRMED):
            events += given_back(state, found, award, command.reason or "given back")
    if not events:
        reason = command.reason
        events.append(n.CallDeclined(negotiation_id=found.negotiation_id, bidder=bidder.bidder, reason=reason))
    return Decision(tuple(events))


def award_lots(state: State, command: c.AwardLots, now_s: int) -> Decision:
    """Award bids whose lots are free. A person may take a counter-offer, and need not wait for the deadline."""
    found = _open(state, command.negotiation_id, "awarded")
    etag("negotiation", found.negotiation_id, command.version, found.version)
    free = {lot.lot_id for lot in found.free_lots()}
    alone = {bid.bidder for bid in found.bids if bid.alone and bid.status in (BidStatus.STANDING, BidStatus.WON)}
    full = {one.bidder for one in found.awards if one.status is not AwardStatus.FORFEITED} & alone
    awards = []
    for bid_id in command.bid_ids:
        bid = found.bid(bid_id)
        if bid is None:
            raise not_found("bid", bid_id, field="bid_ids")
        if bid.status is not BidStatus.STANDING or bid.valid_until_s < now_s:
            status = bid.status.value if bid.status is not BidStatus.STANDING else "EXPIRED"
            raise illegal("bid", bid_id, status, "awarded")
        if bid.counter and not command.by:
            raise illegal("bid", bid_id, "a counter-offer", "awarded without a person")
        if not set(bid.lot_ids) <= free:
            raise illegal("bid", bid_id, "for lots that are taken", "awarded")
        if bid.bidder in full:
            raise illegal("bid", bid_id, f"of {bid.bidder}, which has won another one,", "awarded")
        free -= set(bid.lot_ids)
        full |= {bid.bidder} & alone
        awards.append(_award(bid, found, command.by, now_s))
    why = command.why or f"chosen by {command.by}"
    event = n.Awarded(negotiation_id=found.negotiation_id, awards=tuple(awards), why=why)
    over = resolve(state, COUNTERS, found.negotiation_id, "awarded")
    return Decision((event, *over), Answer(created_id=found.negotiation_id, version=found.version + 1))


def _award(bid: Bid, found: Negotiation, by: str, now_s: int) -> Award:
    return Award(
        bid_id=bid.bid_id,
        bidder=bid.bidder,
        lot_ids=bid.lot_ids,
        price_cents=bid.price_cents,
        at_s=now_s,
        confirm_by_s=now_s + found.confirm_s,
        by=by,
    )


def confirm_award(state: State, command: c.ConfirmAward, now_s: int) -> Decision:
    """The winner is bound; a quote holds, an order is the carrier's."""
    found, _ = _asked(state, command.negotiation_id, command.bidder, "confirmed")
    award = _own_award(found, command.bidder, command.bid_id)
    if award.status is AwardStatus.CONFIRMED:
        return Decision((), Answer(created_id=award.bid_id, version=found.version))
    if award.status is not AwardStatus.PENDING or now_s > award.confirm_by_s:
        status = award.status.value if award.status is not AwardStatus.PENDING else "EXPIRED"
        raise illegal("award", award.bid_id, status, "confirmed")
    confirmed = n.AwardConfirmed(negotiation_id=found.negotiation_id, bid_id=award.bid_id, at_s=now_s)
    effects = handed_over(state, found, award, now_s)
    return Decision((confirmed, *effects), Answer(created_id=award.bid_id, version=found.version + 1))


def _own_award(found: Negotiation, bidder: str, bid_id: str) -> Award:
    award = found.award_of(bid_id)
    if award is None or award.bidder != bidder:
        raise not_found("award", bid_id, field="bid_id")
    return award


def forfeit_award(state: State, command: c.ForfeitAward, now_s: int) -> Decision:
    """The lots of an award are free again."""
    found = _open(state, command.negotiation_id, "forfeited")
    award = found.award_of(command.bid_id)
    if award is None:
        raise not_found("award", command.bid_id, field="bid_id")
    if award.status not in (AwardStatus.PENDING, AwardStatus.CONFIRMED):
        raise illegal("award", award.bid_id, award.status.value, "forfeited")
    return Decision(tuple(given_back(state, found, award, command.reason)))


def report_lot_done(state: State, command: c.ReportLotDone, now_s: int) -> Decision:
    """A lot of a confirmed award is done, or goes back into planning."""
    found, _ = _asked(state, command.negotiation_id, command.bidder, "done")
    for award in found.awards:
        mine = award.bidder == command.bidder and award.status is AwardStatus.CONFIRMED
        if mine and command.lot_id in award.lot_ids:
            if command.lot_id in award.done or command.lot_id in found.left:
                raise illegal("lot", command.lot_id, "settled", "done again")
            return Decision(tuple(fulfilled(state, found, award, command, now_s)))
    raise not_found("lot", command.lot_id, field="lot_id")


def leave_lots(state: State, command: c.LeaveLots, now_s: int) -> Decision:
    """Nobody gets these lots; people are told why."""
    found = _open(state, command.negotiation_id, "left")
    free = {lot.lot_id for lot in found.free_lots()}
    if not set(command.lot_ids) <= free:
        raise illegal("lot", ", ".join(sorted(set(command.lot_ids) - free)), "taken or settled", "left")
    left = n.LotsLeft(negotiation_id=found.negotiation_id, lot_ids=command.lot_ids, reason=command.reason)
    lots = ", ".join(command.lot_ids[:5]) + (" …" if len(command.lot_ids) > 5 else "")
    text = f"nobody takes {lots} ({found.negotiation_id}): {command.reason}"
    return Decision((left, *alert(state, ALERT, found.negotiation_id, Severity.WARNING, text, now_s)))


def end_negotiation(state: State, command: c.EndNegotiation, now_s: int) -> Decision:
    """End it when every lot is done or left."""
    found = _open(state, command.negotiation_id, "ended")
    done = {lot for award in found.awards for lot in award.done}
    if any(lot.lot_id not in done and lot.lot_id not in found.left for lot in found.lots):
        raise illegal("negotiation", found.negotiation_id, found.phase.value, "ended before all is settled")
    phase = Phase.DONE if done else Phase.FAILED
    outcome = f"{len(done)} of {len(found.lots)} lots done"
    ended = n.NegotiationEnded(negotiation_id=found.negotiation_id, phase=phase, outcome=outcome)
    over = resolve(state, ALERT, found.negotiation_id, "settled") if len(done) == len(found.lots) else []
    over += resolve(state, COUNTERS, found.negotiation_id, "over")
    return Decision((ended, *over))


def cancel_negotiation(state: State, command: c.CancelNegotiation, now_s: int) -> Decision:
    """Take the call back; orders that a carrier has and has not delivered are ours again."""
    found = _open(state, command.negotiation_id, "cancelled")
    etag("negotiation", found.negotiation_id, command.version, found.version)
    reason = command.reason or "cancelled"
    events: list[Event] = []
    for award in found.awards:
        if award.status in (AwardStatus.PENDING, AwardStatus.CONFIRMED):
            events += given_back(state, found, award, f"called off: {reason}"[:1000])
    ended = n.NegotiationEnded(
        negotiation_id=found.negotiation_id, phase=Phase.CANCELLED, outcome=reason, by=command.by
    )
    over = [end for kind in (ALERT, COUNTERS) for end in resolve(state, kind, found.negotiation_id, "cancelled")]
    answer = Answer(created_id=found.negotiation_id, version=found.version + len(events) + 1)
    return Decision((*events, ended, *over), answer)


HANDLERS: Mapping[type[Command], Callable[[State, Any, int], Decision]] = {
    c.OpenNegotiation: open_negotiation,
    c.SubmitBid: submit_bid,
    c.DeclineCall: decline_call,
    c.AwardLots: award_lots,
    c.ConfirmAward: confirm_award,
    c.ForfeitAward: forfeit_award,
    c.ReportLotDone: report_lot_done,
    c.LeaveLots: leave_lots,
    c.EndNegotiation: end_negotiation,
    c.CancelNegotiation: cancel_negotiation,
}
