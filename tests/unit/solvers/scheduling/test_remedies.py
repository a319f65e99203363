"""Remedies: each kind is found where it helps, is verified, and says what it costs whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from solvers.budget import Budget
from solvers.scheduling.check import check
from solvers.scheduling.explain import explain
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import (
    Job,
    Locked,
    Machine,
    Mode,
    Need,
    Operator,
    Overtime,
    Pinned,
    SchedulingProblem,
    Task,
    Tool,
)
from solvers.scheduling.remedies import (
    Harm,
    Kind,
    MaterialOffer,
    Offer,
    OperatorOffer,
    OvertimeOffer,
    Remedy,
    ToolOffer,
    remedies,
)
from solvers.scheduling.repair import repair
from tests.unit.solvers.scheduling.random_problems import random_problems

FEW = Budget(seconds=60.0, iterations=200)
TWO = (Machine("M"), Machine("N"))


def _one(key: str, task: Task, due_s: int | None = None, weight: int = 1, release_s: int = 0) -> Job:
    return Job(key, (task,), release_s, due_s, weight)


def _found(
    problem: SchedulingProblem, schedule: Schedule | None = None, offers: Sequence[Offer] = (), budget: Budget = FEW
) -> dict[tuple[Kind, str], Remedy]:
    """By kind and what is changed."""
    schedule = schedule or repair(problem)
    report = check(problem, schedule)
    assert report.ok, report.violations
    return {
        (each.kind, each.task_id or each.machine_id or each.job_id): each
        for each in remedies(problem, schedule, budget, offers)
    }


def _queue(late_weight: int = 1, rival_due_s: int | None = 100) -> SchedulingProblem:
    """R is on the only machine first, and L behind it is late; N is slower."""
    rival = _one("r", Task("R", (Mode("M", 100),)), rival_due_s, 5)
    late = _one("l", Task("L", (Mode("M", 50), Mode("N", 120, 200))), 100, late_weight)
    return SchedulingProblem(0, TWO, (rival, late))


QUEUE = Schedule((Assignment("R", "M", 0, 100), Assignment("L", "M", 100, 150)))


def test_another_machine_helps_at_its_price() -> None:
    remedy = _found(_queue(), QUEUE)[Kind.MOVE, "L"]
    assert (remedy.machine_id, remedy.late_before_s, remedy.late_after_s) == ("N", 50, 20)
    assert remedy.seconds_gained == 30
    assert (remedy.cost_cents, remedy.harm) == (200, ())


def test_priority_helps_and_says_whom_it_harms() -> None:
    remedy = _found(_queue(), QUEUE)[Kind.PRIORITY, "l"]
    assert remedy.late_after_s == 0
    assert remedy.number >= 6
    assert remedy.harm == (Harm("r", 50),)
    # Priced with the weights as they are: 50 s of weight 5 lost, 50 s of weight 1 won.
    assert remedy.objective_after - remedy.objective_before == 100 * (50 * 5 - 50)


def test_no_weight_is_raised_above_what_can_be_given() -> None:
    found = remedies(_queue(late_weight=3), QUEUE, FEW, max_weight=5)
    assert all(each.number <= 5 for each in found if each.kind is Kind.PRIORITY)
    assert all(each.kind is not Kind.PRIORITY for each in remedies(_queue(late_weight=5), QUEUE, FEW, max_weight=5))


def test_a_job_without_a_due_date_is_not_harmed() -> None:
    problem = _queue(rival_due_s=None)
    assert all(remedy.harm == () for remedy in _found(problem, QUEUE).values())


def test_the_gain_of_a_better_plan_is_not_credited_to_a_remedy() -> None:
    """The schedule at hand is poor: nothing stands in the way of L, and re-planning alone brings it in time."""
    problem = SchedulingProblem(0, TWO, (_one("l", Task("L", (Mode("M", 50), Mode("N", 60))), 60),))
    ((key, remedy),) = _found(problem, Schedule((Assignment("L", "M", 40, 90),))).items()
    assert key[0] is Kind.REPLAN
    assert (remedy.late_before_s, remedy.late_after_s, remedy.harm) == (30, 0, ())


def test_lots_help_where_machines_stand_side_by_side() -> None:
    task = Task("L", (Mode("M", 100), Mode("N", 100)), quantity=10, max_lots=2)
    remedy = _found(SchedulingProblem(0, TWO, (_one("l", task, 60),)))[Kind.SPLIT, "L"]
    assert (remedy.number, remedy.late_before_s, remedy.late_after_s) == (2, 40, 0)


def test_lots_that_flow_through_a_line_are_split_together() -> None:
    tasks = tuple(Task(key, (Mode(m, 100),), quantity=10, max_lots=5) for key, m in (("A", "M"), ("B", "N")))
    problem = SchedulingProblem(0, TWO, (Job("l", tasks, due_s=130),))
    found = remedies(problem, repair(problem), FEW)
    assert {each.kind for each in found} == {Kind.STREAM}
    assert all(each.task_ids == ("A", "B") for each in found)
    assert {each.number: each.late_after_s for each in found} == {2: 20, 3: 10, 5: 0}


@pytest.mark.parametrize("task_id", ["L", ""])
def test_materials_that_come_sooner(task_id: str) -> None:
    at_s = 90 if task_id else 0
    task = Task("L", (Mode("M", 50),), release_s=at_s)
    problem = SchedulingProblem(0, TWO, (_one("l", task, 100, release_s=90 - at_s),))
    offers = (MaterialOffer("l", task_id, 60, 700), MaterialOffer("l", task_id, 95), MaterialOffer("x", "", 10))
    found = [*_found(problem, offers=offers).values()]
    assert [(each.kind, each.task_id, each.to_s) for each in found] == [(Kind.EXPEDITE, task_id, 60)]
    assert (found[0].late_before_s, found[0].late_after_s, found[0].cost_cents) == (40, 10, 700)


@pytest.mark.parametrize("state", [Pinned("M", 80), Locked("M")])
def test_a_wish_that_is_let_go(state: Pinned | Locked) -> None:
    rival = _one("r", Task("R", (Mode("M", 80),), state=Pinned("M", 0)), 80)
    late = _one("l", Task("L", (Mode("M", 50), Mode("N", 60)), state=state), 70)
    remedy = _found(SchedulingProblem(0, TWO, (rival, late)))[Kind.RELEASE, "L"]
    assert (remedy.late_before_s, remedy.late_after_s) == (60, 0)


def test_overtime_is_opened_where_the_chain_waits_for_the_shift() -> None:
    night = Machine("M", unavailable=((0, 500),))
    problem = SchedulingProblem(0, (night, Machine("N")), (_one("l", Task("L", (Mode("M", 50),)), 400),))
    windows = (Overtime(100, 200, 90), Overtime(300, 320, 10), Overtime(600, 700, 10))
    offers = [OvertimeOffer("M", window) for window in windows] + [OvertimeOffer("N", windows[0])]
    found = [*_found(problem, offers=offers).values()]
    assert [(each.kind, each.machine_id, each.from_s, each.to_s) for each in found] == [(Kind.OVERTIME, "M", 100, 200)]
    assert (found[0].late_before_s, found[0].late_after_s, found[0].cost_cents) == (150, 0, 90)


def test_overtime_that_costs_more_than_the_lateness_would_not_be_used_and_is_not_told() -> None:
    night = Machine("M", unavailable=((0, 500),))
    problem = SchedulingProblem(0, (night,), (_one("l", Task("L", (Mode("M", 50),)), 400),))
    assert _found(problem, offers=[OvertimeOffer("M", Overtime(100, 200, 900))]) == {}


def test_an_operator_comes_in_or_lends_a_skill() -> None:
    task = Task("L", (Mode("M", 50, operators=(Need("weld"),)),))
    people = (Operator("ann", ("weld",), ((0, 300),)), Operator("bob", ("paint",)))
    problem = SchedulingProblem(0, TWO, (_one("l", task, 100),), operators=people)
    offers = (
        OperatorOffer(Operator("ann", ("weld",), ((0, 80),)), 300),
        OperatorOffer(Operator("bob", ("paint", "weld")), 50),
        OperatorOffer(Operator("zoe", ("paint",)), 1),
    )
    found = remedies(problem, repair(problem), FEW, offers)
    told = [(each.kind, each.unit_id, each.late_before_s, each.late_after_s, each.cost_cents) for each in found]
    assert told == [(Kind.SKILL, "bob", 250, 0, 50), (Kind.OPERATOR, "ann", 250, 30, 300)]


def test_a_tool_is_borrowed() -> None:
    task = Task("L", (Mode("M", 50, tools=(Need("mould"),)),))
    problem = SchedulingProblem(0, TWO, (_one("l", task, 100),), tools=(Tool("t1", "mould", ((0, 300),)),))
    (remedy,) = remedies(problem, repair(problem), FEW, (ToolOffer(Tool("t2", "mould"), 20), ToolOffer(Tool("x", "y"))))
    assert (remedy.kind, remedy.unit_id, remedy.late_after_s, remedy.cost_cents) == (Kind.TOOL, "t2", 0, 20)


def test_offers_that_contradict_the_problem_are_left_out() -> None:
    machine = Machine("M", unavailable=((0, 500),), overtime=(Overtime(0, 30, 10),))
    welding = Task("L", (Mode("M", 50, operators=(Need("weld", 2),)),))
    people = tuple(Operator(key, ("weld",), ((0, 600),)) for key in ("ann", "bob"))
    problem = SchedulingProblem(0, (machine,), (_one("l", welding, 400),), operators=people)
    lost = OperatorOffer(Operator("bob", ("weld",), ((0, 600),)))
    over = OvertimeOffer("M", Overtime(20, 90, 10))
    assert remedies(problem, repair(problem), FEW, (lost, over)) == ()


def test_nothing_is_said_where_nothing_is_late_or_nothing_helps() -> None:
    alone = SchedulingProblem(0, TWO, (_one("l", Task("L", (Mode("M", 50),)), 20),))
    assert _found(alone) == {}
    assert _found(replace(alone, jobs=(replace(alone.jobs[0], due_s=50),))) == {}


def test_the_cheapest_a_second_comes_first_and_the_latest_job_before_it() -> None:
    second = _one("k", Task("K", (Mode("M", 10), Mode("N", 900))), 20)
    first, late = _queue().jobs
    problem = replace(_queue(), jobs=(replace(first, weight=50), late, second))
    schedule = Schedule((*QUEUE.assignments, Assignment("K", "M", 150, 160)))
    found = remedies(problem, schedule, FEW)
    assert {each.job_id for each in found} == {"k", "l"}
    order = [(each.job_id == "l", each.points / each.seconds_gained) for each in found]
    assert order == sorted(order)
    only = remedies(problem, schedule, FEW, job_ids=("l",))
    assert {each.job_id for each in only} == {"l"}


def test_trials_are_counted_and_timed() -> None:
    assert len(remedies(_queue(), QUEUE, FEW, most=1)) <= 1
    ticks = iter(range(10_000))
    slow = Budget(seconds=3.0, iterations=1, stopwatch=lambda: float(next(ticks)))
    assert len(remedies(_queue(), QUEUE, slow)) <= 2


def test_the_same_input_gives_the_same_remedies() -> None:
    assert remedies(_queue(), QUEUE, FEW) == remedies(_queue(), QUEUE, FEW)


def test_a_missed_deadline_without_a_due_date_is_remedied_too() -> None:
    job = Job("l", (Task("L", (Mode("M", 50),)),), release_s=90, deadline_s=100)
    problem = SchedulingProblem(0, TWO, (job,))
    assert [entry.past_deadline_s for entry in explain(problem, repair(problem))] == [40]
    (remedy,) = remedies(problem, repair(problem), FEW, (MaterialOffer("l", "", 60),))
    assert (remedy.late_before_s, remedy.late_after_s, remedy.points) == (40, 10, -30)


@settings(max_examples=20)
@given(random_problems(6))
def test_what_is_told_holds_on_any_problem(problem: SchedulingProblem) -> None:
    schedule = repair(problem)
    offers = [OvertimeOffer(machine.machine_id, Overtime(950, 1_100, 5)) for machine in problem.machines]
    late = {entry.job_id: entry.late_s for entry in explain(problem, schedule)}
    for each in remedies(problem, schedule, Budget(seconds=60.0, iterations=1), offers, most=6):
        assert each.late_before_s == late[each.job_id]
        assert each.seconds_gained > 0
        assert all(harm.later_s > 0 and harm.job_id != each.job_id for harm in each.harm)
