"""The plan: routes, schedule, allocations and replenishment proposals, with reasons. Revised as a whole.

A `PlanRevised` event carries a delta: for each changed decision its new value, or None when it is gone.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from orchestrator.domain.duty import Rest
from orchestrator.domain.types import Count, EpochS, Frozen, Id, OrderId, Quantity, Text


class Tier(StrEnum):
    """Who made a revision: the repair in the core, its improvement, the solvers, or a person."""

    REPAIR = "REPAIR"
    IMPROVE = "IMPROVE"
    BACKGROUND = "BACKGROUND"
    OVERRIDE = "OVERRIDE"


class PlannedStop(Frozen):
    """One delivery: arrival, start of service (after waiting), departure; `late_s` past the window's end."""

    order_id: OrderId
    arrive_s: EpochS
    start_s: EpochS
    depart_s: EpochS
    late_s: Count = 0


class Trip(Frozen):
    """One tour from the depot and back. `loaded`: its goods are on board, only the order of stops may change."""

    load_start_s: EpochS
    depart_s: EpochS
    return_s: EpochS
    stops: tuple[PlannedStop, ...]
    loaded: bool = False


class VehicleRoute(Frozen):
    """A vehicle's remaining day: its trips in order, with distance and cost as the checker counts them.

    `rests`: the driver's, by time: on the road, while waiting, or between trips. What is driven through one takes so
    much longer.
    """

    vehicle_id: Id
    trips: tuple[Trip, ...]
    distance_m: Count = 0
    cost_cents: Count = 0
    rests: tuple[Rest, ...] = ()

    def order_ids(self) -> tuple[str, ...]:
        """Ids of all its orders, in driving order."""
        return tuple(stop.order_id for trip in self.trips for stop in trip.stops)


class PlannedTask(Frozen):
    """One task of a production order on a machine, or maintenance (which belongs to no production order).

    `held`: the workers and tools with it. `overtime`: it may run outside of the shift where that was granted.
    """

    task_id: str
    production_order_id: Id | None
    machine_id: Id
    start_s: EpochS
    end_s: EpochS
    held: tuple[Id, ...] = ()
    overtime: bool = False


class PegKind(StrEnum):
    """What an order line is served from."""

    STOCK = "STOCK"
    PRODUCTION = "PRODUCTION"
    PURCHASE = "PURCHASE"
    NONE = "NONE"


class Peg(Frozen):
    """`quantity` of an order's line comes from stock, or from the supply order `source_id`."""

    item_id: Id
    quantity: Quantity
    kind: PegKind
    source_id: str = ""


class Allocation(Frozen):
    """An order's source: one site, the pegs of its lines, and when its goods can be loaded there."""

    order_id: OrderId
    site_id: Id
    pegs: tuple[Peg, ...]
    release_s: EpochS


class ProposalKind(StrEnum):
    """What a replenishment would be."""

    PURCHASE = "PURCHASE"
    PRODUCTION = "PRODUCTION"
    TRANSFER = "TRANSFER"


class SourceOption(Frozen):
    """A source that was weighed: what a unit costs there in the end, how sure it is, and why it was not taken."""

    source_id: Id
    unit_cost_cents: Count
    landed_milli_cents: Count
    lead_time_p50_s: Count = 0
    lead_time_p90_s: Count = 0
    late_per_mille: Count = 0
    lost_per_mille: Count = 0
    quantity: Count = 0
    text: Text = ""


class Proposal(Frozen):
    """A replenishment that planning proposes, with the figures that led to it.

    `supplier_id`: for a purchase. `from_site_id`: for a transfer. `needed_by_s`: when stock runs short without it.
    `wait_day_cents`: what it costs to decide a day later. `order_ids`: customer orders that depend on it.
    `why_now`, `why_this_much`, `limit`: the same in words; `limit` names what cut the quantity. `options`: the
    sources that were weighed, the chosen ones first.
    """

    proposal_id: str
    kind: ProposalKind
    item_id: Id
    site_id: Id
    supplier_id: Id | None
    quantity: Quantity
    expected_s: EpochS
    cost_cents: Count
    inventory_position: int
    reorder_point: int
    order_up_to: int
    reason: Text
    from_site_id: Id | None = None
    unit_cost_cents: Count = 0
    needed_by_s: EpochS | None = None
    safety_stock: Count = 0
    demand_milli_day: Count = 0
    risk_per_mille: Count = 0
    wait_day_cents: Count = 0
    order_ids: tuple[OrderId, ...] = Field(default=(), max_length=50)
    why_now: Text = ""
    why_this_much: Text = ""
    limit: Text = ""
    options: tuple[SourceOption, ...] = Field(default=(), max_length=10)


LATER_DAY = "LATER_DAY"
"""Code of an unplanned order whose day has not come."""
NOT_YET = "NOT_YET"
"""Code of an unplanned order whose turn has not come: the planner looks at it soon, by itself."""
NOBODY_NEEDED = frozenset({LATER_DAY, NOT_YET})
"""Codes of unplanned orders that need no person."""


class Verdict(Frozen):
    """Why an order is unplanned or late: a code of the field, a sentence, and by how much.

    The reason was verified by trying the insertion into every allowed vehicle.
    """

    order_id: OrderId
    code: str
    text: Text
    late_s: Count = 0


class Cause(Frozen):
    """An event that led to a revision."""

    seq: Count
    kind: str
    text: Text = ""


class Change(Frozen):
    """One changed decision in words a dispatcher reads: what, from where, to where, and why."""

    kind: str
    subject: str
    before: Text
    after: Text
    reason: Text = ""


class Kpis(Frozen):
    """The checker's figures of the whole plan after a revision."""

    cost_cents: Count = 0
    distance_m: Count = 0
    planned_orders: Count = 0
    unplanned_orders: Count = 0
    late_orders: Count = 0
    late_s: Count = 0
    tardy_jobs: Count = 0
    tardiness_s: Count = 0
    changed_orders: Count = 0


class PlanDelta(Frozen):
    """What a revision changes. A None value takes the decision out of the plan."""

    routes: dict[str, VehicleRoute | None] = Field(default_factory=dict)
    tasks: dict[str, PlannedTask | None] = Field(default_factory=dict)
    allocations: dict[str, Allocation | None] = Field(default_factory=dict)
    proposals: dict[str, Proposal | None] = Field(default_factory=dict)
    unplanned: dict[str, Verdict | None] = Field(default_factory=dict)
    late: dict[str, Verdict | None] = Field(default_factory=dict)
    conflicts: dict[str, str | None] = Field(default_factory=dict)

    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not (
            self.routes
            or self.tasks
            or self.allocations
            or self.proposals
            or self.unplanned
            or self.late
            or self.conflicts
        )


class Find(Frozen):
    """A better plan on a solver's way: by which engine, after how long, and what its part of the plan then cost."""

    engine: str
    at_ms: Count
    cost_cents: int


class Revision(Frozen):
    """The head of a plan revision: everything but the decisions themselves.

    engine: who found it. found_by: who found what on the way there, the last few, where engines took turns.
    """

    revision: Count
    parent: Count
    tier: Tier
    causes: tuple[Cause, ...]
    engine: str = ""
    found_by: tuple[Find, ...] = ()
    kpis: Kpis = Kpis()
    changes: tuple[Change, ...] = ()
    summary: Text = ""
    gain_cents: int = 0
    full: bool = False
