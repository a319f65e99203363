"""What replenishment needs to know of an item at a site, read off the state; and what items share.

Promises: reading is cheap and on the loop; `item_site_of` turns facts into the replenishment core's object, is pure,
and may run in a thread. What was written off is not counted; what is moved between sites arrives like a purchase.
Called by `replenish`, `outlook`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.domain import sourcing
from orchestrator.domain.company import Item, ItemKind, ServiceKind, StockPolicy
from orchestrator.domain.entities import PurchaseOrder, SupplyStatus
from orchestrator.domain.learned import DemandHistory, DemandMark, ForecastRecord
from orchestrator.domain.plan import PegKind
from orchestrator.domain.state import DAY_S, State
from orchestrator.planning.dirty import ItemSite
from orchestrator.planning.lanes import comes_within
from orchestrator.planning.line_lead import line_lead
from orchestrator.planning.materials import line_site, waiting_for_materials
from orchestrator.planning.records import (
    day_number,
    forecast_of,
    promoted_days,
    series_of,
    source_lead_time,
    whole_days,
)
from orchestrator.planning.sources import agreed_s
from orchestrator.planning.supply import arrivals
from orchestrator.planning.working import Working
from solvers.replenishment.item import Component, PriceTier, Receipt, Requirement, Source
from solvers.replenishment.item import ItemSite as ProblemItem
from solvers.replenishment.shared import Budget, Site, Supplier

QUEUE_S = 4 * 3600
"""A production order waits about this long for its machines, until the line's own orders tell."""
SHORTAGE_PERCENT_DAY = 5
SERVICE_LEAST, SERVICE_MOST = 500, 999
BUDGET_DAYS = 7
PROMOTED_DAYS = 60
HISTORY_LEAST = 7
"""Closed days from which on a learned forecast is used; before, the plain history is."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One item at one site, as of now."""

    key: ItemSite
    item: Item
    policy: StockPolicy
    history: DemandHistory
    record: ForecastRecord | None
    marks: tuple[DemandMark, ...]
    on_hand: int
    allocated: int
    backorders: int
    backorder_ids: tuple[str, ...]
    receipts: tuple[Receipt, ...]
    needs: tuple[Requirement, ...]
    sources: tuple[Source, ...]
    components: tuple[Component, ...]
    holding_per_mille_year: int


Needs = dict[ItemSite, list[Requirement]]


def all_keys(work: Working) -> dict[ItemSite, None]:
    """Every item-site with a policy, and every component that a line takes."""
    keys = {key: None for key in work.state.policies if key[1] in work.state.items}
    for item in work.state.items.values():
        site_id = line_site(work, item) if item.components else None
        for component in item.components if site_id is not None else ():
            keys[(str(site_id), component.item_id)] = None
    return keys


def requirements(work: Working) -> Needs:
    """Materials of released production orders that have not been taken yet."""
    needs: Needs = {}
    for order in waiting_for_materials(work):
        item = work.state.items[order.item_id]
        site_id = line_site(work, item)
        planned = work.task(order.tasks[0].task_id)
        needed_s = max(work.now_s, planned.start_s if planned is not None else work.now_s)
        customers = tuple(work.memory.supply_pegs.get(order.production_order_id, {}))
        for component in item.components if site_id is not None else ():
            units = component.quantity * order.quantity
            need = Requirement(needed_s, units, order.production_order_id, customers)
            needs.setdefault((str(site_id), component.item_id), []).append(need)
    return needs


def facts_of(work: Working, key: ItemSite, needs: Needs, marks: tuple[DemandMark, ...] = ()) -> Facts:
    """Read one item-site."""
    state, (site_id, item_id) = work.state, key
    item = state.items[item_id]
    policy = state.policies.get(key) or StockPolicy(site_id=site_id, item_id=item_id, on_hand=0)
    on_hand = max(0, state.on_hand.get(key, 0))
    promised = state.on_hand.get(key, 0) - work.free_stock(key)
    allocated = max(0, min(on_hand, promised))
    waiting = _waiting(work, key)
    sources = tuple(_sources(work, item, site_id))
    made_here = any(source.kind == "production" for source in sources)
    from_site = line_site(work, item) or site_id
    return Facts(
        key=key,
        item=item,
        policy=policy,
        history=state.demand.get(key) or _imported(policy, state.closed_day_s),
        record=state.forecasts.get(key),
        marks=marks,
        on_hand=on_hand,
        allocated=allocated,
        backorders=max(0, promised - allocated) + sum(waiting.values()),
        backorder_ids=tuple(waiting),
        receipts=tuple(_receipts(work, key, policy, sources)),
        needs=tuple(needs.get(key, ())),
        sources=sources,
        components=tuple(Component(c.item_id, from_site, c.quantity) for c in item.components) if made_here else (),
        holding_per_mille_year=state.company.holding_per_mille_year if state.company is not None else 250,
    )


def _receipts(work: Working, key: ItemSite, policy: StockPolicy, sources: tuple[Source, ...]) -> Iterator[Receipt]:
    """What is on its way. An order that is overdue counts only while it comes, before a new one would, as surely as
    the item has to be there; it is still received when it comes. By levels that a person typed in, every order counts.
    """
    new_days = min((whole_days(source.promised_s) for source in sources), default=0) + 1
    for supply in arrivals(work, key):
        order = work.state.purchases.get(supply.supply_id) if policy.fixed_reorder_point is None else None
        sure = 1.0
        if order is not None and order.from_site_id is None and order.promised_s < work.now_s:
            sure = comes_within(work.state, order, work.now_s, new_days)
        if sure * 1_000 >= policy.service_per_mille:
            yield Receipt(supply.arrival_s, supply.quantity, supply.supply_id)


def _imported(policy: StockPolicy, closed_day_s: int) -> DemandHistory:
    days = policy.daily_demand
    return DemandHistory(first_day_s=max(0, closed_day_s) - (len(days) - 1) * DAY_S, units=days)


def item_site_of(facts: Facts) -> ProblemItem:
    """The replenishment core's object. Pure."""
    policy, item = facts.policy, facts.item
    forecast = forecast_of(facts.record) if len(facts.history.units) >= HISTORY_LEAST else None
    fixed = None
    if policy.fixed_reorder_point is not None and policy.fixed_order_up_to is not None:
        fixed = (policy.fixed_reorder_point, policy.fixed_order_up_to)
    return ProblemItem(
        item_id=facts.key[1],
        site_id=facts.key[0],
        on_hand=facts.on_hand,
        demand_history=facts.history.units or (0,),
        sources=facts.sources,
        series=series_of(facts.history, facts.marks) if forecast is not None else None,
        forecast=forecast,
        promoted=promoted(facts) if forecast is not None else (),
        allocated=facts.allocated,
        backorders=facts.backorders,
        on_order=facts.receipts,
        requirements=facts.needs,
        components=facts.components,
        unit_cost_cents=item.unit_cost_cents,
        holding_permille_year=facts.holding_per_mille_year,
        shortage_cents_unit_day=policy.shortage_cents_unit_day or item.unit_cost_cents * SHORTAGE_PERCENT_DAY // 100,
        service_kind="fill_rate" if policy.service_kind is ServiceKind.FILL_RATE else "cycle",
        service_level_permille=max(SERVICE_LEAST, min(SERVICE_MOST, policy.service_per_mille)),
        fixed_levels=fixed,
        weight_g=item.weight_g,
        volume_cm3=item.volume_cm3,
        backorder_ids=facts.backorder_ids[:50],
    )


def promoted(facts: Facts) -> tuple[int, ...]:
    """Day numbers of promotions that are still to come."""
    next_day_s = facts.history.first_day_s + len(facts.history.units) * DAY_S
    return promoted_days(facts.marks, next_day_s, PROMOTED_DAYS) if facts.marks else ()


# --- sources ---


def _sources(work: Working, item: Item, site_id: str) -> Iterator[Source]:
    """Where an item at a site can come from, the usual one first."""
    if item.kind is ItemKind.BOUGHT:
        for offer in work.memory.offers.get(item.item_id, ()):
            yield bought(work.state, offer, site_id)
    else:
        made = _made(work.state, item, site_id)
        if made is not None:
            yield made
    for lane in work.memory.feeders.get(site_id, ()):
        if (lane.from_site_id, item.item_id) in work.state.policies:
            yield moved(lane)


def bought(state: State, offer: sourcing.Source, site_id: str) -> Source:
    """A supplier, with its lead time to the site as learned."""
    supplier = state.suppliers[offer.supplier_id]
    lead_s, sd_s = agreed_s(state, offer)
    least = -(-offer.min_order_quantity // offer.order_multiple) * offer.order_multiple
    first = PriceTier(1, offer.unit_cost_cents)
    tiers = (first, *(PriceTier(t.from_quantity, t.unit_cost_cents) for t in offer.tiers if t.from_quantity > 1))
    return Source(
        supplier.supplier_id,
        lead_s,
        promised_sd_s=sd_s,
        lead_time=source_lead_time(state, supplier.supplier_id, site_id, lead_s, sd_s),
        tiers=tiers,
        order_cost_cents=supplier.order_cost_cents,
        min_order_quantity=offer.min_order_quantity,
        order_multiple=offer.order_multiple,
        capacity=max(least, offer.capacity_day) if offer.capacity_day else 0,
    )


def _made(state: State, item: Item, site_id: str) -> Source | None:
    machine = state.machines.get(item.operations[-1].machine_ids[0]) if item.operations else None
    line = state.lines[machine.line_id] if machine is not None else None
    if line is None or line.output_site_id != site_id:
        return None
    work_s = sum(o.setup_s + o.unit_s * item.min_order_quantity for o in item.operations)
    lead_s, sd_s = work_s + line.transfer_s + QUEUE_S, QUEUE_S // 2
    known = line_lead(state, line.line_id)
    if known is not None:
        lead_s, sd_s = known[0] + line.transfer_s, known[1]
    return Source(
        line.line_id,
        lead_s,
        "production",
        promised_sd_s=sd_s,
        min_order_quantity=item.min_order_quantity,
        order_multiple=item.order_multiple,
        setup_s=sum(o.setup_s for o in item.operations),
        unit_s=sum(o.unit_s for o in item.operations),
    )


def moved(lane: sourcing.TransferLane) -> Source:
    """Another own site as a source."""
    return Source(
        lane.from_site_id,
        lane.transit_s,
        "transfer",
        order_cost_cents=lane.order_cost_cents,
        transport_cents_unit=lane.unit_cost_cents,
    )


def _waiting(work: Working, key: ItemSite) -> dict[str, int]:
    """Units that orders wait for: promised from supplies on their way here, or covered by nothing."""
    found: dict[str, int] = {}
    for supply_id in work.memory.inbound.get(key, {}):
        rest = work.promised_of_supply(supply_id)
        for order_id, units in work.memory.supply_pegs.get(supply_id, {}).items():
            found[order_id] = found.get(order_id, 0) + min(units, rest)
            rest -= min(units, rest)
        if rest > 0:
            found[""] = found.get("", 0) + rest
    for order_id in dict.fromkeys((*work.memory.waiting.get(key[1], {}), *work.allocations)):
        allocation = work.allocation(order_id)
        if allocation is not None and allocation.site_id == key[0] and work.is_open(order_id):
            units = sum(p.quantity for p in allocation.pegs if p.kind is PegKind.NONE and p.item_id == key[1])
            if units:
                found[order_id] = found.get(order_id, 0) + units
    return found


# --- what items share ---


def budget_of(state: State, now_s: int) -> Budget | None:
    """Most that may be ordered within any seven days, and what of it is gone."""
    company = state.company
    if company is None or not company.purchase_budget_cents:
        return None
    spent = 0
    for order in reversed(state.purchases.values()):
        if order.placed_s <= now_s - BUDGET_DAYS * DAY_S:
            break
        spent += _spent(state, order)
    return Budget(company.purchase_budget_cents, spent_cents=spent)


def _spent(state: State, order: PurchaseOrder) -> int:
    if order.from_site_id is not None or order.imported or order.status is SupplyStatus.CANCELLED:
        return 0
    item = state.items.get(order.item_id)
    unit = order.unit_cost_cents or (item.unit_cost_cents if item is not None else 0)
    supplier = state.suppliers.get(order.supplier_id)
    return unit * order.quantity + (supplier.order_cost_cents if supplier is not None else 0)


def suppliers_of(state: State) -> tuple[Supplier, ...]:
    """Suppliers with a least order or a full truck."""
    return tuple(
        Supplier(
            s.supplier_id,
            min_order_cents=s.min_order_cents,
            truck_weight_g=s.truck_weight_g,
            truck_volume_cm3=s.truck_volume_cm3,
            max_trucks=1 if s.truck_weight_g or s.truck_volume_cm3 else 0,
        )
        for s in state.suppliers.values()
        if s.min_order_cents or s.truck_weight_g or s.truck_volume_cm3
    )


def rooms_of(state: State) -> tuple[Site, ...]:
    """Sites with little room."""
    return tuple(Site(s.site_id, storage_cm3=s.storage_cm3) for s in state.sites.values() if s.storage_cm3)


def day_after(history: DemandHistory) -> int:
    """Number of the first day that is not in the history."""
    return day_number(history.first_day_s) + len(history.units)
