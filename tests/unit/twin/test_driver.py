"""What a driver does with a plan, and what it tells."""

from __future__ import annotations

from orchestrator.domain.duty import Rest
from orchestrator.domain.entities import OrderStatus, VehicleStatus
from orchestrator.twin.chance import Chance
from orchestrator.twin.disruptions import Planned
from tests.unit.twin.bare import Bench, at, trip


def test_a_trip_is_loaded_driven_and_reported_at_the_planned_times() -> None:
    bench = Bench()
    bench.publish(trip("acme/1", load_s=at(7)))
    bench.run(at(12))
    (loaded,), (arrived,) = bench.sent("vehicle_loaded"), bench.sent("vehicle_arrived")
    (delivered,), (returned,) = bench.sent("order_delivered"), bench.sent("vehicle_returned")
    assert loaded.vehicle_loaded.at_s == at(7, 15)
    assert list(loaded.vehicle_loaded.order_ids) == ["acme/1"]
    driver = bench.twin.drivers["V1"]
    leg = bench.twin.world.roads.leg(
        bench.state.sites["WH"].place, bench.state.customers["C1"].place, driver.vehicle, at(7)
    )
    reached_s = at(7, 15) + leg.duration_s
    begun_s = max(at(8), reached_s)
    assert arrived.vehicle_arrived.at_s == reached_s
    assert delivered.order_delivered.at_s == begun_s + 300
    assert returned.vehicle_returned.at_s == begun_s + 300 + leg.duration_s
    assert bench.state.orders["acme/1"].status is OrderStatus.DELIVERED
    assert bench.state.fleet["V1"].status is VehicleStatus.IDLE
    assert bench.twin.world.journal.routes == [("V1", ("acme/1",), 2 * leg.distance_m)]


def test_a_driver_rests_on_the_way_and_at_a_stop_as_planned() -> None:
    arrived, delivered, places = {}, {}, {}
    on_the_way = Rest(start_s=at(7, 16), end_s=at(8, 1))
    for name, rests in {"none": (), "way": (on_the_way,), "stop": (Rest(start_s=at(9, 30), end_s=at(10)),)}.items():
        bench = Bench()
        bench.publish(trip("acme/1", load_s=at(7)), rests=rests)
        bench.run(at(14))
        arrived[name] = bench.sent("vehicle_arrived")[0].vehicle_arrived.at_s
        delivered[name] = bench.sent("order_delivered")[0].order_delivered.at_s
        places[name] = {place for _, at_s, place in bench.server.telemetry if at(7, 20) <= at_s <= at(8)}
        assert len(bench.sent("vehicle_returned")) == 1
    assert arrived["way"] == arrived["none"] + 45 * 60
    assert len(places["way"]) == 1
    assert arrived["stop"] == arrived["none"]
    assert delivered["none"] < at(9, 30)  # it is on the way home when the rest begins
    assert delivered["stop"] == delivered["none"]


def test_a_driver_who_waits_for_a_window_rests_meanwhile() -> None:
    bench = Bench()
    bench.publish(trip("acme/1", load_s=at(7)), rests=(Rest(start_s=at(7, 50), end_s=at(8, 35)),))
    bench.run(at(14))
    assert bench.sent("vehicle_arrived")[0].vehicle_arrived.at_s < at(7, 50)
    assert bench.sent("order_delivered")[0].order_delivered.at_s == at(8, 35) + 300


def test_slow_answers_do_not_delay_the_vehicle() -> None:
    times = []
    for latency_s in (0.0, 50.0):
        bench = Bench(latency_s=latency_s)
        bench.publish(trip("acme/1", load_s=at(7)))
        bench.run(at(14))
        times.append([one.vehicle_returned.at_s for one in bench.sent("vehicle_returned")])
    (quick,), (slow,) = times
    assert slow - quick <= 60  # the first leg waits for the answer about loading


def test_goods_that_are_not_released_or_not_there_stay_behind() -> None:
    bench = Bench()
    bench.publish(trip("acme/1", load_s=at(7)), release_s=at(9))
    bench.run(at(8, 55))
    assert not bench.sent("vehicle_loaded")
    bench.run(at(9, 10))
    assert bench.sent("vehicle_loaded")[0].vehicle_loaded.at_s >= at(9)
    empty = Bench()
    empty.stock("WH", "PUMP", 1)
    empty.publish(trip("acme/1", load_s=at(7)))
    empty.run(at(9))
    assert not empty.sent("vehicle_loaded")
    assert empty.twin.world.journal.left_behind["acme/1"] >= 1


def test_a_refused_report_leads_to_another_try() -> None:
    bench = Bench()
    bench.server.refuse_next = ["vehicle_loaded", "order_delivered"]
    bench.publish(trip("acme/1", load_s=at(7)))
    bench.run(at(13))
    assert len(bench.sent("vehicle_loaded")) == 2
    assert bench.twin.world.journal.refused == {"vehicle_loaded:PLAN_STALE": 1, "order_delivered:PLAN_STALE": 1}
    # the refused hand-over never counted; its goods came home and are open again
    assert bench.state.orders["acme/1"].status is OrderStatus.OPEN


def test_a_trip_that_is_taken_out_of_the_plan_is_not_driven() -> None:
    bench = Bench()
    bench.publish(trip("acme/1", load_s=at(7)))
    bench.run(at(7, 5))
    bench.publish()
    bench.run(at(10))
    assert not bench.sent("vehicle_loaded")


def test_a_trip_that_is_put_off_is_loaded_later() -> None:
    bench = Bench()
    bench.publish(trip("acme/1", load_s=at(7)))
    bench.run(at(7, 5))
    bench.publish(trip("acme/1", load_s=at(8, 30)))
    bench.run(at(12))
    assert bench.sent("vehicle_loaded")[0].vehicle_loaded.at_s == at(8, 45)


def test_stating_a_loading_trip_anew_does_not_start_it_anew() -> None:
    bench = Bench()
    bench.publish(trip("acme/1", load_s=at(7)))
    for minute in range(2, 15, 2):
        bench.run(at(7, minute))
        bench.publish(trip("acme/1", load_s=at(7, minute)))
    bench.run(at(9))
    assert bench.sent("vehicle_loaded")[0].vehicle_loaded.at_s == at(7, 15)


def test_the_next_stop_is_read_from_the_plan_in_force() -> None:
    bench = Bench(begin_s=at(9))
    bench.run(at(9, 20))  # acme/2 is known at 9:15
    bench.publish(trip("acme/1", "acme/2", load_s=at(9, 30)))
    bench.run(at(9, 50))
    bench.publish(trip("acme/2", load_s=at(9, 45), loaded=True))
    bench.run(at(15))
    assert bench.sent("order_delivered")[0].order_delivered.next_order_id == "acme/2"
    assert [one.order_delivered.order_id for one in bench.sent("order_delivered")] == ["acme/1", "acme/2"]


def test_goods_that_the_plan_drops_are_taken_home() -> None:
    bench = Bench(begin_s=at(9))
    bench.run(at(9, 20))
    bench.publish(trip("acme/1", "acme/2", load_s=at(9, 30)))
    bench.run(at(9, 50))
    bench.publish(trip(load_s=at(9, 45), loaded=True))
    bench.run(at(13))
    assert bench.state.orders["acme/2"].status is OrderStatus.OPEN
    assert bench.state.fleet["V1"].status is VehicleStatus.IDLE


def test_a_delivery_that_finds_nobody_is_reported_as_failed() -> None:
    bench = Bench(chance=Chance(1, 0.0, 0.0, 0.0, 0, failed_per_mille=1_000))
    bench.publish(trip("acme/1", load_s=at(7)))
    bench.run(at(12))
    assert bench.sent("delivery_failed")
    assert bench.state.orders["acme/1"].status is OrderStatus.FAILED


def test_a_vehicle_that_breaks_down_stands_still_and_goes_on() -> None:
    calm = Bench()
    broken = Bench(script=[Planned("vehicle_breakdown", 7 * 60 + 18, 60)])
    for bench in (calm, broken):
        bench.publish(trip("acme/1", load_s=at(7)))
        bench.run(at(13))
    (down,) = broken.sent("vehicle_down")
    assert down.vehicle_down.vehicle_id == "V1"
    assert broken.sent("vehicle_up")
    late_s = (
        broken.sent("vehicle_arrived")[0].vehicle_arrived.at_s - calm.sent("vehicle_arrived")[0].vehicle_arrived.at_s
    )
    assert 0 < late_s <= 3_600
    (record,) = broken.twin.troubles.record
    assert broken.mirror.types[record.event] == "VehicleWentDown"


def test_positions_are_told_on_the_way() -> None:
    bench = Bench()
    bench.publish(trip("acme/1", load_s=at(7)))
    bench.run(at(12))
    assert len(bench.server.telemetry) >= 3
    assert bench.server.telemetry[-1][2] == bench.state.sites["WH"].place


def test_the_same_seed_is_the_same_day_whatever_the_answers_take() -> None:
    days = []
    for latency_s in (0.0, 2.0):
        bench = Bench(chance=Chance(7), latency_s=latency_s)
        bench.publish(trip("acme/1", load_s=at(7)))
        bench.run(at(12))
        arrived, delivered = bench.sent("vehicle_arrived")[0], bench.sent("order_delivered")[0]
        days.append(delivered.order_delivered.at_s - arrived.vehicle_arrived.at_s)
    assert days[0] == days[1] != 300
