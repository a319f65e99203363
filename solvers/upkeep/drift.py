"""Whether a sensor drifts, and since when: a cumulative sum over readings standardised by the machine's own beginning.

Page 1954 ("Continuous inspection schemes", Biometrika 41): S = max(0, S + z - slack), alarm at `threshold`; the drift
began when S was last zero. Means of several readings stand for all of them, their noise being smaller by the root.
Promises: pure and immutable; a false alarm about once in some thousand readings of white noise at the defaults.
Called by: the line's agent and the twin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from solvers.errors import require

SLACK = 0.75
THRESHOLD = 8.0
LEARNING = 48
"""Readings that make the baseline."""
Z_MAX = 6.0
"""One wild reading must not raise the alarm alone."""
LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class Drift:
    """The state of one sensor. seen, mean, squares: the baseline (Welford). total: the sum; since_h: when it left zero.

    alarm_h: usage at the alarm, None: none. Hours are the machine's running hours in its present life.
    """

    seen: int = 0
    mean: float = 0.0
    squares: float = 0.0
    total: float = 0.0
    since_h: float = 0.0
    alarm_h: float | None = None

    @property
    def spread(self) -> float:
        """Standard deviation of the baseline."""
        return math.sqrt(self.squares / (self.seen - 1)) if self.seen > 1 else 0.0


def read(state: Drift, value: float, age_h: float) -> Drift:
    """Take in a reading at `age_h` running hours; the first `LEARNING` make the baseline."""
    require(math.isfinite(value), "value", value, "a finite number")
    if state.seen < LEARNING:
        seen = state.seen + 1
        mean = state.mean + (value - state.mean) / seen
        return replace(state, seen=seen, mean=mean, squares=state.squares + (value - state.mean) * (value - mean))
    spread = max(state.spread, LEAST_SPREAD, abs(state.mean) * 1e-6)
    z = max(-Z_MAX, min(Z_MAX, (value - state.mean) / spread))
    total = max(0.0, state.total + z - SLACK)
    since_h = age_h if state.total == 0.0 else state.since_h
    alarm_h = state.alarm_h if state.alarm_h is not None or total < THRESHOLD else age_h
    return replace(state, total=total, since_h=since_h, alarm_h=alarm_h)


def renewed(state: Drift) -> Drift:
    """After maintenance: the baseline stays, the drift is gone."""
    return Drift(seen=state.seen, mean=state.mean, squares=state.squares)
