"""Demand over a random number of days, and the bands of a picture."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.forecast import DemandSeries, band, demand_over, grid_step, learn
from solvers.replenishment.forecast.filtering import LEVELS
from solvers.replenishment.forecast.record import Forecast

RNG = np.random.default_rng(5)
PACKS = DemandSeries.of((RNG.random(400) < 0.2) * RNG.choice([6, 12], 400))
POISSON = DemandSeries.of(RNG.poisson(4, 300))
LARGE = DemandSeries.of(np.rint(RNG.normal(5_000, 400, 200)).astype(int))
NOMINAL = tuple(round(level * 1e6) for level in LEVELS)


def plain(series: DemandSeries) -> Forecast:
    """A forecast without what calibration has moved."""
    forecast = learn(series, None, len(series.units))
    return replace(forecast, day_levels_ppm=NOMINAL, span_levels_ppm=NOMINAL)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=80),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12).filter(lambda weights: sum(weights) > 0.01),
    st.integers(1, 5),
)
def test_probabilities_whatever_the_history(units: list[int], weights: list[float], step: int) -> None:
    series = DemandSeries.of(units)
    forecast = learn(series, None, len(units))
    days = np.array(weights) / sum(weights)
    first, second = (demand_over(series, forecast, days, step=step) for _ in range(2))
    assert first.pmf.tolist() == second.pmf.tolist()
    assert first.pmf.sum() == pytest.approx(1.0, abs=1e-9)
    assert first.pmf.min() >= 0.0
    found = [first.quantile(p) for p in (0.05, 0.25, 0.5, 0.9, 0.99)]
    assert found == sorted(found)


def test_no_days_no_demand() -> None:
    assert demand_over(POISSON, plain(POISSON), [1.0]).pmf.tolist() == [1.0]


def test_mean_and_variance_of_independent_days() -> None:
    counted = demand_over(POISSON, plain(POISSON), [0, 0, 0, 0, 1.0])
    units = np.arange(len(counted.pmf))
    variance = float(counted.pmf @ (units - counted.mean) ** 2)
    assert counted.mean == pytest.approx(4 * POISSON.units.mean(), rel=0.02)
    assert 10 < variance < 32


def test_a_random_lead_time_widens() -> None:
    forecast = plain(POISSON)
    certain, random = (
        demand_over(POISSON, forecast, [0] * 5 + [1.0]),
        demand_over(POISSON, forecast, [0.5] + [0] * 9 + [0.5]),
    )
    assert certain.mean == pytest.approx(random.mean, rel=0.02)
    assert random.quantile(0.95) > certain.quantile(0.95) * 1.3


def test_packs_are_sold_in_packs() -> None:
    forecast = replace(plain(PACKS), shape="bootstrap")
    counted = demand_over(PACKS, forecast, [0, 0, 1.0])
    odd = counted.pmf[np.arange(len(counted.pmf)) % 6 != 0].sum()
    assert odd < 1e-6
    assert counted.mean == pytest.approx(2 * forecast.mean_micro / 1e6, rel=0.05)


def test_bootstrap_is_the_exact_sum_of_drawn_days() -> None:
    """Against the convolution by hand, with nothing but days that are independent."""
    forecast = plain(PACKS)
    forecast = replace(forecast, shape="bootstrap", dispersion_micro=1, span_spread_micro=(1, 1))
    counted = demand_over(PACKS, forecast, [0, 0.5, 0, 0.5])
    sizes = PACKS.units[PACKS.units > 0]
    usual = forecast.mean_micro / 1e6 / sizes.mean()
    day = np.zeros(13)
    day[0] = 1 - usual
    for size in (6, 12):
        day[size] = usual * (sizes == size).mean()
    three = np.convolve(np.convolve(day, day), day)
    expected = 0.5 * three + 0.5 * np.pad(day, (0, len(three) - len(day)))
    assert counted.pmf[:37] == pytest.approx(expected[: len(counted.pmf)][:37], abs=1e-5)


def test_large_demand_on_a_grid() -> None:
    forecast = plain(LARGE)
    step = grid_step(forecast, 6)
    counted = demand_over(LARGE, forecast, [0] * 6 + [1.0], step=step)
    assert 100 < step < 200
    assert len(counted.pmf) <= 310
    assert step * counted.mean == pytest.approx(30_000, rel=0.03)


def test_calibration_moves_quantiles() -> None:
    forecast = plain(POISSON)
    wide = replace(forecast, day_levels_ppm=(10_000, 200_000, 500_000, 800_000, 960_000, 990_000, 999_000))
    usual, moved = (demand_over(POISSON, record, [0, 1.0]) for record in (forecast, wide))
    assert moved.quantile(0.95) == usual.quantile(0.99) > usual.quantile(0.95)


def test_bands_are_ordered_and_rise() -> None:
    for series in (POISSON, PACKS, LARGE):
        found = band(series, plain(series), 20)
        assert (found.low <= found.median).all()
        assert (found.median <= found.high).all()
        for line in (found.low, found.median, found.high):
            assert (np.diff(line) >= 0).all()
        assert found.median[-1] == pytest.approx(20 * series.units.mean(), rel=0.4)


def test_bad_input_is_named() -> None:
    forecast = plain(POISSON)
    with pytest.raises(ValueError, match="days_pmf"):
        demand_over(POISSON, forecast, [0.5, 0.4])
    with pytest.raises(ValueError, match="step"):
        demand_over(POISSON, forecast, [1.0], step=0)
    with pytest.raises(ValueError, match="step: 1 is too fine"):
        demand_over(LARGE, plain(LARGE), [0] * 60 + [1.0])
    with pytest.raises(ValueError, match="horizon_days"):
        band(POISSON, forecast, 0)
