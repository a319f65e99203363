"""Lateness on hand-made schedules: people, tools, setups, batches, overtime, locks, maintenance, deadlines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solvers.scheduling.check import check
from solvers.scheduling.explain import Cause, Code, LateJob, explain
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import (
    CostStep,
    Job,
    Locked,
    Machine,
    Mode,
    Need,
    Operator,
    Overtime,
    SchedulingProblem,
    Setup,
    Started,
    Task,
    Tool,
)

WELDER, MOULD = (Need("weld"),), (Need("mould"),)


def _problem(*jobs: Job, machines: tuple[Machine, ...] = (Machine("M"), Machine("N"))) -> SchedulingProblem:
    return SchedulingProblem(
        0,
        machines,
        jobs,
        operators=(Operator("ann", ("weld",)), Operator("bob", ("paint",))),
        tools=(Tool("t1", "mould"),),
    )


def _one(task: Task, due_s: int = 1) -> Job:
    return Job(task.task_id.lower(), (task,), due_s=due_s)


def _told(problem: SchedulingProblem, *places: Assignment, job_id: str = "a") -> LateJob:
    schedule = Schedule(places)
    report = check(problem, schedule)
    assert report.ok, report.violations
    (late,) = [entry for entry in explain(problem, schedule) if entry.job_id == job_id]
    return late


def _codes(late: LateJob) -> list[tuple[Code, str]]:
    return [(cause.code, cause.task_id) for cause in late.chain]


A_WELD = Task("A", (Mode("M", 10, operators=WELDER),))
B_WELD = Task("B", (Mode("N", 30, operators=WELDER),))


def test_a_busy_operator_is_named_and_the_chain_goes_on_with_what_keeps_him() -> None:
    late = _told(
        _problem(_one(A_WELD), _one(B_WELD)),
        Assignment("A", "M", 30, 40, held=("ann",)),
        Assignment("B", "N", 0, 30, held=("ann",)),
    )
    assert _codes(late) == [(Code.OPERATOR_BUSY, "A"), (Code.NOT_ENOUGH_TIME, "B")]
    assert late.root == Cause(
        Code.OPERATOR_BUSY, "A", "M", 0, 30, "B", "A waits for operator ann, who is busy with B", "ann"
    )


def test_an_operator_who_is_busy_is_no_cause_while_a_colleague_is_free() -> None:
    problem = _problem(_one(A_WELD), _one(B_WELD))
    problem = replace(problem, operators=(*problem.operators, Operator("cleo", ("weld",))))
    late = _told(problem, Assignment("A", "M", 30, 40, held=("ann",)), Assignment("B", "N", 0, 30, held=("ann",)))
    assert late.root.code is Code.KEPT_IN_PLACE
    assert (late.root.from_s, late.root.to_s) == (0, 30)


def test_of_two_operators_the_one_who_is_free_first_is_the_cause() -> None:
    problem = _problem(_one(A_WELD), _one(B_WELD))
    problem = replace(problem, operators=(Operator("ann", ("weld",)), Operator("cleo", ("weld",), ((0, 20),))))
    late = _told(problem, Assignment("A", "M", 20, 30, held=("cleo",)), Assignment("B", "N", 0, 30, held=("ann",)))
    assert (late.root.code, late.root.unit_id) == (Code.OPERATOR_ABSENT, "cleo")


def test_skills_are_matched_before_anyone_is_blamed() -> None:
    """ann can do both, cleo only weld: while cleo is away ann welds and nobody is left to paint."""
    both = Task("A", (Mode("M", 10, operators=(Need("weld"), Need("paint"))),))
    problem = _problem(_one(both))
    people = (Operator("ann", ("weld", "paint")), Operator("cleo", ("weld",), ((0, 25),)))
    late = _told(replace(problem, operators=people), Assignment("A", "M", 25, 35, held=("ann", "cleo")))
    assert (late.root.code, late.root.unit_id, late.root.to_s) == (Code.OPERATOR_ABSENT, "cleo", 25)


def test_an_absence_is_no_cause_while_the_machine_stands_still_anyway() -> None:
    task = replace(A_WELD, interruptible=True)
    problem = _problem(_one(task), machines=(Machine("M", unavailable=((5, 50),)), Machine("N")))
    problem = replace(problem, operators=(Operator("ann", ("weld",), ((5, 50),)),))
    late = _told(problem, Assignment("A", "M", 0, 55, held=("ann",)))
    assert _codes(late) == [(Code.OFF_SHIFT, "A"), (Code.NOT_ENOUGH_TIME, "A")]
    assert (late.root.from_s, late.root.to_s) == (5, 50)


def test_a_tool_is_busy_and_a_tool_is_away() -> None:
    tasks = [Task(key, (Mode(machine, 10, tools=MOULD),)) for key, machine in (("A", "M"), ("B", "N"))]
    problem = replace(_problem(*map(_one, tasks)), tools=(Tool("t1", "mould", ((0, 15),)),))
    late = _told(problem, Assignment("A", "M", 25, 35, held=("t1",)), Assignment("B", "N", 15, 25, held=("t1",)))
    assert _codes(late) == [(Code.TOOL_BUSY, "A"), (Code.TOOL_AWAY, "B"), (Code.NOT_ENOUGH_TIME, "B")]
    assert late.text == "a is 34 s late: B waits for tool t1, which is away"


def test_a_started_task_keeps_its_operator_and_ends_the_chain() -> None:
    running = replace(B_WELD, state=Started("N", 0, 30, held=("ann",)))
    late = _told(
        _problem(_one(A_WELD), _one(running)),
        Assignment("A", "M", 30, 40, held=("ann",)),
        Assignment("B", "N", 0, 30, held=("ann",)),
    )
    assert _codes(late) == [(Code.OPERATOR_BUSY, "A"), (Code.RUNNING, "B")]


def test_a_setup_is_a_link_of_its_own() -> None:
    machines = (Machine("M", setups=(Setup("x", "y", 20), Setup("", "x", 5))), Machine("N"))
    tasks = (Task("A", (Mode("M", 10),), family="y"), Task("B", (Mode("M", 10),), family="x"))
    late = _told(
        _problem(*map(_one, tasks), machines=machines), Assignment("A", "M", 35, 45), Assignment("B", "M", 5, 15)
    )
    assert _codes(late) == [(Code.SETUP, "A"), (Code.MACHINE_BUSY, "A"), (Code.SETUP, "B")]
    assert (late.chain[0].from_s, late.chain[0].to_s) == (15, 35)
    assert late.chain[0].text == "A waits for the setup of M from x to y"


def test_a_task_waits_for_the_last_of_its_batch() -> None:
    oven = Machine("M", batch_capacity=2)
    tasks = [Task(key, (Mode("M", 10),), batch="b", release_s=release_s) for key, release_s in (("A", 0), ("B", 40))]
    late = _told(
        _problem(*map(_one, tasks), machines=(oven,)), Assignment("A", "M", 40, 50), Assignment("B", "M", 40, 50)
    )
    assert _codes(late) == [(Code.BATCH, "A"), (Code.MATERIAL_LATE, "B")]
    assert late.chain[0].text == "A waits for its batch, which waits for B"


def test_the_batch_in_front_is_in_front_of_every_member() -> None:
    oven = Machine("M", batch_capacity=2)
    tasks = [Task(key, (Mode("M", 10),), batch="b") for key in "ABCD"]
    places = [Assignment(key, "M", start_s, start_s + 10) for key, start_s in zip("ABCD", (10, 10, 0, 0), strict=True)]
    late = _told(_problem(*map(_one, tasks), machines=(oven,)), *places)
    assert late.chain[0].code is Code.MACHINE_BUSY
    assert late.chain[0].other_id in {"C", "D"}


def test_bought_overtime_is_no_standstill() -> None:
    machine = Machine("M", unavailable=((0, 100),), overtime=(Overtime(20, 60, 500),))
    task = Task("A", (Mode("M", 50),), interruptible=True)
    late = _told(_problem(_one(task), machines=(machine,)), Assignment("A", "M", 20, 110, overtime=True))
    assert [(cause.code, cause.from_s, cause.to_s) for cause in late.chain[:2]] == [
        (Code.OFF_SHIFT, 60, 100),
        (Code.OFF_SHIFT, 0, 20),
    ]


TWO_WAYS = Task("A", (Mode("M", 10), Mode("N", 12)), state=Locked("M"))
BLOCKER = Task("B", (Mode("M", 30),))


def test_a_lock_is_a_cause_where_another_machine_would_end_it_sooner() -> None:
    late = _told(_problem(_one(TWO_WAYS), _one(BLOCKER)), Assignment("A", "M", 30, 40), Assignment("B", "M", 0, 30))
    assert (late.root.code, late.root.text) == (
        Code.LOCKED, "A is locked to M by a person; N could end it 28 s sooner",
    )  # fmt: skip


@pytest.mark.parametrize("busy_s", [28, 60])
def test_a_lock_is_no_cause_where_the_other_machine_is_busy_too(busy_s: int) -> None:
    other = Task("C", (Mode("N", busy_s),))
    problem = _problem(_one(TWO_WAYS), _one(BLOCKER), _one(other))
    late = _told(problem, Assignment("A", "M", 30, 40), Assignment("B", "M", 0, 30), Assignment("C", "N", 0, busy_s))
    assert late.root.code is Code.MACHINE_BUSY


SERVICE = Task("S", (Mode("M", 30),), start_cost=(CostStep(0, 10), CostStep(50, 5)))


def test_maintenance_in_front_is_called_maintenance() -> None:
    task = Task("A", (Mode("M", 10),))
    late = _told(_problem(_one(task), _one(SERVICE, 99)), Assignment("A", "M", 30, 40), Assignment("S", "M", 0, 30))
    assert late.text == "a is 39 s late: A waits for M, which is in maintenance (S)"


def test_a_cheaper_start_is_waited_for() -> None:
    late = _told(_problem(_one(SERVICE)), Assignment("S", "M", 50, 80), job_id="s")
    assert (late.root.code, late.root.from_s, late.root.to_s) == (Code.CHEAPER_START, 0, 50)


def test_materials_of_a_task_of_its_own() -> None:
    task = Task("A", (Mode("M", 10),), release_s=70)
    assert _told(_problem(_one(task)), Assignment("A", "M", 70, 80)).root.code is Code.MATERIAL_LATE


@pytest.mark.parametrize(("due_s", "late_s"), [(1, 9), (None, 4)])
def test_a_missed_deadline_is_told(due_s: int | None, late_s: int) -> None:
    job = Job("a", (Task("A", (Mode("M", 10),)),), due_s=due_s, deadline_s=6)
    late = _told(_problem(job), Assignment("A", "M", 0, 10))
    assert (late.late_s, late.past_deadline_s) == (late_s, 4)
    assert late.text.startswith(f"a is {late_s} s late and misses its deadline by 4 s: ")
