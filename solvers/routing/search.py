"""The search that answers in milliseconds: repair, insert, improve.

Promises: takes any start, even an impossible or incomplete one, makes it possible (what cannot stay is dropped, what
fits is inserted, late if that is cheaper than not at all), and then never gives back anything dearer; keeps its time
limit to about a millisecond; drops the interpreter's lock while it works, so it may run in a thread. It may not read
a clock but the budget's. Called by planning (in the core), by `solve` (in solver processes) and by tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from solvers.budget import Budget
from solvers.routing import arrays
from solvers.routing.cut import cut, merge
from solvers.routing.kernel import entries as kernel
from solvers.routing.plain import DEFAULT_TUNING, PlainSearch, SearchResult, Tuning
from solvers.routing.plan import Reason, RoutingPlan, Sequences, Unplanned, sequences_of
from solvers.routing.pool import RoutePool
from solvers.routing.problem import Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.rich_search import run_rich, warm_up_rich
from solvers.routing.timing import plan_of

__all__ = ["DEFAULT_TUNING", "SearchResult", "Tuning", "insert_only", "search", "warm_up"]


def search(
    problem: RoutingProblem,
    start: RoutingPlan | Sequences | None,
    budget: Budget,
    *,
    focus: Collection[str] | None = None,
    tuning: Tuning = DEFAULT_TUNING,
    pool: RoutePool | None = None,
) -> SearchResult:
    """Improve `start` (None: from nothing) within the budget.

    pool: gets the routes of the good plans met, for `engines.setpart`.
    focus: vehicles that may be touched, with the unplanned stops; all other routes stay as they are. Same seed and an
    `iterations` limit that bites: same result. Raises nothing for a bad start; what cannot be kept is left out.
    """
    deadline = budget.start()
    given = _sequences(start)
    if focus is not None:
        part, part_start = cut(problem, given, focus)
        found = search(part, part_start, budget, tuning=tuning)
        return _widen(problem, start, given, focus, found)
    if not problem.plain:
        return run_rich(problem, given, budget, deadline, pool=pool)
    run = PlainSearch(problem, given, budget, deadline, tuning)
    warm = any(trip for trips in given.values() for trip in trips)
    if not warm:
        run.begin_with_savings()
    run.improve(warm, pool)
    return run.result()


def insert_only(
    problem: RoutingProblem,
    start: RoutingPlan | Sequences | None,
    *,
    focus: Collection[str] | None = None,
    tuning: Tuning = DEFAULT_TUNING,
) -> SearchResult:
    """Repair the start and insert what is missing at its cheapest, no more: deterministic, a few milliseconds."""
    budget = Budget(seconds=3600.0)
    deadline = budget.start()
    given = _sequences(start)
    if focus is not None:
        part, part_start = cut(problem, given, focus)
        return _widen(problem, start, given, focus, insert_only(part, part_start, tuning=tuning))
    if not problem.plain:
        return run_rich(problem, given, budget, deadline, improve=False)
    return PlainSearch(problem, given, budget, deadline, tuning).result()


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Compile or load every kernel, so that nothing is compiled while somebody waits. Call at process start."""
    say = progress or (lambda _: None)
    say("routing kernels: loading")
    leg = np.ones((3, 3), np.int32) - np.eye(3, dtype=np.int32)
    stops = tuple(Stop(f"s{k}", k, (1, 1), 0, 100, 100, prize_cents=1000) for k in (1, 2))
    problem = RoutingProblem((Profile(leg, leg),), stops, (Vehicle("v", 0, 0, (9, 9), cents_per_km=1000),))
    search(problem, None, Budget(seconds=600.0, iterations=2))
    data = arrays.data_of(problem)
    state = arrays.state_of(data, 0)
    kernel.place(data, state, 0, 0, 1)
    arrays.near_together(problem)
    kernel.load(data, state, state.best)
    kernel.write_down(state, state.best)
    warm_up_rich()
    say("routing kernels: ready")


def _sequences(start: RoutingPlan | Sequences | None) -> Sequences:
    if start is None:
        return {}
    return sequences_of(start) if isinstance(start, RoutingPlan) else start


def _widen(
    problem: RoutingProblem,
    start: RoutingPlan | Sequences | None,
    given: Sequences,
    focus: Collection[str],
    found: SearchResult,
) -> SearchResult:
    """The plan of the whole problem, from that of the part in focus; routes that are timed already stay as they are."""
    if not isinstance(start, RoutingPlan):
        return replace(found, plan=plan_of(problem, merge(given, sequences_of(found.plan), focus)))
    inside = set(focus)
    routes = {r.vehicle_id: r for r in start.routes if r.vehicle_id not in inside}
    routes.update({r.vehicle_id: r for r in found.plan.routes})
    ordered = tuple(routes[v.vehicle_id] for v in problem.vehicles if v.vehicle_id in routes)
    planned = {stop_id for route in ordered for stop_id in route.stop_ids}
    known = {u.stop_id: u for u in (*start.unplanned, *found.plan.unplanned)}
    left = (s.stop_id for s in problem.stops if s.stop_id not in planned)
    unplanned = tuple(known.get(stop_id) or Unplanned(stop_id, Reason.UNEXPLAINED) for stop_id in left)
    return replace(found, plan=RoutingPlan(ordered, unplanned))
