"""One thing to give way on, so that a stop fits: what it is, and the problem with it given.

Promises: `apply` changes exactly the one number or name that the relaxation tells of. Called by `relax`, and by
planning where a person takes one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from solvers.routing.answers.places import Trips, unlocked
from solvers.routing.parts import MAX_TIME_S, TICKS_PER_CENT, Stop, Vehicle
from solvers.routing.problem import RoutingProblem


class RelaxationKind(StrEnum):
    """What gives way. `Relaxation.amount` is in the unit named here."""

    WINDOW_LATER = "WINDOW_LATER"
    """Seconds: the stop's latest time is so much later, and a hard window's end with it."""
    WINDOW_EARLIER = "WINDOW_EARLIER"
    """Seconds: the stop's window opens so much earlier."""
    RELEASE_EARLIER = "RELEASE_EARLIER"
    """Seconds: the stop's goods are ready so much earlier."""
    CAPACITY = "CAPACITY"
    """Units of the dimension named: the vehicle carries so many more."""
    SKILL = "SKILL"
    """Number of skills: the vehicle has those named."""
    ALLOW = "ALLOW"
    """1: the vehicle may have the stop, whatever list and bar say."""
    OVERTIME = "OVERTIME"
    """Seconds: the shift ends so much later."""
    SHIFT_EARLIER = "SHIFT_EARLIER"
    """Seconds: the shift begins so much earlier."""
    TRIP = "TRIP"
    """Trips: the vehicle may make so many more."""
    UNLOCK = "UNLOCK"
    """Stops: so many, from the end of the vehicle's locked sequence, are free."""
    DISTANCE = "DISTANCE"
    """Metres: the vehicle may go so much further."""
    DURATION = "DURATION"
    """Seconds: the vehicle may be out so much longer."""
    STOPS = "STOPS"
    """Stops: the vehicle may make so many more."""
    DRIVE = "DRIVE"
    """Seconds: the vehicle may be driven so much longer in all."""
    BREAK_LATER = "BREAK_LATER"
    """Seconds: the vehicle's breaks may begin so much later."""
    PRIZE = "PRIZE"
    """Cents: the stop is worth so much more."""
    EJECT = "EJECT"
    """1: the stop named moves out to the vehicle named in the detail. The problem stays as it is."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A relaxation that was applied, planned with, and checked; a unit less would not do.

    stop_id: the stop that gives way, "" if it is the vehicle alone. detail: dimension, skills or other vehicle.
    extra_ticks: what the plan costs more with it, prizes not set against it; the relaxation itself is not priced.
    sequences: the routes that change.
    """

    kind: RelaxationKind
    vehicle_id: str
    stop_id: str = ""
    amount: int = 1
    detail: str = ""
    extra_ticks: int = 0
    sequences: dict[str, Trips] = field(default_factory=dict)

    @property
    def extra_cents(self) -> int:
        """Extra cost, rounded up."""
        return -(-self.extra_ticks // TICKS_PER_CENT)

    @property
    def text(self) -> str:
        """One line for a person."""
        return f"{_TEXTS[self.kind].format(**self._words())}: {self.extra_cents:+d} cents"

    def _words(self) -> dict[str, object]:
        minutes = -(-self.amount // 60)
        return {
            "vehicle": self.vehicle_id,
            "stop": self.stop_id,
            "amount": self.amount,
            "minutes": minutes,
            "detail": self.detail,
        }


_TEXTS = {
    RelaxationKind.WINDOW_LATER: "{stop} may be served {minutes} min later (by {vehicle})",
    RelaxationKind.WINDOW_EARLIER: "{stop} may be served {minutes} min earlier (by {vehicle})",
    RelaxationKind.RELEASE_EARLIER: "the goods of {stop} are ready {minutes} min earlier (for {vehicle})",
    RelaxationKind.CAPACITY: "{vehicle} carries {amount} {detail} more",
    RelaxationKind.SKILL: "{vehicle} gets {detail}",
    RelaxationKind.ALLOW: "{vehicle} may serve {stop}",
    RelaxationKind.OVERTIME: "{vehicle} ends its shift {minutes} min later",
    RelaxationKind.SHIFT_EARLIER: "{vehicle} begins its shift {minutes} min earlier",
    RelaxationKind.TRIP: "{vehicle} makes {amount} more trip",
    RelaxationKind.UNLOCK: "the last {amount} locked stops of {vehicle} are free",
    RelaxationKind.DISTANCE: "{vehicle} may go {amount} m further",
    RelaxationKind.DURATION: "{vehicle} may be out {minutes} min longer",
    RelaxationKind.STOPS: "{vehicle} makes {amount} more stops",
    RelaxationKind.DRIVE: "{vehicle} may be driven {minutes} min longer",
    RelaxationKind.BREAK_LATER: "{vehicle} may take its breaks {minutes} min later",
    RelaxationKind.PRIZE: "{stop} is worth {amount} cents more (on {vehicle})",
    RelaxationKind.EJECT: "{stop} moves from {vehicle} to {detail}",
}


def apply(problem: RoutingProblem, relaxation: Relaxation) -> RoutingProblem:
    """The problem with the relaxation given. Raises KeyError for unknown ids, InvalidProblem beyond the limits."""
    kind = relaxation.kind
    if kind is RelaxationKind.EJECT:
        return problem
    if kind in _STOP_KINDS:
        changed = relaxed_stop(problem.stop(relaxation.stop_id), relaxation)
        stops = tuple(changed if s.stop_id == changed.stop_id else s for s in problem.stops)
        return replace(problem, stops=stops)
    vehicle = relaxed_vehicle(problem, problem.vehicle(relaxation.vehicle_id), relaxation)
    return replace(
        problem, vehicles=tuple(vehicle if v.vehicle_id == vehicle.vehicle_id else v for v in problem.vehicles)
    )


_STOP_KINDS = frozenset(
    {
        RelaxationKind.WINDOW_LATER,
        RelaxationKind.WINDOW_EARLIER,
        RelaxationKind.RELEASE_EARLIER,
        RelaxationKind.ALLOW,
        RelaxationKind.PRIZE,
    }
)


def relaxed_stop(stop: Stop, relaxation: Relaxation) -> Stop:
    """The stop that gives way."""
    amount = relaxation.amount
    match relaxation.kind:
        case RelaxationKind.WINDOW_LATER:
            latest_s = min(MAX_TIME_S, stop.latest_s + amount)
            end_s = latest_s if stop.window_end_s == stop.latest_s else stop.window_end_s
            return replace(stop, latest_s=latest_s, window_end_s=end_s)
        case RelaxationKind.WINDOW_EARLIER:
            return replace(stop, window_start_s=max(0, stop.window_start_s - amount))
        case RelaxationKind.RELEASE_EARLIER:
            return replace(stop, release_s=max(0, stop.release_s - amount))
        case RelaxationKind.PRIZE:
            return replace(stop, prize_cents=stop.prize_cents + amount)
    name = relaxation.vehicle_id
    allowed = None if stop.allowed is None else stop.allowed | {name}
    return replace(stop, allowed=allowed, barred=stop.barred - {name})


def relaxed_vehicle(problem: RoutingProblem, vehicle: Vehicle, relaxation: Relaxation) -> Vehicle:
    """The vehicle that gives way."""
    amount = relaxation.amount
    match relaxation.kind:
        case RelaxationKind.CAPACITY:
            number = problem.dimensions.index(relaxation.detail)
            more = tuple(q + amount * (k == number) for k, q in enumerate(vehicle.capacity))
            return replace(vehicle, capacity=more)
        case RelaxationKind.SKILL:
            return replace(vehicle, skills=vehicle.skills | set(relaxation.detail.split(", ")))
        case RelaxationKind.OVERTIME:
            return replace(vehicle, shift_end_s=min(MAX_TIME_S, vehicle.shift_end_s + amount))
        case RelaxationKind.SHIFT_EARLIER:
            return replace(vehicle, shift_start_s=max(0, vehicle.shift_start_s - amount))
        case RelaxationKind.TRIP:
            return replace(vehicle, max_trips=vehicle.max_trips + amount)
        case RelaxationKind.UNLOCK:
            return replace(vehicle, locked=unlocked(vehicle, amount))
        case RelaxationKind.BREAK_LATER:
            later = tuple(replace(b, latest_s=min(MAX_TIME_S, b.latest_s + amount)) for b in vehicle.breaks)
            return replace(vehicle, breaks=later)
    name = _LIMITS[relaxation.kind]
    return replace(vehicle, **{name: getattr(vehicle, name) + amount})


_LIMITS = {
    RelaxationKind.DISTANCE: "max_distance_m",
    RelaxationKind.DURATION: "max_duration_s",
    RelaxationKind.STOPS: "max_stops",
    RelaxationKind.DRIVE: "max_drive_s",
}
