"""The shop floor: maintenance by risk, people who are away, and what people decide about the schedule."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.entities import AlertStatus, SupplyStatus
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.domain.measures import last_tasks, waits_for
from orchestrator.domain.shop_floor import MaintenanceStatus, RiskPoint, ScheduleOverrideKind, ScheduleOverrideStatus
from tests.unit.domain.small_company import NOW_S, World

Kind = ScheduleOverrideKind
RISK = (RiskPoint(at_s=NOW_S + 3600, failed_per_mille=50), RiskPoint(at_s=NOW_S + 9 * 3600, failed_per_mille=700))


def decision(kind: Kind, override_id: str = "D1", **values: Any) -> c.CreateScheduleOverride:
    return c.CreateScheduleOverride(override_id=override_id, kind=kind, owner="ada", reason="as agreed", **values)


def test_risk_asks_for_maintenance_once_and_maintenance_ends_it() -> None:
    world = World.with_company()
    world.do(c.ReportMachineRisk(machine_id="M2", at_s=NOW_S, risk=RISK, reason="vibration"))
    world.do(c.ReportMachineRisk(machine_id="M2", at_s=NOW_S, risk=RISK[1:]))
    (maintenance,) = world.state.maintenance.values()
    assert (maintenance.machine_id, maintenance.risk) == ("M2", RISK[1:])
    assert world.state.alerts["MACHINE_RISK:M2"].status is AlertStatus.OPEN
    task_id = maintenance.maintenance_id
    world.do(c.ReportTaskStarted(task_id=task_id, machine_id="M2", at_s=NOW_S))
    assert world.state.shop["M2"].task_id == task_id
    with pytest.raises(Rejection, match="busy"):
        world.do(c.ReportTaskStarted(task_id="MO-1:0", machine_id="M2", at_s=NOW_S))
    world.do(c.ReportTaskFinished(task_id=task_id, at_s=NOW_S + 3600))
    assert world.state.maintenance[task_id].status is MaintenanceStatus.DONE
    assert world.state.shop["M2"].task_id is None
    assert world.state.alerts["MACHINE_RISK:M2"].status is AlertStatus.RESOLVED


def test_a_machine_that_is_fine_again_needs_no_maintenance() -> None:
    world = World.with_company()
    with pytest.raises(Rejection) as refused:
        world.do(c.ReportMachineRisk(machine_id="M2", at_s=NOW_S))
    assert refused.value.reason is Reason.ILLEGAL_TRANSITION
    world.do(c.ReportMachineRisk(machine_id="M2", at_s=NOW_S, risk=RISK))
    world.do(c.ReportMachineRisk(machine_id="M2", at_s=NOW_S))
    (maintenance,) = world.state.maintenance.values()
    assert maintenance.status is MaintenanceStatus.CANCELLED


@pytest.mark.parametrize(
    ("points", "field"),
    [
        (((3600, 100), (3600, 200)), "risk[1].at_s"),
        (((3600, 300), (7200, 200)), "risk[1].failed_per_mille"),
    ],
)
def test_a_risk_rises_in_time(points: tuple[tuple[int, int], ...], field: str) -> None:
    risk = tuple(RiskPoint(at_s=NOW_S + at_s, failed_per_mille=share) for at_s, share in points)
    with pytest.raises(Rejection) as refused:
        World.with_company().do(c.ReportMachineRisk(machine_id="M1", at_s=NOW_S, risk=risk))
    assert refused.value.field == field


def test_a_worker_is_away_until_back() -> None:
    world = World.with_company()
    world.do(c.ReportWorkerAbsent(worker_id="K1", at_s=NOW_S, until_s=NOW_S + 3600))
    assert world.state.absent == {"K1": NOW_S + 3600}
    world.do(c.ReportWorkerBack(worker_id="K1", at_s=NOW_S + 60))
    assert world.state.absent == {}
    for command in (
        c.ReportWorkerBack(worker_id="K1", at_s=NOW_S),
        c.ReportWorkerAbsent(worker_id="K9", at_s=NOW_S, until_s=NOW_S + 1),
        c.ReportWorkerAbsent(worker_id="K1", at_s=NOW_S, until_s=NOW_S),
    ):
        with pytest.raises(Rejection):
            world.do(command)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": Kind.MOVE, "task_id": "MO-1:1", "machine_id": "M1"}, "machine_id"),
        ({"kind": Kind.MOVE, "task_id": "MO-1:0", "machine_id": "M1", "start_s": NOW_S - 1}, "start_s"),
        ({"kind": Kind.MOVE, "machine_id": "M1"}, "task_id"),
        ({"kind": Kind.MOVE, "task_id": "MO-9:0", "machine_id": "M1"}, "task_id"),
        ({"kind": Kind.OVERTIME, "machine_id": "M1"}, "start_s"),
        ({"kind": Kind.OVERTIME, "machine_id": "M9", "start_s": NOW_S, "end_s": NOW_S + 60}, "machine_id"),
        ({"kind": Kind.OVERTIME, "machine_id": "M1", "start_s": NOW_S, "end_s": NOW_S + 50_000}, "end_s"),
        ({"kind": Kind.OVERTIME, "machine_id": "M1", "start_s": NOW_S - 99, "end_s": NOW_S}, "end_s"),
        ({"kind": Kind.SPLIT, "task_id": "MO-1:0", "lots": 11}, "lots"),
        ({"kind": Kind.SPLIT, "task_id": "MO-1:0", "lots": 1}, "lots"),
        ({"kind": Kind.PRIORITY, "production_order_id": "MO-9", "priority": 3}, "production_order_id"),
        ({"kind": Kind.PRIORITY, "production_order_id": "MO-1"}, "priority"),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused_by_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejection) as refused:
        World.with_company().do(decision(**values))
    assert refused.value.field == field


def test_a_split_makes_lots_that_are_done_one_by_one() -> None:
    world = World.with_company()
    world.do(decision(Kind.SPLIT, task_id="MO-1:0", lots=3))
    world.do(decision(Kind.SPLIT, "D2", task_id="MO-1:1", lots=3))
    order = world.state.production["MO-1"]
    assert [(t.task_id, t.operation, t.quantity) for t in order.tasks] == [
        ("MO-1:0", 0, 4), ("MO-1:1", 1, 4), ("MO-1:2", 0, 3), ("MO-1:3", 0, 3), ("MO-1:4", 1, 3), ("MO-1:5", 1, 3),
    ]  # fmt: skip
    assert [task.task_id for task in waits_for(order, order.tasks[5])] == ["MO-1:3"]
    for task_id in ("MO-1:0", "MO-1:2", "MO-1:3", "MO-1:1", "MO-1:4", "MO-1:5"):
        assert world.state.production["MO-1"].status is not SupplyStatus.DONE
        world.do(c.ReportTaskStarted(task_id=task_id, machine_id="M2", at_s=world.now_s))
        world.do(c.ReportTaskFinished(task_id=task_id, at_s=world.now_s))
    assert world.state.production["MO-1"].status is SupplyStatus.DONE
    assert world.state.on_hand[("W1", "board")] == 80
    assert world.state.on_hand[("W1", "chair")] == 30
    assert {one.status for one in world.state.schedule_overrides.values()} == {ScheduleOverrideStatus.DONE}


def test_lots_become_one_task_again_while_none_has_begun() -> None:
    world = World.with_company()
    before = world.state.production["MO-1"]
    world.do(decision(Kind.SPLIT, task_id="MO-1:0", lots=2))
    world.do(decision(Kind.SPLIT, "D2", task_id="MO-1:1", lots=2))
    with pytest.raises(Rejection, match="before another"):
        world.do(c.UndoScheduleOverride(override_id="D1", by="ada"))
    world.do(c.UndoScheduleOverride(override_id="D2", by="ada"))
    world.do(c.UndoScheduleOverride(override_id="D1", by="ada", version=1))
    assert world.state.production["MO-1"] == before
    world.do(decision(Kind.SPLIT, "D3", task_id="MO-1:0", lots=2))
    world.do(c.ReportTaskStarted(task_id="MO-1:2", machine_id="M1", at_s=NOW_S))
    with pytest.raises(Rejection, match="is running"):
        world.do(c.UndoScheduleOverride(override_id="D3", by="ada"))
    assert len(last_tasks(world.state.production["MO-1"])) == 1


def test_decisions_that_contradict_each_other_are_refused() -> None:
    world = World.with_company()
    hour = {"start_s": NOW_S + 3600, "end_s": NOW_S + 7200}
    world.do(decision(Kind.MOVE, task_id="MO-1:0", machine_id="M1"))
    world.do(decision(Kind.OVERTIME, "D2", machine_id="M1", **hour))
    world.do(decision(Kind.PRIORITY, "D3", production_order_id="MO-1", priority=9))
    assert world.state.schedule_overrides["D2"].cost_cents == 6_000
    for again in (
        decision(Kind.MOVE, "D4", task_id="MO-1:0", machine_id="M2"),
        decision(Kind.OVERTIME, "D4", machine_id="M1", start_s=NOW_S, end_s=NOW_S + 3601),
        decision(Kind.PRIORITY, "D4", production_order_id="MO-1", priority=1),
    ):
        with pytest.raises(Rejection) as refused:
            world.do(again)
        assert refused.value.reason is Reason.OVERRIDE_CONFLICT
    world.do(decision(Kind.OVERTIME, "D4", machine_id="M2", **hour))


def test_a_decision_ends_with_its_task_its_order_or_its_time() -> None:
    world = World.with_company()
    world.do(decision(Kind.MOVE, task_id="MO-1:0", machine_id="M1"))
    world.do(decision(Kind.PRIORITY, "D2", production_order_id="MO-1", priority=9))
    world.do(decision(Kind.OVERTIME, "D3", machine_id="M1", start_s=NOW_S, end_s=NOW_S + 60))
    world.do(c.ReportTaskStarted(task_id="MO-1:0", machine_id="M1", at_s=NOW_S))
    world.now_s = NOW_S + 60
    world.do(c.ExpireOverrides())
    world.do(c.ReportTaskFinished(task_id="MO-1:0", at_s=world.now_s))
    world.do(c.ReportTaskStarted(task_id="MO-1:1", machine_id="M2", at_s=world.now_s))
    world.do(c.ReportTaskFinished(task_id="MO-1:1", at_s=world.now_s))
    found = {key: one.status.value for key, one in world.state.schedule_overrides.items()}
    assert found == {"D1": "DONE", "D2": "DONE", "D3": "EXPIRED"}
