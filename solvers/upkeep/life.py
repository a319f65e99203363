"""The Weibull law of lives with few failures: family first, then each machine's own share of its hazard.

Promises: an estimate for any records, none included; with many it goes to the maximum of the likelihood with right
censoring (Lawless 2003, "Statistical Models and Methods for Lifetime Data", ch. 5); without failures it stays with the
prior, lengthened by what was survived. A life whose beginning nobody saw counts as the rest of a life from a moment
that knew nothing of it (Cox 1962, "Renewal Theory", ch. 5): its density is the survival function over the mean.
Deterministic. May not: know machines, calendars or costs.
Called by: `solvers.upkeep.pooled`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc, gammaln

from solvers.errors import require
from solvers.scheduling.maintenance import Weibull

LIVES_MAX = 10_000
HOURS_MAX = 1e6
SHAPE_MIN, SHAPE_MAX = 0.5, 8.0
_AGED_MAX = 50.0
"""Logarithms of hazards are cut there: such a life is impossible already."""
_STEP, _SLOPE_STEP = 1e-3, 1e-5
"""Of logarithms, for second and for first derivatives."""
_STEPS_MAX, _STEP_MAX, _STEP_MIN = 100, 0.5, 1e-8
"""Of the search: how many, and the longest and the shortest, in logarithms."""


@dataclass(frozen=True, slots=True)
class Life:
    """Running hours of one life, and whether it ended by failure; otherwise it lasted at least so long.

    whole: its beginning was seen. Of others the hours are those since somebody looked.
    """

    hours: float
    failed: bool
    whole: bool = True

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


class _Unlikely:
    """What is against a law: -(log likelihood + log prior) at a point (log shape, log scale in hours)."""

    def __init__(self, lives: Sequence[Life], prior: Prior) -> None:
        require(len(lives) <= LIVES_MAX, "lives", len(lives), f"at most {LIVES_MAX}")
        self._whole = _columns(life for life in lives if life.whole)
        self._rests = _columns(life for life in lives if not life.whole)
        self.believed = np.log([prior.shape, prior.scale_h])
        self._spread = np.array([prior.shape_spread, prior.scale_spread])

    def __call__(self, point: np.ndarray) -> float:
        against = 0.5 * (((point - self.believed) / self._spread) ** 2).sum()
        return float(against - self._of_whole(point) - self._of_rests(point))

    def slope(self, point: np.ndarray) -> np.ndarray:
        """Its gradient by central differences."""
        ahead = np.eye(2) * _SLOPE_STEP
        return np.array([(self(point + step) - self(point - step)) / (2 * _SLOPE_STEP) for step in ahead])

    def bend(self, point: np.ndarray) -> np.ndarray:
        """Its second derivatives, [2, 2]: at the most probable point the observed information."""

        def at(shape_steps: int, scale_steps: int) -> float:
            return self(point + _STEP * np.array([shape_steps, scale_steps], dtype=float))

        here = at(0, 0)
        shape = at(1, 0) - 2 * here + at(-1, 0)
        scale = at(0, 1) - 2 * here + at(0, -1)
        both = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4
        return np.array([[shape, both], [both, scale]]) / _STEP**2

    def _of_whole(self, point: np.ndarray) -> float:
        hours, failed = self._whole
        shape = math.exp(point[0])
        aged = shape * (hours - point[1])
        hazards = np.exp(np.minimum(aged, _AGED_MAX)).sum()
        return float((point[0] + aged - hours)[failed].sum() - hazards)

    def _of_rests(self, point: np.ndarray) -> float:
        hours, failed = self._rests
        if not len(hours):
            return 0.0
        shape = math.exp(point[0])
        hazards = np.exp(np.minimum(shape * (hours - point[1]), _AGED_MAX))
        log_mean = point[1] + float(gammaln(1.0 + 1.0 / shape))
        survives = np.log(np.maximum(gammaincc(1.0 / shape, hazards[~failed]), 1e-300))
        return float(survives.sum() - hazards[failed].sum() - log_mean * failed.sum())


def _columns(lives: Iterable[Life]) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of hours, and whether each failed."""
    rows = [(math.log(life.hours), life.failed) for life in lives]
    return np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows], dtype=bool)


def fit(lives: Sequence[Life], prior: Prior = Prior()) -> Weibull:
    """The most probable law: log likelihood with right censoring, plus normal priors on log shape and log scale."""
    shape, scale_h = np.exp(_lowest(_Unlikely(lives, prior)))
    return Weibull(shape=float(shape), scale_h=float(scale_h))


def _lowest(unlikely: _Unlikely) -> np.ndarray:
    """Newton's method from the prior's medians, each step short and downhill.

    The slope away from the valley is so steep that library searches leap out of it and give up.
    """
    low = np.log([SHAPE_MIN, 1.0])
    high = np.log([SHAPE_MAX, HOURS_MAX])
    point = unlikely.believed
    value = unlikely(point)
    for _ in range(_STEPS_MAX):
        slope, bend = unlikely.slope(point), unlikely.bend(point)
        is_bowl = bend[0, 0] > 0.0 and np.linalg.det(bend) > 0.0
        step = -np.linalg.solve(bend, slope) if is_bowl else -slope
        step *= min(1.0, _STEP_MAX / max(1e-300, float(np.abs(step).max())))
        while True:
            ahead = np.clip(point + step, low, high)
            better = unlikely(ahead)
            if better < value:
                break
            step /= 2
            if np.abs(step).max() < _STEP_MIN:
                return point
        point, value = ahead, better
    return point


def errors(law: Weibull, lives: Sequence[Life], prior: Prior = Prior()) -> tuple[float, float]:
    """Standard errors of log shape and log scale of a fitted law: roots of the inverted observed information."""
    bend = _Unlikely(lives, prior).bend(np.log([law.shape, law.scale_h]))
    area = float(np.linalg.det(bend))
    if min(bend[0, 0], bend[1, 1], area) <= 0.0:  # at a bound: no bowl to measure, the prior's word stands
        return prior.shape_spread, prior.scale_spread
    return math.sqrt(bend[1, 1] / area), math.sqrt(bend[0, 0] / area)


def own(family: Weibull, lives: Sequence[Life], weight: float = 4.0) -> Weibull:
    """The family's law for one machine: its hazard times a gamma posterior's mean, (w + failures) / (w + expected).

    weight: how many failures of its own weigh as much as the family's word. A frailty model with shape held. Of a life
    whose beginning was not seen, hours over the mean life are expected.
    """
    require(weight > 0.0, "weight", weight, "above 0")
    mean_h = family.scale_h * math.gamma(1.0 + 1.0 / family.shape)
    expected = sum(
        (life.hours / family.scale_h) ** family.shape if life.whole else life.hours / mean_h for life in lives
    )
    share = (weight + sum(life.failed for life in lives)) / (weight + expected)
    scale_h = min(HOURS_MAX, max(1.0, family.scale_h * share ** (-1.0 / family.shape)))
    return Weibull(shape=family.shape, scale_h=scale_h)
