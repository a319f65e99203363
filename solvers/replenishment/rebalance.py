"""Moving stock between sites, and giving stock to orders: integer min-cost flow, solved exactly, in milliseconds.

`transfers`: sites with more than they need send to sites that will run short, where the goods save more than the way
costs; a fixed cost of a way is charged once and a way that does not earn it back is closed and the rest solved again.
`allocate`: which stock or arrival serves which order, at least total cost, what is not served having its price.
Both are a transportation problem: successive shortest paths with potentials (Ahuja, Magnanti and Orlin 1993, ch. 9),
which are exact on whole numbers, and quick because a neighbourhood has tens of places, not thousands.
Promises: whole units; deterministic; never sends more than is spare nor more than is wanted.
May not: look at a clock or know an item's policy.
Called by: planning on every event; tests against brute force.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from solvers.errors import require

MAX_PLACES = 5_000
MAX_UNITS = 10**9
MAX_CENTS = 10**9
_FAR = 1 << 62


@dataclass(frozen=True, slots=True)
class SiteStock:
    """One item at one site: units it can spare, or steps of units it misses with the cents each unit is worth there.

    `missing`: (units, cents a unit), for example the units certainly short and, cheaper, those its safety stock lacks.
    """

    site_id: str
    spare: int = 0
    missing: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """A way between two own sites: cents a unit, cents each time it is used, and how long it takes."""

    from_site_id: str
    to_site_id: str
    unit_cents: int = 0
    order_cents: int = 0
    transit_s: int = 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """Move `quantity` units. `saves_cents`: what they are worth there, less what the way costs."""

    from_site_id: str
    to_site_id: str
    quantity: int
    cost_cents: int
    saves_cents: int
    transit_s: int


@dataclass(frozen=True, slots=True)
class Supply:
    """Units that orders can have: stock at a site, or a receipt."""

    supply_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order line: units, and the cents that each unit not served costs."""

    order_id: str
    quantity: int
    unserved_cents: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """`quantity` units of `supply_id` for `order_id`; "" as supply: not served."""

    order_id: str
    supply_id: str
    quantity: int
    cost_cents: int


def transfers(stocks: Sequence[SiteStock], lanes: Sequence[Lane]) -> tuple[Transfer, ...]:
    """What to move now of one item. Raises `InvalidProblem` for unknown sites or values out of range."""
    _check_sites(stocks, lanes)
    spare = {s.site_id: s.spare for s in stocks if s.spare}
    steps = [(s.site_id, units, cents) for s in stocks for units, cents in s.missing if units]
    usable = [lane for lane in lanes if lane.from_site_id in spare]
    while True:
        moved = _moved(spare, steps, usable)
        losing = [lane for lane, (_, saved) in moved.items() if saved < lane.order_cents]
        if not losing:
            break
        worst = min(losing, key=lambda lane: (moved[lane][1] - lane.order_cents, lane.from_site_id, lane.to_site_id))
        usable = [lane for lane in usable if lane is not worst]
    found = [
        Transfer(
            lane.from_site_id, lane.to_site_id, units, units * lane.unit_cents + lane.order_cents,
            saved - lane.order_cents, lane.transit_s,
        )
        for lane, (units, saved) in moved.items()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda t: (t.from_site_id, t.to_site_id)))


def _moved(
    spare: Mapping[str, int], steps: Sequence[tuple[str, int, int]], lanes: Sequence[Lane]
) -> dict[Lane, tuple[int, int]]:
    """(units, cents saved before the fixed cost) of each lane used."""
    names = list(spare)
    costs: dict[tuple[int, int], int] = {}
    by_pair: dict[tuple[int, int], Lane] = {}
    for lane in lanes:
        source = names.index(lane.from_site_id)
        for number, (site_id, _, cents) in enumerate(steps):
            cost = lane.unit_cents - cents
            pair = (source, number)
            if site_id == lane.to_site_id and cost < 0 and cost < costs.get(pair, 0):
                costs[pair], by_pair[pair] = cost, lane
    flow = cheapest([spare[name] for name in names], [units for _, units, _ in steps], costs)
    found: dict[Lane, tuple[int, int]] = {}
    for pair, units in flow.items():
        before = found.get(by_pair[pair], (0, 0))
        found[by_pair[pair]] = (before[0] + units, before[1] - units * costs[pair])
    return found


def allocate(
    supplies: Sequence[Supply], wanted: Sequence[Wanted], cents: Mapping[tuple[str, str], int]
) -> tuple[Assignment, ...]:
    """Which supply serves which order. `cents[(supply_id, order_id)]` a unit; a pair that is not there cannot be."""
    for name, entries in (("supplies", supplies), ("wanted", wanted)):
        require(len(entries) <= MAX_PLACES, name, len(entries), f"at most {MAX_PLACES}")
    rows = {supply.supply_id: number for number, supply in enumerate(supplies)}
    columns = {line.order_id: number for number, line in enumerate(wanted)}
    require(len(rows) == len(supplies), "supplies", len(supplies), "each supply once")
    require(len(columns) == len(wanted), "wanted", len(wanted), "each order once")
    costs = {}
    for (supply_id, order_id), cost in cents.items():
        require(supply_id in rows and order_id in columns, "cents", (supply_id, order_id), "a supply and an order")
        require(0 <= cost <= MAX_CENTS, "cents", cost, f"0..{MAX_CENTS}")
        saved = cost - wanted[columns[order_id]].unserved_cents
        if saved < 0:
            costs[(rows[supply_id], columns[order_id])] = saved
    flow = cheapest([s.quantity for s in supplies], [w.quantity for w in wanted], costs)
    found, served = [], [0] * len(wanted)
    for (row, column), units in sorted(flow.items()):
        supply_id, order_id = supplies[row].supply_id, wanted[column].order_id
        found.append(Assignment(order_id, supply_id, units, units * cents[(supply_id, order_id)]))
        served[column] += units
    for line, units in zip(wanted, served, strict=True):
        if units < line.quantity:
            rest = line.quantity - units
            found.append(Assignment(line.order_id, "", rest, rest * line.unserved_cents))
    return tuple(sorted(found, key=lambda a: (columns[a.order_id], a.supply_id == "", rows.get(a.supply_id, 0))))


def cheapest(
    supply: Sequence[int], demand: Sequence[int], costs: Mapping[tuple[int, int], int]
) -> dict[tuple[int, int], int]:
    """Units from each row to each column at the least total cost (negative: a gain); nothing has to be sent.

    Only gains are taken: it stops when the best way left costs nothing or more.
    """
    for name, units in (("supply", supply), ("demand", demand)):
        for value in units:
            require(0 <= value <= MAX_UNITS, name, value, f"0..{MAX_UNITS}")
    network = _Network(len(supply), len(demand), costs)
    left, open_ = list(supply), list(demand)
    while True:
        path = network.shortest(left, open_)
        if path is None:
            return {pair: units for pair, units in sorted(network.flow.items()) if units}
        network.send(path, left, open_)


class _Network:
    """The residual network: rows, then columns; potentials keep every reduced cost at or above zero."""

    def __init__(self, rows: int, columns: int, costs: Mapping[tuple[int, int], int]) -> None:
        self.rows, self.columns, self.costs = rows, columns, costs
        self.out: list[list[int]] = [[] for _ in range(rows)]
        self.into: list[list[int]] = [[] for _ in range(columns)]
        for row, column in sorted(costs):
            self.out[row].append(column)
            self.into[column].append(row)
        self.flow: dict[tuple[int, int], int] = {}
        # Before any flow: a column as far as its cheapest way, so that no reduced cost is negative.
        self.potential = [0] * rows + [min((costs[(r, c)] for r in self.into[c]), default=0) for c in range(columns)]

    def shortest(self, left: Sequence[int], open_: Sequence[int]) -> list[int] | None:
        """Places of the cheapest way from what is left to what is open, if it gains."""
        count = self.rows + self.columns
        distance, before = [_FAR] * count, [-1] * count
        starts = [row for row in range(self.rows) if left[row]]
        base = min((-self.potential[row] for row in starts), default=0)
        queue = [(-self.potential[row] - base, row) for row in starts]
        for reach, row in queue:
            distance[row] = reach
        heapq.heapify(queue)
        while queue:
            reach, place = heapq.heappop(queue)
            if reach > distance[place]:
                continue
            for other, cost in self._ways(place):
                further = reach + cost + self.potential[place] - self.potential[other]
                if further < distance[other]:
                    distance[other], before[other] = further, place
                    heapq.heappush(queue, (further, other))
        return self._best(distance, before, base, open_)

    def _ways(self, place: int) -> Iterable[tuple[int, int]]:
        if place < self.rows:
            for column in self.out[place]:
                yield self.rows + column, self.costs[(place, column)]
            return
        column = place - self.rows
        for row in self.into[column]:
            if self.flow.get((row, column), 0):
                yield row, -self.costs[(row, column)]

    def _best(self, distance: list[int], before: list[int], base: int, open_: Sequence[int]) -> list[int] | None:
        ends = [self.rows + c for c in range(self.columns) if open_[c] and distance[self.rows + c] < _FAR]
        if not ends:
            return None
        true = {end: distance[end] + base + self.potential[end] for end in ends}
        end = min(ends, key=lambda place: (true[place], place))
        if true[end] >= 0:
            return None
        farthest = max(reach for reach in distance if reach < _FAR)
        for place, reach in enumerate(distance):
            self.potential[place] += min(reach, farthest)
        path = [end]
        while before[path[-1]] >= 0:
            path.append(before[path[-1]])
        return path[::-1]

    def send(self, path: Sequence[int], left: list[int], open_: list[int]) -> None:
        """As much as fits along the way."""
        steps = list(pairwise(path))
        units = min(left[path[0]], open_[path[-1] - self.rows])
        for here, there in steps:
            if here >= self.rows:
                units = min(units, self.flow[(there, here - self.rows)])
        for here, there in steps:
            pair = (here, there - self.rows) if here < self.rows else (there, here - self.rows)
            self.flow[pair] = self.flow.get(pair, 0) + (units if here < self.rows else -units)
        left[path[0]] -= units
        open_[path[-1] - self.rows] -= units


def _check_sites(stocks: Sequence[SiteStock], lanes: Sequence[Lane]) -> None:
    known = {stock.site_id for stock in stocks}
    require(len(known) == len(stocks) <= MAX_PLACES, "stocks", len(stocks), f"each site once, at most {MAX_PLACES}")
    for stock in stocks:
        require(0 <= stock.spare <= MAX_UNITS, f"stocks[{stock.site_id}].spare", stock.spare, f"0..{MAX_UNITS}")
        for units, cents in stock.missing:
            holds = 0 <= units <= MAX_UNITS and 0 <= cents <= MAX_CENTS
            require(holds, f"stocks[{stock.site_id}].missing", (units, cents), "units and cents from 0 to 10^9")
    for lane in lanes:
        where = f"lanes[{lane.from_site_id}>{lane.to_site_id}]"
        require(lane.from_site_id in known and lane.to_site_id in known, where, lane, "between known sites")
        require(lane.from_site_id != lane.to_site_id, where, lane, "between two sites")
        for name in ("unit_cents", "order_cents", "transit_s"):
            value = getattr(lane, name)
            require(0 <= value <= MAX_CENTS, f"{where}.{name}", value, f"0..{MAX_CENTS}")
