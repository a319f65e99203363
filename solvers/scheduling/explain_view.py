"""A schedule as `explain` reads it: who is in front of whom, and how early a task could start where it is.

Promises: everything else stays where it stands; what holds a start back is measured, with the second it ends.
May not: judge, change or word anything.
Called by: `explain`, `remedies_candidates`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from solvers.scheduling.calendar import Calendar, without
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import Interval, Job, Mode, Need, SchedulingProblem, Started, Task

MAX_PUSHES = 1_000
_NEVER_S = 2**50


@dataclass(frozen=True, slots=True)
class Push:
    """No start in [from_s, to_s): blocked time of the machine, or a unit that `other_id` holds ("": it is away)."""

    from_s: int
    to_s: int
    unit_id: str = ""
    other_id: str = ""


class View:
    """Lookups by id. The schedule must pass `check`."""

    def __init__(self, problem: SchedulingProblem, schedule: Schedule) -> None:
        self.problem = problem
        self.place = schedule.by_task()
        self.machines = {machine.machine_id: machine for machine in problem.machines}
        self.operators = {operator.operator_id for operator in problem.operators}
        self.waived = {waiver.task_id for waiver in schedule.waivers}
        self.published = {entry.task_id: entry for entry in problem.published}
        self.tasks: dict[str, Task] = {}
        self.jobs: dict[str, Job] = {}
        self.waits: dict[str, list[tuple[str, int]]] = {}
        for job in problem.jobs:
            for position, task in enumerate(job.tasks):
                self.tasks[task.task_id], self.jobs[task.task_id] = task, job
                waits = problem.predecessors(job, position)
                self.waits[task.task_id] = [(after.task_id, after.lag_s) for after in waits]
        self.lines: dict[str, list[Assignment]] = {key: [] for key in self.machines}
        for place in self.place.values():
            self.lines[place.machine_id].append(place)
        self.position: dict[str, int] = {}
        for line in self.lines.values():
            line.sort(key=lambda a: (a.start_s, a.end_s, a.task_id))
            self.position.update((place.task_id, number) for number, place in enumerate(line))
        self._setups = {
            key: {(s.from_family, s.to_family): s.duration_s for s in machine.setups}
            for key, machine in self.machines.items()
        }
        self._calendars: dict[tuple[str, bool], Calendar] = {}
        self._read_units()

    def _read_units(self) -> None:
        problem = self.problem
        self.able: dict[str, list[str]] = {}
        self.away: dict[str, tuple[Interval, ...]] = {}
        self.uses: dict[str, list[Assignment]] = {}
        for operator in problem.operators:
            self.away[operator.operator_id] = operator.unavailable
            for skill in operator.skills:
                self.able.setdefault(f"operator {skill}", []).append(operator.operator_id)
        for tool in problem.tools:
            self.away[tool.tool_id] = tool.unavailable
            self.able.setdefault(f"tool {tool.kind}", []).append(tool.tool_id)
        for place in self.place.values():
            for unit_id in place.held:
                self.uses.setdefault(unit_id, []).append(place)

    def started(self, task_id: str) -> Started | None:
        """Its start, if it has begun."""
        state = self.tasks[task_id].state
        return state if isinstance(state, Started) else None

    def mode(self, task_id: str, machine_id: str) -> Mode:
        """How it is done on this machine."""
        return next(mode for mode in self.tasks[task_id].modes if mode.machine_id == machine_id)

    def calendar(self, machine_id: str, overtime: bool) -> Calendar:
        """When the machine works, with or without its overtime windows."""
        key = (machine_id, overtime)
        if key not in self._calendars:
            machine = self.machines[machine_id]
            shifts = without(machine.unavailable, machine.overtime) if overtime else machine.unavailable
            self._calendars[key] = Calendar(machine.downtime, shifts)
        return self._calendars[key]

    def standstill(self, task_id: str) -> Interval | None:
        """From the first to the last blocked second inside the task, from now on; None where it never stands still."""
        place = self.place[task_id]
        start_s = max(place.start_s, self.problem.now_s) if self.started(task_id) else place.start_s
        inside = list(self.calendar(place.machine_id, place.overtime).meeting(start_s, place.end_s))
        return (inside[0][0], inside[-1][1]) if inside else None

    def batch(self, task_id: str) -> list[str]:
        """The task and all that share its batch."""
        place = self.place[task_id]
        name = self.tasks[task_id].batch
        if not name or not self.machines[place.machine_id].batch_capacity:
            return [task_id]
        line, span = self.lines[place.machine_id], (place.start_s, place.end_s)
        low = bisect_right(line, (span[0], span[1] - 1), key=lambda a: (a.start_s, a.end_s))
        high = bisect_right(line, span, key=lambda a: (a.start_s, a.end_s))
        return [other.task_id for other in line[low:high] if self.tasks[other.task_id].batch == name]

    def in_front(self, task_id: str) -> Assignment | None:
        """What the machine does before the task or its batch."""
        place = self.place[task_id]
        together = set(self.batch(task_id))
        position = self.position[task_id] - 1
        line = self.lines[place.machine_id]
        while position >= 0 and line[position].task_id in together:
            position -= 1
        return line[position] if position >= 0 else None

    def setup_s(self, machine_id: str, earlier: str | None, later: str) -> int:
        """Setup between two tasks, or from the state the machine is in."""
        family = self.machines[machine_id].family if earlier is None else self.tasks[earlier].family
        return self._setups[machine_id].get((family, self.tasks[later].family), 0)

    def ready_s(self, task_id: str) -> int:
        """Earliest start by now, releases and predecessors."""
        waits = [self.place[earlier].end_s + lag_s for earlier, lag_s in self.waits[task_id]]
        task, job = self.tasks[task_id], self.jobs[task_id]
        return max([self.problem.now_s, job.release_s, task.release_s, *waits])

    def pushes(self, task_id: str, from_s: int, machine_id: str = "") -> tuple[int, int, list[Push]]:
        """(start, end) of the first place at or after `from_s` on the machine, and what keeps it from starting sooner.

        The machine's other tasks are left out of account; the batch moves as one. `machine_id` "": where it stands,
        no later than it stands.
        """
        place, members = self.place[task_id], self.batch(task_id)
        overtime, latest_s = place.overtime, place.start_s
        if machine_id and machine_id != place.machine_id:
            members, overtime, latest_s = [task_id], False, _NEVER_S
        machine_id = machine_id or place.machine_id
        calendar = self.calendar(machine_id, overtime)
        work_s = max(self.mode(member, machine_id).duration_s for member in members)
        interruptible = all(self.tasks[member].interruptible for member in members)
        mode = self.mode(task_id, machine_id)
        found: list[Push] = []
        start_s, end_s = from_s, from_s
        while len(found) < MAX_PUSHES:
            fit_s, end_s = calendar.fit(start_s, work_s, interruptible)
            if fit_s > start_s:
                found.append(Push(start_s, min(fit_s, latest_s)))
            start_s = fit_s
            push = self._units_push(mode, (start_s, end_s), calendar, members) if start_s < latest_s else None
            if push is None:
                break
            found.append(replace(push, to_s=min(push.to_s, latest_s)))
            start_s = push.to_s
        return start_s, end_s, found

    def _units_push(self, mode: Mode, span: Interval, calendar: Calendar, members: Sequence[str]) -> Push | None:
        """The unit that is free first of those that the task lacks at this place; None: it lacks none."""
        needs = [(f"operator {need.name}", need) for need in mode.operators]
        needs += [(f"tool {need.name}", need) for need in mode.tools]
        if not needs:
            return None
        obstacles = {
            unit_id: self._obstacle(unit_id, span, calendar, members)
            for name, _ in needs
            for unit_id in self.able.get(name, ())
        }
        lacking = self._lacking(needs, {unit_id for unit_id, push in obstacles.items() if push is None})
        pushes = [push for unit_id in lacking if (push := obstacles[unit_id])]
        return min(pushes, key=lambda push: (push.to_s, push.other_id == "", push.unit_id), default=None)

    def _obstacle(self, unit_id: str, span: Interval, calendar: Calendar, members: Sequence[str]) -> Push | None:
        """Why the unit cannot serve over the span: another task, or it is away while the machine works."""
        start_s, end_s = span
        for use in self.uses.get(unit_id, ()):
            if use.start_s < end_s and use.end_s > start_s and use.task_id not in members:
                return Push(start_s, use.end_s, unit_id, use.task_id)
        for low, high in self.away[unit_id]:
            if low < end_s and high > start_s and calendar.open_from(max(low, start_s)) < min(high, end_s):
                return Push(start_s, high, unit_id)
        return None

    def _lacking(self, needs: list[tuple[str, Need]], free: set[str]) -> set[str]:
        """Units any one of which would help to meet the needs; empty if the free ones do (augmenting paths)."""
        taken: dict[str, str] = {}

        def find(name: str, seen: set[str]) -> bool:
            for unit_id in self.able.get(name, ()):
                if unit_id in seen:
                    continue
                seen.add(unit_id)
                if unit_id in free and (unit_id not in taken or find(taken[unit_id], seen)):
                    taken[unit_id] = name
                    return True
            return False

        for name, need in needs:
            for _ in range(need.count):
                seen: set[str] = set()
                if not find(name, seen):
                    return seen - free
        return set()

    def sooner_elsewhere(self, task_id: str) -> tuple[str, int] | None:
        """(machine, seconds): another machine of its modes that could end it sooner, all else standing still."""
        best: tuple[int, str] | None = None
        for mode in self.tasks[task_id].modes:
            if mode.machine_id != self.place[task_id].machine_id:
                end_s = self.end_on(task_id, mode.machine_id)
                best = min(best or (end_s, mode.machine_id), (end_s, mode.machine_id))
        gain_s = self.place[task_id].end_s - best[0] if best else 0
        return (best[1], gain_s) if best and gain_s > 0 else None

    def end_on(self, task_id: str, machine_id: str) -> int:
        """Its earliest end in a gap of the machine's line, or behind it."""
        from_s = max(self.ready_s(task_id), self.machines[machine_id].ready_s)
        for earlier, later in self._gaps(machine_id, from_s):
            free_s = earlier.end_s if earlier else self.machines[machine_id].ready_s
            free_s += self.setup_s(machine_id, earlier.task_id if earlier else None, task_id)
            _, end_s, _ = self.pushes(task_id, max(from_s, free_s), machine_id)
            if later is None or end_s + self.setup_s(machine_id, task_id, later.task_id) <= later.start_s:
                return end_s
        return _NEVER_S

    def _gaps(self, machine_id: str, from_s: int) -> Iterator[tuple[Assignment | None, Assignment | None]]:
        """Neighbours on the machine between which something could start at or after `from_s`."""
        line = self.lines[machine_id]
        first = bisect_right(line, from_s, key=lambda place: place.start_s)
        for position in range(first, len(line) + 1):
            earlier = line[position - 1] if position else None
            yield earlier, line[position] if position < len(line) else None
