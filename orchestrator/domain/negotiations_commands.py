"""Commands of the contract net. Each is decided in `decide.negotiations` or `decide.tenders`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.commands import Command
from orchestrator.domain.negotiations import BIDDERS_MAX, LOTS_MAX, Bidder, BidId, Lot, LotId, Promise, Subject
from orchestrator.domain.types import Cents, DurationS, EpochS, Id, Text

By = Annotated[str, Field(min_length=1, max_length=64)]
LotIds = Annotated[tuple[LotId, ...], Field(min_length=1, max_length=LOTS_MAX)]


class OpenNegotiation(Command):
    """Call bidders about lots. Bidders that were filtered out stand in the list with their reason."""

    subject: Subject
    owner: By
    reason: Text = ""
    lots: tuple[Lot, ...] = Field(min_length=1, max_length=LOTS_MAX)
    bidders: tuple[Bidder, ...] = Field(max_length=BIDDERS_MAX)
    answer_by_s: EpochS
    confirm_s: DurationS


class SubmitBid(Command):
    """A bidder's bid on a bundle of lots. A bid that breaks a rule of the call is logged as refused."""

    negotiation_id: Id
    bidder: Id
    lot_ids: LotIds
    price_cents: Cents
    promises: tuple[Promise, ...] = Field(min_length=1, max_length=LOTS_MAX)
    valid_until_s: EpochS | None = None
    counter: bool = False
    alone: bool = False
    note: Text = ""


class DeclineCall(Command):
    """A bidder does not bid, or takes part no more, and says why."""

    negotiation_id: Id
    bidder: Id
    reason: Text = ""


class AwardLots(Command):
    """Award bids. `by`: the person who chose by hand, "" = the winner determination."""

    negotiation_id: Id
    bid_ids: tuple[BidId, ...] = Field(min_length=1, max_length=LOTS_MAX)
    by: str = Field(default="", max_length=64)
    why: Text = ""
    version: int | None = None


class ConfirmAward(Command):
    """A winner takes its award on."""

    negotiation_id: Id
    bidder: Id
    bid_id: BidId


class ForfeitAward(Command):
    """A winner was silent, gave its award back, or failed."""

    negotiation_id: Id
    bid_id: BidId
    reason: Text


class ReportLotDone(Command):
    """A winner has done a lot, or (`failed`) could not."""

    negotiation_id: Id
    bidder: Id
    lot_id: LotId
    at_s: EpochS
    failed: bool = False
    reason: Text = ""


class LeaveLots(Command):
    """Nobody gets these lots; the negotiation goes on with the others, or ends."""

    negotiation_id: Id
    lot_ids: LotIds
    reason: Text


class EndNegotiation(Command):
    """All is settled."""

    negotiation_id: Id


class CancelNegotiation(Command):
    """A person, or who opened it, takes the call back; what is confirmed stays."""

    negotiation_id: Id
    by: By
    reason: Text = ""
    version: int | None = None
