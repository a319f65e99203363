"""A plant in mid execution: its plan in force, and what has happened by `now`.

Promises: the plan in force keeps every rule; the same seed gives the same plant, whatever the solvers are.
Every due date is one that the plan in force keeps: it is promised from it, with a slack from nothing to half the time
the job takes. So whatever is late after an event is late because of it.
Called by: `events`, `__main__`, `scheduling_events`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from solvers.errors import require
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import Interval, Job, Published, SchedulingProblem, Started, Task
from tests.bench.scheduling_events_set.dispatch import Dispatcher
from tests.bench.scheduling_events_set.plant import HALL_TASKS, MINUTE_S, Plant, Rows, traits_of

MOST_TASKS = 5_000
DONE_PCT = 25
"""So many tasks beside those wanted are finished at `now`."""
SHUFFLES = 12
SLACK_PCT = 50
FENCE_MIN = (20, 60)

Source = Callable[[str, random.Random], Rows]
"""Rows of a published instance of a family."""


@dataclass(frozen=True, slots=True)
class Live:
    """A problem as of now, with nothing amiss, and the whole plan in force for its tasks: ends and people too."""

    name: str
    problem: SchedulingProblem
    before: Schedule


def live(seed: int, tasks: int, source: Source) -> Live:
    """The plant of this seed with as many tasks unfinished, give or take those that end in one second."""
    require(10 <= tasks <= MOST_TASKS, "tasks", tasks, f"10..{MOST_TASKS}")
    require(0 <= seed < 2**31, "seed", seed, "0..2**31-1")
    rng = random.Random(f"{seed} {tasks}")
    traits = traits_of(seed)
    wanted = tasks + tasks * DONE_PCT // 100
    plant = Plant(traits, 1 + (tasks - 1) // HALL_TASKS, rng)
    while plant.tasks < wanted:
        plant.add_wave(source(traits.family, rng), wanted)
    problem = plant.problem()
    plan = first_plan(problem, rng)
    now_s = sorted(place.end_s for place in plan.values())[wanted - tasks - 1]
    return cut(f"{tasks}-{seed}", promised(problem, plan, rng), plan, now_s, rng)


def first_plan(problem: SchedulingProblem, rng: random.Random) -> dict[str, Assignment]:
    """The best of some dispatches of the jobs, by release with more and more noise: short flow times, few setups."""
    plans = []
    for shuffle in range(SHUFFLES):
        noise_s = shuffle * 20 * MINUTE_S
        begin_s = {job.job_id: job.release_s + rng.randint(0, noise_s) for job in problem.jobs}
        board, ready_s = Dispatcher(problem), dict(begin_s)
        left = {job.job_id: list(job.tasks) for job in problem.jobs}
        while left:
            # The operation that could start first is next, as in a shop where nobody looks ahead.
            key = min(left, key=lambda key: (ready_s[key], key))
            task = left[key].pop(0)
            ready_s[key] = board.place(task, task.modes, max(ready_s[key], 0)).end_s
            if not left[key]:
                del left[key]
        plans.append(board.placed)
    return min(plans, key=lambda plan: _flow_s(problem, plan))


def _flow_s(problem: SchedulingProblem, plan: dict[str, Assignment]) -> int:
    last_s = max(place.end_s for place in plan.values())
    return last_s + sum(plan[job.tasks[-1].task_id].end_s - job.release_s for job in problem.jobs) // len(problem.jobs)


def promised(problem: SchedulingProblem, plan: dict[str, Assignment], rng: random.Random) -> SchedulingProblem:
    """The problem with due dates that the plan keeps."""
    jobs: list[Job] = []
    for job in problem.jobs:
        end_s = plan[job.tasks[-1].task_id].end_s
        jobs.append(replace(job, due_s=end_s + rng.randint(0, SLACK_PCT * (end_s - job.release_s) // 100)))
    return replace(problem, jobs=tuple(jobs))


def cut(name: str, problem: SchedulingProblem, plan: dict[str, Assignment], now_s: int, rng: random.Random) -> Live:
    """What is left at now: finished tasks gone, running ones started, a fence for each machine."""
    blocked = {machine.machine_id: machine.unavailable for machine in problem.machines}
    jobs: list[Job] = []
    for job in problem.jobs:
        tasks = [t for t in job.tasks if plan[t.task_id].end_s > now_s]
        if tasks:
            kept = tuple(_begun(t, plan[t.task_id], now_s, blocked[plan[t.task_id].machine_id]) for t in tasks)
            jobs.append(replace(job, tasks=kept))
    places = tuple(plan[task.task_id] for job in jobs for task in job.tasks)
    published = tuple(Published(p.task_id, p.machine_id, p.start_s, held=p.held) for p in places)
    machines = tuple(replace(m, fence_s=now_s + rng.randint(*FENCE_MIN) * MINUTE_S) for m in problem.machines)
    families = _families(problem, plan, now_s)
    machines = tuple(replace(m, family=families.get(m.machine_id, "")) for m in machines)
    cut_problem = replace(problem, now_s=now_s, machines=machines, jobs=tuple(jobs), published=published)
    return Live(name, cut_problem, Schedule(places))


def _begun(task: Task, place: Assignment, now_s: int, blocked: tuple[Interval, ...]) -> Task:
    if place.start_s >= now_s:
        return task
    off_s = sum(max(0, min(place.end_s, to_s) - max(now_s, from_s)) for from_s, to_s in blocked)
    left_s = place.end_s - now_s - off_s
    return replace(task, state=Started(place.machine_id, place.start_s, left_s, place.held))


def _families(problem: SchedulingProblem, plan: dict[str, Assignment], now_s: int) -> dict[str, str]:
    """What each machine is set up for: the family of the last task it has finished."""
    done = sorted(
        (plan[t.task_id].end_s, t.task_id, t.family) for _, t in problem.tasks() if plan[t.task_id].end_s <= now_s
    )
    return {plan[key].machine_id: family for _, key, family in done}
