"""Where an order's goods come from: one site, and for each line stock there or a supply on its way there.

Promises: never promises a unit twice; only orders that are dirty, or lose their goods to a more urgent one, get another
source. The nearest site that has everything wins; else the one where everything is first; a line that nothing covers
is pegged to NONE and the order stays unplanned. Called by `plan_once`, first of all steps, and once
more for orders whose supply the schedule moved.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.domain.company import Site, SiteKind
from orchestrator.domain.entities import Order, OverrideKind
from orchestrator.domain.plan import Allocation, Peg, PegKind
from orchestrator.planning.contested import preferred_sites
from orchestrator.planning.dirty import ItemSite
from orchestrator.planning.memory import place_of
from orchestrator.planning.supply import arrivals
from orchestrator.planning.working import Working

NEVER_S = 253_402_300_799


@dataclass(slots=True)
class _Offer:
    """What a site could do for an order. Less is better: missing units, then release, then distance."""

    site: Site
    pegs: tuple[Peg, ...]
    missing: int
    release_s: int
    waits: bool
    distance_m: int
    losers: tuple[str, ...]


def allocate(work: Working) -> None:
    """Give every dirty order its source; orders whose source, or its time, changed become work for the routes."""
    give_sources(work, _asked(work))


def give_sources(work: Working, asked: Iterable[str]) -> None:
    """Give these orders a source each, the most urgent first; a less urgent order may lose its own to them."""
    asked = tuple(asked)
    queue = [(*_urgency(work, order_id), order_id) for order_id in asked]
    heapq.heapify(queue)
    for order_id in asked:
        work.set_allocation(order_id, None)
    preferred = preferred_sites(work, asked, _warehouses(work)) if len(asked) > 1 else {}
    while queue:  # ends: a loser is always less urgent than who takes its goods
        *_, order_id = heapq.heappop(queue)
        for loser in _allocate(work, order_id, preferred.get(order_id, "")):
            work.set_allocation(loser, None)
            heapq.heappush(queue, (*_urgency(work, loser), loser))


def _asked(work: Working) -> dict[str, None]:
    """Dirty orders, those that wait for a dirty item, and those whose promise no longer holds."""
    asked = dict.fromkeys(order_id for order_id in work.dirty.orders if work.is_open(order_id))
    for key in work.dirty.item_sites:
        asked.update(_short(work, key))
        asked.update(dict.fromkeys(work.memory.waiting.get(key[1], {})))
    for supply_id in work.dirty.supplies:
        asked.update(dict.fromkeys(work.memory.supply_pegs.get(supply_id, {})))
        item_id = _item_of(work, supply_id)
        asked.update(dict.fromkeys(work.memory.waiting.get(item_id, {})))
    frozen = _about_to_leave(work, asked)
    return dict.fromkeys(order_id for order_id in asked if order_id not in frozen)


def _item_of(work: Working, supply_id: str) -> str:
    supply = work.state.purchases.get(supply_id) or work.state.production.get(supply_id)
    return supply.item_id if supply is not None else ""


def _about_to_leave(work: Working, asked: dict[str, None]) -> set[str]:
    """Orders in a trip that is being loaded, as long as their own goods are there: they keep them."""
    until_s = work.now_s + work.settings.freeze_s
    kept: set[str] = set()
    for order_id in asked:
        vehicle_id = work.vehicle_of(order_id)
        allocation = work.state.plan.allocations.get(order_id)
        if vehicle_id is None or allocation is None or any(peg.kind is not PegKind.STOCK for peg in allocation.pegs):
            continue
        trips = work.state.plan.routes[vehicle_id].trips
        trip = next(trip for trip in trips if any(stop.order_id == order_id for stop in trip.stops))
        overdrawn = any(
            work.memory.free_stock(work.state, (allocation.site_id, p.item_id)) < 0 for p in allocation.pegs
        )
        if trip.load_start_s <= until_s and not overdrawn:
            kept.add(order_id)
    return kept


def _short(work: Working, key: ItemSite) -> dict[str, None]:
    """If more stock was promised than is there: every order that was promised some of it."""
    pegs = work.memory.stock_pegs.get(key, {})
    return dict.fromkeys(pegs) if work.memory.free_stock(work.state, key) < 0 else {}


def _urgency(work: Working, order_id: str) -> tuple[int, int, int]:
    """Sort key: the more urgent, the sooner its window ends, the longer it waits, the earlier."""
    order = work.state.orders[order_id]
    return -order.priority, order.window_end_s, order.received_s


def _allocate(work: Working, order_id: str, preferred_id: str) -> tuple[str, ...]:
    """Choose the order's source. Returns less urgent orders that lose theirs to it."""
    order = work.state.orders[order_id]
    held = work.state.plan.allocations.get(order_id)
    best = _best_offer(work, order, held, preferred_id)
    if best is None:
        return ()
    allocation = Allocation(
        order_id=order_id, site_id=best.site.site_id, pegs=best.pegs, release_s=min(best.release_s, NEVER_S)
    )
    work.set_allocation(order_id, held if held == allocation else allocation)
    if held != allocation or order_id in work.dirty.orders:
        work.touched_orders[order_id] = None
    return best.losers


def source_of(work: Working, order_id: str) -> Allocation | None:
    """The source that the order would get now; changes nothing. None if no site can deliver it."""
    order = work.state.orders[order_id]
    best = _best_offer(work, order, None, "")
    if best is None:
        return None
    release_s = min(best.release_s, NEVER_S)
    return Allocation(order_id=order_id, site_id=best.site.site_id, pegs=best.pegs, release_s=release_s)


def _best_offer(work: Working, order: Order, held: Allocation | None, preferred_id: str) -> _Offer | None:
    """The best site. Looks at the preferred one first, then the near ones: the first with everything is taken."""
    where = place_of(work.state, order.order_id)
    offers: list[_Offer] = []

    def rank(site: Site) -> tuple[bool, int, str]:
        return site.site_id != preferred_id, work.roads.distance_m(site.place, where), site.site_id

    for site in sorted(_sites(work, order), key=rank):
        offer = _offer(work, order, site)
        if not (offer.missing or offer.waits):
            return offer
        offers.append(offer)
    return min(offers, key=lambda offer: _rank(offer, held), default=None)


def _sites(work: Working, order: Order) -> list[Site]:
    """Warehouses with vehicles; only the depot of the vehicle a person assigned, when its stock allows."""
    sites = _warehouses(work)
    wanted = _assigned_depot(work, order)
    preferred = [site for site in sites if site.site_id == wanted]
    if preferred and _offer(work, order, preferred[0]).missing == 0:
        return preferred
    return sites


def _warehouses(work: Working) -> list[Site]:
    """Those with vehicles; all, where none has any."""
    sites = [site for site in work.state.sites.values() if site.kind is SiteKind.WAREHOUSE]
    return [site for site in sites if work.memory.vehicles_of.get(site.site_id)] or sites


def _assigned_depot(work: Working, order: Order) -> str | None:
    for override_id in work.state.override_ids_of_order.get(order.order_id, ()):
        override = work.state.overrides[override_id]
        name = override.vehicle_id if override.kind is OverrideKind.ASSIGN else override.held_vehicle_id
        if name in work.state.vehicles:
            return work.state.vehicles[str(name)].depot_id
    return None


def _rank(offer: _Offer, held: Allocation | None) -> tuple[int, bool, int, int, int, str]:
    """Nearest with all stock; else earliest; the source in force wins a tie, so that nothing moves for nothing."""
    moved = int(held is None or held.site_id != offer.site.site_id)
    release_s = offer.release_s if offer.waits else 0
    return offer.missing, offer.waits, release_s, offer.distance_m, moved, offer.site.site_id


def _offer(work: Working, order: Order, site: Site) -> _Offer:
    pegs: list[Peg] = []
    losers: dict[str, None] = {}
    missing, waits = 0, False
    # A reservation's goods stay until it is confirmed or over: they are not even loaded before.
    release_s = order.received_s if order.held_until_s is None else order.held_until_s + site.loading_s
    for item_id, quantity in _needs(order).items():
        left = quantity - _from_stock(work, order, site, item_id, quantity, pegs, losers)
        if left:
            waits = True
            left, arrival_s = _from_supply(work, (site.site_id, item_id), left, pegs)
            release_s = max(release_s, arrival_s + site.handling_s)
        if left:
            pegs.append(Peg(item_id=item_id, quantity=left, kind=PegKind.NONE))
            missing += left
            release_s = NEVER_S
    distance_m = work.roads.distance_m(site.place, place_of(work.state, order.order_id))
    return _Offer(site, tuple(pegs), missing, release_s, waits, distance_m, tuple(losers))


def _needs(order: Order) -> dict[str, int]:
    needs: dict[str, int] = {}
    for line in order.lines:
        needs[line.item_id] = needs.get(line.item_id, 0) + line.quantity
    return needs


def _from_stock(
    work: Working, order: Order, site: Site, item_id: str, quantity: int, pegs: list[Peg], losers: dict[str, None]
) -> int:
    """Peg what stock has: free units first, then units promised to less urgent orders that have time."""
    key = (site.site_id, item_id)
    free = work.free_stock(key)
    if free < quantity and order.priority > 0:
        pegged = work.pegged_stock(key)
        for other in sorted(pegged, key=lambda order_id: _urgency(work, order_id), reverse=True):
            if free >= quantity or not _yields(work, other, order):
                break
            losers[other] = None
            free += pegged[other]
    taken = max(0, min(free, quantity))
    if taken:
        pegs.append(Peg(item_id=item_id, quantity=taken, kind=PegKind.STOCK))
    return taken


def _yields(work: Working, other_id: str, order: Order) -> bool:
    """A less urgent order gives way, unless its trip is about to be loaded."""
    if work.state.orders[other_id].priority >= order.priority:
        return False
    return not _about_to_leave(work, {other_id: None})


def _from_supply(work: Working, key: ItemSite, needed: int, pegs: list[Peg]) -> tuple[int, int]:
    """Peg supplies on their way, earliest first. Returns what is still missing, and the last arrival used."""
    last_s = 0
    for supply in arrivals(work, key):
        if needed == 0:
            break
        free = supply.quantity - work.promised_of_supply(supply.supply_id)
        taken = min(free, needed)
        if taken > 0:
            pegs.append(Peg(item_id=key[1], quantity=taken, kind=supply.kind, source_id=supply.supply_id))
            needed -= taken
            last_s = max(last_s, supply.arrival_s)
    return needed, last_s
