"""Solving one cut-out of the fleet: pure numbers in, a checked plan out. May run in any thread.

Promises: what comes back was passed by the independent checker, or says that it was not; it never costs more than the
repaired plan in force, on the roads that were searched; goods on board stay on board. Called by `route`, in the core or
in a thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from orchestrator.planning.dock_turns import in_turns
from orchestrator.planning.flat_roads import without_hours
from orchestrator.planning.routing_problem import RouteJob, Trips
from solvers.budget import Budget
from solvers.routing.check import Check, check
from solvers.routing.plan import RoutingPlan, sequences_of
from solvers.routing.search import insert_only, search
from solvers.routing.timing import plan_of

QUICK_S = 0.02
"""Less time than this is not enough to search on roads whose speed changes by the hour."""


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
    return _checked(job, job.start)


def insert(job: RouteJob) -> Solved:
    """Repair and cheapest insertion only."""
    return _whole(job, insert_only(job.search, job.search_start).plan)


def improve(job: RouteJob, seconds: float, seed: int = 0) -> Solved:
    """Repair, insertion, then search until `seconds` are over; on flat roads if there is little time."""
    budget = Budget(seconds=seconds, seed=seed)
    flat = without_hours(job.search) if seconds <= QUICK_S else None
    if flat is not None:
        found = search(flat, job.search_start, budget)
        solved = timed(job, sequences_of(found.plan))
        if solved.ok:
            return Solved(solved.job, solved.plan, solved.report, found.start_cost - found.cost)
    found = search(job.search, job.search_start, budget)
    solved = _whole(job, found.plan)
    return Solved(solved.job, solved.plan, solved.report, found.start_cost - found.cost)


def fit(job: RouteJob, sequences: dict[str, Trips]) -> Solved:
    """Somebody's sequences for the search part, repaired and filled up, then timed and checked."""
    return _whole(job, insert_only(job.search, sequences).plan)


def trips_of(solved: Solved) -> dict[str, Trips]:
    """All trips of the plan as bare sequences, of every vehicle of the job."""
    found = sequences_of(solved.plan)
    return {key: tuple(found.get(key, ())) for key in solved.job.cuts}


def _whole(job: RouteJob, plan: RoutingPlan) -> Solved:
    if not (job.frozen or job.docks):
        return Solved(job, plan, check(job.whole, plan))
    found = sequences_of(plan)
    solved = timed(job, found)
    if solved.ok or not job.docks:
        return solved
    # The turns at the docks come too late for some stop: they are kept, and what comes too late gets another place.
    released = {stop.stop_id: stop.release_s for stop in solved.job.whole.stops}
    stops = tuple(replace(stop, release_s=released[stop.stop_id]) for stop in job.search.stops)
    later = replace(solved.job, search=replace(job.search, stops=stops))
    return timed(later, sequences_of(insert_only(later.search, found).plan))


def timed(job: RouteJob, sequences: Mapping[str, Trips]) -> Solved:
    """Anybody's sequences of the search part: frozen trips put in front, all timed, and looked at by the checker."""
    vehicles = dict.fromkeys((*job.frozen, *sequences))
    return _checked(job, {key: (*job.frozen.get(key, ()), *sequences.get(key, ())) for key in vehicles})


def _checked(job: RouteJob, sequences: Mapping[str, Trips]) -> Solved:
    """The sequences of all trips timed, in their turns where docks are short; the turns are rules for the checker."""
    if job.docks:
        whole, ahead = in_turns(job.whole, sequences, job.docks)
        job = replace(job, whole=whole, ahead=ahead)
    plan = plan_of(job.whole, sequences)
    return Solved(job, plan, check(job.whole, plan))
