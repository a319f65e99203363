"""One event on a live plant: what happened, and the problem after it.

Promises: the same plant, kind and seed give the same event; the event is known at `now`, and touches something, except
for the kind `nothing`, after which the plan in force keeps every rule and could not cost less for the event.
Called by: `form`, `__main__`, `scheduling_events`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from solvers.errors import require
from solvers.scheduling.plan import Assignment
from solvers.scheduling.problem import Job, Locked, Pinned, SchedulingProblem, Task
from tests.bench.scheduling_events_set.live import Live
from tests.bench.scheduling_events_set.plant import HOUR_S, MINUTE_S

NEAR_S = 6 * HOUR_S
"""What an event touches was to start within this time, where there is such a task."""
HALF_HOUR_S = 30 * MINUTE_S
RUSH_WEIGHT = 8


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to what: ids, and a time span where the kind has one."""

    kind: str
    subject: str
    from_s: int
    to_s: int
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """An event and the problem after it; `live` is what was in force."""

    name: str
    live: Live
    event: Event
    problem: SchedulingProblem


def case(plant: Live, kind: str, seed: int = 0) -> Case | None:
    """The event of this kind; None where the plant has nothing it could happen to (nobody to be absent)."""
    require(kind in KINDS, "kind", kind, f"one of {', '.join(KINDS)}")
    rng = random.Random(f"{plant.name} {kind} {seed}")
    made = KINDS[kind](plant, rng)
    if made is None:
        return None
    event, problem = made
    return Case(f"{plant.name}-{kind}" + (f"-{seed}" if seed else ""), plant, event, problem)


Made = tuple[Event, SchedulingProblem] | None


def _breakdown(plant: Live, rng: random.Random) -> Made:
    """A machine that has work soon is down from now on, for one to six hours, and into that work at least."""
    place = rng.choice(_soon(plant))
    machine_id, from_s = place.machine_id, plant.problem.now_s
    to_s = max(from_s + rng.randint(60, 360) * MINUTE_S, place.start_s + HALF_HOUR_S)
    event = Event("breakdown", machine_id, from_s, to_s, f"{machine_id} is down until {to_s}")
    return event, _down(plant.problem, machine_id, from_s, to_s)


def _rush(plant: Live, rng: random.Random) -> Made:
    """A new order with the route of another one, wanted in one to two and a half times its work."""
    problem = plant.problem
    longest = max(len(job.tasks) for job in problem.jobs)
    pattern = rng.choice(
        [job for job in problem.jobs if len(job.tasks) >= max(2, longest // 2) or len(job.tasks) == longest]
    )
    tasks = tuple(replace(task, task_id=f"rush.{n}", state=None, release_s=0) for n, task in enumerate(pattern.tasks))
    work_s = sum(min(mode.duration_s for mode in task.modes) for task in tasks)
    due_s = problem.now_s + work_s * rng.randint(100, 250) // 100
    job = Job("rush", tasks, problem.now_s, due_s, RUSH_WEIGHT)
    event = Event("rush", "rush", problem.now_s, due_s, f"rush order like {pattern.job_id}, due at {due_s}")
    return event, replace(problem, jobs=(*problem.jobs, job))


def _material(plant: Live, rng: random.Random) -> Made:
    """The material of a task that was to start soon comes one to eight hours after its start."""
    place = rng.choice(_soon(plant))
    to_s = place.start_s + rng.randint(60, 480) * MINUTE_S
    event = Event("material", place.task_id, place.start_s, to_s, f"material of {place.task_id} comes at {to_s}")
    return event, change_task(plant.problem, place.task_id, release_s=to_s)


def _absent(plant: Live, rng: random.Random) -> Made:
    """Somebody who has work soon is away from now on, for four to nine hours, and during that work at least."""
    held = [place for place in _soon(plant) if place.held]
    if not held:
        return None
    place = rng.choice(held)
    key, from_s = place.held[0], plant.problem.now_s
    to_s = max(from_s + rng.randint(240, 540) * MINUTE_S, place.start_s + HALF_HOUR_S)
    event = Event("absent", key, from_s, to_s, f"{key} is absent until {to_s}")
    return event, _away(plant.problem, key, from_s, to_s)


def _override(plant: Live, rng: random.Random) -> Made:
    """A person wants a task on another machine, where there is one, or else at another time on its own."""
    problem = plant.problem
    tasks = {task.task_id: task for _, task in problem.tasks()}
    fence_s = {machine.machine_id: machine.fence_s for machine in problem.machines}
    soon = [place for place in _soon(plant) if place.start_s >= fence_s[place.machine_id]]
    place = rng.choice(soon or _soon(plant))
    others = [mode.machine_id for mode in tasks[place.task_id].modes if mode.machine_id != place.machine_id]
    if others and rng.random() < 0.5:
        machine_id = rng.choice(others)
        event = Event("override", place.task_id, place.start_s, place.start_s, f"{place.task_id} on {machine_id}")
        return event, change_task(problem, place.task_id, state=Locked(machine_id))
    to_s = place.start_s + rng.randint(30, 240) * MINUTE_S
    text = f"{place.task_id} on {place.machine_id} at {to_s}"
    event = Event("override", place.task_id, place.start_s, to_s, text)
    return event, change_task(problem, place.task_id, state=Pinned(place.machine_id, to_s))


def _nothing(plant: Live, rng: random.Random) -> Made:
    """A stop while the machine is idle, or material that comes later than said and still in time."""
    place = rng.choice(_soon(plant))
    if rng.random() < 0.5:
        machine_id, from_s, to_s = rng.choice(_idle(plant))
        event = Event("nothing", machine_id, from_s, to_s, f"{machine_id} is down from {from_s} to {to_s}, while idle")
        return event, _down(plant.problem, machine_id, from_s, to_s)
    text = f"material of {place.task_id} comes at {place.start_s}, in time"
    event = Event("nothing", place.task_id, plant.problem.now_s, place.start_s, text)
    return event, change_task(plant.problem, place.task_id, release_s=place.start_s)


KINDS: dict[str, Callable[[Live, random.Random], Made]] = {
    "breakdown": _breakdown,
    "rush": _rush,
    "material": _material,
    "absent": _absent,
    "override": _override,
    "nothing": _nothing,
}


def change_task(problem: SchedulingProblem, task_id: str, **fields: object) -> SchedulingProblem:
    """The problem with other fields of one task."""

    def changed(task: Task) -> Task:
        return replace(task, **fields) if task.task_id == task_id else task  # type: ignore[arg-type]

    jobs = tuple(replace(job, tasks=tuple(changed(task) for task in job.tasks)) for job in problem.jobs)
    return replace(problem, jobs=jobs)


def _down(problem: SchedulingProblem, machine_id: str, from_s: int, to_s: int) -> SchedulingProblem:
    machines = tuple(
        replace(m, downtime=(*m.downtime, (from_s, to_s))) if m.machine_id == machine_id else m
        for m in problem.machines
    )
    return replace(problem, machines=machines)


def _away(problem: SchedulingProblem, key: str, from_s: int, to_s: int) -> SchedulingProblem:
    operators = tuple(
        replace(o, unavailable=(*o.unavailable, (from_s, to_s))) if o.operator_id == key else o
        for o in problem.operators
    )
    return replace(problem, operators=operators)


def _soon(plant: Live) -> list[Assignment]:
    """Published places of tasks that have not started and were to start soon; the first where none is."""
    now_s = plant.problem.now_s
    waiting = sorted((p for p in plant.before.assignments if p.start_s >= now_s), key=lambda p: (p.start_s, p.task_id))
    return [place for place in waiting if place.start_s < now_s + NEAR_S] or waiting[:1]


def _idle(plant: Live) -> list[tuple[str, int, int]]:
    """Stretches in which a machine has nothing to do, before its next task or after its last."""
    free_s = dict.fromkeys((machine.machine_id for machine in plant.problem.machines), plant.problem.now_s)
    found = []
    for place in sorted(plant.before.assignments, key=lambda place: place.start_s):
        if place.start_s - free_s[place.machine_id] >= 10 * MINUTE_S:
            found.append((place.machine_id, free_s[place.machine_id], place.start_s))
        free_s[place.machine_id] = max(free_s[place.machine_id], place.end_s)
    return [*found, *((key, moment_s, moment_s + HOUR_S) for key, moment_s in sorted(free_s.items()))]
