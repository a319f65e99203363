"""Learn a market's demand while it comes in, and turn what is known into demand scenarios.

A family of state-space models runs beside each other: a level with a damped slope that is pulled back to an anchor
(the long-run mean); they differ in how fast the level and the slope may wander, how strong the pull is and how noisy
demand is. Each is a Kalman filter (Harvey 1989); they are weighed by how well they predicted, old evidence fading
(dynamic model averaging, Raftery, Karny & Ettler 2010). A scenario draws a model, a state and the future's noise, so
not knowing the demand law becomes spread of the scenarios, which the look-ahead prices.

Promises: uses only the observed demand and the prior; deterministic for a seed. May not: see the future, a clock.
Called by: `io`, benchmarks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from solvers.errors import require
from solvers.replenishment.network.demand import MAX_SCENARIOS, Floats, Scenarios, spread
from solvers.replenishment.network.problem import MAX_PERIODS, MAX_UNITS
from solvers.replenishment.network.reduction import pool_size, reduced

LEVEL_WANDER = (0.02, 0.06, 0.15)
"""Relative standard deviation of the level's own steps, a period."""
SLOPE_WANDER = (0.0, 0.01, 0.03)
"""Standard deviation of the slope's steps, relative to the level, a period."""
PULLS = (0.0, 0.04, 0.12)
"""Part of the distance to the anchor that is closed each period."""
DISPERSIONS = (0.3, 1.0, 4.0)
"""Variance of demand over its mean; 1 = Poisson."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before the first observation.

    mean: units a period. level_sd, slope_sd, anchor_sd: standard deviations relative to the mean (of the level, of
    the slope a period, of the long-run mean). damping: what is left of a slope after a period. memory: what is left
    of the evidence for a model after a period.
    """

    mean: float
    level_sd: float = 0.3
    slope_sd: float = 0.04
    anchor_sd: float = 0.3
    damping: float = 0.9
    memory: float = 0.95

    def __post_init__(self) -> None:
        require(0.0 < self.mean <= MAX_UNITS, "prior.mean", self.mean, f"above 0, at most {MAX_UNITS:g}")
        for name in ("level_sd", "slope_sd", "anchor_sd"):
            require(0.0 < getattr(self, name) <= 10.0, f"prior.{name}", getattr(self, name), "in (0, 10]")
        for name in ("damping", "memory"):
            require(0.0 < getattr(self, name) <= 1.0, f"prior.{name}", getattr(self, name), "in (0, 1]")


GRID = np.array(list(product(LEVEL_WANDER, SLOPE_WANDER, PULLS, DISPERSIONS)))
"""The models: one row each, columns as above."""

LEAST_LEVEL = 0.05
"""Noise and steps are taken as if the level were at least this part of the prior's mean."""


class Learner:
    """What is known of one market's demand: a mixture of filters that takes in a period at a time."""

    def __init__(self, prior: Prior, history: Iterable[float] = ()) -> None:
        self.prior = prior
        self._wander, self._slope_wander, self._pull, self._dispersion = GRID.T
        count = GRID.shape[0]
        self._mean = np.tile([prior.mean, 0.0, prior.mean], (count, 1))
        spreads = prior.mean * np.array([prior.level_sd, prior.slope_sd, prior.anchor_sd])
        self._cov = np.tile(np.diag(spreads**2), (count, 1, 1))
        self._log_weight = np.zeros(count)
        self._step = np.zeros((count, 3, 3))
        self._step[:, 0, 0], self._step[:, 0, 1], self._step[:, 0, 2] = 1.0 - self._pull, 1.0, self._pull
        self._step[:, 1, 1], self._step[:, 2, 2] = prior.damping, 1.0
        for units in history:
            self.observe(units)

    @property
    def weights(self) -> Floats:
        """How much each model of `GRID` is believed; sums to 1."""
        raw = np.exp(self._log_weight - self._log_weight.max())
        return np.asarray(raw / raw.sum())

    @property
    def mean(self) -> float:
        """Units expected in the coming period."""
        return max(0.0, float(self.weights @ self._mean[:, 0]))

    def observe(self, units: float) -> None:
        """One period's demand; NaN = unknown (for example hidden by a stock-out). Raises `InvalidProblem` below 0."""
        if not math.isnan(units):
            require(0.0 <= units <= MAX_UNITS, "demand_history", units, f"0..{MAX_UNITS:g}, or nothing")
            expected = self._mean[:, 0]
            variance = self._cov[:, 0, 0] + self._dispersion * self._scale(expected)
            error = units - expected
            self._log_weight *= self.prior.memory
            self._log_weight -= 0.5 * (np.log(variance) + error**2 / variance)
            gain = self._cov[:, :, 0] / variance[:, None]
            self._mean = self._mean + gain * error[:, None]
            self._cov = self._cov - gain[:, :, None] * self._cov[:, None, 0, :]
        scale = self._scale(self._mean[:, 0])
        self._mean = np.einsum("kij,kj->ki", self._step, self._mean)
        self._cov = self._step @ self._cov @ self._step.transpose(0, 2, 1)
        self._cov[:, 0, 0] += (self._wander * scale) ** 2
        self._cov[:, 1, 1] += (self._slope_wander * scale) ** 2

    def _scale(self, level: Floats) -> Floats:
        return np.maximum(level, LEAST_LEVEL * self.prior.mean)

    def paths(self, count: int, periods: int, seed: int) -> Floats:
        """`count` equally likely demand paths over the coming `periods`, shape (count, periods), whole units."""
        require(1 <= count <= MAX_SCENARIOS, "scenarios", count, f"1..{MAX_SCENARIOS}")
        require(1 <= periods <= MAX_PERIODS, "periods", periods, f"1..{MAX_PERIODS}")
        rng = np.random.default_rng(seed)
        marks = (np.arange(count) + 0.5) / count
        model = np.minimum(np.searchsorted(np.cumsum(self.weights), marks), GRID.shape[0] - 1)
        model = rng.permutation(model)
        root = np.linalg.cholesky(self._cov[model] + 1e-9 * np.eye(3))
        state = self._mean[model] + np.einsum("kij,kj->ki", root, spread(rng, count, 3))
        steps, slopes, noise = (spread(rng, count, periods) for _ in range(3))
        demand = np.empty((count, periods))
        for t in range(periods):
            state[:, 0] = np.maximum(state[:, 0], 0.0)
            level, scale = state[:, 0], self._scale(state[:, 0])
            demand[:, t] = level + np.sqrt(self._dispersion[model] * level) * noise[:, t]
            state = np.einsum("kij,kj->ki", self._step[model], state)
            state[:, 0] += self._wander[model] * scale * steps[:, t]
            state[:, 1] += self._slope_wander[model] * scale * slopes[:, t]
        return np.clip(np.rint(demand), 0.0, MAX_UNITS)


def learned(learners: Sequence[Learner], count: int, periods: int, seed: int) -> Scenarios:
    """At most `count` scenarios of several markets, one learner each, chosen out of a larger pool (`reduction`).

    The markets are taken as independent. Raises `InvalidProblem` for a count or a horizon out of range.
    """
    require(1 <= count <= MAX_SCENARIOS, "scenarios", count, f"1..{MAX_SCENARIOS}")
    drawn = pool_size(count, periods * len(learners))
    paths = [learner.paths(drawn, periods, seed + 7_919 * m) for m, learner in enumerate(learners)]
    return Scenarios(*reduced(np.stack(paths, axis=2), count))
