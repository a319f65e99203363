"""`ray start` without what no test here uses: nodes share this machine's cores, and each process costs a second.

    python -m tests.e2e.cluster.light_ray start --block --head …

Left out: the autoscaler's monitor, the reader of logs, the dashboard's server, the server of Ray's own clients;
the dashboard's agent, which a raylet insists on, comes without its parts for a dashboard.
"""

from __future__ import annotations

import ray._private.node
import ray._private.utils
from ray.scripts.scripts import main

NEEDLESS = ("start_monitor", "start_log_monitor", "start_api_server", "start_ray_client_server")


def _start_nothing(*_arguments: object, **_options: object) -> None:
    """In the place of a method of Ray's that starts a process."""


def _no_dashboard() -> ImportError:
    """As Ray says it where its dashboard is not installed."""
    return ImportError("no dashboard wanted")


if __name__ == "__main__":
    for name in NEEDLESS:
        assert hasattr(ray._private.node.Node, name), f"this Ray has no {name}"
        setattr(ray._private.node.Node, name, _start_nothing)
    ray._private.utils.get_dashboard_dependency_error = _no_dashboard
    main()  # type: ignore[no-untyped-call]
