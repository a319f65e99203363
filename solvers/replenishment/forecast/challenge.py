"""Freshly fitted forecasts, challenged by statsforecast's ETS and theta in a solver process.

Promises: a forecast comes back only where a challenger won the same holdout, and only for a series that was asked for;
within the budget as many as there is time for, in the order asked. Without the extra `forecast` nothing comes back.
May not: run in the core process.
Called by: the bridge's solver processes, kind "forecast"; `planning.learning` asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from solvers.budget import Budget
from solvers.replenishment.forecast.record import Forecast
from solvers.replenishment.forecast.series import DemandSeries
from solvers.result import Result, SolveStatus

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Challenged:
    """One series and the forecast of our own methods that it has now."""

    key: Key
    series: DemandSeries
    held: Forecast
    horizon_days: int
    today: int


@dataclass(frozen=True, slots=True)
class Won:
    """A forecast that beat the held one."""

    key: Key
    forecast: Forecast
    held: Forecast


def solve(problem: tuple[Challenged, ...], start: None, budget: Budget) -> Result[tuple[Won, ...]]:
    """The challengers that won."""
    deadline = budget.start()
    try:
        from solvers.replenishment.forecast.external import learn_with_statsforecast
    except ImportError as error:
        return _nothing(f"statsforecast is not installed: {error}")
    won: list[Won] = []
    for one in problem:
        if deadline.over():
            break
        try:
            found = learn_with_statsforecast(one.series, one.today, horizon_days=one.horizon_days, fits=one.held.fits)
        except ImportError as error:
            return _nothing(f"statsforecast is not installed: {error}")
        if found.method != one.held.method or found.parameters_ppm != one.held.parameters_ppm:
            won.append(Won(one.key, found, one.held))
    return Result(SolveStatus.FEASIBLE, tuple(won), engine="statsforecast", wall_s=deadline.elapsed_s())


def _nothing(why: str) -> Result[tuple[Won, ...]]:
    return Result(SolveStatus.MODEL_INVALID, None, notes=(why,))
