"""A negotiation as one of its bidders may see it. Pure.

Promises: nothing of other bidders (not even how many), no other partner's name or order number, no site, no person.
A lot is named by its place in the call ("L1"), because its own id would tell whose order it is.
"""

from __future__ import annotations

from orchestrator.domain.company import Place
from orchestrator.domain.negotiations import (
    Award,
    Bid,
    Bidder,
    BidderStatus,
    BidStatus,
    Lot,
    Negotiation,
    Phase,
    Subject,
)
from orchestrator.domain.state import State
from orchestrator.ingest.fields import enum_out
from orchestrator.ingest.refusals import bad_field
from protos.muster.partner.v1 import tender_service_pb2 as pb

SUBJECTS = {Subject.TENDER: pb.TENDER_SUBJECT_DELIVERY, Subject.SUPPLY: pb.TENDER_SUBJECT_PURCHASE}
CLOSED = (Phase.AWARDED, Phase.RUNNING)


def lot_name(found: Negotiation, lot_id: str) -> str:
    """What bidders call a lot."""
    return f"L{[lot.lot_id for lot in found.lots].index(lot_id) + 1}"


def lot_id_in(found: Negotiation, name: str, field: str) -> str:
    """The lot that a bidder names."""
    for index, lot in enumerate(found.lots):
        if name == f"L{index + 1}":
            return lot.lot_id
    raise bad_field(field, name, f"L1 to L{len(found.lots)}")


def tender_out(state: State, found: Negotiation, bidder: Bidder, now_s: int) -> pb.Tender:
    """The call, its lots, and what is the bidder's own in it."""
    return pb.Tender(
        tender_id=found.negotiation_id,
        subject=SUBJECTS[found.subject],
        status=_status(found, now_s),
        opened_s=found.opened_s,
        answer_by_s=found.answer_by_s,
        lots=[_lot(state, found, lot) for lot in found.lots],
        bids=[bid_out(found, bid) for bid in found.bids if bid.bidder == bidder.bidder],
        awards=[_award(found, award) for award in found.awards if award.bidder == bidder.bidder],
        declined=bidder.status in (BidderStatus.DECLINED, BidderStatus.OUT),
    )


def _status(found: Negotiation, now_s: int) -> pb.TenderStatus.ValueType:
    if found.phase is Phase.CALLED and now_s <= found.answer_by_s:
        return pb.TENDER_STATUS_OPEN
    if found.phase in CLOSED or found.phase is Phase.CALLED:
        return pb.TENDER_STATUS_CLOSED
    return pb.TENDER_STATUS_ENDED


def _lot(state: State, found: Negotiation, lot: Lot) -> pb.TenderLot:
    shown = pb.TenderLot(
        lot=lot_name(found, lot.lot_id),
        text=lot.text,
        from_s=lot.from_s,
        until_s=lot.until_s,
        weight_g=lot.weight_g,
        limit_cents=lot.limit_cents,
    )
    if found.subject is Subject.SUPPLY:
        shown.item_id, shown.quantity = lot.item_id, lot.quantity
    site, order = state.sites.get(lot.site_id), state.orders.get(lot.lot_id)
    customer = state.customers.get(order.customer_id) if order is not None else None
    if site is not None:
        (shown.deliver if found.subject is Subject.SUPPLY else shown.fetch).CopyFrom(_place(site.place))
    if customer is not None:
        shown.deliver.CopyFrom(_place(customer.place))
    return shown


def _place(place: Place) -> pb.TenderPlace:
    return pb.TenderPlace(lat_e7=place.lat_e7, lon_e7=place.lon_e7)


def bid_out(found: Negotiation, bid: Bid) -> pb.Bid:
    """A bid as its bidder sees it; why it lost would tell of others."""
    return pb.Bid(
        bid_id=bid.bid_id,
        promises=[pb.LotPromise(lot=lot_name(found, one.lot_id), at_s=one.at_s) for one in bid.promises],
        price_cents=bid.price_cents,
        at_s=bid.at_s,
        valid_until_s=bid.valid_until_s,
        counter=bid.counter,
        alone=bid.alone,
        note=bid.note,
        status=enum_out(pb.BidStatus, "BID_STATUS_", bid.status.value),
        why=bid.why if bid.status is BidStatus.REFUSED else "",
    )


def _award(found: Negotiation, award: Award) -> pb.Award:
    return pb.Award(
        bid_id=award.bid_id,
        lots=[lot_name(found, lot_id) for lot_id in award.lot_ids],
        price_cents=award.price_cents,
        confirm_by_s=award.confirm_by_s,
        status=enum_out(pb.AwardStatus, "AWARD_STATUS_", award.status.value),
        done=[lot_name(found, lot_id) for lot_id in award.done],
    )
