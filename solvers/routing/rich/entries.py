"""The compiled rich search: the few functions that Python calls.

Promises: what `rich_search` asks for, on arrays made by `rich.tables`, without the interpreter's lock and without a
clock; the caller cuts the work into slices.
"""

from __future__ import annotations

from collections.abc import Callable

from solvers.routing.jit import entry, stamp_of
from solvers.routing.layout import I64, OFF, ON
from solvers.routing.rich.repair import insert_by_gain, insert_in_order, make_possible
from solvers.routing.rich.ruin import mean_trip_size
from solvers.routing.rich.shape import State, Task
from solvers.routing.rich.state import load_all, save_best
from solvers.routing.rich.steps import step
from solvers.routing.rich.tails import exchange_tails

_KERNEL = (
    "bonds", "clock", "dice", "entries", "fold", "insert", "pairs", "passes", "repair", "ruin", "shape", "single",
    "state", "steps", "tails", "trial",
)  # fmt: skip
STAMP = stamp_of(*(f"rich/{name}.py" for name in _KERNEL), "layout.py", "rich/layout.py")
TAILS = 4
"""Exchanges of tails that are tried with each step."""


LOAD, PUT_BACK, RUN = range(3)


def _make_act(stamp: int) -> Callable[[Task, State, int, I64, int, int, int, int, int, float], int]:
    @entry
    def act(
        d: Task, s: State, what: int, items: I64, first: int, end: int, removals: int, longest: int, places: int,
        heat: float,
    ) -> int:  # fmt: skip
        """One function for all three, because everything is compiled into each function that Python calls.

        LOAD: make the solution in `items` the present one, possible, and the best one.
        PUT_BACK: insert the units first .. end-1 of `items` (none: all in order of gain), and keep that as the best.
        RUN: do `end` steps of search; returns how many of them found a new best.
        """
        if stamp < 0:
            return 0
        if what == RUN:
            better, size = 0, mean_trip_size(s)
            for _ in range(end):
                if step(d, s, size, removals, longest, places, heat):
                    better += 1
                for _again in range(TAILS):
                    if exchange_tails(d, s, heat):
                        better += 1
            return better
        if what == LOAD:
            load_all(d, s, items)
            make_possible(d, s)
        elif len(items) == 0:
            insert_by_gain(d, s, places)
        else:
            insert_in_order(d, s, items, first, end, places, OFF, ON)
        save_best(s)
        return 0

    return act


act = _make_act(STAMP)
