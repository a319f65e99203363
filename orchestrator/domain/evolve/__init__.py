"""`evolve(state, event, seq, at_s)`: fold one event into the state, in place.

Deterministic and total: an event in the log has happened, so folding never refuses. The same events in the
same order give the same state, on every machine and after every restart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.domain import events as e
from orchestrator.domain.errors import Defect
from orchestrator.domain.evolve import (
    company,
    cordons,
    fleet,
    learning,
    levels,
    negotiations,
    notices,
    orders,
    plan,
    refusals,
    reminders,
    schedule,
    shop,
    speeds,
    supply,
    upkeep,
)
from orchestrator.domain.state import State

Fold = Callable[[State, Any, int, int], None]

FOLDS: dict[type[e.Event], Fold] = {
    e.CompanyImported: company.company_imported,
    e.OrderReceived: orders.order_received,
    e.OrderConfirmed: orders.order_confirmed,
    e.OrderChanged: orders.order_changed,
    e.OrderCancelled: orders.order_cancelled,
    e.VehicleLoaded: fleet.vehicle_loaded,
    e.VehicleArrived: fleet.vehicle_arrived,
    e.OrderDelivered: fleet.order_delivered,
    e.DeliveryFailed: fleet.delivery_failed,
    e.VehicleReturned: fleet.vehicle_returned,
    e.VehicleWentDown: fleet.vehicle_went_down,
    e.VehicleCameUp: fleet.vehicle_came_up,
    e.VehicleSlipped: fleet.vehicle_slipped,
    e.AreaSlowed: fleet.area_slowed,
    e.AreaCleared: fleet.area_cleared,
    e.MachineWentDown: shop.machine_went_down,
    e.MachineCameUp: shop.machine_came_up,
    e.MaintenancePlanned: shop.maintenance_planned,
    e.MaintenanceCancelled: shop.maintenance_cancelled,
    e.MaintenanceStarted: shop.maintenance_started,
    e.MaintenanceFinished: shop.maintenance_finished,
    e.WorkerAbsent: shop.worker_absent,
    e.WorkerBack: shop.worker_back,
    e.TaskStarted: shop.task_started,
    e.TaskFinished: shop.task_finished,
    e.ProductionReleased: shop.production_released,
    e.PurchasePlaced: supply.purchase_placed,
    e.PurchaseDelayed: supply.purchase_delayed,
    e.PurchaseReceived: supply.purchase_received,
    e.ReplenishmentCancelled: supply.replenishment_cancelled,
    e.StockCounted: supply.stock_counted,
    e.PurchaseWrittenOff: supply.purchase_written_off,
    e.ProposalSnoozed: supply.proposal_snoozed,
    e.ReplenishmentModeSet: supply.replenishment_mode_set,
    e.StockIssued: learning.stock_issued,
    e.DayClosed: learning.day_closed,
    e.DemandMarked: learning.demand_marked,
    e.LearningRevised: learning.learning_revised,
    e.OverrideCreated: notices.override_created,
    e.OverrideUndone: notices.override_undone,
    e.AllowanceGranted: notices.allowance_granted,
    e.AllowanceEnded: notices.allowance_ended,
    e.OverrideExpired: notices.override_expired,
    e.ScheduleOverrideCreated: schedule.schedule_override_created,
    e.ScheduleOverrideUndone: schedule.schedule_override_undone,
    e.ScheduleOverrideExpired: schedule.schedule_override_expired,
    e.PlanRevised: plan.plan_revised,
    e.AlertRaised: notices.alert_raised,
    e.AlertAcknowledged: notices.alert_acknowledged,
    e.AlertResolved: notices.alert_resolved,
    **cordons.FOLDS,
    **levels.FOLDS,
    **negotiations.FOLDS,
    **refusals.FOLDS,
    **reminders.FOLDS,
    **speeds.FOLDS,
    **upkeep.FOLDS,
}


def evolve(state: State, event: e.Event, seq: int, at_s: int) -> None:
    """Fold `event`, the record `seq` of the log written at `at_s`. Raises `Defect` for an unknown event."""
    fold = FOLDS.get(type(event))
    if fold is None:
        raise Defect(f"no fold for {type(event).__name__} (record {seq})")
    fold(state, event, seq, at_s)
    state.seq = seq
    state.at_s = at_s
