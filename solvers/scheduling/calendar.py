"""When a machine can work: downtime and off-shift time merged, and how work fits around them.

Promises: exact whole seconds; every question is answered by bisection.
May not: be used by `check`, which counts for itself.
Called by: `shop`, `model`, `explain`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from solvers.scheduling.problem import Interval, Overtime


def without(intervals: Iterable[Interval], windows: Sequence[Overtime]) -> Iterable[Interval]:
    """The intervals less the windows, which are in time order."""
    for start_s, end_s in intervals:
        low_s = start_s
        for window in windows:
            if window.end_s > low_s and window.start_s < end_s:
                if window.start_s > low_s:
                    yield low_s, window.start_s
                low_s = window.end_s
        if low_s < end_s:
            yield low_s, end_s


class Calendar:
    """The blocked time of one machine as sorted, disjoint, half-open intervals; after the last it is open."""

    __slots__ = ("ends", "starts")

    def __init__(self, *blocked: Iterable[Interval]) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        for start_s, end_s in sorted(interval for group in blocked for interval in group):
            if self.ends and start_s <= self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], end_s)
            else:
                self.starts.append(start_s)
                self.ends.append(end_s)

    def open_from(self, moment_s: int) -> int:
        """The first moment at or after this one at which the machine works."""
        before = bisect_right(self.starts, moment_s) - 1
        return max(moment_s, self.ends[before]) if before >= 0 else moment_s

    def finish(self, start_s: int, work_s: int) -> int:
        """When `work_s` seconds of work are done that begin at `start_s` and stand still in blocked time."""
        if not work_s:
            return start_s
        end_s = self.open_from(start_s) + work_s
        position = bisect_right(self.starts, self.open_from(start_s))
        while position < len(self.starts) and self.starts[position] < end_s:
            end_s += self.ends[position] - self.starts[position]
            position += 1
        return end_s

    def fit(self, earliest_s: int, work_s: int, interruptible: bool) -> tuple[int, int]:
        """The first (start, end) at or after `earliest_s`; in one piece unless interruptible."""
        start_s = self.open_from(earliest_s)
        if interruptible:
            return start_s, self.finish(start_s, work_s)
        position = bisect_right(self.starts, start_s)
        while position < len(self.starts) and self.starts[position] < start_s + work_s:
            start_s = self.ends[position]
            position += 1
        return start_s, start_s + work_s

    def fits(self, start_s: int, work_s: int, interruptible: bool) -> int | None:
        """The end of work begun exactly here; None if it cannot be."""
        if not self.starts:
            return start_s + work_s
        found_s, end_s = self.fit(start_s, work_s, interruptible)
        return end_s if found_s == start_s else None

    def open_part(self, start_s: int, end_s: int) -> int | None:
        """The last moment of [start_s, end_s) at which it works; None if it stands still all the time."""
        position = bisect_left(self.starts, end_s) - 1
        if position < 0 or self.ends[position] < end_s:
            return end_s - 1 if end_s > start_s else None
        last_s = self.starts[position] - 1
        return last_s if last_s >= start_s else None

    def clear_s(self, start_s: int, end_s: int, working: Calendar) -> int:
        """`start_s` if `working` works in none of its intervals within [start_s, end_s), else the moment after it last
        does. Asked more often than anything else here."""
        starts, ends = self.starts, self.ends
        first = bisect_right(ends, start_s)
        for position in range(bisect_left(starts, end_s) - 1, first - 1, -1):
            low_s, high_s = starts[position], ends[position]
            last_s = working.open_part(low_s if low_s > start_s else start_s, high_s if high_s < end_s else end_s)
            if last_s is not None:
                return last_s + 1
        return start_s

    def meeting(self, start_s: int, end_s: int) -> Iterable[Interval]:
        """The parts of its intervals that lie in [start_s, end_s)."""
        for position in range(bisect_right(self.ends, start_s), bisect_left(self.starts, end_s)):
            yield max(self.starts[position], start_s), min(self.ends[position], end_s)

    def stretches(self, first_s: int, last_s: int, work_s: int) -> list[tuple[int, int, int]]:
        """Starts in [first_s, last_s] as (low, high, size): work begun in low..high occupies size seconds.

        Pieces with the same size stand side by side only where blocked time parts them.
        """
        pieces: list[tuple[int, int, int]] = []
        low = self.open_from(first_s)
        while low <= last_s:
            end_s = self.finish(low, work_s)
            high = min(last_s, self._last_alike(low, end_s))
            pieces.append((low, high, end_s - low))
            low = self.open_from(high + 1)
        return pieces

    def _last_alike(self, low: int, end_s: int) -> int:
        """The last start after `low` whose work meets the same blocked intervals."""
        limits = []
        ahead = bisect_right(self.starts, low)
        if ahead < len(self.starts):
            limits.append(self.starts[ahead] - 1)
        beyond = bisect_right(self.starts, end_s - 1)
        if beyond < len(self.starts):
            limits.append(low + self.starts[beyond] - end_s)
        return min(limits) if limits else 2**62
