"""Each method against values worked out by hand, and that they are different methods."""

import numpy as np
import pytest

from solvers.replenishment.forecast import methods
from solvers.replenishment.forecast.methods import (
    CROSTON,
    HOLT,
    IMAPA,
    NAIVE,
    SBA,
    SES,
    SETTLED,
    STATE,
    TSB,
    WEEKLY_ADD,
    WEEKLY_MUL,
    ahead,
    fold,
    over,
)


def settled(**places: float) -> np.ndarray:
    """A state with textbook gains (no 1/n start) and these places set: s9=…"""
    state = np.zeros(STATE)
    state[12] = SETTLED
    for name, value in places.items():
        state[int(name[1:])] = value
    return state


def after(method: int, parameters: list[float], state: np.ndarray, units: list[int]) -> np.ndarray:
    for day, amount in enumerate(units):
        fold(method, np.array(parameters), state, day, float(amount))
    return state


def test_ses_by_hand() -> None:
    state = after(SES, [0.2, 0, 1], settled(s0=10.0), [15, 5])
    # 10 + 0.2 * 5 = 11; 11 + 0.2 * (5 - 11) = 9.8
    assert ahead(SES, np.array([0.2, 0, 1]), state, 2, 1) == pytest.approx(9.8)


def test_a_young_level_is_the_mean() -> None:
    state = np.zeros(STATE)
    after(SES, [0.0, 0, 1], state, [3, 5, 10])
    assert state[0] == pytest.approx(6.0)


def test_damped_holt_by_hand() -> None:
    parameters = [0.5, 0.2, 0.9]
    state = after(HOLT, parameters, settled(s0=10.0, s1=1.0), [13])
    # expected 10.9, level 10.9 + 0.5 * 2.1 = 11.95, trend 0.9 + 0.2 * (1.95 - 0.9) = 1.11
    assert state[:2] == pytest.approx([11.95, 1.11])
    assert ahead(HOLT, np.array(parameters), state, 2, 2) == pytest.approx(11.95 + (0.9 + 0.81) * 1.11)


def test_weekly_seasons_by_hand() -> None:
    state = after(WEEKLY_ADD, [0.1, 0.2, 1], settled(s0=10.0, s2=-4.0), [8])
    assert (state[0], state[2]) == (pytest.approx(10.2), pytest.approx(-3.6))
    flat = {f"s{place}": 1.0 for place in range(3, 9)}
    state = after(WEEKLY_MUL, [0.1, 0.2, 1], settled(s0=10.0, s2=0.5, **flat), [8])
    # error 3; weight of the day 0.5 * 7 / (6 + 0.25)
    assert state[0] == pytest.approx(10 + 0.1 * 3 * 0.5 * 7 / 6.25)
    assert state[2] == pytest.approx(0.5 + 0.2 * 3 / 10)


def test_naive_repeats_the_weekday() -> None:
    state = after(NAIVE, [0, 0, 1], settled(), [1, 2, 3, 4, 5, 6, 7, 8])
    assert [ahead(NAIVE, np.zeros(3), state, day, 1) for day in (7, 8, 13)] == [8, 2, 7]
    assert over(NAIVE, np.zeros(3), state, 7, 7) == 2 + 3 + 4 + 5 + 6 + 7 + 8


def test_croston_and_sba_by_hand() -> None:
    state = after(SBA, [0.1, 0, 1], settled(s9=4.0, s10=2.0, s11=1.0), [0, 0, 6])
    # size 4 + 0.1 * 2 = 4.2; interval 2 + 0.1 * (3 - 2) = 2.1
    assert ahead(SBA, np.array([0.1, 0, 1]), state, 3, 1) == pytest.approx(0.95 * 4.2 / 2.1)
    assert ahead(CROSTON, np.array([0.1, 0, 1]), state, 3, 1) == pytest.approx(2.0)


def test_tsb_by_hand_and_it_forgets_what_no_longer_sells() -> None:
    parameters = [0.1, 0.2, 1]
    state = after(TSB, parameters, settled(s9=4.0, s10=0.5), [0, 6])
    # probability 0.5 -> 0.4 -> 0.52; size 4.2
    assert ahead(TSB, np.array(parameters), state, 2, 1) == pytest.approx(4.2 * 0.52)
    after(TSB, parameters, state, [0] * 50)
    assert ahead(TSB, np.array(parameters), state, 52, 1) < 0.001


def test_imapa_by_hand() -> None:
    parameters = [0.5, 0, 1]
    state = after(IMAPA, parameters, settled(s13=1.0, s14=2.0, s29=2.0), [0, 4])
    # buckets of 1: 1 -> 0.5 -> 2.25; buckets of 2: 2 -> 2 + 0.5 * (4 - 2) = 3, 1.5 a day
    assert ahead(IMAPA, np.array(parameters), state, 2, 1) == pytest.approx((2.25 + 1.5) / 2)


def test_the_intermittent_methods_differ() -> None:
    units = np.array([0, 0, 5, 0, 0, 0, 2, 0, 9, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0], dtype=float)
    known = np.zeros(len(units), dtype=np.int8)
    found = []
    for method in (SBA, TSB, IMAPA, CROSTON):
        parameters = np.array([0.2, 0.1, 1.0])
        state = methods.begin(method, units, known, 0, len(units))
        for day, amount in enumerate(units):
            fold(method, parameters, state, day, amount)
        found.append(round(ahead(method, parameters, state, len(units), 1), 6))
    assert len(set(found)) == 4
    assert all(0.2 < mean < 2.5 for mean in found)
