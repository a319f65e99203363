"""The linear program of the look-ahead: its matrix is built once for a structure and horizon and then reused.

Two stages: the orders of the first period are the same in all scenarios (here and now), everything later may follow
the scenario (recourse) and is decided again when its time comes (rolling horizon). Sample average approximation,
Kleywegt, Shapiro & Homem-de-Mello (2002). Only right-hand sides, bounds and costs change between two decisions of
the same structure.

Promises: deterministic. May not: read a clock or be imported by the core (scipy comes with it, lazily).
Called by: `lookahead`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.replenishment.network.demand import Floats, Scenarios
from solvers.replenishment.network.problem import NetworkProblem

Ints = NDArray[np.int64]

Structure = tuple[object, ...]


def structure_of(problem: NetworkProblem, scenarios: int) -> Structure:
    """What the matrix depends on: shape, horizon, lead times, yields; not stocks, prices or demand."""
    index = problem.node_index()
    return (
        problem.periods,
        scenarios,
        tuple((node.yield_ratio, node.capacity is None) for node in problem.nodes),
        tuple((index.get(link.from_id, -1), index[link.to_id], link.lead_periods) for link in problem.links),
        tuple(index[market.node_id] for market in problem.markets),
        tuple(market.lost_sales for market in problem.markets),
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of one scenario are: orders (periods x links), stock (periods x nodes), short (x markets)."""

    periods: int
    scenarios: int
    links: int
    nodes: int
    markets: int

    @property
    def width(self) -> int:
        """Columns of one scenario beyond the shared first orders."""
        return (self.periods - 1) * self.links + self.periods * (self.nodes + self.markets)

    @property
    def columns(self) -> int:
        """All columns: the shared first orders, then one block a scenario."""
        return self.links + self.scenarios * self.width

    def order(self, scenario: Ints, period: Ints, link: Ints) -> Ints:
        """Column of an order; the first period's are shared."""
        later = self.links + scenario * self.width + (period - 1) * self.links + link
        return np.where(period == 0, link, later)

    def stock(self, scenario: Ints, period: Ints, node: Ints) -> Ints:
        """Column of the stock at a period's end."""
        base = self.links + scenario * self.width + (self.periods - 1) * self.links
        return base + period * self.nodes + node

    def short(self, scenario: Ints, period: Ints, market: Ints) -> Ints:
        """Column of what is short (waiting or lost) at a period's end."""
        base = self.links + scenario * self.width + (self.periods - 1) * self.links + self.periods * self.nodes
        return base + period * self.markets + market


class Program:
    """The constraint matrices of one structure; gives the vectors for a problem and its scenarios.

    Rows. Equality, one a scenario, period and node: stock at the end - stock before - receipts + sent + sold = known
    receipts (+ first stock); sold = demand - short (+ what waited). Upper: what is sent is in the stock of the
    period's start; capacity; nobody unsells (what waits grows at most by the demand).
    """

    def __init__(self, problem: NetworkProblem, scenarios: int) -> None:
        self.layout = Layout(problem.periods, scenarios, len(problem.links), len(problem.nodes), len(problem.markets))
        index = problem.node_index()
        self._from = np.array([index.get(link.from_id, -1) for link in problem.links], dtype=np.int64)
        self._to = np.array([index[link.to_id] for link in problem.links], dtype=np.int64)
        self._lead = np.array([link.lead_periods for link in problem.links], dtype=np.int64)
        self._per_unit = np.array([1.0 / node.yield_ratio for node in problem.nodes])
        self._at = np.array([index[market.node_id] for market in problem.markets], dtype=np.int64)
        self._waits = np.array([not market.lost_sales for market in problem.markets], dtype=bool)
        self._senders = np.unique(self._from[self._from >= 0])
        limited = np.array([node.capacity is not None for node in problem.nodes], dtype=bool)
        self._limited = self._senders[limited[self._senders]]
        self.equal = self._equalities()
        self.upper = self._uppers()

    def _grid(self, count: int, first: int = 0) -> tuple[Ints, Ints, Ints]:
        """Scenario, period and position of every cell, flattened; periods from `first`."""
        shape = (self.layout.scenarios, self.layout.periods - first, count)
        scenario, period, position = (axis.ravel() for axis in np.indices(shape, dtype=np.int64))
        return scenario, period + first, position

    def _balance_row(self, scenario: Ints, period: Ints, node: Ints) -> Ints:
        return (scenario * self.layout.periods + period) * self.layout.nodes + node

    def _equalities(self) -> object:
        layout, entries = self.layout, _Entries()
        s, t, n = self._grid(layout.nodes)
        row = self._balance_row(s, t, n)
        entries.add(row, layout.stock(s, t, n), 1.0)
        later = t > 0
        entries.add(row[later], layout.stock(s, t - 1, n)[later], -1.0)
        s, t, link = self._grid(layout.links)
        lead = self._lead[link]
        due = t + lead < layout.periods
        receipt = self._balance_row(s, t + lead, self._to[link])
        entries.add(receipt[due], layout.order(s, t, link)[due], -1.0)
        owned = self._from[link] >= 0
        sent = self._balance_row(s, t, self._from[link])
        entries.add(sent[owned], layout.order(s, t, link)[owned], self._per_unit[self._from[link]][owned])
        s, t, m = self._grid(layout.markets)
        row = self._balance_row(s, t, self._at[m])
        entries.add(row, layout.short(s, t, m), -1.0)
        carried = self._waits[m] & (t > 0)
        entries.add(row[carried], layout.short(s, t - 1, m)[carried], 1.0)
        return entries.matrix(layout.scenarios * layout.periods * layout.nodes, layout.columns)

    def _uppers(self) -> object:
        layout, entries = self.layout, _Entries()
        s, t, link = self._grid(layout.links)
        once = (self._from[link] >= 0) & ((t > 0) | (s == 0))
        s, t, link = s[once], t[once], link[once]
        origin = self._from[link]
        row, stock_rows = self._sender_row(self._senders, s, t, origin)
        entries.add(row, layout.order(s, t, link), self._per_unit[origin])
        limited = np.isin(origin, self._limited)
        row, capacity_rows = self._sender_row(self._limited, s[limited], t[limited], origin[limited])
        entries.add(stock_rows + row, layout.order(s, t, link)[limited], 1.0)
        s, t, position = self._grid(self._senders.size, first=1)
        origin = self._senders[position]
        entries.add(self._sender_row(self._senders, s, t, origin)[0], layout.stock(s, t - 1, origin), -1.0)
        s, t, m = self._grid(layout.markets)
        waits = self._waits[m]
        s, t, m = s[waits], t[waits], m[waits]
        row = stock_rows + capacity_rows + np.arange(s.size, dtype=np.int64)
        entries.add(row, layout.short(s, t, m), 1.0)
        carried = t > 0
        entries.add(row[carried], layout.short(s, t - 1, m)[carried], -1.0)
        return entries.matrix(stock_rows + capacity_rows + s.size, layout.columns)

    def _sender_row(self, senders: Ints, scenario: Ints, period: Ints, node: Ints) -> tuple[Ints, int]:
        """Row of a sender in a period, and how many such rows there are; the first period's are shared."""
        per_scenario = (self.layout.periods - 1) * senders.size
        position = np.searchsorted(senders, node)
        later = senders.size + scenario * per_scenario + (period - 1) * senders.size + position
        return np.where(period == 0, position, later), senders.size + self.layout.scenarios * per_scenario

    def right_sides(self, problem: NetworkProblem, scenarios: Scenarios) -> tuple[Floats, Floats]:
        """Right-hand sides of the equalities and of the upper rows."""
        layout, demand = self.layout, scenarios.demand[:, : self.layout.periods]
        known = np.zeros((layout.periods, layout.nodes))
        known[0] = [node.stock for node in problem.nodes]
        for link, to in zip(problem.links, self._to, strict=True):
            arriving = link.arriving[: layout.periods]
            known[: len(arriving), to] += arriving
        backlog = np.array([market.backlog for market in problem.markets])
        wanted = demand.copy()
        wanted[:, 0] += backlog
        balance = np.repeat(known[None], layout.scenarios, axis=0)
        for m, at in enumerate(self._at):
            balance[:, :, at] -= wanted[:, :, m]
        repeats = 1 + layout.scenarios * (layout.periods - 1)
        stock = np.zeros(self._senders.size * repeats)
        stock[: self._senders.size] = known_stock(problem)[self._senders]
        most = np.array([node.capacity or 0.0 for node in problem.nodes])
        capacity = np.tile(most[self._limited], repeats)
        waiting = wanted[:, :, self._waits].ravel()
        return balance.ravel(), np.concatenate([stock, capacity, waiting])

    def costs(self, problem: NetworkProblem, scenarios: Scenarios) -> Floats:
        """Cents for each column: the expected cost less the expected revenue, up to the constant `revenue`."""
        layout = self.layout
        weights, horizon = scenarios.weights, layout.periods
        order = self._order_cents(problem)
        stock = np.tile([node.holding_cents for node in problem.nodes], (horizon, 1)).astype(np.float64)
        stock[-1] -= [node.end_value_cents for node in problem.nodes]
        gain = self._sale_cents(problem)
        short = np.tile([each.shortage_cents + each.goodwill_cents for each in problem.markets], (horizon, 1))
        short = short + np.where(self._waits, 0.0, gain)
        short[-1] += np.where(self._waits, gain, 0.0)
        block = np.concatenate([order[1:].ravel(), stock.ravel(), short.ravel()])
        return np.concatenate([order[0], np.outer(weights, block).ravel()])

    def fixed_cents(self, problem: NetworkProblem, scenarios: Scenarios) -> float:
        """What no decision changes: all demand sold, and the transit and late worth of what is on the way."""
        horizon = self.layout.periods
        wanted = np.tensordot(scenarios.weights, scenarios.demand[:, :horizon], axes=1).sum(axis=0)
        wanted = wanted + [market.backlog for market in problem.markets]
        cents = float(wanted @ self._sale_cents(problem))
        for link, to in zip(problem.links, self._to, strict=True):
            for due, units in enumerate(link.arriving):
                late_cents = problem.nodes[to].end_value_cents if due >= horizon else 0.0
                cents += units * (late_cents - link.transit_cents * min(due, horizon))
        return cents

    def _sale_cents(self, problem: NetworkProblem) -> Floats:
        cents = [
            m.price_cents - problem.nodes[at].processing_cents for m, at in zip(problem.markets, self._at, strict=True)
        ]
        return np.array(cents, dtype=np.float64)

    def _order_cents(self, problem: NetworkProblem) -> Floats:
        """Of a unit ordered, periods x links: price, processing, transit, less the worth of what comes too late."""
        horizon = self.layout.periods
        cents = np.zeros((horizon, self.layout.links))
        for position, (link, origin, to) in enumerate(zip(problem.links, self._from, self._to, strict=True)):
            left = np.arange(horizon, 0, -1)
            cents[:, position] = link.unit_cents + link.transit_cents * np.minimum(left, link.lead_periods)
            cents[:, position] += problem.nodes[origin].processing_cents if origin >= 0 else 0.0
            late = left <= link.lead_periods
            cents[late, position] -= problem.nodes[to].end_value_cents
        return cents

    def bounds(self, problem: NetworkProblem, scenarios: Scenarios) -> Floats:
        """Lower and upper bound of each column, columns x 2."""
        layout = self.layout
        demand = scenarios.demand[:, : layout.periods]
        most = np.array([np.inf if link.most is None else link.most for link in problem.links])
        orders = np.tile(most, (layout.scenarios, layout.periods - 1))
        stock = np.full((layout.scenarios, layout.periods * layout.nodes), np.inf)
        short = np.where(self._waits, np.inf, demand).reshape(layout.scenarios, -1)
        high = np.concatenate([most, np.concatenate([orders, stock, short], axis=1).ravel()])
        return np.column_stack([np.zeros_like(high), high])


def known_stock(problem: NetworkProblem) -> Floats:
    """Stock of every node at the start, in the order of `nodes`."""
    return np.array([node.stock for node in problem.nodes], dtype=np.float64)


class _Entries:
    """Collects the entries of a sparse matrix."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, Ints, Floats]] = []

    def add(self, row: Ints, column: Ints, value: Floats | float) -> None:
        """Entries at (row, column)."""
        self._parts.append((row, column, np.broadcast_to(np.asarray(value, dtype=np.float64), row.shape)))

    def matrix(self, rows: int, columns: int) -> object:
        """A scipy CSC matrix; entries of one place are summed."""
        from scipy.sparse import csc_array

        row, column, value = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        return csc_array((value, (row, column)), shape=(rows, columns))
