"""Solvers with a known cost, for counting how many of them a cluster does. Run in solver processes as kind "fixed"."""

from __future__ import annotations

import time
from typing import Any

from solvers.budget import Budget
from solvers.result import Result, SolveStatus


def solve(problem: Any, _start: Any, _budget: Budget) -> Result[Any]:
    """("count", steps): a core's work; ("wait", seconds): a node's time, with no work."""
    plan = 0
    match problem:
        case ("count", steps):
            for step in range(steps):
                plan ^= step
        case ("wait", seconds):
            time.sleep(seconds)
    return Result(SolveStatus.FEASIBLE, plan, engine="fixed")
