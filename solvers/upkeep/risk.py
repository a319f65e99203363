"""From laws of life to what a schedule can use: the risk over the days to come, and the age at which to stop.

Two stages, the delay-time model (Christer & Waller 1984, "Delay time models of industrial inspection maintenance
problems", JORS 35): a defect shows by drift, and the machine fails some running hours later. Before the drift the law
of whole lives holds; after it the law of delays, given how long the drift has lasted.
Promises: risks in per mille, rising, at most 1000; more hours a day never lower a risk.
Called by: the line's agent and the twin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from solvers.errors import require
from solvers.scheduling.maintenance import HOUR_S, Costs, Weibull, replacement_age

POINTS = 14
DAY_H = 24.0


@dataclass(frozen=True, slots=True)
class Condition:
    """A machine now: running hours of its life, and running hours since its drift began (None: none seen)."""

    age_h: float
    drift_h: float | None = None


def law_of(condition: Condition, life: Weibull, delay: Weibull, running_share: float) -> Weibull:
    """The law that holds for the machine now, aged as it is. running_share: running hours per hour from now on."""
    if condition.drift_h is None:
        return replace(life, age_h=condition.age_h, running_share=running_share)
    return replace(delay, age_h=condition.drift_h, running_share=running_share)


def curve(law: Weibull, now_s: int, days: int = POINTS) -> tuple[tuple[int, int], ...]:
    """(time_s, failed by then in per mille) for each of the coming days."""
    require(1 <= days <= 50, "days", days, "1..50")
    times = [now_s + round(day * DAY_H * HOUR_S) for day in range(1, days + 1)]
    return tuple((time_s, min(1000, round(1000 * law.failed_by(now_s, time_s)))) for time_s in times)


@dataclass(frozen=True, slots=True)
class Stop:
    """Planned maintenance now beside running on: what waiting risks, and what stopping early gives away, in cents."""

    waiting_cents: float
    early_cents: float

    @property
    def worth(self) -> bool:
        """Whether to ask for it."""
        return self.waiting_cents > self.early_cents


def stop_now(law: Weibull, costs: Costs, life: Weibull, hours: float) -> Stop:
    """Planned maintenance now beside running `hours` more and then deciding again.

    Waiting risks the failure; stopping spends the planned cost of a new life early, `hours` times its long-run rate.
    """
    require(hours > 0.0, "hours", hours, "above 0")
    rate = _rate_cents_per_h(replace(life, age_h=0.0), costs)
    share = law.running_share or 1.0
    failed = law.failed_by(0, round(hours / share * HOUR_S))
    return Stop(failed * (costs.failure_cents - costs.planned_cents), rate * hours * (1.0 - failed))


@lru_cache(maxsize=4096)
def _rate_cents_per_h(life: Weibull, costs: Costs) -> float:
    """Asked at every reading, and the same until the law is fitted again."""
    return replacement_age(life, costs)[1]
