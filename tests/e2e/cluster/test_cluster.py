"""Four machines, a Ray on three of them and the core with PostgreSQL on the fourth: what breaks comes back by itself.

One lab serves all tests here, in their order, under orders from outside; a test leaves everything up. The head dies
first: with each fall soon after a rise the ladder waits twice as long before it rises again. What was acknowledged all
along is counted at the end.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from orchestrator.runtime.placement import homes
from tests.crash.load import Load
from tests.crash.test_kill import received
from tests.e2e.cluster.clustered_server import SOLVERS, ClusteredServer
from tests.e2e.cluster.lab import Lab, why_no_lab
from tests.e2e.cluster.ray_nodes import RayNodes
from tests.postgres import postgres_server
from tests.processes import alive
from tests.waiting import wait_for

WHY_NOT = why_no_lab()
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(500),
    pytest.mark.slow,
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
]
ORDERS_PER_S = 4
#: Longest wait for everything to be up on machines that somebody else works on, too: alone it is 10 s.
UP_S = 150.0
LOOK_EVERY_S = 0.2


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

    async def pids(self) -> dict[str, int]:
        """Host or solver -> its process."""
        return {worker.name: worker.pid for worker in await self.workers()}

    async def up(self, *names: str, without: frozenset[int] = frozenset()) -> None:
        """Hosts and solvers are all up, on all of these machines and no other, in none of those processes."""

        async def placed() -> bool:
            pids = set((await self.pids()).values())
            return {self.lab.where(pid) for pid in pids} == set(names) and not pids & without

        await self.wait(placed, f"all hosts and solvers are up on {names}")

    async def at_home(self) -> dict[str, str]:
        """Host -> its node, when every host is on the one where it belongs among several; else {}."""
        said = await self.server.ask("HostService.ListHosts")
        nodes = {host.name: host.node for host in said.hosts}
        belongs = homes(nodes, sorted(set(nodes.values())))
        return nodes if await self.workers() and len(set(nodes.values())) > 1 and nodes == belongs else {}

    async def level(self) -> int:
        return int((await self.server.ask("AdminService.GetStatus")).degraded_level)

    async def whole(self) -> bool:
        return await self.level() == 0

    async def acknowledged_more(self, count: int) -> None:
        """The core goes on taking orders."""
        ledger = self.load.ledger
        enough = len(ledger.acknowledged) + count
        await wait_for(lambda: len(ledger.acknowledged) >= enough, f"{count} more orders are acknowledged", 20.0)

    async def wait(self, condition: Any, what: str) -> Any:
        """Wait, and say how long it took."""
        began_s = time.monotonic()
        value = await wait_for(condition, what, UP_S, LOOK_EVERY_S)
        print(f"{time.monotonic() - began_s:6.1f} s until {what}")
        return value


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    """The lab, with the load on."""
    folder = tmp_path_factory.mktemp("cluster")
    with Lab(["head", "one", "two", "core"]) as lab:
        nodes = RayNodes(lab, folder, "head", ["one", "two"])
        nodes.start()
        with postgres_server() as url:  # comes up while the nodes do
            server = ClusteredServer(folder, lab["core"], nodes, url)
            await server.load_company()
            await server.start()
            made = Company(lab, nodes, server, Load(server, ORDERS_PER_S))
            await made.load.first_answer()
            made.load.run()
            yield made
            await server.hang_up()
            lab["core"].kill_all()


async def test_hosts_and_solvers_are_spread_over_the_nodes_that_offer_work(company: Company) -> None:
    await company.up("one", "two")
    await company.wait(company.whole, "the ladder is at its top")


async def test_without_its_head_the_core_goes_on_and_says_so_and_all_comes_back(company: Company) -> None:
    before = frozenset((await company.pids()).values())
    assert company.lab["head"].kill_all() > 2, "the fault hits nothing"
    await company.wait(company.level, "the ladder shows it")
    await company.acknowledged_more(10)
    company.nodes.start_head()
    await company.up("one", "two", without=before)
    await company.wait(company.whole, "the ladder is at its top")


async def test_a_dead_nodes_hosts_come_back_elsewhere_and_few_move_when_it_is_back(company: Company) -> None:
    nodes = await company.wait(company.at_home, "each host is where it belongs")
    before = await company.pids()
    assert company.lab["two"].kill_all() > 2, "the fault hits nothing"
    await company.acknowledged_more(5)
    await company.up("one")
    alone = await company.pids()
    moved = {name for name in nodes if alone[name] != before[name]}
    print(f"{len(moved)} of {len(nodes)} hosts came back elsewhere")
    assert moved == {name for name in nodes if company.lab.where(before[name]) != "one"}

    company.nodes.start_worker("two")
    await company.up("one", "two")
    nodes = await company.wait(company.at_home, "each host is where it belongs")
    after = await company.pids()
    moved = {name for name in nodes if after[name] != alone[name]}
    print(f"{len(moved)} of {len(nodes)} hosts moved to the new node")
    assert moved == {name for name in nodes if company.lab.where(after[name]) == "two"}
    assert 0 < len(moved) < len(nodes)


async def test_a_node_that_nobody_reaches_is_replaced_and_comes_back(company: Company) -> None:
    before = company.nodes.raylet("one")
    company.lab["one"].unplug()
    await company.acknowledged_more(5)
    await company.up("two")
    company.lab["one"].plug_in()
    await company.wait(lambda: company.nodes.raylet("one") not in (0, before), "the node has joined anew")
    await company.up("one", "two")


async def test_nothing_acknowledged_is_lost(company: Company) -> None:
    await company.load.stop()
    await company.load.settle()
    await company.server.kill()
    ledger, counts = company.load.ledger, received(company.server)
    assert len(ledger.acknowledged) > 100
    assert counts == dict.fromkeys(ledger.acknowledged, 1)
