"""The physics by hand, and what can never happen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.replenishment.network.physics import step
from solvers.replenishment.network.problem import NetworkProblem
from tests.unit.solvers.replenishment.network.cases import chain, demands, networks


def test_one_period_by_hand() -> None:
    """Factory 6 units, yield 1/2: it can send 3; capacity 4 does not bind. Shop 1 + 2 arriving; 1 waits, 4 come."""
    after, outcome = step(chain(3), (5.0, 10.0), (4.0,))
    assert outcome.sent == (5.0, 3.0)
    assert outcome.sold == (3.0,)
    assert outcome.short == (2.0,)
    factory, store = after.nodes
    assert (factory.stock, store.stock) == (5.0, 0.0)
    assert after.links[1].arriving == (3.0,)
    assert after.markets[0].backlog == 2.0
    assert after.periods == 2
    assert outcome.revenue_cents == 300
    assert outcome.purchase_cents == 50
    assert outcome.processing_cents == 6
    assert outcome.holding_cents == 5
    assert outcome.transit_cents == 3
    assert outcome.shortage_cents == 10
    assert outcome.profit_cents == 300 - 50 - 6 - 5 - 3 - 10


def test_lost_sales_are_gone() -> None:
    after, outcome = step(chain(3, lost=True), (0.0, 0.0), (9.0,))
    assert outcome.short == (6.0,)
    assert after.markets[0].backlog == 0.0


@pytest.mark.parametrize(("orders", "demand"), [((1.0,), (1.0,)), ((1.0, -1.0), (1.0,)), ((1.0, 1.0), (1.0, 1.0))])
def test_wrong_orders_are_refused(orders: tuple[float, ...], demand: tuple[float, ...]) -> None:
    with pytest.raises(InvalidProblem):
        step(chain(3), orders, demand)


@given(st.data())
def test_nothing_appears_or_vanishes(data: st.DataObject) -> None:
    problem = data.draw(networks())
    demand = data.draw(demands(problem))
    count = len(problem.links)
    for period in range(problem.periods):
        orders = data.draw(st.lists(st.floats(0, 30), min_size=count, max_size=count))
        after, outcome = step(problem, orders, demand[period])
        assert min(node.stock for node in after.nodes) >= 0
        _sent_keeps_the_limits(problem, orders, outcome.sent)
        _sent_used_what_it_sent(problem, after, outcome.sent, outcome.sold)
        for market, later, wanted, sold in zip(
            problem.markets, after.markets, demand[period], outcome.sold, strict=True
        ):
            assert market.lost_sales or later.backlog == pytest.approx(market.backlog + wanted - sold)
        problem = after


def _sent_keeps_the_limits(problem: NetworkProblem, orders: list[float], sent: tuple[float, ...]) -> None:
    for link, wanted, units in zip(problem.links, orders, sent, strict=True):
        assert 0 <= units <= wanted
        assert link.most is None or units <= link.most
    for node in problem.nodes:
        out = sum(units for link, units in zip(problem.links, sent, strict=True) if link.from_id == node.node_id)
        assert out <= node.stock * node.yield_ratio + 1e-9
        assert node.capacity is None or out <= node.capacity + 1e-9


def _sent_used_what_it_sent(
    before: NetworkProblem, after: NetworkProblem, sent: tuple[float, ...], sold: tuple[float, ...]
) -> None:
    def on_the_way(problem: NetworkProblem, node_id: str) -> float:
        return sum(sum(link.arriving) for link in problem.links if link.to_id == node_id)

    for node, later in zip(before.nodes, after.nodes, strict=True):
        here = node.node_id
        coming = sum(units for link, units in zip(before.links, sent, strict=True) if link.to_id == here)
        out = sum(units for link, units in zip(before.links, sent, strict=True) if link.from_id == here)
        gone = sum(units for market, units in zip(before.markets, sold, strict=True) if market.node_id == here)
        had = node.stock + on_the_way(before, here) + coming
        assert later.stock + on_the_way(after, here) == pytest.approx(had - out / node.yield_ratio - gone)


def test_the_last_period_does_not_end_the_simulation() -> None:
    after, _ = step(replace(chain(3), periods=1), (0.0, 0.0), (0.0,))
    assert after.periods == 1
