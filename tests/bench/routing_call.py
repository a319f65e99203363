"""How long a call per event takes: one order revealed into a plan of 1,000 stops, with a budget of 10 ms."""

from __future__ import annotations

import random
import time
from dataclasses import replace

from solvers.budget import Budget
from solvers.routing.plan import RoutingPlan, sequences_of
from solvers.routing.problem import RoutingProblem, Stop, Vehicle
from solvers.routing.search import search, warm_up
from solvers.routing.timing import plan_of
from solvers.routing.travel import travel_matrices
from tests.bench.row import Row, row

EVENTS = 200
EVENT_BUDGET_S = 0.010
DAY_S = 1_700_000_000


def main() -> list[Row]:
    """The one case."""
    warm_up()
    return [event_row()]


def event_row() -> Row:
    """One order revealed into a plan of 1,000 stops and 100 vehicles, repaired and improved on some 150 of them."""
    problem = company()
    plan = search(problem, None, Budget(seconds=5.0)).plan
    vehicle_of = plan.vehicle_of()
    incumbent = tuple(replace(s, incumbent=vehicle_of.get(s.stop_id), change_cents=100) for s in problem.stops)
    problem = replace(problem, stops=incumbent)
    took_ms = []
    for number in range(EVENTS):
        stop_id = problem.stops[number].stop_id
        start = without(problem, plan, stop_id)
        focus = nearest_vehicles(problem, start, number)
        began_s = time.perf_counter()
        found = search(problem, start, Budget(seconds=EVENT_BUDGET_S, seed=number), focus=focus)
        took_ms.append((time.perf_counter() - began_s) * 1000.0)
        assert stop_id in found.plan.vehicle_of()
    took_ms.sort()
    over_ms = took_ms[len(took_ms) // 2] - EVENT_BUDGET_S * 1000.0
    worst = {"p99 wall ms": took_ms[len(took_ms) * 99 // 100]}
    return row(
        "call per event, over its budget of 10 ms, p50", over_ms, "ms", seconds=sum(took_ms) / 1000.0, peers=worst
    )


def company() -> RoutingProblem:
    """A region's day: two depots, three kinds of vehicles, soft windows, releases, up to three trips."""
    rng = random.Random(1)
    lat = [488_500_000 + rng.randrange(-1_500_000, 1_500_000) for _ in range(1_002)]
    lon = [23_500_000 + rng.randrange(-2_000_000, 2_000_000) for _ in range(1_002)]
    profiles = tuple(travel_matrices(lat, lon, speed) for speed in (30, 36, 45))
    return RoutingProblem(
        profiles,
        tuple(_stop(rng, number) for number in range(1_000)),
        tuple(_vehicle(number) for number in range(100)),
        depart_margin_s=600,
    )


def _stop(rng: random.Random, number: int) -> Stop:
    window_s = DAY_S + rng.randrange(6) * 3_600
    return Stop(
        f"partner/{number}",
        number + 2,
        (rng.randrange(1_000, 80_000), rng.randrange(1_000, 90_000)),
        window_s,
        window_s + 7_200,
        window_s + 6 * 3_600,
        service_s=rng.randrange(180, 600),
        late_cents_per_min=50,
        release_s=DAY_S + 3_600 if rng.random() < 0.1 else DAY_S - 3_600,
        prize_cents=10_000_000,
    )


def _vehicle(number: int) -> Vehicle:
    return Vehicle(
        f"v{number}",
        number % 2,
        number % 2,
        (600_000, 700_000),
        profile=number % 3,
        shift_start_s=DAY_S - 3_600,
        shift_end_s=DAY_S + 9 * 3_600,
        load_s=900,
        max_trips=3,
        fixed_cents=2_000,
        cents_per_km=60,
        cents_per_hour=2_500,
    )


def without(problem: RoutingProblem, plan: RoutingPlan, stop_id: str) -> RoutingPlan:
    """The plan before the order was known."""
    sequences = {
        name: [[s for s in trip if s != stop_id] for trip in trips] for name, trips in sequences_of(plan).items()
    }
    return plan_of(problem, sequences)


def nearest_vehicles(problem: RoutingProblem, plan: RoutingPlan, number: int, stops: int = 150) -> list[str]:
    """Vehicles that pass the stop closest, until they have some `stops` stops; and one that is empty."""
    metres, at = problem.profiles[0].distance_m, problem.stops[number].location
    by_gap = sorted(
        (min(int(metres[at, problem.stop(s).location]) for s in route.stop_ids), route.vehicle_id, len(route.stop_ids))
        for route in plan.routes
        if route.stop_ids
    )
    focus, count = [], 0
    for _, name, size in by_gap:
        if focus and count + size > stops:
            break
        focus.append(name)
        count += size
    used = {route.vehicle_id for route in plan.routes}
    return focus + [v.vehicle_id for v in problem.vehicles if v.vehicle_id not in used][:1]
