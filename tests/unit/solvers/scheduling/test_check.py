"""The checker: each rule is broken once, by a known size, and is found; a good schedule passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from solvers.scheduling.check import check, figures
from solvers.scheduling.plan import Assignment, Schedule, Waiver
from solvers.scheduling.problem import (
    Job,
    Machine,
    Mode,
    Pinned,
    Published,
    SchedulingProblem,
    Setup,
    Started,
    Task,
)
from solvers.scheduling.repair import repair

MACHINES = (
    Machine("M1", downtime=((300, 400),), unavailable=((900, 1_000),), ready_s=110, fence_s=200),
    Machine("M2", setups=(Setup("a", "b", 30),), family="a"),
)
JOBS = (
    Job("J1", (Task("A", (Mode("M1", 50, 7),)), Task("B", (Mode("M2", 40, 3),), family="a")), 120, 250, 2),
    Job("J2", (Task("C", (Mode("M2", 60),), family="b"), Task("R", (Mode("M1", 30),), state=Started("M1", 90, 5)))),
    Job("J3", (Task("P", (Mode("M2", 10),), (), "b", Pinned("M2", 500)),)),
)
PROBLEM = SchedulingProblem(100, MACHINES, JOBS, (Published("A", "M1", 130), Published("C", "M2", 240)))
GOOD = Schedule(
    (
        Assignment("A", "M1", 130, 180),
        Assignment("B", "M2", 180, 220),
        Assignment("C", "M2", 250, 310),
        Assignment("R", "M1", 90, 105),
        Assignment("P", "M2", 500, 510),
    )
)


def moved(task_id: str, **changes: Any) -> Schedule:
    return Schedule(tuple(replace(a, **changes) if a.task_id == task_id else a for a in GOOD.assignments))


def test_a_good_schedule_passes_with_its_figures() -> None:
    report = check(PROBLEM, GOOD)
    assert report.ok, report.violations
    told = report.figures
    assert (told.tardiness_s, told.makespan_s, told.setup_s, told.cost_cents) == (0, 410, 30, 10)
    assert (told.moved, told.shifted_s, told.reassigned) == (1, 10, 0)
    assert told.change_points == 2_000 * 199 // 100  # C was to start 140 s from now
    assert told.objective == 410 + 10 * 30 + 100 * 10 + 3_980


@pytest.mark.parametrize(
    ("kind", "schedule", "size"),
    [
        ("missing_task", Schedule(GOOD.assignments[:-1]), 1),
        ("duplicate_task", Schedule((*GOOD.assignments, GOOD.assignments[0])), 1),
        ("unknown_task", Schedule((*GOOD.assignments, Assignment("X", "M1", 600, 650))), 1),
        ("wrong_machine", moved("P", machine_id="M1"), 1),
        ("wrong_end", moved("C", end_s=320), 10),
        ("overlap", moved("C", start_s=210, end_s=270), 10),
        ("setup_short", moved("C", start_s=240, end_s=300), 10),
        ("blocked_time", moved("A", start_s=280, end_s=330), 30),
        ("before_predecessor", moved("B", start_s=170, end_s=210), 10),
        ("before_release", moved("A", start_s=112, end_s=162), 8),
        ("before_ready", moved("A", start_s=107, end_s=157), 3),
        ("before_now", moved("C", start_s=95, end_s=155), 5),
        ("started_moved", moved("R", start_s=91), 1),
        ("wrong_end", moved("R", end_s=110), 5),
        ("pin_moved", moved("P", start_s=520, end_s=530), 20),
        ("fence_moved", moved("A", start_s=420, end_s=470), 290),
        ("waiver_unfounded", Schedule(GOOD.assignments, (Waiver("A", "fence", "M1", 130, "because"),)), 1),
    ],
)
def test_each_broken_rule_is_found_with_its_size(kind: str, schedule: Schedule, size: int) -> None:
    assert (kind, size) in [(v.kind, v.size) for v in check(PROBLEM, schedule).violations]


def test_a_waiver_is_believed_only_where_a_fact_forbids_the_place() -> None:
    away = moved("P", start_s=520, end_s=530)
    told = Schedule(away.assignments, (Waiver("P", "pin", "M2", 500, "the machine is down"),))
    assert [v.kind for v in check(PROBLEM, told).violations] == ["waiver_unfounded"]
    down = replace(PROBLEM, machines=(MACHINES[0], replace(MACHINES[1], downtime=((495, 515),))))
    assert check(down, told).ok


def test_an_empty_problem_has_an_empty_schedule() -> None:
    empty = SchedulingProblem(0, (), ())
    assert check(empty, repair(empty)).ok
    assert figures(empty, repair(empty)).objective == 0
