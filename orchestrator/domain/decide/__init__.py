"""`decide(state, command, now_s, principal)`: the events that follow from a command, or a typed rejection.

Pure: it reads the state and changes nothing. The table below is the map of what can be asked of Muster;
each command has exactly one function, in the module of its topic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.domain import allowance_commands as a
from orchestrator.domain import commands as c
from orchestrator.domain.answers import Decision
from orchestrator.domain.decide import (
    alerts,
    allowances,
    company,
    cordons,
    fleet,
    learning,
    levels,
    negotiations,
    orders,
    overrides,
    plan,
    proposals,
    refusals,
    reminders,
    schedule,
    shop,
    speeds,
    supply,
    upkeep,
)
from orchestrator.domain.errors import Defect
from orchestrator.domain.state import State

Handler = Callable[[State, Any, int], Decision]

HANDLERS: dict[type[c.Command], Handler] = {
    c.ImportCompany: company.import_company,
    c.SubmitOrders: orders.submit_orders,
    c.CancelOrder: orders.cancel_order,
    c.ReserveOrder: orders.reserve_order,
    c.ConfirmOrder: orders.confirm_order,
    c.ChangeOrder: orders.change_order,
    a.GrantAllowance: allowances.grant_allowance,
    a.UndoAllowance: allowances.undo_allowance,
    c.ReportVehicleLoaded: fleet.vehicle_loaded,
    c.ReportVehicleArrived: fleet.vehicle_arrived,
    c.ReportOrderDelivered: fleet.order_delivered,
    c.ReportDeliveryFailed: fleet.delivery_failed,
    c.ReportVehicleReturned: fleet.vehicle_returned,
    c.ReportVehicleDown: fleet.vehicle_down,
    c.ReportVehicleUp: fleet.vehicle_up,
    c.ReportVehicleSlip: fleet.vehicle_slip,
    c.ReportSlowArea: fleet.slow_area,
    c.ReportSlowAreaOver: fleet.slow_area_over,
    c.ReportMachineDown: shop.machine_down,
    c.ReportMachineUp: shop.machine_up,
    c.ReportMachineRisk: schedule.machine_risk,
    c.ReportWorkerAbsent: schedule.worker_absent,
    c.ReportWorkerBack: schedule.worker_back,
    c.ReportTaskStarted: shop.task_started,
    c.ReportTaskFinished: shop.task_finished,
    c.ReportPurchaseDelayed: supply.purchase_delayed,
    c.ReceivePurchase: supply.receive_purchase,
    c.CountStock: supply.count_stock,
    c.ReleaseReplenishment: proposals.release_replenishment,
    c.CancelReplenishment: supply.cancel_replenishment,
    c.SnoozeProposal: proposals.snooze_proposal,
    c.SetReplenishmentMode: proposals.set_replenishment_mode,
    c.WriteOffPurchase: supply.write_off_purchase,
    c.ReportStockIssued: learning.stock_issued,
    c.CloseDay: learning.close_day,
    c.MarkDemand: learning.mark_demand,
    c.ReviseLearning: learning.revise_learning,
    c.CreateOverride: overrides.create_override,
    c.UndoOverride: overrides.undo_override,
    c.CreateScheduleOverride: schedule.create_schedule_override,
    c.UndoScheduleOverride: schedule.undo_schedule_override,
    c.ExpireOverrides: overrides.expire_overrides,
    c.PublishRevision: plan.publish_revision,
    c.RaiseAlert: alerts.raise_alert,
    c.AcknowledgeAlert: alerts.acknowledge_alert,
    c.ResolveAlert: alerts.resolve_alert,
    **cordons.HANDLERS,
    **levels.HANDLERS,
    **negotiations.HANDLERS,
    **refusals.HANDLERS,
    **reminders.HANDLERS,
    **speeds.HANDLERS,
    **upkeep.HANDLERS,
}


def decide(state: State, command: c.Command, now_s: int, principal: str) -> Decision:
    """Events and answer for `command`. Raises `Rejection` when it cannot be done, `Defect` when it is unknown.

    `principal` ("partner:acme", "operator:ada", "agent:vehicle/V1", "system:planner") stands in the log beside
    the events; who may send which command is `ingest`'s business.
    """
    handler = HANDLERS.get(type(command))
    if handler is None:
        raise Defect(f"no decision for {type(command).__name__} asked by {principal}")
    return handler(state, command, now_s)
