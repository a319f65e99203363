"""Decide what to order on every link now, looking ahead over demand scenarios.

Promises: deterministic; orders never exceed stock, capacity or a link's limit; whole units if asked; answers within
the horizon of the scenarios given. May not: forecast, read a clock. Solver processes only: scipy's HiGHS, imported
lazily, solves the linear program.
Called by: `io`, benchmarks.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from solvers.errors import require
from solvers.replenishment.network.demand import Floats, Scenarios
from solvers.replenishment.network.problem import NetworkProblem
from solvers.replenishment.network.program import Program, Structure, structure_of

MAX_PROGRAMS = 64
"""Matrices kept for reuse: one for each horizon of an episode that shrinks."""
MAX_COLUMNS = 2_000_000
OUT_OF_TIME, UNBOUNDED = 1, 3
"""linprog's status codes."""


@dataclass(frozen=True, slots=True)
class LinkOrder:
    """Order `quantity` units over the link now (0: nothing)."""

    from_id: str
    to_id: str
    quantity: float


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """The first period's orders, in the order of the problem's links, and what the program expects of them.

    scenarios: how many the program looked at; 1 where time did not allow more than the mean of those given.

    expected_profit_cents: mean over the scenarios to the end of the horizon, goodwill prices not counted.
    expected_short_units: unit-periods short, mean. node_value_cents: by node id, the worth of one more unit there now.
    """

    orders: tuple[LinkOrder, ...]
    scenarios: int
    expected_profit_cents: float
    expected_short_units: float
    node_value_cents: tuple[tuple[str, float], ...]


class Lookahead:
    """Solves the two-stage program; keeps the matrices of the structures it has seen (a bounded number)."""

    def __init__(self, whole_units: bool = True) -> None:
        self._whole_units = whole_units
        self._programs: OrderedDict[Structure, Program] = OrderedDict()

    def plan(self, problem: NetworkProblem, scenarios: Scenarios, limit_s: float | None = None) -> NetworkPlan:
        """Orders of the first period.

        `limit_s`: seconds the program may take; when they are over, the mean of the scenarios is planned instead.
        Raises `InvalidProblem` when the scenarios do not fit the problem.
        """
        require(scenarios.periods >= problem.periods, "demand", scenarios.periods, f"{problem.periods} periods")
        markets = scenarios.demand.shape[2]
        require(markets == len(problem.markets), "demand", markets, f"{len(problem.markets)} markets")
        found = self._solved(problem, scenarios, limit_s)
        if found is None:
            mean = Scenarios.equal(np.tensordot(scenarios.weights, scenarios.demand, axes=1)[None])
            return self.plan(problem, mean)
        return self._plan(problem, scenarios, *found)

    def with_hindsight(self, problem: NetworkProblem, demand: Floats) -> Floats:
        """The best orders of every period, (periods, links), not rounded, had `demand` (periods, markets) been known.

        What no policy can beat as long as demand does not depend on the orders: the yardstick of a policy.
        """
        found = self._solved(problem, Scenarios.equal(demand[None]), None)
        assert found is not None
        layout = self._program(problem, 1).layout
        s, t, link = np.indices((1, layout.periods, layout.links), dtype=np.int64)
        return np.asarray(found[0][layout.order(s, t, link)][0])

    def _plan(self, problem: NetworkProblem, scenarios: Scenarios, values: Floats, duals: Floats) -> NetworkPlan:
        program = self._program(problem, scenarios.count)
        wanted = values[: program.layout.links]
        orders = feasible(problem, np.floor(wanted + 0.5) if self._whole_units else wanted)
        profit_cents, short_units = _expected(program, problem, scenarios, values)
        return NetworkPlan(
            orders=tuple(LinkOrder(*link.key, float(q)) for link, q in zip(problem.links, orders, strict=True)),
            scenarios=scenarios.count,
            expected_profit_cents=profit_cents,
            expected_short_units=short_units,
            node_value_cents=_node_values(problem, duals, scenarios.count),
        )

    def _solved(
        self, problem: NetworkProblem, scenarios: Scenarios, limit_s: float | None
    ) -> tuple[Floats, Floats] | None:
        """Columns and the balances' prices; None when the time was over."""
        from scipy.optimize import linprog

        program = self._program(problem, scenarios.count)
        equal, upper = program.right_sides(problem, scenarios)
        solution = linprog(
            program.costs(problem, scenarios),
            A_ub=program.upper, b_ub=upper, A_eq=program.equal, b_eq=equal, bounds=program.bounds(problem, scenarios),
            method="highs", options={} if limit_s is None else {"time_limit": max(0.0, limit_s)},
        )  # fmt: skip
        if solution.success:
            return np.asarray(solution.x), np.asarray(solution.eqlin.marginals)
        if solution.status == OUT_OF_TIME and limit_s is not None and scenarios.count > 1:
            return None
        # Ordering nothing is always possible, and profit is bounded unless buying for ever is worth it.
        unbounded = solution.status == UNBOUNDED
        require(not unbounded, "end_value_cents", "too high", "below what a unit costs where supply has no limit")
        raise RuntimeError(f"network program: {solution.message}")

    def _program(self, problem: NetworkProblem, scenarios: int) -> Program:
        key = structure_of(problem, scenarios)
        program = self._programs.pop(key, None) or Program(problem, scenarios)
        columns = program.layout.columns
        require(columns <= MAX_COLUMNS, "scenarios", scenarios, f"at most {MAX_COLUMNS} columns, here {columns}")
        self._programs[key] = program
        while len(self._programs) > MAX_PROGRAMS:
            self._programs.popitem(last=False)
        return program


def feasible(problem: NetworkProblem, wanted: Floats) -> Floats:
    """The orders cut to what stock, capacity and link limits allow; links in their order take first."""
    left = {node.node_id: node.stock for node in problem.nodes}
    room = {node.node_id: math.inf if node.capacity is None else node.capacity for node in problem.nodes}
    yields = {node.node_id: node.yield_ratio for node in problem.nodes}
    orders = np.zeros(len(problem.links))
    for position, link in enumerate(problem.links):
        quantity = max(0.0, float(wanted[position]))
        if link.most is not None:
            quantity = min(quantity, link.most)
        if link.from_id in left:
            quantity = min(quantity, room[link.from_id], left[link.from_id] * yields[link.from_id])
            left[link.from_id] -= quantity / yields[link.from_id]
            room[link.from_id] -= quantity
        orders[position] = quantity
    return orders


def _expected(program: Program, problem: NetworkProblem, scenarios: Scenarios, values: Floats) -> tuple[float, float]:
    """Mean profit in cents without goodwill prices, and mean unit-periods short."""
    layout = program.layout
    s, t, m = np.indices((layout.scenarios, layout.periods, layout.markets), dtype=np.int64)
    short = np.tensordot(scenarios.weights, values[layout.short(s, t, m)], axes=1)
    goodwill_cents = short.sum(axis=0) @ np.array([market.goodwill_cents for market in problem.markets])
    cost_cents = program.costs(problem, scenarios) @ values
    profit_cents = program.fixed_cents(problem, scenarios) - cost_cents + goodwill_cents
    return float(profit_cents), float(short.sum())


def _node_values(problem: NetworkProblem, duals: Floats, scenarios: int) -> tuple[tuple[str, float], ...]:
    first = duals.reshape(scenarios, problem.periods, len(problem.nodes))[:, 0].sum(axis=0)
    return tuple((node.node_id, -float(value)) for node, value in zip(problem.nodes, first, strict=True))
