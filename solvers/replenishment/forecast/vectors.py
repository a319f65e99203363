"""A record's whole numbers as the vectors the compiled passes work on, and back.

Promises: a round trip moves no figure by more than a millionth.
May not: decide anything.
Called by: `learning`, `fitting`, `demand`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.forecast import filtering, methods
from solvers.replenishment.forecast.laws import Floats
from solvers.replenishment.forecast.record import MILLION, VERSION, Forecast, Kind, Method, Shape
from solvers.replenishment.forecast.series import DemandSeries, Mark

SIZES_MAX = 730
"""Newest selling days from which sizes are drawn."""
NO_SIZES = (np.ones(1), np.ones(1))
HORIZON_MAX = 28
"""Longest span that is calibrated of itself; longer ones take its figures."""


@dataclass(slots=True)
class Vectors:
    """Everything one pass changes."""

    method: int
    shape: int
    parameters: Floats
    state: Floats
    book: Floats
    day_levels: Floats
    span_levels: Floats
    ring: Floats

    @classmethod
    def fresh(cls, method: int, parameters: Floats, state: Floats, horizon: int) -> Vectors:
        """Nothing observed yet: Poisson, independent days, nominal levels."""
        book = np.zeros(filtering.BOOK)
        book[filtering.DISPERSION] = 1.0
        book[filtering.SPAN_SQUARE] = book[filtering.SPAN_MASS] = 1e-6
        nominal = filtering.NOMINAL
        return cls(method, 0, parameters, state, book, nominal.copy(), nominal.copy(), np.full(horizon, -1.0))


def flags_of(series: DemandSeries) -> npt.NDArray[np.int8]:
    """What the passes want to know of each day; a mark outweighs a stock-out."""
    flags = np.where(series.censored, filtering.CENSORED, filtering.ORDINARY).astype(np.int8)
    flags[series.marks == Mark.PROMOTION] = filtering.PROMOTION
    flags[series.marks == Mark.ONE_OFF] = filtering.ONE_OFF
    return flags


def sizes_of(units: Floats, flags: npt.NDArray[np.int8]) -> tuple[Floats, Floats]:
    """Sizes of selling days, rising, and their cumulated probabilities.

    A size cut short by a stock-out hands its weight to the larger sizes (redistribution to the right, Efron 1967,
    which is the estimate of Kaplan and Meier 1958).
    """
    chosen = np.flatnonzero((units > 0) & (flags <= filtering.CENSORED))[-SIZES_MAX:]
    if not len(chosen):
        return NO_SIZES
    amounts, cut = units[chosen], flags[chosen] == filtering.CENSORED
    if not cut.any() or cut.all():
        values, counts = np.unique(amounts, return_counts=True)
        return values, np.cumsum(counts) / len(amounts)
    order = np.lexsort((cut, amounts))
    amounts, cut = amounts[order], cut[order]
    weight = np.full(len(amounts), 1.0 / len(amounts))
    for place in np.flatnonzero(cut):
        later = np.flatnonzero(~cut[place + 1 :]) + place + 1
        if len(later):
            weight[later] += weight[place] / len(later)
            weight[place] = 0.0
    values, inverse = np.unique(amounts, return_inverse=True)
    summed = np.cumsum(np.bincount(inverse, weights=weight))
    return values, summed / summed[-1]


def vectors_of(record: Forecast) -> Vectors:
    """Unpack."""
    book = np.zeros(filtering.BOOK)
    book[filtering.DISPERSION] = record.dispersion_micro / MILLION
    book[filtering.OBSERVED] = record.observed_days
    book[filtering.SPAN_SQUARE], book[filtering.SPAN_MASS] = (value / MILLION for value in record.span_spread_micro)
    book[filtering.PROMO_UNITS], book[filtering.PROMO_BASE] = (value / MILLION for value in record.promotion_micro)
    book[filtering.BIAS : filtering.SPAN_WEIGHT + 1] = _floats(record.errors_micro)
    book[filtering.UP : filtering.DOWN_BASE + 1] = _floats(record.drift_micro[:-1])
    book[filtering.ALARM_DAY], book[filtering.ALARMS] = record.alarm_day, record.alarms
    book[filtering.HEAT] = record.drift_micro[-1] / MILLION
    ring = np.array(record.span_means_micro, dtype=np.float64)
    return Vectors(
        methods.METHODS.index(record.method),
        int(record.shape == "bootstrap"),
        _floats(record.parameters_ppm),
        _floats(record.state_micro),
        book,
        _floats(record.day_levels_ppm),
        _floats(record.span_levels_ppm),
        np.where(ring < 0, -1.0, ring / MILLION),
    )


def record_of(vectors: Vectors, kind: Kind, *, through_day: int, fitted_day: int, fits: int) -> Forecast:
    """Pack."""
    book = vectors.book
    return Forecast(
        version=VERSION,
        through_day=through_day,
        fitted_day=fitted_day,
        fits=fits,
        horizon_days=len(vectors.ring),
        kind=kind,
        method=_method(vectors.method),
        shape=_shape(vectors.shape),
        parameters_ppm=_ints(vectors.parameters),
        state_micro=_ints(vectors.state),
        dispersion_micro=max(1, round(book[filtering.DISPERSION] * MILLION)),
        span_spread_micro=(
            max(1, round(book[filtering.SPAN_SQUARE] * MILLION)),
            max(1, round(book[filtering.SPAN_MASS] * MILLION)),
        ),
        promotion_micro=(
            round(book[filtering.PROMO_UNITS] * MILLION),
            round(book[filtering.PROMO_BASE] * MILLION),
        ),
        day_levels_ppm=_ints(vectors.day_levels),
        span_levels_ppm=_ints(vectors.span_levels),
        span_means_micro=tuple(-1 if mean < 0 else round(mean * MILLION) for mean in vectors.ring.tolist()),
        errors_micro=_ints(book[filtering.BIAS : filtering.SPAN_WEIGHT + 1]),
        drift_micro=(*_ints(book[filtering.UP : filtering.DOWN_BASE + 1]), round(book[filtering.HEAT] * MILLION)),
        alarm_day=int(book[filtering.ALARM_DAY]),
        alarms=int(book[filtering.ALARMS]),
        observed_days=int(book[filtering.OBSERVED]),
    )


def packed(record: Forecast, vectors: Vectors, through_day: int) -> Forecast:
    """The same fit, some days on."""
    return record_of(vectors, record.kind, through_day=through_day, fitted_day=record.fitted_day, fits=record.fits)


def _method(place: int) -> Method:
    name: Method = methods.METHODS[place]  # type: ignore[assignment]
    return name


def _shape(place: int) -> Shape:
    return "bootstrap" if place else "moments"


def _floats(values: tuple[int, ...]) -> Floats:
    return np.array(values, dtype=np.float64) / MILLION


def _ints(values: Floats) -> tuple[int, ...]:
    return tuple(np.rint(values * MILLION).astype(np.int64).tolist())
