"""Orders that want the same scarce stock at once: which site should serve whom, as one min-cost flow an item.

One after the other, the first order takes the nearest stock although a neighbour would need it more. Here the stock of
all sites is shared out among all that ask, so that the more urgent are served first and all ways together are short.
Promises: a wish, not a promise: the order that cannot have what its site was chosen for looks on, as any other.
Called by `allocate`, before it goes through the orders.
"""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.domain.company import Site
from orchestrator.domain.entities import Order
from orchestrator.planning.memory import place_of
from orchestrator.planning.working import Working
from solvers.replenishment.rebalance import Supply, Wanted, allocate

ORDERS_MAX = 100
"""More orders that ask for one item at once are taken one after the other: a flow of them takes too long."""
UNSERVED = 100_000_000
"""A lost unit of the least urgent order against metres of way; rises with priority."""


def preferred_sites(work: Working, order_ids: Iterable[str], sites: Iterable[Site]) -> dict[str, str]:
    """The site that should serve an order, for orders that ask for stock that is not enough where it is nearest."""
    asking: dict[str, dict[str, int]] = {}
    for order_id in order_ids:
        for line in work.state.orders[order_id].lines:
            wants = asking.setdefault(line.item_id, {})
            wants[order_id] = wants.get(order_id, 0) + line.quantity
    places = tuple(sites)
    votes: dict[str, dict[str, int]] = {}
    for item_id, wants in asking.items():
        if 2 <= len(wants) <= ORDERS_MAX and len(places) > 1 and _is_contested(work, item_id, wants, places):
            for order_id, site_id, units in _shared_out(work, item_id, wants, places):
                held = votes.setdefault(order_id, {})
                held[site_id] = held.get(site_id, 0) + units
    return {order_id: max(sorted(held), key=lambda site_id: held[site_id]) for order_id, held in votes.items()}


def _is_contested(work: Working, item_id: str, wants: dict[str, int], sites: tuple[Site, ...]) -> bool:
    """Whether a site would be asked for more than it has if everybody went to the nearest."""
    asked: dict[str, int] = {}
    for order_id, units in wants.items():
        nearest = min(sites, key=lambda site: (_way_m(work, site, work.state.orders[order_id]), site.site_id))
        asked[nearest.site_id] = asked.get(nearest.site_id, 0) + units
    return any(units > work.free_stock((site_id, item_id)) for site_id, units in asked.items())


def _shared_out(
    work: Working, item_id: str, wants: dict[str, int], sites: tuple[Site, ...]
) -> list[tuple[str, str, int]]:
    stocks = [Supply(site.site_id, max(0, work.free_stock((site.site_id, item_id)))) for site in sites]
    lines, cents = [], {}
    for order_id, units in wants.items():
        order = work.state.orders[order_id]
        lines.append(Wanted(order_id, units, UNSERVED * (1 + order.priority) // units))
        for site in sites:
            cents[(site.site_id, order_id)] = _way_m(work, site, order) // units
    flow = allocate(stocks, lines, cents)
    return [(one.order_id, one.supply_id, one.quantity) for one in flow if one.supply_id]


def _way_m(work: Working, site: Site, order: Order) -> int:
    return work.roads.distance_m(site.place, place_of(work.state, order.order_id))
