"""A backend in the test's own process: hosts are real `AgentHost`s, solvers do as the test says, both can be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agents.host import AgentHost
from agents.messages import AgentKind
from orchestrator.runtime.bridge_backend import WorkerFailed, WorkerLost
from orchestrator.runtime.endings import never


class FakeWorker:
    """Answers calls from `handle` until it is killed; `stuck` makes it take them and not answer."""

    def __init__(self, pid: int, handle: Callable[[Any], Any]) -> None:
        self.pid, self.handle = pid, handle
        self.dead = asyncio.Event()
        self.stuck = False
        self.calls: list[Any] = []

    async def call(self, argument: Any, timeout_s: float) -> Any:
        if self.dead.is_set():
            raise WorkerLost("it is dead")
        self.calls.append(argument)
        if self.stuck:
            await asyncio.wait_for(self.dead.wait(), timeout_s)
            raise WorkerLost("it died")
        try:
            return self.handle(argument)
        except WorkerLost:
            self.dead.set()
            raise
        except Exception as error:
            raise WorkerFailed(str(error)) from error

    async def kill(self) -> None:
        self.dead.set()


class FakeBackend:
    """Starts fake workers and counts them."""

    name = "fake"

    def __init__(self, solve: Callable[[Any], Any] = lambda call: b"") -> None:
        self.solve = solve
        self.hosts: list[FakeWorker] = []
        self.solvers: list[FakeWorker] = []
        self.refusals = 0
        self.node_names: tuple[str, ...] = ("",)

    async def start(self) -> None:
        pass

    async def nodes(self) -> tuple[str, ...]:
        return self.node_names

    def node_name(self, node: str) -> str:
        return f"machine {node}" if node else ""

    async def host(self, name: str, kind: AgentKind, node: str = "") -> FakeWorker:
        host, pid = AgentHost(kind, node=node), 1000 + len(self.hosts)
        return self._start(self.hosts, lambda batch: replace(host.handle(batch), pid=pid))

    async def solver(self, name: str) -> FakeWorker:
        return self._start(self.solvers, lambda call: self.solve(call))

    async def failure(self) -> str:
        return ""

    async def lost(self) -> None:
        await never()

    async def ended(self, pid: int) -> None:
        """Fake processes are known to have ended when a call fails."""
        await never()

    async def stop(self) -> None:
        pass

    def living(self) -> int:
        """Host processes that have not ended."""
        return sum(not worker.dead.is_set() for worker in self.hosts)

    def _start(self, workers: list[FakeWorker], handle: Callable[[Any], Any]) -> FakeWorker:
        if self.refusals:
            self.refusals -= 1
            raise WorkerLost("nothing can be started")
        workers.append(FakeWorker(1000 + len(workers), handle))
        return workers[-1]
