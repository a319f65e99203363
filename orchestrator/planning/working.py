"""One planning pass: the plan in the making, as changes over the plan in force.

Promises: reads the state, never changes it; every getter gives the new value where there is one and the value in force
otherwise. Made for one pass and thrown away. Called by every step of the pass, in the order of `plan_once`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from orchestrator.domain.entities import Order, OrderStatus, ProductionOrder, VehicleLive
from orchestrator.domain.plan import (
    Allocation,
    Find,
    PegKind,
    PlannedTask,
    Proposal,
    VehicleRoute,
    Verdict,
)
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty, ItemSite
from orchestrator.planning.memory import Memory
from orchestrator.planning.roads import Roads
from orchestrator.planning.settings import PlanningSettings

V = TypeVar("V")


@dataclass(slots=True)
class Working:
    """A pass. `now_s` is the moment it plans for. `wide`: the neighbourhood of an improvement, not of a repair.
    `with_stock`: look at replenishment too; a repair leaves it to a quiet moment unless stock is what went wrong.

    touched_vehicles, touched_orders: what the routing step must look at, filled by the steps before it.
    failures: what could not be planned for a defect; the rest was. The planner tells them.
    seen_*: the entities the result rests on; `stale` compares them with the state when the result is there.
    """

    state: State
    memory: Memory
    settings: PlanningSettings
    now_s: int
    dirty: Dirty
    wide: bool = False
    with_stock: bool = True
    roads: Roads = field(init=False)

    allocations: dict[str, Allocation | None] = field(default_factory=dict)
    tasks: dict[str, PlannedTask | None] = field(default_factory=dict)
    proposals: dict[str, Proposal | None] = field(default_factory=dict)
    routes: dict[str, VehicleRoute | None] = field(default_factory=dict)
    unplanned: dict[str, Verdict | None] = field(default_factory=dict)
    late: dict[str, Verdict | None] = field(default_factory=dict)
    conflicts: dict[str, str | None] = field(default_factory=dict)

    stock_change: dict[ItemSite, int] = field(default_factory=dict)
    supply_change: dict[str, int] = field(default_factory=dict)
    relaxed: frozenset[str] = frozenset()
    touched_orders: dict[str, None] = field(default_factory=dict)
    touched_vehicles: dict[str, None] = field(default_factory=dict)
    seen_routes: dict[str, VehicleRoute | None] = field(default_factory=dict)
    seen_live: dict[str, VehicleLive] = field(default_factory=dict)
    seen_production: dict[str, ProductionOrder] = field(default_factory=dict)
    seen_orders: dict[str, Order] = field(default_factory=dict)
    engine: str = "repair"
    found_by: tuple[Find, ...] = ()
    gain_cents: int = 0
    rejections: int = 0
    failures: list[Exception] = field(default_factory=list)
    base_revision: int = field(init=False)

    def __post_init__(self) -> None:
        self.roads = Roads.of(self.state, self.now_s)
        self.base_revision = self.state.plan.revision

    # --- the plan in the making ---

    def allocation(self, order_id: str) -> Allocation | None:
        """The order's source."""
        return _newest(self.allocations, self.state.plan.allocations, order_id)

    def task(self, task_id: str) -> PlannedTask | None:
        """The task's place on a machine."""
        return _newest(self.tasks, self.state.plan.tasks, task_id)

    def route(self, vehicle_id: str) -> VehicleRoute | None:
        """The vehicle's route."""
        return _newest(self.routes, self.state.plan.routes, vehicle_id)

    def is_open(self, order_id: str) -> bool:
        """Whether the order still waits at a site."""
        order = self.state.orders.get(order_id)
        return order is not None and order.status is OrderStatus.OPEN

    def set_allocation(self, order_id: str, allocation: Allocation | None) -> None:
        """Give an order another source, or none for the moment."""
        self._count(self.allocations.get(order_id, self.memory.pegged(order_id)), -1)
        self.allocations[order_id] = allocation
        self._count(allocation, +1)

    def _count(self, allocation: Allocation | None, sign: int) -> None:
        for peg in allocation.pegs if allocation is not None else ():
            if peg.kind is PegKind.STOCK and allocation is not None:
                key = (allocation.site_id, peg.item_id)
                self.stock_change[key] = self.stock_change.get(key, 0) + sign * peg.quantity
            elif peg.kind is not PegKind.NONE:
                self.supply_change[peg.source_id] = self.supply_change.get(peg.source_id, 0) + sign * peg.quantity

    def free_stock(self, key: ItemSite) -> int:
        """Units at a site that nobody has been promised, in the plan in the making; negative: too many promised."""
        return self.memory.free_stock(self.state, key) - self.stock_change.get(key, 0)

    def promised_of_supply(self, supply_id: str) -> int:
        """Units of a supply order that orders have been promised, in the plan in the making."""
        return sum(self.memory.supply_pegs.get(supply_id, {}).values()) + self.supply_change.get(supply_id, 0)

    def pegged_stock(self, key: ItemSite) -> dict[str, int]:
        """Units of stock promised to each open order, in the plan in the making. Walks all changes: not for loops."""
        held = dict(self.memory.stock_pegs.get(key, {}))
        for order_id, allocation in self.allocations.items():
            held.pop(order_id, None)
            if allocation is None or allocation.site_id != key[0]:
                continue
            units = sum(p.quantity for p in allocation.pegs if p.kind is PegKind.STOCK and p.item_id == key[1])
            if units:
                held[order_id] = units
        return held

    def vehicle_of(self, order_id: str) -> str | None:
        """The vehicle in whose route of the plan in force the order is."""
        return self.state.plan.vehicle_of.get(order_id)

    # --- what the result rests on ---

    def look_at_vehicle(self, vehicle_id: str) -> None:
        """Note that the result depends on this vehicle as it is now."""
        self.seen_routes.setdefault(vehicle_id, self.state.plan.routes.get(vehicle_id))
        self.seen_live.setdefault(vehicle_id, self.state.fleet[vehicle_id])

    def look_at_order(self, order_id: str) -> None:
        """Note that the result depends on this order as it is now."""
        if order_id not in self.seen_orders:
            self.seen_orders[order_id] = self.state.orders[order_id]

    def stale(self) -> bool:
        """Whether something that the result rests on has changed meanwhile."""
        state = self.state
        return (
            state.plan.revision != self.base_revision
            or any(state.plan.routes.get(key) is not route for key, route in self.seen_routes.items())
            or any(state.fleet.get(key) is not live for key, live in self.seen_live.items())
            or any(state.production.get(key) is not order for key, order in self.seen_production.items())
            or any(state.orders.get(key) is not order for key, order in self.seen_orders.items())
        )


def _newest(new: Mapping[str, V | None], held: Mapping[str, V], key: str) -> V | None:
    return new[key] if key in new else held.get(key)
