"""Suppliers: goods of open purchase orders arrive around the time that was last named for them.

Promises each purchase order is delivered once, whole, a few minutes before or after its time, by seed.
"""

from __future__ import annotations

from orchestrator.domain.entities import PurchaseOrder, SupplyStatus
from orchestrator.twin.world import Process, Refused, World
from protos.muster.operator.v1 import event_service_pb2 as pb


class Suppliers:
    """All suppliers of the company."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._sent: set[str] = set()

    def run(self) -> Process:
        """Wait for the next arrival, deliver, report."""
        world = self.world
        while True:
            due = sorted((self._arrival_s(order), order.purchase_order_id) for order in self._open())
            if not due:
                yield world.pause()
            elif due[0][0] > world.env.now:
                yield world.pause(due[0][0])
            else:
                yield from self._deliver(due[0][1])

    def _open(self) -> list[PurchaseOrder]:
        orders = self.world.state.purchases.values()
        return [
            order for order in orders if order.status is SupplyStatus.OPEN and order.purchase_order_id not in self._sent
        ]

    def _arrival_s(self, order: PurchaseOrder) -> float:
        return order.expected_s + self.world.chance.arrival_s(order.purchase_order_id)

    def _deliver(self, purchase_order_id: str) -> Process:
        order = self.world.state.purchases[purchase_order_id]
        self._sent.add(purchase_order_id)
        received = pb.PurchaseReceived(
            purchase_order_id=purchase_order_id, quantity=order.quantity, at_s=self.world.now_s
        )
        actor = f"supplier/{order.supplier_id}"
        reply = yield self.world.server.report(actor, pb.ReportEventRequest(purchase_received=received))
        if isinstance(reply, Refused):
            self.world.journal.note_refusal("purchase_received", reply)
