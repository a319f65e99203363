"""What was learned, between the log's records and the objects that the replenishment core works with.

Promises: the same fields by name, both ways; a record that the program does not know any more is learned anew instead
of misread. Called by `learning`, `replenish`, `outlook`.
"""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache

from orchestrator.domain.learned import ALL, DemandHistory, DemandMark, DemandMarkKind, ForecastRecord, LeadTimeRecord
from orchestrator.domain.state import DAY_S, State
from solvers.replenishment import lead_time
from solvers.replenishment.forecast import DemandSeries, Forecast
from solvers.replenishment.forecast import record as forecast_record
from solvers.replenishment.lead_time import LeadTime

FORECAST_FIELDS = tuple(field.name for field in fields(Forecast))
LEAD_TIME_FIELDS = tuple(field.name for field in fields(LeadTime))
AGREED_DAYS_MAX = 150


def forecast_of(record: ForecastRecord | None) -> Forecast | None:
    """The core's forecast of a record; None when there is none, or one of another program's making."""
    if record is None or record.version != forecast_record.VERSION:
        return None
    return Forecast(**{name: getattr(record, name) for name in FORECAST_FIELDS})


def record_of_forecast(site_id: str, item_id: str, forecast: Forecast) -> ForecastRecord:
    """A forecast as the log keeps it."""
    values = {name: getattr(forecast, name) for name in FORECAST_FIELDS}
    return ForecastRecord(site_id=site_id, item_id=item_id, **values)


@lru_cache(maxsize=10_000)
def lead_time_of(record: LeadTimeRecord) -> LeadTime | None:
    """The core's lead time of a record; None for one of another program's making."""
    if record.version != lead_time.VERSION:
        return None
    return LeadTime(**{name: getattr(record, name) for name in LEAD_TIME_FIELDS})


def record_of_lead_time(supplier_id: str, site_id: str, learned: LeadTime, receipts: int) -> LeadTimeRecord:
    """A lead time as the log keeps it."""
    values = {name: getattr(learned, name) for name in LEAD_TIME_FIELDS}
    return LeadTimeRecord(supplier_id=supplier_id, site_id=site_id, receipts=receipts, **values)


def day_number(at_s: int) -> int:
    """The day of a closed day's first second, as the forecasts count days."""
    return at_s // DAY_S


def whole_days(duration_s: int) -> int:
    """Days that a duration takes at most, as lead times are agreed."""
    return min(AGREED_DAYS_MAX, -(-duration_s // DAY_S))


def series_of(history: DemandHistory, marks: tuple[DemandMark, ...], state: State | None = None) -> DemandSeries:
    """The closed days of an item at a site, with what people said about them."""
    first = day_number(history.first_day_s)
    promotions, one_offs = marked_days(marks, history.first_day_s, len(history.units), state)
    return DemandSeries.of(
        history.units,
        first_day=first,
        censored=[day_number(day_s) for day_s in history.censored_days_s],
        promotions=promotions,
        one_offs=one_offs,
    )


def marked_days(
    marks: tuple[DemandMark, ...], first_day_s: int, days: int, state: State | None = None
) -> tuple[list[int], list[int]]:
    """Day numbers of promotions and of one-offs among `days` days. A one-off order takes its whole day out."""
    first = day_number(first_day_s)
    found: dict[DemandMarkKind, set[int]] = {kind: set() for kind in DemandMarkKind}
    for mark in marks:
        from_s, until_s = mark.from_s, mark.until_s
        order = state.orders.get(mark.order_id) if state is not None and mark.order_id is not None else None
        if order is not None:
            from_s, until_s = order.window_start_s, order.window_start_s + 1
        since = max(0, (from_s - first_day_s) // DAY_S)
        until = min(days, -(-(until_s - first_day_s) // DAY_S))
        found[mark.kind].update(first + day for day in range(since, until))
    one_offs = found[DemandMarkKind.ONE_OFF]
    return sorted(found[DemandMarkKind.PROMOTION] - one_offs), sorted(one_offs)


def promoted_days(marks: tuple[DemandMark, ...], next_day_s: int, days: int) -> tuple[int, ...]:
    """Day numbers of promotions among the coming `days` days, the first of which begins at `next_day_s`."""
    return tuple(marked_days(marks, next_day_s, days)[0])


def marks_by_key(state: State) -> dict[tuple[str, str], tuple[DemandMark, ...]]:
    """What people said, by (site, item)."""
    found: dict[tuple[str, str], list[DemandMark]] = {}
    for mark in state.demand_marks.values():
        found.setdefault((mark.site_id, mark.item_id), []).append(mark)
    return {key: tuple(marks) for key, marks in found.items()}


def lane_record(state: State, supplier_id: str, site_id: str) -> LeadTimeRecord | None:
    """What is known of a supplier to a site: of the lane, else of the supplier, else of all suppliers.

    A supplier that nothing is known of is as trustworthy as the others, not as its word.
    """
    keys = ((supplier_id, site_id), (supplier_id, ALL), (ALL, ALL))
    return next((state.lead_times[key] for key in keys if key in state.lead_times), None)


def source_lead_time(state: State, supplier_id: str, site_id: str, agreed_s: int, sd_s: int) -> LeadTime | None:
    """The learned lead time of a source whose lead time was agreed as `agreed_s`; None while nothing is known."""
    record = lane_record(state, supplier_id, site_id)
    learned = lead_time_of(record) if record is not None else None
    if record is None or learned is None:
        return None
    agreed = whole_days(agreed_s)
    if record.site_id == site_id and learned.agreed_days == agreed:
        return learned
    return _shifted(agreed, round(sd_s / DAY_S), learned)


@lru_cache(maxsize=10_000)
def _shifted(agreed_days: int, sd_days: int, parent: LeadTime) -> LeadTime:
    return lead_time.start(agreed_days, min(AGREED_DAYS_MAX, sd_days), parent=parent)
