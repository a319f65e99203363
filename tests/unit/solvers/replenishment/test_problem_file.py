"""A problem as JSON: read by field, refused by field; and solved to one JSON object."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solvers.errors import InvalidProblem
from solvers.replenishment.io import problem_of, solve_file
from solvers.replenishment.shared import DAY_S

SOURCE = {
    "source_id": "acme", "promised_s": 4 * DAY_S, "order_cost_cents": 500,
    "tiers": [{"from_quantity": 1, "unit_cents": 100}, {"from_quantity": 50, "unit_cents": 90}],
    "lead_time": {"agreed_days": 4, "received_days": [4, 5, 9, 4], "lost": 1},
}  # fmt: skip
ITEM = {
    "item_id": "bolt", "site_id": "north", "on_hand": 5, "demand_history": [10, 12, 8, 0, 9] * 6, "sources": [SOURCE],
    "unit_cost_cents": 100, "shortage_cents_unit_day": 20, "learn": True, "censored_days": [3],
}  # fmt: skip
PROBLEM = {
    "now_s": 20_000 * DAY_S,
    "item_sites": [ITEM],
    "budget": {"cents": 4_000},
    "suppliers": [{"supplier_id": "acme"}],
}
BAD_LEAD = {**ITEM, "sources": [{**SOURCE, "lead_time": {"agreed_days": -1}}]}


def test_a_file_is_read_learned_from_and_solved(tmp_path: Path) -> None:
    problem = problem_of(PROBLEM)
    item = problem.item_sites[0]
    assert item.forecast is not None
    assert item.series is not None
    assert int(item.series.censored.sum()) == 1
    assert item.sources[0].lead_time is not None
    assert item.sources[0].lead_time.orders == 5
    path = tmp_path / "case.json"
    path.write_text(json.dumps(PROBLEM), encoding="utf-8")
    answer = json.loads(json.dumps(solve_file(path, 1.0)))
    (proposal,) = answer["proposals"]
    assert proposal["cost_cents"] <= 4_000
    assert proposal["sentences"]
    assert answer["suppliers"][0]["supplier_id"] == "acme"


@pytest.mark.parametrize(
    ("named", "content"),
    [
        ("problem.colour", {**PROBLEM, "colour": 1}),
        (r"item_sites\[0\].on_hand", {**PROBLEM, "item_sites": [{**ITEM, "on_hand": "five"}]}),
        (r"item_sites\[0\].item_id", {**PROBLEM, "item_sites": [{"site_id": "north"}]}),
        (r"sources\[0\].kind", {**PROBLEM, "item_sites": [{**ITEM, "sources": [{**SOURCE, "kind": "theft"}]}]}),
        ("a lead time", {**PROBLEM, "item_sites": [BAD_LEAD]}),
        ("an object", []),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(named: str, content: object) -> None:
    with pytest.raises(InvalidProblem, match=named):
        problem_of(content)
