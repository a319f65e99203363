"""Where a vehicle's freedom begins: what it does now is committed, the rest of its day can be planned.

Promises: the stop a vehicle drives to or serves stays; goods on board stay on board; a trip that is being loaded, or
will be within the freeze time, stays as it is unless the vehicle is down or its goods are not there. Times are
re-reckoned from what was reported, never before now. Called by `routing_problem`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.domain.company import Place, Vehicle
from orchestrator.domain.duty import Rest
from orchestrator.domain.entities import VehicleLive, VehicleStatus
from orchestrator.domain.measures import service_start_s, stay_s
from orchestrator.domain.plan import Allocation, PlannedStop, Trip, VehicleRoute
from orchestrator.domain.refusals import driving_left, duty_end_s
from orchestrator.domain.state import State
from orchestrator.planning.cordons import docks_open_s
from orchestrator.planning.duty import (
    NO_RULES,
    DutyLeft,
    Stage,
    duty_left,
    rest_between_s,
    rest_s,
    rests_at_stop,
    rests_idle,
    rests_on_leg,
    stage_of,
)
from orchestrator.planning.memory import place_of
from orchestrator.planning.roads import Roads


@dataclass(frozen=True, slots=True)
class Cut:
    """A vehicle at the moment of planning.

    start: where its committed work ends, at `ready_s`; `under_way`: not idle at its depot. committed: the frozen
    stop with its times. on_board: goods after that, in planned sequence. frozen: leading trips that do not change
    (the on-board trip included when there is one). planned: all trips as planned, the on-board trip first.
    shift_end_s is later than the vehicle's own when goods on board cannot be brought in time; `overtime_s` by how
    much; `stranded`: it stands still until after its shift. drive_left_s: how long it may still drive, None = no limit,
    and at least as long as what is on board takes; who has a driving rule rests then instead. duty: what rules on rests
    and limits of the day leave; its fixed rests are in the times of `committed`.
    """

    vehicle: Vehicle
    live: VehicleLive
    route: VehicleRoute | None
    start: Place
    under_way: bool
    ready_s: int
    committed: PlannedStop | None
    on_board: tuple[str, ...]
    frozen: tuple[tuple[str, ...], ...]
    planned: tuple[tuple[str, ...], ...]
    shift_start_s: int
    shift_end_s: int
    overtime_s: int
    stranded: bool
    used: bool
    drive_left_s: int | None = None
    duty: DutyLeft = NO_RULES


def shift_of(state: State, vehicle: Vehicle, now_s: int) -> tuple[int, int]:
    """The vehicle's shift of the service day, as epoch seconds. What is after it is planned when that day begins."""
    day_s = state.day_start_s(now_s)
    return day_s + vehicle.shift_start_s, day_s + vehicle.shift_end_s


AllocationOf = Callable[[str], Allocation | None]
"""The source of an order in the plan being made."""


def cut_vehicle(
    state: State,
    vehicle_id: str,
    route: VehicleRoute | None,
    allocation_of: AllocationOf,
    now_s: int,
    freeze_s: int,
    roads: Roads,
) -> Cut:
    """Cut a vehicle's day into what is committed and what can be planned. `route`: its route so far."""
    vehicle, live = state.vehicles[vehicle_id], state.fleet[vehicle_id]
    under_way = live.status is not VehicleStatus.IDLE
    shift_start_s, shift_end_s = shift_of(state, vehicle, live.since_s if under_way else now_s)
    duty_s = duty_end_s(state.refusals, vehicle_id)
    if duty_s is not None and duty_s > shift_start_s:
        shift_end_s = min(shift_end_s, duty_s)
    stage = stage_of(state, vehicle, route, now_s) if vehicle.has_day_rules else None
    committed, start, ready_s, rests = _committed(state, vehicle, live, now_s, roads, stage)
    trips = route.trips if route is not None else ()
    if not under_way:
        ready_s = _loading_since(state, vehicle, trips, ready_s, now_s)
    on_board = _on_board(live, trips)
    planned = _planned(trips, on_board, under_way)
    frozen = _frozen(allocation_of, live, trips, planned, now_s + freeze_s, under_way)
    home_s, drive_s = _way_home(state, vehicle, start, ready_s, on_board, roads) if under_way else (0, 0)
    duty = duty_left(state, stage, rests, committed, ready_s, roads) if stage is not None else NO_RULES
    left_s = _drive_left_s(state, live, committed, ready_s, now_s) if duty.driving is None else None
    return Cut(
        vehicle=vehicle,
        live=live,
        route=route,
        start=start,
        under_way=under_way,
        ready_s=ready_s,
        committed=committed,
        on_board=on_board,
        frozen=frozen,
        planned=planned,
        shift_start_s=shift_start_s if not under_way else min(shift_start_s, ready_s),
        shift_end_s=max(shift_end_s, home_s),
        overtime_s=max(0, home_s - shift_end_s),
        stranded=under_way and (live.down_until_s or 0) >= shift_end_s,
        used=under_way or live.since_s > shift_start_s,
        drive_left_s=max(left_s, drive_s) if left_s is not None else None,
        duty=duty,
    )


Committed = tuple[PlannedStop | None, Place, int, tuple[Rest, ...]]
"""The frozen stop if there is one, where the vehicle is free, when, and the rests it has taken or takes until then."""


def _committed(
    state: State, vehicle: Vehicle, live: VehicleLive, now_s: int, roads: Roads, stage: Stage | None
) -> Committed:
    """What the vehicle does now. stage: only where rules ask for its day so far."""
    free_s = max(now_s, live.down_until_s or 0)
    depot = state.sites[vehicle.depot_id].place
    if live.status is VehicleStatus.IDLE:
        rests = rests_idle(stage) if stage is not None else ()
        free_s = max([free_s, *(rest.end_s for rest in rests)])
        return None, depot, max(free_s, docks_open_s(state, vehicle.depot_id, now_s)), rests
    if live.status is VehicleStatus.RETURNING or live.current_order_id is None:
        drive_s = roads.duration_s(live.place, depot, vehicle) + (rest_s(stage) if stage is not None else 0)
        since_s = live.since_s if live.down_until_s is None else max(live.since_s, live.down_until_s)
        return None, live.place, max(since_s, now_s - drive_s), ()
    order = state.orders[live.current_order_id]
    customer = state.customers[order.customer_id]
    arrive_s, rests = _arrival(state, vehicle, live, now_s, roads, stage)
    start_s = service_start_s(state, order, max([arrive_s, *(rest.end_s for rest in rests)]))
    serving = live.status is VehicleStatus.SERVING
    depart_s = max(start_s + stay_s(state, order, None if serving else live.place), free_s if serving else 0)
    late_s = max(0, arrive_s - order.window_end_s)
    stop = PlannedStop(order_id=order.order_id, arrive_s=arrive_s, start_s=start_s, depart_s=depart_s, late_s=late_s)
    return stop, customer.place, depart_s, rests


def _arrival(
    state: State, vehicle: Vehicle, live: VehicleLive, now_s: int, roads: Roads, stage: Stage | None
) -> tuple[int, tuple[Rest, ...]]:
    """When the vehicle is, or was, at the stop that it drives to or serves; and its rests on the way and there.

    An agent's estimate goes before the roads: it says how long the driving takes beside the rests that were planned.
    """
    planned = _planned_start_s(state, live) if stage is not None else 0
    if live.status is VehicleStatus.SERVING:
        return live.since_s, rests_at_stop(stage, planned) if stage is not None else ()
    place = state.customers[state.orders[live.current_order_id or ""].customer_id].place
    leave_s = live.since_s if live.down_until_s is None else max(live.since_s, live.down_until_s)
    there_s = roads.arrival_s(live.place, place, vehicle, leave_s)
    rests: tuple[Rest, ...] = ()
    if live.predicted_s is not None:
        resting_s = rest_between_s(stage, leave_s, live.predicted_s) if stage is not None else 0
        there_s = max(leave_s, live.predicted_s - resting_s)
    if stage is not None:
        rests, there_s = rests_on_leg(stage, leave_s, there_s - leave_s, planned)
    return max(there_s, now_s, live.down_until_s or 0), rests


def _planned_start_s(state: State, live: VehicleLive) -> int:
    """When the plan in force serves the stop that the vehicle drives to or serves; 0: it does not know it."""
    route = state.plan.routes.get(live.vehicle_id)
    stops = (stop for trip in (route.trips if route is not None else ()) for stop in trip.stops)
    return next((stop.start_s for stop in stops if stop.order_id == live.current_order_id), 0)


def _loading_since(state: State, vehicle: Vehicle, trips: tuple[Trip, ...], ready_s: int, now_s: int) -> int:
    """A trip whose loading has begun by plan is not begun again, as long as nobody says it left late."""
    if not trips or trips[0].loaded or ready_s > now_s or trips[0].load_start_s > now_s:
        return ready_s
    loading_s = state.sites[vehicle.depot_id].loading_s
    return max(trips[0].load_start_s, now_s - loading_s)


def _on_board(live: VehicleLive, trips: tuple[Trip, ...]) -> tuple[str, ...]:
    """Goods on board after the current stop, in planned sequence where the plan has them."""
    left = [order_id for order_id in live.on_board if order_id != live.current_order_id]
    if trips and trips[0].loaded:
        wanted = {stop.order_id: number for number, stop in enumerate(trips[0].stops)}
        left.sort(key=lambda order_id: wanted.get(order_id, len(wanted)))
    return tuple(left)


def _planned(trips: tuple[Trip, ...], on_board: tuple[str, ...], under_way: bool) -> tuple[tuple[str, ...], ...]:
    later = tuple(tuple(stop.order_id for stop in trip.stops) for trip in trips if not trip.loaded and trip.stops)
    return (on_board, *later) if under_way else later


def _frozen(
    allocation_of: AllocationOf,
    live: VehicleLive,
    trips: tuple[Trip, ...],
    planned: tuple[tuple[str, ...], ...],
    until_s: int,
    under_way: bool,
) -> tuple[tuple[str, ...], ...]:
    """The leading trips that no plan may change: up to the last one whose loading starts before `until_s`."""
    if live.down_until_s is not None:
        return ()
    count = 1 if under_way else 0
    for number, trip in enumerate(trip for trip in trips if not trip.loaded and trip.stops):
        if trip.load_start_s > until_s or not _goods_there(allocation_of, trip):
            break
        count = number + (2 if under_way else 1)
    return planned[:count] if count > (1 if under_way else 0) else ()


def _goods_there(allocation_of: AllocationOf, trip: Trip) -> bool:
    """Whether every order of the trip is still to be loaded, and released by its departure."""
    for stop in trip.stops:
        allocation = allocation_of(stop.order_id)
        if allocation is None or allocation.release_s > trip.depart_s:
            return False
    return True


def _drive_left_s(
    state: State, live: VehicleLive, committed: PlannedStop | None, ready_s: int, now_s: int
) -> int | None:
    """How long the driver may still drive from `ready_s` on, if the vehicle's agent has said so."""
    held = driving_left(state.refusals, live.vehicle_id)
    if held is None or held.until_s <= now_s:
        return None
    if live.status is VehicleStatus.DRIVING and committed is not None:
        since_s = max(live.since_s, held.at_s, live.down_until_s or 0)
        return max(0, held.left - max(0, committed.arrive_s - since_s))
    if live.status is VehicleStatus.RETURNING:
        return held.left + max(0, held.at_s - ready_s)  # of the way home all is counted, some is driven
    return held.left


def _way_home(
    state: State, vehicle: Vehicle, start: Place, ready_s: int, on_board: tuple[str, ...], roads: Roads
) -> tuple[int, int]:
    """(when the vehicle is back if it delivers what is on board in planned sequence, how long it drives for that)."""
    at, now_s, drive_s = start, ready_s, 0
    for order_id in on_board:
        order = state.orders[order_id]
        place = place_of(state, order_id)
        arrive_s = roads.arrival_s(at, place, vehicle, now_s)
        drive_s += arrive_s - now_s
        now_s = service_start_s(state, order, arrive_s) + stay_s(state, order, at)
        at = place
    home_s = roads.arrival_s(at, state.sites[vehicle.depot_id].place, vehicle, now_s)
    return home_s, drive_s + home_s - now_s
