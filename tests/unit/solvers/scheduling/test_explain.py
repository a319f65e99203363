"""Lateness: each cause is named where it is the cause, and the chain ends at the one to act on."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings

from solvers.scheduling.calendar import Calendar, without
from solvers.scheduling.check import check
from solvers.scheduling.explain import Cause, Code, explain
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Job, Machine, Mode, Pinned, Published, SchedulingProblem, Started, Task
from solvers.scheduling.repair import repair
from tests.unit.solvers.scheduling.random_problems import random_problems

JOB = Job("J", (Task("A", (Mode("M", 100),)), Task("B", (Mode("M", 100),))), due_s=250)
BASE = SchedulingProblem(50, (Machine("M"),), (JOB,))


def _root(problem: SchedulingProblem) -> tuple[Code, str]:
    (late,) = [entry for entry in explain(problem, repair(problem)) if entry.job_id == "J"]
    return late.root.code, late.root.task_id


def test_a_job_in_time_needs_no_reason() -> None:
    assert explain(BASE, repair(BASE)) == ()


BUSY = Job("X", (Task("X", (Mode("M", 100),)),), due_s=60, weight=50)


@pytest.mark.parametrize(
    ("problem", "root"),
    [
        (replace(BASE, jobs=(replace(JOB, release_s=120),)), (Code.MATERIAL_LATE, "A")),
        (replace(BASE, machines=(Machine("M", downtime=((50, 170),)),)), (Code.MACHINE_DOWN, "A")),
        (replace(BASE, machines=(Machine("M", unavailable=((150, 190),)),)), (Code.OFF_SHIFT, "B")),
        (replace(BASE, machines=(Machine("M", ready_s=90),)), (Code.MACHINE_NOT_READY, "A")),
        (replace(BASE, jobs=(JOB, BUSY)), (Code.MACHINE_BUSY, "A")),
        (replace(BASE, now_s=60), (Code.NOT_ENOUGH_TIME, "A")),
        (replace(BASE, published=(Published("A", "M", 80), Published("B", "M", 180))), (Code.KEPT_IN_PLACE, "A")),
    ],
)
def test_the_root_cause_is_named(problem: SchedulingProblem, root: tuple[Code, str]) -> None:
    assert _root(problem) == root


def test_a_pin_is_named() -> None:
    tasks = (replace(JOB.tasks[0], state=Pinned("M", 99)), JOB.tasks[1])
    assert _root(replace(BASE, jobs=(replace(JOB, tasks=tasks),))) == (Code.PINNED, "A")


def test_a_breakdown_under_a_started_task_is_the_root_of_what_follows() -> None:
    tasks = (replace(JOB.tasks[0], state=Started("M", 10, 60)), JOB.tasks[1])
    problem = replace(BASE, machines=(Machine("M", downtime=((50, 150),)),), jobs=(replace(JOB, tasks=tasks),))
    (late,) = explain(problem, repair(problem))
    assert (late.root.code, late.root.task_id) == (Code.MACHINE_DOWN, "A")
    assert [cause.code for cause in late.chain] == [Code.WAITS_FOR_TASK, Code.MACHINE_DOWN, Code.RUNNING]
    assert late.text == "J is 60 s late: A stands still while M is down"


@settings(max_examples=50)
@given(random_problems())
def test_every_late_job_gets_a_chain(problem: SchedulingProblem) -> None:
    schedule = repair(problem)
    told = explain(problem, schedule)
    places = schedule.by_task()
    ends = {job.job_id: max((places[task.task_id].end_s for task in job.tasks), default=0) for job in problem.jobs}
    limits = {job.job_id: [at for at in (job.due_s, job.deadline_s) if at is not None] for job in problem.jobs}
    assert {entry.job_id for entry in told} == {key for key, at in limits.items() if at and ends[key] > min(at)}
    assert all(entry.chain and entry.root in entry.chain for entry in told)


def _on_machine(cause: Cause) -> bool:
    """A wish for a machine, not for a start."""
    return cause.code in (Code.LOCKED, Code.PINNED) and "could end it" in cause.text


def _held_back(cause: Cause, start_s: int) -> bool:
    """Told of the start of a task, not of what happens inside it, and not a wish for a machine."""
    return not _on_machine(cause) and cause.from_s < start_s and cause.code is not Code.RUNNING


@settings(max_examples=50)
@given(random_problems())
def test_the_links_of_a_task_meet_and_reach_to_its_start(problem: SchedulingProblem) -> None:
    schedule = repair(problem)
    places = schedule.by_task()
    for late in explain(problem, schedule):
        for task_id, group in groupby(late.chain, key=lambda cause: cause.task_id):
            start_s = places[task_id].start_s
            links = [cause for cause in group if _held_back(cause, start_s)]
            reach_s = [start_s, *(cause.from_s for cause in links)]
            assert [cause.to_s for cause in links] == reach_s[: len(links)]


_KEPT = {Code.PINNED, Code.FENCED, Code.CHEAPER_START, Code.KEPT_IN_PLACE}
_WISHES = {"pin_moved", "fence_moved", "waiver_unfounded"}


def _broken_if_started_at(problem: SchedulingProblem, schedule: Schedule, task_id: str, start_s: int) -> set[str]:
    """Kinds of rules that break when this task or its batch starts then, with the same people and tools."""
    tasks = {task.task_id: task for _, task in problem.tasks()}
    place = schedule.by_task()[task_id]
    machine = next(machine for machine in problem.machines if machine.machine_id == place.machine_id)
    batch = {task_id}
    if machine.batch_capacity and tasks[task_id].batch:
        spot = (place.machine_id, place.start_s, place.end_s)
        batch = {a.task_id for a in schedule.assignments if (a.machine_id, a.start_s, a.end_s) == spot}
    modes = [mode for each in batch for mode in tasks[each].modes if mode.machine_id == place.machine_id]
    work_s = max(mode.duration_s for mode in modes)
    shifts = without(machine.unavailable, machine.overtime) if place.overtime else machine.unavailable
    calendar, end_s = Calendar(machine.downtime, shifts), start_s + work_s
    if all(tasks[each].interruptible for each in batch):
        end_s = calendar.finish(start_s, work_s)
    places = tuple(
        replace(each, start_s=start_s, end_s=end_s) if each.task_id in batch else each for each in schedule.assignments
    )
    return {violation.kind for violation in check(problem, replace(schedule, assignments=places)).violations}


@given(random_problems())
def test_a_task_that_is_held_back_cannot_start_sooner_and_one_that_is_kept_can(problem: SchedulingProblem) -> None:
    schedule = repair(problem)
    places = schedule.by_task()
    for late in explain(problem, schedule):
        for task_id, group in groupby(late.chain, key=lambda cause: cause.task_id):
            links, start_s = list(group), places[task_id].start_s
            kept = [
                cause for cause in links if cause.code in _KEPT and cause.to_s == start_s and not _on_machine(cause)
            ]
            if links[-1].code is Code.RUNNING:
                continue
            if not kept:
                assert _broken_if_started_at(problem, schedule, task_id, start_s - 1) - _WISHES
            elif not places[task_id].held:
                assert not _broken_if_started_at(problem, schedule, task_id, kept[0].from_s) - _WISHES
