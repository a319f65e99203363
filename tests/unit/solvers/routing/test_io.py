"""Solomon and VRPLIB files: rounding, ids, refusals, and the answer's shape. The instances are our own making."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solvers.errors import InvalidProblem
from solvers.routing.check import check
from solvers.routing.io import read_instance
from solvers.routing.solve import solve_file
from solvers.routing.timing import plan_of

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
        (VRPLIB.format(kind="PDPTW", vehicles="VEHICLES : 2", more=""), "TYPE = 'PDPTW'"),
        (VRPLIB.format(kind="VRPTW", vehicles="VEHICLES_MAX_DURATION : 9", more=WINDOWS), "not modelled"),
        ("nonsense", "own.vrp"),
        (SOLOMON.replace("    5     -3     3     5      0     90     2", "    5  x"), "own.vrp"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidProblem, match=says):
        read_instance(write(tmp_path, text))
