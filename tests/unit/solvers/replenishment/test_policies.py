"""The mathematics, against published values (Snyder and Shen; the stockpyl instances) and against enumeration."""

from __future__ import annotations

import math
from itertools import product
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.replenishment.policies.demand import learn, over
from solvers.replenishment.policies.distributions import Counted, Normal, poisson
from solvers.replenishment.policies.lots import (
    economic_cost,
    economic_quantity,
    lot,
    newsvendor,
    newsvendor_normal,
)
from solvers.replenishment.shared import DAY_S


def test_economic_order_quantity_of_example_3_1() -> None:
    quantity = economic_quantity(8, 0.225, 1300)
    assert quantity == pytest.approx(304.0467800264368, rel=1e-9)
    assert economic_cost(8, 0.225, 1300, quantity) == pytest.approx(68.41052550594829, rel=1e-9)


def test_newsvendor_with_normal_demand_of_example_4_3() -> None:
    stock, cost = newsvendor_normal(50, 8, 0.18, 0.70)
    assert stock == pytest.approx(56.60395592743389, rel=1e-9)
    assert cost == pytest.approx(1.9976051931766445, rel=1e-9)


@pytest.mark.parametrize(
    ("mean", "holding", "shortage", "stock", "cost"),
    [(50, 0.18, 0.70, 56, 1.797235211809178), (6, 1, 4, 8, 3.570106945770941)],
)
def test_newsvendor_with_poisson_demand(mean: int, holding: float, shortage: float, stock: int, cost: float) -> None:
    found = newsvendor(poisson(mean), holding, shortage)
    assert found == (stock, pytest.approx(cost, rel=1e-9))


@given(st.floats(0.01, 900), st.floats(0.01, 0.999))
def test_a_poisson_quantile_is_the_least_level_that_is_enough(mean: float, probability: float) -> None:
    demand = poisson(mean)
    level = demand.quantile(probability)
    assert 1 - demand.exceeds(level) >= probability - 1e-9
    assert level == 0 or 1 - demand.exceeds(level - 1) < probability + 1e-9


def test_poisson_turns_into_a_normal_without_a_step() -> None:
    below, above = poisson(999.9), poisson(1_000.1)
    assert abs(below.quantile(0.95) - above.quantile(0.95)) <= 1
    assert below.loss(1_020) == pytest.approx(above.loss(1_020), rel=0.05)


@given(st.floats(0, 500), st.floats(0.1, 100), st.integers(-50, 900))
def test_the_normal_loss_is_the_integral_of_the_tail(mean: float, sd: float, level: int) -> None:
    demand = Normal(mean, sd)
    steps = [demand.exceeds_at(level + (k + 0.5) * sd / 50) * sd / 50 for k in range(50 * 60)]
    assert demand.loss(level) == pytest.approx(sum(steps), rel=1e-3, abs=1e-3 * sd) or mean - level > 50 * sd


@pytest.mark.parametrize(("quantity", "least", "multiple", "whole"), [(7, 1, 1, 7), (7, 10, 1, 10), (7, 10, 4, 12)])
def test_a_lot_is_the_smallest_allowed_quantity(quantity: int, least: int, multiple: int, whole: int) -> None:
    assert lot(quantity, least, multiple) == whole


def test_demand_is_classed_by_its_interval() -> None:
    assert learn((0, 0)).kind == "none"
    assert learn((5, 4, 6, 0)).kind == "intermittent"
    assert learn((5, 4, 6, 5, 0)).kind == "smooth"


def test_smooth_demand_over_a_random_lead_time_has_the_textbook_moments() -> None:
    """Mean and variance of a random sum: mu L, and L sigma^2 + mu^2 sigma_L^2."""
    daily = learn((10, 12, 8, 11, 9))
    demand = over(daily, 4 * DAY_S, 2 * DAY_S)
    assert isinstance(demand, Normal)
    assert demand.mean == pytest.approx(40)
    assert demand.sd == pytest.approx(math.sqrt(4 * 2.5 + 100 * 4))
    assert demand.quantile(0.95) == math.ceil(NormalDist(40, demand.sd).inv_cdf(0.95))


def test_intermittent_demand_is_the_exact_sum_of_days_drawn_from_history() -> None:
    history = (0, 0, 0, 7, 0, 3, 0, 0)
    demand = over(learn(history), 3 * DAY_S)
    assert isinstance(demand, Counted)
    sums = [sum(days) for days in product(history, repeat=3)]
    for level in range(-1, 23):
        assert demand.exceeds(level) == pytest.approx(sum(s > level for s in sums) / len(sums), abs=1e-12)
        loss = sum(max(0, s - level) for s in sums) / len(sums)
        assert demand.loss(level) == pytest.approx(loss, abs=1e-9)
    assert demand.quantile(0.9) == sorted(sums)[math.ceil(0.9 * len(sums)) - 1]


def test_intermittent_demand_keeps_its_moments_over_a_random_lead_time() -> None:
    daily = learn((0, 0, 0, 7, 0, 3, 0, 0) * 4)
    demand = over(daily, 10 * DAY_S, 2 * DAY_S)
    assert demand.mean == pytest.approx(10 * daily.mean, rel=0.01)
    assert demand.quantile(0.99) > over(daily, 10 * DAY_S).quantile(0.99)


def test_half_a_day_is_shared_between_its_neighbours() -> None:
    daily = learn((0, 0, 4))
    assert over(daily, 3 * DAY_S // 2).mean == pytest.approx(2.0)


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=60), st.integers(0, 100 * DAY_S), st.integers(0, 50 * DAY_S)
)
def test_any_history_gives_a_sane_distribution(history: list[int], mean_s: int, sd_s: int) -> None:
    demand = over(learn(history), mean_s, sd_s)
    levels = [demand.quantile(p) for p in (0.5, 0.9, 0.999)]
    assert levels == sorted(levels)
    assert levels[0] >= 0
    assert demand.exceeds(levels[2]) <= 0.001 + 1e-6
    assert demand.loss(levels[0]) >= demand.loss(levels[2]) >= 0
