"""Lateness: each cause is named where it is the cause, and the chain ends at the one to act on."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given

from solvers.scheduling.check import figures
from solvers.scheduling.explain import Cause, Code, explain
from solvers.scheduling.problem import Job, Machine, Mode, Pinned, Published, SchedulingProblem, Started, Task
from solvers.scheduling.repair import repair
from tests.unit.solvers.scheduling.cases import problems

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


@given(problems())
def test_every_late_job_gets_a_chain(problem: SchedulingProblem) -> None:
    schedule = repair(problem)
    told = explain(problem, schedule)
    assert len(told) == figures(problem, schedule).late_jobs
    assert all(entry.chain and entry.root in entry.chain for entry in told)


def _held_back(cause: Cause, start_s: int) -> bool:
    """Told of the start of a task, not of what happens inside it, and not a wish for a machine."""
    on_machine = cause.code in (Code.LOCKED, Code.PINNED) and "could end it" in cause.text
    return not on_machine and cause.from_s < start_s and cause.code is not Code.RUNNING


@given(problems())
def test_the_links_of_a_task_meet_and_reach_to_its_start(problem: SchedulingProblem) -> None:
    schedule = repair(problem)
    places = schedule.by_task()
    for late in explain(problem, schedule):
        for task_id, group in groupby(late.chain, key=lambda cause: cause.task_id):
            start_s = places[task_id].start_s
            links = [cause for cause in group if _held_back(cause, start_s)]
            reach_s = [start_s, *(cause.from_s for cause in links)]
            assert [cause.to_s for cause in links] == reach_s[: len(links)]
