"""Times with every rule: by hand, against the plain formulas, against the checker, and against a CP-SAT model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from solvers.routing.check import Check, Rule, check, route_cost
from solvers.routing.parts import EU_DRIVING, US_DRIVING, Break, DrivingRule, Profile, SpeedBand, Stop, Vehicle
from solvers.routing.plan import Rest, Route, RoutingPlan
from solvers.routing.problem import RoutingProblem
from solvers.routing.timing import plan_of, time_route
from solvers.routing.timing_plain import covers
from solvers.routing.timing_rich import RoutePricer, time_rich
from tests.unit.solvers.routing.hostile import (
    ALL,
    PLAIN,
    WITHOUT_RESTS,
    Feature,
    hostile_problem,
    mixed_problem,
    random_sequences,
)
from tests.unit.solvers.routing.route_model import best_rests

HOUR = 3_600
LINE = np.abs(np.subtract.outer(np.arange(8) * HOUR, np.arange(8) * HOUR))
"""Eight places in a row, an hour and 3,600 m apart; the depot is the first."""
OF_SEVERAL_ROUTES = {Rule.STOP_FORGOTTEN, Rule.STOP_TWICE, Rule.RELATION_BROKEN, Rule.OPTION_TWICE}
seeds = st.integers(0, 10**6)


def stop(stop_id: str, location: int, **changes: object) -> Stop:
    plain = Stop(stop_id, location, (1,), 0, 90_000, 90_000, prize_cents=1_000)
    return replace(plain, **changes)  # type: ignore[arg-type]


def vehicle(**changes: object) -> Vehicle:
    plain = Vehicle("v", 0, 0, (9,), shift_end_s=200_000, cents_per_km=10, cents_per_hour=3_600)
    return replace(plain, **changes)  # type: ignore[arg-type]


def one_route(
    stops: tuple[Stop, ...], driver: Vehicle, bands: tuple[SpeedBand, ...] = ()
) -> tuple[RoutingProblem, Route]:
    """The route through all stops in order, checked."""
    problem = RoutingProblem((Profile(LINE, LINE, bands),), stops, (driver,), dimensions=("pieces",))
    plan = plan_of(problem, {"v": [[s.stop_id for s in stops]]})
    verdict = check(problem, plan)
    assert verdict.ok, verdict.violations
    return problem, plan.routes[0]


def judged(problem: RoutingProblem, route: Route) -> list[Rule]:
    """What the checker finds in this route alone."""
    verdict: Check = check(problem, RoutingPlan((route,)))
    mine = [v for v in verdict.violations if v.vehicle_id == route.vehicle_id]
    return [v.rule for v in mine if v.rule not in OF_SEVERAL_ROUTES]


def test_a_long_way_is_broken_where_the_driver_may_not_go_on() -> None:
    _, route = one_route((stop("a", 7),), vehicle(driving=EU_DRIVING))
    # 7 h there: 4 h 30, rest, 2 h 30; 2 h more of the way back, rest, 5 h: 4 h 30, rest, 30 min.
    first = (16_200, 18_900)
    second = (first[1] + 16_200, first[1] + 18_900)
    third = (second[1] + 16_200, second[1] + 18_900)
    assert route.rests == (Rest(*first), Rest(*second), Rest(*third))
    assert route.trips[0].end_s == 14 * HOUR + 3 * 2_700
    assert route.trips[0].visits[0].arrive_s == 7 * HOUR + 2_700


def test_two_waits_are_the_two_parts_of_a_rest() -> None:
    stops = (
        stop("a", 2, window_start_s=2 * HOUR + 900, window_end_s=2 * HOUR + 900),
        stop("b", 4, window_start_s=4 * HOUR + 2_700),
        stop("c", 7),
    )
    _, route = one_route(stops, vehicle(driving=EU_DRIVING, open_end=True))
    assert [rest.end_s - rest.start_s for rest in route.rests] == [900, 1_800]
    assert route.trips[0].end_s == 7 * HOUR + 2_700


def test_a_pause_that_counts_is_made_longer_rather_than_a_rest_taken() -> None:
    stops = (stop("a", 3, service_s=1_500), stop("b", 7))
    driver = vehicle(driving=replace(US_DRIVING, max_drive_s=4 * HOUR), open_end=True)
    _, route = one_route(stops, driver)
    assert route.rests == (Rest(3 * HOUR + 1_500, 3 * HOUR + 1_800),)
    assert route.trips[0].end_s == 7 * HOUR + 1_800


def test_a_break_costs_nothing_while_waiting_and_is_due_only_while_out() -> None:
    lunch = Break(4 * HOUR, 5 * HOUR, 1_800)
    waits = stop("a", 1, window_end_s=2 * HOUR, service_s=HOUR)
    _, route = one_route((waits, stop("b", 2, window_start_s=6 * HOUR)), vehicle(breaks=(lunch,)))
    assert (route.trips[0].end_s, len(route.rests)) == (8 * HOUR, 1)
    _, short = one_route((waits,), vehicle(breaks=(lunch,)))
    assert (short.trips[0].end_s, short.rests) == (3 * HOUR, ())
    _, late = one_route((stop("b", 2, window_start_s=8 * HOUR),), vehicle(breaks=(lunch,)))
    assert (late.trips[0].load_s, late.rests) == (6 * HOUR, ())


def test_a_break_before_a_long_service_is_waited_for() -> None:
    lunch = Break(2 * HOUR, 2 * HOUR + 600, 1_800)
    _, route = one_route((stop("a", 1, service_s=3 * HOUR, window_end_s=0, latest_s=90_000),), vehicle(breaks=(lunch,)))
    # Service from 1:00 to 4:00 would swallow the break: it is taken first, and the trip leaves so as not to idle.
    assert (route.trips[0].depart_s, route.rests) == (HOUR, (Rest(2 * HOUR, 2 * HOUR + 1_800),))
    assert route.trips[0].visits[0].start_s == 2 * HOUR + 1_800


def test_one_rest_is_a_break_and_a_rest_from_driving() -> None:
    driver = vehicle(driving=EU_DRIVING, breaks=(Break(3 * HOUR, 5 * HOUR, 1_800),), open_end=True)
    _, route = one_route((stop("a", 6),), driver)
    assert route.rests == (Rest(16_200, 18_900),)


def test_a_rest_is_not_given_up_for_waiting_that_a_later_departure_takes_away() -> None:
    rule = DrivingRule(max_drive_s=2 * HOUR, rest_s=HOUR)
    driver = vehicle(driving=rule, driven_s=HOUR, breaks=(Break(5 * HOUR, 9 * HOUR, 1_800),), open_end=True)
    stops = (stop("a", 1, window_start_s=3 * HOUR), stop("b", 1, window_start_s=8 * HOUR), stop("c", 2))
    _, route = one_route(stops, driver)
    # Two hours before b would do for the rest, too, but only if the driver left early to idle there.
    assert route.trips[0].end_s == 9 * HOUR
    assert any(rest.end_s - rest.start_s >= HOUR for rest in route.rests)


def test_speed_bands_by_hand() -> None:
    bands = (SpeedBand(1_800, 50), SpeedBand(3_600, 100))
    _, route = one_route((stop("a", 1),), vehicle(open_end=True), bands)
    # Half an hour at full speed, half an hour at half speed, the last quarter at full speed again.
    assert route.trips[0].visits[0].arrive_s == 3_600 + 900


def test_a_closed_span_keeps_the_trip_at_the_depot() -> None:
    closed = stop("a", 1, closed_s=((3_000, 9_000),), window_end_s=20_000)
    _, route = one_route((closed,), vehicle())
    (visit,) = route.trips[0].visits
    assert (route.trips[0].depart_s, visit.arrive_s, visit.start_s) == (9_000 - HOUR, 9_000, 9_000)


def test_setup_is_paid_once_at_a_place() -> None:
    stops = (stop("a", 1, setup_s=300, service_s=60), stop("b", 1, setup_s=300, service_s=60))
    _, route = one_route(stops, vehicle())
    assert [v.depart_s - v.start_s for v in route.trips[0].visits] == [360, 60]


def test_a_rest_keeps_its_place_when_the_trip_leaves_later() -> None:
    stops = (stop("a", 5, window_start_s=8 * HOUR, window_end_s=8 * HOUR),)
    _, route = one_route(stops, vehicle(driving=EU_DRIVING, open_end=True))
    (visit,) = route.trips[0].visits
    assert (visit.arrive_s, visit.start_s) == (8 * HOUR, 8 * HOUR)
    assert route.trips[0].depart_s == 3 * HOUR - 2_700


@example(1107, None, True)
@given(seeds, st.sampled_from([ALL, WITHOUT_RESTS, None]), st.booleans())
def test_price_and_violations_are_those_of_the_checker(
    seed: int, features: frozenset[Feature] | None, wild: bool
) -> None:
    problem = mixed_problem(seed) if features is None else hostile_problem(seed, features=features)
    pricer = RoutePricer(problem)
    for vehicle_id, trips in random_sequences(problem, seed, wild=wild).items():
        route = time_route(problem, vehicle_id, trips)
        if not route.trips or len(set(route.stop_ids)) < len(route.stop_ids):
            continue
        cost, violation = pricer.price(vehicle_id, trips)
        assert cost == route_cost(problem, route).total
        assert (violation == 0) == (judged(problem, route) == [])


@given(seeds)
def test_the_simulation_agrees_with_the_plain_formulas(seed: int) -> None:
    features = [*PLAIN, Feature.SOFT, Feature.RELEASES, Feature.TRIPS, Feature.ON_BOARD, Feature.OPEN_END]
    problem = replace(hostile_problem(seed, features=features), depart_margin_s=None)
    for vehicle_id, trips in random_sequences(problem, seed).items():
        driver = problem.vehicle(vehicle_id)
        stops = [[problem.stop(stop_id) for stop_id in trip] for trip in trips]
        assert covers(problem, driver, stops)
        plain, rich = time_route(problem, vehicle_id, trips), time_rich(problem, driver, stops)
        assert [t for t in plain.trips if not t.on_board] == [t for t in rich.trips if not t.on_board]
        assert [replace(t, latest_depart_s=0) for t in plain.trips] == [
            replace(t, latest_depart_s=0) for t in rich.trips
        ]


@given(seeds)
def test_a_trip_may_leave_as_late_as_it_says(seed: int) -> None:
    problem = mixed_problem(seed)
    for vehicle_id, trips in random_sequences(problem, seed).items():
        route = time_route(problem, vehicle_id, trips)
        if judged(problem, route):
            continue
        late_s = sum(visit.late_s for trip in route.trips for visit in trip.visits)
        for trip in route.trips:
            assert trip.depart_s <= trip.latest_depart_s
            held = {stop_id: trip.latest_depart_s for stop_id in trip.stop_ids if not trip.on_board}
            stops = tuple(replace(s, release_s=held.get(s.stop_id, s.release_s)) for s in problem.stops)
            later = replace(problem, stops=stops)
            again = time_route(later, vehicle_id, trips)
            assert judged(later, again) == []
            assert sum(v.late_s for t in again.trips for v in t.visits) == late_s


REST_RULES = [
    [Feature.BREAKS],
    [Feature.EU],
    [Feature.US],
    [Feature.BREAKS, Feature.EU],
    [Feature.BREAKS, Feature.US],
]
ROUTE_RULES = [Feature.SOFT, Feature.RELEASES, Feature.TRIPS, Feature.ON_BOARD, Feature.CLOSED, Feature.SETUP]


@pytest.mark.parametrize("seed", range(8))
def test_rests_are_placed_as_well_as_a_model_can(seed: int) -> None:
    features = [*ROUTE_RULES, Feature.OPEN_END, Feature.OWN_END, *REST_RULES[seed % len(REST_RULES)]]
    problem = hostile_problem(seed, 4, 2, features, day_s=1_500)
    for vehicle_id, trips in random_sequences(problem, seed).items():
        on_board = problem.starts_on_board(problem.vehicle(vehicle_id))
        kept = [list(trip) for number, trip in enumerate(trips) if trip or (number == 0 and on_board)]
        if not any(kept):
            continue
        route = time_route(problem, vehicle_id, kept)
        verdict = check(problem, RoutingPlan((route,)))
        timed = {Rule.TIME_WINDOW_INFEASIBLE, Rule.SHIFT_EXCEEDED, Rule.BREAK_MISSED}
        broken_s = sum(v.size for v in verdict.violations if v.rule in timed and v.vehicle_id == vehicle_id)
        best = best_rests(problem, vehicle_id, kept, horizon_s=20_000)
        assert best is None or (best.violation_s, best.end_s) == (broken_s, route.trips[-1].end_s)


def test_driving_rules_are_kept_on_legs_of_any_length() -> None:
    far = Profile(np.array([[0, 200_000], [200_000, 0]]), np.array([[0, 50_000], [50_000, 0]]))
    breaks = (Break(9_000, 10_000, 2_700), Break(200_000, 210_000, 600))
    driver = vehicle(driving=EU_DRIVING, breaks=breaks, shift_end_s=10**7)
    problem = RoutingProblem((far,), (stop("a", 1, latest_s=10**6),), (driver,), dimensions=("pieces",))
    route = time_route(problem, "v", [["a"]])
    assert judged(problem, route) == []
    # 400,000 s of driving: the first break at 10,000, 24 more rests after 16,200 s each; one of them is the second.
    assert route.trips[0].end_s == 400_000 + 25 * 2_700
