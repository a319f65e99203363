"""A routing problem so small that a search which works solves it at once: three customers, one van. Pure."""

from __future__ import annotations

import numpy as np

from solvers.budget import Budget
from solvers.routing.check import check
from solvers.routing.parts import Profile, Stop, Vehicle
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import search

STOPS = 3


class ProbeFailed(RuntimeError):
    """The search answered, and the answer is wrong."""


def probe() -> None:
    """Solve it. Raises `ProbeFailed` for a wrong plan, and whatever the search raises."""
    metres = np.abs(np.subtract.outer(np.arange(STOPS + 1), np.arange(STOPS + 1))).astype(np.int32) * 1_000
    stops = tuple(Stop(f"probe{n}", n, (1, 1), 0, 36_000, 36_000, prize_cents=10**6) for n in range(1, STOPS + 1))
    van = Vehicle("probe", 0, 0, (STOPS, STOPS), shift_end_s=36_000, cents_per_km=100)
    problem = RoutingProblem((Profile(metres // 10, metres),), stops, (van,))
    found = search(problem, {}, Budget(seconds=0.005, seed=1))
    report = check(problem, found.plan)
    if not report.ok or report.planned_stops != STOPS:
        raise ProbeFailed(f"{report.planned_stops} of {STOPS} stops are planned, {len(report.violations)} rules broken")
