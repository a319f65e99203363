"""The forecasting methods, compiled: expected units of a coming day, and what a day that is over teaches.

ses, damped holt (Gardner and McKenzie 1985), weekly_add and weekly_mul (exponential smoothing with a weekly season),
naive (the same weekday of last week), sba (Syntetos and Boylan 2005), tsb (Teunter, Syntetos and Babai 2011), imapa
(Petropoulos and Kourentzes 2015; buckets of 1 to 8 days), croston (1972; only to compare with).
Promises: one state vector for all, so that a record can keep it; a young level learns with gain 1/n.
May not: know of probabilities or records.
Called by: `filtering`, `fitting`, `demand`.

State: 0 level, 1 trend, 2-8 season by day % 7, 9 size, 10 interval (sba) or probability (tsb), 11 days since the last
demand, 12 days of evidence, 13-20 level of buckets of 1-8 days, 21-28 units in the open bucket, 29 buckets in use.
Parameters: 0 alpha, 1 beta or gamma, 2 phi.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]

METHODS = ("ses", "holt", "weekly_add", "weekly_mul", "naive", "sba", "tsb", "imapa", "croston")
SES, HOLT, WEEKLY_ADD, WEEKLY_MUL, NAIVE, SBA, TSB, IMAPA, CROSTON = range(9)
STATE = 30
SETTLED = 1_000.0
"""Days of evidence after which only alpha is the gain."""
WEEK = 7


@njit(cache=True, nogil=True)
def ahead(method: int, parameters: Floats, state: Floats, day: int, steps: int) -> float:
    """Expected units on `day`, which is `steps` >= 1 days after the last day folded."""
    if method == SES:
        expected = state[0]
    elif method == HOLT:
        phi = parameters[2]
        expected = state[0] + state[1] * (steps if phi >= 1.0 else phi * (1.0 - phi**steps) / (1.0 - phi))
    elif method == WEEKLY_ADD:
        expected = state[0] + state[2 + day % WEEK]
    elif method == WEEKLY_MUL:
        expected = state[0] * state[2 + day % WEEK]
    elif method == NAIVE:
        expected = state[2 + day % WEEK]
    elif method == SBA:
        expected = (1.0 - parameters[0] / 2.0) * state[9] / state[10]
    elif method == CROSTON:
        expected = state[9] / state[10]
    elif method == TSB:
        expected = state[9] * state[10]
    else:
        expected = 0.0
        buckets = int(state[29])
        for k in range(buckets):
            expected += state[13 + k] / ((k + 1) * buckets)
    return max(0.0, expected)


@njit(cache=True, nogil=True)
def over(method: int, parameters: Floats, state: Floats, day: int, days: int) -> float:
    """Expected units of the `days` days after `day`, the last one folded."""
    expected = 0.0
    for step in range(1, days + 1):
        expected += ahead(method, parameters, state, day + step, step)
    return expected


@njit(cache=True, nogil=True)
def fold(method: int, parameters: Floats, state: Floats, day: int, units: float) -> None:
    """Learn from a day's units."""
    alpha = max(parameters[0], 1.0 / (state[12] + 1.0))
    state[12] = min(SETTLED, state[12] + 1.0)
    if method == SES:
        state[0] += alpha * (units - state[0])
    elif method == HOLT:
        before = state[0]
        drifted = before + parameters[2] * state[1]
        state[0] = drifted + alpha * (units - drifted)
        state[1] = parameters[2] * state[1] + parameters[1] * (state[0] - before - parameters[2] * state[1])
    elif method == WEEKLY_ADD:
        error = units - state[0] - state[2 + day % WEEK]
        state[0] += alpha * error
        state[2 + day % WEEK] += parameters[1] * error
    elif method == WEEKLY_MUL:
        factor = max(state[2 + day % WEEK], 1e-3)
        error = units - state[0] * factor
        weight = _leverage(state, factor)
        state[2 + day % WEEK] = max(0.0, state[2 + day % WEEK] + parameters[1] * error / max(state[0], 1e-3))
        state[0] = max(0.0, state[0] + alpha * error * weight)
    elif method == NAIVE:
        state[2 + day % WEEK] = units
    elif method in (SBA, CROSTON):
        _fold_interval(alpha, state, units)
    elif method == TSB:
        beta = max(parameters[1], 1.0 / state[12])
        if units > 0.0:
            state[9] += alpha * (units - state[9])
        state[10] += beta * ((1.0 if units > 0.0 else 0.0) - state[10])
    else:
        _fold_buckets(alpha, state, day, units)


@njit(cache=True, nogil=True)
def _leverage(state: Floats, factor: float) -> float:
    """Weight of a weekday in the level: least squares, so that a weekday that sells nothing says nothing."""
    squares = 0.0
    for k in range(WEEK):
        squares += state[2 + k] * state[2 + k]
    return factor * WEEK / max(squares, 1e-3)


@njit(cache=True, nogil=True)
def _fold_interval(alpha: float, state: Floats, units: float) -> None:
    if units > 0.0:
        state[9] += alpha * (units - state[9])
        state[10] = max(1.0, state[10] + alpha * (state[11] - state[10]))
        state[11] = 1.0
    else:
        state[11] += 1.0


@njit(cache=True, nogil=True)
def _fold_buckets(alpha: float, state: Floats, day: int, units: float) -> None:
    """A bucket of k days ends where (day + 1) % k is 0, so that buckets do not depend on where a history starts."""
    for k in range(int(state[29])):
        state[21 + k] += units
        if (day + 1) % (k + 1) == 0:
            state[13 + k] += alpha * (state[21 + k] - state[13 + k])
            state[21 + k] = 0.0


@njit(cache=True, nogil=True)
def skip(method: int, parameters: Floats, state: Floats, day: int) -> None:
    """A day of which nothing is known: time goes on, nothing is learned."""
    if method == HOLT:
        state[0] += parameters[2] * state[1]
        state[1] *= parameters[2]
    elif method == IMAPA:
        usual = ahead(method, parameters, state, day, 1)
        evidence = state[12]
        fold(method, parameters, state, day, usual)
        state[12] = evidence


@njit(cache=True, nogil=True)
def shift(method: int, state: Floats, before: float, after: float, days: float) -> None:
    """The level has moved from `before` to `after` units a day, `days` ago: move, and learn fast for a while."""
    factor = after / max(before, 1e-9)
    if method in (SES, HOLT):
        state[0] = max(0.0, state[0] + after - before)
        state[1] = 0.0
    elif method == WEEKLY_ADD:
        for k in range(WEEK):
            state[2 + k] *= factor
        state[0] *= factor
    elif method == WEEKLY_MUL:
        state[0] *= factor
    elif method in (SBA, CROSTON):
        often = min(factor, state[10])
        state[10] /= max(often, 1e-3)
        state[9] *= factor / often if often > 0.0 else 1.0
    elif method == TSB:
        often = min(factor, 1.0 / max(state[10], 1e-9))
        state[10] *= often
        state[9] *= factor / often if often > 0.0 else 1.0
    elif method == IMAPA:
        for k in range(8):
            state[13 + k] *= factor
    state[12] = days


@njit(cache=True, nogil=True)
def begin(method: int, units: Floats, known: npt.NDArray[np.int8], first_day: int, days: int) -> Floats:
    """A state from the first `days` days of a history (known: 0 where a day counts)."""
    state = np.zeros(STATE)
    total, count, busy = 0.0, 0.0, 0.0
    by_day, seen = np.zeros(WEEK), np.zeros(WEEK)
    for t in range(days):
        if known[t] == 0:
            total += units[t]
            count += 1.0
            by_day[(first_day + t) % WEEK] += units[t]
            seen[(first_day + t) % WEEK] += 1.0
            if units[t] > 0.0:
                busy += 1.0
    mean = total / count if count > 0.0 else 0.0
    state[0] = mean
    for k in range(WEEK):
        usual = (by_day[k] + mean) / (seen[k] + 1.0)
        if method == WEEKLY_MUL:
            state[2 + k] = usual / mean if mean > 0.0 else 1.0
        elif method == WEEKLY_ADD:
            state[2 + k] = usual - mean
        else:
            state[2 + k] = by_day[k] / seen[k] if seen[k] > 0.0 else mean
    state[9] = total / busy if busy > 0.0 else 1.0
    interval = max(1.0, count / busy) if busy > 0.0 else max(30.0, 2.0 * count)
    state[10] = 1.0 / interval if method == TSB else interval
    state[11] = 1.0
    for k in range(8):
        state[13 + k] = mean * (k + 1)
    state[29] = min(8.0, max(2.0, np.round(interval)))
    if method >= SBA or method == NAIVE:
        state[12] = SETTLED
    return state
