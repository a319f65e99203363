"""ETS and theta of statsforecast as challengers of our own methods, where the extra `forecast` is installed.

Both are exponential smoothing in other words: an ETS of additive parts is our ses, damped Holt or weekly method with
its own gains (Hyndman and others 2002), and theta is ses with half the trend as drift (Hyndman and Billah 2003). So
what statsforecast finds is taken as gains for our kernels, judged in the same holdout, and goes on day by day in a
process that has no statsforecast.
Promises: the answer is an ordinary `Forecast`, deterministic; ours is kept unless a challenger is better.
May not: be imported by the core process (it imports pandas).
Called by: solver processes, benchmarks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from solvers.replenishment.forecast import filtering
from solvers.replenishment.forecast.fitting import HOLDOUT_DAYS, YOUNG_DAYS, Challenger, fit
from solvers.replenishment.forecast.laws import Floats
from solvers.replenishment.forecast.methods import HOLT, SES, WEEK, WEEKLY_ADD, WEEKLY_MUL
from solvers.replenishment.forecast.record import Forecast
from solvers.replenishment.forecast.series import DemandSeries
from solvers.replenishment.forecast.vectors import HORIZON_MAX, flags_of, record_of


def learn_with_statsforecast(series: DemandSeries, today: int, *, horizon_days: int = 7, fits: int = 1) -> Forecast:
    """`learn` from nothing, with ETS and theta among the candidates. ImportError where the extra is missing."""
    seen = series.recent(min(today - 1, series.last_day))
    units, flags = seen.units.astype(np.float64), flags_of(seen)
    horizon = min(horizon_days, HORIZON_MAX)
    holdout = max(horizon + 1, len(units) - min(HOLDOUT_DAYS, len(units) // 3))
    challengers = _challengers(_known(units, flags)[:holdout]) if len(units) >= YOUNG_DAYS else ()
    found = fit(units, flags, seen.first_day, horizon, challengers=challengers)
    return record_of(found.vectors, found.kind, through_day=seen.last_day, fitted_day=seen.last_day, fits=fits)


def _known(units: Floats, flags: np.ndarray[Any, np.dtype[np.int8]]) -> Floats:
    """Days that do not count are given the mean of the same weekday, for a library that cannot leave them out."""
    filled = units.copy()
    ordinary = flags == filtering.ORDINARY
    for weekday in range(WEEK):
        same = np.arange(len(units)) % WEEK == weekday
        if (same & ordinary).any():
            filled[same & ~ordinary] = units[same & ordinary].mean()
    return filled


def _challengers(units: Floats) -> tuple[Challenger, ...]:
    from statsforecast.models import AutoETS, DynamicOptimizedTheta

    ets: Any = AutoETS(season_length=WEEK, model="ZZZ").fit(units)
    theta: Any = DynamicOptimizedTheta(season_length=1).fit(units)
    return _from_ets(ets.model_), _from_theta(theta.model_, units)


def _from_ets(model: Mapping[str, Any]) -> Challenger:
    """alpha, beta, gamma, phi as the first parameters; a damped trend beside a season is left out, ours has none."""
    components = str(model["components"])
    trend, season = components[1], components[2]
    alpha, beta, gamma, phi = (float(value) if np.isfinite(value) else 0.0 for value in list(model["par"])[:4])
    if season == "N":
        method = SES if trend == "N" else HOLT
        return Challenger(method, np.array([alpha, beta / max(alpha, 1e-3), phi if trend == "A" and phi > 0 else 1.0]))
    method = WEEKLY_ADD if season == "A" else WEEKLY_MUL
    return Challenger(method, np.array([alpha, gamma, 1.0]))


def _from_theta(model: Mapping[str, Any], units: Floats) -> Challenger:
    """Its gain, and half the slope as drift of a Holt that never changes its trend."""
    slope = float(np.polyfit(np.arange(len(units)), units, 1)[0])
    return Challenger(HOLT, np.array([float(model["par"]["alpha"]), 0.0, 1.0]), 0.5 * slope)
