"""What a vehicle's agent knows of its driver's rests: it does not judge what a planned rest takes care of."""

from __future__ import annotations

from orchestrator.domain.company import DrivingRule
from orchestrator.publish.books import vehicle_book
from tests.unit.planning.test_rests import EU, HOUR_S, world_of


def test_driving_counts_up_to_the_next_full_rest() -> None:
    ruled, free = world_of((70_000, 0), driving_rule=DrivingRule.EU), world_of((70_000, 0))
    for world in (ruled, free):
        world.order("C0", window=(6, 20))
    assert vehicle_book(free.state, "V1").drive_s > EU.max_drive_s
    (rest,) = ruled.state.plan.routes["V1"].rests
    (trip,) = ruled.state.plan.routes["V1"].trips
    assert vehicle_book(ruled.state, "V1").drive_s <= EU.max_drive_s
    there_s = trip.stops[0].arrive_s - trip.depart_s
    before_s = rest.start_s - trip.depart_s if rest.start_s < trip.stops[0].arrive_s else there_s
    assert vehicle_book(ruled.state, "V1").drive_s >= min(before_s, there_s)


def test_the_agent_knows_the_rests_of_a_leg() -> None:
    world = world_of((150_000, 0), driving_rule=DrivingRule.EU)
    world.order("C0", window=(6, 21))
    world.load("V1")
    route = world.state.plan.routes["V1"]
    book = vehicle_book(world.state, "V1")
    assert book.leg is not None
    on_leg = [(rest.start_s, rest.end_s) for rest in route.rests if rest.start_s < book.leg.arrive_s]
    assert on_leg
    assert book.rests == tuple(on_leg)
    free = world_of((150_000, 0), shift_end_s=24 * HOUR_S)
    free.order("C0", window=(6, 21))
    free.load("V1")
    assert vehicle_book(free.state, "V1").rests == ()
