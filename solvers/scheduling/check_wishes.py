"""Pins and fences hold, or a waiver says why not, and is right.

A waiver is right if a fact, a predecessor, a unit that is away, or something else that is kept forbids the place.
Promises: every wish that is broken without a founded waiver, and every waiver with nothing to waive.
May not: look for another way in which the wish could have been kept; what has moved could have moved elsewhere.
Called by: `check`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from solvers.scheduling.check_case import Case, Kind, Violation, around, broken
from solvers.scheduling.check_lines import alike
from solvers.scheduling.check_units import Crew, needed
from solvers.scheduling.plan import Assignment, Rule
from solvers.scheduling.problem import Locked, Mode, Pinned, Task


class Wish(NamedTuple):
    """The place that a task ought to keep."""

    rule: Rule
    machine_id: str
    start_s: int
    overtime: bool


def wish(case: Case, task_id: str) -> Wish | None:
    """The pin, or the published place before the fence; a lock elsewhere goes before a fence."""
    state = case.tasks[task_id].state
    if isinstance(state, Pinned):
        return Wish("pin", state.machine_id, state.start_s, state.overtime)
    entry = case.published.get(task_id)
    if entry is None or task_id in case.started:
        return None
    if isinstance(state, Locked) and state.machine_id != entry.machine_id:
        return None
    if entry.start_s >= case.machines[entry.machine_id].fence_s:
        return None
    return Wish("fence", entry.machine_id, entry.start_s, entry.overtime)


def wishes(case: Case) -> Iterable[Violation]:
    """All of them."""
    wanted = {task_id: found for task_id in case.of if (found := wish(case, task_id))}
    waivers = {waiver.task_id: waiver for waiver in case.schedule.waivers}
    kept = {task_id for task_id, found in wanted.items() if _is_kept(case, case.of[task_id], found)}
    judge = _Judge(case, kept)
    for task_id, found in wanted.items():
        if task_id in kept:
            continue
        place, waiver = case.of[task_id], waivers.get(task_id)
        if waiver is None or (found.rule == "pin" and place.machine_id != found.machine_id):
            # A pin that loses its start keeps its machine all the same.
            kind: Kind = "pin_moved" if found.rule == "pin" else "fence_moved"
            yield broken(kind, place, max(1, abs(place.start_s - found.start_s)))
        elif not judge.forbidden(task_id, found):
            yield broken("waiver_unfounded", place, 1, f"nothing forbids it: {waiver.reason}")
    for task_id in waivers:
        if task_id in case.of and (task_id not in wanted or task_id in kept):
            yield broken("waiver_unfounded", case.of[task_id], 1, "it has nothing to waive")


def _is_kept(case: Case, place: Assignment, found: Wish) -> bool:
    there = (place.machine_id, place.start_s) == (found.machine_id, found.start_s)
    return there and case.same_overtime(place, found.overtime)


class _Judge:
    """What is fixed, machine by machine and unit by unit."""

    def __init__(self, case: Case, kept: Collection[str]) -> None:
        self.case = case
        self.kept = kept
        self.crew = Crew(case)
        self._lines: dict[str, list[Assignment]] = {}
        self._holders: dict[str, list[Assignment]] | None = None

    def _fixed(self, machine_id: str) -> list[Assignment]:
        if machine_id not in self._lines:
            line = (place for run in self.case.runs.get(machine_id, ()) for place in run)
            self._lines[machine_id] = [place for place in line if self._is_fixed(place.task_id)]
        return self._lines[machine_id]

    def _is_fixed(self, task_id: str) -> bool:
        return task_id in self.kept or task_id in self.case.started

    def _held(self) -> dict[str, list[Assignment]]:
        if self._holders is None:
            self._holders = {}
            for task_id, place in self.case.of.items():
                if place.held and self._is_fixed(task_id):
                    for unit in place.held:
                        self._holders.setdefault(unit, []).append(place)
            for places in self._holders.values():
                places.sort(key=lambda place: (place.start_s, place.end_s))
        return self._holders

    def forbidden(self, task_id: str, found: Wish) -> bool:
        """Does a fact, a predecessor, a unit or another kept task forbid this place?"""
        case, start_s = self.case, found.start_s
        task, machine, mode = case.tasks[task_id], case.machines[found.machine_id], case.mode(task_id, found.machine_id)
        earliest_s = max(case.problem.now_s, case.jobs[task_id].release_s, task.release_s, machine.ready_s)
        if mode is None or start_s < earliest_s:
            return True
        if any(e in case.of and case.of[e].end_s + lag_s > start_s for e, lag_s in case.waits[task_id]):
            return True
        fixed = self._fixed(found.machine_id)
        if machine.batch_capacity:
            there = around(fixed, start_s, start_s + 1)
            batch = [a for a in there if a.start_s == start_s and a.task_id not in case.started]
            if batch:
                return not self._may_join(task_id, found, mode, batch)
        end_s = case.hours(found.machine_id, found.overtime).end_s(start_s, mode.duration_s, task.interruptible)
        if end_s is None or self._collides(found, task, end_s, fixed):
            return True
        return self._lacks_units(mode, found, end_s)

    def _may_join(self, task_id: str, found: Wish, mode: Mode, batch: list[Assignment]) -> bool:
        """Could it run in this batch of kept tasks without making it longer?"""
        case, task = self.case, self.case.tasks[task_id]
        first = batch[0]
        size = task.size + sum(case.tasks[member.task_id].size for member in batch)
        if not alike(task, case.tasks[first.task_id]) or size > case.machines[found.machine_id].batch_capacity:
            return False
        if len(first.held) != needed(mode) or self.crew.met(mode, first.held) < needed(mode):
            return False
        hours = case.hours(found.machine_id, found.overtime)
        end_s = hours.end_s(found.start_s, mode.duration_s, task.interruptible)
        # One member that runs in one piece makes the whole batch do so.
        stands_still = not task.interruptible and hours.blocked_s(found.start_s, first.end_s) > 0
        in_time = end_s is not None and end_s <= first.end_s
        return first.overtime == found.overtime and in_time and not stands_still

    def _collides(self, found: Wish, task: Task, end_s: int, fixed: list[Assignment]) -> bool:
        """Is it too near to what is kept, or to the state that the machine is in, setups counted?"""
        machine, start_s = self.case.machines[found.machine_id], found.start_s
        table = self.case.setups(found.machine_id)
        widest_s = max((seconds for seconds, _ in table.values()), default=0)
        for other in around(fixed, start_s - widest_s, end_s + widest_s):
            its = self.case.tasks[other.task_id].family
            if other.start_s > start_s:
                collides = end_s + table.get((task.family, its), (0, 0))[0] > other.start_s
            else:
                collides = other.end_s + table.get((its, task.family), (0, 0))[0] > start_s
            if collides:
                return True
        first = not fixed or fixed[0].start_s > start_s
        return first and start_s < machine.ready_s + table.get((machine.family, task.family), (0, 0))[0]

    def _lacks_units(self, mode: Mode, found: Wish, end_s: int) -> bool:
        """Are too few of the units that it needs there and not with what is kept or has started?"""
        if not (mode.operators or mode.tools):
            return False
        hours, held = self.case.hours(found.machine_id, found.overtime), self._held()
        free = [
            unit
            for unit in (*self.crew.operators, *self.crew.tools)
            if not self.crew.absent_s(unit, hours, found.start_s, end_s)
            and not any(around(held.get(unit, ()), found.start_s, end_s))
        ]
        return self.crew.met(mode, free) < needed(mode)
