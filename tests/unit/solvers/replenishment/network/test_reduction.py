"""Few scenarios that stand for many."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from solvers.replenishment.network.reduction import POOL, pool_size, reduced


def test_few_futures_are_all_kept() -> None:
    demand = np.arange(12.0).reshape(3, 4, 1)
    kept, weights = reduced(demand, 3)
    np.testing.assert_array_equal(kept, demand)
    np.testing.assert_allclose(weights, 1 / 3)


def test_two_kinds_of_future_are_told_apart() -> None:
    """Thirty quiet futures and ten loud ones: two scenarios, three to one."""
    rng = np.random.default_rng(1)
    quiet, loud = rng.poisson(5, size=(30, 6, 2)), rng.poisson(50, size=(10, 6, 2))
    kept, weights = reduced(np.concatenate([quiet, loud]).astype(float), 2)
    by_size = np.argsort(kept.sum(axis=(1, 2)))
    np.testing.assert_allclose(weights[by_size], (0.75, 0.25))


def test_the_spread_of_total_demand_survives() -> None:
    rng = np.random.default_rng(2)
    demand = rng.poisson(rng.gamma(4, 5, size=(500, 1, 1)) * np.ones((1, 20, 1))).astype(float)
    kept, weights = reduced(demand, 15)
    totals, kept_totals = demand.sum(axis=(1, 2)), kept.sum(axis=(1, 2))
    mean = weights @ kept_totals
    assert abs(mean / totals.mean() - 1) < 0.05
    assert abs(np.sqrt(weights @ (kept_totals - mean) ** 2) / totals.std() - 1) < 0.1


@given(st.integers(1, 30), st.integers(1, 12), st.integers(1, 5), st.integers(0, 2**31))
def test_scenarios_are_some_of_the_futures_and_weights_sum_to_one(
    futures: int, count: int, periods: int, seed: int
) -> None:
    demand = np.random.default_rng(seed).integers(0, 4, size=(futures, periods, 2)).astype(float)
    kept, weights = reduced(demand, count)
    assert 1 <= len(kept) == len(weights) <= min(count, futures)
    assert abs(weights.sum() - 1) < 1e-12
    assert np.all(weights > 0)
    given_futures = {future.tobytes() for future in demand}
    assert all(future.tobytes() in given_futures for future in kept)
    again, _ = reduced(demand, count)
    np.testing.assert_array_equal(kept, again)


def test_a_pool_keeps_its_limits() -> None:
    assert pool_size(15, 30) == POOL
    assert pool_size(800, 30) == 800
    assert pool_size(15, 100_000) == 20
