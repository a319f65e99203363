"""What was learned about each supplier, to all sites together and to each, as a buyer reads it.

Promises: reads only; probabilities are those that planning orders by. Called by ingest, on the core's loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from orchestrator.domain.entities import PurchaseOrder
from orchestrator.domain.learned import ALL
from orchestrator.domain.state import State
from orchestrator.planning.memory import Memory
from orchestrator.planning.records import lead_time_of, whole_days
from solvers.replenishment.item import ItemSite as ProblemItem
from solvers.replenishment.lead_time import Lateness, LeadTime, lateness
from solvers.replenishment.sourcing import Offer, offers

ITEMS_COMPARED = 20
"""Items of a supplier that its prices are compared on."""
_TREND = {"worse": "getting worse", "steady": "steady", "better": "getting better"}


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A supplier to a site, or to all (`site_id` ""). Shares of a thousand orders; last of `lead_time_ppm`: never."""

    supplier_id: str
    name: str
    site_id: str
    orders: int
    open_orders: int
    on_time_per_mille: int
    late_per_mille: int
    lost_per_mille: int
    agreed_days: int
    mean_milli_days: int
    p90_days: int
    lateness_cost_per_mille: int
    price_per_mille: int
    trend: str
    text: str
    lead_time_ppm: tuple[int, ...]


Compared = Mapping[str, list[tuple[Offer, tuple[Offer, ...]]]]
"""Supplier -> its offers, each beside everybody's who sells the same."""


def scorecards(state: State, memory: Memory, compared: Compared, supplier_id: str = "") -> list[Scorecard]:
    """By supplier and site; a supplier that nothing was learned about has its agreed lead time and no orders."""
    on_the_way = _under_way(state, memory)
    found: list[Scorecard] = []
    for supplier in sorted(state.suppliers):
        if supplier_id in ("", supplier):
            lanes = sorted(site for name, site in state.lead_times if name == supplier and site != ALL)
            for site_id in (ALL, *lanes):
                found.append(_card(state, supplier, site_id, compared.get(supplier, []), on_the_way))
    return found


def compare(item_sites: Iterable[ProblemItem]) -> Compared:
    """What each supplier asks in the end, on some of its items. Pure; may run in a thread."""
    found: dict[str, list[tuple[Offer, tuple[Offer, ...]]]] = {}
    for item_site in item_sites:
        sellers = [source.source_id for source in item_site.sources if source.kind == "purchase"]
        if any(len(found.get(name, ())) < ITEMS_COMPARED for name in sellers):
            told = offers(item_site)
            for name in sellers:
                own = next(offer for offer in told if offer.source_id == name)
                found.setdefault(name, []).append((own, told))
    return found


def _under_way(state: State, memory: Memory) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for order in _open(state, memory):
        for site_id in (order.site_id, ALL):
            key = (order.supplier_id, site_id)
            found[key] = found.get(key, 0) + 1
    return found


def _open(state: State, memory: Memory) -> Iterator[PurchaseOrder]:
    for supply_ids in memory.inbound.values():
        for supply_id in supply_ids:
            order = state.purchases.get(supply_id)
            if order is not None and order.from_site_id is None:
                yield order


def _card(
    state: State,
    supplier_id: str,
    site_id: str,
    compared: list[tuple[Offer, tuple[Offer, ...]]],
    on_the_way: dict[tuple[str, str], int],
) -> Scorecard:
    supplier = state.suppliers[supplier_id]
    record = state.lead_times.get((supplier_id, site_id))
    learned = lead_time_of(record) if record is not None else None
    figures = lateness(learned) if learned is not None else None
    agreed_days = learned.agreed_days if learned is not None else whole_days(supplier.lead_time_s)
    late = (figures.late_ppm - figures.lost_ppm) // 1_000 if figures is not None else 0
    lost = figures.lost_ppm // 1_000 if figures is not None else 0
    price = _index([(own.unit_milli_cents, min(o.unit_milli_cents for o in told)) for own, told in compared])
    return Scorecard(
        supplier_id=supplier_id,
        name=supplier.name,
        site_id="" if site_id == ALL else site_id,
        orders=figures.orders if figures is not None else 0,
        open_orders=on_the_way.get((supplier_id, site_id), 0),
        on_time_per_mille=1_000 - late - lost,
        late_per_mille=late,
        lost_per_mille=lost,
        agreed_days=agreed_days,
        mean_milli_days=figures.mean_milli_days if figures is not None else agreed_days * 1_000,
        p90_days=figures.p90_days if figures is not None else agreed_days,
        lateness_cost_per_mille=_index([(own.lateness_milli_cents, own.unit_milli_cents) for own, _ in compared], 0),
        price_per_mille=price,
        trend=figures.trend if figures is not None else "steady",
        text=_text(supplier_id, learned, figures, agreed_days, price),
        lead_time_ppm=learned.posterior_ppm if learned is not None else (),
    )


def _index(pairs: list[tuple[int, int]], empty: int = 1_000) -> int:
    """Sum of the first over sum of the second, per thousand."""
    second = sum(pair[1] for pair in pairs)
    return round(1_000 * sum(pair[0] for pair in pairs) / second) if second else empty


def _text(supplier_id: str, learned: LeadTime | None, figures: Lateness | None, agreed_days: int, price: int) -> str:
    if learned is None or figures is None:
        return f"{supplier_id}: agreed {agreed_days} days, nothing received yet."
    text = (
        f"{supplier_id}: {figures.reliability_ppm / 10_000:.0f} % on time of {figures.orders} orders, "
        f"{figures.lost_ppm / 10_000:.0f} % never come; agreed {agreed_days} days, on average "
        f"{figures.mean_milli_days / 1_000:.1f}, nine of ten within {figures.p90_days}; {_TREND[figures.trend]}"
    )
    if price > 1_000:
        text += f"; {price / 10 - 100:.1f} % dearer than the cheapest"
    return text + "."
