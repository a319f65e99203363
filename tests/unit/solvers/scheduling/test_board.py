"""The board: what it offers is the first place that every rule allows; units are matched; calendars are exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.scheduling.board import Board, Run
from solvers.scheduling.calendar import Calendar, without
from solvers.scheduling.check import check
from solvers.scheduling.crew import match
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import Overtime, Pinned, SchedulingProblem
from solvers.scheduling.repair import repair
from solvers.scheduling.shop import Operation, Shop, Way, index
from tests.unit.solvers.scheduling.random_problems import random_problem

INTERVALS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda two: (two[0], two[0] + two[1])), max_size=5
)


@settings(max_examples=100, deadline=None)
@given(INTERVALS, INTERVALS, st.integers(0, 40), st.integers(1, 12), st.booleans())
def test_a_calendar_answers_as_counting_the_seconds_does(
    blocked: list[tuple[int, int]], bought: list[tuple[int, int]], start_s: int, work_s: int, interruptible: bool
) -> None:
    merged = Calendar(bought)
    windows = [Overtime(low_s, high_s, 1) for low_s, high_s in zip(merged.starts, merged.ends, strict=True)]
    calendar = Calendar(without(blocked, windows))
    shut = {s for low_s, high_s in blocked for s in range(low_s, high_s)}
    shut -= {s for window in windows for s in range(window.start_s, window.end_s)}
    end_s, left_s = start_s, work_s
    while left_s:
        left_s -= end_s not in shut
        end_s += 1
    possible = start_s not in shut and (interruptible or end_s - start_s == work_s)
    assert calendar.fits(start_s, work_s, interruptible) == (end_s if possible else None)
    at_work = [s for s in range(start_s, start_s + work_s) if s not in shut]
    assert calendar.open_part(start_s, start_s + work_s) == (at_work[-1] if at_work else None)
    inside = [s for low_s, high_s in calendar.meeting(start_s, end_s) for s in range(low_s, high_s)]
    assert inside == [s for s in range(start_s, end_s) if s in shut]


@settings(max_examples=100, deadline=None)
@given(INTERVALS, INTERVALS, st.integers(0, 40), st.integers(1, 12))
def test_who_is_away_is_in_the_way_only_while_the_machine_works(
    away: list[tuple[int, int]], shut: list[tuple[int, int]], start_s: int, span_s: int
) -> None:
    missed = {s for low_s, high_s in away for s in range(low_s, high_s)}
    missed -= {s for low_s, high_s in shut for s in range(low_s, high_s)}
    last_s = max((s for s in range(start_s, start_s + span_s) if s in missed), default=None)
    clear_s = Calendar(away).clear_s(start_s, start_s + span_s, Calendar(shut))
    assert clear_s == (start_s if last_s is None else last_s + 1)


@given(st.lists(st.lists(st.integers(0, 5), unique=True, max_size=4), min_size=1, max_size=4))
def test_a_crew_is_found_if_there_is_one_and_nobody_is_in_it_twice(able: list[list[int]]) -> None:
    found = match(able)
    possible = any(len(set(choice)) == len(able) for choice in product(*able))
    assert (found is not None) == possible
    if found is not None:
        assert len(set(found)) == len(able)
        assert all(unit in units for unit, units in zip(found, able, strict=True))


def test_the_first_place_offered_is_the_first_that_the_referee_accepts() -> None:
    offered = 0
    for seed in range(60):
        problem = _without_wishes(random_problem(seed, 7))
        shop, schedule = index(problem), repair(problem)
        for op in shop.operations:
            if op.started or op.behind or any(m.batch_capacity for m in problem.machines):
                continue
            board = _board_without(shop, schedule, op.number)
            for way in op.ways:
                place = board.fit(op.number, way, board.ready_s(op.number), False)
                first = next(_accepted(problem, shop, schedule, op, way, board.ready_s(op.number), place.start_s))
                assert first == place.start_s, (seed, op.task.task_id)
                offered += 1
            break
    assert offered > 30


def _without_wishes(problem: SchedulingProblem) -> SchedulingProblem:
    jobs = tuple(
        replace(job, tasks=tuple(replace(t, state=None if isinstance(t.state, Pinned) else t.state) for t in job.tasks))
        for job in problem.jobs
    )
    return replace(problem, jobs=jobs, published=())


def _board_without(shop: Shop, schedule: Schedule, left_out: int) -> Board:
    board = Board(shop)
    for op, place in zip(shop.operations, schedule.assignments, strict=True):
        if op.number != left_out:
            held = tuple(shop.unit_of[unit] for unit in place.held)
            run = Run(shop.machine_of[place.machine_id], place.start_s, place.end_s, [op.number], held)
            run.started = op.started is not None
            board.insert(run)
            board.run_of[op.number] = run
    return board


def _accepted(
    problem: SchedulingProblem, shop: Shop, schedule: Schedule, op: Operation, way: Way, from_s: int, to_s: int
) -> Iterator[int]:
    """Starts that the referee accepts, whoever does it, the rest of the schedule as it is."""
    crews = [crew for crew in product(*way.needs) if len(set(crew)) == len(crew)]
    for start_s in range(from_s, to_s + 1):
        end_s = shop.calendars[way.machine].fits(start_s, way.work_s, op.task.interruptible)
        for crew in crews if end_s is not None else ():
            held = tuple(shop.units[unit] for unit in crew)
            place = Assignment(op.task.task_id, shop.machines[way.machine].machine_id, start_s, end_s or 0, held=held)
            places = list(schedule.assignments)
            places[op.number] = place
            if check(problem, Schedule(tuple(places))).ok:
                yield start_s
                break
    yield -1
