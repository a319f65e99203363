"""The auditor finds what is wrong with a published plan, and nothing in a right one."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain.plan import PlannedStop, PlannedTask, Trip
from orchestrator.twin.auditor import Auditor, lost
from orchestrator.twin.roads import Roads
from tests.unit.twin.bare import Bench, at


def right_trip(bench: Bench, **changes: Any) -> Trip:
    """A trip to acme/1 as it should be, with some values changed."""
    vehicle, depot = bench.state.vehicles["V1"], bench.state.sites["WH"]
    leg_s = Roads(bench.state.company).leg(depot.place, bench.state.customers["C1"].place, vehicle, at(7))
    load_s = at(7)
    arrive_s = load_s + 900 + leg_s.duration_s
    stop = {"arrive_s": arrive_s, "start_s": max(arrive_s, at(8)), "late_s": 0}
    stop["depart_s"] = stop["start_s"] + 300
    stop |= {name: value for name, value in changes.items() if name in (*stop, "late_s")}
    planned = PlannedStop(order_id=changes.get("order_id", "acme/1"), **stop)
    return Trip(
        load_start_s=changes.get("load_start_s", load_s),
        depart_s=changes.get("leave_s", load_s + 900),
        return_s=changes.get("return_s", stop["depart_s"] + leg_s.duration_s),
        stops=(planned,),
        loaded=changes.get("loaded", False),
    )


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def auditor(bench: Bench) -> Auditor:
    auditor = Auditor(bench.state)
    bench.mirror.listeners.append(auditor.hear)
    return auditor


def test_a_right_plan_passes(bench: Bench, auditor: Auditor) -> None:
    bench.publish(right_trip(bench))
    assert (auditor.checked, auditor.rejected, auditor.found) == (1, 0, [])


WRONG = [
    ({"arrive_s": at(7, 16)}, "faster than the road allows"),
    ({"start_s": at(7, 50)}, "before arrival or window"),
    ({"depart_s": at(8, 1)}, "before it is served"),
    ({"leave_s": at(7, 5)}, "without time to load"),
    ({"load_start_s": at(5)}, "before it is there or in shift"),
    ({"return_s": at(15, 30)}, "after its shift"),
    ({"return_s": at(8, 6)}, "too early to have driven home"),
    ({"arrive_s": at(11), "start_s": at(11), "depart_s": at(11, 5), "return_s": at(12)}, "is stated 0 s late"),
    ({"loaded": True}, "what is not on board"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG, ids=lambda case: case if isinstance(case, str) else "")
def test_a_wrong_time_is_found(bench: Bench, auditor: Auditor, changes: dict[str, Any], words: str) -> None:
    bench.publish(right_trip(bench, **changes))
    assert auditor.rejected == 1
    assert any(words in text for text in auditor.found), auditor.found


def test_goods_before_their_release_are_found(bench: Bench, auditor: Auditor) -> None:
    bench.publish(right_trip(bench), release_s=at(7, 20))
    assert "before its release" in auditor.found[0]


def test_too_much_on_a_vehicle_is_found(bench: Bench, auditor: Auditor) -> None:
    small = bench.state.vehicles["V1"].model_copy(update={"weight_g": 100})
    bench.state.vehicles["V1"] = small
    bench.publish(right_trip(bench))
    assert "would carry" in auditor.found[0]


def test_an_order_on_two_trips_is_found(bench: Bench, auditor: Auditor) -> None:
    first = right_trip(bench)
    later = right_trip(bench)
    bench.publish(first, later)
    assert any("is on V1 and V1" in text for text in auditor.found)


def test_two_tasks_on_a_machine_at_once_are_found(bench: Bench, auditor: Auditor) -> None:
    one = PlannedTask(task_id="MO-1:0", production_order_id="MO-1", machine_id="M2", start_s=at(7), end_s=at(8))
    other = one.model_copy(update={"task_id": "MO-1:1", "start_s": at(7, 30), "end_s": at(9)})
    bench.publish(tasks=[one, other])
    assert len(auditor.found) == 2


def test_the_first_violations_are_kept_and_all_revisions_counted(bench: Bench, auditor: Auditor) -> None:
    for _ in range(120):
        bench.publish(right_trip(bench, arrive_s=at(7, 16)))
    assert auditor.rejected == 120
    assert len(auditor.found) == 50


def test_what_was_acknowledged_must_be_in_the_log() -> None:
    log = {1: "CompanyImported", 2: "VehicleLoaded", 3: "AlertResolved", 4: "OrderDelivered"}
    assert lost([(2, 3, ("VehicleLoaded", "AlertResolved")), (4, 4, ("OrderDelivered",)), (0, 0, ())], log) == 0
    assert lost([(2, 3, ("VehicleLoaded", "AlertRaised")), (5, 5, ("OrderDelivered",))], log) == 2


def test_hard_windows_bind_what_is_not_loaded_yet(bench: Bench, auditor: Auditor) -> None:
    bench.state.company = bench.state.company.model_copy(update={"hard_windows": True})
    bench.publish(
        right_trip(bench, arrive_s=at(10, 1), start_s=at(10, 1), depart_s=at(10, 6), late_s=60, return_s=at(11))
    )
    assert any("after its hard window" in text for text in auditor.found)
