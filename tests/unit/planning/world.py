"""A small company in memory: commands go through decide and evolve, planning through `plan_once`.

Called by the planning tests. Deterministic; no clock but the world's own `now_s`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from orchestrator.domain import commands as c
from orchestrator.domain import company as co
from orchestrator.domain.decide import decide
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.events import Event
from orchestrator.domain.evolve import evolve
from orchestrator.domain.plan import Tier
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.draft import Draft
from orchestrator.planning.memory import Memory, following
from orchestrator.planning.plan_once import plan_once
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.trigger import trigger

DAY_S = 1_700_006_400  # some midnight
HOUR_S = 3600
CENTRE = (520_000_000, 130_000_000)


def place(north_m: int, east_m: int) -> co.Place:
    """A point so many metres north and east of the centre."""
    return co.Place(lat_e7=CENTRE[0] + north_m * 90, lon_e7=CENTRE[1] + east_m * 146)


def small_company(
    vehicles: int = 3,
    customers: int = 12,
    depots: int = 1,
    seed: int = 1,
    weight_g: int = 1_000_000,
    stock: int = 1000,
    plant: bool = False,
    reach_m: int = 12_000,
    production: tuple[tuple[str, int, int], ...] = (),
    purchases: tuple[tuple[str, int, int], ...] = (),
) -> co.Company:
    """Customers around warehouses; item A is bought, M is made of A on the plant's line when there is one.

    production: (id, quantity, due hour) of M; purchases: (id, quantity, expected hour) of A for W1.
    """
    sites, items = _sites(depots, plant, reach_m), _items(plant)
    return co.Company(
        name="Small",
        day_start_s=DAY_S,
        sites=sites,
        items=items,
        suppliers=(co.Supplier(supplier_id="S1", name="Supplier", lead_time_s=6 * HOUR_S, lead_time_sd_s=1800),),
        lines=(co.Line(line_id="L1", name="Line", site_id="P1", output_site_id="W1", transfer_s=1800),)
        if plant
        else (),
        machines=tuple(co.Machine(machine_id=f"M{n}", name=f"M{n}", line_id="L1") for n in (1, 2, 3)) if plant else (),
        vehicles=tuple(_vehicle(number, depots, weight_g) for number in range(vehicles)),
        customers=tuple(_customers(customers, reach_m, random.Random(seed))),
        partners=(co.Partner(partner_id="acme", name="Acme", token_sha256="0" * 64),),
        stock=tuple(
            co.StockPolicy(
                site_id=site.site_id,
                item_id=item.item_id,
                on_hand=stock if item.item_id == "A" else 0,
                daily_demand=(5, 6, 4),
            )
            for site in sites
            for item in items
        ),
        production_orders=tuple(
            co.ProductionOrderRow(production_order_id=name, item_id="M", quantity=n, due_s=DAY_S + hour * HOUR_S)
            for name, n, hour in production
        ),
        purchase_orders=tuple(_purchase(name, quantity, hour) for name, quantity, hour in purchases),
    )


def _sites(depots: int, plant: bool, reach_m: int) -> tuple[co.Site, ...]:
    warehouse = co.SiteKind.WAREHOUSE
    sites = [
        co.Site(site_id=f"W{n + 1}", name=f"Warehouse {n + 1}", kind=warehouse, place=_depot(n, depots, reach_m))
        for n in range(depots)
    ]
    if plant:
        sites.append(co.Site(site_id="P1", name="Plant", kind=co.SiteKind.PLANT, place=place(3000, 3000)))
    return tuple(sites)


def _depot(number: int, depots: int, reach_m: int) -> co.Place:
    """Two depots are neighbours; more of them stand on a grid over the region, so that each has its customers."""
    if depots <= 2:
        return place(0, 8000 * number)
    side = math.isqrt(depots - 1) + 1
    step_m = 2 * reach_m // side
    return place(step_m * (number // side) + step_m // 2 - reach_m, step_m * (number % side) + step_m // 2 - reach_m)


def _items(plant: bool) -> tuple[co.Item, ...]:
    bought = co.Item(
        item_id="A", name="Bought", kind=co.ItemKind.BOUGHT, family="F", weight_g=1000, volume_cm3=1000,
        unit_cost_cents=500, supplier_id="S1", min_order_quantity=10,
    )  # fmt: skip
    if not plant:
        return (bought,)
    made = co.Item(
        item_id="M", name="Made", kind=co.ItemKind.MADE, family="G", weight_g=2000, volume_cm3=2000,
        unit_cost_cents=1500, components=(co.Component(item_id="A", quantity=2),), line_id="L1",
        operations=(
            co.Operation(name="cut", machine_ids=("M1", "M2"), setup_s=600, unit_s=60),
            co.Operation(name="paint", machine_ids=("M3",), setup_s=300, unit_s=30),
        ),
    )  # fmt: skip
    return bought, made


def _lines() -> tuple[co.Line, ...]:
    return (co.Line(line_id="L1", name="Line", site_id="P1", output_site_id="W1", transfer_s=1800),)


def _vehicle(number: int, depots: int, weight_g: int) -> co.Vehicle:
    return co.Vehicle(
        vehicle_id=f"V{number + 1}", name=f"V{number + 1}", kind="van", depot_id=f"W{number % depots + 1}",
        weight_g=weight_g, volume_cm3=10_000_000, shift_start_s=6 * HOUR_S, shift_end_s=18 * HOUR_S,
        fixed_cents=2000, km_cents=60, hour_cents=2500,
    )  # fmt: skip


def _customers(count: int, reach_m: int, chance: random.Random) -> Iterator[co.Customer]:
    for number in range(count):
        where = place(chance.randint(-reach_m, reach_m), chance.randint(-reach_m, reach_m))
        yield co.Customer(customer_id=f"C{number}", name=f"C{number}", place=where, service_s=300)


def _purchase(name: str, quantity: int, hour: int) -> co.PurchaseOrderRow:
    return co.PurchaseOrderRow(
        purchase_order_id=name, supplier_id="S1", item_id="A", site_id="W1", quantity=quantity,
        expected_s=DAY_S + hour * HOUR_S,
    )  # fmt: skip


@dataclass
class World:
    """A company, its log and its plan. Every `do` is followed by planning unless `plan=False`."""

    company: co.Company = field(default_factory=small_company)
    settings: PlanningSettings = field(default_factory=lambda: PlanningSettings(repair_budget_ms=2))
    now_s: int = DAY_S + 5 * HOUR_S
    with_stock: bool = False

    def __post_init__(self) -> None:
        self.state = State()
        self.memory = Memory()
        self.memory.live = True
        self.fold = following(evolve, self.memory)
        self.memory.heard = self._heard
        self.dirty = Dirty()
        self.seq = 0
        self.numbers = 0
        self.drafts: list[Draft] = []
        self.do(c.ImportCompany(company=self.company))

    def _heard(self, seq: int, event: Event, lost: tuple[str, ...]) -> None:
        self.dirty.merge(trigger(self.state, event, seq, lost))

    def tell(self, command: c.Command) -> tuple[Any, ...]:
        """Decide and fold; no planning."""
        decision = decide(self.state, command, self.now_s, "test")
        for event in decision.events:
            self.seq += 1
            self.fold(self.state, event, self.seq, self.now_s)
        return decision.events

    def do(self, command: c.Command) -> Draft | None:
        """Decide, fold, plan, publish."""
        self.tell(command)
        return self.plan()

    def plan(self, tier: Tier = Tier.REPAIR) -> Draft | None:
        """Plan what is dirty and publish it."""
        dirty, self.dirty = self.dirty, Dirty()
        draft = plan_once(self.state, dirty, self.now_s, self.settings, self.memory, tier, with_stock=self.with_stock)
        if draft is not None:
            self.drafts.append(draft)
            self.tell(c.PublishRevision(head=draft.head, delta=draft.delta))
        return draft

    def order(
        self, customer: str = "C0", quantity: int = 5, window: tuple[int, int] = (8, 16), priority: int = 5,
        item: str = "A", plan: bool = True,
    ) -> str:  # fmt: skip
        """Submit an order; hours of the day for the window. Returns its id."""
        self.numbers += 1
        draft = c.OrderDraft(
            number=f"O{self.numbers}",
            customer_id=customer,
            lines=(OrderLine(item_id=item, quantity=quantity),),
            window_start_s=DAY_S + window[0] * HOUR_S,
            window_end_s=DAY_S + window[1] * HOUR_S,
            priority=priority,
        )
        self.tell(c.SubmitOrders(partner_id="acme", orders=(draft,)))
        if plan:
            self.plan()
        return f"acme/O{self.numbers}"

    # --- driving ---

    def next_trip(self, vehicle_id: str) -> tuple[str, ...]:
        """Orders of the vehicle's first trip, in order."""
        route = self.state.plan.routes[vehicle_id]
        return tuple(stop.order_id for stop in route.trips[0].stops)

    def load(self, vehicle_id: str) -> tuple[str, ...]:
        """Load the first trip at its planned departure."""
        trip = self.state.plan.routes[vehicle_id].trips[0]
        orders = tuple(stop.order_id for stop in trip.stops)
        self.now_s = max(self.now_s, trip.depart_s)
        self.do(c.ReportVehicleLoaded(vehicle_id=vehicle_id, order_ids=orders, at_s=self.now_s))
        return orders

    def serve(self, vehicle_id: str) -> str:
        """Arrive at the current stop and deliver it, at the planned times."""
        order_id = self.state.fleet[vehicle_id].current_order_id
        assert order_id is not None
        stop = next(s for t in self.state.plan.routes[vehicle_id].trips for s in t.stops if s.order_id == order_id)
        self.now_s = max(self.now_s, stop.arrive_s)
        self.do(c.ReportVehicleArrived(vehicle_id=vehicle_id, order_id=order_id, at_s=self.now_s))
        self.now_s = max(self.now_s, stop.depart_s)
        rest = [o for o in self.next_trip(vehicle_id) if o != order_id]
        self.do(
            c.ReportOrderDelivered(
                vehicle_id=vehicle_id, order_id=order_id, at_s=self.now_s, next_order_id=rest[0] if rest else None
            )
        )
        return order_id

    def home(self, vehicle_id: str) -> None:
        """Return to the depot at the planned time."""
        route = self.state.plan.routes.get(vehicle_id)
        if route is not None and route.trips:
            self.now_s = max(self.now_s, route.trips[0].return_s)
        self.do(c.ReportVehicleReturned(vehicle_id=vehicle_id, at_s=self.now_s))
