"""A second judge of schedules that counts single seconds: slow, plain, and written apart from `check`.

It knows every hard rule but says only yes or no, believes every waiver, and counts the figures anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import (
    Interval,
    Job,
    Locked,
    Mode,
    Pinned,
    SchedulingProblem,
    Started,
    Task,
    change_pct,
)


def _seconds(intervals: Iterable[Interval]) -> set[int]:
    return {second for start_s, end_s in intervals for second in range(start_s, end_s)}


class SecondJudge:
    """One problem and one schedule that assigns each task once, to a machine of the problem."""

    def __init__(self, problem: SchedulingProblem, schedule: Schedule) -> None:
        self.problem = problem
        self.schedule = schedule
        self.places = schedule.by_task()
        self.tasks = {task.task_id: task for _, task in problem.tasks()}
        self.machines = {machine.machine_id: machine for machine in problem.machines}
        self.down = {machine.machine_id: _seconds(machine.downtime) for machine in problem.machines}
        self.off = {machine.machine_id: _seconds(machine.unavailable) for machine in problem.machines}
        self.away = {operator.operator_id: _seconds(operator.unavailable) for operator in problem.operators}
        self.away |= {tool.tool_id: _seconds(tool.unavailable) for tool in problem.tools}
        self.able = {("skill", o.operator_id): set(o.skills) for o in problem.operators}
        self.able |= {("kind", tool.tool_id): {tool.kind} for tool in problem.tools}

    def feasible(self) -> bool:
        """Does it keep every rule but those about waivers?"""
        task_ids = [place.task_id for place in self.schedule.assignments]
        if sorted(task_ids) != sorted(self.tasks) or any(
            p.machine_id not in self.machines for p in self.places.values()
        ):
            return False
        return (
            all(self._started(p) if self._has_started(p) else self._free(p) for p in self.places.values())
            and all(self._in_order(job, position) for job, position in self._positions())
            and self._apart()
            and self._setups(judge=True) >= (0, 0)
            and self._wishes()
        )

    def _positions(self) -> Iterable[tuple[Job, int]]:
        return ((job, position) for job in self.problem.jobs for position in range(len(job.tasks)))

    def _has_started(self, place: Assignment) -> bool:
        return isinstance(self.tasks[place.task_id].state, Started)

    def _blocked(self, place: Assignment) -> set[int]:
        windows = self.machines[place.machine_id].overtime if place.overtime else ()
        bought = _seconds((window.start_s, window.end_s) for window in windows)
        return self.down[place.machine_id] | (self.off[place.machine_id] - bought)

    def _together(self, place: Assignment) -> list[Assignment]:
        """All that start with it on a machine that runs batches, itself too."""
        if not self.machines[place.machine_id].batch_capacity:
            return [place]
        return [
            other
            for other in self.places.values()
            if (other.machine_id, other.start_s) == (place.machine_id, place.start_s)
            and self._has_started(other) == self._has_started(place)
        ]

    def _mode(self, place: Assignment) -> Mode | None:
        modes = {mode.machine_id: mode for mode in self.tasks[place.task_id].modes}
        return modes.get(place.machine_id)

    def _started(self, place: Assignment) -> bool:
        state = self.tasks[place.task_id].state
        assert isinstance(state, Started)
        blocked = self._blocked(place)
        worked = [second for second in range(self.problem.now_s, place.end_s) if second not in blocked]
        return (
            (place.machine_id, place.start_s) == (state.machine_id, state.start_s)
            and set(place.held) == set(state.held)
            and len(place.held) == len(state.held)
            and self._same_overtime(place, state.overtime)
            and len(worked) == state.remaining_s
            and place.end_s >= self.problem.now_s
            and (not worked or worked[-1] == place.end_s - 1)
        )

    def _same_overtime(self, place: Assignment, overtime: bool) -> bool:
        return place.overtime == overtime or not self._windows(place)

    def _windows(self, place: Assignment) -> list[tuple[str, int, int]]:
        """(machine, start, cents) of the windows it works in if it works overtime."""
        up = set(range(place.start_s, place.end_s)) - self.down[place.machine_id]
        windows = self.machines[place.machine_id].overtime
        return [(place.machine_id, w.start_s, w.cost_cents) for w in windows if up & set(range(w.start_s, w.end_s))]

    def _free(self, place: Assignment) -> bool:
        task, batch = self.tasks[place.task_id], self._together(place)
        modes = [mode for member in batch if (mode := self._mode(member)) is not None]
        mode = self._mode(place)
        if mode is None or (isinstance(task.state, Locked) and task.state.machine_id != place.machine_id):
            return False
        blocked, span = self._blocked(place), range(place.start_s, place.end_s)
        worked = [second for second in span if second not in blocked]
        whole = len(worked) == len(span)
        ends_at_work = bool(worked) and worked[0] == place.start_s and worked[-1] == place.end_s - 1
        interruptible = all(self.tasks[member.task_id].interruptible for member in batch)
        return (
            len(worked) == max(m.duration_s for m in modes)
            and (ends_at_work if interruptible else whole)
            and place.start_s >= max(self.problem.now_s, self.machines[place.machine_id].ready_s, task.release_s)
            and self._batch(place, task, batch)
            and self._staffed(place, mode)
            and not any(self.away[unit] & set(worked) for unit in place.held)
        )

    def lasts(self, place: Assignment, work_s: int) -> bool:
        """Is this the span of so much work on its machine? The last second is one of work."""
        blocked = self._blocked(place)
        worked = [second for second in range(place.start_s, place.end_s) if second not in blocked]
        return len(worked) == work_s and worked[-1] == place.end_s - 1

    def _batch(self, place: Assignment, task: Task, batch: list[Assignment]) -> bool:
        if len(batch) == 1:
            return True
        tasks = [self.tasks[member.task_id] for member in batch]
        return (
            task.batch != ""
            and {(t.batch, t.family) for t in tasks} == {(task.batch, task.family)}
            and {(m.end_s, frozenset(m.held), m.overtime) for m in batch}
            == {(place.end_s, frozenset(place.held), place.overtime)}
            and sum(t.size for t in tasks) <= self.machines[place.machine_id].batch_capacity
        )

    def _staffed(self, place: Assignment, mode: Mode) -> bool:
        wanted = [("skill", need.name) for need in mode.operators for _ in range(need.count)]
        wanted += [("kind", need.name) for need in mode.tools for _ in range(need.count)]
        if len(place.held) != len(wanted) or len(set(place.held)) != len(wanted) or set(place.held) - set(self.away):
            return False
        return any(
            all(name in self.able.get((sort, unit), ()) for (sort, name), unit in zip(wanted, order, strict=True))
            for order in permutations(place.held)
        )

    def _in_order(self, job: Job, position: int) -> bool:
        place = self.places[job.tasks[position].task_id]
        if self._has_started(place):
            return True
        waits = self.problem.predecessors(job, position)
        in_time = all(self.places[after.task_id].end_s + after.lag_s <= place.start_s for after in waits)
        return in_time and place.start_s >= job.release_s

    def _apart(self) -> bool:
        """In no second does a machine or a unit serve two tasks that are not in one batch."""
        busy: dict[tuple[str, str, int], Assignment] = {}
        for place in self.places.values():
            for second in range(place.start_s, place.end_s):
                keys = [("machine", place.machine_id, second), *(("unit", unit, second) for unit in place.held)]
                for key in keys:
                    other = busy.setdefault(key, place)
                    if other is not place and other not in self._together(place):
                        return False
        return True

    def _setups(self, judge: bool) -> tuple[int, int]:
        """(seconds, cents); (-1, -1) if judged and one has not the time it takes."""
        seconds = cents = 0
        for machine in self.problem.machines:
            table = {(s.from_family, s.to_family): s for s in machine.setups}
            family, free_s = machine.family, machine.ready_s
            line = [place for place in self.places.values() if place.machine_id == machine.machine_id]
            line.sort(key=lambda p: (p.start_s, not self._has_started(p), p.end_s, p.task_id))
            for place in line:
                if place is not min(self._together(place), key=line.index):
                    continue
                setup = table.get((family, self.tasks[place.task_id].family))
                if setup and not self._has_started(place):
                    seconds, cents = seconds + setup.duration_s, cents + setup.cost_cents
                    if judge and place.start_s < free_s + setup.duration_s:
                        return -1, -1
                family = self.tasks[place.task_id].family
                free_s = max(member.end_s for member in self._together(place))
        return seconds, cents

    def _wishes(self) -> bool:
        waived = {waiver.task_id for waiver in self.schedule.waivers}
        for task_id, place in self.places.items():
            state = self.tasks[task_id].state
            if isinstance(state, Pinned):
                there = (place.machine_id, place.start_s) == (state.machine_id, state.start_s)
                kept = there and self._same_overtime(place, state.overtime)
                if not kept and (task_id not in waived or place.machine_id != state.machine_id):
                    return False
        for entry in self.problem.published:
            place, state = self.places[entry.task_id], self.tasks[entry.task_id].state
            free = state is None or (isinstance(state, Locked) and state.machine_id == entry.machine_id)
            if free and entry.start_s < self.machines[entry.machine_id].fence_s and entry.task_id not in waived:
                there = (place.machine_id, place.start_s) == (entry.machine_id, entry.start_s)
                if not (there and self._same_overtime(place, entry.overtime)):
                    return False
        return True

    def objective(self) -> int:
        """The priced sum, counted anew."""
        prices, now_s, points = self.problem.prices, self.problem.now_s, 0
        for job in self.problem.jobs:
            end_s = max((self.places[task.task_id].end_s for task in job.tasks), default=0)
            points += 0 if job.due_s is None else prices.tardiness_s * job.weight * max(0, end_s - job.due_s)
            points += 0 if job.deadline_s is None else prices.deadline_s * max(0, end_s - job.deadline_s)
        points += prices.makespan_s * max([0, *(place.end_s - now_s for place in self.places.values())])
        setup_s, cents = self._setups(judge=False)
        points += prices.setup_s * setup_s
        bought = {window for place in self.places.values() if place.overtime for window in self._windows(place)}
        cents += sum(cost for _, _, cost in bought)
        for task_id, place in self.places.items():
            mode = self._mode(place)
            cents += 0 if mode is None else mode.cost_cents
            passed = [step.cost_cents for step in self.tasks[task_id].start_cost if step.from_s <= place.start_s]
            cents += passed[-1] if passed else 0
        points += prices.cost_cent * cents
        for entry in self.problem.published:
            place = self.places[entry.task_id]
            if not self._has_started(place):
                shifted_s, elsewhere = abs(place.start_s - entry.start_s), place.machine_id != entry.machine_id
                pct = change_pct(prices, now_s, entry.start_s)
                points += (prices.moved_task * pct // 100) * bool(shifted_s or elsewhere)
                points += (prices.shifted_s * pct // 100) * shifted_s
                points += (prices.reassigned_task * pct // 100) * elsewhere
        return points
