"""How long an order takes, or whether it is lost: a probability for each number of periods and for never.

Promises: pure. The law comes from a lane's learned record (`solvers.replenishment.lead_time`), in periods of review.
Called by: `order`; whoever has a record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lead_time import MILLION, LeadTime

_LEAST = 1e-4
"""Longest lead times that are together rarer than this are taken for the longest kept one."""


@dataclass(frozen=True, slots=True)
class LeadLaw:
    """P(an order takes d periods) for d = 0, 1, ..., and P(it never comes); they sum to 1."""

    pmf: tuple[float, ...]
    lost: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no probability, and a lane on which nothing ever comes."""
        if not self.pmf or min(self.pmf) < 0 or not 0 <= self.lost < 1:
            raise ValueError(f"pmf must hold probabilities and lost be below 1, not {self.pmf} and {self.lost}")
        if abs(sum(self.pmf) + self.lost - 1.0) > 1e-6:
            raise ValueError(f"pmf and lost must sum to 1, not {sum(self.pmf) + self.lost}")

    @classmethod
    def fixed(cls, periods: int) -> LeadLaw:
        """Always so many periods."""
        return cls((0.0,) * periods + (1.0,))

    @classmethod
    def of_record(cls, record: LeadTime, review_days: int = 1) -> LeadLaw:
        """The lane's learned law, days gathered into review periods, rounded up: an order is there at the next look."""
        days = np.array(record.posterior_ppm, np.float64) / MILLION
        period = -(-np.arange(len(days) - 1) // review_days)
        pmf = np.bincount(period, weights=days[:-1])
        kept = int(np.searchsorted(np.cumsum(pmf), pmf.sum() - _LEAST)) + 1
        short = pmf[:kept].copy()
        short[-1] += pmf[kept:].sum()
        return cls(tuple(float(p) for p in short), float(1.0 - short.sum()))

    def vector(self) -> npt.NDArray[np.float64]:
        """pmf with `lost` as its last place, as the kernels want it."""
        return np.array([*self.pmf, self.lost])

    def reach(self, probability: float = 0.9) -> int:
        """Periods within which an order that comes is there with this probability."""
        comes = np.cumsum(self.pmf)
        return int(np.searchsorted(comes, probability * comes[-1]))
