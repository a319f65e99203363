"""The annealing: its price is the checker's, it never gives back anything worse, and it is the same every time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solvers.budget import Budget
from solvers.scheduling.check import check
from solvers.scheduling.kernel.rich_search import Annealing, state_of
from solvers.scheduling.kernel.rich_state import PRICE
from solvers.scheduling.kernel.search import OwnSearch
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import (
    CostStep,
    Job,
    Machine,
    Mode,
    Need,
    Operator,
    Overtime,
    Prices,
    Published,
    SchedulingProblem,
    Setup,
    Task,
)
from solvers.scheduling.repair import repair
from solvers.scheduling.shop import index
from tests.unit.solvers.scheduling.cases import plant, published
from tests.unit.solvers.scheduling.random_problems import random_problem, seeds

LONG = Budget(seconds=600.0)
HOUR_S = 3_600


def annealed(problem: SchedulingProblem, start: Schedule, moves: int, seed: int = 1) -> Schedule:
    """What the own search finds in so many moves."""
    cost = check(problem, start).figures.objective
    own = OwnSearch(index(problem), start, cost, seed)
    own.run(LONG.start(), moves)
    found = own.found()
    report = check(problem, found.schedule)
    assert report.ok, report.violations
    assert report.figures.objective == found.cost <= cost
    return found.schedule


def test_the_kernel_prices_what_the_checker_counts() -> None:
    """Whatever the rules; but a waiver may lose its reason, and what batch machines cost is not counted."""
    for seed in seeds(60):
        problem = random_problem(seed, 4 + seed % 12)
        start, shop = repair(problem), index(problem)
        if not start.assignments or any(machine.batch_capacity for machine in problem.machines):
            continue
        search = Annealing(shop, start, seed)
        if not search.possible:
            continue
        search.run(LONG.start(), 400)
        schedule = search.schedule()
        report = check(problem, schedule)
        assert not [v for v in report.violations if v.kind != "waiver_unfounded"], (seed, report.violations)
        assert report.figures.objective == search.best.head[PRICE], seed


def test_what_is_timed_step_by_step_is_what_is_timed_at_once() -> None:
    problem = plant(5, jobs=12, per_job=4, count=4)
    shop, start = index(problem), repair(problem)
    search = Annealing(shop, start, 3)
    search.run(LONG.start(), 3_000)
    assert state_of(shop, search.rich, search.schedule()).head[PRICE] == search.best.head[PRICE]


def test_never_worse_and_always_feasible_whatever_the_rules() -> None:
    for seed in seeds(40):
        problem = random_problem(seed, 3 + seed % 15)
        if any(True for _ in problem.tasks()):
            annealed(problem, repair(problem), 200, seed)


def test_the_same_seed_and_moves_give_the_same_schedule() -> None:
    problem = plant(2, jobs=10, per_job=4, count=4)
    start = repair(problem)
    assert annealed(problem, start, 3_000, 7) == annealed(problem, start, 3_000, 7)


def test_a_plant_in_disorder_is_brought_into_order() -> None:
    problem = plant(4, jobs=60, per_job=4, count=5)
    start = repair(problem)
    before = check(problem, start).figures.objective
    assert check(problem, annealed(problem, start, 20_000)).figures.objective < 0.9 * before


@pytest.mark.parametrize(("cost_cents", "works"), [(100, True), (100_000, False)])
def test_overtime_is_bought_where_it_pays(cost_cents: int, works: bool) -> None:
    """Two hours late cost 7,200 cents."""
    machine = Machine("M", unavailable=((HOUR_S, 3 * HOUR_S),), overtime=(Overtime(HOUR_S, 3 * HOUR_S, cost_cents),))
    job = Job("J", (Task("T", (Mode("M", 2 * HOUR_S),)),), due_s=2 * HOUR_S)
    problem = SchedulingProblem(0, (machine,), (job,))
    start = Schedule((Assignment("T", "M", 3 * HOUR_S, 5 * HOUR_S),))
    (place,) = annealed(problem, start, 500).assignments
    assert (place.overtime, place.start_s) == ((True, 0) if works else (False, 3 * HOUR_S))


def test_maintenance_waits_for_the_cheap_hour() -> None:
    steps = (CostStep(0, 500), CostStep(HOUR_S, 20), CostStep(2 * HOUR_S, 300))
    job = Job("J", (Task("T", (Mode("M", 600),), start_cost=steps),))
    problem = SchedulingProblem(0, (Machine("M"),), (job,))
    (place,) = annealed(problem, Schedule((Assignment("T", "M", 0, 600),)), 500).assignments
    assert place.start_s == HOUR_S


def test_what_was_pushed_away_comes_back_to_its_published_start() -> None:
    """T stood at one hour; nothing is gained by starting it sooner or by keeping it where a repair left it."""
    jobs = (Job("A", (Task("T", (Mode("M", 600), Mode("N", 600))),)), Job("B", (Task("U", (Mode("M", 600),)),)))
    problem = SchedulingProblem(
        0, (Machine("M"), Machine("N")), jobs, (Published("T", "M", HOUR_S), Published("U", "M", 0))
    )
    start = Schedule((Assignment("T", "N", 0, 600), Assignment("U", "M", HOUR_S, HOUR_S + 600)))
    assert [(a.machine_id, a.start_s) for a in annealed(problem, start, 2_000).assignments] == [("M", HOUR_S), ("M", 0)]


def test_one_operator_serves_two_machines_in_the_better_order() -> None:
    modes = [(Mode(name, HOUR_S, operators=(Need("weld"),)),) for name in ("M", "N")]
    jobs = (Job("A", (Task("A", modes[0]),)), Job("B", (Task("B", modes[1]),), due_s=HOUR_S))
    problem = SchedulingProblem(
        0, (Machine("M"), Machine("N")), jobs, operators=(Operator("ann", ("weld",), ((0, 60),)),)
    )
    start = Schedule(
        (
            Assignment("A", "M", 60, HOUR_S + 60, held=("ann",)),
            Assignment("B", "N", HOUR_S + 60, 2 * HOUR_S + 60, held=("ann",)),
        )
    )
    first, second = annealed(problem, start, 1_000).assignments
    assert (second.start_s, first.start_s) == (60, HOUR_S + 60)
    assert first.held == second.held == ("ann",)


def test_families_are_brought_together() -> None:
    setups = tuple(Setup(a, b, 50, 10) for a in "ab" for b in "ab" if a != b)
    jobs = tuple(Job(f"J{n}", (Task(f"T{n}", (Mode("M", 10),), family="ab"[n % 2]),)) for n in range(10))
    problem = SchedulingProblem(0, (Machine("M", setups=setups, family="b"),), jobs)
    start = repair(problem)
    figures = check(problem, annealed(problem, start, 20_000)).figures
    assert (figures.setup_s, figures.setup_cents) == (50, 10)


def test_a_live_plant_keeps_most_of_its_plan() -> None:
    """A machine breaks down; what does not stand behind it stays where it is."""
    problem = plant(6, jobs=20, per_job=3, count=5)
    first = annealed(problem, repair(problem), 20_000)
    broken = replace(problem.machines[0], downtime=((problem.now_s, problem.now_s + 4 * HOUR_S),))
    event = replace(problem, machines=(broken, *problem.machines[1:]), published=published(first), prices=Prices())
    start = repair(event)
    before, after = (check(event, s).figures for s in (start, annealed(event, start, 20_000)))
    assert after.objective <= before.objective
    assert after.moved <= before.moved + 6
