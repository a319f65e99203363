"""Where some docks are closed, vehicles take turns: by the agent's word and by a person's cordon."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain import commands as c
from orchestrator.domain.cordons import CordonKind
from orchestrator.domain.cordons_commands import CordonResource, UncordonResource
from orchestrator.domain.errors import Rejection
from orchestrator.domain.refusals import RefusalCode
from orchestrator.domain.refusals_commands import EndRefusal
from orchestrator.planning.dock_turns import DockTimes
from orchestrator.planning.docks import open_docks
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company

LOADING_S = 900


def short(left: int, until_s: int = DAY_S + 20 * HOUR_S) -> c.RefuseInstruction:
    return c.RefuseInstruction(
        kind="warehouse", resource_id="W1", revision=1, reason=f"{left} of 4 docks are open",
        code=RefusalCode.DOCKS_SHORT, until_s=until_s, left=left,
    )  # fmt: skip


AGAIN = EndRefusal(kind="warehouse", resource_id="W1", code=RefusalCode.DOCKS_SHORT, reason="all are open")


def loadings(world: World) -> list[int]:
    """When every trip that is still to be loaded begins to load, in order of time."""
    trips = (trip for route in world.state.plan.routes.values() for trip in route.trips)
    return sorted(trip.load_start_s for trip in trips if not trip.loaded and trip.stops)


def most_at_once(world: World) -> int:
    starts = loadings(world)
    return max(sum(at_s - LOADING_S < start_s <= at_s for start_s in starts) for at_s in starts)


def arrivals(world: World) -> dict[str, int]:
    trips = (trip for route in world.state.plan.routes.values() for trip in route.trips)
    return {stop.order_id: stop.arrive_s for trip in trips for stop in trip.stops}


def busy_morning(vehicles: int = 4) -> World:
    """Every vehicle is full and leaves when its shift begins."""
    world = World(small_company(vehicles=vehicles, weight_g=20_000, reach_m=20_000))
    for number in range(vehicles):
        world.order(f"C{number}", quantity=18, window=(6, 7), priority=9)
    assert most_at_once(world) == vehicles
    return world


def test_one_dock_of_four_is_closed_and_vehicles_leave_in_turns_and_at_once_when_it_opens() -> None:
    world = busy_morning()
    before = loadings(world)
    draft = world.do(short(3))
    assert draft is not None
    assert [cause.text for cause in draft.head.causes] == ["warehouse W1 refused: 3 of 4 docks are open"]
    assert most_at_once(world) == 3
    assert max(loadings(world)) > max(before)
    check_plan(world.state, world.memory, world.now_s)
    draft = world.do(AGAIN)
    assert draft is not None
    assert "warehouse W1 does again what it refused: all are open" in draft.head.causes[0].text
    assert loadings(world) == before


def test_a_cordon_of_docks_does_the_same() -> None:
    world = busy_morning()
    before = loadings(world)
    world.do(
        CordonResource(
            cordon_id="c1", kind=CordonKind.DOCK, resource_id="W1", docks=3, owner="ann", reason="ice on the ramp"
        )
    )
    assert most_at_once(world) == 1
    assert loadings(world) == [before[0] + number * LOADING_S for number in range(len(before))]
    world.do(UncordonResource(kind=CordonKind.DOCK, resource_id="W1", by="ann"))
    assert loadings(world) == before


def test_who_would_wait_on_the_way_loads_ahead_and_leaves_as_planned() -> None:
    world = World(small_company(vehicles=4, weight_g=20_000, reach_m=20_000))
    for number in range(4):
        world.order(f"C{number}", quantity=18, window=(9, 10), priority=9)
    before = arrivals(world)
    assert most_at_once(world) > 1
    world.do(short(1))
    assert most_at_once(world) == 1
    assert arrivals(world) == before
    first = min(loadings(world))
    world.now_s = first + 60  # who stands at the dock stays there, though it leaves much later
    world.order("C5", quantity=18, window=(9, 10), priority=9)
    assert first in loadings(world)
    assert most_at_once(world) == 1
    check_plan(world.state, world.memory, world.now_s)


def test_the_end_of_a_cordon_is_the_end_of_the_turns() -> None:
    world = busy_morning()
    begins_s = loadings(world)[0]
    world.do(short(1, until_s=begins_s + LOADING_S))
    first, *others = loadings(world)
    assert first == begins_s
    assert set(others) == {begins_s + LOADING_S}


def test_what_is_loading_already_goes_on_and_others_wait_for_its_dock() -> None:
    world = busy_morning()
    begins_s = loadings(world)[0]
    world.now_s = begins_s + 60
    world.do(short(2))
    assert loadings(world).count(begins_s) == 4  # they stand at the docks
    world = busy_morning(vehicles=6)
    world.now_s = begins_s - 60
    world.do(short(2))
    assert most_at_once(world) == 2


def test_orders_that_come_later_keep_the_turns() -> None:
    world = busy_morning()
    world.do(short(1))
    for number in range(6):
        world.order(f"C{number}", window=(7, 12))
        assert most_at_once(world) == 1
        check_plan(world.state, world.memory, world.now_s)


def test_where_windows_are_hard_nothing_is_planned_too_late_for_its_turn() -> None:
    company = small_company(vehicles=4, weight_g=20_000).model_copy(update={"hard_windows": True})
    world = World(company)
    orders = [world.order(f"C{number % 12}", window=(6, 7)) for number in range(12)]
    world.do(short(1))
    assert most_at_once(world) == 1
    assert set(orders) == set(world.state.plan.vehicle_of) | set(world.state.plan.unplanned)
    assert all(stop.late_s == 0 for route in world.state.plan.routes.values() for t in route.trips for stop in t.stops)
    check_plan(world.state, world.memory, world.now_s)


def test_open_docks_are_the_fewest_that_anybody_says() -> None:
    world = World()
    assert open_docks(world.state, "W1", world.now_s) == ()
    world.tell(short(3, until_s=world.now_s + 600))
    world.tell(
        CordonResource(
            cordon_id="c1", kind=CordonKind.DOCK, resource_id="W1", docks=2, owner="ann", reason="ice",
            expires_s=world.now_s + 60,
        )
    )  # fmt: skip
    assert open_docks(world.state, "W1", world.now_s) == ((world.now_s + 60, 2), (world.now_s + 600, 3))
    assert open_docks(world.state, "W1", world.now_s + 60) == ((world.now_s + 600, 3),)
    assert open_docks(world.state, "W1", world.now_s + 600) == ()


def test_so_many_docks_cannot_be_open() -> None:
    world = World()
    for left in (0, 4):
        with pytest.raises(Rejection, match="open docks: from 1 to 3"):
            world.tell(short(left))
    assert world.tell(short(2))
    assert world.tell(short(2)) == ()
    assert world.tell(short(1))


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_never_more_at_once_than_docks_are_open_on_random_mornings(data: st.DataObject) -> None:
    vehicles = data.draw(st.integers(3, 6))
    left = data.draw(st.integers(1, 3))
    chance = random.Random(data.draw(st.integers(0, 999)))
    world = World(small_company(vehicles=vehicles, weight_g=chance.choice((15_000, 40_000)), seed=chance.randint(0, 9)))
    for _ in range(chance.randint(4, 20)):
        hour = chance.randint(6, 12)
        world.order(f"C{chance.randint(0, 11)}", window=(hour, hour + chance.randint(1, 4)), plan=chance.random() < 0.7)
    world.do(short(left))
    assert not loadings(world) or most_at_once(world) <= left
    for _ in range(chance.randint(0, 5)):
        world.order(f"C{chance.randint(0, 11)}", window=(8, 14))
        assert most_at_once(world) <= left
    check_plan(world.state, world.memory, world.now_s)


@given(
    st.lists(st.integers(0, 50), max_size=20),
    st.integers(1, 3),
    st.integers(1, 12),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_a_free_moment_is_the_first_one(starts: list[int], docks: int, load_s: int, until_s: int, from_s: int) -> None:
    times = DockTimes(((until_s, docks),), load_s, 0)
    for start_s in starts:
        times.take(start_s)

    def free(at_s: int) -> bool:
        moments = range(at_s, at_s + load_s)
        return all(m >= until_s or sum(m - load_s < s <= m for s in starts) < docks for m in moments)

    assert times.free_s(from_s) == next(at_s for at_s in range(from_s, 1000) if free(at_s))
    before = range(from_s, min(from_s, until_s) - 1, -1)
    assert times.free_before_s(min(from_s, until_s), from_s) == next((at_s for at_s in before if free(at_s)), None)
