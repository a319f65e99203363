"""Improve a schedule within a budget: windows around what is late, or the whole problem if it is small.

Promises: the result passes `check` and never costs more than the start; every engine answer that is worse, broken
or late is dropped, and a note says so.
May not: run in the core process (CP-SAT).
Called by: solver processes, `io`, benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from solvers.budget import Budget, Deadline
from solvers.result import Result, SolveStatus
from solvers.scheduling.check import check
from solvers.scheduling.model import Improvement, Limits, improve
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.repair import repair
from solvers.scheduling.search import search
from solvers.scheduling.shop import Shop, index

WHOLE_TASKS = 400
"""Up to here one model holds the whole problem."""
WINDOW_TASKS = 100
SEARCH_SHARE = 0.2
"""Part of the time the own search gets; twice that where windows are needed."""
SEARCH_TASK_S = 0.005
"""and at most so much for each task that may move."""
WINDOW_S = 1.5
MIN_S = 0.02
"""Less time than this is not worth a model."""


def solve(problem: SchedulingProblem, start: Schedule | None, budget: Budget) -> Result[Schedule]:
    """The best schedule found from `start` (None: from `repair`); cost and bound in points."""
    deadline = budget.start()
    search = _Search(problem, start, budget, deadline)
    if search.free:
        search.run()
    return search.result()


class _Search:
    """One solve: the incumbent, and what has been learned on the way."""

    def __init__(self, problem: SchedulingProblem, start: Schedule | None, budget: Budget, deadline: Deadline) -> None:
        self.problem = problem
        self.budget = budget
        self.deadline = deadline
        self.notes: list[str] = []
        self.shop = index(problem)
        self.schedule, self.engine = self._first(start), "own"
        self.first_s = deadline.elapsed_s()
        self.cost = check(problem, self.schedule).figures.objective
        self.bound: int | None = None
        self.proven = False
        self.rounds = 0
        self.free = _free(self.shop, self.schedule)

    def _first(self, start: Schedule | None) -> Schedule:
        if start is not None:
            broken = check(self.problem, start).violations
            if not broken:
                return start
            self.notes.append(f"start refused: {broken[0].kind} {broken[0].task_id}; repaired instead")
        return repair(self.problem)

    def run(self) -> None:
        """Own search first; then windows until the time is up, or a whole turn of them gains nothing."""
        self._search()
        if len(self.free) <= WHOLE_TASKS:
            self._try(self.free, self.deadline.left_s())
            return
        idle = 0
        windows = list(_windows(self.shop, self.schedule, self.free))
        while idle < len(windows) and self.deadline.left_s() > MIN_S:
            limit = self.budget.iterations
            if limit is not None and self.rounds >= limit:
                return
            gained = self._try(windows[self.rounds % len(windows)], min(WINDOW_S, self.deadline.left_s()))
            idle = 0 if gained else idle + 1
            if self.rounds % len(windows) == 0:
                windows = list(_windows(self.shop, self.schedule, self.free))

    def _search(self) -> None:
        """The larger the problem, the less CP-SAT finds without a good start."""
        share = SEARCH_SHARE if len(self.free) <= WHOLE_TASKS else 2 * SEARCH_SHARE
        seconds = min(self.budget.seconds * share, SEARCH_TASK_S * len(self.free))
        deadline = replace(self.budget, seconds=seconds).start()
        found = search(self.shop, self.schedule, self.cost, deadline, self.budget.seed, self.budget.iterations)
        if found.cost < self.cost:
            self._accept(Improvement(SolveStatus.FEASIBLE, found.schedule), "own")

    def _try(self, free: set[int], seconds: float) -> bool:
        self.rounds += 1
        if seconds <= MIN_S:
            return False
        free = free & self.free
        limits = Limits(seconds, self.deadline, self.budget.workers, self.budget.seed + self.rounds)
        answer = improve(self.shop, self.schedule, self.cost, free, limits)
        if len(free) == len(self.free):
            self.bound = answer.bound
        return self._accept(answer, "ortools")

    def _accept(self, answer: Improvement, engine: str) -> bool:
        if answer.schedule is None:
            self.notes.append(f"{engine}: {answer.status}")
            return False
        report = check(self.problem, answer.schedule)
        if not report.ok:
            first = report.violations[0]
            self.notes.append(f"{engine} answer refused: {first.kind} {first.task_id}")
            return False
        if report.figures.objective > self.cost:
            self.notes.append(f"{engine} answer costs more: {report.figures.objective}")
            return False
        self.proven = answer.status is SolveStatus.OPTIMAL
        if report.figures.objective == self.cost:
            return False
        self.schedule, self.cost, self.engine = answer.schedule, report.figures.objective, engine
        # Another pin may be kept now, or given up.
        self.free = _free(self.shop, answer.schedule)
        return True

    def result(self) -> Result[Schedule]:
        """What there is now."""
        return Result(
            status=SolveStatus.OPTIMAL if self.proven or not self.free else SolveStatus.FEASIBLE,
            plan=self.schedule,
            cost=self.cost,
            bound=self.cost if self.proven or not self.free else self.bound,
            engine=self.engine,
            wall_s=self.deadline.elapsed_s(),
            first_feasible_s=self.first_s,
            iterations=self.rounds,
            seed=self.budget.seed,
            notes=tuple(self.notes[:20]),
        )


def _free(shop: Shop, schedule: Schedule) -> set[int]:
    """What may move: not started, no kept pin or fence."""
    waived = {waiver.task_id for waiver in schedule.waivers}
    return {op.number for op in shop.operations if not op.started and (op.wish is None or op.task.task_id in waived)}


def _windows(shop: Shop, schedule: Schedule, free: set[int]) -> Iterator[set[int]]:
    """Neighbourhoods: slices of time that overlap by half, then machines in groups. The late ones come first."""
    places = schedule.assignments
    by_time = sorted(free, key=lambda n: (places[n].start_s, n))
    half = WINDOW_TASKS // 2
    for first in range(0, max(1, len(by_time) - half), half):
        yield set(by_time[first : first + WINDOW_TASKS])
    by_machine = sorted(free, key=lambda n: (shop.machine_of[places[n].machine_id], places[n].start_s, n))
    for first in range(0, max(1, len(by_machine) - half), half):
        yield set(by_machine[first : first + WINDOW_TASKS])
