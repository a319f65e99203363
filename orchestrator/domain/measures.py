"""Sizes, places, durations, times of day: what decisions, planning and displays must agree on."""

from __future__ import annotations

from orchestrator.domain.company import Place
from orchestrator.domain.entities import Order, ProductionOrder, Task
from orchestrator.domain.state import DAY_S, State

PAUSES_MAX = 16


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


def goods_class(state: State, order: Order) -> str:
    """The classes of an order's goods, joined by "+"; "" where none has any."""
    return "+".join(sorted({state.items[line.item_id].goods_class for line in order.lines} - {""}))


def pauses(state: State, order: Order) -> tuple[tuple[int, int], ...]:
    """Spans inside the order's window in which its customer takes nothing in, as epoch seconds, in order."""
    customer = state.customers[order.customer_id]
    if customer.pause_start_s == customer.pause_end_s:
        return ()
    first_s = state.day_start_s(order.window_start_s)
    spans = []
    for day_s in range(first_s, order.window_end_s, DAY_S):
        start_s = max(day_s + customer.pause_start_s, order.window_start_s)
        end_s = min(day_s + customer.pause_end_s, order.window_end_s)
        if start_s < end_s:
            spans.append((start_s, end_s))
    return tuple(spans[:PAUSES_MAX])


def service_start_s(state: State, order: Order, arrive_s: int) -> int:
    """When a delivery begins if the vehicle is there at `arrive_s`: not before the window, not in a pause."""
    start_s = max(arrive_s, order.window_start_s)
    for from_s, to_s in pauses(state, order):
        if from_s < start_s < to_s:
            return to_s
    return start_s


def stay_s(state: State, order: Order, came_from: Place | None) -> int:
    """Seconds that the delivery of an order takes: service, and setup unless the vehicle stands there already."""
    customer = state.customers[order.customer_id]
    return customer.service_s + (0 if came_from == customer.place else customer.setup_s)


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


def euros(cents: int) -> str:
    """An amount for a sentence: "12.50 €"."""
    return f"{cents // 100}.{cents % 100:02d} €"
