"""Stock, purchase and production orders, and alerts, from the domain to the contract."""

from __future__ import annotations

from orchestrator.domain.entities import Alert, ProductionOrder, PurchaseOrder, Task
from orchestrator.ingest.fields import enum_out
from protos.muster.operator.v1 import alert_service_pb2, stock_service_pb2


def purchase_out(order: PurchaseOrder) -> stock_service_pb2.PurchaseOrder:
    """A purchase order."""
    return stock_service_pb2.PurchaseOrder(
        purchase_order_id=order.purchase_order_id,
        supplier_id=order.supplier_id,
        item_id=order.item_id,
        site_id=order.site_id,
        quantity=order.quantity,
        placed_s=order.placed_s,
        expected_s=order.expected_s,
        status=enum_out(stock_service_pb2.SupplyStatus, "SUPPLY_STATUS_", order.status.value),
        received_s=order.received_s,
        late_s=order.late_s,
        from_site_id=order.from_site_id or "",
        unit_cost_cents=order.unit_cost_cents,
    )


def production_out(order: ProductionOrder) -> stock_service_pb2.ProductionOrder:
    """A production order with its tasks as executed."""
    return stock_service_pb2.ProductionOrder(
        production_order_id=order.production_order_id,
        item_id=order.item_id,
        quantity=order.quantity,
        due_s=order.due_s,
        released_s=order.released_s,
        tasks=[_task(task) for task in order.tasks],
        status=enum_out(stock_service_pb2.SupplyStatus, "SUPPLY_STATUS_", order.status.value),
        done_s=order.done_s,
    )


def _task(task: Task) -> stock_service_pb2.Task:
    return stock_service_pb2.Task(
        task_id=task.task_id,
        operation=task.operation,
        status=enum_out(stock_service_pb2.TaskStatus, "TASK_STATUS_", task.status.value),
        machine_id=task.machine_id or "",
        start_s=task.start_s,
        end_s=task.end_s,
    )


def alert_out(alert: Alert) -> alert_service_pb2.Alert:
    """An alert."""
    return alert_service_pb2.Alert(
        alert_id=alert.alert_id,
        kind=alert.kind,
        subject=alert.subject,
        severity=enum_out(alert_service_pb2.Severity, "SEVERITY_", alert.severity.value),
        text=alert.text,
        raised_s=alert.raised_s,
        status=enum_out(alert_service_pb2.AlertStatus, "ALERT_STATUS_", alert.status.value),
    )
