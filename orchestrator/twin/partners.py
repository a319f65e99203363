"""Partners: they send orders when they know them, and take a few back.

Promises each order is sent at the second it becomes known; cancellations are drawn by seed from orders for later in
the day. An order that is refused, or on a vehicle already, is counted and left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.company.reader import KnownOrder
from orchestrator.domain.entities import VehicleStatus
from orchestrator.twin.world import Process, Refused, World

CANCEL_BEFORE_S = 2 * 3_600


@dataclass(slots=True)
class Partners:
    """All partners of the company. `sent` and `cancelled`: order ids that the server has acknowledged.

    reserve: while fewer vehicles than this are idle, orders become known at once; 0: never before their time.
    """

    world: World
    orders: Sequence[KnownOrder]
    cancellations: int = 0
    reserve: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)

    def send_late_orders(self) -> Process:
        """Send each order when it becomes known."""
        for order in sorted(self.orders, key=lambda order: (order.known_at_s, order.partner_id, order.draft.number)):
            while self.world.env.now < order.known_at_s and not self._scarce():
                yield self.world.pause(order.known_at_s)
            self.world.env.process(self.send(order))

    def _scarce(self) -> bool:
        """Whether so few vehicles are left at their depots that an order which waits might find none."""
        idle = sum(live.status is VehicleStatus.IDLE for live in self.world.state.fleet.values())
        return idle < self.reserve

    def send(self, order: KnownOrder) -> Process:
        """Send one order; the value is the server's reply."""
        order_id = f"{order.partner_id}/{order.draft.number}"
        reply = yield self.world.server.submit(order.partner_id, order.draft)
        if isinstance(reply, Refused):
            self.refused[order_id] = reply.message
            self.world.journal.note_refusal("submit", reply)
        else:
            self.sent[order_id] = reply.last_seq
        return reply

    def cancel_some(self) -> Process:
        """Take back a few orders of the morning, two hours before their windows open."""
        chosen = self._choose()
        for order_id in sorted(chosen, key=lambda one: (self._window_start_s(one), one)):
            yield self.world.sleep_until(self._window_start_s(order_id) - CANCEL_BEFORE_S)
            partner_id, _, number = order_id.partition("/")
            reply = yield self.world.server.cancel(partner_id, number, "not needed any more")
            if isinstance(reply, Refused):
                self.world.journal.note_refusal("cancel", reply)
            else:
                self.cancelled.append(order_id)

    def _window_start_s(self, order_id: str) -> int:
        return self.world.state.orders[order_id].window_start_s

    def _choose(self) -> list[str]:
        soon_s = self.world.env.now + 2 * CANCEL_BEFORE_S
        candidates = sorted(
            order_id for order_id in self.world.state.open_orders if self._window_start_s(order_id) > soon_s
        )
        draws = self.world.chance.draws("cancel")
        return draws.sample(candidates, min(self.cancellations, len(candidates)))
