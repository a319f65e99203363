"""Choose how an item is forecast: class, method, gains and law, by what would have served best.

Class after Syntetos, Boylan and Croston (2005). Each method's gains are the grid's best by squared error in the
sample; the method and the law are chosen by pinball loss over the span in a rolling-origin holdout of the last third,
and something elaborate has to be better by MARGIN than something simple. The weekly naive forecast guards: what does
not beat it is not taken.
Promises: deterministic; a few milliseconds.
May not: keep anything.
Called by: `learning`, `external`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from solvers.replenishment.forecast import filtering, methods
from solvers.replenishment.forecast.demand import span_law
from solvers.replenishment.forecast.laws import Floats
from solvers.replenishment.forecast.methods import HOLT, IMAPA, NAIVE, SBA, SES, TSB, WEEKLY_ADD, WEEKLY_MUL
from solvers.replenishment.forecast.record import Kind
from solvers.replenishment.forecast.vectors import NO_SIZES, Vectors, sizes_of

INTERVAL = 1.32
VARIATION = 0.49
MARGIN = 0.96
YOUNG_DAYS = 42
"""With fewer days there is no holdout: a plain mean (or tsb) it is, and no season."""
HOLDOUT_DAYS = 120

_NONE = np.array([[0.0, 0.0, 1.0]])
_LEVEL = np.array([[a, 0.0, 1.0] for a in (0.02, 0.05, 0.1, 0.2, 0.3, 0.45)])
_TREND = np.array([[a, b, phi] for a in (0.05, 0.1, 0.2, 0.35) for b in (0.02, 0.08, 0.2) for phi in (0.9, 0.98)])
_SEASON = np.array([[a, g, 1.0] for a in (0.0, 0.02, 0.05, 0.1, 0.2, 0.3) for g in (0.0, 0.03, 0.1)])
_CHANCE = np.array([[a, b, 1.0] for a in (0.02, 0.05, 0.1) for b in (0.01, 0.02, 0.05)])
_SIZE = np.array([[a, 0.0, 1.0] for a in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)])

_STEADY = ((SES, _NONE), (SES, _LEVEL), (NAIVE, _NONE), (WEEKLY_MUL, _SEASON), (WEEKLY_ADD, _SEASON), (HOLT, _TREND))
_SPORADIC = (
    (SES, _NONE),
    (TSB, _CHANCE),
    (SBA, _SIZE),
    (IMAPA, _SIZE),
    (NAIVE, _NONE),
    (WEEKLY_MUL, _SEASON),
)

Days = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Fit:
    """What was chosen, run through the whole history, and the holdout's pinball loss of each method tried."""

    kind: Kind
    vectors: Vectors
    losses: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Challenger:
    """A method with gains found elsewhere, and the trend it starts with, to be judged beside ours."""

    method: int
    parameters: Floats
    trend: float = 0.0


def classify(units: Floats, flags: Days) -> Kind:
    """By the average interval between selling days and the squared variation of their sizes."""
    known = units[flags == filtering.ORDINARY]
    busy = known[known > 0]
    if not len(busy):
        return "none" if not (units > 0).any() else "lumpy"
    uneven = float(busy.var() / busy.mean() ** 2) > VARIATION
    if len(known) / len(busy) <= INTERVAL:
        return "erratic" if uneven else "smooth"
    return "lumpy" if uneven else "intermittent"


def fit(
    units: Floats,
    flags: Days,
    first_day: int,
    horizon: int,
    pool: Mapping[str, tuple[int, ...]] | None = None,
    challengers: Sequence[Challenger] = (),
) -> Fit:
    """Choose and run through."""
    kind = classify(units, flags)
    sporadic = kind in ("intermittent", "lumpy")
    past = _Past(units, flags, first_day, horizon, _levels(kind, pool), _holdout(len(units), horizon))
    if len(units) < YOUNG_DAYS or kind == "none":
        plain = Challenger(TSB, np.array([0.1, 0.05, 1.0])) if sporadic else Challenger(SES, _NONE[0])
        return Fit(kind, _through(plain, past)[0], {})
    ours = [
        Challenger(method, _gains(method, grid, units, flags, first_day, past.holdout))
        for method, grid in (_SPORADIC if sporadic else _STEADY)
    ]
    losses: dict[str, float] = {}
    best, best_loss = ours[0], np.inf
    for candidate in [*ours, *challengers]:
        loss = _through(candidate, past)[1]
        name = methods.METHODS[candidate.method]
        losses[name] = min(loss, losses.get(name, np.inf))
        if loss < best_loss * (1.0 if best.method == NAIVE else MARGIN):
            best, best_loss = candidate, loss
    vectors, loss = _through(best, past)
    if sporadic:
        drawn, drawn_loss = _drawn(best, vectors, past)
        if drawn_loss * MARGIN < loss:
            vectors = drawn
    return Fit(kind, vectors, losses)


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """What every candidate is run through; the holdout begins at the place `holdout`."""

    units: Floats
    flags: Days
    first_day: int
    horizon: int
    levels: tuple[Floats, Floats]
    holdout: int


def _holdout(days: int, horizon: int) -> int:
    return min(days, max(horizon + 1, days - min(HOLDOUT_DAYS, days // 3))) if days >= YOUNG_DAYS else days


def _drawn(chosen: Challenger, told: Vectors, past: _Past) -> tuple[Vectors, float]:
    """The same method with the bootstrap law; the sizes of the holdout are not known to the judged run."""
    before = sizes_of(past.units[: past.holdout], past.flags[: past.holdout])
    loss = _boot(chosen, told, past, before)[1]
    return _boot(chosen, told, past, sizes_of(past.units, past.flags))[0], loss


def _boot(chosen: Challenger, told: Vectors, past: _Past, sizes: tuple[Floats, Floats]) -> tuple[Vectors, float]:
    known = past.flags == filtering.ORDINARY
    law = span_law(sizes, max(1e-6, float(past.units[known].mean())), told)
    return _through(chosen, past, 1, sizes, law)


def _levels(kind: Kind, pool: Mapping[str, tuple[int, ...]] | None) -> tuple[Floats, Floats]:
    nominal = filtering.NOMINAL
    known = (pool or {}).get(kind)
    if known is None or len(known) != 2 * len(nominal):
        return nominal, nominal
    levels = np.array(known, dtype=np.float64) / 1_000_000
    return levels[: len(nominal)], levels[len(nominal) :]


def _through(
    candidate: Challenger,
    past: _Past,
    shape: int = 0,
    sizes: tuple[Floats, Floats] = NO_SIZES,
    law: tuple[Floats, float] | None = None,
) -> tuple[Vectors, float]:
    """Run one method over all days; its mean pinball loss in the holdout, over spans and single days alike."""
    state = methods.begin(candidate.method, past.units, past.flags, past.first_day, past.holdout)
    state[1] = candidate.trend
    vectors = Vectors.fresh(candidate.method, candidate.parameters.copy(), state, past.horizon)
    vectors.shape = shape
    vectors.day_levels, vectors.span_levels = past.levels[0].copy(), past.levels[1].copy()
    loss, day_loss, count = run_through(vectors, past.units, past.flags, past.first_day, 0, sizes, law, past.holdout)
    return vectors, (loss / math.sqrt(past.horizon) + day_loss) / count if count else np.inf


def run_through(
    vectors: Vectors,
    units: Floats,
    flags: Days,
    first_day: int,
    start: int,
    sizes: tuple[Floats, Floats] = NO_SIZES,
    law: tuple[Floats, float] | None = None,
    holdout: int = 1 << 30,
) -> tuple[float, float, float]:
    """`filtering.run` on these vectors."""
    cdf, mean = law or (np.ones(1), 1.0)
    return filtering.run(
        vectors.method,
        vectors.shape,
        vectors.parameters,
        vectors.state,
        vectors.book,
        vectors.day_levels,
        vectors.span_levels,
        vectors.ring,
        units,
        flags,
        first_day,
        start,
        sizes[0],
        sizes[1],
        cdf,
        mean,
        holdout,
    )


def _gains(method: int, grid: Floats, units: Floats, flags: Days, first_day: int, days: int) -> Floats:
    """The row of the grid with the least squared error; of nearly equal ones the calmest, which comes first."""
    if len(grid) == 1:
        return grid[0]
    errors = _squared_errors(method, grid, units, flags, first_day, days)
    return grid[int(np.argmax(errors <= errors.min() * 1.005))]


@njit(cache=True, nogil=True)
def _squared_errors(method: int, grid: Floats, units: Floats, flags: Days, first_day: int, days: int) -> Floats:
    errors = np.zeros(len(grid))
    for row in range(len(grid)):
        state = methods.begin(method, units, flags, first_day, days)
        parameters = grid[row]
        for t in range(days):
            if flags[t] != 0:
                methods.skip(method, parameters, state, first_day + t)
                continue
            if t >= 14:
                gap = units[t] - methods.ahead(method, parameters, state, first_day + t, 1)
                errors[row] += gap * gap
            methods.fold(method, parameters, state, first_day + t, units[t])
    return errors
