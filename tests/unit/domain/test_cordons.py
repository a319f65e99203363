"""Cordons and drains: who may be kept off work, what is given up, when it is over."""

from __future__ import annotations

import pytest

from orchestrator.domain import commands as c
from orchestrator.domain.cordons import CordonKind, CordonStatus, DrainPolicy
from orchestrator.domain.cordons_commands import CordonResource, SettleCordons, UncordonResource
from orchestrator.domain.decide.cordons import next_s
from orchestrator.domain.entities import OverrideKind
from orchestrator.domain.errors import Reason, Rejection
from tests.unit.planning.world import HOUR_S, World, small_company


def cordon(
    world: World, policy: DrainPolicy = DrainPolicy.KEEP, resource_id: str = "V1", **values: object
) -> CordonResource:
    fields: dict[str, object] = {
        "cordon_id": "CO-1",
        "kind": CordonKind.VEHICLE,
        "resource_id": resource_id,
        "policy": policy,
        "owner": "ada",
        "reason": "brakes",
    }
    return CordonResource(**(fields | values))  # type: ignore[arg-type]


def refusal(world: World, command: c.Command) -> Rejection:
    before = world.seq
    with pytest.raises(Rejection) as caught:
        world.tell(command)
    assert world.seq == before
    return caught.value


def test_a_cordon_is_replaced_by_a_drain_and_ended_by_a_person() -> None:
    world = World()
    world.tell(cordon(world))
    assert world.state.cordons["CO-1"].status is CordonStatus.CORDONED
    world.tell(cordon(world, DrainPolicy.COMPLETE, cordon_id="CO-2"))
    drained = world.state.cordons["CO-1"]
    assert (drained.status, drained.version, set(world.state.cordons)) == (CordonStatus.DRAINING, 2, {"CO-1"})
    stale = UncordonResource(kind=CordonKind.VEHICLE, resource_id="V1", by="bob", version=1)
    assert refusal(world, stale).reason is Reason.ETAG_MISMATCH
    world.tell(UncordonResource(kind=CordonKind.VEHICLE, resource_id="V1", by="bob"))
    assert world.state.cordons["CO-1"].status is CordonStatus.ENDED
    assert not world.state.cordoned
    again = UncordonResource(kind=CordonKind.VEHICLE, resource_id="V1", by="bob")
    assert refusal(world, again).reason is Reason.NOT_FOUND


def test_bad_cordons_name_field_and_rule() -> None:
    world = World(small_company(plant=True))
    assert refusal(world, cordon(world, resource_id="V9")).field == "resource_id"
    assert refusal(world, cordon(world, docks=1)).field == "docks"
    assert refusal(world, cordon(world, expires_s=world.now_s)).field == "expires_s"
    dock = {"kind": CordonKind.DOCK, "resource_id": "W1"}
    assert "from 1 to 4" in refusal(world, cordon(world, docks=5, **dock)).message
    assert refusal(world, cordon(world, DrainPolicy.REASSIGN, docks=1, **dock)).field == "policy"


def test_what_people_fixed_holds_a_drain_up_and_is_named() -> None:
    world = World()
    order_id = world.order()
    world.do(
        c.CreateOverride(
            override_id="ov-1",
            kind=OverrideKind.ASSIGN,
            order_id=order_id,
            vehicle_id="V1",
            owner="ada",
            reason="wanted",
        )
    )
    refused = refusal(world, cordon(world, DrainPolicy.REASSIGN))
    assert (refused.reason, refused.metadata["overrides"]) == (Reason.OVERRIDE_CONFLICT, "ov-1")
    world.tell(cordon(world, DrainPolicy.COMPLETE))


def test_time_ends_a_cordon_and_an_empty_vehicle_is_drained_once() -> None:
    world = World()
    world.tell(cordon(world, DrainPolicy.REASSIGN, expires_s=world.now_s + HOUR_S))
    assert next_s(world.state) == 0
    world.tell(SettleCordons())
    assert world.state.cordons["CO-1"].status is CordonStatus.DRAINED
    assert "nothing left to do" in world.state.alerts["RESOURCE_DRAINED:vehicle/V1"].text
    assert next_s(world.state) == world.now_s + HOUR_S
    assert world.tell(SettleCordons()) == ()
    world.now_s += HOUR_S
    world.tell(SettleCordons())
    assert not world.state.cordoned
    assert world.state.alerts["RESOURCE_DRAINED:vehicle/V1"].status.value == "RESOLVED"
