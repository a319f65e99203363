"""Simulated annealing on machine sequences with exact timing, compiled: for every objective and rule of the shop.

Moves that help are those that break a critical chain (Van Laarhoven, Aarts and Lenstra 1992): an operation that waits
for its machine is put before the one it waits for, or somewhere before that, or on another machine. The chain starts
at a job that hurts, drawn by what it costs. Every candidate is timed exactly and left as soon as it is hopeless.
Called by: `search`.
"""

from __future__ import annotations

import numpy as np

from solvers.scheduling.kernel.arrays import Facts, Ints
from solvers.scheduling.kernel.timing import (
    NEVER,
    REFUSED,
    Times,
    Walk,
    copy_times,
    copy_walk,
    jit,
    link,
    time_all,
    unlink,
)

CHAIN_SHARE = 0.85
"""Share of moves that start from a critical chain; the others take any operation."""
ELSEWHERE_SHARE = 0.35
"""Share of moves to another machine, where there is one."""


@jit
def seed_random(seed: int) -> None:
    """Numba's own generator."""
    np.random.seed(seed)


@jit
def _hurting_job(facts: Facts, times: Times) -> int:
    """A job drawn by what its end costs; the one that ends last where none is late."""
    total, last, last_end = 0.0, 0, np.int64(-1)
    for job in range(len(facts.due)):
        total += facts.late_price[job] * max(0, times.job_end[job] - facts.due[job])
        if times.job_end[job] > last_end:
            last, last_end = job, times.job_end[job]
    if total <= 0.0 or (facts.prices[0] > 0 and np.random.random() < 0.1):
        return last
    mark = np.random.random() * total
    for job in range(len(facts.due)):
        mark -= facts.late_price[job] * max(0, times.job_end[job] - facts.due[job])
        if mark <= 0.0:
            return job
    return last


@jit
def _on_chain(facts: Facts, times: Times, last_of_job: Ints, chain: Ints) -> int:
    """An operation of a critical chain that waits for its machine, -1 if the chain has none."""
    job = _hurting_job(facts, times)
    number, found = last_of_job[job], 0
    end = times.job_end[job]
    if times.end[number] != end:  # the job's end is not always its last operation's
        for other in range(len(facts.job)):
            if facts.job[other] == job and times.end[other] == end:
                number = other
                break
    steps = 0
    while number >= 0 and steps < len(facts.job):
        if times.by_machine[number] and facts.fixed_start[number] <= NEVER:
            chain[found] = number
            found += 1
        number = times.cause[number]
        steps += 1
    return chain[np.random.randint(found)] if found > 0 else -1


@jit
def _place_on(walk: Walk, times: Times, number: int, machine: int) -> int:
    """Behind whom it would stand on another machine by its start, give or take a few places; -1: first."""
    before, current = -1, walk.first[machine]
    ready = times.ready[number]
    while current >= 0 and times.end[current] <= ready:
        before, current = current, walk.after[current]
    for _ in range(np.random.randint(3)):
        if current < 0:
            break
        before, current = current, walk.after[current]
    for _ in range(np.random.randint(2)):
        if before >= 0:
            before = walk.before[before]
    return before


@jit
def _earlier(walk: Walk, number: int) -> int:
    """Behind whom it stands when it overtakes one or some."""
    before = walk.before[number]
    hops = 1
    while hops < 12 and np.random.random() < 0.35:
        hops += 1
    for _ in range(hops):
        if before < 0:
            break
        before = walk.before[before]
    return before


@jit
def _later(walk: Walk, number: int) -> int:
    """Behind whom it stands when one or some overtake it."""
    behind = walk.after[number]
    while np.random.random() < 0.35 and walk.after[behind] >= 0:
        behind = walk.after[behind]
    return behind


@jit
def anneal(
    facts: Facts,
    walk: Walk,
    times: Times,
    trial: Times,
    best: Walk,
    last_of_job: Ints,
    movable: Ints,
    prices: Ints,
    steps: int,
    hot: float,
    cold: float,
) -> int:
    """So many moves, cooling from `hot` to `cold` points. `prices` holds (present, best), changed in place.

    Only `movable` operations move. Returns how many moves were taken.
    """
    chain = np.empty(len(facts.job), dtype=np.int64)
    taken, heat = 0, hot
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    for _ in range(steps):
        heat *= cooling
        number = np.int64(-1)
        if np.random.random() < CHAIN_SHARE:
            number = _on_chain(facts, times, last_of_job, chain)
            if number >= 0 and np.random.random() < 0.25:
                number = walk.before[number]
        if number < 0 or facts.fixed_start[number] > NEVER:
            number = movable[np.random.randint(len(movable))]
        machine, mode, before = walk.machine[number], walk.mode[number], walk.before[number]
        new_machine, new_mode, target = machine, mode, before
        options = facts.mode_at[number + 1] - facts.mode_at[number]
        if options > 1 and np.random.random() < ELSEWHERE_SHARE:
            new_mode = facts.mode_at[number] + np.random.randint(options)
            new_machine = facts.mode_machine[new_mode]
        if new_machine != machine:
            target = _place_on(walk, times, number, new_machine)
        elif before >= 0 and (walk.after[number] < 0 or np.random.random() < 0.7):
            target = _earlier(walk, number)
        elif walk.after[number] >= 0:
            target = _later(walk, number)
        else:
            continue
        unlink(walk, number)
        link(walk, number, new_machine, new_mode, target)
        bound = prices[0] - np.int64(heat * np.log(1.0 - np.random.random()))
        price = time_all(facts, walk, trial, bound)
        if price == REFUSED:
            unlink(walk, number)
            link(walk, number, machine, mode, before)
            continue
        taken += 1
        prices[0] = price
        copy_times(trial, times)
        if price < prices[1]:
            prices[1] = price
            copy_walk(walk, best)
    return taken
