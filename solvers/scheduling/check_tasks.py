"""Rules of one task for itself: it is there once, on its machine, for its time, not before what it waits for.

Promises: every breach, with its size in seconds.
May not: look at what else runs on the machine, except the batch that the task is in.
Called by: `check`.
"""

from __future__ import annotations

from collections.abc import Iterable

from solvers.scheduling.check_case import Case, Hours, Kind, Run, Violation, broken
from solvers.scheduling.plan import Assignment
from solvers.scheduling.problem import Locked, Started


def complete(case: Case) -> Iterable[Violation]:
    """Every task once, and nothing else."""
    seen: set[str] = set()
    for assignment in case.schedule.assignments:
        task_id, machine_id = assignment.task_id, assignment.machine_id
        if task_id not in case.tasks or machine_id not in case.machines:
            yield Violation("unknown_task", task_id, machine_id, 1, "no such task or machine in the problem")
        elif task_id in seen:
            yield Violation("duplicate_task", task_id, machine_id, 1, "assigned twice")
        seen.add(task_id)
    for task_id in case.tasks:
        if task_id not in seen:
            yield Violation("missing_task", task_id, "", 1, "has no assignment")


def placed(case: Case) -> Iterable[Violation]:
    """Machine, length, times, predecessors."""
    for line in case.runs.values():
        for run in line:
            for assignment in run:
                started = case.started.get(assignment.task_id)
                if started is not None:
                    yield from _goes_on(case, assignment, started)
                else:
                    yield from _length(case, assignment, run)
                    yield from _in_time(case, assignment)


def _in_time(case: Case, assignment: Assignment) -> Iterable[Violation]:
    task_id, start_s = assignment.task_id, assignment.start_s
    task = case.tasks[task_id]
    limits: tuple[tuple[Kind, int], ...] = (
        ("before_now", case.problem.now_s),
        ("before_ready", case.machines[assignment.machine_id].ready_s),
        ("before_release", case.jobs[task_id].release_s),
        ("before_material", task.release_s),
    )
    for kind, limit_s in limits:
        if start_s < limit_s:
            yield broken(kind, assignment, limit_s - start_s)
    for earlier, lag_s in case.waits[task_id]:
        before = case.of.get(earlier)
        if before is not None and before.end_s + lag_s > start_s:
            size = before.end_s + lag_s - start_s
            yield broken("before_predecessor", assignment, size, f"waits for {earlier}")
    if isinstance(task.state, Locked) and task.state.machine_id != assignment.machine_id:
        yield broken("lock_moved", assignment, 1, f"locked to {task.state.machine_id}")


def _goes_on(case: Case, assignment: Assignment, started: Started) -> Iterable[Violation]:
    if (assignment.machine_id, assignment.start_s) != (started.machine_id, started.start_s):
        yield broken("started_moved", assignment, 1, "a started task does not move")
        return
    if sorted(assignment.held) != sorted(started.held):
        yield broken("started_moved", assignment, 1, f"it holds {', '.join(started.held) or 'nothing'}")
    if not case.same_overtime(assignment, started.overtime):
        yield broken("started_moved", assignment, 1, "it has begun with other hours")
    hours, now_s = case.hours(started.machine_id, assignment.overtime), case.problem.now_s
    worked_s = max(0, assignment.end_s - now_s) - hours.blocked_s(now_s, assignment.end_s)
    ends_at_work = not started.remaining_s or not hours.blocked_s(assignment.end_s - 1, assignment.end_s)
    if worked_s != started.remaining_s or assignment.end_s < now_s or not ends_at_work:
        size = max(1, abs(worked_s - started.remaining_s))
        yield broken("wrong_end", assignment, size, f"{started.remaining_s} s of work are left")


def _length(case: Case, assignment: Assignment, run: Run) -> Iterable[Violation]:
    task = case.tasks[assignment.task_id]
    mode = case.modes[assignment.task_id]
    if mode is None:
        yield broken("wrong_machine", assignment, 1, "the task cannot run on this machine")
        return
    duration_s, interruptible = mode.duration_s, task.interruptible
    if len(run) > 1:
        modes = [case.modes[member.task_id] for member in run]
        duration_s = max(other.duration_s for other in modes if other is not None)
        interruptible = all(case.tasks[member.task_id].interruptible for member in run)
    hours = case.hours(assignment.machine_id, assignment.overtime)
    yield from _lasts(hours, assignment, duration_s, interruptible)


def _lasts(hours: Hours, assignment: Assignment, duration_s: int, interruptible: bool) -> Iterable[Violation]:
    start_s, end_s = assignment.start_s, assignment.end_s
    inside_s = hours.blocked_s(start_s, end_s)
    if not interruptible:
        if inside_s:
            yield broken("blocked_time", assignment, inside_s)
        if end_s - start_s != duration_s:
            yield broken("wrong_end", assignment, max(1, abs(end_s - start_s - duration_s)))
        return
    if hours.blocked_s(start_s, start_s + 1) or hours.blocked_s(end_s - 1, end_s):
        yield broken("blocked_time", assignment, 1, "begins or ends in blocked time")
    if end_s - start_s - inside_s != duration_s:
        yield broken("wrong_end", assignment, max(1, abs(end_s - start_s - inside_s - duration_s)))
