"""Learn the demand of an item-site from its history: cheap each day, anew on a drift alarm or when the fit is old.

Promises: the answer depends on history, previous record and day alone; a record and its history go on after a restart
without a refit; a censored day never counts as low demand.
May not: look at a clock.
Called by: the planner's learning step, benchmarks, demos.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from solvers.replenishment.forecast import filtering
from solvers.replenishment.forecast.demand import band, demand_over, span_law
from solvers.replenishment.forecast.fitting import Fit, fit, run_through
from solvers.replenishment.forecast.laws import Floats
from solvers.replenishment.forecast.record import MILLION, VERSION, Forecast, Shape
from solvers.replenishment.forecast.series import DemandSeries
from solvers.replenishment.forecast.vectors import (
    HORIZON_MAX,
    NO_SIZES,
    flags_of,
    packed,
    record_of,
    sizes_of,
    vectors_of,
)

REFIT_DAYS = 28
REFIT_DAYS_YOUNG = 7
YOUNG_DAYS = 60
RIPE_DAYS = 90
"""Days observed before an item's calibration tells anything to its class."""

Pool = Mapping[str, tuple[int, ...]]


def learn(
    series: DemandSeries,
    previous: Forecast | None,
    today: int,
    *,
    horizon_days: int = 7,
    pool: Pool | None = None,
) -> Forecast:
    """Fold the days that are over (before `today`) and not folded yet; fit where there is need.

    `horizon_days` is lead time and review of the item; a change refits. `pool` (see `pooled`) starts a young item's
    calibration. ValueError where the horizon is below 1.
    """
    if horizon_days < 1:
        raise ValueError(f"horizon_days: needs at least 1, got {horizon_days}")
    horizon = min(horizon_days, HORIZON_MAX)
    seen = series.recent(min(today - 1, series.last_day))
    through = max(seen.last_day, min(today - 1, series.last_day))
    if previous is None or _unusable(previous, seen, horizon):
        return _fitted(seen, through, horizon, 1, pool)
    if through <= previous.through_day:
        return previous
    moved = _moved(seen, previous, through)
    age = through - moved.fitted_day
    if moved.alarms > previous.alarms or age >= (REFIT_DAYS_YOUNG if _is_young(moved) else REFIT_DAYS):
        return _refitted(seen, moved, pool)
    return moved


def pooled(forecasts: Iterable[Forecast]) -> dict[str, tuple[int, ...]]:
    """Mean calibration of each class: where a young item of the class starts."""
    sums: dict[str, list[tuple[int, ...]]] = {}
    for forecast in forecasts:
        if forecast.observed_days >= RIPE_DAYS:
            levels = forecast.day_levels_ppm + forecast.span_levels_ppm
            sums.setdefault(forecast.kind, []).append(levels)
    return {kind: tuple(sum(column) // len(rows) for column in zip(*rows, strict=True)) for kind, rows in sums.items()}


def _unusable(previous: Forecast, seen: DemandSeries, horizon: int) -> bool:
    gap = len(seen.units) > 0 and seen.first_day > previous.through_day + 1
    return previous.version != VERSION or previous.horizon_days != horizon or gap


def _is_young(forecast: Forecast) -> bool:
    return forecast.observed_days < YOUNG_DAYS


def _moved(seen: DemandSeries, previous: Forecast, through: int) -> Forecast:
    """Some days on with the same fit. A first sale of what never sold is left to the refit."""
    vectors = vectors_of(previous)
    # Only the span before the new days is looked back at, and all sizes where they make the law.
    if previous.shape == "bootstrap":
        units, flags, first = seen.units.astype(np.float64), flags_of(seen), seen.first_day
        start = previous.through_day + 1 - first
        sizes = sizes_of(units[:start], flags[:start])
        law = span_law(sizes, _daily(units[:start], flags[:start]), vectors)
    else:
        place = max(0, previous.through_day + 1 - seen.first_day - previous.horizon_days)
        part = slice(place, None)
        short = DemandSeries(seen.first_day + place, seen.units[part], seen.censored[part], seen.marks[part])
        units, flags, first = short.units.astype(np.float64), flags_of(short), short.first_day
        start, sizes, law = previous.through_day + 1 - first, NO_SIZES, None
    run_through(vectors, units, flags, first, start, sizes, law)
    moved = packed(previous, vectors, through)
    if previous.kind == "none" and units[start:].any():
        return replace(moved, alarms=moved.alarms + 1)
    return moved


def _daily(units: Floats, flags: np.ndarray[tuple[int, ...], np.dtype[np.int8]]) -> float:
    known = flags == filtering.ORDINARY
    return max(1e-6, float(units[known].mean())) if known.any() else 1.0


def _fitted(seen: DemandSeries, through: int, horizon: int, fits: int, pool: Pool | None) -> Forecast:
    found: Fit = fit(seen.units.astype(np.float64), flags_of(seen), seen.first_day, horizon, pool)
    return record_of(found.vectors, found.kind, through_day=through, fitted_day=through, fits=fits)


def _refitted(seen: DemandSeries, moved: Forecast, pool: Pool | None) -> Forecast:
    """A new fit; what was shown of errors and alarms before it stays shown, for it was honest."""
    fresh = _fitted(seen, moved.through_day, moved.horizon_days, moved.fits + 1, pool)
    heat = max(moved.drift_micro[-1], fresh.drift_micro[-1])
    same = (fresh.method, fresh.shape) == (moved.method, moved.shape)
    return replace(
        fresh,
        errors_micro=moved.errors_micro if moved.observed_days >= YOUNG_DAYS else fresh.errors_micro,
        alarm_day=max(moved.alarm_day, fresh.alarm_day),
        alarms=moved.alarms,
        observed_days=max(moved.observed_days, fresh.observed_days),
        drift_micro=(*fresh.drift_micro[:-1], min(MILLION, heat)),
        day_levels_ppm=moved.day_levels_ppm if same else fresh.day_levels_ppm,
        span_levels_ppm=moved.span_levels_ppm if same else fresh.span_levels_ppm,
    )


def warm_up(say: Callable[[str], None] = lambda line: None) -> None:
    """Compile or load every kernel, so that nothing is compiled while somebody waits."""
    say("forecast kernels: loading")
    steady, sporadic = [3, 4, 5, 9, 2, 0, 7] * 10, [0, 0, 4, 0, 0, 0, 1] * 10
    shapes: tuple[Shape, ...] = ("moments", "bootstrap")
    for units in (steady, sporadic):
        forecast = learn(DemandSeries.of(units[:69]), None, 69)
        series = DemandSeries.of(units, censored=[3])
        for shape in shapes:
            moved = learn(series, replace(forecast, shape=shape), 70)
            demand_over(series, moved, [0.0, 0.5, 0.5])
        band(series, forecast, 2)
    say("forecast kernels: ready")
