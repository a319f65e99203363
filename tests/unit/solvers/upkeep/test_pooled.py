"""The company's law, its kinds', its machines': who knows little follows the others."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.upkeep.life import Life
from solvers.upkeep.pooled import DELAY_PRIOR, LIFE_PRIOR, MachineLives, learn


def lives(scale_h: float, count: int, seed: int) -> tuple[Life, ...]:
    return tuple(Life(float(h), True) for h in scale_h * np.random.default_rng(seed).weibull(2.5, count))


def test_a_company_that_has_seen_nothing_believes_what_everybody_believes() -> None:
    found = learn({"M1": MachineLives("M1"), "M2": MachineLives("M1")})
    assert found.company.life.scale_h == pytest.approx(LIFE_PRIOR.scale_h, rel=1e-3)
    assert found.company.delay.scale_h == pytest.approx(DELAY_PRIOR.scale_h, rel=1e-3)
    assert not found.kinds
    assert not found.machines
    assert found.company.error == pytest.approx(LIFE_PRIOR.scale_spread, rel=0.01)


def test_kinds_that_wear_differently_are_told_apart() -> None:
    machines = {f"A{n}": MachineLives("A1", lives(200.0, 10, n)) for n in (1, 2)}
    machines |= {f"B{n}": MachineLives("B1", lives(1_500.0, 10, 10 + n)) for n in (1, 2)}
    found = learn(machines)
    assert found.kinds["A1"].life.scale_h == pytest.approx(200.0, rel=0.25)
    assert found.kinds["B1"].life.scale_h == pytest.approx(1_500.0, rel=0.25)
    assert found.kinds["A1"].lives == 20


def test_a_kind_with_one_life_stays_near_the_company() -> None:
    machines = {f"A{n}": MachineLives("A1", lives(200.0, 20, n)) for n in (1, 2)}
    found = learn({**machines, "B1": MachineLives("B1", (Life(600.0, True),))})
    assert 200.0 < found.kinds["B1"].life.scale_h < 600.0


def test_a_machine_that_fails_more_often_than_its_kind_has_a_shorter_law() -> None:
    machines = {f"A{n}": MachineLives("A1", lives(1_000.0, 12, n)) for n in range(5)}
    found = learn({**machines, "A9": MachineLives("A1", lives(300.0, 12, 99))})
    weak = found.machines["A9"].life.scale_h
    assert weak < 0.8 * min(found.machines[f"A{n}"].life.scale_h for n in range(5))
    assert found.machines["A9"].lives == 12


@given(st.lists(st.tuples(st.floats(1.0, 3_000.0), st.booleans(), st.booleans()), max_size=12), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_survival_counts_and_the_order_of_machines_does_not(rows: list[tuple[float, bool, bool]], seed: int) -> None:
    machines = {f"M{n}": MachineLives("M0", (Life(*row),), running=Life(50.0, False)) for n, row in enumerate(rows)}
    names = list(machines)
    Random(seed).shuffle(names)
    assert learn({name: machines[name] for name in names}) == learn(machines)
    longer = {name: MachineLives("M0", one.lives, running=Life(2_000.0, False)) for name, one in machines.items()}
    if rows:
        assert learn(longer).company.life.scale_h >= learn(machines).company.life.scale_h * 0.999
