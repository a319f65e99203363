"""Starts the demo's server as a child process, waits until it serves, starts it again when it dies, ends it cleanly.

Promises: `stop` leaves no process behind; a server that does not come up says why, with the end of its output.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

ENDPOINTS = "endpoints.json"
READY_S = 300.0
STOP_S = 20.0
POLL_S = 0.05
OUTPUT_SHOWN = 2_000
PORT_TAKEN = "is the port in use"
PORTS = {"operator": 7400, "partner": 7401, "metrics": 7402, "web": 7480}


class ServerFailed(RuntimeError):
    """The server did not start; the message has the end of its output."""


def free_or_any(port: int) -> int:
    """The port if nobody listens on it, else 0: any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


class ServerChild:
    """One server. `settings`: MUSTER_* variables. `starts` counts how often it was started."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str]) -> None:
        self.data_dir = data_dir
        self.starts = 0
        self._settings = {"MUSTER_DATA_DIR": str(data_dir), **settings}
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def endpoints_path(self) -> Path:
        """Where the server says where it listens."""
        return self.data_dir / ENDPOINTS

    @property
    def output_path(self) -> Path:
        """What the server prints."""
        return self.data_dir / "server.out"

    def endpoints(self) -> dict[str, str]:
        """Its addresses."""
        said: dict[str, str] = json.loads(self.endpoints_path.read_text(encoding="utf-8"))
        return said

    async def start(self) -> None:
        """Start it and wait until it serves; a port that somebody else has taken is changed. Raises `ServerFailed`."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            await self._start_once()
        except ServerFailed as failure:
            if PORT_TAKEN not in str(failure):
                raise
            self._settings |= {f"MUSTER_{name.upper()}_PORT": "0" for name in PORTS}
            await self._start_once()
        for name, address in self.endpoints().items():
            if name in PORTS and address:
                self._settings[f"MUSTER_{name.upper()}_PORT"] = str(address).rpartition(":")[2]
        self._keeper = asyncio.create_task(self._keep(), name="keep the server")

    async def _start_once(self) -> None:
        self.endpoints_path.unlink(missing_ok=True)
        await self._spawn()
        try:
            async with asyncio.timeout(READY_S):
                while not self._ready():
                    if self._process is None or self._process.returncode is not None:
                        raise ServerFailed(f"the server ended while starting:\n{self._last_words()}")
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            await self.stop()
            raise ServerFailed(f"the server is not up after {READY_S:.0f} s:\n{self._last_words()}") from None

    async def stop(self) -> None:
        """End it with everything it started."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        self._process = None

    async def _spawn(self) -> None:
        self.starts += 1
        with self.output_path.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "orchestrator.twin.server_process",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self._settings},
                start_new_session=True,
            )

    async def _keep(self) -> None:
        """A server that dies is started again on the same ports; its clock and log go on."""
        while self._process is not None:
            await self._process.wait()
            await asyncio.sleep(POLL_S)
            await self._spawn()

    def _ready(self) -> bool:
        try:
            return self._process is not None and int(self.endpoints()["pid"]) == self._process.pid
        except (OSError, ValueError, KeyError):
            return False

    def _last_words(self) -> str:
        try:
            return self.output_path.read_text(encoding="utf-8", errors="replace")[-OUTPUT_SHOWN:]
        except OSError:
            return "(no output)"
