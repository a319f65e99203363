"""Who does it: different units for the places of one run, by augmenting paths (Kuhn 1955).

Promises: a full assignment if there is one; those named first are taken first.
May not: know times.
Called by: `board`, `wishes`.
"""

from __future__ import annotations

from collections.abc import Sequence


def match(able: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
    """For each place one of its units, no unit twice; None if that cannot be."""
    if len(able) == 1:
        return (able[0][0],) if able[0] else None
    taken: dict[int, int] = {}
    for place in range(len(able)):
        if not _seat(able, place, taken, set()):
            return None
    unit_at = {place: unit for unit, place in taken.items()}
    return tuple(unit_at[place] for place in range(len(able)))


def _seat(able: Sequence[Sequence[int]], place: int, taken: dict[int, int], tried: set[int]) -> bool:
    for unit in able[place]:
        if unit not in tried:
            tried.add(unit)
            if unit not in taken or _seat(able, taken[unit], taken, tried):
                taken[unit] = place
                return True
    return False
