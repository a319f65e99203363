"""Learning: what is chosen, what is left out, what a restart and a drift do."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.forecast import DemandSeries, Forecast, demand_over, learn, mean_per_day, pooled
from solvers.replenishment.forecast.record import MILLION

RNG = np.random.default_rng(11)
WEEK = np.array([0.3, 1.0, 1.0, 1.2, 1.5, 1.8, 0.2])
STEADY = RNG.poisson(8, 200)
WEEKLY = RNG.poisson(20 * WEEK[np.arange(210) % 7])
SLOW = (RNG.random(300) < 0.12) * RNG.choice([1, 2, 10], 300)


def learned(units: np.ndarray, **marks: list[int]) -> Forecast:
    return learn(DemandSeries.of(units, **marks), None, len(units))


def mean_of(forecast: Forecast) -> float:
    return forecast.mean_micro / MILLION


def test_classes_and_methods() -> None:
    assert learned(STEADY).kind == "smooth"
    assert learned(WEEKLY).method in ("weekly_mul", "weekly_add")
    assert learned(SLOW).kind == "lumpy"
    assert learned(np.zeros(60, dtype=int)).kind == "none"
    assert learned(np.array([], dtype=int)).kind == "none"


def test_the_mean_is_found() -> None:
    assert mean_of(learned(STEADY)) == pytest.approx(8, rel=0.1)
    assert mean_of(learned(SLOW)) == pytest.approx(float(SLOW.mean()), rel=0.35)
    assert mean_per_day(learned(WEEKLY), 7) == pytest.approx(20 * WEEK, rel=0.25, abs=1.5)


def test_growth_is_followed() -> None:
    growing = RNG.poisson(np.linspace(5, 30, 250))
    assert mean_of(learned(growing)) == pytest.approx(30, rel=0.15)


def test_a_stock_out_is_not_low_demand() -> None:
    out = list(range(150, 190))
    sold = STEADY.copy()
    sold[150:190] = np.minimum(sold[150:190], 3)
    told, not_told = learned(sold[:190], censored=out), learned(sold[:190])
    assert mean_of(told) == pytest.approx(8, rel=0.12)
    assert mean_of(not_told) < mean_of(told) - 0.5


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=60, max_size=90),
    st.sets(st.integers(0, 9), min_size=1),
)
def test_censoring_never_lowers_the_forecast(units: list[int], last: set[int]) -> None:
    """The last ten days, under a fit of the days before them."""
    before = learn(DemandSeries.of(units[:-10]), None, len(units) - 10)
    out = [len(units) - 10 + day for day in last]
    # An alarm fits anew, which is another model: such days are not compared.
    told = learn(DemandSeries.of(units, censored=out), before, len(units))
    plain = learn(DemandSeries.of(units), before, len(units))
    if told.fits == plain.fits == before.fits and before.method in ("ses", "weekly_add"):
        assert told.mean_micro >= plain.mean_micro - 1


def test_promotions_are_left_out_and_their_uplift_is_applied() -> None:
    units = STEADY.copy()
    days = [50, 51, 90, 91, 140, 141, 142]
    units[days] = units[days] * 3
    forecast = learned(units, promotions=days)
    assert mean_of(forecast) == pytest.approx(8, rel=0.1)
    assert forecast.uplift_ppm == pytest.approx(MILLION * units[days].sum() / (8 * len(days)), rel=0.2)
    series = DemandSeries.of(units, promotions=days)
    usual, lifted = (demand_over(series, forecast, [0, 0, 1], promoted=p).mean for p in ((), (200, 201)))
    assert lifted == pytest.approx(usual * forecast.uplift_ppm / MILLION, rel=0.05)


def test_a_one_off_is_dropped() -> None:
    units = STEADY.copy()
    units[180] = 900
    assert mean_of(learned(units, one_offs=[180])) == pytest.approx(mean_of(learned(STEADY)), rel=0.03)


def test_day_by_day_and_after_a_restart_the_same() -> None:
    straight = restarted = learn(DemandSeries.of(STEADY[:100]), None, 100)
    for today in range(101, 160):
        series = DemandSeries.of(STEADY[:today])
        straight = learn(series, straight, today)
        kept = json.loads(json.dumps(restarted.to_dict()))
        restarted = learn(series, Forecast.from_dict(kept), today)
    assert straight == restarted
    assert straight.through_day == 158
    assert straight.fits >= 2


def test_learning_twice_changes_nothing_and_today_is_not_over() -> None:
    series = DemandSeries.of(STEADY)
    forecast = learn(series, None, 150)
    assert forecast.through_day == 149
    assert learn(series, forecast, 150) is forecast


def test_several_days_at_once_is_day_by_day() -> None:
    begun = learn(DemandSeries.of(STEADY[:130]), None, 130)
    at_once = learn(DemandSeries.of(STEADY[:135]), begun, 135)
    one = begun
    for today in range(131, 136):
        one = learn(DemandSeries.of(STEADY[:today]), one, today)
    assert one.mean_micro == pytest.approx(at_once.mean_micro, abs=5)
    assert one.day_levels_ppm == pytest.approx(at_once.day_levels_ppm, abs=5)


def test_a_shift_raises_an_alarm_and_is_followed() -> None:
    units = np.concatenate([STEADY[:150], RNG.poisson(16, 20)])
    forecast = learn(DemandSeries.of(units[:150]), None, 150)
    for today in range(151, 171):
        forecast = learn(DemandSeries.of(units[:today]), forecast, today)
    assert forecast.drifting
    assert 150 <= forecast.alarm_day <= 158
    assert mean_of(forecast) == pytest.approx(16, rel=0.15)


def test_records_are_small_whole_numbers_and_show_their_error() -> None:
    for units in (STEADY, WEEKLY, SLOW):
        forecast = learn(DemandSeries.of(units), None, len(units), horizon_days=28)
        assert len(json.dumps(forecast.to_dict())) < 2_000
        for value in forecast.to_dict().values():
            assert isinstance(value, int | str) or all(type(part) is int for part in value)
        assert 800_000 < forecast.coverage_ppm < 980_000
        assert abs(forecast.bias_ppm) < 300_000
        assert forecast.wape_ppm > 0
        assert forecast.pinball_micro > 0


def test_a_young_item_starts_from_its_class() -> None:
    pool = pooled([learned(STEADY), learned(STEADY[::-1].copy())])
    young = learn(DemandSeries.of(STEADY[:9]), None, 9, pool=pool)
    assert young.kind == "smooth"
    assert young.day_levels_ppm + young.span_levels_ppm == pool["smooth"]


def test_what_starts_to_sell_is_fitted() -> None:
    units = np.zeros(80, dtype=int)
    forecast = learn(DemandSeries.of(units), None, 80)
    forecast = learn(DemandSeries.of([*units, 4]), forecast, 81)
    assert forecast.kind != "none"
    assert forecast.mean_micro > 0


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="horizon_days"):
        learn(DemandSeries.of([1]), None, 1, horizon_days=0)
    with pytest.raises(ValueError, match="units"):
        DemandSeries.of([-1])
    with pytest.raises(ValueError, match="censored: day 7"):
        DemandSeries.of([1, 2], censored=[7])
    with pytest.raises(ValueError, match="version"):
        Forecast.from_dict({"version": 99})
