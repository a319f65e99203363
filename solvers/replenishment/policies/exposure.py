"""What a policy is judged on: demand over its intervals, costs, lot rules; and what it is: reorder point and quantity.

An item is looked at every `review_days`; what is ordered arrives after the lead time. A position (on hand + on order
- backorders) taken at a look must last until what is ordered at the *next* look has arrived: lead time plus review
interval, the protection interval. Holding and shortage are charged at its end, times `review_days`; `charged` charges
them otherwise, for example each day of a longer review by the mixture, in equal shares, of the demands over lead + 1
.. lead + review days: the cost is linear in the distribution, so the answers stay exact.
Promises: plain immutable values, whole units. A policy orders when the position is AT OR BELOW its reorder point.
May not: decide; that is `reorder`.
Called by: `reorder`, `planner`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from solvers.errors import require
from solvers.replenishment.policies.distributions import Counted, Normal

Form = Literal["up_to", "lots"]
"""up_to: (s,S), order up to a level. lots: (r,nQ), order the least number of lots that lifts it above r."""

Service = Literal["cycle", "fill"]
"""cycle: probability of no stock-out in a replenishment cycle. fill: share of demand served at once."""

_NOISE = 1e-12
"""Probabilities below are what is left of rounding."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Demand over the lead time, over one review interval, and over both; `charged`: what costs are taken of."""

    lead: Counted
    review: Counted
    protection: Counted
    review_days: float = 1.0
    charged: Counted | None = None

    @classmethod
    def of(cls, lead: Counted, review: Counted, review_days: float = 1.0) -> Exposure:
        """With independent demand: the protection interval is the sum."""
        return cls(lead, review, Counted(np.convolve(lead.pmf, review.pmf)), review_days)

    @classmethod
    def watched(cls, lead: Counted, units_day: float) -> Exposure:
        """Looked at whenever a unit is demanded (continuous review), single units, `units_day` of them a day."""
        unit = Counted(np.array([0.0, 1.0]))
        return cls(lead, unit, Counted(np.concatenate(([0.0], lead.pmf))), 1.0 / units_day, lead)

    @property
    def cost_pmf(self) -> npt.NDArray[np.float64]:
        """The demand against which a position is held or short when it is charged."""
        return (self.charged or self.protection).pmf

    def coarse(self, step: int) -> Exposure:
        """The same on a grid of `step` units, see `coarse`."""
        charged = coarse(self.charged, step) if self.charged else None
        lead, review, protection = (coarse(part, step) for part in (self.lead, self.review, self.protection))
        return Exposure(lead, review, protection, self.review_days, charged)

    def packs(self, size: int) -> Exposure:
        """The same in packs of `size` units, where every demand is a multiple of it."""
        charged = Counted(self.charged.pmf[::size]) if self.charged else None
        lead, review, protection = (Counted(part.pmf[::size]) for part in (self.lead, self.review, self.protection))
        return Exposure(lead, review, protection, self.review_days, charged)

    def pack(self) -> int:
        """The largest size of which every demand is a multiple; 1 where single units are demanded."""
        if len(self.review.pmf) > 1 and self.review.pmf[1] > _NOISE:
            return 1
        parts = (self.review.pmf, self.lead.pmf, self.protection.pmf, self.cost_pmf)
        sizes = np.concatenate([np.flatnonzero(part > _NOISE) for part in parts])
        return int(np.gcd.reduce(sizes)) or 1


@dataclass(frozen=True, slots=True)
class Costs:
    """An order, a unit held a day, a unit short a day; any currency."""

    order: float
    holding: float
    shortage: float = 0.0

    def __post_init__(self) -> None:
        for name in ("order", "holding", "shortage"):
            value = getattr(self, name)
            require(0 <= value < math.inf, f"costs.{name}", value, "a finite number, at least 0")


@dataclass(frozen=True, slots=True)
class LotRule:
    """What may be ordered: at least `least`, whole multiples of `multiple`, and not for longer than `most` lasts."""

    least: int = 1
    multiple: int = 1
    most: int = 10**9

    def __post_init__(self) -> None:
        require(self.least >= 1, "lots.least", self.least, "at least 1")
        require(self.multiple >= 1, "lots.multiple", self.multiple, "at least 1")
        require(self.most >= 1, "lots.most", self.most, "at least 1")

    @property
    def smallest(self) -> int:
        """The smallest quantity that may be ordered."""
        return -(-self.least // self.multiple) * self.multiple

    @property
    def largest(self) -> int:
        """The largest one; the supplier's minimum counts more than `most`."""
        return max(self.smallest, self.most // self.multiple * self.multiple)


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """When and how much: at a position at or below `reorder_point`, up to a level or in lots of `quantity`.

    `pack`: demand and lots are whole packs of so many units, so the position, once a multiple of it, stays one; 1
    where it visits every unit.
    """

    form: Form
    reorder_point: int
    quantity: int
    pack: int = 1

    @property
    def order_up_to(self) -> int:
        """The highest position after an order."""
        return self.reorder_point + self.quantity

    def order(self, position: int) -> int:
        """Units to order now; 0 above the reorder point."""
        if position > self.reorder_point:
            return 0
        if self.form == "up_to":
            return self.order_up_to - position
        return ((self.reorder_point - position) // self.quantity + 1) * self.quantity


@dataclass(frozen=True, slots=True)
class Performance:
    """Long-run averages of a policy with backorders. Costs and orders a day; stock at the end of an interval."""

    cost: float
    order_cost: float
    holding_cost: float
    shortage_cost: float
    on_hand: float
    backorders: float
    orders: float
    fill_rate: float
    cycle_service: float
    ready_rate: float


def coarse(demand: Counted, step: int) -> Counted:
    """The distribution on multiples of `step`, in units of `step`.

    Each probability is shared between its two neighbours on the grid so that its mean stays. The expected loss, and
    so the cost of any position on the grid, stays exact, because a loss is linear between two grid points; what is
    lost is that positions between them are not looked at: at most max(holding, shortage) * step an interval.
    """
    if step == 1:
        return demand
    units = np.arange(len(demand.pmf))
    below, rest = units // step, (units % step) / step
    length = int(below[-1]) + 2
    pmf = np.zeros(length)
    np.add.at(pmf, below, demand.pmf * (1.0 - rest))
    np.add.at(pmf, below + 1, demand.pmf * rest)
    return Counted(pmf)


def counted(demand: Normal | Counted, step: int = 1) -> Counted:
    """A normal counted out on whole multiples of `step` units, each with what is nearest to it; below 0 counts as 0."""
    if isinstance(demand, Counted):
        return coarse(demand, step)
    mean, sd = demand.mean / step, demand.sd / step
    last = max(1, math.ceil(mean + 8.0 * sd) + 1)
    if sd <= 0:
        return coarse(Counted(_certain(demand.mean)), step)
    edges = (np.arange(last) + 0.5 - mean) / (sd * math.sqrt(2.0))
    cdf = np.array([0.5 * math.erfc(-edge) for edge in edges])
    cdf[-1] = 1.0
    return Counted(np.diff(cdf, prepend=0.0))


def _certain(units: float) -> npt.NDArray[np.float64]:
    """All probability on one amount, or on its two whole neighbours."""
    pmf = np.zeros(math.floor(units) + 2)
    pmf[math.floor(units)] = 1.0 - (units - math.floor(units))
    pmf[math.floor(units) + 1] = units - math.floor(units)
    return pmf
