"""Folding demand by day, marks, and what was learned."""

from __future__ import annotations

from orchestrator.domain import events as e
from orchestrator.domain.entities import Order
from orchestrator.domain.evolve.change import changed
from orchestrator.domain.learned import HISTORY_DAYS, DemandDay, DemandHistory, Issued
from orchestrator.domain.state import DAY_S, State


def begin_history(state: State, at_s: int) -> None:
    """What the company knew of its demand at import; days that were closed here are kept."""
    today_s = state.day_start_s(at_s)
    if state.closed_day_s < 0:
        state.closed_day_s = today_s - DAY_S
    for key, policy in state.policies.items():
        days = policy.daily_demand[-HISTORY_DAYS:]
        first_s = state.closed_day_s + DAY_S - len(days) * DAY_S
        state.demand.setdefault(key, DemandHistory(first_day_s=first_s, units=days))


def count_order(state: State, order: Order) -> None:
    """The order will count as demand of the day of its window, or of today when that day is closed."""
    day_s = max(state.day_start_s(order.window_start_s), state.closed_day_s + DAY_S)
    state.orders_of_day.setdefault(day_s, {})[order.order_id] = None


def count_use(state: State, site_id: str, item_id: str, quantity: int) -> None:
    """Materials of an item whose demand nobody counts are demand when production takes them."""
    key = (site_id, item_id)
    issued = state.issued.get(key, Issued())
    state.issued[key] = changed(issued, quantity=issued.quantity + quantity)


def stock_issued(state: State, event: e.StockIssued, seq: int, at_s: int) -> None:
    """The goods are gone; the books never go below nothing by it."""
    key = (event.site_id, event.item_id)
    state.on_hand[key] = max(0, state.on_hand.get(key, 0) - event.quantity)
    issued = state.issued.get(key, Issued())
    state.issued[key] = changed(
        issued, quantity=issued.quantity + event.quantity, short=issued.short + (event.short or 0)
    )
    if event.short is None:
        state.blind_issues[key] = None


def day_closed(state: State, event: e.DayClosed, seq: int, at_s: int) -> None:
    """A day more in every history; who has no row had no demand."""
    rows = {(row.site_id, row.item_id): row for row in event.rows}
    for key in state.policies:
        history = state.demand.get(key) or DemandHistory(first_day_s=event.day_s)
        state.demand[key] = _longer(history, event.day_s, rows.get(key))
    state.closed_day_s = event.day_s
    state.issued.clear()
    state.orders_of_day.pop(event.day_s, None)


def _longer(history: DemandHistory, day_s: int, row: DemandDay | None) -> DemandHistory:
    units = (*history.units, row.units if row else 0)[-HISTORY_DAYS:]
    first_s = day_s - (len(units) - 1) * DAY_S
    censored = history.censored_days_s
    if row is not None and row.censored:
        censored = (*censored, day_s)
    if censored and censored[0] < first_s:
        censored = tuple(day for day in censored if day >= first_s)
    return changed(history, units=units, first_day_s=first_s, censored_days_s=censored)


def demand_marked(state: State, event: e.DemandMarked, seq: int, at_s: int) -> None:
    """A person's word stands until it is told anew."""
    state.demand_marks[event.mark.mark_id] = event.mark


def learning_revised(state: State, event: e.LearningRevised, seq: int, at_s: int) -> None:
    """The new records replace the old ones of the same item or supplier."""
    for forecast in event.forecasts:
        state.forecasts[(forecast.site_id, forecast.item_id)] = forecast
    for lead_time in event.lead_times:
        state.lead_times[(lead_time.supplier_id, lead_time.site_id)] = lead_time
    state.learning_version = event.version
