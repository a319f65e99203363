"""The problem as numbered lists: what repair, search and the model compute on.

Promises: the same problem gives the same numbering; nothing of the problem's meaning is lost.
May not: decide anything; be used by `check`.
Called by: `board`, `repair`, `model`, `solve`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from solvers.scheduling.calendar import Calendar
from solvers.scheduling.problem import Machine, Pinned, SchedulingProblem, Started, Task


@dataclass(slots=True)
class Operation:
    """One task by number. `before`/`behind`: (operation, lag) pairs. `wish`: pin or fence to keep."""

    number: int
    task: Task
    job: int
    modes: list[tuple[int, int, int]]
    release_s: int
    before: list[tuple[int, int]] = field(default_factory=list)
    behind: list[tuple[int, int]] = field(default_factory=list)
    started: tuple[int, int, int] | None = None
    published: tuple[int, int] | None = None
    wish: tuple[int, int] | None = None
    pinned: bool = False
    tail_s: int = 0
    head_s: int = 0

    def duration_on(self, machine: int) -> int | None:
        """Work time on this machine, None where it cannot run."""
        return next((duration for option, duration, _ in self.modes if option == machine), None)


@dataclass(slots=True)
class Shop:
    """Operations, machines and prices by number. `order`: operations, each after all it waits for."""

    problem: SchedulingProblem
    operations: list[Operation]
    calendars: list[Calendar]
    setups: list[dict[tuple[str, str], int]]
    order: list[int]
    number_of: dict[str, int]
    machine_of: dict[str, int]

    @property
    def machines(self) -> tuple[Machine, ...]:
        """The machines, by number."""
        return self.problem.machines

    def setup_s(self, machine: int, earlier: int, later: int) -> int:
        """Gap between two operations that follow each other; `earlier` -1 is the state the machine is in."""
        table = self.setups[machine]
        if not table:
            return 0
        family = self.machines[machine].family if earlier < 0 else self.operations[earlier].task.family
        return table.get((family, self.operations[later].task.family), 0)

    def first_start_s(self, machine: int, operation: int) -> int:
        """The earliest start if nothing runs before it on this machine."""
        ready_s = self.machines[machine].ready_s + self.setup_s(machine, -1, operation)
        return max(self.problem.now_s, ready_s, self.operations[operation].release_s)


def index(problem: SchedulingProblem) -> Shop:
    """Number everything, and work out the started ends, the wishes, heads and tails."""
    machine_of = {machine.machine_id: number for number, machine in enumerate(problem.machines)}
    number_of = {task.task_id: number for number, (_, task) in enumerate(problem.tasks())}
    shop = Shop(
        problem=problem,
        operations=[],
        calendars=[Calendar(machine.downtime, machine.unavailable) for machine in problem.machines],
        setups=[
            {(s.from_family, s.to_family): s.duration_s for s in machine.setups if s.duration_s}
            for machine in problem.machines
        ],
        order=[],
        number_of=number_of,
        machine_of=machine_of,
    )
    for job_number, job in enumerate(problem.jobs):
        for position, task in enumerate(job.tasks):
            operation = Operation(
                number=len(shop.operations),
                task=task,
                job=job_number,
                modes=[(machine_of[m.machine_id], m.duration_s, m.cost_cents) for m in task.modes],
                release_s=job.release_s,
                before=[(number_of[a.task_id], a.lag_s) for a in problem.predecessors(job, position)],
            )
            shop.operations.append(operation)
    _link(shop)
    _facts(shop)
    _heads_and_tails(shop)
    return shop


def _link(shop: Shop) -> None:
    graph: dict[int, list[int]] = {}
    for operation in shop.operations:
        graph[operation.number] = [earlier for earlier, _ in operation.before]
        for earlier, lag_s in operation.before:
            shop.operations[earlier].behind.append((operation.number, lag_s))
    shop.order = list(TopologicalSorter(graph).static_order())


def _facts(shop: Shop) -> None:
    problem = shop.problem
    for entry in problem.published:
        operation = shop.operations[shop.number_of[entry.task_id]]
        operation.published = (shop.machine_of[entry.machine_id], entry.start_s)
    for operation in shop.operations:
        state = operation.task.state
        if isinstance(state, Started):
            machine = shop.machine_of[state.machine_id]
            end_s = shop.calendars[machine].finish(problem.now_s, state.remaining_s)
            operation.started = (machine, state.start_s, end_s)
        elif isinstance(state, Pinned):
            operation.wish, operation.pinned = (shop.machine_of[state.machine_id], state.start_s), True
        elif operation.published:
            machine, start_s = operation.published
            if start_s < problem.machines[machine].fence_s:
                operation.wish = operation.published


def _heads_and_tails(shop: Shop) -> None:
    """`head_s`: least time of day it can start; `tail_s`: least work behind it; both without contention."""
    operations, now_s = shop.operations, shop.problem.now_s
    least = [min(duration for _, duration, _ in operation.modes) for operation in operations]
    ends = [0] * len(operations)
    for number in shop.order:
        operation = operations[number]
        waits = [ends[earlier] + lag_s for earlier, lag_s in operation.before]
        operation.head_s = max([now_s, operation.release_s, *waits])
        ends[number] = operation.started[2] if operation.started else operation.head_s + least[number]
    for number in reversed(shop.order):
        behind = [lag_s + least[later] + operations[later].tail_s for later, lag_s in operations[number].behind]
        operations[number].tail_s = max(behind, default=0)
