"""The checker on people, tools, batches, overtime, locks, materials, deadlines and cost curves: each rule once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from solvers.scheduling.check import check, figures
from solvers.scheduling.plan import Assignment, Schedule, Waiver
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
    Prices,
    Published,
    SchedulingProblem,
    Setup,
    Started,
    Task,
    Tool,
)

NIGHT = ((200, 300),)
MACHINES = (
    Machine(
        "SAW", unavailable=NIGHT, overtime=(Overtime(200, 230, 40), Overtime(230, 260, 50)), downtime=((400, 420),)
    ),
    Machine("MILL", unavailable=NIGHT, setups=(Setup("", "a", 10, 7),)),
    Machine("OVEN", batch_capacity=5, setups=(Setup("", "a", 10, 3), Setup("a", "b", 20, 4))),
)
OPERATORS = (
    Operator("ann", ("weld", "turn"), ((350, 360),)),
    Operator("bob", ("weld",)),
    Operator("cid", ("turn",), ((200, 300),)),
)
TOOLS = (Tool("die1", "die"), Tool("die2", "die", ((500, 520),)), Tool("jig1", "jig"))
CREW = Mode("MILL", 50, 2, operators=(Need("weld"), Need("turn")), tools=(Need("die"),))


def _bake(task_id: str, duration_s: int, size: int, family: str = "a", batch: str = "x") -> Task:
    return Task(task_id, (Mode("OVEN", duration_s, 1, tools=(Need("jig"),)),), (), family, batch=batch, size=size)


JOBS = (
    Job(
        "J1",
        (
            Task("CUT", (Mode("SAW", 60, 5), Mode("MILL", 60)), interruptible=True, state=Locked("SAW")),
            Task("WELD", (CREW,), interruptible=True, release_s=240),
        ),
        due_s=300,
        weight=2,
        deadline_s=340,
    ),
    Job("J2", (_bake("B1", 40, 2), _bake("B2", 60, 3), _bake("B3", 40, 2, "b", "y")), due_s=250),
    Job("J3", (Task("FIX", (Mode("SAW", 30, 1),), start_cost=(CostStep(200, 5), CostStep(430, 9))),)),
)
PROBLEM = SchedulingProblem(100, MACHINES, JOBS, operators=OPERATORS, tools=TOOLS)
GOOD = Schedule(
    (
        Assignment("CUT", "SAW", 170, 230, True),
        Assignment("WELD", "MILL", 300, 350, False, ("die1", "ann", "bob")),
        Assignment("B1", "OVEN", 110, 170, False, ("jig1",)),
        Assignment("B2", "OVEN", 110, 170, False, ("jig1",)),
        Assignment("B3", "OVEN", 190, 230, False, ("jig1",)),
        Assignment("FIX", "SAW", 430, 460),
    )
)


def moved(task_id: str, **changes: Any) -> Schedule:
    """The good schedule with one task elsewhere."""
    return Schedule(tuple(replace(a, **changes) if a.task_id == task_id else a for a in GOOD.assignments))


def kinds(problem: SchedulingProblem, schedule: Schedule) -> list[str]:
    return [violation.kind for violation in check(problem, schedule).violations]


def test_a_good_schedule_passes_and_each_part_of_its_cost_is_counted() -> None:
    report = check(PROBLEM, GOOD)
    assert report.ok, report.violations
    told = report.figures
    assert (told.setup_s, told.setup_cents, told.overtime_cents, told.start_cents) == (30, 7, 40, 9)
    assert (told.missed_deadlines, told.deadline_late_s, told.tardiness_s, told.weighted_tardiness_s) == (
        1,
        10,
        50,
        100,
    )
    assert (told.cost_cents, told.makespan_s) == (11, 360)
    assert told.objective == 100_000 * 10 + 100 * 100 + 360 + 10 * 30 + 100 * (11 + 7 + 40 + 9)


@pytest.mark.parametrize(
    ("kind", "schedule", "size"),
    [
        ("before_material", moved("WELD", start_s=190, end_s=340), 50),
        ("lock_moved", moved("CUT", machine_id="MILL", start_s=130, end_s=190, overtime=False), 1),
        ("unit_overlap", moved("WELD", held=("jig1", "ann", "bob"), start_s=160, end_s=310), 120),
        ("unit_overlap", moved("B3", start_s=160, end_s=200), 10),
        ("unit_absent", moved("WELD", start_s=310, end_s=360), 10),
        ("unit_missing", moved("WELD", held=("die1", "ann")), 1),
        ("unit_missing", moved("WELD", held=()), 3),
        ("unit_wrong", moved("WELD", held=("die1", "bob", "bob")), 1),
        ("unit_wrong", moved("WELD", held=("die1", "ann", "eve")), 1),
        ("unit_wrong", moved("WELD", held=("die1", "die2", "ann")), 1),
        ("unit_wrong", moved("WELD", held=("die1", "ann", "bob", "cid")), 1),
        ("unit_wrong", moved("FIX", held=("die2",)), 1),
        ("batch_over_capacity", moved("B3", start_s=110, end_s=170), 2),
        ("batch_mixed", moved("B3", start_s=110, end_s=170), 1),
        ("batch_mixed", moved("B2", held=()), 1),
        ("batch_mixed", moved("B2", overtime=True), 1),
        ("batch_apart", moved("B1", end_s=150), 20),
        ("wrong_end", moved("B1", end_s=150), 20),
        ("overlap", moved("B3", start_s=150, end_s=190), 20),
        ("setup_short", moved("B3", start_s=180, end_s=220), 10),
        ("blocked_time", moved("CUT", overtime=False), 1),
        ("wrong_end", moved("CUT", overtime=False), 30),
        ("blocked_time", moved("FIX", start_s=410, end_s=440, overtime=True), 10),
    ],
)
def test_each_broken_rule_is_found_with_its_size(kind: str, schedule: Schedule, size: int) -> None:
    assert (kind, size) in [(v.kind, v.size) for v in check(PROBLEM, schedule).violations]


def test_people_need_not_be_there_while_the_machine_stands_still() -> None:
    over_night = moved("WELD", start_s=180, end_s=330, held=("die1", "bob", "cid"))
    early = (
        replace(
            JOBS[0], tasks=(replace(JOBS[0].tasks[0], state=None), replace(JOBS[0].tasks[1], release_s=0, after=()))
        ),
    )
    problem = replace(PROBLEM, jobs=early + JOBS[1:])
    assert check(problem, over_night).ok
    assert kinds(replace(problem, machines=(MACHINES[0], Machine("MILL"), MACHINES[2])), over_night) == [
        "wrong_end",
        "unit_absent",
    ]


def test_a_window_is_paid_once_and_only_if_someone_works_in_it() -> None:
    long = replace(PROBLEM, jobs=(replace(JOBS[0], tasks=(Task("CUT", (Mode("SAW", 60),), interruptible=True),)),))
    for start_s, end_s, cents in ((140, 200, 0), (150, 210, 40), (200, 260, 90), (190, 250, 90)):
        schedule = Schedule((Assignment("CUT", "SAW", start_s, end_s, True),))
        assert (kinds(long, schedule), figures(long, schedule).overtime_cents) == ([], cents)
    down = replace(long, machines=(replace(MACHINES[0], downtime=((200, 230),)), *MACHINES[1:]))
    schedule = Schedule((Assignment("CUT", "SAW", 185, 275, True),))
    assert figures(down, schedule).overtime_cents == 50
    two = replace(JOBS[0], tasks=(Task("A", (Mode("SAW", 10),)), Task("B", (Mode("SAW", 10),))))
    schedule = Schedule((Assignment("A", "SAW", 205, 215, True), Assignment("B", "SAW", 215, 225, True)))
    both = check(replace(PROBLEM, jobs=(two,)), schedule)
    assert (both.ok, both.figures.overtime_cents) == (True, 40)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"held": ("bob",)}, ["started_moved"]),
        ({"held": ()}, ["started_moved"]),
        ({"overtime": False}, ["started_moved", "wrong_end"]),
        ({"start_s": 91}, ["started_moved"]),
        ({"machine_id": "MILL"}, ["started_moved"]),
        ({"end_s": 221}, ["wrong_end"]),
    ],
)
def test_what_has_started_keeps_its_machine_people_and_hours(change: dict[str, Any], found: list[str]) -> None:
    """Ann is away for part of it and can do nothing about it."""
    state = Started("SAW", 90, 120, ("ann",), overtime=True)
    away = (Operator("ann", ("weld",), ((90, 190),)), *OPERATORS[1:])
    problem = replace(PROBLEM, jobs=(Job("J", (Task("R", (Mode("SAW", 9),), state=state),)),), operators=away)
    place = replace(Assignment("R", "SAW", 90, 220, True, ("ann",)), **change)
    assert kinds(problem, Schedule((place,))) == found


def test_nobody_joins_a_batch_that_has_started_or_takes_its_tool() -> None:
    state = Started("OVEN", 100, 30, ("jig1",))
    jobs = (
        Job("J", (replace(_bake("R", 40, 1), state=state), replace(_bake("S", 40, 1), state=state))),
        Job("K", (_bake("T", 30, 1),)),
    )
    problem = replace(PROBLEM, jobs=jobs)
    running = tuple(Assignment(t, "OVEN", 100, 130, False, ("jig1",)) for t in "RS")
    for start_s, found in ((100, ["overlap", "unit_overlap"]), (120, ["overlap", "unit_overlap"]), (130, [])):
        late = Assignment("T", "OVEN", start_s, start_s + 30, False, ("jig1",))
        assert kinds(problem, Schedule((*running, late))) == found
    apart = (running[0], replace(running[1], end_s=135))
    found = kinds(problem, Schedule((*apart, Assignment("T", "OVEN", 140, 170, False, ("jig1",)))))
    assert found == ["wrong_end", "batch_apart"]


def _pinned(
    task: Task, wish: Pinned, place: Assignment, *others: tuple[Task, Assignment]
) -> tuple[SchedulingProblem, Schedule]:
    """One task with a waived pin next to others that stand."""
    jobs = tuple(Job(f"K{n}", (replace(t, after=()),)) for n, (t, _) in enumerate(others))
    problem = replace(PROBLEM, jobs=(Job("J", (replace(task, state=wish, after=()),)), *jobs))
    waiver = Waiver(task.task_id, "pin", wish.machine_id, wish.start_s, "cannot be")
    return problem, Schedule((place, *(a for _, a in others)), (waiver,))


WELD = Task("WELD", (CREW,))
HELD = ("die1", "ann", "bob")
TURN = Task("TURN", (Mode("SAW", 30, operators=(Need("turn"),)),))


@pytest.mark.parametrize(("wish_s", "unfounded"), [(110, True), (310, False), (201, False), (320, False)])
def test_a_pin_is_waived_for_absence_only_if_nobody_else_could_do_it(wish_s: int, unfounded: bool) -> None:
    """Ann is away from 350 to 360 and the night from 200 to 300; where Cid works too he can turn instead of her."""
    problem, schedule = _pinned(WELD, Pinned("MILL", wish_s), Assignment("WELD", "MILL", 420, 470, False, HELD))
    alone = replace(problem, operators=(OPERATORS[0], OPERATORS[1]))
    assert kinds(alone, schedule) == (["waiver_unfounded"] if unfounded else [])
    if wish_s > 300:
        assert kinds(problem, schedule) == ["waiver_unfounded"]


@pytest.mark.parametrize(
    ("state", "found"),
    [(None, ["waiver_unfounded"]), (Pinned("SAW", 120), []), (Started("SAW", 90, 40, ("ann",)), [])],
)
def test_a_pin_is_waived_for_a_unit_only_if_what_holds_it_is_fixed(
    state: Pinned | Started | None, found: list[str]
) -> None:
    start_s, end_s = (90, 140) if isinstance(state, Started) else (120, 150)
    other = replace(TURN, state=state), Assignment("TURN", "SAW", start_s, end_s, False, ("ann",))
    problem, schedule = _pinned(WELD, Pinned("MILL", 110), Assignment("WELD", "MILL", 420, 470, False, HELD), other)
    assert kinds(replace(problem, operators=(OPERATORS[0], OPERATORS[1])), schedule) == found


@pytest.mark.parametrize(
    ("task", "found"),
    [
        (_bake("T", 40, 2), ["waiver_unfounded"]),
        (_bake("T", 40, 3), []),
        (_bake("T", 50, 2), []),
        (_bake("T", 40, 2, batch="y"), []),
        (_bake("T", 40, 2, family="b"), []),
        (replace(_bake("T", 40, 2), modes=(Mode("OVEN", 40),)), []),
    ],
)
def test_a_pin_onto_a_kept_batch_is_waived_only_if_it_cannot_join(task: Task, found: list[str]) -> None:
    other = replace(_bake("B", 40, 3), state=Pinned("OVEN", 110)), Assignment("B", "OVEN", 110, 150, False, ("jig1",))
    held = ("jig1",) if task.modes[0].tools else ()
    late = Assignment("T", "OVEN", 200, 200 + task.modes[0].duration_s, False, held)
    assert kinds(*_pinned(task, Pinned("OVEN", 110), late, other)) == found


@pytest.mark.parametrize(
    ("start_s", "overtime", "found"), [(170, True, []), (140, False, []), (170, False, ["waiver"])]
)
def test_a_fence_keeps_its_overtime_and_is_waived_if_there_is_none(
    start_s: int, overtime: bool, found: list[str]
) -> None:
    """60 s of work that must not be cut before the night at 200."""
    task = Task("T", (Mode("SAW", 60),))
    fenced = replace(MACHINES[0], fence_s=500)
    entry = Published("T", "SAW", start_s, overtime)
    problem = replace(PROBLEM, machines=(fenced, *MACHINES[1:]), jobs=(Job("J", (task,)),), published=(entry,))
    end_s = start_s + 60
    assert bool(found) != check(problem, Schedule((Assignment("T", "SAW", start_s, end_s, overtime),))).ok
    told = Waiver("T", "fence", "SAW", start_s, "the machine is off shift")
    later = kinds(problem, Schedule((Assignment("T", "SAW", 300, 360),), (told,)))
    assert later == ([] if found else ["waiver_unfounded"])


def test_a_fence_holds_a_locked_task_unless_the_lock_is_elsewhere() -> None:
    fenced = tuple(replace(machine, fence_s=500) for machine in MACHINES)
    modes = (Mode("SAW", 10), Mode("MILL", 10))
    for machine_id, found in (("SAW", ["fence_moved"]), ("MILL", [])):
        task = Task("T", modes, state=Locked(machine_id))
        problem = replace(PROBLEM, machines=fenced, jobs=(Job("J", (task,)),), published=(Published("T", "SAW", 110),))
        assert kinds(problem, Schedule((Assignment("T", machine_id, 120, 130),))) == found


def test_changes_near_now_cost_more_and_each_price_is_floored() -> None:
    prices = Prices(moved_task=33, shifted_s=3, reassigned_task=55, near_pct=50, near_s=100)
    jobs = (Job("J", (Task("T", (Mode("SAW", 10), Mode("MILL", 10))),)),)
    problem = replace(PROBLEM, jobs=jobs, prices=prices, published=(Published("T", "SAW", 140),))
    told = figures(problem, Schedule((Assignment("T", "MILL", 147, 157),)))
    assert (told.moved, told.shifted_s, told.reassigned) == (1, 7, 1)
    assert told.change_points == 33 * 130 // 100 + 7 * (3 * 130 // 100) + 55 * 130 // 100
    assert figures(problem, Schedule((Assignment("T", "SAW", 140, 150),))).change_points == 0
