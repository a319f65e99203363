"""What statsforecast finds becomes gains of our own methods; the library itself is an extra."""

import numpy as np
import pytest

from solvers.replenishment.forecast import DemandSeries, external, learn, methods
from solvers.replenishment.forecast.fitting import fit

RNG = np.random.default_rng(2)


def test_an_ets_becomes_one_of_our_methods() -> None:
    par = [0.2, 0.05, 0.1, 0.9, 10.0]
    found = [external._from_ets({"components": name, "par": par}) for name in ("ANNN", "AAND", "ANAN", "MNMN")]
    assert [one.method for one in found] == [methods.SES, methods.HOLT, methods.WEEKLY_ADD, methods.WEEKLY_MUL]
    assert found[1].parameters == pytest.approx([0.2, 0.25, 0.9])
    assert found[2].parameters == pytest.approx([0.2, 0.1, 1.0])
    missing = external._from_ets({"components": "ANNN", "par": [0.2, np.nan, np.nan, np.nan]})
    assert missing.parameters == pytest.approx([0.2, 0.0, 1.0])


def test_theta_is_ses_with_half_the_slope() -> None:
    found = external._from_theta({"par": {"alpha": 0.3}}, 2.0 * np.arange(50))
    assert (found.method, found.trend) == (methods.HOLT, pytest.approx(1.0))


def test_a_better_challenger_is_taken() -> None:
    """Demand that grows by exactly half a unit a day is what theta's drift is made for."""
    units = np.rint(20 + 0.5 * np.arange(150) + RNG.normal(0, 1, 150))
    flags = np.zeros(150, dtype=np.int8)
    theta = external._from_theta({"par": {"alpha": 0.2}}, 2 * units)
    assert fit(units, flags, 0, 7).losses["holt"] > fit(units, flags, 0, 7, challengers=[theta]).losses["holt"]


def test_the_library_itself() -> None:
    pytest.importorskip("statsforecast")
    series = DemandSeries.of(RNG.poisson(20, 120))
    forecast = external.learn_with_statsforecast(series, 120)
    assert forecast.mean_micro == pytest.approx(20_000_000, rel=0.1)
    more = DemandSeries.of([*series.units.tolist(), 21])
    assert learn(more, forecast, 121).through_day == 120
