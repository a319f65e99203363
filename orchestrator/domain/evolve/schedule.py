"""Folding what people decide about the schedule."""

from __future__ import annotations

from orchestrator.domain import events as e
from orchestrator.domain.entities import ProductionOrder, Task
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.shop_floor import ScheduleOverride, ScheduleOverrideKind, ScheduleOverrideStatus
from orchestrator.domain.state import State


def schedule_override_created(state: State, event: e.ScheduleOverrideCreated, seq: int, at_s: int) -> None:
    """The decision binds from now on; a split makes the lots."""
    override = event.override
    state.schedule_overrides[override.override_id] = override
    if not event.lots:
        return
    order, task = _order_and_task(state, override)
    quantity_of = {lot.task_id: lot.quantity for lot in event.lots}
    first = changed(task, quantity=quantity_of.pop(task.task_id))
    others = (Task(task_id=name, operation=task.operation, quantity=count) for name, count in quantity_of.items())
    tasks = (*(first if one.task_id == first.task_id else one for one in order.tasks), *others)
    state.production[order.production_order_id] = changed(order, tasks=tasks)


def _order_and_task(state: State, override: ScheduleOverride) -> tuple[ProductionOrder, Task]:
    assert override.task_id is not None
    order_id, _, index = override.task_id.rpartition(":")
    order = state.production[order_id]
    return order, order.tasks[int(index)]


def schedule_override_undone(state: State, event: e.ScheduleOverrideUndone, seq: int, at_s: int) -> None:
    """The decision binds no more; lots become one task again."""
    override = _end(state, event.override_id, ScheduleOverrideStatus.UNDONE)
    if override.kind is not ScheduleOverrideKind.SPLIT:
        return
    order, task = _order_and_task(state, override)
    left = tuple(
        changed(one, quantity=None) if one.task_id == task.task_id else one
        for one in order.tasks
        if one.operation != task.operation or one.task_id == task.task_id
    )
    for gone in order.tasks[len(left) :]:
        state.plan.tasks.pop(gone.task_id, None)
    state.production[order.production_order_id] = changed(order, tasks=left)


def schedule_override_expired(state: State, event: e.ScheduleOverrideExpired, seq: int, at_s: int) -> None:
    """The decision has run out, or has served its purpose."""
    _end(state, event.override_id, ScheduleOverrideStatus.DONE if event.done else ScheduleOverrideStatus.EXPIRED)


def _end(state: State, override_id: str, status: ScheduleOverrideStatus) -> ScheduleOverride:
    override = state.schedule_overrides[override_id]
    ended = changed(override, status=status, conflict="", version=override.version + 1)
    state.schedule_overrides[override_id] = ended
    return ended
