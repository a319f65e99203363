"""Repair, search and solve on random problems with every feature: feasible, repeatable, never worse than the start."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from solvers.budget import Budget
from solvers.scheduling.check import check
from solvers.scheduling.kernel.search import polish
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Pinned, SchedulingProblem
from solvers.scheduling.repair import repair
from solvers.scheduling.solve import solve
from tests.unit.solvers.scheduling.cases import NOW_S, published
from tests.unit.solvers.scheduling.random_problems import random_problem, random_problems, seeds

HOSTILE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _cost(problem: SchedulingProblem, schedule: Schedule, seed: object) -> int:
    """The objective, after the checker has passed it."""
    report = check(problem, schedule)
    assert report.ok, (seed, report.violations)
    return report.figures.objective


def _unpinned(problem: SchedulingProblem) -> SchedulingProblem:
    jobs = tuple(
        replace(job, tasks=tuple(replace(t, state=None) if isinstance(t.state, Pinned) else t for t in job.tasks))
        for job in problem.jobs
    )
    return replace(problem, jobs=jobs)


def _broken(problem: SchedulingProblem, schedule: Schedule, seed: int) -> SchedulingProblem:
    """The schedule is in force, everything soon is fenced, and one machine breaks down."""
    rng = random.Random(seed)
    machines = [replace(machine, fence_s=NOW_S + rng.choice((0, 50, 500))) for machine in problem.machines]
    hit = rng.randrange(len(machines))
    start_s = NOW_S + rng.randint(0, 50)
    downtime = (*machines[hit].downtime, (start_s, start_s + rng.randint(1, 90)))
    machines[hit] = replace(machines[hit], downtime=downtime)
    return replace(problem, machines=tuple(machines), published=published(schedule))


@HOSTILE
@given(random_problems())
def test_every_valid_problem_gets_a_feasible_schedule(problem: SchedulingProblem) -> None:
    _cost(problem, repair(problem), "drawn")


def test_repair_answers_every_problem_and_every_breakdown_the_same_way_twice() -> None:
    for seed in seeds(200):
        problem = random_problem(seed, seed % 25)
        schedule = repair(problem)
        _cost(problem, schedule, seed)
        assert repair(problem) == schedule, seed
        event = _broken(problem, schedule, seed)
        _cost(event, repair(event), seed)


def test_repair_of_what_is_published_already_changes_nothing() -> None:
    """Where people and tools are handed out in another order, one task in a hundred problems may have to move."""
    changed = []
    for seed in seeds(150):
        problem = _unpinned(random_problem(seed, seed % 25))
        first = repair(problem)
        again = repair(replace(problem, published=published(first)))
        places = [[(a.machine_id, a.start_s, a.end_s) for a in schedule.assignments] for schedule in (first, again)]
        if places[0] != places[1]:
            assert problem.operators or problem.tools, seed
            changed.append(seed)
    assert len(changed) <= 1 + len(seeds(150)) // 50, changed


def test_search_is_never_worse_than_its_start() -> None:
    for seed in seeds(30):
        problem = random_problem(seed, 3 + seed % 25)
        start = repair(problem)
        better = polish(problem, start, Budget(seconds=60, seed=seed, iterations=2))
        assert _cost(problem, better, seed) <= _cost(problem, start, seed), seed


def test_solve_is_never_worse_than_its_start_and_states_its_cost() -> None:
    for seed in seeds(20):
        problem = random_problem(seed, 3 + seed % 25)
        start = repair(problem)
        result = solve(problem, start, Budget(seconds=5, seed=seed, iterations=1))
        assert result.plan is not None
        cost = _cost(problem, result.plan, seed)
        assert result.cost == cost <= _cost(problem, start, seed), seed
        assert result.bound is None or result.bound <= cost, seed
