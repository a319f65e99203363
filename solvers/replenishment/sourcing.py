"""Which source, and whether two at once: by what a unit costs in the end, the price of learned lateness included.

Landed cost of a unit = price at the quantity ordered at a time, transport and the order spread over it, plus holding
and shortage in the long run under the policy this source needs. A source that is often late or loses orders needs
more safety stock and still runs short more often, so its lateness is in the same figure; it is told apart as the
difference to the same source with its promise kept. What to order *now* may differ: the stock may not wait for the
cheap source, or two sources at once may be worth their second order (`split`).
Promises: deterministic; ties go to the source named first.
May not: know limits.
Called by: `draft`, `explain`, `scorecard`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from solvers.replenishment.arrival import lead_of
from solvers.replenishment.cover import Cover, Demand
from solvers.replenishment.item import ItemSite, Source
from solvers.replenishment.levels import Levels, levels
from solvers.replenishment.plan import Orders, Policy
from solvers.replenishment.pricing import YEAR_DAYS, allowed, economic_lot, holding_cents_year, order_cents, smallest
from solvers.replenishment.shared import DAY_S
from solvers.replenishment.worth import shortage_cents_day, worth

POINTS = 8
SPLITS = (1_000, 750, 500, 250)
"""Parts per thousand that the main source keeps; all of it where its capacity leaves a rest."""
LEAST_GAIN_PERMILLE = 5
"""Of the goods' price: less than this is not worth a second order, nor another source than the usual."""
MAX_OTHERS = 3


@dataclass(frozen=True)
class Ranked:
    """A source, and cents a unit in the end: worked out, or at least so many where its price alone loses."""

    source: Source
    cover: Cover
    landed: float

    @cached_property
    def levels(self) -> Levels:
        """The policy it needs."""
        return levels(self.cover)


@dataclass(frozen=True, slots=True)
class Offer:
    """A source as a buyer reads it. `lateness_milli_cents`: the part of the landed cost that broken promises make."""

    source_id: str
    unit_milli_cents: int
    landed_milli_cents: int
    lateness_milli_cents: int
    p50_s: int
    p90_s: int
    late_permille: int
    lost_permille: int
    safety_stock: int
    text: str


def ranked(item_site: ItemSite, demand: Demand) -> tuple[Ranked, ...]:
    """The sources, cheapest in the end first; one source is not priced."""
    found = [Ranked(source, Cover(demand, source), 0.0) for source in item_site.sources]
    if len(found) < 2:
        return tuple(found)
    best = math.inf
    for number, one in sorted(enumerate(found), key=lambda entry: _price(entry[1].cover)):
        least = _price(one.cover)
        landed = least if least > best else landed_cents(one.cover, one.levels)
        best = min(best, landed)
        found[number] = replace(one, landed=landed)
    return tuple(sorted(found, key=lambda one: round(one.landed, 6)))


def _price(cover: Cover) -> float:
    """Cents a unit at the quantity ordered at a time: no landed cost is below it."""
    item_site, source = cover.demand.item_site, cover.source
    lot = item_site.fixed_levels[1] - item_site.fixed_levels[0] if item_site.fixed_levels else None
    quantity = max(lot or economic_lot(item_site, source, cover.demand.mean), smallest(source))
    return order_cents(item_site, source, quantity) / quantity


def landed_cents(cover: Cover, found: Levels) -> float:
    """Cents a unit costs in the end from this source."""
    item_site, source = cover.demand.item_site, cover.source
    quantity = max(found.quantity, smallest(source))
    # What never comes is not paid, but the order for it was.
    again = source.fixed_cents * (1.0 / max(1e-3, 1.0 - cover.lead_time.lost) - 1.0)
    price = (order_cents(item_site, source, quantity) + again) / quantity
    mean = cover.demand.mean
    if not mean:
        return price
    holding = holding_cents_year(item_site, source) / YEAR_DAYS
    stock, short = 0.0, 0.0
    expected = cover.protection.mean
    for part in range(POINTS):
        level = found.reorder_point + round((part + 0.5) / POINTS * quantity)
        missing = cover.protection.loss(level)
        short += missing / POINTS
        stock += (level - expected + missing) / POINTS
    return price + (holding * stock + shortage_cents_day(item_site, holding) * short) / mean


def split(policy: Policy, sources: Sequence[Ranked], item_site: ItemSite, now_s: int, quantity: int) -> Orders:
    """What to order now from which: all from the usual source unless another or two at once save real money."""
    main = sources[0].source
    usual = ((main.source_id, allowed(main, quantity)),)
    if len(sources) < 2 or not quantity:
        return usual
    options: list[Orders] = [usual]
    for other in sources[1 : MAX_OTHERS + 1]:
        alone = allowed(other.source, quantity)
        if alone >= min(quantity, usual[0][1]):
            options.append(((other.source.source_id, alone),))
        options += _shared(main, other.source, quantity)
    if len(options) < 2:
        return usual
    priced = worth(item_site, policy, now_s)
    cents = [priced.of([usual, option]) for option in options[1:]]
    goods = order_cents(item_site, main, usual[0][1])
    best = min(range(len(cents)), key=lambda number: cents[number][1] - cents[number][0])
    gain = cents[best][0] - cents[best][1]
    return options[best + 1] if gain * 1_000 > LEAST_GAIN_PERMILLE * goods else usual


def _shared(main: Source, other: Source, quantity: int) -> list[Orders]:
    found: list[Orders] = []
    for permille in SPLITS:
        first = allowed(main, quantity * permille // 1_000)
        second = allowed(other, max(1, quantity - first))
        first = max(first, allowed(main, max(1, quantity - second)))
        if first < quantity:
            found.append(((main.source_id, first), (other.source_id, second)))
    return found


def offers(item_site: ItemSite) -> tuple[Offer, ...]:
    """All sources of an item-site, best in the end first, each with its price of lateness."""
    demand = Demand(item_site)
    found = []
    for source in item_site.sources:
        cover = Cover(demand, source)
        told = levels(cover)
        found.append((landed_cents(cover, told), source, cover, told))
    found.sort(key=lambda entry: round(entry[0], 6))
    return tuple(_offer(item_site, *entry) for entry in found)


def _offer(item_site: ItemSite, landed: float, source: Source, cover: Cover, found: Levels) -> Offer:
    promise = Cover(cover.demand, replace(source, lead_time=None, promised_sd_s=0))
    lateness = max(0.0, landed - landed_cents(promise, levels(promise))) if source.lead_time is not None else 0.0
    quantity = max(found.quantity, smallest(source))
    unit = order_cents(item_site, source, quantity) / quantity
    late, lost = late_and_lost(source)
    safety = max(0, found.reorder_point - int(cover.protection.mean))
    text = f"{source.source_id}: {_money(landed)} a unit in the end, of it {_money(unit)} price, transport and order"
    if lateness >= 0.005:
        text += f", {_money(lateness)} for coming late ({late / 10:g} %) or never ({lost / 10:g} %)"
    return Offer(
        source_id=source.source_id,
        unit_milli_cents=round(1_000 * unit),
        landed_milli_cents=round(1_000 * landed),
        lateness_milli_cents=round(1_000 * lateness),
        p50_s=cover.p50_s,
        p90_s=cover.p90_s,
        late_permille=late,
        lost_permille=lost,
        safety_stock=safety,
        text=text,
    )


def late_and_lost(source: Source) -> tuple[int, int]:
    """Per thousand orders: those later than promised (lost ones not included), and those that never come."""
    lead = lead_of(source)
    promised = source.lead_time.agreed_days if source.lead_time is not None else -(-source.promised_s // DAY_S)
    in_time = float(lead.pmf[: promised + 1].sum())
    return round(1_000 * (1 - lead.lost) * (1 - in_time)), round(1_000 * lead.lost)


def _money(cents: float) -> str:
    return f"{cents / 100:.2f}"
