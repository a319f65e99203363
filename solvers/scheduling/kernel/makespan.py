"""The makespan search: tabu runs from a pool of good schedules and from what lies between two of them.

A pool with a tabu run on every newcomer, as in Peng, Lu and Cheng (2015). Their way between two parents needs a repair;
here a child takes the order of all operations from the mean of its parents' ranks. Both rankings respect precedence,
so their mean does, and no sequence made from it can run in a circle.
Promises: ends at the deadline or at a proven bound; deterministic for a seed and an iteration limit.
Called by: `search`, for plain problems only (`is_plain`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from solvers.budget import Deadline
from solvers.scheduling.kernel.arrays import Facts, Ints
from solvers.scheduling.kernel.makespan_bound import Floats, lower_bound, sorted_with_precedence
from solvers.scheduling.kernel.makespan_graph import Plan, empty_plan, measure, net_of, take_walk
from solvers.scheduling.kernel.makespan_moves import empty_memory
from solvers.scheduling.kernel.tabu import BEST, BOUND, FOUND_AT, MAKESPAN, STEP, tabu
from solvers.scheduling.kernel.timing import NEVER, Walk, copy_walk, empty_walk, link

POOL = 10
PATIENCE = 12_000
"""Steps without a better best after which a run ends."""
CHUNK = 250_000
"""Operations times steps between two looks at the clock: a few milliseconds."""


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
        self.dice = np.array([self.random.integers(1, 2**63)], dtype=np.uint64)
        self.count, machines = len(facts.release), len(facts.machine_ready)
        self.net = net_of(facts)
        self.memory = empty_memory(self.net)
        self.plan, self.run_best = empty_plan(self.count, machines), empty_plan(self.count, machines)
        self.path, self.choice = np.zeros(self.count, np.int64), np.zeros(9, np.int64)
        self.flexible = len(facts.mode_work) > self.count
        self.tenure = 10 + self.count // max(1, machines) // max(1, machines)
        self.best = _copy(start)
        self.bound = lower_bound(facts)
        take_walk(self.plan, start)
        self.makespan = int(measure(self.net, self.plan))
        self.state = np.zeros(5, dtype=np.int64)
        self.state[BOUND] = self.bound
        self.pool: list[_Member] = []
        self.steps = 0
        self.inbox: deque[Walk] = deque()

    def run(self, deadline: Deadline, limit: int | None = None) -> None:
        """Search until the deadline, `limit` steps, or the bound."""
        while self.makespan > self.bound and not self._over(deadline, limit):
            self._tabu(deadline, limit)
            self._admit(_Member(_walk(self.run_best), int(self.state[BEST])))
            self._next_start()

    def _over(self, deadline: Deadline, limit: int | None) -> bool:
        return deadline.over() or (limit is not None and self.steps >= limit)

    def _tabu(self, deadline: Deadline, limit: int | None) -> None:
        """One run from `walk`."""
        state = self.state
        state[BEST], state[FOUND_AT] = 2**60, state[STEP]
        state[MAKESPAN] = measure(self.net, self.plan)
        chunk = max(20, CHUNK // self.count)
        while not self._over(deadline, limit):
            steps = chunk if limit is None else min(chunk, limit - self.steps)
            made = int(
                tabu(
                    self.net, self.plan, self.memory, self.run_best, self.dice, self.path, self.choice, state,
                    steps, PATIENCE, self.tenure, self.flexible,
                )
            )  # fmt: skip
            self.steps += made
            if state[BEST] < self.makespan:
                self.makespan = int(state[BEST])
                self.best = _walk(self.run_best)
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
            take_walk(self.plan, self.inbox.popleft())
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
        take_walk(self.plan, walk)
        measure(self.net, self.plan)
        return self.plan.place.astype(np.float64)

    def _rebuild(self, keys: Floats, modes: Ints) -> None:
        """The sequences in the order of the keys, made to respect precedence."""
        facts, walk = self.facts, empty_walk(self.count, len(self.facts.machine_ready))
        last = [-1] * len(walk.first)
        for number in sorted_with_precedence(facts, keys):
            mode = int(modes[number])
            machine = int(facts.mode_machine[mode])
            link(walk, number, machine, mode, last[machine])
            last[machine] = number
        take_walk(self.plan, walk)


def _walk(plan: Plan) -> Walk:
    return Walk(*(row.copy() for row in plan[:5]))


def _copy(walk: Walk) -> Walk:
    copy = empty_walk(len(walk.mode), len(walk.first))
    copy_walk(walk, copy)
    return copy
