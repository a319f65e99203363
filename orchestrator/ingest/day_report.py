"""The figures of a service day, as the demo prints them at its end. Reads state and day book, changes nothing."""

from __future__ import annotations

from collections import Counter

from orchestrator.domain.entities import Order, OrderStatus, SupplyStatus
from orchestrator.domain.plan import PegKind
from orchestrator.domain.state import DAY_S, State
from orchestrator.ingest.day_book import Day, DayBook
from orchestrator.ingest.desk import Desk
from orchestrator.ingest.timings import timing_of
from protos.muster.operator.v1 import admin_service_pb2 as pb


def day_report(desk: Desk, book: DayBook, day_s: int) -> pb.DayReport:
    """The report of the service day that `day_s` lies in. An order belongs to the day in which its window ends."""
    state = desk.state
    start_s = state.day_start_s(day_s)
    day = book.day(start_s)
    orders = [order for order in state.orders.values() if start_s <= order.window_end_s < start_s + DAY_S]
    unplanned = Counter(
        state.plan.unplanned[order.order_id].code for order in orders if order.order_id in state.plan.unplanned
    )
    counters = desk.counters()
    return pb.DayReport(
        day_start_s=start_s,
        orders=_counts(state, day, orders),
        unplanned_reasons=dict(unplanned),
        revisions=day.revisions,
        revisions_by_cause=dict(day.by_cause),
        event_to_plan=timing_of(desk.timings()),
        distance_m=day.distance_m,
        cost_cents=day.cost_milli_cents // 1_000,
        stock_outs=_stock_outs(state, orders),
        tardiness_s=_tardiness_s(state, start_s),
        checker_rejections=counters.get("checker_rejections", 0),
        agent_restarts=counters.get("agent_restarts", 0),
        disruptions=[
            pb.Disruption(kind=d.kind, at_s=d.at_s, event_seq=d.seq, subject=d.subject, revision=d.revision)
            for d in day.disruptions.values()
        ],
        last_seq=desk.core.durable_seq,
    )


def _counts(state: State, day: Day, orders: list[Order]) -> pb.OrderCounts:
    by_status = Counter(order.status for order in orders)
    delivered = by_status[OrderStatus.DELIVERED]
    late = sum(1 for order in orders if order.status is OrderStatus.DELIVERED and order.order_id in day.late)
    open_ids = [order.order_id for order in orders if order.status in (OrderStatus.OPEN, OrderStatus.LOADED)]
    return pb.OrderCounts(
        received=len(orders),
        delivered=delivered,
        on_time=delivered - late,
        late=late,
        unplanned=sum(1 for order_id in open_ids if order_id in state.plan.unplanned),
        cancelled=by_status[OrderStatus.CANCELLED],
        failed=by_status[OrderStatus.FAILED],
        open=len(open_ids),
    )


def _stock_outs(state: State, orders: list[Order]) -> int:
    """Lines of open orders that are pegged to nothing."""
    allocations = (state.plan.allocations.get(order.order_id) for order in orders if order.status is OrderStatus.OPEN)
    return sum(1 for a in allocations if a is not None for peg in a.pegs if peg.kind is PegKind.NONE)


def _tardiness_s(state: State, start_s: int) -> int:
    """Of production orders finished that day after they were due, and of the plan for the rest."""
    done = (
        order.done_s - order.due_s
        for order in state.production.values()
        if order.status is SupplyStatus.DONE and order.done_s is not None and start_s <= order.done_s < start_s + DAY_S
    )
    return sum(late_s for late_s in done if late_s > 0) + state.plan.kpis.tardiness_s
