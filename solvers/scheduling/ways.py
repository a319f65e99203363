"""Where an operation may start, so that its work fits the calendars: machine, overtime, operators and tools.

Promises: exact: a start is offered if and only if the work fits there, apart from what else stands on the machine.
Times are relative to `now_s`; every answer is worked out once.
May not: know a solver.
Called by: `draft`, `units`, `objective`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from solvers.scheduling.calendar import Calendar
from solvers.scheduling.problem import Interval
from solvers.scheduling.shop import Shop

Span = tuple[int, int]
"""First and last second, both inside."""
Shape = tuple[int, tuple[int, ...]]
"""How long the machine is occupied, and which of its overtime windows are used."""


class Ways:
    """Pieces of time in which one kind of work may start, for one problem and horizon."""

    def __init__(self, shop: Shop, horizon_s: int) -> None:
        self.shop = shop
        self.horizon_s = horizon_s
        self._overtime: dict[int, Calendar] = {}
        self._bought: dict[int, list[tuple[int, int, int]]] = {}
        self._pieces: dict[tuple[int, int, bool, bool], list[tuple[Span, Shape]]] = {}

    def calendar(self, machine: int, overtime: bool) -> Calendar:
        """When the machine works, with or without its overtime windows."""
        if not overtime:
            return self.shop.calendars[machine]
        if machine not in self._overtime:
            made = self.shop.machines[machine]
            windows = [(window.start_s, window.end_s) for window in made.overtime]
            self._overtime[machine] = Calendar(made.downtime, without(made.unavailable, windows))
        return self._overtime[machine]

    def used(self, machine: int, start_s: int, end_s: int) -> tuple[int, ...]:
        """The overtime windows in which work over this span is done, by number."""
        low, high = start_s + self.shop.problem.now_s, end_s + self.shop.problem.now_s
        return tuple(dict.fromkeys(w for a, b, w in self._parts(machine) if low < b and high > a))

    def pieces(self, machine: int, work_s: int, one_piece: bool, overtime: bool) -> list[tuple[Span, Shape]]:
        """Starts, in order of time, at which this much work may begin, and what shape it then has."""
        key = (machine, work_s, one_piece, overtime)
        if key not in self._pieces:
            self._pieces[key] = list(self._find(*key))
        return self._pieces[key]

    def _find(self, machine: int, work_s: int, one_piece: bool, overtime: bool) -> Iterable[tuple[Span, Shape]]:
        now_s = self.shop.problem.now_s
        first_s, last_s = max(now_s, self.shop.machines[machine].ready_s), now_s + self.horizon_s - work_s
        for low, high, size_s in self.calendar(machine, overtime).stretches(first_s, last_s, work_s):
            if one_piece and size_s != work_s:
                continue
            if not overtime:
                yield (low - now_s, high - now_s), (size_s, ())
                continue
            for span in self._cut(machine, low - now_s, high - now_s, size_s):
                windows = self.used(machine, span[0], span[0] + size_s)
                if windows:
                    yield span, (size_s, windows)

    def _parts(self, machine: int) -> list[tuple[int, int, int]]:
        """The machine's overtime windows outside its downtime, as (start, end, number)."""
        if machine not in self._bought:
            made = self.shop.machines[machine]
            self._bought[machine] = [
                (start_s, end_s, number)
                for number, window in enumerate(made.overtime)
                for start_s, end_s in without([(window.start_s, window.end_s)], made.downtime)
            ]
        return self._bought[machine]

    def _cut(self, machine: int, low: int, high: int, size_s: int) -> Iterable[Span]:
        """Parts of low..high in which every start uses the same windows."""
        now_s = self.shop.problem.now_s
        cuts = {moment for a, b, _ in self._parts(machine) for moment in (a - now_s - size_s + 1, b - now_s)}
        edges = [low, *sorted(moment for moment in cuts if low < moment <= high), high + 1]
        return [(start_s, next_s - 1) for start_s, next_s in pairwise(edges)]

    def attended(
        self, machine: int, overtime: bool, piece: tuple[Span, Shape], absent: Sequence[Interval]
    ) -> list[Span]:
        """Parts of the piece where nobody who is `absent` then is needed: the machine stands still meanwhile."""
        (low, high), (size_s, _) = piece
        now_s = self.shop.problem.now_s
        breaks = self._breaks(machine, overtime, low + now_s, low + now_s + size_s)
        forbidden: list[Span] = []
        for start_s, end_s in absent:
            if end_s <= low + now_s or start_s >= high + now_s + size_s:
                continue
            met = _met(breaks, start_s, end_s, size_s)
            if met is None:
                return []
            forbidden.extend((first - now_s, last - now_s) for first, last in met)
        return outside((low, high), forbidden)

    def _breaks(self, machine: int, overtime: bool, start_s: int, end_s: int) -> list[Interval]:
        calendar = self.calendar(machine, overtime)
        return [(low, high) for low, high in zip(calendar.starts, calendar.ends, strict=True) if start_s < low < end_s]


_EVER = 2**50


def _met(breaks: Sequence[Interval], start_s: int, end_s: int, size_s: int) -> list[Span] | None:
    """Starts at which work with these breaks in it meets [start_s, end_s); None: all of them."""
    if not breaks:
        return [(start_s - size_s + 1, end_s - 1)]
    for (_, goes_on_s), (stops_s, _) in pairwise(breaks):
        if start_s < stops_s and end_s > goes_on_s:
            return None
    met: list[Span] = []
    if start_s < breaks[0][0]:
        met.append((-_EVER, end_s - 1))
    if end_s > breaks[-1][1]:
        met.append((start_s - size_s + 1, _EVER))
    return met


def without(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """The intervals, less the holes; half open."""
    merged = sorted((start_s, end_s - 1) for start_s, end_s in holes)
    found = [span for start_s, end_s in sorted(intervals) for span in outside((start_s, end_s - 1), merged)]
    return [(first, last + 1) for first, last in found]


def outside(span: Span, forbidden: Iterable[Span]) -> list[Span]:
    """The parts of the span in none of the forbidden ones; ends inside."""
    low, high = span
    left: list[Span] = []
    for first, last in sorted(forbidden):
        if last < low:
            continue
        if first > high:
            break
        if first > low:
            left.append((low, first - 1))
        low = last + 1
    return [*left, (low, high)] if low <= high else left
