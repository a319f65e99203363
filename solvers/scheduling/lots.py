"""Lot splitting: one task as several smaller ones that run side by side, or flow on lot by lot.

A successor waits for all lots; where it is split into as many, its lot k waits for lot k alone (lot streaming:
Trietsch & Baker 1993, "Basic techniques for lot streaming").
Promises: quantities and costs of the lots add up to those of the task.
May not: split what has started, or decide what is split: `remedies` proposes it, people decide.
Called by: `remedies`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from solvers.errors import InvalidProblem, require
from solvers.scheduling.check import check
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import (
    After,
    CostStep,
    Job,
    Locked,
    Mode,
    Pinned,
    Published,
    SchedulingProblem,
    Started,
    Task,
)
from solvers.scheduling.repair import repair


def lot_ids(task_id: str, lots: int) -> tuple[str, ...]:
    """The names of its lots."""
    return tuple(f"{task_id}/{number}" for number in range(1, lots + 1))


def split(problem: SchedulingProblem, lots: Mapping[str, int]) -> SchedulingProblem:
    """The problem with these tasks in so many lots (1: as it is).

    Every lot takes the fixed time of the mode and its share of the rest, rounded up. The published entry, and with it
    a fence, goes to lot 1: it is what starts where the whole task was to start. So does a pin; the other lots are
    locked to its machine. Batch, family, release and needs are those of the task.
    Raises InvalidProblem: unknown task, more lots than `max_lots`, a task that has started.
    """
    tasks = {task.task_id: task for _, task in problem.tasks()}
    for task_id, count in lots.items():
        if task_id not in tasks:
            raise InvalidProblem("lots", task_id, "a task of the problem")
        task = tasks[task_id]
        require(1 <= count <= task.max_lots, f"lots[{task_id}]", count, f"1..{task.max_lots}")
        started = isinstance(task.state, Started)
        require(count == 1 or not started, f"lots[{task_id}]", count, "1, a started task is not split")
    lots = {task_id: count for task_id, count in lots.items() if count > 1}
    if not lots:
        return problem
    jobs = tuple(_split_job(problem, job, lots) for job in problem.jobs)
    return replace(problem, jobs=jobs, published=tuple(_published(problem, lots)))


def _published(problem: SchedulingProblem, lots: Mapping[str, int]) -> Iterator[Published]:
    for entry in problem.published:
        yield replace(entry, task_id=lot_ids(entry.task_id, 1)[0]) if entry.task_id in lots else entry


def _split_job(problem: SchedulingProblem, job: Job, lots: Mapping[str, int]) -> Job:
    waits = [problem.predecessors(job, position) for position in range(len(job.tasks))]
    named = {task.task_id for task in job.tasks} | {after.task_id for group in waits for after in group}
    if named.isdisjoint(lots):
        return job
    tasks: list[Task] = []
    for task, group in zip(job.tasks, waits, strict=True):
        count = lots.get(task.task_id, 1)
        if count > 1:
            tasks += [_lot(task, number, count, _after(group, lots, number, count)) for number in range(count)]
        else:
            tasks.append(replace(task, after=_after(group, lots, 0, 1)))
    return replace(job, tasks=tuple(tasks))


def _after(waits: tuple[After, ...], lots: Mapping[str, int], number: int, count: int) -> tuple[After, ...]:
    """What lot `number` of `count` waits for."""
    found: list[After] = []
    for after in waits:
        parts = lot_ids(after.task_id, lots[after.task_id]) if after.task_id in lots else (after.task_id,)
        if count > 1 and len(parts) == count:
            parts = (parts[number],)
        found += [After(part, after.lag_s) for part in parts]
    return tuple(found)


def _lot(task: Task, number: int, count: int, after: tuple[After, ...]) -> Task:
    first, last = _share(task.quantity, number, count)
    quantity, state = last - first, task.state
    if isinstance(state, Pinned) and number:
        state = Locked(state.machine_id)
    shared: dict[str, Any] = {
        "modes": tuple(_lot_mode(mode, first, last, task.quantity) for mode in task.modes),
        "start_cost": tuple(
            CostStep(step.from_s, _part(step.cost_cents, first, last, task.quantity)) for step in task.start_cost
        ),
        "size": max(1, -(-task.size * quantity // task.quantity)),
    }
    name = lot_ids(task.task_id, count)[number]
    return replace(task, task_id=name, after=after, state=state, quantity=quantity, max_lots=1, **shared)


def _share(quantity: int, number: int, count: int) -> tuple[int, int]:
    """The pieces [first, last) of this lot; the lots differ by one piece at most."""
    each, more = divmod(quantity, count)
    first = number * each + min(number, more)
    return first, first + each + (number < more)


def _part(amount: int, first: int, last: int, quantity: int) -> int:
    """The pieces' part of an amount; the parts add up to it."""
    return amount * last // quantity - amount * first // quantity


def _lot_mode(mode: Mode, first: int, last: int, quantity: int) -> Mode:
    variable_s = -(-(mode.duration_s - mode.fixed_s) * (last - first) // quantity)
    cost_cents = _part(mode.cost_cents, first, last, quantity)
    return replace(mode, duration_s=max(1, mode.fixed_s + variable_s), cost_cents=cost_cents)


def replan(problem: SchedulingProblem, near: Schedule, anew: Collection[str] = ()) -> tuple[Schedule, int] | None:
    """The cheapest checked repair of the plan in force and of the schedule `near` this problem; None: none passes.

    Tasks that `near` does not know are new to it; of a split task lot 1 stands where the task stood. `anew`: tasks
    that are also tried as new ones, which repair may put in front of all.
    """
    ids = {task.task_id for _, task in problem.tasks()}
    entries: list[Published] = []
    for place in near.assignments:
        name = place.task_id if place.task_id in ids else lot_ids(place.task_id, 1)[0]
        if name in ids:
            entries.append(Published(name, place.machine_id, place.start_s, place.overtime))
    starts = [problem, replace(problem, published=tuple(entries))]
    if anew:
        starts.append(replace(problem, published=tuple(entry for entry in entries if entry.task_id not in anew)))
    best: tuple[Schedule, int] | None = None
    for schedule in map(repair, starts):
        report = check(problem, schedule)
        if report.ok and (best is None or report.figures.objective < best[1]):
            best = schedule, report.figures.objective
    return best


def splittable(task: Task) -> bool:
    """Whether it may be split at all."""
    return task.max_lots > 1 and not isinstance(task.state, Started)


def lot_counts(max_lots: int) -> list[int]:
    """Numbers of lots worth a trial: few, then as many as may be."""
    return sorted({min(count, max_lots) for count in (2, 3, max_lots)})


def streams(problem: SchedulingProblem) -> dict[str, tuple[str, ...]]:
    """Each task that can be split, with the unbroken run of such tasks of its job around it."""
    runs: dict[str, tuple[str, ...]] = {}
    for job in problem.jobs:
        run: tuple[str, ...] = ()
        for task in job.tasks:
            run = (*run, task.task_id) if splittable(task) else ()
            runs.update(dict.fromkeys(run, run))
    return runs
