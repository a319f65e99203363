"""Entries of the log as operators read them: type, subject, a sentence, and the event's fields as JSON.

Promises that no digest of a token and no whole company goes out. The two tables say what each event is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.core.work import LoggedEvent
from orchestrator.domain import events as e
from orchestrator.domain import levels_events as le
from orchestrator.domain.refusals_events import RefusalEnded
from orchestrator.ingest import cordon_words, negotiation_words, reminder_words, speed_words, upkeep_words
from protos.muster.operator.v1 import event_service_pb2 as pb

#: Their payload is master data or larger than anybody reads in a stream.
WITHOUT_PAYLOAD = (e.CompanyImported,)

SUBJECTS: Mapping[type[e.Event], Callable[[Any], str]] = {
    e.CompanyImported: lambda x: x.company.name,
    e.OrderReceived: lambda x: x.order.order_id,
    e.OrderConfirmed: lambda x: x.order_id,
    e.OrderChanged: lambda x: x.order_id,
    e.OrderCancelled: lambda x: x.order_id,
    e.AllowanceGranted: lambda x: x.allowance.allowance_id,
    e.AllowanceEnded: lambda x: x.allowance_id,
    e.VehicleArrived: lambda x: x.order_id,
    e.OrderDelivered: lambda x: x.order_id,
    e.DeliveryFailed: lambda x: x.order_id,
    e.AreaSlowed: lambda x: x.area.area_id,
    e.AreaCleared: lambda x: x.area_id,
    e.MachineWentDown: lambda x: x.machine_id,
    e.MachineCameUp: lambda x: x.machine_id,
    e.TaskStarted: lambda x: x.task_id,
    e.TaskFinished: lambda x: x.task_id,
    e.MaintenancePlanned: lambda x: x.maintenance.maintenance_id,
    e.MaintenanceCancelled: lambda x: x.maintenance_id,
    e.MaintenanceStarted: lambda x: x.maintenance_id,
    e.MaintenanceFinished: lambda x: x.maintenance_id,
    e.WorkerAbsent: lambda x: x.worker_id,
    e.WorkerBack: lambda x: x.worker_id,
    e.ScheduleOverrideCreated: lambda x: x.override.override_id,
    e.ScheduleOverrideUndone: lambda x: x.override_id,
    e.ScheduleOverrideExpired: lambda x: x.override_id,
    e.ProductionReleased: lambda x: x.order.production_order_id,
    e.PurchasePlaced: lambda x: x.order.purchase_order_id,
    e.PurchaseDelayed: lambda x: x.purchase_order_id,
    e.PurchaseReceived: lambda x: x.purchase_order_id,
    e.ReplenishmentCancelled: lambda x: x.supply_id,
    e.StockCounted: lambda x: f"{x.site_id}/{x.item_id}",
    e.StockIssued: lambda x: f"{x.site_id}/{x.item_id}",
    e.PurchaseWrittenOff: lambda x: x.purchase_order_id,
    e.ProposalSnoozed: lambda x: x.proposal_id,
    e.ReplenishmentModeSet: lambda x: f"{x.site_id}/{x.item_id}",
    e.DemandMarked: lambda x: f"{x.mark.site_id}/{x.mark.item_id}",
    e.DayClosed: lambda x: f"day {x.day_s}",
    e.LearningRevised: lambda x: f"learning {x.version}",
    e.OverrideCreated: lambda x: x.override.override_id,
    e.OverrideUndone: lambda x: x.override_id,
    e.OverrideExpired: lambda x: x.override_id,
    e.PlanRevised: lambda x: f"revision {x.head.revision}",
    e.AlertRaised: lambda x: x.alert.alert_id,
    e.AlertAcknowledged: lambda x: x.alert_id,
    e.AlertResolved: lambda x: x.alert_id,
    e.InstructionRefused: lambda x: f"{x.kind}/{x.resource_id}",
    RefusalEnded: lambda x: f"{x.kind}/{x.resource_id}",
    le.LevelChanged: lambda x: f"level {x.level}",
    le.LevelHeld: lambda x: f"level {x.hold.level}",
    le.LevelReleased: lambda x: "level",
    **negotiation_words.SUBJECTS,
    **cordon_words.SUBJECTS,
    **reminder_words.SUBJECTS,
    **speed_words.SUBJECTS,
    **upkeep_words.SUBJECTS,
}

SENTENCES: Mapping[type[e.Event], Callable[[Any], str]] = {
    e.CompanyImported: lambda x: f"company {x.company.name} was loaded",
    e.OrderReceived: lambda x: f"order {x.order.order_id} for {x.order.customer_id}, priority {x.order.priority}",
    e.OrderConfirmed: lambda x: f"reservation {x.order_id} was confirmed",
    e.OrderChanged: lambda x: f"order {x.order_id} has another window or priority{_because(x.reason)}",
    e.AllowanceGranted: lambda x: (
        f"{x.allowance.owner} allowed {x.allowance.vehicle_id} {x.allowance.rule.value.lower()} "
        f"{x.allowance.skill or x.allowance.amount}{_because(x.allowance.reason)}"
    ),
    e.AllowanceEnded: lambda x: (
        f"{x.by} took allowance {x.allowance_id} back{_because(x.reason)}"
        if x.by
        else f"allowance {x.allowance_id} is over"
    ),
    e.OrderCancelled: lambda x: f"order {x.order_id} was cancelled{_because(x.reason)}",
    e.VehicleLoaded: lambda x: f"vehicle {x.vehicle_id} left {x.site_id} with {len(x.order_ids)} orders",
    e.VehicleArrived: lambda x: f"vehicle {x.vehicle_id} is at {x.order_id}",
    e.OrderDelivered: lambda x: f"order {x.order_id} was delivered by {x.vehicle_id}{_late(x.late_s)}",
    e.DeliveryFailed: lambda x: f"order {x.order_id} could not be delivered{_because(x.reason)}",
    e.VehicleReturned: lambda x: f"vehicle {x.vehicle_id} is back at {x.site_id}",
    e.VehicleWentDown: lambda x: f"vehicle {x.vehicle_id} is down{_because(x.reason)}",
    e.VehicleCameUp: lambda x: f"vehicle {x.vehicle_id} moves again",
    e.VehicleSlipped: lambda x: (
        f"vehicle {x.vehicle_id} will be at {x.order_id} {(x.predicted_s - x.planned_s) // 60:+d} min off plan"
    ),
    e.AreaSlowed: lambda x: f"driving takes {x.area.factor_pct} % within {x.area.radius_m} m of area {x.area.area_id}",
    e.AreaCleared: lambda x: f"area {x.area_id} is clear again",
    e.MachineWentDown: lambda x: f"machine {x.machine_id} is down{_because(x.reason)}",
    e.MachineCameUp: lambda x: f"machine {x.machine_id} runs again",
    e.TaskStarted: lambda x: f"task {x.task_id} runs on {x.machine_id}",
    e.TaskFinished: lambda x: f"task {x.task_id} is done",
    e.MaintenancePlanned: lambda x: (
        f"machine {x.maintenance.machine_id} asks for maintenance{_because(x.maintenance.reason)}"
    ),
    e.MaintenanceCancelled: lambda x: f"maintenance {x.maintenance_id} is not needed{_because(x.reason)}",
    e.MaintenanceStarted: lambda x: f"machine {x.machine_id} is being maintained",
    e.MaintenanceFinished: lambda x: f"machine {x.machine_id} is maintained",
    e.WorkerAbsent: lambda x: f"worker {x.worker_id} is away",
    e.WorkerBack: lambda x: f"worker {x.worker_id} is back",
    e.ScheduleOverrideCreated: lambda x: (
        f"{x.override.owner} decided {x.override.kind.lower()} of "
        f"{x.override.task_id or x.override.machine_id or x.override.production_order_id}{_because(x.override.reason)}"
    ),
    e.ScheduleOverrideUndone: lambda x: f"{x.by} took schedule override {x.override_id} back{_because(x.reason)}",
    e.ScheduleOverrideExpired: lambda x: f"schedule override {x.override_id} is {'done' if x.done else 'over'}",
    e.ProductionReleased: lambda x: f"production of {x.order.quantity} {x.order.item_id} was released",
    e.PurchasePlaced: lambda x: f"{x.order.quantity} {x.order.item_id} were ordered from {x.order.supplier_id}",
    e.PurchaseDelayed: lambda x: (
        f"purchase {x.purchase_order_id} comes {(x.expected_s - x.was_s) // 60:+d} min{_because(x.reason)}"
    ),
    e.PurchaseReceived: lambda x: f"{x.quantity} units of purchase {x.purchase_order_id} arrived",
    e.ReplenishmentCancelled: lambda x: f"replenishment {x.supply_id} was cancelled{_because(x.reason)}",
    e.StockCounted: lambda x: f"{x.item_id} at {x.site_id}: {x.on_hand} found, {x.was} in the books",
    e.StockIssued: lambda x: f"{x.quantity} {x.item_id} left {x.site_id}{_short(x.short)}",
    e.PurchaseWrittenOff: lambda x: (
        f"purchase {x.purchase_order_id} is not counted on any more, {x.still_comes_ppm // 10_000} % that it comes"
    ),
    e.ProposalSnoozed: lambda x: f"{x.by} put proposal {x.proposal_id} off{_because(x.reason)}",
    e.ReplenishmentModeSet: lambda x: (
        f"{x.by} set {x.item_id} at {x.site_id} to {'automatic' if x.automatic else 'manual'}{_because(x.reason)}"
    ),
    e.DemandMarked: lambda x: (
        f"{x.mark.by} marked demand of {x.mark.item_id} at {x.mark.site_id} as {x.mark.kind}{_because(x.mark.reason)}"
    ),
    e.DayClosed: lambda x: f"the day was counted: demand for {len(x.rows)} items and sites",
    e.LearningRevised: lambda x: (
        f"learned anew: {len(x.forecasts)} forecasts, {len(x.lead_times)} lead times{_because(x.reason)}"
    ),
    e.OverrideCreated: lambda x: (
        f"{x.override.owner} set {x.override.kind} on {x.override.order_id}{_because(x.override.reason)}"
    ),
    e.OverrideUndone: lambda x: f"{x.by} took override {x.override_id} back{_because(x.reason)}",
    e.OverrideExpired: lambda x: f"override {x.override_id} is {'done' if x.done else 'over'}",
    e.PlanRevised: lambda x: x.head.summary or f"plan revision {x.head.revision}",
    e.AlertRaised: lambda x: x.alert.text,
    e.AlertAcknowledged: lambda x: f"{x.by} takes care of {x.alert_id}",
    e.AlertResolved: lambda x: f"{x.alert_id} is over{_because(x.reason)}",
    RefusalEnded: lambda x: f"{x.kind} {x.resource_id} does again what it refused{_because(x.reason)}",
    e.InstructionRefused: lambda x: f"{x.kind} {x.resource_id} refuses its instruction{_because(x.reason)}",
    le.LevelChanged: lambda x: f"the service stepped from level {x.was} to level {x.level}{_because(x.cause)}",
    le.LevelHeld: lambda x: f"{x.hold.owner} holds the service at level {x.hold.level}{_because(x.hold.reason)}",
    le.LevelReleased: lambda x: f"{x.by} released the level{_because(x.reason)}" if x.by else "the held level is over",
    **negotiation_words.SENTENCES,
    **cordon_words.SENTENCES,
    **reminder_words.SENTENCES,
    **speed_words.SENTENCES,
    **upkeep_words.SENTENCES,
}


def event_out(logged: LoggedEvent) -> pb.Event:
    """An entry of the log."""
    event = logged.event
    return pb.Event(
        seq=logged.seq,
        at_s=logged.at_s,
        type=type(event).__name__,
        principal=logged.principal,
        cause_seq=logged.cause,
        subject=subject_of(event),
        text=sentence_of(event),
        payload_json="" if isinstance(event, WITHOUT_PAYLOAD) else event.model_dump_json(),
    )


def subject_of(event: Any) -> str:
    """The main thing an event is about."""
    subject = SUBJECTS.get(type(event))
    return subject(event) if subject else str(getattr(event, "vehicle_id", ""))


def sentence_of(event: Any) -> str:
    """An event in a sentence."""
    sentence = SENTENCES.get(type(event))
    return sentence(event) if sentence else type(event).__name__


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _short(short: int | None) -> str:
    return f", {short} more were wanted" if short else ""


def _late(late_s: int) -> str:
    return f", {-(-late_s // 60)} min late" if late_s else " in time"
