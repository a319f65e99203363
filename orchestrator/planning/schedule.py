"""The scheduling step: production orders on machines, repaired around what happened.

Promises: started tasks stay, starts within the freeze time stay unless a fact forbids it; the schedule is taken only if
the independent checker passes it. Completion times that move change the arrival of supplies, which `plan_once` hands
on to the orders pegged to them. Called by `plan_once`, after replenishment; `background` uses the problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from orchestrator.domain.entities import ProductionOrder
from orchestrator.domain.measures import last_tasks
from orchestrator.domain.plan import PegKind, PlannedTask
from orchestrator.domain.shop_floor import ScheduleOverrideKind
from orchestrator.planning.materials import open_production, waiting_for_materials
from orchestrator.planning.scheduling_problem import (
    active_schedule_overrides,
    open_maintenance,
    scheduling_problem,
)
from orchestrator.planning.steps import Steps
from orchestrator.planning.supply import production_arrival_s
from orchestrator.planning.working import Working
from solvers.errors import InvalidProblem
from solvers.scheduling.check import Report, check
from solvers.scheduling.plan import Schedule
from solvers.scheduling.problem import Published, SchedulingProblem
from solvers.scheduling.repair import repair


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A schedule and the checker's report on it."""

    schedule: Schedule
    report: Report


def schedule(work: Working) -> Steps[list[str]]:
    """Repair the schedule if something about it is dirty. Returns the production orders whose arrival moved."""
    orders = open_production(work)
    if not (orders or open_maintenance(work)) or not _asked(work, orders):
        return []
    before = {p.production_order_id: production_arrival_s(work, p) for p in orders}
    try:
        problem = scheduling_problem(work)
    except InvalidProblem as broken:  # master data that contradict themselves must not stop the vehicles
        work.failures.append(broken)
        return []
    found: Scheduled = yield partial(solve_from, problem, None)
    if not take_schedule(work, found):
        return []
    return moved_supplies(work, before)


def moved_supplies(work: Working, before: dict[str, int]) -> list[str]:
    """Production orders that arrive at another time than `before`."""
    return [key for key, at_s in before.items() if production_arrival_s(work, work.state.production[key]) != at_s]


def solve_from(problem: SchedulingProblem, start: Schedule | None) -> Scheduled:
    """Repair the plan in force, or take `start`, and check. Pure; may run in a thread.

    A repair leaves what can stay. Planning from nothing uses what has become free, and planning the late jobs anew puts
    them in front of others; each is taken where it is worth the price of change.
    """
    if start is not None:
        return Scheduled(start, check(problem, start))
    best = repaired_from(problem)
    for published in _fresh_starts(problem, best.schedule):
        fresh = repair(replace(problem, published=published))
        other = Scheduled(fresh, check(problem, fresh))
        if other.report.ok and other.report.figures.objective < best.report.figures.objective:
            best = other
    return best


def repaired_from(problem: SchedulingProblem) -> Scheduled:
    """Repair the plan in force and no more: quick where it stands. Pure; may run in a thread."""
    repaired = repair(problem)
    return Scheduled(repaired, check(problem, repaired))


def _fresh_starts(problem: SchedulingProblem, repaired: Schedule) -> Iterator[tuple[Published, ...]]:
    """Less of the plan in force: what is fenced alone, and all but the late jobs."""
    fence_s = {machine.machine_id: machine.fence_s for machine in problem.machines}
    fenced = {entry.task_id for entry in problem.published if entry.start_s < fence_s[entry.machine_id]}
    late = _tasks_of_late_jobs(problem, repaired)
    for dropped in ({entry.task_id for entry in problem.published}, late):
        kept = tuple(e for e in problem.published if e.task_id in fenced or e.task_id not in dropped)
        if kept != problem.published:
            yield kept


def _tasks_of_late_jobs(problem: SchedulingProblem, schedule: Schedule) -> set[str]:
    end_of = {place.task_id: place.end_s for place in schedule.assignments}
    return {
        task.task_id
        for job in problem.jobs
        if job.due_s is not None and any(end_of[task.task_id] > job.due_s for task in job.tasks)
        for task in job.tasks
    }


def take_better(work: Working, wanted: Schedule) -> Steps[list[str] | None]:
    """Take a schedule that was found for an older state, if it still fits and is better than the repaired one.

    Returns the production orders whose arrival moved; None when it was not taken. Events wait meanwhile, so nothing is
    planned from nothing here: whoever found `wanted` has tried that.
    """
    problem = scheduling_problem(work)
    if {a.task_id for a in wanted.assignments} != {task.task_id for _, task in problem.tasks()}:
        return None
    other: Scheduled = yield partial(solve_from, problem, wanted)
    if not other.report.ok:
        return None
    mine: Scheduled = yield partial(repaired_from, problem)
    if other.report.figures.objective >= mine.report.figures.objective:
        return None
    before = {p.production_order_id: production_arrival_s(work, p) for p in open_production(work)}
    return moved_supplies(work, before) if take_schedule(work, other) else None


def take_schedule(work: Working, found: Scheduled) -> bool:
    """Put a checked schedule into the pass; False if the checker refuses it."""
    if not found.report.ok:
        work.rejections += 1
        return False
    for assignment in found.schedule.assignments:
        task = PlannedTask(
            task_id=assignment.task_id,
            production_order_id=assignment.task_id.rpartition(":")[0] or None,
            machine_id=assignment.machine_id,
            start_s=assignment.start_s,
            end_s=assignment.end_s,
            held=assignment.held,
            overtime=assignment.overtime,
        )
        if work.task(assignment.task_id) != task:
            work.tasks[assignment.task_id] = task
    _note_conflicts(work, found.schedule)
    return True


def _note_conflicts(work: Working, schedule: Schedule) -> None:
    """Moves that people asked for and that a fact forbids, in the words of the schedule; and those kept again."""
    waived = {waiver.task_id: waiver for waiver in schedule.waivers}
    for override in active_schedule_overrides(work, ScheduleOverrideKind.MOVE):
        waiver = waived.get(override.task_id or "")
        text = ""
        if waiver is not None and waiver.rule == "pin":
            others = f" ({', '.join(waiver.conflicts_with)})" if waiver.conflicts_with else ""
            text = f"{waiver.reason}{others}"[:1000]
        if text != override.conflict:
            work.conflicts[override.override_id] = text or None


def _asked(work: Working, orders: list[ProductionOrder]) -> bool:
    if work.dirty.lines or work.dirty.everything:
        return True
    if any(work.task(task.task_id) is None for p in orders for task in last_tasks(p)):
        return True
    pegs = (peg for allocation in work.allocations.values() if allocation is not None for peg in allocation.pegs)
    if any(peg.kind is PegKind.PRODUCTION for peg in pegs):  # somebody waits for it now
        return True
    return any(supply_id in work.state.production for supply_id in work.dirty.supplies) or _materials_moved(work)


def _materials_moved(work: Working) -> bool:
    """Whether a purchase that changed brings something a line needs."""
    needed = {c.item_id for p in waiting_for_materials(work) for c in work.state.items[p.item_id].components}
    purchases = (work.state.purchases.get(supply_id) for supply_id in work.dirty.supplies)
    counted = {item_id for _, item_id in work.dirty.item_sites}
    return bool(needed & (counted | {p.item_id for p in purchases if p is not None}))
