"""Tabu search for the makespan of plain job shops, flexible or not, compiled.

Each step takes a critical path, judges the moves of its operations (`makespan_moves` where each operation has one
machine, else `flexible_moves`) and makes the best one that is not forbidden, or that beats the best solution.
Plain means: no setups, no blocked time, nothing fixed, makespan the only price. Called by: `makespan`.
"""

from __future__ import annotations

import numpy as np

from solvers.scheduling.kernel.arrays import Ints
from solvers.scheduling.kernel.flexible_moves import machine_moves
from solvers.scheduling.kernel.makespan_graph import (
    Dice,
    Net,
    Plan,
    copy_plan,
    draw,
    insert,
    lean,
    makespan_of,
    small,
)
from solvers.scheduling.kernel.makespan_moves import (
    BEHIND,
    FAR,
    MODE,
    MOVED,
    SPARE_BEHIND,
    SPARE_MODE,
    SPARE_MOVED,
    VALUE,
    Memory,
    block_moves,
    note_pairs,
)

STEP, BEST, FOUND_AT, BOUND, MAKESPAN, SHARE, WAY = 0, 1, 2, 3, 4, 5, 6
"""Of the state: step counter, makespan of the run's best, the step it was found at, where to stop, makespan now, and
for a flexible shop how many in a hundred operations of the path are looked at, and in which of these ways."""
LOOKS = 60
"""About so many operations at most: on a path of thousands a good move is found sooner than the best one."""
ANY, SHORTEST, BLOCKS = 0, 1, 2
"""All moves that look shorter than the makespan count the same; the shortest is best; the same with block moves
in place of those on the own machine."""


@lean
def critical_path(net: Net, plan: Plan, dice: Dice, makespan: int, path: Ints) -> int:
    """One critical path, from its start, with ties broken by chance; gives its length."""
    count, length, seen = len(plan.mode), 0, 0
    number = np.int64(-1)
    for at in range(len(net.sinks)):
        other = net.sinks[at]
        if plan.head[other] + plan.work[other] == makespan:
            seen += 1
            if draw(dice, seen) == 0:
                number = other
    low = count
    while number >= 0:
        low -= 1
        path[low] = number
        before, head = plan.before[number], plan.head[number]
        by_machine = before >= 0 and plan.head[before] + plan.work[before] == head
        by_job = np.int64(-1)
        for at in range(net.ahead_at[number], net.ahead_at[number + 1]):
            earlier = net.ahead[at]
            if plan.head[earlier] + plan.work[earlier] + net.ahead_lag[at] == head:
                by_job = earlier
        number = before if by_machine and (by_job < 0 or draw(dice, 2) == 0) else by_job
        length += 1
    for at in range(length):
        path[at] = path[low + at]
    return length


@small
def _look(
    net: Net, plan: Plan, memory: Memory, dice: Dice, path: Ints, size: int, flexible: bool, state: Ints, choice: Ints
) -> None:
    """The best move of the path goes into `choice`; of a flexible shop, a share of the path is looked at."""
    for at in range(len(choice)):
        choice[at] = 0
    choice[VALUE], choice[MOVED], choice[SPARE_MOVED] = FAR, -1, -1
    low, step, best = 0, state[STEP], state[BEST]
    if flexible:
        floor = state[MAKESPAN] - 1 if state[WAY] == ANY else 0
        share = min(state[SHARE], max(1, 100 * LOOKS // size))
        for place in range(size):
            if draw(dice, 100) < share:
                machine_moves(net, plan, memory, dice, path[place], step, best, floor, state[WAY] != BLOCKS, choice)
        if state[WAY] != BLOCKS:
            return
    for place in range(size):
        if place + 1 == size or plan.after[path[place]] != path[place + 1]:
            if place > low:
                block_moves(net, plan, memory, dice, path, low, place, step, best, choice)
            low = place + 1


@lean
def _make(net: Net, plan: Plan, memory: Memory, choice: Ints, until: int, back_until: int) -> bool:
    """Make the chosen move and remember what may not come back; one that closes a circle is forbidden instead."""
    number, mode, behind = choice[MOVED], choice[MODE], choice[BEHIND]
    same = plan.machine[number] == net.mode_machine[mode]
    forward = behind >= 0 and plan.place[behind] > plan.place[number]
    first = plan.after[behind] if behind >= 0 else plan.first[plan.machine[number]]
    end = behind if forward else first
    if same:
        note_pairs(plan, memory, until, number, end, forward)
    else:
        memory.back[plan.mode[number]] = back_until
    return insert(net, plan, number, mode, behind)


@lean
def tabu(
    net: Net,
    plan: Plan,
    memory: Memory,
    best: Plan,
    dice: Dice,
    path: Ints,
    choice: Ints,
    state: Ints,
    steps: int,
    patience: int,
    tenure: int,
    flexible: bool,
) -> int:
    """So many steps, fewer when the best stays the same for `patience` steps. Gives the steps made."""
    made = 0
    while made < steps:
        if state[MAKESPAN] < state[BEST]:
            state[BEST], state[FOUND_AT] = state[MAKESPAN], state[STEP]
            copy_plan(plan, best)
        if state[BEST] <= state[BOUND] or state[STEP] - state[FOUND_AT] > patience:
            break
        made += 1
        state[STEP] += 1
        size = critical_path(net, plan, dice, state[MAKESPAN], path)
        _look(net, plan, memory, dice, path, size, flexible, state, choice)
        if choice[MOVED] < 0:
            if choice[SPARE_MOVED] < 0:
                if flexible:
                    continue
                break
            choice[MOVED], choice[MODE], choice[BEHIND] = choice[SPARE_MOVED], choice[SPARE_MODE], choice[SPARE_BEHIND]
        until = state[STEP] + tenure + draw(dice, 1 + tenure // 2)
        back_until = state[STEP] + tenure + draw(dice, 1 + tenure)
        _make(net, plan, memory, choice, until, back_until)
        state[MAKESPAN] = makespan_of(net, plan)
    return made
