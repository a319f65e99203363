"""Where work fits, compiled: on a machine's calendar, and with the people and tools it needs.

Units are handed out in the order of the operations: each holds the first free ones of those that could be it, and one
that has been handed on is not taken back for the time before. What is fixed has its units reserved.
Called by: `rich_state`.
"""

from __future__ import annotations

from solvers.scheduling.kernel.arrays import Ints
from solvers.scheduling.kernel.rich import Rich
from solvers.scheduling.kernel.timing import inlined, lean

MAX_TRIES = 2_000
"""Starts tried for one operation before it is said not to fit."""
FAR = 2**60


@inlined
def fit(rich: Rich, calendar: int, earliest: int, work: int, stretches: bool) -> tuple[int, int]:
    """First (start, end) at or after `earliest` on the calendar."""
    low, stop = rich.calendars[calendar].blocked_first, rich.calendars[calendar].blocked_stop
    if low == stop:
        return earliest, earliest + work
    high = stop
    while low < high:
        middle = (low + high) // 2
        if rich.blocked[middle].end <= earliest:
            low = middle + 1
        else:
            high = middle
    start = earliest
    if low < stop and rich.blocked[low].start <= start:
        start = rich.blocked[low].end
        low += 1
    end = start + work
    while low < stop and rich.blocked[low].start < end:
        if stretches:
            end += rich.blocked[low].end - rich.blocked[low].start
        else:
            start = rich.blocked[low].end
            end = start + work
        low += 1
    return start, end


@lean
def _is_worked(rich: Rich, calendar: int, start: int, end: int) -> bool:
    """Whether the machine works at some time in [start, end)."""
    for at in range(rich.calendars[calendar].blocked_first, rich.calendars[calendar].blocked_stop):
        if rich.blocked[at].end <= start:
            continue
        if rich.blocked[at].start > start:
            return True
        start = rich.blocked[at].end
        if start >= end:
            return False
    return True


@lean
def _there_from(rich: Rich, free: Ints, unit: int, calendar: int, start: int, end: int) -> int:
    """`start` if the unit can serve over [start, end), else a later start worth trying."""
    if free[unit] > start:
        return free[unit]
    for at in range(rich.units[unit].busy_first, rich.units[unit].busy_stop):
        low, high = max(start, rich.busy[at].start), min(end, rich.busy[at].end)
        if low < high and (rich.busy[at].held or _is_worked(rich, calendar, low, high)):
            return rich.busy[at].end
    return start


@lean
def staff(
    rich: Rich, free: Ints, chosen: Ints, calendar: int, earliest: int, mode: int, stretches: bool
) -> tuple[int, int]:
    """First (start, end) with all units, which are written to `chosen`; (-1, -1) where none is found."""
    first, stop, work = rich.modes[mode].need_first, rich.modes[mode].need_stop, rich.modes[mode].work
    for _ in range(MAX_TRIES):
        start, end = fit(rich, calendar, earliest, work, stretches)
        earliest = start
        for place in range(len(chosen)):
            chosen[place] = -1
        for need in range(first, stop):
            soonest = FAR
            for at in range(rich.needs[need].first, rich.needs[need].stop):
                unit, taken = rich.able[at], False
                for place in range(need - first):
                    taken = taken or chosen[place] == unit
                if taken:
                    continue
                there = _there_from(rich, free, unit, calendar, start, end)
                soonest = min(soonest, there)
                if there == start:
                    chosen[need - first] = unit
                    break
            earliest = max(earliest, soonest)
        if earliest == start:
            return start, end
        if earliest == FAR:
            break
    return -1, -1
