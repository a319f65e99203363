"""What happens on the shop floor besides production: maintenance that a machine's condition asks for, people who are
away, and what people decide about the schedule.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from orchestrator.domain.types import Cents, Count, DurationS, EpochS, Frozen, Id, Priority, Quantity, Text

TaskId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[0-9]{1,4}$")]


class RiskPoint(Frozen):
    """By `at_s` the machine will have failed, unless it is maintained, with this probability."""

    at_s: EpochS
    failed_per_mille: int = Field(ge=0, le=1000)


class MaintenanceStatus(StrEnum):
    """Where maintenance stands. CANCELLED: the machine's condition no longer asks for it."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class Maintenance(Frozen):
    """Work on a machine that the schedule may place: the sooner, the less likely is a failure before it.

    `risk`: rising, in time order; between two points it rises evenly. A failure costs `failure_cents`, maintenance in
    time `planned_cents`.
    """

    maintenance_id: Id
    machine_id: Id
    duration_s: DurationS
    risk: tuple[RiskPoint, ...] = Field(min_length=1, max_length=50)
    failure_cents: Cents
    planned_cents: Cents
    reason: Text = ""
    status: MaintenanceStatus = MaintenanceStatus.WAITING
    start_s: EpochS | None = None
    end_s: EpochS | None = None


OPEN_MAINTENANCE = frozenset({MaintenanceStatus.WAITING, MaintenanceStatus.RUNNING})
"""Still to be done, or being done."""


class ScheduleOverrideKind(StrEnum):
    """What a person may decide about the schedule.

    MOVE: a task to a machine, at a start if one is named. OVERTIME: a machine works outside its shift. SPLIT: a task in
    several lots. PRIORITY: how much a production order's lateness matters.
    """

    MOVE = "MOVE"
    OVERTIME = "OVERTIME"
    SPLIT = "SPLIT"
    PRIORITY = "PRIORITY"


class ScheduleOverrideStatus(StrEnum):
    """Whether it still binds the schedule. DONE: the task has started, the overtime is over, the order is made."""

    ACTIVE = "ACTIVE"
    UNDONE = "UNDONE"
    EXPIRED = "EXPIRED"
    DONE = "DONE"


class ScheduleOverride(Frozen):
    """A person's decision about the schedule, kept by every re-solve.

    MOVE has `task_id`, `machine_id` and maybe `start_s`; OVERTIME `machine_id`, `start_s`, `end_s` and what it costs;
    SPLIT `task_id` and `lots`; PRIORITY `production_order_id` and `priority`. `conflict`: why it cannot be kept now.
    """

    override_id: Id
    kind: ScheduleOverrideKind
    task_id: TaskId | None = None
    machine_id: Id | None = None
    production_order_id: Id | None = None
    start_s: EpochS | None = None
    end_s: EpochS | None = None
    lots: Count = 0
    priority: Priority | None = None
    cost_cents: Cents = 0
    owner: str
    reason: Text
    created_s: EpochS
    expires_s: EpochS | None = None
    status: ScheduleOverrideStatus = ScheduleOverrideStatus.ACTIVE
    conflict: Text = ""
    version: int = 1


class Lot(Frozen):
    """A part of a task that was split: its task id and its quantity."""

    task_id: TaskId
    quantity: Quantity
