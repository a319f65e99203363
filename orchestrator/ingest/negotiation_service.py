"""Negotiations on the operator port: the list, the whole story, tenders by hand, awards by hand."""

from __future__ import annotations

from agents.negotiation import answer_by_s
from orchestrator.domain import negotiations_commands as c
from orchestrator.domain.answers import Answer
from orchestrator.domain.errors import Reason, Rejection, not_found
from orchestrator.domain.negotiations import LOTS_MAX, BidderStatus, Negotiation, Phase, Subject
from orchestrator.ingest.convert_negotiation import negotiation_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import (
    build,
    enums_in,
    etag_in,
    limited,
    order_id_in,
    page_size_in,
    request_id_in,
    text_in,
)
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.refusals import bad_field
from orchestrator.negotiation.carriers import carriers, tender_lots
from protos.muster.operator.v1 import negotiation_service_pb2 as pb

PAGE_DEFAULT = 50
PAGE_MAX = 500
ANSWER_S_MAX = 14 * 86_400
LIMIT_CENTS_MAX = 10**9


class NegotiationService:
    """Calls, bids and awards."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ListNegotiations(self, request: pb.ListNegotiationsRequest, call: Call) -> pb.ListNegotiationsResponse:
        """Negotiations, newest first."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        phases = enums_in(Phase, pb.NegotiationPhase, "NEGOTIATION_PHASE_", request.phases, "phases")
        held = self._desk.state.negotiations.values()
        by_key = {f"{10**13 - one.opened_s:014d}/{one.negotiation_id}": one for one in held}

        def wanted(key: str) -> bool:
            return not phases or by_key[key].phase in phases

        page = await page_of(self._desk.pages, call.caller.principal, request, by_key, wanted, size)
        return pb.ListNegotiationsResponse(
            negotiations=[negotiation_out(by_key[key]) for key in page.keys], next_page_token=page.next_token
        )

    async def GetNegotiation(self, request: pb.GetNegotiationRequest, call: Call) -> pb.Negotiation:
        """One negotiation with its story."""
        return negotiation_out(self._found(request.negotiation_id))

    async def CreateTender(self, request: pb.CreateTenderRequest, call: Call) -> pb.Negotiation:
        """Call carriers about orders; who is not able stands in the answer with the reason."""
        self._desk.need_company()
        request_id_in(request.request_id, required=False)
        limited(request.order_ids, LOTS_MAX, "order_ids")
        limited(request.carriers, LOTS_MAX, "carriers")
        if not request.order_ids:
            raise bad_field("order_ids", "nothing", "at least one order")
        if not 0 <= request.answer_s <= ANSWER_S_MAX:
            raise bad_field("answer_s", request.answer_s, f"0 to {ANSWER_S_MAX}")
        limit_cents = request.limit_cents if request.HasField("limit_cents") else None
        if limit_cents is not None and not 1 <= limit_cents <= LIMIT_CENTS_MAX:
            raise bad_field("limit_cents", limit_cents, f"1 to {LIMIT_CENTS_MAX}")
        state, settings, now_s = self._desk.state, self._desk.negotiation, self._desk.clock.now_s()
        order_ids = [order_id_in(one, f"order_ids[{index}]") for index, one in enumerate(request.order_ids)]
        lots = tender_lots(state, order_ids, limit_cents, now_s)
        bidders = carriers(state, lots, now_s, [text_in(one, "carriers") for one in request.carriers])
        if not any(one.status is BidderStatus.ASKED for one in bidders):
            reasons = "; ".join(f"{one.bidder}: {one.reason}" for one in bidders) or "the company has no carriers"
            raise Rejection(
                Reason.ILLEGAL_TRANSITION, f"no carrier is able: {reasons}"[:900], metadata={"reasons": reasons[:500]}
            )
        base_s = request.answer_s or settings.tender_answer_s
        command = build(
            c.OpenNegotiation,
            subject=Subject.TENDER,
            owner=call.caller.name,
            reason=request.reason,
            lots=lots,
            bidders=bidders,
            answer_by_s=now_s + base_s
            if request.answer_s
            else answer_by_s(now_s, base_s, len(state.open_negotiations)),
            confirm_s=settings.confirm_s,
        )
        outcome = await self._desk.submit(call, command, request.request_id)
        made = outcome.answer.created_id if isinstance(outcome.answer, Answer) else ""
        return negotiation_out(self._found(made))

    async def AwardByHand(self, request: pb.AwardByHandRequest, call: Call) -> pb.Negotiation:
        """Award bids that a person chose."""
        limited(request.bid_ids, LOTS_MAX, "bid_ids")
        command = build(
            c.AwardLots,
            negotiation_id=request.negotiation_id,
            bid_ids=tuple(request.bid_ids),
            by=call.caller.name,
            why=request.reason,
            version=etag_in(request.etag),
        )
        await self._desk.submit(call, command, request.request_id)
        return negotiation_out(self._found(request.negotiation_id))

    async def CancelNegotiation(self, request: pb.CancelNegotiationRequest, call: Call) -> pb.Negotiation:
        """Take a call back."""
        command = build(
            c.CancelNegotiation,
            negotiation_id=request.negotiation_id,
            by=call.caller.name,
            reason=request.reason,
            version=etag_in(request.etag),
        )
        await self._desk.submit(call, command, request.request_id)
        return negotiation_out(self._found(request.negotiation_id))

    def _found(self, negotiation_id: str) -> Negotiation:
        found = self._desk.state.negotiations.get(negotiation_id)
        if found is None:
            raise not_found("negotiation", negotiation_id[:64], field="negotiation_id")
        return found
