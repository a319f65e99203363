"""A whole server with its agents: what they notice changes the plan, and without them the core goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from agents.messages import Position
from agents.readings import DriverHours
from orchestrator.domain import commands as c
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.events import InstructionRefused, PlanRevised, VehicleSlipped
from orchestrator.runtime.bootstrap import Server
from tests.e2e.ray.bridging import kill
from tests.serving import operator_of, serve_company, server_config
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for

HOUR_S = 3600


@pytest_asyncio.fixture
async def server(data_dir: Path) -> AsyncIterator[Server]:
    """A server with local agents and the small company, its agents all there."""
    async with Server(server_config(data_dir, runtime="local")) as made:
        await serve_company(made)
        await wait_for(lambda: _agents(made) == len(made.core.state.vehicles), "the vehicles' agents are there")
        yield made


def _agents(server: Server) -> int:
    assert server.bridge is not None
    return server.bridge.health().agents.get("vehicle", 0) if server.bridge.ready else 0


async def _order(server: Server, number: str) -> str:
    state = server.core.state
    draft = c.OrderDraft(
        number=number,
        customer_id=next(iter(state.customers)),
        lines=(OrderLine(item_id=next(iter(state.items)), quantity=1),),
        window_start_s=NOW_S,
        window_end_s=NOW_S + 8 * HOUR_S,
    )
    await server.core.submit(c.SubmitOrders(partner_id="acme", orders=(draft,)), principal="partner:acme")
    order_id = f"acme/{number}"
    await wait_for(lambda: order_id in state.plan.vehicle_of, f"order {order_id} is planned")
    return order_id


async def _events(server: Server) -> list[Any]:
    return await server.core.read_events(0, 1000)


async def test_a_slow_vehicle_is_noticed_by_its_agent_and_the_plan_follows(server: Server) -> None:
    order_id = await _order(server, "1")
    state = server.core.state
    vehicle_id = state.plan.vehicle_of[order_id]
    trip = state.plan.routes[vehicle_id].trips[0]
    loaded = c.ReportVehicleLoaded(vehicle_id=vehicle_id, order_ids=(order_id,), at_s=trip.depart_s)
    await server.core.submit(loaded, principal="operator:test")
    depot = state.fleet[vehicle_id].place
    late_s = trip.stops[0].arrive_s + 1200
    assert server.bridge is not None
    bridge = server.bridge

    async def slipped() -> list[Any]:
        # Telemetry may be lost, so it is sent until it is heard; the agent drops what it has seen.
        bridge.send_telemetry([Position(vehicle_id, late_s, depot.lat_e7, depot.lon_e7)])
        return [row for row in await _events(server) if isinstance(row.event, VehicleSlipped)]

    (slip, *_) = await wait_for(slipped, "the agent's slip is in the log")
    assert slip.principal == f"agent:vehicle/{vehicle_id}"
    assert slip.event.order_id == order_id
    assert slip.event.predicted_s > late_s

    async def answered() -> list[Any]:
        revisions = [row.event.head for row in await _events(server) if isinstance(row.event, PlanRevised)]
        return [head for head in revisions if any(cause.seq == slip.seq for cause in head.causes)]

    await wait_for(answered, "a revision names the slip")


async def test_a_driver_out_of_hours_is_refused_by_the_agent_and_the_plan_keeps_the_duty(server: Server) -> None:
    order_id = await _order(server, "1")
    state = server.core.state
    vehicle_id = state.plan.vehicle_of[order_id]
    ends_s = state.plan.routes[vehicle_id].trips[-1].return_s - 600
    assert server.bridge is not None
    bridge = server.bridge

    async def refused() -> list[Any]:
        bridge.send_telemetry([DriverHours(vehicle_id, NOW_S + 60, 3_600, ends_s)])
        return [row for row in await _events(server) if isinstance(row.event, InstructionRefused)]

    (row, *_) = await wait_for(refused, "the agent's refusal is in the log")
    assert row.principal == f"agent:vehicle/{vehicle_id}"
    assert (row.event.resource_id, row.event.code.value) == (vehicle_id, "OUT_OF_HOURS")
    until_s = row.event.until_s

    def kept() -> bool:
        route = state.plan.routes.get(vehicle_id)
        return route is None or route.trips[-1].return_s <= until_s

    await wait_for(kept, "the plan keeps the driver's duty")
    assert order_id in state.plan.vehicle_of or order_id in state.plan.unplanned


async def test_without_its_bridge_the_core_accepts_and_plans_and_says_so(server: Server) -> None:
    assert server.bridge is not None
    pid = server.bridge.health().pid
    assert pid is not None
    kill(pid)
    await wait_for(lambda: not server.bridge or not server.bridge.ready, "the loss is noticed", 2.0)
    await _order(server, "2")
    async with operator_of(server) as call:
        status = await call("AdminService.GetStatus")
        assert status.degraded_level == 1
        assert "the agents are away since" in status.degraded_cause
        assert not status.bridge.up
        await wait_for(lambda: _agents(server), "the agents are back")

        async def whole() -> bool:
            return (await call("AdminService.GetStatus")).degraded_level == 0

        await wait_for(whole, "the level is 0 again", 20.0)
        status = await call("AdminService.GetStatus")
        assert status.bridge.agent_restarts >= 1
