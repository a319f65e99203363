"""Predicted arrivals as the operator port shows them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from orchestrator.domain.errors import Rejection
from orchestrator.ingest.arrival_service import ArrivalService
from orchestrator.ingest.desk import Desk
from protos.muster.operator.v1 import arrival_service_pb2 as pb
from tests.unit.planning.test_speeds import learned, slow_day
from tests.unit.planning.world import World, small_company


def listed(world: World, vehicle_id: str) -> pb.ListArrivalsResponse:
    """What the port says of a vehicle."""
    core, clock = SimpleNamespace(state=world.state), SimpleNamespace(now_s=lambda: world.now_s)
    desk = Desk(cast(Any, core), cast(Any, clock), cast(Any, None), cast(Any, None))
    request = pb.ListArrivalsRequest(vehicle_id=vehicle_id)
    return asyncio.run(ArrivalService(desk).ListArrivals(request, cast(Any, None)))


def test_stops_come_in_order_with_their_intervals_and_windows() -> None:
    world = World(small_company(vehicles=1, customers=3, weight_g=10_000_000))
    for number in range(3):
        world.order(f"C{number}", window=(6, 18))
    found = listed(world, "V1")
    assert [one.order_id for one in found.arrivals] == list(world.next_trip("V1"))
    assert all(one.p10_s <= one.p50_s <= one.p90_s and one.window_end_s for one in found.arrivals)
    assert found.learned == pb.LearnedSpeeds()


def test_what_was_learned_is_told() -> None:
    world = slow_day()
    learned(world)
    told = listed(world, "V1").learned
    assert (told.version, told.legs, len(told.hours_permille)) == (1, 12, 24)


def test_a_vehicle_that_nobody_knows_is_not_found() -> None:
    with pytest.raises(Rejection):
        listed(World(small_company(vehicles=1, customers=1)), "V9")
