"""Repair: always feasible, keeps what is fixed, changes nothing without a cause."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from solvers.budget import Budget
from solvers.scheduling.check import check
from solvers.scheduling.kernel.search import polish
from solvers.scheduling.problem import Job, Machine, Mode, Pinned, Published, SchedulingProblem, Started, Task
from solvers.scheduling.repair import repair, right_shift
from tests.unit.solvers.scheduling.cases import NOW_S, plant, problems, published

HOSTILE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@HOSTILE
@given(problems())
def test_every_valid_problem_gets_a_schedule_the_checker_passes(problem: SchedulingProblem) -> None:
    report = check(problem, repair(problem))
    assert report.ok, report.violations


@HOSTILE
@given(problems())
def test_a_second_repair_of_the_published_result_changes_nothing(problem: SchedulingProblem) -> None:
    free = tuple(
        replace(job, tasks=tuple(replace(t, state=None) if isinstance(t.state, Pinned) else t for t in job.tasks))
        for job in problem.jobs
    )
    first = repair(replace(problem, jobs=free))
    again = replace(problem, jobs=free, published=published(first))
    assert repair(again).assignments == first.assignments


@HOSTILE
@given(problems())
def test_the_same_problem_gives_the_same_schedule(problem: SchedulingProblem) -> None:
    assert repair(problem) == repair(problem)


def _two_machines(**states: Started | Pinned) -> SchedulingProblem:
    """Jobs A and B of one 100 s task, machine 1 or (20 s slower) machine 2."""
    modes = (Mode("M1", 100), Mode("M2", 120))
    jobs = tuple(Job(j, (Task(j, modes, state=states.get(j)),), due_s=NOW_S + 200) for j in "AB")
    return SchedulingProblem(NOW_S, (Machine("M1"), Machine("M2")), jobs)


def test_a_started_task_on_a_broken_machine_goes_on_after_the_downtime() -> None:
    problem = _two_machines(A=Started("M1", NOW_S - 40, 60))
    down = replace(problem, machines=(Machine("M1", downtime=((NOW_S, NOW_S + 500),)), Machine("M2")))
    places = repair(down).by_task()
    assert (places["A"].start_s, places["A"].end_s) == (NOW_S - 40, NOW_S + 560)
    assert places["B"].machine_id == "M2"


def test_a_breakdown_moves_the_waiting_task_to_the_other_machine_and_says_why_the_fence_fell() -> None:
    problem = _two_machines()
    first = repair(problem)
    down = Machine("M1", downtime=((NOW_S, NOW_S + 5_000),), fence_s=NOW_S + 60)
    event = replace(problem, machines=(down, Machine("M2")), published=published(first))
    second = repair(event)
    on_m1 = next(a.task_id for a in first.assignments if a.machine_id == "M1")
    assert {a.machine_id for a in second.assignments} == {"M2"}
    assert [(w.task_id, w.rule, w.conflicts_with) for w in second.waivers] == [(on_m1, "fence", ("M1",))]


def test_a_rush_job_does_not_move_what_is_behind_the_fence() -> None:
    problem = plant(1, jobs=12, per_job=4, count=5)
    base = repair(problem)
    fence_s = problem.now_s + 3 * 3_600
    shop = tuple(replace(machine, fence_s=fence_s) for machine in problem.machines)
    rush = Job("RUSH", (Task("RUSH", (Mode("M0", 600), Mode("M1", 600))),), due_s=problem.now_s + 600, weight=1_000)
    event = replace(problem, machines=shop, jobs=(*problem.jobs, rush), published=published(base))
    after = repair(event).by_task()
    inside = [a for a in base.assignments if a.start_s < fence_s]
    assert len(inside) >= 5
    assert all((after[a.task_id].machine_id, after[a.task_id].start_s) == (a.machine_id, a.start_s) for a in inside)


def test_a_breakdown_in_a_full_plant_costs_less_than_waiting_and_moves_little_where_there_is_time() -> None:
    problem = plant(1, jobs=75, per_job=4, count=10)
    for relaxed_s, most_moved in ((0, 300), (7 * 86_400, 75)):
        jobs = tuple(replace(job, due_s=job.due_s and job.due_s + relaxed_s) for job in problem.jobs)
        base = repair(replace(problem, jobs=jobs))
        down = replace(problem.machines[1], downtime=((problem.now_s, problem.now_s + 7_200),))
        shop = (problem.machines[0], down, *problem.machines[2:])
        event = replace(problem, jobs=jobs, machines=shop, published=published(base))
        told, waited = check(event, repair(event)), check(event, right_shift(event))
        assert told.ok
        assert waited.ok
        assert told.figures.objective < waited.figures.objective
        assert 0 < told.figures.moved < most_moved


def test_polish_keeps_every_rule_and_never_makes_it_worse() -> None:
    problem = plant(2, jobs=20, per_job=4, count=6)
    start = repair(problem)
    results = [polish(problem, start, Budget(seconds=60, seed=3, iterations=5_000)) for _ in range(2)]
    assert results[0] == results[1]
    assert check(problem, results[0]).ok
    assert check(problem, results[0]).figures.objective < check(problem, start).figures.objective
    empty = SchedulingProblem(0, (), ())
    assert polish(empty, repair(empty), Budget(seconds=1)).assignments == ()


def test_a_rush_job_goes_in_front_where_its_lateness_costs_more_than_the_change() -> None:
    modes = (Mode("M1", 1_000),)
    calm = tuple(Job(j, (Task(j, modes),), due_s=NOW_S + 9_000) for j in "ABC")
    base = SchedulingProblem(NOW_S, (Machine("M1"),), calm)
    rush = Job("R", (Task("R", modes),), due_s=NOW_S + 1_000, weight=9)
    event = replace(base, jobs=(*calm, rush), published=published(repair(base)))
    assert repair(event).by_task()["R"].start_s == NOW_S


def test_a_pin_is_kept_and_one_that_cannot_be_names_what_it_conflicts_with() -> None:
    kept = repair(_two_machines(A=Pinned("M2", NOW_S + 70)))
    assert (kept.by_task()["A"].machine_id, kept.by_task()["A"].start_s, kept.waivers) == ("M2", NOW_S + 70, ())
    problem = _two_machines(A=Started("M1", NOW_S - 1, 50), B=Pinned("M1", NOW_S + 10))
    broken = repair(problem)
    assert broken.by_task()["B"].start_s == NOW_S + 50
    assert [(w.rule, w.conflicts_with) for w in broken.waivers] == [("pin", ("A",))]
    assert check(problem, broken).ok


def test_a_pin_that_loses_its_start_keeps_its_machine_wherever_the_plan_in_force_has_the_task() -> None:
    problem = _two_machines(A=Pinned("M1", NOW_S - 5))
    elsewhere = replace(problem, published=(Published("A", "M2", NOW_S + 30),))
    places = repair(elsewhere).by_task()
    assert (places["A"].machine_id, places["A"].start_s) == ("M1", NOW_S)


def test_a_batch_longer_than_a_shift_runs_over_the_night_if_it_may_be_interrupted() -> None:
    night = ((NOW_S + 100, NOW_S + 900), (NOW_S + 1_000, NOW_S + 1_800))
    for interruptible, start_s, end_s in ((True, NOW_S, NOW_S + 1_850), (False, NOW_S + 1_800, NOW_S + 2_050)):
        task = Task("A", (Mode("M1", 250),), interruptible=interruptible)
        problem = SchedulingProblem(NOW_S, (Machine("M1", unavailable=night),), (Job("J", (task,)),))
        place = repair(problem).by_task()["A"]
        assert (place.start_s, place.end_s) == (start_s, end_s)


def test_a_task_that_should_have_started_shifts_right_to_now() -> None:
    problem = _two_machines()
    late = replace(problem, published=(Published("A", "M1", NOW_S - 30), Published("B", "M1", NOW_S + 70)))
    places = repair(late).by_task()
    assert (places["A"].machine_id, places["A"].start_s) == ("M1", NOW_S)
