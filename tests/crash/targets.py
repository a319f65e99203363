"""What can be killed: a process that takes orders, however it is spoken to.

`CrashTarget` is all that the test knows; `SmallCore` is the core alone on a socket.
"""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from tests.waiting import wait_for

START_S_MAX = 120.0


class NotAcknowledged(Exception):
    """The call did not end with an answer; whether the order was stored is not known."""


class CrashTarget(Protocol):
    """A server of one folder that can be started again after it was killed."""

    name: str

    async def start(self) -> None:
        """Start the process; returns when it can be spoken to."""
        ...

    async def submit(self, number: str, request_id: str) -> None:
        """Submit one order; returns when it was acknowledged. `NotAcknowledged` otherwise."""
        ...

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        ...

    def log_place(self) -> tuple[str, Path, Path, Path]:
        """Log address, data folder, key file and witness file, to look at when the process is dead."""
        ...


class ServerProcess:
    """The process part that all targets share."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self, command: list[str], stderr: Path, env: dict[str, str] | None = None) -> None:
        """Start it in a session of its own, so that a signal to the test run does not reach it by the side."""
        with stderr.open("ab") as errors:
            self._process = subprocess.Popen(command, stdout=errors, stderr=errors, start_new_session=True, env=env)

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """True while the process has not ended."""
        return self._process is not None and self._process.poll() is None

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        assert self._process is not None
        assert self.running, f"the server ended by itself with {self._process.returncode}"
        self._process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(self._process.wait)
        assert self._process.returncode == -signal.SIGKILL

    def close(self) -> None:
        """End it, when the test failed before it could."""
        if self._process is not None and self.running:
            self._process.kill()
            self._process.wait()


class SmallCore(ServerProcess):
    """The core alone, over a unix socket."""

    name = "core"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._writer: asyncio.StreamWriter | None = None
        self._listener: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[dict[str, object]]] = {}

    async def start(self) -> None:
        command = [sys.executable, "-m", "tests.crash.small_core", str(self._folder)]
        self.launch(command, self._folder / "stderr.txt")
        await wait_for(self._connect, "the socket answers", START_S_MAX)

    async def _connect(self) -> bool:
        assert self.running, (self._folder / "stderr.txt").read_text()[-2_000:]
        try:
            reader, self._writer = await asyncio.open_unix_connection(self._folder / "core.sock")
        except OSError:
            return False
        self._listener = asyncio.create_task(self._listen(reader))
        return True

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                fields = json.loads(line)
                self._waiting.pop(fields["request_id"]).set_result(fields)
        for future in self._waiting.values():
            future.set_exception(NotAcknowledged("the connection ended"))
        self._waiting.clear()

    async def submit(self, number: str, request_id: str) -> None:
        if self._writer is None or self._listener is None or self._listener.done():
            raise NotAcknowledged("not connected")
        future: asyncio.Future[dict[str, object]] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        self._writer.write(json.dumps({"number": number, "request_id": request_id}).encode() + b"\n")
        fields = await future
        if "error" in fields:
            raise NotAcknowledged(str(fields["error"]))

    async def kill(self) -> None:
        await super().kill()
        if self._listener is not None:
            await self._listener
        if self._writer is not None:
            self._writer.close()

    def log_place(self) -> tuple[str, Path, Path, Path]:
        return "sqlite", self._folder / "data", self._folder / "muster.key", self._folder / "muster.head"
