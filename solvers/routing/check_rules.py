"""The hard rules of a plan, and what a broken one looks like.

Promises: names and units are part of the contract; where a rule has the name of a `Reason`, it is the same rule.
Called by the checker's parts, and through `check` by everybody who reads verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """The hard rules. `Violation.size` is in the unit named here; without one it is a number of cases."""

    UNKNOWN_VEHICLE = "UNKNOWN_VEHICLE"
    VEHICLE_TWICE = "VEHICLE_TWICE"
    UNKNOWN_STOP = "UNKNOWN_STOP"
    STOP_TWICE = "STOP_TWICE"
    STOP_FORGOTTEN = "STOP_FORGOTTEN"
    """Neither planned nor listed as unplanned."""
    NOT_ALLOWED = "NOT_ALLOWED"
    SKILL_MISSING = "SKILL_MISSING"
    """Skills."""
    ON_BOARD_ELSEWHERE = "ON_BOARD_ELSEWHERE"
    """On-board goods outside their vehicle's on-board trip, or goods from the depot in one."""
    TRIP_KIND = "TRIP_KIND"
    """An on-board trip where none belongs, a missing one, or a loaded trip without stops."""
    CAPACITY_EXCEEDED = "CAPACITY_EXCEEDED"
    """Size in the unit of the dimension named in the detail, at the moment of the greatest load."""
    MAX_TRIPS_EXCEEDED = "MAX_TRIPS_EXCEEDED"
    LOCK_BROKEN = "LOCK_BROKEN"
    LEAVES_TOO_EARLY = "LEAVES_TOO_EARLY"
    """Seconds before the vehicle is ready, loaded, or the goods are released."""
    TRAVEL_TOO_SHORT = "TRAVEL_TOO_SHORT"
    """Seconds by which a stated arrival is not the departure before plus travel and rests on the way (either way).
    Rests taken at the very end of the way may be stated before or after the arrival at a stop."""
    TIMES_DISAGREE = "TIMES_DISAGREE"
    """Seconds by which start, departure or lateness does not follow from the arrival, window, closed spans and rests
    before service."""
    TIME_WINDOW_INFEASIBLE = "TIME_WINDOW_INFEASIBLE"
    """Seconds that service starts after the stop's latest time."""
    SHIFT_EXCEEDED = "SHIFT_EXCEEDED"
    """Seconds that a trip ends after the shift. A vehicle that only has to come home may come late."""
    DISTANCE_WRONG = "DISTANCE_WRONG"
    """Metres."""
    DISTANCE_EXCEEDED = "DISTANCE_EXCEEDED"
    """Metres. As the next three: of a whole route; a vehicle that only has to come home has no such limit."""
    DURATION_EXCEEDED = "DURATION_EXCEEDED"
    """Seconds."""
    STOPS_EXCEEDED = "STOPS_EXCEEDED"
    """Stops."""
    DRIVING_EXCEEDED = "DRIVING_EXCEEDED"
    """Seconds of driving: in the whole route, or between two rests (the detail says which)."""
    BREAK_MISSED = "BREAK_MISSED"
    """Seconds: the length of a break that was due and has no rest."""
    REST_MISPLACED = "REST_MISPLACED"
    """Seconds of a rest that lie in loading, service, another rest, before the vehicle's begin or after the route's
    end; 1 for one without length."""
    INCOMPATIBLE_GOODS = "INCOMPATIBLE_GOODS"
    """Pairs of classes that a trip has both of."""
    SHIPMENT_BROKEN = "SHIPMENT_BROKEN"
    """Only one of its stops is planned, or they are in two trips, or in the wrong order."""
    OPTION_TWICE = "OPTION_TWICE"
    """Stops more than one of a group of options."""
    RELATION_BROKEN = "RELATION_BROKEN"
    """Neighbours, among the planned stops of the relation, that do not follow each other as it says."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule, where, and by how much."""

    rule: Rule
    vehicle_id: str = ""
    stop_id: str = ""
    size: int = 1
    detail: str = ""
