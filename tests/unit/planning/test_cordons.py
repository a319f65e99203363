"""Cordons and drains in the plan: nothing new, nothing that has not begun, and all of it again afterwards."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.domain.cordons import CordonKind, CordonStatus, DrainPolicy
from orchestrator.domain.cordons_commands import CordonResource, SettleCordons, UncordonResource
from orchestrator.domain.decide.cordons import not_begun
from orchestrator.domain.entities import TaskStatus, VehicleStatus
from orchestrator.domain.errors import Rejection
from orchestrator.planning.explain import explain_order
from orchestrator.planning.preview import copied, preview
from orchestrator.planning.settings import PlanningSettings
from tests.unit.planning.drive import step
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)


def cordoned(
    policy: DrainPolicy = DrainPolicy.KEEP,
    resource_id: str = "V1",
    kind: CordonKind = CordonKind.VEHICLE,
    docks: int = 0,
) -> CordonResource:
    return CordonResource(
        cordon_id="CO-1",
        kind=kind,
        resource_id=resource_id,
        policy=policy,
        docks=docks,
        owner="ada",
        reason="brakes",
    )


def uncordoned(resource_id: str = "V1", kind: CordonKind = CordonKind.VEHICLE) -> UncordonResource:
    return UncordonResource(kind=kind, resource_id=resource_id, by="ada")


def busy_world(vehicles: int = 3, orders: int = 8) -> tuple[World, str]:
    """A world and a vehicle of it that has stops."""
    world = World(small_company(vehicles=vehicles, weight_g=30_000))
    for number in range(orders):
        world.order(f"C{number}")
    return world, next(iter(world.state.plan.routes))


@pytest.mark.parametrize("policy", [DrainPolicy.KEEP, DrainPolicy.COMPLETE])
def test_a_cordoned_vehicle_keeps_what_it_has_and_gets_nothing_new(policy: DrainPolicy) -> None:
    world, vehicle_id = busy_world()
    had = set(not_begun(world.state, vehicle_id))
    assert had
    world.do(cordoned(policy, vehicle_id))
    assert set(not_begun(world.state, vehicle_id)) == had
    for number in range(8, 12):
        world.order(f"C{number}")
    after = set(not_begun(world.state, vehicle_id))
    assert after <= had
    assert after == had or policy is DrainPolicy.KEEP
    check_plan(world.state, world.memory, world.now_s)


def test_drained_by_reassigning_its_work_is_others() -> None:
    world, vehicle_id = busy_world()
    had = set(not_begun(world.state, vehicle_id))
    draft = world.do(cordoned(DrainPolicy.REASSIGN, vehicle_id))
    assert draft is not None
    assert "brakes" in draft.head.causes[0].text
    assert not not_begun(world.state, vehicle_id)
    assert had <= set(world.state.plan.vehicle_of)
    world.tell(SettleCordons())
    assert world.state.cordons["CO-1"].status is CordonStatus.DRAINED
    check_plan(world.state, world.memory, world.now_s)


def test_a_trip_on_the_road_is_finished_whatever_the_policy() -> None:
    world, vehicle_id = busy_world()
    aboard = set(world.load(vehicle_id))
    world.do(cordoned(DrainPolicy.REASSIGN, vehicle_id))
    while world.state.fleet[vehicle_id].status is VehicleStatus.DRIVING:
        aboard.discard(world.serve(vehicle_id))
        check_plan(world.state, world.memory, world.now_s)
    assert not aboard
    world.home(vehicle_id)
    world.tell(SettleCordons())
    assert world.state.cordons["CO-1"].status is CordonStatus.DRAINED


def test_given_up_orders_wait_with_the_reason_and_come_back() -> None:
    world, vehicle_id = busy_world()
    had = set(not_begun(world.state, vehicle_id))
    world.do(cordoned(DrainPolicy.CANCEL, vehicle_id))
    assert {world.state.plan.unplanned[order_id].code for order_id in had} == {"GIVEN_UP"}
    assert "drained by ada: brakes" in world.state.plan.unplanned[min(had)].text
    world.do(uncordoned(vehicle_id))
    assert had <= set(world.state.plan.vehicle_of)
    assert not had & set(world.state.plan.unplanned)


def test_when_all_are_cordoned_the_order_says_so_and_is_planned_when_one_is_back() -> None:
    world = World(small_company(vehicles=1))
    world.do(cordoned())
    order_id = world.order()
    assert world.state.plan.unplanned[order_id].code == "CORDONED"
    told = explain_order(world.state, order_id, world.now_s, world.settings, world.memory)
    assert [(option.rule, option.text) for option in told.vehicles] == [
        ("CORDONED", "vehicle V1 is cordoned by ada: brakes")
    ]
    world.do(uncordoned())
    assert world.state.plan.vehicle_of[order_id] == "V1"


def test_the_preview_of_a_drain_names_who_would_move_and_changes_nothing() -> None:
    world, vehicle_id = busy_world()
    had = set(not_begun(world.state, vehicle_id))
    command = cordoned(DrainPolicy.REASSIGN, vehicle_id)
    impact = preview(copied(world.state), command, world.now_s, "operator:ada", PlanningSettings(repair_budget_ms=2))
    assert had <= {move.order_id for move in impact.moved}
    assert not world.state.cordons
    assert set(not_begun(world.state, vehicle_id)) == had


def test_without_an_open_dock_nothing_loads_before_the_docks_open() -> None:
    world, _ = busy_world()
    docks = world.state.sites["W1"].docks
    until_s = DAY_S + 10 * HOUR_S
    closed = cordoned(resource_id="W1", kind=CordonKind.DOCK, docks=docks).model_copy(update={"expires_s": until_s})
    world.do(closed)
    assert all(trip.load_start_s >= until_s for route in world.state.plan.routes.values() for trip in route.trips)
    check_plan(world.state, world.memory, world.now_s)


def plant() -> World:
    return World(small_company(plant=True, stock=500, production=(("MO-1", 20, 15), ("MO-2", 30, 17))))


def test_a_drained_line_puts_off_what_has_no_other_line() -> None:
    world = plant()
    world.plan()
    before = dict(world.state.plan.tasks)
    assert before
    world.do(cordoned(DrainPolicy.REASSIGN, "L1", CordonKind.LINE))
    waiting = [task.task_id for order in world.state.production.values() for task in order.tasks]
    starts = [world.state.plan.tasks[task_id].start_s for task_id in waiting if task_id in world.state.plan.tasks]
    assert min(starts) >= world.now_s + 6 * 24 * HOUR_S
    world.tell(SettleCordons())
    assert world.state.cordons["CO-1"].status is CordonStatus.DRAINED
    world.do(uncordoned("L1", CordonKind.LINE))
    assert min(task.start_s for task in world.state.plan.tasks.values()) < DAY_S + 24 * HOUR_S


def test_a_cordoned_line_finishes_what_is_planned_on_it() -> None:
    world = plant()
    world.plan()
    before = {task_id: task.start_s for task_id, task in world.state.plan.tasks.items()}
    world.do(cordoned(DrainPolicy.COMPLETE, "L1", CordonKind.LINE))
    after = {task_id: task.start_s for task_id, task in world.state.plan.tasks.items()}
    assert max(after.values()) < world.now_s + 24 * HOUR_S
    assert set(after) == set(before)
    assert all(t.status is TaskStatus.WAITING for order in world.state.production.values() for t in order.tasks)


@given(
    numbers=st.lists(st.integers(0, 2**32), min_size=5, max_size=30),
    at=st.integers(0, 20),
    policy=st.sampled_from([DrainPolicy.KEEP, DrainPolicy.REASSIGN, DrainPolicy.COMPLETE]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
def test_random_days_with_a_cordoned_vehicle(numbers: list[int], at: int, policy: DrainPolicy) -> None:
    world = World(small_company(vehicles=3, customers=12, weight_g=100_000))
    had: set[str] | None = None
    for turn, number in enumerate(numbers):
        if turn == at and "vehicle/V1" not in world.state.cordoned:
            had = set(not_begun(world.state, "V1"))
            with suppress(Rejection):  # an override holds it up
                world.do(cordoned(policy))
            had = had if "vehicle/V1" in world.state.cordoned else None
        step(world, number)
        check_plan(world.state, world.memory, world.now_s)
        if had is not None:
            assert set(not_begun(world.state, "V1")) <= had
            had = set(not_begun(world.state, "V1"))
