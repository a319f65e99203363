"""Stock positions computed from the state: on hand, allocated, on order, backorder. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from orchestrator.domain.entities import OrderStatus, SupplyStatus
from orchestrator.domain.plan import PegKind
from orchestrator.domain.state import State

GOES_ON = (SupplyStatus.OPEN, SupplyStatus.STARTED)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Position:
    """Stock of one item at one site, in units."""

    site_id: str
    item_id: str
    on_hand: int
    allocated: int
    on_order: int
    backorder: int

    @property
    def inventory_position(self) -> int:
        """On hand and on order, less what is promised."""
        return self.on_hand + self.on_order - self.allocated - self.backorder

    @property
    def at_risk(self) -> bool:
        """More is promised than is there, or open orders want what nobody has."""
        return self.allocated > self.on_hand or self.backorder > 0


def stock_positions(state: State) -> list[Position]:
    """All positions, by site and item."""
    allocated, backorder = _demand(state)
    on_order = _on_order(state)
    keys = sorted({*state.on_hand, *allocated, *backorder, *on_order})
    return [
        Position(
            site,
            item,
            state.on_hand.get((site, item), 0),
            allocated[site, item],
            on_order[site, item],
            backorder[site, item],
        )
        for site, item in keys
    ]


def _demand(state: State) -> tuple[Counter[Key], Counter[Key]]:
    """(pegged to stock, pegged to nothing) of orders whose goods have not left yet."""
    allocated: Counter[Key] = Counter()
    backorder: Counter[Key] = Counter()
    for order_id, allocation in state.plan.allocations.items():
        order = state.orders.get(order_id)
        if order is None or order.status is not OrderStatus.OPEN:
            continue
        for peg in allocation.pegs:
            if peg.kind is PegKind.STOCK:
                allocated[allocation.site_id, peg.item_id] += peg.quantity
            elif peg.kind is PegKind.NONE:
                backorder[allocation.site_id, peg.item_id] += peg.quantity
    return allocated, backorder


def _on_order(state: State) -> Counter[Key]:
    coming: Counter[Key] = Counter()
    for purchase in state.purchases.values():
        if purchase.status in GOES_ON:
            coming[purchase.site_id, purchase.item_id] += purchase.quantity
    for production in state.production.values():
        item = state.items.get(production.item_id)
        line = state.lines.get(item.line_id or "") if item else None
        if production.status in GOES_ON and line is not None:
            coming[line.output_site_id, production.item_id] += production.quantity
    return coming
