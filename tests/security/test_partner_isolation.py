"""A partner sees and does only what is its own, and cannot tell another's from nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from grpc_status import rpc_status

from orchestrator.ingest.policy import POLICY, Role
from orchestrator.runtime.bootstrap import Server
from protos.muster.common.v1 import order_pb2
from protos.muster.partner.v1 import partner_service_pb2 as partner_pb2
from tests.serving import (
    OPERATOR_METHODS,
    PARTNER_METHODS,
    PLANNED_S,
    TOKENS,
    Caller,
    bearer,
    multicallable,
    operator_of,
    partner_of,
    rpc_path,
    serve_company,
    server_config,
)
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[Server]:
    async with Server(server_config(data_dir)) as started:
        await serve_company(started)
        yield started


@pytest.fixture
async def acme(server: Server) -> AsyncIterator[Caller]:
    async with partner_of(server, "acme") as caller:
        yield caller


@pytest.fixture
async def beta(server: Server) -> AsyncIterator[Caller]:
    async with partner_of(server, "beta") as caller:
        yield caller


def draft(number: str) -> order_pb2.OrderDraft:
    return order_pb2.OrderDraft(
        number=number,
        customer_id="C1",
        lines=[order_pb2.OrderLine(item_id="chair", quantity=1)],
        window_start_s=NOW_S + 3_600,
        window_end_s=NOW_S + 5 * 3_600,
    )


async def submit(caller: Caller, *numbers: str, request_id: str = "r-1") -> order_pb2.SubmitOrdersResponse:
    reply: order_pb2.SubmitOrdersResponse = await caller(
        "PartnerService.SubmitOrders", request_id=request_id, orders=[draft(number) for number in numbers]
    )
    return reply


async def test_orders_of_others_do_not_exist(acme: Caller, beta: Caller) -> None:
    await submit(acme, "17", "18")
    await submit(beta, "99")
    assert [order.number for order in (await beta("PartnerService.ListOrders")).orders] == ["99"]
    assert [order.order_id for order in (await acme("PartnerService.ListOrders")).orders] == ["acme/17", "acme/18"]


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("GetOrder", {}),
        ("CancelOrder", {"request_id": "r-2"}),
        ("ReportShipmentStatus", {"request_id": "r-2", "status": partner_pb2.RECEIPT_STATUS_RECEIVED}),
    ],
)
async def test_another_s_order_and_no_order_get_the_same_answer(
    method: str, fields: dict[str, str], acme: Caller, beta: Caller
) -> None:
    await submit(acme, "17")

    async def told(number: str) -> bytes:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await beta(f"PartnerService.{method}", number=number, **fields)
        status = rpc_status.from_call(refused.value)
        return status.SerializeToString().replace(number.encode(), b"NN")  # type: ignore[no-any-return]

    assert await told("17") == await told("18")


@pytest.mark.parametrize("number", ["acme/17", "../acme/17", "17/", ""])
async def test_an_order_cannot_be_named_by_its_id(number: str, acme: Caller, beta: Caller) -> None:
    await submit(acme, "17")
    assert await beta.refused("PartnerService.GetOrder", number=number) == ("INVALID_ARGUMENT", "INVALID_FIELD")


async def test_the_same_number_is_each_partner_s_own(acme: Caller, beta: Caller) -> None:
    await submit(acme, "17")
    assert (await submit(beta, "17")).results[0].order_id == "beta/17"
    await beta("PartnerService.CancelOrder", request_id="r-2", number="17")
    assert (await acme("PartnerService.GetOrder", number="17")).status == order_pb2.ORDER_STATUS_OPEN


async def test_a_partner_is_told_no_vehicle_and_no_site(server: Server, acme: Caller) -> None:
    await submit(acme, "17")
    await wait_for(lambda: server.core.state.plan.vehicle_of.get("acme/17"), "the order is planned", PLANNED_S)
    async with operator_of(server) as operator:
        inside = await operator("OrderService.GetOrder", order_id="acme/17")
        assert inside.vehicle_id
        assert inside.site_id
    outside = await acme("PartnerService.GetOrder", number="17")
    assert (outside.vehicle_id, outside.site_id) == ("", "")
    assert outside.promise.arrive_s == inside.promise.arrive_s


async def test_a_page_token_is_good_for_its_owner_and_list_only(acme: Caller, beta: Caller) -> None:
    await submit(acme, "1", "2", "3")
    await submit(beta, "1", "2", "3")
    first = await acme("PartnerService.ListOrders", page_size=1)
    token = first.next_page_token
    refused = ("INVALID_ARGUMENT", "PAGE_TOKEN_INVALID")
    assert await beta.refused("PartnerService.ListOrders", page_size=1, page_token=token) == refused
    cancelled = [order_pb2.ORDER_STATUS_CANCELLED]
    assert await acme.refused("PartnerService.ListOrders", page_token=token, statuses=cancelled) == refused
    forged = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    assert await acme.refused("PartnerService.ListOrders", page_token=forged) == refused
    second = await acme("PartnerService.ListOrders", page_size=1, page_token=token)
    assert [order.number for order in second.orders] == ["2"]


async def test_a_request_id_is_each_partner_s_own(acme: Caller, beta: Caller) -> None:
    await submit(acme, "17", request_id="same")
    reply = await submit(beta, "18", request_id="same")
    assert (reply.accepted, reply.replayed) == (1, False)


async def test_a_watcher_hears_of_its_own_orders_only(server: Server, acme: Caller, beta: Caller) -> None:
    await submit(acme, "17")
    await submit(beta, "99")
    await wait_for(lambda: server.core.state.plan.vehicle_of.get("acme/17"), "the order is planned", PLANNED_S)
    call = beta.stream("PartnerService.Watch")
    numbers = set()
    async for message in call:
        if message.progress:
            break
        numbers.update(event.number for event in message.batch.events)
    call.cancel()
    assert numbers == {"99"}


async def test_the_partner_port_has_no_operator_methods(server: Server) -> None:
    async with grpc.aio.insecure_channel(server.addresses["partner"]) as channel:
        for name, method in OPERATOR_METHODS.items():
            sent = iter([b""]) if method.client_streaming else b""
            answer = multicallable(channel, method)(sent, timeout=5, metadata=bearer("acme"))
            assert await answer.code() is grpc.StatusCode.UNIMPLEMENTED, name


async def test_the_partner_port_does_not_describe_itself(server: Server) -> None:
    async with grpc.aio.insecure_channel(server.addresses["partner"]) as channel:
        path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await anext(aiter(channel.stream_stream(path)(iter([b""]), timeout=5)))
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_token_counts_only_while_the_company_knows_it(server: Server, acme: Caller) -> None:
    from tests.unit.domain.small_company import small_company

    company = small_company()
    await serve_company(server, company.model_copy(update={"partners": ()}))
    assert await acme.refused("PartnerService.ListOrders") == ("UNAUTHENTICATED", "UNAUTHENTICATED")


async def test_no_token_reaches_the_log_lines(server: Server, acme: Caller, capfd: pytest.CaptureFixture[str]) -> None:
    await submit(acme, "17")
    await acme.refused("PartnerService.GetOrder", number="zzz")
    told = capfd.readouterr()
    assert TOKENS["acme"] not in told.out + told.err


def test_every_method_has_a_rule_and_every_rule_a_method() -> None:
    methods = {method.full_name for method in (*OPERATOR_METHODS.values(), *PARTNER_METHODS.values())}
    assert methods <= POLICY.keys()
    extra = {name for name in POLICY if not name.startswith("grpc.")} - methods
    assert not extra


def test_roles_follow_the_packages() -> None:
    for methods, role in ((PARTNER_METHODS, Role.PARTNER), (OPERATOR_METHODS, Role.OPERATOR)):
        assert {POLICY[method.full_name].role for method in methods.values()} == {role}
    assert all(rpc_path(method).startswith("/muster.partner.v1") for method in PARTNER_METHODS.values())
