"""Random days: after each published revision everything that planning promises holds."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.planning.drive import step
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.test_replenish import two_sites
from tests.unit.planning.world import World, small_company

NUMBERS = st.lists(st.integers(0, 2**32), min_size=5, max_size=40)
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)


@given(seed=st.integers(0, 1000), numbers=NUMBERS)
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
def test_two_depots_short_of_stock_and_capacity(seed: int, numbers: list[int]) -> None:
    world = World(small_company(vehicles=4, customers=15, depots=2, seed=seed, weight_g=100_000, stock=300))
    for number in numbers:
        step(world, number)
        check_plan(world.state, world.memory, world.now_s)


@given(numbers=NUMBERS)
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
def test_a_plant_behind_the_warehouse(numbers: list[int]) -> None:
    company = small_company(
        vehicles=3, plant=True, stock=200, production=(("MO-1", 20, 10), ("MO-2", 30, 12)), purchases=(("PO-1", 50, 9),)
    )
    world = World(company, with_stock=True)
    for number in numbers:
        step(world, number)
        check_plan(world.state, world.memory, world.now_s)


@given(numbers=NUMBERS)
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
def test_two_sites_that_help_each_other_out(numbers: list[int]) -> None:
    world = World(two_sites(60, 20), with_stock=True)
    for number in numbers:
        step(world, number)
        check_plan(world.state, world.memory, world.now_s)
