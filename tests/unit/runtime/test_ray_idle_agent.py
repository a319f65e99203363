"""The stand-in for a raylet's helpers names their ports where the raylet looks for them, and ends with its parent."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.runtime import ray_idle_agent
from tests.processes import alive
from tests.waiting import wait_until

STARTER = "import subprocess, sys, time; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); time.sleep(60)"
SCRIPTS = {
    "/site-packages/ray/dashboard/agent.py": {
        "metrics_agent_port",
        "metrics_export_port",
        "dashboard_agent_listen_port",
    },
    "/ray/_private/runtime_env/agent/main.py": {"runtime_env_agent_port"},
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_names_its_ports_and_ends_with_its_parent(script: str, tmp_path: Path) -> None:
    agent = [sys.executable, "-S", "-E", str(ray_idle_agent.__file__), script]
    agent += ["--node-id=n1", f"--session-dir={tmp_path}", "--minimal"]
    with subprocess.Popen([sys.executable, "-c", STARTER, *agent], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        named = {f"{name}_n1" for name in SCRIPTS[script]}
        wait_until(lambda: named == {path.name for path in tmp_path.iterdir()}, "all ports are named")
        assert all(int(path.read_text()) for path in tmp_path.iterdir())
        assert alive(pid)
        starter.send_signal(signal.SIGKILL)
    wait_until(lambda: not alive(pid), "it has ended with its parent", 5.0)
