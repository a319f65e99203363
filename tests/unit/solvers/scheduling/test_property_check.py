"""The checker against a judge that counts single seconds, on random problems and damaged schedules."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import get_args

from solvers.scheduling.check import Kind, check
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import SchedulingProblem
from solvers.scheduling.repair import repair
from tests.unit.solvers.scheduling.damages import DAMAGES
from tests.unit.solvers.scheduling.one_behind_another import one_behind_another, without_wishes
from tests.unit.solvers.scheduling.random_problems import random_problem, seeds
from tests.unit.solvers.scheduling.second_by_second import SecondJudge
from tests.unit.solvers.scheduling.second_opinion import could_be_kept, with_pins

UNCOUNTED = {"forgotten", "unknown_machine"}
"""Damages after which a task has no place, so that the second judge has nothing to count."""


def _judged(problem: SchedulingProblem, schedule: Schedule, what: str) -> set[Kind]:
    """The kinds of violation found, after both judges have said the same."""
    report, second = check(problem, schedule), SecondJudge(problem, schedule)
    told = {violation.kind for violation in report.violations}
    assert (not told - {"waiver_unfounded"}) == second.feasible(), (what, report.violations)
    if what.rpartition(" ")[2] not in UNCOUNTED:
        assert report.figures.objective == second.objective(), (what, report.figures)
    return told


def _bases(seed: int) -> Iterator[tuple[SchedulingProblem, Schedule]]:
    """A schedule with wishes kept and waived, and a feasible one of the same problem without wishes."""
    problem = random_problem(seed, 1 + seed % 14)
    yield problem, repair(problem)
    plain = without_wishes(problem)
    yield plain, one_behind_another(plain)


def test_both_judges_say_the_same_of_schedules_and_of_every_damage_to_them() -> None:
    """Every kind of damage is done and found, and every kind of violation is found by some damage."""
    found: Counter[str] = Counter()
    kinds: Counter[Kind] = Counter()
    for seed in seeds(200):
        rng = random.Random(seed)
        for problem, schedule in _bases(seed):
            before = _judged(problem, schedule, f"seed {seed} undamaged")
            for damage in DAMAGES:
                hit = damage(rng, problem, schedule, rng.choice(schedule.assignments))
                if hit is not None:
                    told = _judged(problem, hit, f"seed {seed} {damage.__name__}")
                    found[damage.__name__] += bool(told - before)
                    kinds.update(told - before)
    assert {damage.__name__ for damage in DAMAGES} == set(+found), found
    assert set(get_args(Kind)) == set(kinds), kinds


def test_tasks_one_behind_another_are_feasible_where_there_are_no_wishes() -> None:
    for seed in seeds(150):
        problem = without_wishes(random_problem(seed, seed % 30))
        assert check(problem, one_behind_another(problem)).ok, seed


def test_a_waiver_is_unfounded_exactly_where_the_pin_could_have_been_kept() -> None:
    """Tried out in every way; only setups between tasks that are no neighbours excuse a waiver too easily."""
    judged: Counter[bool] = Counter()
    for seed in seeds(150):
        plain = without_wishes(random_problem(seed, 2 + seed % 12))
        problem, schedule = with_pins(random.Random(seed), plain, one_behind_another(plain))
        told = {v.task_id for v in check(problem, schedule).violations if v.kind == "waiver_unfounded"}
        setups = any(machine.setups for machine in problem.machines)
        for waiver in schedule.waivers:
            could = could_be_kept(problem, schedule, waiver.task_id)
            if could is not None:
                unfounded = waiver.task_id in told
                assert could == unfounded or (could and setups), (seed, waiver, could)
                judged[could] += 1
    assert min(judged[True], judged[False]) > 0
