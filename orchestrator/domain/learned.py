"""What is learned from the log: demand by day, forecasts, lead times. Whole numbers, so that a replay gives the same.

The records mirror the dataclasses of the replenishment core field by field; planning turns one into the other. The
domain only keeps them: what they mean is said in `solvers/replenishment`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from orchestrator.domain.types import Count, EpochS, Frozen, Id, OrderId, Text

HISTORY_DAYS = 400
ALL = "ALL"
"""Stands for all sites of a supplier, or all suppliers, in what is learned about them together."""

Numbers = Annotated[tuple[int, ...], Field(max_length=400)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=32)]


class DemandMarkKind(StrEnum):
    """What was not usual: a promotion lifts demand for some days; a one-off will not come again."""

    PROMOTION = "PROMOTION"
    ONE_OFF = "ONE_OFF"


class DemandMark(Frozen):
    """A person's word on the days from `from_s` to `until_s` of an item at a site; `order_id`: on one order only."""

    mark_id: Id
    kind: DemandMarkKind
    site_id: Id
    item_id: Id
    from_s: EpochS
    until_s: EpochS
    order_id: OrderId | None = None
    by: Text = ""
    reason: Text = ""


class Issued(Frozen):
    """What left a site other than on vehicles since the last closed day, and what was wanted in vain."""

    quantity: Count = 0
    short: Count = 0
    blind: bool = False


class DemandDay(Frozen):
    """One closed day of an item at a site. `units`: wanted, served or not; `censored`: at least that."""

    site_id: Id
    item_id: Id
    units: Count
    short: Count = 0
    censored: bool = False


class DemandHistory(Frozen):
    """Closed days, oldest first: `units` of the day that began at `first_day_s` and of each day after it."""

    first_day_s: int
    units: tuple[Count, ...] = Field(default=(), max_length=HISTORY_DAYS)
    censored_days_s: tuple[int, ...] = Field(default=(), max_length=HISTORY_DAYS)


class ForecastRecord(Frozen):
    """The forecast of an item at a site; the fields of `solvers.replenishment.forecast.Forecast`."""

    site_id: Id
    item_id: Id
    version: Count
    through_day: int
    fitted_day: int
    fits: Count
    horizon_days: Count
    kind: Word
    method: Word
    shape: Word
    parameters_ppm: Numbers
    state_micro: Numbers
    dispersion_micro: int
    span_spread_micro: tuple[int, int]
    promotion_micro: tuple[int, int]
    day_levels_ppm: Numbers
    span_levels_ppm: Numbers
    span_means_micro: Numbers
    errors_micro: Numbers
    drift_micro: Numbers
    alarm_day: int
    alarms: Count
    observed_days: Count


class LeadTimeRecord(Frozen):
    """A supplier's lead time to a site; the fields of `solvers.replenishment.lead_time.LeadTime`.

    Pooled ones have `ALL` for the site (a supplier to all its sites) and for the supplier, too (all suppliers).
    `receipts` that it has taken in: what came since is not learned yet.
    """

    supplier_id: Id
    site_id: Id
    version: Count
    agreed_days: Count
    sd_days: Count
    posterior_ppm: Numbers
    evidence_milli: Numbers
    orders: Count
    drift_late_milli: int
    drift_early_milli: int
    alarms_late: Count
    alarms_early: Count
    last_alarm: int
    last_alarm_order: Count
    receipts: Count = 0
