"""The scheduling problem as a whole.

Promises: immutable, and judged as a whole before anything is computed; every valid problem has a feasible schedule,
because calendars end, there are enough operators and tools for every mode, and a deadline that cannot be kept costs
more than anything else instead of forbidding the schedule.
May not: know a solver, a clock or where the numbers come from.
Called by: planning (builds it from the state), `repair`, `solve`, `check`, `explain`, `io`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from solvers.scheduling.parts import (
    MAKESPAN_ONLY,
    After,
    CostStep,
    Interval,
    Job,
    Locked,
    Machine,
    Mode,
    Need,
    Operator,
    Overtime,
    Pinned,
    Prices,
    Published,
    Setup,
    Started,
    Task,
    Tool,
    change_pct,
    predecessors,
)
from solvers.scheduling.validate import validate

__all__ = [
    "MAKESPAN_ONLY",
    "After",
    "CostStep",
    "Interval",
    "Job",
    "Locked",
    "Machine",
    "Mode",
    "Need",
    "Operator",
    "Overtime",
    "Pinned",
    "Prices",
    "Published",
    "SchedulingProblem",
    "Setup",
    "Started",
    "Task",
    "Tool",
    "change_pct",
    "predecessors",
]


@dataclass(frozen=True, slots=True)
class SchedulingProblem:
    """Everything a schedule depends on, as of `now_s`."""

    now_s: int
    machines: tuple[Machine, ...]
    jobs: tuple[Job, ...]
    published: tuple[Published, ...] = ()
    prices: Prices = field(default_factory=Prices)
    operators: tuple[Operator, ...] = ()
    tools: tuple[Tool, ...] = ()

    def __post_init__(self) -> None:
        validate(self.now_s, self.machines, self.jobs, self.published, self.prices, self.operators, self.tools)

    def tasks(self) -> Iterable[tuple[Job, Task]]:
        """Every task with its job, in the order given."""
        for job in self.jobs:
            for task in job.tasks:
                yield job, task

    def predecessors(self, job: Job, position: int) -> tuple[After, ...]:
        """What the task at this position of the job waits for."""
        return predecessors(job, position)
