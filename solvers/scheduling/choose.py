"""Where one operation goes: the machine and gap with the least price.

Promises: the choice is feasible and deterministic.
May not: move other operations.
Called by: `build`.
"""

from __future__ import annotations

from solvers.scheduling.board import Board
from solvers.scheduling.shop import Operation

Place = tuple[int, int, int]
"""(machine, start_s, end_s)."""


def choose(board: Board, operation: int, may_advance: bool, on: int = -1) -> Place:
    """The best place behind everything it waits for.

    A published operation stays put if it can. On its own machine it is not brought forward unless
    `may_advance`: a start earlier than published is a change like any other, and rarely worth it. `on`: the
    machine it shall run on, -1 for any.
    """
    op = board.shop.operations[operation]
    ready_s = board.ready_s(operation)
    if op.published and not may_advance and not op.pinned:
        machine, start_s = op.published
        duration_s = op.duration_on(machine)
        if duration_s is not None and start_s >= ready_s:
            found_s, end_s = board.fit(operation, machine, start_s, duration_s)
            if found_s == start_s:
                return machine, start_s, end_s
    best: tuple[tuple[int, int, int, int], Place] | None = None
    for machine, duration_s, cost_cents in _options(op, on):
        place = (machine, *board.fit(operation, machine, _earliest_s(op, machine, ready_s, may_advance), duration_s))
        key = (_points(board, op, place, cost_cents), place[2], duration_s, machine)
        if best is None or key < best[0]:
            best = key, place
    assert best is not None
    return best[1]


def _options(op: Operation, on: int) -> list[tuple[int, int, int]]:
    """Its modes; a pin that lost its start keeps its machine."""
    if op.pinned and op.wish:
        on = op.wish[0]
    return op.modes if on < 0 else [mode for mode in op.modes if mode[0] == on]


def _earliest_s(op: Operation, machine: int, ready_s: int, may_advance: bool) -> int:
    if op.pinned and op.wish:
        return max(ready_s, op.wish[1])
    if op.published and not may_advance and op.published[0] == machine:
        return max(ready_s, op.published[1])
    return ready_s


def _points(board: Board, op: Operation, place: Place, cost_cents: int) -> int:
    """Price of the place by the problem's own prices, seen from this operation alone."""
    machine, start_s, end_s = place
    problem = board.shop.problem
    prices, job = problem.prices, problem.jobs[op.job]
    done_s = end_s + op.tail_s
    points = prices.makespan_s * (done_s - problem.now_s) + prices.cost_cent * cost_cents
    points += prices.setup_s * board.setup_before_s(op.number, machine, start_s)
    if job.due_s is not None:
        points += prices.tardiness_s * job.weight * max(0, done_s - job.due_s)
    if op.published:
        moved = (machine, start_s) != op.published
        points += prices.moved_task * moved + prices.shifted_s * abs(start_s - op.published[1])
        points += prices.reassigned_task * (machine != op.published[0])
    return points
