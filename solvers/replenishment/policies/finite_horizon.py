"""A finite number of periods with random demand, fixed and unit costs and backorders: dynamic programming.

theta_t(x) = min over y >= x of K_t [y > x] + c_t (y - x) + G_t(y) + gamma_t E theta_{t+1}(y - D_t), with
theta_{T+1}(x) = h_T x+ + p_T x- (Snyder and Shen 2019, alg. 4.1). Everything may differ from period to period.
Promises: exact on whole units: no position that can be reached or can be worth reaching is left out, because it
never pays to hold more than the most that can still be demanded, and nothing falls deeper than the most demanded.
May not: take a negative cost.
Called by: tests against published values; the look-ahead as a reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.errors import require
from solvers.replenishment.policies.distributions import Counted, Distribution

MAX_PERIODS = 1_000
MAX_POSITIONS = 1_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """One period: its demand, and costs of an order, a unit bought, a unit left over, a unit short.

    `charged` is the demand of which holding and shortage are taken, where that is not `demand` itself (a normal
    whose counted-out form moves the stock). `discount` is what a cost of the next period counts for in this one.
    """

    demand: Counted
    order_cost: float
    unit_cost: float
    holding_cost: float
    shortage_cost: float
    discount: float = 1.0
    charged: Distribution | None = None


@dataclass(frozen=True, slots=True)
class HorizonPlan:
    """What to do in each period and what it costs from the start.

    `order_points` and `order_up_to`: at a position at or below the first order up to the second (None: never order).
    `levels[t][x - lowest]` is the best position after ordering at x, also where that has no (s,S) form.
    """

    cost: float
    order_points: tuple[int | None, ...]
    order_up_to: tuple[int | None, ...]
    lowest: int
    levels: tuple[npt.NDArray[np.int64], ...]


def best_horizon(
    periods: Sequence[Period], terminal_holding: float, terminal_shortage: float, position: int = 0
) -> HorizonPlan:
    """The plan of least expected discounted cost from `position` on."""
    _checked(periods, terminal_holding, terminal_shortage)
    demanded = sum(len(period.demand.pmf) - 1 for period in periods)
    lowest, highest = min(position, 0) - demanded, max(position, demanded) + 1
    require(highest - lowest < MAX_POSITIONS, "periods", highest - lowest, f"at most {MAX_POSITIONS} positions")
    stock = np.arange(lowest, highest + 1)
    ahead = terminal_holding * np.maximum(stock, 0) + terminal_shortage * np.maximum(-stock, 0)
    points: list[int | None] = []
    tops: list[int | None] = []
    levels = []
    for period in reversed(periods):
        after = _after(period, stock, ahead)
        ahead, level = _order(period, stock, after)
        moved = np.flatnonzero(level > stock)
        points.append(int(stock[moved[-1]]) if len(moved) else None)
        tops.append(int(level[moved[-1]]) if len(moved) else None)
        levels.append(level)
    cost = float(ahead[position - lowest])
    return HorizonPlan(cost, tuple(points[::-1]), tuple(tops[::-1]), lowest, tuple(levels[::-1]))


def _after(period: Period, stock: npt.NDArray[np.int64], ahead: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Cost from a position after ordering on: this period's holding and shortage, and what follows.

    Below the lowest position the cost ahead goes on as a straight line; nothing that matters gets there.
    """
    pmf = period.demand.pmf
    charged = period.charged or period.demand
    loss = np.array([charged.loss(int(level)) for level in stock])
    now = period.holding_cost * (stock - charged.mean + loss) + period.shortage_cost * loss
    slope = ahead[1] - ahead[0]
    deeper = ahead[0] - slope * np.arange(len(pmf) - 1, 0, -1)
    later = np.convolve(np.concatenate((deeper, ahead)), pmf, "valid")
    return np.asarray(now + period.discount * later)


def _order(
    period: Period, stock: npt.NDArray[np.int64], after: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Cost before ordering, and the best position after it."""
    bought = after + period.unit_cost * stock
    cheapest, where = np.empty_like(bought), np.empty(len(stock), dtype=np.int64)
    low, at = np.inf, len(stock) - 1
    for index in range(len(stock) - 1, -1, -1):
        cheapest[index], where[index] = low, at
        if bought[index] < low:
            low, at = float(bought[index]), index
    ordering = period.order_cost + cheapest < bought - 1e-12 * np.abs(bought)
    cost = np.where(ordering, period.order_cost + cheapest, bought) - period.unit_cost * stock
    return cost, np.where(ordering, stock[where], stock)


def _checked(periods: Sequence[Period], terminal_holding: float, terminal_shortage: float) -> None:
    require(1 <= len(periods) <= MAX_PERIODS, "periods", len(periods), f"1..{MAX_PERIODS}")
    for number, period in enumerate(periods):
        for name in ("order_cost", "unit_cost", "holding_cost", "shortage_cost"):
            value = getattr(period, name)
            require(value >= 0, f"periods[{number}].{name}", value, "at least 0")
        require(0 < period.discount <= 1, f"periods[{number}].discount", period.discount, "above 0, at most 1")
    require(terminal_holding >= 0, "terminal_holding", terminal_holding, "at least 0")
    require(terminal_shortage >= 0, "terminal_shortage", terminal_shortage, "at least 0")
