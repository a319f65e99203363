"""Demand scenarios: equally or unequally likely futures of every market, and those of a known demand law.

Promises: immutable, validated; arrays cannot be written to. Called by: `learn`, `lookahead`, `io`, benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.errors import require
from solvers.replenishment.network.problem import MAX_UNITS

MAX_SCENARIOS = 1_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scenarios:
    """`demand[s, t, m]`: units market m wants in period t of scenario s; `weights[s]`: how likely s is (sum 1)."""

    demand: Floats
    weights: Floats

    def __post_init__(self) -> None:
        shape = self.demand.shape
        require(len(shape) == 3 and min(shape, default=0) >= 1, "demand", shape, "scenarios x periods x markets")
        require(shape[0] <= MAX_SCENARIOS, "demand", shape[0], f"at most {MAX_SCENARIOS} scenarios")
        good = bool(np.all(np.isfinite(self.demand)) and np.all(self.demand >= 0) and np.all(self.demand <= MAX_UNITS))
        require(good, "demand", "an entry", f"0..{MAX_UNITS:g}")
        require(self.weights.shape == (shape[0],), "weights", self.weights.shape, "one for each scenario")
        sums = bool(np.all(self.weights >= 0)) and abs(float(self.weights.sum()) - 1.0) <= 1e-9
        require(sums, "weights", float(self.weights.sum()), "not negative, sum 1")
        self.demand.setflags(write=False)
        self.weights.setflags(write=False)

    @property
    def count(self) -> int:
        """How many scenarios."""
        return int(self.demand.shape[0])

    @property
    def periods(self) -> int:
        """How many periods each scenario covers."""
        return int(self.demand.shape[1])

    @classmethod
    def equal(cls, demand: Floats) -> Scenarios:
        """All scenarios equally likely."""
        values = np.array(demand, dtype=np.float64)
        return cls(values, np.full(values.shape[0], 1.0 / values.shape[0]))


def known_law(means: Floats, count: int, seed: int) -> Scenarios:
    """Scenarios of Poisson demand whose means are known: `means[t, m]` units of market m in period t, independent.

    Each cell is stratified over the scenarios, so that few of them spread evenly. (Choosing few out of many, as
    `learn` does, is worse here: all spread is noise of single periods, which choosing evens out.)
    Raises `InvalidProblem`.
    """
    from scipy.special import pdtrik

    require(means.ndim == 2, "demand_mean", means.shape, "periods x markets")
    good = bool(np.all(np.isfinite(means)) and np.all(means >= 0) and np.all(means <= MAX_UNITS))
    require(good, "demand_mean", "an entry", f"0..{MAX_UNITS:g}")
    require(1 <= count <= MAX_SCENARIOS, "scenarios", count, f"1..{MAX_SCENARIOS}")
    rng = np.random.default_rng(seed)
    levels = strata(rng, count, means.size).reshape(count, *means.shape)
    floor = np.maximum(means, 1e-9)
    units = np.ceil(pdtrik(levels, np.broadcast_to(floor, levels.shape)) - 1e-9)
    return Scenarios.equal(np.where(np.isfinite(units), np.maximum(units, 0.0), 0.0))


def strata(rng: np.random.Generator, count: int, columns: int) -> Floats:
    """Uniform draws in (0, 1), each column stratified (Latin hypercube)."""
    rows = rng.permuted(np.tile(np.arange(count)[:, None], (1, columns)), axis=0)
    return np.asarray((rows + rng.random((count, columns))) / count)


def spread(rng: np.random.Generator, count: int, columns: int) -> Floats:
    """Standard normal draws, each column stratified: few scenarios, evenly spread."""
    from scipy.special import ndtri

    return np.asarray(ndtri(np.clip(strata(rng, count, columns), 1e-12, 1.0 - 1e-12)))
