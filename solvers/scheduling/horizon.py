"""How far the CP-SAT model looks ahead.

Promises: says whether a better schedule could end later than that.
May not: know a solver.
Called by: `model`, `exact`.
"""

from __future__ import annotations

from collections.abc import Iterable

from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Interval, Prices
from solvers.scheduling.shop import Shop


def horizon_s(shop: Shop, incumbent: Schedule, objective: int) -> tuple[int, bool]:
    """The latest end worth looking at, from now; and whether no better schedule can end later."""
    prices, now_s = shop.problem.prices, shop.problem.now_s
    last_s = max((assignment.end_s for assignment in incumbent.assignments), default=now_s) - now_s
    if prices.makespan_s and only_makespan(prices):
        return last_s, True
    longest_s = max((mode.duration_s for op in shop.operations for mode in op.task.modes), default=0)
    near_s, sure_s = last_s + last_s // 4 + longest_s, _sure_s(shop, last_s, longest_s)
    if prices.makespan_s:
        sure_s = min(sure_s, max(last_s, objective // prices.makespan_s))
    return (sure_s, True) if sure_s <= 2 * near_s else (near_s, False)


def only_makespan(prices: Prices) -> bool:
    """Whether nothing else is priced."""
    others = prices.deadline_s, prices.tardiness_s, prices.setup_s, prices.cost_cent
    return not any((*others, prices.moved_task, prices.shifted_s, prices.reassigned_task))


def _sure_s(shop: Shop, last_s: int, longest_s: int) -> int:
    """Even one after the other everything is done by then: later than that, all can move left for nothing."""
    problem, now_s = shop.problem, shop.problem.now_s
    moments = [entry.start_s for entry in problem.published] + [op.release_s for op in shop.operations]
    moments += [op.task.release_s for op in shop.operations]
    moments += [step.from_s for op in shop.operations for step in op.task.start_cost]
    base_s = max([last_s, *(moment_s - now_s for moment_s in moments)])
    setups = max((setup.duration_s for machine in problem.machines for setup in machine.setups), default=0)
    work_s = sum(
        max(mode.duration_s for mode in op.task.modes) + setups + max((lag for _, lag in op.before), default=0)
        for op in shop.operations
    )
    blocked_s = sum(
        max(0, end_s - max(start_s, now_s)) + longest_s for start_s, end_s in _blocked(shop) if end_s > now_s
    )
    return base_s + work_s + blocked_s


def _blocked(shop: Shop) -> Iterable[Interval]:
    for calendar in shop.calendars:
        yield from zip(calendar.starts, calendar.ends, strict=True)
    for operator in shop.problem.operators:
        yield from operator.unavailable
    for tool in shop.problem.tools:
        yield from tool.unavailable
