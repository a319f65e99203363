"""Who sells an item: the company's list, and the item's own supplier where the list does not name it.

Promises: pure; the item's own supplier comes first, then the file's order. Called by `memory`, which keeps the answer.
"""

from __future__ import annotations

from orchestrator.domain.company import Item
from orchestrator.domain.entities import PurchaseOrder
from orchestrator.domain.sourcing import Source, TransferLane
from orchestrator.domain.state import State
from solvers.replenishment.rebalance import Lane

Offers = dict[str, tuple[Source, ...]]
"""Item -> its sources, the preferred one first."""


def offers_of(state: State) -> Offers:
    """All sources with a known supplier, by item."""
    listed: dict[str, list[Source]] = {}
    for source in state.company.sources if state.company is not None else ():
        if source.supplier_id in state.suppliers:
            listed.setdefault(source.item_id, []).append(source)
    found: Offers = {}
    for item in state.items.values():
        sources = listed.get(item.item_id, [])
        own = [source for source in sources if source.supplier_id == item.supplier_id]
        rest = [source for source in sources if source.supplier_id != item.supplier_id]
        if not own and item.supplier_id in state.suppliers:
            own = [_own(item)]
        if own or rest:
            found[item.item_id] = (*own, *rest)
    return found


def _own(item: Item) -> Source:
    return Source(
        item_id=item.item_id,
        supplier_id=str(item.supplier_id),
        unit_cost_cents=item.unit_cost_cents,
        min_order_quantity=item.min_order_quantity,
        order_multiple=item.order_multiple,
    )


def agreed_s(state: State, source: Source) -> tuple[int, int]:
    """(lead time, its spread) as agreed: the source's own, else the supplier's usual ones."""
    supplier = state.suppliers[source.supplier_id]
    lead_s = source.lead_time_s if source.lead_time_s is not None else supplier.lead_time_s
    sd_s = source.lead_time_sd_s if source.lead_time_sd_s is not None else supplier.lead_time_sd_s
    return lead_s, sd_s


def agreed_of(state: State, offers: Offers, order: PurchaseOrder) -> tuple[int, int]:
    """(lead time, its spread) that was agreed for a purchase order."""
    for source in offers.get(order.item_id, ()):
        if source.supplier_id == order.supplier_id:
            return agreed_s(state, source)
    supplier = state.suppliers.get(order.supplier_id)
    return (supplier.lead_time_s, supplier.lead_time_sd_s) if supplier is not None else (0, 0)


def feeders_of(state: State) -> dict[str, tuple[TransferLane, ...]]:
    """By site: the lanes that feed it, as from a central store to a branch, with no way back.

    Between sites that send each other goods, transfers level out what is there (`rebalance`); nobody orders by them.
    """
    lanes = state.company.transfer_lanes if state.company is not None else ()
    ways: dict[str, set[str]] = {}
    for lane in lanes:
        ways.setdefault(lane.from_site_id, set()).add(lane.to_site_id)
    found: dict[str, list[TransferLane]] = {}
    for lane in lanes:
        if not _leads(ways, lane.to_site_id, lane.from_site_id):
            found.setdefault(lane.to_site_id, []).append(lane)
    return {site_id: tuple(into) for site_id, into in found.items()}


def mutual_lanes(state: State, feeders: dict[str, tuple[TransferLane, ...]]) -> tuple[Lane, ...]:
    """The other lanes: between sites that help each other out."""
    lanes = state.company.transfer_lanes if state.company is not None else ()
    return tuple(
        Lane(lane.from_site_id, lane.to_site_id, lane.unit_cost_cents, lane.order_cost_cents, lane.transit_s)
        for lane in lanes
        if lane not in feeders.get(lane.to_site_id, ())
    )


def _leads(ways: dict[str, set[str]], from_site_id: str, to_site_id: str) -> bool:
    seen, left = set[str](), [from_site_id]
    while left:
        here = left.pop()
        if here == to_site_id:
            return True
        if here not in seen:
            seen.add(here)
            left.extend(ways.get(here, ()))
    return False
