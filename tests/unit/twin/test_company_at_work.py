"""Machines, suppliers, partners and what goes wrong."""

from __future__ import annotations

from orchestrator.domain.entities import OrderStatus, SupplyStatus, TaskStatus
from orchestrator.domain.plan import Cause, PlannedTask
from orchestrator.twin.disruptions import Planned
from tests.unit.twin.bare import Bench, at, trip


def planned(index: int, machine_id: str, start_s: int, end_s: int) -> PlannedTask:
    """A task of MO-1."""
    return PlannedTask(
        task_id=f"MO-1:{index}", production_order_id="MO-1", machine_id=machine_id, start_s=start_s, end_s=end_s
    )


def batch(bench: Bench) -> None:
    """Plan MO-1: five pumps need five cases and take 270 s and 110 s."""
    bench.publish(tasks=[planned(0, "M1", at(7), at(7, 5)), planned(1, "M2", at(7, 5), at(7, 10))])


def test_a_batch_is_made_as_planned() -> None:
    bench = Bench()
    bench.stock("PL", "CASE", 5)
    batch(bench)
    bench.run(at(8))
    started, finished = bench.sent("task_started"), bench.sent("task_finished")
    assert [one.task_started.at_s for one in started] == [at(7), at(7, 5)]
    assert [one.task_finished.at_s for one in finished] == [at(7) + 270, at(7, 5) + 110]
    assert bench.state.production["MO-1"].status is SupplyStatus.DONE
    assert bench.state.on_hand["WH", "PUMP"] == 7 + 5


def test_a_batch_waits_for_its_materials() -> None:
    bench = Bench()
    batch(bench)
    bench.run(at(8))
    assert not bench.sent("task_started")
    bench.stock("PL", "CASE", 5)
    bench.run(at(9))
    assert bench.sent("task_started")[0].task_started.at_s >= at(8)
    assert bench.state.production["MO-1"].status is SupplyStatus.DONE


def test_a_machine_that_is_down_stands_still_in_the_middle_of_a_task() -> None:
    bench = Bench(script=[Planned("machine_down", 7 * 60 + 1, 20)])
    bench.stock("PL", "CASE", 5)
    bench.publish(tasks=[planned(0, "M1", at(7), at(7, 20)), planned(1, "M2", at(7, 20), at(7, 25))])
    bench.run(at(7, 15))
    assert bench.sent("machine_down")[0].machine_down.machine_id == "M1"
    assert bench.state.production["MO-1"].tasks[0].status is TaskStatus.RUNNING
    bench.run(at(8))
    assert bench.sent("task_finished")[0].task_finished.at_s >= at(7, 20)
    assert bench.sent("machine_up")


def test_a_refused_start_is_tried_again() -> None:
    bench = Bench()
    bench.stock("PL", "CASE", 5)
    bench.server.refuse_next = ["task_started"]
    batch(bench)
    bench.run(at(8))
    assert bench.state.production["MO-1"].status is SupplyStatus.DONE


def test_a_purchase_arrives_when_it_was_last_said() -> None:
    bench = Bench(script=[Planned("late_supplier", 6 * 60, 120)])
    bench.run(at(36))
    (received,) = bench.sent("purchase_received")
    assert received.purchase_received.at_s == at(24 + 8, 30) + 7_200
    assert bench.state.purchases["PO-1"].status is SupplyStatus.DONE


def test_partners_send_their_orders_when_they_know_them() -> None:
    bench = Bench()
    bench.run(at(9, 14))
    assert "acme/2" not in bench.state.orders
    bench.run(at(9, 16))
    assert bench.state.orders["acme/2"].received_s == at(9, 15)
    assert not bench.twin.idle()


def test_partners_take_some_orders_back() -> None:
    bench = Bench(begin_s=at(3), cancellations=1)
    bench.run(at(7))
    assert bench.state.orders["acme/1"].status is OrderStatus.CANCELLED
    assert bench.twin.partners.cancelled == ["acme/1"]


def test_a_cancellation_that_comes_too_late_is_left_alone() -> None:
    bench = Bench(begin_s=at(3), cancellations=1)
    bench.run(at(5))
    bench.publish(trip("acme/1", load_s=at(5, 30)))
    bench.run(at(9))
    assert bench.state.orders["acme/1"].status is OrderStatus.DELIVERED
    assert bench.twin.world.journal.refused == {"cancel:ILLEGAL_TRANSITION": 1}


def test_every_disruption_of_the_script_is_recorded_with_its_event() -> None:
    script = [
        Planned("late_supplier", 6 * 60, 60),
        Planned("slow_area", 6 * 60 + 1, 30),
        Planned("rush_order", 6 * 60 + 2, 90),
        Planned("machine_down", 6 * 60 + 3, 10),
    ]
    bench = Bench(script=script)
    bench.stock("WH", "CASE", 20)
    bench.publish(trip("acme/1", load_s=at(12)))
    bench.run(at(7))
    record = bench.twin.troubles.record
    types = [bench.mirror.types[one.event] for one in record]
    assert types == ["PurchaseDelayed", "AreaSlowed", "OrderReceived", "MachineWentDown"]
    assert bench.twin.troubles.done()
    assert bench.state.orders["acme/RUSH-1"].priority == 9
    assert not bench.state.slow_areas
    bench.publish(causes=[Cause(seq=record[1].event, kind="AreaSlowed")])
    assert bench.mirror.revision_of_cause[record[1].event] == bench.state.plan.revision


def test_stock_is_found_missing_where_somebody_waits_for_it() -> None:
    bench = Bench(script=[Planned("stock_discrepancy", 6 * 60)])
    bench.stock("WH", "STEEL", 40)
    bench.publish(trip("acme/1", load_s=at(12)))
    bench.run(at(7))
    assert not bench.sent("stock_counted")  # nobody waits for a bought item
    assert bench.twin.troubles.done()


def test_the_day_is_idle_when_all_is_settled() -> None:
    bench = Bench()
    bench.run(at(9, 20))
    bench.publish(trip("acme/1", "acme/2", load_s=at(9, 30)))
    bench.run(at(10))
    assert not bench.twin.idle()
    bench.run(at(16))
    assert bench.twin.idle()


def test_orders_come_at_once_while_hardly_a_vehicle_is_idle() -> None:
    bench = Bench()
    bench.twin.partners.reserve = 1
    bench.publish(trip("acme/1", load_s=at(7)))
    bench.run(at(7, 10))
    assert "acme/2" not in bench.state.orders
    bench.run(at(7, 16))  # the one vehicle has left
    assert bench.state.orders["acme/2"].received_s == at(7, 15)
