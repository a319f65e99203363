"""A driver who may not drive long enough for the route drives less, and others take what is left."""

from __future__ import annotations

from itertools import pairwise

from orchestrator.domain import commands as c
from orchestrator.domain.entities import VehicleStatus
from orchestrator.domain.plan import Tier, Trip
from orchestrator.domain.refusals import RefusalCode, driving_left
from orchestrator.domain.refusals_commands import EndRefusal
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import HOUR_S, World, small_company


def out_of_driving(world: World, vehicle_id: str, left_s: int) -> c.RefuseInstruction:
    return c.RefuseInstruction(
        kind="vehicle", resource_id=vehicle_id, revision=1, reason="its route drives 20 min longer than the driver may",
        code=RefusalCode.OUT_OF_DRIVING, until_s=world.now_s + 12 * HOUR_S, left=left_s,
    )  # fmt: skip


def to_drive_s(trip: Trip) -> int:
    """Driving of a trip; of one on the road, what follows the stop that it drives to."""
    times = [(stop.arrive_s, stop.depart_s) for stop in trip.stops]
    times = (
        [*times, (trip.return_s, trip.return_s)] if trip.loaded else [(0, trip.depart_s), *times, (trip.return_s, 0)]
    )
    return sum(there_s - left_s for (_, left_s), (there_s, _) in pairwise(times))


def driving_s(world: World, vehicle_id: str) -> int:
    route = world.state.plan.routes.get(vehicle_id)
    return sum(map(to_drive_s, route.trips)) if route is not None else 0


def long_day() -> World:
    world = World(small_company(vehicles=2, weight_g=60_000, reach_m=20_000))
    for number in range(12):
        world.order(f"C{number}", window=(6, 9))  # too much for one vehicle alone
    return world


def longest(world: World) -> str:
    return max(world.state.plan.routes, key=lambda key: driving_s(world, key))


def test_the_plan_drives_no_longer_than_is_left_and_others_take_the_rest() -> None:
    world = long_day()
    vehicle_id = longest(world)
    left_s = driving_s(world, vehicle_id) - 1_200
    orders = set(world.state.plan.vehicle_of)
    draft = world.do(out_of_driving(world, vehicle_id, left_s))
    assert draft is not None
    assert f"vehicle {vehicle_id} refused: its route drives 20 min longer" in draft.head.causes[0].text
    assert driving_s(world, vehicle_id) <= left_s
    assert set(world.state.plan.vehicle_of) | set(world.state.plan.unplanned) == orders
    check_plan(world.state, world.memory, world.now_s)


def test_what_is_left_is_counted_down_by_what_is_driven() -> None:
    world = long_day()
    vehicle_id = longest(world)
    left_s = driving_s(world, vehicle_id) - 600
    world.do(out_of_driving(world, vehicle_id, left_s))
    assert world.load(vehicle_id)
    driven_s = 0
    while world.state.fleet[vehicle_id].status is VehicleStatus.DRIVING:
        since_s = world.state.fleet[vehicle_id].since_s
        (stop, *_) = world.state.plan.routes[vehicle_id].trips[0].stops
        world.serve(vehicle_id)
        driven_s += stop.arrive_s - since_s
        held = driving_left(world.state.refusals, vehicle_id)
        assert held is not None
        assert held.left == left_s - driven_s
        world.plan(Tier.IMPROVE)
        check_plan(world.state, world.memory, world.now_s)
    since_s = world.state.fleet[vehicle_id].since_s
    world.home(vehicle_id)
    held = driving_left(world.state.refusals, vehicle_id)
    assert held is not None
    assert held.left == left_s - driven_s - (world.now_s - since_s)
    world.order("C1", window=(8, 17))
    assert driving_s(world, vehicle_id) <= held.left


def test_goods_on_board_are_brought_home_however_little_is_left() -> None:
    world = long_day()
    vehicle_id = longest(world)
    on_board = set(world.load(vehicle_id))
    world.do(out_of_driving(world, vehicle_id, 60))
    route = world.state.plan.routes[vehicle_id]
    assert set(route.order_ids()) == on_board
    check_plan(world.state, world.memory, world.now_s)


def test_a_rest_gives_the_driver_back() -> None:
    world = long_day()
    vehicle_id = longest(world)
    world.do(out_of_driving(world, vehicle_id, 0))
    assert vehicle_id not in world.state.plan.routes
    world.do(EndRefusal(kind="vehicle", resource_id=vehicle_id, code=RefusalCode.OUT_OF_DRIVING, reason="rested"))
    for number in range(6):
        world.order(f"C{number}", quantity=50, window=(6, 7), priority=9)
    assert vehicle_id in world.state.plan.routes
