"""What really happens in one period: the network's physics, written apart from the program that plans with it.

Promises: stock is never negative, nothing appears or vanishes but sources, yields and sales; orders that cannot be
kept are cut in the order of the links. Called by: `io` (to check a plan), tests, simulations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from solvers.errors import require
from solvers.replenishment.network.problem import Link, NetworkProblem


@dataclass(frozen=True, slots=True)
class Outcome:
    """One period, in cents and units; `sent` by link, `sold` and `short` (waiting or lost) by market."""

    sent: tuple[float, ...]
    sold: tuple[float, ...]
    short: tuple[float, ...]
    revenue_cents: float
    purchase_cents: float
    processing_cents: float
    holding_cents: float
    transit_cents: float
    shortage_cents: float

    @property
    def profit_cents(self) -> float:
        """Revenue less all costs (goodwill is no cost of the period)."""
        spent = self.purchase_cents + self.processing_cents + self.holding_cents
        return self.revenue_cents - spent - self.transit_cents - self.shortage_cents


def step(problem: NetworkProblem, orders: Sequence[float], demand: Sequence[float]) -> tuple[NetworkProblem, Outcome]:
    """The problem one period later (its horizon one shorter, at least 1) and what happened.

    `orders`: units by link; `demand`: units by market. Raises `InvalidProblem` for a wrong length or a negative value.
    """
    for name, values, count in (("orders", orders, len(problem.links)), ("demand", demand, len(problem.markets))):
        require(len(values) == count, name, len(values), f"{count} values")
        require(all(value >= 0 for value in values), name, tuple(values), "not negative")
    stock = {node.node_id: node.stock for node in problem.nodes}
    sent = _load(problem, orders, stock)
    pipes, received = _move(problem.links, sent)
    for link, units in zip(problem.links, received, strict=True):
        stock[link.to_id] += units
    sold, short = _sell(problem, demand, stock)
    after = replace(
        problem,
        periods=max(1, problem.periods - 1),
        nodes=tuple(replace(node, stock=max(0.0, stock[node.node_id])) for node in problem.nodes),
        links=tuple(replace(link, arriving=pipe) for link, pipe in zip(problem.links, pipes, strict=True)),
        markets=tuple(
            replace(market, backlog=0.0 if market.lost_sales else units)
            for market, units in zip(problem.markets, short, strict=True)
        ),
    )
    return after, _account(problem, after, sent, sold, short)


def _load(problem: NetworkProblem, orders: Sequence[float], stock: dict[str, float]) -> list[float]:
    """Units that really leave, taken off `stock`."""
    nodes = {node.node_id: node for node in problem.nodes}
    busy = dict.fromkeys(nodes, 0.0)
    sent = []
    for link, wanted in zip(problem.links, orders, strict=True):
        units = wanted if link.most is None else min(wanted, link.most)
        if link.from_id in nodes:
            node = nodes[link.from_id]
            if node.capacity is not None:
                units = min(units, node.capacity - busy[link.from_id])
            units = max(0.0, min(units, node.yield_ratio * stock[link.from_id]))
            busy[link.from_id] += units
            stock[link.from_id] = max(0.0, stock[link.from_id] - units / node.yield_ratio)
        sent.append(units)
    return sent


def _move(links: Sequence[Link], sent: Sequence[float]) -> tuple[list[tuple[float, ...]], list[float]]:
    """What is on the way after this period, by link, and what has arrived in it."""
    pipes: list[tuple[float, ...]] = []
    received: list[float] = []
    for link, units in zip(links, sent, strict=True):
        if link.lead_periods == 0:
            pipes.append(())
            received.append(units)
            continue
        pipe = [*link.arriving, *[0.0] * (link.lead_periods - len(link.arriving))]
        received.append(pipe[0])
        pipes.append((*pipe[1:], units))
    return pipes, received


def _sell(problem: NetworkProblem, demand: Sequence[float], stock: dict[str, float]) -> tuple[list[float], list[float]]:
    sold, short = [], []
    for market, wanted in zip(problem.markets, demand, strict=True):
        due = wanted + market.backlog
        units = min(due, stock[market.node_id])
        stock[market.node_id] -= units
        sold.append(units)
        short.append(due - units)
    return sold, short


def _account(
    before: NetworkProblem, after: NetworkProblem, sent: list[float], sold: list[float], short: list[float]
) -> Outcome:
    processing = {node.node_id: node.processing_cents for node in before.nodes}
    made = sum(processing.get(link.from_id, 0.0) * units for link, units in zip(before.links, sent, strict=True))
    served = sum(processing[market.node_id] * units for market, units in zip(before.markets, sold, strict=True))
    return Outcome(
        sent=tuple(sent),
        sold=tuple(sold),
        short=tuple(short),
        revenue_cents=sum(market.price_cents * units for market, units in zip(before.markets, sold, strict=True)),
        purchase_cents=sum(link.unit_cents * units for link, units in zip(before.links, sent, strict=True)),
        processing_cents=made + served,
        holding_cents=sum(node.holding_cents * node.stock for node in after.nodes),
        transit_cents=sum(link.transit_cents * sum(link.arriving) for link in after.links),
        shortage_cents=sum(market.shortage_cents * units for market, units in zip(before.markets, short, strict=True)),
    )
