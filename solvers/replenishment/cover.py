"""What an order from one source must cover: its lead time in days, and the demand until the next can arrive.

Promises: deterministic; the learned records where they are there, the agreed lead time and the plain history where not.
May not: decide.
Called by: `planner`, `levels`, `sourcing`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

from solvers.replenishment.item import ItemSite, Source
from solvers.replenishment.plan import DemandClass
from solvers.replenishment.policies.demand import DailyDemand, learn, over
from solvers.replenishment.policies.distributions import Distribution
from solvers.replenishment.shared import DAY_S

_P90 = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True)
class Demand:
    """Demand of one item-site, over any interval."""

    item_site: ItemSite

    @cached_property
    def daily(self) -> DailyDemand:
        """A day of the plain history."""
        return learn(self.item_site.demand_history)

    @property
    def kind(self) -> DemandClass:
        """Its class."""
        return self.daily.kind

    @property
    def mean(self) -> float:
        """Expected units a day."""
        return self.daily.mean

    @property
    def sd(self) -> float:
        """Standard deviation of a day's units."""
        return math.sqrt(self.daily.variance)

    def over(self, mean_s: int, sd_s: int = 0) -> Distribution:
        """Units demanded within an interval told by its moments."""
        return over(self.daily, mean_s, sd_s)


@dataclass(frozen=True)
class Cover:
    """One source of one item-site."""

    demand: Demand
    source: Source

    @property
    def mean_s(self) -> int:
        """Order to stock, on average."""
        return self.source.promised_s

    @property
    def p50_s(self) -> int:
        """Half of the orders are in stock by then."""
        return self.source.promised_s

    @property
    def p90_s(self) -> int:
        """Nine of ten orders are in stock by then."""
        return self.source.promised_s + round(_P90 * self.source.promised_sd_s)

    @property
    def protection_s(self) -> int:
        """What an order placed now must last for: until the one placed at the next look arrives."""
        return self.mean_s + self.demand.item_site.review_s

    @cached_property
    def protection(self) -> Distribution:
        """Demand until what is ordered at the next look is in stock."""
        return self.demand.over(self.protection_s, self.source.promised_sd_s)

    @cached_property
    def lead_and_a_day(self) -> Distribution:
        """Demand until an order that is placed a day later than it could be is in stock."""
        return self.demand.over(self.mean_s + DAY_S, self.source.promised_sd_s)
