"""Master data: what a company owns and whom it serves. Loaded by `ImportCompany`, changed by importing again."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from orchestrator.domain.sourcing import Source, TransferLane
from orchestrator.domain.types import (
    Cents,
    Count,
    DayS,
    DurationS,
    EpochS,
    Frozen,
    Id,
    LatE7,
    LonE7,
    Name,
    PerMille,
    Quantity,
)


class SiteKind(StrEnum):
    """What a site is for; only warehouses send vehicles out."""

    WAREHOUSE = "WAREHOUSE"
    PLANT = "PLANT"


class ItemKind(StrEnum):
    """Where an item comes from: our lines or a supplier."""

    MADE = "MADE"
    BOUGHT = "BOUGHT"


class Place(Frozen):
    """A point on the map, in units of 1e-7 degrees."""

    lat_e7: LatE7
    lon_e7: LonE7


class Site(Frozen):
    """A warehouse or a plant. `loading_s`: time to load one trip; `handling_s`: from receipt to pickable.

    `storage_cm3`: room for goods, 0 = no limit.
    """

    site_id: Id
    name: Name
    kind: SiteKind
    place: Place
    open_s: DayS = 0
    close_s: DayS = 86_400
    loading_s: DurationS = 900
    handling_s: DurationS = 900
    docks: Count = 4
    storage_cm3: Cents = 0


class Component(Frozen):
    """One row of a bill of materials: units of `item_id` in one unit of the parent."""

    item_id: Id
    quantity: Quantity


class Operation(Frozen):
    """One step of making an item: on any one of `machine_ids`, `setup_s` + quantity × `unit_s` long.

    `skills`: one worker with each of these stands by; a skill named twice wants two. `tools`: the same for kinds of
    tools. `batch`: tasks of the same name may share a machine that runs batches ("": alone).
    """

    name: Name
    machine_ids: tuple[Id, ...] = Field(min_length=1)
    setup_s: DurationS = 0
    unit_s: DurationS = 1
    skills: tuple[Id, ...] = Field(default=(), max_length=8)
    tools: tuple[Id, ...] = Field(default=(), max_length=8)
    batch: str = Field(default="", max_length=64)


class Item(Frozen):
    """A stock-keeping unit. A made item has operations and components, a bought one a supplier.

    `goods_class`: what it counts as where classes may not travel together ("": it may with anything).
    """

    item_id: Id
    name: Name
    kind: ItemKind
    family: Id
    weight_g: Count
    volume_cm3: Count
    unit_cost_cents: Cents
    supplier_id: Id | None = None
    min_order_quantity: Quantity = 1
    order_multiple: Quantity = 1
    components: tuple[Component, ...] = ()
    operations: tuple[Operation, ...] = ()
    line_id: Id | None = None
    goods_class: str = Field(default="", max_length=64)


class Supplier(Frozen):
    """Who delivers bought items; lead time as agreed, its spread as known at import.

    `min_order_cents`: the least it takes an order for, over all items; `truck_*`: what one delivery can carry.
    0 = no such limit.
    """

    supplier_id: Id
    name: Name
    lead_time_s: DurationS
    lead_time_sd_s: DurationS = 0
    order_cost_cents: Cents = 0
    min_order_cents: Cents = 0
    truck_weight_g: Cents = 0
    truck_volume_cm3: Cents = 0


class Line(Frozen):
    """A production line: takes materials at `site_id`, its goods are at `output_site_id` after `transfer_s`."""

    line_id: Id
    name: Name
    site_id: Id
    output_site_id: Id
    transfer_s: DurationS = 0
    shift_start_s: DayS = 0
    shift_end_s: DayS = 86_400


class Machine(Frozen):
    """A machine of a line; it does one task at a time, or one batch of up to `batch_capacity` pieces (0: no batches).

    `maintenance_s`: how long maintenance takes. `failure_cents`: what a failure costs with its repair and standstill,
    `maintenance_cents`: what maintenance in time costs. `overtime_hour_cents`: an hour outside of the shift.
    """

    machine_id: Id
    name: Name
    line_id: Id
    hour_cents: Cents = 0
    batch_capacity: Count = 0
    maintenance_s: DurationS = 3_600
    maintenance_cents: Cents = 20_000
    failure_cents: Cents = 200_000
    overtime_hour_cents: Cents = 6_000


class Worker(Frozen):
    """Somebody who works at the machines of a line, with skills and a shift (seconds of the local day)."""

    worker_id: Id
    name: Name
    line_id: Id
    skills: tuple[Id, ...] = Field(min_length=1, max_length=50)
    shift_start_s: DayS = 0
    shift_end_s: DayS = 86_400


class Tool(Frozen):
    """One tool, mould or fixture of a kind."""

    tool_id: Id
    name: Name
    kind: Id


class Changeover(Frozen):
    """What it takes on a line's machines to go from one item family to another."""

    line_id: Id
    from_family: Id
    to_family: Id
    duration_s: DurationS
    cost_cents: Cents = 0


class DrivingRule(StrEnum):
    """Whose law on driving times the driver keeps. EU: 45 min after 4 h 30 of driving. US: 30 min after 8 h."""

    NONE = "NONE"
    EU = "EU"
    US = "US"


class Vehicle(Frozen):
    """A vehicle with its driver: home depot, capacity, shift (seconds of the local day), speed and costs.

    `overtime_s`: how long after its shift it may still be out, an hour of it costs `overtime_hour_cents` more.
    `skills`: what driver and equipment can do; customers may need some of it.
    `break_s`: the length of a break that lies between `break_start_s` and `break_end_s` of the local day, 0 = none.
    `max_*`: how far, how long from the first loading to the last return, and with how many deliveries it may be out
    on one day; 0 = no limit.
    """

    vehicle_id: Id
    name: Name
    kind: Id
    depot_id: Id
    weight_g: Count
    volume_cm3: Count
    shift_start_s: DayS
    shift_end_s: DayS
    speed_m_per_h: Count = 36_000
    fixed_cents: Cents = 0
    km_cents: Cents = 0
    hour_cents: Cents = 0
    overtime_s: DurationS = 0
    overtime_hour_cents: Cents = 0
    skills: tuple[Id, ...] = Field(default=(), max_length=50)
    driving_rule: DrivingRule = DrivingRule.NONE
    break_start_s: DayS = 0
    break_end_s: DayS = 0
    break_s: DurationS = 0
    max_distance_m: Count = 0
    max_duration_s: DurationS = 0
    max_stops: Count = 0

    @model_validator(mode="after")
    def _break_fits(self) -> Vehicle:
        if self.break_s > self.break_end_s - self.break_start_s:
            window = f"break_start_s {self.break_start_s} and break_end_s {self.break_end_s}"
            raise ValueError(f"break_s {self.break_s}: must fit between {window}")
        return self

    @property
    def rests(self) -> bool:
        """Whether its driver has to rest by some rule."""
        return self.break_s > 0 or self.driving_rule is not DrivingRule.NONE

    @property
    def has_day_rules(self) -> bool:
        """Whether what it has done on a day decides what it may still do: rests and limits."""
        return self.rests or bool(self.max_distance_m or self.max_duration_s or self.max_stops)


class Customer(Frozen):
    """Somebody whom orders are delivered to; opening hours as seconds of the local day.

    `pause_start_s`, `pause_end_s`: no delivery begins in between; equal: no pause. `setup_s`: once a visit, before
    the service of each order there. `needs`: skills that a vehicle must have to deliver here.
    """

    customer_id: Id
    name: Name
    place: Place
    open_s: DayS = 0
    close_s: DayS = 86_400
    service_s: DurationS = 600
    pause_start_s: DayS = 0
    pause_end_s: DayS = 0
    setup_s: DurationS = 0
    needs: tuple[Id, ...] = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _pause_in_order(self) -> Customer:
        if self.pause_end_s < self.pause_start_s:
            raise ValueError(f"pause_end_s {self.pause_end_s}: not before pause_start_s {self.pause_start_s}")
        return self


class GoodsRule(Frozen):
    """Two classes of goods that may not travel together in one trip."""

    class_a: str = Field(min_length=1, max_length=64)
    class_b: str = Field(min_length=1, max_length=64)


class Partner(Frozen):
    """A company whose system calls the partner port. Only the digest of its token is known here.

    `supplier_id`: the supplier for whom its system answers. `carries`: it is a carrier and may be asked to deliver,
    up to `carry_weight_g` a bid and `carry_radius_m` from the warehouse (0 = any), with `skills` as a vehicle has.
    """

    partner_id: Id
    name: Name
    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    supplier_id: Id | None = None
    carries: bool = False
    carry_weight_g: Cents = 0
    carry_radius_m: Count = 0
    skills: tuple[Id, ...] = Field(default=(), max_length=50)


class ServiceKind(StrEnum):
    """What a service level counts: replenishment cycles without a stock-out, or units served at once."""

    CYCLE = "CYCLE"
    FILL_RATE = "FILL_RATE"


class StockPolicy(Frozen):
    """Stock of an item at a site at import, its demand history and how sure it must be to be there.

    `automatic`: a proposal within the company's limit is ordered without a person. `fixed_*`: a reorder point and an
    order-up-to level that a person typed in; they are used as they are, nothing learned moves them.
    `shortage_cents_unit_day`: what a unit short costs a day, 0 = a share of its cost.
    """

    site_id: Id
    item_id: Id
    on_hand: Count
    service_per_mille: PerMille = 950
    daily_demand: tuple[Count, ...] = Field(default=(), max_length=400)
    service_kind: ServiceKind = ServiceKind.CYCLE
    automatic: bool = True
    fixed_reorder_point: Count | None = None
    fixed_order_up_to: Count | None = None
    shortage_cents_unit_day: Cents = 0

    @model_validator(mode="after")
    def _fixed_together(self) -> StockPolicy:
        point, level = self.fixed_reorder_point, self.fixed_order_up_to
        if (point is None) != (level is None):
            raise ValueError(f"fixed_reorder_point {point} and fixed_order_up_to {level}: name both or none")
        if point is not None and level is not None and level <= point:
            raise ValueError(f"fixed_order_up_to {level}: must be above the reorder point {point}")
        return self


class PurchaseOrderRow(Frozen):
    """A purchase order that was open at import."""

    purchase_order_id: Id
    supplier_id: Id
    item_id: Id
    site_id: Id
    quantity: Quantity
    expected_s: EpochS


class ProductionOrderRow(Frozen):
    """A production order that was released before the import."""

    production_order_id: Id
    item_id: Id
    quantity: Quantity
    due_s: EpochS


class Road(Frozen):
    """Measured travel between two sites or customers, by vehicles of one kind ("": of all kinds)."""

    from_id: Id
    to_id: Id
    distance_m: Count
    duration_s: Count
    vehicle_kind: str = Field(default="", max_length=64)


class TravelKind(StrEnum):
    """How distances between places are measured."""

    GREAT_CIRCLE = "GREAT_CIRCLE"
    PLANE_DOWN = "PLANE_DOWN"
    PLANE_UP = "PLANE_UP"


class TrafficBand(Frozen):
    """From this time of the local day on, traffic makes `speed_pct` of the usual progress, until the next band."""

    from_s: DayS
    speed_pct: int = Field(ge=5, le=300)


class Travel(Frozen):
    """The company's travel model. `bands`: how fast traffic is by time of day, every day; none: always the same.

    GREAT_CIRCLE: metres on the sphere × `circuity_per_mille`/1000. PLANE: `lat_e7` and `lon_e7` are millimetres
    north and east on a plane, the distance is Euclidean, rounded down or up to whole metres: published problems
    keep their own distances that way. Seconds = metres ÷ the vehicle's speed, rounded up on the sphere,
    exact on a plane at 3,600 m/h.
    A company's `roads` go before all of that where they are known; their seconds hold at `road_speed_m_per_h` and
    scale with a vehicle's speed.
    """

    kind: TravelKind = TravelKind.GREAT_CIRCLE
    circuity_per_mille: int = Field(default=1300, ge=1000, le=3000)
    bands: tuple[TrafficBand, ...] = Field(default=(), max_length=12)
    road_speed_m_per_h: int = Field(default=36_000, ge=1_000, le=200_000)


class Company(Frozen):
    """All master data of one company; references between the parts were checked by the reader.

    `day_start_s` is the epoch second of a local midnight: a time of day `t` of the service day `d` days later
    is `day_start_s + d * 86_400 + t`. A change to or from summer time is taken in by the next import.
    `hard_windows`: an order that cannot be served inside its window stays unplanned instead of coming late.
    `holding_per_mille_year`: what a cent in stock costs a year. `purchase_budget_cents`: most that may be ordered
    within seven days, 0 = no limit.
    """

    name: Name
    time_zone: str = "UTC"
    day_start_s: EpochS = 0
    travel: Travel = Travel()
    hard_windows: bool = False
    holding_per_mille_year: int = Field(default=250, ge=0, le=100_000)
    purchase_budget_cents: Cents = 0
    sites: tuple[Site, ...]
    items: tuple[Item, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    sources: tuple[Source, ...] = ()
    transfer_lanes: tuple[TransferLane, ...] = ()
    lines: tuple[Line, ...] = ()
    machines: tuple[Machine, ...] = ()
    workers: tuple[Worker, ...] = ()
    tools: tuple[Tool, ...] = ()
    changeovers: tuple[Changeover, ...] = ()
    goods_rules: tuple[GoodsRule, ...] = Field(default=(), max_length=500)
    roads: tuple[Road, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    customers: tuple[Customer, ...] = ()
    partners: tuple[Partner, ...] = ()
    stock: tuple[StockPolicy, ...] = ()
    purchase_orders: tuple[PurchaseOrderRow, ...] = ()
    production_orders: tuple[ProductionOrderRow, ...] = ()
