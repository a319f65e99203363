"""Whether a waived pin could have been kept: tried out in every way, with all that is fixed and nothing else.

The second judge of waivers, written apart from `check`; slow. Batches that the task could join are left out.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

from solvers.scheduling.plan import Assignment, Schedule, Waiver
from solvers.scheduling.problem import Job, Pinned, SchedulingProblem, Started, Task
from tests.unit.solvers.scheduling.second_by_second import SecondJudge

MARGIN_S = 400
"""No task of the problems that are tried here takes longer, breaks and all."""


def with_pins(rng: random.Random, problem: SchedulingProblem, schedule: Schedule) -> tuple[SchedulingProblem, Schedule]:
    """Some tasks are pinned where they stand, some elsewhere on their machine with a waiver, whatever it is worth."""
    places, waivers, starts = schedule.by_task(), [], [place.start_s for place in schedule.assignments]
    jobs: list[Job] = []
    for job in problem.jobs:
        tasks: list[Task] = []
        for task in job.tasks:
            place, chance = places[task.task_id], rng.random()
            state = task.state
            if not isinstance(state, Started) and chance < 0.7:
                start_s = place.start_s if chance < 0.4 else rng.choice(starts) + rng.randint(-20, 20)
                state = Pinned(place.machine_id, max(0, start_s), place.overtime)
                if start_s != place.start_s:
                    waivers.append(Waiver(task.task_id, "pin", place.machine_id, state.start_s, "so it says"))
            tasks.append(replace(task, state=state))
        jobs.append(replace(job, tasks=tuple(tasks)))
    return replace(problem, jobs=tuple(jobs)), Schedule(schedule.assignments, tuple(waivers))


def could_be_kept(problem: SchedulingProblem, schedule: Schedule, task_id: str) -> bool | None:
    """Is there a way to keep the pin next to what is pinned and kept, and what has started?

    None: not judged, because it could join a batch, or because what is fixed needs others in between for its setups.
    """
    tasks = {task.task_id: (job, task) for job, task in problem.tasks()}
    job, task = tasks[task_id]
    pin, places = task.state, schedule.by_task()
    assert isinstance(pin, Pinned)
    waits = problem.predecessors(job, job.tasks.index(task))
    if any(places[after.task_id].end_s + after.lag_s > pin.start_s for after in waits):
        return False
    fixed = {key for key, (_, other) in tasks.items() if _stands(other, places[key])}
    batches = {machine.machine_id for machine in problem.machines if machine.batch_capacity}
    together = {(places[key].machine_id, places[key].start_s) for key in fixed if places[key].machine_id in batches}
    if (pin.machine_id, pin.start_s) in together:
        return None
    fixed |= {key for key, place in places.items() if (place.machine_id, place.start_s) in together}
    alone = [
        Job(key, (replace(tasks[key][1], after=(), state=_fact(tasks[key][1])),), tasks[key][0].release_s)
        for key in (*(key for key in places if key in fixed and key != task_id), task_id)
    ]
    small = replace(problem, jobs=tuple(alone), published=())
    others = tuple(places[one.job_id] for one in alone[:-1])
    if not SecondJudge(replace(small, jobs=small.jobs[:-1]), Schedule(others)).feasible():
        return None
    mode = next(mode for mode in task.modes if mode.machine_id == pin.machine_id)
    number = sum(need.count for need in (*mode.operators, *mode.tools))
    units = [operator.operator_id for operator in problem.operators] + [tool.tool_id for tool in problem.tools]
    wanted = Assignment(task_id, pin.machine_id, pin.start_s, pin.start_s, pin.overtime)
    lengths = range(mode.duration_s, mode.duration_s + (MARGIN_S if task.interruptible else 1))
    alone_judge = SecondJudge(replace(problem, jobs=(), published=()), Schedule(()))
    ends = [pin.start_s + length_s for length_s in lengths]
    ends = [end_s for end_s in ends if alone_judge.lasts(replace(wanted, end_s=end_s), mode.duration_s)]
    tried = (
        Schedule((*others, replace(wanted, end_s=end_s, held=held)))
        for end_s in ends
        for held in combinations(units, number)
    )
    return any(SecondJudge(small, schedule).feasible() for schedule in tried)


def _stands(task: Task, place: Assignment) -> bool:
    state = task.state
    kept = isinstance(state, Pinned) and (place.machine_id, place.start_s) == (state.machine_id, state.start_s)
    return kept or isinstance(state, Started)


def _fact(task: Task) -> Started | None:
    return task.state if isinstance(task.state, Started) else None
