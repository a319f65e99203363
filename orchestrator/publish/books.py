"""What each agent must know, read from the state: the books of `agents.messages`, whole or in part. Pure.

Every value is absolute, so a book may be newer than the record it is sent for and still be right. Called by
`agent_feed`, on the core's loop between two folds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agents.messages import (
    AgentKind,
    AgentRef,
    Book,
    Inbound,
    Leg,
    LineBook,
    MachineBook,
    Pick,
    Purchase,
    SupplierBook,
    TaskBook,
    VehicleBook,
    WarehouseBook,
    WearBook,
)
from orchestrator.domain.duty import DRIVING_LIMITS, DrivingLimit
from orchestrator.domain.entities import AlertStatus, OrderStatus, SupplyStatus, VehicleLive, VehicleStatus
from orchestrator.domain.measures import waits_for
from orchestrator.domain.plan import PlannedStop, Trip, VehicleRoute
from orchestrator.domain.refusals import docks_short, driving_left, duty_end_s
from orchestrator.domain.state import State
from orchestrator.planning.speeds import HOUR_S, speeds_of
from orchestrator.planning.wear import wear_book
from orchestrator.publish.alerts import STOCK_RISK, TASK_LATE, VEHICLE_DETOUR, VEHICLE_STALLED, stock_subject

HOURS_MAX = 48
OPEN_SUPPLY = (SupplyStatus.OPEN, SupplyStatus.STARTED)


def agent_refs(state: State) -> list[AgentRef]:
    """Every agent there is: one for each vehicle, site, line and supplier."""
    return [
        *(AgentRef(AgentKind.VEHICLE, vehicle_id) for vehicle_id in state.vehicles),
        *(AgentRef(AgentKind.WAREHOUSE, site_id) for site_id in state.sites),
        *(AgentRef(AgentKind.PRODUCTION_LINE, line_id) for line_id in state.lines),
        *(AgentRef(AgentKind.SUPPLIER, supplier_id) for supplier_id in state.suppliers),
    ]


def agent_states(state: State, agents: Iterable[AgentRef] | None = None) -> list[tuple[AgentRef, Book]]:
    """What these agents (None: all) know as of the log, in full; agents that are no more are left out."""
    known = agent_refs(state)
    asked = set(known) if agents is None else set(agents)
    wanted = [agent for agent in known if agent in asked]
    warehouses = any(agent.kind is AgentKind.WAREHOUSE for agent in wanted)
    picks = _picks_by_site(state) if warehouses else {}
    inbound = _inbound_by_site(state) if warehouses else {}
    return [(agent, _full(state, agent, picks, inbound)) for agent in wanted]


def _full(
    state: State, agent: AgentRef, picks: dict[str, dict[str, Pick]], inbound: dict[str, dict[str, Inbound]]
) -> Book:
    match agent.kind:
        case AgentKind.VEHICLE:
            return vehicle_book(state, agent.id)
        case AgentKind.WAREHOUSE:
            return _full_warehouse(state, agent.id, picks.get(agent.id, {}), inbound.get(agent.id, {}))
        case AgentKind.PRODUCTION_LINE:
            return _full_line(state, agent.id)
        case AgentKind.SUPPLIER:
            return _full_supplier(state, agent.id)


# --- vehicles ----------------------------------------------------------------------------------------------------


def vehicle_book(state: State, vehicle_id: str) -> VehicleBook:
    """A vehicle's present drive; the arrival is the one last predicted, if any, else the plan's."""
    live, route = state.fleet[vehicle_id], state.plan.routes.get(vehicle_id)
    limit = DRIVING_LIMITS.get(state.vehicles[vehicle_id].driving_rule)
    left = driving_left(state.refusals, vehicle_id)
    leg = _leg(state, vehicle_id)
    return VehicleBook(
        moving=live.status in (VehicleStatus.DRIVING, VehicleStatus.RETURNING),
        leg=leg,
        down_until_s=live.down_until_s,
        stalled_told=_told(state, VEHICLE_STALLED, vehicle_id),
        since_s=live.since_s,
        back_s=route.trips[-1].return_s if route is not None and route.trips else 0,
        duty_end_s=duty_end_s(state.refusals, vehicle_id),
        detour_told=_told(state, VEHICLE_DETOUR, vehicle_id),
        drive_s=_drive_s(route, limit) if route is not None else 0,
        drive_left_s=left.left if left is not None else None,
        rests=_rests(live, route, leg),
    )


def _drive_s(route: VehicleRoute, limit: DrivingLimit | None) -> int:
    """Driving planned behind the stop that the vehicle drives to or serves; a way home that has begun is left out.

    Up to the rest that gives the driver new driving time, where a rule on driving times has one planned.
    """
    drive_s, before_s = 0, None
    full = [rest for rest in route.rests if limit is not None and rest.end_s - rest.start_s >= limit.rest_s]
    for left_s, there_s in _legs(route):
        if limit is not None and limit.pauses_count and before_s is not None and left_s - before_s >= limit.rest_s:
            break
        until_s = min([there_s, *(rest.start_s for rest in full if rest.start_s >= (before_s or left_s))])
        rests = (min(rest.end_s, until_s) - max(rest.start_s, left_s) for rest in route.rests)
        drive_s += max(0, until_s - left_s - sum(rest_s for rest_s in rests if rest_s > 0))
        if until_s < there_s:
            break
        before_s = there_s
    return drive_s


def _legs(route: VehicleRoute) -> Iterator[tuple[int, int]]:
    """(left, there) of the legs behind the present one."""
    for trip in route.trips:
        left_s, stops = trip.depart_s, trip.stops
        if trip.loaded:
            if not stops:
                continue
            left_s, stops = stops[0].depart_s, stops[1:]
        for stop in stops:
            yield left_s, max(left_s, stop.arrive_s)
            left_s = stop.depart_s
        yield left_s, max(left_s, trip.return_s)


def _leg(state: State, vehicle_id: str) -> Leg | None:
    live = state.fleet[vehicle_id]
    order_id = live.current_order_id
    if live.status is not VehicleStatus.DRIVING or order_id is None:
        return None
    planned = _planned_stop(state, order_id)
    arrive_s = live.predicted_s or (planned.arrive_s if planned else None)
    if arrive_s is None:
        return None
    place = state.customers[state.orders[order_id].customer_id].place
    return Leg(
        order_id=order_id,
        from_lat_e7=live.place.lat_e7,
        from_lon_e7=live.place.lon_e7,
        depart_s=live.since_s,
        to_lat_e7=place.lat_e7,
        to_lon_e7=place.lon_e7,
        arrive_s=arrive_s,
        traffic=_traffic(state, live.since_s, arrive_s),
    )


def _rests(live: VehicleLive, route: VehicleRoute | None, leg: Leg | None) -> tuple[tuple[int, int], ...]:
    """Those on the present drive: to a stop, or home."""
    if route is None or not route.rests or live.status not in (VehicleStatus.DRIVING, VehicleStatus.RETURNING):
        return ()
    back_s = next((trip.return_s for trip in route.trips if trip.loaded), live.since_s)
    until_s = leg.arrive_s if leg is not None else back_s
    return tuple((one.start_s, one.end_s) for one in route.rests if one.start_s < until_s and one.end_s > live.since_s)


def _traffic(state: State, depart_s: int, arrive_s: int) -> tuple[tuple[int, int], ...]:
    """How the hours of a leg, and the two after it, differ as learned."""
    if state.speeds is None:
        return ()
    speeds = speeds_of(state.speeds)
    day_s = state.day_start_s(depart_s)
    hours = range((depart_s - day_s) // HOUR_S, min(HOURS_MAX, (arrive_s - day_s) // HOUR_S + 2) + 1)
    return tuple((day_s + hour * HOUR_S, speeds.factors.hour_permille(hour)) for hour in hours)


def _planned(state: State, order_id: str) -> tuple[Trip, PlannedStop] | None:
    route = state.plan.routes.get(state.plan.vehicle_of.get(order_id, ""))
    for trip in route.trips if route else ():
        for stop in trip.stops:
            if stop.order_id == order_id:
                return trip, stop
    return None


def _planned_stop(state: State, order_id: str) -> PlannedStop | None:
    found = _planned(state, order_id)
    return found[1] if found else None


# --- warehouses --------------------------------------------------------------------------------------------------


def pick_of(state: State, order_id: str) -> tuple[str, Pick] | None:
    """(site, pick) of an order that is planned and not loaded yet."""
    order = state.orders.get(order_id)
    allocation = state.plan.allocations.get(order_id)
    found = _planned(state, order_id)
    if order is None or order.status is not OrderStatus.OPEN or allocation is None or found is None or found[0].loaded:
        return None
    lines = tuple((line.item_id, line.quantity) for line in order.lines)
    trip, vehicle_id = found[0], state.plan.vehicle_of[order_id]
    return allocation.site_id, Pick(trip.depart_s, lines, trip.load_start_s, vehicle_id)


def inbound_of(state: State, supply_id: str) -> tuple[str, Inbound | None] | None:
    """(site, goods on their way) of a supply order; the goods are None when none will come any more."""
    purchase = state.purchases.get(supply_id)
    if purchase is not None:
        coming = Inbound(purchase.item_id, purchase.quantity, purchase.expected_s)
        return purchase.site_id, coming if purchase.status in OPEN_SUPPLY else None
    production = state.production.get(supply_id)
    item = state.items.get(production.item_id) if production is not None else None
    line = state.lines.get(item.line_id or "") if item is not None else None
    if production is None or line is None:
        return None
    ends = [task.end_s for row in production.tasks if (task := state.plan.tasks.get(row.task_id)) is not None]
    if production.status not in OPEN_SUPPLY or not ends:
        return line.output_site_id, None
    return line.output_site_id, Inbound(production.item_id, production.quantity, max(ends))


def warehouse_part(
    state: State, site_id: str, items: Iterable[str], picks: dict[str, Pick | None], supplies: Iterable[str]
) -> WarehouseBook:
    """The part of a site's book that concerns these items, picks and supply orders."""
    inbound = {supply_id: found[1] for supply_id in supplies if (found := inbound_of(state, supply_id)) is not None}
    on_hand = {item_id: state.on_hand.get((site_id, item_id), 0) for item_id in items}
    return WarehouseBook(on_hand=on_hand, picks=picks, inbound=inbound)


def _full_warehouse(state: State, site_id: str, picks: dict[str, Pick], inbound: dict[str, Inbound]) -> WarehouseBook:
    on_hand = {item_id: quantity for (site, item_id), quantity in state.on_hand.items() if site == site_id}
    told = tuple(item_id for item_id in on_hand if _told(state, STOCK_RISK, stock_subject(site_id, item_id)))
    short = docks_short(state.refusals, site_id)
    return WarehouseBook(
        on_hand=on_hand,
        picks=picks,
        inbound=inbound,
        risk_told=told,
        docks=state.sites[site_id].docks,
        docks_told=(short.left, short.until_s) if short is not None else None,
    )


def _picks_by_site(state: State) -> dict[str, dict[str, Pick]]:
    by_site: dict[str, dict[str, Pick]] = {}
    for order_id in state.open_orders:
        if (found := pick_of(state, order_id)) is not None:
            by_site.setdefault(found[0], {})[order_id] = found[1]
    return by_site


def _inbound_by_site(state: State) -> dict[str, dict[str, Inbound]]:
    by_site: dict[str, dict[str, Inbound]] = {}
    for supply_id in [*state.purchases, *state.production]:
        found = inbound_of(state, supply_id)
        if found is not None and found[1] is not None:
            by_site.setdefault(found[0], {})[supply_id] = found[1]
    return by_site


# --- lines -------------------------------------------------------------------------------------------------------


def line_part(state: State, machines: Iterable[str], tasks: Iterable[str]) -> LineBook:
    """The part of a line's book that concerns these machines and tasks."""
    return LineBook(
        machines={machine_id: _machine(state, machine_id) for machine_id in machines},
        tasks={task_id: _task(state, task_id) for task_id in tasks},
    )


def _machine(state: State, machine_id: str) -> MachineBook | None:
    live = state.shop.get(machine_id)
    return None if live is None else MachineBook(live.task_id or "", live.down_until_s, _wear(state, machine_id))


def _wear(state: State, machine_id: str) -> WearBook | None:
    """How it wears, as learned so far, and what its present life has seen; nothing for what costs nothing."""
    machine = state.machines.get(machine_id)
    return None if machine is None or machine.failure_cents <= machine.maintenance_cents else wear_book(state, machine)


def _task(state: State, task_id: str) -> TaskBook | None:
    planned = state.plan.tasks.get(task_id)
    if planned is None:
        return None
    order = state.production.get(planned.production_order_id or "")
    task = next((one for one in order.tasks if one.task_id == task_id), None) if order is not None else None
    before = tuple(one.task_id for one in waits_for(order, task)) if order is not None and task is not None else ()
    return TaskBook(planned.machine_id, planned.start_s, planned.end_s, before)


def _full_line(state: State, line_id: str) -> LineBook:
    machines = {machine_id for machine_id, machine in state.machines.items() if machine.line_id == line_id}
    tasks = [task_id for task_id, task in state.plan.tasks.items() if task.machine_id in machines]
    book = line_part(state, sorted(machines), tasks)
    told = tuple(task_id for task_id in tasks if _told(state, TASK_LATE, task_id))
    return LineBook(book.machines, book.tasks, told)


# --- suppliers ---------------------------------------------------------------------------------------------------


def purchase_of(state: State, purchase_order_id: str) -> tuple[str, Purchase | None] | None:
    """(supplier, purchase order) as its supplier's agent knows it; None when it was cancelled."""
    order = state.purchases.get(purchase_order_id)
    if order is None:
        return None
    if order.status is SupplyStatus.CANCELLED:
        return order.supplier_id, None
    return order.supplier_id, Purchase(order.placed_s, order.expected_s, order.received_s)


def _full_supplier(state: State, supplier_id: str) -> SupplierBook:
    purchases: dict[str, Purchase | None] = {}
    for order in state.purchases.values():
        if order.supplier_id == supplier_id and order.status in OPEN_SUPPLY:
            purchases[order.purchase_order_id] = Purchase(order.placed_s, order.expected_s)
    return SupplierBook(purchases, state.suppliers[supplier_id].lead_time_sd_s)


def _told(state: State, kind: str, subject: str) -> bool:
    alert = state.alerts.get(f"{kind}:{subject}")
    return alert is not None and alert.status is not AlertStatus.RESOLVED
