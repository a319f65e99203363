"""What planning measures of itself. Works without metrics, so that tests and previews need none.

Promises: durations come from a stopwatch that is handed in; labels are few and fixed. Called by `planner`
and `background`.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.plan import Revision

NS = 1_000_000_000


class Meter:
    """Counts for `PlanningStatus`, and Prometheus metrics when there are some (`orchestrator.runtime.metrics`)."""

    def __init__(self, metrics: Any | None = None) -> None:
        self._metrics = metrics
        self.rejections = 0
        self.tiers: dict[str, int] = {}
        self.stale = 0
        self.failures = 0
        self.event_to_plan_ns: list[int] = []

    def rejected(self, problem: str, count: int) -> None:
        """The checker stopped plans."""
        self.rejections += count
        if self._metrics is not None and count:
            self._metrics.checker_rejections.labels(problem=problem).inc(count)

    def solved(self, problem: str, outcome: str, seconds: float) -> None:
        """One solve ended."""
        if self._metrics is not None:
            self._metrics.solve_duration.labels(problem=problem, outcome=outcome).observe(seconds)

    def answered(self, waited_ns: int) -> None:
        """An event's plan is out."""
        if len(self.event_to_plan_ns) >= 10_000:
            del self.event_to_plan_ns[:5_000]
        self.event_to_plan_ns.append(waited_ns)
        if self._metrics is not None:
            self._metrics.event_to_plan.observe(waited_ns / NS)

    def published(self, head: Revision) -> None:
        """A revision is in force."""
        self.tiers[head.tier.value] = self.tiers.get(head.tier.value, 0) + 1
        if self._metrics is None:
            return
        cause = head.causes[0].kind if head.causes else head.tier.value
        self._metrics.plan_revisions.labels(cause=cause).inc()
        self._metrics.plan_revision.set(head.revision)
        self._metrics.late_orders.set(head.kpis.late_orders)

    def degraded(self, level: int) -> None:
        """The ladder's level."""
        if self._metrics is not None:
            self._metrics.degraded_level.set(level)
