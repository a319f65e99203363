"""Calls for bids on the partner port: a carrier's or a supplier's system bids, declines, confirms and reports.

Promises: a partner sees and answers only calls it was asked in; a call of others and no call get the same answer, byte
by byte; every write has a request id. Who the bidder is follows from the caller, never from the message.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from orchestrator.domain import negotiations_commands as c
from orchestrator.domain.answers import Answer
from orchestrator.domain.commands import Command
from orchestrator.domain.errors import Rejection, not_found
from orchestrator.domain.evolve.negotiations import FOLDS
from orchestrator.domain.negotiations import OPEN, Bidder, Negotiation, Promise
from orchestrator.ingest.convert_tender import bid_out, lot_id_in, tender_out
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.fields import build, limited, page_size_in, request_id_in, seconds_in
from orchestrator.ingest.guard import Call
from orchestrator.ingest.paging import page_of
from orchestrator.ingest.refusals import bad_field
from orchestrator.ingest.watch import Progress, WatchHub, heartbeat_in
from protos.muster.partner.v1 import tender_service_pb2 as pb

PAGE_DEFAULT = 50
PAGE_MAX = 200
LOTS_MAX = 200
PRICE_CENTS_MAX = 10**10


class TenderService:
    """Tenders for one partner's system."""

    def __init__(self, desk: Desk, hub: WatchHub) -> None:
        self._desk = desk
        self._hub = hub

    async def ListTenders(self, request: pb.ListTendersRequest, call: Call) -> pb.ListTendersResponse:
        """The partner's calls, newest first."""
        size = page_size_in(request.page_size, PAGE_DEFAULT, PAGE_MAX)
        by_key = {_newest_first(found): found for found in self._asked(call)}

        def wanted(key: str) -> bool:
            return request.ended_too or by_key[key].phase in OPEN

        page = await page_of(self._desk.pages, call.caller.principal, request, by_key, wanted, size)
        return pb.ListTendersResponse(
            tenders=[self._out(by_key[key], call) for key in page.keys], next_page_token=page.next_token
        )

    async def WatchTenders(self, request: pb.WatchTendersRequest, call: Call) -> AsyncIterator[pb.WatchTendersResponse]:
        """Each open call as it stands, then again when what the partner sees of it has changed."""
        heartbeat_s = heartbeat_in(request.heartbeat_s)
        await self._desk.core.durable()
        start = self._desk.core.durable_seq
        told: dict[str, bytes] = {}
        for found in self._asked(call):
            if found.phase in OPEN:
                for news in self._news(found, call, told):
                    yield news
        async for item in self._hub.follow(start, heartbeat_s):
            if isinstance(item, Progress):
                yield pb.WatchTendersResponse(progress=True)
                continue
            if type(item.event) not in FOLDS:
                continue
            opened = getattr(item.event, "negotiation", None)
            key = opened.negotiation_id if opened is not None else getattr(item.event, "negotiation_id", "")
            changed = self._desk.state.negotiations.get(key)
            if changed is not None and changed.asked_partner(call.caller.name):
                await self._desk.core.durable()
                for news in self._news(changed, call, told):
                    yield news

    def _news(self, found: Negotiation, call: Call, told: dict[str, bytes]) -> list[pb.WatchTendersResponse]:
        """The call, unless the partner was told just that: others' bids change nothing that it sees."""
        shown = self._out(found, call)
        content = shown.SerializeToString(deterministic=True)
        if told.get(found.negotiation_id) == content:
            return []
        if found.phase in OPEN:
            told[found.negotiation_id] = content
        else:
            told.pop(found.negotiation_id, None)
        return [pb.WatchTendersResponse(tender=shown)]

    async def SubmitBid(self, request: pb.SubmitBidRequest, call: Call) -> pb.Bid:
        """A bid of the partner's."""
        request_id_in(request.request_id, required=True)
        found, bidder = self._own(request.tender_id, call)
        limited(request.promises, LOTS_MAX, "promises")
        if not request.promises:
            raise bad_field("promises", "nothing", "one for each lot that is bid for")
        if not 0 <= request.price_cents <= PRICE_CENTS_MAX:
            raise bad_field("price_cents", request.price_cents, f"0 to {PRICE_CENTS_MAX}")
        promises = tuple(
            build(
                Promise,
                lot_id=lot_id_in(found, one.lot, f"promises[{index}].lot"),
                at_s=seconds_in(one.at_s, f"promises[{index}].at_s"),
            )
            for index, one in enumerate(request.promises)
        )
        command = build(
            c.SubmitBid,
            negotiation_id=found.negotiation_id,
            bidder=bidder.bidder,
            lot_ids=tuple(one.lot_id for one in promises),
            price_cents=request.price_cents,
            promises=promises,
            valid_until_s=seconds_in(request.valid_until_s, "valid_until_s") or None,
            counter=request.counter,
            alone=request.alone,
            note=request.note,
        )
        answer = await self._submit(call, command, request.request_id, request.tender_id)
        now, _ = self._own(request.tender_id, call)
        bid = now.bid(answer.created_id if answer is not None else "")
        if bid is None:
            raise not_found("tender", request.tender_id, field="tender_id")
        return bid_out(now, bid)

    async def DeclineTender(self, request: pb.DeclineTenderRequest, call: Call) -> pb.Tender:
        """The partner takes no part (any more)."""
        request_id_in(request.request_id, required=True)
        found, bidder = self._own(request.tender_id, call)
        command = build(c.DeclineCall, negotiation_id=found.negotiation_id, bidder=bidder.bidder, reason=request.reason)
        await self._submit(call, command, request.request_id, request.tender_id)
        return self._out(self._own(request.tender_id, call)[0], call)

    async def ConfirmAward(self, request: pb.ConfirmAwardRequest, call: Call) -> pb.Tender:
        """The partner takes an award on."""
        request_id_in(request.request_id, required=True)
        found, bidder = self._own(request.tender_id, call)
        command = build(
            c.ConfirmAward, negotiation_id=found.negotiation_id, bidder=bidder.bidder, bid_id=request.bid_id
        )
        await self._submit(call, command, request.request_id, request.tender_id)
        return self._out(self._own(request.tender_id, call)[0], call)

    async def ReportTenderDone(self, request: pb.ReportTenderDoneRequest, call: Call) -> pb.Tender:
        """A lot was delivered, or could not be."""
        request_id_in(request.request_id, required=True)
        found, bidder = self._own(request.tender_id, call)
        command = build(
            c.ReportLotDone,
            negotiation_id=found.negotiation_id,
            bidder=bidder.bidder,
            lot_id=lot_id_in(found, request.lot, "lot"),
            at_s=seconds_in(request.at_s, "at_s"),
            failed=request.failed,
            reason=request.reason,
        )
        await self._submit(call, command, request.request_id, request.tender_id)
        return self._out(self._own(request.tender_id, call)[0], call)

    def _asked(self, call: Call) -> list[Negotiation]:
        held = self._desk.state.negotiations.values()
        return [found for found in held if found.asked_partner(call.caller.name)]

    def _own(self, tender_id: str, call: Call) -> tuple[Negotiation, Bidder]:
        """The call and as whom the partner takes part; one answer for all that is not its own."""
        found = self._desk.state.negotiations.get(tender_id)
        asked = found.asked_partner(call.caller.name) if found is not None else ()
        if found is None or not asked:
            raise not_found("tender", tender_id[:64], field="tender_id")
        return found, asked[0]

    def _out(self, found: Negotiation, call: Call) -> pb.Tender:
        bidder = found.asked_partner(call.caller.name)[0]
        return tender_out(self._desk.state, found, bidder, self._desk.clock.now_s())

    async def _submit(self, call: Call, command: Command, request_id: str, tender_id: str) -> Answer | None:
        """Through the core; what it refuses is told in the partner's own words."""
        try:
            outcome = await self._desk.submit(call, command, request_id, required=True)
        except Rejection as refused:
            if refused.field == "negotiation_id":
                raise not_found("tender", tender_id, field="tender_id") from None
            raise
        return outcome.answer if isinstance(outcome.answer, Answer) else None


def _newest_first(found: Negotiation) -> str:
    return f"{10**13 - found.opened_s:014d}/{found.negotiation_id}"
