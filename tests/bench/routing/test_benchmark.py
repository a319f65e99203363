"""The benchmark's own parts: what peers are asked, how answers are judged, what is told of many runs."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from solvers.routing.io import WHOLE, Instance
from solvers.routing.parts import DrivingRule, Profile, Shipment, Stop, StopKind, Vehicle
from solvers.routing.plan import sequences_of
from solvers.routing.problem import MAX_CENTS, RoutingProblem
from solvers.routing.search import insert_only
from solvers.routing.timing import plan_of
from tests.bench import runner
from tests.bench.routing import pack
from tests.bench.routing.elsewhere import Meanwhile
from tests.bench.routing.engines import PEERS, Outcome, judged, peer
from tests.bench.routing.question import question, routes_of, sequences, unasked
from tests.bench.routing.runs import Runs

FILE = """NAME : OWN
TYPE : VRPTW
DIMENSION : 4
VEHICLES : 2
CAPACITY : 10
SERVICE_TIME : 1
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 0 5
3 0 10
4 7 0
DEMAND_SECTION
1 0
2 5
3 5
4 5
TIME_WINDOW_SECTION
1 0 100
2 0 100
3 0 100
4 0 100
DEPOT_SECTION
1
-1
EOF
"""


def company(seed: int = 1, stops: int = 6, prize_cents: int = MAX_CENTS, shipments: bool = False) -> RoutingProblem:
    """Two kinds of vehicles with different prices; some stops want the morning. Small: every engine finds the best."""
    rng = random.Random(seed)
    points = np.array([[rng.randrange(60), rng.randrange(60)] for _ in range(stops + 1)])
    legs = np.abs(points[:, None] - points[None]).sum(axis=2)
    made = [
        Stop(str(k), k, (rng.randrange(1, 6),), 0, late := rng.choice((200, 900)), late, 5, prize_cents=prize_cents)
        for k in range(1, stops + 1)
    ]
    pairs = tuple(Shipment(str(k), str(k + 1)) for k in range(1, stops, 2)) if shipments else ()
    for pair in pairs:
        pickup, delivery = int(pair.pickup_id) - 1, int(pair.delivery_id) - 1
        made[pickup] = replace(made[pickup], kind=StopKind.PICKUP)
        made[delivery] = replace(
            made[delivery], demand=made[pickup].demand, window_end_s=900, latest_s=900, kind=StopKind.DELIVERY
        )
    vehicles = [
        Vehicle(f"v{k}", 0, 0, (12,), shift_end_s=1000, fixed_cents=20 * (k // 2), cents_per_km=1000 + 500 * (k // 2))
        for k in range(4)
    ]
    return RoutingProblem((Profile(legs, legs),), tuple(made), tuple(vehicles), ("pieces",), shipments=pairs)


def case(problem: RoutingProblem, prizes: bool = False) -> pack.Case:
    return pack.Case("made/up", Instance("up", problem, WHOLE, prizes, np.empty((0, 0))), 100.0)


@pytest.mark.parametrize(("asked", "left"), [("1", 3), ("0.5", 2), ("gh200", 1), ("a,lilim/b", 2), ("z", 0)])
def test_a_share_of_the_cases(monkeypatch: pytest.MonkeyPatch, asked: str, left: int) -> None:
    monkeypatch.setenv("MUSTER_BENCH_SHARE", asked)
    assert len(pack.share(["gh200/a", "lilim/b", "lilim/c"])) == left


def test_the_best_known_is_the_price_of_its_routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_INSTANCES", str(tmp_path))
    inside = tmp_path / "routing" / "pyvrp" / "VRPTW"
    inside.mkdir(parents=True)
    (inside / "own.vrp").write_text(FILE)
    assert pack.cases(["gh1000/own"])[0].best is None
    pack.case.cache_clear()
    (inside / "own.sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 7777\n")
    assert pack.case("gh1000/own").best == 34.0
    pack.case.cache_clear()
    (inside / "own.sol").write_text("Route #1: 1 2 3\nCost 34\n")
    with pytest.raises(ValueError, match="CAPACITY"):
        pack.case("gh1000/own")


def test_prices_of_a_question_are_whole_and_in_proportion() -> None:
    asked = question(company(prize_cents=500))
    one, other = asked["fleet"]
    assert (one["count"], other["count"]) == (2, 2)
    # A metre of the first kind costs a cent, of the second one and a half; a stop left out 500, a second vehicle 20.
    assert 2 * other["per_distance"] == 3 * one["per_distance"]
    assert other["fixed"] == 20 * one["per_distance"]
    assert {stop["prize"] for stop in asked["stops"]} == {500 * one["per_distance"]}
    assert {stop["prize"] for stop in question(company())["stops"]} == {None}


def test_routes_come_back_as_they_went() -> None:
    problem = company(stops=9)
    plan = insert_only(problem, None).plan
    assert sequences(problem, routes_of(problem, plan)) == {
        vehicle_id: [list(trip) for trip in trips] for vehicle_id, trips in sequences_of(plan).items()
    }


def test_more_routes_than_vehicles_are_no_plan() -> None:
    with pytest.raises(ValueError, match="more routes"):
        sequences(company(), [[0, [[0]]], [0, [[1]]], [0, [[2]]]])


def test_what_cannot_be_asked_is_said() -> None:
    problem = company()
    assert unasked(problem) == ""
    driven = replace(problem.vehicles[0], driving=DrivingRule(100, 10), open_end=True)
    assert unasked(replace(problem, vehicles=(driven,))) == "open ends, loading, rests"
    assert PEERS["commiv"].needs(problem).startswith("more than one kind")
    assert PEERS["vroom"].needs(company(prize_cents=5)) == "prizes"
    trips = replace(problem, vehicles=tuple(replace(vehicle, max_trips=2) for vehicle in problem.vehicles))
    assert PEERS["ortools"].needs(trips) == "several trips"


def test_a_plan_that_leaves_a_stop_out_counts_only_where_it_may() -> None:
    problem = company()
    plan = plan_of(problem, {"v0": [["1"]]})
    cost, told = judged(case(problem), plan)
    assert cost is None
    assert "5 stops unplanned" in told
    assert judged(case(company(prize_cents=5), prizes=True), plan)[0] is not None


@pytest.mark.parametrize("asked", [{}, {"shipments": True}, {"prize_cents": 60}], ids=["stops", "shipments", "prizes"])
def test_peers_are_asked_the_same(asked: dict[str, int]) -> None:
    made = case(company(**asked), prizes="prize_cents" in asked)  # type: ignore[arg-type]
    found = [peer(PEERS[engine], made, 0.3, 1) for engine in ("pyvrp", "ortools")]
    assert found[0].cost is not None, found[0].told
    assert found[0].cost == found[1].cost


def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    monkeypatch.setattr(
        "tests.bench.routing.runs.cases", lambda names: [replace(case(company()), name=n) for n in names]
    )
    made = Runs("made", ["a/1", "a/2", "b/3"], 1.0, ["pyvrp", "commiv"])
    costs = {
        ("ours", "a/1"): [90.0, 100.0, None],
        ("pyvrp", "a/1"): [100.0, 100.0, 300.0],
        ("commiv", "a/1"): [None, None, 50.0],
        ("ours", "a/2"): [110.0],
        ("pyvrp", "a/2"): [100.0],
        ("commiv", "a/2"): [88.0],
        ("ours", "b/3"): [None],
    }
    made.outcomes = {key: [Outcome(cost, 1.0, first_s=0.5) for cost in found] for key, found in costs.items()}
    return made


def test_medians_of_what_most_seeds_have(monkeypatch: pytest.MonkeyPatch) -> None:
    made = runs(monkeypatch)
    assert [made.value("ours")(name) for name in ("a/1", "a/2", "b/3")] == [95.0, 110.0, None]
    assert [made.value("commiv")(name) for name in ("a/1", "a/2")] == [None, 88.0]
    assert made.better(["pyvrp", "commiv"])("a/2") == 88.0


def test_rows_of_ratios_gaps_and_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    made = runs(monkeypatch)
    mean, worse = made.ratio("all", made.names(), ["pyvrp"], 1.0)
    assert mean.ours == pytest.approx((0.95 + 1.1) / 2)
    assert (mean.holds, worse.ours) == (False, 1)
    (gap,) = made.gap("a", made.names("a"))
    assert gap.ours == pytest.approx(2.5)
    assert gap.peers["commiv"] == pytest.approx(-12.0)
    (failed,) = made.feasible("all", made.names())
    assert (failed.ours, failed.peers, failed.holds) == (2.0, {"PyVRP": 0.0, "commiv": 2.0}, False)
    assert [row.ratio for row in made.each()] == [pytest.approx(0.95), pytest.approx(1.1)]


def test_elsewhere_is_a_share() -> None:
    assert 0.0 <= Meanwhile(2).elsewhere() <= 1.0


def test_a_benchmark_may_say_that_it_takes_longer() -> None:
    assert runner.longest_s("routing_cold_10s") == 10_800
    assert runner.longest_s("routing_call") == runner.BENCH_S_MAX
