"""A whole routing problem, in a solver process: the portfolio.

Promises: never worse than the repaired start, whatever an engine says or does; every plan passes the independent
checker; the result names the engine that found it and notes what became of the others. It holds the interpreter's
lock for long (OR-Tools), so never call it in the core. Called by solver processes and by `solve_file`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from solvers.budget import Budget, Deadline
from solvers.result import Improvement, Result, SolveStatus
from solvers.routing.check import Check, check
from solvers.routing.engines import ortools_engine, pyvrp_engine, setpart
from solvers.routing.engines.route_prices import RoutePrices
from solvers.routing.io import Instance, read_instance
from solvers.routing.plan import RoutingPlan, Sequences, sequences_of
from solvers.routing.pool import RoutePool
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import DEFAULT_TUNING, insert_only, search, warm_up
from solvers.routing.timing import plan_of
from solvers.routing.turns import TUNINGS, TURNS, family_of, in_time

Start = RoutingPlan | Sequences | None


@dataclass(slots=True)
class _Best:
    """The best checked plan so far."""

    plan: RoutingPlan
    verdict: Check
    engine: str


class _Portfolio:
    """State of one solve. Engines may work in threads of their own: what they share is changed under the lock."""

    def __init__(self, problem: RoutingProblem, budget: Budget) -> None:
        self.problem, self.budget = problem, budget
        self.deadline: Deadline = budget.start()
        self.family = family_of(problem)
        self.pool = RoutePool()
        self.prices: RoutePrices | None = None
        self.best: _Best | None = None
        self.notes: list[str] = []
        self.found: list[Improvement] = []
        self.first_feasible_s: float | None = None
        self.iterations = 0
        self._lock = Lock()

    def run(self, start: Start) -> None:
        """All turns, each until its part of the budget is over; nobody waits for a turn that ends early."""
        turns = in_time(TURNS[self.family], self.budget.seconds)
        until = 0.0
        for number, turn in enumerate(turns):
            until += turn.share
            seconds = min(self.deadline.seconds * until - self.deadline.elapsed_s(), self.deadline.left_s())
            engines = [engine for engine in turn.engines if self._can(engine)]
            if not engines or seconds <= 0.0:
                continue
            if number == len(turns) - 1:
                seconds = self.deadline.left_s()
            self._take_turn(engines, start, replace(self.budget, seconds=seconds, seed=self.budget.seed + number))

    def _can(self, engine: str) -> bool:
        """Whether the engine knows the problem. The first plan is always our own."""
        if self.best is None:
            return engine in ("own", "insert")
        supports = {"pyvrp": pyvrp_engine.supports, "ortools": ortools_engine.supports}
        return engine not in supports or supports[engine](self.problem)

    def _take_turn(self, engines: list[str], start: Start, budget: Budget) -> None:
        """Side by side, our own search with all threads that are left; with too few workers one after the other."""
        if len(engines) > budget.workers:
            for engine in reversed(engines):
                self._work(engine, start, replace(budget, seconds=budget.seconds / len(engines)))
            return
        if len(engines) == 1:
            self._work(engines[0], start, budget)
            return
        spare = budget.workers - len(engines) + 1
        with ThreadPoolExecutor(max_workers=len(engines)) as threads:
            lanes = [
                threads.submit(self._work, engine, start, replace(budget, workers=spare if engine == "own" else 1))
                for engine in engines
            ]
        for lane in lanes:
            lane.result()

    def _work(self, engine: str, start: Start, budget: Budget) -> None:
        if engine == "insert":
            self._offer(engine, insert_only(self.problem, start).plan)
        elif engine == "own":
            self._own(start, budget)
        elif engine == "setpart":
            self._guest(engine, self._combine, budget)
        elif engine == "pyvrp":
            self._guest(engine, lambda given, b: pyvrp_engine.solve(self.problem, given, b, self.pool), budget)
        elif engine == "ortools":
            self._guest(engine, lambda given, b: ortools_engine.solve(self.problem, given, b), budget)

    def _combine(self, given: Sequences, budget: Budget) -> dict[str, list[list[str]]] | None:
        self.prices = self.prices or RoutePrices(self.problem)
        return setpart.solve(self.problem, given, self.pool, budget, self.prices)

    def _own(self, start: Start, budget: Budget) -> None:
        began_s = self.deadline.elapsed_s()
        given = self.best.plan if self.best is not None and self.iterations else start
        tuning = TUNINGS.get(self.family, DEFAULT_TUNING)
        found = search(self.problem, given, budget, tuning=tuning, pool=self.pool)
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
            self.notes.append(f"{engine}: nothing better in time")
            return
        plan = plan_of(self.problem, sequences)
        if self._offer(engine, plan):
            self.pool.add(sequences_of(plan))

    def _offer(self, engine: str, plan: RoutingPlan) -> bool:
        """Keep the plan if it breaks fewer rules (a lock that cannot be kept), or as few and costs less.

        Returns whether it keeps all rules.
        """
        verdict = check(self.problem, plan)
        with self._lock:
            old = None if self.best is None else self.best.verdict
            worth = (len(verdict.violations), verdict.cost.total)
            if old is None or worth < (len(old.violations), old.cost.total):
                self.best = _Best(plan, verdict, engine)
                self.found.append(Improvement(engine, self.deadline.elapsed_s(), verdict.cost.total))
        return verdict.ok


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
        improvements=tuple(portfolio.found),
    )


def solve_file(path: Path, budget_s: float, seed: int = 0) -> dict[str, object]:
    """Read a file of any format that `io` knows and solve it; the answer as one JSON object.

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
            "unplanned": [instance.label(stop.stop_id) for stop in instance.problem.stops],
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
        "routes": [[instance.label(s) for s in trip.stop_ids] for route in plan.routes for trip in route.trips],
        "unplanned": [instance.label(unplanned.stop_id) for unplanned in plan.unplanned],
        "engine": result.engine,
        "first_feasible_s": None if first is None else round(first, 3),
        "wall_s": round(deadline.elapsed_s(), 3),
    }
