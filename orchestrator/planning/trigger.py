"""What an event makes dirty: the one table that says which parts of the plan must be looked at again.

Promises: pure, looks up no more than the event's own entities. `Dirty` is what accumulates until the planner takes
it. Called by the planner for every event, by previews and tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain.learned import ALL
from orchestrator.domain.measures import clock_time
from orchestrator.domain.plan import Cause
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty, ItemSite
from orchestrator.planning.trigger_cordons import CORDON_RULES
from orchestrator.planning.trigger_negotiations import NEGOTIATION_RULES
from orchestrator.planning.trigger_refusals import REFUSAL_RULES
from orchestrator.planning.trigger_shop import SHOP_RULES
from orchestrator.planning.trigger_speeds import SPEED_RULES

RUSH_PRIORITY = 8
"""An order from this priority on is a disruption: a revision names it even if nothing moves."""
CAUSES_KEPT = 50
TOLD = Cause(seq=0, kind="Replenishment", text="stock and supplies looked at")


def trigger(state: State, event: e.Event, seq: int = 0, lost: tuple[str, ...] = ()) -> Dirty:
    """What `event`, already folded into `state`, makes dirty. Events of planning's own make nothing dirty.

    lost: vehicles that the event took a stop from, which the state no longer tells (`Memory.follow` does).
    """
    dirty = Dirty()
    rule = RULES.get(type(event))
    if rule is None:
        return dirty
    text = rule(state, event, dirty)
    dirty.vehicles.update(_keys(lost))
    if text is not None and not dirty.empty():
        dirty.causes.append(Cause(seq=seq, kind=type(event).__name__, text=text[:1000]))
    return dirty


def resumed(state: State) -> Dirty:
    """After a start: the plan of the log stands; what has no place is looked at, and all times anew."""
    dirty = Dirty(causes=[Cause(seq=0, kind="Started", text="the server has started")])
    dirty.orders.update(_keys(order_id for order_id in state.open_orders if order_id not in state.plan.vehicle_of))
    dirty.vehicles.update(_keys(state.plan.routes))
    dirty.lines.update(_keys(state.lines))
    dirty.item_sites.update(_keys_of_stock(state))
    return dirty


def _keys_of_stock(state: State) -> dict[ItemSite, None]:
    """Item-sites whose books are short; everything else was looked at when it changed."""
    return {key: None for key, on_hand in state.on_hand.items() if on_hand <= 0}


def stock_only(state: State, asked: Dirty) -> Dirty:
    """The part of it that replenishment looks at in a quiet moment."""
    stock = Dirty(item_sites=asked.item_sites, supplies=asked.supplies, levels=asked.levels, causes=[TOLD])
    for order_id in asked.orders:
        order = state.orders.get(order_id)
        for line in order.lines if order is not None else ():
            keys = ((site_id, line.item_id) for site_id in state.sites)
            stock.item_sites.update(dict.fromkeys(key for key in keys if key in state.policies))
    return stock


def _keys(names: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(names)


def _company(state: State, event: e.CompanyImported, dirty: Dirty) -> str:
    dirty.everything = True
    dirty.must_publish = True
    return f"master data of {event.company.name} imported"


def _order_received(state: State, event: e.OrderReceived, dirty: Dirty) -> str:
    dirty.orders[event.order.order_id] = None
    rush = event.order.priority >= RUSH_PRIORITY
    dirty.must_publish = rush
    return f"{'rush order' if rush else 'order'} {event.order.order_id} received"


def _order_confirmed(state: State, event: e.OrderConfirmed, dirty: Dirty) -> str:
    dirty.orders[event.order_id] = None
    return f"reservation {event.order_id} confirmed"


def _order_changed(state: State, event: e.OrderChanged, dirty: Dirty) -> str:
    dirty.orders[event.order_id] = None
    dirty.must_publish = True
    return f"order {event.order_id} has another window or priority"


def _allowance(state: State, event: e.AllowanceGranted | e.AllowanceEnded, dirty: Dirty) -> str:
    """The vehicle's work is looked at anew, and what found no place at its depot tries again."""
    name = event.allowance.allowance_id if isinstance(event, e.AllowanceGranted) else event.allowance_id
    allowance = state.allowances[name]
    vehicle = state.vehicles.get(allowance.vehicle_id)
    if vehicle is None:
        return ""
    dirty.disrupted[vehicle.vehicle_id] = None
    for order_id in state.plan.unplanned:
        held = state.plan.allocations.get(order_id)
        if held is not None and held.site_id == vehicle.depot_id:
            dirty.orders[order_id] = None
    dirty.must_publish = True
    what = allowance.skill or allowance.amount
    over = "" if isinstance(event, e.AllowanceGranted) else " no more"
    return f"{vehicle.vehicle_id} is allowed {allowance.rule.value} {what}{over}"


def _order_cancelled(state: State, event: e.OrderCancelled, dirty: Dirty) -> str:
    order = state.orders[event.order_id]
    for line in order.lines:
        for site_id in state.sites:
            if (site_id, line.item_id) in state.on_hand:
                dirty.item_sites[(site_id, line.item_id)] = None
    return f"order {event.order_id} cancelled"


def _vehicle(state: State, event: Any, dirty: Dirty) -> str:
    dirty.vehicles[event.vehicle_id] = None
    return _VEHICLE_TEXTS[type(event)].format(event=event)


_VEHICLE_TEXTS: dict[Any, str] = {
    e.VehicleArrived: "vehicle {event.vehicle_id} arrived at {event.order_id}",
    e.OrderDelivered: "order {event.order_id} delivered by {event.vehicle_id}",
    e.VehicleSlipped: "vehicle {event.vehicle_id} is expected later at {event.order_id}",
}


def _loaded(state: State, event: e.VehicleLoaded, dirty: Dirty) -> str:
    """What was loaded may have been promised to others: the goods that it waited for have not come yet."""
    dirty.vehicles[event.vehicle_id] = None
    for order_id in event.order_ids:
        dirty.item_sites.update(_keys_of_lines(state, event.site_id, order_id))
    return f"vehicle {event.vehicle_id} loaded"


def _keys_of_lines(state: State, site_id: str, order_id: str) -> dict[ItemSite, None]:
    return {(site_id, line.item_id): None for line in state.orders[order_id].lines}


def _returned(state: State, event: e.VehicleReturned, dirty: Dirty) -> str:
    dirty.vehicles[event.vehicle_id] = None
    for order_id in event.returned:
        if order_id in state.open_orders:
            dirty.orders[order_id] = None
        dirty.item_sites.update(_keys_of_lines(state, event.site_id, order_id))
    dirty.must_publish = bool(event.returned)
    return f"vehicle {event.vehicle_id} is back"


def _delivery_failed(state: State, event: e.DeliveryFailed, dirty: Dirty) -> str:
    dirty.vehicles[event.vehicle_id] = None
    return f"order {event.order_id} could not be handed over: {event.reason}"


def _vehicle_down(state: State, event: e.VehicleWentDown, dirty: Dirty) -> str:
    dirty.vehicles[event.vehicle_id] = None
    dirty.disrupted[event.vehicle_id] = None
    dirty.must_publish = True
    return f"vehicle {event.vehicle_id} down until {clock_time(state, event.until_s)}"


def _vehicle_up(state: State, event: e.VehicleCameUp, dirty: Dirty) -> str:
    dirty.vehicles[event.vehicle_id] = None
    dirty.disrupted[event.vehicle_id] = None
    dirty.must_publish = True
    _retry_unplanned(state, dirty)
    _retry_conflicts(state, dirty, event.vehicle_id)
    return f"vehicle {event.vehicle_id} moves again"


def _retry_unplanned(state: State, dirty: Dirty) -> None:
    """What found no place may find one now. The planner takes a bounded number at a time."""
    dirty.orders.update(_keys(state.plan.unplanned))


def _retry_conflicts(state: State, dirty: Dirty, vehicle_id: str | None) -> None:
    """Overrides about this vehicle that could not be honoured may be kept now."""
    for order_id, override_ids in state.override_ids_of_order.items():
        for override in (state.overrides[override_id] for override_id in override_ids):
            if override.conflict and vehicle_id in (override.vehicle_id, override.held_vehicle_id):
                dirty.orders[order_id] = None


def _area_slowed(state: State, event: e.AreaSlowed, dirty: Dirty) -> str:
    dirty.must_publish = True
    dirty.vehicles.update(_keys(state.plan.routes))
    until = clock_time(state, event.area.until_s)
    return f"area {event.area.area_id} slow, {event.area.factor_pct} % of the usual time until {until}"


def _area_cleared(state: State, event: e.AreaCleared, dirty: Dirty) -> str:
    dirty.must_publish = True
    dirty.vehicles.update(_keys(state.plan.routes))
    return f"area {event.area_id} is as quick as ever"


def _purchase_placed(state: State, event: e.PurchasePlaced, dirty: Dirty) -> str:
    dirty.supplies[event.order.purchase_order_id] = None
    dirty.item_sites[(event.order.site_id, event.order.item_id)] = None
    if event.order.from_site_id is not None:
        dirty.item_sites[(event.order.from_site_id, event.order.item_id)] = None
    return f"{event.order.quantity} × {event.order.item_id} ordered from {event.order.supplier_id}"


def _purchase_delayed(state: State, event: e.PurchaseDelayed, dirty: Dirty) -> str:
    order = state.purchases[event.purchase_order_id]
    dirty.supplies[event.purchase_order_id] = None
    dirty.item_sites[(order.site_id, order.item_id)] = None
    dirty.must_publish = True
    when = clock_time(state, event.expected_s)
    return f"supplier {order.supplier_id} brings {order.quantity} × {order.item_id} at {when}"


def _purchase_received(state: State, event: e.PurchaseReceived, dirty: Dirty) -> str:
    order = state.purchases[event.purchase_order_id]
    dirty.supplies[event.purchase_order_id] = None
    dirty.item_sites[(order.site_id, order.item_id)] = None
    return f"{event.quantity} × {order.item_id} received at {order.site_id}"


def _replenishment_cancelled(state: State, event: e.ReplenishmentCancelled, dirty: Dirty) -> str:
    dirty.supplies[event.supply_id] = None
    purchase = state.purchases.get(event.supply_id)
    if purchase is not None:
        dirty.item_sites[(purchase.site_id, purchase.item_id)] = None
        if purchase.from_site_id is not None:
            dirty.item_sites[(purchase.from_site_id, purchase.item_id)] = None
    else:
        dirty.lines.update(_keys(state.lines))
    dirty.must_publish = True
    return f"replenishment {event.supply_id} cancelled"


def _stock_counted(state: State, event: e.StockCounted, dirty: Dirty) -> str:
    dirty.item_sites[(event.site_id, event.item_id)] = None
    dirty.must_publish = True
    return f"{event.on_hand} × {event.item_id} counted at {event.site_id}, the books said {event.was}"


def _purchase_written_off(state: State, event: e.PurchaseWrittenOff, dirty: Dirty) -> str:
    """Orders that count on it look for their goods elsewhere; it is ordered again."""
    order = state.purchases[event.purchase_order_id]
    dirty.supplies[event.purchase_order_id] = None
    dirty.item_sites[(order.site_id, order.item_id)] = None
    dirty.must_publish = True
    return f"{order.quantity} × {order.item_id} of {order.supplier_id} are not counted on any more"


def _stock_issued(state: State, event: e.StockIssued, dirty: Dirty) -> str:
    dirty.item_sites[(event.site_id, event.item_id)] = None
    return f"{event.quantity} × {event.item_id} left {event.site_id}"


def _learned(state: State, event: e.LearningRevised, dirty: Dirty) -> str:
    """Forecasts are about their item; a lead time about all that a supplier sends to a site, or to any."""
    dirty.levels.update(_keys_of((record.site_id, record.item_id) for record in event.forecasts))
    lanes = {(record.supplier_id, record.site_id) for record in event.lead_times}
    if lanes:
        sells = _sells(state)
        dirty.levels.update(
            _keys_of(
                (site_id, item_id)
                for site_id, item_id in state.policies
                for supplier_id in sells.get(item_id, ())
                if next(lane for lane in _known(supplier_id, site_id) if lane in state.lead_times) in lanes
            )
        )
    return event.reason or "learned"


def _known(supplier_id: str, site_id: str) -> tuple[tuple[str, str], ...]:
    """Where it is looked up how long a supplier takes to a site; the last is always there once something is."""
    return (supplier_id, site_id), (supplier_id, ALL), (ALL, ALL)


def _sells(state: State) -> dict[str, set[str]]:
    """Item -> who sells it."""
    found: dict[str, set[str]] = {item.item_id: {item.supplier_id or ""} for item in state.items.values()}
    for source in state.company.sources if state.company is not None else ():
        found.setdefault(source.item_id, set()).add(source.supplier_id)
    return found


def _keys_of(keys: Iterable[ItemSite]) -> dict[ItemSite, None]:
    return dict.fromkeys(keys)


def _override_created(state: State, event: e.OverrideCreated, dirty: Dirty) -> str:
    override = event.override
    _override_scope(state, override.override_id, dirty)
    what = f"{override.kind.value.lower()} {override.order_id} {override.vehicle_id or ''}".rstrip()
    return f"{override.owner}: {what} ({override.reason})"


def _override_ended(state: State, event: e.OverrideUndone | e.OverrideExpired, dirty: Dirty) -> str | None:
    override = state.overrides[event.override_id]
    if override.order_id not in state.open_orders:
        return None
    _override_scope(state, event.override_id, dirty)
    _retry_conflicts(state, dirty, override.vehicle_id or override.held_vehicle_id)
    verb = "undone" if isinstance(event, e.OverrideUndone) else "expired"
    return f"override {event.override_id} {verb}"


def _override_scope(state: State, override_id: str, dirty: Dirty) -> None:
    override = state.overrides[override_id]
    dirty.orders[override.order_id] = None
    dirty.must_publish = True
    for vehicle_id in (override.vehicle_id, override.held_vehicle_id, state.plan.vehicle_of.get(override.order_id)):
        if vehicle_id in state.vehicles:
            dirty.vehicles[str(vehicle_id)] = None


RULES: dict[type[e.Event], Callable[[State, Any, Dirty], str | None]] = {
    **SHOP_RULES,
    **SPEED_RULES,
    **CORDON_RULES,
    **REFUSAL_RULES,
    **NEGOTIATION_RULES,
    e.CompanyImported: _company,
    e.OrderReceived: _order_received,
    e.OrderConfirmed: _order_confirmed,
    e.OrderChanged: _order_changed,
    e.OrderCancelled: _order_cancelled,
    e.AllowanceGranted: _allowance,
    e.AllowanceEnded: _allowance,
    e.VehicleLoaded: _loaded,
    e.VehicleArrived: _vehicle,
    e.OrderDelivered: _vehicle,
    e.VehicleSlipped: _vehicle,
    e.DeliveryFailed: _delivery_failed,
    e.VehicleReturned: _returned,
    e.VehicleWentDown: _vehicle_down,
    e.VehicleCameUp: _vehicle_up,
    e.AreaSlowed: _area_slowed,
    e.AreaCleared: _area_cleared,
    e.PurchasePlaced: _purchase_placed,
    e.PurchaseDelayed: _purchase_delayed,
    e.PurchaseReceived: _purchase_received,
    e.ReplenishmentCancelled: _replenishment_cancelled,
    e.StockCounted: _stock_counted,
    e.PurchaseWrittenOff: _purchase_written_off,
    e.StockIssued: _stock_issued,
    e.LearningRevised: _learned,
    e.OverrideCreated: _override_created,
    e.OverrideUndone: _override_ended,
    e.OverrideExpired: _override_ended,
}
