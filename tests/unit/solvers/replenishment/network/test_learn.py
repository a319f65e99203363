"""What is learned from observed demand, and how sure it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from solvers.errors import InvalidProblem
from solvers.replenishment.network.learn import Learner, Prior, learned
from solvers.replenishment.network.planner import ScenarioPlanner
from tests.unit.solvers.replenishment.network.cases import chain


def test_nothing_seen_is_the_prior() -> None:
    paths = Learner(Prior(20.0)).paths(400, 10, seed=1)
    assert paths[:, 0].mean() == pytest.approx(20.0, rel=0.05)
    assert paths.shape == (400, 10)
    assert np.all(paths >= 0)
    assert np.all(paths == np.rint(paths))


def test_a_steady_level_is_learned_and_uncertainty_shrinks() -> None:
    rng = np.random.default_rng(4)
    before, after = Learner(Prior(20.0)), Learner(Prior(20.0), rng.poisson(60, size=60))
    assert after.mean == pytest.approx(60, rel=0.1)
    ahead = after.paths(500, 5, seed=1)[:, 4]
    relative = before.paths(500, 5, seed=1)[:, 4].std() / 20
    assert ahead.std() / ahead.mean() < relative


def test_a_level_shift_is_followed_within_a_few_periods() -> None:
    rng = np.random.default_rng(7)
    learner = Learner(Prior(20.0), [*rng.poisson(20, size=30), *rng.poisson(60, size=5)])
    assert learner.mean > 45


def test_a_trend_goes_on() -> None:
    learner = Learner(Prior(20.0), [20.0 + 2.0 * t for t in range(20)])
    assert learner.mean == pytest.approx(60, rel=0.06)
    assert learner.paths(500, 3, seed=2)[:, 2].mean() > 57


def test_intervals_cover_what_comes() -> None:
    """90 % intervals one period ahead, over 300 periods of Poisson demand around a slow wave."""
    rng = np.random.default_rng(11)
    learner, inside = Learner(Prior(30.0)), 0
    for t in range(300):
        low, high = np.quantile(learner.paths(200, 1, seed=t)[:, 0], (0.05, 0.95))
        units = float(rng.poisson(30 + 10 * math.sin(t / 15)))
        inside += low <= units <= high
        learner.observe(units)
    assert 0.85 <= inside / 300 <= 0.97


def test_unknown_periods_teach_nothing_but_uncertainty() -> None:
    seen = [21.0, 19.0, 20.0, 22.0]
    known, hidden = Learner(Prior(20.0), seen), Learner(Prior(20.0), [*seen, math.nan, math.nan])
    np.testing.assert_allclose(known.weights, hidden.weights)
    assert hidden.paths(500, 1, seed=1).std() > known.paths(500, 1, seed=1).std()


def test_demand_that_stops_is_believed() -> None:
    learner = Learner(Prior(20.0), [0.0] * 15)
    assert learner.mean < 2.0
    assert np.isfinite(learner.paths(50, 20, seed=1)).all()


def test_the_same_seed_gives_the_same_scenarios() -> None:
    learners = [Learner(Prior(20.0), [25, 30]), Learner(Prior(5.0), [3, 0])]
    first, again = learned(learners, 12, 6, seed=9), learned(learners, 12, 6, seed=9)
    np.testing.assert_array_equal(first.demand, again.demand)
    assert first.demand.shape == (12, 6, 2)
    assert not np.array_equal(first.demand, learned(learners, 12, 6, seed=10).demand)


@pytest.mark.parametrize("units", [-1.0, math.inf])
def test_impossible_demand_is_refused(units: float) -> None:
    with pytest.raises(InvalidProblem, match="demand_history"):
        Learner(Prior(20.0)).observe(units)


def test_a_prior_without_a_mean_is_refused() -> None:
    with pytest.raises(InvalidProblem, match=r"prior\.mean"):
        Prior(0.0)


def test_the_planner_decides_the_same_for_the_same_observations() -> None:
    def run() -> list[float]:
        planner = ScenarioPlanner([Prior(3.0)], scenarios=8, seed=2)
        planner.observe([4.0])
        planner.observe([math.nan])
        return [order.quantity for order in planner.decide(chain(6)).orders]

    assert run() == run()


def test_the_planner_wants_an_observation_of_each_market() -> None:
    with pytest.raises(InvalidProblem, match="1 markets"):
        ScenarioPlanner([Prior(3.0)]).observe([1.0, 2.0])
