"""A chain of stages, the last serves random demand with backorders: the optimal echelon base-stock levels.

Clark and Scarf (1960) as Chen and Zheng (1994) compute it (Snyder and Shen 2019, sec. 6.2.2). From downstream up:
g_j(y) = E[h_j (y - D_j) + min-cost-below(y - D_j)], S_j its lowest point, and the next stage sees g_j(min(S_j, x)).
D_j is the demand over the stage's own lead time, h_j its echelon holding cost.
Promises: on whole units exact up to tails of 1e-14. With normal demand the last stage is a closed form and the others
are sums over one fine grid, whose error, from the bend at S_j, falls with the cube of the step: below 1e-7 of the cost
with the default step of 1/100 of the smallest standard deviation.
May not: know about networks that branch; `placement` does.
Called by: the choice of stock levels along a chain, tests against published values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from solvers.errors import require
from solvers.replenishment.policies.distributions import Counted, Normal

Floats = npt.NDArray[np.float64]

MAX_STAGES = 50
_REACH = 9.0
"""Standard deviations of demand looked at on each side."""
_POINTS_MAX = 4_000_000


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: echelon holding cost of a unit a period, lead time from the stage above in periods."""

    holding_cost: float
    lead_time: float


@dataclass(frozen=True, slots=True)
class SerialPlan:
    """Echelon base-stock levels, downstream first, and the expected cost a period."""

    levels: tuple[float, ...]
    cost: float

    def local_levels(self) -> tuple[float, ...]:
        """What each stage itself keeps in its position: differences of the levels, none above the one upstream."""
        bounded = [min(self.levels[index:]) for index in range(len(self.levels))]
        return tuple(after - before for before, after in zip([0.0, *bounded], bounded, strict=False))


def serial_normal(
    stages: Sequence[Stage],
    shortage_cost: float,
    mean: float,
    sd: float,
    levels: Sequence[float] | None = None,
    step: float = 0.01,
) -> SerialPlan:
    """Normal demand with these moments a period; stages downstream first. `levels` given: their cost, no search.

    `step`: grid in standard deviations of the demand over the shortest lead time.
    """
    _checked(stages, shortage_cost, levels)
    require(sd > 0, "sd", sd, "above 0")
    demands = [Normal(mean * stage.lead_time, sd * math.sqrt(stage.lead_time)) for stage in stages]
    width = min((demand.sd for demand in demands if demand.sd > 0), default=sd) * step
    total = math.sqrt(sum(demand.sd**2 for demand in demands)) + sd
    covered = sum(demand.mean for demand in demands)
    low = math.floor((min(0.0, covered) - sum(_REACH * d.sd for d in demands) - _REACH * total) / width)
    high = math.ceil((covered + _REACH * total) / width)
    require(high - low <= _POINTS_MAX, "step", step, f"at most {_POINTS_MAX} points")
    grid: Floats = np.arange(low, high + 1, dtype=np.float64) * width
    all_holding = sum(stage.holding_cost for stage in stages)
    ahead = _last_stage(stages[0].holding_cost, shortage_cost + all_holding, demands[0], grid)
    found: list[float] = []
    for index, stage in enumerate(stages):
        if index:
            ahead, grid = _expected(stage.holding_cost * grid + ahead, grid, demands[index], width)
        given = None if levels is None else levels[index]
        level, lowest = _foot(grid, ahead) if given is None else (given, _at(given, grid, ahead))
        found.append(level)
        ahead = np.where(grid < level, ahead, lowest)
    return SerialPlan(tuple(found), float(ahead[-1]))


def serial_discrete(
    holding_costs: Sequence[float],
    shortage_cost: float,
    demands: Sequence[Counted],
    levels: Sequence[int] | None = None,
) -> SerialPlan:
    """Whole units: `demands` are those over each stage's lead time, downstream first."""
    stages = [Stage(holding, 0.0) for holding in holding_costs]
    _checked(stages, shortage_cost, levels)
    require(len(demands) == len(stages), "demands", len(demands), f"one for each of the {len(stages)} stages")
    pmfs = [demand.pmf[: max(1, int(np.flatnonzero(demand.pmf > 1e-16)[-1]) + 1)] for demand in demands]
    top = sum(len(pmf) - 1 for pmf in pmfs) + 1
    stock = np.arange(-top, top + 1)
    ahead = (shortage_cost + sum(holding_costs)) * np.maximum(-stock, 0.0)
    found: list[float] = []
    for index, (stage, pmf) in enumerate(zip(stages, pmfs, strict=True)):
        here = stage.holding_cost * stock + ahead
        ahead, stock = np.convolve(here, pmf, "valid"), stock[len(pmf) - 1 :]
        best = int(stock[np.argmin(ahead)]) if levels is None else levels[index]
        found.append(best)
        ahead = np.where(stock < best, ahead, ahead[best - stock[0]])
    return SerialPlan(tuple(found), float(ahead[-1]))


def _last_stage(holding: float, penalty: float, demand: Normal, grid: Floats) -> Floats:
    """g_1: holding and, for what is short, all echelons' holding with the shortage cost."""
    if demand.sd <= 0:
        return holding * grid + penalty * np.maximum(-grid, 0.0)
    z = (grid - demand.mean) / demand.sd
    beyond = np.array([NormalDist().cdf(-float(value)) for value in z])
    loss = demand.sd * (np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) - z * beyond)
    return np.asarray(holding * (grid - demand.mean) + penalty * loss)


def _expected(values: Floats, grid: Floats, demand: Normal, width: float) -> tuple[Floats, Floats]:
    """E[values(y - D)] where all of D can be subtracted, and those y."""
    if demand.sd <= 0:
        return values, grid
    first = math.floor((demand.mean - _REACH * demand.sd) / width)
    last = math.ceil((demand.mean + _REACH * demand.sd) / width)
    at = (np.arange(first, last + 1) * width - demand.mean) / demand.sd
    weights = np.exp(-(at**2) / 2)
    weights /= weights.sum()
    # Beyond the upper end of the grid the value goes on as a line; nothing optimal lies there.
    slope = values[-1] - values[-2]
    upper = values[-1] + slope * np.arange(1, max(0, -first) + 1)
    spread = np.concatenate((values, upper))
    size = 1 << (len(spread) + len(weights)).bit_length()
    mixed = np.fft.irfft(np.fft.rfft(spread, size) * np.fft.rfft(weights, size), size)
    # mixed[i] = sum over k of weights[k] * values[i - k], for y = grid[i - k] + (first + k) width.
    start, end = len(weights) - 1, len(spread)
    kept = mixed[start:end]
    lowest = round(grid[0] / width) + first + start
    offsets = lowest + np.arange(len(kept))
    keep = offsets <= round(grid[-1] / width)
    return kept[keep], offsets[keep] * width


def _foot(grid: Floats, values: Floats) -> tuple[float, float]:
    """The lowest point between grid points: the parabola through the lowest three."""
    at = int(np.argmin(values))
    require(0 < at < len(grid) - 1, "stages", float(grid[at]), "a lowest point within the grid")
    before, here, after = (float(value) for value in values[at - 1 : at + 2])
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend > 0 else 0.0
    return float(grid[at]) + shift * float(grid[at] - grid[at - 1]), here - 0.25 * (before - after) * shift


def _at(level: float, grid: Floats, values: Floats) -> float:
    """The value at a level between grid points: the parabola through the nearest three."""
    at = min(max(round((level - grid[0]) / (grid[1] - grid[0])), 1), len(grid) - 2)
    before, here, after = (float(value) for value in values[at - 1 : at + 2])
    apart = (level - float(grid[at])) / float(grid[1] - grid[0])
    return here + apart * (after - before) / 2 + apart**2 * (after - 2 * here + before) / 2


def _checked(stages: Sequence[Stage], shortage_cost: float, levels: Sequence[float] | None) -> None:
    require(1 <= len(stages) <= MAX_STAGES, "stages", len(stages), f"1..{MAX_STAGES}")
    for stage in stages:
        require(stage.holding_cost > 0, "stages.holding_cost", stage.holding_cost, "above 0")
        require(stage.lead_time >= 0, "stages.lead_time", stage.lead_time, "at least 0")
    require(shortage_cost > 0, "shortage_cost", shortage_cost, "above 0")
    if levels is not None:
        require(len(levels) == len(stages), "levels", len(levels), f"one for each of the {len(stages)} stages")
