"""Deciding about the schedule's conditions: machines at risk, people who are away, what people decide about tasks."""

from __future__ import annotations

from orchestrator.domain.answers import Answer, Decision
from orchestrator.domain.commands import (
    CreateScheduleOverride,
    ReportMachineRisk,
    ReportWorkerAbsent,
    ReportWorkerBack,
    UndoScheduleOverride,
)
from orchestrator.domain.decide.checks import alert, etag, invalid, reported_time, resolve
from orchestrator.domain.entities import ProductionOrder, Severity, SupplyStatus, Task, TaskStatus
from orchestrator.domain.errors import Reason, Rejection, illegal, not_found
from orchestrator.domain.events import (
    MaintenanceCancelled,
    MaintenancePlanned,
    ScheduleOverrideCreated,
    ScheduleOverrideUndone,
    WorkerAbsent,
    WorkerBack,
)
from orchestrator.domain.measures import task_quantity
from orchestrator.domain.shop_floor import (
    OPEN_MAINTENANCE,
    Lot,
    Maintenance,
    MaintenanceStatus,
    ScheduleOverride,
    ScheduleOverrideKind,
    ScheduleOverrideStatus,
)
from orchestrator.domain.state import DAY_S, State

HOUR_S = 3_600
OVERTIME_S_MAX = 12 * HOUR_S
LOTS_MAX = 20
AHEAD_S_MAX = 60 * DAY_S


def machine_risk(state: State, command: ReportMachineRisk, now_s: int) -> Decision:
    """A machine's condition asks for maintenance, or no longer does; the schedule picks the time."""
    reported_time(command.at_s, now_s)
    machine = state.machines.get(command.machine_id)
    if machine is None:
        raise not_found("machine", command.machine_id, field="machine_id")
    known = _open_maintenance(state, machine.machine_id)
    if known is not None and known.status is MaintenanceStatus.RUNNING:
        raise illegal("maintenance", known.maintenance_id, known.status.value, "given another risk")
    if not command.risk:
        if known is None:
            raise illegal("machine", machine.machine_id, "not at risk", "reported good again")
        gone = MaintenanceCancelled(maintenance_id=known.maintenance_id, reason=command.reason)
        return Decision((gone, *resolve(state, "MACHINE_RISK", machine.machine_id, "its condition is good again")))
    _check_risk(command)
    number = state.counters.get("maintenance", 0) + 1
    maintenance = Maintenance(
        maintenance_id=known.maintenance_id if known else f"MAINT-{machine.machine_id[:48]}-{number}",
        machine_id=machine.machine_id,
        duration_s=max(60, machine.maintenance_s),
        risk=command.risk,
        failure_cents=machine.failure_cents,
        planned_cents=machine.maintenance_cents,
        reason=command.reason,
    )
    worst = command.risk[-1]
    hours = max(0, worst.at_s - now_s) // HOUR_S
    told = f"machine {machine.machine_id} fails within {hours} h with {worst.failed_per_mille / 10:g} % probability"
    text = f"{told}: {command.reason or 'by its condition'}; {maintenance.maintenance_id} is scheduled"
    told_events = alert(state, "MACHINE_RISK", machine.machine_id, Severity.WARNING, text, now_s)
    answer = Answer(created_id=maintenance.maintenance_id, version=1)
    return Decision((MaintenancePlanned(maintenance=maintenance), *told_events), answer)


def _open_maintenance(state: State, machine_id: str) -> Maintenance | None:
    mine = (one for one in state.maintenance.values() if one.machine_id == machine_id)
    return next((one for one in mine if one.status in OPEN_MAINTENANCE), None)


def _check_risk(command: ReportMachineRisk) -> None:
    before = None
    for number, point in enumerate(command.risk):
        if before is not None and point.at_s <= before.at_s:
            raise invalid(f"risk[{number}].at_s", point.at_s, f"not after the point before it ({before.at_s})")
        if before is not None and point.failed_per_mille < before.failed_per_mille:
            rule = f"falls below the point before it ({before.failed_per_mille})"
            raise invalid(f"risk[{number}].failed_per_mille", point.failed_per_mille, rule)
        before = point


def worker_absent(state: State, command: ReportWorkerAbsent, now_s: int) -> Decision:
    """A worker is away; reporting it again moves the expected end. Why is that person's own business."""
    reported_time(command.at_s, now_s)
    if command.worker_id not in state.workers:
        raise not_found("worker", command.worker_id, field="worker_id")
    if command.until_s <= command.at_s:
        raise invalid("until_s", command.until_s, f"not after at_s ({command.at_s})")
    away = WorkerAbsent(worker_id=command.worker_id, at_s=command.at_s, until_s=command.until_s)
    hours = -(-(command.until_s - command.at_s) // HOUR_S)
    text = f"worker {command.worker_id} is away for about {hours} h"
    return Decision((away, *alert(state, "WORKER_ABSENT", command.worker_id, Severity.WARNING, text, now_s)))


def worker_back(state: State, command: ReportWorkerBack, now_s: int) -> Decision:
    """A worker who was away is there again."""
    reported_time(command.at_s, now_s)
    if command.worker_id not in state.workers:
        raise not_found("worker", command.worker_id, field="worker_id")
    if command.worker_id not in state.absent:
        raise illegal("worker", command.worker_id, "not away", "reported back")
    back = WorkerBack(worker_id=command.worker_id, at_s=command.at_s)
    return Decision((back, *resolve(state, "WORKER_ABSENT", command.worker_id, "is back")))


def create_schedule_override(state: State, command: CreateScheduleOverride, now_s: int) -> Decision:
    """Keep a person's decision about the schedule, unless it cannot be meant or contradicts another one."""
    override = new_schedule_override(state, command, now_s)
    lots: tuple[Lot, ...] = ()
    if override.kind is ScheduleOverrideKind.SPLIT:
        order, task = _waiting_task(state, command)
        lots = _lots(order, task, override.lots)
    created = ScheduleOverrideCreated(override=override, lots=lots)
    return Decision((created,), Answer(created_id=override.override_id, version=1))


def new_schedule_override(state: State, command: CreateScheduleOverride, now_s: int) -> ScheduleOverride:
    """The decision a command would make; raises as `create_schedule_override` does. Previews use it too."""
    if command.override_id in state.schedule_overrides:
        raise Rejection(
            Reason.ALREADY_EXISTS,
            f"schedule override '{command.override_id}' exists",
            field="override_id",
            metadata={"override_id": command.override_id},
        )
    if command.expires_s is not None and command.expires_s <= now_s:
        raise invalid("expires_s", command.expires_s, f"already over (the company clock says {now_s})")
    check = {
        ScheduleOverrideKind.MOVE: _check_move,
        ScheduleOverrideKind.OVERTIME: _check_overtime,
        ScheduleOverrideKind.SPLIT: _check_split,
        ScheduleOverrideKind.PRIORITY: _check_priority,
    }[command.kind]
    check(state, command, now_s)
    _check_contradiction(state, command)
    is_overtime = command.kind is ScheduleOverrideKind.OVERTIME
    return ScheduleOverride(
        override_id=command.override_id,
        kind=command.kind,
        task_id=command.task_id,
        machine_id=command.machine_id,
        production_order_id=command.production_order_id,
        start_s=command.start_s,
        end_s=command.end_s,
        lots=command.lots,
        priority=command.priority,
        cost_cents=_overtime_cents(state, command) if is_overtime else 0,
        owner=command.owner,
        reason=command.reason,
        created_s=now_s,
        expires_s=command.end_s if is_overtime and command.expires_s is None else command.expires_s,
    )


def _waiting_task(state: State, command: CreateScheduleOverride) -> tuple[ProductionOrder, Task]:
    if command.task_id is None:
        raise invalid("task_id", None, f"{command.kind.value} needs a task, as ORDER:NUMBER")
    order_id, _, index = command.task_id.rpartition(":")
    order = state.production.get(order_id)
    if order is None or int(index) >= len(order.tasks):
        raise not_found("task", command.task_id, field="task_id")
    task = order.tasks[int(index)]
    if task.status is not TaskStatus.WAITING or order.status is SupplyStatus.CANCELLED:
        raise illegal("task", task.task_id, f"{task.status.value} ({order.status.value})", "changed")
    return order, task


def _check_move(state: State, command: CreateScheduleOverride, now_s: int) -> None:
    order, task = _waiting_task(state, command)
    allowed = state.items[order.item_id].operations[task.operation].machine_ids
    if command.machine_id not in allowed:
        raise invalid("machine_id", command.machine_id, f"not one of {', '.join(allowed)}")
    if command.start_s is not None and not now_s <= command.start_s <= now_s + AHEAD_S_MAX:
        raise invalid("start_s", command.start_s, f"not within {AHEAD_S_MAX // DAY_S} days from now ({now_s})")


def _check_overtime(state: State, command: CreateScheduleOverride, now_s: int) -> None:
    if command.machine_id not in state.machines:
        raise not_found("machine", command.machine_id or "", field="machine_id")
    if command.start_s is None or command.end_s is None:
        raise invalid("start_s", command.start_s, "OVERTIME needs a start and an end")
    if not command.start_s < command.end_s <= command.start_s + OVERTIME_S_MAX:
        raise invalid("end_s", command.end_s, f"1 s to {OVERTIME_S_MAX // HOUR_S} h after start_s ({command.start_s})")
    if not now_s < command.end_s <= now_s + AHEAD_S_MAX:
        raise invalid("end_s", command.end_s, f"not within {AHEAD_S_MAX // DAY_S} days from now ({now_s})")


def _overtime_cents(state: State, command: CreateScheduleOverride) -> int:
    assert command.machine_id
    assert command.start_s is not None
    assert command.end_s is not None
    hour_cents = state.machines[command.machine_id].overtime_hour_cents
    return hour_cents * (command.end_s - command.start_s) // HOUR_S


def _check_split(state: State, command: CreateScheduleOverride, now_s: int) -> None:
    order, task = _waiting_task(state, command)
    if task.quantity is not None:
        raise illegal("task", task.task_id, "a lot already", "split again")
    most = min(LOTS_MAX, order.quantity)
    if not 2 <= command.lots <= most:
        raise invalid("lots", command.lots, f"2..{most} for {order.quantity} pieces")


def _lots(order: ProductionOrder, task: Task, count: int) -> tuple[Lot, ...]:
    """The task keeps its id for the first lot; the others get the next free numbers of their order."""
    pieces, rest = divmod(task_quantity(order, task), count)
    names = [task.task_id]
    names += [f"{order.production_order_id}:{len(order.tasks) + number}" for number in range(count - 1)]
    return tuple(Lot(task_id=name, quantity=pieces + (at < rest)) for at, name in enumerate(names))


def _check_priority(state: State, command: CreateScheduleOverride, now_s: int) -> None:
    order = state.production.get(command.production_order_id or "")
    if order is None:
        raise not_found("production order", command.production_order_id or "", field="production_order_id")
    if order.status not in (SupplyStatus.OPEN, SupplyStatus.STARTED):
        raise illegal("production order", order.production_order_id, order.status.value, "given a priority")
    if command.priority is None:
        raise invalid("priority", None, "PRIORITY needs one, 0..9")


def _check_contradiction(state: State, command: CreateScheduleOverride) -> None:
    for other in state.schedule_overrides.values():
        if other.status is not ScheduleOverrideStatus.ACTIVE or other.kind is not command.kind:
            continue
        same = {
            ScheduleOverrideKind.MOVE: other.task_id == command.task_id,
            ScheduleOverrideKind.SPLIT: other.task_id == command.task_id,
            ScheduleOverrideKind.PRIORITY: other.production_order_id == command.production_order_id,
            ScheduleOverrideKind.OVERTIME: other.machine_id == command.machine_id and _meet(other, command),
        }[command.kind]
        if same:
            raise Rejection(
                Reason.OVERRIDE_CONFLICT,
                f"contradicts schedule override '{other.override_id}' ({other.kind.value}) of {other.owner}: undo it "
                f"first with 'muster schedule undo {other.override_id}'",
                metadata={"override_id": other.override_id, "owner": other.owner},
            )


def _meet(other: ScheduleOverride, command: CreateScheduleOverride) -> bool:
    spans = (other.start_s, other.end_s, command.start_s, command.end_s)
    low, high, start_s, end_s = (0 if moment is None else moment for moment in spans)
    return low < end_s and start_s < high


def undo_schedule_override(state: State, command: UndoScheduleOverride, now_s: int) -> Decision:
    """Take a decision back; the lots of a split become one task again, if none has begun."""
    override = state.schedule_overrides.get(command.override_id)
    if override is None:
        raise not_found("schedule override", command.override_id, field="override_id")
    etag("schedule override", override.override_id, command.version, override.version)
    if override.status is not ScheduleOverrideStatus.ACTIVE:
        raise illegal("schedule override", override.override_id, override.status.value, "undone")
    if override.kind is ScheduleOverrideKind.SPLIT:
        _check_unsplit(state, override)
    undone = ScheduleOverrideUndone(override_id=override.override_id, by=command.by, reason=command.reason)
    ended = resolve(state, "OVERRIDE_CONFLICT", override.override_id, "undone")
    return Decision((undone, *ended), Answer(created_id=override.override_id, version=override.version + 1))


def _check_unsplit(state: State, override: ScheduleOverride) -> None:
    assert override.task_id is not None
    order_id, _, index = override.task_id.rpartition(":")
    order = state.production[order_id]
    operation = order.tasks[int(index)].operation
    lots = [task for task in order.tasks if task.operation == operation]
    begun = [task for task in lots if task.status is not TaskStatus.WAITING]
    if begun:
        raise illegal("task", begun[0].task_id, begun[0].status.value, "put together again with its other lots")
    if order.tasks[1 - len(lots) :] != tuple(lots[1:]):  # ids are places: only the last split can be taken back
        raise illegal("task", override.task_id, "split before another task of its order", "put together first")
