"""Every broken rule is refused with its field, value and rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from solvers.errors import InvalidProblem
from solvers.replenishment.network.demand import Scenarios, known_law
from solvers.replenishment.network.problem import Link, NetworkProblem, Node
from tests.unit.solvers.replenishment.network.cases import chain


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"periods": 0}, "periods"),
        ({"periods": 2.5}, "periods"),
        ({"nodes": ()}, "nodes"),
        ({"sources": ("mine", "mine")}, "id"),
        ({"sources": ("mine", "")}, "id"),
        ({"sources": ("mine", "shop")}, "id"),
        ({"links": (Link("nowhere", "shop", 1),)}, "links[nowhere>shop].from_id"),
        ({"links": (Link("mine", "mine", 1),)}, "links[mine>mine].to_id"),
        ({"links": (Link("mine", "shop", -1),)}, "links[mine>shop].lead_periods"),
        ({"links": (Link("mine", "shop", 1, arriving=(1, 2)),)}, "links[mine>shop].arriving"),
        ({"links": (Link("mine", "shop", 1, unit_cents=float("nan")),)}, "links[mine>shop].unit_cents"),
        ({"links": (Link("mine", "shop", 1), Link("mine", "shop", 2))}, "links[mine>shop]"),
        ({"links": (Link("factory", "shop", 1), Link("shop", "factory", 1))}, "links"),
    ],
)
def test_a_broken_network_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        replace(chain(3), **changes)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("name", "value"), [("stock", -1.0), ("holding_cents", -1), ("yield_ratio", 0.0), ("capacity", -1), ("stock", "9")]
)
def test_a_broken_node_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidProblem) as caught:
        replace(chain(3), nodes=(Node("factory"), replace(Node("shop"), **{name: value})))
    assert caught.value.field == f"nodes[shop].{name}"
    assert caught.value.value == value


@pytest.mark.parametrize(
    ("name", "value"), [("price_cents", -1), ("node_id", "mine"), ("backlog", -2), ("lost_sales", 1)]
)
def test_a_broken_market_is_refused(name: str, value: Any) -> None:
    market = replace(chain(3).markets[0], **{name: value})
    with pytest.raises(InvalidProblem) as caught:
        replace(chain(3), markets=(market,))
    assert caught.value.field == f"markets[town].{name}"


def test_lost_sales_do_not_wait() -> None:
    with pytest.raises(InvalidProblem, match="backlog"):
        replace(chain(3), markets=(replace(chain(3).markets[0], lost_sales=True),))


def test_suppliers_come_before_those_they_supply() -> None:
    problem: NetworkProblem = chain(3)
    assert problem.order.index("factory") < problem.order.index("shop")


@pytest.mark.parametrize("demand", [[[1.0]], [[[-1.0]]], [[[float("nan")]]]])
def test_broken_scenarios_are_refused(demand: Any) -> None:
    with pytest.raises(InvalidProblem):
        Scenarios.equal(np.array(demand))


def test_weights_must_sum_to_one() -> None:
    with pytest.raises(InvalidProblem, match="sum 1"):
        Scenarios(np.ones((2, 1, 1)), np.array([0.5, 0.6]))


def test_scenarios_of_a_known_law_have_its_mean_and_variance() -> None:
    means = np.array([[0.0], [0.3], [20.0], [400.0]])
    demand = known_law(means, 1_000, seed=3).demand[:, :, 0]
    assert np.all(demand[:, 0] == 0)
    assert np.all(demand == np.rint(demand))
    np.testing.assert_allclose(demand.mean(axis=0), means[:, 0], rtol=0.01, atol=1e-9)
    np.testing.assert_allclose(demand.var(axis=0), means[:, 0], rtol=0.1, atol=1e-9)


def test_few_scenarios_of_a_known_law_are_evenly_spread_and_repeatable() -> None:
    means = np.full((30, 2), 25.0)
    first, again = known_law(means, 10, seed=1), known_law(means, 10, seed=1)
    np.testing.assert_array_equal(first.demand, again.demand)
    assert np.all(np.abs(first.demand.mean(axis=0) - 25.0) < 1.0)
