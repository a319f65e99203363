"""Drift: found soon, seldom in vain. Risk: rises, agrees with integration. Stopping: where it pays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.errors import InvalidProblem
from solvers.scheduling.maintenance import Costs, Weibull, replacement_age
from solvers.upkeep.drift import LEARNING, Drift, read, renewed
from solvers.upkeep.risk import Condition, curve, law_of, stop_now

LIFE = Weibull(shape=2.5, scale_h=600.0)
DELAY = Weibull(shape=2.0, scale_h=60.0)
COSTS = Costs(repair_cents=200_000, downtime_h=10.0, downtime_cents_per_h=10_000, planned_cents=40_000)


def played(seed: int, count: int, onset: int | None, slope: float = 0.2) -> Drift:
    chance = np.random.default_rng(seed)
    state = Drift()
    for number in range(count):
        drifted = max(0, number - onset) * slope if onset is not None else 0.0
        state = read(state, 50.0 + 3.0 * (float(chance.normal()) + drifted), float(number))
    return state


def test_a_drift_is_found_soon_and_dated_well() -> None:
    found = [played(seed, 200, onset=150) for seed in range(40)]
    delays = [state.alarm_h - 150 for state in found if state.alarm_h is not None and state.alarm_h >= 150]
    assert len(delays) >= 38
    assert max(delays) <= 30
    assert sum(abs(state.since_h - 150) <= 20 for state in found) >= 36


def test_white_noise_seldom_alarms() -> None:
    alarms = sum(played(seed, 300, onset=None).alarm_h is not None for seed in range(60))
    assert alarms <= 6


def test_one_wild_reading_is_no_drift_and_maintenance_ends_it() -> None:
    state = played(3, LEARNING + 20, onset=None)
    assert read(state, 10_000.0, 99.0).alarm_h is None
    drifting = played(4, 200, onset=100)
    assert renewed(drifting).alarm_h is None
    assert renewed(drifting).mean == drifting.mean
    with pytest.raises(InvalidProblem, match="value"):
        read(state, float("nan"), 1.0)


@given(age=st.floats(0.0, 2_000.0), share=st.floats(0.05, 1.0), drift=st.none() | st.floats(0.0, 200.0))
@settings(max_examples=80, deadline=None)
def test_risks_rise_and_more_running_is_never_safer(age: float, share: float, drift: float | None) -> None:
    at = Condition(age, drift)
    points = curve(law_of(at, LIFE, DELAY, share), 0)
    risks = [failed for _, failed in points]
    assert risks == sorted(risks)
    assert risks[0] >= 0
    assert risks[-1] <= 1000
    more = [failed for _, failed in curve(law_of(at, LIFE, DELAY, min(1.0, share * 1.5)), 0)]
    assert all(a <= b for a, b in zip(risks, more, strict=True))


def test_the_risk_is_the_conditional_probability() -> None:
    law = law_of(Condition(500.0), LIFE, DELAY, 1.0)
    alive = np.exp(-((500.0 / 600.0) ** 2.5))
    later = np.exp(-((524.0 / 600.0) ** 2.5))
    assert curve(law, 0)[0][1] == round(1000 * (1 - later / alive))


def test_the_best_age_by_integration_and_where_stopping_pays() -> None:
    age_h, rate = replacement_age(LIFE, COSTS)
    hours = np.linspace(1e-6, 2_400.0, 200_001)
    survives = np.exp(-((hours / 600.0) ** 2.5))
    lived = np.cumsum((survives[1:] + survives[:-1]) / 2 * np.diff(hours))
    rates = (COSTS.planned_cents * survives[1:] + COSTS.failure_cents * (1 - survives[1:])) / lived
    assert age_h == pytest.approx(float(hours[1:][rates.argmin()]), rel=0.01)
    assert rate == pytest.approx(float(rates.min()), rel=0.01)
    young, old = (law_of(Condition(age), LIFE, DELAY, 1.0) for age in (0.5 * age_h, 1.2 * age_h))
    assert not stop_now(young, COSTS, LIFE, 8.0).worth
    assert stop_now(old, COSTS, LIFE, 8.0).worth
    drifting = law_of(Condition(0.3 * age_h, 30.0), LIFE, DELAY, 1.0)
    assert stop_now(drifting, COSTS, LIFE, 8.0).worth
