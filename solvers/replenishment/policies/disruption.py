"""When the supplier fails: stoppages of random length, and yields that differ from what was ordered.

Sources: Snyder and Shen (2019), sec. 9.2 and 9.3; Parlar and Berkin (1991) as corrected by Berk and Arreola-Risa
(1994); Tomlin (2006) for the periodic case.
Promises: exact for the models named; the one without a closed form to 1e-9 of its quantity.
May not: estimate the rates; those are learned from receipts.
Called by: the choice of a supplier, tests against published values.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from solvers.errors import require
from solvers.replenishment.policies.economic import Lot, economic_quantity

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_STOPPAGES_MAX = 1_000_000


def disrupted_cost(
    order_cost: float,
    holding_cost: float,
    lost_cost: float,
    demand: float,
    disruption_rate: float,
    recovery_rate: float,
    quantity: float,
) -> float:
    """Cost a period of ordering `quantity` whenever stock is gone and the supplier works (eq. 9.3).

    Stoppages come at `disruption_rate` and last 1 / `recovery_rate` on average, both exponential; demand meanwhile
    is lost at `lost_cost` a unit.
    """
    both = disruption_rate + recovery_rate
    waiting = disruption_rate / both * -math.expm1(-both * quantity / demand) / recovery_rate
    cycle = quantity / demand + waiting
    return (order_cost + holding_cost * quantity**2 / (2 * demand) + lost_cost * demand * waiting) / cycle


def disrupted_quantity(
    order_cost: float,
    holding_cost: float,
    lost_cost: float,
    demand: float,
    disruption_rate: float,
    recovery_rate: float,
) -> Lot:
    """EOQ with disruptions: the cheapest quantity of `disrupted_cost`.

    The cost has one valley (Berk and Arreola-Risa 1994); it is bracketed from the EOQ upwards and cut down by golden
    sections. Where losing all demand is cheaper than any order, the quantity grows beyond all bounds: refused.
    """
    given = (order_cost, holding_cost, lost_cost, demand, disruption_rate, recovery_rate)
    for name, value in zip(_RATES, given, strict=True):
        require(0 < value < math.inf, name, value, "above 0 and finite")

    def cost(quantity: float) -> float:
        return disrupted_cost(*given, quantity)

    low = economic_quantity(order_cost, holding_cost, demand)
    high = 2 * low
    while cost(high * 2) < cost(high):
        high *= 2
    quantity = lowest_point(cost, low / 2, high * 2)
    return Lot(quantity, cost(quantity))


_RATES = ("order_cost", "holding_cost", "lost_cost", "demand", "disruption_rate", "recovery_rate")


def lowest_point(cost: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one valley between the two is lowest, by golden sections."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    cost_left, cost_right = cost(left), cost(right)
    while high - low > 1e-9 * max(1e-9, abs(low) + abs(high)):
        if cost_left <= cost_right:
            high, right, cost_right = right, left, cost_left
            left = high - _GOLDEN * (high - low)
            cost_left = cost(left)
        else:
            low, left, cost_left = left, right, cost_right
            right = low + _GOLDEN * (high - low)
            cost_right = cost(right)
    return (low + high) / 2


def disrupted_base_stock(
    holding_cost: float, shortage_cost: float, demand: float, disruption: float, recovery: float
) -> tuple[float, float]:
    """Base stock and its cost a period, with `demand` units certain each period (sec. 9.3.2, Tomlin 2006).

    A working supplier stops in a period with probability `disruption`, a stopped one resumes with `recovery`. The
    stock covers the demand of the period and of as many stopped periods as happen often enough: the newsvendor on
    the number of periods stopped.
    """
    for name, value in (("disruption", disruption), ("recovery", recovery)):
        require(0 < value < 1, name, value, "between 0 and 1")
    for name, value in (("holding_cost", holding_cost), ("shortage_cost", shortage_cost), ("demand", demand)):
        require(0 < value < math.inf, name, value, "above 0 and finite")
    ratio = shortage_cost / (shortage_cost + holding_cost)
    stopped, stays = disruption / (disruption + recovery), 1 - recovery
    periods = 0
    if stopped > 1 - ratio:
        periods = max(1, math.ceil(math.log((1 - ratio) / stopped) / math.log(stays) - 1e-12))
    require(periods <= _STOPPAGES_MAX, "recovery", recovery, "large enough that stoppages end")
    level = (periods + 1) * demand
    held, chance = (1 - stopped) * periods * demand, stopped * recovery
    for length in range(1, periods + 1):
        held += chance * (periods - length) * demand
        chance *= stays
    short = stopped * stays**periods / recovery * demand
    return level, holding_cost * held + shortage_cost * short


def additive_yield_quantity(order_cost: float, holding_cost: float, demand: float, mean: float, sd: float) -> Lot:
    """What arrives is the quantity plus a random amount with this mean and sd (sec. 9.3.1)."""
    squared = 2 * order_cost * demand / holding_cost + sd**2
    return Lot(math.sqrt(squared) - mean, holding_cost * math.sqrt(squared))


def multiplicative_yield_quantity(order_cost: float, holding_cost: float, demand: float, mean: float, sd: float) -> Lot:
    """What arrives is the quantity times a random share with this mean and sd (sec. 9.3.1)."""
    require(mean > 0, "mean", mean, "above 0")
    square = mean**2 + sd**2
    quantity = math.sqrt(2 * order_cost * demand / (holding_cost * square))
    return Lot(quantity, math.sqrt(2 * order_cost * demand * holding_cost * square) / mean)
