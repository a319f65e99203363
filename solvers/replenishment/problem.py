"""The replenishment problem: every item at every site, its demand, its sources, and what they share.

Promises: immutable, whole units, seconds and cents; validated as a whole; the bill of materials has no cycle. An
item-site checks itself when it is made, so that a problem with one changed item-site costs little.
May not: forecast or decide.
Called by: planning (builds it from the state), `planner`, `check`, `explain`, `rolling`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from solvers.errors import InvalidProblem, require
from solvers.replenishment.item import MAX_TIME_S, ItemSite, Key, Kind, where_of
from solvers.replenishment.shared import Budget, Line, Site, Supplier

MAX_ITEM_SITES = 50_000
MAX_SHARED = 10_000


@dataclass(frozen=True, slots=True)
class Published:
    """What the last plan proposed: changing it has a price (`ReplenishmentProblem.change_cents`)."""

    item_id: str
    site_id: str
    source_id: str
    quantity: int

    @property
    def key(self) -> Key:
        """(item_id, site_id)."""
        return (self.item_id, self.site_id)


@dataclass(frozen=True, slots=True)
class ReplenishmentProblem:
    """All item-sites as of `now_s`, and what they share.

    Orders already placed (`ItemSite.on_order`) are firm. `published` are the proposals of the last plan, each of which
    costs `change_cents` to change.
    """

    now_s: int
    item_sites: tuple[ItemSite, ...]
    suppliers: tuple[Supplier, ...] = ()
    sites: tuple[Site, ...] = ()
    lines: tuple[Line, ...] = ()
    budget: Budget | None = None
    published: tuple[Published, ...] = ()
    change_cents: int = 0
    _by_key: dict[Key, ItemSite] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_key.update((item_site.key, item_site) for item_site in self.item_sites)
        validate(self)

    def by_key(self) -> Mapping[Key, ItemSite]:
        """Item-sites keyed by (item_id, site_id)."""
        return self._by_key


def parts_of(item_site: ItemSite, source_id: str, kind: Kind) -> Iterator[tuple[Key, int]]:
    """What a unit from this source takes out of other item-sites: components, or the item itself for a transfer."""
    if kind == "production":
        for component in item_site.components:
            yield (component.item_id, component.site_id), component.quantity
    elif kind == "transfer":
        yield (item_site.item_id, source_id), 1


def order_of_explosion(item_sites: Mapping[Key, ItemSite]) -> tuple[Key, ...]:
    """Every key after all keys that take from it; raises `InvalidProblem` for a cycle. Deterministic."""
    parents: dict[Key, list[Key]] = {key: [] for key in item_sites}
    if not any(item_site.components or item_site.transferred for item_site in item_sites.values()):
        return tuple(parents)
    for key, item_site in item_sites.items():
        for part in below(item_site):
            parents[part].append(key)
    try:
        return tuple(TopologicalSorter(parents).static_order())
    except CycleError as error:
        raise InvalidProblem("components", error.args[1], "no item contains itself") from error


def below(item_site: ItemSite) -> Iterator[Key]:
    """All item-sites this one may take from, whichever source is chosen."""
    for component in item_site.components:
        yield (component.item_id, component.site_id)
    if item_site.transferred:
        for source in item_site.sources:
            if source.kind == "transfer":
                yield (item_site.item_id, source.source_id)


def validate(problem: ReplenishmentProblem) -> None:
    """Raise `InvalidProblem` at the first broken rule."""
    require(0 <= problem.now_s <= MAX_TIME_S, "now_s", problem.now_s, f"0..{MAX_TIME_S}")
    count = len(problem.item_sites)
    require(count <= MAX_ITEM_SITES, "item_sites", count, f"at most {MAX_ITEM_SITES}")
    by_key = problem.by_key()
    require(len(by_key) == count, "item_sites", count, "each item once a site")
    for item_site in problem.item_sites:
        for key in below(item_site):
            require(key in by_key, f"{where_of(item_site)}.components", key, "an item-site of the problem")
    _shared(problem)
    for published in problem.published:
        require(published.key in by_key, "published", published.key, "an item-site of the problem")
        require(published.quantity >= 1, "published.quantity", published.quantity, "at least 1")
    require(0 <= problem.change_cents <= 10**9, "change_cents", problem.change_cents, "0..10^9")
    order_of_explosion(by_key)


def _shared(problem: ReplenishmentProblem) -> None:
    named = (
        ("suppliers", [supplier.supplier_id for supplier in problem.suppliers]),
        ("sites", [site.site_id for site in problem.sites]),
        ("lines", [line.line_id for line in problem.lines]),
    )
    for name, ids in named:
        require(len(ids) <= MAX_SHARED, name, len(ids), f"at most {MAX_SHARED}")
        require(len(set(ids)) == len(ids), name, len(ids), "each id once")
