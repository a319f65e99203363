"""What is frozen stays, what is not may change, and the nearer a decision is the more its change costs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.budget import Budget
from solvers.errors import InvalidProblem
from solvers.routing.check import check
from solvers.routing.freeze import Level, Prices, change_cents, freeze, price_changes
from solvers.routing.parts import Profile, Stop, Vehicle
from solvers.routing.plan import RoutingPlan, Visit
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import search

HOUR_S = 3_600


def town(seed: int, stops: int = 24, vehicles: int = 4) -> RoutingProblem:
    """Orders on a square with windows through the day; some vehicles are under way with goods on board."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, 2_000, (stops + 2, 2))
    legs = np.abs(places[:, None] - places[None, :]).sum(axis=2).astype(np.int32)
    windows = rng.integers(0, 6, stops) * HOUR_S
    return RoutingProblem(
        (Profile(legs, legs),),
        tuple(
            Stop(
                f"s{k}",
                k + 2,
                (int(rng.integers(1, 9)),),
                int(windows[k]),
                int(windows[k]) + 2 * HOUR_S,
                int(windows[k]) + 3 * HOUR_S,
                service_s=300,
                late_cents_per_min=10,
                prize_cents=1_000_000,
                on_board="v0" if k < 2 else None,
            )
            for k in range(stops)
        ),
        tuple(
            Vehicle(f"v{k}", 0, 1 if k == 0 else 0, (40,), load_s=600, max_trips=3, cents_per_km=100, cents_per_hour=50)
            for k in range(vehicles)
        ),
        ("boxes",),
    )


def planned(problem: RoutingProblem, seed: int = 0) -> RoutingPlan:
    return search(problem, None, Budget(seconds=60.0, iterations=60, seed=seed)).plan


def visits(plan: RoutingPlan) -> dict[str, tuple[str, str, Visit]]:
    """stop_id -> vehicle, the stop before it in the trip, and its visit."""
    found = {}
    for route in plan.routes:
        for trip in route.trips:
            before = ""
            for visit in trip.visits:
                found[visit.stop_id] = (route.vehicle_id, before, visit)
                before = visit.stop_id
    return found


def shaken(problem: RoutingProblem) -> RoutingProblem:
    """Every reason to plan anew: the first vehicle in use would be dear, were it free to leave it."""
    dear = problem.vehicles[1]
    return replace(
        problem,
        vehicles=tuple(replace(v, cents_per_km=900) if v is dear else v for v in problem.vehicles),
    )


@given(st.integers(0, 500), st.integers(0, 8), st.sampled_from(Level))
def test_what_is_frozen_stays_and_the_rest_keeps_its_level(seed: int, hours: int, level: Level) -> None:
    problem = town(seed)
    plan = planned(problem)
    assert check(problem, plan).ok
    until_s = hours * HOUR_S
    frozen = freeze(shaken(problem), plan, until_s, level)
    found = search(frozen, plan, Budget(seconds=60.0, iterations=60, seed=seed)).plan
    assert check(frozen, found).ok
    assert check(problem, found).ok
    before, after = visits(plan), visits(found)
    for stop_id, (vehicle, previous, visit) in before.items():
        if visit.start_s < until_s:
            assert after[stop_id][:2] == (vehicle, previous)
            assert after[stop_id][2].start_s <= visit.start_s
            assert after[stop_id][2].start_s == visit.start_s or visit.late_s
        elif level is Level.TIMES:
            assert after[stop_id][:2] == (vehicle, previous)
        elif level is Level.SEQUENCE:
            assert after[stop_id][0] == vehicle


@given(st.integers(0, 500), st.integers(0, 8))
def test_goods_loaded_before_the_threshold_stay_on_their_vehicle(seed: int, hours: int) -> None:
    problem = town(seed)
    plan = planned(problem)
    until_s = hours * HOUR_S
    frozen = freeze(shaken(problem), plan, until_s)
    after = visits(search(frozen, plan, Budget(seconds=60.0, iterations=60, seed=seed)).plan)
    for route in plan.routes:
        for trip in route.trips:
            if trip.load_s < until_s:
                assert {after[stop_id][0] for stop_id in trip.stop_ids} <= {route.vehicle_id}


def test_levels_differ() -> None:
    """On the same day each level leaves more freedom than the one before, and the search uses it."""
    problem = town(3)
    plan = planned(problem)
    cost = {}
    for level in Level:
        frozen = freeze(shaken(problem), plan, 0, level)
        found = search(frozen, plan, Budget(seconds=60.0, iterations=400, seed=1)).plan
        cost[level] = check(shaken(problem), found).cost.total
    assert cost[Level.TIMES] >= cost[Level.SEQUENCE] > cost[Level.ALL]


def test_a_lock_that_was_there_stays() -> None:
    problem = town(5)
    plan = planned(problem)
    route = next(r for r in plan.routes if len(r.stop_ids) > 3 and not r.trips[0].on_board)
    locked = (route.trips[0].stop_ids,)
    whole = replace(
        problem,
        vehicles=tuple(replace(v, locked=locked) if v.vehicle_id == route.vehicle_id else v for v in problem.vehicles),
    )
    assert freeze(whole, plan, 0).vehicle(route.vehicle_id).locked == locked


def test_a_moment_before_time_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="until_s"):
        freeze(town(1), RoutingPlan(()), -1)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**5))
def test_the_nearer_the_dearer(most: int, first_s: int, second_s: int, half_s: int) -> None:
    near_s, far_s = sorted((first_s, second_s))
    assert change_cents(most, near_s, 0, half_s) >= change_cents(most, far_s, 0, half_s) >= 0
    assert change_cents(most, -5, 0, half_s) == most
    assert change_cents(most, half_s, 0, half_s) == most // 2


def test_the_plan_in_force_pays_nothing_and_another_one_pays_what_is_said() -> None:
    problem = town(7)
    plan = planned(problem)
    priced = price_changes(problem, plan, 0, Prices(500, 100, HOUR_S))
    assert check(priced, plan).cost.change == 0
    other = planned(problem, seed=9)
    assert visits(plan) != visits(other)
    assert check(priced, other).cost.change > 0
    freed = price_changes(priced, RoutingPlan((), plan.unplanned), 0, Prices(500, 100, HOUR_S))
    assert check(freed, other).cost.change == 0


def test_a_price_below_zero_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="vehicle_cents"):
        Prices(-1, 0, 1)
