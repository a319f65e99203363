"""Honest intervals of arrivals: what earlier predictions missed by, at the same horizon, says how far this one may.

Split conformal prediction (Vovk, Gammerman & Shafer 2005): quantiles of the scores of the last predictions, with the
rank that holds for any law of exchangeable scores. The level of each tail is then steered by what really happened
(adaptive conformal inference; Gibbs & Candès 2021), so that the share outside comes to what it should be although
speeds, and what is known of them, drift. A score is the error relative to the horizon, so that one quantile serves
all predictions of a similar horizon.

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
SCORES_A_TIME = 250
"""Predictions of one trip miss together: of many at a time so many, evenly spread, are kept."""
SCORES_MIN = 30
TAIL_PPM = 100_000
STEP_PPM_MILLI = 5
"""How much of a miss moves a tail, in thousandths: the gamma of Gibbs & Candès."""
TAIL_MIN_PPM, TAIL_MAX_PPM = 10_000, 300_000
BASE_S = 300
"""Even a stop around the corner is missed by parking and lights."""
UNKNOWN = (-200, 0, 150, 400)
"""Scores at P10, P50, P80, P90 until there are any to go by."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """What is known of predictions up to `until_s` ahead. scores: oldest first, in thousandths of the horizon.

    blind: how many of the first scores were made before anything was learned. *_tail_ppm: level of each tail.
    """

    until_s: int
    scores: tuple[int, ...] = ()
    blind: int = 0
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


def calibrate(horizons: Sequence[Horizon], outcomes: Sequence[Outcome], *, blind: bool) -> tuple[Horizon, ...]:
    """The horizons after these outcomes, in the order in which they became known.

    blind: the predictions were made before anything was learned; their scores count until there are better ones.
    """
    require(len(horizons) == len(HORIZONS_S), "horizons", len(horizons), f"as many as {len(HORIZONS_S)}")
    parts: list[list[Outcome]] = [[] for _ in horizons]
    for one in outcomes:
        parts[horizon_of(max(0, one.predicted_s - one.asked_s))].append(one)
    return tuple(_taken_in(horizon, part, blind) for horizon, part in zip(horizons, parts, strict=True))


def _taken_in(horizon: Horizon, outcomes: Sequence[Outcome], blind: bool) -> Horizon:
    scores = _spread([one.score for one in outcomes])
    if not scores:
        return horizon
    horizon = _steered(horizon, scores)
    kept, blinds = (*horizon.scores, *scores), horizon.blind + (len(scores) if blind else 0)
    if len(kept) - blinds >= SCORES_MIN:
        kept, blinds = kept[blinds:], 0
    gone = max(0, len(kept) - SCORES_KEPT)
    return replace(horizon, scores=kept[gone:], blind=max(0, blinds - gone))


def _steered(horizon: Horizon, scores: Sequence[int]) -> Horizon:
    """Each tail a little narrower when it was missed less than it should, a little wider when more."""
    if len(horizon.scores) < SCORES_MIN or horizon.blind:
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


def _spread(scores: Sequence[int]) -> tuple[int, ...]:
    if len(scores) <= SCORES_A_TIME:
        return tuple(scores)
    return tuple(scores[number * len(scores) // SCORES_A_TIME] for number in range(SCORES_A_TIME))


def _rank(count: int, tail_ppm: int) -> int:
    """Index, from the end of the tail, that at most `tail_ppm` of new scores lie beyond."""
    return min(count - 1, max(0, (count + 1) * tail_ppm // 1_000_000 - 1))
