"""Routes in the making while no search is there: bare sequences that the checker has passed, and what each costs.

Promises: what is put into it was timed exactly and passed by the checker; what breaks a rule is refused and nothing
changes. Pure, no compiled search. Called by `auction`.
"""

from __future__ import annotations

from collections.abc import Iterator

from solvers.routing.check import route_cost
from solvers.routing.check_load import goods_aboard
from solvers.routing.check_route import check_no_route, check_route
from solvers.routing.check_rules import Violation
from solvers.routing.parts import Stop
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem
from solvers.routing.timing import time_route

Trips = tuple[tuple[str, ...], ...]


class Standing:
    """The sequences of all vehicles of a problem, repaired at first: what cannot stay is out of them."""

    def __init__(self, problem: RoutingProblem, start: Sequences) -> None:
        self.problem = problem
        self._aboard = goods_aboard(problem)
        self.trips: dict[str, Trips] = {}
        self.ticks: dict[str, int] = {}
        for vehicle in problem.vehicles:
            trips = tuple(tuple(trip) for trip in start.get(vehicle.vehicle_id, ()))
            self._repair(vehicle.vehicle_id, trips)

    def left(self) -> list[Stop]:
        """Stops in no route; goods on board are their carrier's."""
        placed = {name for trips in self.trips.values() for trip in trips for name in trip}
        return [stop for stop in self.problem.stops if stop.stop_id not in placed and stop.on_board is None]

    def sequences(self) -> dict[str, Trips]:
        """Trips by vehicle."""
        return dict(self.trips)

    def priced(self, vehicle_id: str, trips: Trips) -> int | None:
        """The cost of a route in ticks by the checker, None when it breaks a rule."""
        ticks, broken = self._judged(vehicle_id, trips)
        return None if broken else ticks

    def put(self, vehicle_id: str, trips: Trips, ticks: int) -> None:
        """Take a route that `priced` has passed."""
        self.trips[vehicle_id], self.ticks[vehicle_id] = trips, ticks

    def with_stop(self, vehicle_id: str, name: str, trip: int, position: int) -> Trips | None:
        """The vehicle's trips with a stop more; None for a place that is not there."""
        trips = self.trips[vehicle_id]
        if trip == len(trips):
            return (*trips, (name,)) if position == 0 else None
        if not 0 <= trip < len(trips) or not 0 <= position <= len(trips[trip]):
            return None
        held = trips[trip]
        return (*trips[:trip], (*held[:position], name, *held[position:]), *trips[trip + 1 :])

    def without(self, vehicle_id: str, name: str) -> Trips:
        """The vehicle's trips without a stop; trips that this leaves empty are gone."""
        return self._bare(vehicle_id, tuple(tuple(o for o in trip if o != name) for trip in self.trips[vehicle_id]))

    def movable(self, vehicle_id: str) -> Iterator[str]:
        """Stops of a vehicle that another one could take: not on board, not locked."""
        locked = {name for trip in self.problem.vehicle(vehicle_id).locked for name in trip}
        for trip in self.trips[vehicle_id]:
            for name in trip:
                if name not in locked and self.problem.stop(name).on_board is None:
                    yield name

    def _bare(self, vehicle_id: str, trips: Trips) -> Trips:
        boarded = self.problem.starts_on_board(self.problem.vehicle(vehicle_id))
        return tuple(trip for number, trip in enumerate(trips) if trip or (boarded and number == 0))

    def _judged(self, vehicle_id: str, trips: Trips) -> tuple[int, list[Violation]]:
        problem, vehicle = self.problem, self.problem.vehicle(vehicle_id)
        if not trips and not problem.starts_on_board(vehicle):
            return 0, list(check_no_route(problem, vehicle))
        route = time_route(problem, vehicle_id, trips or ((),))
        return route_cost(problem, route).total, list(check_route(problem, vehicle, route, self._aboard))

    def _repair(self, vehicle_id: str, trips: Trips) -> None:
        """Take out what cannot stay, one stop at a time, until the route keeps every rule or nothing can go."""
        trips = self._bare(vehicle_id, trips)
        while True:
            ticks, broken = self._judged(vehicle_id, trips)
            self.put(vehicle_id, trips, ticks)
            movable = list(self.movable(vehicle_id))
            if not broken or not movable:
                return
            named = [one.stop_id for one in broken if one.stop_id in movable]
            trips = self.without(vehicle_id, named[0] if named else movable[-1])
