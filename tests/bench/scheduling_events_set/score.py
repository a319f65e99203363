"""What an answer to an instance is worth: validity, the objective beside right shift, and stability.

Two sets of tasks of the plan in force that have neither started nor been pinned or locked:

- Unaffected: facts alone still allow the published place. Material is there, its machine works through it as before,
  the people it was to have are there, and neither a started task nor a pinned one stands in its way.
- Untouched: unaffected, and right shift leaves it where it is; no affected task pushes it, directly or through others.
  What is not untouched is what the literature calls the affected operations.

New tasks belong to neither.
Called by: `__main__`, `scheduling_events`.
"""

from __future__ import annotations

from dataclasses import dataclass

from solvers.scheduling.calendar import Calendar
from solvers.scheduling.check import Figures, check, figures
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import Interval, Job, Pinned, SchedulingProblem, Started, Task
from tests.bench.scheduling_events_set.dispatch import Dispatcher, Line
from tests.bench.scheduling_events_set.events import Case
from tests.bench.scheduling_events_set.right_shift import right_shift

INVALID_SCORE = 2.0
FENCE_KINDS = ("fence_moved", "waiver_unfounded")


@dataclass(frozen=True, slots=True)
class Score:
    """`score`: the objective over that of right shift, less is better, 2 for an answer that breaks a rule.

    `moved` of the `unaffected` tasks stand at another time or machine, `reassigned` of them on another machine;
    `disturbed` of the `untouched` moved. `fence_broken`: tasks within a fence that moved though nothing that is fixed
    forbade their place; `fence_waived`: those that had to.
    """

    valid: bool
    violations: tuple[str, ...]
    score: float
    right_shift: int
    figures: Figures
    unaffected: int
    moved: int
    reassigned: int
    untouched: int
    disturbed: int
    fence_broken: int
    fence_waived: int

    @property
    def moved_share(self) -> float:
        """Part of the unaffected tasks that moved."""
        return self.moved / max(1, self.unaffected)

    @property
    def reassigned_share(self) -> float:
        """Part of the unaffected tasks that are on another machine."""
        return self.reassigned / max(1, self.unaffected)

    @property
    def disturbed_share(self) -> float:
        """Part of the untouched tasks that moved."""
        return self.disturbed / max(1, self.untouched)


def score(case: Case, schedule: Schedule) -> Score:
    """Judge an answer."""
    report = check(case.problem, schedule)
    shifted = right_shift(case.problem, case.live.before)
    before, there, at_shift = case.live.before.by_task(), schedule.by_task(), shifted.by_task()
    stays = unaffected(case)
    untouched = [key for key in stays if _place(at_shift[key]) == _place(before[key])]
    moved = {key for key in stays if key in there and _place(there[key]) != _place(before[key])}
    shifted_points = figures(case.problem, shifted).objective
    return Score(
        valid=report.ok,
        violations=tuple(f"{v.kind} {v.task_id}" for v in report.violations),
        score=report.figures.objective / max(1, shifted_points) if report.ok else INVALID_SCORE,
        right_shift=shifted_points,
        figures=report.figures,
        unaffected=len(stays),
        moved=len(moved),
        reassigned=sum(there[key].machine_id != before[key].machine_id for key in moved),
        untouched=len(untouched),
        disturbed=sum(key in moved for key in untouched),
        fence_broken=sum(v.kind in FENCE_KINDS for v in report.violations),
        fence_waived=sum(waiver.rule == "fence" for waiver in schedule.waivers),
    )


def _place(place: Assignment) -> tuple[str, int]:
    return place.machine_id, place.start_s


def unaffected(case: Case) -> frozenset[str]:
    """Task ids; see above."""
    facts = _Facts(case.problem)
    before = case.live.before.by_task()
    free = [(job, task) for job, task in case.problem.tasks() if task.task_id in before and task.state is None]
    return frozenset(task.task_id for job, task in free if facts.allow(job, task, before[task.task_id]))


class _Facts:
    """Machines, people, and what nobody may move: started tasks and pins."""

    def __init__(self, problem: SchedulingProblem) -> None:
        self.problem = problem
        self.lines = {machine.machine_id: Line(machine) for machine in problem.machines}
        self.away = {operator.operator_id: Calendar(operator.unavailable) for operator in problem.operators}
        self.taken: dict[str, list[Interval]] = {}
        board = Dispatcher(problem)
        for _, task in problem.tasks():
            if isinstance(task.state, Started):
                place = board.placed[task.task_id]
                for key in (place.machine_id, *place.held):
                    self.taken.setdefault(key, []).append((place.start_s, place.end_s))
            elif isinstance(task.state, Pinned):
                mode = next(mode for mode in task.modes if mode.machine_id == task.state.machine_id)
                calendar = self.lines[mode.machine_id].calendar
                span = calendar.fit(task.state.start_s, mode.duration_s, task.interruptible)
                self.taken.setdefault(mode.machine_id, []).append(span)

    def allow(self, job: Job, task: Task, place: Assignment) -> bool:
        """Whether the task could stand where it was, if all that can move made room."""
        line = self.lines[place.machine_id]
        if place.start_s < max(job.release_s, task.release_s, line.machine.ready_s):
            return False
        mode = next((mode for mode in task.modes if mode.machine_id == place.machine_id), None)
        span = (place.start_s, place.end_s)
        if mode is None or line.calendar.fit(place.start_s, mode.duration_s, task.interruptible) != span:
            return False
        if any(_meet(span, other) for key in (place.machine_id, *place.held) for other in self.taken.get(key, ())):
            return False
        return not any(
            _meet(part, off)
            for part in line.working(*span)
            for key in place.held
            for off in zip(self.away[key].starts, self.away[key].ends, strict=True)
        )


def _meet(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]
