"""Every topic that the passing of time alone can bring on: when it is next due, and the command that then settles it.

Promises: `next_s` is derived from the state and never later than the instant at which the command has something to do,
so whoever sleeps until the earliest of them misses nothing, also after a restart. Pure; the one who sleeps is
`runtime.deadline_watch`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.domain import events as e
from orchestrator.domain.commands import Command, ExpireOverrides
from orchestrator.domain.cordons_commands import SettleCordons
from orchestrator.domain.cordons_events import ResourceCordoned
from orchestrator.domain.decide import cordons, orders, overrides, refusals
from orchestrator.domain.refusals_commands import EndPastRefusals
from orchestrator.domain.reminders_commands import FireReminders
from orchestrator.domain.reminders_events import ReminderCancelled, ReminderDue, ReminderSet
from orchestrator.domain.state import State


@dataclass(frozen=True, slots=True)
class Deadline:
    """One topic. heard: events after which it may be due earlier than was known. 0 from `next_s` means: now."""

    name: str
    next_s: Callable[[State], int | None]
    command: Callable[[], Command]
    heard: tuple[type[e.Event], ...]


def _next_reminder_s(state: State) -> int | None:
    return state.agenda.next_s()


DEADLINES = (
    Deadline("reminders", _next_reminder_s, FireReminders, (ReminderSet, ReminderDue, ReminderCancelled)),
    Deadline(
        "cordons",
        cordons.next_s,
        SettleCordons,
        (
            ResourceCordoned,
            e.CompanyImported,
            e.PlanRevised,
            e.OrderCancelled,
            e.VehicleLoaded,
            e.VehicleReturned,
            e.VehicleCameUp,
            e.TaskFinished,
            e.MaintenanceFinished,
            e.MaintenanceCancelled,
            e.ReplenishmentCancelled,
        ),
    ),
    Deadline(
        "overrides",
        overrides.next_s,
        ExpireOverrides,
        (e.OverrideCreated, e.ScheduleOverrideCreated, e.AllowanceGranted),
    ),
    Deadline("reservations", orders.next_s, ExpireOverrides, (e.OrderReceived,)),
    Deadline("refusals", refusals.next_s, EndPastRefusals, (e.InstructionRefused,)),
)
