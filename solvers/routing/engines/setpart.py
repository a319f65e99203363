"""Set partitioning: the cheapest combination of known routes, by CP-SAT.

Promises: every route of the answer was in the pool, so every rule that held for the pool holds for the answer; prizes
and prices of change are in the costs; the incumbent is the hint and so the least that comes out. Supports every
problem. If CP-SAT proves the combination optimal, that is over the pool, not over all routes. Called by `solve`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from solvers.budget import Budget
from solvers.routing.check import route_cost
from solvers.routing.plan import Sequences
from solvers.routing.pool import RouteKey
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem, Vehicle
from solvers.routing.timing import time_route

MAX_COLUMNS = 20_000
PRESOLVE_SHARE = 0.9
"""CP-SAT is told a little less than what is left: it overruns by its presolve."""


def solve(
    problem: RoutingProblem, start: Sequences, pool: Iterable[RouteKey], budget: Budget
) -> dict[str, list[list[str]]] | None:
    """The best combination of `pool` and the routes of `start`; None if CP-SAT found none in time."""
    from ortools.sat.python import cp_model

    deadline = budget.start()
    columns = _columns(problem, start, pool)
    model: Any = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in columns]
    missing = [model.new_bool_var("") for _ in problem.stops]
    _add_rules(problem, model, columns, chosen, missing)
    costs = [route_cost(problem, time_route(problem, name, trips)).total for name, trips in columns]
    scale = _scale(costs)
    model.minimize(
        sum(cost // scale * x for cost, x in zip(costs, chosen, strict=True))
        + sum(s.prize_cents * TICKS_PER_CENT // scale * x for s, x in zip(problem.stops, missing, strict=True))
    )
    _add_hint(problem, model, columns, chosen, missing, start)
    left_s = deadline.left_s() * PRESOLVE_SHARE
    if left_s <= 0.0:
        return None
    solver: Any = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = left_s
    solver.parameters.num_workers = budget.workers
    solver.parameters.random_seed = budget.seed
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {
        name: [list(trip) for trip in trips]
        for (name, trips), x in zip(columns, chosen, strict=True)
        if solver.value(x)
    }


def _columns(problem: RoutingProblem, start: Sequences, pool: Iterable[RouteKey]) -> list[RouteKey]:
    """Distinct routes: the start's first, then the newest of the pool. On-board vehicles may also just go home."""
    columns: dict[RouteKey, None] = {}
    for name, trips in start.items():
        columns[name, tuple(tuple(trip) for trip in trips)] = None
    for vehicle in problem.vehicles:
        if problem.starts_on_board(vehicle) and not any(vehicle.locked):
            columns[vehicle.vehicle_id, ((),)] = None
    for key in reversed(list(pool)):
        if len(columns) >= MAX_COLUMNS:
            break
        columns.setdefault(key)
    return list(columns)


def _add_rules(
    problem: RoutingProblem, model: Any, columns: list[RouteKey], chosen: list[Any], missing: list[Any]
) -> None:
    """Every stop once or missing; every vehicle one route at most, and exactly one if it is under way or locked."""
    covers: dict[str, list[Any]] = {s.stop_id: [x] for s, x in zip(problem.stops, missing, strict=True)}
    drives: dict[str, list[Any]] = {}
    for (name, trips), x in zip(columns, chosen, strict=True):
        drives.setdefault(name, []).append(x)
        for trip in trips:
            for stop_id in trip:
                covers[stop_id].append(x)
    for literals in covers.values():
        model.add_exactly_one(literals)
    for vehicle in problem.vehicles:
        literals = drives.get(vehicle.vehicle_id, [])
        if _must_drive(problem, vehicle):
            model.add_exactly_one(literals)
        else:
            model.add_at_most_one(literals)


def _must_drive(problem: RoutingProblem, vehicle: Vehicle) -> bool:
    return problem.starts_on_board(vehicle) or any(vehicle.locked)


def _scale(costs: list[int]) -> int:
    """Divide ticks by this to keep the objective's coefficients small; rounding is the checker's to undo."""
    return max(1, max(costs, default=1) // 10**7)


def _add_hint(
    problem: RoutingProblem,
    model: Any,
    columns: list[RouteKey],
    chosen: list[Any],
    missing: list[Any],
    start: Sequences,
) -> None:
    """A complete hint: the start as it is."""
    used = {(name, tuple(tuple(trip) for trip in trips)) for name, trips in start.items()}
    planned = {stop_id for trips in start.values() for trip in trips for stop_id in trip}
    for key, x in zip(columns, chosen, strict=True):
        model.add_hint(x, key in used)
    for stop, x in zip(problem.stops, missing, strict=True):
        model.add_hint(x, stop.stop_id not in planned)
