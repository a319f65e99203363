"""Times are those of the rules; the checker finds every broken one, with its size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solvers.errors import InvalidProblem
from solvers.routing.check import Check, Rule, check
from solvers.routing.plan import Reason, Route, RoutingPlan, Trip, Unplanned, sequences_of
from solvers.routing.problem import TICKS_PER_CENT, Profile, RoutingProblem, Stop, Vehicle
from solvers.routing.timing import plan_of, time_route

LINE = np.abs(np.subtract.outer(np.arange(6) * 100, np.arange(6) * 100))
"""Six places in a row, 100 m and 100 s apart; the depot is the first."""


def stop(stop_id: str, location: int, **changes: object) -> Stop:
    plain = Stop(stop_id, location, (10, 1), 0, 5_000, 5_000, prize_cents=1_000)
    return replace(plain, **changes)  # type: ignore[arg-type]


def vehicle(vehicle_id: str = "v", **changes: object) -> Vehicle:
    plain = Vehicle(vehicle_id, 0, 0, (20, 5), shift_end_s=6_000, load_s=60, max_trips=2, cents_per_km=100)
    return replace(plain, **changes)  # type: ignore[arg-type]


def problem(*stops: Stop, vehicles: tuple[Vehicle, ...] = (), margin_s: int | None = None) -> RoutingProblem:
    return RoutingProblem((Profile(LINE, LINE),), stops, vehicles or (vehicle(),), depart_margin_s=margin_s)


def test_a_trip_leaves_as_late_as_it_may_without_ending_later() -> None:
    the_problem = problem(stop("a", 1, window_start_s=1_000, window_end_s=1_200), stop("b", 2, window_start_s=2_000))
    (trip,) = time_route(the_problem, "v", [["a", "b"]]).trips
    # Leaving at 60 it would wait 840 s at a and 900 s at b; a's window lets it leave 1,040 s later.
    assert (trip.load_s, trip.depart_s, trip.end_s) == (1_040, 1_100, 2_200)
    assert [(v.arrive_s, v.start_s, v.late_s) for v in trip.visits] == [(1_200, 1_200, 0), (1_300, 2_000, 0)]
    assert trip.latest_depart_s == 1_100


def test_a_margin_keeps_a_trip_at_the_depot() -> None:
    stops = (stop("a", 1, window_end_s=3_000), stop("b", 2, window_end_s=4_000, latest_s=4_000))
    (early,) = time_route(problem(*stops), "v", [["a", "b"]]).trips
    (late,) = time_route(problem(*stops, margin_s=500), "v", [["a", "b"]]).trips
    assert (early.depart_s, early.end_s, early.latest_depart_s) == (60, 460, 2_900)
    assert (late.depart_s, late.end_s) == (2_400, 2_800)
    first = time_route(problem(*stops, margin_s=500), "v", [["b"], ["a"]]).trips[0]
    assert first.end_s <= time_route(problem(*stops, margin_s=500), "v", [["b"], ["a"]]).trips[1].load_s


def test_trips_wait_for_goods_and_for_the_trip_before() -> None:
    the_problem = problem(stop("a", 3), stop("b", 1, release_s=500), stop("c", 1, release_s=5_000))
    first, second = time_route(the_problem, "v", [["a"], ["b"]]).trips
    assert (first.depart_s, first.end_s, second.load_s, second.depart_s) == (60, 660, 660, 720)
    assert time_route(the_problem, "v", [["a"], ["c"]]).trips[1].depart_s == 5_000


def test_a_vehicle_under_way_begins_with_its_goods_on_board() -> None:
    under_way = vehicle(start=4, ready_s=1_000)
    the_problem = problem(stop("a", 5, on_board="v"), stop("b", 1), vehicles=(under_way,))
    first, second = time_route(the_problem, "v", [["a"], ["b"]]).trips
    assert (first.on_board, first.load_s, first.depart_s, first.end_s) == (True, 1_000, 1_000, 1_600)
    assert (second.load_s, second.depart_s) == (1_600, 1_660)
    (home,) = plan_of(the_problem, {}).route("v").trips  # type: ignore[union-attr]
    assert (home.visits, home.end_s) == ((), 1_400)
    stays_out = problem(stop("b", 1), vehicles=(replace(under_way, open_end=True),))
    assert time_route(stays_out, "v", [[]]).trips[0].end_s == 1_000


def test_unknown_vehicles_are_refused_and_missing_stops_are_unplanned() -> None:
    the_problem = problem(stop("a", 1), stop("b", 2))
    with pytest.raises(InvalidProblem):
        plan_of(the_problem, {"w": [["a"]]})
    plan = plan_of(the_problem, {"v": [["a"]]}, {"b": Reason.LOCKED})
    assert plan.unplanned == (Unplanned("b", Reason.LOCKED),)
    assert sequences_of(plan) == {"v": (("a",),)}
    assert plan.vehicle_of() == {"a": "v"}


def test_costs_by_part() -> None:
    stops = (
        stop("a", 2, window_end_s=100, late_cents_per_min=30, incumbent="w", change_cents=7),
        stop("b", 3, prize_cents=50),
    )
    paid = vehicle(fixed_cents=11, cents_per_hour=3_600)
    cost = check(problem(*stops, vehicles=(paid,)), plan_of(problem(*stops, vehicles=(paid,)), {"v": [["a"]]})).cost
    # Arrives at 260, 160 s late; 400 m; loading 60 s and 400 s driving at a cent a second.
    assert cost.lateness == 160 * 30 * TICKS_PER_CENT // 60
    assert (cost.distance, cost.time) == (40 * TICKS_PER_CENT, 460 * TICKS_PER_CENT)
    assert (cost.fixed, cost.change, cost.unplanned) == tuple(c * TICKS_PER_CENT for c in (11, 7, 50))
    assert cost.cents == 80 + 40 + 460 + 11 + 7 + 50


def broken(verdict: Check) -> dict[Rule, int]:
    return {violation.rule: violation.size for violation in verdict.violations}


BASE = problem(
    stop("a", 2, window_end_s=300, latest_s=300, release_s=100), stop("b", 3, allowed=frozenset("v")), stop("c", 1)
)


def base_trip() -> Trip:
    return time_route(BASE, "v", [["a", "b"]]).trips[0]


def with_trips(*trips: Trip, unplanned: tuple[str, ...] = ("c",)) -> RoutingPlan:
    return RoutingPlan((Route("v", trips),), tuple(Unplanned(s, Reason.FITS) for s in unplanned))


def test_a_good_plan_has_no_violation() -> None:
    assert check(BASE, with_trips(base_trip())).ok


def test_bookkeeping() -> None:
    trip = base_trip()
    assert broken(check(BASE, with_trips(trip, unplanned=()))) == {Rule.STOP_FORGOTTEN: 1}
    assert broken(check(BASE, with_trips(trip, unplanned=("c", "a")))) == {Rule.STOP_TWICE: 1}
    assert broken(check(BASE, with_trips(trip, unplanned=("c", "x")))) == {Rule.UNKNOWN_STOP: 1}
    plan = with_trips(trip)
    assert Rule.VEHICLE_TWICE in broken(check(BASE, replace(plan, routes=(*plan.routes, Route("v", ())))))
    assert broken(check(BASE, replace(plan, routes=(*plan.routes, Route("w", ()))))) == {Rule.UNKNOWN_VEHICLE: 1}


def test_stated_times_are_not_believed() -> None:
    trip = base_trip()
    first, second = trip.visits
    early = replace(trip, load_s=trip.load_s - 5)
    assert Rule.TIMES_DISAGREE in broken(check(BASE, with_trips(early)))
    fast = replace(trip, visits=(first._replace(arrive_s=first.arrive_s - 7), second))
    assert broken(check(BASE, with_trips(fast)))[Rule.TRAVEL_TOO_SHORT] == 7
    hasty = replace(trip, visits=(first, second._replace(depart_s=second.depart_s - 3)))
    assert broken(check(BASE, with_trips(hasty)))[Rule.TIMES_DISAGREE] == 3
    assert broken(check(BASE, with_trips(replace(trip, end_s=trip.end_s - 4)))) == {Rule.TRAVEL_TOO_SHORT: 4}
    assert broken(check(BASE, with_trips(replace(trip, distance_m=1)))) == {Rule.DISTANCE_WRONG: 599}


def shifted(the_problem: RoutingProblem, sequences: dict[str, list[list[str]]]) -> dict[Rule, int]:
    return broken(check(the_problem, plan_of(the_problem, sequences)))


def test_hard_rules_and_sizes() -> None:
    assert shifted(BASE, {"v": [["b", "a"]]}) == {Rule.TIME_WINDOW_INFEASIBLE: 200}
    assert shifted(BASE, {"v": [["a", "b", "c"]]}) == {Rule.CAPACITY_EXCEEDED: 10}
    assert shifted(BASE, {"v": [["a"], ["b"], ["c"]]}) == {Rule.MAX_TRIPS_EXCEEDED: 1}
    short = replace(BASE, vehicles=(vehicle(shift_end_s=400),))
    assert shifted(short, {"v": [["a"]]}) == {Rule.SHIFT_EXCEEDED: 100}
    two = replace(BASE, vehicles=(vehicle(), vehicle("w")))
    assert shifted(two, {"w": [["b"]]}) == {Rule.NOT_ALLOWED: 1}


def test_locks_and_goods_on_board() -> None:
    locked = problem(stop("a", 1), stop("b", 2), vehicles=(vehicle(locked=(("a",), ("b",))),))
    assert shifted(locked, {"v": [["a"], ["b"]]}) == {}
    assert shifted(locked, {"v": [["a", "b"]]}) == {Rule.LOCK_BROKEN: 1}
    assert shifted(locked, {}) == {Rule.LOCK_BROKEN: 1}
    boarded = problem(stop("a", 1, on_board="v"), stop("b", 2), vehicles=(vehicle(start=3), vehicle("w")))
    assert shifted(boarded, {"v": [["a"]], "w": [["b"]]}) == {}
    assert Rule.ON_BOARD_ELSEWHERE in shifted(boarded, {"w": [["a", "b"]]})
    assert Rule.ON_BOARD_ELSEWHERE in shifted(boarded, {"v": [["a", "b"]]})
    assert broken(check(boarded, RoutingPlan((), (Unplanned("a", Reason.FITS), Unplanned("b", Reason.FITS))))) == {
        Rule.TRIP_KIND: 1
    }


def test_leaving_before_goods_or_vehicle_are_there() -> None:
    nothing_waits = replace(BASE, stops=tuple(replace(s, release_s=0) for s in BASE.stops))
    trip = time_route(nothing_waits, "v", [["a", "b"]]).trips[0]
    assert (trip.load_s, trip.depart_s) == (0, 60)
    late = replace(BASE, stops=(replace(BASE.stops[0], release_s=80), *BASE.stops[1:]))
    assert broken(check(late, with_trips(trip))) == {Rule.LEAVES_TOO_EARLY: 20}
    busy = replace(nothing_waits, vehicles=(vehicle(ready_s=70),))
    assert broken(check(busy, with_trips(trip))) == {Rule.LEAVES_TOO_EARLY: 70}
