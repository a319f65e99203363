"""Demand scenarios: equally or unequally likely futures of every market.

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
