"""What is learned from the log: demand by day, forecasts, lead times. Whole numbers, so that a replay gives the same.

The records mirror the dataclasses of the replenishment core field by field; planning turns one into the other. The
domain only keeps them: what they mean is said in `solvers/replenishment`.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from orchestrator.domain.types import Count, EpochS, Frozen, Id, OrderId, Text

HISTORY_DAYS = 400


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
    """The forecast of an item at a site; `solvers.replenishment.forecast.Forecast`."""

    site_id: Id
    item_id: Id


class LeadTimeRecord(Frozen):
    """The lead time of a supplier to a site; `solvers.replenishment.lead_time.LeadTime`."""

    supplier_id: Id
    site_id: Id
