"""Min-cost flow: against brute force on tiny cases, and what transfers and allocation promise."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.replenishment.rebalance import Lane, SiteStock, Supply, Wanted, allocate, cheapest, transfers

TINY = settings(max_examples=150, deadline=None)
COSTS = st.dictionaries(st.tuples(st.integers(0, 1), st.integers(0, 2)), st.integers(-9, 3))


def brute(supply: list[int], demand: list[int], costs: dict[tuple[int, int], int]) -> int:
    """Least total cost over every whole flow."""
    pairs = sorted(costs)
    best = 0
    for units in product(*(range(min(supply[r], demand[c]) + 1) for r, c in pairs)):
        flow = dict(zip(pairs, units, strict=True))
        rows = all(sum(f for (r, _), f in flow.items() if r == row) <= left for row, left in enumerate(supply))
        columns = all(sum(f for (_, c), f in flow.items() if c == col) <= left for col, left in enumerate(demand))
        if rows and columns:
            best = min(best, sum(f * costs[pair] for pair, f in flow.items()))
    return best


@TINY
@given(st.lists(st.integers(0, 3), min_size=2, max_size=2), st.lists(st.integers(0, 2), min_size=3, max_size=3), COSTS)
def test_the_flow_is_the_cheapest_there_is(
    supply: list[int], demand: list[int], costs: dict[tuple[int, int], int]
) -> None:
    flow = cheapest(supply, demand, costs)
    assert sum(units * costs[pair] for pair, units in flow.items()) == brute(supply, demand, costs)
    for row, left in enumerate(supply):
        assert sum(units for (r, _), units in flow.items() if r == row) <= left
    for column, open_ in enumerate(demand):
        assert sum(units for (_, c), units in flow.items() if c == column) <= open_


def test_spare_stock_goes_where_it_is_worth_most_and_the_way_is_paid() -> None:
    stocks = (SiteStock("A", spare=10), SiteStock("B", missing=((4, 50), (20, 5))), SiteStock("C", missing=((8, 30),)))
    lanes = (Lane("A", "B", 2, 20, 3_600), Lane("A", "C", 4, 20, 7_200))
    b, c = transfers(stocks, lanes)
    assert (b.to_site_id, b.quantity, b.cost_cents, b.saves_cents) == ("B", 4, 28, 4 * 48 - 20)
    assert (c.to_site_id, c.quantity, c.saves_cents, c.transit_s) == ("C", 6, 6 * 26 - 20, 7_200)


def test_a_way_that_does_not_earn_its_fixed_cost_is_not_used() -> None:
    stocks = (SiteStock("A", spare=10), SiteStock("B", missing=((1, 50),)))
    assert transfers(stocks, (Lane("A", "B", 0, 60),)) == ()


def test_orders_get_the_stock_that_costs_least_and_the_dear_ones_come_first() -> None:
    supplies = (Supply("near", 5), Supply("far", 5))
    wanted = (Wanted("o1", 4, 100), Wanted("o2", 4, 500), Wanted("o3", 4, 40))
    cents = {(s, o): cost for s, cost in (("near", 1), ("far", 30)) for o in ("o1", "o2", "o3")}
    found = allocate(supplies, wanted, cents)
    served = {o: sum(a.quantity for a in found if a.order_id == o and a.supply_id) for o in ("o1", "o2", "o3")}
    assert served == {"o1": 4, "o2": 4, "o3": 2}
    assert [a.quantity for a in found if not a.supply_id] == [2]


def test_what_cannot_be_is_refused_by_its_field() -> None:
    with pytest.raises(InvalidProblem, match="known sites"):
        transfers((SiteStock("A"),), (Lane("A", "B"),))
    with pytest.raises(InvalidProblem, match="a supply and an order"):
        allocate((Supply("near", 5),), (), {("near", "ghost"): 1})
