"""Distributions of demand over an interval: normal, Poisson, and counted from history.

Promises: the same three questions for each: how much is enough (`quantile`), how likely is more (`exceeds`), how
much is missing on average (`loss`). Deterministic.
May not: import scipy (its import alone costs more than a plan).
Called by: `demand`, `planner`, `projection`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Protocol

import numpy as np
import numpy.typing as npt

_STANDARD = NormalDist()
_POISSON_EXACT = 1_000.0
"""Above this mean the Poisson is told by a normal with continuity correction; the error is below one unit."""


class Distribution(Protocol):
    """Units demanded over some interval."""

    @property
    def mean(self) -> float:
        """Expected units."""
        ...

    def quantile(self, probability: float) -> int:
        """The least whole number that is enough with this probability."""
        ...

    def exceeds(self, level: int) -> float:
        """Probability that more than `level` is demanded."""
        ...

    def loss(self, level: int) -> float:
        """Expected units beyond `level`."""
        ...


@dataclass(frozen=True)
class Normal:
    """Normal demand; sd 0 is a certain amount."""

    mean: float
    sd: float

    def quantile(self, probability: float) -> int:
        """Rounded up to a whole unit, never below zero."""
        exact = self.mean + self.sd * _STANDARD.inv_cdf(probability)
        return max(0, math.ceil(exact - 1e-9))

    def exceeds(self, level: int) -> float:
        """1 - Phi."""
        return self.exceeds_at(level)

    def exceeds_at(self, level: float) -> float:
        """The same for a level between whole units."""
        if self.sd <= 0:
            return float(self.mean > level)
        return 1.0 - _STANDARD.cdf((level - self.mean) / self.sd)

    def loss(self, level: int) -> float:
        """Expected units beyond the level."""
        return self.loss_at(level)

    def loss_at(self, level: float) -> float:
        """Standard loss function (Snyder and Shen 2019, eq. C.12), for a level between whole units too."""
        if self.sd <= 0:
            return max(0.0, self.mean - level)
        z = (level - self.mean) / self.sd
        return self.sd * (_STANDARD.pdf(z) - z * (1.0 - _STANDARD.cdf(z)))


@dataclass(frozen=True)
class Counted:
    """A probability for each number of units, 0 upwards."""

    pmf: npt.NDArray[np.float64]

    @cached_property
    def _cdf(self) -> npt.NDArray[np.float64]:
        return np.cumsum(self.pmf)

    @cached_property
    def mean(self) -> float:
        """Expected units."""
        return float(np.arange(len(self.pmf)) @ self.pmf)

    def quantile(self, probability: float) -> int:
        """Smallest level whose cumulated probability reaches it."""
        return min(len(self.pmf) - 1, int(np.searchsorted(self._cdf, probability - 1e-12)))

    def exceeds(self, level: int) -> float:
        """Tail beyond the level."""
        if level < 0:
            return 1.0
        return max(0.0, 1.0 - float(self._cdf[level])) if level < len(self.pmf) else 0.0

    def loss(self, level: int) -> float:
        """Expected units beyond the level."""
        beyond = np.maximum(0, np.arange(len(self.pmf)) - level)
        return float(beyond @ self.pmf)


def poisson(mean: float) -> Counted | Normal:
    """Poisson demand; a normal with the same moments where the mean is large."""
    if mean > _POISSON_EXACT:
        return Normal(mean, math.sqrt(mean))
    size = int(mean + 12 * math.sqrt(mean) + 20)
    units = np.arange(size)
    logs = units * math.log(mean) - mean - np.array([math.lgamma(k + 1) for k in units]) if mean > 0 else None
    pmf = np.exp(logs) if logs is not None else (units == 0).astype(np.float64)
    return Counted(pmf / pmf.sum())
