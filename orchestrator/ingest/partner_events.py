"""What the log's events mean for one partner's orders. Pure but for the memory of one stream.

Promises that nothing of another partner's comes out, and that a promise is told only when it moved by a minute or
its reason changed. Works on events alone, so that the same comes out of the backlog and live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain.plan import PlannedStop, Verdict
from orchestrator.ingest.convert_order import promise_out
from protos.muster.partner.v1 import partner_service_pb2 as pb

MOVED_S = 60


class PartnerView:
    """One stream's view of one partner's orders. Remembers the promise last told of each order that is not done."""

    def __init__(self, partner_id: str) -> None:
        self._prefix = f"{partner_id}/"
        self._told: dict[str, tuple[int, str]] = {}

    def events_of(self, event: Any, at_s: int) -> list[pb.OrderEvent]:
        """What one entry of the log means for the partner's orders; empty: nothing."""
        handler = HANDLERS.get(type(event))
        return list(handler(self, event, at_s)) if handler else []

    def _number(self, order_id: str) -> str | None:
        return order_id.removeprefix(self._prefix) if order_id.startswith(self._prefix) else None

    def _plain(
        self, order_id: str, kind: pb.OrderEventKind.ValueType, at_s: int, **more: Any
    ) -> Iterator[pb.OrderEvent]:
        number = self._number(order_id)
        if number is not None:
            yield pb.OrderEvent(number=number, kind=kind, at_s=at_s, **more)

    def _received(self, event: e.OrderReceived, at_s: int) -> Iterator[pb.OrderEvent]:
        held = event.order.held_until_s is not None
        kind = pb.ORDER_EVENT_KIND_RESERVED if held else pb.ORDER_EVENT_KIND_RECEIVED
        return self._plain(event.order.order_id, kind, at_s)

    def _confirmed(self, event: e.OrderConfirmed, at_s: int) -> Iterator[pb.OrderEvent]:
        return self._plain(event.order_id, pb.ORDER_EVENT_KIND_RECEIVED, event.at_s)

    def _cancelled(self, event: e.OrderCancelled, at_s: int) -> Iterator[pb.OrderEvent]:
        self._told.pop(event.order_id, None)
        return self._plain(event.order_id, pb.ORDER_EVENT_KIND_CANCELLED, at_s, reason=event.reason)

    def _loaded(self, event: e.VehicleLoaded, at_s: int) -> Iterator[pb.OrderEvent]:
        for order_id in event.order_ids:
            yield from self._plain(order_id, pb.ORDER_EVENT_KIND_LOADED, event.at_s)

    def _arrived(self, event: e.VehicleArrived, at_s: int) -> Iterator[pb.OrderEvent]:
        return self._plain(event.order_id, pb.ORDER_EVENT_KIND_ARRIVED, event.at_s)

    def _delivered(self, event: e.OrderDelivered, at_s: int) -> Iterator[pb.OrderEvent]:
        self._told.pop(event.order_id, None)
        return self._plain(event.order_id, pb.ORDER_EVENT_KIND_DELIVERED, event.at_s, late_s=event.late_s)

    def _failed(self, event: e.DeliveryFailed, at_s: int) -> Iterator[pb.OrderEvent]:
        return self._plain(event.order_id, pb.ORDER_EVENT_KIND_FAILED, event.at_s, reason=event.reason)

    def _returned(self, event: e.VehicleReturned, at_s: int) -> Iterator[pb.OrderEvent]:
        for order_id in event.returned:
            yield from self._plain(order_id, pb.ORDER_EVENT_KIND_RETURNED, event.at_s)

    def _revised(self, event: e.PlanRevised, at_s: int) -> Iterator[pb.OrderEvent]:
        delta = event.delta
        revision = event.head.revision
        for route in delta.routes.values():
            for trip in route.trips if route else ():
                for stop in trip.stops:
                    yield from self._promise(stop.order_id, revision, stop, delta.late.get(stop.order_id), at_s)
        for order_id, verdict in delta.unplanned.items():
            if verdict is not None:
                yield from self._promise(order_id, revision, None, verdict, at_s)

    def _promise(
        self, order_id: str, revision: int, stop: PlannedStop | None, verdict: Verdict | None, at_s: int
    ) -> Iterator[pb.OrderEvent]:
        if self._number(order_id) is None or not self._moved(order_id, stop, verdict):
            return
        promise = promise_out(revision, stop, verdict, inside=False)
        yield from self._plain(order_id, pb.ORDER_EVENT_KIND_PROMISE_CHANGED, at_s, promise=promise)

    def _moved(self, order_id: str, stop: PlannedStop | None, verdict: Verdict | None) -> bool:
        arrive_s = stop.arrive_s if stop else -1
        code = verdict.code if verdict else ""
        known = self._told.get(order_id)
        if known is not None and known[1] == code and abs(known[0] - arrive_s) < MOVED_S:
            return False
        self._told[order_id] = (arrive_s, code)
        return True


Handler = Callable[[PartnerView, Any, int], Iterator[pb.OrderEvent]]
HANDLERS: Mapping[type[e.Event], Handler] = {
    e.OrderReceived: PartnerView._received,
    e.OrderConfirmed: PartnerView._confirmed,
    e.OrderCancelled: PartnerView._cancelled,
    e.VehicleLoaded: PartnerView._loaded,
    e.VehicleArrived: PartnerView._arrived,
    e.OrderDelivered: PartnerView._delivered,
    e.DeliveryFailed: PartnerView._failed,
    e.VehicleReturned: PartnerView._returned,
    e.PlanRevised: PartnerView._revised,
}
