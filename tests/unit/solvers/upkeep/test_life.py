"""Lives: the law comes back from many, few failures stay sane, censoring counts, machines differ."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.scheduling.maintenance import Weibull
from solvers.upkeep.life import SHAPE_MAX, SHAPE_MIN, Life, Prior, fit, own


def drawn(shape: float, scale_h: float, count: int, seed: int, until_h: float = math.inf) -> list[Life]:
    """Lives of a known law, cut off at `until_h`."""
    hours = scale_h * np.random.default_rng(seed).weibull(shape, count)
    return [Life(float(min(one, until_h)), bool(one <= until_h)) for one in hours]


@pytest.mark.parametrize(("shape", "scale_h"), [(1.0, 300.0), (2.5, 900.0), (4.0, 5_000.0)])
def test_many_lives_give_the_law_back(shape: float, scale_h: float) -> None:
    found = fit(drawn(shape, scale_h, 2_000, seed=7))
    assert found.shape == pytest.approx(shape, rel=0.06)
    assert found.scale_h == pytest.approx(scale_h, rel=0.06)


def test_censored_lives_do_not_shorten_the_law() -> None:
    lives = drawn(2.5, 900.0, 2_000, seed=8, until_h=500.0)
    assert sum(life.failed for life in lives) < 600
    assert fit(lives).scale_h == pytest.approx(900.0, rel=0.1)
    naive = fit([Life(life.hours, True) for life in lives])
    assert naive.scale_h < 600


def test_without_lives_it_is_the_prior_and_survival_lengthens_it() -> None:
    prior = Prior(shape=2.0, scale_h=1_000.0)
    assert fit([], prior).scale_h == pytest.approx(1_000.0, rel=1e-3)
    survived = fit([Life(3_000.0, False)] * 5, prior)
    assert survived.scale_h > 3_000.0
    assert fit([Life(200.0, True)], prior).scale_h < 1_000.0


@given(
    lives=st.lists(st.builds(Life, st.floats(0.1, 50_000.0), st.booleans()), max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_any_records_give_a_law_within_bounds(lives: list[Life]) -> None:
    found = fit(lives)
    assert SHAPE_MIN - 1e-9 <= found.shape <= SHAPE_MAX + 1e-9
    assert 1.0 <= found.scale_h <= 1e6
    assert fit(lives) == found


@given(
    lives=st.lists(st.builds(Life, st.floats(1.0, 5_000.0), st.booleans()), max_size=20),
    hours=st.floats(1.0, 3_000.0),
)
@settings(max_examples=60, deadline=None)
def test_a_failure_never_lengthens_a_machines_law_and_survival_never_shortens_it(
    lives: list[Life], hours: float
) -> None:
    family = Weibull(shape=2.0, scale_h=1_000.0)
    before = own(family, lives).scale_h
    assert own(family, [*lives, Life(hours, False)]).scale_h >= before * (1 - 1e-12)
    assert own(family, [*lives, Life(1e-3, True)]).scale_h <= before * (1 + 1e-12)


def test_bad_lives_name_field_and_rule() -> None:
    with pytest.raises(InvalidProblem, match=r"life\.hours"):
        Life(0.0, True)
    with pytest.raises(InvalidProblem, match=r"prior\.shape"):
        Prior(shape=99.0)
