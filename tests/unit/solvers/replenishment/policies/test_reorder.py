"""The exact (s,S) and (r,nQ): against every other policy in a box, against simulation, against stockpyl."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.replenishment.policies.distributions import Counted, Normal, poisson
from solvers.replenishment.policies.exposure import (
    Costs,
    Exposure,
    Form,
    LotRule,
    Performance,
    Service,
    StockPolicy,
    coarse,
    counted,
)
from solvers.replenishment.policies.reorder import (
    best_by_cost,
    best_by_service,
    best_reorder_point,
    performance,
    service_reorder_point,
)
from tests.bench.oracle import oracle
from tests.unit.solvers.replenishment.policies import demands

FORMS: tuple[Form, ...] = ("up_to", "lots")
SERVICES: tuple[Service, ...] = ("cycle", "fill")
BOX = (range(-12, 22), 26)
"""Reorder points and largest quantity of the brute force."""


def box(exposure: Exposure, costs: Costs, form: Form, rule: LotRule, pack: int) -> list[Performance]:
    """Every policy that the lot rule allows."""
    points = [point for point in BOX[0] if point % pack == 0]
    quantities = range(rule.smallest, min(rule.largest, BOX[1]) + 1, rule.multiple)
    return [
        performance(exposure, costs, StockPolicy(form, point, quantity, pack))
        for point, quantity in product(points, quantities)
    ]


def served(found: Performance, kind: Service) -> float:
    return found.cycle_service if kind == "cycle" else found.fill_rate


rules = st.builds(LotRule, st.integers(1, 9), st.integers(1, 4), st.sampled_from([10**9, 12]))


@settings(max_examples=40)
@given(demands.exposures(), demands.costs(), rules, st.sampled_from(FORMS))
def test_no_policy_in_a_box_is_cheaper(exposure: Exposure, costs: Costs, rule: LotRule, form: Form) -> None:
    rule = LotRule(rule.least, 1, rule.most) if form == "up_to" else rule
    found = best_by_cost(exposure, costs, rule, form)
    best = performance(exposure, costs, found)
    assert rule.smallest <= found.quantity <= rule.largest
    assert found.quantity % rule.multiple == 0
    assert best.cost <= min(other.cost for other in box(exposure, costs, form, rule, found.pack)) * (1 + 1e-9)


@settings(max_examples=40)
@given(
    demands.exposures(),
    demands.costs(),
    rules,
    st.sampled_from(FORMS),
    st.sampled_from(SERVICES),
    st.floats(0.52, 0.98),
)
def test_no_policy_in_a_box_serves_enough_for_less(
    exposure: Exposure, costs: Costs, rule: LotRule, form: Form, kind: Service, target: float
) -> None:
    rule = LotRule(rule.least, 1, rule.most) if form == "up_to" else rule
    free = Costs(costs.order, costs.holding)
    found = best_by_service(exposure, free, target, kind, rule, form)
    best = performance(exposure, free, found)
    assert served(best, kind) >= target - 1e-9
    others = [o for o in box(exposure, free, form, rule, found.pack) if served(o, kind) >= target + 1e-9]
    assume(others)
    assert best.cost <= min(other.cost for other in others) * (1 + 1e-9)


@settings(max_examples=40)
@given(demands.exposures(), demands.costs(), st.integers(1, 15), st.sampled_from(FORMS), st.floats(0.3, 0.98))
def test_the_reorder_point_for_a_given_quantity(
    exposure: Exposure, costs: Costs, quantity: int, form: Form, target: float
) -> None:
    found = best_reorder_point(exposure, costs, quantity, form)
    for step in (-found.pack, found.pack):
        other = StockPolicy(form, found.reorder_point + step, quantity, found.pack)
        here = performance(exposure, Costs(0, costs.holding, costs.shortage), found).cost
        there = performance(exposure, Costs(0, costs.holding, costs.shortage), other).cost
        assert here <= there * (1 + 1e-9) + 1e-12
    for kind in SERVICES:
        enough = service_reorder_point(exposure, target, kind, quantity, form)
        less = StockPolicy(form, enough.reorder_point - enough.pack, quantity, enough.pack)
        assert served(performance(exposure, costs, enough), kind) >= target - 1e-9
        if less.reorder_point >= -quantity:
            assert served(performance(exposure, costs, less), kind) < target + 1e-9


@settings(max_examples=40)
@given(demands.exposures(unit=True), demands.costs())
def test_ordering_up_to_a_level_is_never_dearer_than_in_lots(exposure: Exposure, costs: Costs) -> None:
    """(s,S) is optimal among all policies with unit multiples (Iglehart 1963)."""
    by_level, in_lots = (performance(exposure, costs, best_by_cost(exposure, costs, form=form)) for form in FORMS)
    assert by_level.cost <= in_lots.cost * (1 + 1e-9)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_simulation_measures_the_same(form: Form, seed: int) -> None:
    rng = np.random.default_rng(seed)
    demand, lead = demands.counted([6, 2, 3, 0, 1, 1]), 2
    exposure, costs = Exposure.of(demands.over(demand, lead), demand), Costs(9.0, 0.5, 6.0)
    policy = StockPolicy(form, 5, 8)
    said = performance(exposure, costs, policy)
    seen = simulate(rng.choice(len(demand.pmf), 400_000, p=demand.pmf), lead, policy)
    assert seen["on_hand"] == pytest.approx(said.on_hand, rel=0.02)
    assert seen["backorders"] == pytest.approx(said.backorders, rel=0.05)
    assert seen["orders"] == pytest.approx(said.orders, rel=0.02)
    assert seen["fill_rate"] == pytest.approx(said.fill_rate, abs=0.005)
    assert seen["cycle_service"] == pytest.approx(said.cycle_service, abs=0.01)
    assert seen["ready_rate"] == pytest.approx(said.ready_rate, abs=0.005)
    cost = 9.0 * seen["orders"] + 0.5 * seen["on_hand"] + 6.0 * seen["backorders"]
    assert cost == pytest.approx(said.cost, rel=0.02)


def simulate(demand: np.ndarray, lead: int, policy: StockPolicy) -> dict[str, float]:
    """Look, order, receive what was ordered `lead` looks ago, serve: averages over all looks."""
    net, due = policy.order_up_to, [0] * lead
    held = short = orders = served_now = ready = cycles = calm = 0
    for units in demand.tolist():
        quantity = policy.order(net + sum(due))
        due.append(quantity)
        orders += quantity > 0
        arriving = due.pop(0)
        if arriving:
            cycles += 1
            calm += net >= 0
        net += arriving
        served_now += min(units, max(0, net))
        net -= units
        held, short, ready = held + max(0, net), short + max(0, -net), ready + (net >= 0)
    looks = len(demand)
    return {
        "on_hand": held / looks, "backorders": short / looks, "orders": orders / looks, "ready_rate": ready / looks,
        "fill_rate": served_now / float(demand.sum()), "cycle_service": calm / cycles,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_stockpyl_finds_the_same_level_policy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pmf = rng.random(8)
    pmf /= pmf.sum()
    costs = Costs(float(rng.uniform(0, 60)), float(rng.uniform(0.5, 2)), float(rng.uniform(3, 30)))
    exposure = Exposure.of(Counted(np.ones(1)), Counted(pmf))
    ours = performance(exposure, costs, best_by_cost(exposure, costs)).cost
    rates = (costs.holding, costs.shortage, costs.order)
    # stockpyl reads its list of probabilities up to S - s and leaves the last one out: zeros are put behind it.
    padded = [*pmf.tolist(), *([0.0] * 200)]
    theirs = oracle("ss", "s_s_discrete_exact", *rates, False, None, len(padded) - 1, padded, pick=2)()
    assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_stockpyl_finds_the_same_poisson_lots(seed: int) -> None:
    rng = np.random.default_rng(seed)
    holding, shortage, order = rng.uniform(1, 20), rng.uniform(30, 150), rng.uniform(5, 200)
    rate, lead = rng.uniform(0.5, 8), rng.uniform(0.5, 3)
    exposure, costs = Exposure.watched(poisson(rate * lead), rate), Costs(order, holding, shortage)
    ours = performance(exposure, costs, best_by_cost(exposure, costs, form="lots")).cost
    theirs = oracle("rq", "r_q_poisson_exact", holding, shortage, order, rate, lead, pick=2)()
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_costs_may_be_charged_each_day_of_a_longer_review() -> None:
    """G is linear in the distribution: charging the mixture is the mean of charging each day."""
    day, costs = demands.counted([4, 3, 2, 1]), Costs(20.0, 0.5, 5.0)
    lead, week = demands.over(day, 2), demands.over(day, 4)
    ends = [demands.over(day, 2 + days).pmf for days in range(1, 5)]
    mixed = Counted(sum(np.pad(pmf, (0, len(ends[-1]) - len(pmf))) for pmf in ends) / 4)
    exposure = Exposure(lead, week, Counted(ends[-1]), 4.0, mixed)
    policy = best_by_cost(exposure, costs)
    daily = [performance(Exposure(lead, week, Counted(pmf), 4.0), costs, policy) for pmf in ends]
    assert performance(exposure, costs, policy).cost == pytest.approx(np.mean([day.cost for day in daily]))


@settings(max_examples=30)
@given(st.integers(20, 200), st.integers(2, 7))
def test_a_grid_keeps_the_mean_and_the_loss_at_its_points(mean: int, step: int) -> None:
    fine = poisson(mean)
    assert isinstance(fine, Counted)
    rough = coarse(fine, step)
    assert rough.mean * step == pytest.approx(fine.mean)
    for level in range(0, len(rough.pmf), 5):
        assert rough.loss(level) * step == pytest.approx(fine.loss(level * step), abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(50, 300), st.integers(50, 3_000), st.integers(2, 10))
def test_a_grid_costs_no_more_than_it_says(mean: int, order: int, step: int) -> None:
    day, lead = poisson(mean), poisson(3 * mean)
    assert isinstance(day, Counted)
    assert isinstance(lead, Counted)
    exposure, costs = Exposure.of(lead, day), Costs(order, 0.2, 3.0)
    exact = performance(exposure, costs, best_by_cost(exposure, costs)).cost
    rough = performance(exposure, costs, best_by_cost(exposure, costs, grid=step)).cost
    assert exact <= rough * (1 + 1e-9)
    assert rough <= exact + costs.shortage * step / 2


def test_a_normal_is_counted_out() -> None:
    for step in (1, 4):
        found = counted(Normal(300.0, 30.0), step)
        assert found.pmf.sum() == pytest.approx(1.0)
        assert found.mean * step == pytest.approx(300.0, abs=1e-6)
    assert counted(Normal(7.25, 0.0)).mean == pytest.approx(7.25)


def test_packs_of_demand_keep_the_position_at_whole_packs() -> None:
    exposure = Exposure.of(demands.counted([5, 0, 0, 3, 0, 0, 1]), demands.counted([5, 0, 0, 3, 0, 0, 1]))
    found = best_by_cost(exposure, Costs(4.0, 1.0, 9.0), LotRule(multiple=6))
    assert found.pack == 3
    assert found.reorder_point % 3 == found.quantity % 6 == 0
    packs = best_by_cost(exposure.packs(3), Costs(4.0, 3.0, 27.0), LotRule(multiple=2), "lots")
    assert (packs.reorder_point * 3, packs.quantity * 3) == (found.reorder_point, found.quantity)


def test_an_order_is_the_least_that_the_policy_says() -> None:
    assert [StockPolicy("up_to", 4, 6).order(position) for position in (5, 4, -3)] == [0, 6, 13]
    assert [StockPolicy("lots", 4, 6).order(position) for position in (5, 4, -1, -2)] == [0, 6, 6, 12]


def test_what_is_never_demanded_is_never_ordered() -> None:
    still = Exposure.of(Counted(np.ones(1)), Counted(np.ones(1)))
    for form in FORMS:
        for policy in (
            best_by_cost(still, Costs(1.0, 1.0, 1.0), form=form),
            best_by_service(still, Costs(1.0, 1.0), 0.9, "fill", form=form),
        ):
            assert policy.order(0) == 0
            assert performance(still, Costs(1.0, 1.0, 1.0), policy).cost == 0


def test_what_has_no_answer_is_refused() -> None:
    exposure = Exposure.of(demands.counted([1, 1]), demands.counted([1, 1]))
    for costs in (Costs(1.0, 0.0, 1.0), Costs(1.0, 1.0, 0.0)):
        with pytest.raises(InvalidProblem):
            best_by_cost(exposure, costs)
    for target in (0.5, 1.0):
        with pytest.raises(InvalidProblem):
            best_by_service(exposure, Costs(1.0, 1.0), target, "fill")
    with pytest.raises(InvalidProblem):
        best_by_cost(exposure, Costs(1.0, 1.0, 1.0), LotRule(multiple=2), "up_to")
    with pytest.raises(InvalidProblem):
        LotRule(multiple=0)
    with pytest.raises(InvalidProblem):
        Costs(-1.0, 1.0)
