"""A driver's planned rests, as far as the agent has to know them: they are no stall, and they are part of a drive.

Promises: rests are (start, end) as planned, and nobody reports them. A driver rests where there is room to park, up to
`SLIDE_S` earlier or later: who stands then is taken to rest, and who has stood as long as planned has rested. Pure;
called by the modules `agents.vehicle*`.
"""

from __future__ import annotations

from collections.abc import Iterator

Spans = tuple[tuple[int, int], ...]

SLIDE_S = 1800
#: Positions come about once a minute: a rest may look shorter by so much.
BLUR_S = 300


def rested_s(rests: Spans, from_s: int, to_s: int) -> int:
    """How much of a time is planned for rests."""
    return sum(max(0, min(end_s, to_s) - max(start_s, from_s)) for start_s, end_s in rests)


def driven_by_s(rests: Spans, moved_s: int, now_s: int, drive_s: int) -> int:
    """When `drive_s` of driving from now on is done, with the rests that are not over. moved_s: it stands since."""
    for start_s, end_s in sorted(_as_taken(rests, moved_s, now_s)):
        if start_s >= now_s + drive_s:
            break
        if end_s > now_s:
            drive_s -= max(0, start_s - now_s)
            now_s = end_s
    return now_s + drive_s


def _as_taken(rests: Spans, moved_s: int, now_s: int) -> Iterator[tuple[int, int]]:
    for start_s, end_s in rests:
        if moved_s < now_s and abs(moved_s - start_s) <= SLIDE_S:
            yield moved_s, moved_s + end_s - start_s
        elif start_s >= now_s:
            yield start_s, end_s
        elif now_s - start_s <= SLIDE_S:
            yield now_s, now_s + end_s - start_s
        # else it was driven through


def may_stand_s(rests: Spans, from_s: int) -> int:
    """How long a vehicle may stand from that moment on to rest; 0 where no rest is near."""
    return sum(end_s - start_s for start_s, end_s in rests if abs(from_s - start_s) <= SLIDE_S)


def left_after(rests: Spans, stood_s: int, moves_s: int) -> Spans:
    """The rests that are left for a vehicle that had stood since `stood_s` and moves again."""
    return tuple(
        (start_s, end_s)
        for start_s, end_s in rests
        if abs(stood_s - start_s) > SLIDE_S or moves_s - stood_s < end_s - start_s - BLUR_S
    )
