"""The problem as numbered lists: what repair, search and the model compute on.

Promises: the same problem gives the same numbering; nothing of the problem's meaning is lost.
May not: decide anything; be used by `check`.
Called by: `board`, `repair`, `model`, `solve`, the kernels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from solvers.scheduling.calendar import Calendar, without
from solvers.scheduling.problem import Locked, Machine, Mode, Need, Pinned, SchedulingProblem, Started, Task, change_pct

NEVER_S = 2**60


class Way(NamedTuple):
    """One way to do an operation. `needs`: for each unit it holds, the units that could be it, least skilled first."""

    machine: int
    work_s: int
    cost_cents: int
    needs: tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class Operation:
    """One task by number. `before`/`behind`: (operation, lag) pairs. `wish`: pin or fence to keep.

    `modes`: (machine, work, cents), a locked task's only on its machine; `ways` the same with the units. `release_s`:
    job and materials. `overtime`: of what has started, else of the wish, else as published. `held`: units of what has
    started, `usual`: of what is published. `by_s`: later ends break a wish behind it. Change prices in points, nearness
    counted.
    """

    number: int
    task: Task
    job: int
    modes: list[tuple[int, int, int]]
    release_s: int
    ways: list[Way]
    before: list[tuple[int, int]] = field(default_factory=list)
    behind: list[tuple[int, int]] = field(default_factory=list)
    started: tuple[int, int, int] | None = None
    held: tuple[int, ...] = ()
    usual: tuple[int, ...] = ()
    published: tuple[int, int] | None = None
    wish: tuple[int, int] | None = None
    pinned: bool = False
    overtime: bool = False
    tail_s: int = 0
    head_s: int = 0
    by_s: int = NEVER_S
    moved_points: int = 0
    shifted_points: int = 0
    reassigned_points: int = 0

    def duration_on(self, machine: int) -> int | None:
        """Work time on this machine, None where it cannot run."""
        return next((duration for option, duration, _ in self.modes if option == machine), None)

    def way_on(self, machine: int) -> Way | None:
        """How it runs on this machine, None where it cannot."""
        for way in self.ways:
            if way.machine == machine:
                return way
        return None


@dataclass(slots=True)
class Shop:
    """Operations, machines, units and prices by number. `order`: operations, each after all it waits for.

    `calendars`: of work without overtime, `overtime_calendars`: with it, the same object where there are no windows;
    `windows`: (start, end, window) parts of each machine's windows outside its downtime. `units`: ids of the
    operators, then the tools; `away`: when they are not there. `setup_cents` as `setups`.
    """

    problem: SchedulingProblem
    operations: list[Operation]
    calendars: list[Calendar]
    overtime_calendars: list[Calendar]
    windows: list[list[tuple[int, int, int]]]
    setups: list[dict[tuple[str, str], int]]
    setup_cents: list[dict[tuple[str, str], int]]
    longest_setup_s: list[int]
    units: list[str]
    away: list[Calendar]
    order: list[int]
    number_of: dict[str, int]
    machine_of: dict[str, int]
    unit_of: dict[str, int]

    @property
    def machines(self) -> tuple[Machine, ...]:
        """The machines, by number."""
        return self.problem.machines

    def calendar(self, machine: int, overtime: bool) -> Calendar:
        """When the machine stands still, for work with or without overtime."""
        return (self.overtime_calendars if overtime else self.calendars)[machine]

    def is_there(self, unit: int, start_s: int, end_s: int, calendar: Calendar) -> bool:
        """Is the unit never away while the machine of this calendar works over the span?"""
        return all(
            calendar.open_part(low_s, high_s) is None for low_s, high_s in self.away[unit].meeting(start_s, end_s)
        )

    def windows_met(self, machine: int, start_s: int, end_s: int) -> list[int]:
        """The overtime windows in which work with overtime over this span is done, by number."""
        return list({w: None for low_s, high_s, w in self.windows[machine] if low_s < end_s and high_s > start_s})

    def setup_s(self, machine: int, earlier: int, later: int) -> int:
        """Gap between two operations that follow each other; `earlier` -1 is the state the machine is in."""
        table = self.setups[machine]
        if not table:
            return 0
        family = self.machines[machine].family if earlier < 0 else self.operations[earlier].task.family
        return table.get((family, self.operations[later].task.family), 0)

    def setup_points(self, machine: int, earlier: int, later: int) -> int:
        """What that setup costs, time and cents."""
        if not self.setups[machine] and not self.setup_cents[machine]:
            return 0
        family = self.machines[machine].family if earlier < 0 else self.operations[earlier].task.family
        pair, prices = (family, self.operations[later].task.family), self.problem.prices
        cents = self.setup_cents[machine].get(pair, 0)
        return prices.setup_s * self.setups[machine].get(pair, 0) + prices.cost_cent * cents

    def first_start_s(self, machine: int, operation: int) -> int:
        """The earliest start if nothing runs before it on this machine."""
        ready_s = self.machines[machine].ready_s + self.setup_s(machine, -1, operation)
        return max(self.problem.now_s, ready_s, self.operations[operation].release_s)


def index(problem: SchedulingProblem) -> Shop:
    """Number everything, and work out the started ends, the wishes, heads and tails."""
    shop = _plant(problem)
    crews = _Crews(shop)
    for job_number, job in enumerate(problem.jobs):
        for position, task in enumerate(job.tasks):
            ways = crews.ways(task)
            operation = Operation(
                number=len(shop.operations),
                task=task,
                job=job_number,
                modes=[(way.machine, way.work_s, way.cost_cents) for way in ways],
                release_s=max(job.release_s, task.release_s),
                ways=ways,
                before=[(shop.number_of[a.task_id], a.lag_s) for a in problem.predecessors(job, position)],
            )
            shop.operations.append(operation)
    _link(shop)
    _facts(shop)
    _heads_and_tails(shop)
    return shop


def _plant(problem: SchedulingProblem) -> Shop:
    """Machines and units; no operations yet."""
    machines = problem.machines
    away = [*(one.unavailable for one in problem.operators), *(one.unavailable for one in problem.tools)]
    units = [*(one.operator_id for one in problem.operators), *(one.tool_id for one in problem.tools)]
    calendars = [Calendar(machine.downtime, machine.unavailable) for machine in machines]
    setups = [{(s.from_family, s.to_family): s.duration_s for s in m.setups if s.duration_s} for m in machines]
    return Shop(
        problem=problem,
        operations=[],
        calendars=calendars,
        overtime_calendars=[
            Calendar(m.downtime, without(m.unavailable, m.overtime)) if m.overtime else calendar
            for m, calendar in zip(machines, calendars, strict=True)
        ],
        windows=[
            [
                (low_s, high_s, number)
                for number, window in enumerate(machine.overtime)
                for low_s, high_s in _open(window.start_s, window.end_s, machine)
            ]
            for machine in machines
        ],
        setups=setups,
        setup_cents=[{(s.from_family, s.to_family): s.cost_cents for s in m.setups if s.cost_cents} for m in machines],
        longest_setup_s=[max(table.values(), default=0) for table in setups],
        units=units,
        away=[Calendar(one) for one in away],
        order=[],
        number_of={task.task_id: number for number, (_, task) in enumerate(problem.tasks())},
        machine_of={machine.machine_id: number for number, machine in enumerate(machines)},
        unit_of={unit: number for number, unit in enumerate(units)},
    )


def _open(start_s: int, end_s: int, machine: Machine) -> Iterable[tuple[int, int]]:
    """The parts of a window in which the machine is not down."""
    for low_s, high_s in Calendar(machine.downtime).meeting(start_s, end_s):
        if low_s > start_s:
            yield start_s, low_s
        start_s = high_s
    if start_s < end_s:
        yield start_s, end_s


class _Crews:
    """The units that can meet the needs of a mode; modes with the same needs share them."""

    def __init__(self, shop: Shop) -> None:
        problem, unit_of = shop.problem, shop.unit_of
        self.machine_of = shop.machine_of
        self.able: dict[str, list[int]] = {}
        self.alike: dict[str, list[int]] = {}
        for operator in sorted(problem.operators, key=lambda one: (len(one.skills), one.operator_id)):
            for skill in operator.skills:
                self.able.setdefault(skill, []).append(unit_of[operator.operator_id])
        for tool in problem.tools:
            self.alike.setdefault(tool.kind, []).append(unit_of[tool.tool_id])
        self.known: dict[tuple[tuple[Need, ...], tuple[Need, ...]], tuple[tuple[int, ...], ...]] = {}

    def ways(self, task: Task) -> list[Way]:
        """The ways to do a task; where it is locked, only those on that machine."""
        state = task.state
        modes: Iterable[Mode] = task.modes
        if isinstance(state, Locked):
            modes = [mode for mode in modes if mode.machine_id == state.machine_id]
        return [Way(self.machine_of[m.machine_id], m.duration_s, m.cost_cents, self._needs(m)) for m in modes]

    def _needs(self, mode: Mode) -> tuple[tuple[int, ...], ...]:
        if not mode.operators and not mode.tools:
            return ()
        key = mode.operators, mode.tools
        if key not in self.known:
            people = [tuple(self.able[need.name]) for need in mode.operators for _ in range(need.count)]
            tools = [tuple(self.alike[need.name]) for need in mode.tools for _ in range(need.count)]
            self.known[key] = (*people, *tools)
        return self.known[key]


def _link(shop: Shop) -> None:
    for operation in shop.operations:
        for earlier, lag_s in operation.before:
            shop.operations[earlier].behind.append((operation.number, lag_s))
    shop.order = ordered(shop.operations)


def ordered(operations: Sequence[Operation]) -> list[int]:
    """Each after all it waits for (Kahn 1962); what waits in a ring is left out, and what waits for that."""
    waits = [len(operation.before) for operation in operations]
    order = [number for number, left in enumerate(waits) if not left]
    for number in order:
        for later, _ in operations[number].behind:
            waits[later] -= 1
            if not waits[later]:
                order.append(later)
    return order


def _facts(shop: Shop) -> None:
    problem, prices = shop.problem, shop.problem.prices
    for entry in problem.published:
        operation = shop.operations[shop.number_of[entry.task_id]]
        operation.published = (shop.machine_of[entry.machine_id], entry.start_s)
        operation.overtime = entry.overtime
        operation.usual = tuple(shop.unit_of[key] for key in entry.held if key in shop.unit_of)
        pct = change_pct(prices, problem.now_s, entry.start_s)
        operation.moved_points = prices.moved_task * pct // 100
        operation.shifted_points = prices.shifted_s * pct // 100
        operation.reassigned_points = prices.reassigned_task * pct // 100
    for operation in shop.operations:
        state = operation.task.state
        if isinstance(state, Started):
            machine = shop.machine_of[state.machine_id]
            end_s = shop.calendar(machine, state.overtime).finish(problem.now_s, state.remaining_s)
            operation.started, operation.overtime = (machine, state.start_s, end_s), state.overtime
            operation.held = tuple(shop.unit_of[unit] for unit in state.held)
        elif isinstance(state, Pinned):
            operation.wish, operation.pinned = (shop.machine_of[state.machine_id], state.start_s), True
            operation.overtime = state.overtime
        elif operation.published:
            machine, start_s = operation.published
            elsewhere = isinstance(state, Locked) and state.machine_id != problem.machines[machine].machine_id
            if start_s < problem.machines[machine].fence_s and not elsewhere:
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
        operation = operations[number]
        for later, lag_s in operation.behind:
            behind = operations[later]
            if behind.job == operation.job:
                operation.tail_s = max(operation.tail_s, lag_s + least[later] + behind.tail_s)
            wished_s = behind.wish[1] if behind.wish else behind.by_s - least[later]
            by_s = wished_s - lag_s if behind.wish or behind.by_s < NEVER_S else NEVER_S
            if by_s >= operation.head_s + least[number]:
                operation.by_s = min(operation.by_s, by_s)
