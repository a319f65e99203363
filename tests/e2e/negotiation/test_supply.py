"""Quotes of suppliers over a whole server: one by its agent, one by its own system; the award is what is ordered."""

from __future__ import annotations

from pathlib import Path

from orchestrator.runtime.bootstrap import Server
from protos.muster.partner.v1 import tender_service_pb2 as pb
from tests.e2e.negotiation.market import advance, buying_company, open_market
from tests.serving import operator_of, partner_of, server_config
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for


async def test_a_supplier_s_system_wins_and_the_person_orders_as_quoted(data_dir: Path) -> None:
    async with (
        Server(server_config(data_dir, runtime="local")) as server,
        operator_of(server, "ada") as operator,
        partner_of(server, "beta") as beta,
    ):
        assert server.bridge is not None
        bridge = server.bridge
        await wait_for(lambda: bridge.ready, "suppliers' agents hear calls", 100.0)
        phases: list[str] = []
        bridge.on_health = lambda health: phases.append(health.phase)
        await open_market(server, buying_company())
        found = await wait_for(
            lambda: next((one for one in server.core.state.negotiations.values() if one.bids), None),
            "suppliers were called and the agent has bid",
            60.0,
        )
        assert found is not None
        (lot,) = found.lots
        (said,) = (one.note.partition(",")[0] for one in found.bids)
        assert said == ("by its agent" if set(phases) <= {"ready"} else said), "no agent is passed over that hears"
        assert said in ("by its agent", "by the core for its agent")  # a full machine may lose its bridge for a while
        assert {one.bidder: one.partner_id for one in found.bidders} == {"S1": "", "S2": "beta"}
        (tender,) = (await beta("TenderService.ListTenders")).tenders
        assert tender.subject == pb.TENDER_SUBJECT_PURCHASE
        assert (tender.lots[0].item_id, tender.lots[0].quantity) == ("board", lot.quantity)
        promised_s = NOW_S + 20 * 3_600
        mine = await beta(
            "TenderService.SubmitBid",
            request_id="b",
            tender_id=tender.tender_id,
            price_cents=lot.quantity * 400,
            promises=[{"lot": "L1", "at_s": promised_s}],
        )
        await wait_for(
            lambda: any(one.bid_id == mine.bid_id for one in server.core.state.negotiations[tender.tender_id].awards),
            "the award is made as soon as all have answered",
        )
        await beta("TenderService.ConfirmAward", request_id="c", tender_id=tender.tender_id, bid_id=mine.bid_id)
        quote = server.core.state.quotes[lot.lot_id]
        assert (quote.supplier_id, quote.price_cents) == ("S2", lot.quantity * 400)
        released = await operator("StockService.ReleaseReplenishment", proposal_id=lot.lot_id)
        assert released
        (order,) = server.core.state.purchases.values()
        assert (order.supplier_id, order.unit_cost_cents, order.expected_s) == ("S2", 400, promised_s)


async def test_agents_alone_settle_it_without_anybody(data_dir: Path) -> None:
    company = buying_company()
    company = company.model_copy(update={"partners": company.partners[:1]})
    async with Server(server_config(data_dir)) as server, operator_of(server) as operator:
        await open_market(server, company)
        await wait_for(lambda: server.core.state.quotes, "a quote is agreed", 60.0)
        (quote,) = server.core.state.quotes.values()
        assert quote.supplier_id == "S2"
        (story,) = (await operator("NegotiationService.ListNegotiations")).negotiations
        lost = next(one for one in story.bids if one.bidder == "S1")
        assert lost.why.startswith("lots went to S2")
        assert lost.note.startswith("by the core for its agent")
        await advance(server, operator, 60)
        assert len(server.core.state.negotiations) == 1
