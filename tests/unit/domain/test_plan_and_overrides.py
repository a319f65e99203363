"""Revisions come into force only on their parent and the present world; overrides bind and can be undone."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.entities import LockLevel, OverrideKind, OverrideStatus
from orchestrator.domain.errors import Reason, Rejection
from orchestrator.domain.plan import PlanDelta, PlannedStop, Revision, Tier, Trip, VehicleRoute, Verdict
from tests.unit.domain.small_company import NOW_S, World, draft


def route(vehicle_id: str, *order_ids: str, loaded: bool = False) -> VehicleRoute:
    stops = tuple(
        PlannedStop(
            order_id=order_id,
            arrive_s=NOW_S + 3600 * (index + 1),
            start_s=NOW_S + 3600 * (index + 1),
            depart_s=NOW_S + 3600 * (index + 1) + 300,
        )
        for index, order_id in enumerate(order_ids)
    )
    trip = Trip(load_start_s=NOW_S, depart_s=NOW_S + 900, return_s=NOW_S + 20_000, stops=stops, loaded=loaded)
    return VehicleRoute(vehicle_id=vehicle_id, trips=(trip,))


def publish(world: World, **delta: object) -> None:
    parent = world.state.plan.revision
    head = Revision(revision=parent + 1, parent=parent, tier=Tier.REPAIR, causes=())
    world.do(c.PublishRevision(head=head, delta=PlanDelta(**delta)))  # type: ignore[arg-type]


def planned_world() -> World:
    world = World.with_company()
    world.submit(draft("1", "C1"), draft("2", "C2"), draft("3", "C3"))
    publish(world, routes={"V1": route("V1", "acme/1", "acme/2"), "V2": route("V2", "acme/3")})
    return world


def test_an_order_moves_between_vehicles_in_one_revision() -> None:
    world = planned_world()
    publish(world, routes={"V1": route("V1", "acme/1"), "V2": route("V2", "acme/2", "acme/3")})
    assert world.state.plan.vehicle_of == {"acme/1": "V1", "acme/2": "V2", "acme/3": "V2"}
    assert [record.head.revision for record in world.state.revisions] == [1, 2]


@pytest.mark.parametrize(
    "routes",
    [
        {"V1": route("V1", "acme/1", "acme/2", "acme/3")},
        {"V1": route("V1", "acme/1", "acme/2"), "V2": route("V2", "acme/2", "acme/3")},
        {"V9": route("V9", "acme/1")},
        {"V1": route("V1", "acme/1", "acme/1")},
        {"V1": route("V1", "acme/7")},
        {"V1": route("V1", "acme/1", "acme/2", loaded=True)},
    ],
)
def test_a_revision_that_does_not_fit_the_world_is_stale(routes: dict[str, VehicleRoute]) -> None:
    world = planned_world()
    with pytest.raises(Rejection) as refused:
        publish(world, routes=routes)
    assert refused.value.reason is Reason.PLAN_STALE
    assert world.state.plan.revision == 1


def test_a_revision_made_before_goods_were_loaded_is_stale() -> None:
    world = planned_world()
    world.do(c.ReportVehicleLoaded(vehicle_id="V1", order_ids=("acme/1", "acme/2"), at_s=NOW_S))
    with pytest.raises(Rejection) as refused:
        publish(world, routes={"V1": route("V1", "acme/2", "acme/1")})
    assert refused.value.reason is Reason.PLAN_STALE
    publish(world, routes={"V1": route("V1", "acme/2", "acme/1", loaded=True)})


def test_a_second_revision_on_the_same_parent_is_stale() -> None:
    world = planned_world()
    head = Revision(revision=1, parent=0, tier=Tier.BACKGROUND, causes=())
    with pytest.raises(Rejection) as refused:
        world.do(c.PublishRevision(head=head, delta=PlanDelta()))
    assert refused.value.reason is Reason.PLAN_STALE


def test_a_new_unplanned_order_is_told_once_and_resolved_when_planned() -> None:
    world = planned_world()
    world.submit(draft("4", "C1"))
    verdict = Verdict(order_id="acme/4", code="NO_VEHICLE", text="no vehicle is free")
    publish(world, unplanned={"acme/4": verdict})
    assert world.state.alerts["ORDER_UNPLANNED:acme/4"].status == "OPEN"
    publish(world, unplanned={"acme/4": None}, routes={"V2": route("V2", "acme/3", "acme/4")})
    assert world.state.alerts["ORDER_UNPLANNED:acme/4"].status == "RESOLVED"


def override(kind: OverrideKind, override_id: str = "o1", **values: object) -> c.CreateOverride:
    fields: dict[str, object] = {
        "override_id": override_id,
        "kind": kind,
        "order_id": "acme/2",
        "owner": "ada",
        "reason": "customer asked",
    }
    return c.CreateOverride(**(fields | values))  # type: ignore[arg-type]


def test_a_lock_holds_what_it_found_in_the_plan() -> None:
    world = planned_world()
    world.do(override(OverrideKind.LOCK, level=LockLevel.SEQUENCE))
    held = world.state.overrides["o1"]
    assert (held.held_vehicle_id, held.held_predecessor_id, held.held_start_s) == ("V1", "acme/1", NOW_S + 7200)
    world.do(c.UndoOverride(override_id="o1", by="ada", version=1))
    assert world.state.overrides["o1"].status is OverrideStatus.UNDONE
    assert not world.state.override_ids_of_order
    with pytest.raises(Rejection):
        world.do(c.UndoOverride(override_id="o1", by="ada"))


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (override(OverrideKind.ASSIGN), Reason.INVALID_FIELD),
        (override(OverrideKind.ASSIGN, vehicle_id="V9"), Reason.NOT_FOUND),
        (override(OverrideKind.LOCK), Reason.INVALID_FIELD),
        (override(OverrideKind.FORBID, vehicle_id="V1", expires_s=NOW_S), Reason.INVALID_FIELD),
        (override(OverrideKind.FORBID, vehicle_id="V1", order_id="acme/9"), Reason.NOT_FOUND),
        (override(OverrideKind.FORBID, vehicle_id="V2"), Reason.OVERRIDE_CONFLICT),
        (override(OverrideKind.ASSIGN, vehicle_id="V1"), Reason.OVERRIDE_CONFLICT),
        (override(OverrideKind.ASSIGN, "first", vehicle_id="V2"), Reason.ALREADY_EXISTS),
    ],
)
def test_an_override_that_cannot_be_is_refused_with_its_reason(command: c.CreateOverride, reason: Reason) -> None:
    world = planned_world()
    world.do(override(OverrideKind.ASSIGN, "first", vehicle_id="V2"))
    with pytest.raises(Rejection) as refused:
        world.do(command)
    assert refused.value.reason is reason


def test_overrides_end_with_their_time_or_their_order() -> None:
    world = planned_world()
    world.do(override(OverrideKind.FORBID, "short", vehicle_id="V1", expires_s=NOW_S + 60))
    world.do(override(OverrideKind.FORBID, "long", vehicle_id="V1"))
    world.now_s += 60
    world.do(c.ExpireOverrides())
    assert world.state.overrides["short"].status is OverrideStatus.EXPIRED
    world.do(c.CancelOrder(order_id="acme/2"))
    assert world.state.overrides["long"].status is OverrideStatus.DONE


def test_a_conflict_is_told_and_ends_when_it_is_honoured_again() -> None:
    world = planned_world()
    world.do(override(OverrideKind.ASSIGN, vehicle_id="V2"))
    publish(world, conflicts={"o1": "vehicle V2 is down"})
    assert world.state.overrides["o1"].conflict == "vehicle V2 is down"
    assert world.state.alerts["OVERRIDE_CONFLICT:o1"].status == "OPEN"
    publish(world, conflicts={"o1": None})
    assert world.state.overrides["o1"].conflict == ""
    assert world.state.alerts["OVERRIDE_CONFLICT:o1"].status == "RESOLVED"


def test_an_override_of_nothing_planned_says_what_to_do() -> None:
    world = planned_world()
    world.submit(draft("5"))
    with pytest.raises(Rejection, match="assign it"):
        world.do(override(OverrideKind.LOCK, order_id="acme/5", level=LockLevel.ALL))


def test_an_order_whose_day_has_not_come_needs_nobody_until_it_has() -> None:
    world = planned_world()
    world.submit(draft("6"))
    publish(world, unplanned={"acme/6": Verdict(order_id="acme/6", code="LATER_DAY", text="due on a later day")})
    assert "ORDER_UNPLANNED:acme/6" not in world.state.alerts
    publish(world, unplanned={"acme/6": Verdict(order_id="acme/6", code="NO_STOCK", text="nothing is there")})
    assert world.state.alerts["ORDER_UNPLANNED:acme/6"].status == "OPEN"
