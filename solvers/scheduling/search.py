"""Own improvement search: rebuild the schedule in a slightly different order, keep what is cheaper.

An iterated priority search (as iterated greedy, Ruiz & Stuetzle 2007, but on the keys of serial generation): a
job that hurts is pulled forward, or one that does not is pushed back, and everything is built again. Slow and
plain, but it knows whatever `build` knows: setups, calendars, pins, the price of change.
Promises: never returns anything worse than its start; the same seed and iterations give the same schedule.
May not: touch what `build` keeps.
Called by: `solve`; planning, through `polish`, when the solver processes are away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.budget import Budget, Deadline
from solvers.scheduling.build import build
from solvers.scheduling.check import figures
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.shop import Shop, index

PAIN_SHARE = 0.7
"""Share of moves that pull a job that hurts; the others push or pull any job."""
SLACK_PERMILLE = 2
"""An order this much worse than the best may still be walked on from."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best schedule, its objective, and how many orders were tried."""

    schedule: Schedule
    cost: int
    rounds: int


def search(shop: Shop, start: Schedule, cost: int, deadline: Deadline, seed: int, rounds: int | None) -> Found:
    """Walk until the deadline or `rounds` orders have been built."""
    rng = np.random.default_rng(seed)
    best, best_cost, done = start, cost, 0
    walk, pain = _order(shop, start), _pain(shop, start)
    while not deadline.over() and (rounds is None or done < rounds):
        done += 1
        keys, machines = _shaken(shop, walk, pain, rng)
        schedule = build(shop, [(key, number) for number, key in enumerate(keys)], True, machines)
        found = figures(shop.problem, schedule).objective
        if found <= best_cost + best_cost * SLACK_PERMILLE // 1_000:
            walk, pain = _order(shop, schedule), _pain(shop, schedule)
        if found < best_cost:
            best, best_cost = schedule, found
    return Found(best, best_cost, done)


def polish(problem: SchedulingProblem, schedule: Schedule, budget: Budget) -> Schedule:
    """A few rounds of the search on a repaired schedule, where there is no solver process at hand.

    Plain Python: give it `iterations` (about 20 microseconds a task each) and keep it off an event loop.
    """
    if not schedule.assignments:
        return schedule
    cost = figures(problem, schedule).objective
    return search(index(problem), schedule, cost, budget.start(), budget.seed, budget.iterations).schedule


_Order = tuple[list[int], list[int]]
"""Keys and machines: built again, they give the same schedule or an earlier one."""


def _order(shop: Shop, schedule: Schedule) -> _Order:
    places = schedule.assignments
    return [place.start_s for place in places], [shop.machine_of[place.machine_id] for place in places]


def _pain(shop: Shop, schedule: Schedule) -> list[int]:
    """What each job adds to the objective by ending when it does."""
    problem, ends = shop.problem, [0] * len(shop.problem.jobs)
    for op, place in zip(shop.operations, schedule.assignments, strict=True):
        ends[op.job] = max(ends[op.job], place.end_s)
    last_s = max(ends, default=0)
    pain = []
    for job, end_s in zip(problem.jobs, ends, strict=True):
        late_s = max(0, end_s - job.due_s) if job.due_s is not None else 0
        pain.append(problem.prices.tardiness_s * job.weight * late_s + problem.prices.makespan_s * (end_s == last_s))
    return pain


def _shaken(shop: Shop, walk: _Order, pain: list[int], rng: np.random.Generator) -> _Order:
    """A job that hurts pulled forward by a part of the span, or any job moved either way; or a part of it."""
    keys, machines = list(walk[0]), list(walk[1])
    total = sum(pain)
    hurts = total > 0 and rng.random() < PAIN_SHARE
    job = _drawn(pain, int(rng.random() * total)) if hurts else int(rng.integers(len(pain)))
    members = [op for op in shop.operations if op.job == job]
    if not members:
        return keys, machines
    first = int(rng.integers(len(members))) if rng.random() < 0.5 else 0
    last = len(members) if rng.random() < 0.5 else int(rng.integers(first, len(members))) + 1
    reach_s = 1 + int((max(keys) - min(keys)) * rng.random() ** 4)
    by_s = -reach_s if hurts or rng.random() < 0.3 else reach_s
    anywhere = rng.random() < 0.5
    for op in members[first:last]:
        keys[op.number] += by_s
        if anywhere:
            machines[op.number] = -1
    return keys, machines


def _drawn(pain: list[int], mark: int) -> int:
    """The job whose share of the pain holds the mark."""
    for job, share in enumerate(pain):
        if mark < share:
            return job
        mark -= share
    return len(pain) - 1
