"""Machine sequences of the plain problem, and how the searches are compiled.

Called by: the makespan search, `rich_state`, `rich_anneal`, `search`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

_njit: Any = numba.njit
jit: Any = _njit(cache=True, nogil=True, boundscheck=False)
lean: Any = _njit(cache=True, nogil=True, boundscheck=False, _nrt=False)
"""Without reference counts: every array of a tuple is counted up and down at every call otherwise, which takes most of
the time of small functions. Such code cannot make arrays; its caller keeps those alive that it gets."""
inlined: Any = _njit(inline="always", boundscheck=False, _nrt=False)
"""Becomes part of the compiled function that calls it."""
Ints = npt.NDArray[np.int64]
REFUSED = 2**62
NEVER = -(2**59)


class Walk(NamedTuple):
    """A solution: each operation's mode and machine, its neighbours on it; the first operation of each machine."""

    mode: Ints
    machine: Ints
    before: Ints
    after: Ints
    first: Ints


def empty_walk(operations: int, machines: int) -> Walk:
    """Room for a solution."""
    mode, machine, before, after = (np.full(operations, -1, np.int64) for _ in range(4))
    return Walk(mode, machine, before, after, np.full(machines, -1, np.int64))


@jit
def copy_walk(source: Walk, target: Walk) -> None:
    """Take over a solution."""
    target.mode[:] = source.mode
    target.machine[:] = source.machine
    target.before[:] = source.before
    target.after[:] = source.after
    target.first[:] = source.first


@jit
def unlink(walk: Walk, number: int) -> None:
    """Take an operation off its machine."""
    before, after = walk.before[number], walk.after[number]
    if before >= 0:
        walk.after[before] = after
    else:
        walk.first[walk.machine[number]] = after
    if after >= 0:
        walk.before[after] = before


@jit
def link(walk: Walk, number: int, machine: int, mode: int, before: int) -> None:
    """Put an operation on a machine behind `before`; -1 puts it first."""
    after = walk.after[before] if before >= 0 else walk.first[machine]
    walk.machine[number], walk.mode[number] = machine, mode
    walk.before[number], walk.after[number] = before, after
    if before >= 0:
        walk.after[before] = number
    else:
        walk.first[machine] = number
    if after >= 0:
        walk.before[after] = number
