"""The benchmark's game keeps its books, and its baseline comes near the published scores."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.inventory_bench.baseline import CappedBaseStock
from tests.bench.inventory_bench.game import LOST, PROMISED, REGIMES, Offer, Regime, View, lead_times, play, play_all
from tests.bench.inventory_bench.patterns import LAWS, PERIODS, trajectories


@dataclass
class Given:
    """Orders what it is told to, and looks at what it sees."""

    orders: list[int]
    delays: list[int]
    last: View | None = None

    def order(self, view: View) -> int:
        assert len(view.demand) == view.period
        assert all(view.period - placed == took or placed + took < view.period for placed, took in view.received)
        assert all(self.delays[placed] == took for placed, took in view.received)
        self.last = view
        return self.orders[view.period]


episodes = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 200), min_size=n, max_size=n),
        st.lists(st.integers(0, 200), min_size=n, max_size=n),
        st.lists(st.sampled_from([0, 1, 2, 3, 4, LOST]), min_size=n, max_size=n),
    )
)


@settings(max_examples=150, deadline=None)
@given(episodes)
def test_units_are_neither_made_nor_lost_but_by_the_carrier(episode: tuple[list[int], list[int], list[int]]) -> None:
    orders, demand, delays = episode
    agent = Given(orders, delays)
    result = play(agent, Offer((1, 2, 3, 4, 5), 2, 4, 1, len(demand)), demand, delays)
    assert agent.last is not None
    due = [q for t, (q, d) in enumerate(zip(orders, delays, strict=True)) if d != LOST and t + d < len(demand)]
    assert result.arrived == sum(due) == result.sold + result.left
    assert result.ordered == sum(orders) == result.arrived + agent.last.in_transit
    assert result.sold <= result.wanted == sum(demand)
    assert result.reward <= result.possible
    assert 0.0 <= result.score <= 1.0


def test_what_is_ordered_at_lead_time_0_serves_the_same_period() -> None:
    result = play(Given([10, 0], [0, 0]), Offer((), 0, 4, 1, 2), [6, 6], [0, 0])
    assert (result.sold, result.left, result.reward) == (10, 0, 4 * 6 - 4 + 4 * 4)


def test_seeds_repeat_and_training_is_shared_by_the_realizations() -> None:
    first, again, other = trajectories(1), trajectories(1), trajectories(2)
    assert len(first) == 80 == 2 * len(LAWS)
    assert [one.demand for one in first] == [one.demand for one in again] != [one.demand for one in other]
    assert first[0].training == first[1].training
    assert first[0].demand != first[1].demand
    assert all(len(one.demand) == PERIODS for one in first)
    assert set(lead_times("stochastic", 1)) == {1, 2, 3, LOST}


@pytest.mark.parametrize(("regime", "published"), [("L0", 0.818), ("L4", 0.536)])
def test_the_baseline_is_near_its_published_score(regime: Regime, published: float) -> None:
    """The deviation between seeds is 0.003; where orders are lost it is 0.08, too much to test."""
    assert regime in REGIMES
    assert PROMISED[regime] in (0, 4)
    scores = [result.score for _, _, result in play_all(CappedBaseStock, trajectories(1), regime, 1)]
    assert len(scores) == 240
    assert sum(scores) / 240 == pytest.approx(published, abs=0.01)
