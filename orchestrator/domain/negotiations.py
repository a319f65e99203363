"""Negotiations: who was called about what, what they bid, who was awarded, and what became of it.

A negotiation is a contract net in the log: call -> bids -> award -> confirm -> done | forfeited. Its whole story is
in its entity, so that a restart loses none of it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from orchestrator.domain.types import Cents, Count, DurationS, EpochS, Frozen, Id, OrderId, Quantity, Text

CLOSED_KEPT = 500
"""Negotiations that are over are kept so many; the log keeps all."""
OPEN_MAX = 5_000
LOTS_MAX = 200
BIDDERS_MAX = 200
BIDS_EACH_MAX = 20
STORY_MAX = 400
ROUNDS_MAX = 50

LotId = Annotated[str, Field(min_length=1, max_length=200)]
BidId = Annotated[str, Field(min_length=1, max_length=80)]
"""Bidder and number: it must not tell a bidder how many others bid."""


class Subject(StrEnum):
    """What is negotiated. SUPPLY: a lot is a purchase proposal. TENDER: a lot is an order to be delivered."""

    SUPPLY = "SUPPLY"
    TENDER = "TENDER"


class Phase(StrEnum):
    """CALLED: bids are taken. AWARDED: winners have to confirm. RUNNING: all is confirmed and not yet done."""

    CALLED = "CALLED"
    AWARDED = "AWARDED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


OPEN = frozenset({Phase.CALLED, Phase.AWARDED, Phase.RUNNING})


class BidderStatus(StrEnum):
    """UNABLE: filtered out before the call. OUT: forfeited or withdrew, takes part no more."""

    ASKED = "ASKED"
    BID = "BID"
    DECLINED = "DECLINED"
    UNABLE = "UNABLE"
    OUT = "OUT"


class BidStatus(StrEnum):
    """REPLACED: the same bidder bid again for the same lots."""

    STANDING = "STANDING"
    REFUSED = "REFUSED"
    REPLACED = "REPLACED"
    WON = "WON"
    LOST = "LOST"


class AwardStatus(StrEnum):
    """DONE: all of its lots are done."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    DONE = "DONE"
    FORFEITED = "FORFEITED"


class BidRule(StrEnum):
    """Why a bid does not count."""

    TOO_LATE = "TOO_LATE"
    OVER_LIMIT = "OVER_LIMIT"
    OUT_OF_TIME = "OUT_OF_TIME"
    TOO_HEAVY = "TOO_HEAVY"
    TOO_MANY = "TOO_MANY"
    OUT_OF_THE_RACE = "OUT_OF_THE_RACE"


class Lot(Frozen):
    """One thing to be won. `penalty_cents`: what leaving it costs; `limit_cents`: the most it may cost, None = any.

    `from_s`, `until_s`: between these a promise must be. SUPPLY: `item_id`, `quantity`, `site_id` where it is wanted.
    TENDER: `site_id` where the goods are fetched, `weight_g` of them.
    `late_cents_day`: what a promise after `wanted_s` costs for each day begun; winners are found with it.
    """

    lot_id: LotId
    text: Text = ""
    penalty_cents: Cents = 0
    limit_cents: Cents | None = None
    from_s: EpochS = 0
    until_s: EpochS = 253_402_300_799
    weight_g: Cents = 0
    site_id: str = ""
    item_id: str = ""
    quantity: Count = 0
    wanted_s: EpochS | None = None
    late_cents_day: Cents = 0


class Bidder(Frozen):
    """Somebody who was asked, or not asked for `reason`. `weight_max_g`: most it can take in one bid, 0 = any.

    `partner_id`: whose system answers for it; "": its agent does.
    """

    bidder: Id
    status: BidderStatus = BidderStatus.ASKED
    reason: Text = ""
    weight_max_g: Cents = 0
    partner_id: str = Field(default="", max_length=64)


class Promise(Frozen):
    """When a bidder would have a lot done."""

    lot_id: LotId
    at_s: EpochS


class Bid(Frozen):
    """All of `lot_ids` for `price_cents`, or none. `alone`: of this bidder's bids one can win, they are alternatives.

    `counter`: it goes beyond the limit or the times that were asked for; only a person may take it. `valid_until_s`:
    it can be awarded until then, also a second time round.
    """

    bid_id: BidId
    bidder: Id
    lot_ids: tuple[LotId, ...] = Field(min_length=1, max_length=LOTS_MAX)
    price_cents: Cents
    promises: tuple[Promise, ...] = Field(min_length=1, max_length=LOTS_MAX)
    at_s: EpochS
    valid_until_s: EpochS
    counter: bool = False
    alone: bool = False
    note: Text = ""
    status: BidStatus = BidStatus.STANDING
    why: Text = ""


class Award(Frozen):
    """A bid that was taken. `done`: lots that are done. `by`: the person who took it, "" = by the rules."""

    bid_id: BidId
    bidder: Id
    lot_ids: tuple[LotId, ...]
    price_cents: Cents
    at_s: EpochS
    confirm_by_s: EpochS
    status: AwardStatus = AwardStatus.PENDING
    done: tuple[LotId, ...] = ()
    by: str = Field(default="", max_length=64)
    why: Text = ""


class Step(Frozen):
    """A line of the story: what happened, when, and where it stands in the log."""

    at_s: EpochS
    seq: Count
    text: Text


class Negotiation(Frozen):
    """One call and all that came of it. `left`: lots that nobody gets, with the reason."""

    negotiation_id: Id
    subject: Subject
    owner: str = Field(min_length=1, max_length=64)
    reason: Text = ""
    lots: tuple[Lot, ...] = Field(min_length=1, max_length=LOTS_MAX)
    bidders: tuple[Bidder, ...] = Field(max_length=BIDDERS_MAX)
    opened_s: EpochS
    answer_by_s: EpochS
    confirm_s: DurationS
    phase: Phase = Phase.CALLED
    bids: tuple[Bid, ...] = ()
    awards: tuple[Award, ...] = ()
    left: dict[LotId, Text] = Field(default_factory=dict)
    ended_s: EpochS | None = None
    outcome: Text = ""
    story: tuple[Step, ...] = ()
    version: int = 1

    def lot(self, lot_id: str) -> Lot | None:
        """The lot of this id."""
        return next((lot for lot in self.lots if lot.lot_id == lot_id), None)

    def bid(self, bid_id: str) -> Bid | None:
        """The bid of this id."""
        return next((bid for bid in self.bids if bid.bid_id == bid_id), None)

    def bidder(self, name: str) -> Bidder | None:
        """The bidder of this name."""
        return next((one for one in self.bidders if one.bidder == name), None)

    def award_of(self, bid_id: str) -> Award | None:
        """The newest award of a bid."""
        return next((award for award in reversed(self.awards) if award.bid_id == bid_id), None)

    def free_lots(self) -> tuple[Lot, ...]:
        """Lots that nobody holds and that were not given up."""
        held = {lot for one in self.awards if one.status is not AwardStatus.FORFEITED for lot in one.lot_ids}
        return tuple(lot for lot in self.lots if lot.lot_id not in held and lot.lot_id not in self.left)

    def asked_partner(self, partner_id: str) -> tuple[Bidder, ...]:
        """The bidders for whom this partner's system answers."""
        return tuple(
            one for one in self.bidders if one.partner_id == partner_id and one.status is not BidderStatus.UNABLE
        )


class Carried(Frozen):
    """An order that a carrier has: by which negotiation, fetched where, promised when."""

    order_id: OrderId
    carrier: Id
    negotiation_id: Id
    site_id: Id
    promised_s: EpochS
    since_s: EpochS


class AgreedQuote(Frozen):
    """What a supplier promised for a proposal: it is ordered so when it is approved, up to `valid_until_s`."""

    proposal_id: str
    supplier_id: Id
    quantity: Quantity
    price_cents: Cents
    expected_s: EpochS
    valid_until_s: EpochS
    negotiation_id: Id
