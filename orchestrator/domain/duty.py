"""A driver's day: what was driven since the last rest, and what counts against the limits of a day. Pure.

Kept by `evolve` for vehicles that have such rules, read by planning. Nobody reports rests: a planned rest counts as
taken when its time is over before the vehicle says that it has arrived, left or loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from orchestrator.domain.company import DrivingRule, Place
from orchestrator.domain.types import Count, EpochS, Frozen


class Rest(Frozen):
    """Time without work: a driver's break, a rest from driving, or both."""

    start_s: EpochS
    end_s: EpochS


class DrivingLimit(NamedTuple):
    """At most `max_drive_s` of driving between two rests of `rest_s` in one piece.

    pauses_count: any time without driving of that length is a rest, work included.
    """

    max_drive_s: int
    rest_s: int
    pauses_count: bool


DRIVING_LIMITS = {
    DrivingRule.EU: DrivingLimit(16_200, 2_700, pauses_count=False),
    DrivingRule.US: DrivingLimit(28_800, 1_800, pauses_count=True),
}
"""Regulation (EC) 561/2006, article 7, with its rest in one piece; 49 CFR 395.3(a)(3)(ii)."""


class Duty(Frozen):
    """What a vehicle has done on its day, up to the last report. begun_s: when it began to load for the first time.

    driven_s: driven since the last rest. stops: customers' orders it has been at. way: places it came through, kept
    where distance is limited. rests: those taken.
    """

    begun_s: EpochS
    driven_s: Count = 0
    stops: Count = 0
    way: tuple[Place, ...] = ()
    rests: tuple[Rest, ...] = ()


def driven_after(
    limit: DrivingLimit | None, driven_s: int, from_s: int, to_s: int, rests: Iterable[Rest], *, moving: bool
) -> int:
    """Seconds driven since the last rest, at `to_s`. rests: those within the span. moving: it drove in between them."""
    if limit is None:
        return 0
    if not moving and limit.pauses_count and to_s - from_s >= limit.rest_s:
        return 0
    now_s = from_s
    for rest in sorted(rests, key=lambda rest: rest.start_s):
        if moving:
            driven_s += max(0, rest.start_s - now_s)
        if rest.end_s - rest.start_s >= limit.rest_s:
            driven_s = 0
        now_s = max(now_s, rest.end_s)
    return driven_s + max(0, to_s - now_s) if moving else driven_s
