"""The exact times and price of machine sequences, compiled.

Semi-active timing: every operation starts as soon as its predecessors, its machine and the calendar let it. What is
fixed starts when it must; a sequence in which it cannot is refused, as is one that runs in a circle.
Called by: `anneal`, `search`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from solvers.scheduling.kernel.arrays import Facts

jit: Any = numba.njit(cache=True, nogil=True, boundscheck=False)
Ints = npt.NDArray[np.int64]
REFUSED = 2**62
NEVER = -(2**59)


class Walk(NamedTuple):
    """A solution: each operation's mode and machine, its neighbours on it; the first operation of each machine."""

    mode: Ints
    machine: Ints
    before: Ints
    after: Ints
    first: Ints


class Times(NamedTuple):
    """When everything is, and why. cause: the operation that kept this one from starting earlier, -1 none;
    by_machine: whether that was its machine's. ready: by its predecessors. left, stack: room to work in.
    """

    start: Ints
    end: Ints
    cause: Ints
    by_machine: npt.NDArray[np.bool_]
    ready: Ints
    job_end: Ints
    left: Ints
    stack: Ints


def empty_walk(operations: int, machines: int) -> Walk:
    """Room for a solution."""
    mode, machine, before, after = (np.full(operations, -1, np.int64) for _ in range(4))
    return Walk(mode, machine, before, after, np.full(machines, -1, np.int64))


def empty_times(operations: int, jobs: int) -> Times:
    """Room for its times."""
    start, end, cause, ready, left, stack = (np.zeros(operations, np.int64) for _ in range(6))
    return Times(start, end, cause, np.zeros(operations, np.bool_), ready, np.zeros(jobs, np.int64), left, stack)


@jit
def copy_walk(source: Walk, target: Walk) -> None:
    """Take over a solution."""
    target.mode[:] = source.mode
    target.machine[:] = source.machine
    target.before[:] = source.before
    target.after[:] = source.after
    target.first[:] = source.first


@jit
def copy_times(source: Times, target: Times) -> None:
    """Take over its times."""
    target.start[:] = source.start
    target.end[:] = source.end
    target.cause[:] = source.cause
    target.by_machine[:] = source.by_machine
    target.ready[:] = source.ready
    target.job_end[:] = source.job_end


@jit
def fit(facts: Facts, machine: int, earliest: int, work: int, stretches: bool) -> tuple[int, int]:
    """First (start, end) at or after `earliest` on the machine's calendar."""
    at, stop = facts.blocked_at[machine], facts.blocked_at[machine + 1]
    if at == stop:
        return earliest, earliest + work
    low, high = at, stop
    while low < high:
        middle = (low + high) // 2
        if facts.blocked_end[middle] <= earliest:
            low = middle + 1
        else:
            high = middle
    start = earliest
    if low < stop and facts.blocked_start[low] <= start:
        start = facts.blocked_end[low]
        low += 1
    end = start + work
    while low < stop and facts.blocked_start[low] < end:
        if stretches:
            end += facts.blocked_end[low] - facts.blocked_start[low]
        else:
            start = facts.blocked_end[low]
            end = start + work
        low += 1
    return start, end


@jit
def time_all(facts: Facts, walk: Walk, times: Times, bound: int) -> int:
    """Times everything; gives the price in points, `REFUSED` for a sequence that cannot be, or that is over `bound`.

    The price of what is timed so far only rises, so that a hopeless sequence is left early.
    """
    count = len(walk.mode)
    top = 0
    times.job_end[:] = 0
    for number in range(count):
        times.left[number] = facts.waits[number] + (walk.before[number] >= 0)
        times.ready[number] = facts.release[number]
        times.cause[number] = -1
        times.by_machine[number] = False
        if times.left[number] == 0:
            times.stack[top] = number
            top += 1
    price, makespan, timed = np.int64(0), np.int64(0), 0
    makespan_price = facts.prices[0]
    while top > 0:
        top -= 1
        number = times.stack[top]
        timed += 1
        machine, mode = walk.machine[number], walk.mode[number]
        before = walk.before[number]
        family = facts.family[before] if before >= 0 else facts.family_now[machine]
        setup = facts.setup[machine, family, facts.family[number]]
        free = (times.end[before] if before >= 0 else facts.machine_ready[machine]) + setup
        earliest = times.ready[number]
        if free > earliest:
            earliest = free
            times.cause[number] = before
            times.by_machine[number] = before >= 0
        if facts.fixed_start[number] > NEVER:
            if 0 < facts.fixed_start[number] < earliest:
                return REFUSED
            start, end = facts.fixed_start[number], facts.fixed_end[number]
        else:
            start, end = fit(facts, machine, max(earliest, 0), facts.mode_work[mode], facts.stretches[number])
        times.start[number], times.end[number] = start, end
        price += _own_price(facts, number, machine, mode, start) + facts.prices[1] * setup
        job = facts.job[number]
        if end > times.job_end[job]:
            late_before = max(0, times.job_end[job] - facts.due[job])
            times.job_end[job] = end
            price += facts.late_price[job] * (max(0, end - facts.due[job]) - late_before)
        if end > makespan:
            price += makespan_price * (end - makespan)
            makespan = end
        if price > bound:
            return REFUSED
        after = walk.after[number]
        if after >= 0:
            times.left[after] -= 1
            if times.left[after] == 0:
                times.stack[top] = after
                top += 1
        for at in range(facts.behind_at[number], facts.behind_at[number + 1]):
            later = facts.behind[at]
            ready = end + facts.behind_lag[at]
            if ready > times.ready[later]:
                times.ready[later] = ready
                times.cause[later] = number
            times.left[later] -= 1
            if times.left[later] == 0:
                times.stack[top] = later
                top += 1
    return int(price) if timed == count else REFUSED


@jit
def _own_price(facts: Facts, number: int, machine: int, mode: int, start: int) -> int:
    """What the machine costs and what the change against the published place does."""
    price = facts.mode_price[mode]
    published = facts.published_machine[number]
    if published >= 0:
        shift = abs(start - facts.published_start[number])
        if shift > 0 or published != machine:
            price += facts.prices[2] + facts.prices[3] * shift
        if published != machine:
            price += facts.prices[4]
    return int(price)


@jit
def unlink(walk: Walk, number: int) -> None:
    """Take an operation off its machine."""
    before, after = walk.before[number], walk.after[number]
    if before >= 0:
        walk.after[before] = after
    else:
        walk.first[walk.machine[number]] = after
    if after >= 0:
        walk.before[after] = before


@jit
def link(walk: Walk, number: int, machine: int, mode: int, before: int) -> None:
    """Put an operation on a machine behind `before`; -1 puts it first."""
    after = walk.after[before] if before >= 0 else walk.first[machine]
    walk.machine[number], walk.mode[number] = machine, mode
    walk.before[number], walk.after[number] = before, after
    if before >= 0:
        walk.after[before] = number
    else:
        walk.first[machine] = number
    if after >= 0:
        walk.before[after] = number
