"""Our place in a cluster that others run: a raylet that takes no work, because a Ray driver needs one on its machine.

Promises: it advertises the address by which this machine reaches the head, keeps its files in a folder of its own, and
dies with the bridge; a head that does not answer is said within seconds, instead of hanging in Ray's own retries; a
raylet that has ended is known at the next look. With the address "auto" the raylet that runs here is used instead.
Called by `bridge_ray`; runs Ray's command line, imports no Ray.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from orchestrator.runtime.parent import die_with_parent

HEAD_ANSWERS_S = 3.0
JOIN_S = 45.0
STOP_S = 3.0
LOOK_S = 0.1
#: The driver's node holds nothing but what passes through to it.
OBJECT_STORE_BYTES = 100 * 1024 * 1024
#: Without its head for so long, a raylet ends; the next one joins whatever head is there then.
HEAD_AWAY_S = 5


class NotJoined(RuntimeError):
    """The cluster was not joined; the message says why."""


@dataclass(slots=True)
class ClusterNode:
    """One raylet of ours. address: the head's HOST:PORT. folder: its files, empty."""

    address: str
    folder: Path
    ip: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def join(self) -> None:
        """Start the raylet and wait until it is up; blocks. Raises `NotJoined`."""
        self.ip = address_towards(self.address)
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--address", self.address]
        command += ["--node-ip-address", self.ip, "--temp-dir", str(self.folder), "--num-cpus", "0"]
        command += ["--object-store-memory", str(OBJECT_STORE_BYTES), "--include-log-monitor", "false"]
        environment = {**os.environ, "RAY_gcs_rpc_server_reconnect_timeout_s": str(HEAD_AWAY_S)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                preexec_fn=partial(die_with_parent, signal.SIGTERM, os.getpid()),
            )
        end_s = time.monotonic() + JOIN_S
        while b"Ray runtime started" not in self._log.read_bytes():
            if lost := self.failure():
                raise NotJoined(lost)
            if time.monotonic() > end_s:
                raise NotJoined(f"no raylet within {JOIN_S:.0f} s; {self._last_line()}")
            time.sleep(LOOK_S)

    def failure(self) -> str:
        """Why our raylet is gone, or ""."""
        if self._process is None or self._process.poll() is None:
            return ""
        return f"our raylet in the cluster ended with {self._process.returncode}; {self._last_line()}"

    def leave(self) -> None:
        """End the raylet, so that the cluster need not find out by itself that this node is gone."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
        self._process.kill()
        self._process.wait()

    @property
    def _log(self) -> Path:
        return self.folder / "node.log"

    def _last_line(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it said nothing"


def address_towards(head: str) -> str:
    """This machine's address on the way to HOST:PORT; raises `NotJoined` when nobody answers there."""
    host, _, port = head.rpartition(":")
    if not host or not port.isdecimal():
        raise NotJoined(f"the cluster's address {head!r} is not HOST:PORT")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), HEAD_ANSWERS_S) as connection:
            return str(connection.getsockname()[0])
    except OSError as error:
        raise NotJoined(f"the cluster's head {head} does not answer: {error}") from error
