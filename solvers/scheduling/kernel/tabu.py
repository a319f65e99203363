"""Tabu search for the makespan of plain job shops, flexible or not, compiled.

A move takes an operation of a critical path and puts it elsewhere: behind the last or before the first of its block
(N6: Balas and Vazacopoulos 1998; N7: Zhang et al. 2007), or, where it has other machines, anywhere between what must
come before and behind it on each of them (Mastrolilli and Gambardella 2000). Moves are judged by the longest path
through what they move, which costs a few steps instead of a timing of all.
Plain means: no setups, no blocked time, nothing fixed, makespan the only price. Called by: `search`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from solvers.scheduling.kernel.arrays import Facts, Ints
from solvers.scheduling.kernel.timing import Walk, copy_walk, jit, link, unlink

FAR = np.int64(2**60)


class Graph(NamedTuple):
    """Heads and tails of a solution. head: earliest start; tail: longest way from the end to the end of all.

    ready, rest: the same by job neighbours alone; latest_before: latest start of a job predecessor; first_behind:
    earliest end of a job successor. order: operations, each after all it waits for. ahead*: job predecessors (CSR).
    """

    head: Ints
    tail: Ints
    work: Ints
    ready: Ints
    rest: Ints
    latest_before: Ints
    first_behind: Ints
    order: Ints
    left: Ints
    ahead_at: Ints
    ahead: Ints
    ahead_lag: Ints


class Memory(NamedTuple):
    """What may not be done until when. pair[a, b]: a before b again; place[operation, machine]: back there."""

    pair: Ints
    place: Ints


def empty_graph(facts: Facts) -> Graph:
    """Room for heads and tails, and the job predecessors."""
    count = len(facts.release)
    ahead: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for number in range(count):
        for at in range(int(facts.behind_at[number]), int(facts.behind_at[number + 1])):
            ahead[int(facts.behind[at])].append((number, int(facts.behind_lag[at])))
    flat = [pair for one in ahead for pair in one]
    heads = np.concatenate(([0], np.cumsum([len(one) for one in ahead]))).astype(np.int64)
    head, tail, work, ready, rest, latest, first, order, left = (np.zeros(count, np.int64) for _ in range(9))
    earlier = np.array([number for number, _ in flat], dtype=np.int64)
    lags = np.array([lag for _, lag in flat], dtype=np.int64)
    return Graph(head, tail, work, ready, rest, latest, first, order, left, heads, earlier, lags)


def empty_memory(facts: Facts) -> Memory:
    """Nothing is forbidden yet."""
    count, machines = len(facts.release), len(facts.machine_ready)
    return Memory(np.zeros((count, count), dtype=np.int64), np.zeros((count, machines), dtype=np.int64))


@jit
def measure(facts: Facts, walk: Walk, graph: Graph) -> int:
    """Heads and tails of all; gives the makespan, -1 for a solution that runs in a circle."""
    count = len(walk.mode)
    top, done = 0, 0
    for number in range(count):
        graph.left[number] = facts.waits[number] + (walk.before[number] >= 0)
        graph.ready[number] = facts.release[number]
        graph.work[number] = facts.mode_work[walk.mode[number]]
        graph.latest_before[number] = -1
        if graph.left[number] == 0:
            graph.order[top] = number
            top += 1
    makespan = np.int64(0)
    while done < top:
        number = graph.order[done]
        done += 1
        before = walk.before[number]
        head = graph.ready[number]
        free = graph.head[before] + graph.work[before] if before >= 0 else facts.machine_ready[walk.machine[number]]
        head = max(head, free)
        graph.head[number] = head
        end = head + graph.work[number]
        makespan = max(makespan, end)
        after = walk.after[number]
        if after >= 0:
            graph.left[after] -= 1
            if graph.left[after] == 0:
                graph.order[top] = after
                top += 1
        for at in range(facts.behind_at[number], facts.behind_at[number + 1]):
            later = facts.behind[at]
            graph.ready[later] = max(graph.ready[later], end + facts.behind_lag[at])
            graph.latest_before[later] = max(graph.latest_before[later], head)
            graph.left[later] -= 1
            if graph.left[later] == 0:
                graph.order[top] = later
                top += 1
    if done < count:
        return -1
    for position in range(count - 1, -1, -1):
        number = graph.order[position]
        rest, first = np.int64(0), FAR
        for at in range(facts.behind_at[number], facts.behind_at[number + 1]):
            later = facts.behind[at]
            rest = max(rest, facts.behind_lag[at] + graph.work[later] + graph.tail[later])
            first = min(first, graph.head[later] + graph.work[later])
        graph.rest[number] = rest
        graph.first_behind[number] = first
        after = walk.after[number]
        graph.tail[number] = max(rest, graph.work[after] + graph.tail[after]) if after >= 0 else rest
    return int(makespan)


@jit
def critical_path(facts: Facts, walk: Walk, graph: Graph, makespan: int, path: Ints) -> int:
    """One critical path, from its start, with ties broken by chance; gives its length."""
    count, length, seen = len(walk.mode), 0, 0
    number = -1
    for other in range(count):
        if graph.head[other] + graph.work[other] == makespan:
            seen += 1
            if np.random.randint(seen) == 0:
                number = other
    while number >= 0:
        path[length] = number
        length += 1
        before = walk.before[number]
        by_machine = before >= 0 and graph.head[before] + graph.work[before] == graph.head[number]
        by_job = -1
        for at in range(graph.ahead_at[number], graph.ahead_at[number + 1]):
            earlier = graph.ahead[at]
            if graph.head[earlier] + graph.work[earlier] + graph.ahead_lag[at] == graph.head[number]:
                by_job = earlier
        if by_machine and (by_job < 0 or np.random.randint(2) == 0):
            number = before
        else:
            number = by_job
    for place in range(length // 2):
        path[place], path[length - 1 - place] = path[length - 1 - place], path[place]
    return length


@jit
def _forward(walk: Walk, graph: Graph, moved: int, last: int) -> int:
    """Longest path through what moves when `moved` goes right behind `last` on its machine."""
    before = walk.before[moved]
    free = graph.head[before] + graph.work[before] if before >= 0 else np.int64(0)
    number = walk.after[moved]
    while True:
        head = max(graph.ready[number], free)
        graph.left[number] = head
        free = head + graph.work[number]
        if number == last:
            break
        number = walk.after[number]
    graph.left[moved] = max(graph.ready[moved], free)
    after = walk.after[last]
    tail = graph.rest[moved]
    if after >= 0:
        tail = max(tail, graph.work[after] + graph.tail[after])
    longest = graph.left[moved] + graph.work[moved] + tail
    tail += graph.work[moved]
    number = last
    while number != moved:
        tail = max(graph.rest[number], tail)
        longest = max(longest, graph.left[number] + graph.work[number] + tail)
        tail += graph.work[number]
        number = walk.before[number]
    return longest


@jit
def _backward(walk: Walk, graph: Graph, moved: int, first: int) -> int:
    """Longest path through what moves when `moved` goes right before `first` on its machine."""
    before = walk.before[first]
    head = graph.ready[moved]
    if before >= 0:
        head = max(head, graph.head[before] + graph.work[before])
    graph.left[moved] = head
    free = head + graph.work[moved]
    number = first
    while number != moved:
        head = max(graph.ready[number], free)
        graph.left[number] = head
        free = head + graph.work[number]
        number = walk.after[number]
    after = walk.after[moved]
    tail = graph.work[after] + graph.tail[after] if after >= 0 else np.int64(0)
    longest = np.int64(0)
    number = walk.before[moved]
    while True:
        tail = max(graph.rest[number], tail)
        longest = max(longest, graph.left[number] + graph.work[number] + tail)
        tail += graph.work[number]
        if number == first:
            break
        number = walk.before[number]
    tail = max(graph.rest[moved], tail)
    return max(longest, graph.left[moved] + graph.work[moved] + tail)


@jit
def _waits_for(facts: Facts, later: int, earlier: int) -> bool:
    """Whether `later` is a job successor of `earlier`."""
    found = False
    for at in range(facts.behind_at[earlier], facts.behind_at[earlier + 1]):
        found = found or facts.behind[at] == later
    return found


@jit
def _can_follow(facts: Facts, graph: Graph, moved: int, last: int) -> bool:
    """No way leads from a job successor of `moved` to `last`, which is none itself."""
    apart = graph.head[last] < graph.first_behind[moved] or graph.rest[moved] < graph.work[last] + graph.tail[last]
    return apart and not _waits_for(facts, last, moved)


@jit
def _can_lead(facts: Facts, graph: Graph, moved: int, first: int) -> bool:
    """No way leads from `first` to a job predecessor of `moved`, and it is none itself."""
    return graph.head[first] + graph.work[first] > graph.latest_before[moved] and not _waits_for(facts, moved, first)


@jit
def _pair_forbidden(walk: Walk, memory: Memory, step: int, moved: int, end: int, forward: bool) -> bool:
    """Whether the move brings back an order that was left not long ago."""
    number = moved
    while number != end:
        number = walk.after[number] if forward else walk.before[number]
        until = memory.pair[number, moved] if forward else memory.pair[moved, number]
        if until > step:
            return True
    return False


@jit
def _note_pairs(walk: Walk, memory: Memory, until: int, moved: int, end: int, forward: bool) -> None:
    number = moved
    while number != end:
        number = walk.after[number] if forward else walk.before[number]
        if forward:
            memory.pair[moved, number] = until
        else:
            memory.pair[number, moved] = until


@jit
def _consider(choice: Ints, value: int, forbidden: bool, best: int, kind: int, a: int, b: int, c: int) -> None:
    """Keep the move if it is the best so far; ties by chance. choice: value, ties, kind, a, b, c and a spare move."""
    choice[12] += 1
    if choice[12] == 1 or np.random.random() * choice[12] < 1.0:
        choice[8], choice[9], choice[10], choice[11] = kind, a, b, c
    if forbidden and value >= best:
        return
    if value < choice[0]:
        choice[0], choice[1] = value, 1
    elif value == choice[0]:
        choice[1] += 1
        if np.random.random() * choice[1] >= 1.0:
            return
    else:
        return
    choice[2], choice[3], choice[4], choice[5] = kind, a, b, c


@jit
def _block_moves(
    facts: Facts,
    walk: Walk,
    graph: Graph,
    memory: Memory,
    path: Ints,
    low: int,
    high: int,
    step: int,
    best: int,
    choice: Ints,
) -> None:
    """Moves inside path[low..high], operations that follow each other on one machine."""
    first, last = path[low], path[high]
    for place in range(low, high):
        number = path[place]
        if _can_follow(facts, graph, number, last):
            forbidden = _pair_forbidden(walk, memory, step, number, last, True)
            _consider(choice, _forward(walk, graph, number, last), forbidden, best, 0, number, last, 0)
        if place > low and _can_follow(facts, graph, first, number):
            forbidden = _pair_forbidden(walk, memory, step, first, number, True)
            _consider(choice, _forward(walk, graph, first, number), forbidden, best, 0, first, number, 0)
    for place in range(low + 1, high + 1):
        number = path[place]
        if _can_lead(facts, graph, number, first):
            forbidden = _pair_forbidden(walk, memory, step, number, first, False)
            _consider(choice, _backward(walk, graph, number, first), forbidden, best, 1, number, first, 0)
        if place < high and _can_lead(facts, graph, last, number):
            forbidden = _pair_forbidden(walk, memory, step, last, number, False)
            _consider(choice, _backward(walk, graph, last, number), forbidden, best, 1, last, number, 0)


@jit
def _machine_moves(
    facts: Facts, walk: Walk, graph: Graph, memory: Memory, number: int, step: int, best: int, choice: Ints
) -> None:
    """Every place on every other machine that cannot close a circle."""
    here = walk.machine[number]
    for mode in range(facts.mode_at[number], facts.mode_at[number + 1]):
        machine = facts.mode_machine[mode]
        if machine == here:
            continue
        work = facts.mode_work[mode]
        forbidden = memory.place[number, machine] > step
        before, after = np.int64(-1), walk.first[machine]
        # Behind whom it could stand without starting later is the first place worth a look.
        while after >= 0 and graph.head[after] + graph.work[after] <= graph.ready[number]:
            before, after = after, walk.after[after]
        while True:
            if after < 0 or _can_lead(facts, graph, number, after):
                head, tail = graph.ready[number], graph.rest[number]
                if before >= 0:
                    head = max(head, graph.head[before] + graph.work[before])
                else:
                    head = max(head, facts.machine_ready[machine])
                if after >= 0:
                    tail = max(tail, graph.work[after] + graph.tail[after])
                _consider(choice, head + work + tail, forbidden, best, 2, number, mode, before)
            # Further back its tail gets no shorter.
            if after < 0 or graph.work[after] + graph.tail[after] <= graph.rest[number]:
                break
            if not _can_follow(facts, graph, number, after):
                break
            before, after = after, walk.after[after]


@jit
def tabu(
    facts: Facts, walk: Walk, graph: Graph, memory: Memory, best: Walk, state: Ints, steps: int, patience: int
) -> int:
    """So many steps, fewer when the best stays the same for `patience` steps. Gives the steps made.

    state: step counter, makespan of the best, step at which it was found, a bound at which to stop.
    """
    count = len(walk.mode)
    path = np.empty(count, dtype=np.int64)
    choice = np.zeros(13, dtype=np.int64)
    flexible = len(facts.mode_work) > count
    machines = len(facts.machine_ready)
    length = 10 + count // max(1, machines) // max(1, machines)
    made = 0
    while made < steps:
        makespan = measure(facts, walk, graph)
        if makespan < state[1]:
            state[1], state[2] = makespan, state[0]
            copy_walk(walk, best)
            if makespan <= state[3]:
                break
        if state[0] - state[2] > patience:
            break
        made += 1
        state[0] += 1
        step = state[0]
        size = critical_path(facts, walk, graph, makespan, path)
        choice[:] = 0
        choice[0], choice[2], choice[8] = FAR, -1, -1
        low = 0
        for place in range(size):
            joined = place + 1 < size and walk.after[path[place]] == path[place + 1]
            if not joined:
                if place > low:
                    _block_moves(facts, walk, graph, memory, path, low, place, step, state[1], choice)
                low = place + 1
            if flexible:
                _machine_moves(facts, walk, graph, memory, path[place], step, state[1], choice)
        if choice[2] < 0:
            if choice[8] < 0:
                break
            choice[2], choice[3], choice[4], choice[5] = choice[8], choice[9], choice[10], choice[11]
        until = step + length + np.random.randint(1 + length // 2)
        _apply(facts, walk, memory, choice, until, step + size // 2 + np.random.randint(5))
    return made


@jit
def _apply(facts: Facts, walk: Walk, memory: Memory, choice: Ints, until: int, place_until: int) -> None:
    """Make the chosen move and remember what may not come back."""
    kind, number, other = choice[2], choice[3], choice[4]
    machine, mode = walk.machine[number], walk.mode[number]
    if kind == 0:
        _note_pairs(walk, memory, until, number, other, True)
        unlink(walk, number)
        link(walk, number, machine, mode, other)
    elif kind == 1:
        _note_pairs(walk, memory, until, number, other, False)
        before = walk.before[other]
        unlink(walk, number)
        link(walk, number, machine, mode, before)
    else:
        memory.place[number, machine] = place_until
        unlink(walk, number)
        link(walk, number, facts.mode_machine[other], other, choice[5])
