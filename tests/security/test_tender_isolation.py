"""A bidder learns of a call its own part only: not who else is asked, nor what others bid, nor whose order it is."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from grpc_status import rpc_status

from orchestrator.runtime.bootstrap import Server
from protos.muster.common.v1 import order_pb2
from tests.e2e.negotiation.market import carrying_company, promise
from tests.serving import operator_of, partner_of, serve_company, server_config
from tests.unit.domain.small_company import NOW_S


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[Server]:
    async with Server(server_config(data_dir)) as started:
        await serve_company(started, carrying_company())
        yield started


@pytest.fixture
async def calls(server: Server) -> tuple[str, str]:
    """A call to both carriers about an order of acme, and one to acme alone."""
    async with partner_of(server, "acme") as acme, operator_of(server) as operator:
        orders = [
            order_pb2.OrderDraft(
                number=number,
                customer_id="C1",
                lines=[order_pb2.OrderLine(item_id="chair", quantity=1)],
                window_start_s=NOW_S + 3_600,
                window_end_s=NOW_S + 5 * 3_600,
            )
            for number in ("1", "2")
        ]
        await acme("PartnerService.SubmitOrders", request_id="o", orders=orders)
        both = await operator("NegotiationService.CreateTender", order_ids=["acme/1"])
        own = await operator("NegotiationService.CreateTender", order_ids=["acme/2"], carriers=["acme"])
        return both.negotiation_id, own.negotiation_id


async def test_others_bids_change_nothing_that_a_bidder_sees(server: Server, calls: tuple[str, str]) -> None:
    both, _ = calls
    async with partner_of(server, "acme") as acme, partner_of(server, "beta") as beta:
        before = (await beta("TenderService.ListTenders")).SerializeToString(deterministic=True)
        await acme("TenderService.SubmitBid", request_id="b", tender_id=both, price_cents=777, promises=[promise("L1")])
        after = await beta("TenderService.ListTenders")
        assert after.SerializeToString(deterministic=True) == before
        bid = await beta(
            "TenderService.SubmitBid", request_id="b", tender_id=both, price_cents=778, promises=[promise("L1")]
        )
        assert bid.bid_id == "beta-1"
        shown = str(await beta("TenderService.ListTenders"))
        assert "acme" not in shown
        assert "777" not in shown


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("SubmitBid", {"promises": [promise("L1")], "price_cents": 1}),
        ("DeclineTender", {}),
        ("ConfirmAward", {"bid_id": "acme-1"}),
        ("ReportTenderDone", {"lot": "L1", "at_s": NOW_S}),
    ],
)
async def test_a_call_of_others_and_no_call_get_the_same_answer(
    method: str, fields: dict[str, object], server: Server, calls: tuple[str, str]
) -> None:
    _, of_acme = calls
    async with partner_of(server, "beta") as beta:

        async def told(tender_id: str) -> bytes:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await beta(f"TenderService.{method}", request_id="x", tender_id=tender_id, **fields)
            status = rpc_status.from_call(refused.value)
            return status.SerializeToString().replace(tender_id.encode(), b"NN")  # type: ignore[no-any-return]

        assert await told(of_acme) == await told("N-999999")


async def test_nobody_confirms_or_reports_for_another(server: Server, calls: tuple[str, str]) -> None:
    both, _ = calls
    async with partner_of(server, "acme") as acme, partner_of(server, "beta") as beta, operator_of(server) as operator:
        bid = await acme(
            "TenderService.SubmitBid", request_id="b", tender_id=both, price_cents=777, promises=[promise("L1")]
        )
        await operator("NegotiationService.AwardByHand", negotiation_id=both, bid_ids=[bid.bid_id])
        confirm = {"request_id": "c", "tender_id": both, "bid_id": bid.bid_id}
        assert (await beta.refused("TenderService.ConfirmAward", **confirm))[0] == "NOT_FOUND"
        await acme("TenderService.ConfirmAward", **confirm)
        done = {"request_id": "d", "tender_id": both, "lot": "L1", "at_s": NOW_S}
        assert (await beta.refused("TenderService.ReportTenderDone", **done))[0] == "NOT_FOUND"


async def test_a_write_without_a_request_id_is_refused(server: Server, calls: tuple[str, str]) -> None:
    async with partner_of(server, "beta") as beta:
        for method in ("SubmitBid", "DeclineTender", "ConfirmAward", "ReportTenderDone"):
            assert (await beta.refused(f"TenderService.{method}", tender_id=calls[0]))[0] == "INVALID_ARGUMENT"
