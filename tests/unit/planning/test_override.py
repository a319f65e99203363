"""People's overrides: kept through every re-solve, or in conflict with something that has a name."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.entities import LockLevel, OverrideKind
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company


def _override(
    order_id: str, kind: OverrideKind, vehicle_id: str | None = None, level: LockLevel | None = None, name: str = "X1"
) -> c.CreateOverride:
    return c.CreateOverride(
        override_id=name, kind=kind, order_id=order_id, vehicle_id=vehicle_id, level=level, owner="ada", reason="asked"
    )


def _other(world: World, order_id: str) -> str:
    """A vehicle that does not have the order."""
    return next(v for v in world.state.vehicles if v != world.state.plan.vehicle_of[order_id])


def _place(world: World, order_id: str) -> tuple[str, int, int]:
    """(predecessor or "", number of its trip, start of service)."""
    route = world.state.plan.routes[world.state.plan.vehicle_of[order_id]]
    for number, trip in enumerate(route.trips):
        ids = [stop.order_id for stop in trip.stops]
        if order_id in ids:
            at = ids.index(order_id)
            return (ids[at - 1] if at else ""), number, trip.stops[at].start_s
    raise AssertionError(order_id)


def test_an_assigned_order_moves_and_stays_moved() -> None:
    world = World(small_company(vehicles=3))
    order_id = world.order("C0")
    vehicle_id = _other(world, order_id)
    draft = world.do(_override(order_id, OverrideKind.ASSIGN, vehicle_id))
    assert draft is not None
    assert draft.head.causes[0].kind == "OverrideCreated"
    for number in range(1, 6):
        world.order(f"C{number}")
        assert world.state.plan.vehicle_of[order_id] == vehicle_id
    check_plan(world.state, world.memory, world.now_s)


def test_a_forbidden_vehicle_is_left_and_undo_allows_it_again() -> None:
    world = World(small_company(vehicles=1))
    order_id = world.order("C0")
    world.do(_override(order_id, OverrideKind.FORBID, "V1"))
    assert world.state.plan.unplanned[order_id].code == "FORBIDDEN"
    world.do(c.UndoOverride(override_id="X1", by="ada"))
    assert world.state.plan.vehicle_of[order_id] == "V1"
    assert not world.state.plan.unplanned


@pytest.mark.parametrize("level", list(LockLevel))
def test_a_lock_holds_while_others_come_and_go(level: LockLevel) -> None:
    world = World(small_company(vehicles=2))
    orders = [world.order(f"C{number}", window=(8, 16)) for number in range(4)]
    locked = orders[2]
    vehicle_id, place = world.state.plan.vehicle_of[locked], _place(world, locked)
    world.do(_override(locked, OverrideKind.LOCK, level=level))
    for number in range(4, 9):
        world.order(f"C{number}", window=(8, 16))
    assert not world.state.overrides["X1"].conflict
    predecessor, _, start_s = _place(world, locked)
    if level is not LockLevel.TIMES:
        assert (world.state.plan.vehicle_of[locked], predecessor) == (vehicle_id, place[0])
    if level is not LockLevel.SEQUENCE:
        assert abs(start_s - place[2]) <= 300
    check_plan(world.state, world.memory, world.now_s)


def test_what_a_broken_vehicle_cannot_keep_is_told_and_kept_again_later() -> None:
    world = World(small_company(vehicles=2))
    order_id = world.order("C0", window=(8, 9))
    vehicle_id = _other(world, order_id)
    world.do(_override(order_id, OverrideKind.ASSIGN, vehicle_id))
    world.do(c.ReportVehicleDown(vehicle_id=vehicle_id, at_s=world.now_s, until_s=DAY_S + 20 * HOUR_S))
    assert world.state.plan.vehicle_of[order_id] != vehicle_id
    assert f"vehicle {vehicle_id} (down until 20:00)" in world.state.overrides["X1"].conflict
    world.do(c.ReportVehicleUp(vehicle_id=vehicle_id, at_s=world.now_s))
    assert world.state.plan.vehicle_of[order_id] == vehicle_id
    assert not world.state.overrides["X1"].conflict


def test_a_conflict_names_the_smallest_set_of_other_overrides() -> None:
    company = small_company(vehicles=2, customers=8)
    world = World(company.model_copy(update={"hard_windows": True}), now_s=DAY_S + 7 * HOUR_S)
    far = sorted(company.customers, key=lambda x: abs(x.place.lat_e7 - 520_000_000), reverse=True)
    first, second = world.order(far[0].customer_id, window=(8, 9)), world.order(far[1].customer_id, window=(8, 9))
    easy = world.order(far[-1].customer_id, window=(14, 18))
    world.do(_override(easy, OverrideKind.ASSIGN, "V1", name="EASY"))
    world.do(_override(first, OverrideKind.ASSIGN, "V1", name="FIRST"))
    world.do(_override(second, OverrideKind.ASSIGN, "V1", name="SECOND"))
    conflicts = {key: override.conflict for key, override in world.state.overrides.items() if override.conflict}
    check_plan(world.state, world.memory, world.now_s)
    if conflicts:
        assert "EASY" not in "".join(conflicts.values())
        assert set(conflicts) <= {"FIRST", "SECOND"}


def test_goods_at_another_depot_are_named_as_the_rule() -> None:
    world = World(small_company(vehicles=2, depots=2))
    world.do(c.CountStock(site_id="W2", item_id="A", on_hand=0, at_s=world.now_s))
    order_id = world.order("C0")
    world.do(_override(order_id, OverrideKind.ASSIGN, "V2"))
    assert "rule STOCK" in world.state.overrides["X1"].conflict
    assert order_id in world.state.plan.vehicle_of


def test_an_assignment_chooses_the_depot_that_has_the_goods_too() -> None:
    world = World(small_company(vehicles=2, depots=2))
    order_id = world.order("C0")
    vehicle_id = _other(world, order_id)
    world.do(_override(order_id, OverrideKind.ASSIGN, vehicle_id))
    assert world.state.plan.vehicle_of[order_id] == vehicle_id
    assert world.state.plan.allocations[order_id].site_id == world.state.vehicles[vehicle_id].depot_id


def test_what_is_being_loaded_does_not_come_off_again() -> None:
    world = World(small_company(vehicles=2))
    order_id = world.order("C0")
    own = world.state.plan.vehicle_of[order_id]
    world.now_s = world.state.plan.routes[own].trips[0].load_start_s + 60
    world.do(_override(order_id, OverrideKind.ASSIGN, _other(world, order_id)))
    assert world.state.plan.vehicle_of[order_id] == own
    assert "rule FREEZE" in world.state.overrides["X1"].conflict
