"""Moves of a critical operation to its best places on all its machines, compiled.

The operation is taken out and its old machine closes up; the places worth a look lie between what must come before
and what must come behind it (Mastrolilli and Gambardella 2000). A move is judged by the longest path through the new
place. What the longest path elsewhere is would take ten times as long to know, and more steps are worth more. So
moves that look better than a `floor`, just below the present makespan, may count the same: chance decides among them.
Called by: `tabu`.
"""

from __future__ import annotations

import numpy as np

from solvers.scheduling.kernel.arrays import Ints
from solvers.scheduling.kernel.makespan_graph import Dice, Net, Plan, free_of, ready_of, rest_of, small, unhook
from solvers.scheduling.kernel.makespan_moves import Memory, consider, pair_forbidden


@small
def _take_out(net: Net, plan: Plan, number: int) -> tuple[int, int]:
    """Heads behind and tails before the operation on its machine as if it were not there; what changed goes into the

    log, and how much of it is given back.
    """
    before, after, count = plan.before[number], plan.after[number], len(plan.mode)
    unhook(plan, number)
    heads, tails, other = 0, 0, after
    free = free_of(net, plan, plan.machine[number], before)
    while other >= 0:
        head = max(free, ready_of(net, plan, other))
        if head == plan.head[other]:
            break
        plan.log[heads], plan.log[count + heads] = other, plan.head[other]
        plan.head[other] = head
        heads += 1
        free = head + plan.work[other]
        other = plan.after[other]
    rest = plan.work[after] + plan.tail[after] if after >= 0 else np.int64(0)
    other = before
    while other >= 0:
        tail = max(rest, rest_of(net, plan, other))
        if tail == plan.tail[other]:
            break
        plan.log[2 * count + tails], plan.log[3 * count + tails] = other, plan.tail[other]
        plan.tail[other] = tail
        tails += 1
        rest = tail + plan.work[other]
        other = plan.before[other]
    return heads, tails


@small
def _put_back(plan: Plan, number: int, heads: int, tails: int) -> None:
    count, before, after = len(plan.mode), plan.before[number], plan.after[number]
    for at in range(heads):
        plan.head[plan.log[at]] = plan.log[count + at]
    for at in range(tails):
        plan.tail[plan.log[2 * count + at]] = plan.log[3 * count + at]
    if before >= 0:
        plan.after[before] = number
    else:
        plan.first[plan.machine[number]] = number
    if after >= 0:
        plan.before[after] = number


@small
def _forbidden(
    plan: Plan, memory: Memory, step: int, number: int, mode: int, before: int, after: int, passed: bool
) -> bool:
    """Whether the place brings back a machine, or an order on the same one, that was left not long ago."""
    if mode != plan.mode[number]:
        return memory.back[mode] > step
    return pair_forbidden(plan, memory, step, number, before if passed else after, passed)


@small
def machine_moves(
    net: Net,
    plan: Plan,
    memory: Memory,
    dice: Dice,
    number: int,
    step: int,
    best: int,
    floor: int,
    with_own: bool,
    choice: Ints,
) -> None:
    """The best places of an operation on its machines, with its own or without; none counts as better than `floor`."""
    heads, tails = _take_out(net, plan, number)
    ready, rest = ready_of(net, plan, number), rest_of(net, plan, number)
    for mode in range(net.mode_at[number], net.mode_at[number + 1]):
        machine, work = net.mode_machine[mode], net.mode_work[mode]
        own = mode == plan.mode[number]
        if own and not with_own:
            continue
        before, after = np.int64(-1), plan.first[machine]
        passed = False  # whether the place it has now lies behind us
        while after >= 0 and _ends_before(plan, after, ready) and plan.work[after] + plan.tail[after] > rest:
            passed = passed or (own and before == plan.before[number])
            before, after = after, plan.after[after]
        while True:
            if own and before == plan.before[number]:
                passed = True
            else:
                head = max(ready, free_of(net, plan, machine, before))
                tail = max(rest, plan.work[after] + plan.tail[after]) if after >= 0 else rest
                value = max(floor, head + work + tail)
                forbidden = value >= best and _forbidden(plan, memory, step, number, mode, before, after, passed)
                consider(choice, dice, value, forbidden, number, mode, before)
            if after < 0 or (plan.work[after] + plan.tail[after] <= rest and not _ends_before(plan, after, ready)):
                break
            before, after = after, plan.after[after]
    _put_back(plan, number, heads, tails)


@small
def _ends_before(plan: Plan, number: int, ready: int) -> bool:
    return plan.head[number] + plan.work[number] <= ready
