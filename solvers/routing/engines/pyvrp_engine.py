"""PyVRP: iterated local search with late acceptance, warm from a plan.

Promises: what `supports` lets through is modelled exactly (`pyvrp_data` says how); good routes on the way go into the
pool. Only plain ids leave the call. Called by `solve`, in a solver process, also in a thread beside our own search: the
solve releases the interpreter's lock.
"""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

from solvers.budget import Budget, Deadline
from solvers.routing.check import route_cost
from solvers.routing.engines.kinds import kinds_of, must_drive, priced_changes
from solvers.routing.engines.pyvrp_data import MAX_CLASSES, Translation, restricted
from solvers.routing.plan import Sequences
from solvers.routing.pool import RoutePool
from solvers.routing.problem import RoutingProblem, Stop, Vehicle
from solvers.routing.timing import plan_of

MAX_STOPS = 5_000
MAX_ENTRIES = 30_000_000
"""Of all its matrices, 16 bytes each."""
MOST_PENALTY = 1_000.0
"""Times the first ones."""
POOL_EVERY_S = 0.1
POOL_WITHIN = 1.01
"""The routes of a solution up to so much dearer than the best go into the pool, as often as that."""


def supports(problem: RoutingProblem) -> bool:
    """Whether PyVRP can model every rule of the problem exactly, and its matrices are not too large."""
    if not any(v.max_trips > 0 for v in problem.vehicles) or not 0 < len(problem.stops) <= MAX_STOPS:
        return False
    several_trips = any(v.max_trips > 1 for v in problem.vehicles)
    return (
        not (problem.relations or problem.incompatible or any(profile.bands for profile in problem.profiles))
        and all(_vehicle(problem, v, several_trips) for v in problem.vehicles)
        and all(_stop(s) for s in problem.stops)
        and _places(problem)
        and _releases(problem)
        and _shipments(problem, several_trips)
        and not (priced_changes(problem) and any(v.max_distance_m is not None for v in problem.vehicles))
        and _small(problem)
    )


def _vehicle(problem: RoutingProblem, vehicle: Vehicle, several_trips: bool) -> bool:
    """At its depot, free, without rests; overtime never comes; duration counts alike only where there is one trip."""
    tied = vehicle.cents_per_hour > 0 or vehicle.max_duration_s is not None or vehicle.max_stops is not None
    return (
        not must_drive(problem, vehicle)
        and not vehicle.rests
        and vehicle.max_drive_s is None
        and (vehicle.overtime_cents_per_hour == 0 or vehicle.overtime_from_s >= vehicle.shift_end_s)
        and not (several_trips and tied)
    )


def _stop(stop: Stop) -> bool:
    """Hard windows, or lateness without a price."""
    return stop.latest_s == stop.window_end_s or stop.late_cents_per_min == 0


def _places(problem: RoutingProblem) -> bool:
    """A setup is due at every visit where nothing else is at the same place; then it is part of the service."""
    if not any(s.setup_s for s in problem.stops):
        return True
    here = Counter(s.location for s in problem.stops)
    here.update({v.depot for v in problem.vehicles})
    return all(s.setup_s == 0 or here[s.location] == 1 for s in problem.stops)


def _releases(problem: RoutingProblem) -> bool:
    """Releases that matter are folded with the loading time, which must then be the same for all."""
    leaves_s = min(v.begin_s for v in problem.vehicles)
    return len({v.load_s for v in problem.vehicles}) == 1 or all(s.release_s <= leaves_s for s in problem.stops)


def _shipments(problem: RoutingProblem, several_trips: bool) -> bool:
    """Shipments: one trip, one window a stop, no release that matters, no limit on stops."""
    if not problem.shipments:
        return True
    pairs = [problem.stop(c) for s in problem.shipments for c in (s.pickup_id, s.delivery_id)]
    leaves_s = min(v.begin_s + v.load_s for v in problem.vehicles)
    return (
        not several_trips
        and all(not s.closed_s and s.release_s <= leaves_s for s in pairs)
        and all(v.max_stops is None for v in problem.vehicles)
    )


def _small(problem: RoutingProblem) -> bool:
    places = sum(1 + len(s.closed_s) for s in problem.stops) + 2 * len({v.depot for v in problem.vehicles})
    profiles = len(kinds_of(problem)) if priced_changes(problem) else len(problem.profiles)
    return profiles * places**2 <= MAX_ENTRIES and len(restricted(problem)) <= MAX_CLASSES


def solve(
    problem: RoutingProblem, start: Sequences, budget: Budget, pool: RoutePool | None = None
) -> dict[str, list[list[str]]] | None:
    """Improve `start`; None if nothing possible was found. Raises ValueError if the problem is not supported.

    pool: gets routes of good solutions met on the way.
    """
    if not supports(problem):
        raise ValueError("pyvrp_engine: problem not supported, see supports()")
    deadline = budget.start()
    routes = plan_of(problem, start).routes
    # No stop that is served should be given up for what at best saves a route.
    dear_ticks = max((route_cost(problem, route).total for route in routes), default=0)
    translation = Translation(problem, start, dear_ticks)
    if deadline.over():
        return None
    best = _run(translation, translation.solution(start), budget, deadline, start, pool)
    return translation.sequences(best, start) if best.is_feasible() else None


def _run(
    translation: Translation, initial: Any, budget: Budget, deadline: Deadline, start: Sequences, pool: RoutePool | None
) -> Any:
    import pyvrp
    import pyvrp.exceptions

    class Stop:
        steps = 0

        def __call__(self, best_cost: float) -> bool:
            self.steps += 1
            return deadline.over() or (budget.iterations is not None and self.steps > budget.iterations)

    class Watch(pyvrp.IteratedLocalSearchCallbacks):
        pooled_s = 0.0

        def on_iteration(self, current: Any, candidate: Any, best: Any, cost_evaluator: Any) -> None:
            now_s = deadline.elapsed_s()
            if pool is None or now_s < self.pooled_s + POOL_EVERY_S or not candidate.is_feasible():
                return
            if translation.ticks(candidate) <= POOL_WITHIN * translation.ticks(best):
                self.pooled_s = now_s
                pool.add(translation.sequences(candidate, start))

    loads, late, far = translation.penalties()

    class Penalties(pyvrp.PenaltyParams):
        def midpoint_penalties(self, data: Any) -> tuple[list[float], float, float]:
            return loads, late, far

    most = MOST_PENALTY * max(1.0, late, far, *loads)
    params = pyvrp.SolveParams(
        penalty=Penalties(max_penalty=most), ils=pyvrp.IteratedLocalSearchParams(callbacks=Watch())
    )
    with warnings.catch_warnings():
        # It warns where it finds nothing possible; our answer then is None.
        warnings.simplefilter("ignore", pyvrp.exceptions.PenaltyBoundWarning)
        return pyvrp.solve(
            translation.data,
            Stop(),
            seed=budget.seed,
            collect_stats=False,
            display=False,
            params=params,
            initial_solution=initial,
        ).best
