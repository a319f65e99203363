"""Random days on which vehicles and lines are cordoned, drained and put back at any moment, several at a time."""

from __future__ import annotations

import random
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.domain.cordons import Cordon, CordonKind, CordonStatus, DrainPolicy
from orchestrator.domain.cordons_commands import CordonResource, SettleCordons, UncordonResource
from orchestrator.domain.decide.cordons import is_drained, not_begun
from orchestrator.domain.entities import OrderStatus
from orchestrator.domain.errors import Rejection
from orchestrator.domain.state import State
from tests.unit.planning.drive import step
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import HOUR_S, World, small_company

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
MOVES_WORK = (DrainPolicy.REASSIGN, DrainPolicy.CANCEL)


def in_force(state: State, kind: CordonKind) -> list[Cordon]:
    return [one for key in state.cordoned.values() if (one := state.cordons[key]).kind is kind]


def held(state: State) -> dict[str, set[str]]:
    """Cordoned vehicle -> what it still has to load."""
    return {one.resource_id: set(not_begun(state, one.resource_id)) for one in in_force(state, CordonKind.VEHICLE)}


def toggle(world: World, number: int) -> None:
    """A person cordons, drains or puts back something."""
    chance = random.Random(number)
    vehicles = sorted(world.state.fleet)
    kind = chance.choice((CordonKind.VEHICLE, CordonKind.VEHICLE, CordonKind.VEHICLE, CordonKind.LINE))
    resource_id = chance.choice(vehicles) if kind is CordonKind.VEHICLE else "L1"
    key = f"{kind.value.lower()}/{resource_id}"
    with suppress(Rejection):  # what a person fixed holds it up
        if key in world.state.cordoned and chance.random() < 0.6:
            world.do(UncordonResource(kind=kind, resource_id=resource_id, by="ada"))
            return
        world.do(
            CordonResource(
                cordon_id=f"CO-{number}-{world.seq}",
                kind=kind,
                resource_id=resource_id,
                policy=chance.choice(list(DrainPolicy)),
                owner="ada",
                reason="brakes",
                expires_s=world.now_s + HOUR_S if chance.random() < 0.2 else None,
            )
        )


def check_cordons(world: World, had: dict[str, set[str]]) -> None:
    """Nobody who was cordoned before the last step, and still is, has work it did not have."""
    state = world.state
    for cordon in in_force(state, CordonKind.VEHICLE):
        vehicle_id = cordon.resource_id
        has = set(not_begun(state, vehicle_id))
        if vehicle_id in had:
            assert has <= had[vehicle_id], f"{cordon.sentence}: got {has - had[vehicle_id]}"
        if cordon.policy in MOVES_WORK:
            freeze_s = world.settings.freeze_s
            route = state.plan.routes.get(vehicle_id)
            for trip in route.trips if route is not None else ():
                kept = trip.loaded or trip.load_start_s <= cordon.created_s + freeze_s
                assert kept, f"{cordon.sentence}: still has {[stop.order_id for stop in trip.stops]}"
        for order_id in cordon.given_up:
            order = state.orders.get(order_id)
            if order is not None and order.status is OrderStatus.OPEN and order_id not in has:
                assert order_id in state.plan.unplanned, f"{order_id} was given up and is planned"
        if cordon.status is CordonStatus.DRAINED:
            assert is_drained(state, cordon, state.at_s)


@given(days=st.lists(st.tuples(st.booleans(), st.integers(0, 2**32)), min_size=5, max_size=30))
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
def test_whatever_is_cordoned_gets_nothing_new(days: list[tuple[bool, int]]) -> None:
    world = World(small_company(vehicles=3, customers=12, weight_g=100_000, plant=True, stock=300))
    for first in range(4):
        world.order(f"C{first}")
    for turn, number in days:
        had = held(world.state)
        if turn:
            toggle(world, number)
        else:
            step(world, number)
        world.do(SettleCordons())
        check_plan(world.state, world.memory, world.now_s)
        check_cordons(world, had)
