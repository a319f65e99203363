"""Probability laws told by mean and variance, compiled: how likely is each number of units.

Over-dispersed demand is negative binomial (Poisson where variance equals mean); large or under-dispersed demand is a
gamma rounded to whole units, by the cube-root normal of Wilson and Hilferty (1931).
Promises: the same law in every function; deterministic; no allocation in the scalar ones.
May not: know of series, methods or records.
Called by: `filtering`, `demand`.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]

COUNTED_MEAN = 60.0
"""Up to this mean, demand is counted out unit by unit."""
SKEWED_SHAPE = 4.0
"""Mean squared over variance below which the cube-root normal is too rough, and counting goes on."""
SCALED_MEAN = 400.0
"""Skewed demand beyond this mean is counted in coarser units."""
UNDER = 0.9
"""Variance over mean below which demand is steadier than Poisson."""


@njit(cache=True, nogil=True)
def normal_cdf(z: float) -> float:
    """Phi."""
    return 0.5 * math.erfc(-z * 0.7071067811865476)


@njit(cache=True, nogil=True)
def normal_quantile(p: float) -> float:
    """Inverse of Phi, relative error 1e-9 (Acklam's rational approximation)."""
    if p <= 0.0:
        return -8.0
    if p >= 1.0:
        return 8.0
    if p < 0.02425 or p > 0.97575:
        q = math.sqrt(-2.0 * math.log(p if p < 0.5 else 1.0 - p))
        top = (-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e00
        top = ((top * q - 2.549732539343734e00) * q + 4.374664141464968e00) * q + 2.938163982698783e00
        low = ((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e00) * q + 3.754408661907416
        z = top / (low * q + 1.0)
        return z if p < 0.5 else -z
    q = p - 0.5
    r = q * q
    top = ((-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02) * r
    top = ((top + 1.383577518672690e02) * r - 3.066479806614716e01) * r + 2.506628277459239
    low = ((-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02) * r
    low = (low + 6.680131188771972e01) * r - 1.328068155288572e01
    return top * q / (low * r + 1.0)


@njit(cache=True, nogil=True)
def steadied(mean: float, variance: float) -> float:
    """A variance that whole units can have at this mean."""
    part = mean - math.floor(mean)
    return max(variance, part * (1.0 - part) + 1e-3)


@njit(cache=True, nogil=True)
def is_counted(mean: float, variance: float) -> bool:
    """Whether the law is the negative binomial (else the rounded gamma)."""
    return variance > UNDER * mean and (mean <= COUNTED_MEAN or mean * mean < SKEWED_SHAPE * variance)


@njit(cache=True, nogil=True)
def gamma_cdf(x: float, mean: float, variance: float) -> float:
    """P(gamma <= x)."""
    if x <= 0.0:
        return 0.0
    ninth = variance / (9.0 * mean * mean)
    return normal_cdf(((x / mean) ** (1.0 / 3.0) - 1.0 + ninth) / math.sqrt(ninth))


@njit(cache=True, nogil=True)
def below_and_upto(units: float, mean: float, variance: float) -> tuple[float, float]:
    """P(demand < units) and P(demand <= units)."""
    if mean <= 1e-9:
        return (0.0, 1.0) if units <= 0.0 else (1.0, 1.0)
    variance = steadied(mean, variance)
    if not is_counted(mean, variance):
        return (gamma_cdf(units - 0.5, mean, variance) if units > 0 else 0.0), gamma_cdf(units + 0.5, mean, variance)
    coarse = 1.0 if mean <= SCALED_MEAN else mean / SCALED_MEAN
    units, mean, variance = math.floor(units / coarse), mean / coarse, variance / (coarse * coarse)
    excess = max(variance - mean, 1e-6 * mean)
    size, ratio = mean * mean / excess, excess / (excess + mean)
    mass = math.exp(-size * math.log1p(mean / size))
    below, upto, k = 0.0, mass, 0.0
    while k < units and (mass > 1e-15 or k < mean):
        k += 1.0
        mass *= (k - 1.0 + size) / k * ratio
        below = upto
        upto += mass
    if k < units:
        below = upto
    return min(1.0, below), min(1.0, upto)


@njit(cache=True, nogil=True)
def quantiles(mean: float, variance: float, levels: Floats, out: Floats) -> None:
    """The least whole number that is enough with each of the rising `levels`."""
    if mean <= 1e-9:
        out[:] = 0.0
        return
    variance = steadied(mean, variance)
    if not is_counted(mean, variance):
        ninth = variance / (9.0 * mean * mean)
        for i in range(len(levels)):
            root = max(0.0, 1.0 - ninth + normal_quantile(levels[i]) * math.sqrt(ninth))
            out[i] = max(0.0, math.ceil(mean * root * root * root - 0.5))
        return
    coarse = 1.0 if mean <= SCALED_MEAN else mean / SCALED_MEAN
    mean, variance = mean / coarse, variance / (coarse * coarse)
    excess = max(variance - mean, 1e-6 * mean)
    size, ratio = mean * mean / excess, excess / (excess + mean)
    mass = math.exp(-size * math.log1p(mean / size))
    upto, k = mass, 0.0
    for i in range(len(levels)):
        while upto < levels[i] - 1e-12 and (mass > 1e-15 or k < mean):
            k += 1.0
            mass *= (k - 1.0 + size) / k * ratio
            upto += mass
        out[i] = math.floor(k * coarse)


@njit(cache=True, nogil=True)
def add_pmf(out: Floats, mean: float, variance: float, weight: float) -> None:
    """Add `weight` times the law's probabilities of 0, 1, … to `out`; what lies beyond its end goes to its last."""
    last = len(out) - 1
    if mean <= 1e-9:
        out[0] += weight
        return
    variance = steadied(mean, variance)
    left = weight
    if is_counted(mean, variance):
        excess = max(variance - mean, 1e-6 * mean)
        size, ratio = mean * mean / excess, excess / (excess + mean)
        mass = weight * math.exp(-size * math.log1p(mean / size))
        for k in range(last):
            out[k] += mass
            left -= mass
            mass *= (k + size) / (k + 1.0) * ratio
            if mass < 1e-13 and k > mean:
                break
    else:
        sd = math.sqrt(variance)
        before = 0.0
        for k in range(max(0, int(mean - 8.0 * sd)), last):
            upto = gamma_cdf(k + 0.5, mean, variance)
            out[k] += weight * (upto - before)
            left -= weight * (upto - before)
            before = upto
            if upto > 1.0 - 1e-12:
                break
    if left > 1e-12:
        out[last] += left
