"""Problems for the scheduling tests: a hostile strategy, a plant of any size, and ft06."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import (
    MAKESPAN_ONLY,
    After,
    Interval,
    Job,
    Machine,
    Mode,
    Pinned,
    Prices,
    Published,
    SchedulingProblem,
    Setup,
    Started,
    Task,
)

NOW_S = 1_000
FAMILIES = ("", "a", "b")
FT06 = """6 6
2 1 0 3 1 6 3 7 5 3 4 6
1 8 2 5 4 10 5 10 0 10 3 4
2 5 3 4 5 8 0 9 1 1 4 7
1 5 0 5 2 5 3 3 4 8 5 9
2 9 1 3 4 5 5 4 0 3 3 1
1 3 3 3 5 9 0 10 4 4 2 1
"""
"""Muth and Thompson (1963); optimum 55."""


def published(schedule: Schedule) -> tuple[Published, ...]:
    """The schedule as the plan in force."""
    return tuple(Published(a.task_id, a.machine_id, a.start_s, a.overtime) for a in schedule.assignments)


@st.composite
def intervals(draw: st.DrawFn) -> tuple[Interval, ...]:
    found = draw(st.lists(st.tuples(st.integers(900, 1_150), st.integers(1, 60)), max_size=3))
    return tuple((start_s, start_s + length_s) for start_s, length_s in found)


@st.composite
def machines(draw: st.DrawFn, count: int) -> tuple[Machine, ...]:
    pairs = [(a, b) for a in FAMILIES for b in FAMILIES if a != b]
    built = []
    for number in range(count):
        setups = draw(st.lists(st.tuples(st.sampled_from(pairs), st.integers(0, 20)), max_size=4))
        table = {pair: Setup(*pair, length_s) for pair, length_s in setups}
        built.append(
            Machine(
                f"M{number}",
                downtime=draw(intervals()),
                unavailable=draw(intervals()),
                ready_s=draw(st.sampled_from((0, NOW_S - 5, NOW_S + 30))),
                fence_s=draw(st.sampled_from((0, NOW_S + 20, NOW_S + 60))),
                setups=tuple(table.values()),
                family=draw(st.sampled_from(FAMILIES)),
            )
        )
    return tuple(built)


@st.composite
def tasks(draw: st.DrawFn, job: int, count: int, plant: tuple[Machine, ...], running: set[str]) -> tuple[Task, ...]:
    names = [machine.machine_id for machine in plant]
    built: list[Task] = []
    for number in range(count):
        options = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        modes = tuple(Mode(m, draw(st.integers(1, 40)), draw(st.integers(0, 5))) for m in options)
        state: Started | Pinned | None = None
        kind = draw(st.integers(0, 5))
        if kind == 0 and options[0] not in running:
            running.add(options[0])
            state = Started(options[0], NOW_S - draw(st.integers(0, 50)), draw(st.integers(0, 40)))
        elif kind == 1:
            state = Pinned(options[0], NOW_S + draw(st.integers(-10, 120)))
        after = None
        if job and draw(st.integers(0, 4)) == 0:
            after = (After(f"T{draw(st.integers(0, job - 1))}.0", draw(st.integers(0, 30))),)
        built.append(
            Task(f"T{job}.{number}", modes, after, draw(st.sampled_from(FAMILIES)), state, draw(st.booleans()))
        )
    return tuple(built)


@st.composite
def problems(draw: st.DrawFn) -> SchedulingProblem:
    """Anything `validate` lets through, small."""
    plant = draw(machines(draw(st.integers(1, 4))))
    running: set[str] = set()
    jobs = []
    for number in range(draw(st.integers(0, 5))):
        work = draw(tasks(number, draw(st.integers(1, 4)), plant, running))
        due_s = draw(st.none() | st.integers(900, 1_200))
        jobs.append(Job(f"J{number}", work, draw(st.integers(900, 1_080)), due_s, draw(st.integers(0, 9))))
    entries = []
    for job in jobs:
        for task in job.tasks:
            if draw(st.booleans()):
                machine_id = draw(st.sampled_from([machine.machine_id for machine in plant]))
                entries.append(Published(task.task_id, machine_id, NOW_S + draw(st.integers(-30, 200))))
    prices = draw(st.sampled_from((Prices(), MAKESPAN_ONLY, Prices(shifted_s=3, makespan_s=0))))
    return SchedulingProblem(NOW_S, plant, tuple(jobs), tuple(entries), prices)


def plant(seed: int, jobs: int, per_job: int, count: int, shifts: bool = True) -> SchedulingProblem:
    """A flexible job shop of jobs x per_job tasks with shifts, families, due dates and weights; nothing published."""
    rng = random.Random(seed)
    day = 86_400
    off = tuple((d * day + 57_600, (d + 1) * day + 21_600) for d in range(14)) if shifts else ()
    setups = tuple(Setup(a, b, 300 * rng.randint(1, 3)) for a in "abc" for b in "abc" if a != b)
    shop = tuple(Machine(f"M{m}", unavailable=off, setups=setups if m % 2 else ()) for m in range(count))
    built = []
    for j in range(jobs):
        work = []
        for t in range(per_job):
            options = rng.sample(range(count), rng.randint(1, min(3, count)))
            base_s = rng.randint(10, 60) * 60
            modes = tuple(Mode(f"M{m}", base_s + 60 * rng.randint(0, 20), rng.randint(0, 50)) for m in options)
            work.append(Task(f"T{j}.{t}", modes, family=rng.choice("abc"), interruptible=rng.random() < 0.3))
        built.append(Job(f"J{j}", tuple(work), 21_600, 21_600 + rng.randint(4, 72) * 3_600, rng.randint(1, 9)))
    return SchedulingProblem(21_600, shop, tuple(built))
