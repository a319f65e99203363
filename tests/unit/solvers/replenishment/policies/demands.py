"""Small random demand for the tests: distributions that a brute force can exhaust."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from solvers.replenishment.policies.distributions import Counted
from solvers.replenishment.policies.exposure import Costs, Exposure


def counted(weights: list[int]) -> Counted:
    """Probabilities in proportion to the weights."""
    pmf = np.array(weights, dtype=np.float64)
    return Counted(pmf / pmf.sum())


def over(demand: Counted, periods: int) -> Counted:
    """The sum of so many periods."""
    pmf = np.ones(1)
    for _ in range(periods):
        pmf = np.convolve(pmf, demand.pmf)
    return Counted(pmf)


@st.composite
def exposures(draw: st.DrawFn, unit: bool = False) -> Exposure:
    """Demand of up to 5 units a look, lead times of up to 3 looks. `unit`: single units are demanded now and then."""
    weights = draw(st.lists(st.integers(0, 9), min_size=1, max_size=5))
    if unit or not any(weights):
        weights[0] = max(1, weights[0])
    demand = counted([draw(st.integers(0, 15)), *weights])
    days = draw(st.sampled_from([1.0, 2.0]))
    return Exposure.of(over(demand, draw(st.integers(0, 3))), demand, days)


def costs() -> st.SearchStrategy[Costs]:
    """Shortages dearer than holding, orders from free to dear."""
    return st.builds(Costs, st.integers(0, 30).map(float), st.floats(0.1, 1), st.floats(0.5, 20))
