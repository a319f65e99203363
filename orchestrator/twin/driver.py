"""A vehicle and its driver: waits for a trip, loads, drives and rests stop by stop as planned, comes home, reports.

Promises: the next stop is read from the plan in force at each delivery; a refused report leads to reading again, never
to a stop of the simulation; goods that the plan no longer carries to anybody are taken home. Times that are reported
are those of the simulated world, however late the server answers.
"""

from __future__ import annotations

from typing import Any

from orchestrator.domain.company import Place, Vehicle
from orchestrator.domain.duty import Rest
from orchestrator.domain.measures import order_place, service_start_s, stay_s
from orchestrator.domain.plan import Trip
from orchestrator.twin.dock import Loading, begin_loading, loadable
from orchestrator.twin.roads import between
from orchestrator.twin.world import Process, Refused, Reply, World
from protos.muster.operator.v1 import event_service_pb2 as pb

RETRY_S = 60
NOTHING_LOADED_S = 300


class Driver:
    """One vehicle. `place`: where it is; `down_until_s`: what disruptions do to it; `driving`: it moves."""

    def __init__(self, world: World, vehicle: Vehicle) -> None:
        self.world = world
        self.vehicle = vehicle
        self.depot = world.state.sites[vehicle.depot_id]
        self.place: Place = self.depot.place
        self.down_until_s = 0.0
        self.driving = False
        self.on_board: list[str] = []
        self._free_s = 0.0
        self._rested_s = 0.0  # rests that the plan has until then are behind the driver
        self._trips = 0
        self._driven_m = 0

    @property
    def actor(self) -> str:
        """Its name as a reporter."""
        return f"vehicle/{self.vehicle.vehicle_id}"

    def run(self) -> Process:
        """The vehicle's day."""
        while True:
            self.on_board = yield from self._load()
            yield from self._tour()

    # --- at the depot ---

    def _next_trip(self) -> Trip | None:
        route = self.world.state.plan.routes.get(self.vehicle.vehicle_id)
        return next((trip for trip in route.trips if not trip.loaded and trip.stops), None) if route else None

    def _load(self) -> Process:
        """Wait for a trip, load it and report it; the value is the orders on board in driving order."""
        world = self.world
        loading: Loading | None = None
        while True:
            yield from self._while_down()
            trip = self._next_trip()
            if trip is None:
                loading = None
                yield world.pause()
                continue
            loading = begin_loading(trip, loading, self.depot, world.env.now, world.grace_s)
            due_s = trip.load_start_s if loading is None else loading.ready_s
            if world.env.now < due_s:
                yield world.pause(due_s)
                continue
            order_ids, left = loadable(world.state, trip, self.depot.site_id, world.env.now)
            world.journal.note_left_behind(left)
            if not order_ids:
                yield world.pause(world.env.now + NOTHING_LOADED_S)
                continue
            self._free_s = max(loading.ready_s if loading else 0.0, world.env.now - world.grace_s)
            loaded = pb.VehicleLoaded(order_ids=order_ids, at_s=int(self._free_s))
            if (yield from self._tell("vehicle_loaded", loaded)):
                return order_ids
            yield world.pause(world.env.now + RETRY_S)

    # --- on the road ---

    def _tour(self) -> Process:
        world, began_s, served = self.world, self._free_s, list[str]()
        self._trips += 1
        self._driven_m, self._rested_s = 0, self._free_s
        current: str | None = self.on_board[0]
        while current is not None:
            order = world.state.orders[current]
            service_s = stay_s(world.state, order, self.place)
            yield from self._drive(order_place(world.state, order), current)
            world.journal.arrived_s[current] = world.now_s
            arrived = world.server.report(
                self.actor, self._request("vehicle_arrived", pb.VehicleArrived(order_id=current))
            )
            yield from self._rest_before(service_start_s(world.state, order, world.now_s))
            yield world.sleep_until(service_start_s(world.state, order, world.now_s))
            at_s = world.now_s
            yield world.sleep_until(at_s + round(service_s * world.chance.service(current)))
            self._note("vehicle_arrived", (yield arrived))
            current = yield from self._leave(current, served)
        yield from self._drive(self.depot.place, "depot")
        self._book(began_s, served)
        yield from self._tell("vehicle_returned", pb.VehicleReturned())
        self.on_board = []

    def _leave(self, order_id: str, served: list[str]) -> Process:
        """Hand over, report, and give the next stop: None is the depot."""
        self._free_s = self.world.env.now
        self.on_board = [other for other in self.on_board if other != order_id]
        onward = self._planned_next()
        if self.world.chance.fails(order_id):
            failed = pb.DeliveryFailed(order_id=order_id, next_order_id=onward or "", reason="nobody there")
            told = yield from self._tell("delivery_failed", failed)
        else:
            delivered = pb.OrderDelivered(order_id=order_id, next_order_id=onward or "")
            told = yield from self._tell("order_delivered", delivered)
            served += [order_id] if told else []
        if not told:
            live = self.world.state.fleet[self.vehicle.vehicle_id]
            self.on_board = [other for other in live.on_board if other != order_id]
            onward = self._planned_next()
        return onward

    def _planned_next(self) -> str | None:
        """The first stop of the plan in force whose goods are on board."""
        route = self.world.state.plan.routes.get(self.vehicle.vehicle_id)
        stops = [stop.order_id for trip in route.trips if trip.loaded for stop in trip.stops] if route else []
        return next((order_id for order_id in stops if order_id in self.on_board), None)

    def _drive(self, to: Place, about: str) -> Process:
        """Drive from where it stands, telling its position on the way; it stands still while it is down."""
        world, start = self.world, self.place
        leg = world.roads.leg(start, to, self.vehicle, round(self._free_s), world.slow_now())
        total_s = leg.duration_s * world.chance.travel(self.vehicle.vehicle_id, self._trips, about)
        total_s = round(total_s)
        arrive_s, self.driving = self._free_s + total_s, True
        while world.env.now < arrive_s:
            if self.down_until_s > world.env.now:
                stood_s = world.env.now
                yield from self._while_down()
                arrive_s += world.env.now - stood_s
            rest = self._next_rest()
            if rest is not None and rest.start_s <= world.env.now:
                arrive_s += yield from self._rest(rest)
            rest_s = rest.start_s if rest is not None and rest.start_s > world.env.now else arrive_s
            yield world.sleep_until(min(arrive_s, rest_s, world.env.now + world.step_s))
            self.place = between(start, to, 1 - (arrive_s - world.env.now) / total_s)
            world.server.position(self.vehicle.vehicle_id, world.now_s, self.place, self.vehicle.speed_m_per_h)
        self.place, self.driving = to, False
        self._driven_m += leg.distance_m

    def _next_rest(self) -> Rest | None:
        """The first rest that the plan in force still has for the driver."""
        route = self.world.state.plan.routes.get(self.vehicle.vehicle_id)
        return next((rest for rest in route.rests if rest.end_s > self._rested_s), None) if route else None

    def _rest_before(self, start_s: int) -> Process:
        """The rests at a stop, before its service that could begin at `start_s`."""
        while (rest := self._next_rest()) is not None and rest.start_s <= max(start_s, self.world.env.now):
            yield self.world.sleep_until(rest.start_s)
            yield from self._rest(rest)

    def _rest(self, rest: Rest) -> Process:
        """Stand as long as planned, telling where; the value is how long, in seconds."""
        world, length_s = self.world, rest.end_s - rest.start_s
        end_s = world.env.now + length_s
        self._rested_s = max(end_s, rest.end_s)
        while world.env.now < end_s:
            yield world.sleep_until(min(end_s, world.env.now + world.step_s))
            world.server.position(self.vehicle.vehicle_id, world.now_s, self.place, 0)
        return length_s

    def _while_down(self) -> Process:
        while self.down_until_s > self.world.env.now:
            yield self.world.sleep_until(self.down_until_s)

    def _book(self, began_s: float, served: list[str]) -> None:
        """Count what the trip took."""
        vehicle, journal = self.vehicle, self.world.journal
        hours = (self.world.env.now - began_s) / 3600
        fixed_cents = vehicle.fixed_cents if self._trips == 1 else 0
        shift_end_s = self.world.state.day_start_s(int(began_s)) + vehicle.shift_end_s
        overtime_hours = max(0.0, self.world.env.now - max(began_s, shift_end_s)) / 3600
        journal.distance_m += self._driven_m
        journal.cost_cents += overtime_hours * vehicle.overtime_hour_cents
        journal.cost_cents += fixed_cents + self._driven_m / 1000 * vehicle.km_cents + hours * vehicle.hour_cents
        journal.routes.append((vehicle.vehicle_id, tuple(served), self._driven_m))

    # --- reporting ---

    def _request(self, name: str, report: Any) -> pb.ReportEventRequest:
        report.vehicle_id, report.at_s = self.vehicle.vehicle_id, report.at_s or self.world.now_s
        return pb.ReportEventRequest(**{name: report})

    def _tell(self, name: str, report: Any) -> Process:
        """Report and wait for the answer and for the plan that goes with it; whether it was accepted."""
        reply = yield self.world.server.report(self.actor, self._request(name, report))
        self._note(name, reply)
        yield from self.world.catch_up(reply)
        return not isinstance(reply, Refused)

    def _note(self, name: str, reply: Reply) -> None:
        if isinstance(reply, Refused):
            self.world.journal.note_refusal(name, reply)
