"""The network problem: one item, its sources, its nodes with stock, the links between them and the markets.

Promises: immutable, validated as a whole; the links have no cycle; every error names field, value and rule.
May not: forecast, decide, or know who asks.
Called by: `lookahead`, `physics`, `io`, benchmarks.

One period, in this order (orders first, as in a warehouse that loads in the morning what it has in the morning):
1. every link carries what is ordered, out of the stock its sender has at the *start* of the period;
2. what is due on the links arrives (lead time 0: what was ordered in this very period);
3. demand comes; a node sells what it has then; what is short waits (backlog) or is lost;
4. holding is paid on the stock at the end, transit on what is still on the way, shortage on what is short.

Quantities are units, prices are cents a unit. Both are floats: holding one unit for one day costs fractions of a
cent, and the decision is a linear program and no ledger. Orders can be rounded to whole units (`lookahead`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from solvers.errors import InvalidProblem, require

MAX_PERIODS = 400
MAX_NODES = 500
MAX_LINKS = 2_000
MAX_MARKETS = 500
MAX_LEAD_PERIODS = 200
MAX_UNITS = 1e9
MAX_CENTS = 1e9


@dataclass(frozen=True, slots=True)
class Node:
    """A place with stock.

    stock: units on hand at the start of the first period. holding_cents: for each unit left at a period's end.
    capacity: units it can send over its links a period, together; None = no limit. yield_ratio: units sent for each
    unit of stock used (a factory that loses a tenth: 0.9); sales are not affected. processing_cents: for each unit
    sent over a link or sold. end_value_cents: worth of a unit that is here, or on the way here, after the last period.
    """

    node_id: str
    stock: float = 0.0
    holding_cents: float = 0.0
    capacity: float | None = None
    yield_ratio: float = 1.0
    processing_cents: float = 0.0
    end_value_cents: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """A way to order: `to_id` orders from `from_id` (a node or a source).

    lead_periods: an order of period t can be sold in period t + lead_periods. unit_cents: paid for each unit when it
    is ordered (purchase price from a source, freight between own nodes; own nodes' transfer prices cancel and are
    none). transit_cents: for each unit on the way at a period's end. most: units a period; None = no limit.
    arriving: units already on the way, `arriving[k]` come k periods from the first; at most lead_periods of them.
    """

    from_id: str
    to_id: str
    lead_periods: int
    unit_cents: float = 0.0
    transit_cents: float = 0.0
    most: float | None = None
    arriving: tuple[float, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it in the problem."""
        return (self.from_id, self.to_id)


@dataclass(frozen=True, slots=True)
class Market:
    """Customers of one node.

    price_cents: for each unit sold. shortage_cents: for each unit short at a period's end. goodwill_cents: the
    planner's own price, on top, for what a customer who was kept waiting will not order later; it moves the decision
    and is no cost of the period. lost_sales: what is short is lost; otherwise it waits, `backlog` units at the start.
    """

    market_id: str
    node_id: str
    price_cents: float
    shortage_cents: float = 0.0
    goodwill_cents: float = 0.0
    lost_sales: bool = False
    backlog: float = 0.0


@dataclass(frozen=True, slots=True)
class NetworkProblem:
    """The network at the start of a period, and how many periods the plan looks ahead.

    `periods`: the last one is the end of the business for the plan; what is left then is worth `end_value_cents`.
    Raises `InvalidProblem` at the first broken rule.
    """

    periods: int
    sources: tuple[str, ...]
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    markets: tuple[Market, ...]
    order: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())
    """Node ids, every node after all nodes it orders from."""

    def __post_init__(self) -> None:
        validate(self)
        object.__setattr__(self, "order", _upstream_first(self))

    def node_index(self) -> Mapping[str, int]:
        """Position of each node in `nodes`."""
        return {node.node_id: position for position, node in enumerate(self.nodes)}


def validate(problem: NetworkProblem) -> None:
    """Raise `InvalidProblem` at the first broken rule."""
    whole = isinstance(problem.periods, int) and 1 <= problem.periods <= MAX_PERIODS
    require(whole, "periods", problem.periods, f"a whole number in 1..{MAX_PERIODS}")
    for name, most in (("nodes", MAX_NODES), ("links", MAX_LINKS), ("markets", MAX_MARKETS), ("sources", MAX_NODES)):
        count = len(getattr(problem, name))
        least = 1 if name in ("nodes", "markets") else 0
        require(least <= count <= most, name, count, f"{least}..{most} of them")
    ids = [*problem.sources, *(node.node_id for node in problem.nodes), *(each.market_id for each in problem.markets)]
    for each in ids:
        require(isinstance(each, str) and bool(each), "id", each, "a text that is not empty")
        require(ids.count(each) == 1, "id", each, "used once among sources, nodes and markets")
    for node in problem.nodes:
        _node(node)
    stocked = {node.node_id for node in problem.nodes}
    senders = stocked | set(problem.sources)
    keys = [link.key for link in problem.links]
    for link in problem.links:
        _link(link, senders, stocked)
        require(keys.count(link.key) == 1, f"links[{_name(link)}]", link.key, "one link between two places")
    for market in problem.markets:
        _market(market, stocked)


def _node(node: Node) -> None:
    where = f"nodes[{node.node_id}]"
    _within(where, "stock", node.stock, 0.0, MAX_UNITS)
    _within(where, "holding_cents", node.holding_cents, 0.0, MAX_CENTS)
    _within(where, "processing_cents", node.processing_cents, 0.0, MAX_CENTS)
    _within(where, "end_value_cents", node.end_value_cents, 0.0, MAX_CENTS)
    _within(where, "yield_ratio", node.yield_ratio, 1e-3, 1e3)
    if node.capacity is not None:
        _within(where, "capacity", node.capacity, 0.0, MAX_UNITS)


def _link(link: Link, senders: set[str], stocked: set[str]) -> None:
    where = f"links[{_name(link)}]"
    require(link.from_id in senders, f"{where}.from_id", link.from_id, "a node or a source of the problem")
    require(link.to_id in stocked, f"{where}.to_id", link.to_id, "a node of the problem")
    require(isinstance(link.lead_periods, int), f"{where}.lead_periods", link.lead_periods, "a whole number")
    _within(where, "lead_periods", link.lead_periods, 0, MAX_LEAD_PERIODS)
    _within(where, "unit_cents", link.unit_cents, 0.0, MAX_CENTS)
    _within(where, "transit_cents", link.transit_cents, 0.0, MAX_CENTS)
    if link.most is not None:
        _within(where, "most", link.most, 0.0, MAX_UNITS)
    count = len(link.arriving)
    require(count <= link.lead_periods, f"{where}.arriving", count, f"at most {link.lead_periods}, the lead time")
    for units in link.arriving:
        _within(where, "arriving", units, 0.0, MAX_UNITS)


def _market(market: Market, stocked: set[str]) -> None:
    where = f"markets[{market.market_id}]"
    require(market.node_id in stocked, f"{where}.node_id", market.node_id, "a node of the problem")
    for name in ("price_cents", "shortage_cents", "goodwill_cents"):
        _within(where, name, getattr(market, name), 0.0, MAX_CENTS)
    require(isinstance(market.lost_sales, bool), f"{where}.lost_sales", market.lost_sales, "true or false")
    _within(where, "backlog", market.backlog, 0.0, MAX_UNITS)
    require(not (market.lost_sales and market.backlog), f"{where}.backlog", market.backlog, "0 where sales are lost")


def _within(where: str, name: str, value: float, low: float, high: float) -> None:
    finite = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    require(finite and low <= value <= high, f"{where}.{name}", value, f"a number in {low:g}..{high:g}")


def _name(link: Link) -> str:
    return f"{link.from_id}>{link.to_id}"


def _upstream_first(problem: NetworkProblem) -> tuple[str, ...]:
    before: dict[str, list[str]] = {node.node_id: [] for node in problem.nodes}
    for link in problem.links:
        if link.from_id in before:
            before[link.to_id].append(link.from_id)
    try:
        return tuple(TopologicalSorter(before).static_order())
    except CycleError as error:
        raise InvalidProblem("links", error.args[1], "no node orders from itself, directly or not") from error
