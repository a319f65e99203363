"""The replenishment problem: every item at every site, its demand, its lead time and its order rules.

Promises: immutable, whole units, seconds and cents; validated as a whole; the bill of materials has no cycle.
May not: forecast or decide.
Called by: planning (builds it from the state), `planner`, `check`, `explain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from solvers.errors import InvalidProblem, require

DAY_S = 86_400
MAX_ITEM_SITES = 50_000
MAX_HISTORY_DAYS = 1_100
MAX_MOVEMENTS = 500
"""Receipts and requirements of one item-site."""
MAX_UNITS = 10**9
MAX_LEAD_TIME_S = 400 * DAY_S
MAX_TIME_S = 2**40

Key = tuple[str, str]
"""(item_id, site_id)."""

Kind = Literal["purchase", "production"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """On order: `quantity` units are expected at `expected_s`. `replenishment_id` names the order."""

    expected_s: int
    quantity: int
    replenishment_id: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """Units that are certainly needed at `needed_s` and are neither allocated nor backordered yet.

    For example the materials of a released production order. `reason` is for people.
    """

    needed_s: int
    quantity: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """`quantity` units of `item_id`, taken from `site_id`, for each unit made."""

    item_id: str
    site_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ItemSite:
    """One item at one site.

    Stock, in units: `on_hand` (physical), `allocated` (the part of it promised to orders), `backorders`
    (demand that waits for stock), `on_order`, `requirements`. Inventory position =
    on_hand - allocated - backorders + on order - requirements within the protection interval.
    `demand_history`: units a day, oldest first, at least one day; days without demand are zeros.
    `lead_time_*_s`: order to stock (purchase), or release to stock (production).
    `order_multiple`, `min_order_quantity`: the supplier's or the line's rules. Costs: `unit_cost_cents`,
    `order_cost_cents` an order or a setup, `holding_permille_year` of the unit cost a year,
    `shortage_cents_unit_day` for each unit short, each day. `service_level_permille`: probability of no
    stock-out in a replenishment cycle, 500..999. `review_s`: time between two looks at the item.
    `source_id`: supplier (purchase) or plant (production); "" = never replenished here.
    """

    item_id: str
    site_id: str
    kind: Kind
    source_id: str
    on_hand: int
    demand_history: tuple[int, ...]
    lead_time_mean_s: int
    lead_time_sd_s: int = 0
    allocated: int = 0
    backorders: int = 0
    on_order: tuple[Receipt, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    components: tuple[Component, ...] = ()
    min_order_quantity: int = 1
    order_multiple: int = 1
    unit_cost_cents: int = 0
    order_cost_cents: int = 0
    holding_permille_year: int = 250
    shortage_cents_unit_day: int = 0
    service_level_permille: int = 950
    review_s: int = DAY_S

    @property
    def key(self) -> Key:
        """What identifies it in the problem."""
        return (self.item_id, self.site_id)


@dataclass(frozen=True, slots=True)
class ReplenishmentProblem:
    """All item-sites as of `now_s`."""

    now_s: int
    item_sites: tuple[ItemSite, ...]

    def __post_init__(self) -> None:
        validate(self)

    def by_key(self) -> Mapping[Key, ItemSite]:
        """Item-sites keyed by (item_id, site_id)."""
        return {item_site.key: item_site for item_site in self.item_sites}


def order_of_explosion(item_sites: Mapping[Key, ItemSite]) -> tuple[Key, ...]:
    """Every key after all keys it is a component of; raises `InvalidProblem` for a cycle. Deterministic."""
    parents: dict[Key, list[Key]] = {key: [] for key in item_sites}
    for key, item_site in item_sites.items():
        for component in item_site.components:
            parents[(component.item_id, component.site_id)].append(key)
    try:
        return tuple(TopologicalSorter(parents).static_order())
    except CycleError as error:
        raise InvalidProblem("components", error.args[1], "no item contains itself") from error


def validate(problem: ReplenishmentProblem) -> None:
    """Raise `InvalidProblem` at the first broken rule."""
    require(0 <= problem.now_s <= MAX_TIME_S, "now_s", problem.now_s, f"0..{MAX_TIME_S}")
    count = len(problem.item_sites)
    require(count <= MAX_ITEM_SITES, "item_sites", count, f"at most {MAX_ITEM_SITES}")
    by_key = problem.by_key()
    require(len(by_key) == count, "item_sites", count, "each item once a site")
    for item_site in problem.item_sites:
        _item_site(item_site)
        for component in item_site.components:
            key = (component.item_id, component.site_id)
            require(key in by_key, f"{_where(item_site)}.components", key, "an item-site of the problem")
    order_of_explosion(by_key)


def _where(item_site: ItemSite) -> str:
    return f"item_sites[{item_site.item_id}@{item_site.site_id}]"


def _item_site(item_site: ItemSite) -> None:
    where = _where(item_site)
    require(bool(item_site.item_id) and bool(item_site.site_id), where, item_site.key, "an item and a site id")
    require(item_site.kind in ("purchase", "production"), f"{where}.kind", item_site.kind, "purchase or production")
    require(
        item_site.kind == "production" or not item_site.components,
        f"{where}.components", len(item_site.components), "none for a bought item",
    )  # fmt: skip
    for name, low, high in _RANGES:
        value = getattr(item_site, name)
        require(low <= value <= high, f"{where}.{name}", value, f"{low}..{high}")
    require(
        item_site.allocated <= item_site.on_hand,
        f"{where}.allocated", item_site.allocated, "at most on_hand; the rest is backorders",
    )  # fmt: skip
    days = len(item_site.demand_history)
    require(1 <= days <= MAX_HISTORY_DAYS, f"{where}.demand_history", days, f"1..{MAX_HISTORY_DAYS} days")
    for units in item_site.demand_history:
        require(0 <= units <= MAX_UNITS, f"{where}.demand_history", units, f"0..{MAX_UNITS}")
    movements = _movements(item_site)
    require(len(movements) <= MAX_MOVEMENTS, f"{where}.on_order", len(movements), f"at most {MAX_MOVEMENTS} movements")
    for moment_s, quantity in movements:
        require(0 <= moment_s <= MAX_TIME_S, f"{where}.expected_s", moment_s, f"0..{MAX_TIME_S}")
        require(1 <= quantity <= MAX_UNITS, f"{where}.quantity", quantity, f"1..{MAX_UNITS}")
    for component in item_site.components:
        require(1 <= component.quantity <= 10**6, f"{where}.components", component, "1..10^6 units each")


def _movements(item_site: ItemSite) -> list[tuple[int, int]]:
    receipts = [(receipt.expected_s, receipt.quantity) for receipt in item_site.on_order]
    return receipts + [(need.needed_s, need.quantity) for need in item_site.requirements]


_RANGES = (
    ("on_hand", 0, MAX_UNITS),
    ("allocated", 0, MAX_UNITS),
    ("backorders", 0, MAX_UNITS),
    ("lead_time_mean_s", 0, MAX_LEAD_TIME_S),
    ("lead_time_sd_s", 0, MAX_LEAD_TIME_S),
    ("min_order_quantity", 1, MAX_UNITS),
    ("order_multiple", 1, MAX_UNITS),
    ("unit_cost_cents", 0, 10**9),
    ("order_cost_cents", 0, 10**9),
    ("holding_permille_year", 0, 100_000),
    ("shortage_cents_unit_day", 0, 10**9),
    ("service_level_permille", 500, 999),
    ("review_s", 0, MAX_LEAD_TIME_S),
)
