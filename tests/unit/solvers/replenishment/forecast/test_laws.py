"""The laws against scipy, and against each other."""

import numpy as np
import pytest
from scipy import stats

from solvers.replenishment.forecast import laws

LEVELS = np.array([0.05, 0.5, 0.9, 0.99])


@pytest.mark.parametrize("p", [1e-6, 0.01, 0.3, 0.5, 0.9, 0.999])
def test_normal_quantile(p: float) -> None:
    assert laws.normal_quantile(p) == pytest.approx(stats.norm.ppf(p), abs=1e-8)


@pytest.mark.parametrize(("mean", "variance"), [(0.2, 0.5), (3.0, 3.0001), (12.0, 40.0), (55.0, 300.0)])
def test_counted_law_is_the_negative_binomial(mean: float, variance: float) -> None:
    size = mean * mean / (variance - mean)
    law = stats.nbinom(size, mean / variance)
    for units in (0, 1, 5, 30):
        below, upto = laws.below_and_upto(units, mean, variance)
        assert (below, upto) == (pytest.approx(law.cdf(units - 1), abs=1e-8), pytest.approx(law.cdf(units), abs=1e-8))
    out = np.zeros(len(LEVELS))
    laws.quantiles(mean, variance, LEVELS, out)
    assert out.tolist() == law.ppf(LEVELS).tolist()


def test_large_demand_is_a_gamma() -> None:
    law = stats.gamma(100.0**2 / 625.0, scale=6.25)
    for units in (50, 90, 100, 140):
        assert laws.below_and_upto(units, 100.0, 625.0)[1] == pytest.approx(law.cdf(units + 0.5), abs=1e-3)


@pytest.mark.parametrize(
    ("mean", "variance"), [(0.0, 1.0), (0.3, 0.1), (4.0, 9.0), (100.0, 625.0), (900.0, 3e6), (5.5, 0.0)]
)
def test_probabilities_agree_with_the_distribution_function(mean: float, variance: float) -> None:
    pmf = np.zeros(4_000)
    laws.add_pmf(pmf, mean, variance, 1.0)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-9)
    assert pmf.min() >= 0.0
    if mean < 400:  # beyond it the scalar functions count in coarser units
        for units in (0, 4, 95, 300):
            assert pmf[: units + 1].sum() == pytest.approx(laws.below_and_upto(units, mean, variance)[1], abs=1e-7)


def test_the_mean_of_whole_units_is_kept() -> None:
    for mean, variance in ((0.4, 0.4), (7.0, 30.0), (150.0, 900.0)):
        pmf = np.zeros(3_000)
        laws.add_pmf(pmf, mean, variance, 1.0)
        assert float(pmf @ np.arange(3_000)) == pytest.approx(mean, rel=5e-3)
