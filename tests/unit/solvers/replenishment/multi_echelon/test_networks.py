"""Chains and trees: published values, stockpyl, and brute force over every level and every service time."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.replenishment.multi_echelon.placement import Link, Placement, Stage, place
from solvers.replenishment.multi_echelon.serial import Stage as SerialStage
from solvers.replenishment.multi_echelon.serial import serial_discrete, serial_normal
from solvers.replenishment.policies.newsvendor import newsvendor_normal
from tests.bench import exact_network_cases
from tests.bench.exact_case import Case
from tests.unit.solvers.replenishment.policies import demands

CASES = list(exact_network_cases.cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_published_value(case: Case) -> None:
    assert case.ours() == pytest.approx(float(case.published), rel=0, abs=case.allowed)


@pytest.mark.parametrize("case", [case for case in CASES if case.oracle], ids=lambda case: case.name)
def test_the_oracle_says_the_same(case: Case) -> None:
    assert case.oracle is not None
    assert case.ours() == pytest.approx(case.oracle(), rel=1e-6)


CHAIN = [SerialStage(3, 1), SerialStage(2, 1), SerialStage(2, 2)]


def test_finer_grids_do_not_move_a_chain() -> None:
    costs = [serial_normal(CHAIN, 37.12, 5, 1, step=step).cost for step in (0.04, 0.02, 0.01, 0.005)]
    assert max(costs) - min(costs) < 1e-6 * costs[0]


def test_other_levels_of_a_chain_cost_more_and_a_search_says_so() -> None:
    best = serial_normal(CHAIN, 37.12, 5, 1)
    same = serial_normal(CHAIN, 37.12, 5, 1, levels=best.levels)
    assert same.cost == pytest.approx(best.cost, rel=1e-7)
    for shifts in product((-0.5, 0.0, 0.5), repeat=3):
        moved = [level + shift for level, shift in zip(best.levels, shifts, strict=True)]
        assert serial_normal(CHAIN, 37.12, 5, 1, levels=moved).cost >= best.cost * (1 - 1e-9)


def test_one_stage_is_a_newsvendor() -> None:
    """All holding is the stage's own; what is on its way is not counted, so the cost is the newsvendor's."""
    found = serial_normal([SerialStage(2.0, 3.0)], 18.0, 10.0, 4.0)
    level, cost = newsvendor_normal(30.0, 4.0 * math.sqrt(3.0), 2.0, 18.0)
    assert found.levels[0] == pytest.approx(level, abs=1e-3)
    assert found.cost == pytest.approx(cost, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=4).filter(any), min_size=2, max_size=2),
    st.lists(st.floats(0.2, 3), min_size=2, max_size=2),
    st.floats(1, 20),
)
def test_no_levels_of_a_chain_of_units_are_cheaper(
    weights: list[list[int]], holding: list[float], shortage: float
) -> None:
    pmfs = [demands.counted(one) for one in weights]
    best = serial_discrete(holding, shortage, pmfs)

    def cost(low: int, high: int) -> float:
        """The cost from its meaning: what is left at both stages, and what is short."""
        total = 0.0
        for up, up_chance in enumerate(pmfs[1].pmf):
            position = min(low, high - up)
            total += up_chance * holding[1] * (high - up)
            for units, chance in enumerate(pmfs[0].pmf):
                net = position - units
                short = (shortage + sum(holding)) * max(0, -net)
                total += up_chance * chance * (holding[0] * net + short)
        return total

    levels = range(8)
    assert best.cost == pytest.approx(min(cost(low, high) for low in levels for high in levels), rel=1e-9)
    assert cost(*(int(level) for level in best.levels)) == pytest.approx(best.cost, rel=1e-9)


def test_local_levels_add_up_to_the_echelons() -> None:
    plan = serial_discrete((1.0, 1.0), 9.0, [demands.counted([1, 2, 1]), demands.counted([1, 2, 1])])
    assert sum(plan.local_levels()) == plan.levels[-1]
    assert min(plan.local_levels()) >= 0


def brute(stages: list[Stage], links: list[Link], factor: float) -> float:
    """Every combination of service times; each stage then receives the latest of its suppliers."""
    order = [stage.name for stage in stages]
    sd = {stage.name: stage.sd**2 for stage in stages}
    for name in order:
        for link in links:
            if link.downstream == name:
                sd[link.upstream] += link.units**2 * sd[name]
    best = math.inf
    top = sum(stage.time + stage.inbound for stage in stages)
    ranges = [range(min(top, stage.promise) + 1 if stage.promise is not None else top + 1) for stage in stages]
    for times in product(*ranges):
        service, cost = dict(zip(order, times, strict=True)), 0.0
        for stage in stages:
            waits = [service[link.upstream] for link in links if link.downstream == stage.name]
            net = max([stage.inbound, *waits]) + stage.time - service[stage.name]
            cost += stage.holding_cost * factor * math.sqrt(sd[stage.name] * net) if net >= 0 else math.inf
        best = min(best, cost)
    return best


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[Stage], list[Link]]:
    """Four stages; each but the last of them hangs on a later or earlier one; stage 0 is the most downstream."""
    links = []
    for name in range(1, 4):
        links.append(Link(str(name), str(draw(st.integers(0, name - 1))), draw(st.sampled_from([1.0, 2.0]))))
    if draw(st.booleans()):
        links[-1] = Link(links[-1].downstream, "3")
    serving = {link.upstream for link in links}
    stages = []
    for name in range(4):
        last = str(name) not in serving
        stages.append(
            Stage(
                str(name), draw(st.integers(0, 2)), draw(st.floats(0.1, 5)), draw(st.integers(0, 1)),
                draw(st.integers(0, 2)) if last else None, draw(st.floats(0.5, 3)) if last else 0.0,
            )
        )  # fmt: skip
    return stages, links


@settings(max_examples=30, deadline=None)
@given(trees())
def test_no_service_times_on_a_tree_are_cheaper(tree: tuple[list[Stage], list[Link]]) -> None:
    stages, links = tree
    found = place(stages, links, 1.6)
    keeps_its_promises(found, stages, links)
    downward = stages if links[-1].downstream != "3" else [stages[3], *stages[:3]]
    assert found.cost == pytest.approx(brute(downward, links, 1.6), rel=1e-9, abs=1e-9)


def keeps_its_promises(found: Placement, stages: list[Stage], links: list[Link]) -> None:
    for stage in stages:
        assert found.net[stage.name] == found.received[stage.name] + stage.time - found.service[stage.name] >= 0
        assert found.received[stage.name] >= stage.inbound
        assert stage.promise is None or found.service[stage.name] <= stage.promise
    for link in links:
        assert found.received[link.downstream] >= found.service[link.upstream]


def test_a_long_tree_is_placed() -> None:
    rng = np.random.default_rng(1)
    stages = [Stage("0", 3, 9.0, promise=0, sd=4.0)]
    links = []
    for name in range(1, 300):
        holding = float(rng.uniform(0.1, 5))
        stages.append(Stage(str(name), int(rng.integers(0, 5)), holding))
        links.append(Link(str(name), str(int(rng.integers(max(0, name - 10), name)))))
    keeps_its_promises(place(stages, links, 2.0), stages, links)


def test_what_is_no_tree_is_refused() -> None:
    first, second = Stage("a", 1, 1.0, promise=0, sd=1.0), Stage("b", 1, 1.0)
    for stages, links in (
        ([first, second], []),
        ([first, second], [Link("a", "c")]),
        ([first, first], [Link("a", "a")]),
        ([first, second, Stage("c", 1, 1.0, promise=1)], [Link("b", "a"), Link("a", "b")]),
        ([second], []),
        ([Stage("a", -1, 1.0, promise=0)], []),
    ):
        with pytest.raises(InvalidProblem):
            place(stages, links, 1.0)
    with pytest.raises(InvalidProblem):
        serial_normal([], 1.0, 1.0, 1.0)
