"""Deciding about what lines and machines report."""

from __future__ import annotations

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import (
    ReportMachineDown,
    ReportMachineUp,
    ReportTaskFinished,
    ReportTaskStarted,
)
from orchestrator.domain.decide.checks import alert, invalid, reported_time, resolve, schedule_overrides_done
from orchestrator.domain.decide.upkeep import maintained, repaired
from orchestrator.domain.entities import (
    MachineLive,
    ProductionOrder,
    Severity,
    SupplyStatus,
    Task,
    TaskStatus,
)
from orchestrator.domain.errors import Reason, Rejection, illegal, not_found
from orchestrator.domain.events import (
    MachineCameUp,
    MachineWentDown,
    MaintenanceFinished,
    MaintenanceStarted,
    TaskFinished,
    TaskStarted,
)
from orchestrator.domain.measures import last_tasks, waits_for
from orchestrator.domain.shop_floor import MaintenanceStatus
from orchestrator.domain.state import State


def _machine(state: State, machine_id: str) -> MachineLive:
    live = state.shop.get(machine_id)
    if live is None:
        raise not_found("machine", machine_id, field="machine_id")
    return live


def _task(state: State, task_id: str) -> tuple[ProductionOrder, Task]:
    order_id, _, index = task_id.rpartition(":")
    order = state.production.get(order_id)
    if order is None or not index.isdecimal() or int(index) >= len(order.tasks):
        raise not_found("task", task_id, field="task_id")
    return order, order.tasks[int(index)]


def machine_down(state: State, command: ReportMachineDown, now_s: int) -> Decision:
    """A machine stands still; reporting it again moves the expected end."""
    reported_time(command.at_s, now_s)
    live = _machine(state, command.machine_id)
    if command.until_s <= command.at_s:
        raise invalid("until_s", command.until_s, f"not after at_s ({command.at_s})")
    down = MachineWentDown(
        machine_id=live.machine_id, at_s=command.at_s, until_s=command.until_s, reason=command.reason
    )
    minutes = (command.until_s - command.at_s) // 60
    text = f"machine {live.machine_id} is down for about {minutes} min: {command.reason or 'no reason given'}"
    return Decision((down, *alert(state, "MACHINE_DOWN", live.machine_id, Severity.CRITICAL, text, now_s)))


def machine_up(state: State, command: ReportMachineUp, now_s: int) -> Decision:
    """A machine that was down runs again; a stop that was more than a minor one has ended a life."""
    reported_time(command.at_s, now_s)
    live = _machine(state, command.machine_id)
    if live.down_until_s is None:
        raise illegal("machine", live.machine_id, "not down", "reported up")
    up = MachineCameUp(machine_id=live.machine_id, at_s=command.at_s)
    lives = repaired(state, live.machine_id, command.at_s)
    return Decision((up, *lives, *resolve(state, "MACHINE_DOWN", live.machine_id, "runs again")))


def task_started(state: State, command: ReportTaskStarted, now_s: int) -> Decision:
    """A task runs: its predecessor is done, its machine can do it, is free and not down."""
    reported_time(command.at_s, now_s)
    if command.task_id in state.maintenance:
        return _maintenance_started(state, command)
    order, task = _task(state, command.task_id)
    if task.status is not TaskStatus.WAITING or order.status is SupplyStatus.CANCELLED:
        raise illegal("task", task.task_id, f"{task.status.value} ({order.status.value})", "started")
    if any(earlier.status is not TaskStatus.DONE for earlier in waits_for(order, task)):
        raise illegal("task", task.task_id, "waiting for its predecessor", "started")
    live = _machine(state, command.machine_id)
    allowed = state.items[order.item_id].operations[task.operation].machine_ids
    if live.machine_id not in allowed:
        raise invalid("machine_id", live.machine_id, f"not one of {', '.join(allowed)}")
    if not _joins_batch(state, live, order, task):
        _check_free(live, task.task_id)
    started = TaskStarted(
        task_id=task.task_id,
        machine_id=live.machine_id,
        at_s=command.at_s,
        takes_materials=task.operation == 0 and all(one.status is TaskStatus.WAITING for one in order.tasks),
    )
    return Decision((started, *schedule_overrides_done(state, task_id=task.task_id)))


def _check_free(live: MachineLive, task_id: str) -> None:
    if live.task_id is not None:
        raise illegal("machine", live.machine_id, f"busy with {live.task_id}", f"given {task_id}")
    if live.down_until_s is not None:
        raise Rejection(
            Reason.RESOURCE_DOWN,
            f"machine '{live.machine_id}' is down until {live.down_until_s}",
            metadata={"machine_id": live.machine_id, "until_s": str(live.down_until_s)},
        )


def _joins_batch(state: State, live: MachineLive, order: ProductionOrder, task: Task) -> bool:
    """Whether the machine runs a batch, planned together with this task."""
    if not state.machines[live.machine_id].batch_capacity or live.task_id is None or live.task_id in state.maintenance:
        return False
    other_order, other = _task(state, live.task_id)
    step = state.items[order.item_id].operations[task.operation]
    other_step = state.items[other_order.item_id].operations[other.operation]
    here, there = state.plan.tasks.get(task.task_id), state.plan.tasks.get(other.task_id)
    together = here is not None and there is not None and here.machine_id == there.machine_id
    return together and bool(step.batch) and step.batch == other_step.batch


def _maintenance_started(state: State, command: ReportTaskStarted) -> Decision:
    maintenance = state.maintenance[command.task_id]
    if maintenance.status is not MaintenanceStatus.WAITING:
        raise illegal("maintenance", maintenance.maintenance_id, maintenance.status.value, "started")
    if command.machine_id != maintenance.machine_id:
        raise invalid("machine_id", command.machine_id, f"the maintenance is for {maintenance.machine_id}")
    _check_free(_machine(state, command.machine_id), maintenance.maintenance_id)
    started = MaintenanceStarted(
        maintenance_id=maintenance.maintenance_id, machine_id=maintenance.machine_id, at_s=command.at_s
    )
    return Decision((started,))


def task_finished(state: State, command: ReportTaskFinished, now_s: int) -> Decision:
    """A running task is done; the last one puts the goods into stock at the line's output site."""
    reported_time(command.at_s, now_s)
    if command.task_id in state.maintenance:
        return _maintenance_finished(state, command)
    order, task = _task(state, command.task_id)
    if task.status is not TaskStatus.RUNNING or task.machine_id is None:
        raise illegal("task", task.task_id, task.status.value, "finished")
    last = last_tasks(order)
    others_done = all(other.status is TaskStatus.DONE for other in last if other.task_id != task.task_id)
    completes = task in last and others_done
    line = state.lines[state.machines[task.machine_id].line_id]
    finished = TaskFinished(
        task_id=task.task_id,
        machine_id=task.machine_id,
        at_s=command.at_s,
        completes=completes,
        site_id=line.output_site_id if completes else None,
    )
    over = schedule_overrides_done(state, production_order_id=order.production_order_id) if completes else []
    return Decision((finished, *over))


def _maintenance_finished(state: State, command: ReportTaskFinished) -> Decision:
    maintenance = state.maintenance[command.task_id]
    if maintenance.status is not MaintenanceStatus.RUNNING:
        raise illegal("maintenance", maintenance.maintenance_id, maintenance.status.value, "finished")
    finished = MaintenanceFinished(
        maintenance_id=maintenance.maintenance_id, machine_id=maintenance.machine_id, at_s=command.at_s
    )
    lives = maintained(state, maintenance.machine_id, command.at_s)
    return Decision((finished, *lives, *resolve(state, "MACHINE_RISK", maintenance.machine_id, "maintained")))
