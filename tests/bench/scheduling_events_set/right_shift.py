"""Right shift, the baseline of the literature (Abumaizar and Svestka 1997): everything keeps its machine and waits.

Tasks are placed in published order, none before its published start; what a fact or another task pushes moves right,
to the first place that fits. New tasks come last, each on the machine where it ends first; pins and what they wait for
come before everything else.
Promises: keeps every hard rule. Fences are kept where facts and pins allow; no waivers are written.
Called by: `score`, `scheduling_events`.
"""

from __future__ import annotations

from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Locked, Mode, Pinned, SchedulingProblem, Started, Task
from tests.bench.scheduling_events_set.dispatch import Dispatcher

FAR_S = 2**60


def right_shift(problem: SchedulingProblem, before: Schedule) -> Schedule:
    """The schedule that right shift gives; `before`: the plan in force, whose people stay with their tasks if they can.

    What tasks wait for is within their job, without lags.
    """
    board = Dispatcher(problem, {place.task_id: place.held for place in before.assignments})
    published = {entry.task_id: entry for entry in problem.published}
    release_s = {task.task_id: job.release_s for job, task in problem.tasks()}
    waits = {
        task.task_id: [after.task_id for after in problem.predecessors(job, position)]
        for job in problem.jobs
        for position, task in enumerate(job.tasks)
    }
    first = _pinned(problem, waits)
    tasks = [task for _, task in problem.tasks() if not isinstance(task.state, Started)]
    starts = {task.task_id: published[task.task_id].start_s if task.task_id in published else FAR_S for task in tasks}
    # The sort is stable: what has one start, or none, stays in the order of its job.
    for task in sorted(tasks, key=lambda task: (task.task_id not in first, starts[task.task_id])):
        ends = [board.placed[earlier].end_s for earlier in waits[task.task_id]]
        entry = published.get(task.task_id)
        from_s = entry.start_s if entry else 0
        if isinstance(task.state, Pinned):
            from_s = task.state.start_s
        board.place(
            task, _modes(task, entry.machine_id if entry else ""), max([from_s, release_s[task.task_id], *ends])
        )
    return Schedule(tuple(board.placed[task.task_id] for _, task in problem.tasks()))


def _pinned(problem: SchedulingProblem, waits: dict[str, list[str]]) -> set[str]:
    """Pinned tasks and all they wait for."""
    found = {task.task_id for _, task in problem.tasks() if isinstance(task.state, Pinned)}
    open_ends = list(found)
    while open_ends:
        for earlier in waits[open_ends.pop()]:
            if earlier not in found:
                found.add(earlier)
                open_ends.append(earlier)
    return found


def _modes(task: Task, machine_id: str) -> tuple[Mode, ...]:
    """The one a person asks for, the one published, or all."""
    wanted = task.state.machine_id if isinstance(task.state, Pinned | Locked) else machine_id
    return tuple(mode for mode in task.modes if mode.machine_id == wanted) or task.modes
