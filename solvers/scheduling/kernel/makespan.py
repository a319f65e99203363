"""The makespan search: tabu runs from a pool of good schedules and from what lies between two of them.

A pool with a tabu run on every newcomer; a newcomer lies on the way from one member to another (TS/PR: Peng, Lu and
Cheng 2015). When the pool brings nothing new any more, all but the best make room for shaken copies of it.
Promises: ends at the deadline or at a proven bound; deterministic for a seed and an iteration limit, in any thread.
`best` is replaced, never written into: it may be read while the search goes on.
Called by: `search`, for plain problems only (`is_plain`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from solvers.budget import Deadline
from solvers.scheduling.kernel.arrays import Facts, Ints
from solvers.scheduling.kernel.makespan_bound import Floats, lower_bound, sorted_with_precedence
from solvers.scheduling.kernel.makespan_graph import Plan, copy_plan, empty_plan, measure, net_of, take_walk
from solvers.scheduling.kernel.makespan_moves import empty_memory
from solvers.scheduling.kernel.pool_paths import distance, relink
from solvers.scheduling.kernel.tabu import (
    ANY,
    BEST,
    BLOCKS,
    BOUND,
    FOUND_AT,
    MAKESPAN,
    SHARE,
    SHORTEST,
    STEP,
    WAY,
    tabu,
)
from solvers.scheduling.kernel.timing import NEVER, Walk, copy_walk, empty_walk, link

POOL = 12
PATIENCE = 12_000
"""Steps without a better best after which a run ends."""
CHUNK = 250_000
"""Operations times steps between two looks at the clock: a few milliseconds."""
STALE = 3 * POOL
"""Newcomers in a row that the pool has no use for, after which it is filled afresh."""
NEAR, MIDDLE = 0.25, 0.5
"""A newcomer lies so far along the way from one member to another."""
WAYS = ((25, ANY), (50, ANY), (100, ANY), (100, SHORTEST), (100, BLOCKS))
"""How much of the path a run looks at in a flexible shop, and in which way: what is best differs between shops."""
LUCK, MEMORY = 0.4, 0.8
"""How often a run takes any way instead of the best so far; how much its earlier runs count in its mean."""
SHAKES = (0.03, 0.3)
"""Least and most noise of a shaken copy, in ranks as a share of all operations."""


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
    plan: Plan
    makespan: int


class MakespanSearch:
    """One search; `best` is the cheapest solution so far."""

    def __init__(self, facts: Facts, start: Walk, seed: int) -> None:
        self.facts = facts
        self.random = np.random.default_rng(seed)
        self.dice = np.array([self.random.integers(1, 2**63)], dtype=np.uint64)
        self.count, self.machines = len(facts.release), len(facts.machine_ready)
        self.net = net_of(facts)
        self.memory = empty_memory(self.net)
        self.plan, self.run_best = (empty_plan(self.count, self.machines) for _ in range(2))
        self.path, self.choice = np.zeros(self.count, np.int64), np.zeros(9, np.int64)
        self.flexible = len(facts.mode_work) > self.count
        self.tenure = 7 + self.count // max(1, self.machines) // max(1, self.machines)
        self.best = empty_walk(self.count, self.machines)
        copy_walk(start, self.best)
        self.bound = lower_bound(facts)
        take_walk(self.plan, start)
        self.makespan = int(measure(self.net, self.plan))
        self.state = np.zeros(7, dtype=np.int64)
        self.state[BOUND] = self.bound
        self.pool: list[_Member] = []
        self.way = 1
        self.means: list[float] = [0.0] * len(WAYS)
        self.stale = 0
        self.steps = 0
        self.inbox: deque[Walk] = deque()

    def run(self, deadline: Deadline, limit: int | None = None) -> None:
        """Search until the deadline, `limit` steps, or the bound."""
        while self.makespan > self.bound and not self._over(deadline, limit):
            while self.inbox:
                self._take_in(self.inbox.popleft())
            self.state[SHARE], self.state[WAY] = WAYS[self.way]
            self._tabu(deadline, limit)
            if self.makespan > self.bound and not self._over(deadline, limit):
                self._learn()
                self._admit()
                self._next_start()

    def _over(self, deadline: Deadline, limit: int | None) -> bool:
        return deadline.over() or (limit is not None and self.steps >= limit)

    def _tabu(self, deadline: Deadline, limit: int | None) -> None:
        """One run from `plan`."""
        state = self.state
        state[BEST], state[FOUND_AT], state[MAKESPAN] = 2**60, state[STEP], measure(self.net, self.plan)
        chunk = max(20, CHUNK // self.count)
        while not self._over(deadline, limit) and not self.inbox:
            steps = chunk if limit is None else min(chunk, limit - self.steps)
            made = int(
                tabu(
                    self.net, self.plan, self.memory, self.run_best, self.dice, self.path, self.choice, state,
                    steps, PATIENCE, self.tenure, self.flexible,
                )
            )  # fmt: skip
            self.steps += made
            self._keep(self.run_best, int(state[BEST]))
            if made < steps:
                return

    def _keep(self, plan: Plan, makespan: int) -> None:
        if 0 <= makespan < self.makespan:
            self.best, self.makespan = Walk(*(row.copy() for row in plan[:5])), makespan

    def _take_in(self, walk: Walk) -> None:
        """Something better from elsewhere: the next run starts there."""
        take_walk(self.run_best, walk)
        makespan = int(measure(self.net, self.run_best))
        if 0 <= makespan < self.makespan:
            self._keep(self.run_best, makespan)
            copy_plan(self.run_best, self.plan)

    def _learn(self) -> None:
        """What the run has brought in its way, and the way of the next run: each once, then the best mostly."""
        mean, makespan = self.means[self.way], float(self.state[BEST])
        self.means[self.way] = MEMORY * mean + (1 - MEMORY) * makespan if mean else makespan
        lucky = self.random.random() < LUCK
        self.way = int(self.random.integers(len(WAYS))) if lucky else int(np.argmin(self.means))

    def _admit(self) -> None:
        """What the run has found goes into the pool, unless its like is there; the worst leaves."""
        makespan = int(self.state[BEST])
        full = len(self.pool) >= POOL
        self.stale += 1
        if full and makespan >= self.pool[-1].makespan:
            return
        for member in self.pool:
            if member.makespan <= makespan and distance(self.run_best, member.plan) <= self.count // 50:
                return
        plan = self.pool.pop().plan if full else empty_plan(self.count, self.machines)
        copy_plan(self.run_best, plan)
        self.pool.append(_Member(plan, makespan))
        self.pool.sort(key=lambda m: m.makespan)
        self.stale = 0

    def _next_start(self) -> None:
        """The next run starts from what came in, else from a child; while the pool is small, from a shaken best."""
        if self.stale >= STALE:
            del self.pool[1:]
            self.stale = 0
        if len(self.pool) < (2 if self.stale >= POOL else POOL):
            self._shake(self.pool[0].plan, self.random.uniform(*SHAKES))
        else:
            first, second = (self.pool[int(at)].plan for at in self.random.choice(len(self.pool), 2, replace=False))
            copy_plan(first, self.plan)
            steps = int(distance(first, second) * self.random.uniform(NEAR, MIDDLE))
            relink(self.net, self.plan, second, self.dice, steps, 50 * self.count)

    def _shake(self, plan: Plan, noise: float) -> None:
        """The order of `plan` with noise in it; as large a share of the operations takes any machine."""
        keys = plan.place + self.random.normal(0.0, noise * self.count, self.count)
        options = np.diff(self.facts.mode_at)
        other = self.facts.mode_at[:-1] + self.random.integers(0, options)
        modes = np.where(self.random.random(self.count) < noise, other, plan.mode)
        self._rebuild(keys, modes)

    def _rebuild(self, keys: Floats, modes: Ints) -> None:
        """The sequences in the order of the keys, made to respect precedence."""
        facts, walk = self.facts, empty_walk(self.count, self.machines)
        last = [-1] * self.machines
        for number in sorted_with_precedence(facts, keys):
            mode = int(modes[number])
            machine = int(facts.mode_machine[mode])
            link(walk, number, machine, mode, last[machine])
            last[machine] = number
        take_walk(self.plan, walk)
