"""500 calls for bids in one second on a real server: how long until each is settled, and that none is dropped.

Each call is a tender about one order, made over the operator port, all sent within a second; two carriers' systems
watch their calls over the partner port, bid on each, and confirm what they are awarded. The server's clock is held and
put past all deadlines at once when the last bid is in, so that 500 winners are to be found at one moment. Server and
both carriers share the machine. Lost is every call that is not confirmed by a carrier in the end.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import grpc

from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import admin_service_pb2, negotiation_service_pb2
from protos.muster.operator.v1.admin_service_pb2 import ImportCompanyRequest, ImportFile
from protos.muster.partner.v1 import partner_service_pb2, tender_service_pb2
from tests.bench.row import Row, row
from tests.serving import OPERATOR_METHODS, PARTNER_METHODS, bearer, multicallable, server_process
from tests.unit.company.files import files
from tests.unit.domain.small_company import NOW_S, token_digest
from tests.waiting import wait_for

CALLS = 500
FIRST = 1_000
"""The first order's number."""
DAY_S, HOUR_S = 86_400, 3_600
ANSWER_S = HOUR_S
WAIT_S = 120.0
CARRIERS = {"acme": 5_000, "beta": 6_000}
"""Carrier and the price from which its bids rise, in cents."""
ENV = {
    "MUSTER_PARTNER_CALLS_PER_S_MAX": "1000000",
    "MUSTER_PARTNER_CONCURRENCY_MAX": "1000",
    "MUSTER_RPC_CONCURRENCY_MAX": "2000",
    "MUSTER_LOG_LEVEL": "ERROR",
}


def main() -> list[Row]:
    """Run the burst once and tell how it went."""
    with tempfile.TemporaryDirectory() as folder, server_process(Path(folder) / "data", env=ENV) as serving:
        return asyncio.run(_burst(serving.endpoints["operator"], serving.endpoints["partner"]))


class Carrier:
    """A carrier's system: bids on every call that it is told of, confirms every award."""

    def __init__(self, channel: grpc.aio.Channel, name: str, from_cents: int) -> None:
        self._name, self._from_cents = name, from_cents
        calls = ("WatchTenders", "SubmitBid", "ConfirmAward")
        self._calls = {one: multicallable(channel, PARTNER_METHODS[f"TenderService.{one}"]) for one in calls}
        self._work: set[asyncio.Task[None]] = set()
        self.bids: set[str] = set()
        self.confirmed: set[str] = set()

    async def run(self) -> None:
        """Follow the stream until it is cancelled."""
        request = tender_service_pb2.WatchTendersRequest()
        async for news in self._calls["WatchTenders"](request, metadata=bearer(self._name)):
            if not news.HasField("tender"):
                continue
            tender = news.tender
            if not tender.bids and tender.status == tender_service_pb2.TENDER_STATUS_OPEN:
                self._begin(self._bid(tender))
            for award in tender.awards:
                if award.status == tender_service_pb2.AWARD_STATUS_PENDING:
                    self._begin(self._confirm(tender.tender_id, award.bid_id))

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _bid(self, tender: Any) -> None:
        request = tender_service_pb2.SubmitBidRequest(
            request_id=f"bid-{tender.tender_id}",
            tender_id=tender.tender_id,
            price_cents=self._from_cents + int(tender.tender_id[-3:]) * (5 if self._name == "acme" else 1),
            promises=[tender_service_pb2.LotPromise(lot="L1", at_s=tender.lots[0].from_s + HOUR_S)],
        )
        await self._calls["SubmitBid"](request, timeout=WAIT_S / 4, metadata=bearer(self._name))
        self.bids.add(tender.tender_id)

    async def _confirm(self, tender_id: str, bid_id: str) -> None:
        request = tender_service_pb2.ConfirmAwardRequest(
            request_id=f"confirm-{tender_id}", tender_id=tender_id, bid_id=bid_id
        )
        await self._calls["ConfirmAward"](request, timeout=WAIT_S / 4, metadata=bearer(self._name))
        self.confirmed.add(tender_id)


async def _burst(operator: str, partner: str) -> list[Row]:
    async with grpc.aio.insecure_channel(operator) as inside, grpc.aio.insecure_channel(partner) as outside:
        await _prepare(inside, outside)
        carriers = [Carrier(outside, name, cents) for name, cents in CARRIERS.items()]
        watching = [asyncio.ensure_future(one.run()) for one in carriers]
        began = time.perf_counter()
        spread_s = await _send_calls(inside)
        opened_s = time.perf_counter() - began
        await wait_for(lambda: all(len(one.bids) == CALLS for one in carriers), "all have bid", WAIT_S)
        bid_s = time.perf_counter() - began
        advance = multicallable(inside, OPERATOR_METHODS["AdminService.AdvanceClock"])
        closed = time.perf_counter()
        await advance(admin_service_pb2.AdvanceClockRequest(to_s=NOW_S + ANSWER_S + 1), timeout=10.0)
        await wait_for(lambda: sum(len(one.confirmed) for one in carriers) == CALLS, "all is confirmed", WAIT_S)
        settle_s = time.perf_counter() - closed
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        lost = CALLS - await _running(inside)
        both = sum(1 for one in carriers if one.confirmed)
    return [
        row("calls sent within", spread_s, "s", seconds=spread_s, at_most=1.0),
        row(f"{CALLS} calls opened and durable", opened_s, "s", seconds=opened_s),
        row(f"{len(CARRIERS) * CALLS} bids over gRPC, from the first call", bid_s, "s", seconds=bid_s),
        row("all deadlines at once: winners found, told and confirmed", settle_s, "s", seconds=settle_s),
        row("calls lost", float(lost), "calls", seconds=bid_s + settle_s, at_most=0.0),
        row("carriers that won some", float(both), "carriers", seconds=settle_s, at_least=2.0),
    ]


async def _send_calls(inside: grpc.aio.Channel) -> float:
    """Send all calls at once; seconds until the last was sent. Returns when all are answered."""
    create = multicallable(inside, OPERATOR_METHODS["NegotiationService.CreateTender"])
    began = time.perf_counter()
    asked = [
        create(
            negotiation_service_pb2.CreateTenderRequest(
                request_id=f"t-{number}", order_ids=[f"acme/{FIRST + number}"], answer_s=ANSWER_S
            ),
            timeout=WAIT_S / 4,
            metadata=(("x-muster-operator", "bench"),),
        )
        for number in range(CALLS)
    ]
    sent_s = time.perf_counter() - began
    await asyncio.gather(*asked)
    return sent_s


async def _running(inside: grpc.aio.Channel) -> int:
    """How many calls a carrier has confirmed, by the server's own word."""
    listed = multicallable(inside, OPERATOR_METHODS["NegotiationService.ListNegotiations"])
    request = negotiation_service_pb2.ListNegotiationsRequest(
        page_size=500, phases=[negotiation_service_pb2.NEGOTIATION_PHASE_RUNNING]
    )
    answer = await listed(request, timeout=30.0, metadata=(("x-muster-operator", "bench"),))
    return len(answer.negotiations)


async def _prepare(inside: grpc.aio.Channel, outside: grpc.aio.Channel) -> None:
    """A company with two carriers, goods for all orders, and the orders, for tomorrow."""
    lines = [f"{name},{name},{token_digest(name + '-token')},yes" for name in CARRIERS]
    partners = "partner_id,name,token_sha256,carries\n" + "\n".join(lines) + "\n"
    stock = "site_id,item_id,on_hand,service_per_mille\nWH,PUMP,1000000,950\n"
    sent = [ImportFile(name=name, content=text) for name, text in files(partners=partners, stock=stock).items()]
    load = multicallable(inside, OPERATOR_METHODS["AdminService.ImportCompany"])
    assert (await load(ImportCompanyRequest(files=sent), timeout=30.0)).loaded
    submit = multicallable(outside, PARTNER_METHODS["PartnerService.SubmitOrders"])
    orders = [
        order_pb2.OrderDraft(
            number=str(FIRST + number),
            customer_id="C1",
            lines=[order_pb2.OrderLine(item_id="PUMP", quantity=1)],
            window_start_s=NOW_S + DAY_S,
            window_end_s=NOW_S + DAY_S + 4 * HOUR_S,
        )
        for number in range(CALLS)
    ]
    for first in range(0, CALLS, 250):
        request = partner_service_pb2.SubmitOrdersRequest(request_id=f"o-{first}", orders=orders[first : first + 250])
        answer = await submit(request, timeout=30.0, metadata=bearer("acme"))
        assert answer.accepted == 250, answer
