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

from solvers.budget import Budget, Deadline
from solvers.result import Result, SolveStatus
from solvers.scheduling.check import check
from solvers.scheduling.exact import Exact
from solvers.scheduling.incumbent import Incumbent
from solvers.scheduling.kernel.search import OwnSearch
from solvers.scheduling.model import Improvement, Line
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.repair import repair
from solvers.scheduling.shop import Shop, index

Told = Callable[[float, int, Schedule], bool]
"""Told each incumbent: (seconds since the start, cost, schedule); True: good enough, stop."""

ALONE_SHARE = 0.15
"""Part of the time the own search gets for itself, before CP-SAT has something good to start from."""
ALONE_TASK_S = 0.01
"""and at most so much for each task that may move."""
SLICE_S = 1.0
"""A turn, or a model of the whole, takes so long at first, then twice as long: each starts from the best so far."""
MIN_S = 0.05
"""Less time than this is not worth a model."""
JUDGING_SHARE = 0.1
"""Part of the time that is kept for judging the last answers, at most."""
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
    """One solve: the incumbent, the engines, and the clock."""

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
        cost = check(problem, schedule).figures.objective
        self.judging_s = 2 * (deadline.elapsed_s() - self.first_s)
        self.best = Incumbent(self.shop, schedule, cost)
        if refused:
            self.best.note(refused)
        self.enough = self._tell()
        self.warm = start is not None and bool(problem.published)
        self.own = OwnSearch(self.shop, schedule, self.best.cost, budget.seed)
        self.exact = Exact(self.shop, self.best, budget.seed, _touched(self.shop, schedule), self.warm)

    def run(self) -> None:
        """Until the time is up, the optimum is proven, or nothing is left to try."""
        if self.budget.workers > 1 and self.budget.iterations is None:
            _Together(self).run()
        else:
            self._in_turns()

    @property
    def over(self) -> bool:
        """Nothing more is to be done."""
        done = self.enough or self.best.proven or self.exact.exhausted
        margin_s = min(2 * self.judging_s, JUDGING_SHARE * self.budget.seconds)
        return done or self.deadline.left_s() <= MIN_S + margin_s

    def _in_turns(self) -> None:
        """One worker: the own search and CP-SAT in turns that grow."""
        limit, span_s = self.budget.iterations, self.alone_s() or MIN_S * 4
        while not self.over:
            self.own.run(self.until(span_s), limit)
            self.adopt(self.own)
            ends_s = self.deadline.elapsed_s() + span_s
            while not self.over and self._may_call(ends_s):
                answer = self.exact.call(self.deadline, max(1, self.budget.workers - 1))
                self.take(answer)
            if self._spent():
                return
            span_s = max(SLICE_S, 2 * span_s)

    def _may_call(self, ends_s: float) -> bool:
        in_time = self.deadline.elapsed_s() < ends_s and self.exact.fits(self.deadline.left_s())
        return in_time and not self._spent()

    def _spent(self) -> bool:
        limit = self.budget.iterations
        return limit is not None and self.exact.rounds >= limit

    def alone_s(self) -> float:
        """The larger the problem, the less CP-SAT finds without a good start; after an event there is one."""
        return 0.0 if self.warm else min(self.budget.seconds * ALONE_SHARE, ALONE_TASK_S * len(self.best.free))

    def until(self, seconds: float, enough: threading.Event | None = None) -> Deadline:
        """A deadline for an engine, which is over at once when `enough` is set."""
        watch = self.deadline.stopwatch

        def stopwatch() -> float:
            return math.inf if enough is not None and enough.is_set() else watch()

        return Deadline(min(seconds, self.deadline.left_s()), stopwatch, watch())

    def take(self, answer: Improvement) -> None:
        """What CP-SAT has found and proven."""
        gained = self.offer(answer.schedule, answer.status)
        self.exact.learn(answer, gained)

    def offer(self, schedule: Schedule | None, status: SolveStatus = SolveStatus.FEASIBLE) -> bool:
        """An incumbent of CP-SAT; the own search goes on from it."""
        gained = self.best.offer(schedule, "ortools", status)
        if gained:
            self.own.give(self.best.schedule)
            self.enough = self._tell() or self.enough
        return gained

    def adopt(self, own: OwnSearch) -> None:
        """Take what an own search has found; it is proven when it meets the search's bound."""
        began_s = self.deadline.elapsed_s()
        found = own.found()
        self.best.raise_bound(found.bound)
        if found.cost < self.best.cost and self.best.offer(found.schedule, "own", SolveStatus.FEASIBLE):
            self.enough = self._tell() or self.enough
            self.judging_s = max(self.judging_s, self.deadline.elapsed_s() - began_s)

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
            iterations=self.exact.rounds,
            seed=self.budget.seed,
            notes=tuple(best.notes),
        )


class _Together:
    """Two seats: one for the own search, one where a second own search and CP-SAT take turns.

    Their compiled code runs beside this thread, which only judges and hands over.
    """

    def __init__(self, search: _Search) -> None:
        self.search = search
        self.second: OwnSearch | None = None
        self.enough = threading.Event()
        self.line = Line()
        self.turn: threading.Thread | None = None
        self.is_exact = False
        self.began_s = self.exact_s = self.look_s = 0.0
        self.turn_s = search.alone_s() or min(SLICE_S, ALONE_SHARE * search.budget.seconds)
        self.answers: queue.SimpleQueue[Improvement | None] = queue.SimpleQueue()

    def run(self) -> None:
        search = self.search
        first = threading.Thread(target=self._own, args=(search.own, search.deadline.left_s()), daemon=True)
        first.start()
        while not search.over:
            if self.turn is None:
                self._next_turn()
            self._look(LOOK_S)
        self.enough.set()
        self.line.stop()
        for thread in (first, self.turn):
            if thread is not None:
                thread.join(GRACE_S)
        self.look_s = 0.0
        self._look(0.0)

    def _own(self, own: OwnSearch, seconds: float) -> None:
        # One move first: only then does it tell what it has found while it goes on.
        own.run(self.search.until(seconds, self.enough), 1)
        own.run(self.search.until(seconds, self.enough))

    def _next_turn(self) -> None:
        """CP-SAT while it has had less than its share of the second seat."""
        search = self.search
        self.began_s = search.deadline.elapsed_s()
        due = self.exact_s <= search.exact.share * self.began_s and self.began_s >= search.alone_s()
        self.is_exact = due and search.exact.fits(search.deadline.left_s())
        target = self._exact_turn if self.is_exact else self._own_turn
        self.line = Line()
        self.turn = threading.Thread(target=target, daemon=True)
        self.turn.start()

    def _own_turn(self) -> None:
        search = self.search
        if self.second is None:
            self.second = OwnSearch(search.shop, search.best.schedule, search.best.cost, search.budget.seed + 1)
        self._own(self.second, self.turn_s)
        self.turn_s *= 2
        self.answers.put(None)

    def _exact_turn(self) -> None:
        workers = max(1, self.search.budget.workers - 1)
        self.answers.put(self.search.exact.call(self.search.deadline, workers, self.line))

    def _look(self, wait_s: float) -> None:
        """Wait for the turn to end, at most so long; take what there is from all."""
        search = self.search
        with suppress(queue.Empty):
            answer = self.answers.get(timeout=min(wait_s, search.deadline.left_s()) or 0.001)
            self.turn = None
            if answer is not None:
                self.exact_s += search.deadline.elapsed_s() - self.began_s
                search.take(answer)
        for schedule in self.line.drain():
            search.offer(schedule)
        if search.deadline.elapsed_s() < self.look_s:
            return
        began_s, version = search.deadline.elapsed_s(), search.best.version
        search.adopt(search.own)
        if self.second is not None and (not self.is_exact or self.turn is None):
            search.adopt(self.second)
        # Looking takes the time of building and judging a schedule.
        self.look_s = began_s + 10 * (search.deadline.elapsed_s() - began_s)
        overtaken = search.best.version > version and search.exact.overtaken(began_s - self.began_s)
        if self.turn is not None and self.is_exact and overtaken:
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
