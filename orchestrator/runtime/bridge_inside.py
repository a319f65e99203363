"""What runs inside Ray's workers: a solver's actor, and what a host's actor does first.

Promises that a worker loads nothing here but what it uses: a Ray that is lost comes back as fast as its workers start,
and two cores start half a dozen of them at once. Named by `bridge_ray` in calls to actors; nobody else calls it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from agents.inbox import Inbox
from orchestrator.runtime.bridge_messages import SolverCall
from orchestrator.runtime.bridge_solve import SOLVER_NICE, SolverProcess
from orchestrator.runtime.bridge_telemetry import NODE, TelemetrySettings
from orchestrator.runtime.parent import die_with_parent


class RaySolver:
    """A `SolverProcess` in an actor, nicer than everything else."""

    def __init__(self, extra: Mapping[str, str]) -> None:
        die_with_parent(parent_pid=os.getppid())
        os.nice(SOLVER_NICE)
        self._solver = SolverProcess(extra)

    def call(self, call: SolverCall) -> bytes:
        """One solve."""
        return self._solver.handle(call)

    def pid(self) -> int:
        """Whose process this is."""
        return os.getpid()


def guard() -> None:
    """Runs inside a host's process: its parent is the template or the raylet."""
    die_with_parent(parent_pid=os.getppid())


def open_port(settings: TelemetrySettings, inbox: Inbox) -> str:
    """Runs inside a host's process, on whichever machine that is."""
    if settings.host == NODE:
        import ray

        settings = replace(settings, host=ray.util.get_node_ip_address())  # type: ignore[no-untyped-call]
    return settings.open_port(inbox)
