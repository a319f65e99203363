"""InventoryBench's inventory game: one item, fifty periods, lost sales, every period an order.

Read in TianyiPeng/InventoryBench: documentation/inventory_game.md (order of events, what the agent sees, zero stock at
the start, lost sales, demand seen even when it could not be served), documentation/benchmark.md (lead times, prices),
eval/evaluate_results.py (reward), documentation/strategies.md (the baseline, see `baseline`).
A period: the agent orders; orders due arrive (lead time 0: at once); demand is served from stock; p for each unit sold,
h for each unit left. Score of an episode = max(0, reward / (p * all demand)).
Assumed where the texts leave it open:
- an order that is lost stays "in transit" for the agent (so the documents say, and the published baseline's service
  level of 12 % with lost orders is only possible so); the evaluation script's own loop would show at once that an order
  is lost, which no buyer sees, so we do not use it;
- the agent is told, for every arrival, which order it was ("with original order date and actual lead time");
- the promised lead time is 0, 4, and 2 where it is stochastic (eval/run_baseline_policy.py);
- lead times 1, 2, 3 and lost at 25 % each are drawn once for a benchmark and shared by all its episodes, as published;
  that one sequence of 50 decides much, so we play several seeds and give the spread.
May not: know any policy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

from tests.bench.inventory_bench.patterns import PERIODS, Trajectory

Regime = Literal["L0", "L4", "stochastic"]
REGIMES: tuple[Regime, ...] = ("L0", "L4", "stochastic")
PROMISED: dict[Regime, int] = {"L0": 0, "L4": 4, "stochastic": 2}
PRICES: tuple[tuple[int, int], ...] = ((1, 1), (4, 1), (19, 1))
"""(profit of a unit, holding of a unit for a period)."""
LOST = -1


@dataclass(frozen=True)
class Offer:
    """What the agent is told before the first period."""

    training: tuple[int, ...]
    promised: int
    profit: int
    holding: int
    periods: int = PERIODS


@dataclass
class View:
    """What the agent sees before it orders in period `period` (0, 1, ...)."""

    offer: Offer
    period: int = 0
    on_hand: int = 0
    demand: list[int] = field(default_factory=list)
    """Demand of every period played, served or not."""
    open_orders: dict[int, int] = field(default_factory=dict)
    """Period in which it was placed -> quantity; lost ones are among them."""
    received: list[tuple[int, int]] = field(default_factory=list)
    """(period in which the order was placed, periods it took), in the order of arrival."""

    @property
    def in_transit(self) -> int:
        """Units ordered and not received."""
        return sum(self.open_orders.values())


class Agent(Protocol):
    """Decides in one episode."""

    def order(self, view: View) -> int:
        """Units to order now; not negative."""
        ...


@dataclass(frozen=True)
class Result:
    """One episode."""

    reward: int
    possible: int
    sold: int
    wanted: int
    left: int
    ordered: int
    arrived: int

    @property
    def score(self) -> float:
        """Normalized reward."""
        return max(0.0, self.reward / self.possible) if self.possible > 0 else 0.0


@dataclass(frozen=True)
class Benchmark:
    """The episodes of one seed: every trajectory x prices, under each lead time."""

    trajectories: tuple[Trajectory, ...]
    lead_times: dict[Regime, tuple[int, ...]]


def lead_times(regime: Regime, seed: int, periods: int = PERIODS) -> tuple[int, ...]:
    """Lead time of the order placed in each period; LOST never comes."""
    if regime != "stochastic":
        return (PROMISED[regime],) * periods
    choices = np.array([1, 2, 3, LOST])
    return tuple(int(d) for d in choices[np.random.default_rng([seed, 1_000]).integers(0, 4, periods)])


def play(agent: Agent, offer: Offer, demand: Sequence[int], delays: Sequence[int]) -> Result:
    """One episode; an order below zero is the agent's defect and stops the benchmark."""
    view = View(offer)
    reward = sold = ordered = arrived = 0
    for period, wanted in enumerate(demand):
        view.period = period
        quantity = agent.order(view)
        assert quantity >= 0, f"an order of {quantity} in period {period}"
        if quantity:
            view.open_orders[period] = quantity
        ordered += quantity
        came = _arrivals(view, delays)
        arrived += came
        served = min(wanted, view.on_hand + came)
        view.on_hand += came - served
        view.demand.append(wanted)
        sold += served
        reward += offer.profit * served - offer.holding * view.on_hand
    wanted_in_all = sum(demand)
    return Result(reward, offer.profit * wanted_in_all, sold, wanted_in_all, view.on_hand, ordered, arrived)


def _arrivals(view: View, delays: Sequence[int]) -> int:
    due = [placed for placed in view.open_orders if delays[placed] != LOST and placed + delays[placed] == view.period]
    view.received.extend((placed, view.period - placed) for placed in due)
    return sum(view.open_orders.pop(placed) for placed in due)


def play_all(
    made: Callable[[Offer], Agent], trajectories: Sequence[Trajectory], regime: Regime, seed: int
) -> list[tuple[Trajectory, int, Result]]:
    """(trajectory, profit, result) of every trajectory with each of the three prices."""
    delays = lead_times(regime, seed)
    return [
        (one, profit, play(made(offer), offer, one.demand, delays))
        for one in trajectories
        for profit, holding in PRICES
        for offer in (Offer(one.training, PROMISED[regime], profit, holding),)
    ]
