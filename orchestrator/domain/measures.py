"""Sizes and places of orders: sums that decisions, planning and displays must agree on."""

from __future__ import annotations

from orchestrator.domain.company import Place
from orchestrator.domain.entities import Order, ProductionOrder
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


def task_duration_s(state: State, order: ProductionOrder, operation: int) -> int:
    """Seconds an operation of a production order takes on any of its machines."""
    step = state.items[order.item_id].operations[operation]
    return step.setup_s + step.unit_s * order.quantity


def demand_counted(state: State, item_id: str) -> bool:
    """Whether the demand of an item is counted day by day: it has a stock policy somewhere."""
    return any((site_id, item_id) in state.policies for site_id in state.sites)
