"""Quantities with steady or known demand: against brute force, and against stockpyl on random problems."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.replenishment.policies.discounts import Tier, all_units_quantity, incremental_quantity
from solvers.replenishment.policies.disruption import disrupted_base_stock, disrupted_cost, disrupted_quantity
from solvers.replenishment.policies.economic import production_quantity
from solvers.replenishment.policies.joint import JointItem, joint_cycle
from solvers.replenishment.policies.lot_for_time import lots_in_time
from solvers.replenishment.policies.newsvendor import newsvendor, newsvendor_continuous, newsvendor_lognormal
from solvers.replenishment.policies.normal_reorder import (
    NormalItem,
    best_normal,
    best_normal_by_service,
    best_normal_point,
)
from tests.bench.exact_cases import FACTS, heuristic_cost, normal_item
from tests.bench.oracle import oracle
from tests.unit.solvers.replenishment.policies import demands


@st.composite
def price_lists(draw: st.DrawFn) -> list[Tier]:
    steps = draw(st.lists(st.tuples(st.integers(50, 900), st.floats(0.8, 1)), min_size=0, max_size=3))
    tiers = [Tier(0, 10.0)]
    for width, cut in steps:
        tiers.append(Tier(tiers[-1].least + width, tiers[-1].price * cut))
    return tiers


def bill(tiers: list[Tier], quantity: float, all_units: bool) -> float:
    """What an order of this quantity costs."""
    if all_units:
        return quantity * [tier.price for tier in tiers if tier.least <= quantity][-1]
    ends = [*(tier.least for tier in tiers[1:]), math.inf]
    return sum(t.price * max(0.0, min(quantity, end) - t.least) for t, end in zip(tiers, ends, strict=True))


@settings(max_examples=40, deadline=None)
@given(price_lists(), st.integers(1, 500), st.integers(10, 5_000), st.booleans())
def test_no_quantity_is_cheaper_under_a_price_list(tiers: list[Tier], order: int, demand: int, all_units: bool) -> None:
    found = (all_units_quantity if all_units else incremental_quantity)(order, 0.3, demand, tiers)

    def cost(quantity: float) -> float:
        return (order + bill(tiers, quantity, all_units)) * demand / quantity + 0.3 * bill(
            tiers, quantity, all_units
        ) / 2

    assert found.cost == pytest.approx(cost(found.quantity))
    others = [*(tier.least for tier in tiers[1:]), *np.geomspace(1, 20_000, 400).tolist()]
    assert found.cost <= min(cost(quantity) for quantity in others) * (1 + 1e-9)


@given(st.floats(1, 50), st.floats(0.1, 2), st.floats(5, 60), st.floats(0.1, 3), st.floats(5, 30))
def test_no_quantity_is_cheaper_under_disruptions(
    order: float, holding: float, lost: float, disruption: float, recovery: float
) -> None:
    given_ = (order, holding, lost, 1_000.0, disruption, recovery)
    found = disrupted_quantity(*given_)
    others = np.geomspace(found.quantity / 50, found.quantity * 50, 300).tolist()
    assert found.cost <= min(disrupted_cost(*given_, quantity) for quantity in others) * (1 + 1e-9)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 2), st.floats(0.5, 60), st.floats(0.01, 0.5), st.floats(0.1, 0.9))
def test_no_base_stock_is_cheaper_under_disruptions(
    holding: float, shortage: float, disruption: float, recovery: float
) -> None:
    stopped = disruption / (disruption + recovery)
    lengths = [1 - stopped, *(stopped * recovery * (1 - recovery) ** n for n in range(300))]
    level, cost = disrupted_base_stock(holding, shortage, 10.0, disruption, recovery)

    def cost_of(stock: float) -> float:
        return sum(
            chance * (holding * max(0.0, stock - 10 * (n + 1)) + shortage * max(0.0, 10 * (n + 1) - stock))
            for n, chance in enumerate(lengths)
        )

    assert cost == pytest.approx(cost_of(level), rel=1e-9)
    assert cost <= min(cost_of(10.0 * periods) for periods in range(1, 40)) * (1 + 1e-9)


@given(st.lists(st.integers(0, 9), min_size=2, max_size=9).filter(any), st.floats(0.1, 5), st.floats(0.1, 20))
def test_no_level_is_cheaper_for_a_newsvendor(weights: list[int], holding: float, shortage: float) -> None:
    demand = demands.counted(weights)
    units = np.arange(len(demand.pmf))

    def cost(level: int) -> float:
        return float(demand.pmf @ (holding * np.maximum(0, level - units) + shortage * np.maximum(0, units - level)))

    level, found = newsvendor(demand, holding, shortage)
    assert found == pytest.approx(cost(level))
    assert found <= min(map(cost, range(len(units)))) * (1 + 1e-9)


@settings(max_examples=10, deadline=None)
@given(st.floats(1, 5), st.floats(0.1, 0.9), st.floats(0.2, 20))
def test_any_continuous_demand_by_its_distribution_function(log_mean: float, log_sd: float, shortage: float) -> None:
    def cdf(units: float) -> float:
        return 0.5 * math.erfc((log_mean - math.log(units)) / log_sd / math.sqrt(2)) if units > 0 else 0.0

    found = newsvendor_continuous(cdf, math.exp(log_mean + log_sd**2 / 2), 1.0, shortage)
    assert found == pytest.approx(newsvendor_lognormal(log_mean, log_sd, 1.0, shortage), rel=1e-6)


@pytest.mark.parametrize("name", ["example_5_1", "problem_5_1", "problem_5_3"])
def test_exact_normal_lots_against_a_search_and_every_heuristic(name: str) -> None:
    from scipy.integrate import quad
    from scipy.optimize import minimize

    item, found = normal_item(name), best_normal(normal_item(name))
    area = quad(item.rate, found.reorder_point, found.reorder_point + found.quantity, epsabs=1e-12, epsrel=1e-12)[0]
    integrated = (item.order_cost * item.demand + area) / found.quantity
    assert found.cost == pytest.approx(integrated, rel=1e-10)
    start = (found.reorder_point * 1.2 + 5, found.quantity * 0.7)
    searched = minimize(lambda at: item.cost(at[0], abs(at[1])), start, method="Nelder-Mead", options={"xatol": 1e-8})
    assert found.cost == pytest.approx(searched.fun, rel=1e-8)
    for kind in ("eil", "eoqb", "eoqss"):
        assert found.cost <= heuristic_cost(name, kind)
    facts = FACTS[name]
    names = ("holding_cost", "stockout_cost", "demand_mean", "demand_sd", "lead_time")
    theirs = oracle("rq", "r_q_optimal_r_for_q", found.quantity, *(facts[part] for part in names))()
    assert best_normal_point(item, found.quantity).reorder_point == pytest.approx(theirs, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.floats(1, 500), st.floats(0.1, 5), st.floats(0.5, 90), st.floats(1, 40), st.floats(0.6, 0.99))
def test_normal_lots_are_never_dearer_than_others(
    order: float, holding: float, shortage: float, sd: float, target: float
) -> None:
    item = NormalItem(order, holding, shortage, 100.0, 50.0, sd)
    found = best_normal(item)
    for lot, shift in product((0.8, 0.95, 1.05, 1.2), (-0.2, -0.05, 0.05, 0.2)):
        assert found.cost <= item.cost(found.reorder_point + shift * sd, found.quantity * lot) * (1 + 1e-9)
    free = NormalItem(order, holding, 0.0, 100.0, 50.0, sd)
    filled = best_normal_by_service(item, target, "fill")
    low, high = (item.loss(filled.reorder_point + step) for step in (0.0, filled.quantity))
    assert 1 - (low - high) / filled.quantity == pytest.approx(target, abs=1e-9)
    assert filled.cost == pytest.approx(free.cost(filled.reorder_point, filled.quantity))


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 90), st.floats(0, 3), st.floats(0, 4)), min_size=1, max_size=6
    ),
    st.integers(0, 50),
)
def test_no_choice_of_order_periods_is_cheaper(periods: list[tuple[int, int, float, float]], on_hand: int) -> None:
    demand, order, hold, unit = (list(column) for column in zip(*periods, strict=True))
    found = lots_in_time(demand, order, hold, unit, on_hand)

    def cost(quantities: list[float]) -> float:
        stock, total = float(on_hand), 0.0
        for units, needed, fixed, held, price in zip(quantities, demand, order, hold, unit, strict=True):
            stock += units - needed
            if stock < -1e-9:
                return math.inf
            total += (fixed if units > 0 else 0) + price * units + held * stock
        return total

    need, left = [], float(on_hand)
    for units in demand:
        need.append(max(0.0, units - left))
        left = max(0.0, left - units)
    best = math.inf
    for starts in product((False, True), repeat=len(demand)):
        quantities, last = [0.0] * len(demand), None
        for period, begins in enumerate(starts):
            last = period if begins else last
            if need[period] and last is not None:
                quantities[last] += need[period]
        best = min(best, cost(quantities))
    assert found.cost == pytest.approx(best, abs=1e-9)
    assert cost(list(found.quantities)) == pytest.approx(found.cost, abs=1e-9)


@settings(deadline=None)
@given(
    st.integers(1, 300),
    st.lists(st.tuples(st.integers(0, 200), st.floats(0.1, 5), st.integers(1, 500)), min_size=1, max_size=3),
)
def test_no_multiples_in_a_box_are_cheaper(shared: int, items: list[tuple[int, float, int]]) -> None:
    joint = [JointItem(*item) for item in items]
    found = joint_cycle(shared, joint)
    assert found.shortest <= found.cycle <= found.longest

    def cost(multiples: tuple[int, ...]) -> float:
        fixed = shared + sum(item.order_cost / m for item, m in zip(joint, multiples, strict=True))
        held = sum(item.holding_cost * item.demand * m for item, m in zip(joint, multiples, strict=True))
        return math.sqrt(2 * fixed * held)

    assert found.cost == pytest.approx(cost(found.multiples))
    assert found.cost <= min(map(cost, product(range(1, 9), repeat=len(joint)))) * (1 + 1e-12)
    columns = [list(column) for column in zip(*items, strict=True)]
    silver = oracle("eoq", "joint_replenishment_problem_silver_heuristic", shared, *columns, pick=3)
    if all(order > 0 for order, _, _ in items):
        assert found.cost <= silver() * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_stockpyl_finds_the_same_lots_in_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 200, 10).tolist()
    # Holding stays the same: stockpyl charges the rate of the period of the order all the time.
    fixed, hold, unit = rng.uniform(50, 500, 10).tolist(), float(rng.uniform(0.1, 2)), rng.uniform(1, 9, 10).tolist()
    theirs = oracle("wagner_whitin", "wagner_whitin", 10, hold, fixed, demand, unit, pick=1)()
    assert lots_in_time(demand, fixed, hold, unit).cost == pytest.approx(theirs, rel=1e-9)


def test_what_has_no_answer_is_refused() -> None:
    for refused in (
        lambda: production_quantity(1.0, 1.0, 10.0, 10.0),
        lambda: all_units_quantity(1.0, 0.1, 10.0, [Tier(0, 1.0), Tier(5, 2.0)]),
        lambda: incremental_quantity(1.0, 0.1, 10.0, [Tier(5, 1.0)]),
        lambda: joint_cycle(0.0, [JointItem(1.0, 1.0, 1.0)]),
        lambda: lots_in_time([], 1.0, 1.0),
        lambda: lots_in_time([1.0, 2.0], [1.0], 1.0),
        lambda: newsvendor(demands.counted([1, 1]), 0.0, 1.0),
        lambda: disrupted_base_stock(1.0, 1.0, 1.0, 0.0, 0.5),
        lambda: NormalItem(1.0, 1.0, 1.0, 1.0, 1.0, 0.0),
    ):
        with pytest.raises(InvalidProblem):
            refused()
