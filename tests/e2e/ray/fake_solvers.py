"""Solvers that do what the problem says. Run in solver processes, known there as kind "fake"."""

from __future__ import annotations

import os
import time
from typing import Any

from solvers.budget import Budget
from solvers.result import Result, SolveStatus

FOR_LONG_S = 60.0


def solve(problem: Any, start: Any, budget: Budget) -> Result[Any]:
    """("echo", x) | ("raise",) | ("exit", code) | ("sleep",) | ("nice",) | ("memory", mb)"""
    plan: Any = start
    match problem:
        case ("echo", answer):
            plan = answer
        case ("raise",):
            raise ValueError("no such problem")
        case ("exit", code):
            os._exit(code)
        case ("sleep",):
            time.sleep(FOR_LONG_S)
        case ("nice",):
            plan = os.nice(0)
        case ("memory", megabytes):
            plan = len(bytearray(megabytes * 1024 * 1024))
    return Result(SolveStatus.FEASIBLE, plan, engine="fake")
