"""Why a job is late: the chain of causes from its last task back to something nobody can change.

Promises: every link is read off the schedule (a bound that is met exactly), none is guessed.
May not: change or judge the schedule.
Called by: planning (alerts, reasons of a revision), dashboard, CLI.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Interval, SchedulingProblem
from solvers.scheduling.shop import Operation, Shop, index

MAX_LINKS = 50


class Code(StrEnum):
    """What holds a task back, the frozen catalogue."""

    MATERIAL_LATE = "MATERIAL_LATE"
    MACHINE_DOWN = "MACHINE_DOWN"
    OFF_SHIFT = "OFF_SHIFT"
    MACHINE_BUSY = "MACHINE_BUSY"
    MACHINE_NOT_READY = "MACHINE_NOT_READY"
    WAITS_FOR_TASK = "WAITS_FOR_TASK"
    RUNNING = "RUNNING"
    PINNED = "PINNED"
    FENCED = "FENCED"
    KEPT_IN_PLACE = "KEPT_IN_PLACE"
    NOT_ENOUGH_TIME = "NOT_ENOUGH_TIME"


@dataclass(frozen=True, slots=True)
class Cause:
    """`task_id` is held back over [from_s, to_s) for this reason; `other_id`: the task it waits for, or ""."""

    code: Code
    task_id: str
    machine_id: str
    from_s: int
    to_s: int
    other_id: str
    text: str


@dataclass(frozen=True, slots=True)
class LateJob:
    """A job that ends after its due date. `root`: the cause to act on. `chain`: last task first."""

    job_id: str
    late_s: int
    root: Cause
    chain: tuple[Cause, ...]

    @property
    def text(self) -> str:
        """One sentence."""
        return f"{self.job_id} is {self.late_s} s late: {self.root.text}"


def explain(problem: SchedulingProblem, schedule: Schedule) -> tuple[LateJob, ...]:
    """Every late job with its chain, the latest first. The schedule must pass `check`."""
    view = _View(index(problem), schedule)
    late = []
    for number, job in enumerate(problem.jobs):
        members = [op for op in view.shop.operations if op.job == number]
        if job.due_s is None or not members:
            continue
        last = max(members, key=lambda op: view.end_s[op.number])
        late_s = view.end_s[last.number] - job.due_s
        if late_s > 0:
            chain = _chain(view, last)
            late.append(LateJob(job.job_id, late_s, _root(chain), chain))
    return tuple(sorted(late, key=lambda entry: (-entry.late_s, entry.job_id)))


class _View:
    """The schedule by number."""

    def __init__(self, shop: Shop, schedule: Schedule) -> None:
        self.shop = shop
        placed = schedule.by_task()
        places = [placed[op.task.task_id] for op in shop.operations]
        self.machine = [shop.machine_of[place.machine_id] for place in places]
        self.start_s = [place.start_s for place in places]
        self.end_s = [place.end_s for place in places]
        self.waived = {waiver.task_id for waiver in schedule.waivers}
        self.in_front = dict.fromkeys(range(len(places)), -1)
        for machine in range(len(shop.machines)):
            line = [n for n in range(len(places)) if self.machine[n] == machine]
            line.sort(key=lambda n: (self.start_s[n], self.end_s[n], shop.operations[n].task.task_id))
            for earlier, later in pairwise(line):
                self.in_front[later] = earlier

    def name(self, number: int) -> str:
        """The task's id."""
        return self.shop.operations[number].task.task_id


def _chain(view: _View, last: Operation) -> tuple[Cause, ...]:
    chain: list[Cause] = []
    seen: set[int] = set()
    current: int | None = last.number
    while current is not None and current not in seen and len(chain) < MAX_LINKS:
        seen.add(current)
        op = view.shop.operations[current]
        chain.extend(_standstill(view, op))
        if op.started:
            chain.append(_cause(view, op, Code.RUNNING, op.started[1], op.started[2], "is running since it started"))
            break
        binder = _binder(view, op)
        chain.extend(_gap(view, op, binder.to_s))
        chain.append(binder)
        current = view.shop.number_of.get(binder.other_id)
    return tuple(chain)


def _cause(
    view: _View, op: Operation, code: Code, from_s: int, to_s: int, words: str, other: int | None = None
) -> Cause:
    machine_id = view.shop.machines[view.machine[op.number]].machine_id
    other_id = "" if other is None else view.name(other)
    return Cause(code, op.task.task_id, machine_id, from_s, to_s, other_id, f"{op.task.task_id} {words}")


def _binder(view: _View, op: Operation) -> Cause:
    """The latest of the bounds on its start."""
    shop, now_s, machine = view.shop, view.shop.problem.now_s, view.machine[op.number]
    machine_id = shop.machines[machine].machine_id
    bounds: list[tuple[int, int, Code, int | None, str]]
    bounds = [(op.release_s, 5, Code.MATERIAL_LATE, None, "waits for its materials")]
    for earlier, lag_s in op.before:
        words = f"waits for {view.name(earlier)}"
        bounds.append((view.end_s[earlier] + lag_s, 4, Code.WAITS_FOR_TASK, earlier, words))
    front = view.in_front[op.number]
    free_s = view.end_s[front] if front >= 0 else shop.machines[machine].ready_s
    free_s += shop.setup_s(machine, front, op.number)
    if front >= 0:
        words = f"waits for {machine_id}, which is busy with {view.name(front)}"
        bounds.append((free_s, 3, Code.MACHINE_BUSY, front, words))
    else:
        bounds.append((free_s, 2, Code.MACHINE_NOT_READY, None, f"waits until {machine_id} is ready"))
    bounds.append((now_s, 1, Code.NOT_ENOUGH_TIME, None, "starts now and still has too little time"))
    bound_s, _, code, other, words = max(bounds, key=lambda bound: bound[:2])
    return _cause(view, op, code, min(now_s, bound_s), bound_s, words, other)


def _gap(view: _View, op: Operation, bound_s: int) -> list[Cause]:
    """Why it starts later than its bounds ask: blocked time, a wish, or the plan in force."""
    machine, start_s = view.machine[op.number], view.start_s[op.number]
    if start_s <= bound_s:
        return []
    duration_s = op.duration_on(machine) or 0
    calendar = view.shop.calendars[machine]
    if calendar.fit(bound_s, duration_s, op.task.interruptible)[0] == start_s:
        return [_blocked(view, op, bound_s, start_s)]
    if op.wish and op.task.task_id not in view.waived:
        code = Code.PINNED if op.pinned else Code.FENCED
        words = "is held at its start by a person" if op.pinned else "is inside the frozen time"
        return [_cause(view, op, code, bound_s, start_s, words)]
    return [_cause(view, op, Code.KEPT_IN_PLACE, bound_s, start_s, "could start earlier; the plan in force is kept")]


def _blocked(view: _View, op: Operation, from_s: int, to_s: int) -> Cause:
    machine = view.shop.machines[view.machine[op.number]]
    if _meets(machine.downtime, from_s, to_s):
        return _cause(view, op, Code.MACHINE_DOWN, from_s, to_s, f"waits while {machine.machine_id} is down")
    return _cause(view, op, Code.OFF_SHIFT, from_s, to_s, f"waits for the next shift of {machine.machine_id}")


def _standstill(view: _View, op: Operation) -> list[Cause]:
    """Blocked time inside the task itself."""
    machine = view.shop.machines[view.machine[op.number]]
    start_s = max(view.start_s[op.number], view.shop.problem.now_s) if op.started else view.start_s[op.number]
    end_s, found = view.end_s[op.number], []
    if _meets(machine.downtime, start_s, end_s):
        words = f"stands still while {machine.machine_id} is down"
        found.append(_cause(view, op, Code.MACHINE_DOWN, start_s, end_s, words))
    elif _meets(machine.unavailable, start_s, end_s):
        words = f"stands still between the shifts of {machine.machine_id}"
        found.append(_cause(view, op, Code.OFF_SHIFT, start_s, end_s, words))
    return found


def _meets(intervals: tuple[Interval, ...], from_s: int, to_s: int) -> bool:
    return any(low < to_s and high > from_s for low, high in intervals)


_TELLING = (
    Code.MACHINE_DOWN,
    Code.MATERIAL_LATE,
    Code.PINNED,
    Code.FENCED,
    Code.KEPT_IN_PLACE,
    Code.MACHINE_NOT_READY,
    Code.MACHINE_BUSY,
    Code.OFF_SHIFT,
)
"""What a person can act on, the most telling first."""


def _root(chain: tuple[Cause, ...]) -> Cause:
    """The most telling link; of equal ones the deepest."""
    for code in _TELLING:
        found = [cause for cause in chain if cause.code is code and cause.to_s > cause.from_s]
        if found:
            return found[-1]
    return chain[-1]
