"""A Ray cluster on the lab's machines: each node's `ray start` is started again when it ends, as systemd would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from orchestrator.runtime.bridge_auth import new_token
from tests.e2e.cluster.lab import Lab, Machine
from tests.waiting import wait_until

PORT = 6379
UP_S = 60.0
#: `Machine.pids` looks at every process there is.
LOOK_EVERY_S = 0.2
#: The head finds a silent node within about 6 s instead of Ray's 30; a node without its head ends after 3 s, not 60.
TIMING = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "1500",
    "RAY_health_check_failure_threshold": "3",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "3",
}
AGAIN = 'while :; do "$@"; sleep 0.5; done'


class RayNodes:
    """head: the machine that schedules and takes no work; every other one offers `cpus`."""

    def __init__(self, lab: Lab, folder: Path, head: str, workers: list[str], cpus: int = 2) -> None:
        self._lab, self._folder, self._cpus = lab, folder, cpus
        self.head, self.workers = head, workers
        self.address = f"{lab[head].address}:{PORT}"
        self.token = new_token(folder / "ray.token")

    def start(self) -> None:
        """All nodes, the head first; the others join in their own time."""
        self.start_head()
        for name in self.workers:
            self.start_worker(name)

    def start_head(self) -> None:
        """The head, until it takes nodes."""
        machine = self._lab[self.head]
        self._ray(machine, "--head", "--port", str(PORT), "--num-cpus", "0", "--include-dashboard", "false")
        wait_until(lambda: self.raylet(self.head), "the head is up", UP_S, LOOK_EVERY_S)

    def start_worker(self, name: str, core: int | None = None) -> None:
        """One node; it joins in its own time. core: of this machine, the only one it may use."""
        self._ray(self._lab[name], "--address", self.address, "--num-cpus", str(self._cpus), core=core)

    def joined(self, name: str) -> None:
        """Wait until a node has a raylet."""
        wait_until(lambda: self.raylet(name), f"node {name} is up", UP_S, LOOK_EVERY_S)

    def raylet(self, name: str) -> int:
        """The process id of a machine's raylet, 0 while it has none."""
        return next((pid for pid in self._lab[name].pids() if _program(pid) == "raylet"), 0)

    def _ray(self, machine: Machine, *words: str, core: int | None = None) -> subprocess.Popen[bytes]:
        start = [] if core is None else ["taskset", "-c", str(core)]
        start += [sys.executable, "-m", "tests.e2e.cluster.light_ray", "start", "--block", *words]
        start += ["--node-ip-address", machine.address, "--object-store-memory", "80000000"]
        env = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(self.token), "RAY_USAGE_STATS_ENABLED": "0"}
        log = self._folder / f"{machine.name}.log"
        return machine.run(["sh", "-c", AGAIN, "sh", *start], log, env | TIMING | {"PYTHONPATH": os.getcwd()})


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
