"""What item-sites share, as plain amounts: how much of each limit is left now, and how much an order takes of it.

Names: "budget", "supplier:ID:capacity", "supplier:ID:weight", "supplier:ID:volume", "site:ID:storage",
"site:ID:weight", "line:ID:capacity".
Promises: whole cents, units, grams, cubic centimetres, seconds. Room at a site is what the stock leaves that is
expected there when an order from the item's own source arrives: on hand, not promised away, and on order, less the
mean demand until then; never counted below zero.
May not: decide who gets it.
Called by: `marginal`, `minimum`, `rolling`. `check` counts for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from solvers.replenishment.item import ItemSite, Key, Source
from solvers.replenishment.plan import Orders, Policy
from solvers.replenishment.pricing import order_cents
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.projection import counted_on
from solvers.replenishment.shared import DAY_S, Supplier

Amounts = dict[str, int]


class Limits:
    """The limits of a problem."""

    def __init__(self, problem: ReplenishmentProblem, policies: Mapping[Key, Policy]) -> None:
        self.suppliers = {supplier.supplier_id: supplier for supplier in problem.suppliers}
        self.left: Amounts = {}
        if problem.budget is not None:
            self.left["budget"] = problem.budget.left_cents
        for supplier in problem.suppliers:
            self.left.update(_supplier_room(supplier))
        for line in problem.lines:
            if line.capacity_s:
                self.left[f"line:{line.line_id}:capacity"] = line.left_s
        stored = _stored(problem, policies) if problem.sites else {}
        for site in problem.sites:
            volume, weight = stored.get(site.site_id, (0, 0))
            if site.storage_cm3:
                self.left[f"site:{site.site_id}:storage"] = max(0, site.storage_cm3 - volume)
            if site.storage_g:
                self.left[f"site:{site.site_id}:weight"] = max(0, site.storage_g - weight)

    def takes(self, item_site: ItemSite, orders: Orders) -> Amounts:
        """What these orders take of each limit they touch."""
        taken: Amounts = {}
        if not self.left:
            return taken
        for source_id, quantity in orders:
            source = item_site.source(source_id)
            if source is not None and quantity:
                for name, amount in _touched(item_site, source, quantity):
                    if name in self.left and amount:
                        taken[name] = taken.get(name, 0) + amount
        return taken

    def fits(self, taken: Mapping[str, int], more: Mapping[str, int], less: Mapping[str, int]) -> bool:
        """Whether `more` instead of `less` still fits into what is left beside `taken`."""
        return all(taken.get(n, 0) + amount - less.get(n, 0) <= self.left[n] for n, amount in more.items())


def total(amounts: Iterable[Mapping[str, int]]) -> Amounts:
    """Sum by name."""
    found: Amounts = {}
    for part in amounts:
        for name, amount in part.items():
            found[name] = found.get(name, 0) + amount
    return found


def _supplier_room(supplier: Supplier) -> Iterator[tuple[str, int]]:
    name = f"supplier:{supplier.supplier_id}"
    if supplier.capacity_units:
        yield f"{name}:capacity", supplier.left_units
    if supplier.max_trucks and supplier.truck_weight_g:
        yield f"{name}:weight", supplier.max_trucks * supplier.truck_weight_g
    if supplier.max_trucks and supplier.truck_volume_cm3:
        yield f"{name}:volume", supplier.max_trucks * supplier.truck_volume_cm3


def _touched(item_site: ItemSite, source: Source, quantity: int) -> Iterator[tuple[str, int]]:
    if source.kind == "purchase":
        yield "budget", order_cents(item_site, source, quantity)
        yield f"supplier:{source.source_id}:capacity", quantity
        yield f"supplier:{source.source_id}:weight", quantity * item_site.weight_g
        yield f"supplier:{source.source_id}:volume", quantity * item_site.volume_cm3
    elif source.kind == "production":
        yield f"line:{source.source_id}:capacity", source.setup_s + source.unit_s * quantity
    yield f"site:{item_site.site_id}:storage", quantity * item_site.volume_cm3
    yield f"site:{item_site.site_id}:weight", quantity * item_site.weight_g


def _stored(problem: ReplenishmentProblem, policies: Mapping[Key, Policy]) -> dict[str, tuple[int, int]]:
    """Volume and weight expected at each site when new orders arrive."""
    found: dict[str, tuple[int, int]] = {}
    for item_site in problem.item_sites:
        if item_site.volume_cm3 or item_site.weight_g:
            units = stored_units(item_site, policies[item_site.key], problem.now_s)
            volume, weight = found.get(item_site.site_id, (0, 0))
            found[item_site.site_id] = (volume + units * item_site.volume_cm3, weight + units * item_site.weight_g)
    return found


def stored_units(item_site: ItemSite, policy: Policy, now_s: int) -> int:
    """Units expected on the shelf when an order placed now arrives, without that order."""
    lead_s = max(0, policy.protection_s - item_site.review_s)
    coming = sum(receipt.quantity for receipt in counted_on(item_site, now_s))
    free = item_site.on_hand - item_site.allocated - item_site.backorders + coming
    return max(0, free - policy.demand_milli_day * lead_s // (1_000 * DAY_S))
