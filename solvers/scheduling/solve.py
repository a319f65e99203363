"""Improve a schedule within a budget: our own search and CP-SAT side by side, exchanging incumbents.

With two workers or more both run at once, each in a thread of its own, while the caller's thread judges what they
find; with one worker, or with a limit on iterations, they take turns.
Promises: the result passes `check` and never costs more than the start; every engine answer that is worse, broken
or late is dropped, and a note says so.
May not: run in the core process (CP-SAT).
Called by: solver processes, `io`, benchmarks.
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from solvers.budget import Budget, Deadline
from solvers.result import Result, SolveStatus
from solvers.scheduling.check import check
from solvers.scheduling.incumbent import Incumbent
from solvers.scheduling.kernel.search import OwnSearch
from solvers.scheduling.model import Improvement, Limits, Line, improve
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.repair import repair
from solvers.scheduling.shop import Shop, index
from solvers.scheduling.windows import Window, Windows

Told = Callable[[float, int, Schedule], bool]
"""Told each incumbent: (seconds since the start, cost, schedule); True: good enough, stop."""

WHOLE_TASKS = 400
"""Up to here one model holds the whole problem."""
WINDOW_TASKS = 120
"""In the first windows; see `windows` for how that changes."""
ALONE_SHARE = 0.15
"""Part of the time the own search gets for itself, before CP-SAT has something good to start from."""
ALONE_TASK_S = 0.01
"""and at most so much for each task that may move."""
SLICE_S = 4.0
"""A model of the whole runs so long at first, then twice as long: a new incumbent can only go into a new call."""
WINDOW_S = 1.5
MIN_S = 0.05
"""Less time than this is not worth a model."""
LOOK_S = 0.1
"""How often the own search is asked what it has found."""
GRACE_S = 0.15
"""How long a call that was told to stop is waited for."""


def solve(
    problem: SchedulingProblem, start: Schedule | None, budget: Budget, told: Told | None = None
) -> Result[Schedule]:
    """The best schedule found from `start` (None: from `repair`); cost and bound in points."""
    search = _Search(problem, start, budget, budget.start(), told)
    if search.best.free:
        search.run()
    return search.result()


class _Search:
    """One solve: the incumbent, both engines, and the clock."""

    def __init__(
        self,
        problem: SchedulingProblem,
        start: Schedule | None,
        budget: Budget,
        deadline: Deadline,
        told: Told | None,
    ) -> None:
        self.budget, self.deadline, self.told = budget, deadline, told
        self.shop = index(problem)
        schedule, refused = _first(problem, start)
        self.first_s = deadline.elapsed_s()
        self.best = Incumbent(self.shop, schedule, check(problem, schedule).figures.objective)
        if refused:
            self.best.note(refused)
        self.rounds = 0
        self.enough = self._tell()
        self.own = OwnSearch(self.shop, self.best.schedule, self.best.cost, budget.seed)
        self.windows = Windows(self.shop, budget.seed, WINDOW_TASKS)
        self.whole = len(self.best.free) <= WHOLE_TASKS
        self.slice_s = SLICE_S

    def run(self) -> None:
        """Until the time is up, the optimum is proven, or nothing is left to try."""
        if self.budget.workers > 1 and self.budget.iterations is None:
            _Together(self).run()
        else:
            self._in_turns()

    @property
    def over(self) -> bool:
        """Nothing more is to be done."""
        return self.enough or self.best.proven or self.deadline.left_s() <= MIN_S

    def _in_turns(self) -> None:
        """One worker: the own search, then CP-SAT, in slices that grow."""
        limit, span_s, idle = self.budget.iterations, self.alone_s(), False
        while not self.over:
            part = replace(self.budget, seconds=max(MIN_S, min(span_s, self.deadline.left_s()))).start()
            version = self.best.version
            self.own.run(part, limit)
            self.adopt()
            idle = self._exact_turn(span_s) and self.best.version == version
            if (idle and limit is not None) or (limit is not None and self.rounds >= limit):
                return
            span_s *= 2

    def _exact_turn(self, span_s: float) -> bool:
        """CP-SAT for as long as the own search had; whether it has looked at everything it could."""
        ends_s, calls, finished = self.deadline.elapsed_s() + span_s, 0, True
        while not self.over and (self.deadline.elapsed_s() < ends_s or not calls):
            window, seconds = self.next_call()
            answer = improve(self.shop, self.best.schedule, self.best.cost, window.free, self.limits(seconds))
            finished = finished and answer.finished
            self.learn(window, answer)
            calls += 1
            if self.whole or (self.budget.iterations is not None and self.rounds >= self.budget.iterations):
                break
        return finished and self.whole

    def alone_s(self) -> float:
        """The larger the problem, the less CP-SAT finds without a good start."""
        share = ALONE_SHARE if self.whole else 2 * ALONE_SHARE
        return min(self.budget.seconds * share, ALONE_TASK_S * len(self.best.free))

    def limits(self, seconds: float, line: Line | None = None) -> Limits:
        """What the next CP-SAT call may spend."""
        workers = max(1, self.budget.workers - 1)
        return Limits(seconds, self.deadline, workers, self.budget.seed + self.rounds, line)

    def next_call(self) -> tuple[Window, float]:
        """What CP-SAT looks at next, and for how long."""
        self.rounds += 1
        left_s = self.deadline.left_s()
        if not self.whole:
            focus = _touched(self.shop, self.best.schedule) if self.rounds == 1 else ()
            return self.windows.next(self.best.schedule, self.best.free, focus), min(WINDOW_S, left_s)
        seconds = left_s if left_s < 1.5 * self.slice_s else self.slice_s
        self.slice_s *= 2
        return Window(frozenset(self.best.free), "whole"), seconds

    def learn(self, window: Window, answer: Improvement) -> None:
        """Take what CP-SAT has found and proven."""
        if window.kind == "whole":
            self.best.raise_bound(answer.bound)
        gained = self.take(answer.schedule, answer.status)
        if not self.whole:
            self.windows.learn(window, gained, answer.finished)

    def take(self, schedule: Schedule | None, status: SolveStatus = SolveStatus.FEASIBLE) -> bool:
        """An incumbent of CP-SAT; the own search goes on from it."""
        gained = self.best.offer(schedule, "ortools", status)
        if gained:
            self.own.give(self.best.schedule)
            self.enough = self._tell() or self.enough
        return gained

    def adopt(self) -> None:
        """Take what the own search has found; it is proven when it meets the search's bound."""
        found = self.own.found()
        self.best.raise_bound(found.bound)
        if found.cost < self.best.cost and self.best.offer(found.schedule, "own", SolveStatus.FEASIBLE):
            self.enough = self._tell() or self.enough

    def _tell(self) -> bool:
        return self.told is not None and self.told(self.deadline.elapsed_s(), self.best.cost, self.best.schedule)

    def result(self) -> Result[Schedule]:
        """What there is now."""
        best = self.best
        return Result(
            status=SolveStatus.OPTIMAL if best.proven else SolveStatus.FEASIBLE,
            plan=best.schedule,
            cost=best.cost,
            bound=best.cost if best.proven else best.bound and min(best.bound, best.cost),
            engine=best.engine,
            wall_s=self.deadline.elapsed_s(),
            first_feasible_s=self.first_s,
            iterations=self.rounds,
            seed=self.budget.seed,
            notes=tuple(best.notes),
        )


class _Together:
    """Both engines at once; their compiled code runs beside this thread, which only judges and hands over."""

    def __init__(self, search: _Search) -> None:
        self.search = search
        self.line = Line()
        self.enough = threading.Event()
        self.calling: tuple[threading.Thread, Window, float] | None = None
        self.answers: queue.SimpleQueue[Improvement] = queue.SimpleQueue()

    def run(self) -> None:
        search, begins_s = self.search, self.search.alone_s()
        own = threading.Thread(target=self._own, name="scheduling-search", daemon=True)
        own.start()
        while not search.over:
            if self.calling is None and search.deadline.elapsed_s() >= begins_s:
                self._call()
            self._look(LOOK_S)
        self.enough.set()
        self.line.stop()
        own.join(GRACE_S)
        if self.calling is not None:
            self.calling[0].join(GRACE_S)
        self._look(0.0)

    def _own(self) -> None:
        watch = self.search.deadline.stopwatch

        def stopwatch() -> float:
            return math.inf if self.enough.is_set() else watch()

        self.search.own.run(replace(self.search.deadline, stopwatch=stopwatch))

    def _call(self) -> None:
        """One call of CP-SAT, in a thread of its own."""
        search = self.search
        window, seconds = search.next_call()
        self.line = Line()
        limits, best = search.limits(seconds, self.line), search.best
        facts = (search.shop, best.schedule, best.cost, window.free, limits)
        thread = threading.Thread(target=lambda: self.answers.put(improve(*facts)), name="cp-sat", daemon=True)
        self.calling = thread, window, search.deadline.elapsed_s()
        thread.start()

    def _look(self, wait_s: float) -> None:
        """Wait for the call to end, at most so long; take what there is from both."""
        search, answer = self.search, None
        with suppress(queue.Empty):
            answer = self.answers.get(timeout=min(wait_s, search.deadline.left_s()) or 0.001)
        for schedule in self.line.drain():
            search.take(schedule)
        if answer is not None and self.calling is not None:
            search.learn(self.calling[1], answer)
            self.calling = None
        version = search.best.version
        search.adopt()
        overtaken = search.best.version > version and search.whole
        if overtaken and self.calling and search.deadline.elapsed_s() - self.calling[2] > SLICE_S:
            # The call goes on from something worse: a new one starts from here.
            self.line.stop()


def _first(problem: SchedulingProblem, start: Schedule | None) -> tuple[Schedule, str]:
    """What to start from, and why it is not what was handed in."""
    if start is None:
        return repair(problem), ""
    broken = check(problem, start).violations
    if not broken:
        return start, ""
    return repair(problem), f"start refused: {broken[0].kind} {broken[0].task_id}; repaired instead"


def _touched(shop: Shop, schedule: Schedule) -> list[int]:
    """What an event has moved, or brought: all that is not where the plan in force has it."""
    if not shop.problem.published:
        return []
    places = schedule.assignments
    return [
        op.number
        for op in shop.operations
        if not op.started
        and (
            op.published is None
            or (op.published[0], op.published[1])
            != (shop.machine_of[places[op.number].machine_id], places[op.number].start_s)
        )
    ]
