"""Sources: nearest with everything, else earliest; urgent before patient; a count re-pegs what it touches."""

from __future__ import annotations

from orchestrator.domain import commands as c
from orchestrator.domain.plan import PegKind
from tests.unit.planning.invariants import check_plan
from tests.unit.planning.world import DAY_S, HOUR_S, World, place, small_company


def _near(world: World, site_id: str) -> str:
    """The customer nearest to a site."""
    site = world.state.sites[site_id].place
    return min(
        world.state.customers.values(),
        key=lambda x: abs(x.place.lat_e7 - site.lat_e7) + abs(x.place.lon_e7 - site.lon_e7),
    ).customer_id


def test_the_nearest_site_with_all_stock_delivers() -> None:
    world = World(small_company(vehicles=2, depots=2, customers=30))
    for site_id in ("W1", "W2"):
        order_id = world.order(_near(world, site_id))
        assert world.state.plan.allocations[order_id].site_id == site_id


def test_a_site_without_stock_is_passed_over() -> None:
    world = World(small_company(vehicles=2, depots=2, customers=30))
    world.do(c.CountStock(site_id="W2", item_id="A", on_hand=0, at_s=world.now_s))
    order_id = world.order(_near(world, "W2"))
    assert world.state.plan.allocations[order_id].site_id == "W1"


def test_without_stock_the_earliest_supply_is_promised() -> None:
    world = World(small_company(stock=0, purchases=(("PO-late", 50, 12), ("PO-early", 8, 9))))
    order_id = world.order(quantity=10)
    allocation = world.state.plan.allocations[order_id]
    assert [(peg.source_id, peg.quantity) for peg in allocation.pegs] == [("PO-early", 8), ("PO-late", 2)]
    assert allocation.release_s == DAY_S + 12 * HOUR_S + 900


def test_what_nothing_covers_is_unplanned_for_lack_of_stock_and_planned_when_it_comes() -> None:
    world = World(small_company(stock=3))
    order_id = world.order(quantity=10)
    assert world.state.plan.unplanned[order_id].code == "NO_STOCK"
    assert "7 × A" in world.state.plan.unplanned[order_id].text
    world.do(c.CountStock(site_id="W1", item_id="A", on_hand=50, at_s=world.now_s))
    assert order_id in world.state.plan.vehicle_of
    assert order_id not in world.state.plan.unplanned


def test_an_urgent_order_takes_the_stock_of_a_patient_one() -> None:
    world = World(small_company(stock=10))
    patient = world.order("C0", quantity=8, priority=2)
    urgent = world.order("C1", quantity=8, priority=7)
    assert urgent in world.state.plan.vehicle_of
    assert world.state.plan.unplanned[patient].code == "NO_STOCK"
    check_plan(world.state, world.memory, world.now_s)


def test_an_equal_order_does_not() -> None:
    world = World(small_company(stock=10))
    first = world.order("C0", quantity=8)
    second = world.order("C1", quantity=8)
    assert first in world.state.plan.vehicle_of
    assert second in world.state.plan.unplanned


def test_a_discrepancy_takes_from_the_least_urgent() -> None:
    world = World(small_company(stock=30))
    orders = [world.order(f"C{n}", quantity=10, priority=n + 3) for n in range(3)]
    draft = world.do(c.CountStock(site_id="W1", item_id="A", on_hand=20, at_s=world.now_s))
    assert draft is not None
    assert draft.head.causes[0].kind == "StockCounted"
    assert list(world.state.plan.unplanned) == [orders[0]]
    check_plan(world.state, world.memory, world.now_s)


def test_goods_of_a_cancelled_order_go_to_who_waits_for_them() -> None:
    world = World(small_company(stock=10))
    first = world.order("C0", quantity=8)
    second = world.order("C1", quantity=8)
    world.do(c.CancelOrder(order_id=first))
    assert second in world.state.plan.vehicle_of
    assert [peg.kind for peg in world.state.plan.allocations[second].pegs] == [PegKind.STOCK]


def _between(depots: int = 2) -> World:
    """Two warehouses 8 km apart; C0 stands between them, nearer to W1, and C1 far behind W1."""
    company = small_company(vehicles=2, depots=depots, customers=2, stock=10)
    first, second = company.customers
    placed = (
        first.model_copy(update={"place": place(0, 3_500)}),
        second.model_copy(update={"place": place(0, -9_000)}),
    )
    return World(company.model_copy(update={"customers": placed}))


def test_scarce_stock_is_shared_out_so_that_all_ways_together_are_short() -> None:
    """C0 asks first and W1 is nearest to both: it takes W2, which costs it 1 km, so that C1 need not go 17 km."""
    world = _between()
    orders = [world.order(customer, quantity=10, plan=False) for customer in ("C0", "C1")]
    world.plan()
    assert [world.state.plan.allocations[one].site_id for one in orders] == ["W2", "W1"]
    check_plan(world.state, world.memory, world.now_s)


def test_with_enough_for_both_each_has_its_nearest() -> None:
    world = _between()
    orders = [world.order(customer, quantity=5, plan=False) for customer in ("C0", "C1")]
    world.plan()
    assert [world.state.plan.allocations[one].site_id for one in orders] == ["W1", "W1"]


def test_of_two_that_cannot_both_be_served_the_urgent_one_is() -> None:
    world = _between()
    patient = world.order("C1", quantity=10, priority=2, plan=False)
    urgent = world.order("C0", quantity=10, priority=9, plan=False)
    third = world.order("C1", quantity=10, priority=1, plan=False)
    world.plan()
    assert world.state.plan.allocations[urgent].site_id == "W2"
    assert world.state.plan.allocations[patient].site_id == "W1"
    assert world.state.plan.unplanned[third].code == "NO_STOCK"
