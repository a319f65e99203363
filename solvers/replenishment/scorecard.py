"""A supplier on one card, for a buyer: how punctual, how sure, how dear, and whether it changes.

Promises: whole numbers; figures of the learned lead times and of the landed costs, nothing else; worst supplier first.
May not: decide.
Called by: planning, dashboard, CLI.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from solvers.replenishment.item import ItemSite
from solvers.replenishment.lead_time import LeadTime, lateness
from solvers.replenishment.plan import ReplenishmentPlan
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.sourcing import Offer, offers

Trend = Literal["worse", "steady", "better"]
_TREND = {"worse": "getting worse", "steady": "steady", "better": "getting better"}


@dataclass(frozen=True, slots=True)
class Card:
    """One supplier. Shares per thousand orders: `on_time`, `late` (but coming), `lost`; days late over all that come.

    `price_index_permille`: its prices beside the cheapest source of the same item-sites, 1,000 = as cheap;
    `landed_index_permille`: the same in the end, lateness included. `lateness_cents_unit_milli`: what its lateness
    costs a unit on average, in thousandths of a cent. `chosen`: item-sites steered by it, of `offered`.
    """

    supplier_id: str
    orders: int
    on_time_permille: int
    late_permille: int
    lost_permille: int
    agreed_days: int
    mean_late_milli_days: int
    p50_days: int
    p90_days: int
    price_index_permille: int
    landed_index_permille: int
    lateness_cents_unit_milli: int
    offered: int
    chosen: int
    trend: Trend
    text: str


def cards(problem: ReplenishmentProblem, plan: ReplenishmentPlan | None = None) -> tuple[Card, ...]:
    """One card for each supplier of the problem that has a learned lead time, the least reliable first."""
    lanes: dict[str, list[LeadTime]] = {}
    compared: dict[str, list[tuple[Offer, tuple[Offer, ...]]]] = {}
    chosen: dict[str, int] = {}
    policies = plan.policy_of() if plan is not None else {}
    for item_site in problem.item_sites:
        told = _told(item_site)
        for source in item_site.sources:
            if source.kind == "purchase" and source.lead_time is not None:
                lanes.setdefault(source.source_id, []).append(source.lead_time)
                own = next(offer for offer in told if offer.source_id == source.source_id)
                compared.setdefault(source.source_id, []).append((own, told))
                steered = item_site.key in policies and policies[item_site.key].source_id == source.source_id
                chosen[source.source_id] = chosen.get(source.source_id, 0) + steered
    found = [_card(name, records, compared[name], chosen[name]) for name, records in lanes.items()]
    return tuple(sorted(found, key=lambda card: (card.on_time_permille, card.supplier_id)))


def _told(item_site: ItemSite) -> tuple[Offer, ...]:
    bought = [s for s in item_site.sources if s.kind == "purchase" and s.lead_time is not None]
    return offers(item_site) if bought else ()


def _card(
    name: str, records: Sequence[LeadTime], compared: Sequence[tuple[Offer, tuple[Offer, ...]]], chosen: int
) -> Card:
    lanes = list(dict.fromkeys(records))
    weights = [max(1, lane.orders) for lane in lanes]
    figures = [lateness(lane) for lane in lanes]
    lost = _mean([entry.lost_ppm for entry in figures], weights) // 1_000
    late = _mean([entry.late_ppm - entry.lost_ppm for entry in figures], weights) // 1_000
    trends = [entry.trend for entry in figures]
    trend: Trend = "worse" if "worse" in trends else "better" if "better" in trends else "steady"
    price = _index([(own.unit_milli_cents, min(o.unit_milli_cents for o in all_)) for own, all_ in compared])
    landed = _index([(own.landed_milli_cents, min(o.landed_milli_cents for o in all_)) for own, all_ in compared])
    card = Card(
        supplier_id=name,
        orders=sum(lane.orders for lane in lanes),
        on_time_permille=1_000 - late - lost,
        late_permille=late,
        lost_permille=lost,
        agreed_days=_mean([lane.agreed_days for lane in lanes], weights),
        mean_late_milli_days=_mean([_late_milli_days(lane) for lane in lanes], weights),
        p50_days=_mean([_p50_days(lane) for lane in lanes], weights),
        p90_days=max(entry.p90_days for entry in figures),
        price_index_permille=price,
        landed_index_permille=landed,
        lateness_cents_unit_milli=_mean([own.lateness_milli_cents for own, _ in compared], [1] * len(compared)),
        offered=len(compared),
        chosen=chosen,
        trend=trend,
        text="",
    )
    return _with_text(card)


def _with_text(card: Card) -> Card:
    values = {name: getattr(card, name) for name in card.__slots__}
    text = (
        f"{card.supplier_id}: {card.on_time_permille / 10:g} % on time of {card.orders} orders, "
        f"{card.late_permille / 10:g} % late, {card.lost_permille / 10:g} % never came; "
        f"agreed {card.agreed_days} days, half come within {card.p50_days}, nine of ten within {card.p90_days}; "
        f"{_TREND[card.trend]}"
    )
    if card.price_index_permille > 1_000 or card.landed_index_permille > 1_000:
        price, landed = (index / 10 - 100 for index in (card.price_index_permille, card.landed_index_permille))
        text += f"; price {price:.1f} % and in the end {landed:.1f} % above the cheapest"
    values["text"] = text + "."
    return Card(**values)


def _mean(values: Sequence[int], weights: Sequence[int]) -> int:
    return round(sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights))


def _index(pairs: Iterable[tuple[int, int]]) -> int:
    """Sum of ours over sum of the least, per thousand."""
    ours, least = (sum(column) for column in zip(*pairs, strict=True))
    return round(1_000 * ours / least) if least else 1_000


def _late_milli_days(lane: LeadTime) -> int:
    """Expected days after the agreed day, of those that come, early ones counting as on time."""
    days = lane.posterior_ppm[:-1]
    late = sum(ppm * max(0, day - lane.agreed_days) for day, ppm in enumerate(days))
    return round(1_000 * late / max(1, sum(days)))


def _p50_days(lane: LeadTime) -> int:
    days, seen = lane.posterior_ppm[:-1], 0
    for day, ppm in enumerate(days):
        seen += ppm
        if 2 * seen >= sum(days):
            return day
    return len(days) - 1
