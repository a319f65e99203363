"""The value of an order: against a simulation of the same futures, and what its shape must be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solvers.replenishment.planner import plan
from solvers.replenishment.worth import worth
from tests.unit.solvers.replenishment.cases import NOW_S, item, problem

CASE = item(on_hand=40, unit_cost_cents=200, order_cost_cents=800, shortage_cents_unit_day=60)
(POLICY,) = plan(problem(CASE)).policies


@pytest.mark.parametrize("quantity", [0, 30, 60])
def test_it_is_what_a_simulation_of_the_same_days_costs(quantity: int) -> None:
    priced = worth(CASE, POLICY, NOW_S)
    (told,) = priced.of([(("acme", quantity),) if quantity else ()])
    rng = np.random.default_rng(1)
    demand = rng.normal(priced.mean, priced.sd, (200_000, priced.days)).cumsum(axis=1)
    days = np.arange(1, priced.days + 1)
    stock = 40 + quantity * (days >= 4) - demand
    left = stock[:, -1]
    cents = priced.holding * np.maximum(stock, 0).sum(axis=1) + priced.shortage * np.maximum(-stock, 0).sum(axis=1)
    cents += priced.curve * np.maximum(left - priced.safety, 0) ** 2 - priced.value * left
    paid = 800 + 200 * quantity if quantity else 0
    assert told == pytest.approx(float(cents.mean()) + paid, rel=2e-3, abs=5)


def test_more_is_better_up_to_about_what_the_policy_orders_and_then_worse() -> None:
    low = replace(CASE, on_hand=10)
    quantities = (0, 20, POLICY.order_up_to - 10, 3 * POLICY.order_up_to, 9 * POLICY.order_up_to)
    none, some, usual, much, most = worth(low, POLICY, NOW_S).of([(("acme", q),) if q else () for q in quantities])
    assert none > some > usual < much < most
