"""Lives: the law comes back from many, few failures stay sane, censoring counts, machines differ."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.scheduling.maintenance import Weibull
from solvers.upkeep.life import SHAPE_MAX, SHAPE_MIN, Life, Prior, errors, fit, own


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


@given(
    shape=st.floats(0.8, 4.0),
    scale_h=st.floats(50.0, 5_000.0),
    count=st.integers(40, 400),
    until=st.floats(0.5, 2.0),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=60, deadline=None)
def test_the_law_comes_back_within_its_error_from_lives_of_which_some_are_censored(
    shape: float, scale_h: float, count: int, until: float, seed: int
) -> None:
    lives = drawn(shape, scale_h, count, seed, until_h=until * scale_h)
    found = fit(lives)
    shape_error, scale_error = errors(found, lives)
    assert abs(math.log(found.shape / shape)) < 4.5 * shape_error
    assert abs(math.log(found.scale_h / scale_h)) < 4.5 * scale_error
    assert 0.0 < scale_error < 1.0


def test_a_search_that_begins_at_the_right_shape_finds_the_scale() -> None:
    lives = drawn(2.0, 3_119.0, 171, seed=0, until_h=2 * 3_119.0)
    assert fit(lives).scale_h == pytest.approx(3_119.0, rel=0.15)


def test_errors_are_those_of_theory_and_halve_with_four_times_the_lives() -> None:
    found = [errors(fit(lives), lives) for lives in (drawn(2.5, 900.0, count, seed=3) for count in (400, 1_600))]
    assert found[0][0] == pytest.approx(0.78 / math.sqrt(400), rel=0.1)  # Lawless 2003, asymptotic, uncensored
    assert found[0][1] == pytest.approx(1.053 / 2.5 / math.sqrt(400), rel=0.1)
    assert found[0][1] / found[1][1] == pytest.approx(2.0, rel=0.15)


def watched(shape: float, scale_h: float, machines: int, hours: float, seed: int) -> list[Life]:
    """Lives of machines that ran for long before anybody looked, and are then watched for so many hours."""
    chance = np.random.default_rng(seed)
    lives: list[Life] = []
    for _ in range(machines):
        clock, looks_h, whole = 0.0, 20 * scale_h * (1 + chance.random()), False
        while clock < looks_h + hours:
            began, clock = max(clock, looks_h), clock + scale_h * chance.weibull(shape)
            if clock > looks_h:
                lives.append(Life(float(min(clock, looks_h + hours) - began), bool(clock <= looks_h + hours), whole))
                whole = True
    return [life for life in lives if life.hours > 0]


def test_lives_that_began_before_anybody_looked_give_the_law_too() -> None:
    lives = watched(2.5, 900.0, machines=600, hours=700.0, seed=5)
    assert sum(life.failed and not life.whole for life in lives) > 200
    found = fit(lives)
    assert found.shape == pytest.approx(2.5, rel=0.1)
    assert found.scale_h == pytest.approx(900.0, rel=0.06)
    naive = fit([Life(life.hours, life.failed) for life in lives])
    assert naive.shape < 2.0


def test_without_lives_it_is_the_prior_and_survival_lengthens_it() -> None:
    prior = Prior(shape=2.0, scale_h=1_000.0)
    assert fit([], prior).scale_h == pytest.approx(1_000.0, rel=1e-3)
    survived = fit([Life(3_000.0, False)] * 5, prior)
    assert survived.scale_h > 3_000.0
    assert fit([Life(200.0, True)], prior).scale_h < 1_000.0


@given(
    lives=st.lists(st.builds(Life, st.floats(0.1, 50_000.0), st.booleans(), st.booleans()), max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_any_records_give_a_law_within_bounds(lives: list[Life]) -> None:
    found = fit(lives)
    assert SHAPE_MIN - 1e-9 <= found.shape <= SHAPE_MAX + 1e-9
    assert 1.0 <= found.scale_h <= 1e6
    assert fit(lives) == found
    assert all(0.0 < error < math.inf for error in errors(found, lives))


@given(
    lives=st.lists(st.builds(Life, st.floats(1.0, 5_000.0), st.booleans(), st.booleans()), max_size=20),
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
