"""Where to keep safety stock in a network that is a tree: guaranteed service times of least holding cost.

Each stage promises its customers a service time S and is promised SI by its suppliers; it keeps stock for the net
time SI + T - S that remains, bounded demand over it being z sigma sqrt(net time) (Graves and Willems 2000; Snyder and
Shen 2019, sec. 6.3). The tree is worked off from its leaves: what a part costs as a function of the one service time
that joins it to the rest.
Promises: the optimum over whole service times; the net times and stocks that go with it.
May not: take a network with a cycle (undirected), or service times that are not whole periods.
Called by: the choice of where to keep stock, tests against published values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np
import numpy.typing as npt

from solvers.errors import InvalidProblem, require

Floats = npt.NDArray[np.float64]

MAX_STAGES = 5_000
MAX_TIME = 2_000
"""Periods that the longest path may take."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: processing time in whole periods, holding cost of a unit a period, customers' demand of its own.

    `inbound`: service time of an outside supplier. `promise`: the most that outside customers may be made to wait;
    needed where a stage has no stage downstream. `sd`: of the outside customers' demand a period.
    """

    name: str
    time: int
    holding_cost: float
    inbound: int = 0
    promise: int | None = None
    sd: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """`downstream` takes `units` from `upstream` for each unit of its own."""

    upstream: str
    downstream: str
    units: float = 1.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Service times promised and received, net times and safety stocks by stage; holding cost a period."""

    service: Mapping[str, int]
    received: Mapping[str, int]
    net: Mapping[str, int]
    stock: Mapping[str, float]
    cost: float


def place(stages: Sequence[Stage], links: Sequence[Link], safety_factor: float) -> Placement:
    """The service times of least safety-stock cost; `safety_factor` is z, how far demand is bounded."""
    return _Tree(stages, links, safety_factor).placed()


class _Tree:
    """The network, rooted at its first stage, and the cost tables of the stages done so far."""

    def __init__(self, stages: Sequence[Stage], links: Sequence[Link], safety_factor: float) -> None:
        self.stage = {stage.name: stage for stage in stages}
        self.suppliers: dict[str, list[Link]] = {stage.name: [] for stage in stages}
        self.customers: dict[str, list[Link]] = {stage.name: [] for stage in stages}
        _check_stages(stages, links, safety_factor, self.stage)
        for link in links:
            self.customers[link.upstream].append(link)
            self.suppliers[link.downstream].append(link)
        self.downward = self._sorted()
        self.longest = self._longest()
        self.sd = self._pooled()
        self.factor = safety_factor
        self.parent, self.order = self._rooted(stages[0].name)
        # Of each stage done: cost by the time that joins it to its parent, and the table it was taken from.
        self.joined: dict[str, Floats] = {}
        self.table: dict[str, Floats] = {}

    def placed(self) -> Placement:
        for name in reversed(self.order):
            self.table[name] = self._costs(name)
            parent = self.parent[name]
            if parent is not None:
                supplies = any(link.downstream == parent for link in self.customers[name])
                self.joined[name] = self.table[name].min(axis=1 if supplies else 0)
        return self._read_off()

    def _costs(self, name: str) -> Floats:
        """Cost of the part below a stage, by its service time promised (rows) and received (columns)."""
        stage, longest = self.stage[name], self.longest[name]
        promised, received = np.arange(longest + 1)[:, None], np.arange(longest - stage.time + 1)[None, :]
        net = received + stage.time - promised
        allowed = (net >= 0) & (received >= stage.inbound)
        if stage.promise is not None:
            allowed = allowed & (promised <= stage.promise)
        cost = stage.holding_cost * self.factor * self.sd[name] * np.sqrt(np.maximum(net, 0))
        for link in self.suppliers[name]:
            if self.parent[link.upstream] == name:
                cost = cost + _at_most(self.joined[link.upstream], longest - stage.time + 1)[None, :]
        for link in self.customers[name]:
            if self.parent[link.downstream] == name:
                cost = cost + _at_least(self.joined[link.downstream], longest + 1)[:, None]
        return np.where(allowed, cost, np.inf)

    def _read_off(self) -> Placement:
        service: dict[str, int] = {}
        received: dict[str, int] = {}
        for name in self.order:
            table = self.table[name].copy()
            parent = self.parent[name]
            if parent is not None and any(link.downstream == parent for link in self.customers[name]):
                table[received[parent] + 1 :, :] = np.inf
            elif parent is not None:
                table[:, : service[parent]] = np.inf
            row, column = np.unravel_index(int(np.argmin(table)), table.shape)
            service[name], received[name] = int(row), int(column)
        net = {name: received[name] + self.stage[name].time - service[name] for name in self.order}
        stock = {name: self.factor * self.sd[name] * math.sqrt(net[name]) for name in self.order}
        cost = math.fsum(self.stage[name].holding_cost * stock[name] for name in self.order)
        return Placement(service, received, net, stock, cost)

    def _sorted(self) -> list[str]:
        """Every stage after its suppliers."""
        graph = {name: [link.upstream for link in found] for name, found in self.suppliers.items()}
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            raise InvalidProblem("links", error.args[1], "no stage supplies itself") from error

    def _longest(self) -> dict[str, int]:
        """The longest time in which a stage is replenished if nothing is stocked."""
        longest: dict[str, int] = {}
        for name in self.downward:
            waits = [longest[link.upstream] for link in self.suppliers[name]]
            longest[name] = self.stage[name].time + max([self.stage[name].inbound, *waits])
            require(longest[name] <= MAX_TIME, f"stages[{name}].time", longest[name], f"paths of at most {MAX_TIME}")
        return longest

    def _pooled(self) -> dict[str, float]:
        """Standard deviation of a period's demand at each stage: its own customers' and what is taken downstream.

        On a tree no two customers of a stage share a customer, so their demands are independent.
        """
        variance: dict[str, float] = {}
        for name in reversed(self.downward):
            taken = [link.units**2 * variance[link.downstream] for link in self.customers[name]]
            variance[name] = self.stage[name].sd ** 2 + sum(taken)
        return {name: math.sqrt(value) for name, value in variance.items()}

    def _rooted(self, root: str) -> tuple[dict[str, str | None], list[str]]:
        """Each stage's parent, and the stages from the root outwards."""
        parent: dict[str, str | None] = {root: None}
        order = [root]
        for name in order:
            near = [link.upstream for link in self.suppliers[name]]
            near += [link.downstream for link in self.customers[name]]
            for other in near:
                if other not in parent:
                    parent[other] = name
                    order.append(other)
        require(len(order) == len(self.stage), "links", len(order), "a network in one piece")
        return parent, order


def _at_most(cost: Floats, size: int) -> Floats:
    """Cheapest service time of a supplier that is no more than each time received."""
    lowest = np.minimum.accumulate(cost)
    return np.concatenate((lowest, np.full(max(0, size - len(cost)), lowest[-1])))[:size]


def _at_least(cost: Floats, size: int) -> Floats:
    """Cheapest time received by a customer that is no less than each service time promised."""
    lowest = np.minimum.accumulate(cost[::-1])[::-1]
    return np.concatenate((lowest, np.full(max(0, size - len(cost)), np.inf)))[:size]


def _check_stages(
    stages: Sequence[Stage], links: Sequence[Link], safety_factor: float, by_name: Mapping[str, Stage]
) -> None:
    require(1 <= len(stages) <= MAX_STAGES, "stages", len(stages), f"1..{MAX_STAGES}")
    require(len(by_name) == len(stages), "stages", len(stages), "each name once")
    require(len(links) == len(stages) - 1, "links", len(links), "one less than stages: a tree")
    require(safety_factor > 0, "safety_factor", safety_factor, "above 0")
    serving = {link.upstream for link in links}
    for link in links:
        for name in (link.upstream, link.downstream):
            require(name in by_name, "links", name, "a stage")
        require(link.units > 0, "links.units", link.units, "above 0")
    for stage in stages:
        where = f"stages[{stage.name}]"
        for field in ("time", "inbound", "holding_cost", "sd"):
            require(getattr(stage, field) >= 0, f"{where}.{field}", getattr(stage, field), "at least 0")
        require(stage.promise is None or stage.promise >= 0, f"{where}.promise", stage.promise, "at least 0")
        known = stage.promise is not None or stage.name in serving
        require(known, f"{where}.promise", stage.promise, "given where there is no stage downstream")
