"""Lives of machines: counted from tasks, ended by breakdowns and maintenance, told to the line's agent."""

from __future__ import annotations

import pytest

from agents.messages import LineBook
from orchestrator.core.state_bytes import dump_dataclass, load_dataclass
from orchestrator.domain import commands as c
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.domain.shop_floor import RiskPoint
from orchestrator.domain.state import State
from orchestrator.domain.upkeep import ALL, MINOR_STOP_S, LifeEnd, LifeRecord, Usage, WearLaw, WearLaws
from orchestrator.domain.upkeep_commands import NoteDrift, ReviseWearLaw
from orchestrator.publish.books import line_part
from tests.unit.domain.small_company import NOW_S, World

HOUR_S = 3600


def running() -> World:
    """A task runs on M1 since now."""
    world = World.with_company()
    world.do(c.ReportTaskStarted(task_id="MO-1:0", machine_id="M1", at_s=NOW_S))
    return world


def broken(world: World, at_s: int, for_s: int) -> None:
    world.do(c.ReportMachineDown(machine_id="M1", at_s=at_s, until_s=at_s + for_s, reason="belt"))
    world.do(c.ReportMachineUp(machine_id="M1", at_s=at_s + for_s))


def maintained(world: World, at_s: int) -> str:
    """M1 asks for maintenance and gets it, an hour long; its id."""
    risk = (RiskPoint(at_s=at_s + 9 * HOUR_S, failed_per_mille=400),)
    answer = world.do(c.ReportMachineRisk(machine_id="M1", at_s=at_s, risk=risk))
    assert answer is not None
    name = answer.created_id
    world.do(c.ReportTaskStarted(task_id=name, machine_id="M1", at_s=at_s))
    world.do(c.ReportTaskFinished(task_id=name, at_s=at_s + HOUR_S))
    return name


def test_a_breakdown_ends_a_life_of_the_hours_that_tasks_ran() -> None:
    world = running()
    broken(world, NOW_S + 600, MINOR_STOP_S)
    (life,) = world.state.lives
    assert life == LifeRecord(
        machine_id="M1", usage_s=600, end=LifeEnd.FAILED, ended_s=NOW_S + 600, whole=False, drift_s=None
    )
    usage = world.state.usage["M1"]
    assert (usage.used_s, usage.renewed_s, usage.running_since_s) == (0, NOW_S + 1200, NOW_S + 1200)
    world.do(c.ReportTaskFinished(task_id="MO-1:0", at_s=NOW_S + 1500))
    assert world.state.usage["M1"].age_s(NOW_S + 9000) == 300


def test_a_minor_stop_ends_no_life_and_counts_as_no_usage() -> None:
    world = running()
    broken(world, NOW_S + 600, MINOR_STOP_S - 1)
    assert not world.state.lives
    assert world.state.usage["M1"].used_s == 600
    world.do(c.ReportTaskFinished(task_id="MO-1:0", at_s=NOW_S + 600 + MINOR_STOP_S - 1 + 60))
    assert world.state.usage["M1"].used_s == 660


def test_a_stop_told_again_is_one_stop() -> None:
    world = running()
    for late_s in (0, 300):
        at_s = NOW_S + 600 + late_s
        world.do(c.ReportMachineDown(machine_id="M1", at_s=at_s, until_s=at_s + HOUR_S, reason="belt"))
    world.do(c.ReportMachineUp(machine_id="M1", at_s=NOW_S + 600 + MINOR_STOP_S))
    assert [life.ended_s for life in world.state.lives] == [NOW_S + 600]


def test_maintenance_ends_a_life_before_its_failure_and_the_next_one_is_whole() -> None:
    world = running()
    world.do(c.ReportTaskFinished(task_id="MO-1:0", at_s=NOW_S + 1200))
    maintained(world, NOW_S + 1200)
    world.do(c.ReportTaskStarted(task_id="MO-1:1", machine_id="M2", at_s=NOW_S + 9000))
    (life,) = world.state.lives
    assert (life.end, life.usage_s, life.whole) == (LifeEnd.MAINTAINED, 1200, False)
    assert world.state.usage["M1"] == Usage(renewed_s=NOW_S + 1200 + HOUR_S, since_s=NOW_S + 1200 + HOUR_S)


def test_a_machine_that_never_ran_has_lived_nothing() -> None:
    world = World.with_company()
    broken(world, NOW_S, HOUR_S)
    assert not world.state.lives


def test_a_drift_is_noted_once_a_life_and_its_hours_end_with_the_life() -> None:
    world = running()
    drift = NoteDrift(machine_id="M1", at_s=NOW_S + 400, drift_s=100, sensors=("vibration",))
    world.do(drift)
    with pytest.raises(Rejection) as refused:
        world.do(drift)
    assert refused.value.reason is Reason.ILLEGAL_TRANSITION
    broken(world, NOW_S + 600, HOUR_S)
    assert [life.drift_s for life in world.state.lives] == [300]
    assert world.state.usage["M1"].drift_used_s is None
    with pytest.raises(Rejection) as refused:
        world.do(NoteDrift(machine_id="M9", at_s=NOW_S, drift_s=0))
    assert refused.value.reason is Reason.NOT_FOUND


def law(name: str, hours: int, machine_ids: tuple[str, ...] = ()) -> WearLaw:
    return WearLaw(
        name=name,
        machine_ids=machine_ids,
        life_shape_permille=2500,
        life_s=hours * HOUR_S,
        delay_shape_permille=1800,
        delay_s=70 * HOUR_S,
        error_permille=200,
        lives=3,
        censored=1,
    )


def test_a_machine_has_its_own_law_else_its_kinds_else_the_company_s() -> None:
    laws = WearLaws(
        version=1,
        through=4,
        company=law(ALL, 900),
        kinds=(law("M1", 500, ("M1", "M2")),),
        machines=(law("M1", 400),),
    )
    assert [laws.of(name).life_s // HOUR_S for name in ("M1", "M2", "M3")] == [400, 500, 900]


def test_a_version_follows_the_one_in_force_and_comes_back_with_a_snapshot_and_in_the_agents_books() -> None:
    world = running()
    first = WearLaws(version=1, through=0, company=law(ALL, 300))
    for parent, version, reason in ((1, 2, Reason.PLAN_STALE), (0, 2, Reason.INVALID_FIELD)):
        with pytest.raises(Rejection) as refused:
            world.do(ReviseWearLaw(parent=parent, laws=first.model_copy(update={"version": version})))
        assert refused.value.reason is reason
    world.do(ReviseWearLaw(parent=0, laws=first))
    world.do(c.ReportTaskFinished(task_id="MO-1:0", at_s=NOW_S + 1200))
    again = load_dataclass(State, dump_dataclass(world.state))
    assert (again.wear, again.usage, again.lives) == (world.state.wear, world.state.usage, world.state.lives)
    book = line_part(again, ["M1"], [])
    assert isinstance(book, LineBook)
    machine = book.machines["M1"]
    assert machine is not None
    assert machine.wear is not None
    told = machine.wear
    assert (told.life_s, told.life_shape_permille, told.delay_s) == (300 * HOUR_S, 2500, 70 * HOUR_S)
    assert (told.used_s, told.since_s, told.renewed_s) == (1200, NOW_S, 0)


def test_a_repair_is_told_to_the_agent_that_may_take_back_what_it_asked_for() -> None:
    world = running()
    risk = (RiskPoint(at_s=NOW_S + 9 * HOUR_S, failed_per_mille=400),)
    world.do(c.ReportMachineRisk(machine_id="M1", at_s=NOW_S, risk=risk))
    broken(world, NOW_S + 600, HOUR_S)
    machine = line_part(world.state, ["M1"], []).machines["M1"]
    assert machine is not None
    assert machine.wear is not None
    assert machine.wear.asked
    assert machine.wear.renewed_s == NOW_S + 600 + HOUR_S
