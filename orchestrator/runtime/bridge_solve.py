"""One solve inside a solver process: read the problem, call the solver, give the result back as bytes.

Promises to keep to the budget's memory, to be nicer than the core, and never to load a solver before it is asked for.
Runs in a Ray actor or in a plain child process; both call `SolverCall`.
"""

from __future__ import annotations

import importlib
import os
import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from orchestrator.runtime.bridge_messages import THERE, SolverCall
from orchestrator.runtime.frames import dumps, loads
from solvers.budget import Budget

#: How much nicer than the bridge a solver is: the core must stay quick on a full machine.
SOLVER_NICE = 10
WORKERS_MAX = 4
SOLVERS: Mapping[str, str] = {
    "routing": "solvers.routing.solve:solve",
    "scheduling": "solvers.scheduling.solve:solve",
    "replenishment": "solvers.replenishment.rolling.solve:solve",
    "forecast": "solvers.replenishment.forecast.challenge:solve",
    "negotiation": "solvers.negotiation.solve:solve",
}


class SolverProcess:
    """The inside of a solver process. `extra` adds kinds: name -> "module:function"."""

    def __init__(self, extra: Mapping[str, str]) -> None:
        self._solvers = {**SOLVERS, **extra}

    def handle(self, call: SolverCall) -> bytes:
        """The pickled result. Whatever the solver raises is the caller's to report."""
        if call == THERE:
            return b""
        if call.kind not in self._solvers:
            raise LookupError(f"no solver for {call.kind!r}: known are {', '.join(sorted(self._solvers))}")
        module, _, function = self._solvers[call.kind].partition(":")
        solve = getattr(importlib.import_module(module), function)
        problem, start, budget = loads(call.payload)
        if budget.workers == 1:
            budget = replace(budget, workers=spare_cores())
        with _memory_limit(budget):
            return dumps(solve(problem, start, budget))


def spare_cores() -> int:
    """Cores that a solve may keep busy: one is the core's, and more than a few bring little."""
    return max(1, min(WORKERS_MAX, (os.cpu_count() or 1) - 1))


@contextmanager
def _memory_limit(budget: Budget) -> Iterator[None]:
    """Bound the address space to what is mapped now plus the budget's memory, for the time of the solve."""
    if budget.memory_mb is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    mapped_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = mapped_pages * os.sysconf("SC_PAGE_SIZE") + budget.memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
