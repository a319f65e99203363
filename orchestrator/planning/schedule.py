"""The scheduling step: production orders on machines, repaired around what happened.

Promises: started tasks stay, starts within the freeze time stay unless a fact forbids it; the schedule is taken only if
the independent checker passes it. Completion times that move change the arrival of supplies, which `plan_once` hands
on to the orders pegged to them. Called by `plan_once`, after replenishment; `background` uses the problem.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from orchestrator.domain.entities import ProductionOrder, Task, TaskStatus
from orchestrator.domain.measures import task_duration_s
from orchestrator.domain.plan import PlannedTask
from orchestrator.domain.state import DAY_S
from orchestrator.planning.materials import Materials, materials_of, open_production, waiting_for_materials
from orchestrator.planning.steps import Steps
from orchestrator.planning.supply import production_arrival_s
from orchestrator.planning.working import Working
from solvers.scheduling import problem as sp
from solvers.scheduling.check import Report, check
from solvers.scheduling.plan import Schedule
from solvers.scheduling.repair import repair

CALENDAR_DAYS = 45
NEEDED_BEFORE_S = 3600
"""Goods for an order without a planned trip should be there this long before its window ends."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A schedule and the checker's report on it."""

    schedule: Schedule
    report: Report


def schedule(work: Working) -> Steps[list[str]]:
    """Repair the schedule if something about it is dirty. Returns the production orders whose arrival moved."""
    orders = open_production(work)
    if not orders or not _asked(work, orders):
        return []
    before = {p.production_order_id: production_arrival_s(work, p) for p in orders}
    problem = scheduling_problem(work)
    found: Scheduled = yield partial(solve_from, problem, None)
    if not take_schedule(work, found):
        return []
    return moved_supplies(work, before)


def moved_supplies(work: Working, before: dict[str, int]) -> list[str]:
    """Production orders that arrive at another time than `before`."""
    return [key for key, at_s in before.items() if production_arrival_s(work, work.state.production[key]) != at_s]


def solve_from(problem: sp.SchedulingProblem, start: Schedule | None) -> Scheduled:
    """Repair the plan in force, or take `start`, and check. Pure; may run in a thread.

    A repair only shifts to the right. Planning from nothing uses what has become free, and is taken where it is worth
    the price of change.
    """
    if start is not None:
        return Scheduled(start, check(problem, start))
    repaired = repair(problem)
    best = Scheduled(repaired, check(problem, repaired))
    if problem.published:
        fresh = repair(replace(problem, published=()))
        other = Scheduled(fresh, check(problem, fresh))
        if other.report.ok and other.report.figures.objective < best.report.figures.objective:
            return other
    return best


def take_better(work: Working, wanted: Schedule) -> Steps[list[str] | None]:
    """Take a schedule that was found for an older state, if it still fits and is better than the repaired one.

    Returns the production orders whose arrival moved; None when it was not taken.
    """
    problem = scheduling_problem(work)
    if {a.task_id for a in wanted.assignments} != {task.task_id for _, task in problem.tasks()}:
        return None
    mine: Scheduled = yield partial(solve_from, problem, None)
    other: Scheduled = yield partial(solve_from, problem, wanted)
    if not other.report.ok or other.report.figures.objective >= mine.report.figures.objective:
        return None
    before = {p.production_order_id: production_arrival_s(work, p) for p in open_production(work)}
    return moved_supplies(work, before) if take_schedule(work, other) else None


def take_schedule(work: Working, found: Scheduled) -> bool:
    """Put a checked schedule into the pass; False if the checker refuses it."""
    if not found.report.ok:
        work.rejections += 1
        return False
    for assignment in found.schedule.assignments:
        order_id = assignment.task_id.rpartition(":")[0]
        task = PlannedTask(
            task_id=assignment.task_id,
            production_order_id=order_id,
            machine_id=assignment.machine_id,
            start_s=assignment.start_s,
            end_s=assignment.end_s,
        )
        if work.task(assignment.task_id) != task:
            work.tasks[assignment.task_id] = task
    return True


def _asked(work: Working, orders: list[ProductionOrder]) -> bool:
    if work.dirty.lines or work.dirty.everything:
        return True
    if any(work.task(p.tasks[-1].task_id) is None for p in orders if p.tasks):
        return True
    return any(supply_id in work.state.production for supply_id in work.dirty.supplies) or _materials_moved(work)


def _materials_moved(work: Working) -> bool:
    """Whether a purchase that changed brings something a line needs."""
    needed = {c.item_id for p in waiting_for_materials(work) for c in work.state.items[p.item_id].components}
    purchases = (work.state.purchases.get(supply_id) for supply_id in work.dirty.supplies)
    counted = {item_id for _, item_id in work.dirty.item_sites}
    return bool(needed & (counted | {p.item_id for p in purchases if p is not None}))


def scheduling_problem(work: Working) -> sp.SchedulingProblem:
    """All machines and all open production orders, as of now."""
    orders = [p for p in open_production(work) if any(t.status is not TaskStatus.DONE for t in p.tasks)]
    work.seen_production.update({p.production_order_id: p for p in orders})
    materials = materials_of(work, waiting_for_materials(work))
    tasks = {task.task_id for p in orders for task in p.tasks if task.status is not TaskStatus.DONE}
    jobs = tuple(_job(work, p, materials.get(p.production_order_id), tasks) for p in orders)
    published = tuple(
        sp.Published(task_id, planned.machine_id, planned.start_s)
        for task_id in sorted(tasks)
        if (planned := work.task(task_id)) is not None and planned.machine_id in work.state.machines
    )
    return sp.SchedulingProblem(work.now_s, tuple(_machines(work)), jobs, published)


def _machines(work: Working) -> Iterable[sp.Machine]:
    for machine in work.state.machines.values():
        live = work.state.shop[machine.machine_id]
        line = work.state.lines[machine.line_id]
        down_s = live.down_until_s or 0
        yield sp.Machine(
            machine_id=machine.machine_id,
            downtime=((work.now_s, down_s),) if down_s > work.now_s else (),
            unavailable=_off_shift(work, line.shift_start_s, line.shift_end_s),
            ready_s=work.now_s,
            fence_s=work.now_s + work.settings.freeze_s,
        )


def _off_shift(work: Working, start_s: int, end_s: int) -> tuple[sp.Interval, ...]:
    """The times outside of the line's shift, for as long as the calendar goes."""
    if end_s - start_s >= DAY_S or end_s <= start_s:
        return ()
    day_s = work.state.day_start_s(work.now_s)
    nights = [(max(0, day_s + start_s - DAY_S + (end_s - start_s)), day_s + start_s)]
    nights += [(day_s + n * DAY_S + end_s, day_s + (n + 1) * DAY_S + start_s) for n in range(CALENDAR_DAYS)]
    return tuple(night for night in nights if night[0] < night[1])


def _job(work: Working, order: ProductionOrder, materials: Materials | None, tasks: set[str]) -> sp.Job:
    after = _after(work, materials, tasks) if materials is not None else ()
    left = [task for task in order.tasks if task.status is not TaskStatus.DONE]
    made = tuple(_task(work, order, task, after if number == 0 else None) for number, task in enumerate(left))
    due_s, weight = _due(work, order)
    return sp.Job(
        job_id=order.production_order_id,
        tasks=made,
        release_s=materials.ready_s if materials is not None else work.now_s,
        due_s=due_s,
        weight=weight,
    )


def _after(work: Working, materials: Materials, tasks: set[str]) -> tuple[sp.After, ...]:
    """Semi-finished goods: the job starts after the last task of what makes them, plus transfer and handling."""
    found: list[sp.After] = []
    for supply_id in materials.after:
        supplier = work.state.production[supply_id]
        last = supplier.tasks[-1].task_id
        if last in tasks:
            lag_s = production_arrival_s(work, supplier) - _end_s(work, supplier)
            found.append(sp.After(last, max(0, lag_s)))
    return tuple(found)


def _end_s(work: Working, order: ProductionOrder) -> int:
    planned = work.task(order.tasks[-1].task_id)
    return max(planned.end_s, work.now_s) if planned is not None else production_arrival_s(work, order)


def _task(work: Working, order: ProductionOrder, task: Task, after: tuple[sp.After, ...] | None) -> sp.Task:
    operation = work.state.items[order.item_id].operations[task.operation]
    duration_s = max(1, task_duration_s(work.state, order, task.operation))
    modes = tuple(sp.Mode(machine_id, duration_s) for machine_id in operation.machine_ids)
    state = None
    if task.status is TaskStatus.RUNNING and task.machine_id is not None and task.start_s is not None:
        remaining_s = max(0, duration_s - _worked_s(work, task.machine_id, task.start_s))
        state = sp.Started(task.machine_id, min(task.start_s, work.now_s), remaining_s)
    line = work.state.lines[work.state.machines[operation.machine_ids[0]].line_id]
    return sp.Task(
        task_id=task.task_id,
        modes=modes,
        after=after,
        family=work.state.items[order.item_id].family,
        state=state,
        interruptible=duration_s > max(1, line.shift_end_s - line.shift_start_s) // 2,
    )


def _worked_s(work: Working, machine_id: str, start_s: int) -> int:
    """Seconds the machine has worked since `start_s`: without the times it was down."""
    idle_s = 0
    for down_s, up_s in work.memory.downs.get(machine_id, ()):
        end_s = work.now_s if up_s < 0 else up_s
        idle_s += max(0, min(end_s, work.now_s) - max(down_s, start_s))
    return max(0, work.now_s - start_s - idle_s)


def _due(work: Working, order: ProductionOrder) -> tuple[int, int]:
    """When the goods are due, by the trips that wait for them, and how much it matters."""
    due_s, weight = order.due_s, 1
    for order_id in work.memory.supply_pegs.get(order.production_order_id, {}):
        customer_order = work.state.orders[order_id]
        due_s = min(due_s, _needed_s(work, order_id) - (production_arrival_s(work, order) - _end_s(work, order)))
        weight = max(weight, 1 + customer_order.priority)
    return max(0, due_s), weight


def _needed_s(work: Working, order_id: str) -> int:
    """When the goods must be at the depot for the trip that is to take them."""
    vehicle_id = work.vehicle_of(order_id)
    route = work.route(vehicle_id) if vehicle_id is not None else None
    for trip in route.trips if route is not None else ():
        if any(stop.order_id == order_id for stop in trip.stops):
            return trip.depart_s
    return work.state.orders[order_id].window_end_s - NEEDED_BEFORE_S
