"""A whole server with its agents, on Ray and without: what they refuse the plan gives up, and takes back when over.

One server for each backend; the tests leave it with everything open.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agents.messages import AgentKind, MachineSignal, Telemetry
from agents.readings import DockState, DriverHours
from orchestrator.domain import commands as c
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.events import InstructionRefused, PlanRevised
from orchestrator.domain.refusals_events import RefusalEnded
from orchestrator.runtime.bootstrap import Server
from tests.e2e.ray.bridging import UP_S
from tests.serving import serve_company, server_config, two_partner_company
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for

HOUR_S = 3600
LOADING_S = 900

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
BACKENDS = [pytest.param("local", id="local"), pytest.param("ray", id="ray", marks=pytest.mark.ray)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BACKENDS)
async def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server whose warehouse has two docks and goods for both vans, its agents all there."""
    company = two_partner_company()
    sites = tuple(site.model_copy(update={"docks": 2}) for site in company.sites)
    stock = tuple(row.model_copy(update={"on_hand": 500}) for row in company.stock)
    async with Server(server_config(tmp_path_factory.mktemp("data"), runtime=request.param)) as made:
        await serve_company(made, company.model_copy(update={"sites": sites, "stock": stock}))
        await wait_for(lambda: _kinds(made) == set(map(str, AgentKind)), "agents of every kind are there", 2 * UP_S)
        yield made


def _kinds(server: Server) -> set[str]:
    assert server.bridge is not None
    held = server.bridge.health().agents if server.bridge.ready else {}
    return {kind for kind, count in held.items() if count}


async def _order(server: Server, number: str, customer_id: str) -> None:
    """A van full, in a window so narrow that no van can bring two."""
    draft = c.OrderDraft(
        number=number,
        customer_id=customer_id,
        lines=(OrderLine(item_id="chair", quantity=20),),
        window_start_s=NOW_S + HOUR_S,
        window_end_s=NOW_S + HOUR_S + 600,
        priority=9,
    )
    await server.core.submit(c.SubmitOrders(partner_id="acme", orders=(draft,)), principal="partner:acme")
    await wait_for(lambda: f"acme/{number}" in server.core.state.plan.vehicle_of, f"order {number} is planned")


async def _rows(server: Server, kind: type[Any]) -> list[Any]:
    return [row for row in await server.core.read_events(0, 10_000) if isinstance(row.event, kind)]


async def _heard(server: Server, reading: Telemetry, kind: type[Any], code: str) -> Any:
    """The agent's word of this kind that follows a reading. Telemetry may be lost, so it is sent until it is heard."""
    assert server.bridge is not None
    bridge, before = server.bridge, len(await _rows(server, kind))

    async def said() -> list[Any]:
        bridge.send_telemetry([reading])
        return (await _rows(server, kind))[before:]

    rows: list[Any] = await wait_for(said, f"the agent has said {kind.__name__} {code}")
    row = rows[0]
    assert row.principal == f"agent:{reading.agent}"
    assert row.event.code.value == code
    return row


async def _answered(server: Server, seq: int) -> Any:
    """The revision that names this record among its causes."""

    async def found() -> Any:
        heads = [row.event.head for row in await _rows(server, PlanRevised)]
        return next((head for head in heads if any(cause.seq == seq for cause in head.causes)), None)

    return await wait_for(found, f"a revision names record {seq}")


def _gap_s(server: Server) -> int:
    """Between the first and the second loading."""
    trips = (trip for route in server.core.state.plan.routes.values() for trip in route.trips)
    first, second, *_ = sorted(trip.load_start_s for trip in trips)
    return second - first


async def test_one_of_two_docks_is_closed_and_the_vans_load_in_turns_until_it_opens(server: Server) -> None:
    await _order(server, "1", "C1")
    await _order(server, "2", "C3")
    assert len(server.core.state.plan.routes) == 2
    assert _gap_s(server) < LOADING_S
    refused = await _heard(server, DockState("W1", NOW_S + 60, 1), InstructionRefused, "DOCKS_SHORT")
    assert (refused.event.left, refused.event.reason[:24]) == (1, "1 of 2 docks are open, 2")
    head = await _answered(server, refused.seq)
    assert any("warehouse W1 refused: 1 of 2 docks are open" in cause.text for cause in head.causes)
    assert _gap_s(server) >= LOADING_S
    over = await _heard(server, DockState("W1", NOW_S + 120, 2), RefusalEnded, "DOCKS_SHORT")
    await _answered(server, over.seq)
    assert _gap_s(server) < LOADING_S


async def test_a_machine_is_locked_out_and_its_tasks_wait_until_it_is_free(server: Server) -> None:
    tasks = server.core.state.plan.tasks

    def starts() -> list[int]:
        return [task.start_s for task in tasks.values() if task.machine_id == "M2"]

    await wait_for(starts, "the press has work")
    before = min(starts())
    locked = MachineSignal("L1", "M2", NOW_S + 60, running=False, locked_out=True)
    refused = await _heard(server, locked, InstructionRefused, "LOCKED_OUT")
    head = await _answered(server, refused.seq)
    assert any("machine M2 is locked out" in cause.text for cause in head.causes)
    assert min(starts()) >= refused.event.until_s > before
    free = MachineSignal("L1", "M2", NOW_S + 120, running=False)
    over = await _heard(server, free, RefusalEnded, "LOCKED_OUT")
    await _answered(server, over.seq)
    assert server.core.state.shop["M2"].down_until_s is None


async def test_a_driver_who_may_not_drive_long_enough_drives_no_longer(server: Server) -> None:
    state = server.core.state
    await wait_for(lambda: state.plan.routes, "there are routes")
    vehicle_id = next(iter(state.plan.routes))
    orders = set(state.plan.vehicle_of)
    refused = await _heard(server, DriverHours(vehicle_id, NOW_S + 60, 120, 0), InstructionRefused, "OUT_OF_DRIVING")
    head = await _answered(server, refused.seq)
    assert any("longer than the driver may before a rest" in cause.text for cause in head.causes)
    assert vehicle_id not in state.plan.routes
    assert orders == set(state.plan.vehicle_of) | set(state.plan.unplanned)
    rested = DriverHours(vehicle_id, NOW_S + 120, 16_200, 0)
    over = await _heard(server, rested, RefusalEnded, "OUT_OF_DRIVING")
    await _answered(server, over.seq)
