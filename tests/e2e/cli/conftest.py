"""A real server for the command line: core, planning, both ports; no agents, no solvers, no dashboard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Server:
    """Where it answers, and where its data are."""

    operator: str
    partner: str
    data_dir: Path


Muster = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for a module's tests."""
    data_dir = tmp_path_factory.mktemp("cli") / "data"
    command = [sys.executable, "-m", "orchestrator.cli.main", "serve", "--data-dir", str(data_dir)]
    command += ["--runtime", "none", "--no-web", "--operator-port", "0", "--partner-port", "0", "--metrics-port", "0"]
    command += ["--clock", "06:00"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    endpoints = data_dir / "endpoints.json"
    try:
        wait_until(lambda: endpoints.exists() or process.poll() is not None, "the server is ready", 60.0)
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        found = json.loads(endpoints.read_text())
        yield Server(found["operator"], found["partner"], data_dir)
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0, "SIGTERM ends a server cleanly"


@pytest.fixture(scope="module")
def environment(server: Server) -> dict[str, str]:
    """The environment of a person at a shell who works with this server."""
    here = str(Path(sys.executable).parent)
    return os.environ | {
        "MUSTER_ADDRESS": server.operator,
        "MUSTER_OPERATOR": "ada",
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture(scope="module")
def muster(environment: dict[str, str]) -> Muster:
    """Runs `muster …` and gives its exit code, stdout and stderr."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "orchestrator.cli.main", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, env=environment, cwd=ROOT, check=False
        )

    return run
