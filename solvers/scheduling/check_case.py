"""What every part of the referee looks up: who is who, what stands where, when a machine stands still.

Promises: reads the problem and the schedule once, in time that grows with their size; judges nothing.
May not: import anything but `problem` and `plan`.
Called by: `check` and its parts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import Interval, Job, Machine, Mode, Overtime, SchedulingProblem, Started, Task

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
    "before_material",
    "before_now",
    "before_ready",
    "started_moved",
    "lock_moved",
    "pin_moved",
    "fence_moved",
    "waiver_unfounded",
    "unit_missing",
    "unit_wrong",
    "unit_overlap",
    "unit_absent",
    "batch_mixed",
    "batch_over_capacity",
    "batch_apart",
]


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule. `size`: seconds too much or too early, pieces too many, 1 where there is no measure."""

    kind: Kind
    task_id: str
    machine_id: str
    size: int
    text: str


def broken(kind: Kind, assignment: Assignment, size: int, text: str = "") -> Violation:
    """A violation by this assignment; without a text the size is told in seconds."""
    told = text or f"{kind.replace('_', ' ')} by {size} s"
    return Violation(kind, assignment.task_id, assignment.machine_id, size, told)


class Hours:
    """Intervals in which something does not work, merged; answers in logarithmic time."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._before: list[int] = []
        for start_s, end_s in sorted(intervals):
            if self.ends and start_s <= self.ends[-1]:
                self.ends[-1] = max(end_s, self.ends[-1])
            else:
                self.starts.append(start_s)
                self.ends.append(end_s)
        total_s = 0
        for start_s, end_s in zip(self.starts, self.ends, strict=True):
            self._before.append(total_s)
            total_s += end_s - start_s

    def _until(self, moment_s: int) -> int:
        place = bisect_right(self.starts, moment_s) - 1
        if place < 0:
            return 0
        return self._before[place] + min(moment_s, self.ends[place]) - self.starts[place]

    def blocked_s(self, start_s: int, end_s: int) -> int:
        """Seconds of [start_s, end_s) that lie in the intervals."""
        if not self.starts or end_s <= start_s:
            return 0
        return self._until(end_s) - self._until(start_s)

    def meeting(self, start_s: int, end_s: int) -> Iterable[Interval]:
        """The parts of the intervals that lie in [start_s, end_s)."""
        for place in range(bisect_right(self.ends, start_s), bisect_left(self.starts, end_s)):
            yield max(self.starts[place], start_s), min(self.ends[place], end_s)

    def end_s(self, start_s: int, work_s: int, interruptible: bool) -> int | None:
        """The end of work begun here, None where it cannot begin or must not be cut."""
        end_s = start_s + work_s
        for place in range(bisect_right(self.ends, start_s), len(self.starts)):
            if self.starts[place] >= end_s:
                break
            if self.starts[place] <= start_s or not interruptible:
                return None
            end_s += self.ends[place] - self.starts[place]
        return end_s


def without(intervals: Iterable[Interval], windows: Sequence[Overtime]) -> Iterable[Interval]:
    """The intervals less the windows, which are in time order."""
    for start_s, end_s in intervals:
        for window in windows:
            if window.end_s > start_s and window.start_s < end_s:
                if window.start_s > start_s:
                    yield start_s, window.start_s
                start_s = window.end_s
        if start_s < end_s:
            yield start_s, end_s


def around(places: Sequence[Assignment], start_s: int, end_s: int) -> Iterable[Assignment]:
    """Those that meet [start_s, end_s), the last first, of places sorted by start none of which outlasts a later one.

    Where one does, the schedule is broken already, and nothing depends on what is left out.
    """
    for place in range(bisect_left(places, end_s, key=lambda a: a.start_s) - 1, -1, -1):
        if places[place].end_s <= start_s:
            return
        yield places[place]


Run = list[Assignment]
"""What a machine does at one time: one assignment, or the members of a batch."""


class Case:
    """Lookups for one judgement. Of a task that is assigned twice the first assignment counts."""

    def __init__(self, problem: SchedulingProblem, schedule: Schedule) -> None:
        self.problem = problem
        self.schedule = schedule
        self.machines: dict[str, Machine] = {machine.machine_id: machine for machine in problem.machines}
        self.tasks: dict[str, Task] = {}
        self.jobs: dict[str, Job] = {}
        self.waits: dict[str, list[tuple[str, int]]] = {}
        for job in problem.jobs:
            before: list[tuple[str, int]] = []
            for task in job.tasks:
                task_id = task.task_id
                self.tasks[task_id], self.jobs[task_id] = task, job
                self.waits[task_id] = before if task.after is None else [(a.task_id, a.lag_s) for a in task.after]
                before = [(task_id, 0)]
        self.started = {key: t.state for key, t in self.tasks.items() if isinstance(t.state, Started)}
        self.published = {entry.task_id: entry for entry in problem.published}
        self.of: dict[str, Assignment] = {}
        for assignment in schedule.assignments:
            if assignment.task_id in self.tasks and assignment.machine_id in self.machines:
                self.of.setdefault(assignment.task_id, assignment)
        self.modes = {task_id: self.mode(task_id, place.machine_id) for task_id, place in self.of.items()}
        self.runs = self._runs()
        self._hours: dict[tuple[str, bool], Hours] = {}
        self._downtime: dict[str, Hours] = {}
        self._setups: dict[str, dict[tuple[str, str], tuple[int, int]]] = {}

    def mode(self, task_id: str, machine_id: str) -> Mode | None:
        """How the task runs on the machine."""
        for mode in self.tasks[task_id].modes:
            if mode.machine_id == machine_id:
                return mode
        return None

    def _runs(self) -> dict[str, list[Run]]:
        """By machine, in time order; what has started comes first and is joined by nothing that has not."""
        lines: dict[str, list[Assignment]] = {}
        for assignment in self.of.values():
            lines.setdefault(assignment.machine_id, []).append(assignment)
        runs: dict[str, list[Run]] = {}
        for machine_id, line in lines.items():
            line.sort(key=lambda a: (a.start_s, a.task_id not in self.started, a.end_s, a.task_id))
            if self.machines[machine_id].batch_capacity:
                runs[machine_id] = self._batches(line)
            else:
                runs[machine_id] = [[assignment] for assignment in line]
        return runs

    def _batches(self, line: list[Assignment]) -> list[Run]:
        batches: list[Run] = []
        for assignment in line:
            first = batches[-1][0] if batches else None
            if (
                first is not None
                and first.start_s == assignment.start_s
                and (first.task_id in self.started) == (assignment.task_id in self.started)
            ):
                batches[-1].append(assignment)
            else:
                batches.append([assignment])
        return batches

    def hours(self, machine_id: str, overtime: bool) -> Hours:
        """When the machine stands still for a task that works overtime, or for one that does not."""
        machine = self.machines[machine_id]
        key = machine_id, overtime and bool(machine.overtime)
        if key not in self._hours:
            off = without(machine.unavailable, machine.overtime) if key[1] else machine.unavailable
            self._hours[key] = Hours((*machine.downtime, *off))
        return self._hours[key]

    def windows(self, machine_id: str, start_s: int, end_s: int) -> Iterable[Overtime]:
        """The overtime windows that a task works in over this span: those it meets outside of downtime."""
        windows = self.machines[machine_id].overtime
        if not windows:
            return
        if machine_id not in self._downtime:
            self._downtime[machine_id] = Hours(self.machines[machine_id].downtime)
        down = self._downtime[machine_id]
        for place in range(bisect_right(windows, start_s, key=lambda window: window.end_s), len(windows)):
            window = windows[place]
            if window.start_s >= end_s:
                return
            low_s, high_s = max(start_s, window.start_s), min(end_s, window.end_s)
            if high_s - low_s > down.blocked_s(low_s, high_s):
                yield window

    def same_overtime(self, assignment: Assignment, overtime: bool) -> bool:
        """As wanted, or it makes no difference because no window is met."""
        if assignment.overtime == overtime:
            return True
        return not any(self.windows(assignment.machine_id, assignment.start_s, assignment.end_s))

    def setups(self, machine_id: str) -> dict[tuple[str, str], tuple[int, int]]:
        """(seconds, cents) by (from family, to family)."""
        if machine_id not in self._setups:
            setups = self.machines[machine_id].setups
            self._setups[machine_id] = {(s.from_family, s.to_family): (s.duration_s, s.cost_cents) for s in setups}
        return self._setups[machine_id]

    def changeovers(self) -> Iterable[tuple[Run | None, Run, int, int]]:
        """(earlier run or None, later run, seconds, cents) on each machine; none before what has started."""
        for machine_id, line in self.runs.items():
            table = self.setups(machine_id)
            if not table:
                continue
            family, earlier = self.machines[machine_id].family, None
            for run in line:
                next_family = self.tasks[run[0].task_id].family
                found = table.get((family, next_family))
                if found and run[0].task_id not in self.started:
                    yield earlier, run, *found
                family, earlier = next_family, run
