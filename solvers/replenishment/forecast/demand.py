"""Demand over a random number of days, as probabilities; and bands of cumulated demand for a picture.

What a bootstrap tends to, without its random numbers: the law of a day's demand, summed over each possible number of
days and mixed by how likely that number is. Moments shape: the summed law is told by mean and variance, correlation
and the error of the level included. Bootstrap shape: sizes of the history, convolved exactly by one pass through the
frequencies, at three levels around the forecast so that the variance over the span is what was observed. Then the
probabilities are re-levelled by what adaptive conformal inference has learned.
Promises: deterministic; sums to 1; about 0.1 ms.
May not: change a record.
Called by: the planner, `fitting` (for the span's law), pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from solvers.replenishment.forecast import filtering, laws, methods
from solvers.replenishment.forecast.laws import Floats
from solvers.replenishment.forecast.record import MILLION, Forecast
from solvers.replenishment.forecast.series import DemandSeries
from solvers.replenishment.forecast.vectors import Vectors, flags_of, sizes_of, vectors_of
from solvers.replenishment.policies.distributions import Counted

SUPPORT_MAX = 65_536
DAYS_MAX = 400
FAR = 1.0 - 2e-6
"""The support reaches at least this quantile."""


@dataclass(frozen=True, slots=True)
class Band:
    """Cumulated demand through each coming day: 5 %, 50 % and 95 % quantiles in units."""

    low: npt.NDArray[np.int64]
    median: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]


def mean_per_day(forecast: Forecast, days: int, *, promoted: Sequence[int] = ()) -> Floats:
    """Expected units of each of the coming `days` days, promotions of `promoted` (day numbers) included."""
    vectors = _unpacked(forecast)
    return np.diff(_cumulated(forecast, vectors, days, promoted))


def demand_over(
    series: DemandSeries,
    forecast: Forecast,
    days_pmf: Sequence[float] | Floats,
    *,
    step: int = 1,
    promoted: Sequence[int] = (),
) -> Counted:
    """Demand over a random number of days from `forecast.through_day` + 1 on.

    `days_pmf[d]` is the probability of d days. Answers probabilities of 0, step, 2 * step, … units. ValueError where
    the days are no probabilities, or so many units that a coarser `step` is needed (see `grid_step`).
    """
    weights = _days(days_pmf)
    if step < 1:
        raise ValueError(f"step: needs at least 1 unit, got {step}")
    vectors = _unpacked(forecast)
    expected = _cumulated(forecast, vectors, len(weights) - 1, promoted)
    levels = _levels(forecast, vectors, float(weights @ np.arange(len(weights))))
    if forecast.shape == "bootstrap" and expected[-1] > 0.0:
        sizes = _sizes_before(series, forecast)
        pmf = bootstrap(sizes, expected, weights, vectors, step)
    else:
        size = _support(expected, vectors, step)
        pmf = np.zeros(size)
        _mixed(pmf, expected, weights, float(step), len(vectors.ring), vectors.book, vectors.state)
    _relevel(pmf, levels)
    return Counted(_trimmed(pmf))


def grid_step(forecast: Forecast, days: int, points: int = 300) -> int:
    """Units between two points so that demand over `days` days needs about `points` of them."""
    vectors = _unpacked(forecast)
    expected = _cumulated(forecast, vectors, days, ())
    return max(1, math.ceil(_reach(expected, vectors) / max(10, points)))


def band(series: DemandSeries, forecast: Forecast, horizon_days: int, *, promoted: Sequence[int] = ()) -> Band:
    """90 % band of cumulated demand; the projected stock's low line is stock and receipts less `high`."""
    if not 1 <= horizon_days <= DAYS_MAX:
        raise ValueError(f"horizon_days: needs 1 to {DAYS_MAX}, got {horizon_days}")
    vectors = _unpacked(forecast)
    expected = _cumulated(forecast, vectors, horizon_days, promoted)
    lines = np.zeros((horizon_days, 3), dtype=np.int64)
    for days in range(1, horizon_days + 1):
        if forecast.shape == "bootstrap" and expected[days] > 0.0:
            step = max(1, math.ceil(_reach(expected[: days + 1], vectors) / 2_000))
            counted = demand_over(series, forecast, _certain(days), step=step, promoted=promoted)
            lines[days - 1] = [step * counted.quantile(p) for p in (0.05, 0.5, 0.95)]
        else:
            lines[days - 1] = _moment_band(forecast, vectors, float(expected[days]), days)
    rising = np.maximum.accumulate(lines, axis=0)
    return Band(rising[:, 0], rising[:, 1], rising[:, 2])


_last: list[tuple[Forecast, Vectors]] = []
"""The record unpacked last: a plan asks the same one several times. Nothing here writes into it."""


def _unpacked(forecast: Forecast) -> Vectors:
    known = _last[:1]
    if known and known[0][0] is forecast:
        return known[0][1]
    vectors = vectors_of(forecast)
    _last[:] = [(forecast, vectors)]
    return vectors


def span_law(sizes: tuple[Floats, Floats], daily: float, vectors: Vectors) -> tuple[Floats, float]:
    """Cumulated probabilities of the bootstrap over the calibrated span at this daily mean, and their mean."""
    horizon = len(vectors.ring)
    expected: Floats = np.arange(horizon + 1, dtype=np.float64) * daily
    step = max(1, math.ceil(_reach(expected, vectors) / 4_000))
    pmf = bootstrap(sizes, expected, _certain(horizon), vectors, step)
    return np.cumsum(pmf), float(expected[-1]) / step


def bootstrap(sizes: tuple[Floats, Floats], expected: Floats, weights: Floats, vectors: Vectors, step: int) -> Floats:
    """Mixture over days of sums of days that sell nothing or a size of the history."""
    values, probabilities = sizes[0], np.diff(sizes[1], prepend=0.0)
    last = len(weights) - 1
    daily = float(expected[-1]) / last if last else 0.0
    usual = float(values @ probabilities)
    stretch = max(1.0, daily / usual)
    usual, values = usual * stretch / step, values * (stretch / step)
    busy = min(1.0, daily / step / usual)
    theta = _level_spread(values, probabilities, busy, expected, weights, vectors, step)
    high = math.exp(math.sqrt(3.0) * theta)
    mean, square = daily / step, float((values * values) @ probabilities) * busy
    reach = last * mean * high + 9.0 * math.sqrt(last * square * high) + float(values[-1]) + 2.0
    reach = min(reach, last * math.ceil(values[-1]) + 2.0)
    length = 1 << max(3, math.ceil(math.log2(reach)))
    if length > SUPPORT_MAX:
        raise ValueError(f"step: {step} is too fine for demand of up to {reach * step:.0f} units")
    grid = np.zeros(length)
    _spread_sizes(grid, values, probabilities)
    spectrum = _mixture(np.fft.rfft(grid), weights, busy, theta)
    pmf = np.maximum(np.fft.irfft(spectrum, length), 0.0)
    return np.asarray(pmf / pmf.sum())


def _level_spread(
    values: Floats,
    probabilities: Floats,
    busy: float,
    expected: Floats,
    weights: Floats,
    vectors: Vectors,
    step: int,
) -> float:
    """Standard deviation of the log level that makes the sum as wide as the errors over spans have been."""
    days = max(1.0, float(weights @ np.arange(len(weights))))
    mean = float(expected[-1]) / step * days / max(1, len(weights) - 1)
    square, usual = float((values * values) @ probabilities), float(values @ probabilities)
    alone = days * busy * (square - busy * usual * usual)
    horizon = len(vectors.ring)
    observed = filtering.span_variance(mean * step, days, horizon, vectors.book, vectors.state) / (step * step)
    excess = (observed - alone) / max(mean * mean, 1e-12)
    return math.sqrt(min(0.5, max(0.0, math.log1p(max(0.0, excess)))))


def _certain(days: int) -> Floats:
    weights = np.zeros(days + 1)
    weights[days] = 1.0
    return weights


def _days(days_pmf: Sequence[float] | Floats) -> Floats:
    weights = np.asarray(days_pmf, dtype=np.float64)
    if not 1 <= len(weights) <= DAYS_MAX + 1:
        raise ValueError(f"days_pmf: needs 1 to {DAYS_MAX + 1} probabilities, got {len(weights)}")
    if weights.min() < 0.0 or abs(weights.sum() - 1.0) > 1e-6:
        raise ValueError(f"days_pmf: needs probabilities that sum to 1, got {weights.sum()}")
    used = np.flatnonzero(weights > 1e-9)
    return weights[: used[-1] + 1] / weights[: used[-1] + 1].sum()


def _cumulated(forecast: Forecast, vectors: Vectors, days: int, promoted: Sequence[int]) -> Floats:
    factors = np.ones(max(1, days))
    for day in promoted:
        if 0 < day - forecast.through_day <= days:
            factors[day - forecast.through_day - 1] = forecast.uplift_ppm / MILLION
    if forecast.kind == "none":
        return np.zeros(days + 1)
    return _expected(vectors.method, vectors.parameters, vectors.state, forecast.through_day, factors)[: days + 1]


def _levels(forecast: Forecast, vectors: Vectors, days: float) -> Floats:
    share = min(1.0, max(0.0, (days - 1.0) / max(1.0, forecast.horizon_days - 1.0)))
    levels = (1.0 - share) * vectors.day_levels + share * vectors.span_levels
    return np.clip(np.maximum.accumulate(levels), filtering.EDGE, 1.0 - filtering.EDGE)


def _reach(expected: Floats, vectors: Vectors) -> float:
    """Units up to which demand over all these days can go."""
    mean, days = float(expected[-1]), len(expected) - 1
    far = np.zeros(1)
    variance = filtering.span_variance(mean, float(days), len(vectors.ring), vectors.book, vectors.state)
    laws.quantiles(mean, variance, np.array([FAR]), far)
    return float(far[0]) + 2.0


def _support(expected: Floats, vectors: Vectors, step: int) -> int:
    size = math.ceil(_reach(expected, vectors) / step) + 2
    if size > SUPPORT_MAX:
        raise ValueError(f"step: {step} is too fine for demand of up to {size * step} units")
    return size


def _sizes_before(series: DemandSeries, forecast: Forecast) -> tuple[Floats, Floats]:
    seen = series.recent(forecast.through_day)
    return sizes_of(seen.units.astype(np.float64), flags_of(seen))


def _moment_band(forecast: Forecast, vectors: Vectors, mean: float, days: int) -> list[int]:
    variance = filtering.span_variance(mean, float(days), len(vectors.ring), vectors.book, vectors.state)
    levels = _levels(forecast, vectors, float(days))[[filtering.LOWEST, 2, filtering.HIGHEST]]
    out = np.zeros(3)
    laws.quantiles(mean, variance, levels, out)
    return [int(units) for units in out]


def _trimmed(pmf: Floats) -> Floats:
    """Without the last places of next to no probability."""
    used = np.flatnonzero(pmf > 1e-12)
    cut = pmf[: used[-1] + 1]
    return np.asarray(cut / cut.sum())


@njit(cache=True, nogil=True)
def _expected(method: int, parameters: Floats, state: Floats, through: int, factors: Floats) -> Floats:
    out = np.zeros(len(factors) + 1)
    for h in range(1, len(out)):
        out[h] = out[h - 1] + factors[h - 1] * methods.ahead(method, parameters, state, through + h, h)
    return out


@njit(cache=True, nogil=True)
def _mixed(
    out: Floats, expected: Floats, weights: Floats, step: float, horizon: int, book: Floats, state: Floats
) -> None:
    for days in range(len(weights)):
        if weights[days] > 1e-9:
            variance = filtering.span_variance(expected[days], float(days), horizon, book, state)
            laws.add_pmf(out, expected[days] / step, variance / (step * step), weights[days])


@njit(cache=True, nogil=True)
def _spread_sizes(grid: Floats, values: Floats, probabilities: Floats) -> None:
    """A size between two grid points is shared by distance, which keeps the mean."""
    for k in range(len(values)):
        place = int(values[k])
        part = values[k] - place
        grid[place] += probabilities[k] * (1.0 - part)
        if part > 0.0:
            grid[place + 1] += probabilities[k] * part


@njit(cache=True, nogil=True)
def _mixture(
    size_spectrum: npt.NDArray[np.complex128], weights: Floats, busy: float, theta: float
) -> npt.NDArray[np.complex128]:
    """Sum over days d of weights[d] * (1 - busy + busy * size)^d, at three levels of busy around the forecast."""
    out = np.zeros(len(size_spectrum), dtype=np.complex128)
    points = 3 if theta > 0.02 else 1
    root = math.sqrt(3.0) * theta
    middle = 1.0 if points == 1 else 1.0 / (2.0 / 3.0 + (math.exp(root) + math.exp(-root)) / 6.0)
    for point in range(points):
        level = middle * math.exp((0.0, root, -root)[point])
        share = 1.0 if points == 1 else (2.0 / 3.0 if point == 0 else 1.0 / 6.0)
        chance = min(1.0, busy * level)
        for i in range(len(out)):
            day = 1.0 - chance + chance * size_spectrum[i]
            total = weights[-1] + 0.0j
            for d in range(len(weights) - 2, -1, -1):
                total = total * day + weights[d]
            out[i] += share * total
    return out


@njit(cache=True, nogil=True)
def _relevel(pmf: Floats, levels: Floats) -> None:
    """Move probability so that the quantile of each learned level becomes that of its nominal level."""
    upto, before, place = 0.0, 0.0, 0
    low, low_to, high, high_to = 0.0, 0.0, levels[0], filtering.NOMINAL[0]
    for k in range(len(pmf)):
        upto += pmf[k]
        while upto > high and place < len(levels):
            place += 1
            low, low_to = high, high_to
            high = levels[place] if place < len(levels) else 1.0
            high_to = filtering.NOMINAL[place] if place < len(levels) else 1.0
        share = 1.0 if high <= low else min(1.0, (upto - low) / (high - low))
        after = max(before, low_to + share * (high_to - low_to))
        pmf[k] = after - before
        before = after
    pmf[len(pmf) - 1] += max(0.0, 1.0 - before)
