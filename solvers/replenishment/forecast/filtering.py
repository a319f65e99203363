"""One pass over days, compiled: forecast, be told, learn the errors, keep the intervals honest, notice a drift.

Calibration is adaptive conformal inference (Gibbs and Candes 2021) on seven levels of the forecast's distribution:
each level moves by gamma * (nominal - covered), so that each covers its nominal share in the long run whatever the
demand does. For whole units "covered" is the randomised definition in expectation: of the probability between
P(demand < y) and P(demand <= y) the part below the level. gamma is GAMMA while calm and rises to GAMMA_DRIFT with the
drift statistic, because a miss after a shift is news and a miss in calm weather is mostly chance.
Drift is a two-sided CUSUM (Page 1954) of the normal scores of these probabilities, so that lumpy demand raises no
more false alarms than smooth demand; on an alarm the level moves to what was seen since the sum left zero.
Promises: deterministic; a censored day is filled in with what would have been sold, a marked day teaches no level.
May not: allocate per day; choose a method.
Called by: `learning`, `fitting`.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from solvers.replenishment.forecast import laws, methods
from solvers.replenishment.forecast.laws import Floats

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
NOMINAL = np.array(LEVELS)
LOWEST, HIGHEST = 0, 5
"""Places of the 5 % and 95 % levels, whose distance is the 90 % interval."""
PINBALL_LEVELS = np.array([0.5, 0.9, 0.95, 0.99])

GAMMA = 0.002
GAMMA_DRIFT = 0.09
COOLING = 0.95
"""What a day leaves of the alertness after an alarm."""
EDGE = 1e-5
BEYOND = 0.04
"""How far a level may be driven beyond 0 and 1: as long as it stays there the interval is as wide as it gets."""
SLACK, ALARM = 0.5, 4.5
"""CUSUM: slack per day and alarm level, in standard deviations: a false alarm in about 460 days."""
CAUTION = 3.0
"""Weight of the old level in the new one after an alarm, in days, where a day's variance is its mean squared."""
SETTLING_DAYS, CALIBRATING_DAYS = 10, 28
"""Days observed before errors count, and before they move the calibration: the first errors are a young level's."""
FADE = 0.9923
"""Error figures halve in 90 days."""
SPREAD_FADE = 1.0 / 120.0
SPAN_CAUTION = 20.0
"""Days' worth of belief that days are (nearly) independent."""

ORDINARY, CENSORED, PROMOTION, ONE_OFF = range(4)
MOMENTS, BOOTSTRAP = range(2)

# Places in the book, the running sums of a forecast.
DISPERSION, OBSERVED, SPAN_SQUARE, SPAN_MASS, PROMO_UNITS, PROMO_BASE = range(6)
BIAS, ABSOLUTE, VOLUME, PINBALL, COVERED, WEIGHT, SPAN_COVERED, SPAN_WEIGHT = range(6, 14)
UP, UP_DAYS, UP_UNITS, UP_BASE, DOWN, DOWN_DAYS, DOWN_UNITS, DOWN_BASE = range(14, 22)
ALARM_DAY, ALARMS, HEAT = range(22, 25)
BOOK = 25


@njit(cache=True, nogil=True)
def share_below(level: float, below: float, upto: float) -> float:
    """How far demand that lies between these two probabilities is covered by a quantile of `level`."""
    level = min(max(level, EDGE), 1.0 - EDGE)
    if level >= upto:
        return 1.0
    if level <= below:
        return 0.0
    return (level - below) / (upto - below)


@njit(cache=True, nogil=True)
def adapt(levels: Floats, below: float, upto: float, gamma: float) -> None:
    """One step of adaptive conformal inference on every level."""
    for i in range(len(levels)):
        level = levels[i] + gamma * (NOMINAL[i] - share_below(levels[i], below, upto))
        levels[i] = min(max(level, -BEYOND), 1.0 + BEYOND)


@njit(cache=True, nogil=True)
def covered(levels: Floats, below: float, upto: float) -> float:
    """Share of this demand inside the calibrated 90 % interval."""
    return share_below(levels[HIGHEST], below, upto) - share_below(levels[LOWEST], below, upto)


@njit(cache=True, nogil=True)
def mean_size(sizes: Floats, size_cdf: Floats) -> float:
    """Mean units of a selling day."""
    usual = sizes[0] * size_cdf[0]
    for k in range(1, len(sizes)):
        usual += sizes[k] * (size_cdf[k] - size_cdf[k - 1])
    return usual


@njit(cache=True, nogil=True)
def sized(units: float, mean: float, sizes: Floats, size_cdf: Floats, usual: float) -> tuple[float, float]:
    """P(demand < units), P(demand <= units) where a day sells nothing or a size of the history."""
    busy = min(1.0, mean / usual)
    if units <= 0.0:
        return 0.0, 1.0 - busy
    lower = np.searchsorted(sizes, units - 0.5)
    upper = np.searchsorted(sizes, units + 0.5)
    below = size_cdf[lower - 1] if lower > 0 else 0.0
    upto = size_cdf[upper - 1] if upper > 0 else 0.0
    return 1.0 - busy + busy * below, 1.0 - busy + busy * upto


@njit(cache=True, nogil=True)
def spanned(units: float, mean: float, span_cdf: Floats, span_mean: float) -> tuple[float, float]:
    """The same for a span of days, from the cumulated probabilities at `span_mean`, stretched to `mean`."""
    place = units * span_mean / max(mean, 1e-9)
    last = len(span_cdf) - 1
    upto = span_cdf[min(last, int(place))]
    return (span_cdf[min(last, int(place) - 1)] if place >= 1.0 else 0.0), upto


@njit(cache=True, nogil=True)
def freshness(state: Floats) -> float:
    """Variance of the level over the variance of a day, as long as the level rests on few days."""
    return 0.0 if state[12] >= 200.0 else 1.0 / (state[12] + 1.0)


@njit(cache=True, nogil=True)
def span_variance(mean: float, days: float, horizon: int, book: Floats, state: Floats) -> float:
    """Variance of the demand over `days` days of this mean: days, their correlation and the level's own error."""
    caution = SPAN_CAUTION * book[DISPERSION] * mean / max(1.0, days)
    block = (book[SPAN_SQUARE] + 1.1 * caution) / max(book[SPAN_MASS] + caution, 1e-9)
    block = min(20.0, max(0.7, block))
    stretch = (block - 1.0) * (days - 1.0) / max(1.0, horizon - 1.0) if block > 1.0 else block - 1.0
    if days <= 1.0:
        stretch = 0.0
    return book[DISPERSION] * mean * (1.0 + stretch + days * freshness(state))


@njit(cache=True, nogil=True)
def filled(method: int, units: float, mean: float, variance: float, state: Floats) -> float:
    """What would have been sold on a day of which only a lower bound is known; -1 where nothing is known."""
    if method >= methods.SBA:
        return max(units, state[9]) if units > 0.0 else -1.0
    sd = math.sqrt(max(variance, 1e-9))
    z = (units - mean) / sd
    tail = 1.0 - laws.normal_cdf(z)
    if tail < 1e-6:
        return max(units, units + sd / max(z, 1.0))
    return max(units, mean + sd * 0.3989422804014327 * math.exp(-0.5 * z * z) / tail)


@njit(cache=True, nogil=True)
def run(
    method: int,
    shape: int,
    parameters: Floats,
    state: Floats,
    book: Floats,
    day_levels: Floats,
    span_levels: Floats,
    ring: Floats,
    units: Floats,
    flags: npt.NDArray[np.int8],
    first_day: int,
    start: int,
    sizes: Floats,
    size_cdf: Floats,
    span_cdf: Floats,
    span_mean: float,
    score_from: int,
) -> tuple[float, float, float]:
    """Fold the days from place `start` on, in place; the pinball losses from place `score_from` on.

    `ring` keeps the expected units over the span as issued on each of its last days. Answers (over spans, of
    days, how many spans).
    """
    horizon, usual = len(ring), mean_size(sizes, size_cdf)
    quantile = np.zeros(len(PINBALL_LEVELS))
    loss, day_loss, count, clean = 0.0, 0.0, 0.0, 0
    for t in range(max(0, start - horizon), start):
        clean = clean + 1 if flags[t] == ORDINARY else 0
    for t in range(start, len(units)):
        day = first_day + t
        mean = methods.ahead(method, parameters, state, day, 1)
        variance = max(1e-6, span_variance(mean, 1.0, horizon, book, state))
        if flags[t] == ORDINARY:
            clean += 1
            if shape == BOOTSTRAP:
                below, upto = sized(units[t], mean, sizes, size_cdf, usual)
            else:
                below, upto = laws.below_and_upto(units[t], mean, variance)
            book[OBSERVED] += 1.0
            if book[OBSERVED] > SETTLING_DAYS:
                missed = _judge(book, day_levels, below, upto, mean, variance, units[t], quantile)
                day_loss += missed if t >= score_from else 0.0
                _watch(book, below, upto, mean, units[t])
            _spread(book, mean, units[t], state[12])
            methods.fold(method, parameters, state, day, units[t])
            _answer_alarm(method, state, book, day)
        else:
            clean = 0
            _odd_day(method, parameters, state, book, day, units[t], flags[t], mean, variance)
        expected = ring[day % horizon]
        if expected >= 0.0 and clean >= horizon and book[OBSERVED] > SETTLING_DAYS:
            total = 0.0
            for k in range(horizon):
                total += units[t - k]
            variance = max(1e-6, span_variance(expected, horizon, horizon, book, state))
            if shape == BOOTSTRAP:
                below, upto = spanned(total, expected, span_cdf, span_mean)
            else:
                below, upto = laws.below_and_upto(total, expected, variance)
            if t >= score_from:
                _span_quantiles(shape, expected, variance, span_cdf, span_mean, quantile)
                loss += pinball(total, quantile)
                count += 1.0
            _judge_span(book, span_levels, below, upto, expected, total, horizon)
        ring[day % horizon] = methods.over(method, parameters, state, day, horizon)
    return loss, day_loss, count


@njit(cache=True, nogil=True)
def pinball(units: float, quantile: Floats) -> float:
    """Mean pinball loss at PINBALL_LEVELS."""
    loss = 0.0
    for i in range(len(quantile)):
        gap = units - quantile[i]
        loss += PINBALL_LEVELS[i] * gap if gap >= 0.0 else (PINBALL_LEVELS[i] - 1.0) * gap
    return loss / len(quantile)


@njit(cache=True, nogil=True)
def _span_quantiles(
    shape: int, mean: float, variance: float, span_cdf: Floats, span_mean: float, quantile: Floats
) -> None:
    if shape == MOMENTS:
        laws.quantiles(mean, variance, PINBALL_LEVELS, quantile)
        return
    for i in range(len(quantile)):
        place = np.searchsorted(span_cdf, PINBALL_LEVELS[i] - 1e-12)
        quantile[i] = math.floor(place * mean / max(span_mean, 1e-9) + 0.5)


@njit(cache=True, nogil=True)
def _gamma(book: Floats) -> float:
    return GAMMA + (GAMMA_DRIFT - GAMMA) * book[HEAT]


@njit(cache=True, nogil=True)
def _judge(
    book: Floats,
    levels: Floats,
    below: float,
    upto: float,
    mean: float,
    variance: float,
    units: float,
    quantile: Floats,
) -> float:
    for place in range(BIAS, WEIGHT + 1):
        book[place] *= FADE
    book[BIAS] += mean - units
    book[ABSOLUTE] += abs(mean - units)
    book[VOLUME] += units
    laws.quantiles(mean, variance, PINBALL_LEVELS, quantile)
    missed = pinball(units, quantile)
    book[PINBALL] += missed
    book[COVERED] += covered(levels, below, upto)
    book[WEIGHT] += 1.0
    if book[OBSERVED] > CALIBRATING_DAYS:
        adapt(levels, below, upto, _gamma(book))
    return missed


@njit(cache=True, nogil=True)
def _judge_span(
    book: Floats, levels: Floats, below: float, upto: float, mean: float, units: float, horizon: int
) -> None:
    """Spans overlap, so each counts for 1/horizon of one."""
    fade = 1.0 - SPREAD_FADE
    book[SPAN_SQUARE] = book[SPAN_SQUARE] * fade + (units - mean) * (units - mean) / horizon
    book[SPAN_MASS] = book[SPAN_MASS] * fade + book[DISPERSION] * mean / horizon
    book[SPAN_COVERED] = book[SPAN_COVERED] * FADE + covered(levels, below, upto)
    book[SPAN_WEIGHT] = book[SPAN_WEIGHT] * FADE + 1.0
    if book[OBSERVED] > CALIBRATING_DAYS + horizon:
        adapt(levels, below, upto, _gamma(book) / horizon)


@njit(cache=True, nogil=True)
def _spread(book: Floats, mean: float, units: float, evidence: float) -> None:
    """Variance per unit of mean; a wild day counts as six standard deviations at most."""
    gain = max(SPREAD_FADE, 1.0 / (min(book[OBSERVED], evidence + 2.0) + 3.0))
    usual = max(mean, 0.02)
    square = (units - mean) * (units - mean)
    if book[OBSERVED] > SETTLING_DAYS:
        square = min(square, 36.0 * max(book[DISPERSION], 0.05) * usual)
    book[DISPERSION] = max(1e-3, book[DISPERSION] + gain * min(4.0, mean / usual) * (square / usual - book[DISPERSION]))


@njit(cache=True, nogil=True)
def _watch(book: Floats, below: float, upto: float, mean: float, units: float) -> None:
    score = min(3.0, max(-3.0, laws.normal_quantile(0.5 * (below + upto))))
    for side, sign in ((UP, 1.0), (DOWN, -1.0)):
        total = book[side] + sign * score - SLACK
        if total <= 0.0:
            for place in range(side, side + 4):
                book[place] = 0.0
        else:
            book[side] = total
            book[side + 1] += 1.0
            book[side + 2] += units
            book[side + 3] += mean
    excited = min(1.0, max(book[UP], book[DOWN]) / _limit(book))
    telling = min(1.0, mean / max(book[DISPERSION], 1e-6))
    late = max(0.0, 2.0 * excited - 1.0)
    heat = min(1.0, 4.0 * telling) * (telling * excited**3 + (1.0 - telling) * late * late)
    book[HEAT] = max(book[HEAT] * COOLING, heat)


@njit(cache=True, nogil=True)
def _limit(book: Floats) -> float:
    """Where days are correlated, a run of high days is less of an alarm."""
    return ALARM * min(2.0, max(1.0, book[SPAN_SQUARE] / max(book[SPAN_MASS], 1e-9)))


@njit(cache=True, nogil=True)
def _answer_alarm(method: int, state: Floats, book: Floats, day: int) -> None:
    """Move the level to what was seen since the sum left zero, with one day of the old level for caution."""
    limit = _limit(book)
    for side in (UP, DOWN):
        if book[side] >= limit:
            days = book[side + 1]
            before = book[side + 3] / days
            caution = max(0.2, CAUTION * book[DISPERSION] / max(before, 1e-6))
            after = (book[side + 2] + caution * before) / (days + caution)
            methods.shift(method, state, before, after, days + caution)
            book[ALARM_DAY] = day
            book[ALARMS] += 1.0
            book[HEAT] = min(1.0, 4.0 * before / max(book[DISPERSION], 1e-6))
            for place in range(UP, DOWN_BASE + 1):
                book[place] = 0.0
            return


@njit(cache=True, nogil=True)
def _odd_day(
    method: int,
    parameters: Floats,
    state: Floats,
    book: Floats,
    day: int,
    units: float,
    flag: int,
    mean: float,
    variance: float,
) -> None:
    if flag == CENSORED:
        guess = filled(method, units, mean, variance, state)
        if guess >= 0.0:
            methods.fold(method, parameters, state, day, guess)
            return
    elif flag == PROMOTION:
        book[PROMO_UNITS] += units
        book[PROMO_BASE] += mean
    methods.skip(method, parameters, state, day)
