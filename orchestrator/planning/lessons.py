"""What there is to learn about demand, and what to tell people about it: pure functions of the state.

Promises: whether an item at a site must be learned is seen from the state alone, so that a restart goes on where the
log ends; `learned` depends on its job only and may run in a thread. Called by `learning`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from orchestrator.domain.commands import Command, RaiseAlert, ResolveAlert
from orchestrator.domain.company import ItemKind
from orchestrator.domain.entities import Alert, AlertStatus
from orchestrator.domain.learned import ALL, DemandHistory, ForecastRecord
from orchestrator.domain.state import DAY_S, State
from orchestrator.planning.dirty import ItemSite
from orchestrator.planning.memory import Memory
from orchestrator.planning.records import (
    day_number,
    forecast_of,
    lead_time_of,
    marks_by_key,
    record_of_forecast,
    series_of,
)
from orchestrator.planning.sources import agreed_s
from solvers.replenishment.forecast import DemandSeries, Forecast, learn, pooled
from solvers.replenishment.lead_time import lateness

REVIEW_DAYS = 1
MADE_DAYS = 3
"""Lead time of a made item, as its forecast is calibrated."""
HORIZON_DAYS_MAX = 60
YOUNG_DAYS = 90
ALERTS_MAX = 50


@dataclass(frozen=True, slots=True)
class Lesson:
    """One item-site to learn: what is known, and the days since."""

    key: ItemSite
    history: DemandHistory
    promotions: tuple[int, ...]
    one_offs: tuple[int, ...]
    held: ForecastRecord | None
    horizon_days: int
    today: int


def due(state: State, again: Iterable[ItemSite] = ()) -> list[ItemSite]:
    """Item-sites with closed days that their forecast has not seen, and those of `again`."""
    last_day = day_number(state.closed_day_s)
    again = frozenset(again)
    return [
        key
        for key, history in state.demand.items()
        if history.units
        and key in state.policies
        and key[1] in state.items
        and (key in again or (held := state.forecasts.get(key)) is None or held.through_day < last_day)
    ]


def lessons(state: State, memory: Memory, keys: Iterable[ItemSite], again: Iterable[ItemSite] = ()) -> list[Lesson]:
    """What there is to learn of these item-sites; of those of `again` from the beginning."""
    today = day_number(state.closed_day_s) + 1
    again = frozenset(again)
    marks = marks_by_key(state)
    found: list[Lesson] = []
    for key in keys:
        if key[1] not in state.items:
            continue
        history = state.demand[key]
        told = series_of(history, marks[key], state) if key in marks else None
        days = _marked(told) if told is not None else ((), ())
        held = None if key in again else state.forecasts.get(key)
        found.append(Lesson(key, history, *days, held, horizon_days(state, memory, key), today))
    return found


def _marked(series: DemandSeries) -> tuple[tuple[int, ...], tuple[int, ...]]:
    first = series.first_day
    return (
        tuple(first + n for n, mark in enumerate(series.marks.tolist()) if mark == 1),
        tuple(first + n for n, mark in enumerate(series.marks.tolist()) if mark == 2),
    )


def horizon_days(state: State, memory: Memory, key: ItemSite) -> int:
    """Days that a forecast is calibrated over: the agreed lead time, a learned one would mean new fits; and a look."""
    item_id = key[1]
    sources = memory.offers.get(item_id, ())
    if state.items[item_id].kind is ItemKind.MADE or not sources:
        return MADE_DAYS + REVIEW_DAYS
    lead_s = agreed_s(state, sources[0])[0]
    return min(HORIZON_DAYS_MAX, max(1, -(-lead_s // DAY_S)) + REVIEW_DAYS)


def known_levels(state: State, keys: Iterable[ItemSite]) -> tuple[ForecastRecord, ...]:
    """Records whose calibration a young item may begin with; none when nobody is young."""
    held = (state.forecasts.get(key) for key in keys)
    if any(record is None or record.observed_days < YOUNG_DAYS for record in held):
        return tuple(record for record in state.forecasts.values() if record.observed_days >= YOUNG_DAYS)
    return ()


def pool_of(records: tuple[ForecastRecord, ...]) -> dict[str, tuple[int, ...]]:
    """Mean calibration of each class. Pure; may run in a thread."""
    return pooled(forecast for forecast in map(forecast_of, records) if forecast is not None)


def learned(chosen: list[Lesson], pool: Mapping[str, tuple[int, ...]]) -> tuple[ForecastRecord, ...]:
    """The forecasts after these lessons. Pure; may run in a thread."""
    return tuple(_learned(one, pool) for one in chosen)


def _learned(one: Lesson, pool: Mapping[str, tuple[int, ...]]) -> ForecastRecord:
    series = DemandSeries.of(
        one.history.units,
        first_day=day_number(one.history.first_day_s),
        censored=[day_number(day_s) for day_s in one.history.censored_days_s],
        promotions=one.promotions,
        one_offs=one.one_offs,
    )
    held = forecast_of(one.held)
    forecast: Forecast = learn(series, held, one.today, horizon_days=one.horizon_days, pool=pool or None)
    return record_of_forecast(*one.key, forecast)


# --- what people are told ---


def drift_news(state: State) -> list[Command]:
    """Alerts about demand or suppliers that have changed, and the end of those that are over."""
    wanted = {f"FORECAST_DRIFT:{subject}": text for subject, text in _demand_drifts(state)}
    wanted |= {f"LEAD_TIME_DRIFT:{subject}": text for subject, text in _supplier_drifts(state)}
    held = {a.alert_id: a for a in state.alerts.values() if a.kind in ("FORECAST_DRIFT", "LEAD_TIME_DRIFT")}
    commands: list[Command] = []
    for alert_id, text in list(wanted.items())[:ALERTS_MAX]:
        kind, _, subject = alert_id.partition(":")
        if not _is_open(held.get(alert_id)):
            severity = "WARNING" if kind == "LEAD_TIME_DRIFT" else "INFO"
            commands.append(RaiseAlert(kind=kind, subject=subject, severity=severity, text=text))
    over = [one.alert_id for one in held.values() if _is_open(one) and one.alert_id not in wanted]
    return commands + [ResolveAlert(alert_id=alert_id, reason="as learned again") for alert_id in over]


def _is_open(alert: Alert | None) -> bool:
    return alert is not None and alert.status is not AlertStatus.RESOLVED


def _demand_drifts(state: State) -> Iterator[tuple[str, str]]:
    for (site_id, item_id), record in state.forecasts.items():
        forecast = forecast_of(record) if record.alarm_day else None
        if forecast is not None and forecast.drifting:
            daily = forecast.mean_micro / 1_000_000
            text = f"demand of {item_id} at {site_id} has changed: {daily:.1f} a day now, the forecast was fitted anew"
            yield f"{item_id}@{site_id}", text


def _supplier_drifts(state: State) -> Iterator[tuple[str, str]]:
    for (supplier_id, site_id), record in state.lead_times.items():
        learned_time = lead_time_of(record) if site_id == ALL and supplier_id != ALL else None
        figures = lateness(learned_time) if learned_time is not None else None
        if learned_time is not None and figures is not None and figures.trend == "worse":
            text = (
                f"supplier {supplier_id} has become later: agreed {learned_time.agreed_days} days, now "
                f"{figures.mean_milli_days / 1000:.1f} on average and {figures.p90_days} in nine cases of ten; "
                f"{figures.lost_ppm / 10_000:.0f} % never come"
            )
            yield supplier_id, text
