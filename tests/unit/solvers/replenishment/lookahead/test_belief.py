"""What the demand mixture learns, and how soon."""

from __future__ import annotations

import math
import random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.lookahead import DemandPaths, believe


def noisy(mean: float, sd: float, periods: int, seed: int) -> list[int]:
    rng = random.Random(seed)
    return [max(0, round(rng.gauss(mean, sd))) for _ in range(periods)]


def expected(history: list[int], periods: int = 1, censored: list[bool] | None = None) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = believe(history, censored or ()).paths(periods).units.mean(axis=0)
    return found


@pytest.mark.parametrize("level", [200, 40])
def test_a_lasting_change_of_level_is_followed_within_four_periods(level: int) -> None:
    before, after = noisy(100, 15, 40, 1), noisy(level, 0.15 * level, 4, 2)
    assert expected(before)[0] == pytest.approx(100, rel=0.08)
    assert expected(before + after)[0] == pytest.approx(level, rel=0.2)


def test_one_strange_period_is_half_believed_and_soon_forgotten() -> None:
    history = [*noisy(100, 15, 40, 1), 300]
    assert expected(history)[0] < 215
    assert expected(history + noisy(100, 15, 2, 5))[0] == pytest.approx(100, rel=0.12)


def test_a_trend_goes_on() -> None:
    rng = random.Random(3)
    history = [round(50 + 5 * t + rng.gauss(0, 8)) for t in range(30)]
    assert expected(history, 6) == pytest.approx([50 + 5 * t for t in range(30, 36)], rel=0.12)


def test_a_wave_of_unknown_length_is_found() -> None:
    rng = random.Random(4)
    history = [round(100 + 50 * math.sin(2 * math.pi * t / 7) + rng.gauss(0, 12)) for t in range(56)]
    wanted = [100 + 50 * math.sin(2 * math.pi * t / 7) for t in range(56, 63)]
    assert expected(history, 7) == pytest.approx(wanted, abs=20)
    assert believe(history).kinds_ppm()["wave"] > 900_000


def test_the_spread_follows_a_change_of_the_noise() -> None:
    calm = noisy(100, 10, 40, 5)
    wild = calm + noisy(100, 50, 15, 6)
    spread = [np.diff(np.quantile(believe(h).paths(1).units[:, 0], (0.16, 0.84)))[0] / 2 for h in (calm, wild)]
    assert spread[0] < 15
    assert spread[1] > 35


def test_a_stock_out_is_not_taken_for_low_demand() -> None:
    history = [*noisy(100, 15, 30, 7), 20, 0, 35, 10]
    cut = [False] * 30 + [True] * 4
    assert expected(history, censored=cut)[0] == pytest.approx(100, rel=0.12)
    assert expected(history)[0] < 60


def test_stock_outs_above_the_old_level_raise_it() -> None:
    history = [*noisy(100, 15, 30, 7), 190, 200, 210, 195]
    assert expected(history, censored=[False] * 30 + [True] * 4)[0] > 170


def test_no_demand_expects_none_soon() -> None:
    assert expected([0] * 30).max() < 1
    assert expected([]).max() == 0


def test_intervals_cover_what_they_promise() -> None:
    history = noisy(100, 25, 330, 8)
    belief, inside = believe(history[:30]), 0
    for units in history[30:]:
        low, high = np.quantile(belief.paths(1, 128).units[:, 0], (0.05, 0.95))
        inside += low <= units <= high
        belief = belief.after(units)
    assert 0.86 <= inside / 300 <= 0.95


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.booleans()), max_size=60), st.integers(1, 8))
def test_period_by_period_is_the_same_as_at_once(history: list[tuple[int, bool]], periods: int) -> None:
    units, cut = [u for u, _ in history], [c for _, c in history]
    at_once, stepwise = believe(units, cut), believe(units[:5], cut[:5])
    for u, c in history[5:]:
        stepwise = stepwise.after(u, c)
    drawn = at_once.paths(periods).units
    assert (drawn == stepwise.paths(periods).units).all()
    assert drawn.shape == (256, periods)
    assert (drawn >= 0).all()
    assert (drawn == np.floor(drawn)).all()
    assert sum(at_once.kinds_ppm()[kind] for kind in ("level", "trend", "memory", "wave")) == pytest.approx(
        1e6 if history else 0, abs=3
    )


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="censored"):
        believe([1, 2], [True])
    with pytest.raises(ValueError, match="negative"):
        believe([1, -2])
    with pytest.raises(ValueError, match="periods"):
        believe([1]).paths(0)
    with pytest.raises(ValueError, match="paths x periods"):
        DemandPaths(np.zeros((0, 3)))
