"""Folding stock and purchase orders."""

from __future__ import annotations

from orchestrator.domain import events as e
from orchestrator.domain.entities import SupplyStatus
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.state import State


def purchase_placed(state: State, event: e.PurchasePlaced, seq: int, at_s: int) -> None:
    """A new purchase order; its proposal is done. What is transferred leaves its site at once."""
    order = event.order
    state.purchases[order.purchase_order_id] = order
    if order.from_site_id is not None:
        key = (order.from_site_id, order.item_id)
        state.on_hand[key] = state.on_hand.get(key, 0) - order.quantity
    state.counters["purchase"] = state.counters.get("purchase", 0) + 1
    _proposal_done(state, event.proposal_id)


def _proposal_done(state: State, proposal_id: str) -> None:
    state.plan.proposals.pop(proposal_id, None)
    state.snoozed.pop(proposal_id, None)


def purchase_written_off(state: State, event: e.PurchaseWrittenOff, seq: int, at_s: int) -> None:
    """Nothing counts on it; should it come after all, it is received."""
    order = state.purchases[event.purchase_order_id]
    state.purchases[order.purchase_order_id] = changed(order, status=SupplyStatus.LOST)


def proposal_snoozed(state: State, event: e.ProposalSnoozed, seq: int, at_s: int) -> None:
    """The proposal sleeps until then."""
    state.snoozed[event.proposal_id] = event.until_s


def replenishment_mode_set(state: State, event: e.ReplenishmentModeSet, seq: int, at_s: int) -> None:
    """A person's word goes before the company's file."""
    state.automatic[(event.site_id, event.item_id)] = event.automatic


def purchase_delayed(state: State, event: e.PurchaseDelayed, seq: int, at_s: int) -> None:
    """Another arrival time; lateness adds up against the first promise."""
    order = state.purchases[event.purchase_order_id]
    late_s = max(0, order.late_s + event.expected_s - event.was_s)
    named_s = order.promised_s if event.estimate else event.expected_s
    state.purchases[order.purchase_order_id] = changed(
        order, expected_s=event.expected_s, late_s=late_s, named_s=named_s
    )


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
        if purchase.from_site_id is not None:
            key = (purchase.from_site_id, purchase.item_id)
            state.on_hand[key] = state.on_hand.get(key, 0) + purchase.quantity
        return
    production = state.production[event.supply_id]
    state.production[event.supply_id] = changed(production, status=SupplyStatus.CANCELLED)
    for task in production.tasks:
        state.plan.tasks.pop(task.task_id, None)


def stock_counted(state: State, event: e.StockCounted, seq: int, at_s: int) -> None:
    """The books follow the count."""
    state.on_hand[(event.site_id, event.item_id)] = event.on_hand
