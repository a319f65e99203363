"""Rules of a machine: one task or one batch at a time, with the setups between them, and batches that go together.

Promises: every breach, with its size in seconds or in shares of the capacity.
May not: look at more than one machine at a time.
Called by: `check`; `alike` also by the judge of waivers.
"""

from __future__ import annotations

from collections.abc import Iterable

from solvers.scheduling.check_case import Case, Run, Violation, broken
from solvers.scheduling.problem import Task


def lines(case: Case) -> Iterable[Violation]:
    """All machines."""
    for machine_id, line in case.runs.items():
        busy_s = -1
        for run in line:
            if run[0].start_s < busy_s:
                yield broken("overlap", run[0], busy_s - run[0].start_s)
            busy_s = max(busy_s, run[0].end_s)
            if len(run) > 1:
                busy_s = max(busy_s, *(member.end_s for member in run))
                yield from _batch(case, machine_id, run)
    for earlier, run, need_s, _ in case.changeovers():
        first = run[0]
        free_s = case.machines[first.machine_id].ready_s if earlier is None else max(a.end_s for a in earlier)
        gap_s = first.start_s - free_s
        if 0 <= gap_s < need_s:
            yield broken("setup_short", first, need_s - gap_s)


def alike(first: Task, other: Task) -> bool:
    """May these share a batch, as far as their names go?"""
    return bool(first.batch) and first.batch == other.batch and first.family == other.family


def _batch(case: Case, machine_id: str, run: Run) -> Iterable[Violation]:
    """Tasks that start together on a machine that runs batches: one kind, one end, one set of units, no more than
    go in. What has started together is a fact, whatever it is made of."""
    first = run[0]
    end_s = max(member.end_s for member in run)
    for member in run:
        if member.end_s != end_s:
            yield broken("batch_apart", member, end_s - member.end_s)
    if first.task_id in case.started:
        return
    task = case.tasks[first.task_id]
    for member in run[1:]:
        if not alike(task, case.tasks[member.task_id]):
            yield broken("batch_mixed", member, 1, f"another batch or family than {first.task_id}")
        elif sorted(member.held) != sorted(first.held) or member.overtime != first.overtime:
            yield broken("batch_mixed", member, 1, f"other units or hours than {first.task_id}")
    size = sum(case.tasks[member.task_id].size for member in run)
    capacity = case.machines[machine_id].batch_capacity
    if size > capacity:
        yield broken("batch_over_capacity", first, size - capacity, f"{size} of {capacity} in one batch")
