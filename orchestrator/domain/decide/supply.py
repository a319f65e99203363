"""Deciding about stock and purchase orders."""

from __future__ import annotations

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import (
    CancelReplenishment,
    CountStock,
    ReceivePurchase,
    ReportPurchaseDelayed,
    WriteOffPurchase,
)
from orchestrator.domain.decide.checks import alert, invalid, reported_time, resolve, schedule_overrides_done
from orchestrator.domain.entities import (
    PurchaseOrder,
    Severity,
    SupplyStatus,
)
from orchestrator.domain.errors import illegal, not_found
from orchestrator.domain.events import (
    Event,
    PurchaseDelayed,
    PurchaseReceived,
    PurchaseWrittenOff,
    ReplenishmentCancelled,
    StockCounted,
)
from orchestrator.domain.state import DAY_S, State


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
            estimate=command.estimate,
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
    if order.status not in (SupplyStatus.OPEN, SupplyStatus.LOST):
        raise illegal("purchase order", order.purchase_order_id, order.status.value, "received")
    if command.quantity > 2 * order.quantity:
        raise invalid("quantity", command.quantity, f"more than twice the {order.quantity} that were ordered")
    received = PurchaseReceived(purchase_order_id=order.purchase_order_id, quantity=command.quantity, at_s=command.at_s)
    return Decision((received, *_alerts_over(state, order.purchase_order_id, "received")))


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


def write_off_purchase(state: State, command: WriteOffPurchase, now_s: int) -> Decision:
    """Count no more on an open purchase order; people are told."""
    order = _purchase(state, command.purchase_order_id)
    if order.status is not SupplyStatus.OPEN:
        raise illegal("purchase order", order.purchase_order_id, order.status.value, "written off")
    off = PurchaseWrittenOff(
        purchase_order_id=order.purchase_order_id,
        at_s=now_s,
        still_comes_ppm=command.still_comes_ppm,
        by=command.by,
        reason=command.reason,
    )
    days = (now_s - order.placed_s) // DAY_S
    text = (
        f"{order.quantity} × {order.item_id} of supplier {order.supplier_id}, ordered {days} days ago, are not counted "
        f"on any more: they come with {command.still_comes_ppm / 10_000:.0f} %. Ask the supplier."
    )
    return Decision((off, *alert(state, "PURCHASE_LOST", order.purchase_order_id, Severity.WARNING, text, now_s)))


def cancel_replenishment(state: State, command: CancelReplenishment, now_s: int) -> Decision:
    """Cancel a purchase or production order that has not started."""
    supply = state.purchases.get(command.supply_id) or state.production.get(command.supply_id)
    if supply is None:
        raise not_found("replenishment", command.supply_id, field="supply_id")
    if supply.status not in (SupplyStatus.OPEN, SupplyStatus.LOST):
        raise illegal("replenishment", command.supply_id, supply.status.value, "cancelled")
    cancelled = ReplenishmentCancelled(supply_id=command.supply_id, reason=command.reason)
    over = schedule_overrides_done(state, production_order_id=command.supply_id)
    return Decision((cancelled, *over, *_alerts_over(state, command.supply_id, "cancelled")))


def _alerts_over(state: State, supply_id: str, reason: str) -> list[Event]:
    return [end for kind in ("SUPPLIER_LATE", "PURCHASE_LOST") for end in resolve(state, kind, supply_id, reason)]
