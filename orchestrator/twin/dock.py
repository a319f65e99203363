"""Loading a trip at the depot: when to begin, when to leave, and what may go on board.

Promises: loading begins when the plan says so and takes the site's time; only released goods that are in stock are
loaded. Called by `driver`.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.domain.company import Site
from orchestrator.domain.entities import Order, OrderStatus
from orchestrator.domain.plan import Trip
from orchestrator.domain.state import State


@dataclass(frozen=True, slots=True)
class Loading:
    """A trip being loaded: whose goods, and when it may leave."""

    order_ids: frozenset[str]
    ready_s: float


def begin_loading(trip: Trip, loading: Loading | None, site: Site, now: float, grace_s: float = 0) -> Loading | None:
    """The loading of `trip` as of now; None if it is not due yet. grace_s: news of the plan may be this old.

    Loading that has begun goes on while it is the same trip, also when a new plan states later times for it; one that
    was put off for longer than it takes to load is begun anew.
    """
    order_ids = frozenset(stop.order_id for stop in trip.stops)
    due = trip.load_start_s <= now
    if loading is not None and order_ids & loading.order_ids and trip.load_start_s <= now + site.loading_s:
        if order_ids <= loading.order_ids:
            return loading
        later_s = min(float(trip.depart_s), now + site.loading_s)
        return Loading(order_ids, max(loading.ready_s, later_s))
    begun_s = max(float(trip.load_start_s), now - grace_s)
    return Loading(order_ids, max(float(trip.depart_s), begun_s + site.loading_s)) if due else None


def loadable(state: State, trip: Trip, site_id: str, now: float) -> tuple[list[str], list[str]]:
    """(orders that can go on board now in driving order, orders whose goods are not there or not released)."""
    taken: dict[str, int] = {}
    on_board: list[str] = []
    left: list[str] = []
    for stop in trip.stops:
        order = state.orders.get(stop.order_id)
        if order is None or order.status is not OrderStatus.OPEN:
            continue
        allocation = state.plan.allocations.get(order.order_id)
        released = allocation is None or allocation.release_s <= now
        if released and _in_stock(state, order, site_id, taken):
            on_board.append(order.order_id)
            for line in order.lines:
                taken[line.item_id] = taken.get(line.item_id, 0) + line.quantity
        else:
            left.append(order.order_id)
    return on_board, left


def _in_stock(state: State, order: Order, site_id: str, taken: dict[str, int]) -> bool:
    wanted: dict[str, int] = {}
    for line in order.lines:
        wanted[line.item_id] = wanted.get(line.item_id, 0) + line.quantity
    return all(
        state.on_hand.get((site_id, item_id), 0) - taken.get(item_id, 0) >= pieces for item_id, pieces in wanted.items()
    )
