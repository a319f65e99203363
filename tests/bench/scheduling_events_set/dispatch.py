"""A plain dispatcher: tasks one by one, each at the first moment its machine and people allow.

The plan in force of every instance is made with it, and so is the right shift that answers are measured against, so
that the set does not change when a solver does. It knows calendars, setups, operators and started tasks; no tools, no
batches and no overtime, because the set has none.
Called by: `live`, `right_shift`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from types import MappingProxyType

from solvers.scheduling.calendar import Calendar
from solvers.scheduling.plan import Assignment
from solvers.scheduling.problem import Interval, Machine, Mode, SchedulingProblem, Started, Task

Busy = list[tuple[int, int, str]]
"""(start_s, end_s, family), sorted."""


class Line:
    """One machine: its calendar, its setups and what stands on it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.calendar = Calendar(machine.downtime, machine.unavailable)
        self.setup_s = {(setup.from_family, setup.to_family): setup.duration_s for setup in machine.setups}
        self.busy: Busy = []

    def clash_end_s(self, start_s: int, end_s: int, family: str) -> int | None:
        """None where the task fits between its neighbours; else when to try again."""
        position = bisect_right(self.busy, (start_s, 2**62, ""))
        before = self.busy[position - 1] if position else (0, self.machine.ready_s, self.machine.family)
        free_s = before[1] + self.setup_s.get((before[2], family), 0)
        if start_s < free_s:
            return free_s
        if position < len(self.busy):
            next_s, last_s, other = self.busy[position]
            if end_s + self.setup_s.get((family, other), 0) > next_s:
                return last_s + self.setup_s.get((other, family), 0)
        return None

    def working(self, start_s: int, end_s: int) -> list[Interval]:
        """The parts of a span in which the machine works."""
        parts, moment_s = [], start_s
        position = bisect_right(self.calendar.ends, start_s)
        for stop_s, again_s in zip(self.calendar.starts[position:], self.calendar.ends[position:], strict=True):
            if stop_s >= end_s:
                break
            if stop_s > moment_s:
                parts.append((moment_s, stop_s))
            moment_s = again_s
        return [*parts, (moment_s, end_s)] if moment_s < end_s else parts


class Person:
    """One operator: when away, when busy."""

    def __init__(self, key: str, skills: tuple[str, ...], unavailable: tuple[Interval, ...]) -> None:
        self.key, self.skills = key, skills
        self.away = Calendar(unavailable)
        self.busy: list[Interval] = []

    def clash_end_s(self, start_s: int, end_s: int, working: list[Interval]) -> int | None:
        """None where the person is free over the span and there while the machine works; else when to try again."""
        position = bisect_left(self.busy, (end_s, 0))
        if position and self.busy[position - 1][1] > start_s:
            return self.busy[position - 1][1]
        for from_s, until_s in working:
            here = bisect_left(self.away.starts, until_s)
            if here and self.away.ends[here - 1] > from_s:
                return self.away.ends[here - 1]
        return None


class Dispatcher:
    """What stands so far; `place` adds one task. `held`: the people whom a task had, who come first."""

    def __init__(self, problem: SchedulingProblem, held: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> None:
        self.problem, self.had = problem, held
        self.lines = {machine.machine_id: Line(machine) for machine in problem.machines}
        self.people = [Person(o.operator_id, o.skills, o.unavailable) for o in problem.operators]
        self.placed: dict[str, Assignment] = {}
        for _, task in problem.tasks():
            if isinstance(task.state, Started):
                self._stand(task, self.started(task, task.state))

    def started(self, task: Task, state: Started) -> Assignment:
        """Where a started task stands: it goes on until its work is done."""
        end_s = self.lines[state.machine_id].calendar.finish(self.problem.now_s, state.remaining_s)
        return Assignment(task.task_id, state.machine_id, state.start_s, end_s, state.overtime, state.held)

    def earliest(self, task: Task, mode: Mode, from_s: int) -> Assignment:
        """The first place on the mode's machine at or after `from_s`."""
        line, moment_s = self.lines[mode.machine_id], max(from_s, self.problem.now_s, task.release_s)
        while True:
            start_s, end_s = line.calendar.fit(moment_s, mode.duration_s, task.interruptible)
            again_s = line.clash_end_s(start_s, end_s, task.family)
            held: tuple[str, ...] = ()
            if again_s is None:
                held, again_s = self._hold(task, mode, (start_s, end_s), line.working(start_s, end_s))
            if again_s is None:
                return Assignment(task.task_id, mode.machine_id, start_s, end_s, held=held)
            moment_s = max(again_s, start_s + 1)

    def _hold(
        self, task: Task, mode: Mode, span: Interval, working: list[Interval]
    ) -> tuple[tuple[str, ...], int | None]:
        """The people it had, else the first free ones with the skills; or when to try again."""
        held: list[str] = []
        had = self.had.get(task.task_id, ())
        people = sorted(self.people, key=lambda person: person.key not in had) if had else self.people
        for need in mode.operators:
            again, found = [], 0
            for person in people:
                if found == need.count or need.name not in person.skills or person.key in held:
                    continue
                clash_s = person.clash_end_s(*span, working)
                if clash_s is None:
                    held.append(person.key)
                    found += 1
                else:
                    again.append(clash_s)
            if found < need.count:
                return (), min(again)
        return tuple(held), None

    def place(self, task: Task, modes: tuple[Mode, ...], from_s: int) -> Assignment:
        """Put the task where it ends first over these modes; returns its place."""
        places = [self.earliest(task, mode, from_s) for mode in modes]
        best = min(places, key=lambda place: (place.end_s, place.start_s, place.machine_id))
        self._stand(task, best)
        return best

    def _stand(self, task: Task, place: Assignment) -> None:
        insort(self.lines[place.machine_id].busy, (place.start_s, place.end_s, task.family))
        for person in self.people:
            if person.key in place.held:
                insort(person.busy, (place.start_s, place.end_s))
        self.placed[task.task_id] = place
