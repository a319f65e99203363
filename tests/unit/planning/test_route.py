"""Routes while a day goes on: what is frozen stays, what is on board stays, what has no place says why."""

from __future__ import annotations

from orchestrator.domain import commands as c
from orchestrator.domain.entities import VehicleStatus
from orchestrator.domain.state import State
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, World, small_company


def _stop(state: State, order_id: str) -> tuple[str, int]:
    vehicle_id = state.plan.vehicle_of[order_id]
    return next(
        (vehicle_id, s.start_s) for t in state.plan.routes[vehicle_id].trips for s in t.stops if s.order_id == order_id
    )


def test_orders_are_planned_within_window_shift_and_capacity() -> None:
    world = World(small_company(vehicles=3, weight_g=40_000))
    orders = [world.order(f"C{n}", quantity=15, window=(8, 12)) for n in range(6)]
    assert set(orders) == set(world.state.plan.vehicle_of)
    check_plan(world.state, world.memory, world.now_s)
    for order_id in orders:
        assert DAY_S + 8 * HOUR_S <= _stop(world.state, order_id)[1] <= DAY_S + 12 * HOUR_S


def test_a_whole_day_is_driven_and_everything_is_delivered() -> None:
    world = World()
    orders = {world.order(f"C{n}") for n in range(8)}
    while world.state.open_orders:
        vehicle_id = next(key for key, route in world.state.plan.routes.items() if route.trips)
        world.load(vehicle_id)
        while world.state.fleet[vehicle_id].status is VehicleStatus.DRIVING:
            orders.discard(world.serve(vehicle_id))
            check_plan(world.state, world.memory, world.now_s)
        world.home(vehicle_id)
    assert not orders
    assert not world.state.plan.routes


def test_a_trip_about_to_be_loaded_does_not_change() -> None:
    world = World(small_company(vehicles=1))
    first = world.order("C0")
    trip = world.state.plan.routes["V1"].trips[0]
    world.now_s = trip.load_start_s - world.settings.freeze_s + 10
    second = world.order("C0")
    trips = world.state.plan.routes["V1"].trips
    assert [stop.order_id for stop in trips[0].stops] == [first]
    assert [stop.order_id for stop in trips[1].stops] == [second]
    assert trips[0].depart_s == trip.depart_s


def test_after_a_trip_that_is_about_to_be_loaded_a_vehicle_still_has_its_skills() -> None:
    company = small_company(vehicles=1)
    able = company.vehicles[0].model_copy(update={"skills": ("LIFT",)})
    needy = tuple(customer.model_copy(update={"needs": ("LIFT",)}) for customer in company.customers)
    world = World(company.model_copy(update={"vehicles": (able,), "customers": needy}))
    first = world.order("C0")
    world.now_s = world.state.plan.routes["V1"].trips[0].load_start_s - world.settings.freeze_s + 10
    second = world.order("C1")
    trips = world.state.plan.routes["V1"].trips
    assert [[stop.order_id for stop in trip.stops] for trip in trips] == [[first], [second]]
    check_plan(world.state, world.memory, world.now_s)


def test_loading_that_has_begun_is_not_begun_again() -> None:
    world = World(small_company(vehicles=1))
    world.order("C0")
    trip = world.state.plan.routes["V1"].trips[0]
    world.now_s = trip.load_start_s + 600
    world.order("C1")
    assert world.state.plan.routes["V1"].trips[0].depart_s == trip.depart_s


def test_the_current_stop_stays_and_the_rest_on_board_may_change() -> None:
    world = World(small_company(vehicles=1))
    for number in range(5):
        world.order(f"C{number}")
    aboard = world.load("V1")
    current = world.state.fleet["V1"].current_order_id
    world.do(c.ReportVehicleDown(vehicle_id="V1", at_s=world.now_s, until_s=world.now_s + 2 * HOUR_S))
    trip = world.state.plan.routes["V1"].trips[0]
    assert trip.loaded
    assert trip.stops[0].order_id == current
    assert {stop.order_id for stop in trip.stops} == set(aboard)
    assert trip.stops[0].arrive_s >= world.now_s + 2 * HOUR_S


def test_work_of_a_broken_vehicle_goes_to_another() -> None:
    world = World(small_company(vehicles=2))
    orders = [world.order(f"C{n}", window=(8, 11)) for n in range(4)]
    broken = world.state.plan.vehicle_of[orders[0]]
    draft = world.do(c.ReportVehicleDown(vehicle_id=broken, at_s=world.now_s, until_s=DAY_S + 17 * HOUR_S))
    assert draft is not None
    assert draft.head.causes[0].kind == "VehicleWentDown"
    assert broken not in {world.state.plan.vehicle_of[order_id] for order_id in orders}
    assert f"vehicle {broken} down until 17:00: " in draft.head.summary
    assert "orders moved" in draft.head.summary


def test_goods_on_a_vehicle_that_stands_until_its_shift_is_over_are_stranded() -> None:
    world = World(small_company(vehicles=1))
    world.order("C0")
    orders = world.load("V1")
    world.do(c.ReportVehicleDown(vehicle_id="V1", at_s=world.now_s, until_s=DAY_S + 20 * HOUR_S))
    assert world.state.plan.unplanned[orders[0]].code == "STRANDED"
    assert world.state.plan.vehicle_of[orders[0]] == "V1"
    world.do(c.ReportVehicleUp(vehicle_id="V1", at_s=world.now_s))
    assert not world.state.plan.unplanned


def test_reality_that_is_late_is_late_and_nothing_on_board_is_dropped() -> None:
    world = World(small_company(vehicles=1))
    for number in range(4):
        world.order(f"C{number}", window=(8, 9))
    world.load("V1")
    world.now_s = DAY_S + 17 * HOUR_S + 1800
    order_id = world.state.fleet["V1"].current_order_id or ""
    world.do(c.ReportVehicleArrived(vehicle_id="V1", order_id=order_id, at_s=world.now_s))
    check_plan(world.state, world.memory, world.now_s)
    assert set(world.state.plan.late) == set(world.state.fleet["V1"].on_board)
    assert {verdict.code for verdict in world.state.plan.late.values()} == {"LATE_TRAVEL"}


def test_what_fits_nowhere_is_unplanned_with_the_rule_that_was_tried() -> None:
    world = World(small_company(vehicles=2, weight_g=10_000))
    heavy = world.order("C0", quantity=50)
    assert world.state.plan.unplanned[heavy].code == "CAPACITY"
    assert "tried 2 vehicles" in world.state.plan.unplanned[heavy].text
    world.now_s = DAY_S + 17 * HOUR_S + 50 * 60
    evening = world.order("C1", quantity=1, window=(17, 18))
    assert world.state.plan.unplanned[evening].code == "SHIFT_END"


def test_an_order_of_tomorrow_waits_for_its_day() -> None:
    world = World()
    tomorrow = world.order("C0", window=(24 + 9, 24 + 12))
    assert world.state.plan.unplanned[tomorrow].code == "LATER_DAY"


def test_hard_windows_leave_an_order_out_rather_than_late() -> None:
    company = small_company(vehicles=1).model_copy(update={"hard_windows": True})
    world = World(company, now_s=DAY_S + 9 * HOUR_S - 60)
    order_id = world.order("C0", window=(8, 9))
    assert world.state.plan.unplanned[order_id].code == "TIME_WINDOW"
    soft = World(small_company(vehicles=1), now_s=DAY_S + 9 * HOUR_S - 60)
    order_id = soft.order("C0", window=(8, 9))
    assert soft.state.plan.late[order_id].code == "LATE_TRAVEL"


def test_a_slow_area_delays_what_is_driven_through_it() -> None:
    world = World(small_company(vehicles=1))
    order_id = world.order("C0", window=(6, 16))
    before = world.state.plan.routes["V1"]
    place = world.company.customers[0].place
    world.do(
        c.ReportSlowArea(
            area_id="jam", lat_e7=place.lat_e7, lon_e7=place.lon_e7, radius_m=800, factor_pct=300,
            until_s=DAY_S + 20 * HOUR_S,
        )
    )  # fmt: skip
    slow = world.state.plan.routes["V1"]
    assert slow.cost_cents > before.cost_cents
    assert order_id in slow.order_ids()
    world.do(c.ReportSlowAreaOver(area_id="jam"))
    assert world.state.plan.routes["V1"].cost_cents == before.cost_cents


def test_small_delays_need_no_revision() -> None:
    world = World(small_company(vehicles=1))
    world.order("C0")
    world.load("V1")
    revision = world.state.plan.revision
    stop = world.state.plan.routes["V1"].trips[0].stops[0]
    world.now_s = stop.arrive_s + 30
    world.do(c.ReportVehicleArrived(vehicle_id="V1", order_id=stop.order_id, at_s=world.now_s))
    assert world.state.plan.revision == revision


def test_the_figures_are_the_routes_figures() -> None:
    world = World(small_company(vehicles=3, depots=2))
    for number in range(9):
        world.order(f"C{number}")
    plan = world.state.plan
    assert plan.kpis.cost_cents == sum(route.cost_cents for route in plan.routes.values())
    assert plan.kpis.distance_m == sum(route.distance_m for route in plan.routes.values())
    assert plan.kpis.planned_orders == 9
