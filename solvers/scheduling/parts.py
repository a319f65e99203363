"""What a scheduling problem is made of: machines, people, tools, jobs, tasks, what has happened, prices.

Promises: immutable; whole seconds and cents. What the fields mean is said here, what they may hold in `validate`.
May not: compute anything but the price of a change.
Called by: `problem`, which hands these names on, and `validate`.
"""

from __future__ import annotations

from dataclasses import dataclass

Interval = tuple[int, int]
"""Half open, [start_s, end_s)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Least gap between a task of `from_family` and the next one of `to_family` on a machine."""

    from_family: str
    to_family: str
    duration_s: int
    cost_cents: int = 0


@dataclass(frozen=True, slots=True)
class Overtime:
    """Off-shift time that can be bought as a whole: tasks that work overtime may run in [start_s, end_s)."""

    start_s: int
    end_s: int
    cost_cents: int


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine that works on one task at a time, or on one batch.

    `downtime`: breakdowns. `unavailable`: outside the shifts. Work stands still in both; a task that works overtime
    goes on in the windows of `overtime`, each paid once however many tasks use it. `ready_s`: nothing that has not
    started starts before it. `fence_s`: a published start before the fence stays, unless the machine is down during
    it. `setups`: pairs not listed take 0 s; a setup is a gap that may run through a break. `family`: what the machine
    is set up for now ("" = anything). `batch_capacity` > 0: runs batches, tasks of one family and one batch name that
    start and end together and hold the same operators and tools once, with sizes that add up to the capacity at most;
    the longest member gives the duration.
    """

    machine_id: str
    downtime: tuple[Interval, ...] = ()
    unavailable: tuple[Interval, ...] = ()
    ready_s: int = 0
    fence_s: int = 0
    setups: tuple[Setup, ...] = ()
    family: str = ""
    overtime: tuple[Overtime, ...] = ()
    batch_capacity: int = 0


@dataclass(frozen=True, slots=True)
class Operator:
    """A person with skills. `unavailable`: off shift or absent."""

    operator_id: str
    skills: tuple[str, ...]
    unavailable: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool, mould or fixture of a kind. `unavailable`: in repair."""

    tool_id: str
    kind: str
    unavailable: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """So many operators with this skill, or tools of this kind."""

    name: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to do a task: this machine, that long, at that cost, with these people and tools.

    Each operator and tool is held from the task's start to its end and serves one task at a time; it has to be there
    while the machine works, not while it stands still. `fixed_s`: part of the duration that does not grow with the
    quantity, so that every lot of a split task takes it.
    """

    machine_id: str
    duration_s: int
    cost_cents: int = 0
    operators: tuple[Need, ...] = ()
    tools: tuple[Need, ...] = ()
    fixed_s: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """The task runs on this machine since `start_s`; at now `remaining_s` of work are left.

    Nobody stops it. It stands still while the machine is down or off shift and then goes on. `held`: the operators
    and tools it keeps to its end, whatever else is said of them.
    """

    machine_id: str
    start_s: int
    remaining_s: int
    held: tuple[str, ...] = ()
    overtime: bool = False


@dataclass(frozen=True, slots=True)
class Pinned:
    """A person's wish: this machine, this start. Kept unless a fact forbids it (then a waiver says so)."""

    machine_id: str
    start_s: int
    overtime: bool = False


@dataclass(frozen=True, slots=True)
class Locked:
    """A person's wish: this machine, whenever that is."""

    machine_id: str


@dataclass(frozen=True, slots=True)
class CostStep:
    """From this start on, until the next step, a task costs so much for the time at which it starts."""

    from_s: int
    cost_cents: int


@dataclass(frozen=True, slots=True)
class After:
    """The task may start `lag_s` after the end of `task_id`, which may belong to another job."""

    task_id: str
    lag_s: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One operation. Finished tasks are left out of the problem.

    `after` None: after the task before it in its job. `state` None: free to move.
    `interruptible`: stretches over breaks and downtime; otherwise it runs in one piece. `release_s`: its materials
    are there. `start_cost`: steps in time order, 0 before the first; the cost curve of movable maintenance, which is a
    job of one such task. `batch`: tasks of the same name may share a batch ("": alone), `size` is its share of the
    capacity. `quantity`, `max_lots`: pieces, and into how many lots they may be split.
    """

    task_id: str
    modes: tuple[Mode, ...]
    after: tuple[After, ...] | None = None
    family: str = ""
    state: Started | Pinned | Locked | None = None
    interruptible: bool = False
    release_s: int = 0
    start_cost: tuple[CostStep, ...] = ()
    batch: str = ""
    size: int = 1
    quantity: int = 1
    max_lots: int = 1


@dataclass(frozen=True, slots=True)
class Job:
    """Tasks that make one thing. `due_s` None: no due date. `weight`: price factor of its tardiness.

    `deadline_s`: an end past it is priced above everything else, and told as a missed deadline.
    """

    job_id: str
    tasks: tuple[Task, ...]
    release_s: int = 0
    due_s: int | None = None
    weight: int = 1
    deadline_s: int | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """Where the plan in force has a task; the price of change is measured against it.

    `held`: the operators and tools it has there; who works on it may change at no price, but whoever repairs tries
    the same ones first, so that what can stay in its place does.
    """

    task_id: str
    machine_id: str
    start_s: int
    overtime: bool = False
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prices:
    """What the objective counts, in points; 100 points are one cent by default. All >= 0.

    The defaults make deadlines rule, then tardiness (1 cent a second at weight 1), then machine, setup and overtime
    cost, and let a change happen only for a real gain; makespan breaks ties. A change to what starts soon costs more:
    `near_pct` percent on top for what was to start now, falling to nothing `near_s` seconds ahead (`change_pct`).
    """

    deadline_s: int = 100_000
    tardiness_s: int = 100
    makespan_s: int = 1
    setup_s: int = 10
    cost_cent: int = 100
    moved_task: int = 2_000
    shifted_s: int = 0
    reassigned_task: int = 10_000
    near_pct: int = 100
    near_s: int = 14_400


MAKESPAN_ONLY = Prices(
    deadline_s=0, tardiness_s=0, makespan_s=1, setup_s=0, cost_cent=0, moved_task=0, shifted_s=0, reassigned_task=0
)
"""The textbook objective, for published instances."""


def change_pct(prices: Prices, now_s: int, start_s: int) -> int:
    """Percent of the change prices that a task published at `start_s` pays; each price times it, over 100, floored."""
    ahead_s = max(0, start_s - now_s)
    return 100 + (prices.near_pct * (prices.near_s - ahead_s) // prices.near_s if ahead_s < prices.near_s else 0)


def predecessors(job: Job, position: int) -> tuple[After, ...]:
    """What the task at this position of the job waits for."""
    task = job.tasks[position]
    if task.after is not None:
        return task.after
    return (After(job.tasks[position - 1].task_id),) if position else ()
