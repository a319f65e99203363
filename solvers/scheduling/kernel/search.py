"""Between schedules and the compiled searches: a start in, something cheaper out, within a deadline.

Promises: never returns anything worse than its start, whatever the kernel thinks: what it finds is built and judged
again. The same seed and iterations give the same schedule.
May not: touch what `build` keeps.
Called by: `solve`; planning, through `polish`, when the solver processes are away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from solvers.budget import Budget, Deadline
from solvers.scheduling.build import build
from solvers.scheduling.check import figures
from solvers.scheduling.kernel.anneal import anneal, seed_random
from solvers.scheduling.kernel.arrays import Facts, Ints, facts_of
from solvers.scheduling.kernel.makespan import MakespanSearch, is_plain
from solvers.scheduling.kernel.timing import (
    NEVER,
    REFUSED,
    Times,
    Walk,
    copy_walk,
    empty_times,
    empty_walk,
    link,
    time_all,
)
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import MAKESPAN_ONLY, Job, Machine, Mode, Prices, SchedulingProblem, Task
from solvers.scheduling.shop import Shop, index

CHUNK_OPERATIONS = 100_000
"""Operations timed between two looks at the clock: a few milliseconds."""
HOT_SHARE, COLD_SHARE = 0.01, 0.00002
"""Temperatures as shares of the start's price."""
ROUND_S = 2.0
"""An annealing cools down over so many seconds at first, then over twice as long, and so on."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best schedule, its objective, how many moves were tried, and a proven bound in points, if there is one."""

    schedule: Schedule
    cost: int
    rounds: int
    bound: int | None = None


class OwnSearch:
    """A search that can go on: `run` it for a while, look at `found`, `give` it something better from elsewhere.

    `run` may go on in a thread while `give` is called from another; everything else waits for it to end.
    """

    def __init__(self, shop: Shop, start: Schedule, cost: int, seed: int) -> None:
        self.shop = shop
        self.start, self.cost = start, cost
        self.facts: Facts = facts_of(shop, start)
        walk = _walk_of(shop, self.facts, start)
        self._makespan: MakespanSearch | None = None
        self._annealing: _Annealing | None = None
        self.rounds = 0
        seed_random(seed)
        if is_plain(self.facts):
            self._makespan = MakespanSearch(self.facts, walk, seed)
        else:
            annealing = _Annealing(shop, self.facts, walk)
            self._annealing = annealing if annealing.possible else None

    @property
    def bound(self) -> int | None:
        """No schedule costs less, in points; None where nothing is known."""
        return self._makespan.bound * self.shop.problem.prices.makespan_s if self._makespan else None

    def run(self, deadline: Deadline, limit: int | None = None) -> None:
        """Search until the deadline, or for `limit` moves."""
        if self._makespan is not None:
            before = self._makespan.steps
            self._makespan.run(deadline, None if limit is None else before + limit)
            self.rounds += self._makespan.steps - before
        elif self._annealing is not None:
            self.rounds += self._annealing.run(deadline, limit)

    def give(self, schedule: Schedule) -> None:
        """Something better than what this search has; it is taken up at the next turn."""
        walk = _walk_of(self.shop, self.facts, schedule)
        if self._makespan is not None:
            self._makespan.inbox.append(walk)
        elif self._annealing is not None:
            self._annealing.inbox.append(walk)

    def found(self) -> Found:
        """The best so far, built with every rule and judged; the start if nothing is better."""
        walk = self._makespan.best if self._makespan else self._annealing.best if self._annealing else None
        if walk is not None and self.rounds:
            copy = empty_walk(len(walk.mode), len(walk.first))
            copy_walk(walk, copy)
            schedule = _built(self.shop, self.facts, copy)
            cost = figures(self.shop.problem, schedule).objective
            if cost < self.cost:
                self.start, self.cost = schedule, cost
        return Found(self.start, self.cost, self.rounds, self.bound)


class _Annealing:
    """The arrays of an annealing."""

    def __init__(self, shop: Shop, facts: Facts, walk: Walk) -> None:
        count = len(shop.operations)
        self.facts, self.walk = facts, walk
        self.best: Walk = empty_walk(count, len(shop.machines))
        self.times: Times = empty_times(count, len(shop.problem.jobs))
        self.trial: Times = empty_times(count, len(shop.problem.jobs))
        self.last_of_job = _last_operations(shop)
        self.movable = np.flatnonzero(facts.fixed_start <= NEVER).astype(np.int64)
        self.prices = np.zeros(2, dtype=np.int64)
        self.inbox: deque[Walk] = deque()
        self.span_s = ROUND_S
        price = time_all(facts, walk, self.times, REFUSED - 1)
        self.possible = bool(price < REFUSED and len(self.movable))
        self.prices[:] = price
        copy_walk(walk, self.best)

    def run(self, deadline: Deadline, limit: int | None) -> int:
        """Annealings, each longer than the last; gives the moves tried."""
        done = 0
        while not deadline.over() and (limit is None or done < limit):
            left_s = deadline.left_s()
            seconds = left_s if left_s < 1.5 * self.span_s else self.span_s
            part = replace(deadline, seconds=seconds, began_s=deadline.stopwatch())
            done += self._cool(part, None if limit is None else limit - done)
            self.span_s *= 2
            self._go_on_from_best()
        return done

    def _cool(self, deadline: Deadline, limit: int | None) -> int:
        """From hot to cold, until the deadline."""
        base = float(max(1, self.prices[1]))
        chunk = max(1, CHUNK_OPERATIONS // max(1, len(self.facts.release)))
        done, share = 0, 0.0
        while share < 1.0 and (limit is None or done < limit):
            steps = chunk if limit is None else min(chunk, limit - done)
            hot = base * HOT_SHARE * (COLD_SHARE / HOT_SHARE) ** share
            anneal(
                self.facts, self.walk, self.times, self.trial, self.best, self.last_of_job, self.movable, self.prices,
                steps, hot, hot * 0.999,
            )  # fmt: skip
            done += steps
            share = deadline.share() if limit is None else done / limit
        return done

    def _go_on_from_best(self) -> None:
        while self.inbox:
            came = self.inbox.popleft()
            price = time_all(self.facts, came, self.trial, REFUSED - 1)
            if price < self.prices[1]:
                self.prices[1] = price
                copy_walk(came, self.best)
        copy_walk(self.best, self.walk)
        self.prices[0] = time_all(self.facts, self.walk, self.times, REFUSED - 1)


def search(shop: Shop, start: Schedule, cost: int, deadline: Deadline, seed: int, limit: int | None) -> Found:
    """Search until the deadline, or for `limit` moves."""
    own = OwnSearch(shop, start, cost, seed)
    own.run(deadline, limit)
    return own.found()


def polish(problem: SchedulingProblem, schedule: Schedule, budget: Budget) -> Schedule:
    """A little of the search on a repaired schedule, where there is no solver process at hand."""
    if not schedule.assignments:
        return schedule
    cost = figures(problem, schedule).objective
    return search(index(problem), schedule, cost, budget.start(), budget.seed, budget.iterations).schedule


def warm_up(say: Callable[[str], None] = lambda line: None) -> None:
    """Compile both searches, once; afterwards they load from their cache."""
    say("scheduling: annealing and tabu search")
    modes = (Mode("A", 2), Mode("B", 3))
    for prices in (MAKESPAN_ONLY, Prices()):
        jobs = tuple(Job(str(n), (Task(f"{n}.0", modes), Task(f"{n}.1", modes[:1])), due_s=3) for n in range(3))
        problem = SchedulingProblem(0, (Machine("A"), Machine("B")), jobs, prices=prices)
        shop, one_after_another = index(problem), _in_a_row(problem)
        search(shop, one_after_another, 2**40, Budget(seconds=60.0).start(), 0, 40)


def _in_a_row(problem: SchedulingProblem) -> Schedule:
    """Everything on the first machine of each task, one after the other."""
    places, now_s = [], problem.now_s
    for _, task in problem.tasks():
        mode = task.modes[0]
        places.append(Assignment(task.task_id, mode.machine_id, now_s, now_s + mode.duration_s))
        now_s += mode.duration_s
    return Schedule(tuple(places))


def _built(shop: Shop, facts: Facts, walk: Walk) -> Schedule:
    """The sequences, built with every rule."""
    times = empty_times(len(walk.mode), len(shop.problem.jobs))
    time_all(facts, walk, times, REFUSED - 1)
    keys = [(int(start), number) for number, start in enumerate(times.start)]
    return build(shop, keys, True, [int(machine) for machine in walk.machine])


def _walk_of(shop: Shop, facts: Facts, schedule: Schedule) -> Walk:
    """The schedule as sequences."""
    walk = empty_walk(len(shop.operations), len(shop.machines))
    places = schedule.assignments
    last = [-1] * len(shop.machines)
    for number in sorted(range(len(places)), key=lambda n: (places[n].start_s, places[n].end_s, n)):
        machine = shop.machine_of[places[number].machine_id]
        at, stop = int(facts.mode_at[number]), int(facts.mode_at[number + 1])
        mode = next((m for m in range(at, stop) if facts.mode_machine[m] == machine), at)
        link(walk, number, machine, mode, last[machine])
        last[machine] = number
    return walk


def _last_operations(shop: Shop) -> Ints:
    last = np.zeros(len(shop.problem.jobs), dtype=np.int64)
    for op in shop.operations:
        last[op.job] = op.number
    return last
