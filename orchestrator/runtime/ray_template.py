"""The template of Ray's workers: a fork of the bridge that has loaded everything they need, and forks one when asked.

A worker of its own loads Ray and the agents for half a second; five of them on two cores are most of the time until
what was lost is back. Promises: a worker has the arguments, environment and open files that the raylet gave it; it ends
with the template, and that with the bridge; nothing of the bridge but its modules is left in it, because the template
is forked before the bridge opens anything or starts a thread. Ray reads a worker's job when it is loaded, so this
serves the first driver of a new Ray only, whose job has a number that is known (`ray_worker_start` sees to that).
"""

from __future__ import annotations

import contextlib
import importlib
import os
import runpy
import signal
import socket
import sys
from pathlib import Path

from orchestrator.runtime import ray_worker_start as start
from orchestrator.runtime.parent import die_with_parent

SOCKET_NAME = "template.sock"
RAYLET_ENV = "RAY_RAYLET_PID"
#: What Ray gives its workers: on a machine without memory they end before everything else.
OOM_SCORE = "1000"
#: What hosts load beside what the bridge has loaded.
OF_HOSTS = (
    "agents.vehicle",
    "agents.warehouse",
    "agents.production_line",
    "agents.supplier",
    "orchestrator.telemetry.port",
)
WAITING_MAX = 128
ANSWER_S = 2.0


def foresee() -> None:
    """Before Ray is loaded: what it reads once and for all, as a worker of the first driver will find it.

    A worker watches its raylet's process; one from the template watches the bridge's, which ends with its raylet.
    """
    os.environ |= {start.JOB_ENV: start.FIRST_JOB, RAYLET_ENV: str(os.getpid())}


def forget() -> None:
    """After Ray is loaded: load the rest that workers need, and hide from what the bridge starts what was foreseen."""
    for name in OF_HOSTS:
        importlib.import_module(name)
    for name in (start.JOB_ENV, RAYLET_ENV):
        os.environ.pop(name, None)


def fork_template(folder: Path, script: str) -> None:
    """Fork it, listening in `folder`, for workers that run `script`; in the worker that it makes this never returns.

    Call it while nothing is open and no thread runs.
    """
    path = folder / SOCKET_NAME
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(WAITING_MAX)
    os.environ |= {start.TEMPLATE_ENV: str(path), start.SCRIPT_ENV: script}
    bridge = os.getpid()
    if os.fork() == 0:
        die_with_parent(parent_pid=bridge)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers
        arguments = _serve(listener)
        _be_worker(script, arguments)
    listener.close()


def _serve(listener: socket.socket) -> list[str]:
    """Fork a worker for each that asks; returns in the worker, with its arguments."""
    template = os.getpid()
    while True:
        connection, _ = listener.accept()
        connection.settimeout(ANSWER_S)
        with connection:
            try:
                message, files = _asked(connection)
            except (OSError, ValueError):
                continue  # who asked starts by itself
            if not _wanted(connection):
                for file in files:
                    os.close(file)
                continue
            if (worker := _fork()) == 0:
                die_with_parent(parent_pid=template)
                listener.close()
                return _dressed(message, files)
            for file in files:
                os.close(file)
            if worker:
                with contextlib.suppress(OSError):
                    connection.sendall(b"\1")


def _fork() -> int | None:
    """The new process, 0 in it, None where there is no room for one."""
    try:
        return os.fork()
    except OSError:
        return None


def _asked(connection: socket.socket) -> tuple[bytes, list[int]]:
    """What a worker is started with, and its files."""
    length, files, _flags, _address = socket.recv_fds(connection, start.LENGTH_BYTES, len(start.FILES))
    missing, parts = int.from_bytes(length, "big"), []
    while missing > 0 and (part := connection.recv(missing)):
        parts.append(part)
        missing -= len(part)
    if missing or len(files) != len(start.FILES):
        raise ValueError("a start that was cut off")
    return b"".join(parts), files


def _wanted(connection: socket.socket) -> bool:
    """Whether who asked still waits for the worker, and has not become one meanwhile."""
    try:
        connection.sendall(start.OFFERED)
        return connection.recv(1) == start.WANTED
    except OSError:
        return False


def _dressed(message: bytes, files: list[int]) -> list[str]:
    """Take on the files and the environment; the arguments."""
    for number, file in zip(start.FILES, files, strict=True):
        os.dup2(file, number)
        os.close(file)
    count, *words = message.split(start.BETWEEN)
    arguments, environment = words[: int(count)], words[int(count) :]
    os.environb.clear()
    for pair in environment:
        name, _, value = pair.partition(b"=")
        os.environb[name] = value
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setpgid(0, 0)  # a raylet ends its workers by their groups, and the template's is the bridge's
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE, encoding="ascii")
    return [os.fsdecode(word) for word in arguments]


def _be_worker(script: str, arguments: list[str]) -> None:
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")
    raise SystemExit(0)
