"""The server at a glance, put together from the core, planning, the bridge and the clock. Reads only."""

from __future__ import annotations

from typing import Any

from orchestrator.domain.entities import AlertStatus
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.timings import timing_of
from orchestrator.planning.ladder import Level
from orchestrator.planning.ladder_words import STARTING
from protos.muster.operator.v1 import admin_service_pb2 as pb

#: `event_to_plan` in the status is of the newest events; the day report has the day's.
TIMINGS_SHOWN = 1_000


def server_status(desk: Desk) -> pb.Status:
    """Everything `muster status` shows."""
    state, facts = desk.state, desk.facts
    level, cause = degraded(desk)
    return pb.Status(
        version=facts.version,
        company_name=state.company.name if state.company else "",
        seq=desk.core.applied_seq,
        durable_seq=desk.core.durable_seq,
        revision=state.plan.revision,
        clock=clock_state(desk),
        degraded_level=level,
        degraded_cause=cause,
        bridge=bridge_health(desk),
        queue_depth=desk.core.queue_length,
        queue_max=desk.limits.queue_max,
        event_to_plan=timing_of(desk.timings()[-TIMINGS_SHOWN:]),
        open_orders=len(state.open_orders),
        unplanned_orders=len(state.plan.unplanned),
        late_orders=len(state.plan.late),
        open_alerts=sum(1 for alert in state.alerts.values() if alert.status is not AlertStatus.RESOLVED),
        watchers=desk.watchers(),
        operator_address=facts.addresses.get("operator", ""),
        partner_address=facts.addresses.get("partner", ""),
        metrics_address=facts.addresses.get("metrics", ""),
        web_address=facts.addresses.get("web", ""),
        pid=facts.pid,
        uptime_s=(desk.clock.monotonic_ns() - facts.started_ns) // 1_000_000_000,
        log=facts.log,
        planning_idle=desk.planner is None or desk.planner.idle,
        learning_version=state.learning_version,
        closed_day_s=state.closed_day_s,
    )


def clock_state(desk: Desk) -> pb.ClockState:
    """The company clock."""
    control = desk.clock_control
    company = desk.state.company
    return pb.ClockState(
        now_s=desk.clock.now_s(),
        now_ms=desk.clock.now_ms(),
        speed=control.speed,
        held=control.held,
        simulated=control.simulated,
        time_zone=company.time_zone if company else "",
    )


def bridge_health(desk: Desk) -> pb.BridgeHealth:
    """How the bridge and what it runs are."""
    if desk.bridge is None:
        return pb.BridgeHealth(runtime="none", text="this server runs without agents and solver processes")
    health: Any = desk.bridge.health()
    return pb.BridgeHealth(
        runtime=health.backend,
        up=health.phase == "ready",
        text=health.phase if health.phase == "ready" else f"{health.phase}: {health.last_error}".rstrip(": "),
        restarts=health.restarts,
        hosts=health.hosts,
        agents=[pb.AgentCount(kind=kind, count=count) for kind, count in sorted(health.agents.items())],
        agent_restarts=health.restarts,
        solvers=health.solvers,
    )


def degraded(desk: Desk) -> tuple[int, str]:
    """(level, cause): how far down the ladder the server is, why, and what still works; (0, "") when all is well."""
    if desk.planner is None:
        return int(Level.LOG), STARTING
    planning = desk.planner.status()
    return planning.level, planning.level_text
