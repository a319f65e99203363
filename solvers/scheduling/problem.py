"""The scheduling problem: machines, jobs, tasks, what has happened, and what a change costs.

Promises: immutable, whole seconds and cents, validated as a whole before anything is computed; every valid
problem has a feasible schedule, because calendars end and no due date is hard.
May not: know a solver, a clock or where the numbers come from.
Called by: planning (builds it from the state), `repair`, `solve`, `check`, `explain`, `io`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from solvers.errors import InvalidProblem, require

MAX_MACHINES = 2_000
MAX_TASKS = 20_000
MAX_MODES = 200
MAX_INTERVALS = 5_000
MAX_DURATION_S = 366 * 86_400
MAX_TIME_S = 2**40
MAX_PRICE = 1_000_000

Interval = tuple[int, int]
"""Half open, [start_s, end_s)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Least gap between a task of `from_family` and the next one of `to_family` on a machine."""

    from_family: str
    to_family: str
    duration_s: int


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine that works on one task at a time.

    `downtime`: breakdowns and maintenance. `unavailable`: outside the shifts. Work stands still in both.
    `ready_s`: nothing that has not started starts before it. `fence_s`: a published start before the fence
    stays, unless the machine is down during it. `setups`: pairs not listed take 0 s; a setup is a gap that
    may run through a break. `family`: what the machine is set up for now ("" = anything).
    """

    machine_id: str
    downtime: tuple[Interval, ...] = ()
    unavailable: tuple[Interval, ...] = ()
    ready_s: int = 0
    fence_s: int = 0
    setups: tuple[Setup, ...] = ()
    family: str = ""


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to do a task: this machine, that long, at that cost."""

    machine_id: str
    duration_s: int
    cost_cents: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """The task runs on this machine since `start_s`; at now `remaining_s` of work are left.

    Nobody stops it. It stands still while the machine is down or off shift and then goes on.
    """

    machine_id: str
    start_s: int
    remaining_s: int


@dataclass(frozen=True, slots=True)
class Pinned:
    """A person's wish: this machine, this start. Kept unless a fact forbids it (then a waiver says so)."""

    machine_id: str
    start_s: int


@dataclass(frozen=True, slots=True)
class After:
    """The task may start `lag_s` after the end of `task_id`, which may belong to another job."""

    task_id: str
    lag_s: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One operation. Finished tasks are left out of the problem.

    `after` None: after the task before it in its job. `state` None: free to move.
    `interruptible`: stretches over breaks and downtime; otherwise it runs in one piece.
    """

    task_id: str
    modes: tuple[Mode, ...]
    after: tuple[After, ...] | None = None
    family: str = ""
    state: Started | Pinned | None = None
    interruptible: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """Tasks that make one thing. `due_s` None: no due date. `weight`: price factor of its tardiness."""

    job_id: str
    tasks: tuple[Task, ...]
    release_s: int = 0
    due_s: int | None = None
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Published:
    """Where the plan in force has a task; the price of change is measured against it."""

    task_id: str
    machine_id: str
    start_s: int


@dataclass(frozen=True, slots=True)
class Prices:
    """What the objective counts, in points; 100 points are one cent by default. All >= 0.

    The defaults make tardiness rule (1 cent a second at weight 1), then machine cost and setups, and let a
    change happen only for a real gain; makespan breaks ties.
    """

    tardiness_s: int = 100
    makespan_s: int = 1
    setup_s: int = 10
    cost_cent: int = 100
    moved_task: int = 2_000
    shifted_s: int = 0
    reassigned_task: int = 10_000


MAKESPAN_ONLY = Prices(
    tardiness_s=0, makespan_s=1, setup_s=0, cost_cent=0, moved_task=0, shifted_s=0, reassigned_task=0
)
"""The textbook objective, for published instances."""


@dataclass(frozen=True, slots=True)
class SchedulingProblem:
    """Everything a schedule depends on, as of `now_s`."""

    now_s: int
    machines: tuple[Machine, ...]
    jobs: tuple[Job, ...]
    published: tuple[Published, ...] = ()
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        validate(self)

    def tasks(self) -> Iterable[tuple[Job, Task]]:
        """Every task with its job, in the order given."""
        for job in self.jobs:
            for task in job.tasks:
                yield job, task

    def predecessors(self, job: Job, position: int) -> tuple[After, ...]:
        """What the task at this position of the job waits for."""
        task = job.tasks[position]
        if task.after is not None:
            return task.after
        return (After(job.tasks[position - 1].task_id),) if position else ()


def validate(problem: SchedulingProblem) -> None:
    """Raise `InvalidProblem` at the first broken rule; nothing is computed from a broken problem."""
    _time(problem.now_s, "now_s")
    machines = _machines(problem)
    tasks = _tasks(problem, machines)
    _order(problem, tasks)
    _published(problem, machines, tasks)
    for name in Prices.__slots__:
        price = getattr(problem.prices, name)
        require(0 <= price <= MAX_PRICE, f"prices.{name}", price, f"0..{MAX_PRICE}")


def _time(value: int, name: str) -> None:
    require(isinstance(value, int) and 0 <= value <= MAX_TIME_S, name, value, f"a whole second 0..{MAX_TIME_S}")


def _machines(problem: SchedulingProblem) -> set[str]:
    require(len(problem.machines) <= MAX_MACHINES, "machines", len(problem.machines), f"at most {MAX_MACHINES}")
    seen: set[str] = set()
    for machine in problem.machines:
        where = f"machines[{machine.machine_id}]"
        require(bool(machine.machine_id), where, machine.machine_id, "an id")
        require(machine.machine_id not in seen, where, machine.machine_id, "an id of its own")
        seen.add(machine.machine_id)
        _time(machine.ready_s, f"{where}.ready_s")
        _time(machine.fence_s, f"{where}.fence_s")
        _intervals(machine.downtime, f"{where}.downtime")
        _intervals(machine.unavailable, f"{where}.unavailable")
        for setup in machine.setups:
            require(0 <= setup.duration_s <= MAX_DURATION_S, f"{where}.setups", setup, "0 s to a year")
        pairs = {(setup.from_family, setup.to_family) for setup in machine.setups}
        require(len(pairs) == len(machine.setups), f"{where}.setups", len(machine.setups), "each pair once")
    return seen


def _intervals(intervals: tuple[Interval, ...], name: str) -> None:
    require(len(intervals) <= MAX_INTERVALS, name, len(intervals), f"at most {MAX_INTERVALS}")
    for start_s, end_s in intervals:
        require(0 <= start_s < end_s <= MAX_TIME_S, name, (start_s, end_s), "start before end")


def _tasks(problem: SchedulingProblem, machines: set[str]) -> dict[str, Task]:
    jobs: set[str] = set()
    tasks: dict[str, Task] = {}
    running: dict[str, str] = {}
    for job in problem.jobs:
        where = f"jobs[{job.job_id}]"
        require(bool(job.job_id) and job.job_id not in jobs, where, job.job_id, "an id of its own")
        jobs.add(job.job_id)
        _time(job.release_s, f"{where}.release_s")
        if job.due_s is not None:
            _time(job.due_s, f"{where}.due_s")
        require(0 <= job.weight <= 10_000, f"{where}.weight", job.weight, "0..10000")
        for task in job.tasks:
            require(bool(task.task_id) and task.task_id not in tasks, where, task.task_id, "a task id of its own")
            tasks[task.task_id] = task
            _task(problem, task, machines, running)
    require(len(tasks) <= MAX_TASKS, "jobs.tasks", len(tasks), f"at most {MAX_TASKS}")
    return tasks


def _task(problem: SchedulingProblem, task: Task, machines: set[str], running: dict[str, str]) -> None:
    where = f"tasks[{task.task_id}]"
    require(1 <= len(task.modes) <= MAX_MODES, f"{where}.modes", len(task.modes), f"1..{MAX_MODES}")
    options = [mode.machine_id for mode in task.modes]
    require(len(set(options)) == len(options), f"{where}.modes", options, "each machine once")
    for mode in task.modes:
        require(mode.machine_id in machines, f"{where}.modes", mode.machine_id, "a machine of the problem")
        require(1 <= mode.duration_s <= MAX_DURATION_S, f"{where}.duration_s", mode.duration_s, "1 s to a year")
        require(0 <= mode.cost_cents <= 10**9, f"{where}.cost_cents", mode.cost_cents, "0..10^9")
    state = task.state
    if state is None:
        return
    _time(state.start_s, f"{where}.state.start_s")
    require(state.machine_id in machines, f"{where}.state", state.machine_id, "a machine of the problem")
    if isinstance(state, Pinned):
        require(state.machine_id in options, f"{where}.state", state.machine_id, "a machine of its modes")
        return
    require(state.start_s <= problem.now_s, f"{where}.state.start_s", state.start_s, "not after now_s")
    require(0 <= state.remaining_s <= MAX_DURATION_S, f"{where}.remaining_s", state.remaining_s, "0 s to a year")
    other = running.setdefault(state.machine_id, task.task_id)
    require(other == task.task_id, f"{where}.state", state.machine_id, f"a machine {other} does not run on")


def _order(problem: SchedulingProblem, tasks: dict[str, Task]) -> None:
    graph: dict[str, tuple[str, ...]] = {}
    for job in problem.jobs:
        for position, task in enumerate(job.tasks):
            waits = problem.predecessors(job, position)
            for after in waits:
                where = f"tasks[{task.task_id}].after"
                require(after.task_id in tasks, where, after.task_id, "a task of the problem")
                require(0 <= after.lag_s <= MAX_DURATION_S, where, after.lag_s, "a lag of 0 s to a year")
            graph[task.task_id] = tuple(after.task_id for after in waits)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise InvalidProblem("tasks.after", error.args[1], "no task waits for itself") from error


def _published(problem: SchedulingProblem, machines: set[str], tasks: dict[str, Task]) -> None:
    seen: set[str] = set()
    for entry in problem.published:
        where = f"published[{entry.task_id}]"
        require(entry.task_id in tasks, where, entry.task_id, "a task of the problem")
        require(entry.task_id not in seen, where, entry.task_id, "one entry a task")
        require(entry.machine_id in machines, where, entry.machine_id, "a machine of the problem")
        _time(entry.start_s, f"{where}.start_s")
        seen.add(entry.task_id)
