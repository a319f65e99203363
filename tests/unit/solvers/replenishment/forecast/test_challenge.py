"""The challenge as a solver process answers it: with winners, or with why there are none."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

from solvers.budget import Budget
from solvers.replenishment.forecast import DemandSeries, Forecast, external, learn
from solvers.replenishment.forecast.challenge import Challenged, solve
from solvers.result import SolveStatus

SERIES = DemandSeries.of(np.random.default_rng(4).poisson(20, 120))


def asked() -> tuple[Challenged, ...]:
    """Two items with the same demand."""
    held = learn(SERIES, None, 120)
    return tuple(Challenged(("W1", item), SERIES, held, 7, 120) for item in ("a", "b"))


def test_without_the_library_nothing_comes_back_and_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("statsforecast"):
            raise ImportError("No module named 'statsforecast'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    result = solve(asked(), None, Budget(seconds=10))
    assert (result.status, result.plan) == (SolveStatus.MODEL_INVALID, None)
    assert "not installed" in result.notes[0]


def test_a_winner_names_what_it_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    def better(series: DemandSeries, today: int, **_: Any) -> Forecast:
        return learn(DemandSeries.of([5] * 120), None, today)

    monkeypatch.setattr(external, "learn_with_statsforecast", better)
    problem = asked()
    result = solve(problem, None, Budget(seconds=10))
    assert result.plan is not None
    assert [one.key for one in result.plan] == [("W1", "a"), ("W1", "b")]
    assert all(one.held == problem[0].held != one.forecast for one in result.plan)


def test_who_is_no_better_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = asked()
    monkeypatch.setattr(external, "learn_with_statsforecast", lambda *_, **__: problem[0].held)
    result = solve(problem, None, Budget(seconds=10))
    assert result.plan == ()
