"""One vehicle's part of a problem, small enough to time and check a hundred routes in it.

Promises: a route that is possible in the part, and whose stops are nowhere else, is possible in the whole, at the same
cost; what spans several vehicles (relations, options) is told beside it. Called by `quote`, `explain` and `relax`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from solvers.errors import require
from solvers.routing.answers.places import Trips, trips_of
from solvers.routing.check import Violation, check
from solvers.routing.parts import MAX_TIME_S, TICKS_PER_CENT, Shipment
from solvers.routing.plan import Route, RoutingPlan, Sequences, sequences_of
from solvers.routing.problem import RoutingProblem, Stop, Vehicle
from solvers.routing.timing import plan_of

Stops = tuple[Stop, ...]
"""One stop, or a pickup and its delivery."""
Order = str | Stop | tuple[str | Stop, str | Stop]
"""A stop of the problem (one of a shipment stands for both), or one that it does not know yet; or a pair of them."""


def bare(plan: RoutingPlan | Sequences) -> Sequences:
    """The sequences of a plan, or the sequences themselves."""
    return sequences_of(plan) if isinstance(plan, RoutingPlan) else plan


@dataclass(frozen=True, slots=True)
class Tried:
    """A route as timed and checked. ticks: what it costs."""

    route: Route | None
    violations: tuple[Violation, ...]
    ticks: int


class Whole:
    """A problem and the plan in force, looked up by stop: where each is, and what binds it."""

    def __init__(self, problem: RoutingProblem, sequences: Sequences) -> None:
        self.problem = problem
        self.trips = {v.vehicle_id: trips_of(problem, v, sequences) for v in problem.vehicles}
        self.where = {stop_id: name for name, trips in self.trips.items() for trip in trips for stop_id in trip}
        self.alike = dict(self._alike())
        self._boarded: dict[str, list[Stop]] = {}
        for stop in problem.stops:
            if stop.on_board is not None:
                self._boarded.setdefault(stop.on_board, []).append(stop)

    def _alike(self) -> Iterator[tuple[str, int]]:
        """vehicle_id -> number of its kind, of empty vehicles: those of a kind differ by their names only."""
        numbers: dict[Vehicle, int] = {}
        for vehicle in self.problem.vehicles:
            if not any(self.trips[vehicle.vehicle_id]):
                yield vehicle.vehicle_id, numbers.setdefault(replace(vehicle, vehicle_id=""), len(numbers))

    def asked(self, order: Order) -> Stops:
        """The stops asked for. Raises InvalidProblem where they are planned or do not fit the problem, or KeyError."""
        stops = tuple(self._stop(one) for one in (order if isinstance(order, tuple) else (order,)))
        if len(stops) == 1:
            known = stops[0].stop_id
            if known in self.problem.delivery_of:
                stops = (stops[0], self.problem.stop(self.problem.delivery_of[known]))
            elif known in self.problem.pickup_of:
                stops = (self.problem.stop(self.problem.pickup_of[known]), stops[0])
        self._fit(stops)
        return stops

    def _stop(self, one: str | Stop) -> Stop:
        return self.problem.stop(one) if isinstance(one, str) else one

    def _fit(self, stops: Stops) -> None:
        """Refuse stops that could not be stops of the problem."""
        for stop in stops:
            require(stop.stop_id not in self.where, "order", stop.stop_id, "is planned already")
        if all(self.problem.stops[self.problem.stop_index.get(s.stop_id, 0)] is s for s in stops if self.problem.stops):
            return
        for stop in stops:
            carried = stop.on_board is None or self.problem.stop_index.get(stop.stop_id) is not None
            require(carried, "order.on_board", stop.on_board, "goods of a new stop are not on board yet")
        pair = (Shipment(stops[0].stop_id, stops[1].stop_id),) if len(stops) == 2 else ()
        if pair:
            known = self.problem.delivery_of.get(stops[0].stop_id, stops[1].stop_id)
            require(known == stops[1].stop_id, "order", known, "is the pickup's delivery")
        carriers = tuple(v for v in self.problem.vehicles if any(s.on_board == v.vehicle_id for s in stops))
        vehicles = tuple(replace(v, locked=()) for v in carriers)
        RoutingProblem(self.problem.profiles, stops, vehicles, self.problem.dimensions, shipments=pair)

    def tied_to(self, stops: Stops) -> set[str]:
        """Planned stops that relations tie to these."""
        asked = {stop.stop_id for stop in stops}
        ties = (r.stop_ids for r in self.problem.relations if not asked.isdisjoint(r.stop_ids))
        return {other for ids in ties for other in ids if other not in asked and other in self.where}

    def listed(self, vehicle: Vehicle, stop: Stop) -> bool:
        """Whether the stop's list and bar let the vehicle have it."""
        name = vehicle.vehicle_id
        return (stop.allowed is None or name in stop.allowed) and name not in stop.barred

    def prize_ticks(self, stops: Stops) -> int:
        """What is due for leaving the stops unplanned, as things are."""
        return sum(self._prize_cents(stop) for stop in stops) * TICKS_PER_CENT

    def _prize_cents(self, stop: Stop) -> int:
        if not stop.option_of:
            return stop.prize_cents
        others = (self.problem.stop(other) for other in self.problem.options.get(stop.option_of, ()))
        return max(stop.prize_cents, *(other.prize_cents for other in others if other.stop_id != stop.stop_id), 0)

    def other_option(self, stop: Stop) -> str:
        """Another planned option of the stop's group; "" if there is none."""
        group = self.problem.options.get(stop.option_of, ()) if stop.option_of else ()
        return next((other for other in group if other != stop.stop_id and other in self.where), "")

    def nearest_first(self, stop: Stop) -> list[Vehicle]:
        """All vehicles, those that pass the stop closest first."""

        def gap(vehicle: Vehicle) -> tuple[int, str]:
            metres = self.problem.profiles[vehicle.profile].distance_m
            driven = (stop_id for trip in self.trips[vehicle.vehicle_id] for stop_id in trip)
            at = (vehicle.start, *(self.problem.stop(stop_id).location for stop_id in driven))
            return min(metres.item(place, stop.location) for place in at), vehicle.vehicle_id

        return sorted(self.problem.vehicles, key=gap)

    def part(self, vehicle: Vehicle, asked: Sequence[Stop] = ()) -> Part:
        """The part of one vehicle, with stops that may be put into its route."""
        return Part(self, vehicle, asked)

    def stops_of(self, vehicle: Vehicle, asked: Sequence[Stop]) -> tuple[Stop, ...]:
        """Stops that count for the vehicle: planned, locked or on board there, and those asked for."""
        problem, name = self.problem, vehicle.vehicle_id
        found = {stop.stop_id: stop for stop in self._boarded.get(name, ())}
        for trip in (*self.trips[name], *vehicle.locked):
            found.update({stop_id: problem.stop(stop_id) for stop_id in trip})
        found.update({stop.stop_id: stop for stop in asked})
        return tuple(found.values())


class Part:
    """The part of one vehicle and routes tried in it."""

    def __init__(self, whole: Whole, vehicle: Vehicle, asked: Sequence[Stop]) -> None:
        self.vehicle, self.asked, self.trips = vehicle, tuple(asked), whole.trips[vehicle.vehicle_id]
        self.problem = part_problem(whole.problem, vehicle, whole.stops_of(vehicle, asked), self.asked)

    def tried(self, trips: Trips) -> Tried:
        """The vehicle with these trips."""
        return tried(self.problem, self.vehicle.vehicle_id, trips)

    def before(self) -> Tried:
        """The vehicle with the trips it has."""
        return self.tried(self.trips)


def tried(problem: RoutingProblem, vehicle_id: str, trips: Trips) -> Tried:
    """Time and check one route of a part problem."""
    plan = plan_of(problem, {vehicle_id: trips})
    verdict = check(problem, plan)
    route = plan.routes[0] if plan.routes else None
    return Tried(route, verdict.violations, verdict.cost.total - verdict.cost.unplanned)


def within(stop: Stop, start_s: int, end_s: int, soft: Stop | None = None) -> Stop | None:
    """The stop with another window, hard unless `soft` says how late it may be; None: nothing is left of it."""
    require(
        0 <= start_s <= MAX_TIME_S and 0 <= end_s <= MAX_TIME_S, "window", (start_s, end_s), f"in [0, {MAX_TIME_S}]"
    )
    for from_s, to_s in stop.closed_s:
        if from_s < start_s < to_s:
            start_s = to_s
    for from_s, to_s in reversed(stop.closed_s):
        if from_s < end_s < to_s:
            end_s = from_s
    window_end_s = end_s if soft is None else min(end_s, soft.window_end_s)
    if start_s > window_end_s:
        return None
    closed = tuple(span for span in stop.closed_s if start_s <= span[0] and span[1] <= window_end_s)
    latest_s = end_s if soft is None else min(end_s, soft.latest_s)
    return replace(stop, window_start_s=start_s, window_end_s=window_end_s, latest_s=latest_s, closed_s=closed)


def part_problem(
    problem: RoutingProblem, vehicle: Vehicle, stops: tuple[Stop, ...], pair: tuple[Stop, ...] = ()
) -> RoutingProblem:
    """The problem of one vehicle and these stops; the matrices are shared. pair: if two, they are a shipment."""
    inside = {stop.stop_id for stop in stops}
    shipments = tuple(s for s in problem.shipments if s.pickup_id in inside and s.delivery_id in inside)
    if len(pair) == 2 and pair[0].stop_id not in problem.delivery_of:
        shipments += (Shipment(pair[0].stop_id, pair[1].stop_id),)
    ties = (replace(r, stop_ids=tuple(s for s in r.stop_ids if s in inside)) for r in problem.relations)
    return RoutingProblem(
        problem.profiles,
        stops,
        (vehicle,),
        problem.dimensions,
        problem.depart_margin_s,
        shipments,
        tuple(r for r in ties if len(r.stop_ids) > 1),
        problem.incompatible,
    )
