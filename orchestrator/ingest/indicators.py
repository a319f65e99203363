"""The indicators of the first page, each with the counts behind it. Pure: state and day book in, numbers out."""

from __future__ import annotations

from orchestrator.domain.entities import OrderStatus, VehicleStatus
from orchestrator.domain.state import DAY_S, State
from orchestrator.ingest.day_book import Day
from orchestrator.ingest.stock_view import stock_positions
from protos.muster.operator.v1 import overview_pb2 as pb

CHURN_S = 3_600
#: Kinds of planning's changes that move an order which already had a place.
MOVES = frozenset({"ORDER_MOVED", "ORDER_RESEQUENCED", "ORDER_RETIMED"})


def indicators(state: State, day: Day, now_s: int) -> pb.Indicators:
    """All indicators as of `now_s` on the company clock."""
    day_start_s = state.day_start_s(now_s)
    plan = state.plan
    unplanned = sum(1 for order_id in plan.unplanned if order_id in state.open_orders)
    cost_cents = day.cost_milli_cents // 1_000
    return pb.Indicators(
        on_time=pb.Ratio(count=day.delivered - len(day.late), of=day.delivered),
        in_full=_in_full(state, day_start_s, now_s),
        late_risk=pb.Ratio(count=len(late_risks(state)), of=len(state.open_orders)),
        cost_per_drop_cents=cost_cents // day.delivered if day.delivered else 0,
        cost_cents=cost_cents,
        drops=day.delivered,
        vehicle_utilization=_vehicles(state, day_start_s, now_s),
        machine_utilization=_machines(state, now_s),
        stock_out_risk=_stock(state),
        churn=_churn(state, now_s),
        open_orders=len(state.open_orders),
        planned_orders=len(plan.vehicle_of),
        unplanned_orders=unplanned,
        late_orders=len(plan.late),
    )


def late_risks(state: State) -> set[str]:
    """Open orders that are planned late, or that their vehicle predicts to reach late."""
    found = {order_id for order_id in state.plan.late if order_id in state.open_orders}
    for live in state.fleet.values():
        order = state.orders.get(live.current_order_id or "")
        if order is not None and live.predicted_s is not None and live.predicted_s > order.window_end_s:
            found.add(order.order_id)
    return found


def _in_full(state: State, day_start_s: int, now_s: int) -> pb.Ratio:
    """Orders are delivered whole or not at all, so in full = delivered of those due by now."""
    due = [
        order
        for order in state.orders.values()
        if day_start_s <= order.window_end_s <= min(now_s, day_start_s + DAY_S)
        and order.status is not OrderStatus.CANCELLED
    ]
    return pb.Ratio(count=sum(1 for order in due if order.status is OrderStatus.DELIVERED), of=len(due))


def _vehicles(state: State, day_start_s: int, now_s: int) -> pb.Ratio:
    day_s = now_s - day_start_s
    in_shift = [v for v in state.vehicles.values() if v.shift_start_s <= day_s < v.shift_end_s]
    lives = [state.fleet[v.vehicle_id] for v in in_shift if v.vehicle_id in state.fleet]
    return pb.Ratio(count=sum(1 for live in lives if live.status is not VehicleStatus.IDLE), of=len(in_shift))


def _machines(state: State, now_s: int) -> pb.Ratio:
    up = [live for live in state.shop.values() if live.down_until_s is None or live.down_until_s <= now_s]
    return pb.Ratio(count=sum(1 for live in up if live.task_id), of=len(up))


def _stock(state: State) -> pb.Ratio:
    positions = stock_positions(state)
    return pb.Ratio(count=sum(1 for position in positions if position.at_risk), of=len(positions))


def _churn(state: State, now_s: int) -> pb.Ratio:
    """Orders that had a place and were given another vehicle or time within the last hour, each counted once."""
    moved: set[str] = set()
    for record in reversed(state.revisions):
        if record.at_s < now_s - CHURN_S:
            break
        moved.update(change.subject for change in record.head.changes if change.kind in MOVES)
    return pb.Ratio(count=sum(1 for order_id in moved if order_id in state.orders), of=len(state.plan.vehicle_of))
