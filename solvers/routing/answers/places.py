"""Every place in a route where a stop, or a pickup with its delivery, may be put.

Promises: all of them, in order, also those that locks or the number of trips forbid, each told so; whether loads, times
and the other rules allow it is not looked at. Called by `quote`, `explain` and `relax`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from solvers.routing.parts import StopKind
from solvers.routing.plan import Sequences
from solvers.routing.problem import RoutingProblem, Stop, Vehicle

Trips = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One way to put the stops into the route.

    trips: the route with them in. trip: number of the changed or new trip. positions: of the stops in that trip.
    freed: locked stops, counted from the end of the lock, that would have to be free. more_trips: trips over the limit.
    """

    trips: Trips
    trip: int
    opens: bool
    positions: tuple[int, ...]
    freed: int = 0
    more_trips: int = 0

    @property
    def open(self) -> bool:
        """Whether no lock and no limit of trips forbids it."""
        return self.freed == 0 and self.more_trips == 0


def trips_of(problem: RoutingProblem, vehicle: Vehicle, sequences: Sequences) -> Trips:
    """The vehicle's trips: the on-board one even if it is empty, no empty loaded ones."""
    given = sequences.get(vehicle.vehicle_id, ())
    boards = problem.starts_on_board(vehicle)
    kept = tuple(tuple(trip) for number, trip in enumerate(given) if trip or (boards and number == 0))
    return ((),) if boards and not kept else kept


def places(problem: RoutingProblem, vehicle: Vehicle, trips: Trips, stops: Sequence[Stop]) -> Iterator[Place]:
    """Every place of one stop, or of a pickup and its delivery, in the vehicle's route."""
    boards = problem.starts_on_board(vehicle)
    for number, trip in enumerate(trips):
        if not _may_join(boards and number == 0, stops):
            continue
        for position in range(len(trip) + 1):
            freed = _freed(vehicle, number, position)
            lasts = range(position + 1, len(trip) + 2) if len(stops) > 1 else (position,)
            for last in lasts:
                changed = [*trip]
                changed.insert(position, stops[0].stop_id)
                if len(stops) > 1:
                    changed.insert(last, stops[1].stop_id)
                positions = (position, last) if len(stops) > 1 else (position,)
                yield Place((*trips[:number], tuple(changed), *trips[number + 1 :]), number, False, positions, freed)
    if stops[0].on_board is not None:
        return
    more = max(0, len(trips) - int(boards) + 1 - vehicle.max_trips)
    own = tuple(stop.stop_id for stop in stops)
    for number in range(int(boards), len(trips) + 1):
        freed = _freed(vehicle, number, OPENS)
        changed_trips = (*trips[:number], own, *trips[number:])
        yield Place(changed_trips, number, True, tuple(range(len(own))), freed, more)


OPENS = -1
"""Position of a stop that gets a trip of its own."""


def _may_join(on_board: bool, stops: Sequence[Stop]) -> bool:
    """Whether membership lets the stops into an existing trip of that kind."""
    if stops[0].on_board is not None:
        return on_board
    return not on_board or stops[0].kind is StopKind.PICKUP


def _freed(vehicle: Vehicle, number: int, position: int) -> int:
    """Locked stops that forbid the position in trip `number`, from the end of the lock (OPENS: a new trip there)."""
    locked = vehicle.locked
    if number >= len(locked):
        return 0
    if position != OPENS and number == len(locked) - 1 and position >= len(locked[number]):
        return 0
    kept = sum(len(trip) for trip in locked[:number])
    if position != OPENS:
        kept += min(position, len(locked[number]))
    return sum(len(trip) for trip in locked) - kept


def unlocked(vehicle: Vehicle, freed: int) -> Trips:
    """The vehicle's lock without its last `freed` stops."""
    kept = [list(trip) for trip in vehicle.locked]
    left = freed
    for trip in reversed(kept):
        gone = min(left, len(trip))
        del trip[len(trip) - gone :]
        left -= gone
    while kept and not kept[-1]:
        kept.pop()
    return tuple(tuple(trip) for trip in kept)
