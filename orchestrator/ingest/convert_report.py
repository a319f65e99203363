"""Reports of the operator port to commands: one small function a report, the table below is the index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.domain import commands as c
from orchestrator.domain.company import Place
from orchestrator.domain.shop_floor import RiskPoint
from orchestrator.ingest.fields import build, limited, optional
from orchestrator.ingest.refusals import bad_field
from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import event_service_pb2 as pb

ORDERS_MAX = 500
RISK_POINTS_MAX = 50


def command_of(request: pb.ReportEventRequest) -> c.Command:
    """The command that a report is; raises `BadFields` with paths inside the report."""
    kind = request.WhichOneof("report")
    if kind is None:
        raise bad_field("report", "nothing", "one report must be given")
    return REPORTS[kind](getattr(request, kind))


def place_in(place: order_pb2.Place) -> Place:
    """A point on the map."""
    return build(Place, lat_e7=place.lat_e7, lon_e7=place.lon_e7)


def _vehicle_loaded(report: pb.VehicleLoaded) -> c.Command:
    limited(report.order_ids, ORDERS_MAX, "order_ids")
    return build(
        c.ReportVehicleLoaded, vehicle_id=report.vehicle_id, order_ids=tuple(report.order_ids), at_s=report.at_s
    )


def _vehicle_arrived(report: pb.VehicleArrived) -> c.Command:
    return build(c.ReportVehicleArrived, vehicle_id=report.vehicle_id, order_id=report.order_id, at_s=report.at_s)


def _order_delivered(report: pb.OrderDelivered) -> c.Command:
    return build(
        c.ReportOrderDelivered,
        vehicle_id=report.vehicle_id,
        order_id=report.order_id,
        at_s=report.at_s,
        next_order_id=optional(report.next_order_id),
    )


def _delivery_failed(report: pb.DeliveryFailed) -> c.Command:
    return build(
        c.ReportDeliveryFailed,
        vehicle_id=report.vehicle_id,
        order_id=report.order_id,
        at_s=report.at_s,
        reason=report.reason,
        next_order_id=optional(report.next_order_id),
    )


def _vehicle_returned(report: pb.VehicleReturned) -> c.Command:
    return build(c.ReportVehicleReturned, vehicle_id=report.vehicle_id, at_s=report.at_s)


def _vehicle_down(report: pb.VehicleDown) -> c.Command:
    return build(
        c.ReportVehicleDown,
        vehicle_id=report.vehicle_id,
        at_s=report.at_s,
        until_s=report.until_s,
        reason=report.reason,
        place=place_in(report.place) if report.HasField("place") else None,
    )


def _vehicle_up(report: pb.VehicleUp) -> c.Command:
    return build(c.ReportVehicleUp, vehicle_id=report.vehicle_id, at_s=report.at_s)


def _vehicle_slip(report: pb.VehicleSlip) -> c.Command:
    return build(
        c.ReportVehicleSlip,
        vehicle_id=report.vehicle_id,
        order_id=report.order_id,
        planned_s=report.planned_s,
        predicted_s=report.predicted_s,
    )


def _slow_area(report: pb.SlowArea) -> c.Command:
    return build(
        c.ReportSlowArea,
        area_id=report.area_id,
        lat_e7=report.center.lat_e7,
        lon_e7=report.center.lon_e7,
        radius_m=report.radius_m,
        factor_pct=report.factor_pct,
        until_s=report.until_s,
    )


def _slow_area_over(report: pb.SlowAreaOver) -> c.Command:
    return build(c.ReportSlowAreaOver, area_id=report.area_id)


def _machine_down(report: pb.MachineDown) -> c.Command:
    return build(
        c.ReportMachineDown,
        machine_id=report.machine_id,
        at_s=report.at_s,
        until_s=report.until_s,
        reason=report.reason,
    )


def _machine_up(report: pb.MachineUp) -> c.Command:
    return build(c.ReportMachineUp, machine_id=report.machine_id, at_s=report.at_s)


def _machine_risk(report: pb.MachineRisk) -> c.Command:
    limited(report.risk, RISK_POINTS_MAX, "risk")
    points = tuple(build(RiskPoint, at_s=point.at_s, failed_per_mille=point.failed_per_mille) for point in report.risk)
    return build(c.ReportMachineRisk, machine_id=report.machine_id, at_s=report.at_s, risk=points, reason=report.reason)


def _worker_absent(report: pb.WorkerAbsent) -> c.Command:
    return build(
        c.ReportWorkerAbsent,
        worker_id=report.worker_id,
        at_s=report.at_s,
        until_s=report.until_s,
    )


def _worker_back(report: pb.WorkerBack) -> c.Command:
    return build(c.ReportWorkerBack, worker_id=report.worker_id, at_s=report.at_s)


def _task_started(report: pb.TaskStarted) -> c.Command:
    return build(c.ReportTaskStarted, task_id=report.task_id, machine_id=report.machine_id, at_s=report.at_s)


def _task_finished(report: pb.TaskFinished) -> c.Command:
    return build(c.ReportTaskFinished, task_id=report.task_id, at_s=report.at_s)


def _purchase_delayed(report: pb.PurchaseDelayed) -> c.Command:
    return build(
        c.ReportPurchaseDelayed,
        purchase_order_id=report.purchase_order_id,
        expected_s=report.expected_s,
        reason=report.reason,
    )


def _purchase_received(report: pb.PurchaseReceived) -> c.Command:
    return build(
        c.ReceivePurchase,
        purchase_order_id=report.purchase_order_id,
        quantity=report.quantity,
        at_s=report.at_s,
    )


def _stock_counted(report: pb.StockCounted) -> c.Command:
    return build(
        c.CountStock,
        site_id=report.site_id,
        item_id=report.item_id,
        on_hand=report.on_hand,
        at_s=report.at_s,
        reason=report.reason,
    )


def _stock_issued(report: pb.StockIssued) -> c.Command:
    return build(
        c.ReportStockIssued,
        site_id=report.site_id,
        item_id=report.item_id,
        quantity=report.quantity,
        short=report.short if report.HasField("short") else None,
        at_s=report.at_s,
        reason=report.reason,
    )


def _instruction_refused(report: pb.InstructionRefused) -> c.Command:
    return build(
        c.RefuseInstruction,
        kind=report.kind,
        resource_id=report.resource_id,
        revision=report.revision,
        reason=report.reason,
        for_s=report.for_s,
    )


def _alert(report: pb.AlertReported) -> c.Command:
    return build(c.RaiseAlert, kind=report.kind, subject=report.subject, severity=report.severity, text=report.text)


REPORTS: dict[str, Callable[[Any], c.Command]] = {
    "vehicle_loaded": _vehicle_loaded,
    "vehicle_arrived": _vehicle_arrived,
    "order_delivered": _order_delivered,
    "delivery_failed": _delivery_failed,
    "vehicle_returned": _vehicle_returned,
    "vehicle_down": _vehicle_down,
    "vehicle_up": _vehicle_up,
    "vehicle_slip": _vehicle_slip,
    "slow_area": _slow_area,
    "slow_area_over": _slow_area_over,
    "machine_down": _machine_down,
    "machine_up": _machine_up,
    "machine_risk": _machine_risk,
    "worker_absent": _worker_absent,
    "worker_back": _worker_back,
    "task_started": _task_started,
    "task_finished": _task_finished,
    "purchase_delayed": _purchase_delayed,
    "purchase_received": _purchase_received,
    "stock_counted": _stock_counted,
    "stock_issued": _stock_issued,
    "instruction_refused": _instruction_refused,
    "alert": _alert,
}
