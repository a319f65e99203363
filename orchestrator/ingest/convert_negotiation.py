"""A negotiation as operators see it: lots with their holders, bidders with their reasons, the whole story. Pure."""

from __future__ import annotations

from orchestrator.domain.negotiations import Award, AwardStatus, Bid, Lot, Negotiation
from orchestrator.ingest.fields import enum_out
from protos.muster.operator.v1 import negotiation_service_pb2 as pb


def negotiation_out(found: Negotiation) -> pb.Negotiation:
    """All of it."""
    return pb.Negotiation(
        negotiation_id=found.negotiation_id,
        subject=enum_out(pb.NegotiationSubject, "NEGOTIATION_SUBJECT_", found.subject.value),
        phase=enum_out(pb.NegotiationPhase, "NEGOTIATION_PHASE_", found.phase.value),
        owner=found.owner,
        reason=found.reason,
        opened_s=found.opened_s,
        answer_by_s=found.answer_by_s,
        confirm_s=found.confirm_s,
        ended_s=found.ended_s,
        outcome=found.outcome,
        lots=[_lot(found, lot) for lot in found.lots],
        bidders=[
            pb.NegotiationBidder(
                bidder=one.bidder, status=one.status.value, reason=one.reason, partner_id=one.partner_id
            )
            for one in found.bidders
        ],
        bids=[_bid(bid) for bid in found.bids],
        awards=[_award(award) for award in found.awards],
        story=[pb.NegotiationStep(at_s=step.at_s, seq=step.seq, text=step.text) for step in found.story],
        etag=str(found.version),
    )


def _lot(found: Negotiation, lot: Lot) -> pb.NegotiationLot:
    held = (one for one in found.awards if one.status is not AwardStatus.FORFEITED)
    holder = next((one.bidder for one in held if lot.lot_id in one.lot_ids), "")
    return pb.NegotiationLot(
        lot_id=lot.lot_id,
        text=lot.text,
        limit_cents=lot.limit_cents,
        from_s=lot.from_s,
        until_s=lot.until_s,
        weight_g=lot.weight_g,
        site_id=lot.site_id,
        item_id=lot.item_id,
        quantity=lot.quantity,
        holder=holder,
        left_because=found.left.get(lot.lot_id, ""),
    )


def _bid(bid: Bid) -> pb.NegotiationBid:
    return pb.NegotiationBid(
        bid_id=bid.bid_id,
        bidder=bid.bidder,
        promises=[pb.NegotiationPromise(lot_id=one.lot_id, at_s=one.at_s) for one in bid.promises],
        price_cents=bid.price_cents,
        at_s=bid.at_s,
        valid_until_s=bid.valid_until_s,
        counter=bid.counter,
        alone=bid.alone,
        note=bid.note,
        status=bid.status.value,
        why=bid.why,
    )


def _award(award: Award) -> pb.NegotiationAward:
    return pb.NegotiationAward(
        bid_id=award.bid_id,
        bidder=award.bidder,
        lot_ids=award.lot_ids,
        price_cents=award.price_cents,
        at_s=award.at_s,
        confirm_by_s=award.confirm_by_s,
        status=award.status.value,
        done=award.done,
        by=award.by,
        why=award.why,
    )
