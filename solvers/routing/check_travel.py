"""How long a leg takes: traffic by time of day, and rests on the road.

Promises: exact, second by second in effect, but by pieces of even speed; no rest is driven through. Called by the
checker's parts only: `timing` has its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from solvers.routing.parts import FULL_SPEED_PCT, Profile
from solvers.routing.plan import Rest

Span = tuple[int, int]
"""From, to (exclusive), in seconds."""

FOREVER_S = 10**18


class Leg(NamedTuple):
    """The first whole second by which the way is done, and when the wheels turned."""

    arrive_s: int
    driven: tuple[Span, ...]


def merged(spans: Sequence[Span]) -> list[Span]:
    """The same seconds as ascending spans that do not touch; spans without length are dropped."""
    result: list[Span] = []
    for begin_s, end_s in sorted(span for span in spans if span[0] < span[1]):
        if result and begin_s <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end_s))
        else:
            result.append((begin_s, end_s))
    return result


def overlap_s(one: Span, other: Span) -> int:
    """Seconds that both have."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def rest_spans(rests: Sequence[Rest]) -> list[Span]:
    """All seconds of rest, merged."""
    return merged([(rest.start_s, rest.end_s) for rest in rests])


def travel(profile: Profile, origin: int, to: int, leave_s: int, resting: Sequence[Span] = ()) -> Leg:
    """The leg of a vehicle that is free to go at `leave_s`. resting: from `rest_spans`.

    The way asks for duration * 100 units of work; each second of driving does `speed_pct` of them, a second of rest
    none. A rest that begins in the second in which the way is done is no longer on it.
    """
    duration_s = profile.duration_s.item(origin, to)
    if not (profile.bands or resting):
        return Leg(leave_s + duration_s, ((leave_s, leave_s + duration_s),))
    work, now_s = duration_s * FULL_SPEED_PCT, leave_s
    driven: list[Span] = []
    while work > 0:
        rest = next((span for span in resting if span[1] > now_s), (FOREVER_S, FOREVER_S))
        if rest[0] <= now_s:
            now_s = rest[1]
            continue
        speed_pct, change_s = _traffic(profile, now_s)
        until_s = min(change_s, rest[0], now_s - (-work // speed_pct))
        work -= (until_s - now_s) * speed_pct
        driven.append((now_s, until_s))
        now_s = until_s
    return Leg(now_s, tuple(driven))


def _traffic(profile: Profile, now_s: int) -> tuple[int, int]:
    """Speed now, and when it changes next."""
    speed_pct = FULL_SPEED_PCT
    for band in profile.bands:
        if band.from_s > now_s:
            return speed_pct, band.from_s
        speed_pct = band.speed_pct
    return speed_pct, FOREVER_S
