"""The report of a day: what happened, in figures that can be held against each other.

Promises the documented JSON shape. Orders, disruptions, distance and cost are counted by the twin itself; latency,
stock-outs and agents' restarts are the server's own figures, as nobody else can know them.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.state import State
from orchestrator.twin.auditor import Auditor
from orchestrator.twin.mirror import Mirror
from orchestrator.twin.simulation import Simulation
from protos.muster.operator.v1 import admin_service_pb2

Report = dict[str, Any]


def make_report(
    simulation: Simulation,
    mirror: Mirror,
    auditor: Auditor,
    server: admin_service_pb2.DayReport,
    *,
    lost_events: int,
    wall_s: float,
) -> Report:
    """What happened, as documented for `muster demo --report`."""
    journal, state = simulation.world.journal, mirror.state
    return {
        "orders": order_counts(state, mirror.late_s_of),
        "unplanned_reasons": undelivered_reasons(state),
        "disruptions": disruptions(simulation, mirror),
        "revisions": {"total": state.plan.revision, "by_cause": dict(sorted(mirror.revisions_by_cause.items()))},
        "event_to_plan_ms": {
            "n": server.event_to_plan.n,
            "p50": server.event_to_plan.p50_us / 1000,
            "p99": server.event_to_plan.p99_us / 1000,
        },
        "distance_km": round(journal.distance_m / 1000, 1),
        "cost_cents": round(journal.cost_cents),
        "stock_outs": server.stock_outs,
        "tardiness_s": sum(mirror.late_s_of.values()),
        "checker_rejections_published": auditor.rejected,
        "lost_events": lost_events,
        "agent_restarts": server.agent_restarts,
        "wall_s": round(wall_s, 1),
    }


def order_counts(state: State, late_s_of: dict[str, int]) -> dict[str, int]:
    """Orders by what became of them. Unplanned: neither delivered nor cancelled when the day was over."""
    status = [order.status for order in state.orders.values()]
    delivered, cancelled = status.count(OrderStatus.DELIVERED), status.count(OrderStatus.CANCELLED)
    late = sum(late_s > 0 for late_s in late_s_of.values())
    return {
        "received": len(status),
        "delivered": delivered,
        "on_time": delivered - late,
        "late": late,
        "unplanned": len(status) - delivered - cancelled,
        "cancelled": cancelled,
    }


def undelivered_reasons(state: State) -> dict[str, int]:
    """Why orders were not delivered: the plan's verdict, a failed delivery, or that the day ended too soon."""
    reasons: dict[str, int] = {}
    for order in state.orders.values():
        if order.status in (OrderStatus.DELIVERED, OrderStatus.CANCELLED):
            continue
        verdict = state.plan.unplanned.get(order.order_id)
        reason = "DELIVERY_FAILED" if order.status is OrderStatus.FAILED else verdict.code if verdict else "DAY_OVER"
        reasons[reason] = reasons.get(reason, 0) + 1
    return dict(sorted(reasons.items()))


def disruptions(simulation: Simulation, mirror: Mirror) -> list[dict[str, object]]:
    """The script as it happened; revision 0 = none named it. `tasks`: what that revision moved in the schedule."""
    heads = {record.head.revision: record.head for record in mirror.state.revisions}
    found: list[dict[str, object]] = []
    for one in simulation.troubles.record:
        revision = mirror.revision_of_cause.get(one.event, 0)
        changes = heads[revision].changes if revision in heads else ()
        tasks = sum(change.kind in ("TASK", "MAINTENANCE") for change in changes)
        found.append({"kind": one.kind, "at": one.at_s, "event": one.event, "revision": revision, "tasks": tasks})
    return found


def in_words(report: Report) -> list[str]:
    """The report as lines for people."""
    orders, timing, revisions = report["orders"], report["event_to_plan_ms"], report["revisions"]
    causes = sorted(revisions["by_cause"].items(), key=lambda one: -one[1])
    reasons = "".join(f", {count} {name}" for name, count in report["unplanned_reasons"].items())
    lines = [
        f"Orders      {orders['received']} received, {orders['delivered']} delivered ({orders['on_time']} on time, "
        f"{orders['late']} late by {report['tardiness_s'] // 60} min in all), {orders['cancelled']} cancelled, "
        f"{orders['unplanned']} not delivered{reasons and ':' + reasons[1:]}",
        f"Plan        {revisions['total']} revisions: " + ", ".join(f"{count} {name}" for name, count in causes[:6]),
        f"            event to plan p50 {timing['p50']:.0f} ms, p99 {timing['p99']:.0f} ms over {timing['n']} events",
        f"Road        {report['distance_km']:.0f} km, {report['cost_cents'] / 100:.2f} in cost, "
        f"{report['stock_outs']} stock-outs",
        f"Trust       {report['checker_rejections_published']} wrong plans published, {report['lost_events']} events "
        f"lost, {report['agent_restarts']} agents restarted",
        f"Took        {report['wall_s']:.0f} s",
    ]
    if "executed" in report:
        executed, hindsight = report["executed"], report["hindsight"]
        lines.append(
            f"Executed    cost {executed['cost']} in {len(executed['routes'])} routes; "
            f"with everything known {hindsight['cost'] if hindsight['cost'] is not None else hindsight['problem']}"
        )
    return lines
