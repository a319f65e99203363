"""What planning remembers beside the state: indexes that make work per event independent of the size of the company.

Promises: everything here follows from the state and could be thrown away at any time; `seq` says which fold it stands
for, and a plan made with a memory of another fold rebuilds it first. Changed by `follow` only, which the core's fold
calls through `following`, on the core's loop. Called by every step of planning, to read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain import negotiations_events as n
from orchestrator.domain.company import Place, TravelKind
from orchestrator.domain.entities import OrderStatus, PurchaseOrder, SupplyStatus
from orchestrator.domain.measures import order_size
from orchestrator.domain.plan import Allocation, PegKind, VehicleRoute
from orchestrator.domain.sourcing import TransferLane
from orchestrator.domain.state import State
from orchestrator.planning.dirty import ItemSite
from orchestrator.planning.grid import Grid
from orchestrator.planning.sources import Offers, feeders_of, mutual_lanes, offers_of
from solvers.replenishment.item import ItemSite as ProblemItem
from solvers.replenishment.plan import ReplenishmentPlan
from solvers.replenishment.problem import ReplenishmentProblem
from solvers.replenishment.rebalance import Lane, Transfer

Fold = Callable[[State, Any, int, int], None]
Heard = Callable[[int, e.Event, tuple[str, ...]], None]

CELLS_A_SIDE = 40


class Memory:
    """Indexes over one state.

    stock_pegs[(site, item)][order]: units of stock promised to open orders. supply_pegs[supply][order]: units of a
    purchase or production order promised. waiting[item][order]: units that nothing covers. inbound[(site, item)]:
    supplies on their way there. producing: production orders that are not done.
    planned_on[order]: the vehicle that has it. stops[depot]: grid of planned stops.
    vehicles_of[depot], idle_of[depot]: vehicles, and those without a route. downs[machine]: spans in which it stood.
    offers[item]: its suppliers. feeders[site]: lanes by which other sites supply it; lanes: those between sites that
    help each other out, moves[item]: what is proposed to go over them. under_way: purchase orders that a lead time is
    learned from and that have not come, the written-off ones included; received: those that have, in that order.
    cost_cents, distance_m: sums over all routes. replenishment: the last plan of the replenishment core, as of
    `replenished_s`; stock_problem, item_sites: what it was made of; their untouched parts are kept. told, retried_s:
    marks of `watch`. live: the fold may call `follow`. wired: it does. rebuilding: the whole state is being read.
    """

    def __init__(self) -> None:
        self.seq = -1
        self.live = False
        self.wired = False
        self.rebuilding = False
        self.heard: Heard | None = None
        self.replenishment: ReplenishmentPlan | None = None
        self.replenished_s = 0
        self.stock_problem: ReplenishmentProblem | None = None
        self.told: dict[str, int] = {}
        self.retried_s = 0
        self._clear()

    def _clear(self) -> None:
        self.stock_pegs: dict[ItemSite, dict[str, int]] = {}
        self.supply_pegs: dict[str, dict[str, int]] = {}
        self.waiting: dict[str, dict[str, int]] = {}
        self.inbound: dict[ItemSite, dict[str, None]] = {}
        self.producing: dict[str, None] = {}
        self.planned_on: dict[str, str] = {}
        self.stops: dict[str, Grid] = {}
        self.vehicles_of: dict[str, tuple[str, ...]] = {}
        self.idle_of: dict[str, dict[str, None]] = {}
        self.downs: dict[str, list[list[int]]] = {}
        self.offers: Offers = {}
        self.feeders: dict[str, tuple[TransferLane, ...]] = {}
        self.lanes: tuple[Lane, ...] = ()
        self.moves: Mapping[str, tuple[Transfer, ...]] = {}
        self.under_way: dict[str, None] = {}
        self.received: list[str] = []
        self.item_sites: dict[ItemSite, ProblemItem] = {}
        self.cost_cents = 0
        self.distance_m = 0
        self._allocations: dict[str, Allocation] = {}
        self._routes: dict[str, VehicleRoute] = {}
        self._inbound_of: dict[str, ItemSite] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        self._cell = 1
        self._scale = 1.0

    def rebuild(self, state: State) -> None:
        """Forget everything and read the whole state once."""
        downs = self.downs
        self._clear()
        self.downs = downs
        self._measure_map(state)
        depots: dict[str, list[str]] = {}
        for vehicle in state.vehicles.values():
            depots.setdefault(vehicle.depot_id, []).append(vehicle.vehicle_id)
        self.vehicles_of = {depot: tuple(ids) for depot, ids in depots.items()}
        for vehicle_id in state.vehicles:
            self._sync_vehicle(state, vehicle_id)
        for order_id in state.open_orders:
            self._sync_order(state, order_id)
        self.rebuilding = True
        for supply_id in (*state.purchases, *state.production):
            self._sync_supply(state, supply_id)
        self.rebuilding = False
        self.offers = offers_of(state)
        self.feeders = feeders_of(state)
        self.lanes = mutual_lanes(state, self.feeders)
        self.received.sort(key=lambda key: (state.purchases[key].received_s or 0, key))
        self.seq = state.seq

    def follow(self, state: State, event: e.Event, seq: int) -> tuple[str, ...]:
        """Take in an event that was just folded. Returns the vehicles that lost a stop by it."""
        if isinstance(event, e.CompanyImported):
            self.rebuild(state)
            return ()
        rule = _TOUCHES.get(type(event))
        lost: dict[str, None] = {}
        if rule is not None:
            orders, vehicles, supplies = rule(event)
            for order_id in orders:
                before = self.planned_on.get(order_id)
                if before is not None and state.plan.vehicle_of.get(order_id) != before:
                    lost[before] = None
            for vehicle_id in dict.fromkeys((*vehicles, *lost)):
                self._sync_vehicle(state, vehicle_id)
            for order_id in orders:
                self._sync_order(state, order_id)
            for supply_id in supplies:
                self._sync_supply(state, supply_id)
        self._note_downtime(event)
        self.seq = seq
        return tuple(lost)

    def free_stock(self, state: State, key: ItemSite) -> int:
        """Units on hand at a site that no open order has been promised; negative when too much was promised."""
        return state.on_hand.get(key, 0) - sum(self.stock_pegs.get(key, {}).values())

    def pegged(self, order_id: str) -> Allocation | None:
        """The allocation of an open order whose pegs are counted here."""
        return self._allocations.get(order_id)

    def size_of(self, state: State, order_id: str) -> tuple[int, int]:
        """(weight_g, volume_cm3) of an order; reckoned once."""
        size = self._sizes.get(order_id)
        if size is None:
            size = self._sizes[order_id] = order_size(state, state.orders[order_id])
        return size

    # --- parts ---

    def _measure_map(self, state: State) -> None:
        """Cell size and the length of a degree of longitude, from where the customers are."""
        places = [customer.place for customer in state.customers.values()] or [s.place for s in state.sites.values()]
        if not places:
            return
        lats, lons = [p.lat_e7 for p in places], [p.lon_e7 for p in places]
        company = state.company
        if company is None or company.travel.kind is TravelKind.GREAT_CIRCLE:
            self._scale = math.cos(math.radians((min(lats) + max(lats)) / 2e7))
        span = max(max(lats) - min(lats), int((max(lons) - min(lons)) * self._scale), CELLS_A_SIDE)
        self._cell = span // CELLS_A_SIDE

    def _sync_vehicle(self, state: State, vehicle_id: str) -> None:
        vehicle = state.vehicles.get(vehicle_id)
        route = state.plan.routes.get(vehicle_id)
        before = self._routes.pop(vehicle_id, None)
        if before is not None:
            self.cost_cents -= before.cost_cents
            self.distance_m -= before.distance_m
        if route is not None:
            self._routes[vehicle_id] = route
            self.cost_cents += route.cost_cents
            self.distance_m += route.distance_m
        if vehicle is not None:
            idle = self.idle_of.setdefault(vehicle.depot_id, {})
            if route is None:
                idle[vehicle_id] = None
            else:
                idle.pop(vehicle_id, None)

    def _sync_order(self, state: State, order_id: str) -> None:
        self._sync_pegs(state, order_id)
        if order_id not in state.open_orders:
            self._sizes.pop(order_id, None)
        before, now_on = self.planned_on.get(order_id), state.plan.vehicle_of.get(order_id)
        if before == now_on:
            return
        if before is not None:
            del self.planned_on[order_id]
            for grid in self.stops.values():
                grid.remove(order_id)
        if now_on is not None and now_on in state.vehicles:
            self.planned_on[order_id] = now_on
            depot = state.vehicles[now_on].depot_id
            grid = self.stops.setdefault(depot, Grid(self._cell, self._scale))
            grid.put(order_id, place_of(state, order_id))

    def _sync_pegs(self, state: State, order_id: str) -> None:
        order = state.orders.get(order_id)
        is_open = order is not None and order.status is OrderStatus.OPEN
        now = state.plan.allocations.get(order_id) if is_open else None
        before = self._allocations.get(order_id)
        if now is before:
            return
        if before is not None:
            del self._allocations[order_id]
            self._count(before, -1)
        if now is not None:
            self._allocations[order_id] = now
            self._count(now, +1)

    def _count(self, allocation: Allocation, sign: int) -> None:
        for peg in allocation.pegs:
            if peg.kind is PegKind.STOCK:
                held = self.stock_pegs.setdefault((allocation.site_id, peg.item_id), {})
            elif peg.kind is PegKind.NONE:
                held = self.waiting.setdefault(peg.item_id, {})
            else:
                held = self.supply_pegs.setdefault(peg.source_id, {})
            left = held.get(allocation.order_id, 0) + sign * peg.quantity
            if left:
                held[allocation.order_id] = left
            else:
                held.pop(allocation.order_id, None)

    def _sync_supply(self, state: State, supply_id: str) -> None:
        production = state.production.get(supply_id)
        if production is not None and production.status in (SupplyStatus.OPEN, SupplyStatus.STARTED):
            self.producing[supply_id] = None
        else:
            self.producing.pop(supply_id, None)
        before = self._inbound_of.pop(supply_id, None)
        if before is not None:
            self.inbound[before].pop(supply_id, None)
        purchase = state.purchases.get(supply_id)
        if purchase is not None:
            self._sync_lesson(purchase)
        now = destination(state, supply_id)
        if now is not None:
            self._inbound_of[supply_id] = now
            self.inbound.setdefault(now, {})[supply_id] = None
        elif supply_id in self.supply_pegs and not self.supply_pegs[supply_id]:
            del self.supply_pegs[supply_id]

    def _sync_lesson(self, order: PurchaseOrder) -> None:
        """Whether something can be learned from how long a purchase order takes, now or once it has come."""
        if order.imported or order.from_site_id is not None:
            return
        waited = order.purchase_order_id in self.under_way
        if order.status in (SupplyStatus.OPEN, SupplyStatus.LOST):
            self.under_way[order.purchase_order_id] = None
        else:
            self.under_way.pop(order.purchase_order_id, None)
            if order.status is SupplyStatus.DONE and (waited or self.rebuilding):
                self.received.append(order.purchase_order_id)

    def _note_downtime(self, event: e.Event) -> None:
        if isinstance(event, e.MachineWentDown):
            spans = self.downs.setdefault(event.machine_id, [])
            if not spans or spans[-1][1] >= 0:
                spans.append([event.at_s, -1])
            del spans[:-50]
        elif isinstance(event, e.MachineCameUp):
            spans = self.downs.get(event.machine_id, [])
            if spans and spans[-1][1] < 0:
                spans[-1][1] = event.at_s


def following(evolve: Fold, memory: Memory) -> Fold:
    """The fold, with `memory` following each event and its listener told. Used as the core's `evolve`."""

    memory.wired = True

    def evolve_and_follow(state: State, event: Any, seq: int, at_s: int) -> None:
        evolve(state, event, seq, at_s)
        if memory.live:
            lost = memory.follow(state, event, seq)
            if memory.heard is not None:
                memory.heard(seq, event, lost)

    return evolve_and_follow


def place_of(state: State, order_id: str) -> Place:
    """Where an order is delivered."""
    return state.customers[state.orders[order_id].customer_id].place


def destination(state: State, supply_id: str) -> ItemSite | None:
    """(site, item) that a supply still on its way will be stock at; None when it has come or will not come."""
    purchase = state.purchases.get(supply_id)
    if purchase is not None:
        return (purchase.site_id, purchase.item_id) if purchase.status is SupplyStatus.OPEN else None
    production = state.production.get(supply_id)
    if production is None or production.status not in (SupplyStatus.OPEN, SupplyStatus.STARTED):
        return None
    item = state.items.get(production.item_id)
    if item is None or not item.operations:
        return None
    machine = state.machines.get(item.operations[-1].machine_ids[0])
    return (state.lines[machine.line_id].output_site_id, item.item_id) if machine is not None else None


Touched = tuple[Iterable[str], Iterable[str], Iterable[str]]
"""Orders, vehicles, supplies that an event may have changed."""


def _revised(event: e.PlanRevised) -> Touched:
    delta = event.delta
    orders: dict[str, None] = dict.fromkeys((*delta.allocations, *delta.unplanned))
    for route in delta.routes.values():
        orders.update(dict.fromkeys(route.order_ids() if route is not None else ()))
    return orders, delta.routes, ()


_TOUCHES: dict[type[e.Event], Callable[[Any], Touched]] = {
    e.PlanRevised: _revised,
    e.OrderReceived: lambda event: ((event.order.order_id,), (), ()),
    e.OrderCancelled: lambda event: ((event.order_id,), (), ()),
    e.VehicleLoaded: lambda event: (event.order_ids, (event.vehicle_id,), ()),
    e.OrderDelivered: lambda event: ((event.order_id,), (event.vehicle_id,), ()),
    e.DeliveryFailed: lambda event: ((event.order_id,), (event.vehicle_id,), ()),
    e.VehicleReturned: lambda event: (event.returned, (event.vehicle_id,), ()),
    e.ProductionReleased: lambda event: ((), (), (event.order.production_order_id,)),
    e.TaskStarted: lambda event: ((), (), (event.task_id.rpartition(":")[0],)),
    e.TaskFinished: lambda event: ((), (), (event.task_id.rpartition(":")[0],)),
    e.PurchasePlaced: lambda event: ((), (), (event.order.purchase_order_id,)),
    e.PurchaseReceived: lambda event: ((), (), (event.purchase_order_id,)),
    e.ReplenishmentCancelled: lambda event: ((), (), (event.supply_id,)),
    e.PurchaseWrittenOff: lambda event: ((), (), (event.purchase_order_id,)),
    n.OrderHandedOver: lambda event: ((event.carried.order_id,), (), ()),
    n.OrderTakenBack: lambda event: ((event.order_id,), (), ()),
    n.CarrierDelivered: lambda event: ((event.order_id,), (), ()),
}
