"""A whole server on Ray, and a kill of each kind: nothing acknowledged is lost, nothing done twice, all comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.domain import commands as c
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.events import OrderReceived
from orchestrator.runtime.bootstrap import Server
from tests.bench.kills.victims import KINDS, PROGRAMS, named_children
from tests.e2e.ray.bridging import UP_S, kill
from tests.processes import alive
from tests.serving import serve_company, server_config
from tests.unit.domain.small_company import NOW_S
from tests.waiting import wait_for

pytestmark = [pytest.mark.ray, pytest.mark.timeout(400)]
WINDOW_S = 8 * 3600


@pytest_asyncio.fixture
async def server(data_dir: Path) -> AsyncIterator[Server]:
    """A server with a Ray of its own and the small company."""
    async with Server(server_config(data_dir, runtime="ray")) as made:
        await serve_company(made)
        yield made


def _processes(server: Server) -> dict[str, list[int]]:
    """All that can be killed, by kind; empty while a part of it is away."""
    assert server.bridge is not None
    health = server.bridge.health()
    hosts = [host.pid for host in health.host_list if host.alive]
    solvers = [solver.pid for solver in health.solver_list if solver.alive]
    if not server.bridge.ready or health.pid is None or not solvers or not hosts:
        return {}
    found = {"host": hosts, "solver": solvers, "bridge": [health.pid]}
    found |= {kind: named_children(health.pid, program) for kind, program in PROGRAMS.items()}
    whole = all(found.values()) and all(alive(pid) for pids in found.values() for pid in pids)
    return found if whole else {}


def _gone(pid: int) -> bool:
    return not alive(pid)


async def _order(server: Server, number: str) -> str:
    """An order that the server has acknowledged."""
    state = server.core.state
    line = OrderLine(item_id=next(iter(state.items)), quantity=1)
    draft = c.OrderDraft(
        number=number,
        customer_id=next(iter(state.customers)),
        lines=(line,),
        window_start_s=NOW_S,
        window_end_s=NOW_S + WINDOW_S,
    )
    await server.core.submit(c.SubmitOrders(partner_id="acme", orders=(draft,)), principal="partner:acme")
    return f"acme/{number}"


async def test_nothing_is_lost_or_done_twice_whatever_is_killed_and_all_comes_back(server: Server) -> None:
    assert server.bridge is not None
    orders = []
    for kind in KINDS:
        before = await wait_for(lambda: _processes(server), f"all is up before a {kind} is killed", UP_S)
        victim = before[kind][0]
        kill(victim)
        orders.append(await _order(server, kind))
        await wait_for(partial(_gone, victim), f"the {kind} is dead", 5.0)
        after = await wait_for(lambda: _processes(server), f"all is up after a {kind} was killed", UP_S)
        assert victim not in after[kind]
    rows = await server.core.read_events(0, 5_000)
    assert Counter(row.event.order.order_id for row in rows if isinstance(row.event, OrderReceived)) == Counter(orders)
    await wait_for(lambda: server.bridge.health().outstanding == 0, "agents have executed all", UP_S)  # type: ignore[union-attr]
    told = server.bridge.health().instructions
    assert (told["executed"] > 0, told["twice"]) == (True, 0)
