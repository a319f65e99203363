"""What is ordered, and why."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment import lead_time
from solvers.replenishment.lookahead import (
    DemandPaths,
    Economics,
    LeadLaw,
    OpenOrder,
    Position,
    believe,
    order_quantity,
)

PRICES = Economics(margin=4.0, holding=1.0)
UNRELIABLE = LeadLaw((0.0, 0.25, 0.25, 0.25), 0.25)
RNG = random.Random(11)
BELIEF = believe([max(0, round(RNG.gauss(100, 20))) for _ in range(40)])


def test_at_once_and_lost_sales_is_the_newsvendor() -> None:
    rng = np.random.default_rng(1)
    paths = DemandPaths(np.floor(rng.normal(100, 20, (600, 7))))
    for margin, share in ((1.0, 0.5), (4.0, 0.8), (19.0, 0.95)):
        found = order_quantity(Position(0), paths, LeadLaw.fixed(0), Economics(margin, 1.0)).quantity
        assert found == pytest.approx(np.quantile(paths.units[:, 0], share), abs=6)


def test_an_order_that_cannot_come_any_more_is_not_counted() -> None:
    none = order_quantity(Position(50), BELIEF, UNRELIABLE, PRICES)
    late = order_quantity(Position(50, (OpenOrder(400, 4), OpenOrder(300, 9))), BELIEF, UNRELIABLE, PRICES)
    assert late.quantity == none.quantity
    assert late.explain().given_up_units == 700
    assert late.explain().coming_units == 0


def test_the_older_an_open_order_the_less_it_counts() -> None:
    ordered = [order_quantity(Position(50, (OpenOrder(150, age),)), BELIEF, UNRELIABLE, PRICES) for age in (1, 2, 3, 4)]
    coming = [found.explain().coming_units for found in ordered]
    assert coming == pytest.approx([150 * 0.75, 150 * 2 / 3, 150 * 0.5, 0.0])
    assert ordered[3].quantity > ordered[0].quantity


def test_a_lost_share_is_learned_and_answered_with_more_stock() -> None:
    rng, record, open_since = random.Random(5), lead_time.start(2), list[int]()
    for day in range(80):
        came = [2] if rng.random() < 0.75 else []
        open_since += [day] if not came else []
        record = lead_time.observe(record, received_days=came, open_ages=[day - since for since in open_since])
    law = LeadLaw.of_record(record)
    assert law.lost == pytest.approx(0.25, abs=0.12)
    reliable = LeadLaw.of_record(lead_time.start(2))
    orders = [order_quantity(Position(100, (OpenOrder(100, 1),)), BELIEF, law, PRICES) for law in (reliable, law)]
    assert orders[1].quantity > orders[0].quantity


def test_days_become_periods_of_review() -> None:
    law = LeadLaw.of_record(lead_time.start(6), review_days=7)
    assert law.pmf[1] > 0.5
    assert sum(law.pmf) + law.lost == pytest.approx(1.0)


def test_what_comes_after_the_end_is_not_ordered() -> None:
    assert order_quantity(Position(0), BELIEF, LeadLaw.fixed(4), Economics(19.0, 1.0, periods_left=4)).quantity == 0
    assert order_quantity(Position(0), BELIEF, LeadLaw.fixed(4), Economics(19.0, 1.0, periods_left=5)).quantity > 0


def test_nothing_wanted_orders_nothing() -> None:
    assert order_quantity(Position(0), [0] * 30, UNRELIABLE, PRICES).quantity == 0
    assert order_quantity(Position(0), [], UNRELIABLE, PRICES).quantity == 0


def test_the_explanation_shows_what_the_order_changes() -> None:
    proposal = order_quantity(Position(120), BELIEF, LeadLaw.fixed(2), PRICES)
    why = proposal.explain()
    assert proposal.quantity > 0
    assert why.cost_of_waiting > 0
    assert why.stock_out_ppm[:2] == why.stock_out_waiting_ppm[:2]
    assert why.stock_out_ppm[2] < why.stock_out_waiting_ppm[2]
    courses = zip(why.stock_low, why.stock_median, why.stock_high, strict=True)
    assert all(low <= middle <= high for low, middle, high in courses)
    assert why.demand_mean[0] == pytest.approx(100, rel=0.1)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 600),
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 12)), max_size=6),
    st.sampled_from([LeadLaw.fixed(0), LeadLaw.fixed(3), UNRELIABLE]),
    st.floats(0.1, 40.0),
    st.integers(0, 12),
)
def test_orders_are_whole_bounded_and_repeatable(
    on_hand: int, open_orders: list[tuple[int, int]], lead: LeadLaw, margin: float, left: int
) -> None:
    position = Position(on_hand, tuple(OpenOrder(quantity, age) for quantity, age in open_orders))
    economics = Economics(margin, 1.0, left)
    first, second = (order_quantity(position, BELIEF, lead, economics) for _ in range(2))
    assert first.quantity == second.quantity
    assert 0 <= first.quantity <= 1_000
    why = first.explain()
    assert why == second.explain()
    assert why.cost_of_waiting >= -1e-9 - 0.02 * abs(why.expected_profit)
    assert why.coming_units + why.given_up_units == pytest.approx(sum(quantity for quantity, _ in open_orders))
    richer = order_quantity(Position(on_hand + 200, position.open_orders), BELIEF, lead, economics)
    assert richer.quantity <= first.quantity + 10


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="on_hand"):
        order_quantity(Position(-1), BELIEF, UNRELIABLE, PRICES)
    with pytest.raises(ValueError, match="open order"):
        order_quantity(Position(1, (OpenOrder(3, -1),)), BELIEF, UNRELIABLE, PRICES)
    with pytest.raises(ValueError, match="margin"):
        order_quantity(Position(1), BELIEF, UNRELIABLE, Economics(0.0, 1.0))
    with pytest.raises(ValueError, match="sum to 1"):
        LeadLaw((0.5, 0.2))
