"""The 90 % interval covers about 90 %: a few seeds here, many in tests/bench/replenishment_learning.py."""

import pytest

from tests.bench import replenishment_learning as bench


@pytest.mark.parametrize("name", list(bench.LAWS))
def test_stationary(name: str) -> None:
    day, span = bench._mean_coverage(bench.LAWS[name], range(40, 44), 120, 1.0)
    assert 0.86 <= day <= 0.94
    assert 0.82 <= span <= 0.96


@pytest.mark.parametrize("factor", [1.5, 0.5])
def test_across_a_shift(factor: float) -> None:
    days = [bench._mean_coverage(law, range(50, 54), 50, factor)[0] for law in bench.LAWS.values()]
    assert 0.85 <= sum(days) / len(days) <= 0.95
