"""Demand of each item at each site: learned from its history, as a distribution that knows its error.

Promises: a small integer record (`Forecast`) that a log can keep, `learn` to move it on, `demand_over` to ask it.
May not: import more than numpy and numba, except in `external`, which only solver processes import.
Called by: the replenishment planner and the learning step of the planning loop.
"""

from solvers.replenishment.forecast.demand import Band, band, demand_over, grid_step, mean_per_day
from solvers.replenishment.forecast.learning import learn, pooled
from solvers.replenishment.forecast.record import Forecast, Kind, Method, Shape
from solvers.replenishment.forecast.series import DemandSeries, Mark

__all__ = [
    "Band",
    "DemandSeries",
    "Forecast",
    "Kind",
    "Mark",
    "Method",
    "Shape",
    "band",
    "demand_over",
    "grid_step",
    "learn",
    "mean_per_day",
    "pooled",
]
