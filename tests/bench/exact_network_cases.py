"""Published values of several stages: serial systems, and safety stock placed on trees.

Facts from Snyder and Shen (2019), ch. 6, Shang and Song (2003) and stockpyl's documentation and tests. Stages are
given downstream first in a chain.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from solvers.replenishment.multi_echelon import placement, serial
from solvers.replenishment.multi_echelon.placement import Link, Placement, place
from solvers.replenishment.multi_echelon.serial import serial_discrete, serial_normal
from solvers.replenishment.policies.distributions import poisson
from tests.bench.exact_case import CLOSED_FORM, GRID_LIMIT, Case
from tests.bench.oracle import stockpyl

NORMAL_CHAINS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...], float, float, float, str]] = {
    "example 6.1": ((3, 2, 2), (1, 1, 2), 37.12, 5, 1, "47.6602"),
    "readme": ((4, 3, 1), (1, 1, 2), 40, 10, 2, "86.0156"),
}
"""Echelon holding costs, lead times, shortage cost, mean and sd of demand; the limit of fine grids."""

SHANG_SONG: Mapping[int, tuple[tuple[float, ...], float, str]] = {
    1: ((0.25, 0.25, 0.25, 0.25), 9, "12.688"),
    9: ((0.25, 2.5, 2.5, 0.25), 9, "53.008"),
    17: ((0.25, 0.25, 0.25, 0.25), 99, "16.206"),
    25: ((0.25, 2.5, 2.5, 0.25), 99, "74.564"),
}
"""Row of their table 1: echelon holding costs, shortage cost; Poisson demand of 16 a period, lead times of 1/4."""

_ROUNDED_PARTS = 1e-5
"""Problem 6.8 is printed as 1378.31; its inputs give 1378.3020, by stockpyl too."""

_TAILS = ("ltd_lower_tail_prob", "ltd_upper_tail_prob", "sum_ltd_lower_tail_prob", "sum_ltd_upper_tail_prob")
"""What stockpyl cuts off, at 4 standard deviations unless told: too much to be an oracle."""

Tree = tuple[tuple[placement.Stage, ...], tuple[tuple[str, str], ...], float]


def cases() -> Iterator[Case]:
    """Every value."""
    for name, (holding, leads, shortage, mean, sd, printed) in NORMAL_CHAINS.items():
        given = ([serial.Stage(*stage) for stage in zip(holding, leads, strict=True)], shortage, mean, sd)
        shown = {"stockpyl, 1000 x 100 grid": _chain_oracle(holding, leads, shortage, mean=mean, sd=sd)}
        ours = lambda given=given: serial_normal(*given).cost  # noqa: E731
        yield Case(f"serial normal {name} cost", ours, printed, GRID_LIMIT, heuristics=shown)
    for row, (holding, shortage, printed) in SHANG_SONG.items():
        oracle = _chain_oracle(holding, (0.25,) * 4, shortage, poisson_mean=16)
        ours = lambda h=holding, p=shortage: serial_discrete(h, p, [poisson(4.0)] * 4).cost  # noqa: E731
        yield Case(f"serial Shang-Song {row} cost", ours, printed, GRID_LIMIT, oracle=oracle)
    for name, (tree, printed) in TREES.items():
        ours = lambda tree=tree: place_tree(tree).cost  # noqa: E731
        within = _ROUNDED_PARTS if name == "problem 6.8" else CLOSED_FORM
        yield Case(f"tree {name}", ours, printed, within, oracle=lambda tree=tree: tree_oracle(tree))


def place_tree(tree: Tree) -> Placement:
    """Ours."""
    stages, links, factor = tree
    return place(stages, [Link(*link) for link in links], factor)


def tree_oracle(tree: Tree) -> float:
    """stockpyl's own tree of the same stages."""
    from stockpyl.demand_source import DemandSource
    from stockpyl.gsm_tree import optimize_committed_service_times, preprocess_tree, relabel_nodes
    from stockpyl.supply_chain_network import SupplyChainNetwork
    from stockpyl.supply_chain_node import SupplyChainNode

    stages, links, factor = tree
    network, index = SupplyChainNetwork(), {stage.name: number for number, stage in enumerate(stages, 1)}
    for stage in stages:
        node = SupplyChainNode(
            index[stage.name],
            processing_time=stage.time,
            external_inbound_cst=stage.inbound or None,
            external_outbound_cst=stage.promise,
            local_holding_cost=stage.holding_cost,
            demand_bound_constant=factor,
        )
        if stage.promise is not None:
            node.demand_source = DemandSource(type="N", mean=0, standard_deviation=stage.sd)
        network.add_node(node)
    for upstream, downstream in links:
        network.add_edge(index[upstream], index[downstream])
    labelled = relabel_nodes(preprocess_tree(network), start_index=1)
    return float(optimize_committed_service_times(labelled)[1])


def _chain_oracle(
    holding: tuple[float, ...],
    leads: tuple[float, ...],
    shortage: float,
    mean: float = 0.0,
    sd: float = 0.0,
    poisson_mean: float | None = None,
) -> Callable[[], float]:
    def call() -> float:
        from stockpyl.demand_source import DemandSource

        source = (
            DemandSource(type="N", mean=mean, standard_deviation=sd)
            if poisson_mean is None
            else DemandSource(type="P", mean=poisson_mean)
        )
        found = stockpyl("ssm_serial").optimize_base_stock_levels(
            num_nodes=len(holding),
            echelon_holding_cost=list(reversed(holding)),
            lead_time=list(reversed(leads)),
            stockout_cost=shortage,
            demand_source=source,
            **(dict.fromkeys(_TAILS, 1e-13) if poisson_mean is not None else {}),
        )
        return float(found[1])

    return call


def _stage(
    name: str, time: int, holding: float, inbound: int = 0, promise: int | None = None, sd: float = 0.0
) -> placement.Stage:
    return placement.Stage(name, time, holding, inbound, promise, sd)


def _chain(names: str) -> tuple[tuple[str, str], ...]:
    parts = names.split()
    return tuple(pairwise(parts))


def _promised(tree: Tree, **promises: int) -> Tree:
    """The same tree with other promises; a stage's name follows an underscore."""
    stages, links, factor = tree
    changed = tuple(replace(stage, promise=promises.get(f"_{stage.name}", stage.promise)) for stage in stages)
    return changed, links, factor


_EXAMPLE_6_3: Tree = (
    (_stage("3", 1, 2, inbound=1), _stage("2", 0, 4), _stage("1", 1, 7, promise=1, sd=1)), _chain("3 2 1"), 1.0,
)  # fmt: skip
_PROBLEM_6_7: Tree = (
    (_stage("3", 1, 2, inbound=1), _stage("2", 1, 3), _stage("1", 2, 4, promise=0, sd=10)), _chain("3 2 1"), 4.0,
)  # fmt: skip
_PROBLEM_6_8: Tree = (
    (
        _stage("10", 5, 0.87, inbound=7), _stage("9", 1, 0.98), _stage("8", 5, 1.1), _stage("7", 9, 1.15),
        _stage("6", 5, 2.37), _stage("5", 8, 2.47), _stage("4", 15, 2.93), _stage("3", 2, 3.04),
        _stage("2", 10, 4.56), _stage("1", 5, 5.73, promise=3, sd=15.8),
    ),
    _chain("10 9 8 7 6 5 4 3 2 1"),
    2.0537489106318225,
)  # fmt: skip
_EXAMPLE_6_5: Tree = (
    (
        _stage("1", 2, 1, inbound=1), _stage("2", 1, 3, promise=0, sd=1),
        _stage("3", 1, 2), _stage("4", 1, 3, promise=1, sd=1),
    ),
    (("1", "3"), ("3", "2"), ("3", "4")),
    1.0,
)  # fmt: skip
_FIGURE_6_14: Tree = (
    (
        _stage("1", 2, 0.01), _stage("2", 3, 0.03), _stage("3", 2, 0.04), _stage("4", 4, 0.06), _stage("5", 2, 0.12),
        _stage("6", 3, 0.13), _stage("7", 6, 0.2), _stage("8", 4, 0.08), _stage("9", 3, 0.04),
        _stage("10", 2, 0.5, promise=2, sd=10),
    ),
    (*_chain("1 2 3 5 6 10"), ("4", "5"), ("7", "10"), ("8", "10"), ("9", "10")),
    1.6448536269514722,
)  # fmt: skip
_PROBLEM_6_9: Tree = (
    (
        _stage("1", 7, 44 / 365, promise=3, sd=4.1), _stage("2", 7, 28 / 365, promise=3, sd=6.2),
        _stage("3", 21, 18 / 365), _stage("4", 3, 1 / 365), _stage("5", 8, 4 / 365), _stage("6", 2, 1.5 / 365),
    ),
    (("3", "1"), ("3", "2"), ("4", "3"), ("5", "3"), ("6", "5")),
    4.0,
)  # fmt: skip

TREES: Mapping[str, tuple[Tree, str]] = {
    "example 6.3": (_EXAMPLE_6_3, repr(2 * math.sqrt(2))),
    "problem 6.7": (_PROBLEM_6_7, repr(160 * math.sqrt(5))),
    "problem 6.8": (_PROBLEM_6_8, "1378.31"),
    "example 6.5": (_EXAMPLE_6_5, "8.277917"),
    "figure 6.14": (_FIGURE_6_14, "18.824004"),
    "figure 6.14, promise 5": (_promised(_FIGURE_6_14, _10=5), "12.468689"),
    "figure 6.14, promise 8": (_promised(_FIGURE_6_14, _10=8), "3.257882"),
    "figure 6.14, promise 12": (_promised(_FIGURE_6_14, _10=12), "0.232617"),
    "problem 6.9": (_PROBLEM_6_9, "15.649530"),
    "problem 6.9, promises 0 and 7": (_promised(_PROBLEM_6_9, _1=0, _2=7), "13.121240"),
    "problem 6.9, promises 21 and 5": (_promised(_PROBLEM_6_9, _1=21, _2=5), "10.581119"),
}
