"""Network files: the three ways to give demand, the answer, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from solvers.errors import InvalidProblem
from solvers.replenishment.network.io import decide, is_network, parse_network, read_network, solve_file


def document(**changes: Any) -> dict[str, Any]:
    """A shop with a supplier, and changes on top."""
    return {
        "kind": "supply_network",
        "name": "shop",
        "periods": 8,
        "sources": ["mill"],
        "scenarios": 12,
        "nodes": [{"node_id": "shop", "stock": 10, "holding_cents": 2}],
        "links": [{"from_id": "mill", "to_id": "shop", "lead_periods": 2, "unit_cents": 50, "arriving": [0, 5]}],
        "markets": [market(demand_history=[18, 22, None, 25], prior_mean=20)],
        **changes,
    }


def market(**demand: Any) -> dict[str, Any]:
    """The town, with its demand."""
    return {"market_id": "town", "node_id": "shop", "price_cents": 200, "shortage_cents": 10, **demand}


def test_a_file_is_solved(tmp_path: Path) -> None:
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(document()), encoding="utf-8")
    told = solve_file(path, 10.0, seed=3)
    assert told["instance"] == "shop"
    assert told["feasible"] is True
    assert told["scenarios"] == 12
    orders = told["orders"]
    assert isinstance(orders, list)
    assert orders[0]["quantity"] > 20
    assert json.loads(json.dumps(told)) == told
    again = solve_file(path, 10.0, seed=3)
    assert {**again, "wall_s": 0} == {**told, "wall_s": 0}


def test_demand_can_be_known_or_given() -> None:
    known = decide(parse_network(document(markets=[market(demand_mean=[20])], scenarios=50)))
    given = decide(parse_network(document(markets=[market()], demand_scenarios=[[[20]] * 8])))
    assert given.orders[0].quantity == 45
    assert known.orders[0].quantity >= 45


def test_a_market_that_is_newer_than_another_counts_from_its_first_day() -> None:
    older = {**market(demand_history=[20] * 30), "market_id": "old"}
    newer = {**market(demand_history=[5, 6]), "market_id": "new"}
    plan = decide(parse_network(document(markets=[older, newer])))
    assert 30 <= plan.orders[0].quantity <= 150


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "routing"}, "kind"),
        ({"periods": "8"}, "periods"),
        ({"whole_units": 1}, "whole_units"),
        ({"colour": "red"}, "document"),
        ({"nodes": "shop"}, "nodes"),
        ({"nodes": [{"node_id": "shop", "color": 1}]}, "nodes[0]"),
        ({"nodes": [{"stock": 1}]}, "nodes[0]"),
        ({"markets": [market(demand_mean=["many"])]}, "markets[town].demand_mean"),
        ({"markets": [market(demand_history=[5, -1])]}, "demand_history"),
        ({"markets": [market()]}, "markets[town].demand_history"),
        ({"markets": [market(demand_history=[0, 0])]}, "markets[town].prior_mean"),
        ({"demand_scenarios": [["a"]]}, "demand_scenarios"),
        ({"scenarios": 0}, "scenarios"),
    ],
)
def test_a_wrong_document_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        decide(parse_network(document(**changes)))
    assert caught.value.field == field


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(InvalidProblem, match="JSON"):
        read_network(path)


def test_only_its_own_kind_is_recognised() -> None:
    assert is_network(document())
    assert not is_network({"kind": "line"})
    assert not is_network([1])
