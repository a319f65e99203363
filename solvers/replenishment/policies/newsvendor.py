"""One period, one decision: the newsvendor with normal, lognormal, any continuous and any discrete demand.

Source: Snyder and Shen (2019), sec. 4.3.
Promises: closed forms where there are any; the integral of an arbitrary tail to 1e-10 of its value.
May not: import scipy.
Called by: `lots` (for the planner), `base_stock`, tests against published values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from solvers.errors import require
from solvers.replenishment.policies.distributions import Distribution

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_PANELS = 64


def newsvendor_normal(mean: float, sd: float, holding_cost: float, shortage_cost: float) -> tuple[float, float]:
    """Optimal stock and expected cost of one period with normal demand (eq. 4.24 and 4.30)."""
    z = NormalDist().inv_cdf(critical_ratio(holding_cost, shortage_cost))
    return mean + z * sd, (holding_cost + shortage_cost) * NormalDist().pdf(z) * sd


def newsvendor_lognormal(
    log_mean: float, log_sd: float, holding_cost: float, shortage_cost: float
) -> tuple[float, float]:
    """Optimal stock and expected cost where the logarithm of demand is normal with these moments."""
    z = NormalDist().inv_cdf(critical_ratio(holding_cost, shortage_cost))
    level, mean = math.exp(log_mean + log_sd * z), math.exp(log_mean + log_sd**2 / 2)
    # E[D; D > S] = mean * P(Z > z - sd); the shares of S itself cancel at the critical ratio.
    beyond = mean * (1.0 - NormalDist().cdf(z - log_sd))
    return level, (holding_cost + shortage_cost) * beyond - holding_cost * mean


def newsvendor(demand: Distribution, holding_cost: float, shortage_cost: float) -> tuple[int, float]:
    """Optimal stock in whole units, and expected cost of one period."""
    level = demand.quantile(critical_ratio(holding_cost, shortage_cost))
    short = demand.loss(level)
    return level, holding_cost * (level - demand.mean + short) + shortage_cost * short


def newsvendor_continuous(
    cdf: Callable[[float], float], mean: float, holding_cost: float, shortage_cost: float
) -> tuple[float, float]:
    """Optimal stock and expected cost for any continuous demand, not negative, told by its distribution function."""
    require(mean > 0, "mean", mean, "above 0")
    ratio, high = critical_ratio(holding_cost, shortage_cost), mean
    while cdf(high) < ratio:
        high *= 2
    low = 0.0
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if cdf(middle) < ratio else (low, middle)
    short = tail_integral(cdf, high, mean)
    return high, holding_cost * (high - mean + short) + shortage_cost * short


def tail_integral(cdf: Callable[[float], float], level: float, scale: float) -> float:
    """Expected demand beyond `level`: the integral of 1 - F, the infinite range mapped to 0..1 by `scale`."""
    total = 0.0
    for panel in range(_PANELS):
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            at = (panel + (float(node) + 1) / 2) / _PANELS
            reach = scale * at / (1 - at)
            total += float(weight) / (2 * _PANELS) * (1.0 - cdf(level + reach)) * scale / (1 - at) ** 2
    return total


def critical_ratio(holding_cost: float, shortage_cost: float) -> float:
    """The probability with which stock should be enough."""
    require(holding_cost > 0, "holding_cost", holding_cost, "above 0")
    require(shortage_cost > 0, "shortage_cost", shortage_cost, "above 0")
    return shortage_cost / (shortage_cost + holding_cost)
