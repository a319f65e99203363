"""Deciding about demand and what is learned from it: issues, the end of a day, marks, new forecasts."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.domain.answers import Decision
from orchestrator.domain.commands import CloseDay, MarkDemand, ReportStockIssued, ReviseLearning
from orchestrator.domain.decide.checks import alert, invalid, learned_from, order_of, reported_time
from orchestrator.domain.entities import Order, OrderStatus, Severity
from orchestrator.domain.errors import not_found
from orchestrator.domain.events import DayClosed, DemandMarked, Event, LearningRevised, StockIssued
from orchestrator.domain.learned import DemandDay, DemandMark, DemandMarkKind
from orchestrator.domain.measures import demand_counted
from orchestrator.domain.plan import Peg, PegKind
from orchestrator.domain.state import DAY_S, State

Key = tuple[str, str]
MARK_DAYS_MAX = 400


def stock_issued(state: State, command: ReportStockIssued, now_s: int) -> Decision:
    """Goods have left; when the books had fewer, people are told that they were wrong."""
    reported_time(command.at_s, now_s)
    item_site(state, command.site_id, command.item_id)
    issued = StockIssued(
        site_id=command.site_id,
        item_id=command.item_id,
        quantity=command.quantity,
        short=command.short,
        at_s=command.at_s,
        reason=command.reason,
    )
    events: list[Event] = [issued]
    books = state.on_hand.get((command.site_id, command.item_id), 0)
    if command.quantity > max(0, books):
        subject = f"{command.site_id}:{command.item_id}"
        text = f"{command.quantity} × {command.item_id} left {command.site_id}, the books said {books}"
        events += alert(state, "STOCK_DISCREPANCY", subject, Severity.WARNING, text, now_s)
    return Decision(tuple(events))


def item_site(state: State, site_id: str, item_id: str) -> None:
    """Both must be known."""
    if site_id not in state.sites:
        raise not_found("site", site_id, field="site_id")
    if item_id not in state.items:
        raise not_found("item", item_id, field="item_id")


def close_day(state: State, command: CloseDay, now_s: int) -> Decision:
    """Count the day's demand; the next day to close, and it must be over."""
    if state.closed_day_s < 0:
        raise invalid("day_s", command.day_s, "no company has been imported yet")
    due_s = state.closed_day_s + DAY_S
    if command.day_s != due_s:
        raise invalid("day_s", command.day_s, f"the next day to close began at {due_s}")
    if now_s < due_s + DAY_S:
        raise invalid("day_s", command.day_s, f"the day ends at {due_s + DAY_S}, now is {now_s}")
    return Decision((DayClosed(day_s=due_s, rows=tuple(_rows(state, due_s))),))


def _rows(state: State, day_s: int) -> Iterator[DemandDay]:
    """Every item and site with demand, or with demand that nobody could see."""
    units: dict[Key, int] = {}
    short: dict[Key, int] = {}
    for key, issued in state.issued.items():
        _add(units, key, issued.quantity + issued.short)
        _add(short, key, issued.short)
    one_off = {mark.order_id for mark in state.demand_marks.values() if mark.kind is DemandMarkKind.ONE_OFF}
    for order_id in state.orders_of_day.get(day_s, {}):
        if order_id not in one_off:
            _add_order(state, state.orders[order_id], units, short)
    _add_components(state, units)
    blind = [key for key in state.blind_issues if state.on_hand.get(key, 0) <= 0]
    for key in dict.fromkeys((*units, *blind)):
        if key in state.policies:
            yield DemandDay(
                site_id=key[0],
                item_id=key[1],
                units=units.get(key, 0),
                short=short.get(key, 0),
                censored=key in state.blind_issues and state.on_hand.get(key, 0) <= 0,
            )


def _add(sums: dict[Key, int], key: Key, units: int) -> None:
    if units:
        sums[key] = sums.get(key, 0) + units


def _add_order(state: State, order: Order, units: dict[Key, int], short: dict[Key, int]) -> None:
    """An order's lines are the demand of the site that serves it, or would have."""
    if order.status is OrderStatus.CANCELLED:
        return
    allocation = state.plan.allocations.get(order.order_id)
    site_id = _shipped_from(state, order) or (allocation.site_id if allocation else None)
    uncovered = {peg.item_id: peg.quantity for peg in _uncovered(state, order.order_id)}
    for line in order.lines:
        key = (site_id, line.item_id) if site_id else _first_site(state, line.item_id)
        if key is not None:
            _add(units, key, line.quantity)
            _add(short, key, min(line.quantity, uncovered.get(line.item_id, 0)))


def _add_components(state: State, units: dict[Key, int]) -> None:
    """What goes into an item is wanted when that item is, level by level.

    Not when a line takes it: lots are our own decision, and a stock that follows them swings more at every level.
    """
    level: dict[str, int] = {}
    for (_, item_id), wanted in units.items():
        level[item_id] = level.get(item_id, 0) + wanted
    while level:
        below: dict[str, int] = {}
        for item_id, wanted in level.items():
            item = state.items[item_id]
            if not item.components or not item.operations or not demand_counted(state, item_id):
                continue
            site_id = state.lines[state.machines[item.operations[0].machine_ids[0]].line_id].site_id
            for part in item.components:
                _add(units, (site_id, part.item_id), part.quantity * wanted)
                below[part.item_id] = below.get(part.item_id, 0) + part.quantity * wanted
        level = below


def _uncovered(state: State, order_id: str) -> list[Peg]:
    allocation = state.plan.allocations.get(order_id)
    return [peg for peg in allocation.pegs if peg.kind is PegKind.NONE] if allocation else []


def _shipped_from(state: State, order: Order) -> str | None:
    attempts = state.counters.get(f"shipments:{order.order_id}", 0)
    shipment = state.shipments.get(f"{order.order_id}/{attempts}")
    return shipment.site_id if shipment else None


def _first_site(state: State, item_id: str) -> Key | None:
    return next(((site_id, item_id) for site_id in state.sites if (site_id, item_id) in state.policies), None)


def mark_demand(state: State, command: MarkDemand, now_s: int) -> Decision:
    """Take a person's word on what was not usual."""
    item_site(state, command.site_id, command.item_id)
    days = (command.until_s - command.from_s) // DAY_S
    if command.until_s <= command.from_s or days > MARK_DAYS_MAX:
        raise invalid("until_s", command.until_s, f"after from_s {command.from_s}, at most {MARK_DAYS_MAX} days")
    if command.order_id is not None:
        order_of(state, command.order_id)
    mark = DemandMark(**{name: getattr(command, name) for name in DemandMark.model_fields})
    return Decision((DemandMarked(mark=mark),))


def revise_learning(state: State, command: ReviseLearning, now_s: int) -> Decision:
    """A new version of what is known; it must have been learned from the version in force."""
    learned_from(command.parent, state.learning_version)
    revised = LearningRevised(
        version=state.learning_version + 1,
        forecasts=command.forecasts,
        lead_times=command.lead_times,
        reason=command.reason,
    )
    return Decision((revised,))
