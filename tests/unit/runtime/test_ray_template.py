"""Workers forked from a template: dressed as the raylet started them, gone with it, and started in any case."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from orchestrator.runtime import ray_template, ray_worker_start
from tests.processes import alive, children
from tests.waiting import wait_until

#: In the place of the bridge: loads something, forks the template, waits.
BRIDGE = """
import pathlib, sys, time
from orchestrator.runtime.ray_template import fork_template
sys.loaded_before = True
fork_template(pathlib.Path(sys.argv[1]), sys.argv[2])
print("ready", flush=True)
time.sleep(60)
"""
#: In the place of Ray's worker script: says what it is, and lives until it is killed.
WORKER = """
import json, os, sys, time
said = {"pid": os.getpid(), "arguments": sys.argv[1:], "name": __name__, "marked": os.environ.get("MARK", "")}
said |= {"forked": hasattr(sys, "loaded_before"), "environment": len(os.environ), "group": os.getpgid(0)}
said["files"] = len(os.listdir("/proc/self/fd"))
print(json.dumps(said), flush=True)
time.sleep(60 if "--stay" in sys.argv else 0)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The worker's script."""
    made = tmp_path / "worker.py"
    made.write_text(WORKER)
    return made


@contextmanager
def bridge(folder: Path, script: Path) -> Iterator[subprocess.Popen[str]]:
    """A process with a template."""
    command = [sys.executable, "-c", BRIDGE, str(folder), str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            assert started.stdout.readline() == "ready\n"
            yield started
        finally:
            started.kill()


def start(folder: Path, script: Path, *arguments: str, job: str = ray_worker_start.FIRST_JOB) -> subprocess.Popen[str]:
    """As a raylet starts a worker."""
    environment = {"PATH": os.environ["PATH"], "MARK": "a=b", ray_worker_start.JOB_ENV: job}
    environment[ray_worker_start.TEMPLATE_ENV] = str(folder / ray_template.SOCKET_NAME)
    environment[ray_worker_start.SCRIPT_ENV] = str(script)
    command = [sys.executable, str(ray_worker_start.__file__), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def said_by(started: subprocess.Popen[str]) -> dict[str, Any]:
    """What the worker says of itself."""
    assert started.stdout is not None
    with started.stdout:
        said: dict[str, Any] = json.loads(started.stdout.readline())
    return said


@pytest.mark.parametrize("job", [ray_worker_start.FIRST_JOB, ray_worker_start.NO_JOB])
def test_a_worker_is_forked_with_what_it_was_started_with(tmp_path: Path, script: Path, job: str) -> None:
    with bridge(tmp_path, script):
        started = start(tmp_path, script, "--node-ip-address=127.0.0.1", "two words", "", job=job)
        said = said_by(started)
        assert started.wait(10) == 0
    assert said["forked"] is True
    assert said["pid"] != started.pid
    assert (said["name"], said["arguments"]) == ("__main__", ["--node-ip-address=127.0.0.1", "two words", ""])
    assert said["marked"] == "a=b"
    assert said["group"] == said["pid"]
    assert said["environment"] <= 7  # and nothing of the bridge's
    assert said["files"] == 4  # of the raylet's three, and the folder it looks at


def test_workers_end_with_the_template_and_that_with_the_bridge(tmp_path: Path, script: Path) -> None:
    with bridge(tmp_path, script) as parent:
        started = [start(tmp_path, script, "--stay") for _ in range(2)]
        pids = [said_by(one)["pid"] for one in started]
        assert [one.wait(10) for one in started] == [0, 0]
        assert all(alive(pid) for pid in pids)
        parent.send_signal(signal.SIGKILL)
        wait_until(lambda: not any(alive(pid) for pid in pids), "all workers are gone", 10.0)


def test_without_a_template_the_worker_starts_by_itself(tmp_path: Path, script: Path) -> None:
    started = start(tmp_path, script, "--node-ip-address=127.0.0.1")
    said = said_by(started)
    assert (said["forked"], said["pid"], started.wait(10)) == (False, started.pid, 0)
    assert said["arguments"] == ["--node-ip-address=127.0.0.1"]


def test_a_worker_of_another_job_starts_by_itself(tmp_path: Path, script: Path) -> None:
    with bridge(tmp_path, script):
        started = start(tmp_path, script, job="02000000")
        said = said_by(started)
        assert (said["forked"], said["pid"], started.wait(10)) == (False, started.pid, 0)


def test_a_template_that_hangs_holds_no_worker_up_and_makes_no_second_one(tmp_path: Path, script: Path) -> None:
    with bridge(tmp_path, script) as parent:
        (template,) = children(parent.pid)
        os.kill(template, signal.SIGSTOP)
        started = start(tmp_path, script)
        assert said_by(started)["forked"] is False
        assert started.wait(10) == 0
        os.kill(template, signal.SIGCONT)
        late = start(tmp_path, script, "--stay")
        forked = said_by(late)["pid"]
        assert children(template) == [forked]  # none for the one who gave up
        assert late.wait(10) == 0


def test_the_template_outlives_one_who_asks_for_nothing(tmp_path: Path, script: Path) -> None:
    with bridge(tmp_path, script):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(str(tmp_path / ray_template.SOCKET_NAME))
            stranger.sendall(b"\0\0\0\2x")
        started = start(tmp_path, script)
        assert said_by(started)["forked"] is True
        assert started.wait(10) == 0
