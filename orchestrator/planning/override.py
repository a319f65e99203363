"""Keeping people's overrides: which a plan honours, which must give way, and what they conflict with.

Promises: an override is relaxed only when no plan of its neighbourhood keeps it, and then its conflict names the
smallest set of overrides, or the rule, that it clashes with. A FORBID is never relaxed. Called by `route`.
"""

from __future__ import annotations

from collections.abc import Collection

from orchestrator.domain.entities import LockLevel, Override, OverrideKind
from orchestrator.domain.measures import clock_time
from orchestrator.domain.plan import VehicleRoute
from orchestrator.planning.memory import place_of
from orchestrator.planning.route_solve import Solved, insert
from orchestrator.planning.routing_problem import build
from orchestrator.planning.stops import can_be_served
from orchestrator.planning.verdict import CODES, DAY_RULES, why_unplanned
from orchestrator.planning.wishes import HOLD_S, active_overrides, bound_to
from orchestrator.planning.working import Working
from solvers.routing.check import Rule

NOT_PLANNED = "the order is not planned"


def to_relax(work: Working, solved: Solved) -> frozenset[str]:
    """Overrides that kept a stop out of the plan, or whose lock was broken: all that bind those orders to something."""
    if not work.state.override_ids_of_order:
        return frozenset()
    missed = {entry.stop_id for entry in solved.plan.unplanned}
    broken = {v.vehicle_id for v in solved.report.violations if v.rule is Rule.LOCK_BROKEN}
    found = [o for order_id in missed for o in _binding(work, order_id)]
    for vehicle_id in broken:
        found += _locks_on(work, solved, vehicle_id)
    return frozenset(override.override_id for override in found)


def _binding(work: Working, order_id: str) -> list[Override]:
    return [
        override
        for override in active_overrides(work.state, order_id)
        if override.kind is not OverrideKind.FORBID and override.override_id not in work.relaxed
    ]


def _locks_on(work: Working, solved: Solved, vehicle_id: str) -> list[Override]:
    """The newest lock on the vehicle: it gives way first."""
    locks = [
        override
        for trip in solved.job.start.get(vehicle_id, ())
        for order_id in trip
        for override in _binding(work, order_id)
        if override.kind is OverrideKind.LOCK
    ]
    return sorted(locks, key=lambda o: (o.created_s, o.override_id))[-1:]


def settle(work: Working) -> None:
    """Note the conflicts of overrides that this pass could have honoured and did not; take back those that are over."""
    if not work.state.override_ids_of_order:
        return
    for order_id in work.state.override_ids_of_order:
        for override in active_overrides(work.state, order_id):
            if honoured(work, override):
                if override.conflict:
                    work.conflicts[override.override_id] = None
            elif not override.conflict or _concerned(work, override):
                text = _conflict(work, override)[:1000]
                if text != override.conflict:
                    work.conflicts[override.override_id] = text


def _concerned(work: Working, override: Override) -> bool:
    """Whether the pass looked at the override's order or vehicle."""
    vehicles = (bound_to(override), override.held_vehicle_id, work.vehicle_of(override.order_id))
    return override.order_id in work.touched_orders or any(vehicle_id in work.routes for vehicle_id in vehicles)


def honoured(work: Working, override: Override) -> bool:
    """Whether the plan in the making does what the override asks."""
    vehicle_id = _vehicle_in_plan(work, override.order_id)
    if override.kind is OverrideKind.FORBID:
        return vehicle_id != override.vehicle_id
    if vehicle_id is None:
        return False
    if override.kind is OverrideKind.ASSIGN:
        return vehicle_id == override.vehicle_id
    return _lock_kept(work, override, vehicle_id)


def _lock_kept(work: Working, override: Override, vehicle_id: str) -> bool:
    route = work.route(vehicle_id)
    if route is None:
        return False
    predecessor, start_s = _place_in(route, override.order_id)
    in_time = override.held_start_s is None or abs(start_s - override.held_start_s) <= HOLD_S
    if override.level is LockLevel.TIMES:
        return in_time
    behind = predecessor == override.held_predecessor_id or override.held_predecessor_id not in route.order_ids()
    in_place = vehicle_id == override.held_vehicle_id and behind
    return in_place and (in_time or override.level is LockLevel.SEQUENCE)


def _vehicle_in_plan(work: Working, order_id: str) -> str | None:
    """The vehicle that has the order in the plan in the making."""
    for vehicle_id, route in work.routes.items():
        if route is not None and order_id in route.order_ids():
            return vehicle_id
    held = work.vehicle_of(order_id)
    return None if held is None or held in work.routes else held


def _place_in(route: VehicleRoute, order_id: str) -> tuple[str, int]:
    for trip in route.trips:
        predecessor = ""
        for stop in trip.stops:
            if stop.order_id == order_id:
                return predecessor, stop.start_s
            predecessor = stop.order_id
    return "", 0


def _conflict(work: Working, override: Override) -> str:
    """What the override clashes with: a fact, a rule, or the smallest set of other overrides."""
    if not work.is_open(override.order_id):
        return f"the order is on board of {work.state.orders[override.order_id].vehicle_id} already"
    vehicle_id = bound_to(override) or override.held_vehicle_id
    if override.kind is OverrideKind.FORBID:
        return f"rule FREEZE: vehicle {override.vehicle_id} is being loaded with it"
    if vehicle_id is None or vehicle_id not in work.state.vehicles:
        return f"vehicle {vehicle_id} does not exist any more"
    vehicle = work.state.vehicles[vehicle_id]
    if not can_be_served(work, override.order_id, vehicle.depot_id):
        allocation = work.allocation(override.order_id)
        where = f"come from {allocation.site_id}" if allocation is not None else "are nowhere"
        return f"rule STOCK: its goods {where}, vehicle {vehicle_id} loads at {vehicle.depot_id}"
    loading = _being_loaded(work, override.order_id)
    if loading is not None and loading != vehicle_id:
        return f"rule FREEZE: vehicle {loading} is being loaded with it"
    down_s = work.state.fleet[vehicle_id].down_until_s
    down = f" (down until {clock_time(work.state, down_s)})" if down_s is not None else ""
    if not _fits(work, vehicle_id, override, ()):
        rule = _rule(work, vehicle_id, override)
        return f"rule {rule}: vehicle {vehicle_id}{down} cannot take it even without other work"
    rivals = _smallest_clash(work, vehicle_id, override)
    if rivals:
        return f"cannot be kept together with {', '.join(rivals)}"
    return f"vehicle {vehicle_id}{down} has other work that cannot give way"


def _being_loaded(work: Working, order_id: str) -> str | None:
    """The vehicle whose loading with this order has begun."""
    vehicle_id = work.vehicle_of(order_id)
    route = work.route(vehicle_id) if vehicle_id is not None else None
    for trip in route.trips if route is not None else ():
        if not trip.loaded and trip.load_start_s <= work.now_s:
            return vehicle_id if any(stop.order_id == order_id for stop in trip.stops) else None
    return None


def _fits(work: Working, vehicle_id: str, override: Override, rivals: Collection[str]) -> bool:
    """Whether the vehicle, with goods on board only, can take the order and those of `rivals`, as they ask."""
    orders = (override.order_id, *(work.state.overrides[rival].order_id for rival in rivals))
    kept_relaxed = work.relaxed
    work.relaxed = kept_relaxed - {override.override_id, *rivals}
    try:
        job = build(work, (vehicle_id,), dict.fromkeys(orders), emptied=True)
    finally:
        work.relaxed = kept_relaxed
    solved = insert(job)
    return solved.ok and not set(orders) & {entry.stop_id for entry in solved.plan.unplanned}


def _smallest_clash(work: Working, vehicle_id: str, override: Override) -> list[str]:
    """Other overrides on the vehicle that together leave no room, none of them superfluous."""
    rivals = [
        other.override_id
        for other in work.state.overrides.values()
        if other.override_id != override.override_id
        and other.order_id in work.state.open_orders
        and other.override_id in work.state.override_ids_of_order.get(other.order_id, ())
        and bound_to(other) == vehicle_id
        and work.is_open(other.order_id)
        and can_be_served(work, other.order_id, work.state.vehicles[vehicle_id].depot_id)
    ]
    if not rivals or _fits(work, vehicle_id, override, rivals):
        return []
    for rival in tuple(rivals):
        fewer = [other for other in rivals if other != rival]
        if not _fits(work, vehicle_id, override, fewer):
            rivals = fewer
    return rivals


def _rule(work: Working, vehicle_id: str, override: Override) -> str:
    """The rule that keeps the order off an otherwise empty vehicle."""
    vehicle = work.state.vehicles[vehicle_id]
    weight_g, volume_cm3 = work.memory.size_of(work.state, override.order_id)
    if weight_g > vehicle.weight_g or volume_cm3 > vehicle.volume_cm3:
        return "CAPACITY"
    if override.level in (LockLevel.TIMES, LockLevel.ALL):
        return "TIMES"
    if vehicle.has_day_rules:
        found = why_unplanned(build(work, (vehicle_id,), (override.order_id,), emptied=True), override.order_id)
        if CODES[found.reason] in DAY_RULES:
            return CODES[found.reason]
    depot = work.state.sites[vehicle.depot_id]
    there_s = work.roads.duration_s(depot.place, place_of(work.state, override.order_id), vehicle)
    allocation = work.allocation(override.order_id)
    release_s = allocation.release_s if allocation is not None else 0
    day_s = work.state.day_start_s(work.now_s)
    late = max(release_s, work.now_s) + 2 * there_s > day_s + vehicle.shift_end_s
    return "SHIFT_END" if late else "VEHICLE"
