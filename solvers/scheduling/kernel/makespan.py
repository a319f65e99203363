"""The makespan search: tabu runs from a pool of good schedules and from what lies between two of them.

A pool with a tabu run on every newcomer, as in Peng, Lu and Cheng (2015). Their way between two parents needs a repair;
here a child takes the order of all operations from the mean of its parents' ranks. Both rankings respect precedence,
so their mean does, and no sequence made from it can run in a circle.
Promises: ends at the deadline or at a proven bound; deterministic for a seed and an iteration limit.
Called by: `search`, for plain problems only (`is_plain`).
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.budget import Deadline
from solvers.scheduling.kernel.arrays import Facts, Ints
from solvers.scheduling.kernel.tabu import empty_graph, empty_memory, measure, tabu
from solvers.scheduling.kernel.timing import NEVER, Walk, copy_walk, empty_walk, link

Floats = npt.NDArray[np.float64]
POOL = 10
PATIENCE = 12_000
"""Steps without a better best after which a run ends."""
CHUNK = 250_000
"""Operations times steps between two looks at the clock: a few milliseconds."""
BOUND, BEST, FOUND_AT, STEP = 3, 1, 2, 0


def is_plain(facts: Facts) -> bool:
    """Whether the makespan is all that counts, and nothing but precedence and machines binds."""
    makespan, _, moved, shifted, reassigned = (int(price) for price in facts.prices)
    only = makespan > 0 and not (facts.late_price[facts.job] * (facts.due[facts.job] < 2**59)).any()
    change = bool((facts.published_machine >= 0).any()) and moved + shifted + reassigned > 0
    unpriced = not facts.mode_price.any() and not change
    free = not facts.setup.any() and not len(facts.blocked_start) and bool((facts.fixed_start <= NEVER).all())
    return bool(only and unpriced and free)


@dataclass(slots=True)
class _Member:
    walk: Walk
    makespan: int


class MakespanSearch:
    """One search; `best` is the cheapest solution so far."""

    def __init__(self, facts: Facts, start: Walk, seed: int) -> None:
        self.facts = facts
        self.random = np.random.default_rng(seed)
        self.graph, self.memory = empty_graph(facts), empty_memory(facts)
        self.count = len(facts.release)
        self.walk = _copy(start)
        self.best = _copy(start)
        self.run_best = _copy(start)
        self.bound = lower_bound(facts)
        self.makespan = int(measure(facts, self.walk, self.graph))
        self.state = np.zeros(4, dtype=np.int64)
        self.state[BOUND] = self.bound
        self.pool: list[_Member] = []
        self.steps = 0
        self.inbox: deque[Walk] = deque()

    def run(self, deadline: Deadline, limit: int | None = None) -> None:
        """Search until the deadline, `limit` steps, or the bound."""
        while self.makespan > self.bound and not self._over(deadline, limit):
            self._tabu(deadline, limit)
            self._admit(_Member(_copy(self.run_best), int(self.state[BEST])))
            self._next_start()

    def _over(self, deadline: Deadline, limit: int | None) -> bool:
        return deadline.over() or (limit is not None and self.steps >= limit)

    def _tabu(self, deadline: Deadline, limit: int | None) -> None:
        """One run from `walk`."""
        state = self.state
        state[BEST], state[FOUND_AT] = 2**60, state[STEP]
        chunk = max(20, CHUNK // self.count)
        while not self._over(deadline, limit):
            steps = chunk if limit is None else min(chunk, limit - self.steps)
            made = int(tabu(self.facts, self.walk, self.graph, self.memory, self.run_best, state, steps, PATIENCE))
            self.steps += made
            if state[BEST] < self.makespan:
                self.makespan = int(state[BEST])
                copy_walk(self.run_best, self.best)
            if made < steps:
                return

    def _admit(self, member: _Member) -> None:
        """Into the pool, unless it is there already; the worst leaves."""
        same = (m for m in self.pool if m.makespan == member.makespan)
        if any((m.walk.before == member.walk.before).all() for m in same):
            return
        self.pool.append(member)
        self.pool.sort(key=lambda m: m.makespan)
        del self.pool[POOL:]

    def _next_start(self) -> None:
        """The next run starts from what came in, else from a child; while the pool is small, from a shaken best."""
        if self.inbox:
            copy_walk(self.inbox.popleft(), self.walk)
            return
        if len(self.pool) < 4:
            keys = self._ranks(self.pool[0].walk) + self.random.normal(0.0, 0.08 * self.count, self.count)
            modes = self.pool[0].walk.mode.copy()
        else:
            first, second = self.random.choice(len(self.pool), 2, replace=False)
            share = self.random.uniform(0.35, 0.65)
            mother, father = self.pool[int(first)].walk, self.pool[int(second)].walk
            keys = share * self._ranks(mother) + (1 - share) * self._ranks(father)
            modes = np.where(self.random.random(self.count) < share, mother.mode, father.mode)
        self._rebuild(keys, modes)

    def _ranks(self, walk: Walk) -> Floats:
        measure(self.facts, walk, self.graph)
        ranks = np.empty(self.count)
        ranks[self.graph.order] = np.arange(self.count)
        return ranks

    def _rebuild(self, keys: Floats, modes: Ints) -> None:
        """`walk` becomes the sequences in the order of the keys, made to respect precedence."""
        facts, walk = self.facts, self.walk
        walk.first[:] = -1
        last = [-1] * len(walk.first)
        for number in _sorted_with_precedence(facts, keys):
            mode = int(modes[number])
            machine = int(facts.mode_machine[mode])
            link(walk, number, machine, mode, last[machine])
            last[machine] = number


def _sorted_with_precedence(facts: Facts, keys: Floats) -> list[int]:
    """All operations by key, each after all it waits for."""
    waits = facts.waits.tolist()
    heap = [(float(keys[number]), number) for number, count in enumerate(waits) if not count]
    heapq.heapify(heap)
    order = []
    while heap:
        _, number = heapq.heappop(heap)
        order.append(number)
        for at in range(int(facts.behind_at[number]), int(facts.behind_at[number + 1])):
            later = int(facts.behind[at])
            waits[later] -= 1
            if not waits[later]:
                heapq.heappush(heap, (float(keys[later]), later))
    return order


def lower_bound(facts: Facts) -> int:
    """No schedule ends earlier: the longest job, and for each machine its sure work between least head and tail."""
    count = len(facts.release)
    work = np.minimum.reduceat(facts.mode_work, facts.mode_at[:-1])
    order = _sorted_with_precedence(facts, np.zeros(count))
    head, tail = facts.release.copy(), np.zeros(count, dtype=np.int64)
    for number in order:
        for at in range(int(facts.behind_at[number]), int(facts.behind_at[number + 1])):
            later = int(facts.behind[at])
            head[later] = max(head[later], head[number] + work[number] + facts.behind_lag[at])
    for number in reversed(order):
        for at in range(int(facts.behind_at[number]), int(facts.behind_at[number + 1])):
            later = int(facts.behind[at])
            tail[number] = max(tail[number], facts.behind_lag[at] + work[later] + tail[later])
    bound = int((head + work + tail).max(initial=0))
    single = np.diff(facts.mode_at) == 1
    machine = facts.mode_machine[facts.mode_at[:-1]]
    for number in range(len(facts.machine_ready)):
        there = single & (machine == number)
        if there.any():
            start = max(int(head[there].min()), int(facts.machine_ready[number]))
            bound = max(bound, start + int(work[there].sum()) + int(tail[there].min()))
    return max(bound, -(-int(work.sum()) // max(1, len(facts.machine_ready))))


def _copy(walk: Walk) -> Walk:
    copy = empty_walk(len(walk.mode), len(walk.first))
    copy_walk(walk, copy)
    return copy
