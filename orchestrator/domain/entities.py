"""What lives and changes during a day: orders, shipments, supply orders, resources at work, overrides, alerts."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from orchestrator.domain.company import Place
from orchestrator.domain.duty import Duty
from orchestrator.domain.types import (
    Count,
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


class OrderStatus(StrEnum):
    """Where an order stands. OPEN covers planned and unplanned; the plan knows which."""

    OPEN = "OPEN"
    LOADED = "LOADED"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class OrderLine(Frozen):
    """One item of an order."""

    item_id: Id
    quantity: Quantity


class Order(Frozen):
    """A customer's order. `version` rises with every change: the etag.

    `held_until_s`: it is a reservation; its goods stay here until then, and unless it is confirmed it is cancelled.
    """

    order_id: OrderId
    partner_id: Id
    number: Id
    customer_id: Id
    lines: tuple[OrderLine, ...] = Field(min_length=1, max_length=200)
    window_start_s: EpochS
    window_end_s: EpochS
    priority: Priority = 5
    received_s: EpochS
    status: OrderStatus = OrderStatus.OPEN
    vehicle_id: Id | None = None
    delivered_s: EpochS | None = None
    note: Text = ""
    version: int = 1
    held_until_s: EpochS | None = None


class ShipmentStatus(StrEnum):
    """Where a shipment stands."""

    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    RETURNED = "RETURNED"


class Shipment(Frozen):
    """The goods of one order on one vehicle, from loading to hand-over or return."""

    shipment_id: str
    order_id: OrderId
    vehicle_id: Id
    site_id: Id
    loaded_s: EpochS
    status: ShipmentStatus = ShipmentStatus.IN_TRANSIT
    ended_s: EpochS | None = None


class VehicleStatus(StrEnum):
    """What a vehicle is doing."""

    IDLE = "IDLE"
    DRIVING = "DRIVING"
    SERVING = "SERVING"
    RETURNING = "RETURNING"


class VehicleLive(Frozen):
    """A vehicle at work, as reported.

    `place`/`since_s`: where it last was for sure, and when. `current_order_id`: the stop it drives to or
    serves: frozen. `on_board`: all orders on board that are still to deliver, the current one first;
    `failed`: those on board that could not be handed over and go home.
    `down_until_s`: it does not move before. `predicted_s`: the agent's arrival estimate at the current stop.
    `duty`: its day so far, as of `since_s`; None where no rule asks for it.
    """

    vehicle_id: Id
    status: VehicleStatus = VehicleStatus.IDLE
    place: Place
    since_s: EpochS = 0
    on_board: tuple[OrderId, ...] = ()
    failed: tuple[OrderId, ...] = ()
    current_order_id: OrderId | None = None
    down_until_s: EpochS | None = None
    predicted_s: EpochS | None = None
    duty: Duty | None = None


class MachineLive(Frozen):
    """A machine at work: the task or maintenance on it, until when it is down, what family it is set up for."""

    machine_id: Id
    task_id: str | None = None
    down_until_s: EpochS | None = None
    family: str = ""


class TaskStatus(StrEnum):
    """Where a task stands."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"


class Task(Frozen):
    """One operation of a production order, or one lot of it: `task_id` = "<production order>:<index from 0>".

    `quantity` None: the whole order; lots that a split adds come behind all other tasks, so that ids stay.
    """

    task_id: str
    operation: Count
    quantity: Quantity | None = None
    status: TaskStatus = TaskStatus.WAITING
    machine_id: Id | None = None
    start_s: EpochS | None = None
    end_s: EpochS | None = None


class SupplyStatus(StrEnum):
    """Where a purchase or production order stands. LOST: written off, nothing counts on it; it may still come."""

    OPEN = "OPEN"
    STARTED = "STARTED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    LOST = "LOST"


class ProductionOrder(Frozen):
    """`quantity` of a made item, as a job of tasks; its goods arrive at the line's output site."""

    production_order_id: Id
    item_id: Id
    quantity: Quantity
    due_s: EpochS
    released_s: EpochS
    tasks: tuple[Task, ...]
    status: SupplyStatus = SupplyStatus.OPEN
    done_s: EpochS | None = None


class PurchaseOrder(Frozen):
    """`quantity` of a bought item on its way; `late_s` is what the supplier added to its first promise.

    `from_site_id`: a transfer between own sites; `supplier_id` is then that site. `imported`: when it was placed is
    not known, so that nothing is learned from how long it took. `unit_cost_cents` as ordered, 0 = not known.
    `named_s`: the arrival that the supplier named last, None = as it was placed; a guess changes `expected_s` only.
    """

    purchase_order_id: Id
    supplier_id: Id
    item_id: Id
    site_id: Id
    quantity: Quantity
    placed_s: EpochS
    expected_s: EpochS
    status: SupplyStatus = SupplyStatus.OPEN
    received_s: EpochS | None = None
    late_s: Count = 0
    from_site_id: Id | None = None
    imported: bool = False
    unit_cost_cents: Count = 0
    named_s: EpochS | None = None

    @property
    def promised_s(self) -> int:
        """When the supplier last said that it comes."""
        return self.named_s if self.named_s is not None else self.expected_s - self.late_s


class SlowArea(Frozen):
    """A circle in which driving takes `factor_pct`/100 of the usual time until `until_s`."""

    area_id: Id
    lat_e7: LatE7
    lon_e7: LonE7
    radius_m: Count
    factor_pct: int = Field(ge=100, le=1000)
    until_s: EpochS


class OverrideKind(StrEnum):
    """What a person may fix: put an order on a vehicle, hold a decision as it is, keep an order off a vehicle."""

    ASSIGN = "ASSIGN"
    LOCK = "LOCK"
    FORBID = "FORBID"


class LockLevel(StrEnum):
    """What a lock holds: the planned time; the vehicle and the sequence on it; or all of it."""

    TIMES = "TIMES"
    SEQUENCE = "SEQUENCE"
    ALL = "ALL"


class OverrideStatus(StrEnum):
    """Whether an override still binds planning."""

    ACTIVE = "ACTIVE"
    UNDONE = "UNDONE"
    EXPIRED = "EXPIRED"
    DONE = "DONE"


class Override(Frozen):
    """A person's decision that every re-solve respects.

    `held_*` is what a LOCK found in the plan when it was made: vehicle, predecessor on the trip ("" = first)
    and start time. `conflict` says, in the plan's words, why it cannot be honoured now ("" = it is).
    """

    override_id: Id
    kind: OverrideKind
    order_id: OrderId
    vehicle_id: Id | None = None
    level: LockLevel | None = None
    owner: str
    reason: Text
    created_s: EpochS
    expires_s: EpochS | None = None
    status: OverrideStatus = OverrideStatus.ACTIVE
    held_vehicle_id: Id | None = None
    held_predecessor_id: str = ""
    held_start_s: EpochS | None = None
    conflict: Text = ""
    version: int = 1


class Severity(StrEnum):
    """How soon somebody should look."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class AlertStatus(StrEnum):
    """Whether an alert still asks for attention."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"


class Alert(Frozen):
    """Something a person should know. One open alert per kind and subject: `alert_id` = "<kind>:<subject>"."""

    alert_id: str
    kind: str
    subject: str
    severity: Severity
    text: Text
    raised_s: EpochS
    status: AlertStatus = AlertStatus.OPEN
