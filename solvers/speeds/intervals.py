"""Honest intervals of arrivals: what predictions missed by, at the same horizon, says how far a new one may.

Split conformal prediction (Vovk, Gammerman & Shafer 2005): quantiles of scores, with the rank that holds for any law of
exchangeable scores. The scores are those of the model in force, not of the versions that were in force when the trips
were made: with each version every trip is predicted again by what the other trips teach (cross-conformal prediction,
Vovk 2015; jackknife+, Barber, Candès, Ramdas & Tibshirani 2021). Scores of earlier versions would be too wide for what
is known now, and those of the version itself too narrow, for it was fitted to them. The level of each tail is then
steered by what really happened (adaptive conformal inference; Gibbs & Candès 2021), so that the share outside comes
to what it should be although speeds, and what is known of them, drift. A score is the error relative to the horizon, so
that one quantile serves all predictions of a similar horizon.

Promises: whole numbers; deterministic; two-sided central intervals with a tenth outside at each end (P10 to P90).
Pure. Called by planning (`predict`, `calibrate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from solvers.errors import require

HORIZONS_S = (900, 1_800, 3_600, 7_200, 14_400, 10**9)
"""A prediction belongs to the first horizon that it is not beyond."""
SCORES_KEPT = 800
STEERED_BY = 250
"""Predictions of one trip miss together: many at a time steer no more than so many, evenly spread."""
SCORES_MIN = 30
TAIL_PPM = 100_000
STEP_PPM_MILLI = 3
"""How much of a miss moves a tail, in thousandths: the gamma of Gibbs & Candès."""
TAIL_MIN_PPM, TAIL_MAX_PPM = 10_000, 300_000
BASE_S = 300
"""Even a stop around the corner is missed by parking and lights."""
UNKNOWN = (-200, 0, 150, 400)
"""Scores at P10, P50, P80, P90 until there are any to go by."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """What is known of predictions up to `until_s` ahead.

    scores: what predictions miss by, in thousandths of the horizon, oldest first.
    *_tail_ppm: level of each tail.
    """

    until_s: int
    scores: tuple[int, ...] = ()
    low_tail_ppm: int = TAIL_PPM
    high_tail_ppm: int = TAIL_PPM

    def quantiles(self) -> tuple[int, int, int, int]:
        """Scores at P10, P50, P80 and P90; the outer two at the levels that were steered."""
        if len(self.scores) < SCORES_MIN:
            return UNKNOWN
        order = sorted(self.scores)
        return (
            order[_rank(len(order), self.low_tail_ppm)],
            order[len(order) // 2],
            order[_rank(len(order), 800_000)],
            order[len(order) - 1 - _rank(len(order), self.high_tail_ppm)],
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A prediction made at `asked_s` for `predicted_s`, and what became of it."""

    asked_s: int
    predicted_s: int
    actual_s: int

    @property
    def score(self) -> int:
        """The error in thousandths of the horizon."""
        return (self.actual_s - self.predicted_s) * 1000 // (max(0, self.predicted_s - self.asked_s) + BASE_S)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A predicted arrival: between p10_s and p90_s in eight cases of ten; not after p80_s in eight of ten."""

    p10_s: int
    p50_s: int
    p80_s: int
    p90_s: int


def no_horizons() -> tuple[Horizon, ...]:
    """Nothing known of any horizon."""
    return tuple(Horizon(until_s) for until_s in HORIZONS_S)


def horizon_of(ahead_s: int) -> int:
    """Index of the horizon of a prediction so far ahead."""
    return next(number for number, until_s in enumerate(HORIZONS_S) if ahead_s <= until_s)


def arrival(horizons: Sequence[Horizon], asked_s: int, predicted_s: int) -> Arrival:
    """The interval of a prediction made at `asked_s`. What is not known of its horizon is taken from the nearest."""
    ahead_s = max(0, predicted_s - asked_s)
    low, middle, upper, high = _known(horizons, horizon_of(ahead_s)).quantiles()
    scale_s = ahead_s + BASE_S
    p50_s = predicted_s + middle * scale_s // 1000
    return Arrival(
        p10_s=max(asked_s, min(p50_s, predicted_s + low * scale_s // 1000)),
        p50_s=p50_s,
        p80_s=max(p50_s, predicted_s + upper * scale_s // 1000),
        p90_s=max(p50_s, predicted_s + -(-high * scale_s // 1000)),
    )


def _known(horizons: Sequence[Horizon], number: int) -> Horizon:
    """The horizon itself, or the nearest one that has scores to go by; shorter ones first."""
    for one in (horizons[number], *reversed(horizons[:number]), *horizons[number + 1 :]):
        if len(one.scores) >= SCORES_MIN:
            return one
    return horizons[number]


def calibrate(
    horizons: Sequence[Horizon], settled: Sequence[Outcome], held_out: Sequence[Outcome]
) -> tuple[Horizon, ...]:
    """The horizons of the next version.

    settled: predictions by the version in force, and so with the intervals of `horizons`, that were settled since it
    came: they steer the tails. held_out: predictions of all trips that are known, oldest first, each by what the other
    trips teach: they are the scores of the next version.
    """
    require(len(horizons) == len(HORIZONS_S), "horizons", len(horizons), f"as many as {len(HORIZONS_S)}")
    news, scores = _by_horizon(settled), _by_horizon(held_out)
    return tuple(
        replace(_steered(horizon, _spread(news[number], STEERED_BY)), scores=_spread(scores[number], SCORES_KEPT))
        for number, horizon in enumerate(horizons)
    )


def _by_horizon(outcomes: Sequence[Outcome]) -> list[list[int]]:
    parts: list[list[int]] = [[] for _ in HORIZONS_S]
    for one in outcomes:
        parts[horizon_of(max(0, one.predicted_s - one.asked_s))].append(one.score)
    return parts


def _steered(horizon: Horizon, scores: Sequence[int]) -> Horizon:
    """Each tail a little narrower when it was missed less than it should, a little wider when more."""
    if len(horizon.scores) < SCORES_MIN:
        return horizon
    low, _, _, high = horizon.quantiles()
    below, above = sum(score < low for score in scores), sum(score > high for score in scores)
    return replace(
        horizon,
        low_tail_ppm=_stepped(horizon.low_tail_ppm, len(scores), below),
        high_tail_ppm=_stepped(horizon.high_tail_ppm, len(scores), above),
    )


def _stepped(tail_ppm: int, number: int, missed: int) -> int:
    step_ppm = (number * TAIL_PPM - missed * 1_000_000) * STEP_PPM_MILLI // 1000
    return max(TAIL_MIN_PPM, min(TAIL_MAX_PPM, tail_ppm + step_ppm))


def _spread(scores: Sequence[int], most: int) -> tuple[int, ...]:
    """As many as `most` of them, evenly spread."""
    if len(scores) <= most:
        return tuple(scores)
    return tuple(scores[number * len(scores) // most] for number in range(most))


def _rank(count: int, tail_ppm: int) -> int:
    """Index, from the end of the tail, that at most `tail_ppm` of new scores lie beyond."""
    return min(count - 1, max(0, (count + 1) * tail_ppm // 1_000_000 - 1))
