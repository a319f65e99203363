"""Moves of a critical operation to its best places on all its machines, judged exactly, compiled.

The operation is taken out; heads and tails of what is left are exact for every place that cannot close a circle, and
one of the places between what must come before and what must come behind is the best (Mastrolilli and Gambardella
2000). The makespan after the move is the longest path through its new place or that of what is left.
Called by: `tabu`.
"""

from __future__ import annotations

import numpy as np

from solvers.scheduling.kernel.arrays import Ints
from solvers.scheduling.kernel.makespan_graph import (
    Dice,
    Net,
    Plan,
    free_of,
    makespan_of,
    ready_of,
    renew_heads,
    renew_tails,
    rest_of,
    small,
    unhook,
)
from solvers.scheduling.kernel.makespan_moves import Memory, consider, pair_forbidden


@small
def _take_out(net: Net, plan: Plan, number: int) -> tuple[int, int]:
    """Heads and tails as if the operation took no time and no machine; gives what `_put_back` needs."""
    before, after, here = plan.before[number], plan.after[number], plan.place[number]
    unhook(plan, number)
    plan.before[number], plan.after[number] = -1, -1
    plan.work[number] = 0
    far = plan.place[after] if after >= 0 else here
    near = plan.place[before] if before >= 0 else here
    heads = renew_heads(net, plan, number, here, far)
    tails = renew_tails(net, plan, number, here, near)
    plan.before[number], plan.after[number] = before, after
    return heads, tails


@small
def _put_back(net: Net, plan: Plan, number: int, heads: int, tails: int) -> None:
    count = len(plan.mode)
    for at in range(heads):
        plan.head[plan.log[at]] = plan.log[count + at]
    for at in range(tails):
        plan.tail[plan.log[2 * count + at]] = plan.log[3 * count + at]
    before, after = plan.before[number], plan.after[number]
    plan.work[number] = net.mode_work[plan.mode[number]]
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
    net: Net, plan: Plan, memory: Memory, dice: Dice, number: int, step: int, best: int, choice: Ints
) -> None:
    """The best places of an operation on each of its machines."""
    heads, tails = _take_out(net, plan, number)
    left = makespan_of(net, plan)
    ready, rest = ready_of(net, plan, number), rest_of(net, plan, number)
    for mode in range(net.mode_at[number], net.mode_at[number + 1]):
        machine, work = net.mode_machine[mode], net.mode_work[mode]
        own = mode == plan.mode[number]
        before, after = np.int64(-1), plan.first[machine]
        passed = False  # whether the place it has now lies behind us
        while after >= 0 and plan.head[after] + plan.work[after] <= ready:
            if plan.work[after] + plan.tail[after] <= rest:
                break
            passed = passed or (own and before == plan.before[number])
            before, after = after, plan.after[after]
        while True:
            if own and before == plan.before[number]:
                passed = True
            else:
                head = max(ready, free_of(net, plan, machine, before))
                tail = max(rest, plan.work[after] + plan.tail[after]) if after >= 0 else rest
                value = max(left, head + work + tail)
                forbidden = value >= best and _forbidden(plan, memory, step, number, mode, before, after, passed)
                consider(choice, dice, value, forbidden, number, mode, before)
            if after < 0:
                break
            if plan.work[after] + plan.tail[after] <= rest and plan.head[after] + plan.work[after] > ready:
                break
            before, after = after, plan.after[after]
    _put_back(net, plan, number, heads, tails)
