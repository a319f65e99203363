"""Where one operation goes: the machine, gap, batch, hours and start with the least price.

Promises: the choice is feasible and deterministic.
May not: move other operations.
Called by: `build`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from solvers.scheduling.board import Board, Place
from solvers.scheduling.hands import make_room
from solvers.scheduling.shop import Operation, Way

MAX_STARTS = 16
"""Starts that are tried of an operation whose price depends on its start."""
BREAKS_WISH = 10**9
"""Points for an end so late that a pin or fence behind it falls."""


def choose(board: Board, number: int, may_advance: bool, on: int = -1, overtime: bool | None = None) -> Place:
    """The best place behind everything it waits for.

    A published operation stays put if it can. On its own machine it is not brought forward unless
    `may_advance`: a start earlier than published is a change like any other, and rarely worth it. `on`: the
    machine it shall run on, -1 for any; `overtime`: whether it shall work overtime, None for whatever pays.
    """
    op = board.shop.operations[number]
    ready_s = board.ready_s(number)
    if op.published and not may_advance and not op.pinned and on in (-1, op.published[0]):
        place = _stay(board, op, ready_s)
        if place is not None:
            return place
    best: tuple[tuple[int, int, int, int], Place] | None = None
    for way in _options(op, on):
        for place in _places(board, op, way, _earliest_s(op, way.machine, ready_s, may_advance), overtime):
            key = (points(board, op, place), place.end_s, way.work_s, way.machine)
            if best is None or key < best[0]:
                best = key, place
    assert best is not None
    return best[1]


def _stay(board: Board, op: Operation, ready_s: int) -> Place | None:
    """The published place, if it can be had; others may change units for it."""
    assert op.published is not None
    machine, start_s = op.published
    way, shop, number = op.way_on(machine), board.shop, op.number
    if way is None or start_s < max(ready_s, board.open_s[machine]):
        return None
    for place in board.joins(number, way, start_s, start_s):
        return place
    calendar = shop.calendar(machine, op.overtime)
    end_s = calendar.fits(start_s, way.work_s, op.task.interruptible)
    if end_s is None or not board.is_clear(number, machine, start_s, end_s):
        return None
    held: tuple[int, ...] | None = ()
    if way.needs:
        held = board.crew(number, way, start_s, end_s, calendar)[0]
        if held is None and not board.cautious:
            held = make_room(board, number, way, start_s, end_s, calendar)
    if held is None or (board.cautious and board.clear_s(number, machine, start_s, end_s) > start_s):
        return None
    return Place(way, start_s, end_s, held, op.overtime and bool(shop.windows_met(machine, start_s, end_s)))


def _options(op: Operation, on: int) -> list[Way]:
    """Its ways; a pin that lost its start keeps its machine, and a machine that cannot do it is no wish."""
    if op.pinned and op.wish:
        on = op.wish[0]
    return [way for way in op.ways if way.machine == on] or op.ways if on >= 0 else op.ways


def _earliest_s(op: Operation, machine: int, ready_s: int, may_advance: bool) -> int:
    if op.pinned and op.wish:
        return max(ready_s, op.wish[1])
    if op.published and not may_advance and op.published[0] == machine:
        return max(ready_s, op.published[1])
    return ready_s


def _places(board: Board, op: Operation, way: Way, earliest_s: int, overtime: bool | None) -> Iterable[Place]:
    """What this machine offers: first places, with and without overtime, and batches that have room."""
    number, machine = op.number, way.machine
    buys = bool(board.shop.windows[machine])
    for moment_s in _starts(op, earliest_s) if op.task.start_cost else (earliest_s,):
        if not (buys and overtime):
            yield board.fit(number, way, moment_s, False)
        if buys and overtime is not False:
            yield board.fit(number, way, moment_s, True)
    if board.shop.machines[machine].batch_capacity:
        yield from board.joins(number, way, earliest_s)


def _starts(op: Operation, earliest_s: int) -> list[int]:
    """The earliest, and those later ones that cost less than every one before them."""
    steps = op.task.start_cost
    starts, least = [earliest_s], start_cents(op, earliest_s)
    for step in steps:
        if step.from_s > earliest_s and step.cost_cents < least:
            starts.append(step.from_s)
            least = step.cost_cents
    if len(starts) > MAX_STARTS:
        starts = [starts[rank * (len(starts) - 1) // (MAX_STARTS - 1)] for rank in range(MAX_STARTS)]
    return starts


def start_cents(op: Operation, start_s: int) -> int:
    """What it costs to start then."""
    steps = op.task.start_cost
    reached = bisect_right(steps, start_s, key=lambda step: step.from_s)
    return steps[reached - 1].cost_cents if reached else 0


def points(board: Board, op: Operation, place: Place) -> int:
    """Price of the place by the problem's own prices, seen from this operation alone."""
    way, start_s = place.way, place.start_s
    problem = board.shop.problem
    prices, job = problem.prices, problem.jobs[op.job]
    done_s = place.end_s + op.tail_s
    cents = way.cost_cents
    if op.task.start_cost:
        cents += start_cents(op, start_s)
    if place.overtime:
        cents += board.overtime_cents(way.machine, start_s, place.end_s)
    total = prices.makespan_s * (done_s - problem.now_s) + prices.cost_cent * cents
    if place.run is None:
        total += board.setup_points(op.number, way.machine, start_s)
    if job.due_s is not None:
        total += prices.tardiness_s * job.weight * max(0, done_s - job.due_s)
    if job.deadline_s is not None:
        total += prices.deadline_s * max(0, done_s - job.deadline_s)
    if op.published:
        if (way.machine, start_s) != op.published:
            total += op.moved_points + op.shifted_points * abs(start_s - op.published[1])
        if way.machine != op.published[0]:
            total += op.reassigned_points
    return total + (BREAKS_WISH if place.end_s > op.by_s else 0)
