"""Quotes and reservations over both ports, on a whole server in the test's own loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from orchestrator.domain.entities import OrderStatus
from orchestrator.runtime.bootstrap import Server
from protos.muster.common.v1 import order_pb2, quote_pb2
from protos.muster.partner.v1 import partner_service_pb2 as partner_pb2
from tests.serving import PLANNED_S, Caller, operator_of, partner_of, serve_company, server_config
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[Server]:
    async with Server(server_config(data_dir)) as started:
        await serve_company(started)
        await wait_for(lambda: started.desk.planner, "planning is ready", PLANNED_S)
        yield started


@pytest.fixture
async def acme(server: Server) -> AsyncIterator[Caller]:
    async with partner_of(server, "acme") as caller:
        yield caller


@pytest.fixture
async def operator(server: Server) -> AsyncIterator[Caller]:
    async with operator_of(server, "ada") as caller:
        yield caller


def question(**changes: Any) -> quote_pb2.DeliveryQuestion:
    fields: dict[str, Any] = {
        "customer_id": "C1",
        "lines": [quote_pb2.QuotedLine(item_id="chair", quantity=1)],
        "slot_s": 3_600,
    }
    return quote_pb2.DeliveryQuestion(**(fields | changes))


def draft(number: str, window: quote_pb2.Window) -> order_pb2.OrderDraft:
    return order_pb2.OrderDraft(
        number=number,
        customer_id="C1",
        lines=[order_pb2.OrderLine(item_id="chair", quantity=1)],
        window_start_s=window.start_s,
        window_end_s=window.end_s,
    )


async def test_a_partner_is_told_slots_and_an_operator_what_they_cost(acme: Caller, operator: Caller) -> None:
    seen = await acme("PartnerService.QuoteDelivery", question=question())
    inside = await operator("OrderService.QuoteDelivery", question=question())
    assert seen.slots
    assert [slot.window.start_s for slot in seen.slots] == [slot.window.start_s for slot in inside.slots]
    assert all(slot.window.start_s <= slot.start_s <= slot.window.end_s for slot in seen.slots)
    assert not seen.site_id
    assert not any(slot.vehicle_id or slot.extra_cost_cents for slot in seen.slots)
    assert all(slot.vehicle_id and slot.extra_cost_cents > 0 for slot in inside.slots)


async def test_a_place_is_held_until_it_is_confirmed(server: Server, acme: Caller) -> None:
    quote = await acme("PartnerService.QuoteDelivery", question=question(limit=1))
    (slot,) = quote.slots
    asked = {"request_id": "r1", "order": draft("R1", slot.window), "hold_s": 300}
    held = await acme("PartnerService.ReserveDelivery", **asked)
    assert held.held_until_s == held.received_s + 300
    again = await acme("PartnerService.ReserveDelivery", **asked)
    assert again.order_id == held.order_id
    plan = server.core.state.plan
    vehicle = await wait_for(lambda: plan.vehicle_of.get("acme/R1", ""), "the reservation has a place", PLANNED_S)
    confirmed = await acme("PartnerService.ConfirmDelivery", request_id="r2", number="R1", etag=held.etag)
    assert not confirmed.HasField("held_until_s")
    assert server.core.state.reservations == {}
    assert vehicle in server.core.state.vehicles


async def test_submitting_confirms_and_what_is_another_s_cannot_be_confirmed(server: Server, acme: Caller) -> None:
    window = quote_pb2.Window(start_s=NOW_S + 3_600, end_s=NOW_S + 5 * 3_600)
    await acme("PartnerService.ReserveDelivery", request_id="r1", order=draft("R2", window))
    async with partner_of(server, "beta") as beta:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await beta("PartnerService.ConfirmDelivery", request_id="r3", number="R2")
        assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    answer = await acme("PartnerService.SubmitOrders", request_id="r2", orders=[draft("R2", window)])
    assert answer.accepted == 1
    order = server.core.state.orders["acme/R2"]
    assert (order.status, order.held_until_s) == (OrderStatus.OPEN, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer_id": "nobody"}, "question.customer_id"),
        ({"lines": [quote_pb2.QuotedLine(item_id="table", quantity=1)]}, "question.lines[0].item_id"),
        ({"slot_s": 5}, "question.slot_s"),
        ({"limit": 99}, "question.limit"),
        ({"priority": 12}, "question.priority"),
        ({"windows": [quote_pb2.Window(start_s=9, end_s=9)]}, "question.windows[0].end_s"),
    ],
)
async def test_a_bad_question_names_its_field(changes: dict[str, Any], field: str, acme: Caller) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await acme("PartnerService.QuoteDelivery", question=question(**changes))
    told = f"{refused.value.details()}"
    assert refused.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
    assert field in told or "nobody" in told or "table" in told


async def test_a_partner_hears_of_its_reservation(acme: Caller) -> None:
    window = quote_pb2.Window(start_s=NOW_S + 3_600, end_s=NOW_S + 5 * 3_600)
    await acme("PartnerService.ReserveDelivery", request_id="r1", order=draft("R3", window))
    await acme("PartnerService.ConfirmDelivery", request_id="r2", number="R3")
    kinds = []
    async for message in acme.stream("PartnerService.Watch"):
        kinds += [event.kind for event in message.batch.events]
        if partner_pb2.ORDER_EVENT_KIND_RECEIVED in kinds:
            break
    assert kinds.index(partner_pb2.ORDER_EVENT_KIND_RESERVED) < kinds.index(partner_pb2.ORDER_EVENT_KIND_RECEIVED)
