"""The scheduling problem of the present moment: machines, people, tools, open production orders, maintenance.

Promises: built from the state and the plan in the making alone; every wish of a person and every fact of the shop floor
is in it; always valid for the scheduling core. Called by `schedule`, `improver`, `late_jobs`, `remedies`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from orchestrator.domain.company import Machine, Operation, Worker
from orchestrator.domain.entities import ProductionOrder, Task, TaskStatus
from orchestrator.domain.measures import last_tasks, task_duration_s, task_quantity, waits_for
from orchestrator.domain.plan import PegKind
from orchestrator.domain.shop_floor import (
    OPEN_MAINTENANCE,
    Maintenance,
    MaintenanceStatus,
    ScheduleOverride,
    ScheduleOverrideKind,
    ScheduleOverrideStatus,
)
from orchestrator.domain.state import DAY_S
from orchestrator.planning.cordons import machines_left
from orchestrator.planning.materials import Materials, materials_of, open_production, waiting_for_materials
from orchestrator.planning.supply import production_arrival_s
from orchestrator.planning.working import Working
from solvers.scheduling import problem as sp
from solvers.scheduling.maintenance import Costs, RiskCurve, expected_cost_cents, maintenance_job

Moves = Mapping[str | None, ScheduleOverride]
"""What people moved, by task."""

CALENDAR_DAYS = 45
MAINTENANCE_DAYS = 14
"""Maintenance starts within so many days."""
MAX_LOTS = 4
"""Into how many lots a remedy may split a task."""
NEEDED_BEFORE_S = 3600
"""Goods for an order without a planned trip should be there this long before its window ends."""


def scheduling_problem(work: Working) -> sp.SchedulingProblem:
    """All machines, all open production orders and all open maintenance, as of now."""
    orders = [p for p in open_production(work) if any(t.status is not TaskStatus.DONE for t in p.tasks)]
    work.seen_production.update({p.production_order_id: p for p in orders})
    materials = materials_of(work, waiting_for_materials(work))
    tasks = {task.task_id for p in orders for task in p.tasks if task.status is not TaskStatus.DONE}
    waiting = _waiting(work)
    moves = {move.task_id: move for move in active_schedule_overrides(work, ScheduleOverrideKind.MOVE)}
    jobs = [
        _job(work, p, materials.get(p.production_order_id), tasks, waiting.get(p.production_order_id, ()), moves)
        for p in orders
    ]
    kept = open_maintenance(work)
    jobs += [_maintenance(work, maintenance) for maintenance in kept]
    published = tuple(
        sp.Published(task_id, planned.machine_id, planned.start_s, planned.overtime, planned.held)
        for task_id in sorted(tasks | {maintenance.maintenance_id for maintenance in kept})
        if (planned := work.task(task_id)) is not None and planned.machine_id in work.state.machines
    )
    company = work.state.company
    return sp.SchedulingProblem(
        work.now_s,
        tuple(_machines(work)),
        tuple(jobs),
        published,
        operators=tuple(_worker(work, worker) for worker in work.state.workers.values()),
        tools=tuple(sp.Tool(tool.tool_id, tool.kind) for tool in company.tools) if company is not None else (),
    )


def open_maintenance(work: Working) -> list[Maintenance]:
    """Maintenance that waits or runs."""
    return [one for one in work.state.maintenance.values() if one.status in OPEN_MAINTENANCE]


def active_schedule_overrides(work: Working, kind: ScheduleOverrideKind) -> Iterator[ScheduleOverride]:
    """What people decided about the schedule and has not ended."""
    for override in work.state.schedule_overrides.values():
        if override.status is ScheduleOverrideStatus.ACTIVE and override.kind is kind:
            yield override


def _machines(work: Working) -> Iterable[sp.Machine]:
    setups: dict[str, list[sp.Setup]] = {}
    company = work.state.company
    for change in company.changeovers if company is not None else ():
        setup = sp.Setup(change.from_family, change.to_family, change.duration_s, change.cost_cents)
        setups.setdefault(change.line_id, []).append(setup)
    granted: dict[str, list[sp.Overtime]] = {}
    for override in active_schedule_overrides(work, ScheduleOverrideKind.OVERTIME):
        assert override.machine_id
        assert override.start_s is not None
        assert override.end_s is not None
        window = sp.Overtime(override.start_s, override.end_s, override.cost_cents)
        granted.setdefault(override.machine_id, []).append(window)
    for machine in work.state.machines.values():
        live = work.state.shop[machine.machine_id]
        line = work.state.lines[machine.line_id]
        down_s = live.down_until_s or 0
        yield sp.Machine(
            machine_id=machine.machine_id,
            downtime=((work.now_s, down_s),) if down_s > work.now_s else (),
            unavailable=off_shift(work, line.shift_start_s, line.shift_end_s),
            ready_s=work.now_s,
            fence_s=work.now_s + work.settings.freeze_s,
            setups=tuple(setups.get(machine.line_id, ())),
            family=live.family,
            overtime=tuple(sorted(granted.get(machine.machine_id, ()), key=lambda window: window.start_s)),
            batch_capacity=machine.batch_capacity,
        )


def off_shift(work: Working, start_s: int, end_s: int) -> tuple[sp.Interval, ...]:
    """The times outside of a daily shift, for as long as the calendar goes."""
    if end_s - start_s >= DAY_S or end_s <= start_s:
        return ()
    day_s = work.state.day_start_s(work.now_s)
    nights = [(max(0, day_s + start_s - DAY_S + (end_s - start_s)), day_s + start_s)]
    nights += [(day_s + n * DAY_S + end_s, day_s + (n + 1) * DAY_S + start_s) for n in range(CALENDAR_DAYS)]
    return tuple(night for night in nights if night[0] < night[1])


def _worker(work: Working, worker: Worker) -> sp.Operator:
    """A worker's skills count on the worker's own line only."""
    away = list(off_shift(work, worker.shift_start_s, worker.shift_end_s))
    until_s = work.state.absent.get(worker.worker_id, 0)
    if until_s > work.now_s:
        away.append((work.now_s, until_s))
    skills = tuple(skill_on(worker.line_id, skill) for skill in worker.skills)
    return sp.Operator(worker.worker_id, skills, tuple(away))


def skill_on(line_id: str, skill: str) -> str:
    """The name of a line's skill in the problem."""
    return f"{line_id}/{skill}"


def _waiting(work: Working) -> dict[str, list[str]]:
    """Customer orders by the production order that they wait for, those of this very pass included."""
    found = {
        supply_id: [order_id for order_id in held if order_id not in work.allocations]
        for supply_id, held in work.memory.supply_pegs.items()
    }
    for order_id, allocation in work.allocations.items():
        for peg in allocation.pegs if allocation is not None else ():
            if peg.kind is PegKind.PRODUCTION:
                found.setdefault(peg.source_id, []).append(order_id)
    return found


def _job(
    work: Working,
    order: ProductionOrder,
    materials: Materials | None,
    tasks: set[str],
    waiting: Sequence[str],
    moves: Moves,
) -> sp.Job:
    after = _after(work, materials, tasks) if materials is not None else ()
    left = [task for task in order.tasks if task.status is not TaskStatus.DONE]
    ready_s = materials.ready_s if materials is not None else work.now_s
    made = tuple(_task(work, order, task, after if task.operation == 0 else None, ready_s, moves) for task in left)
    due_s, weight = _due(work, order, waiting)
    hard = work.state.company is not None and work.state.company.hard_windows
    return sp.Job(
        job_id=order.production_order_id,
        tasks=made,
        release_s=work.now_s,
        due_s=due_s,
        weight=weight,
        deadline_s=due_s if hard else None,
    )


def _after(work: Working, materials: Materials, tasks: set[str]) -> tuple[sp.After, ...]:
    """Semi-finished goods: the job starts after the last tasks of what makes them, plus transfer and handling."""
    found: list[sp.After] = []
    for supply_id in materials.after:
        supplier = work.state.production[supply_id]
        lag_s = production_arrival_s(work, supplier) - _end_s(work, supplier)
        found += [sp.After(last.task_id, max(0, lag_s)) for last in last_tasks(supplier) if last.task_id in tasks]
    return tuple(found)


def _end_s(work: Working, order: ProductionOrder) -> int:
    planned = [work.task(task.task_id) for task in last_tasks(order) if task.status is not TaskStatus.DONE]
    ends = [place.end_s for place in planned if place is not None]
    return max([*ends, work.now_s]) if ends else production_arrival_s(work, order)


def _task(
    work: Working,
    order: ProductionOrder,
    task: Task,
    after: tuple[sp.After, ...] | None,
    ready_s: int,
    moves: Moves,
) -> sp.Task:
    operation = work.state.items[order.item_id].operations[task.operation]
    duration_s = max(1, task_duration_s(work.state, order, task))
    quantity = task_quantity(order, task)
    if after is None:
        before = (earlier for earlier in waits_for(order, task) if earlier.status is not TaskStatus.DONE)
        after = tuple(sp.After(earlier.task_id) for earlier in before)
    line = work.state.lines[work.state.machines[operation.machine_ids[0]].line_id]
    machine_ids, open_s = machines_left(work, task, operation.machine_ids)
    modes = tuple(_mode(work.state.machines[m], operation, duration_s) for m in machine_ids)
    rooms = [work.state.machines[m].batch_capacity for m in machine_ids]
    return sp.Task(
        task_id=task.task_id,
        modes=modes,
        after=after,
        family=work.state.items[order.item_id].family,
        state=_state(work, task, duration_s, {m.machine_id for m in modes}, moves.get(task.task_id)),
        interruptible=duration_s > max(1, line.shift_end_s - line.shift_start_s) // 2,
        release_s=max(open_s, ready_s if task.operation == 0 else 0),
        batch=operation.batch,
        size=min([quantity, *(room for room in rooms if room)]),
        quantity=quantity,
        max_lots=min(MAX_LOTS, quantity) if task.quantity is None and task.status is TaskStatus.WAITING else 1,
    )


def _mode(machine: Machine, operation: Operation, duration_s: int) -> sp.Mode:
    skills = Counter(skill_on(machine.line_id, skill) for skill in operation.skills)
    return sp.Mode(
        machine_id=machine.machine_id,
        duration_s=duration_s,
        cost_cents=machine.hour_cents * duration_s // 3600,
        operators=tuple(sp.Need(name, count) for name, count in skills.items()),
        tools=tuple(sp.Need(kind, count) for kind, count in Counter(operation.tools).items()),
        fixed_s=min(operation.setup_s, duration_s),
    )


def _state(
    work: Working, task: Task, duration_s: int, machines: Collection[str], move: ScheduleOverride | None
) -> sp.Started | sp.Pinned | sp.Locked | None:
    """A running task stands where it is; a waiting one where a person wants it."""
    if task.status is TaskStatus.RUNNING and task.machine_id is not None and task.start_s is not None:
        return _started(work, task.machine_id, task.task_id, task.start_s, duration_s)
    if move is None or move.machine_id is None or move.machine_id not in machines:
        return None
    return sp.Locked(move.machine_id) if move.start_s is None else sp.Pinned(move.machine_id, move.start_s)


def _started(work: Working, machine_id: str, task_id: str, start_s: int, duration_s: int) -> sp.Started:
    """What runs on the machine; the members of a batch go on together, as long as the longest."""
    spans = [(start_s, duration_s)]
    if work.state.machines[machine_id].batch_capacity:
        spans += _batch_mates(work, machine_id, task_id)
    began_s = min(start for start, _ in spans)
    length_s = max(length for _, length in spans)
    planned = work.task(task_id)
    known = {*work.state.workers, *(work.state.tools)}
    return sp.Started(
        machine_id,
        min(began_s, work.now_s),
        max(0, length_s - _worked_s(work, machine_id, began_s)),
        held=tuple(unit for unit in planned.held if unit in known) if planned is not None else (),
        overtime=planned.overtime if planned is not None else False,
    )


def _batch_mates(work: Working, machine_id: str, task_id: str) -> list[tuple[int, int]]:
    return [
        (task.start_s, task_duration_s(work.state, order, task))
        for order in open_production(work)
        for task in order.tasks
        if task.status is TaskStatus.RUNNING
        and task.machine_id == machine_id
        and task.task_id != task_id
        and task.start_s is not None
    ]


def _worked_s(work: Working, machine_id: str, start_s: int) -> int:
    """Seconds the machine has worked since `start_s`: without the times it was down."""
    idle_s = 0
    for down_s, up_s in work.memory.downs.get(machine_id, ()):
        end_s = work.now_s if up_s < 0 else up_s
        idle_s += max(0, min(end_s, work.now_s) - max(down_s, start_s))
    return max(0, work.now_s - start_s - idle_s)


def _maintenance(work: Working, maintenance: Maintenance) -> sp.Job:
    """Movable maintenance: a job whose start has a price that rises with the risk."""
    machine_id = maintenance.machine_id
    if maintenance.status is MaintenanceStatus.RUNNING and maintenance.start_s is not None:
        state = _started(work, machine_id, maintenance.maintenance_id, maintenance.start_s, maintenance.duration_s)
        modes = (sp.Mode(machine_id, maintenance.duration_s),)
        task = sp.Task(maintenance.maintenance_id, modes, state=state, start_cost=(sp.CostStep(0, 0),))
        return sp.Job(maintenance.maintenance_id, (task,))
    return maintenance_job(
        machine_id,
        maintenance.duration_s,
        *_risk(maintenance),
        work.now_s,
        work.now_s + MAINTENANCE_DAYS * DAY_S,
        job_id=maintenance.maintenance_id,
    )


def _risk(maintenance: Maintenance) -> tuple[RiskCurve, Costs]:
    curve = RiskCurve(tuple((point.at_s, point.failed_per_mille / 1000) for point in maintenance.risk))
    return curve, Costs(maintenance.failure_cents, 0.0, 0, maintenance.planned_cents)


def maintenance_price_cents(maintenance: Maintenance, now_s: int, start_s: int) -> int:
    """What maintenance that starts then is expected to cost, a failure before it included."""
    return expected_cost_cents(*_risk(maintenance), now_s, start_s)


def _due(work: Working, order: ProductionOrder, waiting: Sequence[str]) -> tuple[int, int]:
    """When the goods are due, by the trips that wait for them, and how much it matters."""
    due_s, weight = order.due_s, 1
    for order_id in waiting:
        customer_order = work.state.orders[order_id]
        due_s = min(due_s, _needed_s(work, order_id) - (production_arrival_s(work, order) - _end_s(work, order)))
        weight = max(weight, 1 + customer_order.priority)
    for override in active_schedule_overrides(work, ScheduleOverrideKind.PRIORITY):
        if override.production_order_id == order.production_order_id and override.priority is not None:
            weight = 1 + override.priority
    return max(0, due_s), weight


def _needed_s(work: Working, order_id: str) -> int:
    """When the goods must be at the depot for the trip that is to take them."""
    vehicle_id = work.vehicle_of(order_id)
    route = work.route(vehicle_id) if vehicle_id is not None else None
    for trip in route.trips if route is not None else ():
        if any(stop.order_id == order_id for stop in trip.stops):
            return trip.depart_s
    return work.state.orders[order_id].window_end_s - NEEDED_BEFORE_S
