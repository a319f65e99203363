"""Breaks and driving times: are all rests where they may be, and are there enough of them?

Promises: judges the rests that a route states, and finds none itself. A rest counts from its stated start to its
stated end, even where it is misplaced. Called by `check_route`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solvers.routing.check_rules import Rule, Violation
from solvers.routing.check_travel import FOREVER_S, Span, merged, overlap_s
from solvers.routing.parts import Break, DrivingRule, Vehicle
from solvers.routing.plan import Rest, Route


def check_rests(vehicle: Vehicle, route: Route, driven: Sequence[Span]) -> Iterator[Violation]:
    """Places of rests, breaks, driving times. driven: when the vehicle was driving, merged and ascending."""
    rests = sorted(route.rests)
    yield from _check_places(vehicle, route, rests)
    if not route.trips:
        return
    yield from _check_breaks(vehicle, route.trips[0].load_s, route.trips[-1].end_s, rests)
    if vehicle.driving is not None:
        yield from _check_driving(vehicle, vehicle.driving, driven, rests)


def _check_places(vehicle: Vehicle, route: Route, rests: Sequence[Rest]) -> Iterator[Violation]:
    """Only while waiting or on the way, one at a time, from the vehicle's begin to the route's end."""
    end_s = route.trips[-1].end_s if route.trips else vehicle.begin_s
    taken = [(-FOREVER_S, vehicle.begin_s), (end_s, FOREVER_S)]
    taken += [(trip.load_s, trip.depart_s) for trip in route.trips]
    taken += [(visit.start_s, visit.depart_s) for trip in route.trips for visit in trip.visits]
    for rest in rests:
        wrong_s = sum(overlap_s(rest, span) for span in merged(taken)) if rest.start_s < rest.end_s else 1
        if wrong_s > 0:
            detail = f"rest {rest.start_s}-{rest.end_s}"
            yield Violation(Rule.REST_MISPLACED, vehicle.vehicle_id, size=wrong_s, detail=detail)
        taken.append(rest)


def _check_breaks(vehicle: Vehicle, begin_s: int, end_s: int, rests: Sequence[Rest]) -> Iterator[Violation]:
    """Every due break has a rest of its own in the route; if not all can, the shortest ones are missed."""
    rests = [rest for rest in rests if begin_s <= rest.start_s < end_s]
    due = [one for one in vehicle.breaks if begin_s <= one.latest_s < end_s]
    taken: dict[int, Break] = {}
    for one in sorted(due, key=lambda each: -each.duration_s):
        if not _give_rest(one, rests, taken, set()):
            detail = f"break in {one.earliest_s}-{one.latest_s}"
            yield Violation(Rule.BREAK_MISSED, vehicle.vehicle_id, size=one.duration_s, detail=detail)


def _give_rest(one: Break, rests: Sequence[Rest], taken: dict[int, Break], tried: set[int]) -> bool:
    """Find the break a rest, asking others to take another one instead (augmenting paths, Kuhn 1955)."""
    for number, rest in enumerate(rests):
        fits = one.earliest_s <= rest.start_s <= one.latest_s and rest.end_s - rest.start_s >= one.duration_s
        if not fits or number in tried:
            continue
        tried.add(number)
        if number not in taken or _give_rest(taken[number], rests, taken, tried):
            taken[number] = one
            return True
    return False


def _check_driving(
    vehicle: Vehicle, rule: DrivingRule, driven: Sequence[Span], rests: Sequence[Rest]
) -> Iterator[Violation]:
    """Add up driving; between two spans of it, see what the rests and the pause are worth."""
    since_rest_s, half, stopped_s = vehicle.driven_s, False, vehicle.begin_s
    for begins_s, ends_s in driven:
        rested, half = _after_pause(rule, (stopped_s, begins_s), half, rests)
        if rested:
            yield from _too_long(vehicle, rule, since_rest_s, stopped_s)
            since_rest_s = 0
        since_rest_s += ends_s - begins_s
        stopped_s = ends_s
    yield from _too_long(vehicle, rule, since_rest_s, stopped_s)


def _after_pause(rule: DrivingRule, pause: Span, half: bool, rests: Sequence[Rest]) -> tuple[bool, bool]:
    """Whether the time between two spans of driving has a full rest; and whether a first part is there afterwards."""
    if rule.pauses_count and pause[1] - pause[0] >= rule.rest_s:
        return True, False
    rested = False
    for rest in rests:
        if pause[0] <= rest.start_s < pause[1]:
            complete, half = _after_rest(rule, rest.end_s - rest.start_s, half)
            rested = rested or complete
    return rested, half


def _after_rest(rule: DrivingRule, length_s: int, half: bool) -> tuple[bool, bool]:
    """Whether the rest is, or completes, a full one; and whether a first part is there afterwards."""
    if length_s >= rule.rest_s:
        return True, False
    if rule.split_s is None:
        return False, False
    if half and length_s >= rule.split_s[1]:
        return True, False
    return False, half or length_s >= rule.split_s[0]


def _too_long(vehicle: Vehicle, rule: DrivingRule, driven_s: int, until_s: int) -> Iterator[Violation]:
    if driven_s > rule.max_drive_s:
        size, detail = driven_s - rule.max_drive_s, f"without rest until {until_s}"
        yield Violation(Rule.DRIVING_EXCEEDED, vehicle.vehicle_id, size=size, detail=detail)
