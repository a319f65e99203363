"""The state that events fold into: dictionaries of immutable entities, and a few indexes over them.

Only `evolve` changes it, in place, in log order. Readers on the core's loop may look at it between two folds;
whoever needs it elsewhere copies what it needs.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from orchestrator.domain.allowances import Allowance, Extra, extra_of
from orchestrator.domain.company import (
    Company,
    Customer,
    Item,
    Line,
    Machine,
    Partner,
    Site,
    StockPolicy,
    Supplier,
    Tool,
    Vehicle,
    Worker,
)
from orchestrator.domain.cordons import Cordon
from orchestrator.domain.entities import (
    Alert,
    MachineLive,
    Order,
    Override,
    ProductionOrder,
    PurchaseOrder,
    Shipment,
    SlowArea,
    VehicleLive,
)
from orchestrator.domain.learned import DemandHistory, DemandMark, ForecastRecord, Issued, LeadTimeRecord
from orchestrator.domain.levels import LevelHold, LevelNow
from orchestrator.domain.negotiations import AgreedQuote, Carried, Negotiation
from orchestrator.domain.plan import (
    Allocation,
    Kpis,
    PlanDelta,
    PlannedTask,
    Proposal,
    Revision,
    VehicleRoute,
    Verdict,
)
from orchestrator.domain.refusals import Refusal
from orchestrator.domain.reminders import Agenda
from orchestrator.domain.shop_floor import Maintenance, ScheduleOverride
from orchestrator.domain.speeds import LEGS_KEPT, LegRecord, SpeedsRecord
from orchestrator.domain.upkeep import LIVES_KEPT, LifeRecord, Usage, WearLaws

DAY_S = 86_400
REVISIONS_KEPT = 500


@dataclass(slots=True)
class Plan:
    """The plan in force. `vehicle_of` tells which vehicle's route holds an order."""

    revision: int = 0
    seq: int = 0
    at_s: int = 0
    kpis: Kpis = field(default_factory=Kpis)
    routes: dict[str, VehicleRoute] = field(default_factory=dict)
    tasks: dict[str, PlannedTask] = field(default_factory=dict)
    allocations: dict[str, Allocation] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    unplanned: dict[str, Verdict] = field(default_factory=dict)
    late: dict[str, Verdict] = field(default_factory=dict)
    vehicle_of: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RevisionRecord:
    """A kept revision: its head and delta, its place in the log and its time."""

    head: Revision
    delta: PlanDelta
    seq: int
    at_s: int


@dataclass(slots=True)
class State:
    """Everything the log says, as of `seq`.

    Indexes: `open_orders` (OPEN or LOADED); `override_ids_of_order` lists active overrides of an order;
    `orders_of_day` lists the orders that count as the demand of a day that is not closed.

    `reservations[order]` is when an order that nobody has confirmed ends. `cordoned["vehicle/V1"]` names the cordon in
    force there. `agenda` holds the agents' reminders.

    Shop floor: `absent[worker]` is until when; `maintenance` what machines asked for; `usage[machine]` its present
    life, `lives` the last that ended, `wear` what was learned of them.

    Learning: `demand[(site, item)]` is the closed days' demand, `issued` what left today other than on vehicles,
    `closed_day_s` the last closed day, `forecasts[(site, item)]` and `lead_times[(supplier, site)]` what was learned
    in version `learning_version`. `snoozed[proposal]` is when it wakes; `automatic[(site, item)]` a person's word.
    `blind_issues`: items whose unmet demand nobody reports.

    Arrivals: `driven` are the last legs that vehicles drove, `speeds` what was learned of them.

    Negotiations: `lots_called[lot]` is the open call about it, `carried[order]` the carrier that has it,
    `quotes[proposal]` what a supplier agreed to, `suppliers_asked[proposal]` when they were last called about it.
    """

    seq: int = 0
    at_s: int = 0
    company: Company | None = None
    sites: dict[str, Site] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    tools: dict[str, Tool] = field(default_factory=dict)
    vehicles: dict[str, Vehicle] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    policies: dict[tuple[str, str], StockPolicy] = field(default_factory=dict)

    on_hand: dict[tuple[str, str], int] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    open_orders: dict[str, None] = field(default_factory=dict)
    shipments: dict[str, Shipment] = field(default_factory=dict)
    fleet: dict[str, VehicleLive] = field(default_factory=dict)
    shop: dict[str, MachineLive] = field(default_factory=dict)
    production: dict[str, ProductionOrder] = field(default_factory=dict)
    purchases: dict[str, PurchaseOrder] = field(default_factory=dict)
    slow_areas: dict[str, SlowArea] = field(default_factory=dict)
    maintenance: dict[str, Maintenance] = field(default_factory=dict)
    absent: dict[str, int] = field(default_factory=dict)
    schedule_overrides: dict[str, ScheduleOverride] = field(default_factory=dict)
    overrides: dict[str, Override] = field(default_factory=dict)
    allowances: dict[str, Allowance] = field(default_factory=dict)
    reservations: dict[str, int] = field(default_factory=dict)
    cordons: dict[str, Cordon] = field(default_factory=dict)
    cordoned: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    agenda: Agenda = field(default_factory=Agenda)
    override_ids_of_order: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    demand: dict[tuple[str, str], DemandHistory] = field(default_factory=dict)
    demand_marks: dict[str, DemandMark] = field(default_factory=dict)
    issued: dict[tuple[str, str], Issued] = field(default_factory=dict)
    blind_issues: dict[tuple[str, str], None] = field(default_factory=dict)
    orders_of_day: dict[int, dict[str, None]] = field(default_factory=dict)
    closed_day_s: int = -1
    forecasts: dict[tuple[str, str], ForecastRecord] = field(default_factory=dict)
    lead_times: dict[tuple[str, str], LeadTimeRecord] = field(default_factory=dict)
    learning_version: int = 0
    snoozed: dict[str, int] = field(default_factory=dict)
    automatic: dict[tuple[str, str], bool] = field(default_factory=dict)

    negotiations: dict[str, Negotiation] = field(default_factory=dict)
    open_negotiations: dict[str, None] = field(default_factory=dict)
    lots_called: dict[str, str] = field(default_factory=dict)
    carried: dict[str, Carried] = field(default_factory=dict)
    quotes: dict[str, AgreedQuote] = field(default_factory=dict)
    suppliers_asked: dict[str, int] = field(default_factory=dict)

    speeds: SpeedsRecord | None = None
    driven: deque[LegRecord] = field(default_factory=lambda: deque(maxlen=LEGS_KEPT))

    usage: dict[str, Usage] = field(default_factory=dict)
    lives: deque[LifeRecord] = field(default_factory=lambda: deque(maxlen=LIVES_KEPT))
    wear: WearLaws | None = None

    level: LevelNow = field(default_factory=LevelNow)
    level_hold: LevelHold | None = None

    plan: Plan = field(default_factory=Plan)
    revisions: deque[RevisionRecord] = field(default_factory=lambda: deque(maxlen=REVISIONS_KEPT))

    def day_start_s(self, now_s: int) -> int:
        """Epoch second of the local midnight that began the service day of `now_s`."""
        origin_s = self.company.day_start_s if self.company else 0
        return origin_s + (now_s - origin_s) // DAY_S * DAY_S

    def has_agent(self, kind: str, resource_id: str) -> bool:
        """Whether the company has the resource that an agent of this kind stands for."""
        match kind:
            case "vehicle":
                return resource_id in self.fleet
            case "warehouse":
                return resource_id in self.sites
            case "production_line":
                return resource_id in self.lines
            case "supplier":
                return resource_id in self.suppliers
        return False

    def allowed(self, vehicle_id: str) -> Extra:
        """What people allow the vehicle beyond its master data, for the time being."""
        return extra_of(self.allowances.values(), vehicle_id)
