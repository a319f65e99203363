"""Demand of one item at one site: what kind it is, and how much of it falls into an interval.

Classes by the average interval between demands (Syntetos, Boylan and Croston 2005: 1.32 days). Smooth demand is
told by its moments; intermittent demand by the exact distribution of a sum of days drawn from its history, which is
what the bootstrap of Willemain, Smart and Schwarz (2004) tends to, without its random numbers.
Promises: deterministic; the random lead time is part of the distribution.
May not: forecast trends or seasons (a later step does).
Called by: `planner`, `projection`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.policies.distributions import Counted, Distribution, Normal, poisson
from solvers.replenishment.shared import DAY_S, DemandClass

INTERMITTENT_DAYS = 1.32
MAX_SUPPORT = 16_384
"""Units up to which a distribution is counted out; larger demand is told by its moments."""
UNIT_DISPERSION = 0.2
"""Variance over mean this near to 1 is unit demand: Poisson."""


@dataclass(frozen=True, slots=True)
class DailyDemand:
    """A day's demand: class, moments in units, and the probabilities of each quantity for intermittent demand."""

    kind: DemandClass
    mean: float
    variance: float
    sizes: tuple[tuple[int, float], ...] = ()


def learn(history: Sequence[int]) -> DailyDemand:
    """From units a day. One day alone is taken for Poisson."""
    days, total = len(history), sum(history)
    if not total:
        return DailyDemand("none", 0.0, 0.0)
    mean = total / days
    spread = sum(units * units for units in history) - days * mean * mean
    variance = max(0.0, spread / (days - 1)) if days > 1 else mean
    busy = sum(units > 0 for units in history)
    if days / busy <= INTERMITTENT_DAYS:
        return DailyDemand("smooth", mean, variance)
    counts: dict[int, int] = {}
    for units in history:
        counts[units] = counts.get(units, 0) + 1
    return DailyDemand("intermittent", mean, variance, tuple((u, n / days) for u, n in sorted(counts.items())))


def over(daily: DailyDemand, mean_s: int, sd_s: int = 0) -> Distribution:
    """Demand over an interval of `mean_s` seconds that itself varies by `sd_s`."""
    days, sd_days = mean_s / DAY_S, sd_s / DAY_S
    mean = daily.mean * days
    if not mean:
        return Normal(0.0, 0.0)
    sd = math.sqrt(days * daily.variance + (daily.mean * sd_days) ** 2)
    if daily.kind == "smooth":
        return Normal(mean, sd)
    if not sd_s and abs(daily.variance / daily.mean - 1) <= UNIT_DISPERSION:
        return poisson(mean)
    longest = math.ceil(days + 3 * sd_days) + 1
    if longest * daily.sizes[-1][0] >= MAX_SUPPORT:
        return Normal(mean, sd)
    return _summed(daily, _day_weights(days, sd_days))


def over_days(daily: DailyDemand, days_pmf: npt.NDArray[np.float64]) -> Distribution:
    """Demand over a random whole number of days: `days_pmf[d]` is the probability of d days."""
    days = np.arange(len(days_pmf))
    mean_days = float(days @ days_pmf)
    mean = daily.mean * mean_days
    if not mean:
        return Normal(0.0, 0.0)
    spread_days = max(0.0, float((days * days) @ days_pmf) - mean_days**2)
    if daily.kind == "smooth" or len(days_pmf) * daily.sizes[-1][0] >= MAX_SUPPORT:
        return Normal(mean, math.sqrt(mean_days * daily.variance + daily.mean**2 * spread_days))
    return _summed(daily, [float(weight) for weight in days_pmf])


def day_weights(mean_s: int, sd_s: int) -> npt.NDArray[np.float64]:
    """Probability of each whole number of days of an interval told by its moments."""
    return np.array(_day_weights(mean_s / DAY_S, sd_s / DAY_S))


def _day_weights(days: float, sd_days: float) -> list[float]:
    """Probability of each whole number of days; between two whole numbers they share by distance."""
    if not sd_days:
        weights = [0.0] * (math.ceil(days) + 1)
        weights[math.floor(days)] += 1.0 - (days - math.floor(days))
        weights[math.ceil(days)] += days - math.floor(days)
        return weights
    span = Normal(days, sd_days)
    last = math.ceil(days + 3 * sd_days)
    tails = [1.0, *(span.exceeds_at(day - 0.5) for day in range(1, last + 1)), 0.0]
    return [tails[day] - tails[day + 1] for day in range(last + 1)]


def _summed(daily: DailyDemand, weights: list[float]) -> Counted:
    """Mixture over the number of days of the sum of that many days, by one pass through the frequencies."""
    support = daily.sizes[-1][0] * (len(weights) - 1) + 1
    length = 1 << (support - 1).bit_length() if support > 1 else 1
    pmf = np.zeros(length)
    for units, probability in daily.sizes:
        pmf[units] = probability
    one_day = np.fft.rfft(pmf)
    mixture = np.full(one_day.shape, weights[-1], dtype=np.complex128)
    for weight in reversed(weights[:-1]):
        mixture = mixture * one_day + weight
    summed = np.clip(np.fft.irfft(mixture, length)[:support], 0.0, None)
    return Counted(summed / summed.sum())
