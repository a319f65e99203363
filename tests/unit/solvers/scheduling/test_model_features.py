"""What CP-SAT alone finds: people, tools, batches, overtime, deadlines and cost curves, each in a case done by hand."""

from __future__ import annotations

from itertools import accumulate

from solvers.budget import Budget
from solvers.result import SolveStatus
from solvers.scheduling.check import Figures, check
from solvers.scheduling.model import Limits, improve
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import (
    MAKESPAN_ONLY,
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
    Task,
    Tool,
)
from solvers.scheduling.shop import index


def one_by_one(problem: SchedulingProblem, from_s: int, held: tuple[tuple[str, ...], ...] = ()) -> Schedule:
    """Every task on its first machine, in the order given, after all that is blocked."""
    tasks = [task for _, task in problem.tasks()]
    starts = accumulate((task.modes[0].duration_s + 20 for task in tasks), initial=from_s)
    return Schedule(
        tuple(
            Assignment(
                task.task_id, mode.machine_id, start_s, start_s + mode.duration_s, False, held[n] if held else ()
            )
            for n, (task, start_s) in enumerate(zip(tasks, starts, strict=False))
            for mode in task.modes[:1]
        )
    )


def best(problem: SchedulingProblem, start: Schedule) -> tuple[Figures, Schedule]:
    """The proven optimum."""
    report = check(problem, start)
    assert report.ok, report.violations
    limits = Limits(20.0, Budget(seconds=20.0).start(), 1, 0)
    free = set(range(len(start.assignments)))
    answer = improve(index(problem), start, report.figures.objective, free, limits)
    assert answer.schedule is not None
    judged = check(problem, answer.schedule)
    assert (judged.ok, answer.status) == (True, SolveStatus.OPTIMAL), judged.violations
    assert judged.figures.objective == answer.bound
    return judged.figures, answer.schedule


def jobs_of(*tasks: Task) -> tuple[Job, ...]:
    return tuple(Job(f"J{n}", (task,)) for n, task in enumerate(tasks))


def test_people_with_several_skills_are_where_nobody_else_can_be() -> None:
    """Ann welds and turns, Bob only welds: the two jobs run at once only if Bob welds."""
    weld = Task("W", (Mode("M0", 10, operators=(Need("weld"),)),))
    turn = Task("T", (Mode("M1", 10, operators=(Need("turn"),)),))
    people = (Operator("Ann", ("weld", "turn")), Operator("Bob", ("weld",)))
    problem = SchedulingProblem(
        0, (Machine("M0"), Machine("M1")), jobs_of(weld, turn), prices=MAKESPAN_ONLY, operators=people
    )
    figures, schedule = best(problem, one_by_one(problem, 0, (("Ann",), ("Ann",))))
    assert figures.makespan_s == 10
    assert schedule.by_task()["W"].held == ("Bob",)


def test_people_may_be_away_while_the_machine_stands_still() -> None:
    """The night from 5 to 50 interrupts the task; the operator is away from 5 to 40, then until 60."""
    task = Task("T", (Mode("M", 10, operators=(Need("weld"),)),), interruptible=True)
    for away_s, end_s in ((40, 55), (60, 70)):
        people = (Operator("Ann", ("weld",), ((5, away_s),)),)
        machine = Machine("M", unavailable=((5, 50),))
        problem = SchedulingProblem(0, (machine,), jobs_of(task), prices=MAKESPAN_ONLY, operators=people)
        figures, _ = best(problem, one_by_one(problem, 100, (("Ann",),)))
        assert figures.makespan_s == end_s


def test_tools_that_are_alike_are_shared_out_by_time() -> None:
    """Four tasks of 10 s on four machines with two moulds: two after two, and later if one is in repair."""
    tasks = [Task(f"T{n}", (Mode(f"M{n}", 10, tools=(Need("mould"),)),)) for n in range(4)]
    machines = tuple(Machine(f"M{n}") for n in range(4))
    for absent, end_s in (((), 20), (((0, 10),), 30)):
        tools = (Tool("A", "mould"), Tool("B", "mould", absent))
        problem = SchedulingProblem(0, machines, jobs_of(*tasks), prices=MAKESPAN_ONLY, tools=tools)
        figures, schedule = best(problem, one_by_one(problem, 30, (("A",),) * 4))
        assert figures.makespan_s == end_s
        assert {unit for place in schedule.assignments for unit in place.held} == {"A", "B"}


def test_batches_are_as_large_as_the_machine_and_as_long_as_their_longest() -> None:
    """Five of one name and one of another, two at a time: 30 + 20 + 10 with like lengths together, then the other."""
    lengths = (30, 30, 20, 20, 10)
    tasks = [Task(f"T{n}", (Mode("M", s),), batch="x") for n, s in enumerate(lengths)]
    tasks.append(Task("U", (Mode("M", 5),), batch="y"))
    problem = SchedulingProblem(0, (Machine("M", batch_capacity=2),), jobs_of(*tasks), prices=MAKESPAN_ONLY)
    figures, _ = best(problem, one_by_one(problem, 0))
    assert figures.makespan_s == 30 + 20 + 10 + 5


def test_overtime_is_bought_once_and_only_if_it_pays() -> None:
    """Two tasks fit the window before the shift starts; being 20 s late costs 20 cents a task."""
    tasks = [Task(f"T{n}", (Mode("M", 10),)) for n in range(2)]
    jobs = tuple(Job(f"J{n}", (task,), due_s=20) for n, task in enumerate(tasks))
    for cost_cents, paid in ((25, 25), (90, 0)):
        machine = Machine("M", unavailable=((0, 30),), overtime=(Overtime(0, 20, cost_cents),))
        problem = SchedulingProblem(0, (machine,), jobs)
        figures, _ = best(problem, one_by_one(problem, 30))
        assert (figures.overtime_cents, figures.late_jobs) == (paid, 0 if paid else 2)


def test_maintenance_goes_where_its_curve_is_low_but_a_deadline_rules_over_it() -> None:
    """It costs nothing from 10 to 15. A job that has to be done by 20 takes that time, and it comes after."""
    curve = (CostStep(0, 5_000), CostStep(10, 0), CostStep(15, 9_000))
    maintenance = Task("X", (Mode("M", 10),), start_cost=curve)
    for deadline_s, start_cents in ((None, 0), (20, 9_000)):
        job = Job("J", (Task("T", (Mode("M", 15),)),), release_s=5, deadline_s=deadline_s)
        problem = SchedulingProblem(0, (Machine("M"),), (Job("K", (maintenance,)), job))
        figures, _ = best(problem, one_by_one(problem, 30))
        assert (figures.start_cents, figures.missed_deadlines) == (start_cents, 0)


def test_setup_cents_count_and_a_lock_holds_its_machine() -> None:
    setups = (Setup("a", "b", 0, 7), Setup("b", "a", 0, 1))
    machines = (Machine("M", setups=setups, family="a"), Machine("N"))
    modes = (Mode("M", 10), Mode("N", 10))
    tasks = [Task(f"T{n}", modes, family=family, state=Locked("M")) for n, family in enumerate("ba")]
    problem = SchedulingProblem(0, machines, jobs_of(*tasks))
    figures, _ = best(problem, one_by_one(problem, 0))
    assert (figures.setup_cents, figures.makespan_s) == (7, 20)
