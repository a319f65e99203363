"""The compiled search: the few functions that Python calls.

Promises: what `search` asks for, on arrays made by `arrays`, without the interpreter's lock and without a clock; the
caller cuts the work into slices. Called by `search` and `explain` only.
"""

from __future__ import annotations

from collections.abc import Callable

from solvers.routing.jit import SOURCE_STAMP, entry
from solvers.routing.kernel.backup import load_all, save_best, write
from solvers.routing.kernel.insert import find_place
from solvers.routing.kernel.repair import drop_what_cannot_stay, excess, insert_by_gain, insert_in_order, sort_by_key
from solvers.routing.kernel.steps import mean_trip_size, step
from solvers.routing.kernel.tails import exchange_tails
from solvers.routing.layout import BAD, I64, NABS, OFF, ON, PRIZE, UNSAVED, WE, Data, State

BY_GAIN_LIMIT = 12
"""Up to so many absent stops are put back in order of gain; beyond, in order of prize and window's end."""
TAILS = 4
"""Exchanges of tails that are tried with each step."""


def _make_repair(stamp: int) -> Callable[[Data, State, I64, int], None]:
    @entry
    def repair(d: Data, s: State, src: I64, places: int) -> None:
        """Load the solution in `src`, make it possible, put absent stops back, keep it as the best."""
        if stamp < 0:
            return
        load_all(d, s, src)
        for v in range(s.vx.shape[0]):
            if excess(d, s, v) > 0:
                drop_what_cannot_stay(d, s, v)
        s.sc[BAD] = 0
        count = s.sc[NABS]
        if count > BY_GAIN_LIMIT:
            for k in range(count):
                c = s.absent[k]
                s.work[k] = c
                s.keys[k] = d.si[c, WE] - (d.si[c, PRIZE] << 2)
            sort_by_key(s.work, s.keys, count)
            insert_in_order(d, s, s.work, count, places, OFF, ON)
        else:
            insert_by_gain(d, s, places)
        save_best(s)

    return repair


def _make_load(stamp: int) -> Callable[[Data, State, I64], None]:
    @entry
    def load(d: Data, s: State, src: I64) -> None:
        """Go on from the solution in `src`, which must keep all rules, as far as it is about own vehicles."""
        if stamp < 0:
            return
        load_all(d, s, src)
        save_best(s)

    return load


def _make_write(stamp: int) -> Callable[[State, I64], None]:
    @entry
    def write_down(s: State, out: I64) -> None:
        """Write the present solution down, as `State.best` is written."""
        if stamp >= 0:
            write(s, out)

    return write_down


def _make_run(stamp: int) -> Callable[[Data, State, int, int, int, int, float], int]:
    @entry
    def run(d: Data, s: State, steps: int, removals: int, longest: int, places: int, heat: float) -> int:
        """Do `steps` steps of search; returns how many of them found a new best."""
        if stamp < 0:
            return 0
        better = 0
        size = mean_trip_size(s)
        for _ in range(steps):
            if step(d, s, size, removals, longest, places, heat):
                better += 1
            for _again in range(TAILS):
                if exchange_tails(d, s, heat):
                    better += 1
        if s.sc[UNSAVED] == 1:
            save_best(s)
        return better

    return run


def _make_place(stamp: int) -> Callable[[Data, State, int, int, int], bool]:
    @entry
    def place(d: Data, s: State, c: int, bound: int, places: int) -> bool:
        """Cheapest insertion of absent stop c below `bound`, left in `State.ins`; nothing is changed."""
        if stamp < 0:
            return False
        return find_place(d, s, c, bound, places, OFF, ON)

    return place


repair = _make_repair(SOURCE_STAMP)
load = _make_load(SOURCE_STAMP)
write_down = _make_write(SOURCE_STAMP)
run = _make_run(SOURCE_STAMP)
place = _make_place(SOURCE_STAMP)
