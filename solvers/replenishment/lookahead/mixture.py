"""What demand may do next: small models over every possible last change, weighed by how well they foretold.

Promises: deterministic; the same history gives the same paths. Each hypothesis is (kind of model, period in which it
began): a level, a straight trend, a level with memory of the period before, or a level with a wave of unknown length.
Its parameters and its noise are learned exactly (normal-inverse-gamma regression), its weight is its predictive
likelihood, and in every period a share HAZARD of all belief moves to new beginnings: Bayesian change-point detection
(Adams and MacKay 2007) over several kinds of segment. No period is known beforehand in which anything changes, no
length of a season and no level. A period in which stock ran out says only "at least so much" and counts so.
May not: import scipy; see prices, stock or lead times.
Called by: `paths`.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEVEL, TREND, MEMORY, WAVE = 0, 1, 2, 3
SHORTEST_WAVE, LONGEST_WAVE = 3, 30
KINDS = 3 + LONGEST_WAVE - SHORTEST_WAVE + 1
"""Codes: 0 level, 1 trend, 2 memory, 3.. a wave of 3, 4, ... periods."""
WIDTH = 3
"""Regressors at most."""
KEPT = 96
"""Hypotheses kept from one period to the next."""
HEAVY = 12
"""Hypotheses that are kept untaught beside, in case the period was a single strange one."""
ROWS = KEPT + KINDS + HEAVY

# Positions of the tuning constants in the vector `prior` (see DEFAULT_PRIOR); all are shares or relative to the level.
HAZARD, LEVEL_SD, SLOPE_SD, MEMORY_SD, WAVE_SD, NOISE_DOF, P_TREND, P_MEMORY, P_WAVE, FIRST_NOISE, STRANGE = range(11)

# Each alone changed by a third to double moved the benchmark's score at lead time 0 (seeds 100-102, a plain quantile of
# the paths) by at most 0.001.
DEFAULT_PRIOR: Floats = np.array([0.02, 0.6, 0.04, 0.4, 0.25, 2.0, 0.2, 0.15, 0.2, 0.25, 0.02])


@njit(cache=True, nogil=True)
def regressors(kind: int, start: int, t: int, before: float, scale: float, out: Floats) -> int:
    """Fill `out` with what period t is explained by; returns how many."""
    out[0] = 1.0
    if kind == 0:
        return 1
    if kind == 1:
        out[1] = float(t - start)
        return 2
    if kind == 2:
        out[1] = before / scale - 1.0
        return 2
    angle = 2.0 * math.pi * t / (kind - 3 + SHORTEST_WAVE)
    out[1] = math.sin(angle)
    out[2] = math.cos(angle)
    return 3


@njit(cache=True, nogil=True)
def log_student(y: float, mean: float, spread2: float, dof: float) -> float:
    """Log density of Student's t with squared scale `spread2`."""
    return (
        math.lgamma(0.5 * (dof + 1.0))
        - math.lgamma(0.5 * dof)
        - 0.5 * math.log(dof * math.pi * spread2)
        - 0.5 * (dof + 1.0) * math.log1p((y - mean) * (y - mean) / (dof * spread2))
    )


@njit(cache=True, nogil=True)
def upper_tail(y: float, mean: float, spread2: float, dof: float) -> float:
    """P(more than y), Student's t told by a normal of a matched width (Wallace 1959)."""
    x = (y - mean) / math.sqrt(spread2)
    z = math.sqrt(dof * math.log1p(x * x / dof)) * (8.0 * dof + 1.0) / (8.0 * dof + 3.0)
    return 0.5 * math.erfc((z if x > 0 else -z) / math.sqrt(2.0))


@njit(cache=True, nogil=True)
def born(h: int, kind: int, start: int, scale: float, noise2: float, prior: Floats, code: Ints, real: Floats) -> None:
    """Write a new hypothesis into row h: nothing learned yet."""
    code[h, 0], code[h, 1] = kind, start
    real[h, :] = 0.0
    real[h, 1] = scale
    dof = prior[NOISE_DOF]
    relative2 = max(noise2 / (scale * scale), 1e-4)
    real[h, 2] = 0.5 * dof
    real[h, 3] = 0.5 * dof * relative2
    sds = (prior[LEVEL_SD], 0.0, 0.0)
    if kind == 1:
        sds = (prior[LEVEL_SD], prior[SLOPE_SD], 0.0)
    elif kind == 2:
        sds = (prior[LEVEL_SD], prior[MEMORY_SD], 0.0)
    elif kind >= 3:
        sds = (prior[LEVEL_SD], prior[WAVE_SD], prior[WAVE_SD])
    real[h, 4] = 1.0
    for i in range(WIDTH):
        if sds[i] > 0.0:
            real[h, 7 + 4 * i] = sds[i] * sds[i] / relative2


@njit(cache=True, nogil=True)
def foretell(h: int, x: Floats, size: int, real: Floats, gain: Floats) -> tuple[float, float, float]:
    """(mean, squared scale, degrees of freedom) of row h at regressors x, in units of its scale; gain = V x."""
    mean, variance = 0.0, 1.0
    for i in range(size):
        mean += x[i] * real[h, 4 + i]
        gain[i] = 0.0
        for j in range(size):
            gain[i] += real[h, 7 + 3 * i + j] * x[j]
        variance += x[i] * gain[i]
    return mean, variance * real[h, 3] / real[h, 2], 2.0 * real[h, 2]


@njit(cache=True, nogil=True)
def learn(h: int, y: float, mean: float, x: Floats, size: int, real: Floats, gain: Floats) -> None:
    """One exact step of Bayesian regression (recursive least squares with unknown noise)."""
    variance = 1.0
    for i in range(size):
        variance += x[i] * gain[i]
    error = y - mean
    for i in range(size):
        real[h, 4 + i] += gain[i] * error / variance
        for j in range(size):
            real[h, 7 + 3 * i + j] -= gain[i] * gain[j] / variance
    real[h, 2] += 0.5
    real[h, 3] += 0.5 * error * error / variance


@njit(cache=True, nogil=True)
def prior_share(kind: int, prior: Floats) -> float:
    """Share of new beginnings that a kind gets."""
    if kind == 0:
        return 1.0 - prior[P_TREND] - prior[P_MEMORY] - prior[P_WAVE]
    if kind == 1:
        return prior[P_TREND]
    if kind == 2:
        return prior[P_MEMORY]
    return prior[P_WAVE] / (KINDS - 3)


@njit(cache=True, nogil=True)
def begin_all(
    count: int, t: int, share: float, scale: float, noise2: float, prior: Floats, code: Ints, real: Floats
) -> int:
    """Append a new beginning of every kind in period t, together weighing `share`; returns the new count."""
    for kind in range(KINDS):
        born(count, kind, t, scale, noise2, prior, code, real)
        real[count, 0] = math.log(share * prior_share(kind, prior))
        count += 1
    return count


@njit(cache=True, nogil=True)
def keep_best(count: int, code: Ints, real: Floats) -> int:
    """Normalize the log weights and keep the KEPT heaviest rows, heaviest first."""
    order = np.argsort(-real[:count, 0])
    kept = min(count, KEPT)
    chosen = order[:kept]
    code[:kept] = code[chosen]
    real[:kept] = real[chosen]
    top = real[0, 0]
    total = 0.0
    for h in range(kept):
        total += math.exp(real[h, 0] - top)
    real[:kept, 0] -= top + math.log(total)
    while kept > 1 and real[kept - 1, 0] < -14.0:
        kept -= 1
    return kept


@njit(cache=True, nogil=True)
def level_and_noise(count: int, t: int, before: float, code: Ints, real: Floats) -> tuple[float, float]:
    """Expected demand of period t and expected squared noise, over all hypotheses."""
    x, gain = np.zeros(WIDTH), np.zeros(WIDTH)
    mean = noise2 = 0.0
    for h in range(count):
        weight, scale = math.exp(real[h, 0]), real[h, 1]
        size = regressors(code[h, 0], code[h, 1], t, before, scale, x)
        middle, _, _ = foretell(h, x, size, real, gain)
        mean += weight * scale * middle
        noise2 += weight * scale * scale * real[h, 3] / real[h, 2]
    return mean, noise2


@njit(cache=True, nogil=True)
def start_scale(demand: Floats) -> float:
    """Size of demand before anything is learned: the mean of the first periods."""
    first = demand[: min(5, len(demand))]
    return max(first.mean(), 1.0) if len(first) else 1.0


@njit(cache=True, nogil=True)
def witness(h: int, y: float, censored: bool, x: Floats, size: int, real: Floats, gain: Floats) -> None:
    """Weigh row h by what it had said about y (in its scale), and teach it.

    A stock-out counts by the probability of at least y; where y is beyond what the row expected, it learns the mean of
    what lies above y, else nothing (Tobit, by moments).
    """
    mean, spread2, dof = foretell(h, x, size, real, gain)
    if not censored:
        real[h, 0] += log_student(y, mean, spread2, dof) - math.log(real[h, 1])
        learn(h, y, mean, x, size, real, gain)
        return
    tail = max(upper_tail(y, mean, spread2, dof), 1e-12)
    real[h, 0] += math.log(tail)
    if y > mean:
        z = (y - mean) / math.sqrt(spread2)
        density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        above = mean + math.sqrt(spread2) * max(density / tail, z)
        learn(h, max(y, above), mean, x, size, real, gain)


@njit(cache=True, nogil=True)
def advance(
    t: int,
    seen: float,
    censored: bool,
    before: float,
    fresh: float,
    count: int,
    prior: Floats,
    code: Ints,
    real: Floats,
) -> int:
    """Fold period t in: new beginnings get the share `fresh`, then every hypothesis is weighed and taught.

    The heaviest hypotheses also live on untaught, for the case that the period was a single strange one.
    """
    level, noise2 = level_and_noise(count, t, before, code, real)
    real[:count, 0] += math.log1p(-fresh - prior[STRANGE])
    heavy = min(count, HEAVY)
    count = begin_all(count, t, fresh, max(level, 1.0), noise2, prior, code, real)
    x, gain = np.zeros(WIDTH), np.zeros(WIDTH)
    if not censored and t > 0:
        first = count - KINDS
        mean, spread2, dof = foretell(first, np.ones(WIDTH), 1, real, gain)
        broad = log_student(seen / real[first, 1], mean, spread2, dof) - math.log(real[first, 1])
        for h in range(heavy):
            code[count], real[count] = code[h], real[h]
            real[count, 0] += math.log(prior[STRANGE]) - math.log1p(-fresh - prior[STRANGE]) + broad
            count += 1
    taught = count - heavy if not censored and t > 0 else count
    for h in range(taught):
        size = regressors(code[h, 0], code[h, 1], t, before, real[h, 1], x)
        witness(h, seen / real[h, 1], censored, x, size, real, gain)
    return keep_best(count, code, real)


@njit(cache=True, nogil=True)
def fold(
    now: int,
    count: int,
    before: float,
    demand: Floats,
    censored: npt.NDArray[np.bool_],
    prior: Floats,
    code: Ints,
    real: Floats,
) -> tuple[int, float]:
    """Fold the periods now, now + 1, ... into code and real: (hypotheses, demand of the last period).

    No hypotheses yet (count 0): the first periods also give the scale. A censored period's demand is taken to have been
    at least what was expected.
    """
    if count == 0:
        scale = start_scale(demand)
        noise = prior[FIRST_NOISE] * scale
        count = begin_all(0, now, 1.0, scale, noise * noise, prior, code, real)
        count = keep_best(count, code, real)
        before = scale
    for k in range(len(demand)):
        t = now + k
        fresh = prior[HAZARD] if t > 0 else 1e-9
        expected, _ = level_and_noise(count, t, before, code, real)
        count = advance(t, demand[k], censored[k], before, fresh, count, prior, code, real)
        before = max(demand[k], expected) if censored[k] else demand[k]
    return count, before


@njit(cache=True, nogil=True)
def draw(
    count: int,
    now: int,
    before: float,
    prior: Floats,
    code: Ints,
    real: Floats,
    normals: Floats,
    evens: Floats,
    out: Floats,
) -> None:
    """Fill out[path, period] with demands of the periods now, now + 1, ...; whole and not negative.

    normals[path, 4 + 2 * periods] standard normal, evens[path, periods] uniform; both fixed tables.
    """
    paths, periods = out.shape
    cumulated = np.cumsum(np.exp(real[:count, 0]))
    level, noise2 = level_and_noise(count, now, before, code, real)
    x, beta = np.zeros(WIDTH), np.zeros(WIDTH)
    h = 0
    for path in range(paths):
        wanted = (path + 0.5) / paths * cumulated[count - 1]
        while h < count - 1 and cumulated[h] < wanted:
            h += 1
        scale = real[h, 1]
        kind, start = code[h, 0], code[h, 1]
        noise = math.sqrt(real[h, 3] / (real[h, 2] * chi2_share(2.0 * real[h, 2], normals[path, 0])))
        draw_parameters(h, noise, normals[path, 1:4], real, beta)
        last = before
        for k in range(periods):
            if evens[path, k] < prior[HAZARD]:
                kind, start, scale = 0, now + k, max(level, 1.0)
                beta[0] = 1.0 + prior[LEVEL_SD] * normals[path, 4 + periods + k]
                noise = math.sqrt(noise2) / scale
            size = regressors(kind, start, now + k, last, scale, x)
            mean = 0.0
            for i in range(size):
                mean += beta[i] * x[i]
            last = max(0.0, scale * (mean + noise * normals[path, 4 + k]))
            out[path, k] = math.floor(last + 0.5)


@njit(cache=True, nogil=True)
def chi2_share(dof: float, z: float) -> float:
    """A chi-square variate over its degrees of freedom, from a normal one (Wilson and Hilferty 1931)."""
    c = 2.0 / (9.0 * dof)
    root = 1.0 - c + z * math.sqrt(c)
    return max(root * root * root, 0.02)


@njit(cache=True, nogil=True)
def draw_parameters(h: int, noise: float, z: Floats, real: Floats, beta: Floats) -> None:
    """Mean plus noise times the Cholesky factor of V times z, written out for three parameters."""
    v = real[h, 7:16]
    l00 = math.sqrt(max(v[0], 0.0))
    l10 = v[3] / l00 if l00 > 0.0 else 0.0
    l11 = math.sqrt(max(v[4] - l10 * l10, 0.0))
    l20 = v[6] / l00 if l00 > 0.0 else 0.0
    l21 = (v[7] - l20 * l10) / l11 if l11 > 0.0 else 0.0
    l22 = math.sqrt(max(v[8] - l20 * l20 - l21 * l21, 0.0))
    beta[0] = real[h, 4] + noise * l00 * z[0]
    beta[1] = real[h, 5] + noise * (l10 * z[0] + l11 * z[1])
    beta[2] = real[h, 6] + noise * (l20 * z[0] + l21 * z[1] + l22 * z[2])
