"""Solving one cut-out of the fleet: pure numbers in, a checked plan out. May run in any thread.

Promises: what comes back was passed by the independent checker, or says that it was not; it never costs more than the
repaired plan in force; goods on board stay on board. Called by `route`, in the core or in a thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.planning.routing_problem import RouteJob, Trips
from solvers.budget import Budget
from solvers.routing.check import Check, check
from solvers.routing.plan import RoutingPlan, sequences_of
from solvers.routing.search import insert_only, search
from solvers.routing.timing import plan_of


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan of `job.whole` and the checker's report on it. gain_ticks: saved against the repaired plan in force."""

    job: RouteJob
    plan: RoutingPlan
    report: Check
    gain_ticks: int = 0

    @property
    def ok(self) -> bool:
        """Whether every hard rule holds and nothing that is on board was left out."""
        return self.report.ok and not any(self.job.whole.stop(u.stop_id).on_board for u in self.plan.unplanned)


def retime(job: RouteJob) -> Solved:
    """The plan in force with new times."""
    plan = plan_of(job.whole, job.start)
    return Solved(job, plan, check(job.whole, plan))


def insert(job: RouteJob) -> Solved:
    """Repair and cheapest insertion only."""
    return _whole(job, insert_only(job.search, job.search_start).plan)


def improve(job: RouteJob, seconds: float, seed: int = 0) -> Solved:
    """Repair, insertion, then search until `seconds` are over."""
    found = search(job.search, job.search_start, Budget(seconds=seconds, seed=seed))
    solved = _whole(job, found.plan)
    return Solved(job, solved.plan, solved.report, found.start_cost - found.cost)


def fit(job: RouteJob, sequences: dict[str, Trips]) -> Solved:
    """Somebody's sequences for the search part, repaired and filled up, then timed and checked."""
    return _whole(job, insert_only(job.search, sequences).plan)


def trips_of(solved: Solved) -> dict[str, Trips]:
    """All trips of the plan as bare sequences, of every vehicle of the job."""
    found = sequences_of(solved.plan)
    return {key: tuple(found.get(key, ())) for key in solved.job.cuts}


def _whole(job: RouteJob, plan: RoutingPlan) -> Solved:
    if not job.frozen:
        return Solved(job, plan, check(job.whole, plan))
    return timed(job, sequences_of(plan))


def timed(job: RouteJob, sequences: Mapping[str, Trips]) -> Solved:
    """Anybody's sequences of the search part: frozen trips put in front, all timed, and looked at by the checker."""
    vehicles = dict.fromkeys((*job.frozen, *sequences))
    joined = {key: (*job.frozen.get(key, ()), *sequences.get(key, ())) for key in vehicles}
    plan = plan_of(job.whole, joined)
    return Solved(job, plan, check(job.whole, plan))
