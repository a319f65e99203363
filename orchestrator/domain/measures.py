"""Sizes, places, durations, times of day: what decisions, planning and displays must agree on."""

from __future__ import annotations

from orchestrator.domain.company import Place
from orchestrator.domain.entities import Order, ProductionOrder, Task
from orchestrator.domain.state import State


def order_size(state: State, order: Order) -> tuple[int, int]:
    """(weight_g, volume_cm3) of all lines of an order."""
    weight_g = volume_cm3 = 0
    for line in order.lines:
        item = state.items[line.item_id]
        weight_g += item.weight_g * line.quantity
        volume_cm3 += item.volume_cm3 * line.quantity
    return weight_g, volume_cm3


def order_place(state: State, order: Order) -> Place:
    """Where an order is delivered."""
    return state.customers[order.customer_id].place


def task_duration_s(state: State, order: ProductionOrder, task: Task) -> int:
    """Seconds a task of a production order takes on any of its machines."""
    step = state.items[order.item_id].operations[task.operation]
    return step.setup_s + step.unit_s * task_quantity(order, task)


def task_quantity(order: ProductionOrder, task: Task) -> int:
    """Pieces that a task works on."""
    return order.quantity if task.quantity is None else task.quantity


def waits_for(order: ProductionOrder, task: Task) -> tuple[Task, ...]:
    """The tasks that must be done before this one: all lots of the operation before it, or its own lot of as many."""
    before = _lots(order, task.operation - 1)
    lots = _lots(order, task.operation)
    if len(lots) == len(before) > 1:
        return (before[lots.index(task)],)
    return before


def last_tasks(order: ProductionOrder) -> tuple[Task, ...]:
    """The tasks whose end makes the order complete: the lots of its last operation."""
    return _lots(order, max((task.operation for task in order.tasks), default=-1))


def _lots(order: ProductionOrder, operation: int) -> tuple[Task, ...]:
    return tuple(task for task in order.tasks if task.operation == operation)


def demand_counted(state: State, item_id: str) -> bool:
    """Whether the demand of an item is counted day by day: it has a stock policy somewhere."""
    return any((site_id, item_id) in state.policies for site_id in state.sites)


def clock_time(state: State, at_s: int) -> str:
    """HH:MM of the service day, for people."""
    seconds = at_s - state.day_start_s(at_s)
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"
