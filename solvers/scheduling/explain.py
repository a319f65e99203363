"""Why a job is late: the chain of causes from its last task back to something nobody can change.

Promises: every link is read off the schedule (a bound that is met exactly), none is guessed.
May not: change or judge the schedule.
Called by: planning (alerts, reasons of a revision), `remedies`, dashboard, CLI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from solvers.scheduling.explain_view import Push, View
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Interval, Job, Locked, Pinned, SchedulingProblem, Task

MAX_LINKS = 50


class Code(StrEnum):
    """What holds a task back, the frozen catalogue."""

    MATERIAL_LATE = "MATERIAL_LATE"
    MACHINE_DOWN = "MACHINE_DOWN"
    OFF_SHIFT = "OFF_SHIFT"
    MACHINE_BUSY = "MACHINE_BUSY"
    MACHINE_NOT_READY = "MACHINE_NOT_READY"
    MAINTENANCE = "MAINTENANCE"
    SETUP = "SETUP"
    BATCH = "BATCH"
    OPERATOR_BUSY = "OPERATOR_BUSY"
    OPERATOR_ABSENT = "OPERATOR_ABSENT"
    TOOL_BUSY = "TOOL_BUSY"
    TOOL_AWAY = "TOOL_AWAY"
    WAITS_FOR_TASK = "WAITS_FOR_TASK"
    RUNNING = "RUNNING"
    PINNED = "PINNED"
    LOCKED = "LOCKED"
    FENCED = "FENCED"
    CHEAPER_START = "CHEAPER_START"
    KEPT_IN_PLACE = "KEPT_IN_PLACE"
    NOT_ENOUGH_TIME = "NOT_ENOUGH_TIME"


OF_MACHINE = frozenset(
    {
        Code.MACHINE_DOWN,
        Code.OFF_SHIFT,
        Code.MACHINE_BUSY,
        Code.MACHINE_NOT_READY,
        Code.MAINTENANCE,
        Code.SETUP,
    }
)
"""Causes that another machine might not have."""


@dataclass(frozen=True, slots=True)
class Cause:
    """`task_id` is held back over [from_s, to_s) for this reason, and for no other that ends sooner.

    `other_id`: the task it waits for, or "". `unit_id`: the operator or tool it waits for, or "".
    """

    code: Code
    task_id: str
    machine_id: str
    from_s: int
    to_s: int
    other_id: str
    text: str
    unit_id: str = ""


@dataclass(frozen=True, slots=True)
class LateJob:
    """A job that ends after its due date, or, without one, after its deadline.

    `root`: the cause to act on. `chain`: last task first. `past_deadline_s`: 0 where the deadline is kept.
    """

    job_id: str
    late_s: int
    root: Cause
    chain: tuple[Cause, ...]
    past_deadline_s: int = 0

    @property
    def text(self) -> str:
        """One sentence."""
        missed = f" and misses its deadline by {self.past_deadline_s} s" if self.past_deadline_s else ""
        return f"{self.job_id} is {self.late_s} s late{missed}: {self.root.text}"


def explain(problem: SchedulingProblem, schedule: Schedule) -> tuple[LateJob, ...]:
    """Every late job with its chain, the latest first. The schedule must pass `check`."""
    view, links = View(problem, schedule), dict[str, list[Cause]]()
    late = []
    for job in problem.jobs:
        if not job.tasks:
            continue
        last = max((view.place[task.task_id] for task in job.tasks), key=lambda place: place.end_s)
        late_s, past_s = lateness(job, last.end_s)
        if late_s > 0:
            chain = _chain(view, last.task_id, links)
            late.append(LateJob(job.job_id, late_s, _root(chain), chain, past_s))
    return tuple(sorted(late, key=lambda entry: (-entry.past_deadline_s, -entry.late_s, entry.job_id)))


def lateness(job: Job, end_s: int) -> tuple[int, int]:
    """Seconds past the due date (the deadline of a job without one) and past the deadline; 0 for in time."""
    past_s = 0 if job.deadline_s is None else max(0, end_s - job.deadline_s)
    return (past_s if job.due_s is None else max(past_s, end_s - job.due_s, 0)), past_s


def is_maintenance(job: Job) -> bool:
    """A job of one task that is priced by its start."""
    return len(job.tasks) == 1 and bool(job.tasks[0].start_cost)


def _chain(view: View, last: str, known: dict[str, list[Cause]]) -> tuple[Cause, ...]:
    """`known`: links of tasks that another chain came by; many late jobs hang on the same ones."""
    chain: list[Cause] = []
    seen: set[str] = set()
    current = last
    while current and current not in seen and len(chain) < MAX_LINKS:
        seen.add(current)
        if current not in known:
            known[current] = _links(view, current)
        chain.extend(known[current])
        current = known[current][-1].other_id
    return tuple(chain)


def _links(view: View, task_id: str) -> list[Cause]:
    """The causes of this task, the latest first; the last one names the task the chain goes on with, if any."""
    place, links = view.place[task_id], _standstill(view, task_id)
    started = view.started(task_id)
    if started:
        return [
            *links,
            _cause(view, task_id, Code.RUNNING, (place.start_s, place.end_s), "is running since it started"),
        ]
    binders = _binder(view, task_id)
    bound_s = binders[0].to_s
    holder = max(view.batch(task_id), key=lambda member: (view.ready_s(member), member == task_id))
    if view.ready_s(holder) > bound_s:
        # A member of its batch is ready later than anything of its own.
        bound_s, words = view.ready_s(holder), f"waits for its batch, which waits for {holder}"
        binders = [_cause(view, task_id, Code.BATCH, (binders[0].to_s, bound_s), words, holder)]
    start_s, _, pushes = view.pushes(task_id, bound_s)
    if start_s < place.start_s:
        links.append(_left_later(view, task_id, start_s))
    links += _pushed(view, task_id, pushes)
    if not links or not links[-1].other_id:
        links += binders
    locked = _locked(view, task_id, links)
    return [*locked, *links]


def _cause(
    view: View, task_id: str, code: Code, span: Interval, words: str, other_id: str = "", unit_id: str = ""
) -> Cause:
    return Cause(code, task_id, view.place[task_id].machine_id, *span, other_id, f"{task_id} {words}", unit_id)


def _binder(view: View, task_id: str) -> list[Cause]:
    """The latest of the bounds on its start, over the time in which no other bound held it back."""
    bounds = [*_machine_bounds(view, task_id), *_own_bounds(view, task_id)]
    binder = max(bounds, key=_latest)
    others_s = max((bound[0].to_s for bound in bounds if bound is not binder), default=0)
    last = binder[-1]
    return [*binder[:-1], replace(last, from_s=min(max(last.from_s, others_s), last.to_s))]


def _latest(bound: Sequence[Cause]) -> tuple[int, int]:
    """Of equal bounds the one that no machine can change, and last what is no more than now."""
    return bound[0].to_s, _OF_EQUAL.get(bound[0].code, 2)


_OF_EQUAL = {Code.MATERIAL_LATE: 4, Code.WAITS_FOR_TASK: 3, Code.NOT_ENOUGH_TIME: 1, Code.MACHINE_NOT_READY: 0}


def _own_bounds(view: View, task_id: str) -> list[list[Cause]]:
    """The bounds that do not come from the machine: now, its predecessors, its materials."""
    task, now_s = view.tasks[task_id], view.problem.now_s
    words = "starts now and still has too little time"
    bounds = [_cause(view, task_id, Code.NOT_ENOUGH_TIME, (now_s, now_s), words)]
    for earlier, lag_s in view.waits[task_id]:
        bound_s = view.place[earlier].end_s + lag_s
        span = (min(now_s, bound_s), bound_s)
        bounds.append(_cause(view, task_id, Code.WAITS_FOR_TASK, span, f"waits for {earlier}", earlier))
    release_s = max(task.release_s, view.jobs[task_id].release_s)
    if release_s > now_s:
        bounds.append(_cause(view, task_id, Code.MATERIAL_LATE, (now_s, release_s), "waits for its materials"))
    return [[bound] for bound in bounds]


def _machine_bounds(view: View, task_id: str) -> list[list[Cause]]:
    """When the machine is ready, and when it is free: a setup if there is one, behind what it did before."""
    machine_id, front = view.place[task_id].machine_id, view.in_front(task_id)
    now_s, ready_s = view.problem.now_s, view.machines[machine_id].ready_s
    span = (min(now_s, ready_s), ready_s)
    ready = _cause(view, task_id, Code.MACHINE_NOT_READY, span, f"waits until {machine_id} is ready")
    free_s = front.end_s if front else ready_s
    setup_s = view.setup_s(machine_id, front.task_id if front else None, task_id)
    family = view.tasks[front.task_id].family if front else view.machines[machine_id].family
    words = f"waits for the setup of {machine_id} from {family or 'nothing'} to {view.tasks[task_id].family}"
    setup = [_cause(view, task_id, Code.SETUP, (free_s, free_s + setup_s), words)] if setup_s else []
    if front is None:
        return [[*setup, ready] if ready_s > now_s or not setup else setup]
    code, words = Code.MACHINE_BUSY, f"waits for {machine_id}, which is busy with {front.task_id}"
    if is_maintenance(view.jobs[front.task_id]):
        code, words = Code.MAINTENANCE, f"waits for {machine_id}, which is in maintenance ({front.task_id})"
    busy = _cause(view, task_id, code, (min(now_s, free_s), free_s), words, front.task_id)
    return [[*setup, busy], [ready]]


def _left_later(view: View, task_id: str, could_s: int) -> Cause:
    """It could start at `could_s`: a wish, a cheaper start, or the plan in force keeps it where it is."""
    place, span = view.place[task_id], (could_s, view.place[task_id].start_s)
    task, entry = view.tasks[task_id], view.published.get(task_id)
    if isinstance(task.state, Pinned) and task_id not in view.waived:
        return _cause(view, task_id, Code.PINNED, span, "is held at its start by a person")
    published = entry is not None and (entry.machine_id, entry.start_s) == (place.machine_id, place.start_s)
    if published and place.start_s < view.machines[place.machine_id].fence_s:
        return _cause(view, task_id, Code.FENCED, span, "is inside the frozen time")
    if _start_cents(task, place.start_s) < _start_cents(task, could_s):
        return _cause(view, task_id, Code.CHEAPER_START, span, "waits for a start that costs less")
    words = "could start earlier; the plan in force is kept" if published else "could start earlier; the plan leaves it"
    return _cause(view, task_id, Code.KEPT_IN_PLACE, span, words)


def _start_cents(task: Task, start_s: int) -> int:
    return next((step.cost_cents for step in reversed(task.start_cost) if step.from_s <= start_s), 0)


def _pushed(view: View, task_id: str, pushes: Sequence[Push]) -> list[Cause]:
    """The pushes, the latest first, down to the first that another task gives: the chain goes on there."""
    links: list[Cause] = []
    for push in reversed(pushes):
        links.append(_push_cause(view, task_id, push))
        if push.other_id:
            break
    return links


def _push_cause(view: View, task_id: str, push: Push) -> Cause:
    span = (push.from_s, push.to_s)
    if not push.unit_id:
        machine = view.machines[view.place[task_id].machine_id]
        down = _meets(machine.downtime, *span)
        words = (
            f"waits while {machine.machine_id} is down" if down else f"waits for the next shift of {machine.machine_id}"
        )
        return _cause(view, task_id, Code.MACHINE_DOWN if down else Code.OFF_SHIFT, span, words)
    operator = push.unit_id in view.operators
    words = f"waits for {'operator' if operator else 'tool'} {push.unit_id}, "
    if push.other_id:
        code = Code.OPERATOR_BUSY if operator else Code.TOOL_BUSY
        words += f"{'who' if operator else 'which'} is busy with {push.other_id}"
    else:
        code = Code.OPERATOR_ABSENT if operator else Code.TOOL_AWAY
        words += "who is absent" if operator else "which is away"
    return _cause(view, task_id, code, span, words, push.other_id, push.unit_id)


def _locked(view: View, task_id: str, links: Sequence[Cause]) -> list[Cause]:
    """A wish for a machine is a cause where that machine holds the task back and another one would not."""
    state = view.tasks[task_id].state
    if not isinstance(state, (Locked, Pinned)) or not any(link.code in OF_MACHINE for link in links):
        return []
    sooner = view.sooner_elsewhere(task_id)
    if sooner is None:
        return []
    machine_id, gain_s = sooner
    place = view.place[task_id]
    code = Code.LOCKED if isinstance(state, Locked) else Code.PINNED
    words = f"is {code.lower()} to {place.machine_id} by a person; {machine_id} could end it {gain_s} s sooner"
    return [_cause(view, task_id, code, (place.end_s - gain_s, place.end_s), words)]


def _standstill(view: View, task_id: str) -> list[Cause]:
    """Blocked time inside the task itself."""
    place = view.place[task_id]
    machine, span = view.machines[place.machine_id], view.standstill(task_id)
    if span is None:
        return []
    if _meets(machine.downtime, *span):
        words = f"stands still while {machine.machine_id} is down"
        return [_cause(view, task_id, Code.MACHINE_DOWN, span, words)]
    words = f"stands still between the shifts of {machine.machine_id}"
    return [_cause(view, task_id, Code.OFF_SHIFT, span, words)]


def _meets(intervals: tuple[Interval, ...], from_s: int, to_s: int) -> bool:
    return any(low < to_s and high > from_s for low, high in intervals)


_TELLING = (
    Code.MACHINE_DOWN,
    Code.MATERIAL_LATE,
    Code.OPERATOR_ABSENT,
    Code.TOOL_AWAY,
    Code.PINNED,
    Code.LOCKED,
    Code.FENCED,
    Code.MAINTENANCE,
    Code.KEPT_IN_PLACE,
    Code.CHEAPER_START,
    Code.MACHINE_NOT_READY,
    Code.OPERATOR_BUSY,
    Code.TOOL_BUSY,
    Code.MACHINE_BUSY,
    Code.SETUP,
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
