"""Repair with people, tools, batches, overtime, locks, materials, maintenance: what each is worth in a small case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solvers.scheduling import rules
from solvers.scheduling.build import build, built
from solvers.scheduling.check import check, figures
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.price import cost
from solvers.scheduling.problem import (
    CostStep,
    Job,
    Locked,
    Machine,
    Mode,
    Need,
    Operator,
    Overtime,
    Pinned,
    Published,
    SchedulingProblem,
    Setup,
    Started,
    Task,
    Tool,
)
from solvers.scheduling.repair import repair, right_shift
from solvers.scheduling.shop import index
from tests.unit.solvers.scheduling.cases import NOW_S, plant, published
from tests.unit.solvers.scheduling.random_problems import random_problem

WELD = (Need("weld"),)


def _job(key: str, *modes: Mode, due_s: int | None = None, **fields: object) -> Job:
    return Job(key, (Task(key, modes, **fields),), due_s=due_s)  # type: ignore[arg-type]


def _valid(problem: SchedulingProblem) -> dict[str, Assignment]:
    schedule = repair(problem)
    report = check(problem, schedule)
    assert report.ok, report.violations
    return dict(schedule.by_task())


@pytest.mark.parametrize("size", [6, 14, 30])
def test_whatever_the_features_repair_and_right_shift_pass_the_check(size: int) -> None:
    for seed in range(60):
        problem = random_problem(seed, size)
        for schedule in (repair(problem), right_shift(problem)):
            report = check(problem, schedule)
            assert report.ok, (seed, report.violations)


def test_the_price_of_a_board_is_the_objective_but_for_what_is_the_same_for_all() -> None:
    for seed in range(60):
        problem = random_problem(seed, 14)
        shop = index(problem)
        latest_s = [rules.latest_start_s(shop, op) for op in shop.operations]
        builds = [built(shop, orders) for orders in (*rules.after_event(shop, latest_s), *rules.fresh(shop, latest_s))]
        apart = {cost(one.board) - figures(problem, one.schedule()).objective for one in builds}
        assert len(apart) == 1, seed


def test_the_order_and_machines_of_a_schedule_build_one_that_is_no_worse() -> None:
    for seed in range(1, 6):
        problem = plant(seed, jobs=12, per_job=4, count=5)
        found = repair(problem)
        shop = index(problem)
        keys = [(place.start_s, number) for number, place in enumerate(found.assignments)]
        machines = [shop.machine_of[place.machine_id] for place in found.assignments]
        again = build(shop, keys, True, machines, [False] * len(keys))
        assert check(problem, again).ok
        assert [a.machine_id for a in again.assignments] == [a.machine_id for a in found.assignments]
        assert figures(problem, again).objective <= figures(problem, found).objective


def test_an_operator_who_is_absent_is_replaced_by_one_who_can_and_is_free() -> None:
    people = (Operator("ann", ("weld",)), Operator("bob", ("turn", "weld")))
    jobs = (_job("A", Mode("M1", 100, operators=WELD)), _job("B", Mode("M2", 100, operators=(Need("turn"),))))
    problem = SchedulingProblem(NOW_S, (Machine("M1"), Machine("M2")), jobs, operators=people)
    assert {key: place.held for key, place in _valid(problem).items()} == {"A": ("ann",), "B": ("bob",)}
    away = Operator("ann", ("weld",), ((NOW_S + 50, NOW_S + 5_000),))
    places = _valid(replace(problem, operators=(away, people[1]), published=published(repair(problem))))
    assert places["A"].held == places["B"].held == ("bob",)
    assert {places["A"].start_s, places["B"].start_s} == {NOW_S, NOW_S + 100}


def test_a_break_of_the_machine_is_no_work_so_its_operator_may_be_away_then() -> None:
    breaks = ((NOW_S + 50, NOW_S + 90),)
    for interruptible, away, start_s in ((True, breaks, 0), (True, ((NOW_S + 49, NOW_S + 90),), 90)):
        task = Task("A", (Mode("M1", 100, operators=WELD),), interruptible=interruptible)
        machines, people = (Machine("M1", unavailable=breaks),), (Operator("ann", ("weld",), away),)
        problem = SchedulingProblem(NOW_S, machines, (Job("A", (task,)),), operators=people)
        assert _valid(problem)["A"].start_s == NOW_S + start_s


def test_people_change_hands_so_that_a_published_place_is_kept() -> None:
    """Ann is taken first by A, who could as well have cid: B can have nobody but ann."""
    people = (Operator("ann", ("turn", "weld")), Operator("cid", ("turn", "x", "y")))
    jobs = (_job("A", Mode("M1", 100, operators=(Need("turn"),))), _job("B", Mode("M2", 100, operators=WELD)))
    plan = (Published("A", "M1", NOW_S), Published("B", "M2", NOW_S + 10))
    places = _valid(SchedulingProblem(NOW_S, (Machine("M1"), Machine("M2")), jobs, plan, operators=people))
    assert (places["A"].held, places["B"].held, places["B"].start_s) == (("cid",), ("ann",), NOW_S + 10)


def test_what_a_started_task_holds_is_held_to_its_end_and_a_pin_on_it_is_waived() -> None:
    tools = (Tool("die1", "die"),)
    jobs = (
        _job("A", Mode("M1", 100), state=Started("M1", NOW_S - 10, 90, ("die1",))),
        _job("B", Mode("M2", 50, tools=(Need("die"),)), state=Pinned("M2", NOW_S + 20)),
    )
    problem = SchedulingProblem(NOW_S, (Machine("M1"), Machine("M2")), jobs, tools=tools)
    assert _valid(problem)["B"].start_s == NOW_S + 90
    assert [(w.rule, w.conflicts_with) for w in repair(problem).waivers] == [("pin", ("A",))]


def test_a_batch_is_joined_as_far_as_it_has_room_and_ends_with_its_longest_member() -> None:
    oven = Machine("M1", batch_capacity=3)
    jobs = tuple(
        _job(key, Mode("M1", work_s), batch="hot") for key, work_s in (("A", 60), ("B", 80), ("C", 70), ("D", 10))
    )
    places = _valid(SchedulingProblem(NOW_S, (oven,), jobs))
    together = [key for key in "ABCD" if places[key].start_s == NOW_S]
    assert len(together) == 3
    assert {places[key].end_s for key in together} == {NOW_S + 80}
    strangers = (_job("A", Mode("M1", 60), batch="hot"), _job("B", Mode("M1", 60), batch="cold"))
    apart = _valid(SchedulingProblem(NOW_S, (oven,), strangers))
    assert {place.start_s for place in apart.values()} == {NOW_S, NOW_S + 60}


def test_a_published_batch_stays_together_behind_its_fence() -> None:
    oven = Machine("M1", batch_capacity=2, fence_s=NOW_S + 100)
    jobs = (_job("A", Mode("M1", 60), batch="hot"), _job("B", Mode("M1", 80), batch="hot"))
    plan = (Published("A", "M1", NOW_S + 30), Published("B", "M1", NOW_S + 30))
    schedule = repair(SchedulingProblem(NOW_S, (oven,), jobs, plan))
    assert [(a.start_s, a.end_s) for a in schedule.assignments] == [(NOW_S + 30, NOW_S + 110)] * 2
    assert schedule.waivers == ()


def test_overtime_is_bought_where_the_lateness_that_it_saves_costs_more() -> None:
    night = Machine("M1", unavailable=((NOW_S, NOW_S + 1_000),), overtime=(Overtime(NOW_S, NOW_S + 500, 300),))
    for due_s, overtime in ((NOW_S + 5_000, False), (NOW_S + 900, False), (NOW_S + 200, True)):
        problem = SchedulingProblem(NOW_S, (night,), (_job("A", Mode("M1", 100), due_s=due_s),))
        place = _valid(problem)["A"]
        assert (place.overtime, place.start_s) == (overtime, NOW_S if overtime else NOW_S + 1_000), due_s


def test_maintenance_starts_where_its_curve_is_lowest_and_leaves_the_time_before_to_others() -> None:
    curve = (CostStep(0, 900), CostStep(NOW_S + 300, 5), CostStep(NOW_S + 600, 800))
    jobs = (_job("care", Mode("M1", 100), start_cost=curve), _job("B", Mode("M1", 400)))
    places = _valid(SchedulingProblem(NOW_S, (Machine("M1"),), jobs))
    assert (places["care"].start_s, places["B"].start_s) == (NOW_S + 400, NOW_S)


def test_a_locked_task_goes_to_its_machine_and_leaves_the_fence_of_another() -> None:
    modes = (Mode("M1", 10), Mode("M2", 90))
    problem = SchedulingProblem(
        NOW_S,
        (Machine("M1", fence_s=NOW_S + 500), Machine("M2")),
        (_job("A", *modes, state=Locked("M2")),),
        (Published("A", "M1", NOW_S + 40),),
    )
    place, waivers = _valid(problem)["A"], repair(problem).waivers
    assert (place.machine_id, waivers) == ("M2", ())


def test_a_task_waits_for_its_material_and_others_do_not() -> None:
    jobs = (_job("A", Mode("M1", 100), release_s=NOW_S + 300), _job("B", Mode("M1", 100)))
    plan = (Published("A", "M1", NOW_S), Published("B", "M1", NOW_S + 100))
    places = _valid(SchedulingProblem(NOW_S, (Machine("M1"),), jobs, plan))
    assert (places["A"].start_s, places["B"].start_s) == (NOW_S + 300, NOW_S + 100)


def test_a_pin_is_reached_because_what_it_waits_for_goes_first() -> None:
    chain = (Task("A.0", (Mode("M1", 100),)), Task("A.1", (Mode("M2", 50),), state=Pinned("M2", NOW_S + 100)))
    urgent = _job("B", Mode("M1", 100), due_s=NOW_S)
    problem = SchedulingProblem(NOW_S, (Machine("M1"), Machine("M2")), (Job("A", chain), urgent))
    assert _valid(problem)["A.1"].start_s == NOW_S + 100


def test_a_fence_given_up_late_does_not_leave_a_setup_too_short_behind_it() -> None:
    """Without B between them C follows A, which takes a longer setup than the detour over B."""
    setups = (Setup("a", "c", 500), Setup("a", "b", 10), Setup("b", "c", 10))
    machine = Machine("M1", setups=setups, family="a", fence_s=NOW_S + 100)
    chain = (Task("B.0", (Mode("M2", 90),)), Task("B.1", (Mode("M1", 20),), family="b"))
    jobs = (_job("A", Mode("M1", 20), family="a"), Job("B", chain), _job("C", Mode("M1", 20), family="c"))
    plan = tuple(
        Published(*entry) for entry in (("A", "M1", NOW_S), ("B.1", "M1", NOW_S + 30), ("C", "M1", NOW_S + 60))
    )
    problem = SchedulingProblem(NOW_S, (machine, Machine("M2")), jobs, plan)
    assert check(problem, repair(problem)).ok


def test_right_shift_keeps_machines_and_sequences_and_only_waits() -> None:
    problem = plant(1, jobs=12, per_job=4, count=5)
    base = repair(problem)
    down = replace(problem.machines[1], downtime=((problem.now_s, problem.now_s + 7_200),))
    shop = (problem.machines[0], down, *problem.machines[2:])
    event = replace(problem, machines=shop, published=published(base))
    shifted = right_shift(event)
    assert [a.machine_id for a in shifted.assignments] == [a.machine_id for a in base.assignments]
    assert all(a.start_s >= b.start_s for a, b in zip(shifted.assignments, base.assignments, strict=True))
    assert _lines(shifted) == _lines(base)


def _lines(schedule: Schedule) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for place in sorted(schedule.assignments, key=lambda a: a.start_s):
        lines.setdefault(place.machine_id, []).append(place.task_id)
    return lines
