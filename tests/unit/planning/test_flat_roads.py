"""Quick answers where traffic changes by the hour: searched on flat roads, timed and checked on the real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from orchestrator.domain.speeds_commands import ReviseSpeeds
from orchestrator.planning import route_solve
from orchestrator.planning.dirty import Dirty
from orchestrator.planning.flat_roads import without_hours
from orchestrator.planning.plan_once import begin
from orchestrator.planning.roads import Roads
from orchestrator.planning.route_solve import QUICK_S, improve
from orchestrator.planning.routing_problem import RouteJob, build
from orchestrator.planning.scope import surroundings
from orchestrator.planning.settings import PlanningSettings
from orchestrator.planning.speeds import cell_size_e7, record_of
from solvers.routing.parts import Profile, SpeedBand, Stop, Vehicle
from solvers.routing.problem import RoutingProblem
from solvers.routing.search import SearchResult, search
from solvers.speeds import HOURS, Factors, no_horizons
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import HOUR_S, World, small_company

HOUR_FACTORS = {7: 200_000, 8: 400_000, 9: 200_000, 16: 300_000}


def rush_world(orders: int) -> World:
    """A company that has learned of a rush in the morning; its orders are not planned yet."""
    world = World(small_company(vehicles=6, customers=20), PlanningSettings(repair_budget_ms=2))
    hours = tuple(HOUR_FACTORS.get(hour, 0) for hour in range(HOURS))
    record = record_of(None, 900, cell_size_e7(world.state), Factors(0, hours, {}, 900), no_horizons())
    world.tell(ReviseSpeeds(parent=0, speeds=record))
    for number in range(orders):
        world.order(f"C{number % 20}", window=(7 + number % 5, 10 + number % 5), plan=False)
    return world


def job_of(world: World) -> RouteJob:
    work = begin(world.state, Dirty(), world.now_s, world.settings, world.memory, wide=True)
    return build(work, surroundings(work, world.state.plan.routes), ())


def one_leg(window_s: tuple[int, int], setup_s: int = 0) -> RoutingProblem:
    """A depot and a stop, 600 s apart in usual traffic; from 8 to 9 it is half as fast."""
    leg_s = np.array([[0, 600], [600, 0]], np.int32)
    bands = (SpeedBand(8 * HOUR_S, 50), SpeedBand(9 * HOUR_S, 100))
    stops = (Stop("s", 1, (1,), *window_s, window_s[1], prize_cents=1_000, setup_s=setup_s),)
    van = Vehicle("v", 0, 0, (9,), shift_start_s=6 * HOUR_S, shift_end_s=18 * HOUR_S)
    return RoutingProblem((Profile(leg_s, leg_s, bands),), stops, (van,), ("units",))


def there_s(window_s: tuple[int, int]) -> int:
    flat = without_hours(one_leg(window_s))
    assert flat is not None
    assert flat.plain
    return int(flat.profiles[0].duration_s[0, 1])


def test_a_leg_takes_what_the_hours_of_its_window_make_of_it() -> None:
    assert there_s((8 * HOUR_S, 9 * HOUR_S - 1)) == 1_200
    assert there_s((11 * HOUR_S, 12 * HOUR_S)) == 600
    assert there_s((7 * HOUR_S, 9 * HOUR_S - 1)) == 800
    assert there_s((0, 10**11)) == 600


def test_only_travel_times_change() -> None:
    problem = one_leg((8 * HOUR_S, 9 * HOUR_S))
    flat = without_hours(problem)
    assert flat is not None
    assert (flat.stops, flat.vehicles) == (problem.stops, problem.vehicles)
    assert np.array_equal(flat.profiles[0].distance_m, problem.profiles[0].distance_m)


def test_there_is_no_such_problem_without_hours_or_with_other_rules() -> None:
    problem = one_leg((8 * HOUR_S, 9 * HOUR_S))
    usual = replace(problem, profiles=(replace(problem.profiles[0], bands=()),))
    assert without_hours(usual) is None
    assert without_hours(one_leg((8 * HOUR_S, 9 * HOUR_S), setup_s=60)) is None
    assert without_hours(replace(problem, vehicles=())) is None


def test_a_flood_of_orders_has_places_in_milliseconds_and_times_of_the_real_roads() -> None:
    world = rush_world(40)
    world.plan()
    assert len(world.state.plan.vehicle_of) == 40
    check_plan(world.state, world.memory, world.now_s)
    roads = Roads.of(world.state, world.now_s)
    assert roads.bands
    for vehicle_id, route in world.state.plan.routes.items():
        vehicle = world.state.vehicles[vehicle_id]
        home = world.state.sites[vehicle.depot_id].place
        for trip in route.trips:
            first = trip.stops[0]
            there = world.state.customers[world.state.orders[first.order_id].customer_id].place
            assert first.arrive_s == roads.arrival_s(home, there, vehicle, trip.depart_s)


def test_what_the_real_problem_does_not_allow_is_searched_again_on_real_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the flat problem says nonsense, here of what vehicles may carry, the checker sees it."""
    world = rush_world(40)
    world.plan()
    job = job_of(world)
    searched: list[bool] = []

    def overloaded(problem: RoutingProblem) -> RoutingProblem:
        profiles = tuple(replace(one, bands=()) for one in problem.profiles)
        stops = tuple(replace(stop, demand=(500_000, 1)) for stop in problem.stops)
        vehicles = tuple(replace(one, capacity=(10**9, 10**9)) for one in problem.vehicles)
        return replace(problem, profiles=profiles, stops=stops, vehicles=vehicles)

    def noted(problem: RoutingProblem, *rest: Any) -> SearchResult:
        searched.append(problem.plain)
        return search(problem, *rest)

    heavy = tuple(replace(stop, demand=(500_000, 1)) for stop in job.whole.stops)
    job = replace(job, whole=replace(job.whole, stops=heavy), search=replace(job.search, stops=heavy))
    monkeypatch.setattr(route_solve, "without_hours", overloaded)
    monkeypatch.setattr(route_solve, "search", noted)
    assert improve(job, QUICK_S / 10).ok
    assert searched == [True, False]
