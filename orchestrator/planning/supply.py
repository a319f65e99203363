"""Supplies on their way: when each purchase or production order will be stock.

Promises: one place that says when a supply arrives; a production order arrives when the schedule ends its last task,
plus the transfer. Called by `allocate`, `schedule`, `replenish`, `explain`.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.domain.entities import ProductionOrder, TaskStatus
from orchestrator.domain.measures import last_tasks, task_duration_s
from orchestrator.domain.plan import PegKind
from orchestrator.planning.dirty import ItemSite
from orchestrator.planning.working import Working


@dataclass(frozen=True, slots=True)
class Supply:
    """`quantity` units that will be stock at `arrival_s`, from a purchase or production order."""

    supply_id: str
    kind: PegKind
    quantity: int
    arrival_s: int


def arrivals(work: Working, key: ItemSite) -> list[Supply]:
    """All supplies of (site, item), earliest first."""
    supplies = [supply_of(work, supply_id) for supply_id in work.memory.inbound.get(key, {})]
    return sorted(supplies, key=lambda supply: (supply.arrival_s, supply.supply_id))


def supply_of(work: Working, supply_id: str) -> Supply:
    """The supply as the plan in the making has it. An arrival that is overdue is expected now."""
    purchase = work.state.purchases.get(supply_id)
    if purchase is not None:
        arrival_s = max(purchase.expected_s, work.now_s)
        return Supply(supply_id, PegKind.PURCHASE, purchase.quantity, arrival_s)
    production = work.state.production[supply_id]
    return Supply(supply_id, PegKind.PRODUCTION, production.quantity, production_arrival_s(work, production))


def production_arrival_s(work: Working, order: ProductionOrder) -> int:
    """When the goods of a production order are at the line's output site."""
    operations = work.state.items[order.item_id].operations
    machine = work.state.machines[operations[-1].machine_ids[0]]
    transfer_s = work.state.lines[machine.line_id].transfer_s
    left = [task for task in last_tasks(order) if task.status is not TaskStatus.DONE]
    planned = [work.task(task.task_id) for task in left]
    if planned and None not in planned:
        return max([work.now_s, *(place.end_s for place in planned if place is not None)]) + transfer_s
    rest_s = sum(task_duration_s(work.state, order, task) for task in order.tasks)
    return max(order.due_s, work.now_s + rest_s) + transfer_s
