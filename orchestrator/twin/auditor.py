"""Checks what the server published, by the rules of the trade and nobody's word.

Promises: every route, task and allocation of every revision is held against the state as of that revision: goods on
board, capacity, source and release, driving and service times, windows, shifts, machines. It shares no code with the
server's planner or checkers but the length of a road. Violations are counted and the first ones kept in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from orchestrator.domain.company import Place, Vehicle
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.events import Event, PlanRevised
from orchestrator.domain.measures import service_start_s, stay_s, waits_for
from orchestrator.domain.plan import PlannedStop, PlannedTask, Trip, VehicleRoute
from orchestrator.domain.state import State
from orchestrator.twin.roads import Roads

KEPT = 50
ROUNDING_S = 1


class Auditor:
    """Listens to a mirror. `rejected`: revisions with a violation; `found`: the first violations in words."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._roads: Roads | None = None
        self.checked = 0
        self.rejected = 0
        self.found: list[str] = []

    def hear(self, seq: int, at_s: int, event: Event) -> None:
        """Take a look at every plan revision."""
        if not isinstance(event, PlanRevised):
            return
        if self._roads is None and self._state.company is not None:
            self._roads = Roads(self._state.company)
        self.checked += 1
        wrong = [*self._routes_wrong(event), *self._once_only(), *self._tasks_wrong(event)]
        if wrong:
            self.rejected += 1
            self.found += [f"revision {event.head.revision}: {text}" for text in wrong][: KEPT - len(self.found)]

    def _routes_wrong(self, event: PlanRevised) -> Iterator[str]:
        for route in event.delta.routes.values():
            if route is not None:
                yield from self._route_wrong(route)

    def _once_only(self) -> Iterator[str]:
        holder: dict[str, str] = {}
        for route in self._state.plan.routes.values():
            for order_id in route.order_ids():
                if order_id in holder:
                    yield f"order {order_id} is on {holder[order_id]} and {route.vehicle_id}"
                holder[order_id] = route.vehicle_id
                if order_id in self._state.plan.unplanned:
                    yield f"order {order_id} is on {route.vehicle_id} and unplanned"

    def _route_wrong(self, route: VehicleRoute) -> Iterator[str]:
        vehicle = self._state.vehicles.get(route.vehicle_id)
        if vehicle is None:
            yield f"vehicle {route.vehicle_id} does not exist"
            return
        on_board = set(self._state.fleet[route.vehicle_id].on_board)
        loaded = {stop.order_id for trip in route.trips if trip.loaded for stop in trip.stops}
        if not loaded <= on_board:
            yield f"{route.vehicle_id} is to deliver what is not on board: {sorted(loaded - on_board)}"
        free_s = 0
        for trip in route.trips:
            yield from self._trip_wrong(vehicle, trip)
            day_start_s = self._state.day_start_s(trip.load_start_s)
            if not trip.loaded:
                yield from self._goods_wrong(trip)
                extra = self._state.allowed(route.vehicle_id)
                if trip.load_start_s < max(free_s, day_start_s + vehicle.shift_start_s - extra.early_s):
                    yield f"{route.vehicle_id} loads at {trip.load_start_s}, before it is there or in shift"
                if trip.return_s > day_start_s + vehicle.shift_end_s + vehicle.overtime_s + extra.overtime_s:
                    yield f"{route.vehicle_id} is back at {trip.return_s}, after its shift"
            free_s = trip.return_s

    def _trip_wrong(self, vehicle: Vehicle, trip: Trip) -> Iterator[str]:
        depot = self._state.sites[vehicle.depot_id]
        if not trip.loaded:
            yield from self._load_wrong(vehicle, trip)
            if trip.stops and trip.depart_s < trip.load_start_s + depot.loading_s:
                yield f"{vehicle.vehicle_id} leaves at {trip.depart_s} without time to load"
        place, ready_s = (None, 0) if trip.loaded else (depot.place, trip.depart_s)
        for stop in trip.stops:
            yield from self._stop_wrong(vehicle, stop, place, ready_s)
            place, ready_s = self._place(stop.order_id), stop.depart_s
        home_s = self._leg_s(place, depot.place, vehicle, ready_s) if place is not None else 0
        if place is not None and trip.return_s + ROUNDING_S < ready_s + home_s:
            yield f"{vehicle.vehicle_id} is back at {trip.return_s}, too early to have driven home"

    def _load_wrong(self, vehicle: Vehicle, trip: Trip) -> Iterator[str]:
        """Capacity, source and release of a trip that is to be loaded."""
        state = self._state
        weight_g = volume_cm3 = 0
        for stop in trip.stops:
            order, allocation = state.orders[stop.order_id], state.plan.allocations.get(stop.order_id)
            for line in order.lines:
                weight_g += state.items[line.item_id].weight_g * line.quantity
                volume_cm3 += state.items[line.item_id].volume_cm3 * line.quantity
            if allocation is None or allocation.site_id != vehicle.depot_id:
                yield f"order {stop.order_id} is on {vehicle.vehicle_id}, but its goods are not at {vehicle.depot_id}"
            elif trip.depart_s < allocation.release_s:
                yield f"order {stop.order_id} leaves at {trip.depart_s}, before its release {allocation.release_s}"
        extra = state.allowed(vehicle.vehicle_id)
        if weight_g > vehicle.weight_g + extra.weight_g or volume_cm3 > vehicle.volume_cm3 + extra.volume_cm3:
            yield f"{vehicle.vehicle_id} would carry {weight_g} g, {volume_cm3} cm3"

    def _stop_wrong(self, vehicle: Vehicle, stop: PlannedStop, place: Place | None, ready_s: int) -> Iterator[str]:
        order = self._state.orders[stop.order_id]
        customer = self._state.customers[order.customer_id]
        where = f"order {stop.order_id} on {vehicle.vehicle_id}"
        needs = set(customer.needs) - set(vehicle.skills) - self._state.allowed(vehicle.vehicle_id).skills
        if needs and order.status is OrderStatus.OPEN:
            yield f"{where} needs {', '.join(sorted(needs))}"
        leg_s = self._leg_s(place, customer.place, vehicle, ready_s) if place is not None else 0
        if place is not None and stop.arrive_s + ROUNDING_S < ready_s + leg_s:
            yield f"{where} is reached at {stop.arrive_s}, faster than the road allows"
        if place is not None and stop.start_s < service_start_s(self._state, order, stop.arrive_s):
            yield f"{where} is served at {stop.start_s}, before arrival or window, or in a pause"
        if place is not None and stop.depart_s < stop.start_s + stay_s(self._state, order, place):
            yield f"{where} is left at {stop.depart_s}, before it is served"
        if stop.late_s < max(0, stop.arrive_s - order.window_end_s):
            yield f"{where} is stated {stop.late_s} s late, but is {stop.arrive_s - order.window_end_s}"
        company, open_still = self._state.company, order.status is OrderStatus.OPEN
        if company is not None and company.hard_windows and open_still and stop.start_s > order.window_end_s:
            yield f"{where} is served at {stop.start_s}, after its hard window"

    def _place(self, order_id: str) -> Place:
        return self._state.customers[self._state.orders[order_id].customer_id].place

    def _goods_wrong(self, trip: Trip) -> Iterator[str]:
        """Goods that may not travel together."""
        state = self._state
        rules = state.company.goods_rules if state.company is not None else ()
        classes = {state.items[line.item_id].goods_class for s in trip.stops for line in state.orders[s.order_id].lines}
        for rule in rules:
            if rule.class_a != rule.class_b and {rule.class_a, rule.class_b} <= classes:
                yield f"a trip at {trip.depart_s} carries {rule.class_a} and {rule.class_b} together"

    def _leg_s(self, a: Place, b: Place, vehicle: Vehicle, depart_s: int) -> int:
        """The least a leg can take: no area is slow."""
        assert self._roads is not None
        return self._roads.leg(a, b, vehicle, depart_s).duration_s

    def _tasks_wrong(self, event: PlanRevised) -> Iterator[str]:
        """No two tasks on a machine at once, no step before the one before it."""
        if not event.delta.tasks:
            return
        by_machine: dict[str, list[tuple[int, int, str]]] = {}
        for task in self._state.plan.tasks.values():
            by_machine.setdefault(task.machine_id, []).append((task.start_s, task.end_s, task.task_id))
            for before in self._before(task):
                if task.start_s < before.end_s:
                    yield f"task {task.task_id} starts at {task.start_s}, before {before.task_id} ends"
        for machine_id, tasks in by_machine.items():
            tasks.sort()
            for (_, end_s, first), (start_s, _, second) in pairwise(tasks):
                if start_s < end_s:
                    yield f"tasks {first} and {second} are on {machine_id} at once"

    def _before(self, planned: PlannedTask) -> Iterator[PlannedTask]:
        """What the plan has of the tasks that this one waits for; maintenance waits for none."""
        order = self._state.production.get(planned.production_order_id or "")
        for task in order.tasks if order is not None else ():
            if order is not None and task.task_id == planned.task_id:
                waits = (self._state.plan.tasks.get(earlier.task_id) for earlier in waits_for(order, task))
                yield from (place for place in waits if place is not None)


def lost(acknowledged: list[tuple[int, int, tuple[str, ...]]], log: dict[int, str]) -> int:
    """How many acknowledged events are not in the log as they were acknowledged.

    acknowledged: (first seq, last seq, types in order); log: type by seq.
    """
    missing = 0
    for first_seq, _, types in acknowledged:
        for offset, kind in enumerate(types):
            if first_seq and log.get(first_seq + offset) != kind:
                missing += 1
    return missing
