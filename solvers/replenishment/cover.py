"""What an order from one source must cover: its lead time in days, and the demand until the next can arrive.

An order that is lost is found out on its write-off day and ordered again, so the demand it leaves open lasts that long
and a lead time more; that is part of the distribution here.
Promises: deterministic; the learned records where they are there, the agreed lead time and the plain history where not.
May not: decide.
Called by: `draft`, `levels`, `projection`, `sourcing`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from solvers.replenishment.arrival import Lead, lead_of
from solvers.replenishment.forecast import Forecast, demand_over, grid_step, mean_per_day
from solvers.replenishment.item import ItemSite, Source
from solvers.replenishment.policies.demand import DailyDemand, day_weights, learn, over, over_days
from solvers.replenishment.policies.distributions import Counted, Distribution
from solvers.replenishment.policies.exposure import Exposure
from solvers.replenishment.shared import DAY_S, DemandClass

_P90 = NormalDist().inv_cdf(0.9)
MAX_DAYS = 400
WEEK_DAYS = 7
BUSIER = 0.05
"""A start that is busier by less than this part is not worth looking ahead to."""
POINTS = 200
"""Points a distribution is told by; larger demand is counted in steps of several units."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """A distribution counted in steps of `step` units."""

    counted: Counted
    step: int

    @property
    def mean(self) -> float:
        """Expected units."""
        return self.counted.mean * self.step

    def quantile(self, probability: float) -> int:
        """The least whole number of steps that is enough, in units."""
        return self.counted.quantile(probability) * self.step

    def exceeds(self, level: int) -> float:
        """Probability of more."""
        return self.counted.exceeds(level // self.step) if level >= 0 else 1.0

    def loss(self, level: int) -> float:
        """Expected units beyond the level; straight between two points."""
        if level < 0:
            return self.mean - level
        below, rest = divmod(level, self.step)
        here = self.counted.loss(below) * self.step
        return here - rest * self.counted.exceeds(below) if rest else here


@dataclass(frozen=True)
class Demand:
    """Demand of one item-site, over any interval."""

    item_site: ItemSite

    @property
    def learned(self) -> bool:
        """Whether there is a forecast to ask."""
        return self.item_site.forecast is not None and self.item_site.series is not None

    @cached_property
    def daily(self) -> DailyDemand:
        """A day of the plain history."""
        return learn(self.item_site.demand_history)

    @property
    def kind(self) -> DemandClass:
        """Its class."""
        return self.item_site.forecast.kind if self.item_site.forecast is not None and self.learned else self.daily.kind

    @cached_property
    def mean(self) -> float:
        """Expected units a day."""
        forecast = self.item_site.forecast
        return forecast.mean_micro / 1e6 if forecast is not None and self.learned else self.daily.mean

    def over_days(self, days_pmf: npt.NDArray[np.float64]) -> Distribution:
        """Units demanded within a random whole number of days."""
        if self.learned:
            return self.stepped(days_pmf, 0)
        return over_days(self.daily, days_pmf)

    def busiest(self, days: int) -> Forecast:
        """The forecast from the start of the busiest `days` days that begin within a week.

        What a line makes is made ahead: it cannot refill everything on the one day that ends the weekend.
        """
        forecast = self.item_site.forecast
        assert forecast is not None
        windows = np.convolve(mean_per_day(forecast, days + WEEK_DAYS - 1), np.ones(days), "valid")
        start = int(windows.argmax())
        if windows[start] <= windows[0] * (1.0 + BUSIER):
            return forecast
        return replace(forecast, through_day=forecast.through_day + start)

    def stepped(self, days_pmf: npt.NDArray[np.float64], step: int, forecast: Forecast | None = None) -> Stepped:
        """The same of a learned forecast, on steps of so many units; 0 = as many as are needed."""
        series, forecast = self.item_site.series, forecast or self.item_site.forecast
        assert series is not None
        assert forecast is not None
        days = days_pmf[: MAX_DAYS + 1]
        step = step or grid_step(forecast, len(days) - 1, POINTS)
        promoted = self.item_site.promoted
        return Stepped(demand_over(series, forecast, days / days.sum(), step=step, promoted=promoted), step)

    def over(self, mean_s: int, sd_s: int = 0) -> Distribution:
        """Units demanded within an interval told by its moments."""
        if self.learned:
            return self.over_days(day_weights(mean_s, sd_s))
        return over(self.daily, mean_s, sd_s)


@dataclass(frozen=True)
class Cover:
    """One source of one item-site."""

    demand: Demand
    source: Source

    @cached_property
    def lead_time(self) -> Lead:
        """Order to stock in days."""
        return lead_of(self.source)

    @property
    def mean_s(self) -> int:
        """Order to stock, on average of those that come."""
        if self.source.lead_time is None:
            return self.source.promised_s
        return round(self.lead_time.mean_days * DAY_S)

    @property
    def p50_s(self) -> int:
        """Half of the orders are in stock by then."""
        return self.source.promised_s if self.source.lead_time is None else self.lead_time.p50_days * DAY_S

    @property
    def p90_s(self) -> int:
        """Nine of ten orders that come are in stock by then."""
        if self.source.lead_time is None:
            return self.source.promised_s + round(_P90 * self.source.promised_sd_s)
        return self.lead_time.p90_days * DAY_S

    @property
    def protection_s(self) -> int:
        """What an order placed now must last for: until the one placed at the next look arrives."""
        return self.mean_s + self.demand.item_site.review_s

    @cached_property
    def exposure(self) -> tuple[Exposure, int] | None:
        """Demand over lead time, review and both, in steps of so many units; None without a learned forecast."""
        forecast = self.demand.item_site.forecast
        if forecast is None or not self.demand.learned:
            return None
        review = day_weights(self.demand.item_site.review_s, 0)
        step = grid_step(forecast, min(MAX_DAYS, len(self.lead_time.cover) + len(review)), POINTS)
        if self.source.kind == "production":
            forecast = self.demand.busiest(max(1, math.ceil(self.lead_time.mean_days + len(review) - 1)))
        lead = self.demand.stepped(self.lead_time.cover, step, forecast).counted
        look = self.demand.stepped(review, step, forecast).counted
        return Exposure.of(lead, look, max(1e-3, self.demand.item_site.review_s / DAY_S)), step

    @cached_property
    def lead(self) -> Distribution:
        """Demand until an order placed now is in stock."""
        if self.exposure is not None:
            return Stepped(self.exposure[0].lead, self.exposure[1])
        if self.source.lead_time is not None:
            return self.demand.over_days(self.lead_time.cover)
        return self.demand.over(self.mean_s, self.source.promised_sd_s)

    @cached_property
    def protection(self) -> Distribution:
        """Demand until what is ordered at the next look is in stock."""
        if self.exposure is not None:
            return Stepped(self.exposure[0].protection, self.exposure[1])
        if self.source.lead_time is not None:
            review = day_weights(self.demand.item_site.review_s, 0)
            return self.demand.over_days(np.convolve(self.lead_time.cover, review))
        return self.demand.over(self.protection_s, self.source.promised_sd_s)

    @cached_property
    def lead_and_a_day(self) -> Distribution:
        """Demand until an order that is placed a day later than it could be is in stock."""
        if self.exposure is not None and self.demand.item_site.review_s == DAY_S:
            return self.protection  # the next look is that day later
        if self.demand.learned or self.source.lead_time is not None:
            return self.demand.over_days(np.concatenate((np.zeros(1), self.lead_time.cover)))
        return self.demand.over(self.mean_s + DAY_S, self.source.promised_sd_s)

    @cached_property
    def sd_day(self) -> float:
        """Standard deviation of a day's units; of a forecast, of the days that are to be covered, error included."""
        if self.exposure is None:
            return math.sqrt(self.demand.daily.variance)
        exposure, step = self.exposure
        pmf, days = exposure.protection.pmf, np.arange(len(self.lead_time.cover))
        units = np.arange(len(pmf)) * step
        variance = float((units * units) @ pmf) - float(units @ pmf) ** 2
        mean_days = float(days @ self.lead_time.cover)
        spread = float((days * days) @ self.lead_time.cover) - mean_days**2
        length = max(1.0, mean_days + exposure.review_days)
        return math.sqrt(max(0.0, variance - self.demand.mean**2 * spread) / length)
