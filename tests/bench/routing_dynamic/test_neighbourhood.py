"""Which vehicles an event concerns: affected ones, near ones in way and time, and some that are idle."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from solvers.routing.parts import Profile, Stop, Vehicle
from solvers.routing.plan import RoutingPlan
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import insert_only
from tests.bench.routing_dynamic.neighbourhood import Limit, Surroundings, closeness_s, neighbourhood, travel_of
from tests.unit.solvers.routing.test_freeze import HOUR_S, planned, town


def test_the_neighbourhood_of_an_order_holds_its_vehicle_and_is_small() -> None:
    problem = town(11, stops=80, vehicles=20)
    plan = planned(problem)
    holders = plan.vehicle_of()
    for stop in problem.stops:
        around = neighbourhood(problem, plan, stop_ids=(stop.stop_id,), limit=Limit(vehicles=3, idle=1))
        assert holders.get(stop.stop_id, around[0]) in around
        assert len([name for name in around if plan.route(name)]) <= 4
        assert any(plan.route(name) is None for name in around)


def test_an_affected_vehicle_is_in_however_long_its_route_is() -> None:
    problem = town(13)
    plan = planned(problem)
    name = plan.routes[1].vehicle_id
    around = neighbourhood(problem, plan, vehicle_ids=(name,), limit=Limit(vehicles=1, stops=1, idle=0))
    assert around == (name,)


def test_the_nearest_route_comes_first() -> None:
    """Two clusters with a vehicle each: an order in one of them concerns that one's vehicle."""
    metres = np.array([0, 100, 110, 900, 910, 105], np.int32)
    legs = np.abs(metres[:, None] - metres[None, :]).astype(np.int32)
    stops = tuple(Stop(f"s{k}", k, (1,), 0, HOUR_S, HOUR_S, prize_cents=10**6) for k in range(1, 6))
    vehicles = tuple(Vehicle(f"v{k}", 0, 0, (2,), cents_per_km=100) for k in range(2))
    problem = RoutingProblem((Profile(legs, legs),), stops, vehicles, ("boxes",))
    start = {"v0": (("s3", "s4"),), "v1": (("s1", "s2"),)}
    plan = insert_only(problem, start).plan
    assert neighbourhood(problem, plan, stop_ids=("s5",), limit=Limit(vehicles=1)) == ("v1",)


@given(st.integers(0, 100))
def test_updated_route_by_route_it_says_the_same_as_made_anew(seed: int) -> None:
    problem = town(seed)
    plan, other = planned(problem), planned(problem, seed + 1)
    around = Surroundings(travel_of(problem.profiles[0]))
    for current in (other, RoutingPlan(()), plan):
        for vehicle in problem.vehicles:
            around.put(vehicle, current.route(vehicle.vehicle_id), problem.stop)
    fresh = Surroundings(travel_of(problem.profiles[0]))
    for vehicle in problem.vehicles:
        fresh.put(vehicle, plan.route(vehicle.vehicle_id), problem.stop)
    for stop in problem.stops:
        assert set(around.vehicles((stop,))) == set(fresh.vehicles((stop,)))


def test_a_stop_is_near_only_if_the_times_are_near_too() -> None:
    """Three planned stops at the same place: one just before, one in the next window, one at the end of the day."""
    stop = Stop("new", 0, (), 2 * HOUR_S, 3 * HOUR_S, 3 * HOUR_S, service_s=600)
    way, start = np.full(3, 300, np.int64), np.array([2, 4, 9], np.int64) * HOUR_S
    just, later, last = closeness_s(stop, way, start, start + 600, start + HOUR_S)
    assert just == 300
    assert just < later < last
