"""What the contract net's events make dirty: orders that a carrier takes or gives back. Rules for `trigger`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain import negotiations_events as n
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty


def _handed_over(state: State, event: n.OrderHandedOver, dirty: Dirty) -> str:
    """Its goods may have been promised to others; the vehicle that lost it is looked at as well."""
    carried = event.carried
    for line in state.orders[carried.order_id].lines:
        dirty.item_sites[(carried.site_id, line.item_id)] = None
    dirty.must_publish = True
    return f"order {carried.order_id} is with carrier {carried.carrier}"


def _taken_back(state: State, event: n.OrderTakenBack, dirty: Dirty) -> str:
    dirty.orders[event.order_id] = None
    dirty.must_publish = True
    return f"order {event.order_id} is back from carrier {event.carrier}"


NEGOTIATION_RULES: dict[type[e.Event], Callable[[State, Any, Dirty], str | None]] = {
    n.OrderHandedOver: _handed_over,
    n.OrderTakenBack: _taken_back,
}
