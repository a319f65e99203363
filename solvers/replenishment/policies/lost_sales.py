"""Demand that finds no stock is lost: base stock, capped base stock and the optimum by dynamic programming; (r,Q).

With a lead time of L periods the state is the stock on hand and what was ordered in each of the last L - 1 periods;
no formula is known. Relative value iteration gives the long-run cost of a rule, or of the best one, between two
bounds that close in on it (Zipkin 2008; Xin 2021 for the cap). The (r,Q) policy with unit Poisson demand and at most
one order outstanding has a formula (Hadley and Whitin 1963, sec. 4-11).
Promises: costs to a relative 1e-9; refuses state spaces that are too large instead of truncating them silently.
May not: serve more than small items; larger ones are planned with backorders, a bound from the other side.
Called by: the look-ahead as a reference, tests against published values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from solvers.errors import require
from solvers.replenishment.policies import kernels
from solvers.replenishment.policies.distributions import Counted
from solvers.replenishment.policies.kernels import Floats, compiled

MAX_STATES = 1_000_000
MAX_LEAD_PERIODS = 8
_ROUNDS = 100_000


@dataclass(frozen=True, slots=True)
class LostSalesItem:
    """Demand a period, lead time in periods, costs: an order, a unit left over a period, a unit lost.

    A period: what was ordered `lead_periods` ago arrives, the order is placed, demand comes, costs are charged.
    """

    demand: Counted
    lead_periods: int
    holding_cost: float
    lost_cost: float
    order_cost: float = 0.0

    def __post_init__(self) -> None:
        require(0 <= self.lead_periods <= MAX_LEAD_PERIODS, "lead_periods", self.lead_periods, f"0..{MAX_LEAD_PERIODS}")
        require(self.holding_cost > 0, "holding_cost", self.holding_cost, "above 0")
        require(self.lost_cost > 0, "lost_cost", self.lost_cost, "above 0")
        require(self.order_cost >= 0, "order_cost", self.order_cost, "at least 0")


@dataclass(frozen=True, slots=True)
class CappedPolicy:
    """Order up to `level`, counting what is on the way, but at most `cap` at a time; the cost is a period's."""

    level: int
    cap: int
    cost: float


def base_stock_cost(item: LostSalesItem, level: int, cap: int | None = None) -> float:
    """Long-run cost a period of (capped) base stock."""
    return _iterated(item, level, level if cap is None else min(cap, level), False)


def best_base_stock(item: LostSalesItem) -> CappedPolicy:
    """The level of least cost. The cost is convex in the level (Janakiraman and Roundy 2004): walk to its foot."""
    level = max(1, math.ceil(item.demand.mean * (item.lead_periods + 1)))
    cost, step = base_stock_cost(item, level), 1
    if level > 1 and base_stock_cost(item, level - 1) < cost:
        step = -1
    while level + step >= 0 and (next_cost := base_stock_cost(item, level + step)) < cost:
        level, cost = level + step, next_cost
    return CappedPolicy(level, level, cost)


def best_capped(item: LostSalesItem) -> CappedPolicy:
    """The level and cap of least cost (Xin 2021), every cap from the mean demand to the base stock's own.

    For each cap the level is walked upwards from the last one until it has not paid for two steps.
    """
    best = best_base_stock(item)
    for cap in range(max(1, math.ceil(item.demand.mean) - 1), best.level):
        level, worse, last = best.level, 0, math.inf
        while worse < 2:
            cost = base_stock_cost(item, level, cap)
            worse = worse + 1 if cost >= last else 0
            if cost < best.cost * (1 - 1e-10):
                best = CappedPolicy(level, cap, cost)
            last, level = cost, level + 1
    return best


def optimal_cost(item: LostSalesItem, highest: int, cap: int) -> float:
    """Long-run cost a period of the best rule that keeps the position at most `highest` and an order at most `cap`."""
    return _iterated(item, highest, cap, True)


def _iterated(item: LostSalesItem, highest: int, cap: int, free: bool) -> float:
    slots = max(0, item.lead_periods - 1)
    states = (highest + 1) * (cap + 1) ** slots
    require(states <= MAX_STATES, "states", states, f"at most {MAX_STATES}: fewer units or a shorter lead time")
    rates = (item.order_cost, item.holding_cost, item.lost_cost)
    demand = np.ascontiguousarray(item.demand.pmf[: kernels.support(item.demand.pmf)])
    low, high = iterated(demand, item.lead_periods, highest, cap, *rates, free, _ROUNDS)
    require(high - low <= 1e-6 * max(1.0, high), "demand", (low, high), "a demand for which the cost settles")
    return float((low + high) / 2)


@compiled
def iterated(
    demand: Floats,
    lead: int,
    highest: int,
    cap: int,
    order: float,
    holding: float,
    lost: float,
    free: bool,
    rounds: int,
) -> tuple[float, float]:
    """Bounds of the gain, by relative value iteration; half of each step stays put, so that no chain is periodic.

    State: on hand * (cap + 1)^slots + the open orders, the next to arrive as the highest digit.
    """
    slots = max(0, lead - 1)
    radix = cap + 1
    pipes = radix**slots
    values, after = np.zeros((highest + 1) * pipes), np.zeros((highest + 1) * pipes)
    open_units = np.zeros(pipes, dtype=np.int64)
    for pipe in range(pipes):
        rest = pipe
        while rest > 0:
            open_units[pipe] += rest % radix
            rest //= radix
    mean = 0.0
    for units in range(len(demand)):
        mean += units * demand[units]
    low, high = -np.inf, np.inf
    first = pipes // radix if slots > 0 else 1
    for _ in range(rounds):
        low, high = np.inf, -np.inf
        for on_hand in range(highest + 1):
            for pipe in range(pipes):
                position = on_hand + open_units[pipe]
                if position > highest:
                    continue
                room = min(cap, highest - position)
                best = np.inf
                for ordered in range(0 if free else room, room + 1):
                    usable = on_hand + (ordered if lead == 0 else 0)
                    arriving, onward = 0, 0
                    if lead == 1:
                        arriving = ordered
                    elif lead > 1:
                        arriving, onward = pipe // first, (pipe % first) * radix + ordered
                    cost = order if ordered > 0 else 0.0
                    sold, reached = 0.0, 0.0
                    for units in range(len(demand)):
                        taken = min(units, usable)
                        sold += demand[units] * taken
                        reached += demand[units] * values[(usable - taken + arriving) * pipes + onward]
                    cost += holding * (usable - sold) + lost * (mean - sold) + reached
                    best = min(best, cost)
                state = on_hand * pipes + pipe
                gain = best - values[state]
                low, high = min(low, gain), max(high, gain)
                after[state] = 0.5 * (values[state] + best)
        base = after[0]
        for state in range(len(values)):
            values[state] = after[state] - base
        if high - low <= 1e-9 * abs(high):
            break
    return low, high


@dataclass(frozen=True, slots=True)
class LostSalesLot:
    """When the stock falls to `reorder_point`, order `quantity`; cost a day and share of demand served."""

    reorder_point: int
    quantity: int
    cost: float
    fill_rate: float


def lost_sales_lot(
    lead_demand: Counted,
    units_day: float,
    order_cost: float,
    holding_cost: float,
    lost_cost: float,
    reorder_point: int,
    quantity: int,
) -> LostSalesLot:
    """The cost of (r,Q), r < Q, with unit Poisson demand and a constant lead time (Hadley and Whitin 1963).

    A cycle serves Q units and loses E(D - r)+; a level j above the reorder point is held 1 / rate days each time,
    and while the order is on its way P(N = k) integrates to P(D > k) / rate.
    """
    require(0 <= reorder_point < quantity, "reorder_point", reorder_point, f"0..{quantity - 1}: one order outstanding")
    beyond = [lead_demand.exceeds(units) for units in range(reorder_point)]
    area = sum((reorder_point - units) * beyond[units] for units in range(reorder_point))
    left_chance = 0.0
    for left in range(reorder_point + 1):
        chance = lead_demand.exceeds(reorder_point - left - 1) - (
            lead_demand.exceeds(reorder_point - left) if left else 0.0
        )
        top = quantity + left
        area += chance * (top * (top + 1) - reorder_point * (reorder_point + 1)) / 2
        left_chance += chance
    missed = lead_demand.loss(reorder_point)
    days = (quantity + missed) / units_day
    cost = (order_cost + lost_cost * missed + holding_cost * area / units_day) / days
    return LostSalesLot(reorder_point, quantity, cost, quantity / (quantity + missed))


def best_lost_sales_lot(
    lead_demand: Counted, units_day: float, order_cost: float, holding_cost: float, lost_cost: float
) -> LostSalesLot:
    """The (r,Q) with r < Q of least cost.

    A lot is looked at as long as even a stock that runs down from Q without any reserve, the least there can be with
    Q a cycle of at most Q / rate + lead time days, costs less than the best.
    """
    require(holding_cost > 0, "holding_cost", holding_cost, "above 0")
    best: LostSalesLot | None = None
    quantity, given = 1, (lead_demand, units_day, order_cost, holding_cost, lost_cost)
    while best is None or _least(lead_demand, units_day, holding_cost, quantity) < best.cost:
        best = min(_with_quantity(given, quantity, best), key=lambda found: found.cost)
        quantity += 1
    return best


def _least(lead_demand: Counted, units_day: float, holding_cost: float, quantity: int) -> float:
    longest = (quantity + lead_demand.mean) / units_day
    return holding_cost * quantity * (quantity + 1) / (2 * units_day) / longest


def _with_quantity(
    given: tuple[Counted, float, float, float, float], quantity: int, best: LostSalesLot | None
) -> list[LostSalesLot]:
    points = range(min(quantity, len(given[0].pmf)))
    found: list[LostSalesLot] = [lost_sales_lot(*given, point, quantity) for point in points]
    return found if best is None else [*found, best]
