"""Folding stock and purchase orders."""

from __future__ import annotations

from orchestrator.domain import events as e
from orchestrator.domain.entities import SupplyStatus
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.state import State


def purchase_placed(state: State, event: e.PurchasePlaced, seq: int, at_s: int) -> None:
    """A new purchase order; its proposal is done."""
    state.purchases[event.order.purchase_order_id] = event.order
    state.counters["purchase"] = state.counters.get("purchase", 0) + 1
    state.plan.proposals.pop(event.proposal_id, None)


def purchase_delayed(state: State, event: e.PurchaseDelayed, seq: int, at_s: int) -> None:
    """Another arrival time; lateness adds up against the first promise."""
    order = state.purchases[event.purchase_order_id]
    late_s = max(0, order.late_s + event.expected_s - event.was_s)
    state.purchases[order.purchase_order_id] = changed(order, expected_s=event.expected_s, late_s=late_s)


def purchase_received(state: State, event: e.PurchaseReceived, seq: int, at_s: int) -> None:
    """The goods are in stock."""
    order = state.purchases[event.purchase_order_id]
    state.purchases[order.purchase_order_id] = changed(order, status=SupplyStatus.DONE, received_s=event.at_s)
    key = (order.site_id, order.item_id)
    state.on_hand[key] = state.on_hand.get(key, 0) + event.quantity


def replenishment_cancelled(state: State, event: e.ReplenishmentCancelled, seq: int, at_s: int) -> None:
    """The supply order will not come."""
    purchase = state.purchases.get(event.supply_id)
    if purchase is not None:
        state.purchases[event.supply_id] = changed(purchase, status=SupplyStatus.CANCELLED)
        return
    production = state.production[event.supply_id]
    state.production[event.supply_id] = changed(production, status=SupplyStatus.CANCELLED)
    for task in production.tasks:
        state.plan.tasks.pop(task.task_id, None)


def stock_counted(state: State, event: e.StockCounted, seq: int, at_s: int) -> None:
    """The books follow the count."""
    state.on_hand[(event.site_id, event.item_id)] = event.on_hand
