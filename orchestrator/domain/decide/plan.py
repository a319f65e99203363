"""Deciding whether a plan revision may come into force.

Feasibility was checked before it came here. What is checked here is that the world has not moved on since:
a revision made for another state is refused as stale, and planning starts again from the present one.
"""

from __future__ import annotations

from orchestrator.domain.answers import Answer, Decision
from orchestrator.domain.commands import PublishRevision
from orchestrator.domain.decide.checks import alert, resolve
from orchestrator.domain.entities import OrderStatus, Severity, SupplyStatus, TaskStatus
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.domain.events import Event, PlanRevised
from orchestrator.domain.plan import NOBODY_NEEDED, PlanDelta, VehicleRoute
from orchestrator.domain.shop_floor import OPEN_MAINTENANCE
from orchestrator.domain.state import State


def publish_revision(state: State, command: PublishRevision, now_s: int) -> Decision:
    """Put a revision in force if its parent is the plan in force and its routes fit the present state."""
    head, delta = command.head, command.delta
    if head.parent != state.plan.revision or head.revision != head.parent + 1:
        raise _stale(f"revision {head.revision} was made on {head.parent}; {state.plan.revision} is in force")
    _check_routes(state, delta)
    _check_rest(state, delta)
    events: list[Event] = [PlanRevised(head=head, delta=delta)]
    events += _unplanned_alerts(state, delta, now_s)
    events += _conflict_alerts(state, delta, now_s)
    return Decision(tuple(events), Answer(version=head.revision))


def _stale(text: str) -> Rejection:
    return Rejection(Reason.PLAN_STALE, text)


def _check_routes(state: State, delta: PlanDelta) -> None:
    holder: dict[str, str] = {}
    for vehicle_id, route in delta.routes.items():
        if vehicle_id not in state.vehicles:
            raise _stale(f"vehicle {vehicle_id} is gone")
        on_board = state.fleet[vehicle_id].on_board
        if on_board and route is None:
            raise _stale(f"vehicle {vehicle_id} has goods on board and no route")
        if route is not None:
            _check_route(state, route, on_board)
            for order_id in route.order_ids():
                if holder.setdefault(order_id, vehicle_id) != vehicle_id:
                    raise _stale(f"order {order_id} is on two vehicles")
    for order_id, vehicle_id in holder.items():
        now_on = state.plan.vehicle_of.get(order_id)
        if now_on is not None and now_on != vehicle_id and now_on not in delta.routes:
            raise _stale(f"order {order_id} is on {now_on}, which the revision does not change")


def _check_rest(state: State, delta: PlanDelta) -> None:
    """Nothing is decided about orders and tasks that have ended since the revision was made."""
    for part in (delta.allocations, delta.unplanned, delta.late):
        for order_id, value in part.items():
            if value is not None and order_id not in state.open_orders:
                raise _stale(f"order {order_id} is not open any more")
    for task_id, task in delta.tasks.items():
        if task is not None and not _task_is_open(state, task_id):
            raise _stale(f"task {task_id} is over")


def _task_is_open(state: State, task_id: str) -> bool:
    if task_id in state.maintenance:
        return state.maintenance[task_id].status in OPEN_MAINTENANCE
    order_id, _, index = task_id.rpartition(":")
    order = state.production.get(order_id)
    if order is None or order.status is SupplyStatus.CANCELLED or not index.isdecimal():
        return False
    return int(index) < len(order.tasks) and order.tasks[int(index)].status is not TaskStatus.DONE


def _check_route(state: State, route: VehicleRoute, on_board: tuple[str, ...]) -> None:
    order_ids = route.order_ids()
    if len(set(order_ids)) != len(order_ids):
        raise _stale(f"an order is twice on vehicle {route.vehicle_id}")
    aboard = {stop.order_id for trip in route.trips if trip.loaded for stop in trip.stops}
    if aboard != set(on_board):
        raise _stale(f"the goods on board of vehicle {route.vehicle_id} have changed")
    for order_id in order_ids:
        order = state.orders.get(order_id)
        if order is None:
            raise _stale(f"order {order_id} does not exist")
        if order.status is not OrderStatus.OPEN and order_id not in aboard:
            raise _stale(f"order {order_id} is {order.status.value.lower()}")


def _unplanned_alerts(state: State, delta: PlanDelta, now_s: int) -> list[Event]:
    events: list[Event] = []
    for order_id, verdict in delta.unplanned.items():
        if verdict is None:
            events += resolve(state, "ORDER_UNPLANNED", order_id, "planned")
        elif verdict.code not in NOBODY_NEEDED and not _told(state, order_id):
            text = f"order {order_id} is not planned: {verdict.text}"
            events += alert(state, "ORDER_UNPLANNED", order_id, Severity.CRITICAL, text, now_s)
    return events


def _told(state: State, order_id: str) -> bool:
    before = state.plan.unplanned.get(order_id)
    return before is not None and before.code not in NOBODY_NEEDED


def _conflict_alerts(state: State, delta: PlanDelta, now_s: int) -> list[Event]:
    events: list[Event] = []
    for override_id, text in delta.conflicts.items():
        if override_id not in state.overrides and override_id not in state.schedule_overrides:
            raise _stale(f"override {override_id} does not exist")
        if text is None:
            events += resolve(state, "OVERRIDE_CONFLICT", override_id, "honoured again")
        else:
            said = f"override {override_id} cannot be honoured: {text}"
            events += alert(state, "OVERRIDE_CONFLICT", override_id, Severity.WARNING, said, now_s)
    return events
