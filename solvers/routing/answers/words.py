"""A broken rule in words, with its size.

Promises: one short line for every rule of the checker. Called by `hand_made`.
"""

from __future__ import annotations

from solvers.routing.check import Rule, Violation

_SECONDS = {
    Rule.TIME_WINDOW_INFEASIBLE: "{stop} is served {size} after its latest time",
    Rule.SHIFT_EXCEEDED: "{vehicle} is back {size} after the end of its shift",
    Rule.DURATION_EXCEEDED: "{vehicle} is out {size} longer than it may be",
    Rule.DRIVING_EXCEEDED: "{vehicle} is driven {size} longer than the rules allow ({detail})",
    Rule.BREAK_MISSED: "the driver of {vehicle} has no time for a break of {size}",
    Rule.LEAVES_TOO_EARLY: "{vehicle} leaves {size} too early ({detail})",
    Rule.TRAVEL_TOO_SHORT: "a stated arrival of {vehicle} is off by {size}",
    Rule.TIMES_DISAGREE: "stated times of {vehicle} are off by {size}",
    Rule.REST_MISPLACED: "a rest of {vehicle} lies {size} in other work",
}
_COUNTS = {
    Rule.UNKNOWN_VEHICLE: "there is no vehicle {vehicle}",
    Rule.VEHICLE_TWICE: "{vehicle} has two routes",
    Rule.UNKNOWN_STOP: "there is no stop {stop}",
    Rule.STOP_TWICE: "{stop} is planned twice",
    Rule.STOP_FORGOTTEN: "{stop} is neither planned nor left out",
    Rule.NOT_ALLOWED: "{vehicle} may not serve {stop}",
    Rule.SKILL_MISSING: "{vehicle} lacks {detail} for {stop}",
    Rule.ON_BOARD_ELSEWHERE: "the goods of {stop} are not where {vehicle} could deliver them",
    Rule.TRIP_KIND: "a trip of {vehicle} is not of the kind it must be ({detail})",
    Rule.CAPACITY_EXCEEDED: "{vehicle} carries {size} {detail} too much",
    Rule.MAX_TRIPS_EXCEEDED: "{vehicle} makes {size} trips too many",
    Rule.LOCK_BROKEN: "{vehicle} does not keep its locked sequence ({detail})",
    Rule.DISTANCE_WRONG: "a stated distance of {vehicle} is off by {size} m",
    Rule.DISTANCE_EXCEEDED: "{vehicle} goes {size} m further than it may",
    Rule.STOPS_EXCEEDED: "{vehicle} makes {size} stops too many",
    Rule.INCOMPATIBLE_GOODS: "{vehicle} carries {detail} in one trip",
    Rule.SHIPMENT_BROKEN: "the shipment of {stop} is torn: {detail}",
    Rule.OPTION_TWICE: "{stop} is not needed ({detail})",
    Rule.RELATION_BROKEN: "stops that belong together are apart ({detail})",
}


def in_words(violation: Violation) -> str:
    """One line for a person."""
    size = span(violation.size) if violation.rule in _SECONDS else str(violation.size)
    text = _SECONDS.get(violation.rule) or _COUNTS[violation.rule]
    return text.format(vehicle=violation.vehicle_id, stop=violation.stop_id, size=size, detail=violation.detail)


def span(seconds: int) -> str:
    """A span of time, such as `1 h 05 min`, `12 min` or `40 s`; minutes are rounded up."""
    if seconds < 60:
        return f"{seconds} s"
    minutes = -(-seconds // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
