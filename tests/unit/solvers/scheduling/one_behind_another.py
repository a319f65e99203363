"""A plain scheduler for tests that is apart from `repair`: each task behind all before it, wishes left aside.

Shows that a problem without wishes always has a schedule, and gives the judges and searches something valid to start
from. Uses the lookups of the referee, none of its rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from graphlib import TopologicalSorter
from itertools import count

from solvers.scheduling.check_case import Case
from solvers.scheduling.check_units import Crew, needed
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import Locked, Machine, Mode, Pinned, SchedulingProblem, Started, Task


def without_wishes(problem: SchedulingProblem) -> SchedulingProblem:
    """No pins, no fences."""
    jobs = tuple(
        replace(job, tasks=tuple(replace(t, state=None) if isinstance(t.state, Pinned) else t for t in job.tasks))
        for job in problem.jobs
    )
    return replace(problem, jobs=jobs, machines=tuple(replace(machine, fence_s=0) for machine in problem.machines))


def one_behind_another(problem: SchedulingProblem) -> Schedule:
    """A feasible schedule of a problem without wishes."""
    row = _Row(problem)
    for task_id in row.order():
        if task_id not in row.places:
            row.place(row.case.tasks[task_id])
    return Schedule(tuple(row.places[task.task_id] for _, task in problem.tasks()))


class _Row:
    """What stands so far, and when each machine and unit is free for good."""

    def __init__(self, problem: SchedulingProblem) -> None:
        self.problem = problem
        self.case = Case(problem, Schedule(()))
        self.crew = Crew(self.case)
        self.places: dict[str, Assignment] = {}
        self.last: dict[str, Assignment] = {}
        self.free_s: dict[str, int] = {}
        for task_id, state in self.case.started.items():
            self._stand(
                Assignment(task_id, state.machine_id, state.start_s, self._goes_to(state), state.overtime, state.held)
            )

    def order(self) -> Iterable[str]:
        """Each task behind what it waits for."""
        waits = self.case.waits.items()
        return TopologicalSorter({key: [before for before, _ in some] for key, some in waits}).static_order()

    def _goes_to(self, state: Started) -> int:
        hours, now_s = self.case.hours(state.machine_id, state.overtime), self.problem.now_s
        if not state.remaining_s:
            return now_s
        begins = (hours.end_s(second, state.remaining_s, True) for second in count(now_s))
        return next(end_s for end_s in begins if end_s is not None)

    def _stand(self, place: Assignment) -> None:
        self.places[place.task_id] = self.last[place.machine_id] = place
        for key in place.held:
            self.free_s[key] = max(self.free_s.get(key, 0), place.end_s)

    def place(self, task: Task) -> None:
        """Into the batch that came last, or behind everything."""
        modes = [m for m in task.modes if not isinstance(task.state, Locked) or m.machine_id == task.state.machine_id]
        mode = modes[len(self.places) % len(modes)]
        machine = self.case.machines[mode.machine_id]
        waits = self.case.waits[task.task_id]
        ends = [self.places[before].end_s + lag_s for before, lag_s in waits]
        job = self.case.jobs[task.task_id]
        least_s = max(self.problem.now_s, machine.ready_s, job.release_s, task.release_s, *ends)
        if not self._joins(task, mode, machine, least_s):
            self._behind(task, mode, machine, least_s)

    def _joins(self, task: Task, mode: Mode, machine: Machine, least_s: int) -> bool:
        last = self.last.get(machine.machine_id)
        if not machine.batch_capacity or last is None or last.task_id in self.case.started or last.start_s < least_s:
            return False
        there = [p for p in self.places.values() if (p.machine_id, p.start_s) == (last.machine_id, last.start_s)]
        tasks = [self.case.tasks[place.task_id] for place in there]
        alike = task.batch and (tasks[0].batch, tasks[0].family) == (task.batch, task.family)
        crewed = len(last.held) == needed(mode) == self.crew.met(mode, last.held)
        fits = task.size + sum(other.size for other in tasks) <= machine.batch_capacity
        longest = max(m.duration_s for t in tasks for m in t.modes if m.machine_id == machine.machine_id)
        whole = task.interruptible or not all(other.interruptible for other in tasks)
        if alike and crewed and fits and whole and mode.duration_s <= longest:
            self.places[task.task_id] = replace(last, task_id=task.task_id)
            return True
        return False

    def _behind(self, task: Task, mode: Mode, machine: Machine, least_s: int) -> None:
        last = self.last.get(machine.machine_id)
        family = machine.family if last is None else self.case.tasks[last.task_id].family
        free_s = machine.ready_s if last is None else last.end_s
        setup_s, _ = self.case.setups(machine.machine_id).get((family, task.family), (0, 0))
        overtime = bool(machine.overtime) and len(self.places) % 2 == 0
        hours = self.case.hours(machine.machine_id, overtime)
        for start_s in count(max(least_s, free_s + setup_s)):
            end_s = hours.end_s(start_s, mode.duration_s, task.interruptible)
            if end_s is None or hours.blocked_s(end_s - 1, end_s):
                continue
            held = self._crew(
                mode,
                [
                    unit
                    for unit in (*self.crew.operators, *self.crew.tools)
                    if self.free_s.get(unit, 0) <= start_s and not self.crew.absent_s(unit, hours, start_s, end_s)
                ],
            )
            if held is not None:
                self._stand(Assignment(task.task_id, machine.machine_id, start_s, end_s, overtime, held))
                return

    def _crew(self, mode: Mode, free: list[str]) -> tuple[str, ...] | None:
        """Units of these that meet the needs: leave out one after the other that is not missed."""
        if self.crew.met(mode, free) < needed(mode):
            return None
        for unit in tuple(free):
            rest = [other for other in free if other != unit]
            if self.crew.met(mode, rest) == needed(mode):
                free = rest
        return tuple(free)
