"""The referee of schedules: every violation with its size, and the figures that may be stated.

Promises: independent of every solver: it reads the problem and the schedule only and counts for itself.
May not: repair, or import anything but `problem` and `plan`.
Called by: `solve`, planning before it publishes, tests, benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from solvers.scheduling.plan import Assignment, Schedule, Waiver
from solvers.scheduling.problem import Interval, Job, Machine, Pinned, SchedulingProblem, Started, Task

Kind = Literal[
    "missing_task",
    "duplicate_task",
    "unknown_task",
    "wrong_machine",
    "wrong_end",
    "overlap",
    "setup_short",
    "blocked_time",
    "before_predecessor",
    "before_release",
    "before_now",
    "before_ready",
    "started_moved",
    "pin_moved",
    "fence_moved",
    "waiver_unfounded",
]


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule. `size`: seconds too much or too early, 1 where there is no measure."""

    kind: Kind
    task_id: str
    machine_id: str
    size: int
    text: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What the schedule costs, by part. `makespan_s` counts from now; changes count against `published`."""

    weighted_tardiness_s: int
    tardiness_s: int
    late_jobs: int
    makespan_s: int
    setup_s: int
    cost_cents: int
    moved: int
    shifted_s: int
    reassigned: int
    objective: int


@dataclass(frozen=True, slots=True)
class Report:
    """Violations, none of them in a schedule that may be published, and the figures."""

    violations: tuple[Violation, ...]
    figures: Figures

    @property
    def ok(self) -> bool:
        """No violation at all."""
        return not self.violations


def check(problem: SchedulingProblem, schedule: Schedule) -> Report:
    """Judge the schedule; figures count only what names a task and a machine of the problem."""
    case = _Case(problem, schedule)
    violations = [*_complete(case, schedule), *_placed(case), *_machines(case), *_wishes(case)]
    return Report(tuple(violations), figures(problem, schedule))


def figures(problem: SchedulingProblem, schedule: Schedule) -> Figures:
    """The figures alone."""
    case = _Case(problem, schedule)
    tardiness = [(job.weight, _tardiness_s(case, job)) for job in problem.jobs]
    ends = [assignment.end_s for assignment in case.of.values()]
    moved, shifted_s, reassigned = _changes(case)
    prices = problem.prices
    counted = {
        "weighted_tardiness_s": sum(weight * late_s for weight, late_s in tardiness),
        "tardiness_s": sum(late_s for _, late_s in tardiness),
        "late_jobs": sum(late_s > 0 for _, late_s in tardiness),
        "makespan_s": max(0, max(ends, default=0) - problem.now_s),
        "setup_s": sum(case.setup_s(m, a, b) for m, a, b in _neighbours(case)),
        "cost_cents": sum(_cost_cents(case, assignment) for assignment in case.of.values()),
        "moved": moved,
        "shifted_s": shifted_s,
        "reassigned": reassigned,
    }
    objective = (
        prices.tardiness_s * counted["weighted_tardiness_s"]
        + prices.makespan_s * counted["makespan_s"]
        + prices.setup_s * counted["setup_s"]
        + prices.cost_cent * counted["cost_cents"]
        + prices.moved_task * moved
        + prices.shifted_s * shifted_s
        + prices.reassigned_task * reassigned
    )
    return Figures(**counted, objective=objective)


class _Case:
    """Lookups for one judgement."""

    def __init__(self, problem: SchedulingProblem, schedule: Schedule) -> None:
        self.problem = problem
        self.machines = {machine.machine_id: machine for machine in problem.machines}
        self.tasks: dict[str, Task] = {}
        self.jobs: dict[str, Job] = {}
        self.waits: dict[str, list[tuple[str, int]]] = {}
        for job in problem.jobs:
            for position, task in enumerate(job.tasks):
                self.tasks[task.task_id], self.jobs[task.task_id] = task, job
                waits = problem.predecessors(job, position)
                self.waits[task.task_id] = [(after.task_id, after.lag_s) for after in waits]
        self.of: dict[str, Assignment] = {}
        for assignment in schedule.assignments:
            if assignment.task_id in self.tasks and assignment.machine_id in self.machines:
                self.of.setdefault(assignment.task_id, assignment)
        self.blocked = {key: _merge((*m.downtime, *m.unavailable)) for key, m in self.machines.items()}
        self.setups = {
            key: {(s.from_family, s.to_family): s.duration_s for s in machine.setups}
            for key, machine in self.machines.items()
        }
        self.published = {entry.task_id: entry for entry in problem.published}
        self.waivers = {waiver.task_id: waiver for waiver in schedule.waivers}
        self.lines: dict[str, list[Assignment]] = {key: [] for key in self.machines}
        for assignment in self.of.values():
            self.lines[assignment.machine_id].append(assignment)
        for line in self.lines.values():
            line.sort(key=lambda a: (a.start_s, a.end_s, a.task_id))

    def setup_s(self, machine_id: str, earlier: str | None, later: str) -> int:
        """Setup between two tasks, or from the state the machine is in."""
        machine = self.machines[machine_id]
        family = machine.family if earlier is None else self.tasks[earlier].family
        return self.setups[machine_id].get((family, self.tasks[later].family), 0)

    def started(self, task_id: str) -> Started | None:
        """Its start, if it has begun."""
        state = self.tasks[task_id].state
        return state if isinstance(state, Started) else None


def _merge(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for start_s, end_s in sorted(intervals):
        if merged and start_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end_s, merged[-1][1]))
        else:
            merged.append((start_s, end_s))
    return merged


def _overlap_s(intervals: list[Interval], start_s: int, end_s: int) -> int:
    return sum(max(0, min(high, end_s) - max(low, start_s)) for low, high in intervals)


def _worked_s(intervals: list[Interval], start_s: int, end_s: int) -> int:
    return max(0, end_s - start_s) - _overlap_s(intervals, start_s, end_s)


def _complete(case: _Case, schedule: Schedule) -> Iterable[Violation]:
    seen: set[str] = set()
    for assignment in schedule.assignments:
        task_id, machine_id = assignment.task_id, assignment.machine_id
        if task_id not in case.tasks or machine_id not in case.machines:
            yield Violation("unknown_task", task_id, machine_id, 1, "no such task or machine in the problem")
        elif task_id in seen:
            yield Violation("duplicate_task", task_id, machine_id, 1, "assigned twice")
        seen.add(task_id)
    for task_id in case.tasks:
        if task_id not in seen:
            yield Violation("missing_task", task_id, "", 1, "has no assignment")


def _placed(case: _Case) -> Iterable[Violation]:
    """Rules of one task for itself: machine, length, times, predecessors."""
    for task_id, assignment in case.of.items():
        started = case.started(task_id)
        if started is not None:
            yield from _goes_on(case, assignment, started)
            continue
        yield from _length(case, assignment)
        machine = case.machines[assignment.machine_id]
        limits: list[tuple[Kind, int]] = [
            ("before_now", case.problem.now_s),
            ("before_ready", machine.ready_s),
            ("before_release", case.jobs[task_id].release_s),
        ]
        for kind, limit_s in limits:
            if assignment.start_s < limit_s:
                yield _violation(kind, assignment, limit_s - assignment.start_s)
        for earlier, lag_s in case.waits[task_id]:
            if earlier in case.of and case.of[earlier].end_s + lag_s > assignment.start_s:
                size = case.of[earlier].end_s + lag_s - assignment.start_s
                yield _violation("before_predecessor", assignment, size, f"waits for {earlier}")


def _violation(kind: Kind, assignment: Assignment, size: int, text: str = "") -> Violation:
    told = text or f"{kind.replace('_', ' ')} by {size} s"
    return Violation(kind, assignment.task_id, assignment.machine_id, size, told)


def _goes_on(case: _Case, assignment: Assignment, started: Started) -> Iterable[Violation]:
    if (assignment.machine_id, assignment.start_s) != (started.machine_id, started.start_s):
        yield _violation("started_moved", assignment, 1, "a started task does not move")
        return
    blocked, now_s = case.blocked[started.machine_id], case.problem.now_s
    worked_s = _worked_s(blocked, now_s, assignment.end_s)
    ends_at_work = not started.remaining_s or not _overlap_s(blocked, assignment.end_s - 1, assignment.end_s)
    if worked_s != started.remaining_s or assignment.end_s < now_s or not ends_at_work:
        size = max(1, abs(worked_s - started.remaining_s))
        yield _violation("wrong_end", assignment, size, f"{started.remaining_s} s of work are left")


def _length(case: _Case, assignment: Assignment) -> Iterable[Violation]:
    task = case.tasks[assignment.task_id]
    mode = next((m for m in task.modes if m.machine_id == assignment.machine_id), None)
    if mode is None:
        yield _violation("wrong_machine", assignment, 1, "the task cannot run on this machine")
        return
    blocked = case.blocked[assignment.machine_id]
    start_s, end_s = assignment.start_s, assignment.end_s
    inside_s = _overlap_s(blocked, start_s, end_s)
    if not task.interruptible:
        if inside_s:
            yield _violation("blocked_time", assignment, inside_s)
        if end_s - start_s != mode.duration_s:
            yield _violation("wrong_end", assignment, max(1, abs(end_s - start_s - mode.duration_s)))
        return
    if _overlap_s(blocked, start_s, start_s + 1) or _overlap_s(blocked, end_s - 1, end_s):
        yield _violation("blocked_time", assignment, 1, "begins or ends in blocked time")
    if end_s - start_s - inside_s != mode.duration_s:
        yield _violation("wrong_end", assignment, max(1, abs(end_s - start_s - inside_s - mode.duration_s)))


def _neighbours(case: _Case) -> Iterable[tuple[str, str | None, str]]:
    """(machine, earlier or None, later) in machine order; no setup in front of a task that runs already."""
    for machine_id, line in case.lines.items():
        earlier: str | None = None
        for assignment in line:
            if case.started(assignment.task_id) is None:
                yield machine_id, earlier, assignment.task_id
            earlier = assignment.task_id


def _machines(case: _Case) -> Iterable[Violation]:
    """One task at a time, with the setups between them."""
    for line in case.lines.values():
        busy_s = -1
        for assignment in line:
            if assignment.start_s < busy_s:
                yield _violation("overlap", assignment, busy_s - assignment.start_s)
            busy_s = max(busy_s, assignment.end_s)
    for machine_id, earlier, later in _neighbours(case):
        free_s = case.machines[machine_id].ready_s if earlier is None else case.of[earlier].end_s
        need_s = case.setup_s(machine_id, earlier, later)
        gap_s = case.of[later].start_s - free_s
        if 0 <= gap_s < need_s:
            yield _violation("setup_short", case.of[later], need_s - gap_s)


def _wish(case: _Case, task_id: str) -> tuple[Literal["pin", "fence"], str, int] | None:
    """(rule, machine, start) that the task ought to keep."""
    state = case.tasks[task_id].state
    if isinstance(state, Pinned):
        return "pin", state.machine_id, state.start_s
    entry = case.published.get(task_id)
    if state is None and entry and entry.start_s < case.machines[entry.machine_id].fence_s:
        return "fence", entry.machine_id, entry.start_s
    return None


def _wishes(case: _Case) -> Iterable[Violation]:
    """Pins and fences hold, or a waiver says why not, and is right."""
    wishes = {task_id: wish for task_id in case.of if (wish := _wish(case, task_id))}
    kept = {t for t, (_, m, s) in wishes.items() if (case.of[t].machine_id, case.of[t].start_s) == (m, s)}
    for task_id, (rule, machine_id, start_s) in wishes.items():
        if task_id in kept:
            continue
        waiver = case.waivers.get(task_id)
        if waiver is None or (rule == "pin" and case.of[task_id].machine_id != machine_id):
            # A pin that loses its start keeps its machine all the same.
            kind: Kind = "pin_moved" if rule == "pin" else "fence_moved"
            yield _violation(kind, case.of[task_id], max(1, abs(case.of[task_id].start_s - start_s)))
        elif not _founded(case, task_id, machine_id, start_s, kept):
            yield _violation("waiver_unfounded", case.of[task_id], 1, f"nothing forbids it: {waiver.reason}")
    for task_id in case.waivers:
        if task_id in case.of and (task_id not in wishes or task_id in kept):
            yield _violation("waiver_unfounded", case.of[task_id], 1, "it has nothing to waive")


def _founded(case: _Case, task_id: str, machine_id: str, start_s: int, kept: set[str]) -> bool:
    """Does a fact, a predecessor or another kept task forbid this place?"""
    task, machine = case.tasks[task_id], case.machines[machine_id]
    mode = next((m for m in task.modes if m.machine_id == machine_id), None)
    if mode is None or start_s < max(case.problem.now_s, case.jobs[task_id].release_s, machine.ready_s):
        return True
    blocked = case.blocked[machine_id]
    end_s = _end_s(blocked, start_s, mode.duration_s, task.interruptible)
    if end_s is None:
        return True
    if any(e in case.of and case.of[e].end_s + lag_s > start_s for e, lag_s in case.waits[task_id]):
        return True
    fixed = [a for a in case.lines[machine_id] if a.task_id in kept or case.started(a.task_id)]
    if any(_collide(case, machine_id, task_id, (start_s, end_s), other) for other in fixed):
        return True
    first = not any(other.start_s <= start_s for other in fixed)
    return first and start_s < machine.ready_s + case.setup_s(machine_id, None, task_id)


def _collide(case: _Case, machine_id: str, task_id: str, span: Interval, other: Assignment) -> bool:
    if other.start_s <= span[0]:
        return other.end_s + case.setup_s(machine_id, other.task_id, task_id) > span[0]
    return span[1] + case.setup_s(machine_id, task_id, other.task_id) > other.start_s


def _end_s(blocked: list[Interval], start_s: int, work_s: int, interruptible: bool) -> int | None:
    """The end of work begun here, None where it cannot begin or must not be cut."""
    end_s = start_s + work_s
    for low, high in blocked:
        if low <= start_s < high:
            return None
        if start_s < low < end_s:
            if not interruptible:
                return None
            end_s += high - low
    return end_s


def _tardiness_s(case: _Case, job: Job) -> int:
    if job.due_s is None:
        return 0
    ends = [case.of[task.task_id].end_s for task in job.tasks if task.task_id in case.of]
    return max(0, max(ends, default=0) - job.due_s)


def _cost_cents(case: _Case, assignment: Assignment) -> int:
    modes = case.tasks[assignment.task_id].modes
    return sum(mode.cost_cents for mode in modes if mode.machine_id == assignment.machine_id)


def _changes(case: _Case) -> tuple[int, int, int]:
    """Tasks moved, seconds shifted, tasks on another machine; what has started is no change of ours."""
    moved = shifted_s = reassigned = 0
    for task_id, entry in case.published.items():
        assignment = case.of.get(task_id)
        if assignment is None or case.started(task_id):
            continue
        elsewhere = assignment.machine_id != entry.machine_id
        moved += elsewhere or assignment.start_s != entry.start_s
        shifted_s += abs(assignment.start_s - entry.start_s)
        reassigned += elsewhere
    return moved, shifted_s, reassigned


__all__ = ["Figures", "Machine", "Report", "Violation", "Waiver", "check", "figures"]
