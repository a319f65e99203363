"""Four machines, a Ray on three of them and the core with PostgreSQL on the fourth: what breaks comes back by itself.

One lab serves all tests here, in their order, under orders from outside; a test leaves everything up. What was
acknowledged all along is counted at the end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.crash.load import Load
from tests.crash.test_kill import received
from tests.e2e.cluster.clustered_server import SOLVERS, ClusteredServer
from tests.e2e.cluster.lab import Lab, why_no_lab
from tests.e2e.cluster.ray_nodes import RayNodes
from tests.e2e.ray.bridging import alive
from tests.postgres import postgres_server
from tests.waiting import wait_for

WHY_NOT = why_no_lab()
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(500),
    pytest.mark.slow,
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
]
ORDERS_PER_S = 10
UP_S = 150.0
MOVED_S = 180.0


@dataclass
class Company:
    """Everything that runs."""

    lab: Lab
    nodes: RayNodes
    server: ClusteredServer
    load: Load

    async def workers(self) -> list[Any]:
        """Hosts and solvers that are alive, or [] while one is missing."""
        said = await self.server.ask("HostService.ListHosts")
        solvers = [solver for solver in said.solvers if alive(solver.pid)]
        if said.phase != "ready" or not all(host.alive for host in said.hosts) or len(solvers) < SOLVERS:
            return []
        return [*said.hosts, *solvers]

    async def all_on(self, *names: str) -> bool:
        """Whether hosts and solvers are all up, and on these machines only."""
        places = {self.lab.where(worker.pid) for worker in await self.workers()}
        return bool(places) and places <= set(names)

    async def up(self, *names: str) -> None:
        await wait_for(lambda: self.all_on(*names), f"all hosts and solvers are up on {names}", UP_S)

    async def level(self) -> int:
        return int((await self.server.ask("AdminService.GetStatus")).degraded_level)

    async def whole(self) -> None:
        async def at_the_top() -> bool:
            return await self.level() == 0

        await wait_for(at_the_top, "the ladder is at its top", 40.0)

    async def acknowledged_more(self, count: int) -> None:
        """The core goes on taking orders."""
        ledger = self.load.ledger
        enough = len(ledger.acknowledged) + count
        await wait_for(lambda: len(ledger.acknowledged) >= enough, f"{count} more orders are acknowledged", 20.0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    """The lab, with the load on."""
    folder = tmp_path_factory.mktemp("cluster")
    with postgres_server() as url, Lab(["head", "one", "two", "core"]) as lab:
        nodes = RayNodes(lab, folder, "head", ["one", "two"])
        server = ClusteredServer(folder, lab["core"], nodes, url)
        await server.load_company()
        nodes.start()
        await server.start()
        made = Company(lab, nodes, server, Load(server, ORDERS_PER_S))
        await made.load.first_answer()
        made.load.run()
        await made.up("one", "two")
        yield made
        await server.hang_up()


async def test_hosts_and_solvers_are_spread_over_the_nodes_that_offer_work(company: Company) -> None:
    places = {company.lab.where(worker.pid) for worker in await company.workers()}
    assert places == {"one", "two"}
    await company.whole()


async def test_what_was_on_a_dead_node_moves(company: Company) -> None:
    assert company.lab["two"].kill_all() > 2, "the fault hits nothing"
    await company.acknowledged_more(10)
    await wait_for(lambda: company.all_on("one"), "everything is on the other node", MOVED_S)
    company.nodes.start_worker("two")
    await wait_for(lambda: company.nodes.raylet("two"), "the node is back", UP_S)


async def test_a_node_that_nobody_reaches_is_replaced_and_comes_back(company: Company) -> None:
    before = company.nodes.raylet("one")
    company.lab["one"].unplug()
    await company.acknowledged_more(10)
    await wait_for(lambda: company.all_on("two"), "everything is on the other node", MOVED_S)
    company.lab["one"].plug_in()
    await wait_for(lambda: company.nodes.raylet("one") not in (0, before), "the node has joined anew", UP_S)
    await company.up("one", "two")


async def test_without_its_head_the_core_goes_on_and_says_so_and_all_comes_back(company: Company) -> None:
    assert company.lab["head"].kill_all() > 2, "the fault hits nothing"
    await wait_for(company.level, "the ladder shows it", 20.0)
    await company.acknowledged_more(20)
    company.nodes.start_head()
    await company.up("one", "two")
    await company.whole()


async def test_nothing_acknowledged_is_lost(company: Company) -> None:
    await company.load.stop()
    await company.load.settle()
    await company.server.kill()
    ledger, counts = company.load.ledger, received(company.server)
    assert len(ledger.acknowledged) > 100
    assert counts == dict.fromkeys(ledger.acknowledged, 1)
