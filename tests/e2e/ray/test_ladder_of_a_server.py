"""A whole server with local agents steps down and comes back: the vehicles in their own process bid for orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from orchestrator.domain import commands as c
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.levels_events import LevelChanged
from orchestrator.runtime.bootstrap import Server
from tests.serving import operator_of, serve_company, server_config
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for

HOUR_S = 3600


@pytest_asyncio.fixture
async def server(data_dir: Path) -> AsyncIterator[Server]:
    """A server with local agents and the small company, all well."""
    async with Server(server_config(data_dir, runtime="local")) as made:
        await serve_company(made)
        await made.planning.wait()
        await wait_for(lambda: made.desk.planner.status().level == 0, "all is well", 60.0)
        yield made


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
    return f"acme/{number}"


async def test_agents_bid_while_the_level_is_held_and_a_broken_vehicle_loses_its_orders(server: Server) -> None:
    state = server.core.state
    async with operator_of(server) as call:
        held = await call("LevelService.HoldLevel", request_id="h1", level=2, reason="drill", duration_s=600)
        assert (held.level, held.name, held.hold.reason) == (2, "AUCTION", "drill")
        order_id = await _order(server, "1")
        await wait_for(lambda: order_id in state.plan.vehicle_of, "the order is auctioned")
        head = state.revisions[-1].head
        assert head.engine == "auction"
        (change,) = [one for one in head.changes if one.subject == order_id]
        assert f"won by {state.plan.vehicle_of[order_id]} at +" in change.reason
        assert server.vehicles is not None
        assert server.vehicles.counts["bids"] > 0
        winner = state.plan.vehicle_of[order_id]
        down = c.ReportVehicleDown(vehicle_id=winner, at_s=NOW_S, until_s=NOW_S + 20 * HOUR_S)
        await server.core.submit(down, principal="operator:test")
        await wait_for(lambda: state.plan.vehicle_of.get(order_id) != winner, "it goes to another")
        status = await call("AdminService.GetStatus")
        assert status.degraded_level == 2
        assert "held by" in status.degraded_cause
        assert "by auction among the vehicles" in status.degraded_cause
        await call("LevelService.ReleaseLevel", request_id="r1")

        async def steps() -> list[int]:
            rows = await server.core.read_events(0, 1000)
            return [row.event.level for row in rows if isinstance(row.event, LevelChanged)]

        async def back() -> bool:
            return len(await steps()) >= 2 and state.level.level == 0

        await wait_for(back, "the level is 0 again")
        assert (await steps())[0] == 2
