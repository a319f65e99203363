"""How long `muster status` takes, from the shell's point of view, beside a Python that does nothing.

The server is a real one in a process of its own; the first run of each command warms the file cache and is not counted.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.row import Row, row

RUNS = 15
READY_S_MAX = 60.0


def main() -> list[Row]:
    """Median wall time of both commands."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        command = [sys.executable, "-m", "orchestrator.cli.main", "serve", "--data-dir", str(data_dir), "--no-web"]
        command += ["--runtime", "none", "--operator-port", "0", "--partner-port", "0", "--metrics-port", "0"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            environment = os.environ | {"MUSTER_ADDRESS": _operator(data_dir / "endpoints.json")}
            muster = str(Path(sys.executable).with_name("muster"))
            ours = _median_s([muster, "status"], environment)
            bare = _median_s([sys.executable, "-c", "pass"], environment)
        finally:
            server.terminate()
            server.wait(timeout=30)
    peers = {"python -c pass": bare}
    return [row("muster status", ours, "s", seconds=time.monotonic() - began, peers=peers, at_most=0.4)]


def _operator(endpoints: Path) -> str:
    deadline = time.monotonic() + READY_S_MAX
    while not endpoints.exists():
        if time.monotonic() > deadline:
            raise SystemExit("the server did not start")
        time.sleep(0.05)
    return str(json.loads(endpoints.read_text())["operator"])


def _median_s(command: list[str], environment: dict[str, str]) -> float:
    times = []
    for run in range(RUNS + 1):
        began = time.monotonic()
        subprocess.run(command, check=True, capture_output=True, env=environment)
        if run:
            times.append(time.monotonic() - began)
    return statistics.median(times)
