"""A planned move of a host takes nothing from the bridge's readiness, which the ladder of levels goes by."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agents.messages import AgentKind, AgentRef, Instruction, SupplierBook
from orchestrator.runtime import bridge as bridge_module
from orchestrator.runtime import bridge_slot
from orchestrator.runtime.bridge import Bridge
from orchestrator.runtime.bridge_messages import NeedRoster, Roster, Status
from orchestrator.runtime.checkpoints import Checkpoints
from orchestrator.runtime.frames import dumps, framed, loads, read_frame
from orchestrator.runtime.host_sizes import KindSizes
from tests.unit.runtime.fake_backend import FakeBackend

AGENTS = [AgentRef(AgentKind.SUPPLIER, f"S{n}") for n in range(4)]
TOLD = tuple(Instruction(agent, 10, 1, SupplierBook(), full=True) for agent in AGENTS)
LONG = 10_000


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_module, "STATUS_EVERY_S", 0.02)
    monkeypatch.setattr(bridge_module, "BEATS_A_BALANCE", 1)
    monkeypatch.setattr(bridge_slot, "RETRY_S", 0.02)


class Core:
    """Tells the bridge of all agents whenever it asks, and keeps its heartbeats."""

    def __init__(self, hears: asyncio.StreamReader, says: asyncio.StreamWriter) -> None:
        self._hears, self._says = hears, says

    async def status(self) -> Status:
        """The next heartbeat."""
        async with asyncio.timeout(10):
            while data := await read_frame(self._hears):
                said = loads(data)
                if isinstance(said, Status):
                    return said
                if isinstance(said, NeedRoster):
                    self._says.write(framed(dumps(Roster(1_000, TOLD, complete=said.agents is None))))
        raise AssertionError("the bridge has hung up")


@pytest.fixture
def backend() -> FakeBackend:
    """One node, as yet."""
    made = FakeBackend()
    made.node_names = ("n1",)
    return made


@pytest_asyncio.fixture
async def core(backend: FakeBackend, tmp_path: Path) -> AsyncIterator[Core]:
    """The core of a bridge with four hosts, all up."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=theirs)
    bridge = Bridge(backend, reader, writer, solvers=0, sizes=KindSizes(1), checkpoints=Checkpoints(tmp_path))
    running = asyncio.create_task(bridge.run())
    hears, says = await asyncio.open_connection(sock=ours)
    made = Core(hears, says)
    while not (await made.status()).ready:
        pass
    yield made
    says.close()
    await asyncio.wait_for(running, 10)
    writer.close()


def _moving(status: Status) -> bool:
    return any(host.moving for host in status.hosts)


async def test_the_bridge_stays_ready_while_a_host_moves(core: Core, backend: FakeBackend) -> None:
    backend.refusals = LONG  # the host comes up nowhere, as long as that is
    backend.node_names = ("n1", "n2")
    status = await core.status()
    while not _moving(status):
        assert status.ready
        status = await core.status()
    for _ in range(3):
        status = await core.status()
        assert (status.ready, _moving(status)) == (True, True)
    backend.refusals = 0
    while _moving(status):
        status = await core.status()
        assert status.ready
    assert all(host.alive for host in status.hosts)


async def test_a_host_that_does_not_arrive_is_away(
    core: Core, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge_slot, "MOVE_S", 0.2)
    backend.refusals = LONG
    backend.node_names = ("n1", "n2")
    while (status := await core.status()).ready:
        pass
    assert any(not host.alive and not host.moving for host in status.hosts)
