"""The shop as flat arrays for the annealing: every rule and price, as far as machine sequences decide them.

Promises: the same numbering as `shop`; nothing here changes after it is made. What must not move (started tasks, kept
wishes, tasks on batch machines) carries its start, everybody else `NEVER`.
May not: search.
Called by: `kernel.rich_state`, `kernel.search`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from solvers.scheduling.calendar import Calendar
from solvers.scheduling.kernel.arrays import NO_DUE_S, Ints, int_array, setup_tables
from solvers.scheduling.plan import Assignment, Schedule
from solvers.scheduling.problem import Locked, Pinned, SchedulingProblem, Started
from solvers.scheduling.shop import Operation, Shop

Records = Any
"""An array of records, whose fields are read as attributes in compiled code."""
NEVER = -(2**59)
OP_FIELDS = (
    "release", "fixed_start", "fixed_end", "fixed_price", "started", "linked", "stretches", "family", "job", "sink",
    "published_machine", "published_start", "moved_price", "shifted_price", "reassigned_price", "floor_first",
    "floor_stop", "step_first", "step_stop", "mode_first", "mode_stop", "ahead_first", "ahead_stop", "behind_first",
    "behind_stop",
)  # fmt: skip
"""fixed_price: all that a fixed operation costs but its setup; linked: it stands in a machine's sequence."""
MODE_FIELDS = ("machine", "calendar", "work", "price", "need_first", "need_stop")
AHEAD_FIELDS = ("op", "lag")
STEP_FIELDS = ("from_s", "price")
JOB_FIELDS = ("due", "late_price", "deadline", "sink_first", "sink_stop")
MACHINE_FIELDS = ("ready", "family")
CALENDAR_FIELDS = ("blocked_first", "blocked_stop", "piece_first", "piece_stop")
BLOCKED_FIELDS = ("start", "end")
PIECE_FIELDS = ("start", "end", "window")
NEED_FIELDS = ("first", "stop")
UNIT_FIELDS = ("busy_first", "busy_stop")
BUSY_FIELDS = ("start", "end", "held")


class Rich(NamedTuple):
    """What does not change during a search. Times in seconds after now, prices in points.

    Few arrays of records (fields as in the `*_FIELDS`), because compiled code hands every array of a tuple over at
    every call. `x_first`, `x_stop` are the part of list x that belongs to the record. floors: starts worth waiting
    for. behind: who waits for whom. sinks: what may be the last of a job. setup: seconds and points by machine,
    family before and family after. windows: the price of each overtime window. prices: makespan, deadline, any change.
    needs: one for each unit a mode holds, and in able those that could be it. busy: when a unit is away or reserved.
    """

    ops: Records
    modes: Records
    ahead: Records
    behind: Ints
    floors: Ints
    steps: Records
    jobs: Records
    sinks: Ints
    machines: Records
    setup: Ints
    calendars: Records
    blocked: Records
    pieces: Records
    windows: Ints
    prices: Ints
    needs: Records
    able: Ints
    units: Records
    busy: Records


def rich_of(shop: Shop, schedule: Schedule) -> Rich:
    """The arrays; what stands fixed in `schedule` (kept wishes, tasks on batch machines) is fixed here."""
    problem = shop.problem
    now_s, prices = problem.now_s, problem.prices
    calendars, lists = _Calendars(shop), _Lists(shop)
    families, setup_s, setup_points = setup_tables(shop)
    waived = {waiver.task_id for waiver in schedule.waivers}
    fixed = [
        _is_fixed(shop, op, place, waived) for op, place in zip(shop.operations, schedule.assignments, strict=True)
    ]
    ops = [
        _operation(shop, op, place, stays, lists, calendars, families[op.task.family])
        for op, place, stays in zip(shop.operations, schedule.assignments, fixed, strict=True)
    ]
    jobs = _jobs(problem, lists, ops)
    machines = [(machine.ready_s - now_s, families[machine.family]) for machine in shop.machines]
    spans, pieces, busy = _List(), _List(), _List()
    units = [busy.add(one) for one in _busy(shop, schedule, fixed)]
    heads = [
        (*spans.add((low - now_s, high - now_s) for low, high in zip(one.starts, one.ends, strict=True)),
         *pieces.add((low - now_s, high - now_s, window) for low, high, window in worked))
        for one, worked in zip(calendars.all, calendars.pieces, strict=True)
    ]  # fmt: skip
    return Rich(
        ops=_records(OP_FIELDS, ops),
        modes=_records(MODE_FIELDS, lists.modes.all),
        ahead=_records(AHEAD_FIELDS, lists.ahead.all),
        behind=int_array(lists.behind.all),
        floors=int_array(lists.floors.all),
        steps=_records(STEP_FIELDS, lists.steps.all),
        jobs=_records(JOB_FIELDS, jobs),
        sinks=int_array(lists.sinks.all),
        machines=_records(MACHINE_FIELDS, machines),
        setup=np.stack((setup_s, setup_points), axis=-1),
        calendars=_records(CALENDAR_FIELDS, heads),
        blocked=_records(BLOCKED_FIELDS, spans.all),
        pieces=_records(PIECE_FIELDS, pieces.all),
        windows=int_array(prices.cost_cent * cents for cents in calendars.window_cents),
        prices=int_array((prices.makespan_s, prices.deadline_s, _change_price(problem))),
        needs=_records(NEED_FIELDS, calendars.needs.all),
        able=int_array(calendars.able.all),
        units=_records(UNIT_FIELDS, units),
        busy=_records(BUSY_FIELDS, busy.all),
    )


def _operation(
    shop: Shop, op: Operation, place: Assignment, fixed: bool, lists: _Lists, calendars: _Calendars, family: int
) -> tuple[int, ...]:
    """As in `OP_FIELDS`."""
    now_s, cent = shop.problem.now_s, shop.problem.prices.cost_cent
    behind, on_batch = lists.behind_of[op.number], _on_batch(shop, place)
    machine, start_s = op.published if op.published and not op.started else (-1, now_s)
    return (
        max(0, op.release_s - now_s, op.task.release_s - now_s),
        place.start_s - now_s if fixed else NEVER,
        place.end_s - now_s if fixed else NEVER,
        _fixed_price(shop, op, place) if fixed else 0,
        op.started is not None,
        not on_batch,
        op.task.interruptible,
        family,
        op.job,
        fixed or all(shop.operations[later].job != op.job for later in behind),
        machine,
        start_s - now_s,
        op.moved_points,
        op.shifted_points,
        op.reassigned_points,
        *lists.floors.add(_floors(op, now_s)),
        *lists.steps.add((step.from_s - now_s, cent * step.cost_cents) for step in op.task.start_cost),
        *lists.modes.add(calendars.modes(op, on_batch)),
        *lists.ahead.add(lists.ahead_of[op.number]),
        *lists.behind.add(behind),
    )


def _jobs(problem: SchedulingProblem, lists: _Lists, ops: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """As in `JOB_FIELDS`."""
    now_s, sink, first = problem.now_s, OP_FIELDS.index("sink"), 0
    jobs: list[tuple[int, ...]] = []
    for job in problem.jobs:
        stop = first + len(job.tasks)
        jobs.append(
            (
                NO_DUE_S if job.due_s is None else job.due_s - now_s,
                problem.prices.tardiness_s * job.weight,
                NO_DUE_S if job.deadline_s is None else job.deadline_s - now_s,
                *lists.sinks.add(number for number in range(first, stop) if ops[number][sink]),
            )
        )
        first = stop
    return jobs


def _change_price(problem: SchedulingProblem) -> int:
    prices = problem.prices
    return prices.moved_task + prices.shifted_s + prices.reassigned_task if problem.published else 0


def _records(fields: Sequence[str], rows: Sequence[tuple[int, ...]]) -> Records:
    return np.array([tuple(row) for row in rows], dtype=record_type(fields))


def record_type(fields: Sequence[str]) -> np.dtype[np.void]:
    """Records of whole numbers."""
    return np.dtype([(name, np.int64) for name in fields])


class _List:
    """Lists joined to one; `add` says where each stands."""

    def __init__(self) -> None:
        self.all: list[Any] = []

    def add(self, values: Iterable[Any]) -> tuple[int, int]:
        """(first, stop)."""
        first = len(self.all)
        self.all.extend(values)
        return first, len(self.all)


class _Lists:
    """The lists that belong to operations and jobs. Nothing holds up what has started."""

    def __init__(self, shop: Shop) -> None:
        self.floors, self.steps, self.modes, self.ahead, self.behind, self.sinks = (_List() for _ in range(6))
        self.ahead_of = [[] if op.started else op.before for op in shop.operations]
        self.behind_of: list[list[int]] = [[] for _ in shop.operations]
        for op, waits in zip(shop.operations, self.ahead_of, strict=True):
            for earlier, _ in waits:
                self.behind_of[earlier].append(op.number)


class _Calendars:
    """The machines' calendars by number, behind them one more for each machine with overtime."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.all: list[Calendar] = list(shop.calendars)
        self.pieces: list[list[tuple[int, int, int]]] = [[] for _ in self.all]
        self.window_cents: list[int] = []
        self.of_overtime: dict[int, int] = {}
        self.needs, self.able = _List(), _List()
        for number, machine in enumerate(shop.machines):
            if machine.overtime:
                self.of_overtime[number], first = len(self.all), len(self.window_cents)
                self.all.append(shop.overtime_calendars[number])
                self.pieces.append([(low_s, high_s, first + window) for low_s, high_s, window in shop.windows[number]])
                self.window_cents += [window.cost_cents for window in machine.overtime]

    def modes(self, op: Operation, on_batch: bool) -> list[tuple[int, ...]]:
        """As in `MODE_FIELDS`; facts and a person's choice of machine leave only that one."""
        state, found, cent = op.task.state, list[tuple[int, ...]](), self.shop.problem.prices.cost_cent
        if isinstance(state, Started):
            machine = self.shop.machine_of[state.machine_id]
            return [(machine, self.of_overtime.get(machine, machine) if state.overtime else machine, 0, 0, 0, 0)]
        for mode in op.task.modes:
            if isinstance(state, (Locked, Pinned)) and mode.machine_id != state.machine_id:
                continue
            if not on_batch and self.shop.machines[self.shop.machine_of[mode.machine_id]].batch_capacity:
                continue
            machine, points = self.shop.machine_of[mode.machine_id], cent * mode.cost_cents
            way = op.way_on(machine)
            needs = self.needs.add(self.able.add(could) for could in sorted(way.needs, key=len)) if way else (0, 0)
            found.append((machine, machine, mode.duration_s, points, *needs))
            if machine in self.of_overtime:
                found.append((machine, self.of_overtime[machine], mode.duration_s, points, *needs))
        return found


def _busy(shop: Shop, schedule: Schedule, fixed: Sequence[bool]) -> list[list[tuple[int, int, bool]]]:
    """For each unit when it is away, and, with True, when something fixed holds it."""
    now_s = shop.problem.now_s
    busy = [[(a - now_s, b - now_s, False) for a, b in zip(one.starts, one.ends, strict=True)] for one in shop.away]
    for place, stays in zip(schedule.assignments, fixed, strict=True):
        if stays:
            for key in place.held:
                busy[shop.unit_of[key]].append((place.start_s - now_s, place.end_s - now_s, True))
    return [sorted(one) for one in busy]


def _is_fixed(shop: Shop, op: Operation, place: Assignment, waived: set[str]) -> bool:
    kept = op.wish is not None and op.task.task_id not in waived
    return op.started is not None or kept or _on_batch(shop, place)


def _on_batch(shop: Shop, place: Assignment) -> bool:
    return shop.machines[shop.machine_of[place.machine_id]].batch_capacity > 0


def _floors(op: Operation, now_s: int) -> list[int]:
    """Starts that may be worth waiting for."""
    floors = {step.from_s - now_s for step in op.task.start_cost}
    if op.published and not op.started:
        floors.add(op.published[1] - now_s)
    return sorted(floor for floor in floors if floor > 0)


def _fixed_price(shop: Shop, op: Operation, place: Assignment) -> int:
    """Machine, change and start price of what does not move."""
    prices = shop.problem.prices
    cents = sum(mode.cost_cents for mode in op.task.modes if mode.machine_id == place.machine_id)
    cents += next((s.cost_cents for s in reversed(op.task.start_cost) if s.from_s <= place.start_s), 0)
    price = prices.cost_cent * cents
    if op.published is None or op.started:
        return price
    shift_s = abs(place.start_s - op.published[1])
    elsewhere = shop.machine_of[place.machine_id] != op.published[0]
    if shift_s or elsewhere:
        price += op.moved_points
    if elsewhere:
        price += op.reassigned_points
    return price + op.shifted_points * shift_s
