"""Improve a schedule within a budget: windows around what is late, or the whole problem if it is small.

Promises: the result passes `check` and never costs more than the start; every engine answer that is worse, broken
or late is dropped, and a note says so.
May not: run in the core process (CP-SAT).
Called by: solver processes, `io`, benchmarks.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import replace

from solvers.budget import Budget, Deadline
from solvers.result import Result, SolveStatus
from solvers.scheduling.check import check
from solvers.scheduling.kernel.search import OwnSearch
from solvers.scheduling.model import Improvement, Limits, improve
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.repair import repair
from solvers.scheduling.shop import Shop, index

WHOLE_TASKS = 400
"""Up to here one model holds the whole problem."""
WINDOW_TASKS = 100
ALONE_SHARE = 0.15
"""Part of the time the own search gets for itself, before CP-SAT has something good to start from."""
ALONE_TASK_S = 0.02
"""and at most so much for each task that may move."""
SLICE_S = 4.0
"""A model of the whole runs so long at first, then twice as long: a new incumbent can only go into a new call."""
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
        self.enough = threading.Event()
        self.own = OwnSearch(self.shop, self.schedule, self.cost, budget.seed)

    def _first(self, start: Schedule | None) -> Schedule:
        if start is not None:
            broken = check(self.problem, start).violations
            if not broken:
                return start
            self.notes.append(f"start refused: {broken[0].kind} {broken[0].task_id}; repaired instead")
        return repair(self.problem)

    def run(self) -> None:
        """Own search first; then CP-SAT, with the own search beside it where there are two workers."""
        self._alone()
        if self.proven or self.deadline.left_s() <= MIN_S:
            return
        beside = self._beside() if self.budget.workers > 1 and self.budget.iterations is None else None
        if len(self.free) <= WHOLE_TASKS:
            self._whole(beside)
        else:
            self._all_windows(beside)
        if beside is not None:
            self.enough.set()
            beside.join()
            self._adopt()

    def _whole(self, beside: threading.Thread | None) -> None:
        """One model of everything, in slices, so that each starts from the best of both."""
        slice_s = SLICE_S if beside is not None else self.deadline.left_s()
        while not self.proven and self.deadline.left_s() > MIN_S:
            left_s = self.deadline.left_s()
            self._try(self.free, left_s if left_s < 1.5 * slice_s else slice_s)
            slice_s *= 2
            if beside is None:
                return
            self._adopt()

    def _all_windows(self, beside: threading.Thread | None) -> None:
        """Windows until the time is up, or a whole turn of them gains nothing."""
        idle = 0
        windows = list(_windows(self.shop, self.schedule, self.free))
        while idle < len(windows) and self.deadline.left_s() > MIN_S:
            limit = self.budget.iterations
            if limit is not None and self.rounds >= limit:
                return
            gained = self._try(windows[self.rounds % len(windows)], min(WINDOW_S, self.deadline.left_s()))
            idle = 0 if gained or beside is not None else idle + 1
            if beside is not None:
                self._adopt()
            if self.rounds % len(windows) == 0:
                windows = list(_windows(self.shop, self.schedule, self.free))

    def _alone(self) -> None:
        """The larger the problem, the less CP-SAT finds without a good start."""
        share = ALONE_SHARE if len(self.free) <= WHOLE_TASKS else 2 * ALONE_SHARE
        seconds = min(self.budget.seconds * share, ALONE_TASK_S * len(self.free), self.deadline.left_s())
        if seconds <= 0:
            return
        deadline = replace(self.budget, seconds=seconds).start()
        self.own.run(deadline, self.budget.iterations)
        self._adopt()

    def _beside(self) -> threading.Thread:
        """The own search goes on in a thread of its own; its compiled code and CP-SAT's let each other run."""
        watch = self.deadline.stopwatch

        def stopwatch() -> float:
            return watch() if not self.enough.is_set() else math.inf

        deadline = replace(self.deadline, stopwatch=stopwatch)
        thread = threading.Thread(target=self.own.run, args=(deadline,), name="scheduling-search", daemon=True)
        thread.start()
        return thread

    def _adopt(self) -> None:
        """Take what the own search has found, if it is better; it is proven when it meets the search's bound."""
        found = self.own.found()
        if found.cost < self.cost:
            self._accept(Improvement(SolveStatus.FEASIBLE, found.schedule), "own")
        if found.bound is not None:
            self.bound = max(self.bound or 0, found.bound)
            self.proven = self.proven or self.cost <= found.bound

    def _try(self, free: set[int], seconds: float) -> bool:
        self.rounds += 1
        if seconds <= MIN_S:
            return False
        free = free & self.free
        workers = max(1, self.budget.workers - 1)
        limits = Limits(seconds, self.deadline, workers, self.budget.seed + self.rounds)
        answer = improve(self.shop, self.schedule, self.cost, free, limits)
        if len(free) == len(self.free) and answer.bound is not None:
            self.bound = max(self.bound or 0, answer.bound)
        gained = self._accept(answer, "ortools")
        if gained:
            self.own.give(self.schedule)
        return gained

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
        self.proven = self.proven or answer.status is SolveStatus.OPTIMAL
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
            bound=self.cost
            if self.proven or not self.free
            else min(self.bound, self.cost)
            if self.bound
            else self.bound,
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
