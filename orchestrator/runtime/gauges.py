"""Looks at the server twice a second and sets the gauges; measures how late the core's loop wakes. Called by bootstrap.

Counters and histograms are set where things happen; this is for what has a present value.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from orchestrator.domain.entities import OverrideStatus
from orchestrator.domain.state import State
from orchestrator.ingest.desk import Desk, TelemetryPlaces
from orchestrator.ingest.status_view import degraded
from orchestrator.planning.ladder import Ladder, Level
from orchestrator.runtime.metrics import Metrics

LOOK_S = 0.5
TICK_S = 0.02


class Growth:
    """How much a count has grown since the last look; one that has become smaller has started anew at zero."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def of(self, name: str, count: int) -> int:
        """What to add to a metric that only rises."""
        last = self._last.get(name, 0)
        self._last[name] = count
        return count - last if count >= last else count


class Gauges:
    """Two tasks on the core's loop: one looks, one measures lag."""

    def __init__(self, metrics: Metrics, core: Any, desk: Desk) -> None:
        self._metrics, self._core, self._desk = metrics, core, desk
        self._tasks: list[asyncio.Task[None]] = []
        self._growth = Growth()
        core.add_listener(self._count)

    def start(self) -> None:
        """Begin."""
        self._tasks = [asyncio.create_task(self._look_on()), asyncio.create_task(self._measure_lag())]

    async def stop(self) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _count(self, seq: int, at_s: int, event: Any) -> None:
        self._metrics.events_ingested.labels(type(event).__name__, "core").inc()
        if self._growth.of("batches", self._core.stats.batches):
            self._metrics.log_append.observe(self._core.stats.append_ns / 1e9)

    async def _measure_lag(self) -> None:
        monotonic_ns = self._desk.clock.monotonic_ns
        while True:
            asked_ns = monotonic_ns()
            await asyncio.sleep(TICK_S)
            late_ns = monotonic_ns() - asked_ns - int(TICK_S * 1e9)
            self._metrics.core_loop_lag.observe(max(0, late_ns) / 1e9)

    async def _look_on(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(LOOK_S)

    def _look(self) -> None:
        metrics, core, state = self._metrics, self._core, self._desk.state
        metrics.queue_depth.set(core.queue_length)
        metrics.log_last_seq.set(core.durable_seq)
        metrics.watch_subscribers.set(self._desk.watchers())
        metrics.degraded_level.set(degraded(self._desk)[0])
        if self._desk.planner is not None:
            self._look_at_ladder(self._desk.planner.ladder)
        metrics.queue_refusals.inc(self._growth.of("refusals", core.stats.refusals))
        self._look_at_plan(state)
        if self._desk.bridge is not None:
            self._look_at_agents(self._desk.bridge.health())
        if self._desk.telemetry is not None:
            self._look_at_telemetry(self._desk.telemetry)

    def _look_at_telemetry(self, telemetry: TelemetryPlaces) -> None:
        self._metrics.telemetry_ports.set(telemetry.ports())
        for (word, outcome), count in telemetry.counts().items():
            grown = self._growth.of(f"readings {word} {outcome}", count)
            self._metrics.telemetry_readings.labels(word or "unknown", outcome).inc(grown)

    def _look_at_ladder(self, ladder: Ladder) -> None:
        for level in Level:
            name = str(int(level))
            self._metrics.degraded_steps.labels(name).inc(self._growth.of(f"steps to {name}", ladder.steps[level]))
            grown_ms = self._growth.of(f"time at {name}", int(ladder.spent_s[level] * 1000))
            self._metrics.degraded_seconds.labels(name).inc(grown_ms / 1000)

    def _look_at_agents(self, health: Any) -> None:
        oldest_s = dict.fromkeys(health.agents, 0.0)
        for host in health.host_list:
            oldest_s[host.kind] = max(oldest_s[host.kind], host.mailbox_age_s)
        for kind, age_s in oldest_s.items():
            self._metrics.mailbox_age.labels(kind).set(age_s)
        self._metrics.instructions_outstanding.set(health.outstanding)
        for outcome, count in health.instructions.items():
            self._metrics.instructions.labels(outcome).set(count)
        for kind, count in health.agents.items():
            self._metrics.agents.labels(kind).set(count)
        for host in health.host_list:
            grown = self._growth.of(f"restarts of {host.name}", host.restarts)
            self._metrics.agent_restarts.labels(host.kind).inc(grown)

    def _look_at_plan(self, state: State) -> None:
        metrics = self._metrics
        metrics.plan_revision.set(state.plan.revision)
        metrics.late_orders.set(len(state.plan.late))
        metrics.unplanned_orders.clear()
        for reason, count in Counter(verdict.code for verdict in state.plan.unplanned.values()).items():
            metrics.unplanned_orders.labels(reason).set(count)
        metrics.overrides_active.clear()
        active = (o.kind.value for o in state.overrides.values() if o.status is OverrideStatus.ACTIVE)
        for kind, count in Counter(active).items():
            metrics.overrides_active.labels(kind).set(count)
