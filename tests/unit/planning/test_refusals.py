"""What agents refuse, the plan no longer asks for; when it is over, the plan may again."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.errors import Rejection
from orchestrator.domain.refusals import DUTY_KEPT_S, LEASE_GRACE_S, RefusalCode
from orchestrator.domain.refusals_commands import EndRefusal
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company


def refused(
    kind: str, resource_id: str, code: RefusalCode, until_s: int | None, subject: str = ""
) -> c.RefuseInstruction:
    return c.RefuseInstruction(
        kind=kind,
        resource_id=resource_id,
        revision=1,
        reason="cannot",
        code=code,
        subject=subject,
        until_s=until_s,
    )


def test_a_driver_out_of_hours_is_back_before_the_duty_ends_and_others_take_the_rest() -> None:
    world = World(small_company(vehicles=2, weight_g=60_000, reach_m=20_000))
    orders = [world.order(f"C{number}", window=(6, 17)) for number in range(12)]
    vehicle_id = max(world.state.plan.routes, key=lambda key: world.state.plan.routes[key].trips[-1].return_s)
    duty_s = world.state.plan.routes[vehicle_id].trips[-1].return_s - 1_800
    draft = world.do(refused("vehicle", vehicle_id, RefusalCode.OUT_OF_HOURS, duty_s))
    assert draft is not None
    assert f"vehicle {vehicle_id} refused: cannot" in draft.head.causes[0].text
    route = world.state.plan.routes.get(vehicle_id)
    assert route is None or route.trips[-1].return_s <= duty_s
    assert set(orders) == set(world.state.plan.vehicle_of) | set(world.state.plan.unplanned)
    check_plan(world.state, world.memory, world.now_s)


def test_the_same_refusal_again_changes_nothing_and_one_without_a_time_is_refused() -> None:
    world = World()
    world.order()
    same = refused("vehicle", "V1", RefusalCode.OUT_OF_HOURS, DAY_S + 9 * HOUR_S)
    assert world.tell(same)
    assert world.tell(same) == ()
    with pytest.raises(Rejection, match="needs a time after"):
        world.tell(refused("vehicle", "V1", RefusalCode.OUT_OF_HOURS, None))


def test_nothing_is_loaded_while_the_docks_are_closed_and_at_once_when_they_open() -> None:
    world = World(small_company(vehicles=2))
    for number in range(4):
        world.order(f"C{number}", window=(6, 16))
    before_s = min(trip.load_start_s for route in world.state.plan.routes.values() for trip in route.trips)
    until_s = before_s + 2 * HOUR_S
    world.do(refused("warehouse", "W1", RefusalCode.DOCKS_CLOSED, until_s))
    assert all(trip.load_start_s >= until_s for route in world.state.plan.routes.values() for trip in route.trips)
    world.do(EndRefusal(kind="warehouse", resource_id="W1", code=RefusalCode.DOCKS_CLOSED, reason="works again"))
    assert not world.state.refusals
    assert min(trip.load_start_s for route in world.state.plan.routes.values() for trip in route.trips) < until_s
    assert world.tell(EndRefusal(kind="warehouse", resource_id="W1", code=RefusalCode.DOCKS_CLOSED)) == ()


def test_a_locked_machine_is_down_until_it_is_free() -> None:
    world = World(small_company(plant=True, stock=500, production=(("MO-1", 20, 15), ("MO-2", 30, 17))))
    world.plan()
    until_s = world.now_s + 4 * HOUR_S
    world.do(refused("production_line", "L1", RefusalCode.LOCKED_OUT, until_s, "M3"))
    assert world.state.shop["M3"].down_until_s == until_s
    planned = [task for task in world.state.plan.tasks.values() if task.machine_id == "M3"]
    assert planned
    assert all(task.start_s >= until_s for task in planned)
    world.do(EndRefusal(kind="production_line", resource_id="L1", code=RefusalCode.LOCKED_OUT, subject="M3"))
    assert world.state.shop["M3"].down_until_s is None


def test_refusals_whose_time_is_over_are_forgotten_with_the_next() -> None:
    world = World()
    world.tell(refused("warehouse", "W1", RefusalCode.DOCKS_CLOSED, world.now_s + 60))
    world.now_s += 60 + LEASE_GRACE_S
    world.tell(refused("vehicle", "V2", RefusalCode.OUT_OF_HOURS, world.now_s + 60))
    assert [held.resource_id for held in world.state.refusals.values()] == ["V2"]
    world.now_s += 60 + DUTY_KEPT_S
    world.tell(refused("vehicle", "V1", RefusalCode.OUT_OF_HOURS, world.now_s + 60))
    assert [held.resource_id for held in world.state.refusals.values()] == ["V1"]


def test_a_driver_whose_duty_is_over_gets_nothing_for_the_rest_of_the_shift() -> None:
    world = World(small_company(vehicles=2))
    world.now_s = DAY_S + 9 * HOUR_S
    world.do(refused("vehicle", "V1", RefusalCode.OUT_OF_HOURS, world.now_s - 60))
    world.now_s += HOUR_S
    world.do(refused("vehicle", "V2", RefusalCode.OUT_OF_HOURS, DAY_S + 17 * HOUR_S))
    for number in range(6):
        world.order(f"C{number}", window=(10, 17))
    assert "V1" not in world.state.plan.routes
    assert world.state.plan.vehicle_of
    check_plan(world.state, world.memory, world.now_s)
