"""Drivers rest as their rules ask, vehicles keep the limits of their day; what was driven and rested counts."""

from __future__ import annotations

import random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from orchestrator.domain import commands as c
from orchestrator.domain.company import DrivingRule, TrafficBand, Travel, Vehicle
from orchestrator.domain.duty import DRIVING_LIMITS, Rest
from orchestrator.domain.entities import LockLevel, OverrideKind, VehicleStatus
from orchestrator.domain.plan import Tier, VehicleRoute
from orchestrator.domain.refusals import RefusalCode
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.explain import explain_order
from orchestrator.planning.plan_once import begin
from orchestrator.planning.route_solve import retime
from orchestrator.planning.routing_problem import build
from orchestrator.planning.settings import PlanningSettings
from solvers.routing.check_rules import Violation
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, World, place, small_company

MINUTE_S = 60
EU = DRIVING_LIMITS[DrivingRule.EU]


def world_of(*places_m: tuple[int, int], vehicles: int = 1, **rules: object) -> World:
    """Customers so many metres north and east of the warehouse, 36 km/h; every vehicle has the rules."""
    company = small_company(vehicles=vehicles, customers=len(places_m))
    fleet = tuple(one.model_copy(update={"shift_end_s": 22 * HOUR_S, **rules}) for one in company.vehicles)
    customers = tuple(
        one.model_copy(update={"place": place(*where)}) for one, where in zip(company.customers, places_m, strict=True)
    )
    fleet = tuple(Vehicle.model_validate(one.model_dump()) for one in fleet)
    return World(company.model_copy(update={"vehicles": fleet, "customers": customers}))


def driven_since_rest(route: VehicleRoute, driven_s: int = 0) -> int:
    """The longest driving between two rests of 45 minutes, by the stated times alone."""
    legs = []
    for trip in route.trips:
        left_s = trip.depart_s
        for stop in trip.stops:
            legs.append((left_s, stop.arrive_s))
            left_s = stop.depart_s
        legs.append((left_s, trip.return_s))
    most_s = driven_s
    for begin_s, end_s in legs:
        now_s = begin_s
        full = [rest for rest in route.rests if rest.end_s - rest.start_s >= EU.rest_s]
        for rest in sorted(full, key=lambda rest: rest.start_s):
            if rest.start_s <= now_s:
                driven_s = 0 if rest.end_s > begin_s - 3 * HOUR_S and rest.end_s <= now_s else driven_s
            if now_s <= rest.start_s < end_s:
                most_s = max(most_s, driven_s + rest.start_s - now_s)
                driven_s, now_s = 0, rest.end_s
        driven_s += max(0, end_s - now_s)
        most_s = max(most_s, driven_s)
    return most_s


def violations(world: World) -> tuple[Violation, ...]:
    """What the solver's checker finds in the plan in force, timed anew from what was reported."""
    work = begin(world.state, Dirty(), world.now_s, PlanningSettings(), world.memory)
    return retime(build(work, world.state.vehicles, ())).report.violations


def sound(world: World) -> None:
    """The plan in force is possible for the solver's checker."""
    check_plan(world.state, world.memory, world.now_s)
    assert violations(world) == ()


def test_five_hours_of_driving_ask_for_forty_five_minutes_of_rest() -> None:
    world = world_of((70_000, 0), driving_rule=DrivingRule.EU)  # about 2 h 30 each way
    world.order("C0", window=(6, 20))
    route = world.state.plan.routes["V1"]
    (rest,) = route.rests
    assert rest.end_s - rest.start_s == 45 * MINUTE_S
    (trip,) = route.trips
    driving_s = trip.stops[0].arrive_s - trip.depart_s + trip.return_s - trip.stops[0].depart_s - 45 * MINUTE_S
    assert driving_s > EU.max_drive_s
    assert driven_since_rest(route) <= EU.max_drive_s
    sound(world)


def test_without_a_rule_nobody_rests() -> None:
    world = world_of((70_000, 0))
    world.order("C0", window=(6, 20))
    assert world.state.plan.routes["V1"].rests == ()
    assert world.state.fleet["V1"].duty is None


def test_american_drivers_need_no_rest_where_the_service_is_one() -> None:
    world = world_of((130_000, 0), driving_rule=DrivingRule.US, shift_end_s=24 * HOUR_S)  # 4 h 40 each way
    customer = world.company.customers[0].model_copy(update={"service_s": 1_800})
    world.do(c.ImportCompany(company=world.company.model_copy(update={"customers": (customer,)})))
    world.order("C0", window=(6, 20))
    assert world.state.plan.routes["V1"].rests == ()
    sound(world)


def test_a_break_lies_in_its_window() -> None:
    world = world_of((30_000, 0), (31_000, 0), break_start_s=8 * HOUR_S, break_end_s=9 * HOUR_S, break_s=30 * MINUTE_S)
    world.order("C0", window=(7, 8))
    world.order("C1", window=(9, 10))
    (rest,) = world.state.plan.routes["V1"].rests
    assert DAY_S + 8 * HOUR_S <= rest.start_s <= rest.end_s <= DAY_S + 9 * HOUR_S
    assert rest.end_s - rest.start_s == 30 * MINUTE_S
    sound(world)


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"max_distance_m": 60_000}, "MAX_DISTANCE"),
        ({"max_duration_s": 3 * HOUR_S}, "MAX_DURATION"),
        ({"max_stops": 1}, "MAX_STOPS"),
    ],
)
def test_a_limit_of_the_day_keeps_orders_out_and_is_named(limit: dict[str, int], code: str) -> None:
    world = world_of((20_000, 0), (-20_000, 0), **limit)  # each about 52 km of road and 87 min of driving
    world.order("C0", window=(6, 20))
    assert not world.state.plan.unplanned
    second = world.order("C1", window=(6, 20))
    verdict = world.state.plan.unplanned[second]
    assert verdict.code == code, verdict
    sound(world)
    # and so it stays in the middle of the day and at its end, though the route itself has begun anew
    world.load("V1")
    assert second in world.state.plan.unplanned
    world.serve("V1")
    world.home("V1")
    third = world.order("C1", window=(6, 20))
    assert world.state.plan.unplanned.keys() == {second, third}
    assert world.state.plan.unplanned[third].code == code


def test_the_limits_begin_anew_with_the_next_day() -> None:
    world = world_of((20_000, 0), max_stops=1)
    world.order("C0", window=(6, 20))
    world.load("V1")
    world.serve("V1")
    world.home("V1")
    world.now_s = DAY_S + 29 * HOUR_S
    order_id = world.order("C0", window=(30, 44))
    assert order_id in world.state.plan.vehicle_of


def drive_home(world: World, vehicle_id: str) -> None:
    while world.state.fleet[vehicle_id].status is VehicleStatus.DRIVING:
        world.serve(vehicle_id)
        sound(world)
    world.home(vehicle_id)


def test_what_was_driven_before_counts_in_the_middle_of_the_day() -> None:
    world = world_of((40_000, 0), (41_000, 0), (10_000, 0), driving_rule=DrivingRule.EU)  # 3 h there and back
    for number in (0, 1):
        world.order(f"C{number}", window=(6, 20))
    world.load("V1")
    drive_home(world, "V1")
    duty = world.state.fleet["V1"].duty
    assert duty is not None
    assert 2 * HOUR_S < duty.driven_s < EU.max_drive_s
    world.now_s += 10 * MINUTE_S
    world.order("C0", window=(6, 21))  # three hours more: too much without a rest
    route = world.state.plan.routes["V1"]
    assert [rest.end_s - rest.start_s for rest in route.rests] == [45 * MINUTE_S]
    assert driven_since_rest(route, duty.driven_s) <= EU.max_drive_s


def test_a_rest_that_runs_at_the_depot_stays_and_counts() -> None:
    world = world_of((40_000, 0), (41_000, 0), driving_rule=DrivingRule.EU)
    world.order("C0", window=(6, 9))
    world.load("V1")
    drive_home(world, "V1")
    world.order("C1", window=(6, 21))
    (rest,) = world.state.plan.routes["V1"].rests
    if rest.start_s > world.now_s:  # on the road: then it is the road's matter, see below
        return
    world.now_s = rest.start_s + 20 * MINUTE_S
    world.order("C1", window=(6, 21))
    assert world.state.plan.routes["V1"].rests == (rest,)


def test_a_rest_on_the_leg_that_is_driven_stays_and_counts() -> None:
    world = world_of((150_000, 0), driving_rule=DrivingRule.EU)  # more than five hours one way
    world.order("C0", window=(6, 21))
    rests = world.state.plan.routes["V1"].rests
    arrive_s = world.state.plan.routes["V1"].trips[0].stops[0].arrive_s
    world.load("V1")
    world.now_s = rests[0].start_s + 10 * MINUTE_S
    world.plan(Tier.IMPROVE)
    world.order("C0", window=(6, 7), priority=9)
    route = world.state.plan.routes["V1"]
    assert route.rests[0] == rests[0]
    assert route.trips[0].stops[0].arrive_s == arrive_s
    sound(world)
    world.serve("V1")
    duty = world.state.fleet["V1"].duty
    assert duty is not None
    assert duty.driven_s == arrive_s - rests[0].end_s
    assert duty.rests[0] == rests[0]


def test_who_drives_past_a_rest_takes_it_at_the_stop() -> None:
    world = world_of((150_000, 0), driving_rule=DrivingRule.EU)
    world.order("C0", window=(6, 21))
    (rest, *_) = world.state.plan.routes["V1"].rests
    world.load("V1")
    world.now_s = rest.end_s - 30 * MINUTE_S
    world.do(c.ReportVehicleArrived(vehicle_id="V1", order_id="acme/O1", at_s=world.now_s))
    route = world.state.plan.routes["V1"]
    assert Rest(start_s=world.now_s, end_s=world.now_s + EU.rest_s) in route.rests
    assert route.trips[0].stops[0].start_s >= world.now_s + EU.rest_s
    sound(world)


def test_what_the_tachograph_leaves_asks_for_a_rest_and_not_for_an_end() -> None:
    world = world_of((30_000, 0), (31_000, 0), driving_rule=DrivingRule.EU)
    for number in (0, 1):
        world.order(f"C{number}", window=(6, 20))
    assert world.state.plan.routes["V1"].rests == ()
    refusal = c.RefuseInstruction(
        kind="vehicle", resource_id="V1", revision=1, reason="its route drives 20 min longer than the driver may",
        code=RefusalCode.OUT_OF_DRIVING, until_s=world.now_s + 12 * HOUR_S, left=HOUR_S,
    )  # fmt: skip
    world.do(refusal)
    route = world.state.plan.routes["V1"]
    assert len(route.order_ids()) == 2
    assert [rest.end_s - rest.start_s for rest in route.rests] == [EU.rest_s]
    sound(world)


def test_goods_on_board_are_brought_home_whatever_the_rules_leave() -> None:
    world = world_of((40_000, 0), (-40_000, 0), max_distance_m=400_000, driving_rule=DrivingRule.EU)
    for number in (0, 1):
        world.order(f"C{number}", window=(6, 20))
    world.load("V1")
    strict = [one.model_copy(update={"max_distance_m": 1_000, "max_stops": 1}) for one in world.company.vehicles]
    world.do(c.ImportCompany(company=world.company.model_copy(update={"vehicles": tuple(strict)})))
    assert len(world.state.plan.routes["V1"].order_ids()) == 2
    sound(world)
    drive_home(world, "V1")


def test_drivers_rest_in_traffic_too_though_the_quick_search_knows_no_rests() -> None:
    world = world_of((60_000, 0), (61_000, 0), driving_rule=DrivingRule.EU)
    bands = (TrafficBand(from_s=6 * HOUR_S, speed_pct=80), TrafficBand(from_s=9 * HOUR_S, speed_pct=110))
    world.do(c.ImportCompany(company=world.company.model_copy(update={"travel": Travel(bands=bands)})))
    for number in (0, 1):
        world.order(f"C{number}", window=(6, 20))
    assert len(world.state.plan.routes["V1"].order_ids()) == 2
    assert [rest.end_s - rest.start_s for rest in world.state.plan.routes["V1"].rests] == [EU.rest_s]
    sound(world)


def test_a_lock_holds_while_the_driver_rests() -> None:
    world = world_of((40_000, 0), (41_000, 0), (42_000, 0), driving_rule=DrivingRule.EU)
    orders = [world.order(f"C{number}", window=(6, 20)) for number in (0, 1)]
    lock = c.CreateOverride(
        override_id="X1",
        kind=OverrideKind.LOCK,
        order_id=orders[1],
        level=LockLevel.SEQUENCE,
        owner="ada",
        reason="agreed",
    )
    world.do(lock)
    world.order("C2", window=(6, 20))
    assert not any(one.conflict for one in world.state.overrides.values())
    sound(world)


def test_a_rest_for_which_there_is_no_time_is_the_reason() -> None:
    world = world_of((70_000, 0), driving_rule=DrivingRule.EU, shift_end_s=13 * HOUR_S)  # 5 h 10 and 45 min
    order_id = world.order("C0", window=(6, 13))
    assert order_id in world.state.plan.vehicle_of
    world.now_s = DAY_S + 7 * HOUR_S + 10 * MINUTE_S
    late = world.order("C0", window=(12, 13), priority=9)
    assert world.state.plan.unplanned[late].code == "SHIFT_END"
    tight = world_of((70_000, 0), driving_rule=DrivingRule.EU, shift_end_s=12 * HOUR_S - 5 * MINUTE_S)
    order_id = tight.order("C0", window=(6, 13))
    verdict = tight.state.plan.unplanned[order_id]
    assert verdict.code == "DRIVING_TIME"
    assert "rests that the rules on driving times ask for" in verdict.text
    told = explain_order(tight.state, order_id, tight.now_s, PlanningSettings(), tight.memory)
    assert [option.rule for option in told.vehicles] == ["DRIVING_TIME"]


def test_a_break_for_which_there_is_no_time_is_the_reason() -> None:
    rules = {
        "break_start_s": 8 * HOUR_S,
        "break_end_s": 9 * HOUR_S,
        "break_s": HOUR_S,
        "shift_end_s": 10 * HOUR_S + 45 * MINUTE_S,
    }
    world = world_of((50_000, 0), **rules)  # four hours with loading and service
    order_id = world.order("C0", window=(6, 13))
    verdict = world.state.plan.unplanned[order_id]
    assert (verdict.code, "beside the break" in verdict.text) == ("BREAK", True), verdict


def test_an_explanation_says_when_the_driver_rests() -> None:
    world = world_of((70_000, 0), driving_rule=DrivingRule.EU)
    order_id = world.order("C0", window=(6, 20))
    told = explain_order(world.state, order_id, world.now_s, PlanningSettings(), world.memory)
    assert any(line.startswith("its driver rests 45 min from") and "rule EU" in line for line in told.sentences)


RULES = st.fixed_dictionaries(
    {},
    optional={
        "driving_rule": st.sampled_from([DrivingRule.EU, DrivingRule.US]),
        "lunch": st.integers(9, 14),
        "max_distance_m": st.integers(50_000, 300_000),
        "max_duration_s": st.integers(3 * HOUR_S, 10 * HOUR_S),
        "max_stops": st.integers(1, 6),
    },
)


@settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(RULES, min_size=2, max_size=2), st.integers(0, 10_000))
def test_every_plan_of_a_random_day_passes_the_checker(rules: list[dict[str, object]], seed: int) -> None:
    chance = random.Random(seed)
    world = World(small_company(vehicles=2, customers=8, seed=seed, reach_m=45_000))
    fleet = tuple(ruled(one, dict(rule)) for one, rule in zip(world.company.vehicles, rules, strict=True))
    world.do(c.ImportCompany(company=world.company.model_copy(update={"vehicles": fleet})))
    for _ in range(20):
        known = len(world.drafts)
        act(world, chance)
        check_plan(world.state, world.memory, world.now_s)
        planned = world.drafts[-1].delta.routes if len(world.drafts) > known else {}
        assert not [one for one in violations(world) if one.vehicle_id in planned]


def ruled(vehicle: Vehicle, rule: dict[str, object]) -> Vehicle:
    lunch = rule.pop("lunch", None)
    if isinstance(lunch, int):
        rule |= {"break_start_s": lunch * HOUR_S, "break_end_s": (lunch + 1) * HOUR_S, "break_s": 30 * MINUTE_S}
    return Vehicle.model_validate(vehicle.model_copy(update=rule).model_dump())


def act(world: World, chance: random.Random) -> None:
    """An order, or the vehicle whose turn it is does what it does next, on time or late."""
    vehicle_id = min(world.state.plan.routes, key=lambda key: next_s(world, key), default="")
    if chance.random() < 0.4 or not vehicle_id:
        begin = chance.randint(6, 12)
        world.order(f"C{chance.randint(0, 7)}", window=(begin, begin + chance.randint(2, 8)))
        return
    world.now_s += chance.choice((0, 0, 0, 5, 40)) * MINUTE_S
    match world.state.fleet[vehicle_id].status:
        case VehicleStatus.IDLE:
            world.load(vehicle_id)
        case VehicleStatus.DRIVING:
            world.serve(vehicle_id)
        case _:
            world.home(vehicle_id)


def next_s(world: World, vehicle_id: str) -> int:
    trip = world.state.plan.routes[vehicle_id].trips[0]
    if not trip.loaded:
        return trip.depart_s
    return trip.stops[0].arrive_s if trip.stops else trip.return_s


def test_what_an_agent_predicts_counts_on_a_leg_with_a_rest() -> None:
    world = world_of((170_000, 0), driving_rule=DrivingRule.EU)
    world.order("C0", window=(6, 21))
    world.load("V1")
    (stop,) = world.state.plan.routes["V1"].trips[0].stops
    (rest, *_) = world.state.plan.routes["V1"].rests
    assert rest.end_s < stop.arrive_s
    for later_s in (20 * MINUTE_S, -20 * MINUTE_S):
        slip = c.ReportVehicleSlip(
            vehicle_id="V1", order_id=stop.order_id, planned_s=stop.arrive_s, predicted_s=stop.arrive_s + later_s
        )
        world.do(slip)
        route = world.state.plan.routes["V1"]
        assert route.trips[0].stops[0].arrive_s == stop.arrive_s + later_s
        assert rest in route.rests
        sound(world)
