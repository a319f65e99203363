"""Suppliers and lorries: what was ordered comes by laws that the server does not know, or never.

Promises: each purchase order is delivered once, whole, or never. Suppliers call in the morning, as many days after the
day of the order as its lead time has, to the nearest day; the n-th order to a supplier has the luck of the n-th order.
Transfers leave at once and take as long as their lane says.
Called by `run`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from orchestrator.domain.company import Company
from orchestrator.domain.entities import PurchaseOrder
from orchestrator.domain.state import State
from orchestrator.twin.chance import Chance
from orchestrator.twin.weeks.books import Books
from orchestrator.twin.weeks.cast import DAY_S, Cast, agreed_with, true_lead_s

NEVER_S = 2**60
MORNING_S = 7 * 3_600


class Suppliers:
    """All suppliers and lanes of a company. `arrival_s`: when an order really comes."""

    def __init__(self, company: Company, cast: Cast, chance: Chance, books: Books) -> None:
        self._company, self._cast, self._chance, self._books = company, cast, chance, books
        self._usual = {item.item_id: item for item in company.items}
        self._order_cents = {one.supplier_id: one.order_cost_cents for one in company.suppliers}
        self._lanes = {(lane.from_site_id, lane.to_site_id): lane for lane in company.transfer_lanes}
        self.number: Counter[str] = Counter()
        self.arrival_s: dict[str, int] = {}
        self.on_board: dict[str, int] = {}
        self.delivered: dict[str, None] = {}
        self.ordered_of: Counter[str] = Counter()
        self.second_first_s: int | None = None

    def take_orders(self, state: State) -> None:
        """Look for new purchase orders in the server's books and decide when they will come."""
        for order_id, order in state.purchases.items():
            if order_id not in self.arrival_s:
                self.arrival_s[order_id] = self._sent(order) if order.from_site_id else self._promised(order)

    def _sent(self, order: PurchaseOrder) -> int:
        """A transfer: the goods leave now. A customer may have been faster than the lorry: it takes what is there."""
        lane = self._lanes[(str(order.from_site_id), order.site_id)]
        key = (str(order.from_site_id), order.item_id)
        sent = min(order.quantity, self._books.on_hand[key])
        self._books.take(key, sent)
        self._books.transfer_cents += lane.order_cost_cents + lane.unit_cost_cents * sent
        self.on_board[order.purchase_order_id] = sent
        return order.placed_s + lane.transit_s

    def _promised(self, order: PurchaseOrder) -> int:
        supplier_id = order.supplier_id
        number = self.number[supplier_id]
        self.number[supplier_id] += 1
        self.ordered_of[supplier_id] += 1
        self._books.order_cents += self._order_cents.get(supplier_id, 0)
        if (
            self.second_first_s is None
            and order.item_id in self._cast.item_ids
            and supplier_id != self._cast.supplier_id
        ):
            self.second_first_s = order.placed_s
        day = (order.placed_s - self._company.day_start_s) // DAY_S
        agreed = agreed_with(self._company, supplier_id, order.item_id)
        lead_s = true_lead_s(self._cast, self._chance, supplier_id, number, day, agreed)
        if lead_s is None:
            return NEVER_S
        days = max(1, (lead_s + DAY_S // 2) // DAY_S)
        return self._company.day_start_s + (day + days) * DAY_S + MORNING_S

    def due(self, state: State, now_s: int) -> Iterator[PurchaseOrder]:
        """What has arrived and has not been delivered, the oldest first."""
        coming = [one for one, at_s in self.arrival_s.items() if at_s <= now_s and one not in self.delivered]
        for order_id in sorted(coming, key=lambda one: (self.arrival_s[one], one)):
            yield state.purchases[order_id]

    def quantity(self, order: PurchaseOrder) -> int:
        """Units that come of it."""
        return self.on_board.get(order.purchase_order_id, order.quantity)

    def deliver(self, order: PurchaseOrder) -> None:
        """The goods are on the shelf, and are paid."""
        self.delivered[order.purchase_order_id] = None
        self._books.put((order.site_id, order.item_id), self.quantity(order))
        if order.from_site_id is None:
            usual_cents = self._usual[order.item_id].unit_cost_cents
            paid_cents = self._price(order)
            self._books.price_cents += (paid_cents - usual_cents) * order.quantity

    def _price(self, order: PurchaseOrder) -> int:
        """What a unit costs by the company's files, the discount for the quantity included."""
        for source in self._company.sources:
            if (source.item_id, source.supplier_id) == (order.item_id, order.supplier_id):
                reached = [tier.unit_cost_cents for tier in source.tiers if order.quantity >= tier.from_quantity]
                return reached[-1] if reached else source.unit_cost_cents
        return self._usual[order.item_id].unit_cost_cents

    def never_comes(self, order_id: str) -> bool:
        """Whether the supplier would have to admit that an order is lost."""
        return self.arrival_s.get(order_id) == NEVER_S

    @property
    def lost(self) -> int:
        """Orders that never come."""
        return sum(at_s == NEVER_S for at_s in self.arrival_s.values())
