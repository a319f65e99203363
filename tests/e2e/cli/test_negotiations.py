"""Somebody tenders orders, reads the story, takes a counter-offer and cancels, against a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from orchestrator.cli.exits import Exit
from protos.muster.partner.v1 import tender_service_pb2 as pb
from protos.muster.partner.v1.tender_service_pb2_grpc import TenderServiceStub
from tests.e2e.cli.conftest import Muster, Server
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
TOKEN = (("authorization", "Bearer demo-token-regiofracht"),)


@pytest.fixture(scope="module")
def orders(muster: Muster) -> list[str]:
    """The sample company is loaded; orders of it that are open and light enough for both carriers."""
    assert muster("import", "deploy/sample_company").returncode == Exit.OK
    wait_until(lambda: len(data(muster, "order", "list", "--limit", "1000")) > 50, "the orders are in")
    return [
        order["order_id"] for order in data(muster, "order", "list", "--limit", "1000") if order["status"] == "OPEN"
    ]


@pytest.fixture
def carrier(server: Server) -> Iterator[TenderServiceStub]:
    with grpc.insecure_channel(server.partner) as channel:
        yield TenderServiceStub(channel)


def data(muster: Muster, *arguments: str) -> Any:
    """The JSON that a command prints; it must succeed."""
    done = muster(*arguments, "-o", "json")
    assert done.returncode == Exit.OK, done.stderr
    return json.loads(done.stdout)


def bid(carrier: TenderServiceStub, tender_id: str, price_cents: int, **more: Any) -> pb.Bid:
    (tender,) = [one for one in _mine(carrier) if one.tender_id == tender_id]
    promises = [pb.LotPromise(lot=one.lot, at_s=one.until_s) for one in tender.lots]
    request = pb.SubmitBidRequest(
        request_id=f"b-{price_cents}", tender_id=tender_id, price_cents=price_cents, promises=promises, **more
    )
    made: pb.Bid = carrier.SubmitBid(request, timeout=10.0, metadata=TOKEN)
    return made


def _mine(carrier: TenderServiceStub) -> list[pb.Tender]:
    return list(carrier.ListTenders(pb.ListTendersRequest(), timeout=10.0, metadata=TOKEN).tenders)


def test_the_whole_story_is_shown_and_a_counter_offer_taken(
    muster: Muster, carrier: TenderServiceStub, orders: list[str]
) -> None:
    asked = ("tender", "create", "--order", orders[0], "--limit", "50", "--answer-by", "30", "--reason", "no van")
    created = muster(*asked)
    assert created.returncode == Exit.OK, created.stderr
    assert "regiofracht" in created.stderr
    (listed,) = data(muster, "negotiation", "list", "--open")
    name = listed["negotiation_id"]
    assert bid(carrier, name, 7_000).status == pb.BID_STATUS_REFUSED
    counter = bid(carrier, name, 6_000, counter=True, note="toll on top")
    taken = muster("negotiation", "award", name, counter.bid_id, "--reason", "the customer waits")
    assert taken.returncode == Exit.OK, taken.stderr
    told = muster("negotiation", "show", name).stdout
    for word in ("OVER_LIMIT", "60.00", "toll on top", "the customer waits", "ada", "no van"):
        assert word in told, told
    request = pb.ConfirmAwardRequest(request_id="c", tender_id=name, bid_id=counter.bid_id)
    carrier.ConfirmAward(request, timeout=10.0, metadata=TOKEN)
    assert "with carrier regiofracht" in muster("order", "get", orders[0]).stdout


def test_a_call_is_cancelled(muster: Muster, carrier: TenderServiceStub, orders: list[str]) -> None:
    made = data(muster, "tender", "create", "--order", orders[1], "--carrier", "regiofracht")
    name = made["negotiation_id"]
    assert muster("negotiation", "cancel", name, "--reason", "own van is free").returncode == Exit.OK
    assert name not in [one.tender_id for one in _mine(carrier)]
    assert muster("negotiation", "cancel", name).returncode == Exit.NOT_POSSIBLE
    assert muster("negotiation", "show", "N-999999").returncode == Exit.NOT_FOUND


def test_no_carrier_at_all_is_told_with_reasons(muster: Muster, orders: list[str]) -> None:
    refused = muster("tender", "create", "--order", orders[2], "--carrier", "webshop")
    assert refused.returncode == Exit.NOT_POSSIBLE
    assert "webshop: is no carrier" in refused.stderr
