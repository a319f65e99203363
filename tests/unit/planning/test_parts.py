"""Small parts: the grid, the roads, the settings, the clock words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.company import Place, Road, TrafficBand, Travel, TravelKind, Vehicle
from orchestrator.domain.measures import clock_time
from orchestrator.planning.grid import Grid
from orchestrator.planning.roads import Roads
from orchestrator.planning.settings import PlanningSettings
from solvers.routing.travel import SlowArea
from tests.unit.planning.world import DAY_S, World, place, small_company

POINTS = st.lists(st.tuples(st.integers(-5000, 5000), st.integers(-5000, 5000)), min_size=1, max_size=40)


@given(points=POINTS, asked=st.tuples(st.integers(-9000, 9000), st.integers(-9000, 9000)), count=st.integers(1, 10))
def test_the_nearest_are_those_of_looking_at_all(
    points: list[tuple[int, int]], asked: tuple[int, int], count: int
) -> None:
    grid = Grid(cell=700)
    for number, (lat, lon) in enumerate(points):
        grid.put(f"{number:03}", Place(lat_e7=lat, lon_e7=lon))
    wanted = sorted((math.hypot(lat - asked[0], lon - asked[1]), f"{n:03}") for n, (lat, lon) in enumerate(points))
    found = grid.nearest(Place(lat_e7=asked[0], lon_e7=asked[1]), count)
    assert found == [key for _, key in wanted[:count]]


def test_what_left_the_grid_is_not_found() -> None:
    grid = Grid(cell=10)
    grid.put("a", Place(lat_e7=0, lon_e7=0))
    grid.put("a", Place(lat_e7=500, lon_e7=0))
    grid.put("b", Place(lat_e7=1, lon_e7=1))
    grid.remove("b")
    grid.remove("never")
    assert grid.nearest(Place(lat_e7=0, lon_e7=0), 5) == ["a"]
    assert len(grid) == 1


def van(speed_m_per_h: int) -> Vehicle:
    return small_company(vehicles=1).vehicles[0].model_copy(update={"speed_m_per_h": speed_m_per_h, "kind": "VAN"})


TRAVELS = [
    Travel(),
    Travel(circuity_per_mille=1500),
    Travel(kind=TravelKind.PLANE_DOWN),
    Travel(kind=TravelKind.PLANE_UP),
]


@pytest.mark.parametrize("travel", TRAVELS, ids=lambda travel: f"{travel.kind}-{travel.circuity_per_mille}")
@given(points=st.lists(st.tuples(st.integers(-9000, 9000), st.integers(-9000, 9000)), min_size=2, max_size=6))
def test_matrix_and_single_legs_agree(travel: Travel, points: list[tuple[int, int]]) -> None:
    places = [place(north, east) for north, east in points]
    area = SlowArea(places[0].lat_e7, places[0].lon_e7, 2000, 150)
    roads = Roads(travel, [area] if travel.kind is TravelKind.GREAT_CIRCLE else [])
    lats, lons = [p.lat_e7 for p in places], [p.lon_e7 for p in places]
    distance_m = roads.distances(lats, lons)
    profile = roads.profile(distance_m, lats, lons, 43_000, "VAN")
    for i, a in enumerate(places):
        for j, b in enumerate(places):
            assert distance_m[i, j] == roads.distance_m(a, b)
            assert profile.duration_s[i, j] == roads.duration_s(a, b, van(43_000))


def test_measured_roads_go_before_the_model_and_scale_with_speed() -> None:
    company = small_company(customers=2)
    site, (one, two) = company.sites[0].place, [customer.place for customer in company.customers]
    names = company.sites[0].site_id, company.customers[0].customer_id
    measured = (
        Road(from_id=names[0], to_id=names[1], distance_m=7_000, duration_s=600),
        Road(from_id=names[0], to_id=names[1], distance_m=9_000, duration_s=900, vehicle_kind="TRUCK"),
    )
    world = World(company.model_copy(update={"roads": measured}))
    roads, truck = Roads.of(world.state, DAY_S), van(36_000).model_copy(update={"kind": "TRUCK"})
    assert (roads.distance_m(site, one), roads.duration_s(site, one, van(36_000))) == (7_000, 600)
    assert roads.duration_s(site, one, van(72_000)) == 300
    assert (roads.distance_m(site, one, "TRUCK"), roads.duration_s(site, one, truck)) == (9_000, 900)
    assert roads.distance_m(one, site) == Roads(Travel()).distance_m(one, site)
    lats, lons = [site.lat_e7, one.lat_e7, two.lat_e7], [site.lon_e7, one.lon_e7, two.lon_e7]
    profile = roads.profile(roads.distances(lats, lons), lats, lons, *roads.kind_of(truck))
    assert (profile.distance_m[0, 1], profile.duration_s[0, 1]) == (9_000, 900)
    assert profile.duration_s[0, 2] == roads.duration_s(site, two, truck)


def test_traffic_of_the_day_slows_a_leg_from_its_hour_on() -> None:
    rush = Travel(bands=(TrafficBand(from_s=7 * 3600, speed_pct=50), TrafficBand(from_s=9 * 3600, speed_pct=100)))
    company = small_company()
    world = World(company.model_copy(update={"travel": rush}))
    roads, vehicle = Roads.of(world.state, DAY_S), van(36_000)
    site, customer = company.sites[0].place, company.customers[0].place
    leg_s = roads.duration_s(site, customer, vehicle)
    assert roads.arrival_s(site, customer, vehicle, DAY_S + 3 * 3600) == DAY_S + 3 * 3600 + leg_s
    assert roads.arrival_s(site, customer, vehicle, DAY_S + 7 * 3600) == DAY_S + 7 * 3600 + 2 * leg_s
    begins_s = DAY_S + 9 * 3600 - 60
    assert roads.arrival_s(site, customer, vehicle, begins_s) == begins_s + 60 + leg_s - 30


def test_a_plane_measures_as_published_problems_do() -> None:
    start, end = Place(lat_e7=0, lon_e7=0), Place(lat_e7=3_000, lon_e7=4_000)
    assert Roads(Travel(kind=TravelKind.PLANE_DOWN)).distance_m(start, end) == 5
    assert Roads(Travel(kind=TravelKind.PLANE_UP)).distance_m(start, end) == 5
    further = Place(lat_e7=3_001, lon_e7=4_000)
    assert Roads(Travel(kind=TravelKind.PLANE_DOWN)).distance_m(start, further) == 5
    assert Roads(Travel(kind=TravelKind.PLANE_UP)).distance_m(start, further) == 6
    assert Roads(Travel(kind=TravelKind.PLANE_DOWN)).duration_s(start, end, van(3_600)) == 5


def test_a_setting_out_of_range_is_named() -> None:
    with pytest.raises(ValueError, match="repair_budget_ms = 0: must be at least 1"):
        PlanningSettings(repair_budget_ms=0)


def test_times_are_those_of_the_service_day() -> None:
    assert clock_time(World().state, DAY_S + 9 * 3600 + 5 * 60) == "09:05"
