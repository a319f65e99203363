"""Published formats: rounding, ids, refusals, and the answer's shape. The instances are our own making."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solvers.errors import InvalidProblem
from solvers.routing.check import check
from solvers.routing.io import read_instance, read_problem
from solvers.routing.json_format import problem_to_json
from solvers.routing.parts import Shipment, StopKind
from solvers.routing.problem import MAX_CENTS, RoutingProblem
from solvers.routing.solve import solve_file
from solvers.routing.timing import plan_of
from tests.unit.solvers.routing.driver import driven_plan

SOLOMON = """OWN5

VEHICLE
NUMBER     CAPACITY
  3          20

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

    0      0     0     0      0    100     0
    1      3     4    10      0     50     2
    2      6     8    10      0     50     2
    3     -1     1    10      0     50     2
    4     -2     2     5     10     90     2
    5     -3     3     5      0     90     2
"""

VRPLIB = """NAME : OWN
TYPE : {kind}
DIMENSION : 4
{vehicles}
CAPACITY : 20
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 1 1
3 2 2
4 5 0
DEMAND_SECTION
1 0
2 10
3 10
4 10
{more}
DEPOT_SECTION
1
-1
EOF
"""

WINDOWS = """TIME_WINDOW_SECTION
1 0 100
2 0 100
3 0 100
4 0 100
SERVICE_TIME_SECTION
1 0
2 1
3 1
4 1"""


FLEET = "VEHICLES : 2"

PDPTW = """NAME : OWN
TYPE : PDPTW
DIMENSION : 3
VEHICLES : 2
CAPACITY : 20
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 1 1
3 2 2
PICKUP_AND_DELIVERY_SECTION
1 0 0 90 0 0 0
2 3 0 80 4 0 3
3 -3 0 70 5 2 0
DEPOT_SECTION
1
-1
EOF
"""

LILIM = """2 200 1
0 0 0 0 0 1000 0 0 0
1 3 4 10 0 50 2 0 3
2 0 5 7 10 500 3 0 4
3 6 8 -10 0 900 4 1 0
4 0 9 -7 0 800 5 2 0
"""


def write(folder: Path, text: str, name: str = "own.vrp") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_solomon_distances_are_real_and_ids_are_the_files(tmp_path: Path) -> None:
    instance = read_instance(write(tmp_path, SOLOMON, "own.txt"))
    problem = instance.problem
    assert [s.stop_id for s in problem.stops] == ["1", "2", "3", "4", "5"]
    assert [v.capacity for v in problem.vehicles] == [(20,)] * 3
    plan = plan_of(problem, {"v1": [["1", "2"]], "v2": [["3", "4", "5"]]})
    verdict = check(problem, plan)
    assert verdict.ok
    assert instance.file_cost(plan, verdict.cost) == round(20 + 6 * 2**0.5, 2)
    # Times are rounded up: the way over a diagonal never takes less than it really does.
    assert problem.profiles[0].duration_s[0, 3] == 14_143


def test_vrplib_roundings(tmp_path: Path) -> None:
    windows = read_instance(write(tmp_path, VRPLIB.format(kind="VRPTW", vehicles="VEHICLES : 2", more=WINDOWS)))
    assert windows.problem.profiles[0].distance_m[0, 1] == 14
    assert (windows.problem.stops[0].stop_id, windows.problem.stops[0].service_s) == ("2", 10)
    plain = read_instance(write(tmp_path, VRPLIB.format(kind="CVRP", vehicles="COMMENT : none", more="")))
    assert plain.problem.profiles[0].distance_m[0, 2] == 3
    plan = plan_of(plain.problem, {"v1": [["2", "3"]], "v2": [["4"]]})
    assert plain.file_cost(plan, check(plain.problem, plan).cost) == 1 + 1 + 3 + 10


def test_lilim_pairs_are_shipments(tmp_path: Path) -> None:
    instance = read_instance(write(tmp_path, LILIM, "own.txt"))
    problem = instance.problem
    assert (instance.name, len(problem.vehicles), problem.vehicles[0].capacity) == ("own", 2, (200,))
    assert problem.shipments == (Shipment("1", "3"), Shipment("2", "4"))
    assert [stop.kind for stop in problem.stops] == [StopKind.PICKUP] * 2 + [StopKind.DELIVERY] * 2
    assert [stop.demand for stop in problem.stops] == [(10,), (7,), (10,), (7,)]
    assert problem.stops[1].window_end_s == 500 * 10_000
    plan = driven_plan(problem, {"v1": [["1", "3"]], "v2": [["2", "4"]]})
    verdict = check(problem, plan)
    assert verdict.ok
    assert instance.file_cost(plan, verdict.cost) == 20 + 18


def read(folder: Path, *sections: str, kind: str = "VRPTW", head: str = FLEET) -> RoutingProblem:
    return read_problem(write(folder, VRPLIB.format(kind=kind, vehicles=head, more="\n".join(sections))))


def test_vrplib_limits_of_routes(tmp_path: Path) -> None:
    limited = read(tmp_path, WINDOWS, head=f"{FLEET}\nVEHICLES_MAX_DISTANCE : 9\nVEHICLES_MAX_DURATION : 12")
    assert [(v.max_distance_m, v.max_duration_s) for v in limited.vehicles] == [(90, 120)] * 2
    each = read(tmp_path, WINDOWS, "VEHICLES_MAX_DURATION_SECTION\n1 7\n2 8")
    assert [(v.max_distance_m, v.max_duration_s) for v in each.vehicles] == [(None, 70), (None, 80)]


def test_vrplib_groups_and_allowed_clients(tmp_path: Path) -> None:
    groups = read(tmp_path, "MUTUALLY_EXCLUSIVE_GROUP_SECTION\n1 2 4\n2 3")
    assert groups.options == {"group 1": ("2", "4")}
    assert all(stop.prize_cents == MAX_CENTS for stop in groups.stops)
    allowed = read(tmp_path, "VEHICLES_ALLOWED_CLIENTS_SECTION\n1 2 3 4\n2 4")
    assert [stop.allowed for stop in allowed.stops] == [{"v1"}, {"v1"}, None]


def test_vrplib_backhauls_are_pickups(tmp_path: Path) -> None:
    text = VRPLIB.format(kind="CVRP", vehicles=FLEET, more="BACKHAUL_SECTION\n1 0\n2 0\n3 6\n4 0")
    mixed = read_problem(write(tmp_path, text.replace("DEMAND", "LINEHAUL").replace("3 10", "3 0")))
    assert [(stop.kind, stop.demand) for stop in mixed.stops] == [
        (StopKind.DELIVERY, (10,)),
        (StopKind.PICKUP, (6,)),
        (StopKind.DELIVERY, (10,)),
    ]


def test_vrplib_pickup_and_delivery(tmp_path: Path) -> None:
    pairs = read_problem(write(tmp_path, PDPTW))
    assert pairs.shipments == (Shipment("2", "3"),)
    pickup, delivery = pairs.stops
    assert (pickup.kind, pickup.demand, pickup.window_end_s, pickup.service_s) == ("PICKUP", (3,), 80_000, 4_000)
    assert (delivery.kind, delivery.demand, delivery.window_end_s) == ("DELIVERY", (3,), 70_000)


def test_vrplib_reloads_and_prizes(tmp_path: Path) -> None:
    once = read(tmp_path, "VEHICLES_MAX_RELOADS_SECTION\n1 1\n2 0", "VEHICLES_RELOAD_DEPOT_SECTION\n1 1\n2 1")
    assert [vehicle.max_trips for vehicle in once.vehicles] == [2, 1]
    prizes = read(tmp_path, "PRIZE_SECTION\n1 0\n2 5\n3 0\n4 7", kind="PCVRPTW")
    assert [stop.prize_cents for stop in prizes.stops] == [50, MAX_CENTS, 70]


def test_json_is_recognised(tmp_path: Path) -> None:
    problem = read(tmp_path, WINDOWS)
    instance = read_instance(write(tmp_path, "\n " + problem_to_json(problem), "own.json"))
    assert (instance.problem.stops, instance.name, instance.label("2")) == (problem.stops, "own", "2")
    plan = driven_plan(problem, {"v1": [["2", "3"]]})
    cost = check(problem, plan).cost
    assert instance.file_cost(plan, cost) == cost.cents
    with pytest.raises(InvalidProblem, match=r"own.json: stops\[0\].colour"):
        read_instance(write(tmp_path, problem_to_json(problem).replace('"location"', '"colour"', 1), "own.json"))


def test_solve_file_prints_exactly_what_is_promised(tmp_path: Path) -> None:
    answer = solve_file(write(tmp_path, SOLOMON, "own.txt"), 0.3)
    assert list(json.loads(json.dumps(answer))) == [
        "instance",
        "feasible",
        "cost",
        "routes",
        "unplanned",
        "engine",
        "first_feasible_s",
        "wall_s",
    ]
    assert (answer["instance"], answer["feasible"], answer["unplanned"]) == ("OWN5", True, [])
    assert answer["cost"] == round(20 + 6 * 2**0.5, 2)
    assert sorted(c for route in answer["routes"] for c in route) == [1, 2, 3, 4, 5]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (VRPLIB.format(kind="VRPB", vehicles="VEHICLES : 2", more=""), "TYPE = 'VRPB'"),
        (
            VRPLIB.format(kind="CVRP", vehicles="DISTANCE : 9", more=""),
            "DISTANCE = 'present': this rule",
        ),
        (VRPLIB.format(kind="CVRP", vehicles=FLEET, more="VEHICLES_DEPOT_SECTION\n1 1\n2 3"), "VEHICLES_DEPOT = 3"),
        (
            VRPLIB.format(kind="CVRP", vehicles=FLEET, more="VEHICLES_RELOAD_DEPOT_SECTION\n1 1\n2 3"),
            "only the",
        ),
        (VRPLIB.format(kind="CVRP", vehicles=FLEET, more="BACKHAUL_SECTION\n1 0\n2 1\n3 0\n4 0"), "not both"),
        (VRPLIB.format(kind="CVRP", vehicles=FLEET, more="VEHICLES_ALLOWED_CLIENTS_SECTION\n1 2 9\n2 3 4"), "customer"),
        (VRPLIB.format(kind="CVRP", vehicles=FLEET, more="VEHICLES_FIXED_COST_SECTION\n1 7"), "too few rows"),
        (PDPTW.replace("70 5 2 0", "70 5 1 0"), "name each other"),
        (PDPTW.replace("-3", "-2"), "same demand"),
        (LILIM.replace("4 1 0\n", "4 2 0\n"), "must name its pickup 1"),
        (LILIM.replace("-10", "-9"), "demand = -9.0: must be -10"),
        (LILIM.replace("2 200 1", "2 200 2"), "speed = 2"),
        (LILIM.replace("4 1 0\n", "4 1\n"), "must be 9 numbers"),
        ("nonsense", "own.vrp"),
        (SOLOMON.replace("    5     -3     3     5      0     90     2", "    5  x"), "own.vrp"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidProblem, match=says):
        read_instance(write(tmp_path, text))
