"""The graph of a plain shop: heads, tails and a topological order, all kept up to date from move to move, compiled.

A move costs what it changes: the order is mended between the old and the new place (as Pearce and Kelly 2006 do for
one new arc), which also tells whether the move would close a circle; heads are renewed from there on, tails back.
Promises: nothing is allocated here, every array is handed in.
Called by: `tabu`, `makespan_moves`, `flexible_moves`, `pool_paths`, `makespan`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from solvers.scheduling.kernel.arrays import Facts, Ints, csr_heads, int_array
from solvers.scheduling.kernel.timing import Walk

_UNCOUNTED: Any = {"cache": True, "nogil": True, "boundscheck": False, "_nrt": False}
lean: Any = numba.njit(**_UNCOUNTED)
"""Without reference counts: they would cost more than all else, for a count is touched for each array at each call."""
small: Any = numba.njit(**_UNCOUNTED, forceinline=True)
"""For a few lines called often: handing over all those arrays would take longer than the work."""
Dice = npt.NDArray[np.uint64]


class Net(NamedTuple):
    """What does not change. ahead, behind: job neighbours with their lags (CSR). sinks: what may end last."""

    release: Ints
    machine_ready: Ints
    mode_at: Ints
    mode_machine: Ints
    mode_work: Ints
    ahead_at: Ints
    ahead: Ints
    ahead_lag: Ints
    behind_at: Ints
    behind: Ints
    behind_lag: Ints
    sinks: Ints


class Plan(NamedTuple):
    """A solution. mode, machine, before, after, first: as in `Walk`. work: by mode. head: earliest start.

    tail: longest way from the end to the end of all. order, place: operations, each after all it waits for, and where
    each stands in it. mark, token, heap: room to work in. log: (operation, old head), (operation, old tail).
    """

    mode: Ints
    machine: Ints
    before: Ints
    after: Ints
    first: Ints
    work: Ints
    head: Ints
    tail: Ints
    order: Ints
    place: Ints
    mark: Ints
    token: Ints
    heap: Ints
    log: Ints


def net_of(facts: Facts) -> Net:
    """The part of the facts a plain shop needs, with job predecessors."""
    count = len(facts.release)
    ahead: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    at, behind, lags = facts.behind_at.tolist(), facts.behind.tolist(), facts.behind_lag.tolist()
    for number in range(count):
        for link in range(at[number], at[number + 1]):
            ahead[behind[link]].append((number, lags[link]))
    flat = [pair for one in ahead for pair in one]
    ends = (n for n in range(count) if min((lags[link] for link in range(at[n], at[n + 1])), default=-1) < 0)
    return Net(
        facts.release, facts.machine_ready, facts.mode_at, facts.mode_machine, facts.mode_work,
        csr_heads(ahead), int_array(number for number, _ in flat), int_array(lag for _, lag in flat),
        facts.behind_at, facts.behind, facts.behind_lag, int_array(ends),
    )  # fmt: skip


def empty_plan(count: int, machines: int) -> Plan:
    """Room for a solution."""
    rows = [np.zeros(count, np.int64) for _ in range(12)]
    mode, machine, before, after, work, head, tail, order, place, mark, heap, _ = rows
    first, token, log = np.full(machines, -1, np.int64), np.zeros(1, np.int64), np.zeros(4 * count, np.int64)
    return Plan(mode, machine, before, after, first, work, head, tail, order, place, mark, token, heap, log)


def take_walk(plan: Plan, walk: Walk) -> None:
    """The sequences of `walk`; `measure` makes the rest."""
    for target, source in zip(plan[:5], walk, strict=True):
        target[:] = source


@small
def draw(dice: Dice, sides: int) -> int:
    """A number below `sides` (xorshift, Marsaglia 2003)."""
    state = dice[0]
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    dice[0] = state
    return int((state >> np.uint64(33)) % np.uint64(sides))


@lean
def copy_plan(source: Plan, target: Plan) -> None:
    """The solution with its heads, tails and order."""
    for number in range(len(source.mode)):
        target.mode[number] = source.mode[number]
        target.machine[number] = source.machine[number]
        target.before[number] = source.before[number]
        target.after[number] = source.after[number]
        target.work[number] = source.work[number]
        target.head[number] = source.head[number]
        target.tail[number] = source.tail[number]
        target.order[number] = source.order[number]
        target.place[number] = source.place[number]
    for machine in range(len(source.first)):
        target.first[machine] = source.first[machine]


@small
def ready_of(net: Net, plan: Plan, number: int) -> int:
    """Earliest start by job predecessors and release."""
    ready = net.release[number]
    for at in range(net.ahead_at[number], net.ahead_at[number + 1]):
        earlier = net.ahead[at]
        ready = max(ready, plan.head[earlier] + plan.work[earlier] + net.ahead_lag[at])
    return ready


@small
def rest_of(net: Net, plan: Plan, number: int) -> int:
    """Longest way from its end to the end of all by job successors."""
    rest = np.int64(0)
    for at in range(net.behind_at[number], net.behind_at[number + 1]):
        later = net.behind[at]
        rest = max(rest, net.behind_lag[at] + plan.work[later] + plan.tail[later])
    return int(rest)


@small
def free_of(net: Net, plan: Plan, machine: int, before: int) -> int:
    """When the machine is free behind `before`."""
    return plan.head[before] + plan.work[before] if before >= 0 else net.machine_ready[machine]


@small
def makespan_of(net: Net, plan: Plan) -> int:
    """The end of all, by the heads."""
    makespan = np.int64(0)
    for at in range(len(net.sinks)):
        number = net.sinks[at]
        makespan = max(makespan, plan.head[number] + plan.work[number])
    return int(makespan)


@lean
def measure(net: Net, plan: Plan) -> int:
    """Order, heads and tails from the sequences alone; gives the makespan, -1 for a solution that runs in a circle."""
    count, top, done = len(plan.mode), 0, 0
    for number in range(count):
        plan.work[number] = net.mode_work[plan.mode[number]]
        plan.heap[number] = net.ahead_at[number + 1] - net.ahead_at[number] + (plan.before[number] >= 0)
        if plan.heap[number] == 0:
            plan.order[top] = number
            top += 1
    while done < top:
        number = plan.order[done]
        plan.place[number] = done
        done += 1
        free = free_of(net, plan, plan.machine[number], plan.before[number])
        plan.head[number] = max(ready_of(net, plan, number), free)
        after = plan.after[number]
        if after >= 0:
            plan.heap[after] -= 1
            if plan.heap[after] == 0:
                plan.order[top] = after
                top += 1
        for at in range(net.behind_at[number], net.behind_at[number + 1]):
            later = net.behind[at]
            plan.heap[later] -= 1
            if plan.heap[later] == 0:
                plan.order[top] = later
                top += 1
    if done < count:
        return -1
    for position in range(count - 1, -1, -1):
        number = plan.order[position]
        plan.tail[number] = _tail_of(net, plan, number)
    return makespan_of(net, plan)


@small
def _tail_of(net: Net, plan: Plan, number: int) -> int:
    after = plan.after[number]
    rest = rest_of(net, plan, number)
    return max(rest, plan.work[after] + plan.tail[after]) if after >= 0 else rest


@small
def renew_heads(net: Net, plan: Plan, moved: int, low: int, far: int) -> int:
    """Heads from place `low` on, as far as something changes, at least to `far`; gives how many are in the log."""
    logged, position, count = 0, low, len(plan.mode)
    while position <= far:
        number = plan.order[position]
        free = free_of(net, plan, plan.machine[number], plan.before[number])
        head = max(ready_of(net, plan, number), free)
        if head != plan.head[number] or number == moved:
            plan.log[logged], plan.log[count + logged] = number, plan.head[number]
            logged += 1
            plan.head[number] = head
            after = plan.after[number]
            if after >= 0:
                far = max(far, plan.place[after])
            for at in range(net.behind_at[number], net.behind_at[number + 1]):
                far = max(far, plan.place[net.behind[at]])
        position += 1
    return logged


@small
def renew_tails(net: Net, plan: Plan, moved: int, high: int, near: int) -> int:
    """Tails from place `high` back, as far as something changes, at least to `near`; gives how many are in the log."""
    logged, position, count = 0, high, len(plan.mode)
    while position >= near:
        number = plan.order[position]
        tail = _tail_of(net, plan, number)
        if tail != plan.tail[number] or number == moved:
            plan.log[2 * count + logged], plan.log[3 * count + logged] = number, plan.tail[number]
            logged += 1
            plan.tail[number] = tail
            before = plan.before[number]
            if before >= 0:
                near = min(near, plan.place[before])
            for at in range(net.ahead_at[number], net.ahead_at[number + 1]):
                near = min(near, plan.place[net.ahead[at]])
        position -= 1
    return logged


@small
def unhook(plan: Plan, number: int) -> None:
    """Take an operation off its machine; it remembers its neighbours."""
    before, after = plan.before[number], plan.after[number]
    if before >= 0:
        plan.after[before] = after
    else:
        plan.first[plan.machine[number]] = after
    if after >= 0:
        plan.before[after] = before


@small
def hook(net: Net, plan: Plan, number: int, mode: int, before: int) -> None:
    """Put an operation on the machine of the mode behind `before`; -1 puts it first."""
    machine = net.mode_machine[mode]
    after = plan.after[before] if before >= 0 else plan.first[machine]
    plan.machine[number], plan.mode[number], plan.work[number] = machine, mode, net.mode_work[mode]
    plan.before[number], plan.after[number] = before, after
    if before >= 0:
        plan.after[before] = number
    else:
        plan.first[machine] = number
    if after >= 0:
        plan.before[after] = number


@lean
def _mend_forward(net: Net, plan: Plan, number: int, until: int) -> bool:
    """`number`, and what must come behind it, go behind place `until`; False where what stands there must, too."""
    low = plan.place[number]
    plan.token[0] += 1
    token = plan.token[0]
    plan.mark[number] = token
    for position in range(low + 1, until + 1):
        other = plan.order[position]
        before = plan.before[other]
        marked = before >= 0 and plan.mark[before] == token
        for at in range(net.ahead_at[other], net.ahead_at[other + 1]):
            marked = marked or plan.mark[net.ahead[at]] == token
        if marked:
            plan.mark[other] = token
    if plan.mark[plan.order[until]] == token:
        return False
    kept, write = 0, low
    for position in range(low, until + 1):
        other = plan.order[position]
        if plan.mark[other] == token:
            plan.heap[kept] = other
            kept += 1
        else:
            plan.order[write], plan.place[other] = other, write
            write += 1
    for at in range(kept):
        plan.order[write], plan.place[plan.heap[at]] = plan.heap[at], write
        write += 1
    return True


@lean
def _mend_backward(net: Net, plan: Plan, number: int, until: int) -> bool:
    """`number`, and what must come before it, go before place `until`; False where what stands there must, too."""
    high = plan.place[number]
    plan.token[0] += 1
    token = plan.token[0]
    plan.mark[number] = token
    for position in range(high - 1, until - 1, -1):
        other = plan.order[position]
        after = plan.after[other]
        marked = after >= 0 and plan.mark[after] == token
        for at in range(net.behind_at[other], net.behind_at[other + 1]):
            marked = marked or plan.mark[net.behind[at]] == token
        if marked:
            plan.mark[other] = token
    if plan.mark[plan.order[until]] == token:
        return False
    kept, write = 0, high
    for position in range(high, until - 1, -1):
        other = plan.order[position]
        if plan.mark[other] == token:
            plan.heap[kept] = other
            kept += 1
        else:
            plan.order[write], plan.place[other] = other, write
            write -= 1
    for at in range(kept):
        plan.order[write], plan.place[plan.heap[at]] = plan.heap[at], write
        write -= 1
    return True


@lean
def mend(net: Net, plan: Plan, number: int) -> bool:
    """Makes the order fit the new place of an operation on its machine; False for one that closes a circle."""
    here, before, after = plan.place[number], plan.before[number], plan.after[number]
    if before >= 0 and plan.place[before] > here:
        return _mend_forward(net, plan, number, plan.place[before])
    if after >= 0 and plan.place[after] < here:
        return _mend_backward(net, plan, number, plan.place[after])
    return True


@lean
def insert(net: Net, plan: Plan, number: int, mode: int, behind: int) -> bool:
    """Moves an operation behind `behind` on the machine of the mode and renews all; False: a circle, nothing done."""
    old_mode, old = plan.mode[number], plan.place[number]
    old_before, old_after = plan.before[number], plan.after[number]
    unhook(plan, number)
    hook(net, plan, number, mode, behind)
    if not mend(net, plan, number):
        unhook(plan, number)
        hook(net, plan, number, old_mode, old_before)
        return False
    new, after = plan.place[number], plan.after[number]
    low, high = min(old, new), max(old, new)
    far, near = high, low
    if old_after >= 0:
        far = max(far, plan.place[old_after])
    if after >= 0:
        far = max(far, plan.place[after])
    if old_before >= 0:
        near = min(near, plan.place[old_before])
    if behind >= 0:
        near = min(near, plan.place[behind])
    renew_heads(net, plan, number, low, far)
    renew_tails(net, plan, number, high, near)
    return True
