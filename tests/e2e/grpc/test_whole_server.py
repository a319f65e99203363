"""A whole server in the test's own loop, called over sockets: watching, repeating, overriding, importing, stopping."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from orchestrator.runtime.bootstrap import Server
from orchestrator.runtime.data_folder import DataDirInUse
from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import admin_service_pb2 as admin_pb2
from protos.muster.operator.v1 import event_service_pb2 as event_pb2
from protos.muster.operator.v1 import override_service_pb2 as override_pb2
from protos.muster.operator.v1 import resource_service_pb2 as resource_pb2
from protos.muster.partner.v1 import partner_service_pb2 as partner_pb2
from tests.serving import (
    OPERATOR_METHODS,
    PLANNED_S,
    Caller,
    multicallable,
    operator_of,
    partner_of,
    serve_company,
    server_config,
)
from tests.unit.company.files import files, with_row
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
async def operator(server: Server) -> AsyncIterator[Caller]:
    async with operator_of(server, "ada") as caller:
        yield caller


def draft(number: str, **changes: Any) -> order_pb2.OrderDraft:
    fields: dict[str, Any] = {
        "number": number,
        "customer_id": "C1",
        "lines": [order_pb2.OrderLine(item_id="chair", quantity=1)],
        "window_start_s": NOW_S + 3_600,
        "window_end_s": NOW_S + 5 * 3_600,
    }
    return order_pb2.OrderDraft(**(fields | changes))


async def submit(caller: Caller, request_id: str, *drafts: order_pb2.OrderDraft) -> Any:
    return await caller("PartnerService.SubmitOrders", request_id=request_id, orders=drafts)


async def read_on(stream: AsyncIterator[Any]) -> None:
    """Read a stream to its end."""
    async for _ in stream:
        pass


async def planned(server: Server, order_id: str) -> str:
    """Wait until an order has a vehicle."""
    return await wait_for(
        lambda: server.core.state.plan.vehicle_of.get(order_id, ""), f"{order_id} is planned", PLANNED_S
    )


# --- orders ---


async def test_each_order_of_a_batch_has_its_own_result(acme: Caller) -> None:
    reply = await submit(
        acme,
        "r-1",
        draft("1"),
        draft("1"),
        draft("no number"),
        draft("2", customer_id="nobody"),
        draft("3", lines=[order_pb2.OrderLine(item_id="chair", quantity=0)]),
        draft("4"),
    )
    names = [order_pb2.ItemOutcome.Name(result.outcome)[13:] for result in reply.results]
    assert names == ["ACCEPTED", "DUPLICATE", "REFUSED", "REFUSED", "REFUSED", "ACCEPTED"]
    told = [(result.reason, result.field) for result in reply.results if result.reason]
    expected = [("INVALID_FIELD", "number"), ("NOT_FOUND", "customer_id"), ("INVALID_FIELD", "lines[0].quantity")]
    assert told == expected
    assert reply.accepted == 2
    assert reply.seq > 0


async def test_a_repeated_request_gets_the_same_answer_and_does_nothing(server: Server, acme: Caller) -> None:
    first = await submit(acme, "r-1", draft("1"), draft("bad number"))
    again = await submit(acme, "r-1", draft("1"), draft("bad number"))
    assert again.replayed
    again.replayed = False
    assert again == first
    assert list(server.core.state.orders) == ["acme/1"]


async def test_a_request_id_means_one_request(acme: Caller) -> None:
    await submit(acme, "r-1", draft("1"))
    reply = acme.refused("PartnerService.SubmitOrders", request_id="r-1", orders=[draft("2")])
    assert await reply == ("INVALID_ARGUMENT", "REQUEST_ID_REUSED")


async def test_a_write_without_a_request_id_is_refused(acme: Caller) -> None:
    told = await acme.refused("PartnerService.SubmitOrders", orders=[draft("1")])
    assert told == ("INVALID_ARGUMENT", "INVALID_FIELD")


async def test_answers_and_page_tokens_outlive_a_restart(data_dir: Path) -> None:
    async with Server(server_config(data_dir)) as server:
        await serve_company(server)
        async with partner_of(server) as acme:
            first = await submit(acme, "r-1", draft("1"), draft("2"), draft("3"))
            token = (await acme("PartnerService.ListOrders", page_size=2)).next_page_token
    async with Server(server_config(data_dir)) as server, partner_of(server) as acme:
        again = await submit(acme, "r-1", draft("1"), draft("2"), draft("3"))
        assert again.replayed
        assert (again.seq, again.results) == (first.seq, first.results)
        rest = await acme("PartnerService.ListOrders", page_size=2, page_token=token)
        assert ([order.number for order in rest.orders], rest.next_page_token) == (["3"], "")


async def test_an_old_etag_is_refused(acme: Caller) -> None:
    await submit(acme, "r-1", draft("1"))
    order = await acme("PartnerService.GetOrder", number="1")
    stale = await acme.refused("PartnerService.CancelOrder", request_id="r-2", number="1", etag="99")
    assert stale == ("ABORTED", "ETAG_MISMATCH")
    cancelled = await acme("PartnerService.CancelOrder", request_id="r-3", number="1", etag=order.etag)
    assert cancelled.status == order_pb2.ORDER_STATUS_CANCELLED
    again = await acme.refused("PartnerService.CancelOrder", request_id="r-4", number="1")
    assert again == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION")


async def test_what_the_receiver_says_becomes_an_alert(acme: Caller, operator: Caller) -> None:
    await submit(acme, "r-1", draft("1"))
    report = {"number": "1", "status": partner_pb2.RECEIPT_STATUS_DAMAGED, "at_s": NOW_S, "note": "a leg is broken"}
    first = await acme("PartnerService.ReportShipmentStatus", request_id="r-2", **report)
    again = await acme("PartnerService.ReportShipmentStatus", request_id="r-2", **report)
    assert (again.seq, again.replayed) == (first.seq, True)
    alerts = (await operator("AlertService.ListAlerts")).alerts
    assert [alert.alert_id for alert in alerts] == ["SHIPMENT_DAMAGED:acme/1"]
    assert "a leg is broken" in alerts[0].text
    seen = await operator("AlertService.AcknowledgeAlert", alert_id=alerts[0].alert_id)
    over = await operator("AlertService.ResolveAlert", alert_id=alerts[0].alert_id, reason="replaced")
    assert (seen.status, over.status) == (2, 3)


# --- watching ---


async def watched(caller: Caller, most: int, **fields: Any) -> list[int]:
    """The seqs that a watcher is given: `most` of them, or those until it was silent for a second."""
    stream = caller.stream("EventService.Watch", heartbeat_s=1, **fields)
    seqs: list[int] = []
    caught_up = False
    async for message in stream:
        if message.progress and caught_up:
            break
        caught_up = caught_up or message.progress
        if not message.progress:
            seqs.append(message.seq)
        if len(seqs) == most:
            break
    stream.cancel()
    return seqs


async def test_a_watch_that_resumes_anywhere_misses_and_repeats_nothing(
    server: Server, acme: Caller, operator: Caller
) -> None:
    async def load() -> None:
        for number in range(60):
            await submit(acme, f"r-{number}", draft(str(number)))

    loading = asyncio.create_task(load())
    seqs = [0]
    while not loading.done() or seqs[-1] < server.core.durable_seq:
        seqs += await watched(operator, 7, resume_seq=seqs[-1])
    await loading
    assert seqs == list(range(len(seqs)))
    assert len(seqs) > 61


async def test_many_watchers_are_given_the_same(server: Server, acme: Caller, operator: Caller) -> None:
    watchers = [asyncio.create_task(watched(operator, 40 - start, resume_seq=start)) for start in (0, 0, 1)]
    await submit(acme, "r-1", *(draft(str(number)) for number in range(50)))
    for start, seqs in zip((0, 0, 1), await asyncio.gather(*watchers), strict=True):
        assert seqs == list(range(start + 1, 41))
    await wait_for(lambda: server.desk.watchers() == 0, "no watcher is left")


async def test_a_watch_can_be_filtered_and_starts_now(server: Server, acme: Caller, operator: Caller) -> None:
    stream = operator.stream("EventService.Watch", from_now=True, types=["OrderCancelled"], heartbeat_s=1)
    messages = aiter(stream)
    assert (await anext(messages)).progress
    await submit(acme, "r-1", draft("1"))
    await acme("PartnerService.CancelOrder", request_id="r-2", number="1", reason="no more")
    async for message in messages:
        if not message.progress:
            break
    assert (message.event.type, message.event.subject) == ("OrderCancelled", "acme/1")
    assert message.event.principal == "partner:acme"
    stream.cancel()


async def test_a_watch_from_the_future_is_refused(operator: Caller) -> None:
    stream = operator.stream("EventService.Watch", resume_seq=10**6)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await anext(aiter(stream))
    assert refused.value.code() is grpc.StatusCode.OUT_OF_RANGE


async def test_watchers_end_when_the_server_does(data_dir: Path) -> None:
    async with Server(server_config(data_dir)) as server:
        await serve_company(server)
        operator = operator_of(server)
        stream = aiter(operator.stream("EventService.Watch", from_now=True))
        await anext(stream)
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await read_on(stream)
    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
    async with operator:
        pass


# --- the operator port ---


async def test_a_breakdown_is_answered_by_a_revision_that_names_it(
    server: Server, acme: Caller, operator: Caller
) -> None:
    await submit(acme, "r-1", draft("1"))
    vehicle_id = await planned(server, "acme/1")
    down = event_pb2.VehicleDown(vehicle_id=vehicle_id, at_s=NOW_S, until_s=NOW_S + 12 * 3_600, reason="engine")
    reply = await operator("EventService.ReportEvent", request_id="e-1", vehicle_down=down)
    assert reply.event_types[0] == "VehicleWentDown"

    async def named() -> Any:
        return (await operator("PlanService.ListRevisions", cause_seq=reply.first_seq)).revisions

    revision = (await wait_for(named, "a revision names the breakdown"))[0]
    whole = await operator("PlanService.GetRevision", revision=revision.revision)
    assert whole.revision.causes[0].kind == "VehicleWentDown"
    assert await planned(server, "acme/1") != vehicle_id
    report = await operator("AdminService.GetDayReport")
    assert [(d.kind, d.event_seq, d.revision) for d in report.disruptions] == [
        ("VehicleWentDown", reply.first_seq, revision.revision)
    ]


async def test_an_override_is_set_listed_and_taken_back(server: Server, acme: Caller, operator: Caller) -> None:
    await submit(acme, "r-1", draft("1"))
    taken = await planned(server, "acme/1")
    other = "V2" if taken == "V1" else "V1"
    wish = {"kind": override_pb2.OVERRIDE_KIND_ASSIGN, "order_id": "acme/1", "vehicle_id": other, "reason": "asked"}
    first = await operator("OverrideService.CreateOverride", request_id="o-1", **wish)
    again = await operator("OverrideService.CreateOverride", request_id="o-1", **wish)
    assert (again.override.override_id, again.replayed) == (first.override.override_id, True)
    assert first.override.owner == "ada"
    await wait_for(lambda: server.core.state.plan.vehicle_of.get("acme/1") == other, "the order changes vehicle")
    listed = (await operator("OverrideService.ListOverrides")).overrides
    assert [override.override_id for override in listed] == [first.override.override_id]
    undone = await operator("OverrideService.UndoOverride", override_id=listed[0].override_id, etag=listed[0].etag)
    assert undone.status == override_pb2.OVERRIDE_STATUS_UNDONE
    assert not (await operator("OverrideService.ListOverrides")).overrides


async def test_events_can_be_read_page_by_page(acme: Caller, operator: Caller) -> None:
    await submit(acme, "r-1", *(draft(str(number)) for number in range(12)))
    cursor, seqs = 0, []
    while True:
        page = await operator("EventService.ListEvents", after_seq=cursor, page_size=5, types=["OrderReceived"])
        seqs += [event.seq for event in page.events]
        cursor = page.next_seq
        if not cursor:
            break
    assert len(seqs) == len(set(seqs)) == 12


@pytest.mark.parametrize("kind", resource_pb2.ResourceKind.values()[1:])
async def test_resources_of_every_kind_are_listed_and_found(kind: int, operator: Caller) -> None:
    found = (await operator("ResourceService.ListResources", kind=kind)).resources
    assert found
    one = await operator("ResourceService.GetResource", kind=kind, resource_id=found[0].resource_id)
    if one.HasField("machine"):
        assert one.machine.HasField("wear")  # weighed for one machine, left out of lists
        one.machine.ClearField("wear")
    assert one == found[0]
    assert one.WhichOneof("detail") == resource_pb2.ResourceKind.Name(kind)[14:].lower()


async def test_telemetry_moves_the_map_and_not_the_log(server: Server, operator: Caller) -> None:
    before = server.core.durable_seq
    place = order_pb2.Place(lat_e7=480_000_000, lon_e7=110_000_000)
    sent = [
        resource_pb2.Position(vehicle_id="V1", at_s=NOW_S + 10, place=place),
        resource_pb2.Position(vehicle_id="V1", at_s=NOW_S, place=place),
        resource_pb2.Position(vehicle_id="nobody", at_s=NOW_S, place=place),
    ]
    method = OPERATOR_METHODS["ResourceService.ReportTelemetry"]
    async with grpc.aio.insecure_channel(server.addresses["operator"]) as channel:
        request = resource_pb2.ReportTelemetryRequest(positions=sent)
        reply = await multicallable(channel, method)(iter([request]), timeout=5)
    assert (reply.accepted, reply.dropped) == (1, 2)
    overview = await operator("AdminService.GetOverview")
    vehicle = next(vehicle for vehicle in overview.vehicles if vehicle.vehicle_id == "V1")
    assert (vehicle.place.lat_e7, vehicle.place_at_s) == (480_000_000, NOW_S + 10)
    written = {type(logged.event).__name__ for logged in await server.core.read_events(before, 100)}
    assert written <= {"PlanRevised", "LearningRevised"}


async def test_stock_is_shown_with_what_is_promised(server: Server, acme: Caller, operator: Caller) -> None:
    await submit(acme, "r-1", draft("1", lines=[order_pb2.OrderLine(item_id="chair", quantity=3)]))
    await planned(server, "acme/1")
    chair = (await operator("StockService.ListStock", item_id="chair")).positions[0]
    assert (chair.on_hand, chair.allocated) == (20, 3)
    supply = await operator("StockService.ListReplenishments")
    assert supply.purchase_orders[0].purchase_order_id == "PO-1"
    assert supply.production_orders[0].tasks


async def test_a_bad_row_is_named_and_nothing_is_loaded(data_dir: Path) -> None:
    async with Server(server_config(data_dir)) as server, operator_of(server) as operator:
        bad = [admin_pb2.ImportFile(name=n, content=c) for n, c in with_row("vehicles", "V1,Van,VAN,WH,x,1,,").items()]
        reply = await operator("AdminService.ImportCompany", files=bad)
        assert not reply.loaded
        assert {(error.file, error.line) for error in reply.errors} == {("vehicles.csv", 3)}
        assert server.core.durable_seq == 0
        good = [admin_pb2.ImportFile(name=name, content=content) for name, content in files().items()]
        assert not (await operator("AdminService.ImportCompany", files=good, validate_only=True)).loaded
        assert server.core.durable_seq == 0
        reply = await operator("AdminService.ImportCompany", files=good, request_id="i-1")
        assert (reply.loaded, reply.counts["orders"], reply.counts["late_orders"]) == (True, 1, 1)
        assert "acme/1" in server.core.state.orders


async def test_the_clock_stands_until_it_is_started_and_goes_on_after_a_restart(data_dir: Path) -> None:
    async with Server(server_config(data_dir)) as server, operator_of(server) as operator:
        assert (await operator("AdminService.GetStatus")).clock.held
        clock = await operator("AdminService.StartClock", speed=3_600.0)
        assert (clock.held, clock.speed, clock.simulated) == (False, 3_600.0, True)
    async with Server(server_config(data_dir)) as server, operator_of(server) as operator:
        clock = (await operator("AdminService.GetStatus")).clock
        assert not clock.held
        assert clock.now_s > NOW_S


async def test_a_wall_clock_cannot_be_started(data_dir: Path) -> None:
    config = server_config(data_dir, clock_origin_s=None)
    async with Server(config) as server, operator_of(server) as operator:
        told = await operator.refused("AdminService.StartClock", speed=2.0)
        assert told == ("FAILED_PRECONDITION", "CLOCK_NOT_SIMULATED")


async def test_the_log_is_audited_and_exported(server: Server, acme: Caller, operator: Caller) -> None:
    await submit(acme, "r-1", draft("1"))
    audit = await operator("AdminService.VerifyAudit")
    assert audit.ok
    lines = b""
    async for part in operator.stream("AdminService.ExportAudit"):
        lines += part.json_lines
    assert lines.count(b"\n") >= 2
    assert b'"type": "OrderReceived"' in lines


async def test_health_and_reflection(server: Server) -> None:
    async with grpc.aio.insecure_channel(server.addresses["operator"]) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "muster.operator.v1.PlanService"):
            reply = await health.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
            assert reply.status == health_pb2.HealthCheckResponse.SERVING
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        ask = reflection_pb2.ServerReflectionRequest(list_services="")
        answer = await anext(aiter(stub.ServerReflectionInfo(iter([ask]))))
        names = {service.name for service in answer.list_services_response.service}
        assert {"muster.operator.v1.AdminService", "grpc.health.v1.Health"} <= names


async def test_a_data_folder_has_one_server(server: Server, data_dir: Path) -> None:
    with pytest.raises(DataDirInUse, match="in use by the server with pid"):
        async with Server(server_config(data_dir)):
            pass


async def test_a_solve_without_solvers_says_so(operator: Caller) -> None:
    stream = operator.stream("SolveService.Solve", kind=1, text="x", budget_s=1.0)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await anext(aiter(stream))
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
