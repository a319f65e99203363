"""Commands: what somebody asks for, imperative. Each is decided by exactly one function in `decide`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orchestrator.domain.company import Company, Place
from orchestrator.domain.entities import LockLevel, OrderLine, OverrideKind
from orchestrator.domain.learned import DemandMarkKind, ForecastRecord, LeadTimeRecord
from orchestrator.domain.plan import PlanDelta, Revision
from orchestrator.domain.refusals import RefusalCode
from orchestrator.domain.shop_floor import RiskPoint, ScheduleOverrideKind, TaskId
from orchestrator.domain.types import (
    Count,
    DurationS,
    EpochS,
    Frozen,
    Id,
    LatE7,
    LonE7,
    OrderId,
    Priority,
    Quantity,
    Text,
)


class Command(Frozen):
    """Base of all commands."""


class ImportCompany(Command):
    """Load or replace the master data. Orders and plan in progress stay; what they need may not vanish."""

    company: Company


class OrderDraft(Frozen):
    """An order as a partner sends it; the partner is the caller's, never the message's."""

    number: Id
    customer_id: Id
    lines: tuple[OrderLine, ...] = Field(min_length=1, max_length=200)
    window_start_s: EpochS
    window_end_s: EpochS
    priority: Priority = 5
    note: Text = ""


class SubmitOrders(Command):
    """Take in a batch of orders of one partner; each is accepted or refused on its own."""

    partner_id: Id
    orders: tuple[OrderDraft, ...] = Field(min_length=1, max_length=1000)


class ReserveOrder(Command):
    """Hold a place and goods for an order that is not confirmed yet, for `hold_s` from now."""

    partner_id: Id
    order: OrderDraft
    hold_s: DurationS


class ConfirmOrder(Command):
    """Make a reservation an order. `version`: the etag, None = whatever it is now."""

    order_id: OrderId
    version: int | None = None


class ChangeOrder(Command):
    """Change the window or the priority of an order that is not on a vehicle yet; None: as it is."""

    order_id: OrderId
    window_start_s: EpochS | None = None
    window_end_s: EpochS | None = None
    priority: Priority | None = None
    reason: Text = ""
    version: int | None = None


class CancelOrder(Command):
    """Cancel an order that is not on a vehicle yet. `version`: the etag, None = whatever it is now."""

    order_id: OrderId
    reason: Text = ""
    version: int | None = None


class ReportVehicleLoaded(Command):
    """A vehicle has loaded these orders at its depot, in driving order, and drives to the first."""

    vehicle_id: Id
    order_ids: tuple[OrderId, ...] = Field(min_length=1, max_length=500)
    at_s: EpochS


class ReportVehicleArrived(Command):
    """A vehicle stands at an order's customer and serves it from now."""

    vehicle_id: Id
    order_id: OrderId
    at_s: EpochS


class ReportOrderDelivered(Command):
    """The goods were handed over; the vehicle drives to `next_order_id`, or home when it is None."""

    vehicle_id: Id
    order_id: OrderId
    at_s: EpochS
    next_order_id: OrderId | None = None


class ReportDeliveryFailed(Command):
    """The goods could not be handed over and stay on board until the vehicle is back."""

    vehicle_id: Id
    order_id: OrderId
    at_s: EpochS
    reason: Text
    next_order_id: OrderId | None = None


class ReportVehicleReturned(Command):
    """A vehicle is back at its depot; what is still on board goes back to stock, its orders are open again."""

    vehicle_id: Id
    at_s: EpochS


class ReportVehicleDown(Command):
    """A vehicle cannot move before `until_s`, as far as known. `place`: where it stands, if reported."""

    vehicle_id: Id
    at_s: EpochS
    until_s: EpochS
    reason: Text = ""
    place: Place | None = None


class ReportVehicleUp(Command):
    """A vehicle moves again."""

    vehicle_id: Id
    at_s: EpochS


class ReportVehicleSlip(Command):
    """The vehicle's agent predicts its arrival at the current stop at `predicted_s`, not as planned."""

    vehicle_id: Id
    order_id: OrderId
    planned_s: EpochS
    predicted_s: EpochS


class ReportSlowArea(Command):
    """Driving is slow inside a circle until `until_s`."""

    area_id: Id
    lat_e7: LatE7
    lon_e7: LonE7
    radius_m: Annotated[int, Field(ge=1, le=100_000)]
    factor_pct: Annotated[int, Field(ge=100, le=1000)]
    until_s: EpochS


class ReportSlowAreaOver(Command):
    """An area is no longer slow."""

    area_id: Id


class ReportMachineDown(Command):
    """A machine stands still until `until_s`, as far as known; its running task resumes afterwards."""

    machine_id: Id
    at_s: EpochS
    until_s: EpochS
    reason: Text = ""


class ReportMachineUp(Command):
    """A machine runs again."""

    machine_id: Id
    at_s: EpochS


class ReportMachineRisk(Command):
    """How likely a machine fails by when, unless it is maintained; no points: its condition is good again."""

    machine_id: Id
    at_s: EpochS
    risk: tuple[RiskPoint, ...] = Field(default=(), max_length=50)
    reason: Text = ""


class ReportWorkerAbsent(Command):
    """A worker is away until `until_s`, as far as known."""

    worker_id: Id
    at_s: EpochS
    until_s: EpochS


class ReportWorkerBack(Command):
    """A worker who was away is back."""

    worker_id: Id
    at_s: EpochS


class ReportTaskStarted(Command):
    """A task or maintenance runs on a machine from now. The first task of a production order takes its materials."""

    task_id: str = Field(max_length=80)
    machine_id: Id
    at_s: EpochS


class ReportTaskFinished(Command):
    """A task is done. The last one of a production order puts its goods into stock."""

    task_id: str = Field(max_length=80)
    at_s: EpochS


class ReportPurchaseDelayed(Command):
    """A supplier names a new arrival time for a purchase order; `estimate`: it said nothing, and somebody guesses."""

    purchase_order_id: Id
    expected_s: EpochS
    reason: Text = ""
    estimate: bool = False


class ReceivePurchase(Command):
    """Goods of a purchase order have arrived; it is closed with what came."""

    purchase_order_id: Id
    quantity: Count
    at_s: EpochS


class CountStock(Command):
    """Somebody counted: `on_hand` is what is really there."""

    site_id: Id
    item_id: Id
    on_hand: Count
    at_s: EpochS
    reason: Text = ""


class ReleaseReplenishment(Command):
    """Turn a proposal of the plan into a purchase, transfer or production order.

    `quantity`, `supplier_id`: other than proposed. `automatic`: from now on this item needs no person.
    """

    proposal_id: str = Field(max_length=200)
    by: Text = ""
    quantity: Quantity | None = None
    supplier_id: Id | None = None
    automatic: bool = False
    reason: Text = ""


class SnoozeProposal(Command):
    """Put a proposal off until `until_s`; a time that has come wakes it."""

    proposal_id: str = Field(max_length=200)
    until_s: EpochS
    by: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Text = ""


class SetReplenishmentMode(Command):
    """Order an item at a site without a person, or only by one."""

    site_id: Id
    item_id: Id
    automatic: bool
    by: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Text = ""


class ReportStockIssued(Command):
    """Goods left a site other than on a vehicle. `short`: what was wanted in vain, None = nobody knows."""

    site_id: Id
    item_id: Id
    quantity: Count
    short: Count | None = None
    at_s: EpochS
    reason: Text = ""


class CloseDay(Command):
    """Count the demand of the day that began at `day_s`; days are closed one after the other."""

    day_s: EpochS


class MarkDemand(Command):
    """Tell what is not usual about the days from `from_s` to `until_s`, or about one order of a customer."""

    mark_id: Id
    kind: DemandMarkKind
    site_id: Id
    item_id: Id
    from_s: EpochS
    until_s: EpochS
    order_id: OrderId | None = None
    by: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Text = ""


class ReviseLearning(Command):
    """Put newly learned forecasts and lead times in force. Refused as stale unless it follows version `parent`."""

    parent: Count
    forecasts: tuple[ForecastRecord, ...] = ()
    lead_times: tuple[LeadTimeRecord, ...] = ()
    reason: Text = ""


class WriteOffPurchase(Command):
    """Count no more on a purchase order; it stays receivable."""

    purchase_order_id: Id
    still_comes_ppm: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    by: Text = ""
    reason: Text = ""


class CancelReplenishment(Command):
    """Cancel a purchase or production order that has not started."""

    supply_id: Id
    reason: Text = ""


class CreateOverride(Command):
    """Fix a decision. `ASSIGN` and `FORBID` name a vehicle, `LOCK` a level."""

    override_id: Id
    kind: OverrideKind
    order_id: OrderId
    vehicle_id: Id | None = None
    level: LockLevel | None = None
    owner: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    expires_s: EpochS | None = None


class UndoOverride(Command):
    """Take an override back. `version`: the etag, None = whatever it is now."""

    override_id: Id
    by: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Text = ""
    version: int | None = None


class CreateScheduleOverride(Command):
    """Decide something about the schedule; which fields a kind needs is said at `ScheduleOverride`."""

    override_id: Id
    kind: ScheduleOverrideKind
    task_id: TaskId | None = None
    machine_id: Id | None = None
    production_order_id: Id | None = None
    start_s: EpochS | None = None
    end_s: EpochS | None = None
    lots: Count = 0
    priority: Priority | None = None
    owner: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    expires_s: EpochS | None = None


class UndoScheduleOverride(Command):
    """Take a decision about the schedule back. `version`: the etag, None = whatever it is now."""

    override_id: Id
    by: Annotated[str, Field(min_length=1, max_length=64)]
    reason: Text = ""
    version: int | None = None


class ExpireOverrides(Command):
    """End every override, allowance and reservation whose time is over."""


class PublishRevision(Command):
    """Put a checked plan revision in force. Refused as stale unless its parent is the plan in force."""

    head: Revision
    delta: PlanDelta


class RaiseAlert(Command):
    """Tell people about something. Raising an open alert again changes its text only."""

    kind: Id
    subject: Annotated[str, Field(min_length=1, max_length=130)]
    severity: Annotated[str, Field(pattern="^(INFO|WARNING|CRITICAL)$")]
    text: Text


class AcknowledgeAlert(Command):
    """Somebody has seen an alert."""

    alert_id: Annotated[str, Field(max_length=200)]
    by: Annotated[str, Field(min_length=1, max_length=64)]


class ResolveAlert(Command):
    """What an alert told of is over."""

    alert_id: Annotated[str, Field(max_length=200)]
    reason: Text = ""


class RefuseInstruction(Command):
    """An agent cannot do what the plan asks of its resource; leads to a re-plan and an alert."""

    kind: Id
    resource_id: Id
    revision: Count
    reason: Text
    for_s: DurationS = 0
    code: RefusalCode = RefusalCode.OTHER
    subject: Text = ""
    until_s: EpochS | None = None
    left: Count = 0
