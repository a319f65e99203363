"""A negotiation of the log as the protocol sees it. Pure; called by the desk and by tests."""

from __future__ import annotations

from agents.negotiation import HeldAward, Holding, OpenLot, StandingBid, Talk
from orchestrator.domain.negotiations import AwardStatus, Bid, BidderStatus, BidStatus, Negotiation, Phase, Subject
from orchestrator.domain.state import DAY_S

HOLDINGS = {
    AwardStatus.PENDING: Holding.PENDING,
    AwardStatus.CONFIRMED: Holding.CONFIRMED,
    AwardStatus.DONE: Holding.DONE,
}
#: A supplier bids once; a carrier may bid again, for other bundles, until the deadline.
AWAITED = {
    Subject.SUPPLY: (BidderStatus.ASKED,),
    Subject.TENDER: (BidderStatus.ASKED, BidderStatus.BID),
}


def talk_of(found: Negotiation) -> Talk:
    """What stands of a negotiation."""
    bids = tuple(
        StandingBid(
            bid_id=bid.bid_id,
            bidder=bid.bidder,
            lot_ids=bid.lot_ids,
            price_cents=bid.price_cents + late_cents(found, bid),
            at_s=bid.at_s,
            valid_until_s=bid.valid_until_s,
            counter=bid.counter,
            alone=bid.alone,
        )
        for bid in found.bids
        if bid.status is BidStatus.STANDING
    )
    held = tuple(
        HeldAward(one.bid_id, one.bidder, one.confirm_by_s, HOLDINGS[one.status])
        for one in found.awards
        if one.status in HOLDINGS
    )
    return Talk(
        answer_by_s=found.answer_by_s,
        lots=tuple(OpenLot(lot.lot_id, lot.penalty_cents) for lot in found.free_lots()),
        silent=tuple(one.bidder for one in found.bidders if one.status is BidderStatus.ASKED),
        bids=bids,
        held=held,
        declined=_declined(found),
        calling=found.phase is Phase.CALLED,
        may_bid=any(one.status in AWAITED[found.subject] for one in found.bidders),
    )


def late_cents(found: Negotiation, bid: Bid) -> int:
    """What it costs that a bid promises lots later than they are wanted."""
    total = 0
    for promise in bid.promises:
        lot = found.lot(promise.lot_id)
        if lot is not None and lot.wanted_s is not None and promise.at_s > lot.wanted_s:
            total += -(-(promise.at_s - lot.wanted_s) // DAY_S) * lot.late_cents_day
    return total


def _declined(found: Negotiation) -> dict[str, str]:
    """Why each bidder is not taken: not able, declined, forfeited, or its bids refused."""
    standing = {bid.bidder for bid in found.bids if bid.status is BidStatus.STANDING}
    reasons = {
        one.bidder: one.reason
        for one in found.bidders
        if one.status in (BidderStatus.UNABLE, BidderStatus.DECLINED, BidderStatus.OUT)
    }
    for bid in found.bids:
        if bid.status is BidStatus.REFUSED and bid.bidder not in standing and bid.bidder not in reasons:
            reasons[bid.bidder] = bid.why
    return reasons
