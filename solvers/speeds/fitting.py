"""Learning travel time factors from driven legs.

A mixed model on the logarithm of taken over nominal time: company + hour + half of each end's cell, with effects
drawn towards nothing by as many legs as `_PULL` says: what is little known falls back from the cell to the hour, and
from the hour to the company (partial pooling; Robinson 1991, "That BLUP is a good thing"). Solved by backfitting
(Gauss-Seidel on the normal equations). A leg that does not fit weighs less (Huber 1964), with the scale from the
median absolute deviation. Where a driver waited for the window and reported only then, the leg took at most what was
reported: its expectation under that bound stands in for it (Schmee & Hahn 1979).

Promises: whole numbers only; the same legs in the same order give the same factors, in any process. Pure.
Called by planning's learner of speeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.errors import require
from solvers.speeds.factors import HOURS, NOTHING_LEARNED, Cell, DrivenLeg, Factors
from solvers.speeds.logs import ln_micro

LEGS_MAX = 20_000
SWEEPS = 20
_PULL_COMPANY, _PULL_HOUR, _PULL_CELL = 2, 3, 3
"""Legs that an effect of nothing counts as."""
_WEIGHT = 1000
_HUBER_SIGMAS = 2
"""Residuals beyond two standard deviations weigh less."""
_SIGMA_NUM, _SIGMA_DEN = 1483, 1000
"""Standard deviation of a normal law over its median absolute deviation."""
_SIGMA_MIN_MICRO = 20_000
_LN_MAX_MICRO = 2_300_000
"""Ten times as long or as short as nominal is the most that one leg says."""
_BELOW_PERMILLE = (3283, 2823, 2373, 1939, 1525, 1141, 798, 509, 288, 139, 55, 18, 4)
"""-1000 E[z | z <= u] of a standard normal z, at u = -3, -2.5 ... 3."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Data:
    """Legs as arrays: logs of taken over nominal; indexes of hours and of both ends' cells."""

    logs: Ints
    at_most: npt.NDArray[np.bool_]
    hours: Ints
    origins: Ints
    destinations: Ints
    cells: tuple[Cell, ...]

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        """The legs whose end was seen; all of them where none was."""
        return np.ones(len(self.logs), np.bool_) if self.at_most.all() else ~self.at_most


def learn(legs: Sequence[DrivenLeg]) -> Factors:
    """The factors that these legs show; the newest `LEGS_MAX` at most are to be given."""
    require(len(legs) <= LEGS_MAX, "legs", len(legs), f"at most {LEGS_MAX}")
    if not legs:
        return NOTHING_LEARNED
    data = _data(legs)
    company, hours, cells = 0, np.zeros(HOURS, np.int64), np.zeros(len(data.cells), np.int64)
    for _ in range(SWEEPS):
        ends = (cells[data.origins] + cells[data.destinations]) // 2
        fitted = company + hours[data.hours] + ends
        sigma = _sigma((data.logs - fitted)[data.seen])
        logs = _completed(data, fitted, sigma)
        weights = _weights(logs - fitted, sigma)
        rest = logs - hours[data.hours] - ends
        company = int(np.sum(weights * rest)) // (int(np.sum(weights)) + _PULL_COMPANY * _WEIGHT)
        hours = _effects(logs - company - ends, weights, data.hours, HOURS)
        cells = _cell_effects(data, logs - company - hours[data.hours], weights, cells)
    known = {cell: int(value) for cell, value in zip(data.cells, cells, strict=True)}
    return Factors(company, tuple(int(value) for value in hours), known, len(legs))


def _data(legs: Sequence[DrivenLeg]) -> _Data:
    cells: dict[Cell, int] = {}
    for leg in legs:
        cells.setdefault(leg.origin, len(cells))
        cells.setdefault(leg.destination, len(cells))
    logs = [ln_micro(max(1, leg.taken_s), leg.nominal_s) for leg in legs]
    return _Data(
        np.clip(np.array(logs, np.int64), -_LN_MAX_MICRO, _LN_MAX_MICRO),
        np.array([leg.at_most for leg in legs], np.bool_),
        np.array([leg.hour for leg in legs], np.int64),
        np.array([cells[leg.origin] for leg in legs], np.int64),
        np.array([cells[leg.destination] for leg in legs], np.int64),
        tuple(cells),
    )


def _sigma(residuals: Ints) -> int:
    """A robust standard deviation."""
    middle = int(np.sort(np.abs(residuals))[len(residuals) // 2])
    return max(_SIGMA_MIN_MICRO, middle * _SIGMA_NUM // _SIGMA_DEN)


def _completed(data: _Data, fitted: Ints, sigma: int) -> Ints:
    """The logs, with those that are only bounds replaced by what is to be expected below the bound."""
    if not data.at_most.any():
        return data.logs
    steps = np.clip((2 * (data.logs - fitted) + 13 * sigma // 2) // sigma, 0, len(_BELOW_PERMILLE) - 1)
    below = fitted - np.array(_BELOW_PERMILLE, np.int64)[steps] * sigma // 1000
    return np.where(data.at_most, np.minimum(below, data.logs), data.logs)


def _weights(residuals: Ints, sigma: int) -> Ints:
    bound = sigma * _HUBER_SIGMAS
    return np.minimum(_WEIGHT, _WEIGHT * bound // np.maximum(1, np.abs(residuals)))


def _effects(rest: Ints, weights: Ints, index: Ints, size: int) -> Ints:
    """Weighted means by group, each drawn towards nothing."""
    total = _sums(rest * weights, index, size)
    return total // (_sums(weights, index, size) + _PULL_HOUR * _WEIGHT)


def _cell_effects(data: _Data, rest: Ints, weights: Ints, cells: Ints) -> Ints:
    """A step of Jacobi with half its length, for a leg has two ends: each end explains what the other leaves."""
    size = len(cells)
    left = rest - (cells[data.origins] + cells[data.destinations]) // 2
    pull = (_sums(weights * left, data.origins, size) + _sums(weights * left, data.destinations, size)) // 2
    evidence = (_sums(weights, data.origins, size) + _sums(weights, data.destinations, size)) // 2
    return cells + (pull - _PULL_CELL * _WEIGHT * cells // 2) // (evidence + _PULL_CELL * _WEIGHT // 2)


def _sums(values: Ints, index: Ints, size: int) -> Ints:
    """Sums by group. They stay far below 2**53, so that the doubles inside are exact."""
    return np.bincount(index, weights=values.astype(np.float64), minlength=size).astype(np.int64)
