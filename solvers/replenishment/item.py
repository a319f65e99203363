"""One item at one site: its stock, its demand, and the sources it can come from.

Promises: immutable, whole units, seconds and cents; each object checks itself and names field, value and rule.
May not: know other item-sites; forecast or decide.
Called by: `problem` and everything that plans or judges one item-site.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from solvers.errors import require
from solvers.replenishment.forecast import DemandSeries, Forecast
from solvers.replenishment.lead_time import LeadTime
from solvers.replenishment.shared import DAY_S

MAX_HISTORY_DAYS = 1_100
MAX_MOVEMENTS = 500
"""Receipts and requirements of one item-site."""
MAX_SOURCES = 20
MAX_TIERS = 20
MAX_UNITS = 10**9
MAX_LEAD_TIME_S = 400 * DAY_S
MAX_TIME_S = 2**40

Key = tuple[str, str]
"""(item_id, site_id)."""

Kind = Literal["purchase", "production", "transfer"]
ServiceKind = Literal["cycle", "fill_rate", "cost"]
TierRule = Literal["all_units", "incremental"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """On order: `quantity` units are expected at `expected_s`. `replenishment_id` names the order.

    With `source_id` and `ordered_s` the learned lead time of that source says when it is no longer counted on.
    """

    expected_s: int
    quantity: int
    replenishment_id: str = ""
    source_id: str = ""
    ordered_s: int | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """Units that are certainly needed at `needed_s` and are neither allocated nor backordered yet.

    For example the materials of a released production order. `reason` is for people; `order_ids`: customer orders
    that depend on it.
    """

    needed_s: int
    quantity: int
    reason: str = ""
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Component:
    """`quantity` units of `item_id`, taken from `site_id`, for each unit made."""

    item_id: str
    site_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PriceTier:
    """From `from_quantity` units in one order on, a unit costs `unit_cents`."""

    from_quantity: int
    unit_cents: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where an item-site can be replenished from: a supplier, a line, or another site.

    `promised_s` and `promised_sd_s`: order to stock as agreed; `lead_time`: as learned. `tiers`: prices by quantity,
    ascending from 1; none: the item's `unit_cost_cents`. "all_units": the tier reached is the price of
    every unit; "incremental": of the units beyond it. `order_cost_cents` and `transport_cents_order` an order,
    `transport_cents_unit` a unit. `capacity`: most units one order may have (0: any); a line's
    work is `setup_s` an order and `unit_s` a unit.
    """

    source_id: str
    promised_s: int
    kind: Kind = "purchase"
    promised_sd_s: int = 0
    lead_time: LeadTime | None = None
    tiers: tuple[PriceTier, ...] = ()
    tier_rule: TierRule = "all_units"
    order_cost_cents: int = 0
    transport_cents_order: int = 0
    transport_cents_unit: int = 0
    min_order_quantity: int = 1
    order_multiple: int = 1
    capacity: int = 0
    setup_s: int = 0
    unit_s: int = 0

    def __post_init__(self) -> None:
        where = f"sources[{self.source_id}]"
        require(bool(self.source_id), where, self.source_id, "a supplier, line or site id")
        require(self.kind in ("purchase", "production", "transfer"), f"{where}.kind", self.kind, "a known kind")
        require(self.tier_rule in ("all_units", "incremental"), f"{where}.tier_rule", self.tier_rule, "a known rule")
        for name, low, high in _SOURCE_RANGES:
            value = getattr(self, name)
            require(low <= value <= high, f"{where}.{name}", value, f"{low}..{high}")
        least = -(-self.min_order_quantity // self.order_multiple) * self.order_multiple
        require(not self.capacity or self.capacity >= least, f"{where}.capacity", self.capacity, f"at least {least}")
        require(len(self.tiers) <= MAX_TIERS, f"{where}.tiers", len(self.tiers), f"at most {MAX_TIERS}")
        starts = [tier.from_quantity for tier in self.tiers]
        require(not starts or starts[0] == 1, f"{where}.tiers", starts, "the first tier starts at 1")
        require(starts == sorted(set(starts)), f"{where}.tiers", starts, "each tier starts above the one before")
        for tier in self.tiers:
            require(0 <= tier.unit_cents <= 10**9, f"{where}.tiers.unit_cents", tier.unit_cents, "0..10^9")

    @property
    def fixed_cents(self) -> int:
        """What an order costs whatever its quantity."""
        return self.order_cost_cents + self.transport_cents_order


@dataclass(frozen=True, slots=True)
class ItemSite:
    """One item at one site.

    Stock, in units: `on_hand` (physical), `allocated` (the part of it promised to orders), `backorders`
    (demand that waits for stock), `on_order`, `requirements`. Inventory position =
    on_hand - allocated - backorders + on order (what is written off does not count) - requirements within the
    protection interval.
    `demand_history`: units a day, oldest first, at least one day; days without demand are zeros. `series` with
    `forecast` (learned, stock-outs and marks told apart) is used in its place where both are there. `promoted`: numbers
    of coming days on which demand is lifted by a promotion.
    `sources`: the preferred one first; none = never replenished here.
    Costs: `unit_cost_cents`, `holding_permille_year` of the unit cost a year,
    `shortage_cents_unit_day` for each unit short, each day. `service_level_permille`, 500..999, is kept as the
    probability of no stock-out in a replenishment cycle ("cycle") or the share of demand served at once
    ("fill_rate"); "cost" balances holding and shortage cost instead. `review_s`: time between two looks.
    `fixed_levels`: (reorder point, order-up-to level) that a person typed in; None = worked out.
    `weight_g`, `volume_cm3`: of a unit. `backorder_ids`: customer orders that wait for it.
    """

    item_id: str
    site_id: str
    on_hand: int
    demand_history: tuple[int, ...] = (0,)
    sources: tuple[Source, ...] = ()
    series: DemandSeries | None = None
    forecast: Forecast | None = None
    promoted: tuple[int, ...] = ()
    allocated: int = 0
    backorders: int = 0
    on_order: tuple[Receipt, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    components: tuple[Component, ...] = ()
    unit_cost_cents: int = 0
    holding_permille_year: int = 250
    shortage_cents_unit_day: int = 0
    service_kind: ServiceKind = "cycle"
    service_level_permille: int = 950
    review_s: int = DAY_S
    fixed_levels: tuple[int, int] | None = None
    weight_g: int = 0
    volume_cm3: int = 0
    backorder_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        validate_item_site(self)

    @property
    def key(self) -> Key:
        """What identifies it in the problem."""
        return (self.item_id, self.site_id)

    @property
    def transferred(self) -> bool:
        """Whether another site is among its sources."""
        return any(source.kind == "transfer" for source in self.sources)

    def source(self, source_id: str) -> Source | None:
        """The source with this id."""
        return next((source for source in self.sources if source.source_id == source_id), None)


def where_of(item_site: ItemSite) -> str:
    """How errors name it."""
    return f"item_sites[{item_site.item_id}@{item_site.site_id}]"


def validate_item_site(item_site: ItemSite) -> None:
    """Raise `InvalidProblem` at the first broken rule."""
    where = where_of(item_site)
    require(bool(item_site.item_id) and bool(item_site.site_id), where, item_site.key, "an item and a site id")
    for name, low, high in _RANGES:
        value = getattr(item_site, name)
        require(low <= value <= high, f"{where}.{name}", value, f"{low}..{high}")
    kind = item_site.service_kind
    require(kind in ("cycle", "fill_rate", "cost"), f"{where}.service_kind", kind, "cycle, fill_rate or cost")
    require(
        kind != "cost" or item_site.shortage_cents_unit_day > 0,
        f"{where}.shortage_cents_unit_day", item_site.shortage_cents_unit_day, "above 0 where cost decides",
    )  # fmt: skip
    require(
        item_site.allocated <= item_site.on_hand,
        f"{where}.allocated", item_site.allocated, "at most on_hand; the rest is backorders",
    )  # fmt: skip
    if item_site.fixed_levels is not None:
        point, level = item_site.fixed_levels
        require(0 <= point < level <= MAX_UNITS, f"{where}.fixed_levels", item_site.fixed_levels, "0 <= point < level")
    _sources(item_site, where)
    _history(item_site, where)
    _movements(item_site, where)


def _sources(item_site: ItemSite, where: str) -> None:
    count = len(item_site.sources)
    require(count <= MAX_SOURCES, f"{where}.sources", count, f"at most {MAX_SOURCES}")
    ids = {source.source_id for source in item_site.sources}
    require(len(ids) == count, f"{where}.sources", count, "each source once")
    made = any(source.kind == "production" for source in item_site.sources) or not item_site.sources
    require(
        made or not item_site.components,
        f"{where}.components", len(item_site.components), "none for a bought item",
    )  # fmt: skip
    for source in item_site.sources:
        away = source.kind != "transfer" or source.source_id != item_site.site_id
        require(away, f"{where}.sources", source.source_id, "a transfer comes from another site")
    for component in item_site.components:
        require(1 <= component.quantity <= 10**6, f"{where}.components", component, "1..10^6 units each")


def _history(item_site: ItemSite, where: str) -> None:
    history, days = item_site.demand_history, len(item_site.demand_history)
    require(1 <= days <= MAX_HISTORY_DAYS, f"{where}.demand_history", days, f"1..{MAX_HISTORY_DAYS} days")
    low, high = min(history), max(history)
    require(low >= 0, f"{where}.demand_history", low, f"0..{MAX_UNITS}")
    require(high <= MAX_UNITS, f"{where}.demand_history", high, f"0..{MAX_UNITS}")


def _movements(item_site: ItemSite, where: str) -> None:
    movements = [(receipt.expected_s, receipt.quantity) for receipt in item_site.on_order]
    movements += [(need.needed_s, need.quantity) for need in item_site.requirements]
    require(len(movements) <= MAX_MOVEMENTS, f"{where}.on_order", len(movements), f"at most {MAX_MOVEMENTS} movements")
    for moment_s, quantity in movements:
        require(0 <= moment_s <= MAX_TIME_S, f"{where}.expected_s", moment_s, f"0..{MAX_TIME_S}")
        require(1 <= quantity <= MAX_UNITS, f"{where}.quantity", quantity, f"1..{MAX_UNITS}")


_SOURCE_RANGES = (
    ("promised_s", 0, MAX_LEAD_TIME_S),
    ("promised_sd_s", 0, MAX_LEAD_TIME_S),
    ("order_cost_cents", 0, 10**9),
    ("transport_cents_order", 0, 10**9),
    ("transport_cents_unit", 0, 10**9),
    ("min_order_quantity", 1, MAX_UNITS),
    ("order_multiple", 1, MAX_UNITS),
    ("capacity", 0, MAX_UNITS),
    ("setup_s", 0, MAX_LEAD_TIME_S),
    ("unit_s", 0, MAX_LEAD_TIME_S),
)
_RANGES = (
    ("on_hand", 0, MAX_UNITS),
    ("allocated", 0, MAX_UNITS),
    ("backorders", 0, MAX_UNITS),
    ("unit_cost_cents", 0, 10**9),
    ("holding_permille_year", 0, 100_000),
    ("shortage_cents_unit_day", 0, 10**9),
    ("service_level_permille", 500, 999),
    ("review_s", 0, MAX_LEAD_TIME_S),
    ("weight_g", 0, 10**9),
    ("volume_cm3", 0, 10**9),
)
