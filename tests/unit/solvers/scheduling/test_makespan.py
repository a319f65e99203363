"""The makespan search: every walk it finds is a schedule, its figures are the checker's, its bound holds."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.budget import Budget, Deadline
from solvers.scheduling.check import check
from solvers.scheduling.io import Rows, parse, problem_of
from solvers.scheduling.kernel.arrays import facts_of
from solvers.scheduling.kernel.makespan import MakespanSearch, is_plain
from solvers.scheduling.kernel.makespan_graph import empty_plan, measure, net_of, take_walk
from solvers.scheduling.kernel.timing import Walk, empty_walk, link
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import MAKESPAN_ONLY, After, Job, Machine, Mode, SchedulingProblem, Task
from solvers.scheduling.repair import repair
from solvers.scheduling.shop import Shop, index
from tests.unit.solvers.scheduling.cases import FT06


def deadline() -> Deadline:
    return Budget(seconds=3600.0).start()


def walk_of(shop: Shop, schedule: Schedule) -> Walk:
    """The schedule as sequences."""
    facts, places = facts_of(shop, schedule), schedule.assignments
    walk, last = empty_walk(len(places), len(shop.machines)), [-1] * len(shop.machines)
    for number in sorted(range(len(places)), key=lambda n: (places[n].start_s, places[n].end_s, shop.order.index(n))):
        machine = shop.machine_of[places[number].machine_id]
        modes = range(int(facts.mode_at[number]), int(facts.mode_at[number + 1]))
        mode = next(m for m in modes if facts.mode_machine[m] == machine)
        link(walk, number, machine, mode, last[machine])
        last[machine] = number
    return walk


def search_for(problem: SchedulingProblem, seed: int = 0) -> MakespanSearch:
    shop, start = index(problem), repair(problem)
    facts = facts_of(shop, start)
    assert is_plain(facts)
    return MakespanSearch(facts, walk_of(shop, start), seed)


def schedule_of(problem: SchedulingProblem, search: MakespanSearch) -> Schedule:
    """The best walk by times worked out here, from the sequences alone."""
    net, plan = net_of(search.facts), empty_plan(search.count, search.machines)
    take_walk(plan, search.best)
    assert measure(net, plan) == search.makespan
    places = [
        Assignment(
            task.task_id, problem.machines[machine].machine_id, problem.now_s + head, problem.now_s + head + work
        )
        for (_, task), machine, head, work in zip(
            problem.tasks(), plan.machine.tolist(), plan.head.tolist(), plan.work.tolist(), strict=True
        )
    ]
    return Schedule(tuple(places))


@st.composite
def plain_problems(draw: st.DrawFn) -> SchedulingProblem:
    """A few jobs with lags, joins, releases, machines that are ready late and operations that take no time."""
    machines = tuple(Machine(f"M{n}", ready_s=draw(st.integers(0, 9))) for n in range(draw(st.integers(1, 4))))
    ids: list[str] = []
    jobs: list[Job] = []
    for number in range(draw(st.integers(1, 6))):
        tasks: list[Task] = []
        for position in range(draw(st.integers(1, 4))):
            wanted = draw(st.lists(st.sampled_from(machines), min_size=1, max_size=3, unique_by=lambda m: m.machine_id))
            modes = tuple(Mode(machine.machine_id, draw(st.integers(1, 9))) for machine in wanted)
            earlier = draw(st.lists(st.sampled_from(ids), max_size=2, unique=True)) if ids else []
            after = tuple(After(task_id, draw(st.integers(0, 5))) for task_id in earlier)
            tasks.append(Task(f"{number}.{position}", modes, after=after if draw(st.booleans()) else None))
            ids.append(tasks[-1].task_id)
        jobs.append(Job(str(number), tuple(tasks), release_s=draw(st.integers(0, 20))))
    return SchedulingProblem(0, machines, tuple(jobs), prices=MAKESPAN_ONLY)


@settings(max_examples=60, deadline=None)
@given(plain_problems(), st.integers(1, 400), st.integers(0, 3))
def test_every_walk_found_is_a_schedule_and_its_makespan_the_checkers(
    problem: SchedulingProblem, steps: int, seed: int
) -> None:
    search = search_for(problem, seed)
    begun = search.makespan
    search.run(deadline(), steps)
    report = check(problem, schedule_of(problem, search))
    assert not report.violations
    assert report.figures.makespan_s == search.makespan <= begun
    assert search.bound <= search.makespan
    assert search.steps <= steps


def least_makespan(problem: SchedulingProblem) -> int:
    """The optimum, from all orders and all modes."""
    shop = index(problem)
    operations = shop.operations
    least = 2**60
    for order in itertools.permutations(range(len(operations))):
        rank = {number: at for at, number in enumerate(order)}
        if any(rank[earlier] > rank[op.number] for op in operations for earlier, _ in op.before):
            continue
        for modes in itertools.product(*(operations[number].task.modes for number in order)):
            free = {machine.machine_id: machine.ready_s for machine in problem.machines}
            ends: dict[int, int] = {}
            for number, mode in zip(order, modes, strict=True):
                waits = [ends[earlier] + lag_s for earlier, lag_s in operations[number].before]
                start_s = max([operations[number].release_s, free[mode.machine_id], *waits])
                ends[number] = free[mode.machine_id] = start_s + mode.duration_s
            least = min(least, max(ends.values()))
    return least


@settings(max_examples=40, deadline=None)
@given(plain_problems().filter(lambda problem: sum(1 for _ in problem.tasks()) <= 5))
def test_the_bound_holds_and_small_problems_are_solved(problem: SchedulingProblem) -> None:
    search, optimum = search_for(problem), least_makespan(problem)
    search.run(deadline(), 1_000)
    assert search.bound <= optimum == search.makespan


def random_shop(jobs: int, machines: int, options: int, seed: int) -> SchedulingProblem:
    """Each job visits every machine once, in an order of its own; with other machines for each step."""
    random = np.random.default_rng(seed)
    rows: Rows = []
    for _ in range(jobs):
        places = random.permutation(machines)
        rows.append(
            [
                [(int(place + other) % machines, int(random.integers(1, 60))) for other in range(options)]
                for place in places
            ]
        )
    return problem_of(rows, machines)


@pytest.mark.parametrize("options", [1, 3])
def test_what_is_kept_up_is_what_a_fresh_measure_gives(options: int) -> None:
    search = search_for(random_shop(10, 6, options, 1))
    for _ in range(60):
        search.run(deadline(), search.steps + 7)
        kept = [row.copy() for row in (search.plan.head, search.plan.tail)]
        makespan = int(search.state[4])
        assert measure(search.net, search.plan) == makespan
        assert all((a == b).all() for a, b in zip(kept, (search.plan.head, search.plan.tail), strict=True))


@pytest.mark.parametrize("options", [1, 3])
def test_the_order_respects_every_arc(options: int) -> None:
    search = search_for(random_shop(10, 6, options, 2))
    search.run(deadline(), 777)
    plan, place = search.plan, search.plan.place
    assert sorted(plan.order.tolist()) == list(range(search.count))
    for number in range(search.count):
        at, stop = search.net.ahead_at[number], search.net.ahead_at[number + 1]
        before = [
            *search.net.ahead[at:stop].tolist(),
            *([int(plan.before[number])] if plan.before[number] >= 0 else []),
        ]
        assert all(place[earlier] < place[number] for earlier in before)


def test_the_same_seed_and_limit_give_the_same_walk_in_any_thread() -> None:
    problem = random_shop(8, 5, 2, 3)
    searches = [search_for(problem, 5) for _ in range(2)]
    searches[0].run(deadline(), 3_000)
    thread = threading.Thread(target=searches[1].run, args=(deadline(), 3_000))
    thread.start()
    thread.join()
    assert searches[0].makespan == searches[1].makespan
    assert all((a == b).all() for a, b in zip(searches[0].best, searches[1].best, strict=True))


def test_ft06_is_solved_to_its_optimum() -> None:
    search = search_for(problem_of(*parse(FT06)))
    search.run(deadline(), 5_000)
    assert search.makespan == 55


def test_the_search_goes_on_from_what_comes_in() -> None:
    problem = problem_of(*parse(FT06))
    better, search = search_for(problem, 1), search_for(problem, 2)
    better.run(deadline(), 5_000)
    search.inbox.append(better.best)
    search.run(deadline(), 1)
    assert search.makespan == better.makespan
