"""The dashboard's first page in one message: indicators, map, Gantt, exceptions, ticker. Reads, never changes."""

from __future__ import annotations

from itertools import islice

from orchestrator.domain.company import Vehicle
from orchestrator.domain.entities import AlertStatus, Order, OverrideStatus, ProductionOrder, Task, TaskStatus
from orchestrator.domain.measures import order_size
from orchestrator.domain.plan import PlannedStop, VehicleRoute
from orchestrator.domain.shop_floor import Maintenance, MaintenanceStatus
from orchestrator.domain.state import State
from orchestrator.ingest.convert_plan import rest_out, revision_out, trip_out, verdict_out
from orchestrator.ingest.convert_resource import place_out
from orchestrator.ingest.convert_supply import alert_out
from orchestrator.ingest.day_book import Day
from orchestrator.ingest.desk import Desk, LivePositions
from orchestrator.ingest.fields import enum_out
from orchestrator.ingest.indicators import indicators, late_risks
from orchestrator.ingest.slices import converted
from protos.muster.common.v1 import order_pb2
from protos.muster.operator.v1 import overview_pb2 as pb
from protos.muster.operator.v1 import resource_service_pb2

AT_RISK_S = 600
VEHICLES_AT_ONCE = 15
TASKS_DONE_SHOWN_S = 12 * 3_600


async def overview(desk: Desk, day: Day, now_s: int, revision_count: int, degraded: tuple[int, str]) -> pb.Overview:
    """The first page as of `now_s`. `degraded`: level and cause."""
    state = desk.state
    risky = late_risks(state)
    company = state.company
    page = pb.Overview(
        now_s=now_s,
        seq=desk.core.applied_seq,
        revision=state.plan.revision,
        company_name=company.name if company else "",
        time_zone=company.time_zone if company else "UTC",
        day_start_s=state.day_start_s(now_s),
        indicators=indicators(state, day, now_s),
        sites=[
            pb.SiteView(site_id=s.site_id, name=s.name, kind=s.kind.value, place=place_out(s.place))
            for s in state.sites.values()
        ],
        tasks=_tasks(state, now_s),
        machines=[_machine(state, machine_id) for machine_id in state.machines],
        slow_areas=_slow_areas(state, now_s),
        alerts=[
            alert_out(a)
            for a in sorted(state.alerts.values(), key=lambda a: (-a.raised_s, a.alert_id))
            if a.status is not AlertStatus.RESOLVED
        ],
        unplanned=[verdict_out(v) for v in state.plan.unplanned.values()],
        late=[verdict_out(v) for v in state.plan.late.values()],
        revisions=[revision_out(r) for r in islice(reversed(state.revisions), revision_count)],
        degraded_level=degraded[0],
        degraded_cause=degraded[1],
        clock_held=desk.clock_control.held,
        overrides_active=sum(1 for o in state.overrides.values() if o.status is OverrideStatus.ACTIVE),
    )
    routes = dict(state.plan.routes)  # of one revision, also when the loop has other turns meanwhile

    def vehicle_view(vehicle: Vehicle) -> pb.VehicleView:
        route = routes.get(vehicle.vehicle_id)
        return _vehicle(state, vehicle, route, desk.positions, day, risky, now_s)

    page.vehicles.extend(await converted(state.vehicles.values(), vehicle_view, VEHICLES_AT_ONCE))
    return page


def _vehicle(
    state: State,
    vehicle: Vehicle,
    route: VehicleRoute | None,
    positions: LivePositions,
    day: Day,
    risky: set[str],
    now_s: int,
) -> pb.VehicleView:
    day_start_s = state.day_start_s(now_s)
    shown = pb.VehicleView(
        vehicle_id=vehicle.vehicle_id,
        name=vehicle.name,
        kind=vehicle.kind,
        shift_start_s=day_start_s + vehicle.shift_start_s,
        shift_end_s=day_start_s + vehicle.shift_end_s,
        weight_g=vehicle.weight_g,
    )
    _add_live(shown, state, vehicle, positions)
    for index, trip in enumerate(route.trips if route else ()):
        shown.trips.append(trip_out(trip))
        shown.stops.extend(_stop(state, stop, index, risky) for stop in trip.stops)
    shown.rests.extend(rest_out(rest) for rest in (route.rests if route else ()) if rest.end_s > now_s)
    for order_id, arrived_s, left_s, late_s in day.done.get(vehicle.vehicle_id, ()):
        order = state.orders.get(order_id)
        if order is not None:
            shown.done_stops.append(_done_stop(state, order, arrived_s, left_s, late_s))
    _add_way(shown, state, vehicle)
    return shown


def _add_live(shown: pb.VehicleView, state: State, vehicle: Vehicle, positions: LivePositions) -> None:
    live = state.fleet.get(vehicle.vehicle_id)
    if live is None:
        return
    shown.status = enum_out(resource_service_pb2.VehicleStatus, "VEHICLE_STATUS_", live.status.value)
    shown.load_weight_g = sum(order_size(state, state.orders[o])[0] for o in live.on_board if o in state.orders)
    if live.down_until_s is not None:
        shown.down_until_s = live.down_until_s
    place, at_s = live.place, live.since_s
    seen = positions.places.get(vehicle.vehicle_id)
    if seen is not None and seen[1] >= at_s:
        place, at_s = seen
    shown.place.CopyFrom(place_out(place))
    shown.place_at_s = at_s


def _add_way(shown: pb.VehicleView, state: State, vehicle: Vehicle) -> None:
    """From where it is, over the stops of each trip, to the depot in between and at the end."""
    depot = state.sites.get(vehicle.depot_id)
    if not shown.trips or depot is None:
        return
    home = place_out(depot.place)
    shown.route.append(shown.place if shown.HasField("place") else home)
    places = {stop.order_id: stop.place for stop in shown.stops}
    for trip in shown.trips:
        if not trip.loaded:
            shown.route.append(home)
        shown.route.extend(places[stop.order_id] for stop in trip.stops)
    shown.route.append(home)


def _stop(state: State, stop: PlannedStop, trip_index: int, risky: set[str]) -> pb.StopView:
    order = state.orders.get(stop.order_id)
    shown = pb.StopView(
        order_id=stop.order_id,
        arrive_s=stop.arrive_s,
        start_s=stop.start_s,
        depart_s=stop.depart_s,
        late_s=stop.late_s,
        trip_index=trip_index,
        locked=bool(state.override_ids_of_order.get(stop.order_id)),
        status=pb.STOP_STATUS_ON_TIME,
    )
    if order is None:
        return shown
    _add_customer(shown, state, order)
    if stop.late_s:
        shown.status = pb.STOP_STATUS_LATE
    elif stop.order_id in risky or order.window_end_s - stop.arrive_s < AT_RISK_S:
        shown.status = pb.STOP_STATUS_AT_RISK
    return shown


def _done_stop(state: State, order: Order, arrived_s: int, left_s: int, late_s: int) -> pb.StopView:
    shown = pb.StopView(
        order_id=order.order_id,
        arrive_s=arrived_s,
        start_s=arrived_s,
        depart_s=left_s,
        late_s=late_s,
        status=pb.STOP_STATUS_DONE,
    )
    _add_customer(shown, state, order)
    return shown


def _add_customer(shown: pb.StopView, state: State, order: Order) -> None:
    shown.customer_id = order.customer_id
    shown.window_start_s, shown.window_end_s = order.window_start_s, order.window_end_s
    customer = state.customers.get(order.customer_id)
    if customer is not None:
        shown.customer_name = customer.name
        shown.place.CopyFrom(place_out(customer.place))


def _tasks(state: State, now_s: int) -> list[pb.TaskView]:
    """Done and running tasks as executed, waiting ones as planned; those done long ago are left out."""
    shown = []
    for order in state.production.values():
        for task in order.tasks:
            view = _task(state, order, task)
            if view is not None and not (task.status is TaskStatus.DONE and view.end_s < now_s - TASKS_DONE_SHOWN_S):
                shown.append(view)
    return shown + [view for one in state.maintenance.values() if (view := _maintenance(state, one, now_s))]


def _maintenance(state: State, one: Maintenance, now_s: int) -> pb.TaskView | None:
    planned = state.plan.tasks.get(one.maintenance_id)
    start_s = one.start_s if one.start_s is not None else planned.start_s if planned else None
    end_s = one.end_s if one.end_s is not None else planned.end_s if planned else None
    if start_s is None or end_s is None or one.status is MaintenanceStatus.CANCELLED:
        return None
    if one.status is MaintenanceStatus.DONE and end_s < now_s - TASKS_DONE_SHOWN_S:
        return None
    return pb.TaskView(
        task_id=one.maintenance_id,
        machine_id=one.machine_id,
        start_s=start_s,
        end_s=end_s,
        status=one.status.value,
        maintenance=True,
    )


def _task(state: State, order: ProductionOrder, task: Task) -> pb.TaskView | None:
    planned = state.plan.tasks.get(task.task_id)
    machine_id = task.machine_id or (planned.machine_id if planned else None)
    start_s = task.start_s if task.start_s is not None else planned.start_s if planned else None
    end_s = task.end_s if task.end_s is not None else planned.end_s if planned else None
    if machine_id is None or start_s is None or end_s is None:
        return None
    return pb.TaskView(
        task_id=task.task_id,
        production_order_id=order.production_order_id,
        item_id=order.item_id,
        machine_id=machine_id,
        start_s=start_s,
        end_s=end_s,
        status=task.status.value,
        due_s=order.due_s,
        tardy=end_s > order.due_s,
        held=planned.held if planned else (),
        overtime=planned.overtime if planned else False,
        lot_quantity=task.quantity or 0,
    )


def _machine(state: State, machine_id: str) -> pb.MachineView:
    machine, live = state.machines[machine_id], state.shop.get(machine_id)
    waiting = (one for one in state.maintenance.values() if one.status is MaintenanceStatus.WAITING)
    worst = next((one.risk[-1] for one in waiting if one.machine_id == machine_id), None)
    return pb.MachineView(
        machine_id=machine_id,
        name=machine.name,
        line_id=machine.line_id,
        down_until_s=live.down_until_s if live else None,
        task_id=(live.task_id if live else None) or "",
        failed_per_mille=worst.failed_per_mille if worst else 0,
        risk_by_s=worst.at_s if worst else 0,
    )


def _slow_areas(state: State, now_s: int) -> list[pb.SlowAreaView]:
    return [
        pb.SlowAreaView(
            area_id=area.area_id,
            center=order_pb2.Place(lat_e7=area.lat_e7, lon_e7=area.lon_e7),
            radius_m=area.radius_m,
            factor_pct=area.factor_pct,
            until_s=area.until_s,
        )
        for area in state.slow_areas.values()
        if area.until_s > now_s
    ]
