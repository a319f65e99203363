"""Rests on a route by a plain forward pass: what breaks and driving times add to legs and waits.

Promises: what it finds is possible, and no more: breaks are taken as late as they may be, driving goes on until the
rule ends it, a rest is never split. So a route that only a cleverer choice of rests gets through fails here; the core's
checker, which times exactly, is never stricter. A rest while traffic changes is as long, the rest of its leg as slow as
planned. Called by `agents.route_price`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from solvers.routing.parts import NO_END_S, Break, Vehicle

BREAK_MISSED, DRIVING_EXCEEDED = "BREAK_MISSED", "DRIVING_EXCEEDED"


class Rested(NamedTuple):
    """A driver's state. driven_s: since the last rest; breaks: how many of the vehicle's are behind."""

    driven_s: int = 0
    breaks: int = 0


class Missed(NamedTuple):
    """A break that cannot be taken, and by how many seconds it comes too late."""

    size: int


class Rests:
    """The rules of one vehicle. `any` is False where nothing has to be asked."""

    def __init__(self, vehicle: Vehicle) -> None:
        self.any = vehicle.rests
        self._breaks, self._rule = vehicle.breaks, vehicle.driving
        self._max_drive_s = vehicle.driving.max_drive_s if vehicle.driving is not None else NO_END_S
        self._rest_s = vehicle.driving.rest_s if vehicle.driving is not None else NO_END_S

    def begun(self, rested: Rested, free_s: int, load_s: int, loading_s: int) -> tuple[int, Rested]:
        """(when the route begins, state when it leaves) of a vehicle that could begin to load at `load_s`.

        A break is due once the route has begun: one that cannot wait until it leaves is over before it begins.
        """
        while (owed := self._owed(rested)) is not None and owed.latest_s < load_s + loading_s:
            load_s = max(load_s, owed.latest_s + 1)
            rested = rested._replace(breaks=rested.breaks + 1)
        return load_s, self._paused(rested, free_s, load_s, loading_s)

    def driven(self, rested: Rested, now_s: int, arrive_s: int) -> tuple[int, Rested] | Missed:
        """(arrival, state) of a leg that takes until `arrive_s` without rests."""
        left_s = arrive_s - now_s
        while True:
            owed = self._owed(rested)
            tired_s = now_s + max(0, self._max_drive_s - rested.driven_s)
            break_s = max(now_s, owed.earliest_s) if owed is not None else NO_END_S
            is_tired = tired_s < now_s + left_s
            if owed is not None and break_s > owed.latest_s:
                return Missed(break_s - owed.latest_s)
            is_due = owed is not None and now_s + left_s > owed.latest_s
            serves = owed is not None and is_tired and break_s <= tired_s and owed.duration_s >= self._rest_s
            if owed is not None and (serves or (is_due and break_s <= tired_s)):
                at_s = min(tired_s, owed.latest_s) if serves else break_s
                length_s, behind = owed.duration_s, rested.breaks + 1
            elif is_tired:
                at_s, length_s, behind = tired_s, self._rest_s, rested.breaks
            else:
                return now_s + left_s, rested._replace(driven_s=rested.driven_s + left_s)
            gone_s = at_s - now_s
            driven_s = 0 if length_s >= self._rest_s else rested.driven_s + gone_s
            rested = Rested(driven_s, behind)
            left_s, now_s = left_s - gone_s, at_s + length_s

    def visited(
        self, rested: Rested, now_s: int, arrive_s: int, start_of: Callable[[int], int], busy_s: int
    ) -> tuple[int, int, Rested] | Missed:
        """(arrival, start, state afterwards) of a leg, as in `driven`, and what is done at its end, as in `served`."""
        reached = self.driven(rested, now_s, arrive_s)
        if isinstance(reached, Missed):
            return reached
        done = self.served(reached[1], reached[0], start_of, busy_s)
        return done if isinstance(done, Missed) else (reached[0], *done)

    def served(
        self, rested: Rested, arrive_s: int, start_of: Callable[[int], int], busy_s: int
    ) -> tuple[int, Rested] | Missed:
        """(start, state afterwards) of what lasts `busy_s` in one piece. start_of: its start by when one is there."""
        free_s, start_s = arrive_s, start_of(arrive_s)
        while (owed := self._owed(rested)) is not None:
            at_s = max(free_s, owed.earliest_s)
            if at_s + owed.duration_s > start_s and start_s + busy_s <= owed.latest_s:
                break  # not yet, and nothing is lost by waiting for a better moment
            if at_s > owed.latest_s:
                return Missed(at_s - owed.latest_s)
            free_s = at_s + owed.duration_s
            start_s = start_of(free_s)
            rested = Rested(0 if owed.duration_s >= self._rest_s else rested.driven_s, rested.breaks + 1)
        if self._rule is not None and self._rule.pauses_count:
            free_s = arrive_s
        return start_s, self._paused(rested, free_s, start_s, busy_s)

    def _paused(self, rested: Rested, free_s: int, start_s: int, busy_s: int) -> Rested:
        """After time without driving: `busy_s` of it work, which is a rest for some rules."""
        counts = self._rule is not None and self._rule.pauses_count
        pause_s = start_s - free_s + (busy_s if counts else 0)
        return rested._replace(driven_s=0) if pause_s >= self._rest_s else rested

    def _owed(self, rested: Rested) -> Break | None:
        return self._breaks[rested.breaks] if rested.breaks < len(self._breaks) else None
