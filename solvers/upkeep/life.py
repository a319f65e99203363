"""The Weibull law of lives with few failures: family first, then each machine's own share of its hazard.

Promises: an estimate for any records, none included; with many it goes to the maximum of the likelihood with right
censoring (Lawless 2003, "Statistical Models and Methods for Lifetime Data", ch. 5); without failures it stays with the
prior, lengthened by what was survived. Deterministic. May not: know machines, calendars or costs.
Called by: the line's agent and the twin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from solvers.errors import require
from solvers.scheduling.maintenance import Weibull

LIVES_MAX = 10_000
HOURS_MAX = 1e6
SHAPE_MIN, SHAPE_MAX = 0.5, 8.0


@dataclass(frozen=True, slots=True)
class Life:
    """Running hours of one life, and whether it ended by failure; otherwise it lasted at least so long."""

    hours: float
    failed: bool

    def __post_init__(self) -> None:
        require(0.0 < self.hours <= HOURS_MAX, "life.hours", self.hours, f"in (0, {HOURS_MAX:g}]")


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before any life was seen: medians of shape and scale, and their spread in logarithms.

    The default scale is a year of two shifts; a wide spread lets a few failures overrule it.
    """

    shape: float = 2.0
    scale_h: float = 4_000.0
    shape_spread: float = 0.4
    scale_spread: float = 1.5

    def __post_init__(self) -> None:
        require(SHAPE_MIN <= self.shape <= SHAPE_MAX, "prior.shape", self.shape, f"{SHAPE_MIN}..{SHAPE_MAX}")
        require(1.0 <= self.scale_h <= HOURS_MAX, "prior.scale_h", self.scale_h, f"1..{HOURS_MAX:g}")
        for name in ("shape_spread", "scale_spread"):
            require(0.0 < getattr(self, name) <= 5.0, f"prior.{name}", getattr(self, name), "in (0, 5]")


def fit(lives: Sequence[Life], prior: Prior = Prior()) -> Weibull:
    """The most probable law: log likelihood with right censoring, plus normal priors on log shape and log scale."""
    require(len(lives) <= LIVES_MAX, "lives", len(lives), f"at most {LIVES_MAX}")
    hours = np.log(np.array([life.hours for life in lives], dtype=float))
    failed = np.array([life.failed for life in lives], dtype=bool)
    believed = np.log([prior.shape, prior.scale_h])
    spread = np.array([prior.shape_spread, prior.scale_spread])

    def unlikely(point: np.ndarray) -> float:
        shape = math.exp(point[0])
        aged = shape * (hours - point[1])
        hazards = np.exp(np.minimum(aged, 50.0)).sum()
        seen = (point[0] + aged - hours)[failed].sum()
        return float(hazards - seen + 0.5 * (((point - believed) / spread) ** 2).sum())

    bounds = [(math.log(SHAPE_MIN), math.log(SHAPE_MAX)), (0.0, math.log(HOURS_MAX))]
    found = minimize(unlikely, believed, method="L-BFGS-B", bounds=bounds)
    return Weibull(shape=float(math.exp(found.x[0])), scale_h=float(math.exp(found.x[1])))


def own(family: Weibull, lives: Sequence[Life], weight: float = 4.0) -> Weibull:
    """The family's law for one machine: its hazard times a gamma posterior's mean, (w + failures) / (w + expected).

    weight: how many failures of its own weigh as much as the family's word. A frailty model with shape held.
    """
    require(weight > 0.0, "weight", weight, "above 0")
    expected = sum((life.hours / family.scale_h) ** family.shape for life in lives)
    share = (weight + sum(life.failed for life in lives)) / (weight + expected)
    scale_h = min(HOURS_MAX, max(1.0, family.scale_h * share ** (-1.0 / family.shape)))
    return Weibull(shape=family.shape, scale_h=scale_h)
