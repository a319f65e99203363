"""A whole routing problem, in a solver process: the portfolio.

Promises: never worse than the repaired start, whatever an engine says or does; every plan passes the independent
checker; the result names the engine that found it and notes what became of the others. It holds the interpreter's
lock for long (OR-Tools), so never call it in the core. Called by solver processes and by `solve_file`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from solvers.budget import Budget, Deadline
from solvers.result import Result, SolveStatus
from solvers.routing.check import Check, check
from solvers.routing.engines import ortools_engine, pyvrp_engine, setpart
from solvers.routing.io import Instance, read_instance
from solvers.routing.plan import RoutingPlan, Sequences, sequences_of
from solvers.routing.pool import RoutePool
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import search, warm_up
from solvers.routing.timing import plan_of


@dataclass(frozen=True, slots=True)
class Turn:
    """One engine's turn. share: of the whole budget, in which it must end; at_least_s: it is left out if it gets
    less."""

    engine: str
    share: float
    at_least_s: float = 0.0


TURNS = (
    Turn("own", 0.55),
    Turn("setpart", 0.05, 0.2),
    Turn("pyvrp", 0.10, 1.0),
    Turn("ortools", 0.05, 2.0),
    Turn("own", 0.20),
    Turn("setpart", 0.05, 0.2),
)
"""Who gets which part of the budget, in order. What an engine leaves unused, or may not use, goes to the next "own"."""

Start = RoutingPlan | Sequences | None


@dataclass(slots=True)
class _Best:
    """The best checked plan so far."""

    plan: RoutingPlan
    verdict: Check
    engine: str


class _Portfolio:
    """State of one solve."""

    def __init__(self, problem: RoutingProblem, budget: Budget) -> None:
        self.problem, self.budget = problem, budget
        self.deadline: Deadline = budget.start()
        self.pool = RoutePool()
        self.best: _Best | None = None
        self.notes: list[str] = []
        self.first_feasible_s: float | None = None
        self.iterations = 0

    def run(self, start: Start) -> None:
        """All turns; the last one takes what is left."""
        last_own = max(number for number, turn in enumerate(TURNS) if turn.engine == "own")
        end_share = 0.0
        for number, turn in enumerate(TURNS):
            end_share += turn.share
            until_s = self.deadline.seconds * end_share
            seconds = until_s - self.deadline.elapsed_s()
            if turn.engine != "own" and number < last_own:
                seconds = min(seconds, self.deadline.seconds * turn.share)
            seconds = min(seconds, self.deadline.left_s())
            if seconds > 0.0 and self.budget.seconds * turn.share >= turn.at_least_s:
                self._take_turn(
                    turn.engine, start, replace(self.budget, seconds=seconds, seed=self.budget.seed + number)
                )

    def _take_turn(self, engine: str, start: Start, budget: Budget) -> None:
        if engine == "own":
            self._own(start, budget)
        elif engine == "setpart":
            self._guest(engine, lambda given, b: setpart.solve(self.problem, given, self.pool, b), budget)
        elif engine == "pyvrp" and pyvrp_engine.supports(self.problem):
            self._guest(engine, lambda given, b: pyvrp_engine.solve(self.problem, given, b), budget)
        elif engine == "ortools" and ortools_engine.supports(self.problem):
            self._guest(engine, lambda given, b: ortools_engine.solve(self.problem, given, b), budget)

    def _own(self, start: Start, budget: Budget) -> None:
        began_s = self.deadline.elapsed_s()
        found = search(self.problem, start if self.best is None else self.best.plan, budget, pool=self.pool)
        self.iterations += found.iterations
        if self.first_feasible_s is None and found.first_feasible_s is not None:
            self.first_feasible_s = began_s + found.first_feasible_s
        self._offer("own", found.plan)

    def _guest(
        self, engine: str, call: Callable[[Sequences, Budget], dict[str, list[list[str]]] | None], budget: Budget
    ) -> None:
        """An engine of others may do anything: what it raises is noted, what it returns is checked."""
        assert self.best is not None
        try:
            sequences = call(sequences_of(self.best.plan), budget)
        except Exception as error:
            self.notes.append(f"{engine}: {type(error).__name__}: {error}")
            return
        if sequences is None:
            self.notes.append(f"{engine}: no solution in time")
            return
        plan = plan_of(self.problem, sequences)
        self._offer(engine, plan)
        if not check(self.problem, plan).violations:
            self.pool.add(sequences_of(plan))

    def _offer(self, engine: str, plan: RoutingPlan) -> None:
        """Keep the plan if it breaks fewer rules (a lock that cannot be kept), or as few and costs less."""
        verdict = check(self.problem, plan)
        if self.best is None:
            self.best = _Best(plan, verdict, engine)
            return
        old = self.best.verdict
        worth = (len(verdict.violations), verdict.cost.total)
        if worth < (len(old.violations), old.cost.total):
            gain = old.cost.cents - verdict.cost.cents
            self.notes.append(f"{engine}: gained {gain} cents at {self.deadline.elapsed_s():.2f} s")
            self.best = _Best(plan, verdict, engine)


def solve(problem: RoutingProblem, start: Start, budget: Budget) -> Result[RoutingPlan]:
    """Solve from `start`, which may be impossible or None, within the budget.

    Status FEASIBLE, or NO_SOLUTION_IN_TIME if the best plan still breaks a rule (only a lock can be the cause; the
    notes name it). A plan with unplanned stops is feasible: leaving them out has its price. `cost` is in ticks.
    """
    portfolio = _Portfolio(problem, budget)
    portfolio.run(start)
    best = portfolio.best
    wall_s = portfolio.deadline.elapsed_s()
    if best is None or best.verdict.violations:
        broken = () if best is None else tuple(str(violation) for violation in best.verdict.violations)
        return Result(SolveStatus.NO_SOLUTION_IN_TIME, None, wall_s=wall_s, seed=budget.seed, notes=broken)
    return Result(
        SolveStatus.FEASIBLE,
        best.plan,
        cost=best.verdict.cost.total,
        engine=best.engine,
        wall_s=wall_s,
        first_feasible_s=portfolio.first_feasible_s,
        iterations=portfolio.iterations,
        seed=budget.seed,
        notes=tuple(portfolio.notes),
    )


def solve_file(path: Path, budget_s: float, seed: int = 0) -> dict[str, object]:
    """Read a Solomon or VRPLIB file and solve it; the answer as one JSON object.

    Customer ids are the file's, the depot is left out, cost is in the file's rounding (`io`). feasible: every rule
    holds and every stop that must be served is. Raises InvalidProblem or OSError for the file, InvalidProblem for the
    budget.
    """
    budget = Budget(seconds=budget_s, seed=seed)
    warm_up()
    deadline = budget.start()
    instance = read_instance(path)
    result = solve(instance.problem, None, replace(budget, seconds=max(0.01, deadline.left_s())))
    if result.plan is None:
        return {
            "instance": instance.name,
            "feasible": False,
            "cost": None,
            "routes": [],
            "unplanned": [int(stop.stop_id) for stop in instance.problem.stops],
            "engine": result.engine,
            "first_feasible_s": None,
            "wall_s": round(deadline.elapsed_s(), 3),
        }
    return _as_json(instance, result.plan, result, deadline)


def _as_json(
    instance: Instance, plan: RoutingPlan, result: Result[RoutingPlan], deadline: Deadline
) -> dict[str, object]:
    first = result.first_feasible_s
    return {
        "instance": instance.name,
        "feasible": instance.prizes or not plan.unplanned,
        "cost": instance.file_cost(plan, check(instance.problem, plan).cost),
        "routes": [[int(s) for s in trip.stop_ids] for route in plan.routes for trip in route.trips],
        "unplanned": [int(unplanned.stop_id) for unplanned in plan.unplanned],
        "engine": result.engine,
        "first_feasible_s": None if first is None else round(first, 3),
        "wall_s": round(deadline.elapsed_s(), 3),
    }
