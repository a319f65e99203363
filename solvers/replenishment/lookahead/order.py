"""How much of one item to order now, where it may be ordered in every period at no cost for ordering.

Promises: pure and deterministic; the quantity with the highest mean profit over some hundred drawn futures, in whole
units, with the figures that explain it. What cannot be served is lost. Some milliseconds a decision.
May not: know where the demand or the lead times come from; keep anything.
Called by: the planner for items without a fixed cost of ordering; `tests/bench/replenishment_single`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lookahead import rollout, tables
from solvers.replenishment.lookahead.belief import DemandBelief, DemandPaths, believe
from solvers.replenishment.lookahead.lead_law import LeadLaw

Floats = npt.NDArray[np.float64]

_AFTER_ARRIVAL = 4
"""Periods looked at beyond the one in which an order is nearly surely there."""
_LONGEST = 40
_WORK = 2048
"""Paths times periods, so that a decision always takes about as long; twice as many decided no better (0.001)."""
_MOST_PERIODS = 3.0
"""No later order is larger than the demand of so many of the strongest coming periods."""
_MOST_COVER = 3.0
_STEPS = 6
"""Of each golden-section search."""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """Ordered and not received."""

    quantity: int
    age: int
    """Periods since it was ordered; 1 = in the period before this one."""


@dataclass(frozen=True, slots=True)
class Position:
    """Stock and what may be on the way; a late order stays in the list until it comes or is cancelled."""

    on_hand: int
    open_orders: tuple[OpenOrder, ...] = ()


@dataclass(frozen=True, slots=True)
class Economics:
    """Money in any unit."""

    margin: float
    """Earned on a unit sold, so lost with a unit short."""
    holding: float
    """A unit in stock at the end of a period."""
    periods_left: int = 0
    """0 = it goes on; else stock is worth nothing after so many periods (the end of a season)."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why this much. Series begin with the present period; low and high are the 5 % and 95 % courses."""

    expected_profit: float
    """Over the periods looked at."""
    cost_of_waiting: float
    """Profit that is lost if nothing is ordered now and the rule is taken up again in the next period."""
    cover: float
    """Stock and orders aimed at later, in units of the demand expected until the order after the next one is there."""
    coming_units: float
    given_up_units: float
    """Of the open orders, what is expected to come and what is not."""
    demand_mean: tuple[float, ...]
    demand_low: tuple[float, ...]
    demand_high: tuple[float, ...]
    stock_median: tuple[float, ...]
    stock_low: tuple[float, ...]
    stock_high: tuple[float, ...]
    stock_out_ppm: tuple[int, ...]
    """Probability of unserved demand in each period."""
    stock_out_waiting_ppm: tuple[int, ...]
    """The same if nothing is ordered now."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Units to order now, and why. `explain` plays the futures twice more, so it is done only when somebody asks."""

    quantity: int
    explain: Callable[[], Explanation]


def order_quantity(
    position: Position,
    demand: Sequence[int] | DemandBelief | DemandPaths,
    lead: LeadLaw,
    economics: Economics,
    *,
    censored: Sequence[bool] = (),
) -> Proposal:
    """What to order now. `demand` is the history (oldest first, `censored` marks stock-outs), a belief, or paths.

    Errors: ValueError naming the field where a figure is out of range.
    """
    _check(position, economics)
    periods = _horizon(lead, economics)
    if isinstance(demand, DemandPaths):
        paths = demand.units[:, :periods]
    else:
        belief = demand if isinstance(demand, DemandBelief) else believe(demand, censored)
        paths = belief.paths(periods, _WORK // periods).units
    futures = _futures(position, paths, lead)
    most = _MOST_PERIODS * float(paths.mean(axis=0).max())
    terms = rollout.Terms(float(position.on_hand), float(economics.margin), float(economics.holding), most)
    found, _, cover, _ = rollout.best_order(terms, futures, _MOST_COVER, _STEPS)
    quantity = round(found)
    return Proposal(quantity, lambda: _explained(quantity, cover, position, terms, futures))


def _check(position: Position, economics: Economics) -> None:
    if position.on_hand < 0:
        raise ValueError(f"on_hand must not be negative, not {position.on_hand}")
    for order in position.open_orders:
        if order.quantity < 0 or order.age < 0:
            raise ValueError(f"an open order's quantity and age must not be negative: {order}")
    if economics.margin <= 0 or economics.holding < 0 or economics.periods_left < 0:
        raise ValueError(f"margin must be above 0, holding and periods_left not below: {economics}")


def _horizon(lead: LeadLaw, economics: Economics) -> int:
    periods = min(_LONGEST, lead.reach() + _AFTER_ARRIVAL)
    return min(periods, economics.periods_left) if economics.periods_left else periods


def _futures(position: Position, paths: Floats, lead: LeadLaw) -> rollout.Futures:
    """Orders older than any lead time are lost: they are not drawn."""
    possible = [o for o in position.open_orders if o.quantity > 0 and o.age < len(lead.pmf)]
    quantity = np.array([o.quantity for o in possible], np.int64)
    age = np.array([o.age for o in possible], np.int64)
    count, periods = paths.shape
    evens_open = tables.even(count, max(1, 8 * -(-len(possible) // 8)), 2)
    evens_new = tables.even(count, periods, 3)
    return rollout.futures_of(np.ascontiguousarray(paths), lead.vector(), quantity, age, evens_open, evens_new)


def _explained(
    quantity: int, cover: float, position: Position, terms: rollout.Terms, futures: rollout.Futures
) -> Explanation:
    left, short, waiting = (np.zeros_like(futures.demand) for _ in range(3))
    profit_waiting = rollout.play(0.0, cover, terms, futures, left, waiting)
    profit = rollout.play(float(quantity), cover, terms, futures, left, short)
    coming = float(futures.living[:, 0].mean())
    open_units = float(sum(o.quantity for o in position.open_orders))
    low, median, high = np.quantile(left, (0.05, 0.5, 0.95), axis=0)
    demand_low, demand_high = np.quantile(futures.demand, (0.05, 0.95), axis=0)
    return Explanation(
        expected_profit=profit,
        cost_of_waiting=profit - profit_waiting,
        cover=cover,
        coming_units=coming,
        given_up_units=open_units - coming,
        demand_mean=_floats(futures.demand.mean(axis=0)),
        demand_low=_floats(demand_low),
        demand_high=_floats(demand_high),
        stock_median=_floats(median),
        stock_low=_floats(low),
        stock_high=_floats(high),
        stock_out_ppm=_ppm(short),
        stock_out_waiting_ppm=_ppm(waiting),
    )


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


def _ppm(short: Floats) -> tuple[int, ...]:
    return tuple(round(1e6 * float(share)) for share in (short > 0).mean(axis=0))


def warm_up(say: Callable[[str], None] = lambda line: None) -> None:
    """Compile or load the kernels."""
    say("replenishment: look-ahead")
    order_quantity(
        Position(1, (OpenOrder(1, 1),)), (1, 2), LeadLaw((0.0, 0.5, 0.4), 0.1), Economics(1.0, 1.0)
    ).explain()
