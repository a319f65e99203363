"""The routing plan: who drives where, when, and what stays unplanned.

Promises: plain immutable data; times are those of `timing`, costs those of `check`. `sequences_of` and
`timing.plan_of` turn a plan into bare sequences and back. Called by everybody who reads or makes plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Sequences = Mapping[str, Sequence[Sequence[str]]]
"""vehicle_id -> trips -> stop ids. For a vehicle that starts on board (see `RoutingProblem.starts_on_board`) the
first trip is the on-board one, present even when it has no stops. Vehicles without trips may be missing."""


class Reason(StrEnum):
    """Why a stop is unplanned, or why a vehicle cannot take it. The text is part of the contract."""

    NO_VEHICLE = "NO_VEHICLE"
    """There is no vehicle at all."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """The stop may not be served by this vehicle."""
    ON_BOARD_ELSEWHERE = "ON_BOARD_ELSEWHERE"
    """The goods are already on another vehicle."""
    CAPACITY_EXCEEDED = "CAPACITY_EXCEEDED"
    """The stop alone, or with the trips it could join, is more than the vehicle carries."""
    MAX_TRIPS_EXCEEDED = "MAX_TRIPS_EXCEEDED"
    """It would need one more trip than the vehicle may make."""
    RELEASE_TOO_LATE = "RELEASE_TOO_LATE"
    """The goods are ready too late to be delivered in time, even by an empty vehicle leaving at once."""
    TIME_WINDOW_INFEASIBLE = "TIME_WINDOW_INFEASIBLE"
    """It would start after its own latest time, or push another stop past its own."""
    SHIFT_EXCEEDED = "SHIFT_EXCEEDED"
    """The vehicle would be back after the end of its shift."""
    SKILL_MISSING = "SKILL_MISSING"
    """The vehicle lacks a skill that the stop needs."""
    DISTANCE_EXCEEDED = "DISTANCE_EXCEEDED"
    """The route would be longer than the vehicle may go."""
    DURATION_EXCEEDED = "DURATION_EXCEEDED"
    """The route would take longer than the vehicle may be out."""
    STOPS_EXCEEDED = "STOPS_EXCEEDED"
    """The route would have more stops than the vehicle may make."""
    DRIVING_EXCEEDED = "DRIVING_EXCEEDED"
    """The driver would drive for longer than the rules allow, rests included."""
    BREAK_MISSED = "BREAK_MISSED"
    """The driver could not take a break in time."""
    INCOMPATIBLE_GOODS = "INCOMPATIBLE_GOODS"
    """The trip carries goods that may not travel with these."""
    RELATION_BROKEN = "RELATION_BROKEN"
    """Other stops that it belongs with are elsewhere."""
    PARTNER_UNPLANNED = "PARTNER_UNPLANNED"
    """The other stop of its shipment fits nowhere."""
    OTHER_OPTION = "OTHER_OPTION"
    """Another option of the same group is planned; this one is not needed."""
    LOCKED = "LOCKED"
    """It would fit only inside a locked sequence."""
    TOO_EXPENSIVE = "TOO_EXPENSIVE"
    """It fits, and costs more than leaving it unplanned."""
    UNEXPLAINED = "UNEXPLAINED"
    """Nobody has looked yet: see `answers.explain.explain_unplanned`."""
    FITS = "FITS"
    """It fits: the search has just not put it there."""


class Visit(NamedTuple):
    """One stop of a trip: arrival, start of service, departure, and seconds after the window's end.

    A tuple, because a plan has thousands and is made anew at every event.
    """

    stop_id: str
    arrive_s: int
    start_s: int
    depart_s: int
    late_s: int = 0


@dataclass(frozen=True, slots=True)
class Trip:
    """From leaving the depot (or, on board, the vehicle's start) to being back (or, open, the last stop done).

    load_s: start of loading; equal to depart_s for an on-board trip. latest_depart_s: the last moment it could
    leave and still keep every hard rule and make no further stop late, later trips as planned.
    """

    visits: tuple[Visit, ...]
    load_s: int
    depart_s: int
    end_s: int
    distance_m: int
    on_board: bool = False
    latest_depart_s: int = 0

    @property
    def stop_ids(self) -> tuple[str, ...]:
        """Its stops in order."""
        return tuple(visit.stop_id for visit in self.visits)


class Rest(NamedTuple):
    """Time without work: a break, a rest from driving, or both. On the road, while waiting, or between trips."""

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Route:
    """All trips of a vehicle, in order, and the driver's rests, by time.

    A rest never overlaps service or loading. One that begins after a stop's departure and before the arrival at the
    next is on the road (or before leaving): that leg's arrival is later by it.
    """

    vehicle_id: str
    trips: tuple[Trip, ...]
    rests: tuple[Rest, ...] = ()

    @property
    def stop_ids(self) -> tuple[str, ...]:
        """Its stops in order, trips run together."""
        return tuple(visit.stop_id for trip in self.trips for visit in trip.visits)


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A stop left out, with the reason of the vehicle that comes nearest to taking it."""

    stop_id: str
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RoutingPlan:
    """Routes by vehicle (only vehicles with at least one trip) and what is unplanned."""

    routes: tuple[Route, ...]
    unplanned: tuple[Unplanned, ...] = ()

    def route(self, vehicle_id: str) -> Route | None:
        """The vehicle's route, if it has one."""
        return next((route for route in self.routes if route.vehicle_id == vehicle_id), None)

    def vehicle_of(self) -> dict[str, str]:
        """stop_id -> vehicle_id of every planned stop."""
        return {stop_id: route.vehicle_id for route in self.routes for stop_id in route.stop_ids}


def sequences_of(plan: RoutingPlan) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The bare sequences of a plan."""
    return {route.vehicle_id: tuple(trip.stop_ids for trip in route.trips) for route in plan.routes}
