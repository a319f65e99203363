"""Child processes of the core: started fresh (never forked from a live interpreter), watched, started again.

Promises: a child that ends by itself is started again after a delay that grows while it keeps ending and is forgotten
once it has lived, or has been seen at work (`forgive`); a stopped child is gone, with everything in its process group,
within the grace period; a child does not outlive its parent. Output of a child goes to a log file that is set aside
when it has grown large.

A child calls `die_with_parent` first thing in its main. Start children from the main thread: on Linux the parent whose
death counts is the thread that made the child. Called by `bridge_client` (the bridge) and `bootstrap` (the web server).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import structlog

from orchestrator.runtime.parent import PARENT_ENV, SPARE_ENV

LOG_BYTES_MAX = 8 * 1024 * 1024

_logger = structlog.get_logger("orchestrator.runtime.processes")


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to start. `module` is run with this interpreter, `env` is added to the present environment.

    again_at_once: exit codes after which the child asks to be started again without a delay. spare: whether a second
    child may be kept that has loaded everything and waits for its turn (`parent.wait_for_turn`).
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    log_path: Path
    env: Mapping[str, str] = field(default_factory=dict)
    again_at_once: frozenset[int] = frozenset()
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delay before the n-th start in a row: `first_s`, doubled each time up to `most_s`; forgotten after `lived_s`."""

    first_s: float = 0.2
    most_s: float = 10.0
    lived_s: float = 20.0

    def delay_s(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row (0: none)."""
        return min(self.most_s, self.first_s * 2 ** (min(failures, 30) - 1)) if failures > 0 else 0.0


class Supervisor:
    """Keeps one child running until told to stop."""

    def __init__(
        self, spec: ChildSpec, backoff: Backoff | None = None, on_exit: Callable[[int], None] | None = None
    ) -> None:
        self._spec = spec
        self._backoff = backoff or Backoff()
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._spare: asyncio.subprocess.Process | None = None
        self._sparing: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = self._forgiven = False
        self.starts = 0
        self.last_exit: int | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running child, or None."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def spare_pid(self) -> int | None:
        """Process id of the child that waits for its turn, or None."""
        return self._spare.pid if self._spare is not None and self._spare.returncode is None else None

    @property
    def restarts(self) -> int:
        """How often the child was started again."""
        return max(0, self.starts - 1)

    async def start(self) -> None:
        """Start the child and watch it in the background. The first start raises `OSError` if it cannot be done."""
        self._stopping = False
        self._process = await self._spawn()
        self._task = asyncio.create_task(self._watch(), name=f"supervise {self._spec.name}")

    async def stop(self, grace_s: float = 5.0) -> None:
        """Ask the child to end, kill it and its group after `grace_s`."""
        self._stopping = True
        await self._drop_spare()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), grace_s)
            self.kill()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._process is not None:
            await self._process.wait()

    def forgive(self) -> None:
        """The child does its work: when it ends next, it is started again as soon as after its first end."""
        self._forgiven = True
        if self._spec.spare and self._spare is None and not self._stopping and _over(self._sparing):
            self._sparing = asyncio.create_task(self._keep_spare(), name=f"spare {self._spec.name}")

    async def _drop_spare(self) -> None:
        if self._sparing is not None:
            await self._sparing
        spare, self._spare = self._spare, None
        if spare is not None:
            _kill_group(spare.pid)
            await spare.wait()

    def kill(self) -> None:
        """Kill the child and everything in its process group now; unless stopping, it is started again."""
        if self._process is not None:
            _kill_group(self._process.pid)

    async def _watch(self) -> None:
        failures = 0
        while self._process is not None:
            began_s = time.monotonic()
            code = await self._process.wait()
            _kill_group(self._process.pid)  # what it has left behind
            self.last_exit = code
            if self._on_exit is not None:
                self._on_exit(code)
            if self._stopping:
                return
            failures = self._failures(failures, code, time.monotonic() - began_s)
            _logger.warning("child ended", child=self._spec.name, code=code, again_in_s=self._backoff.delay_s(failures))
            self._process = await self._respawn(failures)

    def _failures(self, failures: int, code: int, lived_s: float) -> int:
        if code in self._spec.again_at_once and lived_s >= self._backoff.first_s:
            return 0
        forgiven, self._forgiven = self._forgiven, False
        return 1 if forgiven or lived_s >= self._backoff.lived_s else failures + 1

    async def _respawn(self, failures: int) -> asyncio.subprocess.Process:
        while True:
            await asyncio.sleep(self._backoff.delay_s(failures))
            try:
                return await self._spawn()
            except OSError as error:
                failures += 1
                _logger.error("child does not start", child=self._spec.name, error=str(error))

    async def _keep_spare(self) -> None:
        """Have one ready; that it cannot be started now is no loss."""
        with contextlib.suppress(OSError):
            self._spare = await self._run({SPARE_ENV: "1"}, asyncio.subprocess.PIPE)

    async def _spawn(self) -> asyncio.subprocess.Process:
        """The spare, if there is one, else a new process."""
        self.starts += 1
        spare, self._spare = self._spare, None
        if spare is not None and spare.returncode is None and spare.stdin is not None:
            with contextlib.suppress(ConnectionError):
                spare.stdin.write(b"now\n")
                await spare.stdin.drain()
                return spare
        return await self._run({}, asyncio.subprocess.DEVNULL)

    async def _run(self, extra: Mapping[str, str], stdin: int) -> asyncio.subprocess.Process:
        with _log_file(self._spec.log_path) as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._spec.module,
                *self._spec.arguments,
                stdin=stdin,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._spec.env, **extra, PARENT_ENV: str(os.getpid())},
                start_new_session=True,
            )


def _over(task: asyncio.Task[None] | None) -> bool:
    return task is None or task.done()


def _log_file(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.replace(path.with_suffix(path.suffix + ".1"))
    return path.open("ab")


def _kill_group(pgid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pgid, signal.SIGKILL)
