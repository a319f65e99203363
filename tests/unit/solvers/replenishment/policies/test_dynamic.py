"""Dynamic programs: a finite horizon with backorders, and lost sales; base stock beside them."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.replenishment.policies.base_stock import (
    base_stock_by_cost,
    base_stock_by_service,
    base_stock_performance,
    normal_base_stock,
    normal_base_stock_by_service,
)
from solvers.replenishment.policies.distributions import Counted, Normal, poisson
from solvers.replenishment.policies.exposure import Costs, Exposure, counted
from solvers.replenishment.policies.finite_horizon import Period, best_horizon
from solvers.replenishment.policies.lost_sales import (
    LostSalesItem,
    base_stock_cost,
    best_base_stock,
    best_capped,
    best_lost_sales_lot,
    lost_sales_lot,
    optimal_cost,
)
from tests.bench.oracle import stockpyl
from tests.unit.solvers.replenishment.policies import demands


def recursion(periods: list[Period], ends: tuple[float, float], start: int) -> float:
    """The textbook's recursion, word for word."""

    @cache
    def ahead(stock: int, number: int) -> float:
        if number == len(periods):
            return ends[0] * max(0, stock) + ends[1] * max(0, -stock)
        period, best = periods[number], math.inf
        for level in range(stock, 9):
            cost = period.order_cost * (level > stock) + period.unit_cost * (level - stock)
            for units, chance in enumerate(period.demand.pmf):
                left = level - units
                cost += chance * (period.holding_cost * max(0, left) + period.shortage_cost * max(0, -left))
                cost += chance * period.discount * ahead(left, number + 1)
            best = min(best, cost)
        return best

    return ahead(start, 0)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_plan_costs_what_the_recursion_says(data: st.DataObject) -> None:
    period = st.builds(
        Period,
        st.lists(st.integers(0, 5), min_size=1, max_size=3).filter(any).map(demands.counted),
        st.integers(0, 9).map(float), st.integers(0, 4).map(float), st.floats(0, 2), st.floats(0, 9), st.floats(0.8, 1),
    )  # fmt: skip
    periods = data.draw(st.lists(period, min_size=1, max_size=3))
    ends = data.draw(st.tuples(st.floats(0, 2), st.floats(0, 9)))
    start = data.draw(st.integers(-2, 3))
    assert best_horizon(periods, *ends, start).cost == pytest.approx(recursion(periods, ends, start), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_stockpyl_plans_the_same_horizon(seed: int) -> None:
    rng = np.random.default_rng(seed)
    costs = (*rng.uniform((0.5, 5), (2, 20)), 1.0, 10.0, rng.uniform(0, 3), rng.uniform(5, 60))
    found = stockpyl("finite_horizon").finite_horizon_dp(4, *costs, 20, 4, discount_factor=0.97)
    units = np.arange(37)
    edges = [0.5 * math.erfc(-(unit - 0.5 - 20) / 4 / math.sqrt(2)) for unit in range(38)]
    cut = Counted(np.where(units >= 4, np.diff(edges), 0.0))
    holding, shortage, _, _, unit, order = costs
    period = Period(cut, order, unit, holding, shortage, 0.97, Normal(20, 4))
    assert best_horizon([period] * 4, 1.0, 10.0).cost == pytest.approx(found[2], rel=1e-9)


@pytest.mark.parametrize(
    ("lead", "lost", "base", "best"),
    [(1, 4, 4.16, 4.04), (2, 4, 4.64, 4.40), (1, 19, 6.73, 6.68), (2, 19, 7.84, 7.66)],
)
def test_lost_sales_of_zipkins_table(lead: int, lost: float, base: float, best: float) -> None:
    """Zipkin (2008), Poisson demand of 5, holding 1: base stock and the optimum, capped base stock between them."""
    demand = poisson(5.0)
    assert isinstance(demand, Counted)
    item = LostSalesItem(demand, lead, 1.0, lost)
    plain, capped = best_base_stock(item), best_capped(item)
    optimum = optimal_cost(item, plain.level + 2, 11)
    assert plain.cost == pytest.approx(base, abs=0.006)
    assert optimum == pytest.approx(best, abs=0.006)
    assert optimum <= capped.cost * (1 + 1e-8)
    assert capped.cost < plain.cost


@pytest.mark.parametrize("lead", [0, 1, 3])
def test_a_simulation_loses_as_much(lead: int) -> None:
    demand, level, cap = demands.counted([3, 2, 2, 1]), 5, 2
    draws = np.random.default_rng(3).choice(4, 200_000, p=demand.pmf).tolist()
    stock, due, cost = 0, [0] * lead, 0.0
    for units in draws:
        due.append(min(cap, max(0, level - stock - sum(due))))
        ordered_now = due[-1]
        stock += due.pop(0)
        cost += 2.0 * (ordered_now > 0) + 1.0 * max(0, stock - units) + 6.0 * max(0, units - stock)
        stock = max(0, stock - units)
    # The period begins with what arrives: the position that is ordered to counts it, as the simulation does.
    said = base_stock_cost(LostSalesItem(demand, lead, 1.0, 6.0, 2.0), level, cap)
    assert cost / len(draws) == pytest.approx(said, rel=0.02)


def test_without_lead_time_lost_sales_are_newsvendors() -> None:
    demand = demands.counted([1, 2, 3, 2, 1])
    found = best_base_stock(LostSalesItem(demand, 0, 1.0, 3.0))
    exposure = Exposure.of(Counted(np.ones(1)), demand)
    backlogged = base_stock_by_cost(exposure, Costs(0.0, 1.0, 3.0))
    assert found.level == backlogged.order_up_to
    assert found.cost == pytest.approx(base_stock_performance(exposure, Costs(0.0, 1.0, 3.0), found.level).cost)


def test_the_lost_sales_lot_against_simulation_and_every_other() -> None:
    given_ = (demands.counted([1]) and poisson(3.0), 2.0, 10.0, 1.0, 20.0)
    found = best_lost_sales_lot(*given_)
    others = [lost_sales_lot(*given_, r, q).cost for q in range(1, 40) for r in range(min(q, 25))]
    assert found.cost == pytest.approx(min(others))
    rng, clock, stock, arrives = np.random.default_rng(5), 0.0, found.quantity, math.inf
    area, lost, orders = 0.0, 0, 0
    for gap in rng.exponential(0.5, 200_000).tolist():
        while arrives <= clock + gap:
            area, gap, clock = area + stock * (arrives - clock), gap - (arrives - clock), arrives
            stock, arrives = stock + found.quantity, math.inf
        area, clock = area + stock * gap, clock + gap
        lost, stock = lost + (stock == 0), max(0, stock - 1)
        if stock <= found.reorder_point and arrives == math.inf:
            orders, arrives = orders + 1, clock + 1.5
    assert (10.0 * orders + area + 20.0 * lost) / clock == pytest.approx(found.cost, rel=0.02)
    assert 1 - lost / 200_000 == pytest.approx(found.fill_rate, abs=0.003)


@settings(max_examples=25)
@given(demands.exposures(), st.floats(0.1, 3), st.floats(0.5, 20), st.floats(0.55, 0.97))
def test_base_stock_by_cost_and_by_service(exposure: Exposure, holding: float, shortage: float, target: float) -> None:
    costs = Costs(0.0, holding, shortage)
    levels = range(len(exposure.protection.pmf) + 1)
    measured = {level: base_stock_performance(exposure, costs, level) for level in levels}
    best = base_stock_by_cost(exposure, costs).order_up_to
    assert measured[best].cost <= min(one.cost for one in measured.values()) * (1 + 1e-9) + 1e-12
    for kind in ("cycle", "fill"):
        level = base_stock_by_service(exposure, target, kind).order_up_to
        served = [one.cycle_service if kind == "cycle" else one.fill_rate for one in measured.values()]
        assert level == next(at for at, share in enumerate(served) if share >= target - 1e-11)


def test_normal_base_stock_is_the_limit_of_fine_units() -> None:
    costs, scale = Costs(0.0, 1.0, 9.0), 40
    lead, day = (counted(Normal(100 * d * scale, 20 * math.sqrt(d) * scale)) for d in (3, 1))
    exposure = Exposure.of(lead, day)
    level, cost = normal_base_stock(100, 20, 3, 1, costs)
    assert base_stock_by_cost(exposure, costs).order_up_to / scale == pytest.approx(level, abs=0.05)
    assert base_stock_performance(exposure, costs, round(level * scale)).cost / scale == pytest.approx(cost, rel=1e-3)
    for kind in ("cycle", "fill"):
        level = normal_base_stock_by_service(100, 20, 3, 1, 0.96, kind)
        assert base_stock_by_service(exposure, 0.96, kind).order_up_to / scale == pytest.approx(level, abs=0.05)


def test_what_is_too_large_is_refused() -> None:
    demand = demands.counted([1] * 60)
    with pytest.raises(InvalidProblem):
        base_stock_cost(LostSalesItem(demand, 6, 1.0, 4.0), 200)
    with pytest.raises(InvalidProblem):
        best_horizon([Period(demand, 1.0, -1.0, 1.0, 1.0)], 0.0, 0.0)
    with pytest.raises(InvalidProblem):
        LostSalesItem(demand, 1, 0.0, 1.0)
