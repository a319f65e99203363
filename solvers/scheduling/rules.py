"""In which order to build: priority rules, each good for another kind of event.

Promises: pure orders, no building; the same shop gives the same orders.
May not: judge.
Called by: `repair`.
"""

from __future__ import annotations

from collections.abc import Iterator

from solvers.scheduling.build import Orders
from solvers.scheduling.shop import Operation, Shop, ordered

_FAR_S = 2**50


def latest_start_s(shop: Shop, op: Operation) -> int:
    """When it must start for its job to be in time, without contention."""
    job = shop.problem.jobs[op.job]
    limits = [moment_s for moment_s in (job.due_s, job.deadline_s) if moment_s is not None]
    return min(limits, default=_FAR_S) - op.tail_s - min(way.work_s for way in op.ways)


def published_first(shop: Shop) -> Orders:
    """The order in force; new tasks into the gaps, the most urgent first."""
    return Orders(
        [
            (0, op.published[1], op.number) if op.published else (1, latest_start_s(shop, op), op.number)
            for op in shop.operations
        ]
    )


def kept_sequences(shop: Shop) -> Orders:
    """The order in force and the machines too; a new task wherever it costs least, behind all others."""
    machines = [
        op.published[0] if op.published and op.way_on(op.published[0]) is not None else -1 for op in shop.operations
    ]
    return Orders(published_first(shop).keys, machines=machines)


def chain_machines(shop: Shop) -> None:
    """Make the published sequences precedence: each waits for the one before it on its machine.

    Not what wishes for a place of its own, what runs in batches or what is locked elsewhere; nor where a published
    sequence and the order of a job contradict each other, because the plan in force was never possible.
    """
    last: dict[int, Operation] = {}
    rank = {number: place for place, number in enumerate(shop.order)}
    for op in sorted(shop.operations, key=lambda op: (op.published or (0, 0), op.number)):
        if op.published is None or op.started or op.pinned or op.way_on(op.published[0]) is None:
            continue
        machine = op.published[0]
        earlier = last.get(machine)
        if earlier is not None and not op.wish and not shop.machines[machine].batch_capacity:
            op.before.append((earlier.number, 0))
            earlier.behind.append((op.number, 0))
        last[machine] = op
    if len(ordered(shop.operations)) < len(rank):
        for op in shop.operations:
            op.before[:] = [after for after in op.before if rank[after[0]] < rank[op.number]]
            op.behind[:] = [after for after in op.behind if rank[after[0]] > rank[op.number]]


def possible_starts_s(shop: Shop) -> list[int]:
    """When each could start where it is published, as far as facts and chains go; never before its published start."""
    operations, now_s = shop.operations, shop.problem.now_s
    starts, ends = [0] * len(operations), [0] * len(operations)
    for number in shop.order:
        op = operations[number]
        if op.started:
            _, starts[number], ends[number] = op.started
            continue
        ready_s = max([now_s, op.release_s, *(ends[earlier] + lag_s for earlier, lag_s in op.before)])
        if op.pinned and op.wish:
            ready_s = max(ready_s, op.wish[1])
        way = None
        if op.published:
            ready_s, way = max(ready_s, op.published[1]), op.way_on(op.published[0])
        way = way or min(op.ways, key=lambda way: way.work_s)
        calendar = shop.calendar(way.machine, op.overtime)
        starts[number], ends[number] = calendar.fit(ready_s, way.work_s, op.task.interruptible)
    return starts


def after_event(shop: Shop, latest_s: list[int]) -> Iterator[Orders]:
    """What to do about an event, the rules that win most often first.

    By latest start: the urgent come first and everything else stays where it is. By published start with leave to
    advance, by possible start, or in between for what the event touches; what has time yields to what has not.
    """
    operations, possible_s = shop.operations, possible_starts_s(shop)
    numbers = range(len(operations))
    started_s = [op.published[1] if op.published else op.head_s for op in operations]
    touched = [possible_s[n] != started_s[n] or operations[n].published is None for n in numbers]
    slack_s = [min(latest_s[n] - possible_s[n], 10**9) for n in numbers]
    yield Orders([(latest_s[n], n) for n in numbers])
    yield Orders([(started_s[n], n) for n in numbers], may_advance=True)
    yield Orders([(possible_s[n] + max(0, slack_s[n]) // 2 * touched[n], n) for n in numbers])
    yield Orders([(possible_s[n], n) for n in numbers])
    yield Orders([(touched[n] and slack_s[n] > 0, possible_s[n] + min(0, slack_s[n]) * touched[n], n) for n in numbers])
    yield Orders([(latest_s[n], n) for n in numbers], may_advance=True)


def fresh(shop: Shop, latest_s: list[int]) -> Iterator[Orders]:
    """Nothing is published: latest start, latest start by weight (two ways), most work remaining, chain order."""
    jobs, operations, now_s = shop.problem.jobs, shop.operations, shop.problem.now_s
    least_s = [min(way.work_s for way in op.ways) for op in operations]
    yield Orders([(latest_s[op.number], op.number) for op in operations])
    yield Orders([(-op.tail_s - least_s[op.number], op.number) for op in operations])
    yield Orders([(op.head_s, -op.tail_s, op.number) for op in operations])
    if len({job.weight for job in jobs}) > 1:
        weights = [max(1, jobs[op.job].weight) for op in operations]
        yield Orders([(now_s + (late_s - now_s) // weights[n], n) for n, late_s in enumerate(latest_s)])
        yield Orders([(-jobs[op.job].weight, latest_s[op.number], op.number) for op in operations])
