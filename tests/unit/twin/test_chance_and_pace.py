"""Chance, roads, pace, the mirror and the report: the small parts the day rests on."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.company.reader import read_company
from orchestrator.domain.company import Company, Place, Travel, TravelKind
from orchestrator.domain.events import CompanyImported, OrderReceived
from orchestrator.planning.roads import Roads as PlanningRoads
from orchestrator.twin.chance import Chance
from orchestrator.twin.mirror import Mirror
from orchestrator.twin.pace import Pace
from orchestrator.twin.report import disruptions, order_counts, undelivered_reasons
from orchestrator.twin.roads import Roads, between
from protos.muster.operator.v1 import admin_service_pb2
from solvers.routing.travel import SlowArea
from tests.unit.company.files import DAY_S, files
from tests.unit.twin.bare import Bench, at, trip

near = st.builds(Place, lat_e7=st.integers(479_000_000, 484_000_000), lon_e7=st.integers(112_000_000, 119_000_000))


def company(travel: Travel) -> Company:
    return read_company(files(), DAY_S).company.model_copy(update={"travel": travel})


@given(near, near, st.sampled_from(list(TravelKind)), st.sampled_from([1_000, 1_300, 1_450]), st.booleans())
def test_the_twin_and_planning_speak_of_the_same_road(
    a: Place, b: Place, kind: TravelKind, circuity: int, slow: bool
) -> None:
    travel = Travel(kind=kind, circuity_per_mille=circuity)
    areas = [SlowArea(a.lat_e7, a.lon_e7, 2_000, 150)] if slow and kind is TravelKind.GREAT_CIRCLE else []
    whole = company(travel)
    vehicle = whole.vehicles[0].model_copy(update={"speed_m_per_h": 40_000})
    ours = Roads(whole).leg(a, b, vehicle, DAY_S, areas)
    theirs = PlanningRoads(travel, areas)
    assert (ours.distance_m, ours.duration_s) == (theirs.distance_m(a, b), theirs.duration_s(a, b, vehicle))


@given(near, near, st.floats(-1, 2))
def test_a_place_on_the_way_lies_between_its_ends(a: Place, b: Place, part: float) -> None:
    place = between(a, b, part)
    assert min(a.lat_e7, b.lat_e7) <= place.lat_e7 <= max(a.lat_e7, b.lat_e7)
    assert min(a.lon_e7, b.lon_e7) <= place.lon_e7 <= max(a.lon_e7, b.lon_e7)
    assert between(a, b, 0.0) == a
    assert between(a, b, 1.0) == b


def test_chance_is_the_same_for_the_same_matter_and_right_on_the_whole() -> None:
    chance = Chance(seed=5, travel_sigma=0.3)
    assert chance.travel("V1", 1, "acme/1") == Chance(seed=5, travel_sigma=0.3).travel("V1", 1, "acme/1")
    assert chance.travel("V1", 1, "acme/1") != chance.travel("V1", 2, "acme/1")
    factors = [chance.travel(n) for n in range(4_000)]
    assert abs(statistics.fmean(factors) - 1) < 0.03
    assert sum(Chance(failed_per_mille=100).fails(n) for n in range(4_000)) == pytest.approx(400, rel=0.2)


def test_without_chance_everything_is_as_planned() -> None:
    chance = Chance.none()
    assert (chance.travel(1), chance.service(1), chance.task(1), chance.arrival_s(1), chance.fails(1)) == (
        1,
        1,
        1,
        0,
        0,
    )


def test_pace_follows_a_clock_and_never_runs_back() -> None:
    wall_s = [100.0]
    pace = Pace(lambda: wall_s[0])
    pace.set(admin_service_pb2.ClockState(now_ms=5_000_000, speed=60.0, held=True))
    wall_s[0] += 10
    assert pace.now_s() == 5_000
    pace.set(admin_service_pb2.ClockState(now_ms=5_000_000, speed=60.0))
    wall_s[0] += 10
    assert pace.now_s() == 5_600
    pace.set(admin_service_pb2.ClockState(now_ms=5_590_000, speed=60.0))
    assert pace.now_s() == 5_600
    wall_s[0] += 1
    assert pace.now_s() == 5_650


def test_the_mirror_folds_the_stream_once_and_in_order() -> None:
    bench = Bench()
    bench.publish(trip("acme/1", load_s=at(7)))
    mirror = Mirror(bench.state.company)
    mirror.apply(1, DAY_S, "CompanyImported", "")
    order = OrderReceived(order=bench.state.orders["acme/1"])
    for _ in range(2):
        mirror.apply(2, DAY_S, "OrderReceived", order.model_dump_json())
    assert list(mirror.state.orders) == ["acme/1"]
    assert mirror.seq_of_order == {"acme/1": 2}
    assert mirror.seq == 2
    with pytest.raises(ValueError, match="unknown type 'Nonsense'"):
        mirror.apply(3, DAY_S, "Nonsense", "{}")


def test_the_mirror_reads_every_event_as_the_stream_writes_it() -> None:
    bench = Bench()
    heard = []
    received = OrderReceived(order=bench.state.orders["acme/1"]).model_dump_json()
    bench.mirror.listeners.append(lambda seq, at_s, event: heard.append((seq, at_s, event)))
    bench.stock("PL", "CASE", 5)
    bench.publish(trip("acme/1", load_s=at(7)))
    bench.run(at(14))
    copy = Mirror(bench.state.company)
    copy.fold(1, at(5, 45), CompanyImported(company=bench.state.company))
    copy.apply(2, at(5, 45), "OrderReceived", received)
    for seq, at_s, event in heard:
        copy.apply(seq, at_s, type(event).__name__, event.model_dump_json())
    assert copy.state.orders == bench.state.orders
    assert copy.state.fleet == bench.state.fleet


def test_the_report_counts_orders_by_what_became_of_them() -> None:
    bench = Bench()
    bench.run(at(9, 20))
    bench.publish(trip("acme/1", load_s=at(9, 30)))
    bench.run(at(16))
    counts = order_counts(bench.state, bench.mirror.late_s_of)
    assert counts == {"received": 2, "delivered": 1, "on_time": 1, "late": 0, "unplanned": 1, "cancelled": 0}
    assert undelivered_reasons(bench.state) == {"DAY_OVER": 1}
    assert disruptions(bench.twin, bench.mirror) == []
