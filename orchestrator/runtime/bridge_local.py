"""The local backend: hosts and solvers as plain child processes of the bridge, without Ray.

Promises the same behaviour as `bridge_ray` on one machine: a worker is a process of its own, its death is noticed at
once, a solver can be killed whatever it does. For tests and very small machines. Called by `bridge`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from agents.messages import AgentKind
from orchestrator.runtime.bridge_backend import WorkerFailed, WorkerLost
from orchestrator.runtime.bridge_telemetry import KINDS, TELEMETRY_KEY_ENV, TelemetrySettings
from orchestrator.runtime.bridge_worker import ANSWERED
from orchestrator.runtime.endings import ended, never
from orchestrator.runtime.frames import BadFrame, dumps, framed, loads, read_frame
from orchestrator.runtime.parent import PARENT_ENV


class LocalWorker:
    """A child process that answers one call at a time over its pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.returncode is None

    async def call(self, argument: Any, timeout_s: float) -> Any:
        """Its answer. A call that was given up leaves an answer in the pipe, so the worker must be killed then."""
        calls, answers = self._process.stdin, self._process.stdout
        assert calls is not None
        assert answers is not None
        try:
            calls.write(framed(dumps(argument)))
            await calls.drain()
            data = await asyncio.wait_for(read_frame(answers), timeout_s)
        except (BadFrame, ConnectionError) as error:
            raise WorkerLost(f"process {self.pid}: {error}") from error
        if data is None:
            raise WorkerLost(f"process {self.pid} ended with {await self._process.wait()}")
        answer = loads(data[1:])
        if data[:1] == ANSWERED:
            return answer
        raise WorkerFailed(answer)

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()


class LocalBackend:
    """Starts workers as child processes. `solvers`: further kinds of solves, name -> "module:function"."""

    def __init__(self, solvers: Mapping[str, str], telemetry: TelemetrySettings | None = None) -> None:
        self._solvers = json.dumps(dict(solvers))
        self._telemetry = telemetry
        self._workers: list[LocalWorker] = []

    name = "local"

    async def start(self) -> None:
        """Nothing to do: there is no cluster to start."""

    async def nodes(self) -> tuple[str, ...]:
        """This machine alone."""
        return ("",)

    def node_name(self, node: str) -> str:
        """There is no other."""
        return ""

    async def host(self, name: str, kind: AgentKind, node: str = "") -> LocalWorker:
        """A new host process."""
        if self._telemetry is None or kind not in KINDS:
            return await self._spawn("--host", kind.value)
        key = {TELEMETRY_KEY_ENV: self._telemetry.key_hex}
        return await self._spawn("--host", kind.value, "--telemetry-host", self._telemetry.host, env=key)

    async def solver(self, name: str) -> LocalWorker:
        """A new solver process."""
        return await self._spawn("--solver", self._solvers)

    async def failure(self) -> str:
        """Child processes fail one by one, never as a whole."""
        return ""

    async def lost(self) -> None:
        """Never: see `failure`."""
        await never()

    async def ended(self, pid: int) -> None:
        """As the kernel says."""
        await ended(pid)

    async def stop(self) -> None:
        """Kill all workers."""
        for worker in self._workers:
            await worker.kill()

    async def _spawn(self, *arguments: str, env: Mapping[str, str] | None = None) -> LocalWorker:
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "orchestrator.runtime.bridge_worker",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, **(env or {}), PARENT_ENV: str(os.getpid())},
            )
        except OSError as error:
            raise WorkerLost(f"no process can be started: {error}") from error
        self._workers = [worker for worker in self._workers if worker.is_running]
        worker = LocalWorker(process)
        self._workers.append(worker)
        return worker
