"""Folding what lines and machines reported."""

from __future__ import annotations

from orchestrator.domain import events as e
from orchestrator.domain.entities import ProductionOrder, SupplyStatus, Task, TaskStatus
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.evolve.learning import count_use
from orchestrator.domain.evolve.upkeep import note_usage, renew
from orchestrator.domain.measures import demand_counted, task_duration_s
from orchestrator.domain.plan import PlannedTask
from orchestrator.domain.shop_floor import MaintenanceStatus
from orchestrator.domain.state import State


def production_released(state: State, event: e.ProductionReleased, seq: int, at_s: int) -> None:
    """A new production order; its proposal is done."""
    state.production[event.order.production_order_id] = event.order
    state.counters["production"] = state.counters.get("production", 0) + 1
    state.plan.proposals.pop(event.proposal_id, None)


def machine_went_down(state: State, event: e.MachineWentDown, seq: int, at_s: int) -> None:
    """The machine stands still."""
    live = state.shop[event.machine_id]
    state.shop[event.machine_id] = changed(live, down_until_s=event.until_s)
    note_usage(state, event.machine_id, event.at_s)


def machine_came_up(state: State, event: e.MachineCameUp, seq: int, at_s: int) -> None:
    """The machine runs again."""
    live = state.shop[event.machine_id]
    state.shop[event.machine_id] = changed(live, down_until_s=None)
    note_usage(state, event.machine_id, event.at_s)


def _order_of(state: State, task_id: str) -> tuple[ProductionOrder, int]:
    order_id, _, index = task_id.rpartition(":")
    return state.production[order_id], int(index)


def _with_task(order: ProductionOrder, task: Task) -> tuple[Task, ...]:
    return tuple(task if other.task_id == task.task_id else other for other in order.tasks)


def task_started(state: State, event: e.TaskStarted, seq: int, at_s: int) -> None:
    """The task occupies its machine; the first one of an order takes the materials."""
    order, index = _order_of(state, event.task_id)
    running = changed(order.tasks[index], status=TaskStatus.RUNNING, machine_id=event.machine_id, start_s=event.at_s)
    state.production[order.production_order_id] = changed(
        order, tasks=_with_task(order, running), status=SupplyStatus.STARTED
    )
    family = state.items[order.item_id].family
    state.shop[event.machine_id] = changed(state.shop[event.machine_id], task_id=event.task_id, family=family)
    note_usage(state, event.machine_id, event.at_s)
    if event.takes_materials:
        _take_materials(state, order, event.machine_id)
    planned = state.plan.tasks.get(event.task_id)
    length_s = planned.end_s - planned.start_s if planned else task_duration_s(state, order, running)
    state.plan.tasks[event.task_id] = PlannedTask(
        task_id=event.task_id,
        production_order_id=order.production_order_id,
        machine_id=event.machine_id,
        start_s=event.at_s,
        end_s=event.at_s + length_s,
        held=planned.held if planned else (),
        overtime=planned.overtime if planned else False,
    )


def _take_materials(state: State, order: ProductionOrder, machine_id: str) -> None:
    site_id = state.lines[state.machines[machine_id].line_id].site_id
    for component in state.items[order.item_id].components:
        key = (site_id, component.item_id)
        state.on_hand[key] = state.on_hand.get(key, 0) - component.quantity * order.quantity
        if not demand_counted(state, order.item_id):
            count_use(state, site_id, component.item_id, component.quantity * order.quantity)


def task_finished(state: State, event: e.TaskFinished, seq: int, at_s: int) -> None:
    """The machine is free; after the last task the goods are in stock."""
    order, index = _order_of(state, event.task_id)
    done = changed(order.tasks[index], status=TaskStatus.DONE, end_s=event.at_s)
    values: dict[str, object] = {"tasks": _with_task(order, done)}
    if event.completes and event.site_id is not None:
        values |= {"status": SupplyStatus.DONE, "done_s": event.at_s}
        key = (event.site_id, order.item_id)
        state.on_hand[key] = state.on_hand.get(key, 0) + order.quantity
    state.production[order.production_order_id] = changed(order, **values)
    if state.shop[event.machine_id].task_id == event.task_id:  # the first of a batch stands for all of it
        state.shop[event.machine_id] = changed(state.shop[event.machine_id], task_id=None)
        note_usage(state, event.machine_id, event.at_s)
    state.plan.tasks.pop(event.task_id, None)


def maintenance_planned(state: State, event: e.MaintenancePlanned, seq: int, at_s: int) -> None:
    """The schedule is to place it."""
    if event.maintenance.maintenance_id not in state.maintenance:
        state.counters["maintenance"] = state.counters.get("maintenance", 0) + 1
    state.maintenance[event.maintenance.maintenance_id] = event.maintenance


def maintenance_cancelled(state: State, event: e.MaintenanceCancelled, seq: int, at_s: int) -> None:
    """It leaves the schedule."""
    _maintenance(state, event.maintenance_id, status=MaintenanceStatus.CANCELLED)
    state.plan.tasks.pop(event.maintenance_id, None)


def maintenance_started(state: State, event: e.MaintenanceStarted, seq: int, at_s: int) -> None:
    """It occupies its machine."""
    maintenance = state.maintenance[event.maintenance_id]
    _maintenance(state, event.maintenance_id, status=MaintenanceStatus.RUNNING, start_s=event.at_s)
    state.shop[event.machine_id] = changed(state.shop[event.machine_id], task_id=event.maintenance_id)
    note_usage(state, event.machine_id, event.at_s)
    state.plan.tasks[event.maintenance_id] = PlannedTask(
        task_id=event.maintenance_id,
        production_order_id=None,
        machine_id=event.machine_id,
        start_s=event.at_s,
        end_s=event.at_s + maintenance.duration_s,
    )


def maintenance_finished(state: State, event: e.MaintenanceFinished, seq: int, at_s: int) -> None:
    """Its machine is free."""
    _maintenance(state, event.maintenance_id, status=MaintenanceStatus.DONE, end_s=event.at_s)
    state.shop[event.machine_id] = changed(state.shop[event.machine_id], task_id=None)
    note_usage(state, event.machine_id, event.at_s)
    renew(state, event.machine_id, event.at_s)
    state.plan.tasks.pop(event.maintenance_id, None)


def _maintenance(state: State, maintenance_id: str, **values: object) -> None:
    state.maintenance[maintenance_id] = changed(state.maintenance[maintenance_id], **values)


def worker_absent(state: State, event: e.WorkerAbsent, seq: int, at_s: int) -> None:
    """Nothing more is planned with the worker before the end of the absence."""
    state.absent[event.worker_id] = event.until_s


def worker_back(state: State, event: e.WorkerBack, seq: int, at_s: int) -> None:
    """The worker can be planned again."""
    state.absent.pop(event.worker_id, None)
