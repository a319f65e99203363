"""When an order placed now arrives, if it does: by day, from the learned lead time or the agreed one.

Promises: deterministic, cheap (kept for each source).
May not: decide.
Called by: `worth`, `cover`, `sourcing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from solvers.replenishment.item import Source
from solvers.replenishment.lead_time import LeadTime, days_pmf, write_off_day
from solvers.replenishment.policies.demand import day_weights

Floats = npt.NDArray[np.float64]
LONGEST_DAYS = 390
"""An order that is lost again and again is taken to be replaced by then."""
LEAST = 1e-4
"""Less likely than this is not followed further."""


@dataclass(frozen=True, eq=False, slots=True)
class Lead:
    """Order to stock in days.

    `pmf`: given that it comes. `cover`: until it, or what replaces it when it is lost, comes. `lost`: that it does not.
    """

    pmf: Floats
    cover: Floats
    lost: float
    mean_days: float
    p50_days: int
    p90_days: int

    def by_day(self, days: int) -> Floats:
        """Probability of being in stock at the end of day 0 .. `days`."""
        arrived = np.full(days + 1, 1.0 - self.lost)
        length = min(days + 1, len(self.pmf))
        arrived[:length] = (1.0 - self.lost) * np.cumsum(self.pmf)[:length]
        return arrived


def lead_of(source: Source) -> Lead:
    """As learned, or else as agreed."""
    if source.lead_time is not None:
        return _learned(source.lead_time)
    return _agreed(source.promised_s, source.promised_sd_s)


@lru_cache(maxsize=20_000)
def _learned(record: LeadTime) -> Lead:
    pmf, lost = days_pmf(record), record.lost_ppm / 1_000_000
    cover = pmf
    if lost:
        # Found out on its write-off day and ordered again, which may be lost again, and so on.
        cover, wait, begin, left = np.zeros(LONGEST_DAYS + 1), max(1, write_off_day(record)), 0, 1.0
        while begin <= LONGEST_DAYS and left > LEAST:
            length = min(len(pmf), LONGEST_DAYS + 1 - begin)
            cover[begin : begin + length] += left * (1.0 - lost) * pmf[:length]
            left, begin = left * lost, begin + wait
        cover = cover[: int(np.flatnonzero(cover)[-1]) + 1]
        cover[-1] += max(0.0, 1.0 - float(cover.sum()))
    return _lead(pmf, cover, lost)


@lru_cache(maxsize=20_000)
def _agreed(mean_s: int, sd_s: int) -> Lead:
    pmf = day_weights(mean_s, sd_s)
    return _lead(pmf / pmf.sum(), pmf / pmf.sum(), 0.0)


def _lead(pmf: Floats, cover: Floats, lost: float) -> Lead:
    whole = np.cumsum(pmf)
    p50, p90 = (min(int(np.searchsorted(whole, share - 1e-9)), len(pmf) - 1) for share in (0.5, 0.9))
    return Lead(pmf, cover, lost, float(pmf @ np.arange(len(pmf))), p50, p90)
