"""Driven legs become versions of speeds in the log; planning's roads and arrivals know them."""

from __future__ import annotations

import pytest

from orchestrator.core.state_bytes import dump_dataclass, load_dataclass
from orchestrator.domain import commands as c
from orchestrator.domain.errors import Rejection
from orchestrator.domain.events import VehicleArrived
from orchestrator.domain.speeds_commands import ReviseSpeeds
from orchestrator.domain.speeds_events import SpeedsLearned
from orchestrator.domain.state import State
from orchestrator.planning.arrivals import arrivals
from orchestrator.planning.roads import Roads
from orchestrator.planning.speed_learner import pending, speed_lesson
from orchestrator.planning.speeds import speeds_of
from solvers.routing.parts import MAX_BANDS, SpeedBand
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company


def slow_day(factor: float = 1.6) -> World:
    """A van delivers everything, and every leg takes `factor` times as long as the company says."""
    world = World(small_company(vehicles=1, customers=12, weight_g=10_000_000))
    for number in range(12):
        world.order(f"C{number}", window=(6, 18), plan=False)
    world.plan()
    world.load("V1")
    roads = Roads.usual(world.company, None, DAY_S)
    while (order_id := world.state.fleet["V1"].current_order_id) is not None:
        live = world.state.fleet["V1"]
        there = world.state.customers[world.state.orders[order_id].customer_id].place
        usual_s = roads.duration_s(live.place, there, world.state.vehicles["V1"])
        world.now_s = live.since_s + round(usual_s * factor)
        world.do(c.ReportVehicleArrived(vehicle_id="V1", order_id=order_id, at_s=world.now_s))
        world.now_s += 300
        rest = [one for one in world.next_trip("V1") if one != order_id]
        world.do(
            c.ReportOrderDelivered(
                vehicle_id="V1", order_id=order_id, at_s=world.now_s, next_order_id=rest[0] if rest else None
            )
        )
    return world


def learned(world: World) -> SpeedsLearned:
    lesson = speed_lesson(world.state)
    assert lesson is not None
    record = lesson.learned()
    (event,) = world.tell(ReviseSpeeds(parent=record.version - 1, speeds=record))
    assert isinstance(event, SpeedsLearned)
    return event


def test_legs_are_kept_and_learned_once() -> None:
    world = slow_day()
    assert pending(world.state) == len(world.state.driven) == 12
    assert [leg.first for leg in world.state.driven] == [True] + [False] * 11
    event = learned(world)
    assert event.speeds.version == 1
    assert pending(world.state) == 0
    assert speed_lesson(world.state) is None
    factors = speeds_of(world.state.speeds).factors
    assert factors.legs == 12


def test_planning_s_roads_are_as_slow_as_they_were_and_both_forms_agree() -> None:
    world = slow_day()
    home, there = world.state.sites["W1"].place, world.state.customers["C3"].place
    van = world.state.vehicles["V1"]
    at_s = world.state.driven[0].depart_s
    before_s = Roads.of(world.state, at_s).arrival_s(home, there, van, at_s) - at_s
    learned(world)
    roads = Roads.of(world.state, at_s)
    after_s = roads.arrival_s(home, there, van, at_s) - at_s
    assert 1.3 * before_s < after_s < 1.7 * before_s
    points = [home, *(one.place for one in world.state.customers.values())]
    lats, lons = [p.lat_e7 for p in points], [p.lon_e7 for p in points]
    profile = roads.profile(roads.distances(lats, lons), lats, lons, *roads.kind_of(van))
    for row, a in enumerate(points):
        for column, b in enumerate(points):
            assert profile.duration_s[row, column] == roads.duration_s(a, b, van)


def test_a_restart_fits_nothing_again() -> None:
    world = slow_day()
    learned(world)
    again = load_dataclass(State, dump_dataclass(world.state))
    assert again.speeds == world.state.speeds
    assert speed_lesson(again) is None


def test_a_version_that_was_learned_from_another_is_refused() -> None:
    world = slow_day()
    record = learned(world).speeds
    for parent, version in ((0, 1), (1, 3)):
        with pytest.raises(Rejection):
            world.tell(ReviseSpeeds(parent=parent, speeds=record.model_copy(update={"version": version})))


def test_a_leg_through_a_slow_area_says_nothing_of_usual_days() -> None:
    world = World(small_company(vehicles=1, customers=2))
    order_id = world.order("C0", window=(6, 18))
    place = world.state.customers["C0"].place
    world.do(
        c.ReportSlowArea(
            area_id="jam",
            lat_e7=place.lat_e7,
            lon_e7=place.lon_e7,
            radius_m=500,
            factor_pct=300,
            until_s=DAY_S + 12 * HOUR_S,
        )
    )
    world.load("V1")
    world.serve("V1")
    (leg,) = world.state.driven
    assert leg.order_id == order_id
    assert leg.disturbed


def test_arrivals_to_come_have_intervals_and_follow_what_was_reported() -> None:
    world = World(small_company(vehicles=1, customers=6, weight_g=10_000_000))
    for number in range(6):
        world.order(f"C{number}", window=(6, 18), plan=False)
    world.plan()
    trip = world.next_trip("V1")
    before = arrivals(world.state, "V1", world.now_s)
    assert [one.order_id for one in before] == list(trip)
    world.load("V1")
    told = arrivals(world.state, "V1", world.now_s)
    assert [one.order_id for one in told] == list(trip)
    for one in told:
        when = one.predicted
        assert world.now_s <= when.p10_s <= when.p50_s <= when.p80_s
        assert when.p50_s <= when.p90_s
    widths = [one.predicted.p90_s - one.predicted.p10_s for one in told]
    assert widths == sorted(widths)
    world.now_s += 60
    slip_s = told[0].predicted.p50_s + 3_600
    planned_s = told[0].planned_s
    slip = c.ReportVehicleSlip(vehicle_id="V1", order_id=trip[0], planned_s=planned_s, predicted_s=slip_s)
    world.do(slip)
    later = arrivals(world.state, "V1", world.now_s)
    assert later[0].predicted.p50_s == slip_s
    assert later[1].predicted.p50_s > told[1].predicted.p50_s + 3_000


def test_an_arrival_out_of_turn_is_no_leg() -> None:
    world = World(small_company(vehicles=1, customers=3, weight_g=10_000_000))
    for number in range(3):
        world.order(f"C{number}", window=(6, 18), plan=False)
    world.plan()
    trip = world.load("V1")
    world.now_s += 600
    (event,) = world.tell(c.ReportVehicleArrived(vehicle_id="V1", order_id=trip[1], at_s=world.now_s))
    assert isinstance(event, VehicleArrived)
    assert not world.state.driven


def test_hours_join_the_company_s_own_bands_and_stay_within_the_limit() -> None:
    world = slow_day()
    record = learned(world).speeds
    rough = record.model_copy(update={"hours_micro": tuple(200_000 * (hour % 2) for hour in range(24))})
    usual = (SpeedBand(DAY_S + 7 * HOUR_S, 50), SpeedBand(DAY_S + 9 * HOUR_S, 100))
    bands = speeds_of(rough).bands(usual, DAY_S)
    assert len(bands) <= MAX_BANDS
    assert [band.from_s for band in bands] == sorted({band.from_s for band in bands})
    even = record.model_copy(update={"hours_micro": (0,) * 24})
    assert speeds_of(even).bands(usual, DAY_S) == usual
    rush = record.model_copy(update={"hours_micro": tuple(405_465 * (hour == 8) for hour in range(24))})
    by_time = {band.from_s: band.speed_pct for band in speeds_of(rush).bands(usual, DAY_S)}
    assert by_time[DAY_S + 8 * HOUR_S] == 33
    assert by_time[DAY_S + 9 * HOUR_S] == 100
