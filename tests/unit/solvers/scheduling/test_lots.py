"""Lots: what a split makes of a task, of what waits for it, and of wishes; and when a split is worth it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.scheduling.check import check
from solvers.scheduling.lots import split, splittable
from solvers.scheduling.problem import (
    After,
    CostStep,
    Job,
    Locked,
    Machine,
    Mode,
    Pinned,
    Published,
    SchedulingProblem,
    Started,
    Task,
)
from solvers.scheduling.repair import repair
from tests.unit.solvers.scheduling.random_problems import random_problems

A = Task("A", (Mode("M", 110, 10, fixed_s=10), Mode("N", 210, 7, fixed_s=10)), quantity=10, max_lots=10, size=10)
B = Task("B", (Mode("N", 101),), quantity=10, max_lots=4)
C = Task("C", (Mode("M", 5),), (After("A", 3), After("B")))
BASE = SchedulingProblem(0, (Machine("M"), Machine("N")), (Job("J", (A, B)), Job("K", (C,))))


def _tasks(problem: SchedulingProblem) -> dict[str, Task]:
    return {task.task_id: task for _, task in problem.tasks()}


def _waits(problem: SchedulingProblem) -> dict[str, list[tuple[str, int]]]:
    return {
        task.task_id: [(after.task_id, after.lag_s) for after in problem.predecessors(job, position)]
        for job in problem.jobs
        for position, task in enumerate(job.tasks)
    }


def test_each_lot_takes_the_fixed_time_and_its_share_of_the_rest() -> None:
    tasks = _tasks(split(BASE, {"A": 3}))
    assert [tasks[f"A/{n}"].quantity for n in (1, 2, 3)] == [4, 3, 3]
    assert [tasks[f"A/{n}"].modes[0].duration_s for n in (1, 2, 3)] == [50, 40, 40]
    assert [tasks[f"A/{n}"].size for n in (1, 2, 3)] == [4, 3, 3]
    assert all(task.max_lots == 1 for key, task in tasks.items() if key.startswith("A/"))


def test_seconds_that_do_not_divide_are_rounded_up() -> None:
    tasks = _tasks(split(BASE, {"B": 2}))
    assert [tasks[f"B/{n}"].modes[0].duration_s for n in (1, 2)] == [51, 51]


def test_a_successor_waits_for_all_lots_with_its_lag() -> None:
    waits = _waits(split(BASE, {"A": 2}))
    assert waits["B"] == [("A/1", 0), ("A/2", 0)]
    assert waits["C"] == [("A/1", 3), ("A/2", 3), ("B", 0)]
    assert waits["A/1"] == waits["A/2"] == []


def test_lots_of_equal_number_flow_on_one_by_one() -> None:
    waits = _waits(split(BASE, {"A": 2, "B": 2}))
    assert waits["B/1"] == [("A/1", 0)]
    assert waits["B/2"] == [("A/2", 0)]
    assert waits["C"] == [("A/1", 3), ("A/2", 3), ("B/1", 0), ("B/2", 0)]


def test_lots_of_other_number_wait_for_all() -> None:
    waits = _waits(split(BASE, {"A": 2, "B": 3}))
    assert all(waits[f"B/{n}"] == [("A/1", 0), ("A/2", 0)] for n in (1, 2, 3))


def test_lot_1_stands_where_the_task_was_published() -> None:
    problem = replace(BASE, published=(Published("A", "M", 40), Published("B", "N", 150)))
    assert split(problem, {"A": 2}).published == (Published("A/1", "M", 40), Published("B", "N", 150))


def test_lot_1_keeps_a_pin_and_the_others_its_machine() -> None:
    pinned = replace(A, state=Pinned("M", 40))
    tasks = _tasks(split(replace(BASE, jobs=(Job("J", (pinned, B, C)),)), {"A": 3}))
    assert [tasks[f"A/{n}"].state for n in (1, 2, 3)] == [Pinned("M", 40), Locked("M"), Locked("M")]


def test_one_lot_is_no_split() -> None:
    assert split(BASE, {"A": 1}) is BASE


@pytest.mark.parametrize(
    ("lots", "rule"),
    [({"X": 2}, "a task of the problem"), ({"A": 11}, "1..10"), ({"A": 0}, "1..10"), ({"C": 2}, "1..1")],
)
def test_what_cannot_be_split_is_refused(lots: dict[str, int], rule: str) -> None:
    with pytest.raises(InvalidProblem, match=rule):
        split(BASE, lots)


def test_a_started_task_is_not_split() -> None:
    started = replace(A, state=Started("M", 0, 50))
    with pytest.raises(InvalidProblem, match="started"):
        split(replace(BASE, jobs=(Job("J", (started, B, C)),)), {"A": 2})


@given(st.integers(1, 10**6), st.integers(2, 50), st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_pieces_and_money_add_up_and_no_work_is_lost(
    quantity: int, lots: int, duration_s: int, fixed_s: int, cents: int
) -> None:
    lots, fixed_s = min(lots, quantity), min(fixed_s, duration_s)
    mode = Mode("M", duration_s, cents, fixed_s=fixed_s)
    task = Task("A", (mode,), quantity=quantity, max_lots=lots, start_cost=(CostStep(5, cents),))
    problem = split(SchedulingProblem(0, (Machine("M"),), (Job("J", (task,)),)), {"A": lots})
    made = [each for _, each in problem.tasks()]
    assert len(made) == lots
    assert sum(each.quantity for each in made) == quantity
    assert sum(each.modes[0].cost_cents for each in made) == cents
    assert lots == 1 or sum(each.start_cost[0].cost_cents for each in made) == cents
    variable_s = sum(each.modes[0].duration_s - fixed_s for each in made)
    assert duration_s - fixed_s <= variable_s <= duration_s - fixed_s + lots


@settings(max_examples=50)
@given(random_problems(), st.integers(2, 4))
def test_any_problem_in_lots_is_a_problem_with_a_schedule(problem: SchedulingProblem, most: int) -> None:
    lots = {task.task_id: min(most, task.max_lots) for _, task in problem.tasks() if splittable(task)}
    changed = split(problem, lots)
    assert sum(1 for _ in changed.tasks()) == sum(lots.get(task.task_id, 1) for _, task in problem.tasks())
    assert check(changed, repair(changed)).ok


def _line(due_s: int) -> SchedulingProblem:
    """Two stations; each works 100 s on 10 pieces."""
    tasks = tuple(Task(key, (Mode(m, 100),), quantity=10, max_lots=10) for key, m in (("A", "M"), ("B", "N")))
    return SchedulingProblem(0, (Machine("M"), Machine("N")), (Job("J", tasks, due_s=due_s),))


def test_lots_that_stream_through_a_line_end_sooner() -> None:
    changed = split(_line(130), {"A": 10, "B": 10})
    report = check(changed, repair(changed))
    assert report.ok
    assert report.figures.makespan_s == 110


def test_parallel_machines_share_a_task_that_is_split() -> None:
    task = Task("A", (Mode("M", 110, fixed_s=10), Mode("N", 110, fixed_s=10)), quantity=10, max_lots=2)
    problem = SchedulingProblem(0, (Machine("M"), Machine("N")), (Job("J", (task,), due_s=50),))
    changed = split(problem, {"A": 2})
    found = repair(changed)
    assert {place.machine_id for place in found.assignments} == {"M", "N"}
    assert check(changed, found).figures.makespan_s == 60
