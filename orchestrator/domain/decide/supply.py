"""Deciding about stock, purchase orders and replenishment proposals."""

from __future__ import annotations

from orchestrator.domain.answers import Answer, Decision
from orchestrator.domain.commands import (
    CancelReplenishment,
    CountStock,
    ReceivePurchase,
    ReleaseReplenishment,
    ReportPurchaseDelayed,
)
from orchestrator.domain.decide.checks import alert, invalid, reported_time, resolve
from orchestrator.domain.entities import (
    ProductionOrder,
    PurchaseOrder,
    Severity,
    SupplyStatus,
    Task,
)
from orchestrator.domain.errors import illegal, not_found
from orchestrator.domain.events import (
    Event,
    ProductionReleased,
    PurchaseDelayed,
    PurchasePlaced,
    PurchaseReceived,
    ReplenishmentCancelled,
    StockCounted,
)
from orchestrator.domain.plan import Proposal, ProposalKind
from orchestrator.domain.state import State


def _purchase(state: State, purchase_order_id: str) -> PurchaseOrder:
    order = state.purchases.get(purchase_order_id)
    if order is None:
        raise not_found("purchase order", purchase_order_id, field="purchase_order_id")
    return order


def purchase_delayed(state: State, command: ReportPurchaseDelayed, now_s: int) -> Decision:
    """A supplier names a new time; people are told when it is later than before."""
    order = _purchase(state, command.purchase_order_id)
    if order.status is not SupplyStatus.OPEN:
        raise illegal("purchase order", order.purchase_order_id, order.status.value, "delayed")
    events: list[Event] = [
        PurchaseDelayed(
            purchase_order_id=order.purchase_order_id,
            expected_s=command.expected_s,
            was_s=order.expected_s,
            reason=command.reason,
        )
    ]
    later_s = command.expected_s - order.expected_s
    if later_s > 0:
        text = f"supplier {order.supplier_id} is {later_s // 60} min later with {order.quantity} × {order.item_id}"
        events += alert(state, "SUPPLIER_LATE", order.purchase_order_id, Severity.WARNING, text, now_s)
    return Decision(tuple(events))


def receive_purchase(state: State, command: ReceivePurchase, now_s: int) -> Decision:
    """Goods have come; the purchase order is closed with what came."""
    reported_time(command.at_s, now_s)
    order = _purchase(state, command.purchase_order_id)
    if order.status is not SupplyStatus.OPEN:
        raise illegal("purchase order", order.purchase_order_id, order.status.value, "received")
    if command.quantity > 2 * order.quantity:
        raise invalid("quantity", command.quantity, f"more than twice the {order.quantity} that were ordered")
    received = PurchaseReceived(purchase_order_id=order.purchase_order_id, quantity=command.quantity, at_s=command.at_s)
    return Decision((received, *resolve(state, "SUPPLIER_LATE", order.purchase_order_id, "received")))


def count_stock(state: State, command: CountStock, now_s: int) -> Decision:
    """A count replaces the books; people are told when it differs."""
    reported_time(command.at_s, now_s)
    if command.site_id not in state.sites:
        raise not_found("site", command.site_id, field="site_id")
    if command.item_id not in state.items:
        raise not_found("item", command.item_id, field="item_id")
    was = state.on_hand.get((command.site_id, command.item_id), 0)
    counted = StockCounted(
        site_id=command.site_id,
        item_id=command.item_id,
        on_hand=command.on_hand,
        was=was,
        at_s=command.at_s,
        reason=command.reason,
    )
    events: list[Event] = [counted]
    if command.on_hand != was:
        subject = f"{command.site_id}:{command.item_id}"
        text = f"{command.on_hand} × {command.item_id} counted at {command.site_id}, the books said {was}"
        events += alert(state, "STOCK_DISCREPANCY", subject, Severity.WARNING, text, now_s)
    return Decision(tuple(events))


def release_replenishment(state: State, command: ReleaseReplenishment, now_s: int) -> Decision:
    """Make a proposal of the plan real: a purchase order, or a production order with its tasks."""
    proposal = state.plan.proposals.get(command.proposal_id)
    if proposal is None:
        raise not_found("proposal", command.proposal_id, field="proposal_id")
    if proposal.kind is ProposalKind.PURCHASE:
        purchase = _new_purchase(state, proposal, now_s)
        event: Event = PurchasePlaced(order=purchase, proposal_id=proposal.proposal_id)
        return Decision((event,), Answer(created_id=purchase.purchase_order_id))
    production = _new_production(state, proposal, now_s)
    event = ProductionReleased(order=production, proposal_id=proposal.proposal_id)
    return Decision((event,), Answer(created_id=production.production_order_id))


def _new_purchase(state: State, proposal: Proposal, now_s: int) -> PurchaseOrder:
    if proposal.supplier_id is None:
        raise invalid("proposal_id", proposal.proposal_id, "the item has no supplier")
    return PurchaseOrder(
        purchase_order_id=f"RP-{state.counters.get('purchase', 0) + 1:06d}",
        supplier_id=proposal.supplier_id,
        item_id=proposal.item_id,
        site_id=proposal.site_id,
        quantity=proposal.quantity,
        placed_s=now_s,
        expected_s=max(proposal.expected_s, now_s),
    )


def _new_production(state: State, proposal: Proposal, now_s: int) -> ProductionOrder:
    operations = state.items[proposal.item_id].operations
    if not operations:
        raise invalid("proposal_id", proposal.proposal_id, "the item has no operations")
    order_id = f"RM-{state.counters.get('production', 0) + 1:06d}"
    return ProductionOrder(
        production_order_id=order_id,
        item_id=proposal.item_id,
        quantity=proposal.quantity,
        due_s=max(proposal.expected_s, now_s),
        released_s=now_s,
        tasks=tuple(Task(task_id=f"{order_id}:{index}", operation=index) for index in range(len(operations))),
    )


def cancel_replenishment(state: State, command: CancelReplenishment, now_s: int) -> Decision:
    """Cancel a purchase or production order that has not started."""
    supply = state.purchases.get(command.supply_id) or state.production.get(command.supply_id)
    if supply is None:
        raise not_found("replenishment", command.supply_id, field="supply_id")
    if supply.status is not SupplyStatus.OPEN:
        raise illegal("replenishment", command.supply_id, supply.status.value, "cancelled")
    cancelled = ReplenishmentCancelled(supply_id=command.supply_id, reason=command.reason)
    return Decision((cancelled, *resolve(state, "SUPPLIER_LATE", command.supply_id, "cancelled")))
