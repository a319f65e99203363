"""Known demand over a few periods: the lots of least order, purchase and holding cost (Wagner and Whitin 1958).

Demand, and the costs of each period, may differ from period to period; demand is met in time; an order at the start
of a period serves that period and some of the next ones.
Promises: exact, in time quadratic in the number of periods.
May not: know limits; `lot_sizing` has those.
Called by: tests against published values; the look-ahead as a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from solvers.errors import require

MAX_PERIODS = 2_000


@dataclass(frozen=True, slots=True)
class TimedLots:
    """The quantity ordered in each period, and the cost of all."""

    quantities: tuple[float, ...]
    cost: float


def lots_in_time(
    demand: Sequence[float],
    order_costs: Sequence[float] | float,
    holding_costs: Sequence[float] | float,
    unit_costs: Sequence[float] | float = 0.0,
    on_hand: float = 0.0,
) -> TimedLots:
    """Least cost over the horizon. Holding is paid for what is left at the end of a period.

    Costs are one for all periods or one for each. `on_hand` serves the first demand; what it costs to hold is in
    the answer.
    """
    periods = len(demand)
    require(1 <= periods <= MAX_PERIODS, "demand", periods, f"1..{MAX_PERIODS} periods")
    order, hold, unit = (_each(costs, periods) for costs in (order_costs, holding_costs, unit_costs))
    for name, values in (("demand", demand), ("order_costs", order), ("holding_costs", hold), ("unit_costs", unit)):
        require(min(values) >= 0, name, min(values), "at least 0")
    need, kept = _net(demand, hold, on_hand)
    best, until = [0.0] * (periods + 1), [0] * periods
    for first in reversed(range(periods)):
        best[first], until[first] = _from(first, need, order, hold, unit, best)
    return TimedLots(_quantities(need, until), best[0] + kept)


def _from(
    first: int, need: list[float], order: list[float], hold: list[float], unit: list[float], best: list[float]
) -> tuple[float, int]:
    """Least cost from the first period on, and where the next lot is due: that very period where nothing is ordered."""
    found = (best[first + 1], first) if need[first] == 0 else (float("inf"), first)
    cost, unit_here = order[first], unit[first]
    for end in range(first, len(need)):
        cost += unit_here * need[end]
        found = min(found, (cost + best[end + 1], end + 1))
        unit_here += hold[end]
    return found


def _quantities(need: list[float], until: list[int]) -> tuple[float, ...]:
    quantities, first = [0.0] * len(need), 0
    while first < len(need):
        if until[first] > first:
            quantities[first] = sum(need[first : until[first]])
        first = max(until[first], first + 1)
    return tuple(quantities)


def _net(demand: Sequence[float], hold: list[float], on_hand: float) -> tuple[list[float], float]:
    """What the stock at hand leaves to be ordered, and what holding that stock costs."""
    need, kept, left = [], 0.0, on_hand
    for units, cost in zip(demand, hold, strict=True):
        need.append(max(0.0, units - left))
        left = max(0.0, left - units)
        kept += cost * left
    return need, kept


def _each(costs: Sequence[float] | float, periods: int) -> list[float]:
    if isinstance(costs, int | float):
        return [float(costs)] * periods
    require(len(costs) == periods, "costs", len(costs), f"one, or one for each of the {periods} periods")
    return [float(cost) for cost in costs]
