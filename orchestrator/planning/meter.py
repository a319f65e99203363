"""What planning measures of itself. Works without metrics, so that tests and previews need none.

Promises: durations come from a stopwatch that is handed in; labels are few and fixed. Called by `planner`
and `background`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestrator.domain.entities import Alert, AlertStatus
from orchestrator.domain.plan import Revision
from orchestrator.domain.state import State

NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PlanningStatus:
    """How planning does, for `muster status`."""

    level: int
    level_text: str
    backlog: int
    last_revision: int
    solvers_available: bool
    rejections: int
    tiers: dict[str, int]


def _drifts(alert: Alert) -> bool:
    return alert.kind in ("FORECAST_DRIFT", "LEAD_TIME_DRIFT") and alert.status is not AlertStatus.RESOLVED


class Meter:
    """Counts for `PlanningStatus`, and Prometheus metrics when there are some (`orchestrator.runtime.metrics`)."""

    def __init__(self, metrics: Any | None = None) -> None:
        self._metrics = metrics
        self.rejections = 0
        self.tiers: dict[str, int] = {}
        self.stale = 0
        self.failures = 0
        self.write_offs = 0
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

    def written_off(self) -> None:
        """A purchase order is not counted on any more."""
        self.write_offs += 1
        if self._metrics is not None:
            self._metrics.purchases_written_off.inc()

    def waiting(self, proposals: int) -> None:
        """So many proposals wait for a person."""
        if self._metrics is not None:
            self._metrics.proposals_waiting.set(proposals)

    def learned(self, state: State) -> None:
        """How wrong the forecasts are, over all items."""
        if self._metrics is None:
            return
        errors = [record.errors_micro for record in state.forecasts.values() if len(record.errors_micro) > 5]
        volume = sum(error[2] for error in errors)
        days = sum(error[5] for error in errors)
        if volume:
            self._metrics.forecast_error_ratio.set(sum(error[1] for error in errors) / volume)
            self._metrics.forecast_bias_ratio.set(sum(error[0] for error in errors) / volume)
        if days:
            self._metrics.forecast_coverage_ratio.set(sum(error[4] for error in errors) / days)
        self._metrics.learning_version.set(state.learning_version)
        self._metrics.learning_drifts.set(sum(_drifts(alert) for alert in state.alerts.values()))
        self._metrics.items_out_of_stock.set(sum(state.on_hand.get(key, 0) <= 0 for key in state.policies))

    def degraded(self, level: int) -> None:
        """The ladder's level."""
        if self._metrics is not None:
            self._metrics.degraded_level.set(level)
