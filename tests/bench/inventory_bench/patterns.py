"""InventoryBench's 40 synthetic demand laws: 10 patterns of 4 variants, 5 training samples, 50 periods.

Read in the benchmark's repository (TianyiPeng/InventoryBench, documentation/benchmark.md) and in two public copies of
its authors' specification and generator: every mean, deviation and period below, truncation at zero and rounding,
training samples from the first segment or at t = 1..5, an AR(1) process starting from 100.
Differs from the original: the numbers drawn. Its seeds are Python string hashes, which change with every process, so
the published trajectories cannot be drawn again; the law is the same, the draws are ours (numpy PCG64, one stream for
each law and realization). The published CSV files were not available to us.
May not: be imported by anything that decides. No policy knows a pattern.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

PERIODS = 50
TRAINING = 5
_AR_START = 100

Sampling = Literal["segment", "sequence"]
Draw = Callable[[np.random.Generator, int, int], float]
"""Draws the demand of period t (1, 2, ...) given the demand of the period before."""


@dataclass(frozen=True)
class Law:
    """One variant of one pattern."""

    pattern: str
    variant: str
    draw: Draw
    training: Sampling = "segment"
    """Five samples of period 1's law, or the sequence of periods 1 to 5."""


@dataclass(frozen=True)
class Trajectory:
    """What happens in one realization: five periods known before the game, fifty that are played."""

    law: Law
    realization: int
    training: tuple[int, ...]
    demand: tuple[int, ...]


def trajectories(seed: int, realizations: int = 2) -> list[Trajectory]:
    """All 40 laws; the training samples of a law are the same in every realization, as published."""
    found = []
    for number, law in enumerate(LAWS):
        training = _training(law, np.random.default_rng([seed, number, 0]))
        for realization in range(1, realizations + 1):
            rng = np.random.default_rng([seed, number, realization])
            found.append(Trajectory(law, realization, training, _sequence(law, rng, PERIODS)))
    return found


def _training(law: Law, rng: np.random.Generator) -> tuple[int, ...]:
    if law.training == "sequence":
        return _sequence(law, rng, TRAINING)
    return tuple(_whole(law.draw(rng, 1, _AR_START)) for _ in range(TRAINING))


def _sequence(law: Law, rng: np.random.Generator, periods: int) -> tuple[int, ...]:
    found, before = [], _AR_START
    for t in range(1, periods + 1):
        before = _whole(law.draw(rng, t, before))
        found.append(before)
    return tuple(found)


def _whole(value: float) -> int:
    return max(0, round(value))


def _normal(mean: Callable[[int], float] | float, sd: Callable[[int], float] | float) -> Draw:
    def draw(rng: np.random.Generator, t: int, before: int) -> float:
        return float(rng.normal(mean(t) if callable(mean) else mean, sd(t) if callable(sd) else sd))

    return draw


def _uniform(low: float, high: float) -> Draw:
    def draw(rng: np.random.Generator, t: int, before: int) -> float:
        return float(rng.uniform(low, high))

    return draw


def _autoregressive(phi: float, constant: float, sd: float) -> Draw:
    def draw(rng: np.random.Generator, t: int, before: int) -> float:
        return phi * before + constant + float(rng.normal(0.0, sd))

    return draw


def _segments(*segments: tuple[int, Draw]) -> Draw:
    """(first period, law of the periods from there on)."""

    def draw(rng: np.random.Generator, t: int, before: int) -> float:
        chosen = [law for first, law in segments if t >= first][-1]
        return chosen(rng, t, before)

    return draw


def _steps(*segments: tuple[int, float, float]) -> Draw:
    return _segments(*((first, _normal(mean, sd)) for first, mean, sd in segments))


def _wave(amplitude: float, period: float) -> Draw:
    return _normal(lambda t: 100 + amplitude * math.sin(2 * math.pi * t / period), 25)


def _laws(pattern: str, draws: Sequence[Draw], training: Sampling = "segment") -> list[Law]:
    return [Law(pattern, f"v{number}", draw, training) for number, draw in enumerate(draws, start=1)]


LAWS: tuple[Law, ...] = (
    *_laws("p01 stationary", (_normal(100, 25), _normal(100, 40), _normal(100, 15), _uniform(50, 150))),
    *_laws(
        "p02 mean increase",
        (
            _steps((1, 100, 25), (16, 200, 35)),
            _steps((1, 100, 25), (16, 150, 30)),
            _steps((1, 100, 25), (16, 300, 50)),
            _steps((1, 100, 25), (16, 200, 25)),
        ),
    ),
    *_laws(
        "p03 mean decrease",
        (
            _steps((1, 100, 25), (16, 50, 18)),
            _steps((1, 100, 25), (16, 70, 20)),
            _steps((1, 100, 25), (16, 30, 15)),
            _steps((1, 150, 30), (16, 80, 22)),
        ),
    ),
    *_laws(
        "p04 increasing trend",
        (
            _normal(lambda t: 100 * t, lambda t: 25 * math.sqrt(t)),
            _normal(lambda t: 50 + 3 * t, 20),
            _normal(lambda t: 100 * 1.05**t, 25),
            _normal(lambda t: 100 + 2 * t, lambda t: 25 * math.sqrt(t)),
        ),
        "sequence",
    ),
    *_laws(
        "p05 decreasing trend",
        (
            _normal(lambda t: max(200 - 3 * t, 50), 25),
            _normal(lambda t: 200 * 0.97**t, 20),
            _normal(lambda t: max(150 - 2 * t, 30), 20),
            _normal(lambda t: 200 / math.sqrt(t), 15),
        ),
        "sequence",
    ),
    *_laws(
        "p06 variance change",
        (
            _segments((1, _normal(100, 25)), (16, _uniform(0, 200))),
            _steps((1, 100, 25), (16, 100, 50)),
            _steps((1, 100, 50), (16, 100, 20)),
            _segments((1, _uniform(50, 150)), (16, _normal(100, 15))),
        ),
    ),
    *_laws(
        "p07 seasonal",
        (_wave(30, 10), _wave(50, 5), _wave(40, 25), _wave(30, 10)),
        "sequence",
    ),
    *_laws(
        "p08 two changes",
        (
            _steps((1, 100, 25), (16, 150, 30), (36, 80, 20)),
            _steps((1, 100, 25), (16, 60, 20), (36, 140, 30)),
            _steps((1, 100, 25), (16, 100, 50), (36, 100, 20)),
            _steps((1, 80, 20), (16, 120, 25), (36, 100, 22)),
        ),
    ),
    *_laws(
        "p09 spike or dip",
        (
            _steps((1, 100, 25), (16, 200, 35), (26, 100, 25)),
            _steps((1, 100, 25), (16, 50, 18), (26, 100, 25)),
            _steps((1, 100, 25), (16, 250, 40), (26, 120, 28)),
            _steps((1, 100, 25), (16, 40, 15), (26, 80, 22)),
        ),
    ),
    *_laws(
        "p10 autocorrelated",
        (
            _autoregressive(0.7, 30, 20),
            _autoregressive(0.5, 50, 25),
            _autoregressive(0.3, 70, 30),
            _autoregressive(-0.3, 130, 25),
        ),
        "sequence",
    ),
)
