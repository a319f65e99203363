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

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from solvers.errors import require
from solvers.replenishment.network.demand import MAX_SCENARIOS, Floats, Scenarios
from solvers.replenishment.network.problem import MAX_PERIODS, MAX_UNITS

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


class Outlook:
    """What is known of one market's demand: a mixture of filters. Immutable to the caller."""

    def __init__(self, prior: Prior, grid: NDArray[np.float64] = GRID) -> None:
        self.prior = prior
        self._wander, self._slope_wander, self._pull, self._dispersion = grid.T
        count = grid.shape[0]
        self._mean = np.tile([prior.mean, 0.0, prior.mean], (count, 1))
        level, slope, anchor = prior.level_sd * prior.mean, prior.slope_sd * prior.mean, prior.anchor_sd * prior.mean
        self._cov = np.tile(np.diag([level**2, slope**2, anchor**2]), (count, 1, 1))
        self._log_weight = np.zeros(count)
        self._step = np.zeros((count, 3, 3))
        self._step[:, 0, 0], self._step[:, 0, 1], self._step[:, 0, 2] = 1.0 - self._pull, 1.0, self._pull
        self._step[:, 1, 1], self._step[:, 2, 2] = prior.damping, 1.0

    @property
    def weights(self) -> Floats:
        """How much each model is believed."""
        raw = np.exp(self._log_weight - self._log_weight.max())
        return np.asarray(raw / raw.sum())

    def observe(self, units: float) -> None:
        """One period's demand; NaN = unknown (for example hidden by a stock-out)."""
        if not np.isnan(units):
            expected = self._mean[:, 0]
            variance = self._cov[:, 0, 0] + self._noise(expected)
            error = units - expected
            self._log_weight *= self.prior.memory
            self._log_weight += -0.5 * (np.log(variance) + error**2 / variance)
            gain = self._cov[:, :, 0] / variance[:, None]
            self._mean = self._mean + gain * error[:, None]
            self._cov = self._cov - gain[:, :, None] * self._cov[:, None, 0, :]
        self._advance()

    def _noise(self, level: Floats) -> Floats:
        return self._dispersion * np.maximum(level, 0.05 * self.prior.mean)

    def _advance(self) -> None:
        scale = np.maximum(self._mean[:, 0], 0.05 * self.prior.mean)
        self._mean = np.einsum("kij,kj->ki", self._step, self._mean)
        self._cov = self._step @ self._cov @ self._step.transpose(0, 2, 1)
        self._cov[:, 0, 0] += (self._wander * scale) ** 2
        self._cov[:, 1, 1] += (self._slope_wander * scale) ** 2

    def paths(self, count: int, periods: int, seed: int) -> Floats:
        """`count` equally likely demand paths over the next `periods`, shape (count, periods), whole units."""
        rng = np.random.default_rng(seed)
        marks = (np.arange(count) + 0.5) / count
        model = np.minimum(np.searchsorted(np.cumsum(self.weights), marks), self._pull.size - 1)
        model = rng.permutation(model)
        root = np.linalg.cholesky(self._cov[model] + 1e-9 * np.eye(3))
        state = self._mean[model] + np.einsum("kij,kj->ki", root, _spread(rng, count, 3))
        noise, slope_noise, final = (_spread(rng, count, periods) for _ in range(3))
        demand = np.empty((count, periods))
        floor = 0.0
        for t in range(periods):
            level = np.maximum(state[:, 0], floor)
            demand[:, t] = level + np.sqrt(self._dispersion[model] * level) * final[:, t]
            scale = np.maximum(level, 0.05 * self.prior.mean)
            state = np.einsum("kij,kj->ki", self._step[model], np.column_stack([level, state[:, 1:]]))
            state[:, 0] += self._wander[model] * scale * noise[:, t]
            state[:, 1] += self._slope_wander[model] * scale * slope_noise[:, t]
        return np.maximum(0.0, np.rint(demand))


def _spread(rng: np.random.Generator, count: int, columns: int) -> Floats:
    """Standard normal draws, each column stratified (Latin hypercube): few scenarios, evenly spread."""
    from scipy.special import ndtri

    strata = rng.permuted(np.tile(np.arange(count)[:, None], (1, columns)), axis=0)
    return np.asarray(ndtri((strata + rng.random((count, columns))) / count))
