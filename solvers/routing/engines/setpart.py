"""Set partitioning: the cheapest combination of known routes, by linear relaxation and CP-SAT.

Promises: every route of the answer was in the pool or keeps all rules by itself, so every rule that held for the pool
holds for the answer; prizes and prices of change are in the costs; the incumbent is hint and bound, so nothing dearer
comes out. Supports every problem. What is proved is over the pool, not over all routes. Called by `solve`.

The relaxation's reduced costs say which columns no better combination can use (Nemhauser and Wolsey 1988, II.1): they
are left out before CP-SAT sees the model, which is what makes this quick.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse

from solvers.budget import Budget, Deadline
from solvers.routing.engines.kinds import items_of, on_vehicles
from solvers.routing.engines.route_prices import Flags, Ints, RoutePrices
from solvers.routing.engines.setpart_columns import Columns, columns_of
from solvers.routing.plan import Sequences
from solvers.routing.pool import RouteKey
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem

CP_SAT_COLUMNS = (1_000, 2_000, 4_000, 20_000)
"""Of the columns that could be in a better combination, CP-SAT gets first so many, those of least reduced cost. Small
models are solved in a fraction of a second, and what they give makes the larger ones smaller."""
LP_SHARE = 0.5
CP_SAT_SHARE = 0.9
"""CP-SAT is told a little less than what is left: it overruns by its presolve."""
GREATEST_COST = 1e6
"""Of a column in the linear relaxation, whose tolerances are absolute."""
WHOLE = 1e-6

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Model:
    """Choose x in {0, 1} with low <= rows x <= high at the least cost. Columns: routes, then "unplanned" by item."""

    columns: Columns
    rows: Any
    low: Floats
    high: Floats
    cost: Ints
    incumbent: Flags


def solve(
    problem: RoutingProblem,
    start: Sequences,
    pool: Iterable[RouteKey],
    budget: Budget,
    prices: RoutePrices | None = None,
) -> dict[str, list[list[str]]] | None:
    """The best combination of `pool` and the routes of `start`; None if there is none that is better, or no time.

    prices: of an earlier call for the same problem, so that nothing is priced twice.
    """
    deadline = budget.start()
    model = _model(problem, columns_of(problem, start, pool, prices or RoutePrices(problem)))
    bound = int(model.cost[model.incumbent].sum())
    chosen = _best(model, bound, deadline, budget)
    if int(model.cost[chosen].sum()) >= bound + model.columns.shortcut:
        return None
    columns = model.columns
    used = np.flatnonzero(chosen[: len(columns.cost)]).tolist()
    return on_vehicles(
        columns.kinds, ((int(columns.kind[k]), [list(trip) for trip in columns.trips[k]]) for k in used), start
    )


def _best(model: _Model, bound: int, deadline: Deadline, budget: Budget) -> Flags:
    """The best combination found in time; the incumbent if nothing else was."""
    relaxed = _relax(model, bound, deadline.left_s() * LP_SHARE)
    if relaxed is None:
        return model.incumbent
    if relaxed.whole:
        return np.asarray(relaxed.values > 0.5, bool)
    best, offered = model.incumbent, 0
    for most in CP_SAT_COLUMNS:
        useful = _useful(model, best, relaxed, most)
        if len(useful) == offered or deadline.over():
            break
        best, offered = _choose(model, useful, best, deadline, budget), len(useful)
    return best


def _useful(model: _Model, best: Flags, relaxed: _Relaxed, most: int) -> list[int]:
    """The best combination's columns and those that can be in a better one, by reduced cost, at most so many."""
    gap = (int(model.cost[best].sum()) - relaxed.least) * (1.0 + WHOLE)
    order = np.lexsort((relaxed.reduced, ~best))[:most]
    return np.sort(order[best[order] | (relaxed.reduced[order] <= gap)]).tolist()


def _model(problem: RoutingProblem, columns: Columns) -> _Model:
    """Rows: every item once, every kind as often as it has vehicles, every relation on one route."""
    options = items_of(problem)
    item_of = {c: item for item, stops in enumerate(options) for c in stops}
    prize = np.array([max(problem.stops[c].prize_cents for c in stops) * TICKS_PER_CENT for stops in options], np.int64)
    routes, items, relations = len(columns.cost), len(prize), len(problem.relations)
    covers = [(item_of[c], k) for k, stops in enumerate(columns.covers) for c in stops]
    drives = [(items + int(kind), k) for k, kind in enumerate(columns.kind)]
    tied = _relation_rows(problem, columns, items + len(columns.kinds))
    missing = [(item, routes + item) for item in range(items)]
    entries = np.array(covers + drives + tied + missing, np.int64)
    shape = (items + len(columns.kinds) + relations, routes + items)
    rows = scipy.sparse.csr_matrix((np.ones(len(entries)), (entries[:, 0], entries[:, 1])), shape=shape)
    fleet = [float(len(kind.vehicle_ids)) for kind in columns.kinds]
    owed = [float(kind.must_drive) for kind in columns.kinds]
    low = np.array([1.0] * items + owed + [0.0] * relations)
    high = np.array([1.0] * items + fleet + [1.0] * relations)
    incumbent = np.zeros(routes + items, bool)
    incumbent[list(columns.used)] = True
    covered = {item_of[c] for k in columns.used for c in columns.covers[k]}
    incumbent[[routes + item for item in range(items) if item not in covered]] = True
    return _Model(columns, rows, low, high, np.concatenate([columns.cost, prize]), incumbent)


def _relation_rows(problem: RoutingProblem, columns: Columns, first: int) -> list[tuple[int, int]]:
    """A relation's planned stops are on one vehicle, so on one route: no two routes may have some each."""
    if not problem.relations:
        return []
    relations_of: dict[int, set[int]] = {}
    for number, relation in enumerate(problem.relations):
        for stop_id in relation.stop_ids:
            relations_of.setdefault(problem.stop_index[stop_id], set()).add(first + number)
    return [
        (row, k)
        for k, stops in enumerate(columns.covers)
        for row in set().union(*(relations_of.get(c, set()) for c in stops))
    ]


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """Optimum of the linear relaxation. reduced: reduced costs in ticks; least: its cost, no combination's is lower."""

    values: Floats
    reduced: Floats
    least: float

    @property
    def whole(self) -> bool:
        return bool((np.abs(self.values - np.round(self.values)) < WHOLE).all())


def _relax(model: _Model, bound: int, seconds: float) -> _Relaxed | None:
    """Solve the linear relaxation; None if there is no time. What costs more than the whole incumbent stays at 0."""
    from ortools.linear_solver.python import model_builder_helper as helper

    if seconds <= 0.0:
        return None
    worth_it = (model.cost <= bound) | model.incumbent
    unit = max(1.0, float(model.cost[worth_it].max(initial=1)) / GREATEST_COST)
    # Its stubs want the shape of the arrays in their type.
    linear: Any = helper.ModelBuilderHelper()
    most = np.where(worth_it, np.inf, 0.0)
    cost = np.where(worth_it, model.cost, 0) / unit
    linear.fill_model_from_sparse_data(np.zeros(len(cost)), most, cost, model.low, model.high, model.rows)
    solver: Any = helper.ModelSolverHelper("GLOP")
    solver.set_solver_specific_parameters("use_dual_simplex: true")
    solver.set_time_limit_in_seconds(seconds)
    solver.solve(linear)
    if not solver.has_solution() or solver.status() != helper.SolveStatus.OPTIMAL:
        return None
    reduced = np.where(worth_it, solver.reduced_costs() * unit, np.inf)
    return _Relaxed(solver.variable_values(), reduced, solver.objective_value() * unit)


def _choose(model: _Model, useful: list[int], best: Flags, deadline: Deadline, budget: Budget) -> Flags:
    """The best combination of the useful columns by CP-SAT; `best` if it finds no better one."""
    from ortools.sat.python import cp_model

    cp: Any = cp_model.CpModel()
    x = {k: cp.new_bool_var("") for k in useful}
    part = model.rows[:, useful].tocsr()
    for row, (low, high) in enumerate(zip(model.low, model.high, strict=True)):
        literals = [x[useful[k]] for k in part.indices[part.indptr[row] : part.indptr[row + 1]]]
        if low == high == 1.0:
            cp.add_exactly_one(literals)
        elif high == 1.0:
            cp.add_at_most_one(literals)
        elif len(literals) > high:
            cp.add(sum(literals) <= int(high))
    unit = int(np.gcd.reduce(model.cost[useful])) or 1
    total = cp_model.LinearExpr.weighted_sum(list(x.values()), [int(model.cost[k]) // unit for k in useful])
    cp.minimize(total)
    cp.add(total <= int(model.cost[best].sum()) // unit)
    for k, literal in x.items():
        cp.add_hint(literal, bool(best[k]))
    left_s = deadline.left_s() * CP_SAT_SHARE
    if left_s <= 0.0:
        return best
    solver: Any = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = left_s
    solver.parameters.num_workers = budget.workers
    solver.parameters.random_seed = budget.seed
    if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return best
    chosen = np.zeros(len(model.cost), bool)
    chosen[[k for k, literal in x.items() if solver.boolean_value(literal)]] = True
    return chosen
