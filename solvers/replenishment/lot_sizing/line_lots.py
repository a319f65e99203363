"""What a line makes next, how much, and when: the whole answer, in a solver process.

Promises: never worse than the start it is given, if that keeps the rules; a plan wherever every item has a backlog
price; the cost is the independent checker's; the bound is proven; `engine` names who found the plan. With two workers
HiGHS works on the whole problem while a second one improves parts of the best plan. For an answer in the core process
take `quick.quick_lots`. Called by solver processes, `solve`, benches.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from solvers.budget import Budget, Deadline
from solvers.replenishment.lot_sizing.check import check_line
from solvers.replenishment.lot_sizing.line import LinePlan, LineProblem
from solvers.replenishment.lot_sizing.line_mip import Solved, improve_parts, solve_whole
from solvers.replenishment.lot_sizing.quick import quick_lots
from solvers.replenishment.lot_sizing.trim import trimmed
from solvers.result import Result, SolveStatus

START_MOVES = 200_000
START_SHARE = 0.2
"""Of the budget, for HiGHS to find a first plan where the quick one breaks a rule."""
WHOLE_SHARE = 0.6
"""Of the budget, for the whole problem, where there is only one worker."""


def line_lots(problem: LineProblem, budget: Budget, start: LinePlan | None = None) -> Result[LinePlan]:
    """Solve it. `budget.iterations` is not used: HiGHS counts none; one seed gives one plan only if time suffices."""
    run = _Run(problem, budget)
    if start is not None:
        run.offer(start, "start")
    run.offer(quick_lots(problem, start if run.best else None, moves=START_MOVES, seed=budget.seed), "quick")
    if budget.workers > 1:
        run.side_by_side()
    else:
        run.one_by_one()
    return run.result()


class _Run:
    """The best plan and bound so far."""

    def __init__(self, problem: LineProblem, budget: Budget) -> None:
        self.problem, self.budget = problem, budget
        self.deadline: Deadline = budget.start()
        self.best: LinePlan | None = None
        self.cost = 0
        self.bound: int | None = None
        self.engine = ""
        self.infeasible = False
        self.first_s: float | None = None
        self.notes: list[str] = []
        self.ended = Event()

    def offer(self, plan: LinePlan, engine: str) -> None:
        """Take it if it keeps the rules and is better."""
        if engine != "start":
            plan = trimmed(self.problem, plan)
        verdict = check_line(self.problem, plan)
        if not verdict.ok:
            self.notes.append(f"{engine}: {verdict.violations[0]}")
        elif self.best is None or verdict.cost_cents < self.cost:
            self.best, self.cost, self.engine = plan, verdict.cost_cents, engine
            if self.first_s is None:
                self.first_s = self.deadline.elapsed_s()

    def side_by_side(self) -> None:
        """The whole problem and parts of it in two threads; HiGHS holds no lock."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            whole = pool.submit(self._whole, 0.97 * self.deadline.left_s() - 0.2)
            parts = pool.submit(self._parts)
            solved = whole.result()
            self.ended.set()
            found = parts.result()
        self._take(solved)
        if found is not None:
            self.offer(found, "parts")

    def one_by_one(self) -> None:
        """First the whole problem, then parts of it."""
        self._take(self._whole(WHOLE_SHARE * self.deadline.left_s()))
        if not self.infeasible and not self._proven():
            self.ended.clear()
            found = self._parts()
            if found is not None:
                self.offer(found, "parts")

    def _whole(self, seconds: float) -> Solved:
        return solve_whole(self.problem, seconds, self.budget.seed, self.best)

    def _parts(self) -> LinePlan | None:
        plan = self.best
        if plan is None:
            plan = solve_whole(self.problem, START_SHARE * self.deadline.left_s(), self.budget.seed + 1).plan
        if plan is None or self.ended.is_set():
            return plan
        return improve_parts(self.problem, plan, self.deadline, self.budget.seed, self.ended.is_set)[0]

    def _take(self, solved: Solved) -> None:
        self.infeasible = solved.infeasible and self.best is None
        if solved.bound is not None:
            self.bound = solved.bound
        if solved.note:
            self.notes.append(f"whole: {solved.note}")
        if solved.plan is not None:
            self.offer(solved.plan, "whole")
            if solved.optimal:
                self.bound = solved.cost if self.bound is None else max(self.bound, min(self.cost, solved.cost or 0))

    def _proven(self) -> bool:
        return self.best is not None and self.bound is not None and self.bound >= self.cost

    def result(self) -> Result[LinePlan]:
        """What came of it."""
        status = SolveStatus.NO_SOLUTION_IN_TIME
        if self._proven():
            status = SolveStatus.OPTIMAL
        elif self.best is not None:
            status = SolveStatus.FEASIBLE
        elif self.infeasible:
            status = SolveStatus.INFEASIBLE
        return Result(
            status,
            self.best,
            self.cost if self.best is not None else None,
            min(self.bound, self.cost) if self.bound is not None and self.best is not None else self.bound,
            self.engine,
            self.deadline.elapsed_s(),
            self.first_s,
            seed=self.budget.seed,
            notes=tuple(self.notes),
        )
