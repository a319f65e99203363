"""A company small enough to reason about by hand, and a world that decides and folds without a core."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from orchestrator.domain.answers import Answer
from orchestrator.domain.commands import Command, ImportCompany, OrderDraft, SubmitOrders
from orchestrator.domain.company import (
    Company,
    Component,
    Customer,
    Item,
    ItemKind,
    Line,
    Machine,
    Operation,
    Partner,
    Place,
    ProductionOrderRow,
    PurchaseOrderRow,
    Site,
    SiteKind,
    StockPolicy,
    Supplier,
    Tool,
    Vehicle,
    Worker,
)
from orchestrator.domain.decide import decide
from orchestrator.domain.entities import OrderLine
from orchestrator.domain.events import Event
from orchestrator.domain.evolve import evolve
from orchestrator.domain.state import State

DAY_START_S = 1_790_000_000 // 86_400 * 86_400
NOW_S = DAY_START_S + 7 * 3600


def token_digest(token: str) -> str:
    """What a partner's token looks like in the master data."""
    return hashlib.sha256(token.encode()).hexdigest()


def _items() -> tuple[Item, ...]:
    return (
        Item(
            item_id="chair",
            name="Chair",
            kind=ItemKind.MADE,
            family="wood",
            weight_g=5_000,
            volume_cm3=80_000,
            unit_cost_cents=4_000,
            components=(Component(item_id="board", quantity=2),),
            operations=(
                Operation(name="cut", machine_ids=("M1", "M2"), setup_s=600, unit_s=60),
                Operation(name="glue", machine_ids=("M2",), setup_s=300, unit_s=120),
            ),
            line_id="L1",
        ),
        Item(
            item_id="board",
            name="Board",
            kind=ItemKind.BOUGHT,
            family="raw",
            weight_g=2_000,
            volume_cm3=10_000,
            unit_cost_cents=500,
            supplier_id="S1",
        ),
    )


def _van(vehicle_id: str) -> Vehicle:
    return Vehicle(
        vehicle_id=vehicle_id,
        name=vehicle_id,
        kind="van",
        depot_id="W1",
        weight_g=100_000,
        volume_cm3=2_000_000,
        shift_start_s=6 * 3600,
        shift_end_s=18 * 3600,
        km_cents=50,
        hour_cents=2_500,
    )


def _customer(index: int) -> Customer:
    place = Place(lat_e7=481_000_000 + index * 200_000, lon_e7=115_000_000)
    return Customer(customer_id=f"C{index}", name=f"Customer {index}", place=place, service_s=300)


def small_company() -> Company:
    """One warehouse, one line with two machines, two vans, three customers, one partner."""
    depot = Place(lat_e7=481_000_000, lon_e7=115_000_000)
    purchase = PurchaseOrderRow(
        purchase_order_id="PO-1", supplier_id="S1", item_id="board", site_id="W1", quantity=50, expected_s=NOW_S + 3600
    )
    return Company(
        name="Small & Sons",
        day_start_s=DAY_START_S,
        sites=(Site(site_id="W1", name="Warehouse", kind=SiteKind.WAREHOUSE, place=depot),),
        items=_items(),
        suppliers=(Supplier(supplier_id="S1", name="Sawmill", lead_time_s=2 * 86_400),),
        lines=(Line(line_id="L1", name="Line 1", site_id="W1", output_site_id="W1"),),
        machines=(
            Machine(machine_id="M1", name="Saw", line_id="L1"),
            Machine(machine_id="M2", name="Press", line_id="L1"),
        ),
        workers=(Worker(worker_id="K1", name="Kim", line_id="L1", skills=("gluing",)),),
        tools=(Tool(tool_id="T1", name="Clamp", kind="clamp"),),
        vehicles=(_van("V1"), _van("V2")),
        customers=(_customer(1), _customer(2), _customer(3)),
        partners=(Partner(partner_id="acme", name="Acme", token_sha256=token_digest("acme-token")),),
        stock=(
            StockPolicy(site_id="W1", item_id="chair", on_hand=20, daily_demand=(3, 4, 2, 5)),
            StockPolicy(site_id="W1", item_id="board", on_hand=100, daily_demand=(6, 8, 4, 10)),
        ),
        purchase_orders=(purchase,),
        production_orders=(
            ProductionOrderRow(production_order_id="MO-1", item_id="chair", quantity=10, due_s=NOW_S + 4 * 3600),
        ),
    )


def draft(number: str, customer_id: str = "C1", quantity: int = 1, **values: object) -> OrderDraft:
    """An order for chairs with a four-hour window around noon."""
    fields: dict[str, object] = {
        "number": number,
        "customer_id": customer_id,
        "lines": (OrderLine(item_id="chair", quantity=quantity),),
        "window_start_s": NOW_S + 3600,
        "window_end_s": NOW_S + 5 * 3600,
    }
    return OrderDraft(**(fields | values))  # type: ignore[arg-type]


@dataclass
class World:
    """Decides and folds at once, keeping the events; what a core does, without log and queue."""

    state: State = field(default_factory=State)
    events: list[Event] = field(default_factory=list)
    now_s: int = NOW_S

    @classmethod
    def with_company(cls) -> World:
        """A world in which the small company is loaded."""
        world = cls()
        world.do(ImportCompany(company=small_company()))
        return world

    def do(self, command: Command, principal: str = "test") -> Answer | None:
        """Decide a command and fold its events; raises its rejection."""
        decision = decide(self.state, command, self.now_s, principal)
        for event in decision.events:
            self.events.append(event)
            evolve(self.state, event, len(self.events), self.now_s)
        return decision.answer

    def submit(self, *drafts: OrderDraft, partner_id: str = "acme") -> Answer:
        """Submit orders and give the per-order results."""
        answer = self.do(SubmitOrders(partner_id=partner_id, orders=drafts))
        assert answer is not None
        return answer
