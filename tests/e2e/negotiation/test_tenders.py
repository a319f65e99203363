"""Tenders over both ports of a whole server with solver processes: bid, counter, award, confirm, forfeit, deliver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.negotiations import Phase
from orchestrator.runtime.bootstrap import Server
from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import negotiation_service_pb2 as npb
from protos.muster.partner.v1 import tender_service_pb2 as pb
from tests.e2e.negotiation.market import HOUR_S, advance, carrying_company, open_market, promise
from tests.serving import Caller, operator_of, partner_of, server_config
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[Server]:
    async with Server(server_config(data_dir, runtime="local")) as started:
        await open_market(started, carrying_company())
        yield started


@pytest.fixture
async def operator(server: Server) -> AsyncIterator[Caller]:
    async with operator_of(server, "ada") as caller:
        yield caller


@pytest.fixture
async def acme(server: Server) -> AsyncIterator[Caller]:
    async with partner_of(server, "acme") as caller:
        yield caller


@pytest.fixture
async def beta(server: Server) -> AsyncIterator[Caller]:
    async with partner_of(server, "beta") as caller:
        yield caller


async def submit(acme: Caller, *numbers: str) -> None:
    orders = [
        order_pb2.OrderDraft(
            number=number,
            customer_id="C1",
            lines=[order_pb2.OrderLine(item_id="chair", quantity=1)],
            window_start_s=NOW_S + HOUR_S,
            window_end_s=NOW_S + 5 * HOUR_S,
        )
        for number in numbers
    ]
    await acme("PartnerService.SubmitOrders", request_id="orders", orders=orders)


async def bid(
    carrier: Caller, tender: str, price_cents: int, *lots: str, request_id: str = "b", **more: object
) -> pb.Bid:
    made: pb.Bid = await carrier(
        "TenderService.SubmitBid",
        request_id=request_id,
        tender_id=tender,
        price_cents=price_cents,
        promises=[promise(lot) for lot in lots],
        **more,
    )
    return made


async def shown(operator: Caller, tender: str) -> npb.Negotiation:
    found: npb.Negotiation = await operator("NegotiationService.GetNegotiation", negotiation_id=tender)
    return found


async def phase(server: Server, operator: Caller, tender: str, wanted: Phase) -> npb.Negotiation:
    """The negotiation once it is in that phase."""
    held = server.core.state.negotiations
    await wait_for(lambda: held[tender].phase is wanted, f"{tender} is {wanted}")
    return await shown(operator, tender)


async def test_two_orders_go_to_the_carrier_who_is_cheapest_for_both(
    server: Server, operator: Caller, acme: Caller, beta: Caller
) -> None:
    await submit(acme, "1", "2")
    call = await operator("NegotiationService.CreateTender", order_ids=["acme/1", "acme/2"], request_id="t-1")
    tender = call.negotiation_id
    await bid(acme, tender, 4_000, "L1", request_id="b-1")
    too_heavy = await bid(acme, tender, 1_000, "L1", "L2", request_id="b-2")
    both = await bid(beta, tender, 6_000, "L1", "L2", request_id="b-1")
    await bid(beta, tender, 5_000, "L2", request_id="b-2", alone=True)
    assert (too_heavy.status, too_heavy.why.partition(":")[0]) == (pb.BID_STATUS_REFUSED, "TOO_HEAVY")

    await advance(server, operator, 1_801)
    awarded = await phase(server, operator, tender, Phase.AWARDED)
    assert [(one.bidder, one.price_cents) for one in awarded.awards] == [("beta", 6_000)]
    won = await beta("TenderService.ConfirmAward", request_id="c-1", tender_id=tender, bid_id=both.bid_id)
    assert [one.status for one in won.awards] == [pb.AWARD_STATUS_CONFIRMED]

    order = await operator("OrderService.GetOrder", order_id="acme/1")
    assert order.status == order_pb2.ORDER_STATUS_LOADED
    assert "with carrier beta" in order.promise.text
    outside = await acme("PartnerService.GetOrder", number="1")
    assert outside.promise.arrive_s == NOW_S + 2 * HOUR_S
    assert "beta" not in str(outside)
    explained = await operator("PlanService.ExplainOrder", order_id="acme/1")
    assert any("with carrier beta" in sentence for sentence in explained.sentences)
    await wait_for(lambda: "acme/1" not in server.core.state.plan.vehicle_of, "our routes are without it")

    for lot in ("L1", "L2"):
        await beta("TenderService.ReportTenderDone", request_id=lot, tender_id=tender, lot=lot, at_s=NOW_S + 2 * HOUR_S)
    done = await phase(server, operator, tender, Phase.DONE)
    assert [step.text for step in done.story][-1] == "done: 2 of 2 lots done"
    assert server.core.state.orders["acme/1"].status is OrderStatus.DELIVERED


async def test_a_silent_winner_forfeits_and_the_order_comes_back_into_planning(
    server: Server, operator: Caller, acme: Caller, beta: Caller
) -> None:
    await submit(acme, "1")
    call = await operator("NegotiationService.CreateTender", order_ids=["acme/1"], limit_cents=9_000)
    tender = call.negotiation_id
    await bid(acme, tender, 1_000, "L1")
    dear = await bid(beta, tender, 8_000, "L1")
    await advance(server, operator, 1_801)
    await phase(server, operator, tender, Phase.AWARDED)
    await advance(server, operator, 601)

    def winners() -> list[str]:
        return [one.bidder for one in server.core.state.negotiations[tender].awards]

    await wait_for(lambda: winners() == ["acme", "beta"], "the award goes again")
    await beta("TenderService.ConfirmAward", request_id="c", tender_id=tender, bid_id=dear.bid_id)
    assert server.core.state.carried["acme/1"].carrier == "beta"
    await beta("TenderService.DeclineTender", request_id="d", tender_id=tender, reason="van broke down")
    failed = await phase(server, operator, tender, Phase.FAILED)
    assert "van broke down" in failed.lots[0].left_because
    await wait_for(lambda: "acme/1" in server.core.state.plan.vehicle_of, "the order is planned again", 60.0)
    alerts = await operator("AlertService.ListAlerts")
    assert any("acme has not confirmed" in one.text for one in alerts.alerts)


async def test_a_counter_offer_is_for_a_person_to_take(
    operator: Caller, acme: Caller, beta: Caller, server: Server
) -> None:
    await submit(acme, "1")
    call = await operator(
        "NegotiationService.CreateTender", order_ids=["acme/1"], carriers=["beta"], limit_cents=1_000, answer_s=60
    )
    tender = call.negotiation_id
    assert (await bid(beta, tender, 2_000, "L1", request_id="b-1")).status == pb.BID_STATUS_REFUSED
    counter = await bid(beta, tender, 2_000, "L1", request_id="b-2", counter=True)
    assert counter.status == pb.BID_STATUS_STANDING
    await advance(server, operator, 61)
    await wait_for(lambda: f"COUNTER_OFFERS:{tender}" in server.core.state.alerts, "people are told")
    taken = await operator("NegotiationService.AwardByHand", negotiation_id=tender, bid_ids=[counter.bid_id])
    assert taken.awards[0].by == "ada"


async def test_a_carrier_watches_its_own_calls_only(
    operator: Caller, acme: Caller, beta: Caller, server: Server
) -> None:
    await submit(acme, "1", "2")
    stream = beta.stream("TenderService.WatchTenders")
    assert (await stream.read()).progress
    for_acme = await operator("NegotiationService.CreateTender", order_ids=["acme/1"], carriers=["acme"])
    both = await operator("NegotiationService.CreateTender", order_ids=["acme/2"])
    first = await stream.read()
    assert first.tender.tender_id == both.negotiation_id
    await bid(acme, both.negotiation_id, 900, "L1")
    own = await bid(beta, both.negotiation_id, 800, "L1")
    second = await stream.read()
    assert [one.bid_id for one in second.tender.bids] == [own.bid_id]
    stream.cancel()
    listed = await beta("TenderService.ListTenders")
    assert [one.tender_id for one in listed.tenders] == [both.negotiation_id]
    assert "acme" not in str(listed)
    assert await beta.refused("TenderService.SubmitBid", request_id="x", tender_id=for_acme.negotiation_id) == (
        await beta.refused("TenderService.SubmitBid", request_id="x", tender_id="N-999999")
    )


async def test_who_cannot_carry_it_is_not_called(operator: Caller, acme: Caller) -> None:
    heavy = order_pb2.OrderDraft(
        number="9",
        customer_id="C1",
        lines=[order_pb2.OrderLine(item_id="chair", quantity=3)],
        window_start_s=NOW_S + HOUR_S,
        window_end_s=NOW_S + 5 * HOUR_S,
    )
    await acme("PartnerService.SubmitOrders", request_id="orders", orders=[heavy])
    call = await operator("NegotiationService.CreateTender", order_ids=["acme/9"])
    assert {one.bidder: one.status for one in call.bidders} == {"acme": "UNABLE", "beta": "ASKED"}
    assert (await acme("TenderService.ListTenders")).tenders == []


async def test_a_restart_goes_on_where_the_log_ends(data_dir: Path) -> None:
    config = server_config(data_dir)
    async with Server(config) as first:
        await open_market(first, carrying_company())
        async with operator_of(first) as operator, partner_of(first, "acme") as acme, partner_of(first, "beta") as beta:
            await submit(acme, "1")
            call = await operator("NegotiationService.CreateTender", order_ids=["acme/1"])
            await bid(beta, call.negotiation_id, 700, "L1")
    async with Server(config) as again, operator_of(again) as operator:
        await advance(again, operator, 1_801)
        awarded = await phase(again, operator, call.negotiation_id, Phase.AWARDED)
        assert awarded.awards[0].bidder == "beta"
