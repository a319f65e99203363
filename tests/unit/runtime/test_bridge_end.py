"""A bridge that ends politely keeps what agents have learned up to then; one whose hosts hang ends all the same."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents import supplier
from agents.messages import AgentKind, AgentRef, Instruction, SupplierBook
from orchestrator.runtime import bridge as bridge_module
from orchestrator.runtime.bridge import Bridge
from orchestrator.runtime.bridge_messages import Roster, Status
from orchestrator.runtime.checkpoints import Checkpoints
from orchestrator.runtime.frames import dumps, framed, loads, read_frame
from orchestrator.runtime.host_sizes import KindSizes
from tests.unit.runtime.fake_backend import FakeBackend

SUPPLIER = AgentRef(AgentKind.SUPPLIER, "S1")


@asynccontextmanager
async def ready_bridge(backend: FakeBackend, folder: Path) -> AsyncIterator[asyncio.Task[int]]:
    """A bridge that holds one agent; its core hangs up at the end of the block."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=theirs)
    bridge = Bridge(backend, reader, writer, solvers=0, sizes=KindSizes(2), checkpoints=Checkpoints(folder))
    running = asyncio.create_task(bridge.run())
    hears, says = await asyncio.open_connection(sock=ours)
    told = Instruction(SUPPLIER, 10, 1, SupplierBook(), full=True)
    says.write(framed(dumps(Roster(1_000, (told,), complete=True))))
    async with asyncio.timeout(10):
        while data := await read_frame(hears):
            said = loads(data)
            if isinstance(said, Status) and said.ready:
                break
    yield running
    says.close()
    await asyncio.wait_for(running, 10)
    writer.close()


async def test_what_was_learned_since_it_was_last_asked_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supplier, "remember", lambda state: b"much", raising=False)
    async with ready_bridge(FakeBackend(), tmp_path) as running:
        assert Checkpoints(tmp_path).load() == 0
    assert running.result() == 0
    kept = Checkpoints(tmp_path)
    assert (kept.load(), kept.of([SUPPLIER])) == (1, ((SUPPLIER, b"much"),))


async def test_a_host_that_hangs_does_not_keep_it_from_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_module, "REMEMBER_S", 0.05)
    backend = FakeBackend()
    async with ready_bridge(backend, tmp_path) as running:
        backend.hosts[0].stuck = True
    assert running.result() == 0
    assert Checkpoints(tmp_path).load() == 0
