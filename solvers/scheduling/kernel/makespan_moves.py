"""Moves inside the blocks of a critical path, and which of them are forbidden for a while, compiled.

A block is a stretch of the path on one machine. An operation goes behind the last or before the first of its block
(N6: Balas and Vazacopoulos 1998), or the last or first goes somewhere inside (N7: Zhang et al. 2007). A move is judged
by the longest path through what it moves, which takes a few steps.
Called by: `tabu`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.scheduling.kernel.arrays import Ints
from solvers.scheduling.kernel.makespan_graph import Dice, Net, Plan, draw, free_of, ready_of, rest_of, small

FAR = np.int64(2**60)
PAIRS = 2**16
VALUE, TIES, MOVED, MODE, BEHIND = 0, 1, 2, 3, 4
SPARE_TIES, SPARE_MOVED, SPARE_MODE, SPARE_BEHIND = 5, 6, 7, 8


class Memory(NamedTuple):
    """What may not be done until which step. pair: one operation before another again, by a hash of both, so that its

    size does not grow with the problem; back: an operation on a machine again, by mode.
    """

    pair: Ints
    back: Ints


def empty_memory(net: Net) -> Memory:
    """Nothing is forbidden yet."""
    return Memory(np.zeros(PAIRS, np.int64), np.zeros(len(net.mode_machine), np.int64))


@small
def _slot(count: int, earlier: int, later: int) -> int:
    """Where the pair is kept; each pair has its own slot up to 256 operations."""
    key = earlier * count + later
    return (key ^ (key >> 16)) & (PAIRS - 1)


@small
def pair_forbidden(plan: Plan, memory: Memory, step: int, moved: int, end: int, forward: bool) -> bool:
    """Whether the move past all until `end` brings back an order that was left not long ago."""
    count, number = len(plan.mode), moved
    while number != end:
        number = plan.after[number] if forward else plan.before[number]
        slot = _slot(count, number, moved) if forward else _slot(count, moved, number)
        if memory.pair[slot] > step:
            return True
    return False


@small
def note_pairs(plan: Plan, memory: Memory, until: int, moved: int, end: int, forward: bool) -> None:
    """The order that is left now may not come back before step `until`."""
    count, number = len(plan.mode), moved
    while number != end:
        number = plan.after[number] if forward else plan.before[number]
        memory.pair[_slot(count, moved, number) if forward else _slot(count, number, moved)] = until


@small
def consider(choice: Ints, dice: Dice, value: int, forbidden: bool, moved: int, mode: int, behind: int) -> None:
    """Keep the move if it is the best so far, ties by chance; of what is forbidden keep any as a spare."""
    if forbidden:
        choice[SPARE_TIES] += 1
        if draw(dice, choice[SPARE_TIES]) == 0:
            choice[SPARE_MOVED], choice[SPARE_MODE], choice[SPARE_BEHIND] = moved, mode, behind
        return
    if value > choice[VALUE]:
        return
    if value < choice[VALUE]:
        choice[VALUE], choice[TIES] = value, 0
    choice[TIES] += 1
    if draw(dice, choice[TIES]) == 0:
        choice[MOVED], choice[MODE], choice[BEHIND] = moved, mode, behind


@small
def _forward(net: Net, plan: Plan, moved: int, last: int) -> int:
    """Longest path through what moves when `moved` goes right behind `last` on its machine."""
    free = free_of(net, plan, plan.machine[moved], plan.before[moved])
    number = plan.after[moved]
    while True:
        head = max(ready_of(net, plan, number), free)
        plan.heap[number] = head
        free = head + plan.work[number]
        if number == last:
            break
        number = plan.after[number]
    head = max(ready_of(net, plan, moved), free)
    after = plan.after[last]
    tail = rest_of(net, plan, moved)
    if after >= 0:
        tail = max(tail, plan.work[after] + plan.tail[after])
    longest = head + plan.work[moved] + tail
    tail += plan.work[moved]
    number = last
    while number != moved:
        tail = max(rest_of(net, plan, number), tail)
        longest = max(longest, plan.heap[number] + plan.work[number] + tail)
        tail += plan.work[number]
        number = plan.before[number]
    return longest


@small
def _backward(net: Net, plan: Plan, moved: int, first: int) -> int:
    """Longest path through what moves when `moved` goes right before `first` on its machine."""
    moved_head = max(ready_of(net, plan, moved), free_of(net, plan, plan.machine[first], plan.before[first]))
    free = moved_head + plan.work[moved]
    number = first
    while number != moved:
        head = max(ready_of(net, plan, number), free)
        plan.heap[number] = head
        free = head + plan.work[number]
        number = plan.after[number]
    after = plan.after[moved]
    tail = plan.work[after] + plan.tail[after] if after >= 0 else np.int64(0)
    longest = np.int64(0)
    number = plan.before[moved]
    while True:
        tail = max(rest_of(net, plan, number), tail)
        longest = max(longest, plan.heap[number] + plan.work[number] + tail)
        tail += plan.work[number]
        if number == first:
            break
        number = plan.before[number]
    tail = max(rest_of(net, plan, moved), tail)
    return max(longest, moved_head + plan.work[moved] + tail)


@small
def _can_follow(net: Net, plan: Plan, moved: int, last: int) -> bool:
    """No way leads from a job successor of `moved` to `last`, as far as heads and tails can tell."""
    for at in range(net.behind_at[moved], net.behind_at[moved + 1]):
        later = net.behind[at]
        led = plan.head[later] + plan.work[later] <= plan.head[last]
        if later == last or (led and plan.tail[later] >= plan.work[last] + plan.tail[last]):
            return False
    return True


@small
def _can_lead(net: Net, plan: Plan, moved: int, first: int) -> bool:
    """No way leads from `first` to a job predecessor of `moved`, as far as heads and tails can tell."""
    for at in range(net.ahead_at[moved], net.ahead_at[moved + 1]):
        earlier = net.ahead[at]
        led = plan.head[first] + plan.work[first] <= plan.head[earlier]
        if earlier == first or (led and plan.tail[first] >= plan.work[earlier] + plan.tail[earlier]):
            return False
    return True


@small
def _go_behind(
    net: Net, plan: Plan, memory: Memory, dice: Dice, moved: int, last: int, step: int, best: int, choice: Ints
) -> None:
    if _can_follow(net, plan, moved, last):
        value = _forward(net, plan, moved, last)
        forbidden = value >= best and pair_forbidden(plan, memory, step, moved, last, True)
        consider(choice, dice, value, forbidden, moved, plan.mode[moved], last)


@small
def _go_before(
    net: Net, plan: Plan, memory: Memory, dice: Dice, moved: int, first: int, step: int, best: int, choice: Ints
) -> None:
    if _can_lead(net, plan, moved, first):
        value = _backward(net, plan, moved, first)
        forbidden = value >= best and pair_forbidden(plan, memory, step, moved, first, False)
        consider(choice, dice, value, forbidden, moved, plan.mode[moved], plan.before[first])


@small
def block_moves(
    net: Net,
    plan: Plan,
    memory: Memory,
    dice: Dice,
    path: Ints,
    low: int,
    high: int,
    step: int,
    best: int,
    choice: Ints,
) -> None:
    """Moves inside path[low..high], operations that follow each other on one machine."""
    first, last = path[low], path[high]
    for at in range(2 * (high - low)):
        # All but the last go behind the last; the first goes behind all between.
        place = low + at // 2
        if at % 2 == 0 or place > low:
            moved, end = (path[place], last) if at % 2 == 0 else (first, path[place])
            _go_behind(net, plan, memory, dice, moved, end, step, best, choice)
    for at in range(1, 2 * (high - low)):
        # All but the first go before the first; the last goes before all between. A swap of two is known already.
        place = low + 1 + at // 2
        if high > low + 1 and (at % 2 == 0 or place < high):
            moved, end = (path[place], first) if at % 2 == 0 else (last, path[place])
            _go_before(net, plan, memory, dice, moved, end, step, best, choice)
