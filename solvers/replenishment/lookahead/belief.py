"""What is believed about an item's coming demand, learned period by period.

Promises: pure; a belief is never changed, `after` gives the next one in some 50 µs. The same history gives the same
belief and the same paths on every machine. It is not logged: it is a function of the history.
May not: see prices, stock or lead times; keep anything outside itself.
Called by: `order`; whoever plans items one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lookahead import mixture, tables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LONGEST_HISTORY = 400
"""Periods of history that `believe` looks at; what is older no longer tells."""


@dataclass(frozen=True, slots=True)
class DemandPaths:
    """Equally likely courses of demand: units[path, period], the next period first; whole, not negative."""

    units: Floats

    def __post_init__(self) -> None:
        """Refuse what cannot be a set of courses."""
        if self.units.ndim != 2 or 0 in self.units.shape:
            raise ValueError(f"units must be paths x periods, at least 1 x 1, not {self.units.shape}")
        if not np.isfinite(self.units).all() or (self.units < 0).any():
            raise ValueError("units: demand must be finite and not negative")


@dataclass(frozen=True)
class DemandBelief:
    """A weighed set of hypotheses after `periods` periods."""

    periods: int = 0
    count: int = 0
    before: float = 0.0
    """Demand of the last period; where it was cut off by a stock-out, at least what was expected."""
    code: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int64), repr=False)
    real: Floats = field(default_factory=lambda: np.zeros((0, 16)), repr=False)

    def after(self, units: int, censored: bool = False) -> DemandBelief:
        """The belief one period later: so many units were wanted, or (`censored`) at least so many."""
        return _folded(self, np.array([units], np.float64), np.array([censored]))

    def paths(self, periods: int, paths: int = 256) -> DemandPaths:
        """Courses of the coming periods; a belief without history expects nothing."""
        if periods < 1 or paths < 1:
            raise ValueError(f"periods and paths must be at least 1, not {periods} and {paths}")
        out = np.zeros((paths, periods))
        if self.count:
            normals, evens = tables.normal(paths, 4 + 2 * periods), tables.even(paths, periods, 1)
            prior = mixture.DEFAULT_PRIOR
            mixture.draw(self.count, self.periods, self.before, prior, self.code, self.real, normals, evens, out)
        return DemandPaths(out)

    def kinds_ppm(self) -> dict[str, int]:
        """Belief in each kind of course, in millionths, and how likely the present one began in the last 5 periods."""
        weight = np.exp(self.real[: self.count, 0])
        kind = np.minimum(self.code[: self.count, 0], mixture.WAVE)
        begun = self.code[: self.count, 1] >= max(1, self.periods - 5)
        named = {"level": mixture.LEVEL, "trend": mixture.TREND, "memory": mixture.MEMORY, "wave": mixture.WAVE}
        found = {name: round(1e6 * float(weight[kind == code].sum())) for name, code in named.items()}
        return found | {"changed": round(1e6 * float(weight[begun].sum()))}


def believe(units: Sequence[int] | npt.NDArray[np.int64], censored: Sequence[bool] = ()) -> DemandBelief:
    """The belief after a history, oldest first; `censored` marks periods in which stock ran out (as long, or empty)."""
    demand = np.asarray(units, np.float64)
    cut = np.asarray(censored, np.bool_) if len(censored) else np.zeros(len(demand), np.bool_)
    if demand.ndim != 1 or len(cut) != len(demand):
        raise ValueError(f"censored: {len(cut)} marks for {len(demand)} periods")
    if not np.isfinite(demand).all() or (demand < 0).any():
        raise ValueError("units: demand must be finite and not negative")
    return _folded(DemandBelief(), demand[-LONGEST_HISTORY:], cut[-LONGEST_HISTORY:])


def _folded(belief: DemandBelief, demand: Floats, censored: npt.NDArray[np.bool_]) -> DemandBelief:
    if not len(demand):
        return belief
    code, real = np.zeros((mixture.ROWS, 2), np.int64), np.zeros((mixture.ROWS, 16))
    code[: belief.count], real[: belief.count] = belief.code[: belief.count], belief.real[: belief.count]
    count, before = mixture.fold(
        belief.periods, belief.count, belief.before, demand, censored, mixture.DEFAULT_PRIOR, code, real
    )
    return DemandBelief(belief.periods + len(demand), count, before, code[:count].copy(), real[:count].copy())
