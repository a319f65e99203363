"""The textbook's models from files: published answers, and what is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from solvers.errors import InvalidProblem
from solvers.replenishment.textbook import MODELS, answer, is_textbook, solve_file

EXAMPLES: dict[str, tuple[dict[str, Any], str, float]] = {
    "eoq": ({"order_cost": 8, "holding_cost": 0.225, "demand": 1300}, "cost", 68.41052550594829),
    "quantity_discount": (
        {
            "rule": "all_units", "order_cost": 8, "holding_rate": 0.3, "demand": 1300,
            "tiers": [{"least": 0, "price": 0.75}, {"least": 400, "price": 0.72}, {"least": 800, "price": 0.68}],
        },
        "cost", 978.6,
    ),
    "eoq_with_disruptions": (
        {"order_cost": 35, "holding_cost": 0.22, "lost_cost": 2.1, "demand": 30 * 365, "disruption_rate": 1.5,
         "recovery_rate": 14 * 52 / 52},
        "quantity", 0.0,
    ),
    "newsvendor": ({"demand": {"mean": 50, "sd": 8}, "holding_cost": 0.18, "shortage_cost": 0.7}, "level", 56.60396),
    "lots_in_time": (
        {"demand": [90, 120, 80, 70], "order_costs": 500, "holding_costs": 2}, "cost", 1380,
    ),
    "serial_system": (
        {"stages": [{"holding_cost": 4, "lead_time": 1}, {"holding_cost": 3, "lead_time": 1},
                    {"holding_cost": 1, "lead_time": 2}],
         "shortage_cost": 40, "mean": 10, "sd": 2},
        "cost", 0.0,
    ),
    "joint_replenishment": (
        {"shared_cost": 10, "items": [{"order_cost": 2, "holding_cost": 1, "demand": 100},
                                      {"order_cost": 3, "holding_cost": 2, "demand": 10}]},
        "cost", 0.0,
    ),
    "base_stock": (
        {"lead_demand": {"poisson": 4}, "review_demand": {"poisson": 2}, "holding_cost": 1, "shortage_cost": 9},
        "cost", 0.0,
    ),
    "reorder": (
        {"lead_demand": {"poisson": 4}, "review_demand": {"poisson": 2}, "order_cost": 20, "holding_cost": 1,
         "target": 0.95, "service": "fill"},
        "cost", 0.0,
    ),
    "normal_reorder": (
        {"order_cost": 8, "holding_cost": 0.225, "shortage_cost": 7.5, "demand": 1300, "lead_mean": 1300 / 12,
         "lead_sd": 150 / 12**0.5},
        "cost", 78.071146,
    ),
    "lost_sales": (
        {"demand": {"pmf": [0.3, 0.4, 0.3]}, "lead_periods": 2, "holding_cost": 1, "lost_cost": 9}, "capped", 0.0,
    ),
    "finite_horizon": (
        {"periods": [{"demand": {"pmf": [0.5, 0.5]}, "order_cost": 1, "unit_cost": 0, "holding_cost": 1,
                      "shortage_cost": 9}]},
        "cost", 0.0,
    ),
    "guaranteed_service": (
        {"safety_factor": 1, "stages": [{"name": "a", "time": 2, "holding_cost": 1},
                                        {"name": "b", "time": 1, "holding_cost": 3, "promise": 0, "sd": 1}],
         "links": [{"upstream": "a", "downstream": "b"}]},
        "cost", 0.0,
    ),
    "eoq_with_yield": (
        {"rule": "additive", "order_cost": 18500, "holding_cost": 0.06, "demand": 75000, "mean": -15000, "sd": 9000},
        "quantity", 230246.37,
    ),
    "look_ahead": (
        {"history": [10, 12, 9, 11, 10, 13, 9, 10, 11, 12], "on_hand": 5, "open_orders": [{"quantity": 8, "age": 1}],
         "lead_time": [0, 0.5, 0.5], "margin": 9, "holding_cost": 1},
        "quantity", 0.0,
    ),
    "base_stock_with_disruptions": (
        {"holding_cost": 0.25, "shortage_cost": 3, "demand": 2000, "disruption": 0.04, "recovery": 0.25},
        "level", 8000,
    ),
}  # fmt: skip


def test_every_model_has_an_example() -> None:
    assert EXAMPLES.keys() == MODELS.keys()


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_file_is_answered(model: str, tmp_path: Path) -> None:
    fields, name, published = EXAMPLES[model]
    file = tmp_path / f"{model}.json"
    file.write_text(json.dumps({"model": model, **fields}), encoding="utf-8")
    assert is_textbook(file)
    told = solve_file(file)
    assert told["model"] == model
    json.dumps(told)
    if published:
        assert told[name] == pytest.approx(published, rel=1e-5)
    else:
        assert told[name]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model": "guess"}, "model"),
        ({"demand": "many"}, "demand"),
        ({"colour": 1}, "colour"),
        ({"holding_cost": True}, "holding_cost"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        answer({"model": "eoq", **EXAMPLES["eoq"][0], **change})
    assert caught.value.field == field


def test_a_pmf_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidProblem, match=r"demand\.pmf"):
        answer({"model": "newsvendor", "demand": {"pmf": [0.5, 0.4]}, "holding_cost": 1, "shortage_cost": 2})
