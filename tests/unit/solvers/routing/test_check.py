"""Every rule broken once on purpose, with its size; sums worked out by hand. Times come from the dumb driver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solvers.routing.check import Check, Rule, check
from solvers.routing.parts import (
    EU_DRIVING,
    US_DRIVING,
    Break,
    DrivingRule,
    Profile,
    Relation,
    RelationKind,
    Shipment,
    SpeedBand,
    Stop,
    StopKind,
    Vehicle,
)
from solvers.routing.plan import Reason, Rest, RoutingPlan, Sequences, Trip, Unplanned
from solvers.routing.problem import TICKS_PER_CENT, RoutingProblem
from tests.unit.solvers.routing.driver import Wishes, driven_plan

LINE = np.abs(np.subtract.outer(np.arange(6) * 100, np.arange(6) * 100))  # Six places, 100 m and 100 s apart.
PICKUP = StopKind.PICKUP


def stop(stop_id: str, location: int, **changes: object) -> Stop:
    plain = Stop(stop_id, location, (10, 1), 0, 50_000, 50_000, prize_cents=1_000)
    return replace(plain, **changes)  # type: ignore[arg-type]


def vehicle(vehicle_id: str = "v", **changes: object) -> Vehicle:
    plain = Vehicle(vehicle_id, 0, 0, (20, 5), shift_end_s=60_000, load_s=60, max_trips=2, cents_per_km=100)
    return replace(plain, **changes)  # type: ignore[arg-type]


def problem(*stops: Stop, fleet: tuple[Vehicle, ...] = (), **changes: object) -> RoutingProblem:
    profiles = (Profile(LINE, LINE),)
    return replace(RoutingProblem(profiles, stops, fleet or (vehicle(),)), **changes)  # type: ignore[arg-type]


def broken(verdict: Check) -> dict[Rule, int]:
    return {violation.rule: violation.size for violation in verdict.violations}


def after(the_problem: RoutingProblem, sequences: Sequences, *rests: tuple[int, int]) -> dict[Rule, int]:
    """What is broken when "v" drives so, with these rests wished for."""
    return broken(check(the_problem, driven_plan(the_problem, sequences, {"v": rests})))


AB = problem(stop("a", 2), stop("b", 3), stop("c", 1))


def ab(**changes: object) -> RoutingPlan:
    """The plan "a, b" with its trip changed."""
    plan = driven_plan(AB, {"v": [["a", "b"]]})
    return with_trip(plan, replace(plan.routes[0].trips[0], **changes))  # type: ignore[arg-type]


def with_trip(plan: RoutingPlan, trip: Trip, *rests: Rest) -> RoutingPlan:
    return replace(plan, routes=(replace(plan.routes[0], trips=(trip,), rests=rests),))


def test_bookkeeping() -> None:
    plan = ab()
    assert check(AB, plan).ok
    assert broken(check(AB, replace(plan, unplanned=()))) == {Rule.STOP_FORGOTTEN: 1}
    for stop_id, rule in (("a", Rule.STOP_TWICE), ("c", Rule.STOP_TWICE), ("x", Rule.UNKNOWN_STOP)):
        more = replace(plan, unplanned=(*plan.unplanned, Unplanned(stop_id, Reason.FITS)))
        assert broken(check(AB, more)) == {rule: 1}
    stranger = replace(plan.routes[0], vehicle_id="w", trips=())
    assert broken(check(AB, replace(plan, routes=(*plan.routes, stranger)))) == {Rule.UNKNOWN_VEHICLE: 1}
    again = replace(plan.routes[0], trips=())
    assert broken(check(AB, replace(plan, routes=(*plan.routes, again)))) == {Rule.VEHICLE_TWICE: 1}


def test_stated_times_are_not_believed() -> None:
    first, second = ab().routes[0].trips[0].visits
    fast = (first._replace(arrive_s=first.arrive_s - 7), second)
    assert broken(check(AB, ab(visits=fast))) == {Rule.TRAVEL_TOO_SHORT: 7, Rule.TIMES_DISAGREE: 7}
    idle = (first, second._replace(start_s=second.start_s + 5, depart_s=second.depart_s + 5))
    assert broken(check(AB, ab(visits=idle, end_s=665))) == {Rule.TIMES_DISAGREE: 5}
    hasty = (first, second._replace(depart_s=second.depart_s - 3))
    assert broken(check(AB, ab(visits=hasty, end_s=657))) == {Rule.TIMES_DISAGREE: 3}
    late = (first._replace(late_s=9), second)
    assert broken(check(AB, ab(visits=late))) == {Rule.TIMES_DISAGREE: 9}
    assert broken(check(AB, ab(end_s=664))) == {Rule.TRAVEL_TOO_SHORT: 4}
    assert broken(check(AB, ab(load_s=5))) == {Rule.TIMES_DISAGREE: 5}
    assert broken(check(AB, ab(load_s=-5))) == {Rule.TIMES_DISAGREE: 5, Rule.LEAVES_TOO_EARLY: 5}
    assert broken(check(AB, ab(distance_m=1))) == {Rule.DISTANCE_WRONG: 599}


def test_leaving_before_goods_or_vehicle_are_there() -> None:
    goods = replace(AB, stops=(replace(AB.stops[0], release_s=80), *AB.stops[1:]))
    assert broken(check(goods, ab())) == {Rule.LEAVES_TOO_EARLY: 20}
    assert broken(check(replace(AB, vehicles=(vehicle(ready_s=70),)), ab())) == {Rule.LEAVES_TOO_EARLY: 70}


def test_windows_and_closed_spans() -> None:
    late = problem(stop("a", 2, window_end_s=200, latest_s=250, late_cents_per_min=60))
    verdict = check(late, driven_plan(late, {"v": [["a"]]}))
    assert broken(verdict) == {Rule.TIME_WINDOW_INFEASIBLE: 10}
    assert (verdict.late_s, verdict.late_stops, verdict.cost.lateness) == (60, 1, 60 * TICKS_PER_CENT)
    # Arrival at 260 falls into the second span; its end is open, as is the begin of the first.
    shut = problem(stop("a", 2, closed_s=((100, 250), (255, 300))))
    plan = driven_plan(shut, {"v": [["a"]]})
    assert plan.routes[0].trips[0].visits[0].start_s == 300
    assert check(shut, plan).ok
    anyway = plan.routes[0].trips[0]
    visit = anyway.visits[0]._replace(start_s=260, depart_s=260)
    stated = with_trip(plan, replace(anyway, visits=(visit,), end_s=460))
    assert broken(check(shut, stated)) == {Rule.TIMES_DISAGREE: 40}
    on_the_edge = problem(stop("a", 2, closed_s=((260, 300),)))
    assert check(on_the_edge, stated).ok


def test_setup_is_paid_only_where_the_vehicle_moved() -> None:
    twice = problem(stop("a", 2, service_s=5, setup_s=50), stop("b", 2, service_s=7, setup_s=50))
    trip = driven_plan(twice, {"v": [["a", "b"]]}).routes[0].trips[0]
    assert [visit.depart_s for visit in trip.visits] == [315, 322]
    assert check(twice, driven_plan(twice, {"v": [["a", "b"]]})).ok
    at_the_depot = problem(stop("a", 0, setup_s=50))
    assert driven_plan(at_the_depot, {"v": [["a"]]}).routes[0].trips[0].visits[0].depart_s == 60
    assert broken(check(replace(twice, stops=(twice.stops[0], replace(twice.stops[1], location=3))),
                        driven_plan(twice, {"v": [["a", "b"]]})))[Rule.TIMES_DISAGREE] == 50  # fmt: skip


def test_who_may() -> None:
    two = (vehicle(skills=frozenset({"cold"})), vehicle("w"))
    picky = problem(
        stop("a", 1, allowed=frozenset("v")), stop("b", 1, barred=frozenset("w")), stop("c", 1, needs=frozenset("xy")),
        fleet=two,
    )  # fmt: skip
    assert after(picky, {"v": [["a", "b"]]}) == {}
    assert after(picky, {"w": [["a"]]}) == {Rule.NOT_ALLOWED: 1}
    assert after(picky, {"w": [["b"]]}) == {Rule.NOT_ALLOWED: 1}
    assert after(picky, {"v": [["c"]]}) == {Rule.SKILL_MISSING: 2}


def test_trips_and_locks() -> None:
    locked = problem(stop("a", 1), stop("b", 2), stop("c", 2), fleet=(vehicle(locked=(("a",), ("b",))),))
    assert after(locked, {"v": [["a"], ["b", "c"]]}) == {}
    assert after(locked, {"v": [["a", "c"], ["b"]]}) == {Rule.LOCK_BROKEN: 1}
    assert after(locked, {"v": [["a"], ["c", "b"]]}) == {Rule.LOCK_BROKEN: 1}
    assert after(locked, {}) == {Rule.LOCK_BROKEN: 1}
    assert after(AB, {"v": [["a"], ["b"], ["c"]]}) == {Rule.MAX_TRIPS_EXCEEDED: 1}
    plan = ab()
    empty = replace(plan.routes[0].trips[0], visits=(), load_s=660, depart_s=720, end_s=720, distance_m=0)
    twice = replace(plan, routes=(replace(plan.routes[0], trips=(plan.routes[0].trips[0], empty)),))
    assert broken(check(AB, twice)) == {Rule.TRIP_KIND: 1}


def test_goods_on_board() -> None:
    boarded = problem(
        stop("a", 1, on_board="v", allowed=frozenset("w")), stop("b", 2), stop("p", 2, kind=PICKUP),
        fleet=(vehicle(start=3), vehicle("w")),
    )  # fmt: skip
    assert after(boarded, {"v": [["a", "p"]], "w": [["b"]]}) == {}
    assert after(boarded, {"v": [[]], "w": [["a", "b"]]}) == {Rule.ON_BOARD_ELSEWHERE: 1}
    assert after(boarded, {"v": [["a", "b"]]}) == {Rule.ON_BOARD_ELSEWHERE: 1}
    nobody = RoutingPlan((), tuple(Unplanned(stop_id, Reason.FITS) for stop_id in "abp"))
    assert broken(check(boarded, nobody)) == {Rule.TRIP_KIND: 1}


def test_loads_along_the_way() -> None:
    # 20 fit. A pickup after the deliveries uses their room; before them it does not.
    mixed = problem(stop("a", 1), stop("b", 2), stop("p", 3, kind=PICKUP, demand=(15, 1)))
    assert after(mixed, {"v": [["a", "b", "p"]]}) == {}
    assert after(mixed, {"v": [["a", "p", "b"]]}) == {Rule.CAPACITY_EXCEEDED: 5}
    assert after(mixed, {"v": [["p", "a", "b"]]}) == {Rule.CAPACITY_EXCEEDED: 15}
    # Three of 10 on board are more than 20: that is as it is. What is not delivered stays on board, too.
    aboard = problem(
        *(stop(stop_id, 1, on_board="v") for stop_id in "abc"), stop("p", 2, kind=PICKUP, demand=(10, 3)),
        fleet=(vehicle(start=1),),
    )  # fmt: skip
    assert after(aboard, {"v": [["a", "p"]]}) == {}
    full = check(aboard, driven_plan(aboard, {"v": [["p"]]})).violations
    assert [(v.rule, v.size, v.detail) for v in full] == [
        (Rule.CAPACITY_EXCEEDED, 10, "weight_g"),
        (Rule.CAPACITY_EXCEEDED, 1, "volume_cm3"),
    ]


def test_shipments() -> None:
    pair = problem(
        stop("p", 1, kind=PICKUP, demand=(20, 1)), stop("d", 3, demand=(20, 1)), stop("b", 2),
        fleet=(vehicle(), vehicle("w")), shipments=(Shipment("p", "d"),),
    )  # fmt: skip
    assert after(pair, {"v": [["p", "d"]]}) == {}
    assert after(pair, {"v": [["b", "p", "d"]]}) == {}
    assert after(pair, {"v": [["p", "d", "b"]]}) == {Rule.CAPACITY_EXCEEDED: 10}
    for sequences in ({"v": [["d", "p"]]}, {"v": [["p"], ["d"]]}, {"v": [["p"]], "w": [["d"]]}, {"v": [["d"]]}):
        assert after(pair, sequences) == {Rule.SHIPMENT_BROKEN: 1}


def test_incompatible_goods_meet_in_no_trip() -> None:
    goods = problem(
        stop("a", 1, goods_class="food"), stop("b", 2, goods_class="fuel"), stop("c", 3, demand=(0, 0)),
        incompatible=frozenset({("fuel", "food")}),
    )  # fmt: skip
    assert after(goods, {"v": [["a", "c", "b"]]}) == {Rule.INCOMPATIBLE_GOODS: 1}
    assert after(goods, {"v": [["a", "c"], ["b"]]}) == {}


def test_options() -> None:
    ways = problem(
        stop("a", 1, option_of="home", prize_cents=70), stop("b", 2, option_of="home", prize_cents=40),
        stop("c", 3, option_of="home", demand=(0, 0)), stop("d", 3, prize_cents=5),
    )  # fmt: skip
    assert after(ways, {"v": [["a", "b", "c"]]}) == {Rule.OPTION_TWICE: 2}
    one = check(ways, driven_plan(ways, {"v": [["b"]]}))
    assert (one.ok, one.cost.unplanned) == (True, 5 * TICKS_PER_CENT)
    assert check(ways, driven_plan(ways, {})).cost.unplanned == 1_005 * TICKS_PER_CENT


@pytest.mark.parametrize(
    ("kind", "sequences", "size"),
    [
        (RelationKind.SAME_VEHICLE, {"v": [["c"], ["a", "b"]]}, 0),
        (RelationKind.SAME_VEHICLE, {"v": [["a", "c"]], "w": [["b"]]}, 2),
        (RelationKind.SEQUENCE, {"v": [["a", "d"], ["b", "c"]]}, 0),
        (RelationKind.SEQUENCE, {"v": [["b", "a", "c"]]}, 1),
        (RelationKind.SEQUENCE, {"v": [["b", "c"], ["a"]]}, 1),
        (RelationKind.SEQUENCE, {"v": [["a", "c"]], "w": [["b"]]}, 2),
        (RelationKind.STRICT, {"v": [["d", "a", "b", "c"]]}, 0),
        (RelationKind.STRICT, {"v": [["a", "c"]]}, 0),
        (RelationKind.STRICT, {"v": [["a", "d", "b", "c"]]}, 1),
        (RelationKind.STRICT, {"v": [["a", "b"], ["c"]]}, 1),
        (RelationKind.STRICT, {"v": [["c", "b", "a"]]}, 2),
    ],
)
def test_relations(kind: RelationKind, sequences: Sequences, size: int) -> None:
    light = [stop(stop_id, place, demand=(1, 0)) for place, stop_id in enumerate("abcd", 1)]
    bound = problem(*light, fleet=(vehicle(), vehicle("w")), relations=(Relation(kind, ("a", "b", "c")),))
    assert after(bound, sequences) == ({Rule.RELATION_BROKEN: size} if size else {})


@pytest.mark.parametrize(
    ("name", "used", "rule"),
    [
        ("max_distance_m", 600, Rule.DISTANCE_EXCEEDED),
        ("max_drive_s", 600, Rule.DRIVING_EXCEEDED),
        ("max_duration_s", 720, Rule.DURATION_EXCEEDED),
        ("max_stops", 2, Rule.STOPS_EXCEEDED),
    ],
)
def test_limits_of_a_whole_route(name: str, used: int, rule: Rule) -> None:
    trips = {"v": [["a"], ["c"]]}
    assert after(replace(AB, vehicles=(vehicle(**{name: used}),)), trips) == {}
    assert after(replace(AB, vehicles=(vehicle(**{name: used - 1}),)), trips) == {rule: 1}
    only_home = replace(AB, vehicles=(vehicle(start=3, shift_end_s=10, **{name: 0}),))
    assert after(only_home, {}) == {}
    assert after(only_home, {"v": [[], ["c"]]})[rule] > 0


def test_the_shift_ends_trips_with_stops() -> None:
    short = replace(AB, vehicles=(vehicle(shift_end_s=400),))
    assert after(short, {"v": [["a"]]}) == {Rule.SHIFT_EXCEEDED: 60}


def test_where_the_last_trip_ends() -> None:
    trips = {"v": [["c"], ["a"]]}
    own = replace(AB, vehicles=(vehicle(end=5),))
    first, last = driven_plan(own, trips).routes[0].trips
    assert (first.distance_m, last.distance_m) == (200, 500)
    assert after(own, trips) == {}
    stays = replace(AB, vehicles=(vehicle(end=5, open_end=True),))
    assert driven_plan(stays, trips).routes[0].trips[1].distance_m == 200
    assert after(stays, trips) == {}
    assert broken(check(stays, driven_plan(own, trips))) == {Rule.TRAVEL_TOO_SHORT: 300, Rule.DISTANCE_WRONG: 300}


def test_costs_by_part() -> None:
    stops = (
        stop("a", 2, window_end_s=100, late_cents_per_min=30, incumbent="w", change_cents=7),
        stop("b", 3, prize_cents=50),
    )
    paid = vehicle(fixed_cents=11, cents_per_hour=3_600, overtime_from_s=400, overtime_cents_per_hour=1_800)
    the_problem = problem(*stops, fleet=(paid,))
    verdict = check(the_problem, driven_plan(the_problem, {"v": [["a"]]}))
    cost = verdict.cost
    # Arrives at 260, 160 s late; 400 m; loading 60 s and 400 s driving at a cent a second; 60 s of it overtime.
    assert cost.lateness == 160 * 30 * TICKS_PER_CENT // 60
    assert (cost.distance, cost.time, cost.overtime) == tuple(c * TICKS_PER_CENT for c in (40, 460, 30))
    assert (cost.fixed, cost.change, cost.unplanned) == tuple(c * TICKS_PER_CENT for c in (11, 7, 50))
    assert cost.cents == 80 + 40 + 460 + 30 + 11 + 7 + 50
    assert (verdict.distance_m, verdict.paid_s, verdict.planned_stops, verdict.unplanned_stops) == (400, 460, 1, 1)


def test_overtime_counts_work_of_every_trip_and_no_waiting_at_the_depot() -> None:
    stops = (stop("a", 1), stop("b", 1, release_s=1_000))
    over = problem(*stops, fleet=(vehicle(overtime_from_s=200, overtime_cents_per_hour=3_600),))
    # First trip 0-260, second 940-1,200: 60 s and 260 s after 200.
    assert check(over, driven_plan(over, {"v": [["a"], ["b"]]})).cost.overtime == 320 * TICKS_PER_CENT


@pytest.mark.parametrize(
    ("before", "sequence", "cents"),
    [("", ["a", "b"], 0), ("", ["b", "a"], 9), ("b", ["b", "a"], 0), ("b", ["a"], 9), (None, ["b", "a"], 0)],
)
def test_another_predecessor_has_its_price(before: str | None, sequence: list[str], cents: int) -> None:
    again = problem(stop("a", 1, incumbent_after=before, resequence_cents=9), stop("b", 2))
    assert check(again, driven_plan(again, {"v": [sequence]})).cost.change == cents * TICKS_PER_CENT


def test_travel_by_time_of_day() -> None:
    # Half speed from 100, a third more from 150: 40 s at full speed, 50 at half, then 35 units at 1.3 a second.
    bands = (SpeedBand(100, 50), SpeedBand(150, 130))
    slow = problem(stop("a", 1), profiles=(Profile(LINE, LINE, bands),))
    trip = driven_plan(slow, {"v": [["a"]]}).routes[0].trips[0]
    assert trip.visits[0].arrive_s == 150 + 27
    assert trip.end_s == 177 + 77
    assert after(slow, {"v": [["a"]]}) == {}
    assert broken(check(slow, driven_plan(replace(slow, profiles=(Profile(LINE, LINE),)), {"v": [["a"]]}))) == {
        Rule.TRAVEL_TOO_SHORT: 23
    }


def resting(*breaks: Break, driving: DrivingRule | None = None, **changes: object) -> RoutingProblem:
    """Stops far apart, with time for rests. Leaving at 60, arriving at f (500 m) at 560 without rest."""
    fleet = (vehicle(breaks=breaks, driving=driving, **changes),)
    return problem(stop("f", 5, service_s=40), stop("n", 1), fleet=fleet)


def test_a_rest_on_the_road_makes_the_way_longer() -> None:
    plan = driven_plan(resting(), {"v": [["f"]]}, {"v": [(200, 45)]})
    assert (plan.routes[0].rests, plan.routes[0].trips[0].visits[0].arrive_s) == ((Rest(200, 245),), 605)
    assert check(resting(), plan).ok
    assert broken(check(resting(), with_trip(plan, plan.routes[0].trips[0]))) == {Rule.TRAVEL_TOO_SHORT: 45}


def test_a_rest_at_a_stop_delays_service() -> None:
    plan = driven_plan(resting(), {"v": [["f"]]}, {"v": [(560, 45)]})
    (trip,) = plan.routes[0].trips
    assert (trip.visits[0].arrive_s, trip.visits[0].start_s) == (560, 605)
    assert check(resting(), plan).ok
    # The same rest just before the arrival; and none at all.
    at_the_gate = replace(trip, visits=(trip.visits[0]._replace(arrive_s=605),))
    assert check(resting(), with_trip(plan, at_the_gate, Rest(560, 605))).ok
    assert broken(check(resting(), with_trip(plan, trip))) == {Rule.TIMES_DISAGREE: 45}
    for nothing in (Rest(600, 600), Rest(605, 605)):
        assert broken(check(resting(), with_trip(plan, trip, nothing)))[Rule.TIMES_DISAGREE] == 45


@pytest.mark.parametrize(
    ("rests", "size"),
    [
        ([(30, 70)], 30),
        ([(590, 610)], 10),
        ([(-20, 0)], 20),
        ([(1_100, 1_130)], 30),
        ([(700, 700)], 1),
        ([(700, 720), (710, 730)], 10),
    ],
)
def test_rests_have_their_places(rests: list[tuple[int, int]], size: int) -> None:
    (trip,) = driven_plan(resting(), {"v": [["f"]]}).routes[0].trips
    plan = with_trip(driven_plan(resting(), {"v": [["f"]]}), trip, *(Rest(*rest) for rest in rests))
    assert broken(check(resting(), plan))[Rule.REST_MISPLACED] == size


def test_breaks() -> None:
    lunch = resting(Break(300, 400, 30))
    assert after(lunch, {"v": [["f"]]}, (400, 30)) == {}
    assert after(lunch, {"v": [["f"]]}) == {Rule.BREAK_MISSED: 30}
    for wish in ((299, 30), (401, 30), (350, 29)):
        assert after(lunch, {"v": [["f"]]}, wish) == {Rule.BREAK_MISSED: 30}
    # Not due: the route is over by then, or begins after it.
    assert after(lunch, {"v": [["n"]]}) == {}
    assert after(resting(Break(300, 400, 30), ready_s=401), {"v": [["f"]]}) == {}
    assert after(resting(Break(300, 400, 30), ready_s=400, load_s=0), {"v": [["f"]]}) == {Rule.BREAK_MISSED: 30}


def test_every_break_has_its_own_rest() -> None:
    # The long one could have either rest, the short one only the first: both are served.
    two = resting(Break(100, 200, 20), Break(100, 400, 30))
    assert after(two, {"v": [["f"]]}, (150, 40), (300, 35)) == {}
    assert after(two, {"v": [["f"]]}, (150, 40)) == {Rule.BREAK_MISSED: 20}
    assert after(two, {"v": [["f"]]}, (300, 35)) == {Rule.BREAK_MISSED: 20}


def far(driving: DrivingRule, service_s: int = 0, **changes: object) -> RoutingProblem:
    """Places an hour apart; f is five hours away, g at the same place."""
    fleet = (vehicle(driving=driving, load_s=0, **changes),)
    stops = (stop("f", 5, service_s=service_s), stop("g", 5, service_s=service_s), stop("n", 1))
    return problem(*stops, fleet=fleet, profiles=(Profile(LINE * 36, LINE),))


@pytest.mark.parametrize(
    ("wishes", "size"),
    [
        ([], 19_800),
        ([(16_200, 2_700), (35_100, 2_700)], 0),
        ([(16_201, 2_700), (35_101, 2_700)], 1),
        ([(16_200, 2_699), (35_099, 2_700)], 16_200),
        # 15 minutes and then 30, not the other way about; 30 and 30 will do, and each part counts once.
        ([(5_000, 900), (17_100, 1_800), (35_100, 2_700)], 0),
        ([(5_000, 899), (17_099, 1_800), (35_099, 2_700)], 16_200),
        ([(5_000, 1_800), (18_000, 900), (35_100, 2_700)], 16_200),
        ([(5_000, 1_800), (18_000, 1_800), (36_000, 2_700)], 0),
        ([(1_000, 900), (2_900, 1_800), (14_700, 1_800), (32_700, 2_700)], 10_000),
    ],
)
def test_driving_in_europe(wishes: Wishes, size: int) -> None:
    assert after(far(EU_DRIVING), {"v": [["f"]]}, *wishes) == ({Rule.DRIVING_EXCEEDED: size} if size else {})


@pytest.mark.parametrize(
    ("service_s", "sequence", "wishes", "size"),
    [
        (0, ["f"], [], 7_200),
        (1_800, ["f"], [], 0),
        (1_799, ["f"], [], 7_200),
        (900, ["f", "g"], [], 0),
        (1_700, ["f"], [(19_700, 100)], 0),
        (1_700, ["f"], [(19_700, 99)], 7_200),
        (0, ["f"], [(28_800, 1_800)], 0),
    ],
)
def test_driving_in_america(service_s: int, sequence: list[str], wishes: Wishes, size: int) -> None:
    got = after(far(US_DRIVING, service_s), {"v": [sequence]}, *wishes)
    assert got == ({Rule.DRIVING_EXCEEDED: size} if size else {})


def test_service_is_no_rest_in_europe() -> None:
    assert after(far(EU_DRIVING, 3_000), {"v": [["f"]]}) == {Rule.DRIVING_EXCEEDED: 19_800}


def test_what_was_driven_before_counts() -> None:
    tired = far(EU_DRIVING, driven_s=16_200)
    assert after(tired, {"v": [["n"]]}) == {Rule.DRIVING_EXCEEDED: 7_200}
    assert after(tired, {"v": [["n"]]}, (0, 2_700)) == {}
    # A driver who waits for goods may rest before the route begins; a break needs a rest within it.
    waits = replace(tired, stops=(*tired.stops[:2], replace(tired.stops[2], release_s=5_000)))
    assert after(waits, {"v": [["n"]]}, (0, 2_700)) == {}
    lunch = replace(waits, vehicles=(replace(waits.vehicles[0], breaks=(Break(0, 6_000, 60),)),))
    assert after(lunch, {"v": [["n"]]}, (0, 2_700)) == {Rule.BREAK_MISSED: 60}


def test_driving_adds_up_over_trips() -> None:
    trips = {"v": [["f"], ["n"]]}
    assert after(far(EU_DRIVING), trips, (16_200, 2_700), (35_100, 2_700)) == {}
    assert after(far(EU_DRIVING), trips, (16_200, 2_700), (33_000, 2_700)) == {}
    assert after(far(EU_DRIVING), trips, (16_200, 2_700)) == {Rule.DRIVING_EXCEEDED: 27_000 - 16_200}
