"""Simulation: the functions that Python calls.

Promises: see `simulate`; the interpreter's lock is dropped meanwhile. Called by `timing_rich`.
"""

from __future__ import annotations

from collections.abc import Callable

from solvers.routing.jit import entry, stamp_of
from solvers.routing.rich.layout import I64, RichData, Work
from solvers.routing.rich.simulate import simulate
from solvers.routing.rich.simulate_write import write_times

STAMP = stamp_of("layout.py", "rich/layout.py", "rich/simulate*.py")


def _make_price(stamp: int) -> Callable[[RichData, Work, int, I64, int], tuple[int, int]]:
    @entry
    def price(d: RichData, w: Work, v: int, seq: I64, n: int) -> tuple[int, int]:
        """Cost in ticks of a route, and the measure of its violations."""
        if stamp < 0:
            return 0, 0
        return simulate(d, w, v, seq, n)

    return price


def _make_write(stamp: int) -> Callable[[RichData, Work, int, I64], None]:
    @entry
    def write(d: RichData, w: Work, v: int, seq: I64) -> None:
        """All times of the route that was priced last, with the same arguments, into the scratch."""
        if stamp < 0:
            return
        write_times(d, w, v, seq)

    return write


price = _make_price(STAMP)
write = _make_write(STAMP)
