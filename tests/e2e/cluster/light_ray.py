"""`ray start` without what no test here uses: nodes share this machine's cores, and each process costs a second.

    python -m tests.e2e.cluster.light_ray start --block --head …

Left out: the autoscaler's monitor, the reader of logs, the dashboard's server, the server of Ray's own clients; in the
place of the agents that a raylet insists on stands the idle one that stands there in a Ray of the bridge's own.
"""

from __future__ import annotations

import sys
from typing import Any

import ray._private.node
import ray._private.services
from ray.scripts.scripts import main

from orchestrator.runtime import ray_idle_agent

NEEDLESS = ("start_monitor", "start_log_monitor", "start_api_server", "start_ray_client_server")


def _start_nothing(*_arguments: object, **_options: object) -> None:
    """In the place of a method of Ray's that starts a process."""


def _idle_agent(*_arguments: Any, **_options: Any) -> list[str]:
    """In the place of the function of Ray's that says how an agent is started."""
    return [sys.executable, "-S", "-E", str(ray_idle_agent.__file__)]


if __name__ == "__main__":
    for name in NEEDLESS:
        assert hasattr(ray._private.node.Node, name), f"this Ray has no {name}"
        setattr(ray._private.node.Node, name, _start_nothing)
    ray._private.services._build_python_executable_command_memory_profileable = _idle_agent
    main()  # type: ignore[no-untyped-call]
