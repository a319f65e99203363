"""Events: what happened, past tense. The log holds them for ever; a shipped event's shape never changes: a new one gets
a new `schema_version` and an upcaster in the log's codec.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from orchestrator.domain.allowances import Allowance
from orchestrator.domain.company import Company, Place
from orchestrator.domain.entities import Alert, Order, Override, ProductionOrder, PurchaseOrder, SlowArea
from orchestrator.domain.learned import DemandDay, DemandMark, ForecastRecord, LeadTimeRecord
from orchestrator.domain.plan import PlanDelta, Revision
from orchestrator.domain.refusals import RefusalCode
from orchestrator.domain.shop_floor import Lot, Maintenance, ScheduleOverride
from orchestrator.domain.types import Count, EpochS, Frozen, Id, OrderId, Priority, Text


class Event(Frozen):
    """Base of all events."""

    schema_version: ClassVar[int] = 1


class CompanyImported(Event):
    """Master data were loaded or replaced."""

    company: Company


class OrderReceived(Event):
    """An order was accepted."""

    order: Order


class OrderConfirmed(Event):
    """A reservation became an order."""

    order_id: OrderId
    at_s: EpochS


class OrderChanged(Event):
    """An order has another window or priority."""

    order_id: OrderId
    window_start_s: EpochS
    window_end_s: EpochS
    priority: Priority
    at_s: EpochS
    reason: Text = ""


class OrderCancelled(Event):
    """An order was cancelled before loading."""

    order_id: OrderId
    at_s: EpochS
    reason: Text = ""


class VehicleLoaded(Event):
    """A trip began: these orders are on board, stock left the depot, the vehicle drives to the first."""

    vehicle_id: Id
    site_id: Id
    order_ids: tuple[OrderId, ...]
    at_s: EpochS


class VehicleArrived(Event):
    """A vehicle serves an order."""

    vehicle_id: Id
    order_id: OrderId
    at_s: EpochS


class OrderDelivered(Event):
    """An order was handed over."""

    vehicle_id: Id
    order_id: OrderId
    at_s: EpochS
    next_order_id: OrderId | None = None
    late_s: Count = 0


class DeliveryFailed(Event):
    """An order could not be handed over; its goods stay on board."""

    vehicle_id: Id
    order_id: OrderId
    at_s: EpochS
    reason: Text
    next_order_id: OrderId | None = None


class VehicleReturned(Event):
    """A trip ended at the depot; `returned` orders were still on board and are open again."""

    vehicle_id: Id
    site_id: Id
    at_s: EpochS
    returned: tuple[OrderId, ...] = ()


class VehicleWentDown(Event):
    """A vehicle cannot move before `until_s`."""

    vehicle_id: Id
    at_s: EpochS
    until_s: EpochS
    reason: Text = ""
    place: Place | None = None


class VehicleCameUp(Event):
    """A vehicle moves again."""

    vehicle_id: Id
    at_s: EpochS


class VehicleSlipped(Event):
    """A vehicle will be at its current stop at `predicted_s` instead of `planned_s`."""

    vehicle_id: Id
    order_id: OrderId
    planned_s: EpochS
    predicted_s: EpochS


class AreaSlowed(Event):
    """Driving is slow in an area."""

    area: SlowArea


class AreaCleared(Event):
    """An area is no longer slow."""

    area_id: Id


class MachineWentDown(Event):
    """A machine stands still until `until_s`."""

    machine_id: Id
    at_s: EpochS
    until_s: EpochS
    reason: Text = ""


class MachineCameUp(Event):
    """A machine runs again."""

    machine_id: Id
    at_s: EpochS


class MaintenancePlanned(Event):
    """A machine asks for maintenance, or its risk is seen differently."""

    maintenance: Maintenance


class MaintenanceCancelled(Event):
    """A machine no longer asks for maintenance."""

    maintenance_id: Id
    reason: Text = ""


class MaintenanceStarted(Event):
    """A machine is being maintained."""

    maintenance_id: Id
    machine_id: Id
    at_s: EpochS


class MaintenanceFinished(Event):
    """A machine is maintained and free."""

    maintenance_id: Id
    machine_id: Id
    at_s: EpochS


class WorkerAbsent(Event):
    """A worker is away until `until_s`."""

    worker_id: Id
    at_s: EpochS
    until_s: EpochS


class WorkerBack(Event):
    """A worker is there again."""

    worker_id: Id
    at_s: EpochS


class AllowanceGranted(Event):
    """A vehicle may do more than its master data say."""

    allowance: Allowance


class AllowanceEnded(Event):
    """An allowance counts no more: taken back by somebody, or over (`by` empty)."""

    allowance_id: Id
    by: Annotated[str, Field(max_length=64)] = ""
    reason: Text = ""


class ScheduleOverrideCreated(Event):
    """Somebody decided something about the schedule. `lots`: for a SPLIT, what the task becomes."""

    override: ScheduleOverride
    lots: tuple[Lot, ...] = ()


class ScheduleOverrideUndone(Event):
    """A decision about the schedule was taken back."""

    override_id: Id
    by: str
    reason: Text = ""


class ScheduleOverrideExpired(Event):
    """A decision about the schedule has run out (`done`: it has served its purpose)."""

    override_id: Id
    done: bool = False


class TaskStarted(Event):
    """A task runs. `takes_materials`: it was the first of its production order."""

    task_id: str
    machine_id: Id
    at_s: EpochS
    takes_materials: bool = False


class TaskFinished(Event):
    """A task is done. `completes`: it was the last; the goods are in stock at `site_id`."""

    task_id: str
    machine_id: Id
    at_s: EpochS
    completes: bool = False
    site_id: Id | None = None


class ProductionReleased(Event):
    """A production order was released. `changed`: a person ordered other than was proposed."""

    order: ProductionOrder
    proposal_id: str = ""
    by: Text = ""
    reason: Text = ""
    changed: bool = False


class PurchasePlaced(Event):
    """A purchase order was placed with a supplier, or a transfer left its site: its goods left the stock there.

    `changed`: a person ordered other than was proposed.
    """

    order: PurchaseOrder
    proposal_id: str = ""
    by: Text = ""
    reason: Text = ""
    changed: bool = False


class PurchaseDelayed(Event):
    """A supplier named a new arrival time; `estimate`: it said nothing, and somebody guessed."""

    purchase_order_id: Id
    expected_s: EpochS
    was_s: EpochS
    reason: Text = ""
    estimate: bool = False


class PurchaseReceived(Event):
    """Goods of a purchase order are in stock."""

    purchase_order_id: Id
    quantity: Count
    at_s: EpochS


class PurchaseWrittenOff(Event):
    """Nobody counts on a purchase order any more: it comes with `still_comes_ppm` parts in a million."""

    purchase_order_id: Id
    at_s: EpochS
    still_comes_ppm: Count
    by: Text = ""
    reason: Text = ""


class ProposalSnoozed(Event):
    """A person does not want to see a proposal before `until_s`; nothing releases it meanwhile."""

    proposal_id: str
    until_s: EpochS
    by: Text
    reason: Text = ""


class ReplenishmentModeSet(Event):
    """An item at a site is ordered without a person from now on (`automatic`), or only by one."""

    site_id: Id
    item_id: Id
    automatic: bool
    by: Text
    reason: Text = ""


class StockIssued(Event):
    """Goods left over the counter or were used up. `short`: what was wanted in vain, None = nobody knows."""

    site_id: Id
    item_id: Id
    quantity: Count
    short: Count | None
    at_s: EpochS
    reason: Text = ""


class DayClosed(Event):
    """The demand of the day that began at `day_s`, by item and site; who has no row and a policy had none."""

    day_s: EpochS
    rows: tuple[DemandDay, ...]


class DemandMarked(Event):
    """A person told what was not usual about some days."""

    mark: DemandMark


class LearningRevised(Event):
    """What was learned anew: forecasts and lead times, as a version of all that is known."""

    version: Count
    forecasts: tuple[ForecastRecord, ...] = ()
    lead_times: tuple[LeadTimeRecord, ...] = ()
    reason: Text = ""


class ReplenishmentCancelled(Event):
    """A purchase or production order was cancelled before it started."""

    supply_id: Id
    reason: Text = ""


class StockCounted(Event):
    """A count replaced the book stock; `was` is what the books said."""

    site_id: Id
    item_id: Id
    on_hand: Count
    was: int
    at_s: EpochS
    reason: Text = ""


class OverrideCreated(Event):
    """A person fixed a decision."""

    override: Override


class OverrideUndone(Event):
    """A person took an override back."""

    override_id: Id
    by: str
    reason: Text = ""


class OverrideExpired(Event):
    """An override's time is over, or its order is done."""

    override_id: Id
    done: bool = False


class PlanRevised(Event):
    """A plan revision came into force: its head and what it changes against its parent."""

    head: Revision
    delta: PlanDelta


class AlertRaised(Event):
    """People were told about something, or told again with a new text."""

    alert: Alert


class AlertAcknowledged(Event):
    """Somebody has seen an alert."""

    alert_id: str
    by: str


class AlertResolved(Event):
    """What an alert told of is over."""

    alert_id: str
    reason: Text = ""


class InstructionRefused(Event):
    """An agent refused what the plan asked of its resource. `left`: see `Refusal`."""

    schema_version: ClassVar[int] = 3
    kind: Id
    resource_id: Id
    revision: Count
    reason: Text
    for_s: Count = 0
    code: RefusalCode = RefusalCode.OTHER
    subject: Text = ""
    until_s: EpochS | None = None
    left: Count = 0


def event_types() -> dict[str, type[Event]]:
    """Every event class by its name, for the log's codec."""
    return {cls.__name__: cls for cls in Event.__subclasses__()}
