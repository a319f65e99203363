"""What events of the shop floor make dirty: machines, tasks, maintenance, workers, decisions about the schedule.

Promises: as `trigger`, whose table takes this one in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain.measures import clock_time
from orchestrator.domain.shop_floor import ScheduleOverride, ScheduleOverrideKind
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty


def _line_of(state: State, machine_id: str, dirty: Dirty) -> None:
    machine = state.machines.get(machine_id)
    if machine is not None:
        dirty.lines[machine.line_id] = None


def _machine_down(state: State, event: e.MachineWentDown, dirty: Dirty) -> str:
    _line_of(state, event.machine_id, dirty)
    dirty.must_publish = True
    return f"machine {event.machine_id} down until {clock_time(state, event.until_s)}"


def _machine_up(state: State, event: e.MachineCameUp, dirty: Dirty) -> str:
    _line_of(state, event.machine_id, dirty)
    dirty.must_publish = True
    return f"machine {event.machine_id} runs again"


def _task_started(state: State, event: e.TaskStarted, dirty: Dirty) -> str:
    _line_of(state, event.machine_id, dirty)
    production = state.production[event.task_id.rpartition(":")[0]]
    site_id = state.lines[state.machines[event.machine_id].line_id].site_id
    if event.takes_materials:
        components = state.items[production.item_id].components
        dirty.item_sites.update({(site_id, component.item_id): None for component in components})
    return f"task {event.task_id} started"


def _task_finished(state: State, event: e.TaskFinished, dirty: Dirty) -> str:
    _line_of(state, event.machine_id, dirty)
    order_id = event.task_id.rpartition(":")[0]
    if event.completes and event.site_id is not None:
        dirty.supplies[order_id] = None
        dirty.item_sites[(event.site_id, state.production[order_id].item_id)] = None
    return f"task {event.task_id} finished"


def _maintenance_planned(state: State, event: e.MaintenancePlanned, dirty: Dirty) -> str:
    maintenance = event.maintenance
    _line_of(state, maintenance.machine_id, dirty)
    dirty.must_publish = True
    worst = maintenance.risk[-1]
    when = clock_time(state, worst.at_s)
    return f"machine {maintenance.machine_id} fails by {when} with {worst.failed_per_mille / 10:g} % probability"


def _maintenance_cancelled(state: State, event: e.MaintenanceCancelled, dirty: Dirty) -> str:
    maintenance = state.maintenance[event.maintenance_id]
    _line_of(state, maintenance.machine_id, dirty)
    dirty.must_publish = True
    return f"machine {maintenance.machine_id} needs no maintenance any more"


def _maintenance_worked(state: State, event: e.MaintenanceStarted | e.MaintenanceFinished, dirty: Dirty) -> str:
    _line_of(state, event.machine_id, dirty)
    verb = "started" if isinstance(event, e.MaintenanceStarted) else "finished"
    return f"maintenance {event.maintenance_id} {verb}"


def _worker_absent(state: State, event: e.WorkerAbsent, dirty: Dirty) -> str:
    dirty.lines[state.workers[event.worker_id].line_id] = None
    dirty.must_publish = True
    return f"worker {event.worker_id} is away until {clock_time(state, event.until_s)}"


def _worker_back(state: State, event: e.WorkerBack, dirty: Dirty) -> str:
    dirty.lines[state.workers[event.worker_id].line_id] = None
    dirty.must_publish = True
    return f"worker {event.worker_id} is back"


def _schedule_override_created(state: State, event: e.ScheduleOverrideCreated, dirty: Dirty) -> str:
    override = event.override
    _schedule_scope(state, override, dirty)
    return f"{override.owner}: {told_override(state, override)} ({override.reason})"


def _schedule_override_ended(
    state: State, event: e.ScheduleOverrideUndone | e.ScheduleOverrideExpired, dirty: Dirty
) -> str | None:
    if isinstance(event, e.ScheduleOverrideExpired) and event.done:
        return None
    _schedule_scope(state, state.schedule_overrides[event.override_id], dirty)
    verb = "undone" if isinstance(event, e.ScheduleOverrideUndone) else "expired"
    return f"schedule override {event.override_id} {verb}"


def _schedule_scope(state: State, override: ScheduleOverride, dirty: Dirty) -> None:
    dirty.must_publish = True
    order_id = override.production_order_id or (override.task_id or "").rpartition(":")[0]
    production = state.production.get(order_id)
    machines = {override.machine_id or ""}
    if production is not None:
        machines |= {m for step in state.items[production.item_id].operations for m in step.machine_ids}
    for machine_id in sorted(machines):
        _line_of(state, machine_id, dirty)


def told_override(state: State, override: ScheduleOverride) -> str:
    """A decision about the schedule in a few words."""
    start_s, end_s = override.start_s, override.end_s
    match override.kind:
        case ScheduleOverrideKind.MOVE:
            at = f" at {clock_time(state, start_s)}" if start_s is not None else ""
            return f"{override.task_id} on {override.machine_id}{at}"
        case ScheduleOverrideKind.OVERTIME:
            span = f"{clock_time(state, start_s or 0)} to {clock_time(state, end_s or 0)}"
            return f"overtime on {override.machine_id} from {span}"
        case ScheduleOverrideKind.SPLIT:
            return f"{override.task_id} in {override.lots} lots"
        case ScheduleOverrideKind.PRIORITY:
            return f"priority {override.priority} for {override.production_order_id}"


def _production_released(state: State, event: e.ProductionReleased, dirty: Dirty) -> str:
    item = state.items[event.order.item_id]
    for operation in item.operations:
        for machine_id in operation.machine_ids:
            _line_of(state, machine_id, dirty)
    dirty.supplies[event.order.production_order_id] = None
    return f"production of {event.order.quantity} × {event.order.item_id} released"


SHOP_RULES: dict[type[e.Event], Callable[[State, Any, Dirty], str | None]] = {
    e.MachineWentDown: _machine_down,
    e.MachineCameUp: _machine_up,
    e.TaskStarted: _task_started,
    e.TaskFinished: _task_finished,
    e.MaintenancePlanned: _maintenance_planned,
    e.MaintenanceCancelled: _maintenance_cancelled,
    e.MaintenanceStarted: _maintenance_worked,
    e.MaintenanceFinished: _maintenance_worked,
    e.WorkerAbsent: _worker_absent,
    e.WorkerBack: _worker_back,
    e.ScheduleOverrideCreated: _schedule_override_created,
    e.ScheduleOverrideUndone: _schedule_override_ended,
    e.ScheduleOverrideExpired: _schedule_override_ended,
    e.ProductionReleased: _production_released,
}
