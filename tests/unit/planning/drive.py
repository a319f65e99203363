"""Random days: a list of numbers becomes orders, loads, deliveries, breakdowns, counts and overrides.

Called by the property test. Each number picks something that can happen in the present state, so that no step is
wasted on refusals; what `decide` refuses anyway is left out.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from orchestrator.domain import commands as c
from orchestrator.domain.entities import (
    LockLevel,
    OrderStatus,
    OverrideKind,
    OverrideStatus,
    SupplyStatus,
    VehicleStatus,
)
from orchestrator.domain.errors import Rejection
from tests.unit.planning.world import World


def step(world: World, number: int) -> None:
    """One thing happens."""
    chance = random.Random(number)
    world.now_s += chance.choice((0, 0, 30, 300, 900))
    action = chance.choices(list(_ACTIONS), weights=list(_ACTIONS.values()))[0]
    command = action(world, chance)
    if command is None:
        return
    try:
        world.tell(command)
    except Rejection:
        return  # what cannot happen does not; the planner's own revisions are never refused
    world.plan()


def _order(world: World, chance: random.Random) -> None:
    start = chance.randint(6, 14)
    world.order(
        f"C{chance.randrange(len(world.company.customers))}",
        quantity=chance.choice((1, 5, 20, 60)),
        window=(start, start + chance.randint(1, 6)),
        priority=chance.randint(0, 9),
        item=chance.choice([item.item_id for item in world.company.items]),
    )


def _open(world: World, chance: random.Random) -> str | None:
    orders = [o for o in world.state.open_orders if world.state.orders[o].status is OrderStatus.OPEN]
    return chance.choice(orders) if orders else None


def _cancel(world: World, chance: random.Random) -> c.Command | None:
    order_id = _open(world, chance)
    return c.CancelOrder(order_id=order_id) if order_id else None


def _vehicle(world: World, chance: random.Random, *statuses: VehicleStatus) -> str | None:
    vehicles = [key for key, live in world.state.fleet.items() if live.status in statuses and live.down_until_s is None]
    return chance.choice(vehicles) if vehicles else None


def _load(world: World, chance: random.Random) -> c.Command | None:
    vehicle_id = _vehicle(world, chance, VehicleStatus.IDLE)
    route = world.state.plan.routes.get(vehicle_id or "")
    if vehicle_id is None or route is None or not route.trips:
        return None
    trip = route.trips[0]
    world.now_s = max(world.now_s, trip.depart_s)
    orders = tuple(stop.order_id for stop in trip.stops)
    return c.ReportVehicleLoaded(vehicle_id=vehicle_id, order_ids=orders, at_s=world.now_s)


def _arrive(world: World, chance: random.Random) -> c.Command | None:
    vehicle_id = _vehicle(world, chance, VehicleStatus.DRIVING)
    if vehicle_id is None:
        return None
    world.now_s += chance.randint(0, 1200)
    order_id = world.state.fleet[vehicle_id].current_order_id or ""
    return c.ReportVehicleArrived(vehicle_id=vehicle_id, order_id=order_id, at_s=world.now_s)


def _deliver(world: World, chance: random.Random) -> c.Command | None:
    vehicle_id = _vehicle(world, chance, VehicleStatus.SERVING)
    if vehicle_id is None:
        return None
    world.now_s += chance.randint(60, 600)
    live = world.state.fleet[vehicle_id]
    rest = [o for o in world.next_trip(vehicle_id) if o != live.current_order_id]
    following = rest[0] if rest else None
    order_id = live.current_order_id or ""
    if chance.random() < 0.1:
        return c.ReportDeliveryFailed(
            vehicle_id=vehicle_id, order_id=order_id, at_s=world.now_s, reason="closed", next_order_id=following
        )
    return c.ReportOrderDelivered(vehicle_id=vehicle_id, order_id=order_id, at_s=world.now_s, next_order_id=following)


def _return(world: World, chance: random.Random) -> c.Command | None:
    vehicle_id = _vehicle(world, chance, VehicleStatus.RETURNING)
    world.now_s += chance.randint(0, 900)
    return c.ReportVehicleReturned(vehicle_id=vehicle_id, at_s=world.now_s) if vehicle_id else None


def _down(world: World, chance: random.Random) -> c.Command | None:
    vehicle_id = chance.choice(list(world.state.fleet))
    until_s = world.now_s + chance.choice((600, 3600, 20_000))
    return c.ReportVehicleDown(vehicle_id=vehicle_id, at_s=world.now_s, until_s=until_s, reason="broken")


def _up(world: World, chance: random.Random) -> c.Command | None:
    down = [key for key, live in world.state.fleet.items() if live.down_until_s is not None]
    return c.ReportVehicleUp(vehicle_id=chance.choice(down), at_s=world.now_s) if down else None


def _count(world: World, chance: random.Random) -> c.Command | None:
    site_id, item_id = chance.choice(list(world.state.on_hand))
    found = max(0, world.state.on_hand[(site_id, item_id)] + chance.randint(-300, 50))
    return c.CountStock(site_id=site_id, item_id=item_id, on_hand=found, at_s=world.now_s)


def _slow(world: World, chance: random.Random) -> c.Command | None:
    if world.state.slow_areas:
        return c.ReportSlowAreaOver(area_id=next(iter(world.state.slow_areas)))
    customer = chance.choice(world.company.customers)
    return c.ReportSlowArea(
        area_id="jam",
        lat_e7=customer.place.lat_e7,
        lon_e7=customer.place.lon_e7,
        radius_m=3000,
        factor_pct=200,
        until_s=world.now_s + 3600,
    )


def _machine(world: World, chance: random.Random) -> c.Command | None:
    if not world.state.shop:
        return None
    down = [key for key, live in world.state.shop.items() if live.down_until_s is not None]
    if down:
        return c.ReportMachineUp(machine_id=down[0], at_s=world.now_s)
    machine_id = chance.choice(list(world.state.shop))
    until_s = world.now_s + chance.choice((900, 7200))
    return c.ReportMachineDown(machine_id=machine_id, at_s=world.now_s, until_s=until_s)


def _task(world: World, chance: random.Random) -> c.Command | None:
    """Finish what runs, or start what is planned next."""
    running = [live.task_id for live in world.state.shop.values() if live.task_id is not None]
    if running and chance.random() < 0.6:
        world.now_s = max(world.now_s, world.state.plan.tasks[running[0]].end_s)
        return c.ReportTaskFinished(task_id=running[0], at_s=world.now_s)
    waiting = sorted((task.start_s, key) for key, task in world.state.plan.tasks.items() if key not in running)
    if not waiting:
        return None
    task = world.state.plan.tasks[waiting[0][1]]
    world.now_s = max(world.now_s, task.start_s)
    return c.ReportTaskStarted(task_id=task.task_id, machine_id=task.machine_id, at_s=world.now_s)


def _purchase(world: World, chance: random.Random) -> c.Command | None:
    coming = [key for key, order in world.state.purchases.items() if order.status is SupplyStatus.OPEN]
    if not coming:
        return None
    purchase_id = chance.choice(coming)
    if chance.random() < 0.5:
        later_s = world.now_s + chance.randint(600, 20_000)
        return c.ReportPurchaseDelayed(purchase_order_id=purchase_id, expected_s=later_s)
    quantity = world.state.purchases[purchase_id].quantity - chance.randint(0, 5)
    return c.ReceivePurchase(purchase_order_id=purchase_id, quantity=max(0, quantity), at_s=world.now_s)


def _issue(world: World, chance: random.Random) -> c.Command:
    site_id, item_id = chance.choice(list(world.state.on_hand))
    short = chance.choice((0, 3, None))
    return c.ReportStockIssued(
        site_id=site_id, item_id=item_id, quantity=chance.randint(0, 40), short=short, at_s=world.now_s
    )


def _write_off(world: World, chance: random.Random) -> c.Command | None:
    coming = [key for key, order in world.state.purchases.items() if order.status is SupplyStatus.OPEN]
    return c.WriteOffPurchase(purchase_order_id=chance.choice(coming), by="ada") if coming else None


def _close_day(world: World, chance: random.Random) -> c.Command:
    day_s = world.state.closed_day_s + 86_400
    world.now_s = max(world.now_s, day_s + 86_400)
    return c.CloseDay(day_s=day_s)


def _release(world: World, chance: random.Random) -> c.Command | None:
    proposals = list(world.state.plan.proposals)
    return c.ReleaseReplenishment(proposal_id=chance.choice(proposals)) if proposals else None


def _override(world: World, chance: random.Random) -> c.Command | None:
    order_id = _open(world, chance)
    if order_id is None:
        return None
    world.numbers += 1
    kind = chance.choice(list(OverrideKind))
    return c.CreateOverride(
        override_id=f"X{world.numbers}",
        kind=kind,
        order_id=order_id,
        vehicle_id=None if kind is OverrideKind.LOCK else chance.choice(list(world.state.vehicles)),
        level=chance.choice(list(LockLevel)) if kind is OverrideKind.LOCK else None,
        owner="ada",
        reason="because",
    )


def _undo(world: World, chance: random.Random) -> c.Command | None:
    held = [o.override_id for o in world.state.overrides.values() if o.status is OverrideStatus.ACTIVE]
    return c.UndoOverride(override_id=chance.choice(held), by="ada") if held else None


_ACTIONS: dict[Callable[[World, random.Random], c.Command | None], int] = {
    _order: 30,
    _cancel: 4,
    _load: 8,
    _arrive: 14,
    _deliver: 16,
    _return: 6,
    _down: 3,
    _up: 4,
    _count: 3,
    _slow: 2,
    _machine: 3,
    _task: 8,
    _purchase: 4,
    _release: 4,
    _issue: 4,
    _write_off: 1,
    _close_day: 1,
    _override: 8,
    _undo: 3,
}
