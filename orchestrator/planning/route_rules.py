"""Rules on rests and limits of a whole route, where a route is cut into what is fixed and what may change.

Promises: what is on board can always be brought, however little the rules leave; what follows fixed trips has what they
leave of every rule, so that the two together keep it. Pure; called by `routing_problem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orchestrator.planning.vehicle_cut import Cut
from solvers.routing.check_load import goods_aboard
from solvers.routing.check_route import check_route
from solvers.routing.check_rules import Rule, Violation
from solvers.routing.check_travel import Span, merged
from solvers.routing.parts import NO_END_S
from solvers.routing.plan import Route
from solvers.routing.problem import RoutingProblem, Vehicle
from solvers.routing.timing import time_route

OF_ROUTES = frozenset(
    {
        Rule.DISTANCE_EXCEEDED,
        Rule.DURATION_EXCEEDED,
        Rule.STOPS_EXCEEDED,
        Rule.DRIVING_EXCEEDED,
        Rule.BREAK_MISSED,
        Rule.REST_MISPLACED,
    }
)


def has_rules(vehicle: Vehicle) -> bool:
    """Whether it has rests or limits of its route, beside what the tachograph leaves."""
    limits = (vehicle.max_distance_m, vehicle.max_duration_s, vehicle.max_stops)
    return vehicle.rests or any(limit is not None for limit in limits)


def broken_rules(problem: RoutingProblem, vehicle: Vehicle, route: Route) -> list[Violation]:
    """Rules on rests and limits that the route breaks."""
    if not has_rules(vehicle):
        return []
    found = check_route(problem, vehicle, route, goods_aboard(problem))
    return [violation for violation in found if violation.rule in OF_ROUTES]


def with_room_for_boarded(whole: RoutingProblem, cuts: Mapping[str, Cut]) -> RoutingProblem:
    """The problem in which every vehicle may at least bring what it has on board, and come home."""
    ruled = {key: cut.on_board for key, cut in cuts.items() if cut.under_way and cut.vehicle.has_day_rules}
    if not ruled:
        return whole
    vehicles = (
        _with_room(whole, one, ruled[one.vehicle_id]) if one.vehicle_id in ruled else one for one in whole.vehicles
    )
    return replace(whole, vehicles=tuple(vehicles))


def _with_room(whole: RoutingProblem, vehicle: Vehicle, on_board: tuple[str, ...]) -> Vehicle:
    free = replace(vehicle, shift_end_s=NO_END_S, max_distance_m=None, max_duration_s=None, max_stops=None, locked=())
    carried = set(on_board)
    alone = replace(whole, vehicles=(free,), stops=tuple(s for s in whole.stops if s.stop_id in carried))
    route = time_route(alone, vehicle.vehicle_id, (on_board,))
    missed = any(one.rule is Rule.BREAK_MISSED for one in broken_rules(alone, free, route))
    trip = route.trips[0]
    return replace(
        vehicle,
        shift_end_s=max(vehicle.shift_end_s, trip.end_s),
        max_distance_m=_at_least(vehicle.max_distance_m, trip.distance_m),
        max_duration_s=_at_least(vehicle.max_duration_s, trip.end_s - trip.load_s),
        max_stops=_at_least(vehicle.max_stops, len(on_board)),
        breaks=() if missed else vehicle.breaks,
    )


def _at_least(limit: int | None, least: int) -> int | None:
    return max(limit, least) if limit is not None else None


def rules_after(after: Vehicle, before: Vehicle, route: Route) -> Vehicle:
    """`after` with what the route leaves of the limits and rests of `before`."""
    if not has_rules(before):
        return after
    ends_s = NO_END_S if before.max_duration_s is None else route.trips[0].load_s + before.max_duration_s
    distance_m, stops = sum(trip.distance_m for trip in route.trips), len(route.stop_ids)
    return replace(
        after,
        shift_end_s=min(after.shift_end_s, ends_s),
        max_distance_m=None if before.max_distance_m is None else max(0, before.max_distance_m - distance_m),
        max_duration_s=None,
        max_stops=None if before.max_stops is None else max(0, before.max_stops - stops),
        breaks=tuple(
            one
            for one in before.breaks
            if not any(
                one.earliest_s <= rest.start_s <= one.latest_s and rest.end_s - rest.start_s >= one.duration_s
                for rest in route.rests
            )
        ),
        driven_s=_since_rest_s(before, route),
    )


def driven_s(route: Route) -> int:
    """How long a route drives, rests left out."""
    return sum(end_s - begin_s for begin_s, end_s in _driven(route))


def _driven(route: Route) -> list[Span]:
    """When the route drives: on its legs, but while resting."""
    spans: list[Span] = []
    for trip in route.trips:
        left_s = trip.depart_s
        for visit in trip.visits:
            spans += _awake((left_s, visit.arrive_s), route)
            left_s = visit.depart_s
        spans += _awake((left_s, trip.end_s), route)
    return merged(spans)


def _awake(leg: Span, route: Route) -> list[Span]:
    spans, now_s = [], leg[0]
    for rest in sorted(route.rests):
        if leg[0] <= rest.start_s < leg[1]:
            spans.append((now_s, rest.start_s))
            now_s = min(rest.end_s, leg[1])
    return [*spans, (now_s, leg[1])]


def _since_rest_s(vehicle: Vehicle, route: Route) -> int:
    """Driven since the last rest, when the route is over."""
    rule, now_s, total_s = vehicle.driving, vehicle.begin_s, vehicle.driven_s
    if rule is None:
        return 0
    for begin_s, end_s in _driven(route):
        rested = rule.pauses_count and begin_s - now_s >= rule.rest_s
        if rested or any(
            now_s <= one.start_s < begin_s and one.end_s - one.start_s >= rule.rest_s for one in route.rests
        ):
            total_s = 0
        total_s, now_s = total_s + end_s - begin_s, end_s
    return min(total_s, rule.max_drive_s)
