"""A published problem as a day: exact travel, honest revelation, the file's own price."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from orchestrator.domain.company import TravelKind
from orchestrator.twin.instance import ORIGIN_S, UNITS, Played, instance_day
from orchestrator.twin.roads import Roads
from solvers.errors import InvalidProblem
from tests.unit.company.files import DAY_S

HEADER = (
    "TINY\n\nVEHICLE\nNUMBER     CAPACITY\n  4         50\n\nCUSTOMER\n"
    "CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME\n\n"
)
ROWS = [
    (0, 40, 50, 0, 0, 240, 0),
    (1, 45, 68, 10, 20, 70, 10),
    (2, 42, 66, 20, 65, 146, 10),
    (3, 40, 69, 0, 10, 50, 10),
    (4, 35, 66, 10, 150, 190, 10),
    (5, 25, 85, 20, 60, 120, 10),
]
SPEED = 60.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A problem of five customers in Solomon's format."""
    file = tmp_path / "tiny.txt"
    file.write_text(HEADER + "".join("  ".join(map(str, row)) + "\n" for row in ROWS))
    return file


@pytest.fixture
def played(path: Path) -> Played:
    return instance_day(path, seed=1, speed=SPEED, wall_s=DAY_S)


def test_travel_is_the_files_distance_rounded_up_to_a_tenth(played: Played) -> None:
    company = played.day.company
    assert company.travel.kind is TravelKind.PLANE_UP
    assert company.hard_windows
    roads, vehicle = Roads(company), company.vehicles[0]
    places = {int(customer.customer_id[1:]): customer.place for customer in company.customers}
    places[0] = company.sites[0].place
    for a, x_a, y_a, *_ in ROWS:
        for b, x_b, y_b, *_ in ROWS:
            real = math.hypot(x_a - x_b, y_a - y_b) * UNITS
            assert roads.leg(places[a], places[b], vehicle, ORIGIN_S).duration_s == math.ceil(real - 1e-9)


def test_windows_service_demand_and_fleet_are_the_files(played: Played) -> None:
    company = played.day.company
    orders = {one.draft.number: one.draft for one in (*played.day.morning, *played.day.late)}
    for number, _, _, demand, ready, due, _ in ROWS[1:]:
        draft = orders[str(number)]
        origin_s = DAY_S - DAY_S % 86_400 + ORIGIN_S
        assert (draft.window_start_s - origin_s, draft.window_end_s - origin_s) == (ready * UNITS, due * UNITS)
        weights = {item.item_id: item.weight_g for item in company.items}
        assert sum(weights[line.item_id] * line.quantity for line in draft.lines) == demand
    assert {customer.service_s for customer in company.customers} == {10 * UNITS}
    assert [vehicle.weight_g for vehicle in company.vehicles] == [50] * 4
    assert all(vehicle.shift_end_s == ORIGIN_S + 240 * UNITS for vehicle in company.vehicles)


def test_three_in_five_are_known_and_the_others_come_while_they_can_be_reached(path: Path) -> None:
    for seed in range(20):
        day = instance_day(path, seed, SPEED, DAY_S).day
        assert len(day.morning) == 3
        roads, depot = Roads(day.company), day.company.sites[0].place
        places = {customer.customer_id: customer.place for customer in day.company.customers}
        for one in day.late:
            reach_s = roads.leg(depot, places[one.draft.customer_id], day.company.vehicles[0], day.begin_s).duration_s
            assert day.begin_s < one.known_at_s <= one.draft.window_end_s - reach_s


def test_the_seed_decides_who_is_revealed_when(path: Path) -> None:
    def revealed(seed: int) -> list[tuple[str, int]]:
        return [(one.draft.number, one.known_at_s) for one in instance_day(path, seed, SPEED, DAY_S).day.late]

    assert revealed(1) == revealed(1)
    assert len({tuple(revealed(seed)) for seed in range(5)}) > 1


def test_what_was_driven_is_priced_in_real_distances(played: Played) -> None:
    routes = [("v1", ("instance/1", "instance/2"), 0), ("v2", (), 0), ("v3", ("instance/5",), 0)]
    out = math.hypot(5, 18) + math.hypot(3, 2) + math.hypot(2, 16)
    assert played.executed(routes) == {
        "cost": round(out + 2 * math.hypot(15, 35), 2),
        "routes": [[1, 2], [5]],
    }


def test_a_file_that_cannot_be_played_is_refused_by_name(tmp_path: Path) -> None:
    cvrp = tmp_path / "a.vrp"
    cvrp.write_text(
        "NAME : A\nTYPE : CVRP\nDIMENSION : 2\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 5\n"
        "NODE_COORD_SECTION\n1 0 0\n2 3 4\n"
        "DEMAND_SECTION\n1 0\n2 1\nDEPOT_SECTION\n1\n-1\nEOF\n"
    )
    with pytest.raises(InvalidProblem, match="VRPTW"):
        instance_day(cvrp, 1, SPEED, DAY_S)
    long = tmp_path / "long.txt"
    long.write_text(HEADER + "0 0 0 0 0 9000 0\n1 3 4 1 0 8000 10\n")
    with pytest.raises(InvalidProblem, match="horizon"):
        instance_day(long, 1, SPEED, DAY_S)
