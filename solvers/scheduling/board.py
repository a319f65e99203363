"""The Gantt board under construction: what stands where, and where the next operation fits.

A machine has a line of runs: one operation each, or the members of a batch. Operators and tools have lines too.
Promises: what `fit` and `joins` offer can be placed without moving anything that stands; setups hold on both
sides, and on a cautious board between all runs of a machine, so that any of them may be taken off.
May not: choose.
Called by: `build`, `choose`, `hands`, `settle`, `wishes`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from solvers.scheduling.calendar import Calendar
from solvers.scheduling.crew import match
from solvers.scheduling.shop import NEVER_S, Shop, Way


class Run:
    """What a machine does at one time. `fixed`: started, or a wish that is kept; `pending`: a wish not yet decided."""

    __slots__ = ("end_s", "fixed", "held", "machine", "members", "overtime", "pending", "start_s", "started")

    def __init__(self, machine: int, start_s: int, end_s: int, members: list[int], held: tuple[int, ...]) -> None:
        self.machine, self.start_s, self.end_s = machine, start_s, end_s
        self.members, self.held = members, held
        self.overtime = self.fixed = self.pending = self.started = False


class Place(NamedTuple):
    """Where an operation could go; `run`: the batch that it would join, which would then end at `end_s`."""

    way: Way
    start_s: int
    end_s: int
    held: tuple[int, ...] = ()
    overtime: bool = False
    run: Run | None = None


class Shadow(NamedTuple):
    """A wish that is not decided and has no run: on a cautious board everything else keeps clear of it."""

    number: int
    start_s: int
    end_s: int


class Board:
    """Lines of runs by machine and by unit, sorted by start; `bought`: how many runs use each overtime window."""

    def __init__(self, shop: Shop, cautious: bool = False) -> None:
        count, machines = len(shop.operations), len(shop.machines)
        self.shop = shop
        self.cautious = cautious
        self.starts: list[list[int]] = [[] for _ in range(machines)]
        self.runs: list[list[Run]] = [[] for _ in range(machines)]
        self.unit_starts: list[list[int]] = [[] for _ in shop.units]
        self.unit_runs: list[list[Run]] = [[] for _ in shop.units]
        self.run_of: list[Run | None] = [None] * count
        self.kept: set[int] = set()
        self.bought: list[dict[int, int]] = [{} for _ in range(machines)]
        self.shadows: list[list[Shadow]] = [[] for _ in range(machines)]
        self.unit_shadows: list[list[Shadow]] = [[] for _ in shop.units]
        self.open_s = [max(shop.problem.now_s, machine.ready_s) for machine in shop.machines]

    def end_s(self, number: int) -> int:
        """The end of an operation that stands."""
        run = self.run_of[number]
        assert run is not None
        return run.end_s

    def ready_s(self, number: int) -> int:
        """Earliest start by release, now, and the ends of what it waits for (all must be placed)."""
        op = self.shop.operations[number]
        ready = max(self.shop.problem.now_s, op.release_s)
        for earlier, lag_s in op.before:
            ready = max(ready, self.end_s(earlier) + lag_s)
        return ready

    def fit(self, number: int, way: Way, earliest_s: int, overtime: bool) -> Place:
        """The first place at or after `earliest_s` in a gap of the machine and of enough units, or behind all."""
        machine = way.machine
        calendar = self.shop.calendar(machine, overtime)
        moment_s = max(earliest_s, self.open_s[machine])
        while True:
            start_s, end_s = self._gap(number, way, moment_s, calendar)
            held: tuple[int, ...] | None = ()
            if way.needs:
                held, moment_s = self.crew(number, way, start_s, end_s, calendar)
            if held is not None:
                moment_s = self.clear_s(number, machine, start_s, end_s) if self.cautious else start_s
                if moment_s == start_s:
                    overtime = overtime and bool(self.shop.windows_met(machine, start_s, end_s))
                    return Place(way, start_s, end_s, held, overtime)

    def _gap(self, number: int, way: Way, earliest_s: int, calendar: Calendar) -> tuple[int, int]:
        """The same for the machine alone."""
        machine, work_s = way.machine, way.work_s
        starts, interruptible = self.starts[machine], self.shop.operations[number].task.interruptible
        has_setups, last = bool(self.shop.setups[machine]), len(starts)
        position = bisect_right(starts, earliest_s)
        moment_s = max(earliest_s, self._free_s(number, machine, position, earliest_s))
        while True:
            if position == last or starts[position] - moment_s >= work_s:
                start_s, end_s = (
                    calendar.fit(moment_s, work_s, interruptible) if calendar.starts else (moment_s, moment_s + work_s)
                )
                if position == last:
                    return start_s, end_s
                if end_s <= starts[position] and not (has_setups and self._hits_next(number, machine, position, end_s)):
                    return start_s, end_s
            position += 1
            moment_s = max(moment_s, self._free_s(number, machine, position, earliest_s))

    def _free_s(self, number: int, machine: int, position: int, earliest_s: int) -> int:
        """When the machine is free for it behind the run in front of `position`."""
        shop, runs = self.shop, self.runs[machine]
        if not position:
            return shop.first_start_s(machine, number)
        if not shop.setups[machine]:
            return runs[position - 1].end_s
        free_s = runs[position - 1].end_s + shop.setup_s(machine, runs[position - 1].members[0], number)
        if self.cautious:
            free_s = max(free_s, shop.first_start_s(machine, number))
            while position and runs[position - 1].end_s + shop.longest_setup_s[machine] > earliest_s:
                position -= 1
                free_s = max(free_s, runs[position].end_s + shop.setup_s(machine, runs[position].members[0], number))
        return free_s

    def _hits_next(self, number: int, machine: int, position: int, end_s: int) -> bool:
        """Is the setup towards the next run too long; on a cautious board towards all later ones?"""
        shop, runs = self.shop, self.runs[machine]
        while position < len(runs) and runs[position].start_s < end_s + shop.longest_setup_s[machine]:
            run = runs[position]
            if not run.started and end_s + shop.setup_s(machine, number, run.members[0]) > run.start_s:
                return True
            if not self.cautious:
                return False
            position += 1
        return False

    def clear_s(self, number: int, machine: int, start_s: int, end_s: int) -> int:
        """The first start that may be clear of the machine's undecided wishes: `start_s` itself if it is."""
        for shadow in self.shadows[machine]:
            if shadow.number != number:
                free_s = shadow.end_s + self.shop.setup_s(machine, shadow.number, number)
                need_s = end_s + self.shop.setup_s(machine, number, shadow.number)
                if start_s < free_s and need_s > shadow.start_s:
                    return free_s
        return start_s

    def crew(
        self, number: int, way: Way, start_s: int, end_s: int, calendar: Calendar
    ) -> tuple[tuple[int, ...] | None, int]:
        """Units for this span, or None and the first later start that another choice of units may allow."""
        later_s = NEVER_S
        free: list[list[int]] = []
        for need in way.needs:
            able = []
            for unit in self._ranked(number, need):
                clear_s = self.unit_clear_s(number, unit, start_s, end_s, calendar)
                if clear_s <= start_s:
                    able.append(unit)
                    if len(way.needs) == 1:
                        return (unit,), later_s
                elif clear_s < later_s:
                    later_s = clear_s
            free.append(able)
        return match(free), later_s

    def _ranked(self, number: int, need: tuple[int, ...]) -> Sequence[int]:
        """Who has it in the plan in force comes first: what stays in its place then finds its own people free."""
        if len(need) == 1:
            return need
        usual = self.shop.operations[number].usual
        return sorted(need, key=lambda unit: (unit not in usual, len(self.unit_starts[unit])))

    def unit_clear_s(self, number: int, unit: int, start_s: int, end_s: int, calendar: Calendar) -> int:
        """The first start at which the unit may be free: `start_s` itself if it is free and there over the span."""
        clear_s = start_s
        starts = self.unit_starts[unit]
        if starts and (position := bisect_left(starts, end_s)):
            busy_s = self.unit_runs[unit][position - 1].end_s
            if busy_s > start_s:
                clear_s = busy_s
        away = self.shop.away[unit]
        if away.starts:
            there_s = away.clear_s(start_s, end_s, calendar)
            if there_s > clear_s:
                clear_s = there_s
        if self.cautious:
            for shadow in self.unit_shadows[unit]:
                if shadow.number != number and shadow.start_s < end_s and shadow.end_s > start_s:
                    clear_s = max(clear_s, shadow.end_s)
        return clear_s

    def is_clear(self, number: int, machine: int, start_s: int, end_s: int) -> bool:
        """Is the machine free for it over this span?"""
        starts = self.starts[machine]
        position = bisect_right(starts, start_s)
        if self._free_s(number, machine, position, start_s) > start_s:
            return False
        if position == len(starts):
            return True
        return end_s <= starts[position] and not self._hits_next(number, machine, position, end_s)

    def joins(self, number: int, way: Way, first_s: int, last_s: int = NEVER_S) -> Iterable[Place]:
        """The batches that it may join and that start in [first_s, last_s]."""
        machine, task = way.machine, self.shop.operations[number].task
        capacity = self.shop.machines[machine].batch_capacity
        if not capacity or not task.batch:
            return
        operations, runs = self.shop.operations, self.runs[machine]
        for position in range(bisect_left(self.starts[machine], first_s), len(runs)):
            run = runs[position]
            if run.start_s > last_s:
                return
            first = operations[run.members[0]].task
            if self.cautious and any(shadow.start_s == run.start_s for shadow in self.shadows[machine]):
                continue
            if run.started or run.pending or (first.batch, first.family) != (task.batch, task.family):
                continue
            if sum(operations[member].task.size for member in run.members) + task.size <= capacity:
                end_s = self._end_with(number, way, run, position)
                if end_s is not None:
                    yield Place(way, run.start_s, end_s, run.held, run.overtime, run)

    def _end_with(self, number: int, way: Way, run: Run, position: int) -> int | None:
        """When the batch would end with it too; None if it must not join."""
        if len(run.held) != len(way.needs) or match([[u for u in run.held if u in need] for need in way.needs]) is None:
            return None
        machine, calendar = way.machine, self.shop.calendar(way.machine, run.overtime)
        work_s, interruptible = self.joint(machine, [*run.members, number])
        end_s = calendar.fits(run.start_s, work_s, interruptible)
        if end_s is None or end_s <= run.end_s:
            return end_s
        return None if run.fixed or not self._may_last(number, run, position, end_s) else end_s

    def _may_last(self, number: int, run: Run, position: int, end_s: int) -> bool:
        """May the batch end then, which is later than now?"""
        machine, calendar = run.machine, self.shop.calendar(run.machine, run.overtime)
        starts, ahead = self.starts[machine], position + 1
        if ahead < len(starts) and (end_s > starts[ahead] or self._hits_next(number, machine, ahead, end_s)):
            return False
        if any(self.unit_clear_s(number, unit, run.end_s, end_s, calendar) > run.end_s for unit in run.held):
            return False
        behind = [after for member in run.members for after in self.shop.operations[member].behind]
        late = any((next_run := self.run_of[later]) and next_run.start_s < end_s + lag_s for later, lag_s in behind)
        hidden = self.cautious and self.clear_s(number, machine, run.start_s, end_s) > run.start_s
        return not (late or hidden)

    def joint(self, machine: int, members: list[int]) -> tuple[int, bool]:
        """(work, may stand still in between) of these together."""
        operations = self.shop.operations
        work_s = max(operations[member].duration_on(machine) or 0 for member in members)
        return work_s, all(operations[member].task.interruptible for member in members)

    def put(self, number: int, place: Place) -> Run:
        """Put it there; the caller got the place from the board, or it is a fact."""
        run = place.run
        if run is not None:
            self._use(run, -1)
            run.members.append(number)
            run.end_s = place.end_s
            self._use(run, 1)
        else:
            run = Run(place.way.machine, place.start_s, place.end_s, [number], place.held)
            run.overtime = place.overtime
            self.insert(run)
        self.run_of[number] = run
        return run

    def insert(self, run: Run) -> None:
        """A new run."""
        put_in(run, self.starts[run.machine], self.runs[run.machine])
        for unit in run.held:
            put_in(run, self.unit_starts[unit], self.unit_runs[unit])
        self._use(run, 1)

    def remove(self, run: Run) -> None:
        """Take it off again; its members stand nowhere then."""
        take_out(run, self.starts[run.machine], self.runs[run.machine])
        for unit in run.held:
            take_out(run, self.unit_starts[unit], self.unit_runs[unit])
        self._use(run, -1)
        for member in run.members:
            self.run_of[member] = None

    def end_at(self, run: Run, end_s: int) -> None:
        """Let it end sooner."""
        self._use(run, -1)
        run.end_s = end_s
        self._use(run, 1)

    def _use(self, run: Run, by: int) -> None:
        if run.overtime:
            bought = self.bought[run.machine]
            for window in self.shop.windows_met(run.machine, run.start_s, run.end_s):
                bought[window] = bought.get(window, 0) + by

    def overtime_cents(self, machine: int, start_s: int, end_s: int) -> int:
        """What the windows that nobody uses yet cost for work over this span."""
        windows, bought = self.shop.machines[machine].overtime, self.bought[machine]
        return sum(windows[w].cost_cents for w in self.shop.windows_met(machine, start_s, end_s) if not bought.get(w))

    def setup_points(self, number: int, machine: int, start_s: int) -> int:
        """What the setups cost that it would cause if placed at `start_s`, less the one it would replace."""
        shop, runs = self.shop, self.runs[machine]
        if not shop.setups[machine] and not shop.setup_cents[machine]:
            return 0
        position = bisect_right(self.starts[machine], start_s)
        earlier = runs[position - 1].members[0] if position else -1
        points = shop.setup_points(machine, earlier, number)
        if position < len(runs) and not runs[position].started:
            later = runs[position].members[0]
            points += shop.setup_points(machine, number, later) - shop.setup_points(machine, earlier, later)
        return points


def put_in(run: Run, starts: list[int], runs: list[Run]) -> None:
    """Into the line of a machine or unit."""
    position = bisect_right(starts, run.start_s)
    starts.insert(position, run.start_s)
    runs.insert(position, run)


def take_out(run: Run, starts: list[int], runs: list[Run]) -> None:
    """Out of the line of a machine or unit."""
    position = runs.index(run)
    del starts[position], runs[position]
