"""The simulation behind a pointer, so that the compiler need not work it into everything that calls it.

Promises: compiled once and cached, whatever becomes of its callers. Called by `rich.tables`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numba
import numpy as np

from solvers.routing.jit import stamp_of
from solvers.routing.layout import I64
from solvers.routing.parts import Profile
from solvers.routing.problem import RoutingProblem
from solvers.routing.rich.arrays import rich_data, work_of
from solvers.routing.rich.layout import RichData, Work
from solvers.routing.rich.simulate import simulate

STAMP = stamp_of("layout.py", "rich/layout.py", "rich/simulate*.py")


@cache
def simulation() -> Any:
    """`rich.simulate.simulate` as a value that compiled functions can call."""
    return _make(STAMP)


def _make(stamp: int) -> Any:
    leg = np.zeros((1, 1), np.int32)
    data = rich_data(RoutingProblem((Profile(leg, leg),), (), ()))
    # numba has no types of its own for the type checker.
    build: Any = numba
    answer = build.types.UniTuple(build.int64, 2)
    given = (build.typeof(data), build.typeof(work_of(data)), build.int64, build.int64[::1], build.int64)

    @build.cfunc(answer(*given), cache=True, nopython=True, error_model="numpy")
    def priced(d: RichData, w: Work, v: int, seq: I64, n: int) -> tuple[int, int]:
        if stamp < 0:
            return 0, 0
        return simulate(d, w, v, seq, n)

    return priced
