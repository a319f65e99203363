"""How good plans are after 1 s and 10 s, over the best known; and how long a call per event takes.

Reads MUSTER_INSTANCES (default ../shared/instances); says so and measures the rest where the folder is missing.
"""

from __future__ import annotations

import csv
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from solvers.budget import Budget
from solvers.routing.check import check
from solvers.routing.engines import pyvrp_engine
from solvers.routing.io import Instance, read_instance
from solvers.routing.plan import RoutingPlan, sequences_of
from solvers.routing.problem import RoutingProblem, Stop, Vehicle
from solvers.routing.search import insert_only, search, warm_up
from solvers.routing.timing import plan_of
from solvers.routing.travel import travel_matrices
from tests.bench.row import Row, row

SOLOMON = ("C101", "R101", "R112", "RC101", "RC108", "R208", "RC205")
LARGE = ("C1_10_4", "R1_10_3", "RC2_10_9", "R2_10_6")
SECONDS = (1.0, 10.0)
EVENTS = 200
EVENT_BUDGET_S = 0.010
DAY_S = 1_700_000_000


def main() -> list[Row]:
    """All cases."""
    warm_up()
    folder = Path(os.environ.get("MUSTER_INSTANCES", "../shared/instances")) / "routing"
    rows = [event_row()]
    if not folder.is_dir():
        print(f"no instances in {folder}: set MUSTER_INSTANCES; quality is not measured", file=sys.stderr)
        return rows
    return [*rows, *solomon_rows(folder / "solomon"), *large_rows(folder / "pyvrp" / "VRPTW")]


def solomon_rows(folder: Path) -> Iterator[Row]:
    """Solomon's 100 customers, distance objective, against the literature (older values: below zero is possible)."""
    with (folder / "best_known_distance.csv").open(encoding="utf-8") as file:
        best = {line["instance"]: float(line["distance"]) for line in csv.DictReader(file)}
    for seconds in SECONDS:
        for name in SOLOMON:
            yield gap_row(read_instance(folder / f"{name}.txt"), best[name], seconds)


def large_rows(folder: Path) -> Iterator[Row]:
    """Gehring and Homberger's 1,000 customers, against the best known, PyVRP beside."""
    for seconds in SECONDS:
        for name in LARGE:
            lines = (folder / f"{name}.sol").read_text(encoding="utf-8").splitlines()
            best = next(float(line.split()[-1]) for line in lines if line.lower().startswith("cost"))
            yield gap_row(read_instance(folder / f"{name}.vrp"), best, seconds, peer=True)


def gap_row(instance: Instance, best: float, seconds: float, peer: bool = False) -> Row:
    """Percent over the best known after so many seconds, from nothing."""
    began_s = time.perf_counter()
    found = search(instance.problem, None, Budget(seconds=seconds, seed=1))
    took_s = time.perf_counter() - began_s
    peers = {"PyVRP": gap_of(instance, with_pyvrp(instance.problem, seconds), best)} if peer else None
    ours = gap_of(instance, found.plan, best)
    return row(f"{instance.name} {seconds:.0f} s", ours, "% over best known", seconds=took_s, peers=peers)


def gap_of(instance: Instance, plan: RoutingPlan, best: float) -> float:
    """Percent over `best`; a plan that breaks a rule or leaves a customer out stops the benchmark."""
    verdict = check(instance.problem, plan)
    assert verdict.ok, verdict.violations
    assert not plan.unplanned
    return 100.0 * (float(instance.file_cost(plan, verdict.cost)) / best - 1.0)


def with_pyvrp(problem: RoutingProblem, seconds: float) -> RoutingPlan:
    """PyVRP from our first insertion: without a start its first local search has no limit."""
    start = insert_only(problem, None).plan
    found = pyvrp_engine.solve(problem, sequences_of(start), Budget(seconds=seconds, seed=1))
    return start if found is None else plan_of(problem, found)


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
