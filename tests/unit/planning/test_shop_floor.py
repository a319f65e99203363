"""The schedule on the company's state: maintenance by risk, people and tools, lots, and people's decisions."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain import company as co
from orchestrator.domain.errors import Rejection
from orchestrator.domain.shop_floor import RiskPoint, ScheduleOverrideKind, ScheduleOverrideStatus
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.explain_task import explain_task
from orchestrator.planning.lateness import late_production
from orchestrator.planning.plan_once import DEFAULT_SETTINGS, begin, planning
from orchestrator.planning.preview import copied
from orchestrator.planning.schedule import take_better
from orchestrator.planning.scheduling_problem import scheduling_problem
from orchestrator.planning.steps import run_here
from solvers.budget import Budget
from solvers.scheduling.explain import explain
from solvers.scheduling.kernel.search import polish
from solvers.scheduling.plan import Schedule
from solvers.scheduling.repair import repair
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company

Kind = ScheduleOverrideKind
RISK = ((1, 20), (3, 120), (6, 400), (9, 750))
WORKERS = (("K1", ("cutting",)), ("K2", ("cutting", "painting")))


def plant(*production: tuple[str, int, int], workers: bool = False, shift_end_s: int = 86_400) -> World:
    """The small plant; cutting and painting by hand where there are workers."""
    company = small_company(plant=True, production=production)
    line = company.lines[0].model_copy(update={"shift_start_s": 6 * HOUR_S, "shift_end_s": shift_end_s})
    changes: dict[str, Any] = {"lines": (line,)} if shift_end_s < 86_400 else {}
    if workers:
        changes["workers"] = tuple(
            co.Worker(worker_id=key, name=key, line_id="L1", skills=skills) for key, skills in WORKERS
        )
        changes["items"] = tuple(_by_hand(item) for item in company.items)
        changes["tools"] = (co.Tool(tool_id="F1", name="Frame", kind="frame"),)
    return World(company.model_copy(update=changes))


def _by_hand(item: co.Item) -> co.Item:
    skills = {"cut": "cutting", "paint": "painting"}
    steps = tuple(
        step.model_copy(update={"skills": (skills[step.name],), "tools": ("frame",) if step.name == "paint" else ()})
        for step in item.operations
    )
    return item.model_copy(update={"operations": steps})


def decide(world: World, kind: Kind, override_id: str = "D1", **values: Any) -> None:
    world.do(c.CreateScheduleOverride(override_id=override_id, kind=kind, owner="ada", reason="as agreed", **values))


def risk(world: World) -> tuple[RiskPoint, ...]:
    return tuple(RiskPoint(at_s=world.now_s + hours * HOUR_S, failed_per_mille=share) for hours, share in RISK)


def spans(world: World) -> list[tuple[str, int, int, tuple[str, ...]]]:
    return [(t.machine_id, t.start_s, t.end_s, t.held) for t in world.state.plan.tasks.values()]


def test_a_risk_puts_maintenance_into_the_schedule_and_explains_it() -> None:
    world = plant(("MO-1", 20, 12), ("MO-2", 20, 14))
    draft = world.do(c.ReportMachineRisk(machine_id="M3", at_s=world.now_s, risk=risk(world), reason="hot bearing"))
    assert draft is not None
    assert draft.head.causes[0].kind == "MaintenancePlanned"
    planned = world.state.plan.tasks["MAINT-M3-1"]
    assert planned.machine_id == "M3"
    assert planned.end_s - planned.start_s == 3600
    assert not [t for t in world.state.plan.tasks.values() if t.machine_id == "M3" and t is not planned
                and t.start_s < planned.end_s and planned.start_s < t.end_s]  # fmt: skip
    told = explain_task(copied(world.state), "MAINT-M3-1", world.now_s, DEFAULT_SETTINGS)
    assert "75 % probability: hot bearing" in told.sentences[0]
    assert told.moves[0].before == "unplanned"
    world.do(c.ReportMachineRisk(machine_id="M3", at_s=world.now_s))
    assert "MAINT-M3-1" not in world.state.plan.tasks


def test_running_maintenance_holds_its_machine() -> None:
    world = plant(("MO-1", 20, 12))
    world.do(c.ReportMachineRisk(machine_id="M1", at_s=world.now_s, risk=risk(world)))
    world.do(c.ReportTaskStarted(task_id="MAINT-M1-1", machine_id="M1", at_s=world.now_s))
    on_m1 = [t for t in world.state.plan.tasks.values() if t.machine_id == "M1" and t.task_id != "MAINT-M1-1"]
    assert all(task.start_s >= world.state.plan.tasks["MAINT-M1-1"].end_s for task in on_m1)


def test_nobody_and_no_tool_is_in_two_places_at_once() -> None:
    world = plant(("MO-1", 20, 12), ("MO-2", 20, 12), ("MO-3", 20, 12), workers=True)
    for unit in ("K1", "K2", "F1"):
        own = sorted((start_s, end_s) for _, start_s, end_s, held in spans(world) if unit in held)
        assert all(end_s <= later_s for (_, end_s), (later_s, _) in pairwise(own))
    assert all(held for _, _, _, held in spans(world))


def test_an_absent_worker_is_planned_again_after_the_absence_only() -> None:
    world = plant(("MO-1", 20, 12), workers=True)
    until_s = world.now_s + 5 * HOUR_S
    draft = world.do(c.ReportWorkerAbsent(worker_id="K2", at_s=world.now_s, until_s=until_s))
    assert draft is not None
    assert draft.head.causes[0].kind == "WorkerAbsent"
    assert all(start_s >= until_s for _, start_s, _, held in spans(world) if "K2" in held)
    world.do(c.ReportWorkerBack(worker_id="K2", at_s=world.now_s))
    assert any(start_s < until_s for _, start_s, _, held in spans(world) if "K2" in held)


def test_a_task_goes_where_a_person_moved_it_and_stays() -> None:
    world = plant(("MO-1", 20, 12), ("MO-2", 20, 14))
    start_s = world.now_s + 4 * HOUR_S
    decide(world, Kind.MOVE, task_id="MO-1:0", machine_id="M2", start_s=start_s)
    task = world.state.plan.tasks["MO-1:0"]
    assert (task.machine_id, task.start_s) == ("M2", start_s)
    world.do(c.ReportMachineDown(machine_id="M1", at_s=world.now_s, until_s=world.now_s + HOUR_S))
    task = world.state.plan.tasks["MO-1:0"]
    assert (task.machine_id, task.start_s) == ("M2", start_s)


def test_a_move_that_a_fact_forbids_says_so_and_comes_back() -> None:
    world = plant(("MO-1", 20, 12))
    start_s = world.now_s + HOUR_S
    decide(world, Kind.MOVE, task_id="MO-1:0", machine_id="M2", start_s=start_s)
    world.do(c.ReportMachineDown(machine_id="M2", at_s=world.now_s, until_s=start_s + HOUR_S))
    assert "down" in world.state.schedule_overrides["D1"].conflict
    assert world.state.alerts["OVERRIDE_CONFLICT:D1"].text.endswith(world.state.schedule_overrides["D1"].conflict)
    world.do(c.ReportMachineUp(machine_id="M2", at_s=world.now_s))
    assert world.state.schedule_overrides["D1"].conflict == ""
    assert world.state.plan.tasks["MO-1:0"].start_s == start_s


def test_overtime_is_used_where_it_makes_an_order_less_late() -> None:
    world = plant(*((f"MO-{number}", 120, 13) for number in range(1, 7)), shift_end_s=12 * HOUR_S)
    end_s = DAY_S + 12 * HOUR_S
    assert all(end <= end_s or start >= end_s + 12 * HOUR_S for _, start, end, _ in spans(world))
    for number in (1, 2, 3):
        decide(world, Kind.OVERTIME, f"D{number}", machine_id=f"M{number}", start_s=end_s, end_s=end_s + 6 * HOUR_S)
    extra = [t for t in world.state.plan.tasks.values() if t.overtime]
    assert extra
    assert all(t.end_s <= end_s + 6 * HOUR_S for t in extra)


def test_a_schedule_found_meanwhile_is_taken_only_where_it_beats_the_one_in_force() -> None:
    world = plant(*((f"MO-{n}", 40 + 30 * (n % 4), 8 + n) for n in range(1, 8)), workers=True)
    work = begin(world.state, Dirty(), world.now_s, DEFAULT_SETTINGS)
    problem = scheduling_problem(work)
    in_force = repair(problem)
    assert run_here(take_better(work, in_force)) is None
    assert not work.tasks
    better = polish(problem, in_force, Budget(seconds=60.0, iterations=2_000))
    foreign = Schedule(better.assignments[1:])
    assert run_here(take_better(work, foreign)) is None
    broken = Schedule(tuple(replace(one, end_s=one.end_s + 60) for one in better.assignments))
    assert run_here(take_better(work, broken)) is None
    assert not work.tasks
    assert run_here(take_better(work, better)) is not None
    assert set(work.tasks) == {one.task_id for one in better.assignments if one not in in_force.assignments}


def test_lots_run_side_by_side() -> None:
    world = plant(("MO-1", 60, 12))
    decide(world, Kind.SPLIT, task_id="MO-1:0", lots=2)
    first, second = (world.state.plan.tasks[key] for key in ("MO-1:0", "MO-1:2"))
    assert {first.machine_id, second.machine_id} == {"M1", "M2"}
    assert first.start_s == second.start_s
    world.do(c.UndoScheduleOverride(override_id="D1", by="ada"))
    assert set(world.state.plan.tasks) == {"MO-1:0", "MO-1:1"}


def test_lateness_is_explained_and_a_remedy_helps_when_it_is_applied() -> None:
    world = plant(("MO-1", 100, 8), ("MO-2", 100, 8))
    (late, *_) = late_production(
        copied(world.state), world.now_s, DEFAULT_SETTINGS, (), Budget(seconds=60.0, iterations=300)
    )
    assert late.late_s > 0
    assert late.causes
    best = next(one for one in late.helps if one.decisions)
    assert best.command.startswith("muster schedule ")
    assert best.remedy.late_after_s < late.late_s
    for number, decision in enumerate(best.decisions):
        decide(world, override_id=f"D{number}", **decision)
    problem = scheduling_problem(begin(world.state, Dirty(), world.now_s, DEFAULT_SETTINGS))
    found = polish(problem, repair(problem), Budget(seconds=60.0, iterations=2_000))
    after = {one.job_id: one.late_s for one in explain(problem, found)}
    assert after.get(late.production_order_id, 0) < late.late_s


def test_what_does_not_exist_is_not_explained() -> None:
    world = plant(("MO-1", 20, 12))
    for subject in ("MO-9", "MO-1:9", "MAINT-X"):
        with pytest.raises(Rejection, match=r"not found|no such|does not exist|unknown"):
            explain_task(world.state, subject, world.now_s, DEFAULT_SETTINGS)
    told = explain_task(copied(world.state), "MO-1", world.now_s, DEFAULT_SETTINGS)
    assert [sentence.split(" ")[0] for sentence in told.sentences[1:3]] == ["MO-1:0", "MO-1:1"]
    assert told.moves[0].causes == ("master data of Small imported",)


def test_a_finished_decision_binds_no_more() -> None:
    world = plant(("MO-1", 20, 12))
    decide(world, Kind.MOVE, task_id="MO-1:0", machine_id="M2")
    world.now_s = max(world.now_s, world.state.plan.tasks["MO-1:0"].start_s)
    world.do(c.ReportTaskStarted(task_id="MO-1:0", machine_id="M2", at_s=world.now_s))
    assert world.state.schedule_overrides["D1"].status is ScheduleOverrideStatus.DONE


def test_master_data_that_contradict_themselves_do_not_stop_the_vehicles() -> None:
    company = small_company(plant=True, production=(("MO-1", 20, 12),))
    world = World(company.model_copy(update={"items": tuple(_by_hand(item) for item in company.items)}))
    assert not world.state.plan.tasks  # nobody can do it: the import would have refused this
    assert world.order() in world.state.plan.vehicle_of
    work = begin(world.state, Dirty(everything=True), world.now_s, DEFAULT_SETTINGS)
    run_here(planning(work))
    assert "cutting" in str(work.failures[0])
