"""Events of the contract net. Found through `evolve.negotiations`."""

from __future__ import annotations

from pydantic import Field

from orchestrator.domain.events import Event
from orchestrator.domain.negotiations import AgreedQuote, Award, Bid, BidId, BidRule, Carried, LotId, Negotiation, Phase
from orchestrator.domain.types import EpochS, Id, OrderId, Text


class NegotiationOpened(Event):
    """Bidders were called."""

    negotiation: Negotiation


class BidReceived(Event):
    """A bid that counts."""

    negotiation_id: Id
    bid: Bid


class BidRefused(Event):
    """A bid that does not count, by the rule."""

    negotiation_id: Id
    bid: Bid
    rule: BidRule


class CallDeclined(Event):
    """A bidder does not take part (any more)."""

    negotiation_id: Id
    bidder: Id
    reason: Text = ""


class Awarded(Event):
    """Bids were taken; `why` says how they were chosen."""

    negotiation_id: Id
    awards: tuple[Award, ...]
    why: Text = ""


class AwardConfirmed(Event):
    """A winner has taken its award on."""

    negotiation_id: Id
    bid_id: BidId
    at_s: EpochS


class AwardForfeited(Event):
    """A winner has lost its award; its lots are free again but for those that are done."""

    negotiation_id: Id
    bid_id: BidId
    reason: Text


class LotDone(Event):
    """A winner has done a lot."""

    negotiation_id: Id
    bid_id: BidId
    lot_id: LotId
    at_s: EpochS


class LotsLeft(Event):
    """Nobody gets these lots."""

    negotiation_id: Id
    lot_ids: tuple[LotId, ...]
    reason: Text


class NegotiationEnded(Event):
    """It is over. `by`: the person who cancelled it."""

    negotiation_id: Id
    phase: Phase
    outcome: Text = ""
    by: str = Field(default="", max_length=64)


class QuoteAgreed(Event):
    """A supplier's quote for a proposal holds from now on."""

    quote: AgreedQuote


class OrderHandedOver(Event):
    """A carrier has the order: it leaves stock and our own routes."""

    carried: Carried


class OrderTakenBack(Event):
    """The carrier does not deliver the order; its goods are stock again and it is planned anew."""

    order_id: OrderId
    carrier: Id
    reason: Text = ""


class CarrierDelivered(Event):
    """A carrier has delivered an order."""

    order_id: OrderId
    carrier: Id
    at_s: EpochS
    late_s: int = Field(default=0, ge=0)
