"""What a schedule costs, by part, counted from the problem and the schedule alone.

Promises: each part as the problem's fields define it; the objective is their priced sum, in points.
May not: judge; import anything but `problem`, `plan` and the lookups.
Called by: `check`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from solvers.scheduling.check_case import Case
from solvers.scheduling.problem import change_pct


@dataclass(frozen=True, slots=True)
class Figures:
    """What the schedule costs, by part. `makespan_s` counts from now; changes count against `published`.

    `cost_cents`: the machines' alone; setups, bought overtime windows and the price of the times at which tasks start
    are in the cents next to it. `change_points`: the priced changes, those near now higher.
    """

    weighted_tardiness_s: int
    tardiness_s: int
    late_jobs: int
    makespan_s: int
    setup_s: int
    cost_cents: int
    moved: int
    shifted_s: int
    reassigned: int
    setup_cents: int
    overtime_cents: int
    start_cents: int
    missed_deadlines: int
    deadline_late_s: int
    change_points: int
    objective: int


def count(case: Case) -> Figures:
    """All figures; only what names a task and a machine of the problem counts."""
    weighted_s, tardiness_s, late_jobs, missed, deadline_late_s = _lateness(case)
    setup_s, setup_cents = _setups(case)
    moved, shifted_s, reassigned, change_points = _changes(case)
    makespan_s = max(0, max((place.end_s for place in case.of.values()), default=0) - case.problem.now_s)
    cost_cents = sum(mode.cost_cents for mode in case.modes.values() if mode is not None)
    overtime_cents, start_cents = _overtime_cents(case), _start_cents(case)
    prices = case.problem.prices
    objective = (
        prices.deadline_s * deadline_late_s
        + prices.tardiness_s * weighted_s
        + prices.makespan_s * makespan_s
        + prices.setup_s * setup_s
        + prices.cost_cent * (cost_cents + setup_cents + overtime_cents + start_cents)
        + change_points
    )
    return Figures(
        weighted_tardiness_s=weighted_s,
        tardiness_s=tardiness_s,
        late_jobs=late_jobs,
        makespan_s=makespan_s,
        setup_s=setup_s,
        cost_cents=cost_cents,
        moved=moved,
        shifted_s=shifted_s,
        reassigned=reassigned,
        setup_cents=setup_cents,
        overtime_cents=overtime_cents,
        start_cents=start_cents,
        missed_deadlines=missed,
        deadline_late_s=deadline_late_s,
        change_points=change_points,
        objective=objective,
    )


def _lateness(case: Case) -> tuple[int, int, int, int, int]:
    """(weighted tardiness, tardiness, late jobs, missed deadlines, seconds past deadlines)."""
    weighted_s = tardiness_s = late_jobs = missed = past_s = 0
    for job in case.problem.jobs:
        if job.due_s is None and job.deadline_s is None:
            continue
        ends = [case.of[task.task_id].end_s for task in job.tasks if task.task_id in case.of]
        end_s = max(ends, default=0)
        if job.due_s is not None and end_s > job.due_s:
            late_jobs += 1
            tardiness_s += end_s - job.due_s
            weighted_s += job.weight * (end_s - job.due_s)
        if job.deadline_s is not None and end_s > job.deadline_s:
            missed += 1
            past_s += end_s - job.deadline_s
    return weighted_s, tardiness_s, late_jobs, missed, past_s


def _setups(case: Case) -> tuple[int, int]:
    """(seconds, cents)."""
    seconds = cents = 0
    for _, _, duration_s, cost_cents in case.changeovers():
        seconds += duration_s
        cents += cost_cents
    return seconds, cents


def _overtime_cents(case: Case) -> int:
    """Each window once, however many tasks work in it."""
    used: dict[tuple[str, int], int] = {}
    for place in case.of.values():
        if place.overtime:
            for window in case.windows(place.machine_id, place.start_s, place.end_s):
                used[place.machine_id, window.start_s] = window.cost_cents
    return sum(used.values())


def _start_cents(case: Case) -> int:
    cents = 0
    for task_id, place in case.of.items():
        steps = case.tasks[task_id].start_cost
        if steps:
            reached = bisect_right(steps, place.start_s, key=lambda step: step.from_s)
            cents += steps[reached - 1].cost_cents if reached else 0
    return cents


def _changes(case: Case) -> tuple[int, int, int, int]:
    """Tasks moved, seconds shifted, tasks on another machine, and their points; what has started is no change."""
    moved = shifted_s = reassigned = points = 0
    prices, now_s = case.problem.prices, case.problem.now_s
    for task_id, entry in case.published.items():
        place = case.of.get(task_id)
        if place is None or task_id in case.started:
            continue
        by_s, elsewhere = abs(place.start_s - entry.start_s), place.machine_id != entry.machine_id
        if not by_s and not elsewhere:
            continue
        moved += 1
        shifted_s += by_s
        reassigned += elsewhere
        pct = change_pct(prices, now_s, entry.start_s)
        points += prices.moved_task * pct // 100 + prices.shifted_s * pct // 100 * by_s
        points += prices.reassigned_task * pct // 100 if elsewhere else 0
    return moved, shifted_s, reassigned, points
