"""What needs a person: open alerts, unplanned and late orders, late production, the worst first. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.domain.plan import NOBODY_NEEDED
from orchestrator.web.words import minutes, spaced
from protos.muster.operator.v1 import alert_service_pb2 as alert_pb
from protos.muster.operator.v1 import overview_pb2 as pb
from protos.muster.operator.v1 import plan_pb2

SHOWN_MAX = 60
_TONES = {
    alert_pb.SEVERITY_CRITICAL: ("bad", 0),
    alert_pb.SEVERITY_WARNING: ("warn", 2),
    alert_pb.SEVERITY_INFO: ("plain", 4),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One exception. `alert_id`, `order_id`, `production_order_id` say what one can do about it; empty: nothing."""

    key: str
    title: str
    text: str
    tone: str
    rank: int
    alert_id: str = ""
    order_id: str = ""
    production_order_id: str = ""
    acknowledged: bool = False


def items(overview: pb.Overview) -> tuple[Item, ...]:
    """Everything that asks for attention, worst first."""
    found = [_of_alert(alert) for alert in overview.alerts]
    told = {item.order_id for item in found if item.order_id}
    waiting_for_a_person = [v for v in overview.unplanned if v.code not in NOBODY_NEEDED]
    found += [_of_verdict(v, "unplanned", "bad", 1) for v in waiting_for_a_person if v.order_id not in told]
    found += [_of_verdict(v, f"{minutes(v.late_s)} late", "warn", 3) for v in overview.late if v.order_id not in told]
    found += _production(overview)
    return tuple(sorted(found, key=lambda item: (item.acknowledged, item.rank, item.key)))[:SHOWN_MAX]


def _production(overview: pb.Overview) -> list[Item]:
    """Production orders that end after their due date, by their last task."""
    late: dict[str, int] = {}
    for task in overview.tasks:
        if task.tardy and task.status != "DONE":
            name = task.production_order_id
            late[name] = max(late.get(name, 0), task.end_s - task.due_s)
    return [
        Item(
            key=f"production late:{name}",
            title=f"{name} · production {minutes(late_s)} late",
            text="See what holds it back and what would help.",
            tone="warn",
            rank=3,
            production_order_id=name,
        )
        for name, late_s in late.items()
    ]


def _of_alert(alert: alert_pb.Alert) -> Item:
    tone, rank = _TONES.get(alert.severity, ("plain", 4))
    return Item(
        key=alert.alert_id,
        title=f"{spaced(alert.kind)} · {alert.subject}",
        text=alert.text,
        tone=tone,
        rank=rank,
        alert_id=alert.alert_id,
        order_id=alert.subject if alert.kind in ("ORDER_UNPLANNED", "DELIVERY_FAILED") else "",
        acknowledged=alert.status == alert_pb.ALERT_STATUS_ACKNOWLEDGED,
    )


def _of_verdict(verdict: plan_pb2.Verdict, what: str, tone: str, rank: int) -> Item:
    return Item(
        key=f"{what}:{verdict.order_id}",
        title=f"{verdict.order_id} · {what}",
        text=verdict.text,
        tone=tone,
        rank=rank,
        order_id=verdict.order_id,
    )
