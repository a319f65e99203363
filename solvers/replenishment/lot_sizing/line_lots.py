"""What a line makes next, how much, and when: the whole answer, in a solver process.

Promises: never worse than the start it is given, if that keeps the rules; a plan wherever every item has a backlog
price; the cost is the independent checker's; the bound is proven; `engine` names who found the plan. With two workers
HiGHS works on the whole problem while a second one improves parts of the best plan. For an answer in the core process
take `quick.quick_lots`. The
budget's time is kept even where HiGHS does not keep it. Called by solver processes, `solve`, benches.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

from solvers.budget import Budget, Deadline
from solvers.replenishment.lot_sizing.check import check_line
from solvers.replenishment.lot_sizing.line import LinePlan, LineProblem
from solvers.replenishment.lot_sizing.line_mip import Solved, improve_parts, relaxed_bound, solve_whole
from solvers.replenishment.lot_sizing.quick import quick_lots
from solvers.replenishment.lot_sizing.trim import trimmed
from solvers.result import Result, SolveStatus

START_CALLS, START_MOVES = 4, 200_000
"""Of the quick search, each from another seed: it has traps, and another seed often has another."""
QUICK_SHARE = 0.05
"""Of the budget; once it is spent, no further call begins."""
START_SHARE = 0.2
"""Of the budget, for HiGHS to find a first plan where the quick one breaks a rule."""
WHOLE_ALONE_SHARE, WHOLE_CARRIED_SHARE = 0.88, 0.5
"""Of what is left, for the whole problem beside the parts; with carry-over HiGHS overruns its limit by far."""
WHOLE_SHARE = 0.6
"""Of the budget, for the whole problem, where there is only one worker."""


def line_lots(problem: LineProblem, budget: Budget, start: LinePlan | None = None) -> Result[LinePlan]:
    """Solve it. `budget.iterations` is not used: HiGHS counts none; one seed gives one plan only if time suffices."""
    run = _Run(problem, budget)
    if start is not None:
        run.offer(start, "start")
    for number in range(START_CALLS):
        if number == 0 or run.deadline.share() < QUICK_SHARE:
            given = start if run.best is start else None
            run.offer(quick_lots(problem, given, moves=START_MOVES, seed=(budget.seed + number) % 2**31), "quick")
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
        self.solved: Solved | None = None
        self.part: LinePlan | None = None

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
        share = WHOLE_CARRIED_SHARE if self.problem.carry_over else WHOLE_ALONE_SHARE
        whole = self._begin(self._whole, share * self.deadline.left_s())
        parts = self._begin(self._parts)
        self._wait(whole)
        if self.solved is not None and (self.solved.optimal or self.solved.infeasible):
            self.ended.set()
        self._wait(parts)
        self._gather()

    def one_by_one(self) -> None:
        """First the whole problem, then parts of it."""
        self._wait(self._begin(self._whole, WHOLE_SHARE * self.deadline.left_s()))
        self._gather()
        if not self.infeasible and not self._proven():
            self._wait(self._begin(self._parts))
            self._gather()

    def _begin(self, work: Callable[..., None], *arguments: float) -> Thread:
        """HiGHS looks at its clock too seldom to be trusted with the deadline, so the answer does not wait for it.

        No daemon: a process that ended under HiGHS would abort; it ends when HiGHS has.
        """
        thread = Thread(target=work, args=arguments)
        thread.start()
        return thread

    def _wait(self, thread: Thread) -> None:
        thread.join(timeout=max(0.05, self.deadline.left_s()))
        if thread.is_alive():
            self.ended.set()
            self.notes.append("HiGHS did not end in time and was left behind")

    def _gather(self) -> None:
        """What the threads have found so far."""
        solved, self.solved = self.solved, None
        if solved is not None:
            self._take(solved)
        if self.part is not None:
            self.offer(self.part, "parts")

    def _whole(self, seconds: float) -> None:
        try:
            self.bound = relaxed_bound(self.problem, seconds)
            self.solved = solve_whole(self.problem, seconds, self.budget.seed, self.best)
        except Exception as error:
            self.notes.append(f"whole: {type(error).__name__}: {error}")

    def _parts(self) -> None:
        try:
            plan = self.best
            if plan is None:
                plan = solve_whole(self.problem, START_SHARE * self.deadline.left_s(), self.budget.seed + 1).plan
            if plan is not None and not self.ended.is_set():
                improve_parts(self.problem, plan, self.deadline, self.budget.seed, self.ended.is_set, self._better)
        except Exception as error:
            self.notes.append(f"parts: {type(error).__name__}: {error}")

    def _better(self, plan: LinePlan) -> None:
        self.part = plan

    def _take(self, solved: Solved) -> None:
        self.infeasible = solved.infeasible and self.best is None
        if solved.bound is not None:
            self.bound = max(solved.bound, self.bound if self.bound is not None else solved.bound)
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
