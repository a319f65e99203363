"""What must hold after every published revision, looked at without the code that planned it.

Called by the property test and by others that want to be sure.
"""

from __future__ import annotations

from orchestrator.domain.entities import OrderStatus, OverrideStatus, VehicleStatus
from orchestrator.domain.plan import PegKind, Trip
from orchestrator.domain.state import State
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.memory import Memory
from orchestrator.planning.override import honoured
from orchestrator.planning.plan_once import DEFAULT_SETTINGS, begin


def check_plan(state: State, memory: Memory, now_s: int) -> None:
    """Assert every invariant of the plan in force."""
    _every_order_once(state)
    _goods_on_board(state)
    _trips_possible(state)
    _stock_promised_once(state)
    _overrides(state, memory, now_s)
    _indexes(state, memory)
    assert state.plan.kpis.unplanned_orders >= 0


def _every_order_once(state: State) -> None:
    seen: dict[str, str] = {}
    for vehicle_id, route in state.plan.routes.items():
        for order_id in route.order_ids():
            assert order_id not in seen, f"{order_id} is on {seen[order_id]} and {vehicle_id}"
            seen[order_id] = vehicle_id
    assert seen == state.plan.vehicle_of
    for order_id in state.open_orders:
        if state.orders[order_id].status is OrderStatus.OPEN:
            verdict = state.plan.unplanned.get(order_id)
            assert (order_id in seen) != (verdict is not None), f"{order_id}: {seen.get(order_id)} and {verdict}"
    for order_id in state.plan.unplanned:
        assert order_id in state.open_orders


def _goods_on_board(state: State) -> None:
    for vehicle_id, live in state.fleet.items():
        if not live.on_board:
            continue
        first = state.plan.routes[vehicle_id].trips[0]
        assert first.loaded
        assert {stop.order_id for stop in first.stops} == set(live.on_board)
        if live.status in (VehicleStatus.DRIVING, VehicleStatus.SERVING):
            assert first.stops[0].order_id == live.current_order_id


def _trips_possible(state: State) -> None:
    for vehicle_id, route in state.plan.routes.items():
        vehicle = state.vehicles[vehicle_id]
        free_s = 0
        for number, trip in enumerate(route.trips):
            assert not (trip.loaded and number), "only the first trip is on board"
            assert trip.load_start_s >= free_s or trip.loaded
            free_s = trip.return_s
            _trip_possible(state, trip, vehicle.weight_g)


def _trip_possible(state: State, trip: Trip, weight_g: int) -> None:
    now_s = trip.depart_s
    load_g = 0
    for stop in trip.stops:
        order = state.orders[stop.order_id]
        assert stop.arrive_s >= now_s or trip.loaded
        assert stop.start_s >= max(stop.arrive_s, order.window_start_s)
        assert stop.late_s == max(0, stop.arrive_s - order.window_end_s)
        now_s = stop.depart_s
        load_g += sum(state.items[line.item_id].weight_g * line.quantity for line in order.lines)
        if not trip.loaded:
            assert trip.depart_s >= state.plan.allocations[stop.order_id].release_s
    assert trip.loaded or load_g <= weight_g


def _stock_promised_once(state: State) -> None:
    promised: dict[tuple[str, str], int] = {}
    for order_id, allocation in state.plan.allocations.items():
        if state.orders[order_id].status is not OrderStatus.OPEN:
            continue
        for peg in allocation.pegs:
            if peg.kind is PegKind.STOCK:
                key = (allocation.site_id, peg.item_id)
                promised[key] = promised.get(key, 0) + peg.quantity
    for key, units in promised.items():
        assert units <= max(0, state.on_hand.get(key, 0)), f"{key}: {units} promised of {state.on_hand.get(key, 0)}"


def _overrides(state: State, memory: Memory, now_s: int) -> None:
    work = begin(state, Dirty(), now_s, DEFAULT_SETTINGS, memory)
    for override in state.overrides.values():
        if override.status is OverrideStatus.ACTIVE and override.order_id in state.open_orders:
            kept = honoured(work, override)
            assert kept or override.conflict, f"{override.override_id} is lost silently"


def _indexes(state: State, memory: Memory) -> None:
    """The memory that followed the events says what one made from the state says."""
    fresh = Memory()
    fresh.rebuild(state)
    for name in ("stock_pegs", "supply_pegs", "waiting", "inbound", "idle_of"):
        assert _filled(getattr(memory, name)) == _filled(getattr(fresh, name)), name
    assert memory.planned_on == fresh.planned_on
    assert memory.under_way == fresh.under_way
    assert sorted(memory.received) == sorted(fresh.received)
    assert set(memory.producing) == set(fresh.producing)
    assert (memory.cost_cents, memory.distance_m) == (fresh.cost_cents, fresh.distance_m)
    assert {k: len(g) for k, g in memory.stops.items() if len(g)} == {k: len(g) for k, g in fresh.stops.items()}


def _filled(index: dict[object, dict[str, object]]) -> dict[object, dict[str, object]]:
    return {key: held for key, held in index.items() if held}
