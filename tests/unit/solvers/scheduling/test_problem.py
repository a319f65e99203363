"""Problems: each rule is broken once and refused by field and value; what is valid is let through."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from solvers.errors import InvalidProblem
from solvers.scheduling.parts import change_pct
from solvers.scheduling.problem import (
    After,
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
from solvers.scheduling.validate import MAX_CENTS, MAX_DURATION_S, MAX_PRICE, MAX_QUANTITY, MAX_TASKS, MAX_TIME_S
from tests.unit.solvers.scheduling.random_problems import random_problem, random_problems

M1, M2, OVEN = Machine("M1"), Machine("M2"), Machine("OVEN", batch_capacity=4)
ANN = Operator("ann", ("weld", "turn"))
BOB = Operator("bob", ("weld",))
DIE = Tool("die1", "die")
RUNS = Task("R", (Mode("M1", 30),), state=Started("M1", 90, 5, ("bob",)))
BAKES = Task("B", (Mode("OVEN", 30),), state=Started("OVEN", 80, 5, ("die1",)))
PROBLEM = SchedulingProblem(
    100, (M1, M2, OVEN), (Job("J", (RUNS,)), Job("K", (BAKES,))), operators=(ANN, BOB), tools=(DIE,)
)
TOO_LATE_S = MAX_TIME_S + 1

Case = tuple[str, object, dict[str, Any]]


def machine(field: str, value: object, name: str | None = None, told: object = None) -> Case:
    """M2 with this field."""
    change: dict[str, Any] = {field: value}
    changed = {"machines": (M1, replace(M2, **change), OVEN)}
    return f"machines[M2].{name or field}", value if told is None else told, changed


def operators(*added: Operator) -> dict[str, Any]:
    return {"operators": (ANN, BOB, *added)}


def job(field: str, value: object) -> Case:
    """One job more, with this field."""
    change: dict[str, Any] = {field: value}
    return f"jobs[L].{field}", value, {"jobs": (*PROBLEM.jobs, Job("L", (), **change))}


def tasks(*added: Task) -> dict[str, Any]:
    return {"jobs": (*PROBLEM.jobs, Job("L", added))}


def task(field: str, value: object, told: object = None, name: str | None = None, machine_id: str = "M2") -> Case:
    """Task T, M2 for 10 s, with this field."""
    change: dict[str, Any] = {"modes": (Mode(machine_id, 10),), field: value}
    return f"tasks[T].{name or field}", value if told is None else told, tasks(Task("T", **change))


def mode(name: str, told: object, wanted: Mode) -> Case:
    return f"tasks[T].{name}", told, tasks(Task("T", (wanted,)))


def needs(name: str, told: object, *wanted: Need) -> Case:
    return mode(name, told, Mode("M2", 10, **{name: wanted}))  # type: ignore[arg-type]


def state(name: str, told: object, wanted: Started | Pinned | Locked) -> Case:
    return task("state", wanted, told, name)


def prices(field: str, value: int) -> Case:
    return f"prices.{field}", value, {"prices": replace(Prices(), **{field: value})}


REFUSED: list[Case] = [
    ("now_s", -1, {"now_s": -1}),
    ("now_s", 1.5, {"now_s": 1.5}),
    ("operators", 2_001, {"operators": tuple(Operator(f"o{n}", ()) for n in range(2_001))}),
    ("tools", 2_001, {"tools": tuple(Tool(f"t{n}", "die") for n in range(2_001))}),
    ("operators[]", "", operators(Operator("", ()))),
    ("operators[ann]", "ann", operators(ANN)),
    ("tools[ann]", "ann", {"tools": (DIE, Tool("ann", "die"))}),
    ("operators[o].unavailable", (5, 5), operators(Operator("o", (), ((5, 5),)))),
    ("tools[t].unavailable", (-1, 5), {"tools": (DIE, Tool("t", "die", ((-1, 5),)))}),
    ("operators[o].skills", ("weld", "weld"), operators(Operator("o", ("weld", "weld")))),
    ("operators[o].skills", ("",), operators(Operator("o", ("",)))),
    ("tools[t].kind", "", {"tools": (DIE, Tool("t", ""))}),
    ("machines", 2_001, {"machines": tuple(Machine(f"m{n}") for n in range(2_001))}),
    ("machines[]", "", {"machines": (M1, Machine(""))}),
    ("machines[M1]", "M1", {"machines": (M1, M1)}),
    machine("ready_s", -1),
    machine("fence_s", TOO_LATE_S),
    machine("downtime", ((5, 5),), told=(5, 5)),
    machine("downtime", ((5, TOO_LATE_S),), told=(5, TOO_LATE_S)),
    machine("unavailable", ((9, 5),), told=(9, 5)),
    machine("unavailable", ((5, 6),) * 5_001, told=5_001),
    machine("overtime", (Overtime(9, 9, 1),), told=(9, 9)),
    machine("overtime", (Overtime(5, 9, 1), Overtime(8, 12, 1)), told=Overtime(8, 12, 1)),
    machine("overtime", (Overtime(5, 9, 1), Overtime(1, 3, 1)), told=Overtime(1, 3, 1)),
    machine("overtime", (Overtime(5, 9, -1),), "overtime.cost_cents", -1),
    machine("setups", (Setup("a", "b", -1),), told=Setup("a", "b", -1)),
    machine("setups", (Setup("a", "b", 1, MAX_CENTS + 1),), "setups.cost_cents", MAX_CENTS + 1),
    machine("setups", (Setup("a", "b", 1), Setup("a", "b", 2)), told=2),
    machine("batch_capacity", -1),
    machine("batch_capacity", MAX_QUANTITY + 1),
    ("jobs[]", "", {"jobs": (Job("", ()),)}),
    ("jobs[J]", "J", {"jobs": (*PROBLEM.jobs, Job("J", ()))}),
    job("release_s", -1),
    job("due_s", -1),
    job("deadline_s", TOO_LATE_S),
    job("weight", -1),
    job("weight", 10_001),
    ("jobs[L]", "R", tasks(Task("R", (Mode("M2", 1),)))),
    ("jobs[L]", "", tasks(Task("", (Mode("M2", 1),)))),
    ("jobs.tasks", MAX_TASKS + 3, tasks(*(Task(f"t{n}", (Mode("M2", 1),)) for n in range(MAX_TASKS + 1)))),
    task("modes", (), 0),
    task("modes", (Mode("M2", 1),) * 201, 201),
    task("modes", (Mode("M2", 1), Mode("M2", 2)), ["M2", "M2"]),
    task("modes", (Mode("M9", 5),), "M9"),
    mode("duration_s", 0, Mode("M2", 0)),
    mode("duration_s", MAX_DURATION_S + 1, Mode("M2", MAX_DURATION_S + 1)),
    mode("fixed_s", 6, Mode("M2", 5, fixed_s=6)),
    mode("fixed_s", -1, Mode("M2", 5, fixed_s=-1)),
    mode("cost_cents", -1, Mode("M2", 5, -1)),
    needs("operators", ["weld", "weld"], Need("weld"), Need("weld")),
    needs("operators", (Need("weld", 0),), Need("weld", 0)),
    needs("operators", (Need("weld", 9),), Need("weld", 9)),
    needs("operators", ["weld"], Need("weld", 3)),
    needs("operators", ["turn"], Need("weld"), Need("turn", 2)),
    needs("tools", ["jig"], Need("jig")),
    needs("tools", ["die"], Need("die", 2)),
    task("release_s", -1),
    task("size", 0),
    task("size", MAX_QUANTITY + 1),
    task("size", 5, machine_id="OVEN"),
    task("quantity", 0),
    task("quantity", MAX_QUANTITY + 1),
    task("max_lots", 2),
    task("max_lots", 0),
    ("tasks[T].max_lots", 51, tasks(Task("T", (Mode("M2", 10),), quantity=90, max_lots=51))),
    task("start_cost", tuple(CostStep(n, 1) for n in range(501)), 501),
    task("start_cost", (CostStep(-1, 1),), -1),
    task("start_cost", (CostStep(5, 1), CostStep(5, 2)), CostStep(5, 2)),
    task("start_cost", (CostStep(5, -1),), -1),
    state("state", "M9", Locked("M9")),
    state("state", "M9", Started("M9", 90, 5)),
    state("state", "M1", Locked("M1")),
    state("state", "M1", Pinned("M1", 500)),
    state("state.start_s", -1, Pinned("M2", -1)),
    state("state.start_s", 101, Started("M2", 101, 5)),
    state("remaining_s", -1, Started("M2", 90, -1)),
    state("state", "M1", Started("M1", 90, 5)),
    state("state", "OVEN", Started("OVEN", 80, 6, ("die1",))),
    state("state.held", "eve", Started("M2", 90, 5, ("eve",))),
    state("state.held", "bob", Started("M2", 90, 5, ("bob",))),
    task("after", (After("Z"),), "Z"),
    task("after", (After("R", -1),), -1),
    ("tasks.after", ["T", "T"], tasks(Task("T", (Mode("M2", 5),), (After("T"),)))),
    ("published[Z]", "Z", {"published": (Published("Z", "M1", 5),)}),
    ("published[R]", "R", {"published": (Published("R", "M1", 5), Published("R", "M2", 5))}),
    ("published[R]", "M9", {"published": (Published("R", "M9", 5),)}),
    ("published[R].start_s", -1, {"published": (Published("R", "M1", -1),)}),
    prices("deadline_s", -1),
    prices("near_pct", MAX_PRICE + 1),
]


@pytest.mark.parametrize(
    ("field", "value", "change"), REFUSED, ids=[f"{n}-{case[0]}" for n, case in enumerate(REFUSED)]
)
def test_a_broken_rule_is_refused_by_field_and_value(field: str, value: object, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidProblem) as caught:
        replace(PROBLEM, **change)
    assert (caught.value.field, caught.value.value) == (field, value)
    assert caught.value.rule


def test_a_batch_that_has_started_shares_its_machine_and_its_tools() -> None:
    joined = replace(PROBLEM, **tasks(replace(BAKES, task_id="T")))
    assert [task.task_id for _, task in joined.tasks()] == ["R", "B", "T"]


def test_needs_are_met_by_people_with_several_skills() -> None:
    wanted = Mode("M2", 10, operators=(Need("weld"), Need("turn")), tools=(Need("die"),))
    assert replace(PROBLEM, **tasks(Task("T", (wanted,))))


def test_one_person_with_two_skills_is_still_one_person() -> None:
    with pytest.raises(InvalidProblem) as caught:
        replace(PROBLEM, **tasks(Task("T", (Mode("M2", 10, operators=(Need("weld", 2), Need("turn"))),))))
    assert caught.value.field == "tasks[T].operators"


def test_a_task_without_after_waits_for_the_one_before_it_in_its_job() -> None:
    first, second = Task("T", (Mode("M2", 1),)), Task("U", (Mode("M2", 1),))
    chain = Job("L", (first, second, replace(second, task_id="V", after=())))
    assert [PROBLEM.predecessors(chain, position) for position in range(3)] == [(), (After("T"),), ()]


@pytest.mark.parametrize(("start_s", "pct"), [(0, 200), (100, 200), (150, 150), (199, 101), (200, 100), (900, 100)])
def test_changes_near_now_cost_more(start_s: int, pct: int) -> None:
    assert change_pct(Prices(near_pct=100, near_s=100), 100, start_s) == pct


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_problems())
def test_drawn_problems_are_valid(problem: SchedulingProblem) -> None:
    assert problem.machines


def test_a_seed_gives_one_problem_of_the_size_asked_for() -> None:
    for seed in range(30):
        assert random_problem(seed, seed) == random_problem(seed, seed)
        assert sum(1 for _ in random_problem(seed, seed).tasks()) == seed
