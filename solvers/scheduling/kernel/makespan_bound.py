"""A makespan no schedule of a plain shop can beat, from heads, tails and the work each machine must do.

Called by: `makespan`.
"""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

from solvers.scheduling.kernel.arrays import Facts

Floats = npt.NDArray[np.float64]


def sorted_with_precedence(facts: Facts, keys: Floats) -> list[int]:
    """All operations by key, each after all it waits for."""
    waits = facts.waits.tolist()
    heap = [(float(keys[number]), number) for number, count in enumerate(waits) if not count]
    heapq.heapify(heap)
    order = []
    while heap:
        _, number = heapq.heappop(heap)
        order.append(number)
        for at in range(int(facts.behind_at[number]), int(facts.behind_at[number + 1])):
            later = int(facts.behind[at])
            waits[later] -= 1
            if not waits[later]:
                heapq.heappush(heap, (float(keys[later]), later))
    return order


def lower_bound(facts: Facts) -> int:
    """No schedule ends earlier: the longest job, and for each machine its sure work between least head and tail."""
    count = len(facts.release)
    work = np.minimum.reduceat(facts.mode_work, facts.mode_at[:-1])
    order = sorted_with_precedence(facts, np.zeros(count))
    head, tail = facts.release.copy(), np.zeros(count, dtype=np.int64)
    for number in order:
        for at in range(int(facts.behind_at[number]), int(facts.behind_at[number + 1])):
            later = int(facts.behind[at])
            head[later] = max(head[later], head[number] + work[number] + facts.behind_lag[at])
    for number in reversed(order):
        for at in range(int(facts.behind_at[number]), int(facts.behind_at[number + 1])):
            later = int(facts.behind[at])
            tail[number] = max(tail[number], facts.behind_lag[at] + work[later] + tail[later])
    bound = int((head + work + tail).max(initial=0))
    single = np.diff(facts.mode_at) == 1
    machine = facts.mode_machine[facts.mode_at[:-1]]
    for number in range(len(facts.machine_ready)):
        there = single & (machine == number)
        if there.any():
            start = max(int(head[there].min()), int(facts.machine_ready[number]))
            bound = max(bound, start + int(work[there].sum()) + int(tail[there].min()))
    return max(bound, -(-int(work.sum()) // max(1, len(facts.machine_ready))))
