"""What a finished board costs, in points, less what is the same for every schedule of the problem.

Promises: the difference between two boards of one shop is that between their objectives.
May not: judge; `check` counts for itself.
Called by: `repair`.
"""

from __future__ import annotations

from solvers.scheduling.board import Board
from solvers.scheduling.choose import start_cents
from solvers.scheduling.shop import Operation


def cost(board: Board) -> int:
    """The objective, but for the constant part of what has started."""
    shop = board.shop
    prices, total = shop.problem.prices, 0
    for op, run in zip(shop.operations, board.run_of, strict=True):
        if run is not None and not run.started:
            total += _own(op, run.machine, run.start_s, prices.cost_cent)
    for job, end_s in zip(shop.problem.jobs, job_ends_s(board), strict=True):
        if job.due_s is not None:
            total += prices.tardiness_s * job.weight * max(0, end_s - job.due_s)
        if job.deadline_s is not None:
            total += prices.deadline_s * max(0, end_s - job.deadline_s)
    last_s = max((line[-1].end_s for line in board.runs if line), default=0)
    return total + prices.makespan_s * last_s + prices.cost_cent * _overtime_cents(board) + _setups(board)


def _own(op: Operation, machine: int, start_s: int, cost_cent: int) -> int:
    way = op.way_on(machine)
    points = cost_cent * way.cost_cents if way is not None else 0
    if op.task.start_cost:
        points += cost_cent * start_cents(op, start_s)
    if op.published and op.published != (machine, start_s):
        points += op.moved_points + op.shifted_points * abs(start_s - op.published[1])
        points += op.reassigned_points if machine != op.published[0] else 0
    return points


def job_ends_s(board: Board) -> list[int]:
    """When each job ends."""
    ends = [0] * len(board.shop.problem.jobs)
    for op, run in zip(board.shop.operations, board.run_of, strict=True):
        if run is not None and run.end_s > ends[op.job]:
            ends[op.job] = run.end_s
    return ends


def _overtime_cents(board: Board) -> int:
    return sum(
        board.shop.machines[machine].overtime[window].cost_cents
        for machine, bought in enumerate(board.bought)
        for window, users in bought.items()
        if users
    )


def _setups(board: Board) -> int:
    shop, points = board.shop, 0
    for machine, line in enumerate(board.runs):
        if shop.setups[machine] or shop.setup_cents[machine]:
            earlier = -1
            for run in line:
                if not run.started:
                    points += shop.setup_points(machine, earlier, run.members[0])
                earlier = run.members[0]
    return points
